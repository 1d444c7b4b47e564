/* Descriptions in the manner of a style, without a model: the exemplars of the style are
 * generalised, and what an image's captions state is put into them. Says what the offline splitter
 * says and nothing else; where no exemplar can hold that, it is the splitter's own sentence. */
#pragma once

#include "guise-lexicon-load.h"
#include "guise-slot.h"
#include "guise-styles.h"

G_BEGIN_DECLS

typedef struct _GuiseRestyler GuiseRestyler;

/* lexicon is borrowed, styles are read; NULL = none: the splitter's sentences. Once made, any
 * thread may use it. */
GuiseRestyler *guise_restyler_new (const GuiseLexicon *lexicon, const GuiseStyles *styles);
void guise_restyler_free (GuiseRestyler *restyler);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRestyler, guise_restyler_free)

typedef struct {
  char *texts[GUISE_SIDE_OTHER];    /* identity and clothing; NULL = nothing is stated */
  gboolean plain[GUISE_SIDE_OTHER]; /* the splitter's sentence */
} GuiseRestyled;

void guise_restyled_clear (GuiseRestyled *restyled);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseRestyled, guise_restyled_clear)

/* style: one of the styles', of none any number. captions: n texts about one image. seed chooses
 * among the style's exemplars: the same one gives the same texts. */
void guise_restyler_write (const GuiseRestyler *restyler, size_t style,
                           const char *const *captions, guint n, guint64 seed,
                           GuiseRestyled *restyled);

G_END_DECLS
