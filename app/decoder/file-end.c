#include "file-end.h"

#include <string.h>

void
file_end_init (FileEnd *end, FileFormat format)
{
  *end = (FileEnd){ .format = format };
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

/* The length of the next header: PNG has one a chunk, GIF one a step, the others one in all. */
static guint
header_size (const FileEnd *end)
{
  static const guint gif_sizes[] = {
    [GIF_SCREEN] = 13,
    [GIF_BLOCK] = 1,
    [GIF_LABEL] = 1,
    [GIF_FRAME] = 9,
    [GIF_CODE_SIZE] = 1,
    [GIF_DATA] = 1,
  };

  switch (end->format) {
  case FILE_GIF:
    return gif_sizes[end->gif_step];
  case FILE_PNG:
    return 8;
  case FILE_WEBP:
    return 12;
  default:
    return 6;
  }
}

/* The bytes of the palette that flags promise. */
static guint64
palette_size (guint8 flags)
{
  return (flags & 0x80) != 0 ? G_GUINT64_CONSTANT (3) << ((flags & 7) + 1) : 0;
}

static void
read_gif_header (FileEnd *end)
{
  switch (end->gif_step) {
  case GIF_SCREEN:
    end->skip = palette_size (end->header[10]);
    end->gif_step = GIF_BLOCK;
    break;
  case GIF_BLOCK: /* anything else is passed over, as the loader does */
    end->in_frame = end->header[0] == 0x2c;
    end->gif_step = end->in_frame ? GIF_FRAME : end->header[0] == 0x21 ? GIF_LABEL
                                                                       : GIF_BLOCK;
    break;
  case GIF_FRAME:
    end->skip = palette_size (end->header[8]);
    end->gif_step = GIF_CODE_SIZE;
    break;
  case GIF_LABEL:
  case GIF_CODE_SIZE:
    end->gif_step = GIF_DATA;
    break;
  case GIF_DATA:
    end->skip = end->header[0];
    end->is_reached = end->skip == 0 && end->in_frame;
    if (end->skip == 0)
      end->gif_step = GIF_BLOCK;
    break;
  }
}

/* A header is complete: what it says is skipped next. */
static void
read_header (FileEnd *end)
{
  guint size = header_size (end);
  guint64 length;

  end->n_header = 0;
  if (end->format == FILE_GIF) {
    read_gif_header (end);
  } else if (end->format == FILE_PNG) {
    end->skip = (guint64)read_be32 (end->header) + 4; /* and the checksum */
    end->is_last = memcmp (end->header + 4, "IEND", 4) == 0;
  } else {
    length = end->format == FILE_WEBP ? (guint64)read_le32 (end->header + 4) + 8
                                      : read_le32 (end->header + 2);
    end->skip = length > size ? length - size : 0;
    end->is_last = TRUE;
    end->is_reached = end->skip == 0;
  }
}

static gsize
feed_framed (FileEnd *end, const guint8 *bytes, gsize n)
{
  gsize done = 0;

  while (done < n && !end->is_reached) {
    gsize used = 1;

    if (end->skip > 0) {
      used = (gsize)MIN (end->skip, n - done);
      end->skip -= used;
      end->is_reached = end->skip == 0 && end->is_last;
    } else {
      end->header[end->n_header++] = bytes[done];
      if (end->n_header == header_size (end))
        read_header (end);
    }
    done += used;
  }
  return done;
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

static gsize
feed_jpeg (FileEnd *end, const guint8 *bytes, gsize n)
{
  gsize i = 0;

  for (; i < n && !end->is_reached; i++) {
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
      i = next != NULL ? (gsize)(next - bytes) : n - 1;
    }
  }
  return i;
}

gsize
file_end_feed (FileEnd *end, const guint8 *bytes, gsize n)
{
  return end->format == FILE_JPEG ? feed_jpeg (end, bytes, n) : feed_framed (end, bytes, n);
}
