/* What the pool and a guise-decoder process say to each other over a SOCK_SEQPACKET pair, whose
 * other end the process inherits as the descriptor that its only argument names. One request at a
 * time: pool → process: GuiseDecoderRequest and, as SCM_RIGHTS, the file, open for reading; process
 * → pool: GuiseDecoderReply and, if status is 0, a sealed memfd of [height, width, 3] bytes. Both
 * ends are built together and share the machine's byte order; version catches a stale program. */
#pragma once

#include <glib.h>

#define GUISE_DECODER_VERSION 1
#define GUISE_DECODER_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

typedef struct {
  guint32 version;
  guint32 serial; /* repeated in the reply */
  guint64 max_bytes;
  guint64 max_pixels;
  guint32 max_side;
  guint32 fit_side; /* 0: full size */
} GuiseDecoderRequest;

typedef struct {
  guint32 version;
  guint32 serial;
  guint32 status; /* 0, or 1 + GuiseImageError */
  guint32 width;
  guint32 height;
  guint32 stride; /* 3·width */
  char text[232]; /* why it failed; NUL-terminated */
} GuiseDecoderReply;

G_STATIC_ASSERT (sizeof (GuiseDecoderRequest) == 32);
G_STATIC_ASSERT (sizeof (GuiseDecoderReply) == 256);
