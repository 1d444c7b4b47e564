/* The synthetic people: painted pedestrians with captions in a folder shaped like CUHK-PEDES, so
 * that the whole program can be tried, tested and measured without anybody's photographs.
 *
 *   ROOT/reid_raw.json    what an importer reads: [{split, captions[2], file_path,
 * processed_tokens[2], id}, ...] in the order train, val, test; our own extra keys: "camera"
 * (1..6), "outfit" (unique in the data set), "descriptions": {"identity", "clothing"}, "styles":
 * the annotator's style of each caption ROOT/imgs/cam_1 .. cam_6/        PNG files, 64 wide, 128
 * high, RGB ROOT/planted.json     the mistakes put in on purpose: [{file_path, kind (caption,
 * identity or clothing), index, attribute, stated, truth}, ...] ROOT/attributes.json  what is true
 * of every person, outfit and image
 *
 * Of N persons N/6 are for testing, 5N/36 for validation, the rest for training. The same seed
 * gives the same JSON everywhere and the same image bytes with the same library versions, whatever
 * the number of threads. */
#pragma once

#include <gio/gio.h>

#define GUISE_DEMO_WIDTH 64
#define GUISE_DEMO_HEIGHT 128
#define GUISE_DEMO_N_CAMERAS 6
#define GUISE_DEMO_MAX_PERSONS 100000
/* Grows whenever the same seed would give something else. */
#define GUISE_DEMO_VERSION 4

typedef struct {
  guint n_persons;
  guint n_outfits;
  guint n_images;
  guint n_captions;     /* free ones: two an image */
  guint n_descriptions; /* identity and clothing: two an image */
  guint n_planted;
} GuiseDemoCounts;

/* Called in the thread that called guise_demo_write(), as images get done. */
typedef void (*GuiseDemoProgress) (guint n_done, guint n_total, gpointer user_data);

/* Writes the data set into root, which must be missing (it is made, its parent must exist) or
 * empty. n_persons: 1 .. GUISE_DEMO_MAX_PERSONS. n_threads: 0 = one for each core. progress, counts
 * and cancellable may be NULL. On failure (G_IO_ERROR, with the file's name) and when cancelled
 * (G_IO_ERROR_CANCELLED) nothing is left behind. */
gboolean guise_demo_write (const char *root, guint n_persons, guint64 seed, guint n_threads,
                           GuiseDemoProgress progress, gpointer user_data, GuiseDemoCounts *counts,
                           GCancellable *cancellable, GError **error);

/* Whether the folder holds exactly what guise_demo_write() would write for these numbers; fills
 * counts. FALSE with G_IO_ERROR_EXISTS when it is another data set, with other errors when it is
 * none. */
gboolean guise_demo_recognise (const char *root, guint n_persons, guint64 seed,
                               GuiseDemoCounts *counts, GError **error);

/* Paints the pictures of n_persons persons of the data set under root, evenly spread over its file,
 * a person a row and at most max_images of his, into one PNG, every picture twice as large. */
gboolean guise_demo_contact_sheet (const char *root, const char *path, guint n_persons,
                                   guint max_images, GError **error);
