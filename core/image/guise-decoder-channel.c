#include "guise-decoder-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CANCEL_GRACE_MS                                                     \
  50 /* most images are done by then, and a new process costs about as much \
      */

gboolean
guise_decoder_channel_start (GuiseDecoderChannel *channel, GuiseDecoderLauncher *launcher,
                             GuiseDecoderHello *hello, GError **error)
{
  pid_t pid = 0;
  int socket = -1;

  if (!guise_decoder_launch (launcher, &pid, &socket, hello, error))
    return FALSE;
  channel->pid = pid;
  channel->socket = socket;
  return TRUE;
}

void
guise_decoder_channel_stop (GuiseDecoderChannel *channel)
{
  if (channel->pid == 0)
    return;
  close (channel->socket);
  guise_decoder_bury (channel->pid);
  channel->pid = 0;
  channel->socket = -1;
}

static gboolean
fail (GError **error, const char *why)
{
  g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DECODER, "the image decoder %s", why);
  return FALSE;
}

static gboolean
send_request (GuiseDecoderChannel *channel, int fd, const GuiseDecodeOptions *options,
              GError **error)
{
  GuiseDecoderRequest request = {
    .version = GUISE_DECODER_VERSION,
    .serial = ++channel->serial,
    .max_bytes = options->max_bytes,
    .max_pixels = options->max_pixels,
    .max_side = options->max_side,
    .fit_side = options->fit_side,
  };
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec data = { &request, sizeof request };
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  ssize_t n;

  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
  do
    n = sendmsg (channel->socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)sizeof request || fail (error, "died");
}

/* Until there is something to read on the socket: a reply even if cancelled, when it comes soon. */
static gboolean
wait_for_reply (GuiseDecoderChannel *channel, guint timeout_ms, GCancellable *cancellable,
                GError **error)
{
  gint64 end = g_get_monotonic_time () + (gint64)timeout_ms * 1000;
  GPollFD polled[2] = { { .fd = channel->socket, .events = G_IO_IN } };
  gboolean watch = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &polled[1]);
  int result = 0;

  do {
    gint64 left = end - g_get_monotonic_time ();

    result = left > 0 ? g_poll (polled, watch ? 2 : 1, (int)((left + 999) / 1000)) : 0;
  } while (result < 0 && errno == EINTR);
  if (watch)
    g_cancellable_release_fd (cancellable);
  if (g_cancellable_is_cancelled (cancellable) && g_poll (polled, 1, CANCEL_GRACE_MS) <= 0) {
    g_cancellable_set_error_if_cancelled (cancellable, error);
    return FALSE;
  }
  if (result == 0) {
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TIMEOUT,
                 "decoding took more than %g s", timeout_ms / 1000.0);
    return FALSE;
  }
  return result > 0 || fail (error, "cannot be waited for");
}

/* *memfd becomes the descriptor that came along, or -1. */
static gboolean
receive_reply (GuiseDecoderChannel *channel, GuiseDecoderReply *reply, int *memfd, GError **error)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec data = { reply, sizeof *reply };
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  struct cmsghdr *header;
  ssize_t n;

  do
    n = recvmsg (channel->socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  header = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (header != NULL && header->cmsg_type == SCM_RIGHTS
      && header->cmsg_len == CMSG_LEN (sizeof (int)))
    memcpy (memfd, CMSG_DATA (header), sizeof *memfd);
  if (n <= 0)
    return fail (error, "died");
  if (n != (ssize_t)sizeof *reply || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0
      || reply->version != GUISE_DECODER_VERSION || reply->serial != channel->serial)
    return fail (error, "sent a wrong reply");
  reply->text[sizeof reply->text - 1] = '\0';
  return TRUE;
}

/* Whether a process that works may answer so. */
static gboolean
is_answer (guint32 status)
{
  switch ((GuiseImageError)(status - 1)) {
  case GUISE_IMAGE_ERROR_EMPTY:
  case GUISE_IMAGE_ERROR_FORMAT:
  case GUISE_IMAGE_ERROR_TOO_LARGE:
  case GUISE_IMAGE_ERROR_DAMAGED:
  case GUISE_IMAGE_ERROR_READ:
  case GUISE_IMAGE_ERROR_NO_ROOM:
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
check_geometry (const GuiseDecoderReply *reply, int memfd, const GuiseDecodeOptions *options)
{
  guint32 max_side = options->fit_side != 0 ? options->fit_side : options->max_side;
  guint64 n_pixels = (guint64)reply->width * reply->height;
  struct stat status;
  int seals;

  if (reply->width == 0 || reply->height == 0 || MAX (reply->width, reply->height) > max_side
      || n_pixels > options->max_pixels || reply->stride != 3 * reply->width)
    return FALSE;
  if (reply->file_width < reply->width || reply->file_height < reply->height
      || MAX (reply->file_width, reply->file_height) > options->max_side)
    return FALSE;
  if (memfd < 0 || fstat (memfd, &status) < 0 || (guint64)status.st_size != 3 * n_pixels)
    return FALSE;
  seals = fcntl (memfd, F_GET_SEALS);
  return seals >= 0 && (seals & GUISE_DECODER_SEALS) == GUISE_DECODER_SEALS;
}

/* Copies the pixels: thousands of cached images must not be as many mappings. */
static GuiseImage *
read_pixels (const GuiseDecoderReply *reply, int memfd, GError **error)
{
  size_t size = 3 * (size_t)reply->width * reply->height, done = 0;
  guint8 *pixels = g_try_malloc (size);
  GuiseImage *image;

  if (pixels == NULL) {
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NO_ROOM,
                 "not enough memory for %u × %u pixels", reply->width, reply->height);
    return NULL;
  }
  while (done < size) {
    ssize_t n = pread (memfd, pixels + done, size - done, (off_t)done);

    if (n <= 0 && !(n < 0 && errno == EINTR)) {
      g_free (pixels);
      fail (error, "sent pixels that cannot be read");
      return NULL;
    }
    done += n > 0 ? (size_t)n : 0;
  }
  image = guise_image_new_take (pixels, reply->width, reply->height);
  guise_image_set_file_size (image, reply->file_width, reply->file_height);
  return image;
}

GuiseImage *
guise_decoder_channel_decode (GuiseDecoderChannel *channel, int fd,
                              const GuiseDecodeOptions *options, guint timeout_ms,
                              GCancellable *cancellable, gboolean *is_broken, GError **error)
{
  GuiseDecoderReply reply = { 0 };
  GuiseImage *image = NULL;
  int memfd = -1;

  *is_broken = TRUE;
  if (!send_request (channel, fd, options, error)
      || !wait_for_reply (channel, timeout_ms, cancellable, error))
    return NULL;
  if (receive_reply (channel, &reply, &memfd, error)) {
    if (reply.status != 0 && is_answer (reply.status)) {
      g_autofree char *text = g_utf8_make_valid (reply.text, -1);

      *is_broken = FALSE;
      g_set_error_literal (error, GUISE_IMAGE_ERROR, (int)(reply.status - 1), text);
    } else if (reply.status != 0 || !check_geometry (&reply, memfd, options)) {
      fail (error, "sent a wrong reply");
    } else {
      *is_broken = FALSE;
      if (!g_cancellable_set_error_if_cancelled (cancellable, error))
        image = read_pixels (&reply, memfd, error);
    }
  }
  if (memfd >= 0)
    close (memfd);
  return image;
}
