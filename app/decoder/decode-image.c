#include "decode-image.h"
#include "file-end.h"
#include "first-frame.h"
#include "guise-image.h"

#include <errno.h>
#include <fcntl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD ((gsize)64) /* the first piece at least: WebP's loader wants its header in one */
#define WRITE_BUFFER (1 << 20)

typedef struct {
  const GuiseDecoderRequest *request;
  gsize chunk;
  FirstFrame source;
  FileEnd end;
  int width, height; /* in the file, as stored */
  int top, bottom;   /* the rows that the loader has delivered */
  GError *error;     /* the first one: later ones are consequences */
} Progress;

/* By errno. */
static void
fail_to_read (GError **error)
{
  g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_READ, "cannot be read: %s",
               g_strerror (errno));
}

static gboolean
check_size (int width, int height, const GuiseDecoderRequest *request, GError **error)
{
  if (width < 1 || height < 1) {
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED, "no pixels");
    return FALSE;
  }
  if ((guint32)MAX (width, height) > request->max_side
      || (guint64)width * (guint64)height > request->max_pixels) {
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE,
                 "%d × %d pixels, more than %u on a side or %" G_GUINT64_FORMAT " in all", width,
                 height, request->max_side, request->max_pixels);
    return FALSE;
  }
  return TRUE;
}

/* A frame that is not the whole picture. */
static gboolean
is_part (const Progress *progress)
{
  const FirstFrame *source = &progress->source;

  return source->canvas_width != 0
         && (source->x != 0 || source->y != 0 || source->canvas_width != progress->width
             || source->canvas_height != progress->height);
}

static gboolean
check_canvas (const Progress *progress, GError **error)
{
  const FirstFrame *source = &progress->source;

  if (!is_part (progress))
    return TRUE;
  if (source->x + progress->width <= source->canvas_width
      && source->y + progress->height <= source->canvas_height)
    return check_size (source->canvas_width, source->canvas_height, progress->request, error);
  g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED,
               "its first frame lies outside the picture");
  return FALSE;
}

/* The longer side as the request wants it; FALSE where it is no longer than that. */
static gboolean
fit (int *width, int *height, const GuiseDecoderRequest *request)
{
  int side = (int)request->fit_side, longer = MAX (*width, *height);

  if (side == 0 || longer <= side)
    return FALSE;
  *width = MAX (1, (int)((gint64)*width * side / longer));
  *height = MAX (1, (int)((gint64)*height * side / longer));
  return TRUE;
}

/* Before the loader allocates anything. Size 0 makes it give up. */
static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  Progress *progress = data;

  progress->width = width;
  progress->height = height;
  if (progress->error != NULL || !check_size (width, height, progress->request, &progress->error)
      || !check_canvas (progress, &progress->error))
    gdk_pixbuf_loader_set_size (loader, 0, 0);
  else if (!is_part (progress) && fit (&width, &height, progress->request))
    gdk_pixbuf_loader_set_size (loader, width, height);
}

static void
on_area_updated (GdkPixbufLoader *loader, int x, int y, int width, int height, gpointer data)
{
  Progress *progress = data;

  progress->top = MIN (progress->top, y);
  progress->bottom = MAX (progress->bottom, y + height);
}

/* Only what belongs to the picture: of a GIF no more than the first frame. Ten thousand frames cost
 * as little as one then. */
static gboolean
feed_loader (GdkPixbufLoader *loader, const guint8 *bytes, gsize n, FileEnd *end, GError **error)
{
  gsize used = file_end_feed (end, bytes, n);

  if (end->format != FILE_GIF)
    return gdk_pixbuf_loader_write (loader, bytes, n, error);
  return gdk_pixbuf_loader_write (loader, bytes, used, error)
         && (!end->is_reached || gdk_pixbuf_loader_write (loader, (const guint8 *)";", 1, error));
}

/* One more piece of the file; FALSE at the end or with progress->error set. */
static gboolean
feed_piece (GdkPixbufLoader *loader, guint8 *buffer, guint64 *done, Progress *progress)
{
  g_autoptr (GError) error = NULL;
  ssize_t n = first_frame_read (&progress->source, buffer,
                                *done == 0 ? MAX (progress->chunk, HEAD) : progress->chunk, *done);

  *done += n > 0 ? (guint64)n : 0;
  if (n < 0)
    fail_to_read (&error);
  else if (*done > progress->request->max_bytes)
    g_set_error (&error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE,
                 "more than %" G_GUINT64_FORMAT " bytes", progress->request->max_bytes);
  else if (n > 0)
    feed_loader (loader, buffer, (gsize)n, &progress->end, &error);
  if (progress->error == NULL)
    progress->error = g_steal_pointer (&error);
  return n > 0 && progress->error == NULL
         && !(progress->end.format == FILE_GIF && progress->end.is_reached);
}

static void
feed (GdkPixbufLoader *loader, Progress *progress)
{
  g_autofree guint8 *buffer = g_malloc (MAX (progress->chunk, HEAD));
  guint64 done = 0;

  while (feed_piece (loader, buffer, &done, progress))
    ;
}

/* Takes error, which may be the loader's or already ours. */
static void
explain (GError **result, GError *error, const char *type)
{
  if (error->domain == GUISE_IMAGE_ERROR) {
    g_propagate_error (result, error);
    return;
  }
  if (g_error_matches (error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    g_set_error (result, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NO_ROOM, "%s: %s", type,
                 error->message);
  else
    g_set_error (result, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED,
                 "damaged or cut short (%s): %s", type, error->message);
  g_error_free (error);
}

/* Whether the loader has delivered every row. A GIF's first frame need not cover its canvas; its
 * framing tells. */
static gboolean
is_whole (GdkPixbuf *stored, const Progress *progress)
{
  return progress->end.is_reached && stored != NULL
         && (progress->end.format == FILE_GIF
             || (progress->top <= 0 && progress->bottom >= gdk_pixbuf_get_height (stored)));
}

/* A frame in its place; what it leaves free is transparent. Takes frame; NULL without memory. */
static GdkPixbuf *
place_on_canvas (GdkPixbuf *frame, const Progress *progress)
{
  const FirstFrame *source = &progress->source;
  int width = source->canvas_width, height = source->canvas_height;
  g_autoptr (GdkPixbuf) taken = frame;
  g_autoptr (GdkPixbuf) canvas = gdk_pixbuf_new (GDK_COLORSPACE_RGB, TRUE, 8, width, height);

  if (canvas == NULL)
    return NULL;
  gdk_pixbuf_fill (canvas, 0);
  gdk_pixbuf_copy_area (taken, 0, 0, progress->width, progress->height, canvas, source->x,
                        source->y);
  if (!fit (&width, &height, progress->request))
    return g_steal_pointer (&canvas);
  return gdk_pixbuf_scale_simple (canvas, width, height, GDK_INTERP_BILINEAR);
}

/* The loader's picture, upright; NULL with progress->error set. */
static GdkPixbuf *
take_picture (GdkPixbufLoader *loader, Progress *progress)
{
  GdkPixbuf *stored = gdk_pixbuf_loader_get_pixbuf (loader), *upright = NULL;

  if (!is_whole (stored, progress))
    g_set_error (&progress->error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED, "cut short (%s)",
                 file_format_get_type (progress->end.format));
  else
    upright = gdk_pixbuf_apply_embedded_orientation (stored);
  if (upright != NULL && is_part (progress)
      && (upright = place_on_canvas (upright, progress)) == NULL)
    g_set_error (&progress->error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NO_ROOM,
                 "not enough memory");
  if (upright != NULL
      && !check_size (gdk_pixbuf_get_width (upright), gdk_pixbuf_get_height (upright),
                      progress->request, &progress->error))
    g_clear_object (&upright);
  return upright;
}

/* Orientations from 5 on lie on their side. */
static void
tell_file_size (GdkPixbuf *stored, const Progress *progress, GuiseDecoderReply *reply)
{
  const char *orientation = gdk_pixbuf_get_option (stored, "orientation");
  gboolean lies = orientation != NULL && g_ascii_strtoull (orientation, NULL, 10) >= 5;
  gboolean part = is_part (progress);
  int width = part ? progress->source.canvas_width : progress->width;
  int height = part ? progress->source.canvas_height : progress->height;

  reply->file_width = (guint32)(lies ? height : width);
  reply->file_height = (guint32)(lies ? width : height);
}

/* What the loader is to read. */
static void
find_source (FirstFrame *source, int fd, FileFormat format, GError **error)
{
  if (format != FILE_WEBP)
    first_frame_init_whole (source, fd);
  else if (first_frame_find (source, fd))
    return;
  else if (errno != 0)
    fail_to_read (error);
  else
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED,
                 "damaged or cut short (%s): no picture data", file_format_get_type (format));
}

static GdkPixbuf *
load (int fd, FileFormat format, gsize chunk, const GuiseDecoderRequest *request,
      GuiseDecoderReply *reply, GError **error)
{
  const char *type = file_format_get_type (format);
  Progress progress = { .request = request, .chunk = chunk, .top = G_MAXINT };
  g_autoptr (GdkPixbufLoader) loader = file_format_create_loader (format);
  GdkPixbuf *upright = NULL;
  GError *close_error = NULL;

  if (loader == NULL) {
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_FORMAT,
                 "no reader for %s is installed", type);
    return NULL;
  }
  file_end_init (&progress.end, format);
  find_source (&progress.source, fd, format, &progress.error);
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), &progress);
  g_signal_connect (loader, "area-updated", G_CALLBACK (on_area_updated), &progress);
  if (progress.error == NULL)
    feed (loader, &progress);
  if (format == FILE_WEBP) /* closed, it claims every row, decoded or not */
    g_signal_handlers_disconnect_by_func (loader, on_area_updated, &progress);
  /* always closed; it may answer TRUE after a failed write */
  gdk_pixbuf_loader_close (loader, &close_error);
  if (progress.error == NULL)
    progress.error = g_steal_pointer (&close_error);
  g_clear_error (&close_error);
  if (progress.error == NULL)
    upright = take_picture (loader, &progress);
  if (upright != NULL)
    tell_file_size (gdk_pixbuf_loader_get_pixbuf (loader), &progress, reply);
  if (progress.error != NULL)
    explain (error, progress.error, type);
  return upright;
}

/* colour over white with coverage alpha, rounded to nearest. */
static inline guint8
over_white (guint8 colour, guint8 alpha)
{
  return (guint8)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}

static void
copy_row (guint8 *output, const guint8 *input, size_t width, gboolean has_alpha)
{
  if (!has_alpha) {
    memcpy (output, input, 3 * width);
    return;
  }
  for (size_t x = 0; x < width; x++, output += 3, input += 4)
    for (int c = 0; c < 3; c++)
      output[c] = over_white (input[c], input[3]);
}

static gboolean
write_all (int fd, const guint8 *bytes, size_t n)
{
  while (n > 0) {
    ssize_t written = write (fd, bytes, n);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return FALSE;
    bytes += written;
    n -= (size_t)written;
  }
  return TRUE;
}

static gboolean
write_pixels (GdkPixbuf *pixbuf, int fd)
{
  size_t width = (size_t)gdk_pixbuf_get_width (pixbuf), stride = 3 * width;
  size_t height = (size_t)gdk_pixbuf_get_height (pixbuf);
  size_t input_stride = (size_t)gdk_pixbuf_get_rowstride (pixbuf);
  size_t n_rows = CLAMP (WRITE_BUFFER / stride, 1, height);
  const guint8 *input = gdk_pixbuf_read_pixels (pixbuf);
  gboolean has_alpha = gdk_pixbuf_get_has_alpha (pixbuf);
  g_autofree guint8 *buffer = g_malloc (n_rows * stride);

  for (size_t y = 0; y < height; y += n_rows) {
    size_t n = MIN (n_rows, height - y);

    for (size_t i = 0; i < n; i++)
      copy_row (buffer + i * stride, input + (y + i) * input_stride, width, has_alpha);
    if (!write_all (fd, buffer, n * stride))
      return FALSE;
  }
  return TRUE;
}

gboolean
decode_image (int fd, gsize chunk, const GuiseDecoderRequest *request, int *memfd,
              GuiseDecoderReply *reply, GError **error)
{
  guint8 start[FILE_SNIFF_BYTES];
  FirstFrame whole;
  FileFormat format;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  ssize_t n;

  first_frame_init_whole (&whole, fd);
  n = first_frame_read (&whole, start, sizeof start, 0);
  if (n < 0)
    fail_to_read (error);
  else if (n == 0)
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_EMPTY, "empty file");
  else if (!file_format_sniff (start, (size_t)n, &format))
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_FORMAT,
                 "not an image that can be read (JPEG, PNG, WebP, BMP, GIF)");
  else
    pixbuf = load (fd, format, chunk, request, reply, error);
  if (pixbuf == NULL)
    return FALSE;

  *memfd = memfd_create ("guise-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (*memfd < 0 || !write_pixels (pixbuf, *memfd)
      || fcntl (*memfd, F_ADD_SEALS, GUISE_DECODER_SEALS) < 0) {
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NO_ROOM,
                 "no room for its pixels: %s", g_strerror (errno));
    if (*memfd >= 0)
      close (*memfd);
    return FALSE;
  }
  reply->width = (guint32)gdk_pixbuf_get_width (pixbuf);
  reply->height = (guint32)gdk_pixbuf_get_height (pixbuf);
  reply->stride = 3 * reply->width;
  return TRUE;
}
