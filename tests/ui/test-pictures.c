/* Pictures in the real window: hostile files show as broken tiles and leave the rest as it is; and
 * what the window shows, the trainer learns from and `embed` reads are the same pixels. */
#include "guise-folder.h"
#include "guise-image-cell.h"
#include "guise-index-builder.h"
#include "guise-model.h"
#include "guise-pixels.h"
#include "guise-resize.h"
#include "guise-store-training.h"
#include "guise-train-set.h"
#include "guise-wordpiece-train.h"
#include "ui-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the data set holds: a golden picture under a name of its own. */
typedef struct {
  const char *name, *golden;
} Picture;

/* ---- a project ------------------------------------------------------------------------------ */

static char *
read_golden (const char *name, gsize *size)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "decode", name, NULL);
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;

  g_file_get_contents (path, &bytes, size, &error);
  g_assert_no_error (error);
  return bytes;
}

static char *
build_image_path (const char *folder, const char *name)
{
  return g_build_filename (folder, "people", "imgs", "c", name, NULL);
}

static void
put (const char *path, const char *bytes, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, bytes, (gssize)size, &error);
  g_assert_no_error (error);
}

/* A folder in the shape of CUHK-PEDES, each picture a person of its own. */
static void
make_data_set (const char *folder, const Picture *pictures, guint n)
{
  g_autofree char *images = build_image_path (folder, "");
  g_autofree char *json = g_build_filename (folder, "people", "reid_raw.json", NULL);
  json_t *records = json_array ();
  char *text;

  g_assert_cmpint (g_mkdir_with_parents (images, 0755), ==, 0);
  for (guint i = 0; i < n; i++) {
    gsize size;
    g_autofree char *bytes = read_golden (pictures[i].golden, &size);
    g_autofree char *path = build_image_path (folder, pictures[i].name);
    g_autofree char *below = g_strdup_printf ("c/%s", pictures[i].name);

    put (path, bytes, size);
    json_array_append_new (records, json_pack ("{s:s, s:[s], s:s, s:i}", "split", "train",
                                               "captions", "A man in a red coat.", "file_path",
                                               below, "id", (int)i + 1));
  }
  text = json_dumps (records, 0);
  put (json, text, strlen (text));
  free (text);
  json_decref (records);
}

static char *
make_project (const Picture *pictures, guint n)
{
  g_autofree char *parent = g_dir_make_tmp ("guise-pictures-XXXXXX", NULL);
  char *folder = g_build_filename (parent, "Project", NULL);
  g_autofree char *people = g_build_filename (folder, "people", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = guise_project_create (folder, &error);
  g_autoptr (GuiseImport) import = NULL;
  GuiseImportStats stats;

  g_assert_no_error (error);
  make_data_set (folder, pictures, n);
  import = guise_import_read (people, "auto", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  guise_project_import (project, import, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_images_added, ==, n);
  guise_project_close (project);
  return folder;
}

static void
remove_project (char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);

  guise_folder_remove (parent, NULL);
  g_free (folder);
}

/* ---- what the window shows ------------------------------------------------------------------ */

/* The tile of the image of this name, or NULL. */
static GuiseImageCell *
find_cell (GtkWidget *root, const char *name)
{
  if (GUISE_IS_IMAGE_CELL (root)) {
    GuiseThumbnail *thumbnail = guise_image_cell_get_thumbnail (GUISE_IMAGE_CELL (root));

    return thumbnail != NULL && g_str_has_suffix (thumbnail->record->path, name)
               ? GUISE_IMAGE_CELL (root)
               : NULL;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GuiseImageCell *cell = find_cell (child, name);

    if (cell != NULL)
      return cell;
  }
  return NULL;
}

typedef struct {
  GtkWidget *grid;
  const char *name;
} Tile;

static gboolean
is_filled (gpointer data)
{
  Tile *tile = data;

  return find_cell (tile->grid, tile->name) != NULL;
}

static GuiseImageCell *
wait_for_cell (GuiseWindow *window, const char *name)
{
  Tile tile = { guise_library_page_get_grid (ui_get_library (window)), name };

  ui_wait (is_filled, &tile, name);
  return find_cell (tile.grid, name);
}

static void
assert_broken (GuiseWindow *window, const char *name, const char *why)
{
  GuiseImageCell *cell = wait_for_cell (window, name);
  GuiseThumbnail *thumbnail = guise_image_cell_get_thumbnail (cell);

  g_assert_null (thumbnail->texture);
  g_assert_nonnull (thumbnail->error);
  g_assert_true (gtk_widget_get_has_tooltip (GTK_WIDGET (cell)));
  if (strstr (thumbnail->error->message, why) == NULL)
    g_error ("'%s' does not say '%s'", thumbnail->error->message, why);
}

static void
assert_shown (GuiseWindow *window, const char *name)
{
  GuiseImageCell *cell = wait_for_cell (window, name);
  GuiseThumbnail *thumbnail = guise_image_cell_get_thumbnail (cell);

  g_assert_no_error (thumbnail->error);
  g_assert_nonnull (thumbnail->texture);
}

typedef struct {
  GuiseWindow *window;
  gint64 id;
  const char *shown; /* a child of the pane: the picture, or the reason why there is none */
} Selected;

/* The captions come with the picture: theirs tell that it is not the one before. */
static gboolean
is_selected (gpointer data)
{
  Selected *wanted = data;
  GuiseImagePane *pane = guise_library_page_get_pane (ui_get_library (wanted->window));
  GuiseStore *store = guise_project_get_store (guise_window_get_project (wanted->window));
  GtkWidget *child = ui_find (GTK_WIDGET (pane), GTK_TYPE_WIDGET, wanted->shown);
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (pane, 0);
  g_autoptr (GuiseCaption) caption = NULL;

  if (editor == NULL || child == NULL || !gtk_widget_get_mapped (child))
    return FALSE;
  caption = guise_store_get_caption (store, guise_caption_editor_get_caption_id (editor), NULL);
  return caption != NULL && caption->image_id == wanted->id;
}

static void
select_picture (GuiseWindow *window, const char *name, const char *shown)
{
  Selected wanted = { window, guise_image_cell_get_image_id (wait_for_cell (window, name)), shown };

  g_assert_true (guise_library_page_select (ui_get_library (window), wanted.id));
  ui_wait (is_selected, &wanted, name);
}

typedef struct {
  GuiseStore *store;
  gint64 id;
  const char *text;
} StoredText;

static gboolean
is_stored (gpointer data)
{
  StoredText *wanted = data;
  g_autoptr (GuiseCaption) caption = guise_store_get_caption (wanted->store, wanted->id, NULL);

  return caption != NULL && strcmp (caption->text, wanted->text) == 0;
}

/* The caption of the selected picture can be written. */
static void
edit_caption (GuiseWindow *window, const char *text)
{
  GuiseImagePane *pane = guise_library_page_get_pane (ui_get_library (window));
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (pane, 0);
  StoredText stored = { guise_project_get_store (guise_window_get_project (window)),
                        guise_caption_editor_get_caption_id (editor), text };

  guise_caption_editor_set_text (editor, text);
  ui_wait (is_stored, &stored, "the edit to be stored");
}

/* ---- hostile files -------------------------------------------------------------------------- */

static void
make_fifo (const char *path)
{
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
}

static void
make_folder (const char *path)
{
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
make_dangling (const char *path)
{
  g_assert_cmpint (symlink ("nowhere", path), ==, 0);
}

static void
make_loop (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  g_assert_cmpint (symlink (name, path), ==, 0);
}

static void
make_escape (const char *path)
{
  g_assert_cmpint (symlink ("/etc/passwd", path), ==, 0);
}

static void
make_zero (const char *path)
{
  g_assert_cmpint (symlink ("/dev/zero", path), ==, 0);
}

static void
make_empty (const char *path)
{
  put (path, "", 0);
}

static void
make_text (const char *path)
{
  put (path, "just text", 9);
}

static void
make_svg (const char *path)
{
  put (path, "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", 62);
}

static void
make_cut (const char *path)
{
  gsize size;
  g_autofree char *bytes = read_golden ("photo.jpg", &size);

  put (path, bytes, size / 2);
}

static void
make_huge (const char *path)
{
  gsize size;
  g_autofree char *bytes = read_golden ("huge.png", &size);

  put (path, bytes, size);
}

static void
make_nothing (const char *path)
{
}

/* After the import each file becomes what it should not be. */
static const struct {
  const char *name, *why;
  void (*make) (const char *path);
} hostile[] = {
  { "i01-empty.jpg", "empty file", make_empty },
  { "i02-cut.jpg", "cut short", make_cut },
  { "i03-text.png", "not an image", make_text },
  { "i04-svg.jpg", "not an image", make_svg },
  { "i05-huge.png", "20000", make_huge },
  { "i19-gone.png", "No such file", make_nothing },
  { "i19-fifo.png", "not a regular file", make_fifo },
  { "i19-folder.png", "not a regular file", make_folder },
  { "i19-dangling.png", "No such file", make_dangling },
  { "i19-loop.png", "symbolic links", make_loop },
  { "i19-escape.png", "leaves the data set", make_escape },
  { "i19-zero.png", "leaves the data set", make_zero },
};

/* Names that mean something to somebody else. */
static const char *const odd_names[] = {
  "%n%s%s.png",
  "<b>&amp;.png",
  "\xd7\xa9\xd7\x9c\xe2\x80\xae"
  "gnp.png",
  " space .png",
  "-rf.png",
};

static void
test_hostile (void)
{
  Picture pictures[G_N_ELEMENTS (hostile) + G_N_ELEMENTS (odd_names)];
  guint n = G_N_ELEMENTS (hostile);
  GuiseWindow *window;
  char *folder;

  for (guint i = 0; i < n; i++)
    pictures[i] = (Picture){ hostile[i].name, "plain.png" };
  for (guint i = 0; i < G_N_ELEMENTS (odd_names); i++)
    pictures[n + i] = (Picture){ odd_names[i], "photo.jpg" };
  folder = make_project (pictures, G_N_ELEMENTS (pictures));
  for (guint i = 0; i < n; i++) {
    g_autofree char *path = build_image_path (folder, hostile[i].name);

    g_assert_cmpint (g_remove (path), ==, 0);
    hostile[i].make (path);
  }
  window = ui_open_window (folder);
  for (guint i = 0; i < n; i++)
    assert_broken (window, hostile[i].name, hostile[i].why);
  for (guint i = 0; i < G_N_ELEMENTS (odd_names); i++)
    assert_shown (window, odd_names[i]);
  ui_screenshot (window, "pictures-broken");

  select_picture (window, "i19-fifo.png", "picture_error");
  edit_caption (window, "A man nobody can see.");
  select_picture (window, odd_names[0], "picture");
  edit_caption (window, "A man who is there.");
  select_picture (window, "i05-huge.png", "picture_error");
  ui_close_window (window);
  remove_project (folder);
}

/* ---- what is said of a picture -------------------------------------------------------------- */

static void
write_png (const char *path, int width, int height)
{
  gsize stride = 3 * (gsize)width, size = stride * (gsize)height;
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (size), size);
  g_autoptr (GdkTexture) texture
      = gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, bytes, stride);

  g_assert_true (gdk_texture_save_to_png (texture, path));
}

/* The size is the file's, however small it is shown, and upright. */
static void
test_size (void)
{
  const Picture sizes[] = { { "wide.png", "plain.png" }, { "lying.jpg", "orientation-6.jpg" } };
  const char *const texts[] = { "5000 × 30 ", "29 × 19 " };
  char *folder = make_project (sizes, G_N_ELEMENTS (sizes));
  g_autofree char *wide = build_image_path (folder, "wide.png");
  GuiseWindow *window;

  write_png (wide, 5000, 30);
  window = ui_open_window (folder);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    GtkWidget *pane = GTK_WIDGET (guise_library_page_get_pane (ui_get_library (window)));
    GtkWidget *label;

    select_picture (window, sizes[i].name, "picture");
    label = ui_find (pane, GTK_TYPE_LABEL, "size");
    g_assert_nonnull (label);
    g_test_message ("%s", gtk_label_get_text (GTK_LABEL (label)));
    g_assert_true (g_str_has_prefix (gtk_label_get_text (GTK_LABEL (label)), texts[i]));
  }
  ui_close_window (window);
  remove_project (folder);
}

/* ---- three ways, the same pixels ------------------------------------------------------------ */

static const Picture pictures[] = {
  { "1.jpg", "orientation-1.jpg" },
  { "2.jpg", "orientation-2.jpg" },
  { "3.jpg", "orientation-3.jpg" },
  { "4.jpg", "orientation-4.jpg" },
  { "5.jpg", "orientation-5.jpg" },
  { "6.jpg", "orientation-6.jpg" },
  { "7.jpg", "orientation-7.jpg" },
  { "8.jpg", "orientation-8.jpg" },
  { "alpha.png", "alpha.png" },
  { "transparent.png", "transparent.png" },
  { "rgb16.png", "rgb16.png" },
  { "moving.gif", "moving.gif" },
};

/* What the window has on its screen, as RGB. */
static GuiseImage *
read_texture (GdkTexture *texture)
{
  gsize width = (gsize)gdk_texture_get_width (texture);
  gsize height = (gsize)gdk_texture_get_height (texture);
  g_autofree guint32 *argb = g_new (guint32, width * height);
  guint8 *rgb = g_malloc (3 * width * height);

  gdk_texture_download (texture, (guchar *)argb, 4 * width);
  for (gsize i = 0; i < width * height; i++) {
    rgb[3 * i] = (guint8)(argb[i] >> 16);
    rgb[3 * i + 1] = (guint8)(argb[i] >> 8);
    rgb[3 * i + 2] = (guint8)argb[i];
  }
  return guise_image_new_take (rgb, width, height);
}

static GuiseRoot *
get_root (gint64 dataset_id, gpointer user_data, GError **error)
{
  return guise_project_get_root (user_data, dataset_id, error);
}

/* A trainer's set and a model for `embed`, of the toy preset, over the window's own project. */
typedef struct {
  GuiseProject *project;
  GuiseTrainingData *data;
  GuiseTrainSet *set;
  GuiseSearchModel *model;
  gsize width, height;
} Readers;

static char *
make_checkpoint (const char *folder, const GuiseConfig *config, GPtrArray *tokens)
{
  char *checkpoint = g_build_filename (folder, "checkpoint", NULL);
  g_autofree char *vocabulary = g_build_filename (checkpoint, "vocab.txt", NULL);
  g_autoptr (GuiseModel) model = guise_model_new (config);
  g_autoptr (GError) error = NULL;

  guise_model_init (model, 1);
  guise_model_save (model, checkpoint, &error);
  g_assert_no_error (error);
  guise_wordpiece_save (vocabulary, tokens, &error);
  g_assert_no_error (error);
  return checkpoint;
}

static void
open_set (Readers *readers, const GuiseConfig *config, const char *checkpoint)
{
  g_autofree char *vocabulary = g_build_filename (checkpoint, "vocab.txt", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseWordpiece) wordpiece = guise_wordpiece_load (vocabulary, &error);
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autofree gint64 *outfits = g_new0 (gint64, readers->data->n_images);
  const GuiseImageSource source
      = { guise_project_get_decoder (readers->project), get_root, readers->project };

  g_assert_no_error (error);
  for (gsize i = 0; i < readers->data->n_images; i++)
    g_array_append_val (members, i);
  readers->set = guise_train_set_new (readers->data, members, outfits, wordpiece, config, &source,
                                      NULL,
                                      1 << 24, TRUE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (readers->set->n_images, ==, G_N_ELEMENTS (pictures));
}

static void
open_readers (Readers *readers, GuiseProject *project)
{
  const GuiseTrainingQuery all = { 0 };
  g_autoptr (GPtrArray) tokens = NULL;
  g_autofree char *checkpoint = NULL;
  g_autofree char *size = NULL;
  g_autoptr (GError) error = NULL;
  GuiseConfig config;

  readers->project = project;
  readers->data
      = guise_store_read_training_data (guise_project_get_store (project), &all, NULL, &error);
  g_assert_no_error (error);
  tokens
      = guise_wordpiece_train (readers->data->texts, readers->data->n_captions, 60, NULL, &error);
  g_assert_no_error (error);
  guise_config_init_preset (&config, "toy", &error);
  size = g_strdup_printf ("text.vocab_size=%u", tokens->len);
  guise_config_set (&config, size, &error);
  g_assert_no_error (error);
  readers->height = config.vision.image_size[0];
  readers->width = config.vision.image_size[1];
  checkpoint = make_checkpoint (guise_project_get_folder (project), &config, tokens);
  open_set (readers, &config, checkpoint);
  readers->model = guise_search_model_open (checkpoint, 1, &error);
  g_assert_no_error (error);
}

static void
close_readers (Readers *readers)
{
  guise_search_model_unref (readers->model);
  guise_train_set_free (readers->set);
  guise_training_data_free (readers->data);
}

/* The trainer's pixels of image i and embed's planes are those of shown, resized. */
static void
compare (const Readers *readers, gsize i, GuiseImage *shown)
{
  g_autoptr (GuiseImage) resized
      = guise_image_resize (shown, readers->width, readers->height, GUISE_FILTER_BILINEAR);
  gsize n = 3 * readers->width * readers->height;
  const GuisePictureSource source
      = { guise_project_get_decoder (readers->project), get_root, readers->project };
  g_autofree float *expected = g_new (float, n), *planes = g_new (float, n);
  g_autofree guint8 *scratch = g_malloc (n);
  g_autoptr (GError) error = NULL;
  const guint8 *learned = guise_train_set_get_pixels (readers->set, i, scratch, &error);
  gsize k = readers->set->index[i];

  g_assert_no_error (error);
  g_assert_cmpmem (learned, n, guise_image_get_pixels (resized), n);
  g_assert_cmpuint (guise_search_model_get_plane_size (readers->model), ==, n);
  guise_picture_load (&source, readers->model, readers->data->dataset_ids[k],
                      readers->data->paths[k], planes, NULL, &error);
  g_assert_no_error (error);
  guise_pixels_to_planes (expected, guise_image_get_pixels (resized), readers->width,
                          readers->height);
  g_assert_cmpmem (planes, n * sizeof *planes, expected, n * sizeof *expected);
}

/* The tile's picture, the pane's picture and the golden file are one. */
static GuiseImage *
read_shown (GuiseWindow *window, const Picture *picture)
{
  GuiseImagePane *pane = guise_library_page_get_pane (ui_get_library (window));
  GuiseImageCell *cell = wait_for_cell (window, picture->name);
  g_autofree char *golden_name = g_strdup_printf ("%s.rgb", picture->golden);
  gsize size;
  g_autofree char *golden = read_golden (golden_name, &size);
  g_autoptr (GuiseImage) tile = NULL;
  GtkWidget *large;
  GuiseImage *image;

  assert_shown (window, picture->name);
  tile = read_texture (guise_image_cell_get_thumbnail (cell)->texture);
  select_picture (window, picture->name, "picture");
  large = ui_find (GTK_WIDGET (pane), GTK_TYPE_PICTURE, NULL);
  image = read_texture (GDK_TEXTURE (gtk_picture_get_paintable (GTK_PICTURE (large))));
  g_assert_cmpmem (guise_image_get_pixels (image), g_bytes_get_size (guise_image_get_bytes (image)),
                   golden, size);
  g_assert_true (g_bytes_equal (guise_image_get_bytes (image), guise_image_get_bytes (tile)));
  return image;
}

static void
test_same_pixels (void)
{
  char *folder = make_project (pictures, G_N_ELEMENTS (pictures));
  GuiseWindow *window = ui_open_window (folder);
  Readers readers = { 0 };

  open_readers (&readers, guise_window_get_project (window));
  for (gsize i = 0; i < readers.set->n_images; i++) {
    const char *path = readers.data->paths[readers.set->index[i]];

    for (guint p = 0; p < G_N_ELEMENTS (pictures); p++)
      if (g_str_has_suffix (path, pictures[p].name)) {
        g_autoptr (GuiseImage) shown = read_shown (window, &pictures[p]);

        compare (&readers, i, shown);
      }
  }
  close_readers (&readers);
  ui_close_window (window);
  remove_project (folder);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/pictures/i01-i05-i18-i19-broken-tiles", test_hostile);
  g_test_add_func ("/pictures/size", test_size);
  g_test_add_func ("/pictures/i10-i11-same-pixels", test_same_pixels);
  return g_test_run ();
}
