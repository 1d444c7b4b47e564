/* What the fuzz targets share. Each target is one file with guise_fuzz_one, which must hold for any
 * bytes: no crash, no leak, and what it asserts. Built with -Dfuzz=true (clang) it is run by
 * libFuzzer; otherwise replay.c calls it with every file of its corpus. */
#pragma once

#include <glib.h>

/* size bytes in heap memory of exactly that size, so that a read beyond them shows. */
void guise_fuzz_one (const guint8 *data, gsize size);

/* A path under which size bytes can be read as a regular file until the next call; borrowed. */
const char *fuzz_file (const guint8 *data, gsize size);
/* An empty temporary folder, one for the whole process and removed at its end; borrowed. */
const char *fuzz_folder (void);
/* Writes the bytes to name in fuzz_folder (). */
void fuzz_write (const char *name, const guint8 *data, gsize size);
/* Fails unless exactly one of result and error is set, and the error is one readable line. Frees
 * the error. */
void fuzz_judge (gboolean result, GError *error);
