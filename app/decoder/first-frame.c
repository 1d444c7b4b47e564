#include "first-frame.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
  ANIMATED = 0x02, /* flags of VP8X */
  HAS_ALPHA = 0x10,
  FRAME_HEADER = 16, /* of a chunk ANMF: place, size, duration, flags */
  MAX_CHUNKS = 1000, /* before the first frame: a profile, the animation's own, a few unknown */
};

static ssize_t
read_at (int fd, guint8 *buffer, gsize size, guint64 offset)
{
  ssize_t n;

  do
    n = pread (fd, buffer, size, (off_t)offset);
  while (n < 0 && errno == EINTR);
  return n;
}

ssize_t
first_frame_read (const FirstFrame *frame, guint8 *buffer, gsize n, guint64 offset)
{
  gsize from_head = offset < frame->n_head ? MIN (n, frame->n_head - (gsize)offset) : 0;
  guint64 at = offset + from_head - frame->n_head;
  ssize_t n_read;

  memcpy (buffer, frame->head + (from_head > 0 ? offset : 0), from_head);
  n = (gsize)MIN (n - from_head, at < frame->size ? frame->size - at : 0);
  n_read = n > 0 ? read_at (frame->fd, buffer + from_head, n, frame->start + at) : 0;
  return n_read < 0 ? n_read : (ssize_t)from_head + n_read;
}

/* FALSE with errno, 0 at the end. */
static gboolean
read_exactly (const FirstFrame *frame, guint8 *buffer, gsize size, guint64 offset)
{
  gsize done = 0;

  while (done < size) {
    ssize_t n = first_frame_read (frame, buffer + done, size - done, offset + done);

    if (n == 0)
      errno = 0;
    if (n <= 0)
      return FALSE;
    done += (gsize)n;
  }
  return TRUE;
}

static guint32
read_le24 (const guint8 *bytes)
{
  return bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16;
}

static guint32
read_le32 (const guint8 *bytes)
{
  return read_le24 (bytes) | (guint32)bytes[3] << 24;
}

static void
write_le32 (guint8 *bytes, guint32 value)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = (guint8)(value >> 8 * i);
}

/* header: of the frame, whose chunks follow it. What has no alpha is whole with that flag too. */
static void
write_head (FirstFrame *frame, const guint8 *header)
{
  memcpy (frame->head, "RIFF....WEBPVP8X\x0a\0\0\0", 20);
  write_le32 (frame->head + 4, (guint32)frame->size + FIRST_FRAME_HEAD - 8);
  write_le32 (frame->head + 20, HAS_ALPHA);
  memcpy (frame->head + 24, header + 6, 6); /* its width and height less one */
  frame->n_head = FIRST_FRAME_HEAD;
}

/* The chunk ANMF begins at offset with this length. */
static gboolean
use_frame (FirstFrame *frame, const guint8 *canvas, guint64 offset, guint32 length)
{
  guint8 header[FRAME_HEADER];

  errno = 0;
  if (length < FRAME_HEADER || length > G_MAXUINT32 - FIRST_FRAME_HEAD
      || !read_exactly (frame, header, sizeof header, offset + 8))
    return FALSE;
  frame->start = offset + 8 + FRAME_HEADER;
  frame->size = length - FRAME_HEADER;
  frame->canvas_width = (int)read_le24 (canvas) + 1;
  frame->canvas_height = (int)read_le24 (canvas + 3) + 1;
  frame->x = 2 * (int)read_le24 (header);
  frame->y = 2 * (int)read_le24 (header + 3);
  write_head (frame, header);
  return TRUE;
}

void
first_frame_init_whole (FirstFrame *frame, int fd)
{
  *frame = (FirstFrame){ .fd = fd, .size = G_MAXINT64 };
}

static gboolean
find_frame (FirstFrame *frame, int fd)
{
  guint8 start[FIRST_FRAME_HEAD] = { 0 }, chunk[8];
  guint64 offset = sizeof start;

  first_frame_init_whole (frame, fd);
  if (!read_exactly (frame, start, sizeof start, 0) && errno != 0)
    return FALSE;
  if (memcmp (start + 12, "VP8X", 4) != 0 || (start[20] & ANIMATED) == 0)
    return TRUE;
  offset = 20 + (guint64)read_le32 (start + 16) + (start[16] & 1);
  for (int i = 0; i < MAX_CHUNKS; i++) {
    guint32 length;

    if (!read_exactly (frame, chunk, sizeof chunk, offset))
      return FALSE;
    length = read_le32 (chunk + 4);
    if (memcmp (chunk, "ANMF", 4) == 0)
      return use_frame (frame, start + 24, offset, length);
    offset += 8 + (guint64)length + (length & 1);
  }
  errno = 0;
  return FALSE;
}

/* Loaders take the size from other chunks and show a white picture without this one. */
static gboolean
has_picture (const FirstFrame *frame)
{
  guint64 offset = 12;
  guint8 chunk[8];

  for (int i = 0; i < MAX_CHUNKS; i++) {
    guint32 length;

    if (!read_exactly (frame, chunk, sizeof chunk, offset))
      return FALSE;
    length = read_le32 (chunk + 4);
    if (memcmp (chunk, "VP8 ", 4) == 0 || memcmp (chunk, "VP8L", 4) == 0)
      return TRUE;
    offset += sizeof chunk + (guint64)length + (length & 1);
  }
  errno = 0;
  return FALSE;
}

gboolean
first_frame_find (FirstFrame *frame, int fd)
{
  return find_frame (frame, fd) && has_picture (frame);
}
