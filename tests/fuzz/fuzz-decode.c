/* Pictures of every format: pixels within the limits, or a reason. Decoding happens in this
 * process, which guise-decoder exists to spare the program. */
#include "fuzz.h"

#include "decode-image.h"
#include "guise-image.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

static const GuiseDecoderRequest limits
    = { .max_bytes = 1 << 20, .max_pixels = 1 << 20, .max_side = 1 << 12 };

static void
check_picture (int memfd, guint32 width, guint32 height)
{
  gint64 n = 3 * (gint64)width * height;

  g_assert_cmpuint (width, >, 0);
  g_assert_cmpuint (height, >, 0);
  g_assert_cmpuint (width, <=, limits.max_side);
  g_assert_cmpuint (height, <=, limits.max_side);
  g_assert_cmpint (n, <=, 3 * (gint64)limits.max_pixels);
  g_assert_cmpint (lseek (memfd, 0, SEEK_END), ==, n);
}

/* GdkPixbuf complains loudly of some broken pictures, such as a GIF's frame without width, and
 * refuses them all the same; everybody else's complaint is a fault. */
static void
heard (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) == 0
      || g_strcmp0 (domain, "GdkPixbuf") == 0)
    return;
  g_printerr ("%s: %s\n", domain, message);
  abort ();
}

static void
listen_to_complaints (void)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_log_set_default_handler (heard, NULL);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  GError *error = NULL;
  GuiseDecoderReply reply = { 0 };
  int file = g_open (fuzz_file (data, size), O_RDONLY | O_CLOEXEC, 0), memfd = -1;
  gboolean decoded;

  listen_to_complaints ();
  g_assert_cmpint (file, >=, 0);
  decoded = decode_image (file, DECODE_CHUNK, &limits, &memfd, &reply, &error);
  close (file);
  g_assert_true (decoded == (error == NULL));
  if (decoded) {
    check_picture (memfd, reply.width, reply.height);
    g_assert_cmpuint (reply.file_width, >=, reply.width);
    g_assert_cmpuint (reply.file_height, >=, reply.height);
    close (memfd);
  } else { /* the loader's own words, which the program puts behind its sentence */
    g_assert_true (error->domain == GUISE_IMAGE_ERROR);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_error_free (error);
  }
}
