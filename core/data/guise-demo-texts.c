/* Which facts a text states: omissions by chance, what the picture hides left out, one planted
 * mistake. */
#include "guise-demo-grammar.h"

#include <string.h>

/* How often a free caption states a fact that can be seen, in percent. A colour, a pattern or a
 * side stands for itself only where its garment or bag is stated. */
static const guint8 caption_percent[GUISE_DEMO_N_ATTRIBUTES] = {
  [GUISE_DEMO_GENDER] = 85,
  [GUISE_DEMO_AGE] = 50,
  [GUISE_DEMO_BUILD] = 40,
  [GUISE_DEMO_STATURE] = 40,
  [GUISE_DEMO_POSTURE] = 16,
  [GUISE_DEMO_HAIR_COLOUR] = 55,
  [GUISE_DEMO_HAIR_STYLE] = 50,
  [GUISE_DEMO_GLASSES] = 50,
  [GUISE_DEMO_BEARD] = 50,
  [GUISE_DEMO_CANE] = 60,
  [GUISE_DEMO_UPPER_TYPE] = 98,
  [GUISE_DEMO_UPPER_COLOUR] = 98,
  [GUISE_DEMO_UPPER_PATTERN] = 92,
  [GUISE_DEMO_LOWER_TYPE] = 96,
  [GUISE_DEMO_LOWER_COLOUR] = 96,
  [GUISE_DEMO_SHOES_TYPE] = 72,
  [GUISE_DEMO_SHOES_COLOUR] = 95,
  [GUISE_DEMO_BAG_TYPE] = 90,
  [GUISE_DEMO_BAG_COLOUR] = 94,
  [GUISE_DEMO_HAT_TYPE] = 88,
  [GUISE_DEMO_HAT_COLOUR] = 94,
  [GUISE_DEMO_BAG_SIDE] = 18,
  [GUISE_DEMO_FACING] = 7,
  [GUISE_DEMO_POSE] = 12,
  [GUISE_DEMO_PLACE] = 6,
};

/* What a text that has grown too long gives up first. */
static const guint8 first_dropped[] = {
  GUISE_DEMO_PLACE,
  GUISE_DEMO_FACING,
  GUISE_DEMO_POSE,
  GUISE_DEMO_BAG_SIDE,
  GUISE_DEMO_POSTURE,
  GUISE_DEMO_BUILD,
  GUISE_DEMO_STATURE,
  GUISE_DEMO_CANE,
  GUISE_DEMO_BEARD,
  GUISE_DEMO_GLASSES,
  GUISE_DEMO_SHOES_TYPE,
  GUISE_DEMO_AGE,
  GUISE_DEMO_HAIR_COLOUR,
  GUISE_DEMO_HAIR_STYLE,
  GUISE_DEMO_HAT_TYPE,
};

static void
drop (GuiseDemoSpeech *speech, GuiseDemoAttribute attribute)
{
  speech->say[attribute] = -1;
  switch (attribute) {
  case GUISE_DEMO_UPPER_TYPE:
    speech->say[GUISE_DEMO_UPPER_COLOUR] = speech->say[GUISE_DEMO_UPPER_PATTERN] = -1;
    break;
  case GUISE_DEMO_LOWER_TYPE:
    speech->say[GUISE_DEMO_LOWER_COLOUR] = -1;
    break;
  case GUISE_DEMO_SHOES_TYPE:
    speech->say[GUISE_DEMO_SHOES_COLOUR] = -1;
    break;
  case GUISE_DEMO_BAG_TYPE:
    speech->say[GUISE_DEMO_BAG_COLOUR] = speech->say[GUISE_DEMO_BAG_SIDE] = -1;
    break;
  case GUISE_DEMO_HAT_TYPE:
    speech->say[GUISE_DEMO_HAT_COLOUR] = -1;
    break;
  default:
    break;
  }
}

/* What is not there is said now and then: "no hat", "no bag", "no glasses", and of men "no beard".
 */
static guint
percent_of_absent (const GuiseDemoImage *image, GuiseDemoTextKind kind,
                   GuiseDemoAttribute attribute)
{
  switch (attribute) {
  case GUISE_DEMO_HAT_TYPE:
    return 12;
  case GUISE_DEMO_BAG_TYPE:
    return 20;
  case GUISE_DEMO_GLASSES:
    return kind == GUISE_DEMO_TEXT_IDENTITY ? 30 : 1;
  case GUISE_DEMO_BEARD:
    if (image->value[GUISE_DEMO_GENDER] == GUISE_DEMO_WOMAN)
      return 0;
    return kind == GUISE_DEMO_TEXT_IDENTITY ? 40 : 2;
  default:
    return 0;
  }
}

static gboolean
can_be_absent (GuiseDemoAttribute attribute)
{
  return attribute == GUISE_DEMO_GLASSES || attribute == GUISE_DEMO_BEARD
         || attribute == GUISE_DEMO_CANE || attribute == GUISE_DEMO_BAG_TYPE
         || attribute == GUISE_DEMO_HAT_TYPE;
}

static guint
percent_in_identity (const GuiseDemoImage *image, GuiseDemoAttribute attribute)
{
  if (attribute >= GUISE_DEMO_FIRST_CLOTHING)
    return 0;
  if (can_be_absent (attribute) && image->value[attribute] == 0)
    return percent_of_absent (image, GUISE_DEMO_TEXT_IDENTITY, attribute);
  if (attribute == GUISE_DEMO_POSTURE && image->value[attribute] == GUISE_DEMO_UPRIGHT)
    return 25;
  return 90;
}

static guint
percent_in_clothing (const GuiseDemoImage *image, GuiseDemoAttribute attribute)
{
  if (attribute == GUISE_DEMO_BAG_SIDE)
    return 25;
  if (attribute < GUISE_DEMO_FIRST_CLOTHING || attribute >= GUISE_DEMO_FIRST_PICTURE)
    return 0;
  if (can_be_absent (attribute) && image->value[attribute] == 0)
    return percent_of_absent (image, GUISE_DEMO_TEXT_CLOTHING, attribute);
  switch (attribute) {
  case GUISE_DEMO_UPPER_TYPE:
    return 100;
  case GUISE_DEMO_UPPER_PATTERN:
    return image->value[attribute] == GUISE_DEMO_PLAIN ? 8 : 97;
  default:
    return 97;
  }
}

/* What is nothing out of the ordinary is seldom worth a word. */
static gboolean
is_ordinary (const GuiseDemoImage *image, GuiseDemoAttribute attribute)
{
  guint8 value = image->value[attribute];

  return (attribute == GUISE_DEMO_BUILD && value == GUISE_DEMO_MEDIUM)
         || (attribute == GUISE_DEMO_STATURE && value == GUISE_DEMO_AVERAGE)
         || (attribute == GUISE_DEMO_POSTURE && value == GUISE_DEMO_UPRIGHT);
}

/* The short and the cautious leave out more. */
static guint
percent_in_caption (const GuiseDemoImage *image, GuiseDemoStyle style, GuiseDemoAttribute attribute)
{
  gboolean extra = attribute < GUISE_DEMO_FIRST_CLOTHING || attribute >= GUISE_DEMO_FIRST_PICTURE;
  guint percent = caption_percent[attribute];

  if (can_be_absent (attribute) && image->value[attribute] == 0)
    return percent_of_absent (image, GUISE_DEMO_TEXT_CAPTION, attribute);
  if (attribute == GUISE_DEMO_UPPER_PATTERN && image->value[attribute] == GUISE_DEMO_PLAIN)
    return 8;
  if (is_ordinary (image, attribute))
    percent /= 2;
  if (extra && (style == GUISE_DEMO_TERSE || style == GUISE_DEMO_HEDGING))
    percent = percent * 3 / 4;
  return percent;
}

static guint
percent_of (const GuiseDemoImage *image, const GuiseDemoSpeech *speech,
            GuiseDemoAttribute attribute)
{
  switch (speech->kind) {
  case GUISE_DEMO_TEXT_IDENTITY:
    return percent_in_identity (image, attribute);
  case GUISE_DEMO_TEXT_CLOTHING:
    return percent_in_clothing (image, attribute);
  default:
    return percent_in_caption (image, speech->style, attribute);
  }
}

static void
choose_facts (const GuiseDemoImage *image, GuiseDemoSpeech *speech)
{
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++) {
    gboolean said = guise_demo_random_chance (&speech->random, percent_of (image, speech, a));

    speech->say[a] = said && guise_demo_image_shows (image, a) ? image->value[a] : -1;
  }
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (speech->say[a] < 0)
      drop (speech, a);
  if (speech->say[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_BAG_NONE)
    speech->say[GUISE_DEMO_BAG_COLOUR] = speech->say[GUISE_DEMO_BAG_SIDE] = -1;
  if (speech->say[GUISE_DEMO_HAT_TYPE] == GUISE_DEMO_HAT_NONE)
    speech->say[GUISE_DEMO_HAT_COLOUR] = -1;
  if (speech->kind == GUISE_DEMO_TEXT_CAPTION && speech->say[GUISE_DEMO_UPPER_TYPE] < 0
      && speech->say[GUISE_DEMO_LOWER_TYPE] < 0)
    speech->say[GUISE_DEMO_UPPER_TYPE] = image->value[GUISE_DEMO_UPPER_TYPE];
  if (speech->kind == GUISE_DEMO_TEXT_IDENTITY && speech->say[GUISE_DEMO_GENDER] < 0
      && speech->say[GUISE_DEMO_AGE] < 0)
    speech->say[GUISE_DEMO_GENDER] = image->value[GUISE_DEMO_GENDER];
}

static gboolean
fits (const GuiseDemoSpeech *speech)
{
  g_autofree char *text = guise_demo_speech_render (speech);

  return guise_demo_count_tokens (text) <= GUISE_DEMO_MAX_TOKENS;
}

static GuiseDemoSpeech
compose (const GuiseDemoCast *cast, guint i, guint text, GuiseDemoTextKind kind,
         GuiseDemoStyle style)
{
  GuiseDemoSpeech speech = { .kind = kind, .style = style };
  const GuiseDemoImage *image = &g_array_index (cast->images, GuiseDemoImage, i);

  speech.random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_TEXT, i, text);
  choose_facts (image, &speech);
  for (guint d = 0; d < G_N_ELEMENTS (first_dropped) && !fits (&speech); d++)
    drop (&speech, first_dropped[d]);
  g_assert (fits (&speech));
  return speech;
}

/* -- mistakes -- */

static gboolean
can_be_mistaken (const GuiseDemoSpeech *speech, guint attribute)
{
  if (speech->say[attribute] < 0 || attribute >= GUISE_DEMO_FIRST_PICTURE
      || attribute == GUISE_DEMO_GLASSES || attribute == GUISE_DEMO_CANE)
    return FALSE;
  return !can_be_absent (attribute) || speech->say[attribute] != 0;
}

static gboolean
is_plausible (const GuiseDemoSpeech *speech, guint attribute, guint8 value)
{
  switch (attribute) {
  case GUISE_DEMO_UPPER_TYPE:
    return value != GUISE_DEMO_DRESS;
  case GUISE_DEMO_LOWER_TYPE:
    return value != GUISE_DEMO_LOWER_NONE;
  case GUISE_DEMO_HAIR_STYLE:
    return value != GUISE_DEMO_BALD;
  case GUISE_DEMO_BAG_TYPE:
    return value != GUISE_DEMO_RUCKSACK && value != GUISE_DEMO_BAG_NONE;
  default:
    return !can_be_absent (attribute) || value != 0;
  }
}

/* Replaces one stated value by a wrong one. */
static GuiseDemoAttribute
mistake (GuiseDemoSpeech *speech, GuiseDemoRandom *random)
{
  guint8 candidates[GUISE_DEMO_N_ATTRIBUTES];
  guint n = 0, attribute, value;

  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (can_be_mistaken (speech, a))
      candidates[n++] = a;
  g_assert (n > 0);
  attribute = candidates[guise_demo_random_below (random, n)];
  do
    value = guise_demo_random_below (random, guise_demo_attributes[attribute].n_values);
  while (value == (guint)speech->say[attribute] || !is_plausible (speech, attribute, value));
  speech->say[attribute] = value;
  return attribute;
}

static int
compare_draws (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;

  return x[0] < y[0] ? -1 : x[0] > y[0] ? 1
                                        : (x[1] > y[1]) - (x[1] < y[1]);
}

/* marks[i]: 0, or 1 + the number of the text of picture i that gets a mistake. */
static guint8 *
choose_mistaken (const GuiseDemoCast *cast)
{
  guint n = cast->images->len, n_mistakes = (n + 10) / 20;
  guint8 *marks = g_new0 (guint8, n);
  g_autofree guint64 *draws = g_new (guint64, 2 * (gsize)n);

  for (guint i = 0; i < n; i++) {
    GuiseDemoRandom random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_PLANT, i, 0);

    draws[2 * i] = guise_demo_random_bits (&random);
    draws[2 * i + 1] = i;
  }
  qsort (draws, n, 2 * sizeof draws[0], compare_draws);
  for (guint m = 0; m < n_mistakes; m++)
    marks[draws[2 * m + 1]] = 1 + m % 4;
  return marks;
}

static char *
put_into_words (GuiseDemoCast *cast, guint i, guint text, GuiseDemoSpeech *speech, guint mark)
{
  if (mark == text + 1) {
    GuiseDemoRandom random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_PLANT, i, 1);
    GuiseDemoMistake wrong = { .image = i, .kind = speech->kind };

    wrong.index = speech->kind == GUISE_DEMO_TEXT_CAPTION ? text : 0;
    wrong.attribute = mistake (speech, &random);
    wrong.stated = speech->say[wrong.attribute];
    g_array_append_val (cast->mistakes, wrong);
  }
  return guise_demo_speech_render (speech);
}

void
guise_demo_write_texts (GuiseDemoCast *cast)
{
  g_autofree guint8 *marks = choose_mistaken (cast);

  for (guint i = 0; i < cast->images->len; i++) {
    GuiseDemoImage *image = guise_demo_cast_image (cast, i);
    GuiseDemoRandom random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_TEXT, i, 4);
    GuiseDemoSpeech speech;

    image->styles[0] = guise_demo_random_below (&random, GUISE_DEMO_N_STYLES);
    image->styles[1]
        = (image->styles[0] + 1 + guise_demo_random_below (&random, GUISE_DEMO_N_STYLES - 1))
          % GUISE_DEMO_N_STYLES;
    for (guint c = 0; c < 2; c++) {
      speech = compose (cast, i, c, GUISE_DEMO_TEXT_CAPTION, image->styles[c]);
      image->captions[c] = put_into_words (cast, i, c, &speech, marks[i]);
    }
    speech = compose (cast, i, 2, GUISE_DEMO_TEXT_IDENTITY, guise_demo_random_below (&random, 3));
    image->identity = put_into_words (cast, i, 2, &speech, marks[i]);
    speech = compose (cast, i, 3, GUISE_DEMO_TEXT_CLOTHING, guise_demo_random_below (&random, 3));
    image->clothing = put_into_words (cast, i, 3, &speech, marks[i]);
  }
}
