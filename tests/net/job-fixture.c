#include "job-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define PROMPT                                          \
  "temperature = 0.5\nwords = 2 9\n[user]\nDescribe.\n" \
  "{{style}}\n[style]\nLike:\n{{exemplars}}\n[refused]\nGarments only.\n"

/* ---- hooks ---- */

static GBytes *
load_picture (GuiseCaptionItem *item, gpointer data, GCancellable *cancellable, GError **error)
{
  const Job *job = data;
  guint8 *pixels = g_malloc0 (3 * 8 * 16);
  g_autoptr (GuiseImage) image = NULL;

  memset (pixels, job->has_equal_pictures ? 1 : (int)item->image_id, 3 * 8 * 16);
  image = guise_image_new_take (pixels, 8, 16);
  if (item->image_id == job->broken_image) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot read 'broken.jpg'");
    return NULL;
  }
  return guise_chat_encode_pixels (image, NULL, error);
}

static GuiseJudgement
judge (gint64 image_id, const char *identity, const char *clothing, char **verdicts, char **why,
       gpointer data)
{
  Job *job = data;

  job->n_judged++;
  *verdicts = g_strdup ("{\"identity\":{}}");
  if (job->leak == NULL || identity == NULL || strstr (identity, job->leak) == NULL
      || (job->leaking_image != 0 && image_id != job->leaking_image))
    return GUISE_JUDGEMENT_ACCEPT;
  *why = g_strdup_printf ("it says '%s'", job->leak);
  return GUISE_JUDGEMENT_AGAIN;
}

static gboolean
fall_back (gint64 image_id, char **identity, char **clothing, char **verdicts, gpointer data)
{
  Job *job = data;

  job->n_fallen++;
  if (job->has_no_captions)
    return FALSE;
  *identity = g_strdup ("somebody");
  *clothing = g_strdup ("something");
  *verdicts = g_strdup ("{}");
  return TRUE;
}

static const char *const *
get_exemplars (const char *style, gpointer data)
{
  static const char *const terse[] = { "Man, red coat.", NULL };

  return strcmp (style, "terse") == 0 ? terse : NULL;
}

static void
ignore_progress (const GuiseCaptionProgress *progress, gpointer data)
{
  g_assert_cmpuint (progress->n_done, <=, progress->n_total);
}

/* ---- set-up ---- */

void
job_open_db (Job *job)
{
  g_autoptr (GError) error = NULL;

  job->db = guise_caption_db_open (job->folder, &error);
  g_assert_no_error (error);
}

void
job_begin (Job *job, ChatScript script, gpointer data, guint n_images)
{
  g_autoptr (GuisePrompt) prompt = guise_prompt_parse (PROMPT, strlen (PROMPT), "p", NULL);
  g_autofree char *hash = NULL;
  g_autofree gint64 *ids = g_new (gint64, n_images);
  const GuiseCaptionJob record = { .endpoint = "fake",
                                   .host = "127.0.0.1",
                                   .model = "fake-vl",
                                   .prompt = NULL,
                                   .scope = "",
                                   .parameters = "{}" };
  GuiseCaptionJob copy = record;

  for (guint i = 0; i < n_images; i++)
    ids[i] = i + 1;
  *job = (Job){ 0 };
  job->folder = g_dir_make_tmp ("guise-net-job-XXXXXX", NULL);
  job_open_db (job);
  job->server = net_model_new (script, data, 0);
  fake_clock_init (&job->clock, TRUE);
  job->settings = net_settings (&job->clock);
  job->pause = g_cancellable_new ();
  job->cancellable = g_cancellable_new ();
  hash = guise_caption_db_put_prompt (job->db, prompt, NULL);
  copy.prompt = hash;
  job->job_id = guise_caption_db_add_job (job->db, &copy, ids, NULL, NULL, n_images, NULL);
  g_assert_cmpint (job->job_id, >, 0);
}

void
job_begin_another (Job *job, gint64 image_id)
{
  g_autoptr (GuiseCaptionJob) record = job_get (job);

  record->id = 0;
  job->job_id = guise_caption_db_add_job (job->db, record, &image_id, NULL, NULL, 1, NULL);
  g_assert_cmpint (job->job_id, >, 0);
}

void
job_clear (Job *job)
{
  static const char *const names[] = { "captions.db", "captions.db-wal", "captions.db-shm" };

  g_clear_pointer (&job->db, guise_caption_db_close);
  g_clear_pointer (&job->server, chat_server_free);
  g_clear_object (&job->pause);
  g_clear_object (&job->cancellable);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (job->folder, names[i], NULL);

    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (job->folder), ==, 0); /* nothing else was left behind */
  g_free (job->folder);
}
gboolean
job_run_once (Job *job, GError **error)
{
  const GuiseCaptionHooks hooks
      = { load_picture, judge, fall_back, get_exemplars, ignore_progress, job };
  g_autoptr (GuiseEndpoint) endpoint = net_endpoint (chat_server_get_url (job->server));
  g_autoptr (GuiseAsker) asker = guise_asker_new (endpoint, NULL, &job->settings, error);

  return guise_caption_run (job->db, job->job_id, asker, &hooks, job->pause, job->cancellable,
                            error);
}

void
job_run (Job *job)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (job_run_once (job, &error));
  g_assert_no_error (error);
}

GuiseCaptionJob *
job_get (Job *job)
{
  GuiseCaptionJob *record = guise_caption_db_get_job (job->db, job->job_id, NULL);

  g_assert_nonnull (record);
  return record;
}

void
job_assert (Job *job, GuiseCaptionJobState state, guint n_done, guint n_open)
{
  g_autoptr (GuiseCaptionJob) record = job_get (job);

  g_assert_cmpstr (guise_caption_job_state_to_string (record->state), ==,
                   guise_caption_job_state_to_string (state));
  g_assert_cmpuint (record->n_done, ==, n_done);
  g_assert_cmpuint (record->n_open, ==, n_open);
}

GuiseCaptionItem *
job_get_item (Job *job, guint i)
{
  g_autoptr (GPtrArray) items
      = guise_caption_db_list_items (job->db, job->job_id, NULL, i, 1, NULL);

  g_assert_cmpuint (items->len, ==, 1);
  return g_ptr_array_steal_index (items, 0);
}

void
job_good (ChatServer *server, const ChatRequest *request, ChatReply *reply, gpointer data)
{
  reply->body = net_describe ("a tall man", "a red coat");
}
