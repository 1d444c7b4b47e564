/* What the pool and a guise-decoder process say to each other over a SOCK_SEQPACKET pair, whose
 * other end the process inherits as the descriptor that its first argument names:
 *   process → pool, once: GuiseDecoderHello, when it is confined and ready
 *   pool → process: GuiseDecoderRequest and, as SCM_RIGHTS, the file, open for reading
 *   process → pool: GuiseDecoderReply and, if status is 0, a sealed memfd of [height, width, 3]
 * One request at a time. Both ends are built together and share the machine's byte order; version
 * catches a stale program. */
#pragma once

#include "guise-decoder.h"

#include <glib.h>

#define GUISE_DECODER_VERSION 4
#define GUISE_DECODER_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

typedef struct {
  guint32 version;
  guint32 pid;      /* as the process itself sees it */
  guint32 posture;  /* GuiseDecoderPosture, but for the enclosure, which the pool measures */
  char formats[52]; /* "JPEG PNG …", what can be read; NUL-terminated */
  char text[64];    /* why it is not filtered; NUL-terminated */
} GuiseDecoderHello;

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
  guint32 stride;     /* 3·width */
  guint32 file_width; /* before it was shrunk, upright */
  guint32 file_height;
  char text[224]; /* why it failed; NUL-terminated */
} GuiseDecoderReply;

G_STATIC_ASSERT (sizeof (GuiseDecoderHello) == 128);
G_STATIC_ASSERT (sizeof (GuiseDecoderRequest) == 32);
G_STATIC_ASSERT (sizeof (GuiseDecoderReply) == 256);
