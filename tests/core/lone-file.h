/* A place for one file: a folder of its own, in which nothing may be left beside it. */
#pragma once

#include <glib.h>

typedef struct {
  char *folder;
  char *path; /* in it; nothing is there yet */
} LoneFile;

/* g_test_add() of a test that has such a place. */
void lone_file_test (const char *name, void (*test) (LoneFile *place, gconstpointer data));
