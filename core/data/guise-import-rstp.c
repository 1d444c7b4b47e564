/* RSTPReid.
 *
 *   data_captions.json   [{"id", "img_path", "captions": [two], "split"}, ...]
 *   imgs/                0001_c5_0025.jpg: the number after `_c` is the camera, 1 to 15
 *
 * What the description does not say: persons are counted from 0, each has five images; there are
 * 4 101 of them, not the 4 104 of the paper. An older file divides them into 3 901, 100 and 100,
 * and figures on it cannot be compared with published ones. Captions hold full-width punctuation
 * and pieces of program text, and some sentences stand for several persons. */
#include "guise-import-private.h"

static const char *const files[] = { "data_captions.json", NULL };

static const GuiseImportCounts official[GUISE_N_SPLITS] = {
  [GUISE_SPLIT_TRAIN] = { 18505, 3701, 37010, 0 },
  [GUISE_SPLIT_VAL] = { 1000, 200, 2000, 0 },
  [GUISE_SPLIT_TEST] = { 1000, 200, 2000, 0 },
};

static const GuiseImportEdition outdated = {
  .n_persons = { [GUISE_SPLIT_TRAIN] = 3901, [GUISE_SPLIT_VAL] = 100, [GUISE_SPLIT_TEST] = 100 },
  .why = "it is the first edition of RSTPReid, with 3901, 100 and 100 persons for training, "
         "validation and test; published figures are on the corrected one with 3701, 200 and 200",
};

const GuiseImportFormat guise_import_rstp = {
  .name = "rstpreid",
  .title = "RSTPReid",
  .folder = "RSTPReid",
  .files = files,
  .path_key = "img_path",
  .first_id = 0,
  .official = official,
  .outdated = &outdated,
  .camera_form = "#_c*_",
  .parse = guise_import_parse_records,
};
