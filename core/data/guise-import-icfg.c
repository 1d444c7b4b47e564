/* ICFG-PEDES.
 *
 *   ICFG-PEDES.json   see guise-import-records.c; also called ICFG_PEDES.json
 *   imgs/             train/0003/0003_000_01_0303morning_0015_0.jpg, test/...
 *
 * What the description does not say: `train` and `test` are the folders in which MSMT17 kept the
 * pictures and say nothing about the split; persons are counted from 0; there is one caption an
 * image and no validation split; there are 54 522 images, not the 54 552 of the paper. The third
 * number in an image's name is MSMT17's camera. */
#include "guise-import-private.h"

static const char *const files[] = { "ICFG-PEDES.json", "ICFG_PEDES.json", NULL };

static const GuiseImportCounts official[GUISE_N_SPLITS] = {
  [GUISE_SPLIT_TRAIN] = { 34674, 3102, 34674, 0 },
  [GUISE_SPLIT_TEST] = { 19848, 1000, 19848, 0 },
};

const GuiseImportFormat guise_import_icfg = {
  .name = "icfg-pedes",
  .title = "ICFG-PEDES",
  .folder = "ICFG-PEDES",
  .files = files,
  .path_key = "file_path",
  .first_id = 0,
  .official = official,
  .camera_form = "#_#_*_",
  .parse = guise_import_parse_records,
};
