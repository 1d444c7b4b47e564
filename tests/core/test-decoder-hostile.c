/* guise-decoder on files that were made to harm: refused or decoded, within limits, and the next
 * one is decoded as if nothing had been. */
#include "decoder-bytes.h"
#include "decoder-process.h"

#include <string.h>
#include <unistd.h>

/* Formats that the image library knows and that are refused, and what their modules are called. */
static void
test_other_formats (void)
{
  const struct {
    const char *module, *start;
    gsize size;
  } others[] = {
#define FORMAT(module, start) { module, start, sizeof start - 1 }
    FORMAT ("svg", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' "
                   "height='9'><rect width='9' height='9'/></svg>"),
    FORMAT ("xpm", "/* XPM */\nstatic char *a[] = { \"1 1 1 1\", \"a c #000\", \"a\" };\n"),
    FORMAT ("icns", "icns\0\0\0\x10ic07\0\0\0\x08"),
    FORMAT ("ani", "RIFF\x20\0\0\0"
                   "ACONanih\x24\0\0\0\x24\0\0\0\1\0\0\0"),
    FORMAT ("tga", "\0\0\2\0\0\0\0\0\0\0\0\0\1\0\1\0\x18\0\1\2\3"),
    FORMAT ("ico", "\0\0\1\0\1\0\1\1\0\0\1\0\x18\0\x30\0\0\0\x16\0\0\0"),
    FORMAT ("tiff", "II*\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    FORMAT ("pnm", "P6 1 1 255\nabc"),
    FORMAT ("xbm", "#define a_width 1\n#define a_height 1\nstatic char a_bits[] = { 1 };\n"),
    FORMAT ("qtif", "\0\0\0\x10idsc\0\0\0\0\0\0\0\0"),
#undef FORMAT
  };
  g_autofree char *maps = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    decoder_bytes_refuse (others[i].start, others[i].size, GUISE_IMAGE_ERROR_FORMAT);
  maps = decoder_process_read (decoder_process_get_only (), "maps");
  g_assert_nonnull (maps);
  g_assert_nonnull (strstr (maps, "libgdk_pixbuf"));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree char *module = g_strdup_printf ("pixbufloader-%s.", others[i].module);

    g_assert_null (strstr (maps, module));
  }
  g_assert_null (strstr (maps, "librsvg"));
}

/* Some rounds; -m slow takes a thousand of each file. */
static void
test_flipped_bytes (void)
{
  const char *names[]
      = { "photo.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg",
          "orientation-6.jpg", "plain.png", "alpha.png", "palette.png", "interlaced.png",
          "rgba16.png", "gamma.png", "plain.bmp", "plain.webp", "moving.gif",
          "moving.webp" };
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint n = g_test_slow () ? 1000 : 30;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gsize size;
    g_autofree char *bytes = decoder_bytes_read (names[i], &size);

    for (guint j = 0; j < n; j++) {
      g_autofree char *damaged = g_memdup2 (bytes, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (GuiseImage) image = NULL;

      for (guint k = 0; k < 4; k++)
        damaged[g_rand_int_range (random, 8, (gint32)size)] = (char)g_rand_int (random);
      image = decoder_bytes_decode (damaged, size, NULL, &error);
      g_assert_true ((image == NULL) == (error != NULL));
    }
  }
}

/* The checksum of a PNG chunk. */
static guint32
crc32 (const guint8 *bytes, gsize n)
{
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < n; i++) {
    crc ^= bytes[i];
    for (guint bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
  }
  return ~crc;
}

static void
put_be32 (char *bytes, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (bytes, &value, 4);
}

/* What the header promises and nothing else. */
static void
promise_png (char *png, guint32 width, guint32 height)
{
  put_be32 (png + 16, width);
  put_be32 (png + 20, height);
  put_be32 (png + 29, crc32 ((const guint8 *)png + 12, 17));
}

static void
promise_jpeg (char *jpeg, gsize size, guint16 width, guint16 height)
{
  char *frame = memmem (jpeg, size, "\xff\xc0", 2);

  g_assert_nonnull (frame);
  frame[5] = (char)(height >> 8);
  frame[6] = (char)height;
  frame[7] = (char)(width >> 8);
  frame[8] = (char)width;
}

static void
test_huge (void)
{
  gsize size;
  g_autofree char *png = decoder_bytes_read ("huge.png", &size);

  decoder_bytes_refuse (png, size, GUISE_IMAGE_ERROR_TOO_LARGE);
}

/* Sizes whose products overflow 31, 32 or 64 bits. */
static void
test_overflow (void)
{
  const guint32 sides[][2] = {
    { G_MAXINT32, G_MAXINT32 },
    { G_MAXINT32, 1 },
    { 1, G_MAXINT32 },
    { 65536, 65536 },
    { 32768, 32768 },
    { 46341, 46341 },
    { 0, 7 },
    { 12, 0 },
    { G_MAXUINT32, 7 },
    { 0x55555556u, 0x30000u },
  };
  gsize png_size, jpeg_size;
  g_autofree char *png = decoder_bytes_read ("plain.png", &png_size);
  g_autofree char *jpeg = decoder_bytes_read ("photo.jpg", &jpeg_size);

  for (guint i = 0; i < G_N_ELEMENTS (sides); i++) {
    g_autoptr (GError) error = NULL;

    promise_png (png, sides[i][0], sides[i][1]);
    g_assert_null (decoder_bytes_decode (png, png_size, NULL, &error));
    g_assert_true (g_error_matches (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE)
                   || g_error_matches (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED));
  }
  promise_jpeg (jpeg, jpeg_size, 65500, 65500);
  decoder_bytes_refuse (jpeg, jpeg_size, GUISE_IMAGE_ERROR_TOO_LARGE);
}

static gsize
palette_size (guint8 flags)
{
  return (flags & 0x80) != 0 ? 3u << ((flags & 7) + 1) : 0;
}

static gsize
skip_blocks (const guint8 *bytes, gsize i)
{
  while (bytes[i] != 0)
    i += 1u + bytes[i];
  return i + 1;
}

/* moving.gif, where the codes of its first frame begin (with their size) and where they end. */
static GByteArray *
read_moving_gif (gsize *codes, gsize *end)
{
  gsize size, i;
  g_autofree char *bytes = decoder_bytes_read ("moving.gif", &size);
  GByteArray *gif = g_byte_array_new ();

  g_byte_array_append (gif, (const guint8 *)bytes, (guint)size);
  i = 13 + palette_size (gif->data[10]);
  while (gif->data[i] == 0x21)
    i = skip_blocks (gif->data, i + 2);
  g_assert_cmpint (gif->data[i], ==, 0x2c);
  *codes = i + 10 + palette_size (gif->data[i + 9]);
  *end = skip_blocks (gif->data, *codes + 1);
  return gif;
}

/* Whatever follows the first frame is not even looked at: more frames, ten thousand of them, or
 * nonsense, or nothing. */
static void
test_first_frame (void)
{
  gsize codes, end, size;
  g_autoptr (GByteArray) gif = read_moving_gif (&codes, &end);
  g_autofree char *expected = decoder_bytes_read ("moving.gif.rgb", &size);
  g_autoptr (GBytes) frames = g_bytes_new (gif->data + end, gif->len - 1 - end);
  const guint lengths[] = { gif->len, (guint)end };

  for (guint i = 0; i < 10000; i++)
    g_byte_array_append (gif, g_bytes_get_data (frames, NULL), (guint)g_bytes_get_size (frames));
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image = NULL;

    if (i == 1)
      memset (gif->data + end, 0xa5, gif->len - end);
    image = decoder_bytes_decode (gif->data, i < 2 ? gif->len : lengths[i - 2], NULL, &error);
    g_assert_no_error (error);
    decoder_bytes_compare (image, expected, size, 0);
  }
  for (gsize cut = 1; cut + 13 < end; cut += 7)
    decoder_bytes_refuse (gif->data, end - cut, GUISE_IMAGE_ERROR_DAMAGED);
}

/* A frame in the corner of a canvas; what it leaves free is white. */
static void
test_canvas (void)
{
  gsize codes, end, size;
  g_autoptr (GByteArray) gif = read_moving_gif (&codes, &end);
  g_autofree char *expected = decoder_bytes_read ("moving.gif.rgb", &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = NULL;

  memcpy (gif->data + 6, "\x20\0\x10\0", 4);
  image = decoder_bytes_decode (gif->data, gif->len, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_image_get_width (image), ==, 32);
  g_assert_cmpuint (guise_image_get_height (image), ==, 16);
  g_assert_cmpmem (guise_image_get_pixels (image), 3 * 12, expected, 3 * 12);
  for (gsize i = 3 * (15 * 32 + 20); i < 3 * 16 * 32; i++)
    g_assert_cmpint (guise_image_get_pixels (image)[i], ==, 255);

  memcpy (gif->data + 6, "\xff\xff\xff\xff", 4);
  decoder_bytes_refuse (gif->data, gif->len, GUISE_IMAGE_ERROR_TOO_LARGE);
}

static void
append_le (GByteArray *bytes, guint32 value, guint n)
{
  for (guint i = 0; i < n; i++)
    g_byte_array_append (bytes, &(guint8){ (guint8)(value >> 8 * i) }, 1);
}

/* A frame of still, which is a WebP of one chunk and 12 × 7 pixels. */
static void
append_frame (GByteArray *webp, const char *still, gsize size, guint x, guint y)
{
  g_byte_array_append (webp, (const guint8 *)"ANMF", 4);
  append_le (webp, 16 + (guint32)size - 12, 4);
  append_le (webp, x / 2, 3);
  append_le (webp, y / 2, 3);
  append_le (webp, 12 - 1, 3);
  append_le (webp, 7 - 1, 3);
  append_le (webp, 100, 4); /* ms, and no flags */
  g_byte_array_append (webp, (const guint8 *)still + 12, (guint)size - 12);
}

/* The beginning of a moving WebP, up to its first frame. */
static GByteArray *
begin_webp (guint width, guint height)
{
  GByteArray *webp = g_byte_array_new ();

  g_byte_array_append (webp, (const guint8 *)"RIFF....WEBPVP8X\x0a\0\0\0\x02\0\0\0", 24);
  append_le (webp, width - 1, 3);
  append_le (webp, height - 1, 3);
  g_byte_array_append (webp, (const guint8 *)"ANIM\6\0\0\0\xff\xff\xff\xff\0\0", 14);
  return webp;
}

static void
end_webp (GByteArray *webp)
{
  const guint32 length = GUINT32_TO_LE (webp->len - 8);

  memcpy (webp->data + 4, &length, sizeof length);
}

static void
compare_with_still (const GByteArray *webp, const char *still, gsize size, guint32 fit)
{
  const GuiseDecodeOptions options = { .fit_side = fit };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) moving = decoder_bytes_decode (webp->data, webp->len, &options, &error);
  g_autoptr (GuiseImage) expected = decoder_bytes_decode (still, size, &options, NULL);
  GBytes *pixels;

  g_assert_no_error (error);
  pixels = guise_image_get_bytes (expected);
  decoder_bytes_compare (moving, g_bytes_get_data (pixels, NULL), g_bytes_get_size (pixels), 0);
  g_assert_cmpuint (guise_image_get_width (moving), ==, guise_image_get_width (expected));
  g_assert_cmpuint (guise_image_get_file_width (moving), ==, 12);
  g_assert_cmpuint (guise_image_get_file_height (moving), ==, 7);
}

/* As with a GIF: at full size and shrunk the first frame as if it stood alone, whatever follows. */
static void
test_first_webp_frame (void)
{
  gsize size;
  g_autofree char *still = decoder_bytes_read ("plain.webp", &size);
  g_autoptr (GByteArray) webp = begin_webp (12, 7);
  guint end;

  append_frame (webp, still, size, 0, 0);
  end = webp->len;
  for (guint i = 0; i < 10000; i++)
    append_frame (webp, still, size, 0, 0);
  end_webp (webp);
  compare_with_still (webp, still, size, 0);
  compare_with_still (webp, still, size, 5);
  memset (webp->data + end, 0xa5, webp->len - end);
  compare_with_still (webp, still, size, 0);
  g_byte_array_set_size (webp, end);
  compare_with_still (webp, still, size, 0);
  for (guint cut = 1; cut + 30 < end; cut += 7)
    decoder_bytes_refuse (webp->data, end - cut, GUISE_IMAGE_ERROR_DAMAGED);
}

static const guint8 *
get_pixel (GuiseImage *image, guint x, guint y)
{
  return guise_image_get_pixels (image) + 3 * (y * guise_image_get_width (image) + x);
}

static void
test_webp_canvas (void)
{
  gsize size, expected_size;
  g_autofree char *still = decoder_bytes_read ("plain.webp", &size);
  g_autofree char *expected = decoder_bytes_read ("plain.webp.rgb", &expected_size);
  g_autoptr (GByteArray) webp = begin_webp (32, 16);
  const GuiseDecodeOptions small = { .fit_side = 8 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImage) image = NULL, shrunk = NULL;

  append_frame (webp, still, size, 20, 6);
  end_webp (webp);
  image = decoder_bytes_decode (webp->data, webp->len, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_image_get_width (image), ==, 32);
  g_assert_cmpuint (guise_image_get_height (image), ==, 16);
  for (guint y = 0; y < 16; y++)
    for (guint x = 0; x < 32; x++)
      if (x < 20 || y < 6 || y >= 13)
        g_assert_cmpmem (get_pixel (image, x, y), 3, "\xff\xff\xff", 3);
  for (guint y = 0; y < 7; y++)
    g_assert_cmpmem (get_pixel (image, 20, 6 + y), 36, expected + 36 * y, 36);
  shrunk = decoder_bytes_decode (webp->data, webp->len, &small, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (guise_image_get_width (shrunk), ==, 8);
  g_assert_cmpuint (guise_image_get_height (shrunk), ==, 4);
  g_assert_cmpuint (guise_image_get_file_width (shrunk), ==, 32);
  g_assert_cmpuint (guise_image_get_file_height (shrunk), ==, 16);
}

/* Frames that lie outside of the picture, pictures that are too large for a small frame, chunks
 * without end. */
static void
test_webp_lies (void)
{
  gsize size;
  g_autofree char *still = decoder_bytes_read ("plain.webp", &size);
  const struct {
    guint width, height, x, y;
    int code;
  } lies[] = { { 12, 7, 2, 0, GUISE_IMAGE_ERROR_DAMAGED },
               { 4, 4, 0, 0, GUISE_IMAGE_ERROR_DAMAGED },
               { 32, 16, 0x1fffffe, 0x1fffffe, GUISE_IMAGE_ERROR_DAMAGED },
               { 1 << 24, 1 << 24, 0, 0, GUISE_IMAGE_ERROR_TOO_LARGE },
               { 16384, 16384, 2, 2, GUISE_IMAGE_ERROR_TOO_LARGE } };
  g_autoptr (GByteArray) endless = begin_webp (12, 7);

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autoptr (GByteArray) webp = begin_webp (lies[i].width, lies[i].height);

    append_frame (webp, still, size, lies[i].x, lies[i].y);
    end_webp (webp);
    decoder_bytes_refuse (webp->data, webp->len, lies[i].code);
  }
  for (guint i = 0; i < 100000; i++)
    g_byte_array_append (endless, (const guint8 *)"junk\0\0\0\0", 8);
  append_frame (endless, still, size, 0, 0);
  end_webp (endless);
  decoder_bytes_refuse (endless->data, endless->len, GUISE_IMAGE_ERROR_DAMAGED);
}

/* A WebP of 12 × 7 pixels whose first frame, or which itself, has these chunks. */
static GByteArray *
make_webp (gboolean moving, const char *chunks, gsize size)
{
  const guint32 length = GUINT32_TO_LE (16 + (guint32)size);
  GByteArray *webp = begin_webp (12, 7);
  const guint frame = webp->len;

  append_frame (webp, (const char[12]){ 0 }, 12, 0, 0);
  memcpy (webp->data + frame + 4, &length, sizeof length);
  if (!moving) {
    webp->data[20] = 0x10;            /* has alpha and does not move */
    g_byte_array_set_size (webp, 30); /* the rest belongs to what moves */
  }
  g_byte_array_append (webp, (const guint8 *)chunks, (guint)size);
  end_webp (webp);
  return webp;
}

static void
refuse_webp (const char *chunks, gsize size)
{
  for (int moving = 0; moving < 2; moving++) {
    g_autoptr (GByteArray) webp = make_webp (moving, chunks, size);
    const GuiseDecodeOptions options[] = { { .fit_side = 0 }, { .fit_side = 5 } };

    for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
      g_autoptr (GError) error = NULL;

      g_assert_null (decoder_bytes_decode (webp->data, webp->len, &options[i], &error));
      g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED);
    }
  }
}

/* Everything a picture has but its pixels, or too few of them: it would be white, or end so. */
static void
test_webp_without_pixels (void)
{
  static const char alpha[8 + 86] = "ALPH\x55\0\0"; /* 84 values, uncompressed */
  static const char junk[] = "abcdefg";
  gsize size;
  g_autofree char *still = decoder_bytes_read ("plain.webp", &size);
  const char *picture = still + 12;
  const gsize n = size - 12;
  g_autoptr (GByteArray) whole = make_webp (TRUE, picture, n);

  compare_with_still (whole, still, size, 0);
  for (gsize i = 0; i < sizeof junk; i++)
    refuse_webp (junk, i);
  refuse_webp (alpha, sizeof alpha);
  refuse_webp (alpha, 40);
  refuse_webp ("junk\4\0\0\0four", 12);
  for (gsize length = 0; length + 8 < n; length += length < 40 ? 2 : 10) {
    g_autofree char *cut = g_memdup2 (picture, 8 + length);

    cut[4] = (char)length;
    cut[5] = (char)(length >> 8);
    cut[6] = cut[7] = 0;
    refuse_webp (cut, 8 + length);
  }
}

/* Decoded or refused: what must not happen is that it harms whoever asks. */
static void
assert_survives (const GByteArray *bytes)
{
  gsize size;
  g_autofree char *good = decoder_bytes_read ("plain.png", &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) good_error = NULL;
  g_autoptr (GuiseImage) image = decoder_bytes_decode (bytes->data, bytes->len, NULL, &error);
  g_autoptr (GuiseImage) after = decoder_bytes_decode (good, size, NULL, &good_error);

  g_assert_true ((image == NULL) == (error != NULL));
  g_assert_true (error == NULL || error->domain == GUISE_IMAGE_ERROR);
  g_assert_no_error (good_error);
}

/* bytes before the first marker code of photo.jpg, then its rest. */
static GByteArray *
insert_in_jpeg (const char *marker, const guint8 *bytes, gsize n)
{
  gsize size;
  g_autofree char *jpeg = decoder_bytes_read ("photo.jpg", &size);
  const char *at = memmem (jpeg, size, marker, 2);
  GByteArray *result = g_byte_array_new ();

  g_assert_nonnull (at);
  g_byte_array_append (result, (const guint8 *)jpeg, (guint)(at - jpeg));
  g_byte_array_append (result, bytes, (guint)n);
  g_byte_array_append (result, (const guint8 *)at, (guint)(size - (gsize)(at - jpeg)));
  return result;
}

static void
test_components (void)
{
  const guint8 frame[] = { 0xff, 0xc0, 0, 23, 8, 0, 29, 0, 19, 5, 1, 0x22, 0,
                           2, 0x11, 1, 3, 0x11, 1, 4, 0x11, 0, 5, 0x11, 0 };

  for (guint n = 0; n <= 5; n++) {
    g_autoptr (GByteArray) jpeg = insert_in_jpeg ("\xff\xc0", frame, sizeof frame);
    guint8 *first = memmem (jpeg->data, jpeg->len, frame, sizeof frame);

    first[3] = (guint8)(8 + 3 * n);
    first[9] = (guint8)n;
    g_byte_array_remove_range (jpeg, (guint)(first - jpeg->data) + 10 + 3 * n, 15 - 3 * n + 19);
    assert_survives (jpeg);
  }
}

/* A colour profile in pieces that do not fit together, or are very large. */
static void
test_profile_pieces (void)
{
  const guint8 numbers[][4] = {
    { 1, 2, 1, 2 },
    { 2, 2, 1, 2 },
    { 0, 0, 0, 0 },
    { 1, 1, 2, 1 },
    { 255, 255, 1, 255 },
    { 1, 3, 3, 3 },
  };
  const gsize lengths[] = { 0, 1, 100, 65519 };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    for (guint j = 0; j < G_N_ELEMENTS (lengths); j++) {
      g_autoptr (GByteArray) pieces = g_byte_array_new ();
      g_autoptr (GByteArray) jpeg = NULL;

      for (guint piece = 0; piece < 2; piece++) {
        gsize length = 16 + lengths[j];
        guint8 head[18] = { 0xff, 0xe2, (guint8)(length >> 8), (guint8)length };

        memcpy (head + 4, "ICC_PROFILE", 12);
        memcpy (head + 16, numbers[i] + 2 * piece, 2);
        g_byte_array_append (pieces, head, sizeof head);
        g_byte_array_set_size (pieces, pieces->len + (guint)lengths[j]);
        memset (pieces->data + pieces->len - lengths[j], 'p', lengths[j]);
      }
      jpeg = insert_in_jpeg ("\xff\xdb", pieces->data, pieces->len);
      assert_survives (jpeg);
    }
}

/* Codes of impossible lengths, and streams that begin with one that stands for nothing yet. */
static void
test_gif_codes (void)
{
  gsize codes, end;
  g_autoptr (GByteArray) gif = read_moving_gif (&codes, &end);
  const guint8 fills[] = { 0x00, 0xff, 0xa5, 0x7f };

  for (guint size = 0; size < 256; size += size < 16 ? 1 : 60)
    for (guint i = 0; i < G_N_ELEMENTS (fills); i++) {
      g_autoptr (GByteArray) bad = g_byte_array_new ();

      g_byte_array_append (bad, gif->data, gif->len);
      bad->data[codes] = (guint8)size;
      memset (bad->data + codes + 2, fills[i], bad->data[codes + 1]);
      assert_survives (bad);
    }
}

typedef struct {
  int fd;
  gsize size;
  int stop;
} Shrinking;

static gpointer
shrink_and_grow (gpointer data)
{
  Shrinking *shrinking = data;

  while (!g_atomic_int_get (&shrinking->stop)) {
    g_assert_cmpint (ftruncate (shrinking->fd, (off_t)(shrinking->size / 3)), ==, 0);
    g_assert_cmpint (ftruncate (shrinking->fd, (off_t)shrinking->size), ==, 0);
  }
  return NULL;
}

/* Another process cuts the file while it is read: a picture or an error, and the same decoder
 * afterwards, since nothing is mapped that could go. */
static void
test_shrinking (void)
{
  const gsize side = 1000, size = 54 + 3 * side * side;
  g_autofree guint8 *bmp = g_malloc0 (size);
  Shrinking shrinking = { .size = size };
  GPid pid = decoder_process_get_only ();
  GThread *thread;

  memcpy (bmp, "BM", 2);
  memcpy (bmp + 2, &(guint32){ GUINT32_TO_LE ((guint32)size) }, 4);
  bmp[10] = 54;
  bmp[14] = 40;
  memcpy (bmp + 18, &(guint32){ GUINT32_TO_LE ((guint32)side) }, 4);
  memcpy (bmp + 22, &(guint32){ GUINT32_TO_LE ((guint32)side) }, 4);
  bmp[26] = 1;
  bmp[28] = 24;
  shrinking.fd = decoder_bytes_open (bmp, size);
  thread = g_thread_new ("shrink", shrink_and_grow, &shrinking);
  for (guint i = 0; i < 50; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image = guise_decoder_decode_fd (decoder_bytes_pool (), shrinking.fd,
                                                            "shrinking", NULL, NULL, &error);

    if (image == NULL)
      g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DAMAGED);
  }
  g_atomic_int_set (&shrinking.stop, TRUE);
  g_thread_join (thread);
  close (shrinking.fd);
  g_assert_cmpint (decoder_process_get_only (), ==, pid);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  decoder_bytes_start ();
  g_test_add_func ("/decoder/i04-other-formats", test_other_formats);
  g_test_add_func ("/decoder/i05-huge", test_huge);
  g_test_add_func ("/decoder/i06-overflow", test_overflow);
  g_test_add_func ("/decoder/i12-first-frame", test_first_frame);
  g_test_add_func ("/decoder/i12-canvas", test_canvas);
  g_test_add_func ("/decoder/i12-first-webp-frame", test_first_webp_frame);
  g_test_add_func ("/decoder/i12-webp-canvas", test_webp_canvas);
  g_test_add_func ("/decoder/i12-webp-lies", test_webp_lies);
  g_test_add_func ("/decoder/i12-webp-without-pixels", test_webp_without_pixels);
  g_test_add_func ("/decoder/i13-components", test_components);
  g_test_add_func ("/decoder/i13-profile-pieces", test_profile_pieces);
  g_test_add_func ("/decoder/i13-gif-codes", test_gif_codes);
  g_test_add_func ("/decoder/i14-flipped-bytes", test_flipped_bytes);
  g_test_add_func ("/decoder/i17-shrinking", test_shrinking);
  result = g_test_run ();
  decoder_bytes_stop ();
  return result;
}
