/* One guise-decoder process and the socket to it. Not thread-safe: guise-decoder hands a channel to
 * one thread at a time. Private to this layer. */
#pragma once

#include "guise-decoder-launch.h"

typedef struct {
  pid_t pid;  /* 0: not running */
  int socket; /* -1: not running */
  guint32 serial;
} GuiseDecoderChannel;

/* Starts a process. The thread that calls must outlive it. hello: what it says of itself. */
gboolean guise_decoder_channel_start (GuiseDecoderChannel *channel, GuiseDecoderLauncher *launcher,
                                      GuiseDecoderHello *hello, GError **error);
/* Kills the process and waits for its end; does nothing if it is not running. */
void guise_decoder_channel_stop (GuiseDecoderChannel *channel);

/* Decodes the image in fd. options must be complete. NULL with error: then *is_broken says whether
 * the process is at fault (or was interrupted in its work) and must be replaced; messages hold the
 * reason only. */
GuiseImage *guise_decoder_channel_decode (GuiseDecoderChannel *channel, int fd,
                                          const GuiseDecodeOptions *options, guint timeout_ms,
                                          GCancellable *cancellable, gboolean *is_broken,
                                          GError **error);
