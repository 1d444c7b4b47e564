/* A caption job of a database of its own, at a scripted server. */
#pragma once

#include "guise-caption-run.h"
#include "net-fixture.h"

typedef struct {
  char *folder;
  GuiseCaptionDb *db;
  ChatServer *server;
  FakeClock clock;
  GuiseAskerSettings settings;
  GCancellable *pause, *cancellable;
  gint64 job_id;
  /* What the hooks do. */
  const char *leak;         /* texts with this word are not good enough */
  gint64 leaking_image;     /* only its are not, 0 = all */
  gboolean has_no_captions; /* nothing to fall back to */
  gint64 broken_image;      /* its picture cannot be read */
  gboolean has_equal_pictures;
  guint n_judged, n_fallen;
} Job;

/* A job of n_images, which nobody has done yet. */
void job_begin (Job *job, ChatScript script, gpointer data, guint n_images);
/* Another one about that image, at the same model with the same prompt, takes its place. */
void job_begin_another (Job *job, gint64 image_id);
void job_clear (Job *job);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)
/* Opens its database again. */
void job_open_db (Job *job);

gboolean job_run_once (Job *job, GError **error);
/* The same, and it must not fail. */
void job_run (Job *job);

GuiseCaptionJob *job_get (Job *job);
void job_assert (Job *job, GuiseCaptionJobState state, guint n_done, guint n_open);
/* The i-th of its items. */
GuiseCaptionItem *job_get_item (Job *job, guint i);

/* A script: describes whatever is asked about. Test pictures are answered aside, unless a test
 * takes them on itself. */
void job_good (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data);
