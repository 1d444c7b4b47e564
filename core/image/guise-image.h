/* An RGB8 picture in memory: rows from top to bottom, 3 bytes a pixel, tightly packed (stride =
 * 3·width). Immutable; references may be taken and dropped from any thread. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define GUISE_TYPE_IMAGE (guise_image_get_type ())
#define GUISE_IMAGE_MAX_SIDE 32768

typedef struct _GuiseImage GuiseImage;

/* Everything that opening and decoding an image reports; a file that cannot be opened at all is
 * reported in G_IO_ERROR (not found, permission denied), and so is cancellation. */
#define GUISE_IMAGE_ERROR (guise_image_error_quark ())
typedef enum {
  GUISE_IMAGE_ERROR_OUTSIDE,    /* the path leaves the data set's folder */
  GUISE_IMAGE_ERROR_NOT_A_FILE, /* folder, FIFO, socket, device */
  GUISE_IMAGE_ERROR_EMPTY,      /* zero bytes */
  GUISE_IMAGE_ERROR_FORMAT,     /* not one of the formats that are read */
  GUISE_IMAGE_ERROR_TOO_LARGE,  /* more bytes, pixels or a longer side than the limits allow */
  GUISE_IMAGE_ERROR_DAMAGED,    /* cut short or corrupt */
  GUISE_IMAGE_ERROR_TIMEOUT,    /* took longer than the decoder's limit, twice */
  GUISE_IMAGE_ERROR_DECODER,    /* the decoder died or answered nonsense, twice, or is missing */
  GUISE_IMAGE_ERROR_READ,       /* the file's bytes cannot be had: a failing disk, a lost network */
  GUISE_IMAGE_ERROR_NO_ROOM,    /* no memory or descriptor was left for its pixels */
} GuiseImageError;

GType guise_image_get_type (void) G_GNUC_CONST;
GQuark guise_image_error_quark (void);
/* Whether error, of opening or decoding, judges the file as it is: another try ends the same until
 * the file changes. That there is no file is such a verdict; no permission, a failing disk, too
 * little memory or a decoder that died are not. */
gboolean guise_image_error_is_verdict (const GError *error);

/* An image of width × height (1 … GUISE_IMAGE_MAX_SIDE each) over pixels, which must hold exactly
 * 3·width·height bytes. Takes a reference of pixels. */
GuiseImage *guise_image_new (GBytes *pixels, size_t width, size_t height);
/* The same; takes ownership of pixels, which g_malloc() made. */
GuiseImage *guise_image_new_take (guint8 *pixels, size_t width, size_t height);

GuiseImage *guise_image_ref (GuiseImage *image);
void guise_image_unref (GuiseImage *image);

/* Of a picture that was shrunk as it was decoded, the size that it has in its file; before anybody
 * else has the image. */
void guise_image_set_file_size (GuiseImage *image, size_t width, size_t height);

size_t guise_image_get_width (GuiseImage *image);
size_t guise_image_get_height (GuiseImage *image);
/* In the file, upright; the same unless it was shrunk. */
size_t guise_image_get_file_width (GuiseImage *image);
size_t guise_image_get_file_height (GuiseImage *image);
/* Borrowed: [height, width, 3]. */
const guint8 *guise_image_get_pixels (GuiseImage *image);
/* Borrowed: the same memory, for whoever can share it (GdkMemoryTexture with stride 3·width). */
GBytes *guise_image_get_bytes (GuiseImage *image);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseImage, guise_image_unref)

G_END_DECLS
