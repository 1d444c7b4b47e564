/* Whether an image file is whole: gdk-pixbuf's loaders take one that was cut short for good and
 * make up the missing pixels. Follows the container's own framing while the bytes go by: JPEG
 * segments are skipped by their length until the marker EOI (not one inside a segment, as
 * thumbnails have) PNG   chunks are skipped by their length until the end of IEND WebP  the RIFF
 * chunk's length; BMP: the length in the file header GIF   nothing to do: its loader insists on the
 * trailer What follows the end is ignored. */
#pragma once

#include <glib.h>

typedef enum {
  FILE_JPEG,
  FILE_PNG,
  FILE_WEBP,
  FILE_BMP,
  FILE_GIF,
} FileFormat;

typedef struct {
  FileFormat format;
  gboolean is_reached;
  gboolean is_last; /* what is being skipped ends the file */
  guint64 skip;     /* bytes to pass over */
  guint8 header[12];
  guint n_header;      /* bytes of it that are here */
  gboolean after_ff;   /* JPEG: the last byte was 0xFF */
  gboolean in_segment; /* JPEG: header collects a segment's length */
} FileEnd;

void file_end_init (FileEnd *end, FileFormat format);
/* The next n bytes of the file. */
void file_end_feed (FileEnd *end, const guint8 *bytes, gsize n);
