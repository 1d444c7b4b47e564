/* A demo data set read back as plain tables, for the tests. */
#pragma once

#include "guise-demo-lexicon.h"

#include <jansson.h>

typedef struct {
  const char *file_path, *split;
  int person, outfit, camera;
  const char *captions[2], *styles[2], *identity, *clothing;
  guint8 truth[GUISE_DEMO_N_ATTRIBUTES];
  gboolean hidden[GUISE_DEMO_N_ATTRIBUTES];
} DemoImage;

typedef struct {
  json_t *records, *attributes, *planted;
  GArray *images; /* of DemoImage; its strings are the trees' */
} DemoFolder;

/* Reads root's JSON files; fails the test where one is not as it should be. */
void demo_folder_load (DemoFolder *folder, const char *root);
void demo_folder_clear (DemoFolder *folder);
/* The attribute of that name, or GUISE_DEMO_N_ATTRIBUTES. */
guint demo_find_attribute (const char *name);
/* The value of that name; fails the test where there is none. */
guint8 demo_find_value (guint attribute, const char *name);
