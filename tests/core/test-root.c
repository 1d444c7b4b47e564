/* guise-root: what leads out of the data set's folder, or is no file, is refused. Both ways of
 * opening. */
#include "guise-image.h"
#include "guise-root-walk.h"
#include "guise-root.h"
#include "temp-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
  char *folder; /* holds data/ and secret */
  char *data;
  GuiseRoot *root;
} Fixture;

static void
make_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
make_link (const char *folder, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
make_socket (const char *folder, const char *name)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_snprintf (address.sun_path, sizeof address.sun_path, "%s/%s", folder, name);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  close (fd);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *inner = NULL;
  g_autofree char *fifo = NULL;
  g_autofree char *secret = NULL;

  fixture->folder = temp_folder_new ("root");
  fixture->data = g_build_filename (fixture->folder, "data", NULL);
  inner = g_build_filename (fixture->data, "inner", NULL);
  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  secret = g_build_filename (fixture->folder, "secret", NULL);
  make_file (fixture->folder, "secret", "out");
  make_file (fixture->data, "a.png", "in");
  make_file (inner, "b\n%n\xff.png", "in");
  make_link (fixture->data, "inside", "inner/../a.png");
  make_link (fixture->data, "up", "../secret");
  make_link (fixture->data, "absolute", secret);
  make_link (fixture->data, "folder-up", "..");
  make_link (fixture->data, "dangling", "nowhere");
  make_link (fixture->data, "loop", "loop");
  make_link (fixture->data, "zero", "/dev/zero");
  make_socket (fixture->data, "socket");
  fifo = g_build_filename (fixture->data, "fifo", NULL);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  fixture->root = guise_root_open (fixture->data, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  guise_root_unref (fixture->root);
  temp_folder_free (fixture->folder);
  g_free (fixture->data);
}

static void
assert_opens (Fixture *fixture, const char *path)
{
  g_autoptr (GError) error = NULL;
  char text[8] = "";
  int fd = guise_root_open_file (fixture->root, path, 0, &error);

  g_assert_no_error (error);
  g_assert_cmpint (read (fd, text, sizeof text), ==, 2);
  g_assert_cmpstr (text, ==, "in");
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd);
}

static void
assert_refused (Fixture *fixture, const char *path, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  int fd = guise_root_open_file (fixture->root, path, 0, &error);

  g_assert_cmpint (fd, ==, -1);
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, "cannot open image: '"));
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  assert_opens (fixture, "a.png");
  assert_opens (fixture, "inner/b\n%n\xff.png");
  assert_opens (fixture, "inner/../a.png");
  assert_opens (fixture, "./inner//../a.png");
  assert_opens (fixture, "inside");
}

static void
test_refuse (Fixture *fixture, gconstpointer data)
{
  const char *outside[] = { "../secret", "inner/../../secret", "up", "absolute",
                            "folder-up/secret", "/etc/passwd", "/" };
  g_autofree char *absolute = g_build_filename (fixture->data, "a.png", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (outside); i++)
    assert_refused (fixture, outside[i], GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_OUTSIDE);
  assert_refused (fixture, absolute, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_OUTSIDE);
  assert_refused (fixture, "fifo", GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NOT_A_FILE);
  assert_refused (fixture, "zero", GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_OUTSIDE);
  assert_refused (fixture, "inner", GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NOT_A_FILE);
  assert_refused (fixture, "socket", GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NOT_A_FILE);
  assert_refused (fixture, ".", GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NOT_A_FILE);
  assert_refused (fixture, "dangling", G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_refused (fixture, "missing.png", G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_refused (fixture, "", G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_refused (fixture, "loop", G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS);
}

/* What the user names may be anything; only a regular file is read. */
static void
test_user_file (Fixture *fixture, gconstpointer data)
{
  const char *names[] = { "fifo", "inner", "zero" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->data, names[i], NULL);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (guise_open_user_file (path, 0, &error), ==, -1);
    g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NOT_A_FILE);
  }
}

/* Root may read everything; who runs this as root becomes somebody else for a moment. */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->data, "a.png", NULL);
  uid_t user = geteuid ();

  g_assert_cmpint (g_chmod (fixture->folder, 0755), ==, 0);
  g_assert_cmpint (g_chmod (fixture->data, 0755), ==, 0);
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  if (user == 0 && seteuid (65534) != 0) {
    g_test_skip ("root may read everything and cannot become somebody else");
    return;
  }
  assert_refused (fixture, "a.png", G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_cmpint (seteuid (user), ==, 0);
}

/* As long as the kernel takes, and longer: opened or refused, cut nowhere. */
static void
test_long_path (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) path = g_string_new (NULL);

  while (path->len + 8 < 4090)
    g_string_append (path, "inner/../");
  while (path->len + 5 < 4090)
    g_string_append (path, "./");
  g_string_append (path, "a.png");
  g_assert_cmpuint (path->len, >=, 4090);
  g_assert_cmpuint (path->len, <, 4096);
  assert_opens (fixture, path->str);
  g_string_prepend (path, "././././");
  assert_refused (fixture, path->str, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG);
}

static void
test_size (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fd = guise_root_open_file (fixture->root, "a.png", 1, &error);

  g_assert_cmpint (fd, ==, -1);
  g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE);
  g_clear_error (&error);
  fd = guise_root_open_file (fixture->root, "a.png", 2, &error);
  g_assert_no_error (error);
  close (fd);
}

static void
test_stat (Fixture *fixture, gconstpointer data)
{
  const char *refused[]
      = { "../secret", "up", "absolute", "zero", "fifo", "socket", "inner", "missing.png", "loop" };
  const struct timespec times[] = { { 1, 0 }, { 1700000000, 123456789 } };
  g_autofree char *path = g_build_filename (fixture->data, "a.png", NULL);
  gint64 size = 0, changed = 0;

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  g_assert_true (guise_root_stat_file (fixture->root, "inside", &size, &changed));
  g_assert_cmpint (size, ==, 2);
  g_assert_cmpint (changed, ==, G_GINT64_CONSTANT (1700000000123456789));
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_false (guise_root_stat_file (fixture->root, refused[i], &size, &changed));
}

static void
test_no_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->data, "a.png", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_root_open (file, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
}

/* Where openat2() is missing: the same refusals, and no symbolic link at all. */
static void
test_walk (Fixture *fixture, gconstpointer data)
{
  const char *refused[]
      = { "../secret", "inner/../a.png", "up", "absolute", "folder-up/secret",
          "/etc/passwd", "inside", "dangling", "loop" };
  int folder = open (fixture->data, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    errno = 0;
    g_assert_cmpint (guise_root_walk (folder, refused[i]), ==, -1);
    g_assert_cmpint (errno, ==, EXDEV);
  }
  g_assert_cmpint (guise_root_walk (folder, "missing/a.png"), ==, -1);
  g_assert_cmpint (errno, ==, ENOENT);
  g_assert_cmpint (guise_root_walk (folder, ""), ==, -1);
  g_assert_cmpint (errno, ==, ENOENT);
  fd = guise_root_walk (folder, "./inner//b\n%n\xff.png");
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  close (folder);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/root/open", test_open);
  ADD ("/root/i18-long-path", test_long_path);
  ADD ("/root/i19-refuse", test_refuse);
  ADD ("/root/i19-user-file", test_user_file);
  ADD ("/root/i19-unreadable", test_unreadable);
  ADD ("/root/size", test_size);
  ADD ("/root/stat", test_stat);
  ADD ("/root/no-folder", test_no_folder);
  ADD ("/root/i19-walk", test_walk);
  return g_test_run ();
}
