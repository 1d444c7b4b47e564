/* Opening and reading files whose names and contents come from elsewhere. Nothing here waits for
 * the other end of a FIFO or reads a device that never ends. Any thread; errors are G_IO_ERROR,
 * and GUISE_FORMATS_ERROR_TOO_LARGE. */
#pragma once

#include <gio/gio.h>

/* A descriptor of a regular file, to be closed; -1 for anything else. flags: O_RDONLY or O_RDWR. */
int guise_open_file (const char *path, int flags, GError **error);
/* Reads a regular file of at most max_bytes whole, a zero byte added behind it. The caller owns it.
 */
char *guise_read_file (const char *path, gsize max_bytes, gsize *size, GError **error);
/* The same from an open one; path names it in errors. */
char *guise_read_descriptor (int fd, const char *path, gsize max_bytes, gsize *size,
                             GError **error);
