/* The project folder: one writer, relative roots, images beneath them. */
#include "guise-lock-file.h"
#include "guise-project.h"
#include "store-fixture.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program;

static void
put_people (const char *root)
{
  temp_folder_put (root, "imgs/cam_1/1.png", "picture", -1);
  temp_folder_put (root, "reid_raw.json",
                   "[{\"split\": \"train\", \"captions\": [\"a\"], "
                   "\"file_path\": \"cam_1/1.png\", \"id\": 1}]",
                   -1);
}

static void
import_people (GuiseProject *project, const char *root)
{
  GError *error = NULL;
  GuiseImportStats stats;
  g_autoptr (GuiseImport) import = guise_import_read (root, NULL, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (guise_project_import (project, import, &stats, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
test_create_and_move (void)
{
  char *folder = fixture_folder ();
  g_autofree char *first = g_build_filename (folder, "deep", "first", NULL);
  g_autofree char *second = g_build_filename (folder, "second", NULL);
  g_autofree char *people = g_build_filename (first, "people", NULL);
  g_autofree char *outside = g_build_filename (folder, "outside", NULL);
  g_autofree char *path = NULL, *absolute = NULL;
  g_autofree char *expected = g_build_filename (second, "people", "imgs/cam_1/1.png", NULL);
  GError *error = NULL;
  GuiseProject *project = guise_project_create (first, &error);
  g_autoptr (GPtrArray) datasets = NULL;
  g_autoptr (GuiseRoot) root = NULL;
  g_autoptr (GuiseRoot) none = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (guise_project_get_name (project), ==, "first");
  g_assert_null (guise_project_create (first, &error));
  g_clear_error (&error);
  put_people (people);
  put_people (outside);
  import_people (project, people);
  import_people (project, outside);
  datasets = guise_store_list_datasets (guise_project_get_store (project), &error);
  g_assert_cmpstr (((GuiseDataset *)datasets->pdata[0])->root, ==, "people");
  g_assert_cmpstr (((GuiseDataset *)datasets->pdata[1])->root, ==, outside);
  g_object_unref (project);

  g_assert_cmpint (g_rename (first, second), ==, 0);
  project = guise_project_open (second, GUISE_PROJECT_READ_WRITE, &error);
  g_assert_no_error (error);
  path = guise_project_get_image_path (project, 1, "imgs/cam_1/1.png", &error);
  g_assert_cmpstr (path, ==, expected);
  root = guise_project_get_root (project, 1, &error);
  g_assert_no_error (error);
  none = guise_project_get_root (project, 99, &error);
  g_assert_null (none);
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  absolute = guise_project_get_dataset_root (project, 2, &error);
  g_assert_cmpstr (absolute, ==, outside);
  g_object_unref (project);
  fixture_remove (folder);
}

static void
test_not_a_project (void)
{
  char *folder = fixture_folder ();
  GError *error = NULL;

  g_assert_false (guise_project_is_project (folder));
  g_assert_null (guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT);
  g_clear_error (&error);
  g_assert_null (guise_project_open ("/no/such", GUISE_PROJECT_READ_ONLY, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT);
  g_clear_error (&error);
  fixture_remove (folder);
}

static void
assert_refused (const char *folder, GuiseStoreError code, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_project_open (folder, GUISE_PROJECT_READ_ONLY, &error));
  g_assert_error (error, GUISE_STORE_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, part));
}

/* A folder without a database is no project, unless something that only a project has is in it. */
static void
test_remains (void)
{
  static const struct {
    const char *path, *content, *part;
    GuiseStoreError code;
  } cases[] = {
    { "backups/notes.txt", "mine", "no guise.db", GUISE_STORE_ERROR_NOT_A_PROJECT },
    { "captions.jsonl", "{\"image\": 1}\n", "no guise.db", GUISE_STORE_ERROR_NOT_A_PROJECT },
    { "runs/a/run.json", "{}", "no guise.db", GUISE_STORE_ERROR_NOT_A_PROJECT },
    { "backups/guise-20260504-123005-000000.db", "bad", "no good backup",
      GUISE_STORE_ERROR_DAMAGED },
    { "captions.jsonl", "{\"guise\":\"0.1\"}\n", "its guise.db is gone",
      GUISE_STORE_ERROR_DAMAGED },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    char *folder = fixture_folder ();
    g_autofree char *database = g_build_filename (folder, "guise.db", NULL);

    temp_folder_put (folder, cases[i].path, cases[i].content, -1);
    assert_refused (folder, cases[i].code, cases[i].part);
    g_assert_true (g_file_set_contents (database, "", 0, NULL));
    assert_refused (folder, cases[i].code, "is empty");
    fixture_remove (folder);
  }
}

/* In one process: the lock belongs to the open file, so a second opening is refused here too. */
static void
test_lock (void)
{
  char *folder = fixture_folder ();
  GError *error = NULL;
  GuiseProject *project = guise_project_create (folder, &error), *reader;
  g_autofree char *process = g_strdup_printf ("process %d", (int)getpid ());

  g_assert_null (guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, process));
  g_assert_nonnull (strstr (error->message, g_get_host_name ()));
  g_clear_error (&error);
  reader = guise_project_open (folder, GUISE_PROJECT_PREFER_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_is_read_only (guise_project_get_store (reader)));
  g_object_unref (reader);
  g_assert_null (guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error)); /* still held */
  g_clear_error (&error);
  guise_project_close (project);
  reader = guise_project_open (folder, GUISE_PROJECT_PREFER_WRITE, &error);
  g_assert_no_error (error);
  g_assert_false (guise_store_is_read_only (guise_project_get_store (reader)));
  g_object_unref (reader);
  g_object_unref (project);
  fixture_remove (folder);
}

typedef struct {
  GuiseDecoder *decoder;
  GError *error;
} Decode;

static gpointer
decode (gpointer data)
{
  Decode *self = data;
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "plain.png", NULL);
  GuiseImage *image = guise_decoder_decode (self->decoder, NULL, path, NULL, NULL, &self->error);

  g_assert_null (image);
  g_clear_object (&self->decoder);
  return NULL;
}

/* A picture is being read when the project is closed: the decoder stays until that has ended. */
static void
test_close_while_decoding (void)
{
  char *folder = fixture_folder ();
  g_autofree char *fake = g_test_build_filename (G_TEST_BUILT, "core", "fake-decoder", NULL);
  g_autofree char *silent = g_build_filename (folder, "silent", NULL); /* the name is the mode */
  g_autofree char *real = g_strdup (g_getenv ("GUISE_DECODER"));
  GError *error = NULL;
  GuiseProject *project = guise_project_create (folder, &error);
  GuiseDecoder *watched;
  Decode job = { 0 };
  GThread *thread;

  g_assert_no_error (error);
  g_assert_cmpint (symlink (fake, silent), ==, 0);
  g_setenv ("GUISE_DECODER", silent, TRUE);
  watched = job.decoder = guise_project_dup_decoder (project);
  g_assert_true (guise_project_get_decoder (project) == watched);
  g_object_add_weak_pointer (G_OBJECT (watched), (gpointer *)&watched);
  guise_decoder_set_timeout (job.decoder, 200);
  thread = g_thread_new ("decode", decode, &job);
  guise_project_close (project);
  g_object_unref (project);
  g_thread_join (thread);
  g_assert_error (job.error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TIMEOUT);
  g_clear_error (&job.error);
  g_assert_null (watched);
  g_setenv ("GUISE_DECODER", real, TRUE);
  fixture_remove (folder);
}

static int
child_hold (const char *folder)
{
  GuiseProject *project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, NULL);

  if (project == NULL || write (STDOUT_FILENO, "x", 1) != 1)
    return 1;
  for (;;)
    pause ();
}

/* The holder dies without a word: the next one gets in, and no file has to be deleted. */
static void
test_lock_of_the_dead (void)
{
  char *folder = fixture_folder ();
  const char *argv[] = { program, "--child-hold", folder, NULL };
  GError *error = NULL;
  GuiseProject *project = guise_project_create (folder, &error);
  g_autofree char *process = NULL;
  GPid pid;
  int output, status;
  char byte;

  g_object_unref (project);
  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                            NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (output, &byte, 1), ==, 1);
  process = g_strdup_printf ("process %d", (int)pid);
  g_assert_null (guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED);
  g_assert_nonnull (strstr (error->message, process));
  g_clear_error (&error);
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  close (output);
  project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);
  g_assert_no_error (error);
  g_object_unref (project);
  fixture_remove (folder);
}

/* What the lock file says may come from anybody. */
static void
test_lock_note (void)
{
  char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "project.lock", NULL);
  GError *error = NULL;
  GuiseProject *project = guise_project_create (folder, &error);

  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  {
    FILE *file = fopen (path, "r+");

    g_assert_nonnull (file);
    g_assert_cmpint (fputs ("evil \x1b[31m %s %n\n\xff end", file), >=, 0);
    fclose (file);
  }
  g_assert_null (guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED);
  g_assert_null (strchr (error->message, '\x1b'));
  g_assert_nonnull (strstr (error->message, "evil ?[31m %s %n"));
  g_clear_error (&error);
  g_object_unref (project);
  fixture_remove (folder);
}

typedef struct {
  const char *path;
  gint n_inside; /* that hold the lock */
  gint n_taken;
} Door;

/* Takes the lock, and removes the file before it lets it go, as a creation that failed does. */
static gpointer
come_and_go (gpointer data)
{
  Door *door = data;

  for (int i = 0; i < 10000; i++) {
    g_autofree char *holder = NULL;
    int fd = guise_lock_file_take (door->path, &holder, NULL);

    if (fd < 0)
      continue;
    g_assert_cmpint (g_atomic_int_add (&door->n_inside, 1), ==, 0);
    g_atomic_int_inc (&door->n_taken);
    g_thread_yield ();
    g_atomic_int_add (&door->n_inside, -1);
    g_unlink (door->path);
    guise_lock_file_release (fd);
  }
  return NULL;
}

/* A lock on a file that has been removed meanwhile keeps nobody out, and is none. */
static void
test_lock_removed (void)
{
  char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "project.lock", NULL);
  Door door = { .path = path };
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("lock", come_and_go, &door);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (door.n_taken, >, 0);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc == 3 && strcmp (argv[1], "--child-hold") == 0)
    return child_hold (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/project/create-and-move", test_create_and_move);
  g_test_add_func ("/project/not-a-project", test_not_a_project);
  g_test_add_func ("/project/x09-remains", test_remains);
  g_test_add_func ("/project/close-while-decoding", test_close_while_decoding);
  g_test_add_func ("/project/x06-lock", test_lock);
  g_test_add_func ("/project/x07-lock-of-the-dead", test_lock_of_the_dead);
  g_test_add_func ("/project/x06-lock-removed", test_lock_removed);
  g_test_add_func ("/project/lock-note", test_lock_note);
  return g_test_run ();
}
