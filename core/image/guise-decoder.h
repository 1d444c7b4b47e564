/* Image decoding in separate processes (guise-decoder): a hostile file costs one process, never the
 * program. Reads JPEG, PNG, BMP, WebP and the first frame of a GIF, told apart by content; applies
 * the EXIF orientation, puts transparent pictures on white, keeps the high byte of 16-bit channels.
 *
 * The pool starts its processes when they are first needed and replaces those that die. They are
 * confined as far as the machine allows; where bubblewrap does not work they run without it. Every
 * call may come from any thread. The program is $GUISE_DECODER, else the one that belongs to the
 * running program. */
#pragma once

#include "guise-image.h"
#include "guise-root.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define GUISE_TYPE_DECODER (guise_decoder_get_type ())
G_DECLARE_FINAL_TYPE (GuiseDecoder, guise_decoder, GUISE, DECODER, GObject)

#define GUISE_DECODER_MAX_PIXELS ((guint64)64 << 20)
#define GUISE_DECODER_TIMEOUT_MS 20000

/* What one request allows; a member that is 0 has the value given here. */
typedef struct {
  guint64 max_bytes;  /* of the file: GUISE_ROOT_MAX_BYTES */
  guint64 max_pixels; /* width · height: GUISE_DECODER_MAX_PIXELS, which is also the most */
  guint32 max_side;   /* GUISE_IMAGE_MAX_SIDE, which is also the most */
  guint32 fit_side;   /* shrink until the longer side is at most this; 0: full size. Fast and not
                       * what Pillow gives: for thumbnails, never for what a network reads */
} GuiseDecodeOptions;

/* What a process has given up before it reads anything; each is tried or measured, not assumed. */
typedef enum {
  GUISE_DECODER_LIMITED = 1 << 0,      /* memory, time, size of files, number of open files, core */
  GUISE_DECODER_UNPRIVILEGED = 1 << 1, /* no program that it starts could have more rights */
  GUISE_DECODER_FILTERED = 1 << 2,     /* system calls (seccomp): it cannot open a file any more */
  GUISE_DECODER_ENCLOSED = 1 << 3,     /* bubblewrap: no network, none of the user's files */
} GuiseDecoderPosture;

typedef struct {
  char *program;
  guint posture;          /* bits of GuiseDecoderPosture */
  char *why_not_filtered; /* NULL where it is */
  char *why_not_enclosed;
  char *formats; /* "JPEG PNG …" */
} GuiseDecoderReport;

void guise_decoder_report_free (GuiseDecoderReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseDecoderReport, guise_decoder_report_free)

/* A pool of n_processes; 0: one a core. */
GuiseDecoder *guise_decoder_new (guint n_processes);

/* How long one attempt at one image may take; GUISE_DECODER_TIMEOUT_MS unless set. Before the first
 * request. */
void guise_decoder_set_timeout (GuiseDecoder *self, guint milliseconds);
guint guise_decoder_get_n_processes (GuiseDecoder *self);
/* Leaves out what is not among the bits of posture, of FILTERED and ENCLOSED: for measuring what
 * they cost. Before the first request. */
void guise_decoder_set_posture (GuiseDecoder *self, guint posture);

/* How the processes of this pool are confined, found out by starting one unless one runs. NULL with
 * GUISE_IMAGE_ERROR_DECODER if none can be started. Blocks. */
GuiseDecoderReport *guise_decoder_report (GuiseDecoder *self, GError **error);

/* Decodes the file path beneath root (NULL: any file, one that the user named). Blocks. options may
 * be NULL. A process that dies, hangs or answers nonsense is replaced and the image tried once
 * more. NULL with G_IO_ERROR or GUISE_IMAGE_ERROR; the message names path. */
GuiseImage *guise_decoder_decode (GuiseDecoder *self, GuiseRoot *root, const char *path,
                                  const GuiseDecodeOptions *options, GCancellable *cancellable,
                                  GError **error);

/* The same for a file that is open already (borrowed, read from its start whatever its offset);
 * name is for messages. */
GuiseImage *guise_decoder_decode_fd (GuiseDecoder *self, int fd, const char *name,
                                     const GuiseDecodeOptions *options, GCancellable *cancellable,
                                     GError **error);

/* The same as guise_decoder_decode() in a worker thread; callback runs in the caller's main
 * context. */
void guise_decoder_decode_async (GuiseDecoder *self, GuiseRoot *root, const char *path,
                                 const GuiseDecodeOptions *options, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
GuiseImage *guise_decoder_decode_finish (GuiseDecoder *self, GAsyncResult *result, GError **error);

G_END_DECLS
