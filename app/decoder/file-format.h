/* The formats that are read and no other: told apart by their first bytes, whatever the file's name
 * says. */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

typedef enum {
  FILE_JPEG,
  FILE_PNG,
  FILE_WEBP,
  FILE_BMP,
  FILE_GIF,
  N_FILE_FORMATS,
} FileFormat;

enum {
  FILE_SNIFF_BYTES = 18, /* as many decide */
};

/* FALSE: none of them. */
gboolean file_format_sniff (const guint8 *bytes, gsize n, FileFormat *format);
/* "image/png" */
const char *file_format_get_type (FileFormat format);
/* A loader for this format; NULL if there is none on this machine. */
GdkPixbufLoader *file_format_create_loader (FileFormat format);

/* Loads the modules of all formats, so that no file need be opened later, and puts every other
 * module that is installed out of reach. Returns the names of what can be read: "JPEG PNG". */
char *file_format_load_all (void);
