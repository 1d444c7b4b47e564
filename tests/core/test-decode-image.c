/* The decoding of guise-decoder inside this process: a file that comes byte by byte gives the same
 * pixels and the same verdict as one that comes whole. */
#include "decode-image.h"
#include "guise-image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const GuiseDecoderRequest limits
    = { .max_bytes = 1 << 20, .max_pixels = 1 << 20, .max_side = 1 << 12 };

typedef struct {
  GBytes *pixels; /* NULL: refused */
  guint32 width, height;
  int code;
} Outcome;

static void
clear_outcome (Outcome *outcome)
{
  g_clear_pointer (&outcome->pixels, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, clear_outcome)

static Outcome
decode (const char *bytes, gsize size, gsize chunk)
{
  int file = memfd_create ("file", MFD_CLOEXEC), memfd = -1;
  g_autoptr (GError) error = NULL;
  GuiseDecoderReply reply = { 0 };
  Outcome outcome = { 0 };

  g_assert_cmpint (write (file, bytes, size), ==, (gssize)size);
  if (decode_image (file, chunk, &limits, &memfd, &reply, &error)) {
    gsize n = 3 * (gsize)reply.width * reply.height;
    guint8 *pixels = g_malloc (n);

    g_assert_cmpint (pread (memfd, pixels, n, 0), ==, (gssize)n);
    outcome.width = reply.width;
    outcome.height = reply.height;
    outcome.pixels = g_bytes_new_take (pixels, n);
    close (memfd);
  } else {
    g_assert_nonnull (error);
    g_assert_true (error->domain == GUISE_IMAGE_ERROR);
    outcome.code = error->code;
  }
  close (file);
  return outcome;
}

static void
assert_same (const char *bytes, gsize size)
{
  g_auto (Outcome) whole = decode (bytes, size, DECODE_CHUNK);
  g_auto (Outcome) bytewise = decode (bytes, size, 1);

  g_assert_cmpint (whole.code, ==, bytewise.code);
  g_assert_cmpuint (whole.width, ==, bytewise.width);
  g_assert_cmpuint (whole.height, ==, bytewise.height);
  if (whole.pixels != NULL)
    g_assert_true (g_bytes_equal (whole.pixels, bytewise.pixels));
}

typedef void (*Use) (const char *bytes, gsize size);

static void
for_each_golden (Use use)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "golden", "decode", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *bytes = NULL;
    gsize size;

    if (g_str_has_suffix (name, ".rgb"))
      continue;
    g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    g_test_message ("%s", name);
    use (bytes, size);
  }
}

/* Whoever has used up its descriptors cannot hand out pixels: not the file's fault. */
static void
test_no_descriptors (void)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "plain.png", NULL);
  int file = open (path, O_RDONLY | O_CLOEXEC), memfd = -1;
  g_autoptr (GError) error = NULL;
  GuiseDecoderReply reply = { 0 };
  struct rlimit kept, none;

  g_assert_true (decode_image (file, DECODE_CHUNK, &limits, &memfd, &reply, &error));
  close (memfd);
  getrlimit (RLIMIT_NOFILE, &kept);
  none = (struct rlimit){ 0, kept.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  g_assert_false (decode_image (file, DECODE_CHUNK, &limits, &memfd, &reply, &error));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &kept), ==, 0);
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NO_ROOM);
  close (file);
}

static void
test_bytewise (void)
{
  for_each_golden (assert_same);
}

static void
cut (const char *bytes, gsize size)
{
  for (gsize n = 1; n < size; n += 1 + size / 23)
    assert_same (bytes, n);
}

static void
test_bytewise_cut (void)
{
  for_each_golden (cut);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decode-image/i14-bytewise", test_bytewise);
  g_test_add_func ("/decode-image/i02-bytewise-cut", test_bytewise_cut);
  g_test_add_func ("/decode-image/no-descriptors", test_no_descriptors);
  return g_test_run ();
}
