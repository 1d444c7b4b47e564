/* guisectl caption stats: what was asked with a prompt, and what became of it. */
#include "guise-caption-apply.h"
#include "guise-prompt-use.h"
#include "guise-store-captions.h"
#include "store-fixture.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

typedef struct {
  char *folder;
  GuiseStore *store; /* 2 persons, 4 images */
  GuiseCaptionDb *db;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = fixture_folder ();
  fixture->store = fixture_store (fixture->folder, 2);
  fixture->db = guise_caption_db_open (fixture->folder, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->db, guise_caption_db_close);
  g_clear_object (&fixture->store);
  fixture_remove (fixture->folder);
}

/* An answer of 100 tokens that cost 0.5, described where `identity` says something. */
static void
answer_item (Fixture *fixture, GuiseCaptionItem *item, const char *identity)
{
  g_autofree char *key = g_strdup_printf ("key %d", (int)item->id);
  g_autoptr (GuiseAnswer) answer = guise_answer_new (key);
  g_autoptr (GError) error = NULL;

  if (identity == NULL)
    guise_answer_set (answer, GUISE_ANSWER_REFUSED, "no");
  answer->prompt_tokens = 80;
  answer->completion_tokens = 20;
  answer->cost = 0.5;
  guise_caption_db_put_answer (fixture->db, item->id, key, answer, &error);
  g_assert_no_error (error);
  g_free (item->state);
  item->state = g_strdup (identity != NULL ? "done" : "refused");
  item->identity = g_strdup (identity);
  item->maker = identity != NULL ? g_strdup ("model") : NULL;
  item->answer = g_steal_pointer (&key);
  guise_caption_db_finish_item (fixture->db, item, &error);
  g_assert_no_error (error);
}

/* A job for images 1 to 3: two described, one refused. Its prompt's hash. */
static char *
do_job (Fixture *fixture, gboolean is_trial)
{
  static const char text[] = "title = Mine\n[user]\nDescribe.\n";
  static const char *const answers[] = { "an old man here", "a young man there", NULL };
  const gint64 ids[] = { 1, 2, 3 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuisePrompt) prompt = guise_prompt_parse (text, strlen (text), "p", &error);
  char *hash = guise_caption_db_put_prompt (fixture->db, prompt, &error);
  const GuiseCaptionJob job = {
    .endpoint = "e",
    .host = "h",
    .model = "m",
    .prompt = hash,
    .scope = "",
    .parameters = "{}",
    .is_trial = is_trial,
  };
  gint64 id = guise_caption_db_add_job (fixture->db, &job, ids, NULL, NULL, 3, &error);
  g_autoptr (GPtrArray) items = guise_caption_db_list_items (fixture->db, id, NULL, 0, 10, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (items->len, ==, 3);
  for (guint i = 0; i < items->len; i++)
    answer_item (fixture, items->pdata[i], answers[i]);
  return hash;
}

static json_t *
run_stats (Fixture *fixture)
{
  const char *const argv[] = { g_getenv ("GUISECTL"), "--json", "caption", "stats", "--project",
                               fixture->folder, NULL };
  g_autofree char *output = NULL, *problems = NULL;
  g_autoptr (GError) error = NULL;
  json_t *result;
  int status;

  g_spawn_sync (NULL, (char **)argv, NULL, 0, NULL, NULL, &output, &problems, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (problems, ==, "");
  g_assert_cmpint (status, ==, 0);
  result = json_loads (output, 0, NULL);
  g_assert_nonnull (result);
  return result;
}

static void
assert_number (json_t *version, const char *key, double wanted)
{
  json_t *value = json_object_get (version, key);

  g_assert_true (json_is_number (value));
  if (fabs (json_number_value (value) - wanted) > 1e-9)
    g_error ("%s is %g instead of %g", key, json_number_value (value), wanted);
}

static void
edit_one (Fixture *fixture)
{
  g_autoptr (GuiseFilter) filter = guise_filter_parse ("text = \"an old man here\"", NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (fixture->store, filter, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (ids->len, ==, 1);
  guise_store_edit_caption (fixture->store, g_array_index (ids, gint64, 0), -1,
                            "a very old man here", &error);
  g_assert_no_error (error);
}

static void
test_stats (Fixture *fixture, gconstpointer data)
{
  g_auto (GuiseCaptionApplied) applied = { 0 };
  g_autofree char *hash = do_job (fixture, FALSE), *trial = do_job (fixture, TRUE);
  g_autoptr (GError) error = NULL;
  json_auto_t *result = NULL;
  json_t *version;

  g_assert_cmpstr (hash, ==, trial);
  guise_caption_apply (fixture->db, fixture->store, &applied, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (applied.stored.n_added, ==, 2); /* nothing of the trial */
  edit_one (fixture);
  result = run_stats (fixture);
  g_assert_cmpuint (json_array_size (json_object_get (result, "versions")), ==, 1);
  version = json_array_get (json_object_get (result, "versions"), 0);
  g_assert_cmpstr (json_string_value (json_object_get (version, "prompt")), ==, hash);
  g_assert_cmpstr (json_string_value (json_object_get (version, "title")), ==, "Mine");
  assert_number (version, "jobs", 2);
  assert_number (version, "trials", 1);
  assert_number (version, "asked", 6);
  assert_number (version, "described", 4);
  assert_number (version, "refused", 2);
  assert_number (version, "answers", 6);
  assert_number (version, "prompt_tokens", 480);
  assert_number (version, "cost", 3);
  assert_number (version, "captions", 2);
  assert_number (version, "edited", 1);
  assert_number (version, "accepted", 0);
  assert_number (version, "edit_words", 2);
}

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  json_auto_t *result = run_stats (fixture);

  g_assert_cmpuint (json_array_size (json_object_get (result, "versions")), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cli/caption-stats/counts", Fixture, NULL, set_up, test_stats, tear_down);
  g_test_add ("/cli/caption-stats/nothing", Fixture, NULL, set_up, test_nothing, tear_down);
  return g_test_run ();
}
