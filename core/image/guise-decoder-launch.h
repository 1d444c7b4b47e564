/* Starts guise-decoder processes: enclosed by bubblewrap where that works, with a bare environment,
 * and proven ready before the first image. Private to this layer; one thread. */
#pragma once

#include "guise-decoder-protocol.h"

typedef struct {
  char *program;
  char *bubblewrap;       /* NULL: not used */
  gboolean is_unfiltered; /* for measuring what the filter costs */
  gboolean is_proven;     /* a process has started with these settings */
  char *why_not_enclosed; /* once it is known */
} GuiseDecoderLauncher;

/* The program is $GUISE_DECODER, else beside the running program, else where it is installed. */
void guise_decoder_launcher_init (GuiseDecoderLauncher *launcher);
void guise_decoder_launcher_clear (GuiseDecoderLauncher *launcher);

/* From now on without bubblewrap; why is for people. */
void guise_decoder_launcher_drop_enclosure (GuiseDecoderLauncher *launcher, const char *why);

/* Starts a process and waits for what it says of itself; hello->posture is then complete. The first
 * time bubblewrap fails it is dropped for good; once it has worked, a failure is an error. The
 * thread that calls must outlive the process, which dies with it. On success *socket is the
 * caller's and *pid a child of this process. */
gboolean guise_decoder_launch (GuiseDecoderLauncher *launcher, pid_t *pid, int *socket,
                               GuiseDecoderHello *hello, GError **error);
/* Kills it and waits for its end. */
void guise_decoder_bury (pid_t pid);
