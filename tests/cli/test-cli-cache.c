/* guisectl train --estimate, training with kept tokens, and guisectl cache. */
#include <string.h>
#include <sys/resource.h>

#include "run-ctl.h"
#include "temp-folder.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *folder, *project, *base;

static int
run_ctl (const char *const *words, char **output, char **errors)
{
  return ctl_run (WORDS ("--project", project), words, output, errors);
}

static void
run_good (const char *const *words, char **output)
{
  g_autofree char *errors = NULL;
  int status = run_ctl (words, output, &errors);

  if (status != 0)
    g_error ("exit %d: %s", status, errors);
}

static gint64
get_bytes (void)
{
  g_autofree char *output = NULL;
  json_auto_t *result = NULL;

  run_good (WORDS ("cache", "--json"), &output);
  result = ctl_read_last (output);
  return ctl_get_int (result, "bytes");
}

/* One object, and nothing is made. */
static void
test_estimate (void)
{
  g_autofree char *output = NULL, *text = NULL, *runs = g_build_filename (project, "runs", NULL);
  guint n_before = temp_folder_count (runs, "");
  json_auto_t *event = NULL;
  json_t *memory;

  run_good (WORDS ("train", "--preset", "tiny", "--estimate", "--json"), &output);
  event = ctl_read_last (output);
  g_assert_cmpstr (json_string_value (json_object_get (event, "event")), ==, "estimate");
  memory = json_object_get (event, "memory");
  g_assert_cmpfloat (json_number_value (json_object_get (memory, "total")), >, 1e8);
  g_assert_cmpfloat (json_number_value (json_object_get (memory, "total")), <, 1e9);
  g_assert_cmpfloat (json_number_value (json_object_get (event, "step_s")), >, 0);
  g_assert_null (strchr (strchr (output, '\n') + 1, '{'));
  run_good (WORDS ("train", "--preset", "tiny", "--estimate"), &text);
  g_assert_nonnull (strstr (text, "memory: about "));
  g_assert_nonnull (strstr (text, "time: about "));
  g_assert_cmpuint (temp_folder_count (runs, ""), ==, n_before);
}

/* Refused in one sentence, before there is a run. */
static void
test_memory (void)
{
  const struct rlimit little = { (rlim_t)3 << 30, (rlim_t)3 << 30 };
  g_autofree char *errors = NULL, *run = g_build_filename (project, "runs", "big", NULL);
  struct rlimit before;

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
  g_test_skip ("a sanitizer wants more addresses than the limit leaves");
  return;
#endif
  g_setenv ("OPENBLAS_NUM_THREADS", "2", TRUE); /* each takes addresses */
  getrlimit (RLIMIT_AS, &before);
  g_assert_cmpint (
      prlimit (0, RLIMIT_AS, &(struct rlimit){ little.rlim_cur, before.rlim_max }, NULL), ==, 0);
  g_assert_cmpint (run_ctl (WORDS ("train", "--preset", "paper", "--threads", "2", "--name", "big",
                                   "--set", "train.micro_batch=8"),
                            NULL, &errors),
                   ==, 1);
  setrlimit (RLIMIT_AS, &before);
  g_unsetenv ("OPENBLAS_NUM_THREADS");
  ctl_assert_one_line (errors, "\u00a0GB are available");
  g_assert_nonnull (strstr (errors, "train.micro_batch"));
  g_assert_false (g_file_test (run, G_FILE_TEST_EXISTS));
}

static void
test_cache (void)
{
  const char *const *train
      = WORDS ("train", "--json", "--from", base, "--steps", "3", "--threads", "1", "--set",
               "train.vision_blocks=0", "--set", "train.train_text=false", "--set",
               "train.cache_tokens=true", "--set", "train.persons=4", "--name", "kept");
  const char *const *train_again = WORDS (
      "train", "--json", "--from", base, "--steps", "1", "--threads", "1", "--set",
      "train.vision_blocks=0", "--set", "train.train_text=false", "--set",
      "train.cache_tokens=true", "--set", "train.persons=4", "--name", "again");
  g_autofree char *output = NULL, *removed = NULL, *text = NULL, *errors = NULL;
  json_auto_t *result = NULL;

  g_assert_cmpint (get_bytes (), ==, 0);
  run_good (train, &output);
  g_assert_true (g_str_has_prefix (output, "{\"event\": \"estimate\"")
                 || g_str_has_prefix (output, "{\"event\":\"estimate\""));
  g_assert_nonnull (strstr (output, "caching visual tokens"));
  g_assert_nonnull (strstr (output, "caching text features"));
  g_assert_nonnull (strstr (output, "erase do nothing"));
  g_assert_cmpint (get_bytes (), >, 0);
  run_good (WORDS ("cache"), &text);
  g_assert_nonnull (strstr (text, "images-"));
  g_assert_nonnull (strstr (text, "texts-"));
  run_good (WORDS ("cache", "clear", "--json"), &removed);
  result = ctl_read_last (removed);
  g_assert_cmpint (ctl_get_int (result, "removed"), >, 0);
  g_assert_cmpint (get_bytes (), ==, 0);
  /* the project after the command, where it is read last */
  run_good (train_again, NULL);
  g_assert_cmpint (get_bytes (), >, 0);
  g_assert_cmpint (ctl_run (NULL, WORDS ("cache", "clear", "--project", project), NULL, NULL), ==,
                   0);
  g_assert_cmpint (get_bytes (), ==, 0);
  g_assert_cmpint (run_ctl (WORDS ("cache", "remove"), NULL, &errors), ==, 2);
  ctl_assert_one_line (errors, "'remove'");
}

static void
test_no_project (void)
{
  g_autofree char *errors = NULL;

  g_assert_cmpint (ctl_run (WORDS ("--project", base), WORDS ("cache", "clear"), NULL, &errors), ==,
                   1);
  ctl_assert_one_line (errors, "not a");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("cache");
  project = g_build_filename (folder, "project", NULL);
  ctl_run (NULL, WORDS ("demo", project, "--persons", "12", "--quiet"), NULL, NULL);
  run_good (WORDS ("train", "--preset", "toy", "--steps", "1", "--threads", "1", "--quiet", "--set",
                   "train.vision_blocks=-1", "--set", "train.train_text=true", "--set",
                   "text.vocab_size=160", "--set", "train.persons=4", "--name", "base"),
            NULL);
  base = g_build_filename (project, "runs", "base", "best", NULL);
  g_test_add_func ("/cli/cache/estimate", test_estimate);
  g_test_add_func ("/cli/cache/memory", test_memory);
  g_test_add_func ("/cli/cache/kept", test_cache);
  g_test_add_func ("/cli/cache/no-project", test_no_project);
  status = g_test_run ();
  temp_folder_free (folder);
  g_free (project);
  g_free (base);
  return status;
}
