/* make-large-project CHECKPOINT DIR [N]: a project of N pictures (100 000) for measuring the window
 * at real size, made of the demo's in about a minute. Every copy of the demo's folder of pictures
 * is a symbolic link to it, so the pixels lie on the disk once, yet each picture has a path, a
 * person, captions and a row in the embedding index of its own. CHECKPOINT, such as data/demo, is
 * added as run "demo". What is left behind after an error is to be removed by hand. */
#include "guise-demo.h"
#include "guise-import.h"
#include "guise-project-search.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN "demo"
#define N_PERSONS 720
#define N_IMAGES 100000
/* Copies of a picture are to be told apart by their scores, and yet to look alike. */
#define NOISE 0.02f

typedef struct {
  const char *checkpoint;
  char *people; /* the data set's folder */
  guint n_images;
  guint n_base; /* pictures of the demo itself */
  GuiseProject *project;
} Large;

static gboolean
add_links (const Large *large, guint n, GError **error)
{
  g_autofree char *folder = g_build_filename (large->people, "copies", NULL);
  gboolean good = g_mkdir (folder, 0755) == 0;

  for (guint i = 1; i <= n && good; i++) {
    g_autofree char *link = g_strdup_printf ("%s/%04u", folder, i);

    good = symlink ("../imgs", link) == 0;
  }
  if (!good)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot make links in '%s'", folder);
  return good;
}

/* Another person of that number in another folder, who looks and is described the same. */
static GuiseRecord *
copy_record (const GuiseRecord *record, guint number)
{
  GuiseRecord *copy = guise_record_new ();

  copy->split = record->split;
  copy->path = g_strdup_printf ("copies/%04u/%s", number, record->path + strlen ("imgs/"));
  copy->person = g_strdup_printf ("%s-%u", record->person, number);
  copy->outfit = g_strdup (record->outfit);
  copy->camera = g_strdup (record->camera);
  copy->file_size = record->file_size;
  for (guint i = 0; i < record->captions->len; i++) {
    const GuiseRecordCaption *caption = record->captions->pdata[i];

    guise_record_add_caption (copy, caption->kind, caption->source, caption->text, caption->style,
                              caption->model);
  }
  return copy;
}

static gboolean
import_records (const Large *large, const GuiseImport *import, GError **error)
{
  GuiseImportStats stats;

  return guise_project_import (large->project, import, &stats, NULL, NULL, NULL, error);
}

/* The demo as it is, with its run and the index of all its pictures. */
static GuiseImport *
make_demo (Large *large, GuiseIndex **index, GError **error)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseSearchModel) model = NULL;
  g_auto (GuiseProjectIndexReport) report = { 0 };

  if (!guise_demo_write (large->people, N_PERSONS, 0, 0, NULL, NULL, NULL, NULL, error))
    return NULL;
  import = guise_import_read (large->people, "auto", NULL, NULL, NULL, error);
  if (import == NULL || !import_records (large, import, error)
      || !guise_project_add_run (large->project, large->checkpoint, RUN, error))
    return NULL;
  large->n_base = import->records->len;
  model = guise_project_open_model (large->project, RUN, 0, error);
  if (model == NULL)
    return NULL;
  *index = guise_project_embed (large->project, model, 0, NULL, TRUE, &report, NULL, NULL, NULL,
                                error);
  return *index != NULL ? g_steal_pointer (&import) : NULL;
}

static gboolean
add_copies (Large *large, GuiseImport *import, GError **error)
{
  guint n_copies = (large->n_images - 1) / large->n_base;

  for (guint i = large->n_base; i < large->n_images; i++)
    g_ptr_array_add (import->records, copy_record (import->records->pdata[i % large->n_base],
                                                   i / large->n_base));
  g_ptr_array_set_size (import->records, (int)large->n_images);
  return add_links (large, n_copies, error) && import_records (large, import, error);
}

/* A direction close to the one in `from`. */
static void
disturb (float *to, const float *from, size_t dim, GRand *random)
{
  float sum = 0;

  for (size_t i = 0; i < dim; i++) {
    to[i] = from[i] + NOISE * (float)g_rand_double_range (random, -1, 1);
    sum += to[i] * to[i];
  }
  for (size_t i = 0; i < dim; i++)
    to[i] /= sqrtf (sum);
}

/* A row for every picture: the demo's own, and near them those of the copies. */
static gboolean
write_index (const Large *large, GuiseIndex *base, GError **error)
{
  g_autofree char *path = guise_project_get_index_path (large->project, RUN);
  g_autoptr (GArray) ids = guise_store_list_images (guise_project_get_store (large->project), NULL,
                                                    GUISE_SORT_IMPORT, NULL, error);
  size_t n = ids != NULL ? ids->len : 0, dim = guise_index_get_dim (base), row;
  g_autofree float *identity = g_new (float, n *dim), *clothing = g_new (float, n *dim);
  g_autofree float *norm = g_new (float, n);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  GuiseIndexInfo info = *guise_index_get_info (base);

  for (size_t i = 0; i < n; i++) {
    if (!guise_index_find (base, g_array_index (ids, gint64, i % large->n_base), &row)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "a picture of the demo has no row");
      return FALSE;
    }
    disturb (identity + i * dim, guise_index_get_identity (base) + row * dim, dim, random);
    disturb (clothing + i * dim, guise_index_get_clothing (base) + row * dim, dim, random);
    norm[i] = guise_index_get_norm (base)[row];
  }
  info.stamps = NULL;
  return n > 0
         && guise_index_write (path, &info, n, dim, identity, clothing, norm,
                               (const gint64 *)(void *)ids->data, error);
}

static gboolean
make_large (Large *large, const char *folder, GError **error)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseIndex) index = NULL;

  large->project = guise_project_create (folder, error);
  if (large->project == NULL)
    return FALSE;
  import = make_demo (large, &index, error);
  return import != NULL && add_copies (large, import, error) && write_index (large, index, error);
}

int
main (int argc, char **argv)
{
  Large large = { .n_images = argc > 3 ? (guint)atoi (argv[3]) : N_IMAGES };
  g_autoptr (GError) error = NULL;

  if (argc < 3 || argc > 4 || large.n_images == 0) {
    fprintf (stderr, "usage: make-large-project CHECKPOINT DIR [N]\n");
    return 2;
  }
  large.checkpoint = argv[1];
  large.people = g_build_filename (argv[2], "people", NULL);
  if (g_file_test (argv[2], G_FILE_TEST_EXISTS)) {
    fprintf (stderr, "make-large-project: cannot make project: '%s': it exists\n", argv[2]);
    return 1;
  }
  if (!make_large (&large, argv[2], &error))
    fprintf (stderr, "make-large-project: %s\n", error->message);
  if (large.project != NULL)
    guise_project_close (large.project);
  g_clear_object (&large.project);
  g_free (large.people);
  return error == NULL ? 0 : 1;
}
