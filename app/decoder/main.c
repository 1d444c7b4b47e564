/* guise-decoder FD: decodes one image after the other for the pool in core/image (its protocol:
 * guise-decoder-protocol.h), under limits, until the socket FD is closed at the other end. */
#include "decode-image.h"
#include "guise-image.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_LIMIT ((rlim_t)1 << 30)
#define CPU_SECONDS 20 /* for one image */
#define MAX_PIXELS ((rlim_t)64 << 20)

static gboolean
set_limit (int resource, rlim_t limit)
{
  return setrlimit (resource, &(struct rlimit){ limit, limit }) == 0;
}

/* Everything that can be given up before the first foreign byte. */
static gboolean
confine (void)
{
  signal (SIGINT, SIG_IGN);  /* Ctrl+C is the parent's to answer; it may still want its images */
  signal (SIGXFSZ, SIG_IGN); /* a write fails instead */
  return prctl (PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && set_limit (RLIMIT_CORE, 0) && set_limit (RLIMIT_FSIZE, 3 * MAX_PIXELS)
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they map terabytes */
         && set_limit (RLIMIT_AS, MEMORY_LIMIT)
#endif
         && set_limit (RLIMIT_NOFILE, 64);
}

/* Raises the soft limit to what this image may take; SIGXCPU then ends the process. */
static void
grant_cpu_time (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);
  setrlimit (RLIMIT_CPU, &(struct rlimit){ (rlim_t)used.tv_sec + 1 + CPU_SECONDS, RLIM_INFINITY });
}

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

static gboolean
send_reply (int socket, const GuiseDecoderReply *reply, int memfd)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec data = { (void *)reply, sizeof *reply };
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
  return n == (ssize_t)sizeof *reply;
}

static gboolean
answer (int socket, const GuiseDecoderRequest *request, int file)
{
  GuiseDecoderReply reply = { .version = GUISE_DECODER_VERSION, .serial = request->serial };
  g_autoptr (GError) error = NULL;
  gboolean is_sent;
  int memfd = -1;

  grant_cpu_time ();
  if (decode_image (file, request, &memfd, &reply.width, &reply.height, &error)) {
    reply.stride = 3 * reply.width;
  } else {
    memfd = -1;
    reply.status = 1 + (guint32)error->code;
    g_strlcpy (reply.text, error->message, sizeof reply.text);
  }
  is_sent = send_reply (socket, &reply, memfd);
  if (memfd >= 0)
    close (memfd);
  return is_sent;
}

int
main (int argc, char **argv)
{
  int socket = argc == 2 ? (int)strtol (argv[1], NULL, 10) : -1, file = -1, type = 0;
  GuiseDecoderRequest request;

  if (socket < 3 || getsockopt (socket, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){ sizeof type }) < 0
      || type != SOCK_SEQPACKET) {
    fputs ("guise-decoder: started by guise and guisectl, not by hand\n", stderr);
    return EXIT_FAILURE;
  }
  if (!confine ()) {
    fprintf (stderr, "guise-decoder: cannot limit itself: %s\n", g_strerror (errno));
    return EXIT_FAILURE;
  }
  while (receive_request (socket, &request, &file)) {
    gboolean is_sent = answer (socket, &request, file);

    close (file);
    if (!is_sent)
      break;
  }
  return EXIT_SUCCESS;
}
