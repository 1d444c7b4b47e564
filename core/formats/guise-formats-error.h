/* The error domain of the file formats. Trouble with the file itself (missing, unreadable, disk
 * full) is reported in G_IO_ERROR; trouble with what it holds in this domain. */
#pragma once

#include <gio/gio.h>

#define GUISE_FORMATS_ERROR (guise_formats_error_quark ())

typedef enum {
  GUISE_FORMATS_ERROR_INVALID,     /* breaks the format's rules */
  GUISE_FORMATS_ERROR_TOO_LARGE,   /* beyond a cap: size, depth, count, length of a name */
  GUISE_FORMATS_ERROR_UNSUPPORTED, /* well formed, but a variant that is not read */
  GUISE_FORMATS_ERROR_MISSING,     /* a wanted member, tensor or key is not there */
  GUISE_FORMATS_ERROR_DAMAGED,     /* the content differs from its recorded hash */
} GuiseFormatsError;

GQuark guise_formats_error_quark (void);

/* A copy of text fit for a message: valid UTF-8 on one line, at most 2000 characters, without those
 * that control or reorder what is shown (U+FFFD stands in their place). For texts that come out of
 * a file. */
char *guise_formats_clean (const char *text);
/* Whether text is fit for a message as it is, but for its length. */
gboolean guise_formats_is_clean (const char *text);
/* guise_formats_clean() of at most n_chars characters: "%.100s" would cut a character in two. */
char *guise_formats_excerpt (const char *text, guint n_chars);
/* Sets a G_IO_ERROR out of errno, "what 'path': reason", and returns FALSE. */
gboolean guise_formats_fail_errno (GError **error, int code, const char *what, const char *path);
