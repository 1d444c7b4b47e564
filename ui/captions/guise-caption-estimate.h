/* What a caption job could be begun with, and what it would take: read on workers. Main thread
 * only. */
#pragma once

#include "guise-project-captions.h"

G_BEGIN_DECLS

typedef struct {
  char *path;
  char *title;
} GuisePromptChoice;

void guise_prompt_choice_free (GuisePromptChoice *choice);

typedef struct {
  GPtrArray *endpoints; /* of GuiseEndpoint, with an address */
  GPtrArray *prompts;   /* of GuisePromptChoice, the shipped ones first */
} GuiseCaptionChoices;

void guise_caption_choices_free (GuiseCaptionChoices *choices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionChoices, guise_caption_choices_free)

void guise_caption_choices_read_async (GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer data);
GuiseCaptionChoices *guise_caption_choices_read_finish (GAsyncResult *result, GError **error);

typedef struct {
  guint64 n_images;        /* that match */
  guint64 n_items;         /* of them, in each style, not described by this model and prompt */
  guint n_styles;          /* 0 = pictures are described once */
  GuiseCaptionRates rates; /* of earlier answers */
} GuiseCaptionEstimate;

/* endpoint: with address and model; prompt: a file; styles: names, NULL-terminated, or NULL. All
 * copied. */
void guise_caption_estimate_async (GuiseProject *project, const GuiseEndpoint *endpoint,
                                   const char *prompt, const char *filter,
                                   const char *const *styles, guint limit,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer data);
/* FALSE with an error, for instance of the filter. */
gboolean guise_caption_estimate_finish (GAsyncResult *result, GuiseCaptionEstimate *estimate,
                                        GError **error);
/* "120 pictures · about 4 min · about 67,000 tokens · cost not measured"; to be freed. */
char *guise_caption_estimate_create_text (const GuiseCaptionEstimate *estimate);

G_END_DECLS
