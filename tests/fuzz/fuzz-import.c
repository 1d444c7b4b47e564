/* A data set's annotation file: whatever it says, records are usable, counts agree, and no path
 * leaves the folder. One image exists, imgs/a.png. */
#include "fuzz.h"

#include "guise-import.h"

#include <glib/gstdio.h>
#include <string.h>

static void
check_record (const GuiseRecord *record)
{
  g_autofree char *normal = guise_record_normalise_path (record->path, NULL);

  g_assert_cmpstr (normal, ==, record->path);
  g_assert_nonnull (record->person);
  g_assert_cmpint (record->file_size, >=, 0);
  for (guint i = 0; i < record->captions->len; i++) {
    const GuiseRecordCaption *caption = record->captions->pdata[i];

    g_assert_true (*caption->text != '\0' && g_utf8_validate (caption->text, -1, NULL));
  }
}

static void
make_images (void)
{
  static gboolean made;
  g_autofree char *images = g_build_filename (fuzz_folder (), "imgs", NULL);

  if (!made) {
    g_assert_cmpint (g_mkdir (images, 0700), ==, 0);
    fuzz_write ("imgs/a.png", (const guint8 *)"x", 1);
  }
  made = TRUE;
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;
  guint n_left_out = 0, n_images = 0;

  make_images ();
  fuzz_write ("reid_raw.json", data, size);
  import = guise_import_read (fuzz_folder (), "cuhk-pedes", NULL, NULL, NULL, &error);
  fuzz_judge (import != NULL, error);
  if (import == NULL)
    return;
  for (guint i = 0; i < import->records->len; i++)
    check_record (import->records->pdata[i]);
  for (int split = 0; split < GUISE_N_SPLITS; split++)
    n_images += import->report.splits[split].n_images;
  n_left_out = import->report.counts[GUISE_PROBLEM_BAD_RECORD]
               + import->report.counts[GUISE_PROBLEM_MISSING_FILE]
               + import->report.counts[GUISE_PROBLEM_DUPLICATE_IMAGE];
  g_assert_cmpuint (n_images, ==, import->records->len);
  g_assert_cmpuint (n_images + n_left_out, ==, import->report.n_records);
}
