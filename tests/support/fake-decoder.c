/* A guise-decoder that misbehaves as the name says under which it is started, for the tests of the
 * pool:
 *   mute     ends without a word             hello    says nonsense of itself
 *   die      exits on the first request          silent   never answers
 *   short    answers with too few bytes          serial   answers another request
 *   no-fd    success without pixels              size     fewer pixels than it says
 *   stride   rows that are not tightly packed    unsealed pixels that could still change
 *   huge     more pixels than were allowed       status   fails for no known reason
 *   smaller  a picture larger than its file's    larger   one of a file that is too large
 *   no-room  has no memory left                good     a proper 2 × 1 picture */
#include "guise-decoder-protocol.h"
#include "guise-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET 3

static int
make_pixels (gboolean is_sealed, size_t size)
{
  const guint8 pixels[6] = { 1, 2, 3, 4, 5, 6 };
  int memfd = memfd_create ("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (write (memfd, pixels, size) != (ssize_t)size)
    exit (2);
  if (is_sealed)
    fcntl (memfd, F_ADD_SEALS, GUISE_DECODER_SEALS);
  return memfd;
}

static void
answer (const char *mode, GuiseDecoderReply *reply)
{
  size_t size = sizeof *reply;
  int memfd;
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec data = { reply, size };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control };

  memfd = make_pixels (strcmp (mode, "unsealed") != 0, strcmp (mode, "size") == 0 ? 5 : 6);
  if (strcmp (mode, "serial") == 0)
    reply->serial++;
  if (strcmp (mode, "stride") == 0)
    reply->stride = 8;
  if (strcmp (mode, "huge") == 0)
    reply->width = reply->height = 1u << 31;
  if (strcmp (mode, "smaller") == 0)
    reply->file_width = 1;
  if (strcmp (mode, "larger") == 0)
    reply->file_height = GUISE_IMAGE_MAX_SIDE + 1;
  if (strcmp (mode, "status") == 0)
    reply->status = 4711;
  if (strcmp (mode, "no-room") == 0)
    reply->status = 1 + GUISE_IMAGE_ERROR_NO_ROOM;
  if (strcmp (mode, "short") == 0)
    data.iov_len = 10;
  if (strcmp (mode, "no-fd") != 0) {
    message.msg_controllen = sizeof control;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN (sizeof memfd);
    memcpy (CMSG_DATA (&control.header), &memfd, sizeof memfd);
  }
  sendmsg (SOCKET, &message, MSG_NOSIGNAL);
  close (memfd);
}

int
main (void)
{
  const char *mode = program_invocation_short_name;
  GuiseDecoderHello hello = { .version = GUISE_DECODER_VERSION, .pid = (guint32)getpid () };
  GuiseDecoderRequest request;

  if (strcmp (mode, "mute") == 0)
    return 1;
  if (strcmp (mode, "hello") == 0)
    hello.version = 4711;
  send (SOCKET, &hello, sizeof hello, MSG_NOSIGNAL);
  while (recv (SOCKET, &request, sizeof request, 0) == sizeof request) {
    GuiseDecoderReply reply = { .version = GUISE_DECODER_VERSION, .serial = request.serial };

    reply.width = reply.file_width = 2;
    reply.height = reply.file_height = 1;
    reply.stride = 6;
    if (strcmp (mode, "die") == 0)
      return 1;
    if (strcmp (mode, "silent") != 0)
      answer (mode, &reply);
  }
  return 0;
}
