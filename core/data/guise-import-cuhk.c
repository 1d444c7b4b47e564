/* CUHK-PEDES, and whatever has its shape: the demo, and copies with a different size.
 *
 *   reid_raw.json   see guise-import-records.c; guise-import-textreid.c reads it in other files
 *   imgs/           cam_a, cam_b, CUHK01, CUHK03, Market, test_query, train_query
 *
 * What the description does not say: 28 images have more than two captions, the training persons
 * 1369, 4116 and 6116 have one image, and many copies lack whole folders of images. A folder
 * holds what came from one source, which is as near to a camera as can be told. */
#include "guise-import-private.h"

static const char *const files[] = { "reid_raw.json", NULL };

/* Published numbers: images, persons, captions. */
const GuiseImportCounts guise_import_cuhk_official[GUISE_N_SPLITS] = {
  [GUISE_SPLIT_TRAIN] = { 34054, 11003, 68126, 0 },
  [GUISE_SPLIT_VAL] = { 3078, 1000, 6158, 0 },
  [GUISE_SPLIT_TEST] = { 3074, 1000, 6156, 0 },
};

const GuiseImportFormat guise_import_cuhk = {
  .name = "cuhk-pedes",
  .title = "CUHK-PEDES",
  .folder = "CUHK-PEDES",
  .files = files,
  .path_key = "file_path",
  .first_id = 1,
  .official = guise_import_cuhk_official,
  .parse = guise_import_parse_records,
};
