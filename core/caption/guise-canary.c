#include "guise-canary.h"
#include "guise-formats-error.h"

#include <string.h>

#define SIDE 336

static const struct {
  const char *name;
  guint8 rgb[3];
} colours[] = {
  { "red", { 220, 20, 20 } },
  { "green", { 20, 150, 40 } },
  { "blue", { 20, 50, 220 } },
  { "yellow", { 250, 220, 20 } },
  { "black", { 10, 10, 10 } },
};

/* Two different colours; neighbouring seeds give different ones. */
static void
choose (guint32 seed, guint *left, guint *right)
{
  const guint n = G_N_ELEMENTS (colours);

  *left = seed % n;
  *right = (*left + 1 + seed / n % (n - 1)) % n;
}

void
guise_canary_get (guint32 seed, GuiseCanary *canary)
{
  guint left, right;

  choose (seed, &left, &right);
  *canary = (GuiseCanary){ colours[left].name, colours[right].name, (seed * 7 + 3) % 10 };
}

static void
fill (guint8 *pixels, guint x, guint y, guint width, guint height, const guint8 rgb[3])
{
  for (guint row = y; row < y + height; row++)
    for (guint column = x; column < x + width; column++)
      memcpy (pixels + 3 * (row * SIDE + column), rgb, 3);
}

/* The seven segments: top, upper left, upper right, middle, lower left, lower right, bottom. */
static void
paint_digit (guint8 *pixels, guint digit, guint grow, const guint8 rgb[3])
{
  static const guint8 lit[10] = { 0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f };
  static const guint places[7][4] = {
    { 118, 58, 100, 24 },
    { 118, 58, 24, 110 },
    { 194, 58, 24, 110 },
    { 118, 156, 100, 24 },
    { 118, 168, 24, 110 },
    { 194, 168, 24, 110 },
    { 118, 254, 100, 24 },
  };

  for (guint i = 0; i < 7; i++)
    if (lit[digit] >> i & 1)
      fill (pixels, places[i][0] - grow, places[i][1] - grow, places[i][2] + 2 * grow,
            places[i][3] + 2 * grow, rgb);
}

GuiseImage *
guise_canary_paint (guint32 seed)
{
  static const guint8 black[3] = { 0, 0, 0 }, white[3] = { 255, 255, 255 };
  guint8 *pixels = g_malloc (3 * SIDE * SIDE);
  guint left, right;
  GuiseCanary canary;

  choose (seed, &left, &right);
  guise_canary_get (seed, &canary);
  fill (pixels, 0, 0, SIDE / 2, SIDE, colours[left].rgb);
  fill (pixels, SIDE / 2, 0, SIDE / 2, SIDE, colours[right].rgb);
  paint_digit (pixels, canary.digit, 6, black);
  paint_digit (pixels, canary.digit, 0, white);
  return guise_image_new_take (pixels, SIDE, SIDE);
}

static json_t *
create_schema (void)
{
  json_t *names = json_array ();

  for (guint i = 0; i < G_N_ELEMENTS (colours); i++)
    json_array_append_new (names, json_string (colours[i].name));
  json_array_append_new (names, json_null ());
  return json_pack ("{s:s, s:b, s:[s,s,s], s:{s:{s:[s,s], s:O}, s:{s:[s,s], s:o}, s:{s:[s,s]}}}",
                    "type", "object", "additionalProperties", FALSE, "required", "left", "right",
                    "digit", "properties", "left", "type", "string", "null", "enum", names, "right",
                    "type", "string", "null", "enum", names, "digit", "type", "integer", "null");
}

GuiseQuestion *
guise_canary_create_question (guint32 seed, GError **error)
{
  g_autoptr (GuiseImage) image = guise_canary_paint (seed);
  g_autoptr (GBytes) jpeg = guise_chat_encode_pixels (image, NULL, error);
  json_auto_t *schema = create_schema ();
  GuiseQuestion *question;

  if (jpeg == NULL)
    return NULL;
  question = guise_question_new (
      "canary", "You describe pictures exactly and say null where you see nothing.",
      "The picture has two halves, each of one colour, and a large white digit in the middle. "
      "Which colour has the left half, which the right half, and which digit is it? If you see no "
      "picture, answer null.",
      jpeg, schema);
  question->max_tokens = 200;
  return question;
}

static const char *
get_name (const json_t *object, const char *key)
{
  const char *name = json_string_value (json_object_get (object, key));

  return name != NULL ? name : "nothing";
}

gboolean
guise_canary_check (guint32 seed, const GuiseAnswer *answer, char **saw)
{
  GuiseCanary canary;
  const char *left = get_name (answer->object, "left"), *right = get_name (answer->object, "right");

  guise_canary_get (seed, &canary);
  if (saw != NULL && answer->state == GUISE_ANSWER_DONE)
    *saw = g_strdup_printf ("%s and %s where there are %s and %s", left, right, canary.left,
                            canary.right);
  else if (saw != NULL)
    *saw = g_strdup (answer->why);
  return answer->state == GUISE_ANSWER_DONE && strcmp (left, canary.left) == 0
         && strcmp (right, canary.right) == 0;
}
