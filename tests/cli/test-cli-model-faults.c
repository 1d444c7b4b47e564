/* Disks without room, kills, too little memory and files from elsewhere around what encoders weigh
 * and give: making a checkpoint, filling the token cache. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "guise-safetensors.h"
#include "run-ctl.h"
#include "temp-folder.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char *folder, *project, *base;

static int
run (const char *const *words, char **output, char **errors)
{
  return ctl_run (WORDS ("--project", project), words, output, errors);
}

/* Returns what it says. */
static char *
run_good (const char *const *words)
{
  g_autofree char *errors = NULL;
  char *output = NULL;
  int status = run (words, &output, &errors);

  if (status != 0)
    g_error ("exit %d: %s", status, errors);
  return output;
}

/* kind: as fault-shim.h has it, at that call in `where` and, unless it kills, at all after it. */
static int
run_with_fault (const char *const *words, const char *where, const char *kind, guint at,
                char **errors)
{
  g_autofree char *number = g_strdup_printf ("%u", at), *output = NULL;
  g_auto (GStrv) environment = g_get_environ ();

  environment = g_environ_setenv (environment, "FAULT_DIR", where, TRUE);
  environment = g_environ_setenv (environment, "FAULT_KIND", kind, TRUE);
  environment = g_environ_setenv (environment, "FAULT_ON", "write", TRUE);
  environment = g_environ_setenv (environment, "FAULT_AT", number, TRUE);
  environment = g_environ_setenv (environment, "FAULT_FOR_GOOD", "1", TRUE);
  environment = g_environ_setenv (environment, "LD_PRELOAD", g_getenv ("FAULT_SHIM"), TRUE);
  environment = g_environ_setenv (environment, "ASAN_OPTIONS", "verify_asan_link_order=0", TRUE);
  return ctl_run_in (NULL, environment, WORDS ("--project", project), words, &output, errors);
}

/* ---- a checkpoint ---- */

/* Full at each write in turn: a sentence, and nothing that looks like a checkpoint. */
static void
test_init_full (void)
{
  g_autofree char *place = g_build_filename (folder, "place", NULL);
  g_autofree char *made = g_build_filename (place, "made", NULL);
  g_autofree char *golden = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", NULL);
  g_autofree char *vision = g_build_filename (golden, "vit", NULL);
  g_autofree char *text = g_build_filename (golden, "bert", NULL);
  const char *const *init = WORDS ("model", "init", "--preset", "toy", "--vision", vision, "--text",
                                   text, made);
  int status = 1;
  guint at;

  g_assert_cmpint (g_mkdir (place, 0777), ==, 0);
  for (at = 1; at < 10000; at += 1 + at / 4) {
    g_autofree char *errors = NULL;

    status = run_with_fault (init, place, "ENOSPC", at, &errors);
    if (status == 0)
      break;
    g_assert_cmpint (status, ==, 1);
    ctl_assert_one_line (errors, "No space left on device");
    g_assert_cmpuint (temp_folder_count (place, ""), ==, 0);
  }
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (at, >, 4); /* folder and three files */
  g_assert_cmpuint (temp_folder_count (place, ""), ==, 1);
  g_assert_cmpuint (temp_folder_count (made, ""), ==, 3);
}

static void
test_init_memory (void)
{
  g_autofree char *made = g_build_filename (folder, "large", NULL), *errors = NULL;
  struct rlimit before;

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
  g_test_skip ("a sanitizer wants more addresses than the limit leaves");
  return;
#endif
  g_setenv ("OPENBLAS_NUM_THREADS", "2", TRUE); /* each takes addresses */
  getrlimit (RLIMIT_AS, &before);
  g_assert_cmpint (setrlimit (RLIMIT_AS, &(struct rlimit){ 900 << 20, before.rlim_max }), ==, 0);
  g_assert_cmpint (run (WORDS ("model", "init", "--preset", "paper", made), NULL, &errors), ==, 1);
  setrlimit (RLIMIT_AS, &before);
  g_unsetenv ("OPENBLAS_NUM_THREADS");
  ctl_assert_one_line (errors, "they need 965.9\u00a0MB of memory");
  g_assert_false (g_file_test (made, G_FILE_TEST_EXISTS));
}

static void
copy_file (const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize)size, NULL));
}

/* A folder's copy with a file of another folder in the place of one of its own is refused. */
static void
check_mixed (const char *option, const char *name, const char *file, const char *other,
             const char *why)
{
  g_autofree char *golden = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", NULL);
  g_autofree char *whole = g_build_filename (golden, name, NULL);
  g_autofree char *from = g_build_filename (golden, other, NULL);
  g_autofree char *mixed = g_build_filename (folder, "mixed", NULL);
  g_autofree char *to = g_build_filename (mixed, file, NULL);
  g_autofree char *made = g_build_filename (folder, "none", NULL), *errors = NULL;

  temp_folder_copy (whole, mixed);
  copy_file (from, to);
  g_assert_cmpint (run (WORDS ("model", "init", option, mixed, made), NULL, &errors), ==, 1);
  ctl_assert_one_line (errors, why);
  g_assert_nonnull (strstr (errors, mixed));
  g_assert_false (g_file_test (made, G_FILE_TEST_EXISTS));
  temp_folder_remove (mixed);
}

static void
test_init_mixed (void)
{
  check_mixed ("--vision", "vit", "model.safetensors", "bert/model.safetensors",
               "its weights are not the ViT model of its config.json; missing: ");
  check_mixed ("--vision", "vit", "config.json", "bert/config.json",
               "it is a BERT model: images are not for it");
  check_mixed ("--vision", "vit-shards", "model-00002-of-00004.safetensors",
               "vit-shards/model-00003-of-00004.safetensors",
               "is not in 'model-00002-of-00004.safetensors', where the index says it is");
  check_mixed ("--text", "bert", "vocab.txt", "../tokenizers/bert/vocab.txt",
               "it has 1500 tokens, the embedding of its model 40");
}

/* ---- the token cache ---- */

static const char *const *
get_training (const char *name)
{
  static const char *words[]
      = { "train", "--json", "--from", NULL, "--steps", "3", "--threads", "1",
          "--set", "train.vision_blocks=0", "--set", "train.train_text=false",
          "--set", "train.cache_tokens=true", "--set", "train.persons=4", "--name", NULL, NULL };

  words[3] = base;
  words[G_N_ELEMENTS (words) - 2] = name;
  return words;
}

static gint64
count_bytes (void)
{
  g_autofree char *output = run_good (WORDS ("cache", "--json"));
  json_auto_t *result = ctl_read_last (output);

  return ctl_get_int (result, "bytes");
}

/* The hash of the weights at the end, which stands in the file. */
static char *
read_weights (const char *name)
{
  g_autofree char *path = g_build_filename (project, "runs", name, "checkpoints", "step-000003",
                                            "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, &error);

  g_assert_no_error (error);
  return g_strdup (guise_safetensors_get_metadata (file, "sha256"));
}

/* What an interrupted filling left is used, completed, and gives the same training. */
static void
check_goes_on (const char *name, gint64 bytes)
{
  g_autofree char *whole = read_weights ("whole"), *resumed = NULL;
  g_autofree char *output = run_good (get_training (name));

  resumed = read_weights (name);
  g_assert_cmpstr (resumed, ==, whole);
  g_assert_cmpint (count_bytes (), ==, bytes);
}

static gint64
fill_whole (void)
{
  static gint64 bytes = 0;

  if (bytes == 0) {
    g_free (run_good (get_training ("whole")));
    bytes = count_bytes ();
  }
  g_free (run_good (WORDS ("cache", "clear")));
  return bytes;
}

static void
test_cache_full (void)
{
  g_autofree char *tokens = g_build_filename (project, "tokens", NULL);
  g_autofree char *runs = g_build_filename (project, "runs", NULL);
  gint64 bytes = fill_whole ();
  guint n_runs = temp_folder_count (runs, "");

  for (guint at = 1; at <= 40; at += 13) {
    g_autofree char *errors = NULL;

    g_assert_cmpint (run_with_fault (get_training ("full"), tokens, "ENOSPC", at, &errors), ==, 1);
    ctl_assert_one_line (errors, "No space left on device");
    g_assert_cmpuint (temp_folder_count (runs, ""), ==, n_runs); /* there is no run */
  }
  g_assert_cmpint (count_bytes (), <, bytes);
  check_goes_on ("full", bytes);
}

static void
test_cache_killed (void)
{
  g_autofree char *tokens = g_build_filename (project, "tokens", NULL);
  gint64 bytes = fill_whole ();

  for (guint at = 2; at <= 40; at += 13)
    g_assert_cmpint (run_with_fault (get_training ("killed"), tokens, "kill", at, NULL), ==,
                     -SIGKILL);
  g_assert_cmpint (count_bytes (), >, 0);
  g_assert_cmpint (count_bytes (), <, bytes);
  check_goes_on ("killed", bytes);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("model-faults");
  project = g_build_filename (folder, "project", NULL);
  ctl_run (NULL, WORDS ("demo", project, "--persons", "12", "--quiet"), NULL, NULL);
  g_free (run_good (WORDS ("train", "--preset", "toy", "--steps", "1", "--threads", "1", "--quiet",
                           "--set", "train.vision_blocks=-1", "--set", "train.train_text=true",
                           "--set", "text.vocab_size=160", "--set", "train.persons=4",
                           "--name", "base")));
  base = g_build_filename (project, "runs", "base", "best", NULL);
  g_test_add_func ("/model-faults/init-full", test_init_full);
  g_test_add_func ("/model-faults/init-memory", test_init_memory);
  g_test_add_func ("/model-faults/init-mixed", test_init_mixed);
  g_test_add_func ("/model-faults/cache-full", test_cache_full);
  g_test_add_func ("/model-faults/cache-killed", test_cache_killed);
  status = g_test_run ();
  temp_folder_free (folder);
  g_free (project);
  g_free (base);
  return status;
}
