#include "file-end.h"

#include <string.h>

void
file_end_init (FileEnd *end, FileFormat format)
{
  *end = (FileEnd){ .format = format, .is_reached = format == FILE_GIF };
  if (format == FILE_PNG)
    end->skip = 8; /* the signature */
}

static guint32
read_le32 (const guint8 *bytes)
{
  return bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
}

static guint32
read_be32 (const guint8 *bytes)
{
  return bytes[3] | (guint32)bytes[2] << 8 | (guint32)bytes[1] << 16 | (guint32)bytes[0] << 24;
}

/* The length of the next header: PNG has one a chunk, the others one in all. */
static guint
header_size (FileFormat format)
{
  return format == FILE_PNG ? 8 : format == FILE_WEBP ? 12
                                                      : 6;
}

/* A header is complete: what it says is skipped next. */
static void
read_header (FileEnd *end)
{
  guint size = header_size (end->format);
  guint64 length;

  if (end->format == FILE_PNG) {
    end->skip = (guint64)read_be32 (end->header) + 4; /* and the checksum */
    end->is_last = memcmp (end->header + 4, "IEND", 4) == 0;
  } else {
    length = end->format == FILE_WEBP ? (guint64)read_le32 (end->header + 4) + 8
                                      : read_le32 (end->header + 2);
    end->skip = length > size ? length - size : 0;
    end->is_last = TRUE;
    end->is_reached = end->skip == 0;
  }
  end->n_header = 0;
}

static void
feed_framed (FileEnd *end, const guint8 *bytes, gsize n)
{
  while (n > 0 && !end->is_reached) {
    gsize used = 1;

    if (end->skip > 0) {
      used = (gsize)MIN (end->skip, n);
      end->skip -= used;
      end->is_reached = end->skip == 0 && end->is_last;
    } else {
      end->header[end->n_header++] = *bytes;
      if (end->n_header == header_size (end->format))
        read_header (end);
    }
    bytes += used;
    n -= used;
  }
}

/* The byte after 0xFF: no marker (a stuffed zero, a fill byte), one that stands alone, or a
 * segment. */
static void
read_marker (FileEnd *end, guint8 code)
{
  end->after_ff = code == 0xff;
  if (code == 0xd9)
    end->is_reached = TRUE;
  else if (code > 0x01 && code != 0xff && !(code >= 0xd0 && code <= 0xd8))
    end->in_segment = TRUE;
}

static void
feed_jpeg (FileEnd *end, const guint8 *bytes, gsize n)
{
  for (gsize i = 0; i < n && !end->is_reached; i++) {
    if (end->skip > 0) {
      gsize used = (gsize)MIN (end->skip, n - i);

      end->skip -= used;
      i += used - 1;
    } else if (end->in_segment) {
      end->header[end->n_header++] = bytes[i];
      if (end->n_header == 2) {
        guint length = (guint)end->header[0] << 8 | end->header[1];

        end->skip = length > 2 ? length - 2 : 0;
        end->in_segment = FALSE;
        end->n_header = 0;
      }
    } else if (end->after_ff) {
      read_marker (end, bytes[i]);
    } else {
      const guint8 *next = memchr (bytes + i, 0xff, n - i);

      end->after_ff = next != NULL;
      i = next != NULL ? (gsize)(next - bytes) : n;
    }
  }
}

void
file_end_feed (FileEnd *end, const guint8 *bytes, gsize n)
{
  if (end->format == FILE_JPEG)
    feed_jpeg (end, bytes, n);
  else
    feed_framed (end, bytes, n);
}
