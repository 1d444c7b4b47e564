/* Whether an image file is whole: gdk-pixbuf's loaders take one that was cut short for good and
 * make up the missing pixels. Follows the container's own framing while the bytes go by:
 *   JPEG  segments are skipped by their length until the marker EOI (not one inside a segment, as
 *         thumbnails have)
 *   PNG   chunks are skipped by their length until the end of IEND
 *   WebP  the RIFF chunk's length
 *   BMP   the length in the file header
 *   GIF   blocks are skipped by their length until the end of the first frame, all that is read
 * What follows the end is ignored. */
#pragma once

#include "file-format.h"

typedef enum {
  GIF_SCREEN,
  GIF_BLOCK,
  GIF_LABEL, /* of an extension */
  GIF_FRAME,
  GIF_CODE_SIZE,
  GIF_DATA, /* a length and as many bytes, until one of 0 */
} GifStep;

typedef struct {
  FileFormat format;
  gboolean is_reached;
  gboolean is_last; /* what is being skipped ends the file */
  guint64 skip;     /* bytes to pass over */
  guint8 header[13];
  guint n_header;      /* bytes of it that are here */
  gboolean after_ff;   /* JPEG: the last byte was 0xFF */
  gboolean in_segment; /* JPEG: header collects a segment's length */
  GifStep gif_step;    /* GIF: what header collects */
  gboolean in_frame;   /* GIF: the data are a frame's */
} FileEnd;

void file_end_init (FileEnd *end, FileFormat format);
/* The next n bytes of the file. Returns how many of them stand before its end: n if that is not
 * reached. */
gsize file_end_feed (FileEnd *end, const guint8 *bytes, gsize n);
