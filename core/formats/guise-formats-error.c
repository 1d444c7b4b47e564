#include "guise-formats-error.h"

G_DEFINE_QUARK (guise - formats - error - quark, guise_formats_error)

gboolean
guise_formats_fail_errno (GError **error, int code, const char *what, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s '%s': %s", what, path,
               g_strerror (code));
  return FALSE;
}
