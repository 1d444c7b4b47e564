/* One guise-decoder process and the socket to it. Not thread-safe: guise-decoder hands a channel to
 * one thread at a time. Private to this layer. */
#pragma once

#include "guise-decoder.h"

typedef struct {
  pid_t pid;  /* 0: not running */
  int socket; /* -1: not running */
  guint32 serial;
} GuiseDecoderChannel;

/* The program to start: $GUISE_DECODER, else beside the running program, else where it is
 * installed. */
char *guise_decoder_find_program (void);

/* Starts program. The thread that calls must outlive the process, which dies with it. */
gboolean guise_decoder_channel_start (GuiseDecoderChannel *channel, const char *program,
                                      GError **error);
/* Kills the process and waits for its end; does nothing if it is not running. */
void guise_decoder_channel_stop (GuiseDecoderChannel *channel);

/* Decodes the image in fd. options must be complete. NULL with error: then *is_broken says whether
 * the process is at fault (or was interrupted in its work) and must be replaced; messages hold the
 * reason only. */
GuiseImage *guise_decoder_channel_decode (GuiseDecoderChannel *channel, int fd,
                                          const GuiseDecodeOptions *options, guint timeout_ms,
                                          GCancellable *cancellable, gboolean *is_broken,
                                          GError **error);
