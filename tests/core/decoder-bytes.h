/* One decoder for a test's pictures: the golden ones (tests/golden/make-resize.py) and bytes made
 * up on the way. */
#pragma once

#include "guise-decoder.h"

/* Around g_test_run(). */
void decoder_bytes_start (void);
void decoder_bytes_stop (void);
GuiseDecoder *decoder_bytes_pool (void);

/* Of a file of tests/golden/decode: its path, its contents. */
char *decoder_bytes_path (const char *name);
char *decoder_bytes_read (const char *name, gsize *size);

/* An open file of exactly these bytes. */
int decoder_bytes_open (const void *bytes, gsize size);
GuiseImage *decoder_bytes_decode (const void *bytes, gsize size, const GuiseDecodeOptions *options,
                                  GError **error);
/* They must be refused with this GuiseImageError. */
void decoder_bytes_refuse (const void *bytes, gsize size, int code);
/* image must have these pixels. */
void decoder_bytes_compare (GuiseImage *image, const char *expected, gsize size, guint8 tolerance);
