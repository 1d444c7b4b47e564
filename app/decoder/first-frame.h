/* What a loader is given of a file: all of it, but of an animated WebP a still one that holds the
 * first frame. gdk-pixbuf's loader would decode every frame of an animation, however many there
 * are, and keep them all.
 * Container: https://developers.google.com/speed/webp/docs/riff_container */
#pragma once

#include <glib.h>
#include <sys/types.h>

#define FIRST_FRAME_HEAD 30 /* bytes: "RIFF", length, "WEBP" and the chunk VP8X */

/* Bytes that are read instead of the file: head, then size bytes of the file from start on. */
typedef struct {
  int fd; /* borrowed */
  guint8 head[FIRST_FRAME_HEAD];
  gsize n_head; /* 0: the file as it is */
  guint64 start, size;
  int canvas_width, canvas_height; /* 0: the picture is its own canvas */
  int x, y;                        /* where the frame lies on it */
} FirstFrame;

/* Finds out about a WebP. FALSE with errno, which is 0 where the file is cut short or damaged
 * before its first frame's pixels begin. */
gboolean first_frame_find (FirstFrame *frame, int fd);
/* The file as it is. */
void first_frame_init_whole (FirstFrame *frame, int fd);
/* As pread(), tried again when interrupted. */
ssize_t first_frame_read (const FirstFrame *frame, guint8 *buffer, gsize n, guint64 offset);
