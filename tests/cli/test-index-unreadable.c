/* What an index knows of pictures that it does not hold: those whose file is to blame are left in
 * peace until it changes, all others are tried again. */
#include "guise-index-builder.h"
#include "retrieval-place.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static Place place;
static GuiseSearchModel *model;
static GuiseDecoder *decoder;
static char *folder;
static gboolean tells_why; /* build(): why the first cannot be read */

/* Of the picture at its position less one in a list; picture 0 is good. */
static const struct {
  gboolean verdict;
  int code;
} image_faults[] = {
  { TRUE, GUISE_IMAGE_ERROR_OUTSIDE },
  { TRUE, GUISE_IMAGE_ERROR_NOT_A_FILE },
  { TRUE, GUISE_IMAGE_ERROR_EMPTY },
  { TRUE, GUISE_IMAGE_ERROR_FORMAT },
  { TRUE, GUISE_IMAGE_ERROR_TOO_LARGE },
  { TRUE, GUISE_IMAGE_ERROR_DAMAGED },
  { FALSE, GUISE_IMAGE_ERROR_TIMEOUT },
  { FALSE, GUISE_IMAGE_ERROR_DECODER },
  { FALSE, GUISE_IMAGE_ERROR_READ },
  { FALSE, GUISE_IMAGE_ERROR_NO_ROOM },
},
  io_faults[] = {
    { TRUE, G_IO_ERROR_NOT_FOUND },
    { FALSE, G_IO_ERROR_PERMISSION_DENIED },
    { FALSE, G_IO_ERROR_FAILED },
    { FALSE, G_IO_ERROR_TOO_MANY_OPEN_FILES },
    { FALSE, G_IO_ERROR_NOT_MOUNTED },
  };

enum { N_IMAGE_FAULTS = G_N_ELEMENTS (image_faults),
       N_FAULTS = N_IMAGE_FAULTS + G_N_ELEMENTS (io_faults) };

/* Data set 0 is the folder; the others fail as the tables say. */
static GuiseRoot *
get_root (gint64 dataset_id, gpointer data, GError **error)
{
  gint64 k = dataset_id - 1;

  if (dataset_id == 0)
    return guise_root_open (folder, error);
  if (k < N_IMAGE_FAULTS)
    g_set_error (error, GUISE_IMAGE_ERROR, image_faults[k].code, "fault %d", (int)k);
  else
    g_set_error (error, G_IO_ERROR, io_faults[k - N_IMAGE_FAULTS].code, "fault %d", (int)k);
  return NULL;
}

static void
set_up_all (void)
{
  g_autofree char *good
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "plain.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = NULL;

  place_init (&place);
  model = guise_search_model_open (place.checkpoint, 1, &error);
  g_assert_no_error (error);
  decoder = guise_decoder_new (1);
  image = guise_decoder_decode (decoder, NULL, good, NULL, NULL, &error); /* its process runs now */
  g_assert_no_error (error);
}

static void
tear_down_all (void)
{
  g_clear_object (&decoder);
  g_clear_pointer (&model, guise_search_model_unref);
  place_clear (&place);
}

static void
set_up (void)
{
  g_autofree char *good
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "plain.png", NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  folder = temp_folder_new ("unreadable");
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  g_assert_true (g_file_get_contents (good, &bytes, &size, NULL));
  temp_folder_put (folder, "good.png", bytes, (gssize)size);
  temp_folder_put (folder, "other.png", bytes, (gssize)size);
  temp_folder_put (folder, "text.png", "no picture", -1);
}

static void
tear_down (void)
{
  g_clear_pointer (&folder, temp_folder_free);
}

static GuiseIndex *
build (const GuisePictureList *pictures, const GuiseIndex *old, gboolean retry,
       GuiseIndexReport *report)
{
  const GuisePictureSource source = { decoder, get_root, NULL };
  g_autoptr (GError) error = NULL;
  GuiseIndex *index
      = guise_index_build (model, &source, pictures, "all", GUISE_STORAGE_FLOAT32, old, retry, NULL,
                           report, NULL, NULL, NULL, &error);

  tells_why = report->unreadable != NULL;
  g_clear_pointer (&report->unreadable, g_free);
  g_assert_no_error (error);
  return index;
}

static gboolean
is_given_up (const GuiseIndex *index, gint64 id)
{
  const GuiseIndexInfo *info = guise_index_get_info (index);

  for (size_t k = 0; k < info->n_unreadable; k++)
    if (info->unreadable[3 * k] == id)
      return TRUE;
  return FALSE;
}

static void
test_verdicts (void)
{
  gint64 ids[1 + N_FAULTS], dataset_ids[1 + N_FAULTS];
  const char *paths[1 + N_FAULTS];
  const GuisePictureList pictures = { 1 + N_FAULTS, ids, dataset_ids, paths };
  g_autoptr (GuiseIndex) index = NULL;
  GuiseIndexReport report;

  set_up ();
  for (int i = 0; i < 1 + N_FAULTS; i++) {
    ids[i] = 10 + i;
    dataset_ids[i] = i;
    paths[i] = "good.png";
  }
  index = build (&pictures, NULL, FALSE, &report);
  g_assert_cmpuint (guise_index_get_n_images (index), ==, 1);
  g_assert_cmpuint (report.n_unreadable, ==, N_FAULTS);
  for (int k = 0; k < N_FAULTS; k++) {
    gboolean verdict
        = k < N_IMAGE_FAULTS ? image_faults[k].verdict : io_faults[k - N_IMAGE_FAULTS].verdict;

    g_test_message ("fault %d", k);
    g_assert_cmpint (is_given_up (index, 11 + k), ==, verdict);
  }
  tear_down ();
}

static const gint64 three_ids[] = { 1, 2, 3 }, one_dataset[] = { 0, 0, 0 };
static const char *const three_paths[] = { "good.png", "other.png", "text.png" };
static const GuisePictureList three = { 3, three_ids, one_dataset, three_paths };

/* A file that only lacks permission, and has it again without any other change. */
static void
test_locked (void)
{
  const GuisePictureSource source = { decoder, get_root, NULL };
  g_autofree char *path = NULL;
  g_autoptr (GuiseIndex) index = NULL, again = NULL;
  g_autoptr (GPtrArray) unreadable = NULL;
  GuiseIndexReport report;
  uid_t user = geteuid ();

  set_up ();
  path = g_build_filename (folder, "other.png", NULL);
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  if (user == 0 && seteuid (65534) != 0) {
    g_test_skip ("root may read everything and cannot become somebody else");
    tear_down ();
    return;
  }
  index = build (&three, NULL, FALSE, &report);
  g_assert_cmpint (seteuid (user), ==, 0);
  g_assert_cmpuint (report.n_unreadable, ==, 2);
  g_assert_false (is_given_up (index, 2));
  g_assert_true (is_given_up (index, 3));
  unreadable = guise_index_list_unreadable (index, &source, &three, NULL);
  g_assert_cmpuint (unreadable->len, ==, 1);
  g_assert_cmpstr (unreadable->pdata[0], ==, "text.png");

  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  again = build (&three, index, FALSE, &report);
  g_assert_cmpuint (report.n_embedded, ==, 1);
  g_assert_cmpuint (report.n_reused, ==, 1);
  g_assert_cmpuint (guise_index_get_n_images (again), ==, 2);
  tear_down ();
}

/* What is given up is left in peace while its file stays, unless one asks for it. */
static void
test_given_up (void)
{
  const GuisePictureSource source = { decoder, get_root, NULL };
  g_autoptr (GuiseIndex) index = NULL, kept = NULL, tried = NULL, mended = NULL;
  g_autofree char *good = NULL, *bytes = NULL;
  GuiseIndexReport report;
  gsize size;

  set_up ();
  index = build (&three, NULL, FALSE, &report);
  g_assert_cmpuint (report.n_unreadable, ==, 1);
  g_assert_true (guise_index_holds (index, model, &source, &three));
  kept = build (&three, index, FALSE, &report);
  g_assert_cmpuint (report.n_unreadable, ==, 1);
  g_assert_false (tells_why);
  g_assert_true (is_given_up (kept, 3));
  tried = build (&three, index, TRUE, &report);
  g_assert_cmpuint (report.n_unreadable, ==, 1);
  g_assert_true (tells_why);
  g_assert_true (is_given_up (tried, 3));

  good = g_build_filename (folder, "good.png", NULL);
  g_assert_true (g_file_get_contents (good, &bytes, &size, NULL));
  temp_folder_put (folder, "text.png", bytes, (gssize)size);
  g_assert_false (guise_index_holds (kept, model, &source, &three));
  mended = build (&three, kept, FALSE, &report);
  g_assert_cmpuint (report.n_embedded, ==, 1);
  g_assert_true (guise_index_holds (mended, model, &source, &three));
  g_assert_cmpuint (guise_index_get_info (mended)->n_unreadable, ==, 0);
  tear_down ();
}

/* Two change places, one goes, one is another: the index of before is not theirs. */
static void
test_holds_no_other (void)
{
  const gint64 turned_ids[] = { 2, 1, 3 }, fewer_ids[] = { 1, 3 }, unknown_ids[] = { 1, 2, 4 };
  const char *const turned_paths[] = { "other.png", "good.png", "text.png" };
  const char *const fewer_paths[] = { "good.png", "text.png" };
  const GuisePictureList others[] = { { 3, turned_ids, one_dataset, turned_paths },
                                      { 2, fewer_ids, one_dataset, fewer_paths },
                                      { 3, unknown_ids, one_dataset, three_paths } };
  const GuisePictureSource source = { decoder, get_root, NULL };
  g_autoptr (GuiseIndex) index = NULL;
  GuiseIndexReport report;

  set_up ();
  index = build (&three, NULL, FALSE, &report);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (guise_index_holds (index, model, &source, &others[i]));
  tear_down ();
}

/* ---- guisectl ---- */

static guint64
get_inode (const char *path)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (path, &status), ==, 0);
  return status.st_ino;
}

static char *
dup_first_path (void)
{
  json_auto_t *list = ASK (&place, "list", "--filter", "split = test", "--fields", "path");
  json_t *row = json_array_get (json_object_get (list, "rows"), 0);

  return g_build_filename (place.project, "people",
                           json_string_value (json_object_get (row, "path")), NULL);
}

/* Searches do not write the index again, nor does embed where nothing is another. */
static void
test_not_rewritten (void)
{
  g_autofree char *index = NULL, *file = NULL;
  guint64 inode;

  set_up ();
  index = g_build_filename (place.project, "runs", "r", "index.safetensors", NULL);
  file = dup_first_path ();
  g_assert_true (g_file_set_contents (file, "no picture", -1, NULL));
  g_assert_cmpint (RUN (&place, "embed", "--run", "r", "--split", "test"), ==, 0);
  inode = get_inode (index);
  g_assert_cmpint (RUN (&place, "search", "a man", "--run", "r"), ==, 0);
  g_assert_nonnull (strstr (place.errors, "left out 1 image that cannot be read; embed tries"));
  g_assert_cmpuint (get_inode (index), ==, inode);
  g_assert_cmpint (RUN (&place, "embed", "--run", "r"), ==, 0);
  g_assert_nonnull (strstr (place.errors, "left out 1 image that cannot be read: cannot decode"));
  g_assert_cmpuint (get_inode (index), ==, inode);
  tear_down ();
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  set_up_all ();
  g_test_add_func ("/index-unreadable/i19-verdicts", test_verdicts);
  g_test_add_func ("/index-unreadable/i19-locked", test_locked);
  g_test_add_func ("/index-unreadable/given-up", test_given_up);
  g_test_add_func ("/index-unreadable/holds-no-other", test_holds_no_other);
  g_test_add_func ("/index-unreadable/not-rewritten", test_not_rewritten);
  result = g_test_run ();
  tear_down_all ();
  return result;
}
