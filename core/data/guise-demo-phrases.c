#include "guise-demo-phrases.h"

#include <string.h>

const char *
guise_demo_pick (GuiseDemoWriter *writer, const char *const *choices)
{
  guint n = g_strv_length ((char **)choices);

  return choices[guise_demo_random_below (&writer->random, n)];
}

static const char *
word (GuiseDemoWriter *writer, GuiseDemoAttribute attribute)
{
  gint8 value = writer->speech->say[attribute];

  return guise_demo_pick (writer, guise_demo_attributes[attribute].values[value].words);
}

void
guise_demo_add (GPtrArray *parts, char *phrase)
{
  if (phrase != NULL)
    g_ptr_array_add (parts, phrase);
}

char *
guise_demo_with_article (char *phrase)
{
  char *result;

  if (phrase == NULL)
    return NULL;
  result = g_strconcat (strchr ("aeiou", phrase[0]) != NULL ? "an " : "a ", phrase, NULL);
  g_free (phrase);
  return result;
}

static void
append_word (GString *out, const char *text)
{
  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, text);
}

/* "average" and "medium" need their noun: guise_demo_measure_phrase() says them. */
static gboolean
says_measure (const GuiseDemoWriter *writer, GuiseDemoAttribute attribute, gint8 middle)
{
  return writer->speech->say[attribute] == middle;
}

char *
guise_demo_person_phrase (GuiseDemoWriter *writer)
{
  GString *out = g_string_new (NULL);

  if (guise_demo_says (writer, GUISE_DEMO_STATURE)
      && !says_measure (writer, GUISE_DEMO_STATURE, GUISE_DEMO_AVERAGE))
    append_word (out, word (writer, GUISE_DEMO_STATURE));
  if (guise_demo_says (writer, GUISE_DEMO_BUILD)
      && !says_measure (writer, GUISE_DEMO_BUILD, GUISE_DEMO_MEDIUM))
    append_word (out, word (writer, GUISE_DEMO_BUILD));
  if (guise_demo_says (writer, GUISE_DEMO_AGE))
    append_word (out, word (writer, GUISE_DEMO_AGE));
  append_word (out, guise_demo_says (writer, GUISE_DEMO_GENDER)
                        ? word (writer, GUISE_DEMO_GENDER)
                        : GUISE_DEMO_PICK (writer, "person", "person", "pedestrian", "individual"));
  return g_string_free (out, FALSE);
}

char *
guise_demo_measure_phrase (GuiseDemoWriter *writer)
{
  gboolean height = says_measure (writer, GUISE_DEMO_STATURE, GUISE_DEMO_AVERAGE);
  gboolean build = says_measure (writer, GUISE_DEMO_BUILD, GUISE_DEMO_MEDIUM);

  return g_strconcat (height || build ? " of " : "", height ? "average height" : "",
                      height && build ? " and " : "", build ? "medium build" : "", NULL);
}

char *
guise_demo_hair_phrase (GuiseDemoWriter *writer, gboolean article)
{
  gboolean says_colour = guise_demo_says (writer, GUISE_DEMO_HAIR_COLOUR);
  gint8 style = writer->speech->say[GUISE_DEMO_HAIR_STYLE];
  const char *colour = says_colour ? word (writer, GUISE_DEMO_HAIR_COLOUR) : "";
  const char *gap = says_colour ? " " : "", *style_word;
  char *phrase;

  if (style < 0)
    return says_colour ? g_strconcat (colour, " hair", NULL) : NULL;
  style_word = word (writer, GUISE_DEMO_HAIR_STYLE);
  switch (style) {
  case GUISE_DEMO_BALD:
    phrase = g_strdup ("bald head");
    break;
  case GUISE_DEMO_BOB:
  case GUISE_DEMO_PONYTAIL:
  case GUISE_DEMO_BUN:
    if (article && guise_demo_random_chance (&writer->random, 60))
      return g_strconcat (colour, gap, "hair ", GUISE_DEMO_PICK (writer, "in a ", "tied in a "),
                          style_word, NULL);
    phrase = g_strconcat (colour, gap, style_word, NULL);
    break;
  default:
    return g_strconcat (style_word, " ", colour, gap, "hair", NULL);
  }
  return article ? guise_demo_with_article (phrase) : phrase;
}

static char *
beard_phrase (GuiseDemoWriter *writer, gboolean article)
{
  char *phrase;

  if (!guise_demo_says (writer, GUISE_DEMO_BEARD))
    return NULL;
  if (writer->speech->say[GUISE_DEMO_BEARD] == GUISE_DEMO_BEARD_NONE)
    return g_strdup ("no beard");
  phrase = g_strdup (word (writer, GUISE_DEMO_BEARD));
  return article ? guise_demo_with_article (phrase) : phrase;
}

void
guise_demo_add_traits (GuiseDemoWriter *writer, GPtrArray *parts, gboolean article)
{
  char *phrase;

  guise_demo_add (parts, beard_phrase (writer, article));
  if (guise_demo_says (writer, GUISE_DEMO_GLASSES))
    guise_demo_add (parts, g_strdup (writer->speech->say[GUISE_DEMO_GLASSES]
                                         ? word (writer, GUISE_DEMO_GLASSES)
                                         : "no glasses"));
  if (guise_demo_says (writer, GUISE_DEMO_POSTURE)) {
    phrase = g_strconcat (word (writer, GUISE_DEMO_POSTURE), " posture", NULL);
    guise_demo_add (parts, article ? guise_demo_with_article (phrase) : phrase);
  }
  if (guise_demo_says (writer, GUISE_DEMO_CANE)) {
    phrase = g_strdup (word (writer, GUISE_DEMO_CANE));
    guise_demo_add (parts, article ? guise_demo_with_article (phrase) : phrase);
  }
}

static char *
upper_phrase (GuiseDemoWriter *writer)
{
  GString *out = g_string_new (NULL);
  gint8 pattern = writer->speech->say[GUISE_DEMO_UPPER_PATTERN];
  guint form = guise_demo_random_below (&writer->random, 10); /* before, between, behind */

  if (form < 3 && pattern >= 0)
    append_word (out, word (writer, GUISE_DEMO_UPPER_PATTERN));
  if (guise_demo_says (writer, GUISE_DEMO_UPPER_COLOUR))
    append_word (out, word (writer, GUISE_DEMO_UPPER_COLOUR));
  if (pattern >= 0 && (form > 6 || (form > 2 && pattern == GUISE_DEMO_PLAIN)))
    append_word (out, word (writer, GUISE_DEMO_UPPER_PATTERN));
  append_word (out, word (writer, GUISE_DEMO_UPPER_TYPE));
  if (pattern > GUISE_DEMO_PLAIN && form > 2 && form <= 6)
    append_word (out, pattern == GUISE_DEMO_STRIPED ? "with stripes" : "with checks");
  return g_string_free (out, FALSE);
}

static GuiseDemoAttribute
colour_of (GuiseDemoAttribute type)
{
  switch (type) {
  case GUISE_DEMO_LOWER_TYPE:
    return GUISE_DEMO_LOWER_COLOUR;
  case GUISE_DEMO_SHOES_TYPE:
    return GUISE_DEMO_SHOES_COLOUR;
  case GUISE_DEMO_BAG_TYPE:
    return GUISE_DEMO_BAG_COLOUR;
  case GUISE_DEMO_HAT_TYPE:
    return GUISE_DEMO_HAT_COLOUR;
  default:
    return GUISE_DEMO_UPPER_COLOUR;
  }
}

static gboolean
is_plural (const GuiseDemoWriter *writer, GuiseDemoAttribute type)
{
  return type == GUISE_DEMO_SHOES_TYPE
         || (type == GUISE_DEMO_LOWER_TYPE && writer->speech->say[type] != GUISE_DEMO_SKIRT);
}

static char *
coloured_phrase (GuiseDemoWriter *writer, GuiseDemoAttribute type)
{
  GuiseDemoAttribute colour = colour_of (type);
  GString *out = g_string_new (NULL);

  if (guise_demo_says (writer, colour))
    append_word (out, word (writer, colour));
  append_word (out, word (writer, type));
  return g_string_free (out, FALSE);
}

char *
guise_demo_garment_phrase (GuiseDemoWriter *writer, GuiseDemoAttribute type, gboolean article)
{
  gint8 value = writer->speech->say[type];
  char *phrase, *pair;

  if (value < 0)
    return NULL;
  if (type == GUISE_DEMO_BAG_TYPE && value == GUISE_DEMO_BAG_NONE)
    return g_strdup ("no bag");
  if (type == GUISE_DEMO_HAT_TYPE && value == GUISE_DEMO_HAT_NONE)
    return g_strdup ("no hat");
  phrase = type == GUISE_DEMO_UPPER_TYPE ? upper_phrase (writer) : coloured_phrase (writer, type);
  if (!article)
    return phrase;
  if (!is_plural (writer, type))
    return guise_demo_with_article (phrase);
  if (!guise_demo_random_chance (&writer->random, 6))
    return phrase;
  pair = g_strconcat ("a pair of ", phrase, NULL);
  g_free (phrase);
  return pair;
}

char *
guise_demo_side_phrase (GuiseDemoWriter *writer)
{
  const char *preposition = "on", *noun = "shoulder";

  if (!guise_demo_says (writer, GUISE_DEMO_BAG_SIDE))
    return NULL;
  if (writer->speech->say[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_HANDBAG) {
    preposition = "in";
    noun = "hand";
  } else if (guise_demo_random_chance (&writer->random, 40)) {
    noun = "side";
  }
  return g_strdup_printf ("%s the %s %s", preposition, word (writer, GUISE_DEMO_BAG_SIDE), noun);
}

static char *
place_phrase (GuiseDemoWriter *writer)
{
  static const char *const prepositions[] = { "by a", "near a", "in a", "in a", "in a", "along a" };
  gint8 place = writer->speech->say[GUISE_DEMO_PLACE];

  if (place < 0)
    return NULL;
  return g_strconcat (prepositions[place], " ", word (writer, GUISE_DEMO_PLACE), NULL);
}

char *
guise_demo_scene_phrase (GuiseDemoWriter *writer)
{
  g_autofree char *place = place_phrase (writer);
  GString *out = g_string_new (NULL);
  gint8 facing = writer->speech->say[GUISE_DEMO_FACING];

  if (guise_demo_says (writer, GUISE_DEMO_POSE))
    append_word (out, word (writer, GUISE_DEMO_POSE));
  if (place != NULL)
    append_word (out, place);
  if (facing >= 0) {
    if (out->len > 0)
      append_word (out, "and");
    append_word (out, facing == GUISE_DEMO_FRONT
                          ? GUISE_DEMO_PICK (writer, "facing the camera", "facing the viewer")
                          : "seen from behind");
  }
  if (out->len == 0) {
    g_string_free (out, TRUE);
    return NULL;
  }
  return g_string_free (out, FALSE);
}

const char *
guise_demo_pronoun (GuiseDemoWriter *writer)
{
  switch (writer->speech->say[GUISE_DEMO_GENDER]) {
  case GUISE_DEMO_MAN:
    return "he";
  case GUISE_DEMO_WOMAN:
    return "she";
  default:
    return "the person";
  }
}

char *
guise_demo_join (GPtrArray *parts, const char *comma, const char *last)
{
  GString *out;

  if (parts->len == 0)
    return NULL;
  out = g_string_new (parts->pdata[0]);
  for (guint i = 1; i < parts->len; i++) {
    g_string_append (out, i + 1 < parts->len ? comma : last);
    g_string_append (out, parts->pdata[i]);
  }
  return g_string_free (out, FALSE);
}

void
guise_demo_capitalise (char *text)
{
  gboolean first = TRUE;

  for (char *c = text; *c != '\0'; c++) {
    if (first && g_ascii_isalpha (*c)) {
      *c = g_ascii_toupper (*c);
      first = FALSE;
    } else if (*c == '.') {
      first = TRUE;
    }
  }
}
