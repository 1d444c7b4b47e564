/* guise-decoder FD [unfiltered]: decodes one image after the other for the pool in core/image (its
 * protocol: guise-decoder-protocol.h), confined, until the socket FD is closed at the other end.
 * "unfiltered" leaves out the filter of system calls, for measuring what it costs. */
#include "confine.h"
#include "decode-image.h"
#include "file-format.h"
#include "guise-image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* FALSE at the end or for anything that is no request: the pool starts another process. */
static gboolean
receive_request (int socket, GuiseDecoderRequest *request, int *file)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec data = { request, sizeof *request };
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  struct cmsghdr *header;
  ssize_t n;

  do
    n = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t)sizeof *request || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0
      || request->version != GUISE_DECODER_VERSION)
    return FALSE;
  header = CMSG_FIRSTHDR (&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS
      || header->cmsg_len != CMSG_LEN (sizeof (int)))
    return FALSE;
  memcpy (file, CMSG_DATA (header), sizeof *file);
  return TRUE;
}

/* One packet, with memfd unless that is -1. */
static gboolean
send_packet (int socket, const void *bytes, size_t size, int memfd)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec data = { (void *)bytes, size };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
  ssize_t n;

  if (memfd >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN (sizeof memfd);
    memcpy (CMSG_DATA (&control.header), &memfd, sizeof memfd);
  }
  do
    n = sendmsg (socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)size;
}

static gboolean
answer (int socket, const GuiseDecoderRequest *request, int file)
{
  GuiseDecoderReply reply = { .version = GUISE_DECODER_VERSION, .serial = request->serial };
  g_autoptr (GError) error = NULL;
  gboolean is_sent;
  int memfd = -1;

  confine_grant_cpu_time ();
  if (!decode_image (file, DECODE_CHUNK, request, &memfd, &reply, &error)) {
    memfd = -1;
    reply.status = 1 + (guint32)error->code;
    g_strlcpy (reply.text, error->message, sizeof reply.text);
  }
  is_sent = send_packet (socket, &reply, sizeof reply, memfd);
  if (memfd >= 0)
    close (memfd);
  return is_sent;
}

/* Everything that can be given up, and what has been. FALSE with errno. */
static gboolean
confine (gboolean is_filtered, GuiseDecoderHello *hello)
{
  const char *why = "the filter was not wanted";
  g_autofree char *formats = NULL;

  hello->posture = confine_limits ();
  if (hello->posture == 0)
    return FALSE;
  formats = file_format_load_all ();
  g_strlcpy (hello->formats, formats, sizeof hello->formats);
#ifndef GUISE_INSTRUMENTED /* whose reports are wanted; else image libraries' chatter */
  dup2 (STDOUT_FILENO, STDERR_FILENO);
#endif
  if (is_filtered && confine_calls (&why))
    hello->posture |= GUISE_DECODER_FILTERED;
  else
    g_strlcpy (hello->text, why, sizeof hello->text);
  return TRUE;
}

int
main (int argc, char **argv)
{
  int socket = argc >= 2 ? (int)strtol (argv[1], NULL, 10) : -1, file = -1, type = 0;
  gboolean is_filtered = argc < 3 || strcmp (argv[2], "unfiltered") != 0;
  GuiseDecoderHello hello = { .version = GUISE_DECODER_VERSION, .pid = getpid () };
  GuiseDecoderRequest request;

  if (socket < 3 || getsockopt (socket, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){ sizeof type }) < 0
      || type != SOCK_SEQPACKET) {
    fputs ("guise-decoder: started by guise and guisectl, not by hand\n", stderr);
    return EXIT_FAILURE;
  }
  if (!confine (is_filtered, &hello)) {
    fprintf (stderr, "guise-decoder: cannot limit itself: %s\n", g_strerror (errno));
    return EXIT_FAILURE;
  }
  if (!send_packet (socket, &hello, sizeof hello, -1))
    return EXIT_FAILURE;
  while (receive_request (socket, &request, &file)) {
    gboolean is_sent = answer (socket, &request, file);

    close (file);
    if (!is_sent)
      break;
  }
  return EXIT_SUCCESS;
}
