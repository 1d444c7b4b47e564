/* From the bytes of an image file to upright RGB8 pixels in a sealed memfd. */
#pragma once

#include "guise-decoder-protocol.h"

/* Decodes the file fd (read from its start) within the limits of request. On success *memfd is the
 * caller's and holds 3·width·height bytes; else FALSE with GUISE_IMAGE_ERROR, the reason without
 * the file's name. */
gboolean decode_image (int fd, const GuiseDecoderRequest *request, int *memfd, guint32 *width,
                       guint32 *height, GError **error);
