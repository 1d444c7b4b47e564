/* What captions.db says of a project's jobs, read on a worker. Where the project may be written,
 * what the jobs made since is brought into guise.db first: a job is a process that cannot do it
 * itself while the window has the project. Main thread only. */
#pragma once

#include "guise-project-captions.h"

#include <sys/types.h>

G_BEGIN_DECLS

typedef struct {
  GPtrArray *jobs;  /* of GuiseCaptionJob without trials and removed ones, newest first */
  GArray *undoable; /* of guint, by job: captions of it that undo would take away */
  pid_t holder;     /* the process that does one of them, 0 = none */
  gint64 running;   /* that job, 0 = none */
  GuiseCaptionApplied applied;
} GuiseCaptionNews;

void guise_caption_news_free (GuiseCaptionNews *news);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionNews, guise_caption_news_free)

void guise_caption_news_read_async (GuiseProject *project, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer data);
GuiseCaptionNews *guise_caption_news_read_finish (GAsyncResult *result, GError **error);

/* Takes a job off the list (guise_caption_db_set_job_removed()). */
void guise_caption_job_remove_async (GuiseProject *project, gint64 job_id,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer data);
gboolean guise_caption_job_remove_finish (GAsyncResult *result, GError **error);

/* Captions, for people: the files that they belong to, and a filter that shows them. */
typedef struct {
  GPtrArray *names; /* of char *, at most 20, no duplicates */
  guint n_images;
  char *filter;
} GuiseCaptionPlaces;

void guise_caption_places_free (GuiseCaptionPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseCaptionPlaces, guise_caption_places_free)

/* caption_ids: of gint64; a reference is taken. */
void guise_caption_places_read_async (GuiseStore *store, GArray *caption_ids,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer data);
GuiseCaptionPlaces *guise_caption_places_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
