#include "file-format.h"

#include <string.h>

static const struct {
  const char *type, *name;
} formats[N_FILE_FORMATS] = {
  [FILE_JPEG] = { "image/jpeg", "JPEG" },
  [FILE_PNG] = { "image/png", "PNG" },
  [FILE_WEBP] = { "image/webp", "WebP" },
  [FILE_BMP] = { "image/bmp", "BMP" },
  [FILE_GIF] = { "image/gif", "GIF" },
};

gboolean
file_format_sniff (const guint8 *bytes, gsize n, FileFormat *format)
{
  if (n >= 3 && memcmp (bytes, "\xff\xd8\xff", 3) == 0)
    *format = FILE_JPEG;
  else if (n >= 8 && memcmp (bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
    *format = FILE_PNG;
  else if (n >= 12 && memcmp (bytes, "RIFF", 4) == 0 && memcmp (bytes + 8, "WEBP", 4) == 0)
    *format = FILE_WEBP;
  else if (n >= 6 && (memcmp (bytes, "GIF87a", 6) == 0 || memcmp (bytes, "GIF89a", 6) == 0))
    *format = FILE_GIF;
  /* The second header's size, 12 to 124: two letters alone would be too little. Pixels that begin
   * beyond 16 MiB: the loader would ask for all the room before them. */
  else if (n >= FILE_SNIFF_BYTES && memcmp (bytes, "BM", 2) == 0 && bytes[13] == 0
           && bytes[14] >= 12 && bytes[14] <= 124 && bytes[15] == 0 && bytes[16] == 0
           && bytes[17] == 0)
    *format = FILE_BMP;
  else
    return FALSE;
  return TRUE;
}

const char *
file_format_get_type (FileFormat format)
{
  return formats[format].type;
}

GdkPixbufLoader *
file_format_create_loader (FileFormat format)
{
  return gdk_pixbuf_loader_new_with_mime_type (formats[format].type, NULL);
}

static gboolean
is_read (GdkPixbufFormat *format)
{
  g_auto (GStrv) types = gdk_pixbuf_format_get_mime_types (format);

  for (guint i = 0; i < N_FILE_FORMATS; i++)
    if (g_strv_contains ((const char *const *)types, formats[i].type))
      return TRUE;
  return FALSE;
}

/* The texts in PNG files are Latin-1, whose converter is a file that the C library loads when it is
 * first wanted; it stays loaded as long as one is open. */
static void
keep_converter (void)
{
  static GIConv latin1;

  if (latin1 == NULL)
    latin1 = g_iconv_open ("UTF-8", "ISO-8859-1");
}

char *
file_format_load_all (void)
{
  g_autoptr (GSList) installed = gdk_pixbuf_get_formats ();
  g_autoptr (GString) names = g_string_new (NULL);

  for (GSList *link = installed; link != NULL; link = link->next)
    gdk_pixbuf_format_set_disabled (link->data, !is_read (link->data));
  for (guint i = 0; i < N_FILE_FORMATS; i++) {
    g_autoptr (GdkPixbufLoader) loader = file_format_create_loader (i);

    if (loader == NULL)
      continue;
    gdk_pixbuf_loader_close (loader, NULL); /* which complains that nothing came */
    g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", formats[i].name);
  }
  keep_converter ();
  return g_string_free (g_steal_pointer (&names), FALSE);
}
