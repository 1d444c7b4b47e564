/* GuiseCaptionCommand: what guisectl is told to do a caption job, with where that sends pictures.
 * Main thread only. */
#pragma once

#include "guise-caption-db.h"
#include "guise-job.h"

G_BEGIN_DECLS

/* A job that is to be begun. */
typedef struct {
  const char *endpoint; /* a profile's name, or an address */
  const char *url;      /* where it goes */
  const char *model;
  const char *prompt; /* a file; NULL = the shipped one */
  const char *filter; /* "" = all images */
  const char *styles; /* names with commas between them; NULL = none */
  guint limit;        /* images, 0 = all */
  guint64 max_tokens; /* 0 = no limit */
  double max_cost;    /* 0 = no limit */
  guint64 n_images;   /* how many pictures that sends, for the question */
} GuiseCaptionStart;

typedef struct {
  GPtrArray *arguments;
  char *name;       /* of the job, for people */
  char *url;        /* where pictures go */
  guint64 n_images; /* that go there, for the question */
} GuiseCaptionCommand;

/* part: "resume", "retry", or NULL = a job is begun. The process refuses any other host than the
 * url's: profiles may be changed while somebody answers. */
GuiseCaptionCommand *guise_caption_command_new (const char *folder, const char *part,
                                                const char *model, const char *url,
                                                guint64 n_images);
/* The job of these fields. */
GuiseCaptionCommand *guise_caption_command_new_begin (const char *folder,
                                                      const GuiseCaptionStart *begin);
/* Going on with one; part as above. NULL where its endpoint cannot be read. */
GuiseCaptionCommand *guise_caption_command_new_job (const char *folder, const char *part,
                                                    const GuiseCaptionJob *job, guint64 n_images,
                                                    GError **error);
void guise_caption_command_free (GuiseCaptionCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionCommand, guise_caption_command_free)

/* An option with its value; "" and NULL: it is left out. */
void guise_caption_command_add (GuiseCaptionCommand *command, const char *option,
                                const char *value);
void guise_caption_command_add_number (GuiseCaptionCommand *command, const char *option,
                                       double number);
/* A word of its own. */
void guise_caption_command_add_word (GuiseCaptionCommand *command, const char *word);

/* allowed: somebody agreed that pictures go to another machine. Called once. */
GuiseJob *guise_caption_command_create_job (GuiseCaptionCommand *command, gboolean allowed,
                                            GuiseJobFlags flags);

G_END_DECLS
