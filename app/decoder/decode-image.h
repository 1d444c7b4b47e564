/* From the bytes of an image file to upright RGB8 pixels in a sealed memfd. */
#pragma once

#include "guise-decoder-protocol.h"

/* How much of a file is read at a time. */
#define DECODE_CHUNK ((gsize)64 << 10)

/* Decodes the file fd (read from its start, chunk bytes at a time) within the limits of request. On
 * success *memfd is the caller's and holds 3·width·height bytes, and the reply has the sizes; else
 * FALSE with GUISE_IMAGE_ERROR, the reason without the file's name. */
gboolean decode_image (int fd, gsize chunk, const GuiseDecoderRequest *request, int *memfd,
                       GuiseDecoderReply *reply, GError **error);
