#include "demo-reader.h"

#include <string.h>

#define NO_ATTRIBUTE GUISE_DEMO_N_ATTRIBUTES

typedef struct {
  gint8 *claims;
  GPtrArray *adjectives; /* waiting for their noun; borrowed */
  gboolean negated;
  char *why;
} Reading;

GPtrArray *
demo_split_text (const char *text)
{
  GPtrArray *tokens = g_ptr_array_new_with_free_func (g_free);

  while (*text != '\0') {
    gsize n = 0;

    while (g_ascii_isalpha (text[n]) || (n > 0 && text[n] == '-' && g_ascii_isalpha (text[n + 1])))
      n++;
    if (n == 0 && !g_ascii_isspace (*text))
      n = 1;
    if (n > 0)
      g_ptr_array_add (tokens, g_ascii_strdown (text, n));
    text += MAX (n, 1);
  }
  return tokens;
}

static gboolean
fail (Reading *reading, const char *what, const char *word)
{
  if (reading->why == NULL)
    reading->why = g_strdup_printf ("%s: '%s'", what, word);
  return FALSE;
}

static gboolean
claim (Reading *reading, guint attribute, gint8 value, const char *word)
{
  if (reading->claims[attribute] >= 0 && reading->claims[attribute] != value)
    return fail (reading, "contradiction", word);
  reading->claims[attribute] = value;
  return TRUE;
}

/* The value of attribute for which word stands, or -1. */
static int
find_value (guint attribute, const char *word)
{
  const GuiseDemoAttributeInfo *info = &guise_demo_attributes[attribute];

  for (guint v = 0; v < info->n_values; v++)
    if (g_strv_contains (info->values[v].words, word))
      return v;
  return -1;
}

/* Adjectives, by the attributes that they may state. */
static const guint8 adjective_attributes[]
    = { GUISE_DEMO_AGE, GUISE_DEMO_BUILD, GUISE_DEMO_STATURE,
        GUISE_DEMO_POSTURE, GUISE_DEMO_UPPER_COLOUR, GUISE_DEMO_UPPER_PATTERN,
        GUISE_DEMO_HAIR_COLOUR };

static gboolean
is_adjective (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (adjective_attributes); i++)
    if (find_value (adjective_attributes[i], word) >= 0)
      return TRUE;
  return strcmp (word, "long") == 0 || strcmp (word, "curly") == 0 || strcmp (word, "bald") == 0;
}

/* A noun gives the waiting adjectives their meaning; allowed ends with NO_ATTRIBUTE. */
static gboolean
take_adjectives (Reading *reading, const guint8 *allowed, const char *noun)
{
  for (guint i = 0; i < reading->adjectives->len; i++) {
    const char *word = reading->adjectives->pdata[i];
    guint a = 0;

    while (allowed[a] != NO_ATTRIBUTE && find_value (allowed[a], word) < 0)
      a++;
    if (allowed[a] == NO_ATTRIBUTE)
      return fail (reading, "adjective before a noun that it does not fit", word);
    if (!claim (reading, allowed[a], find_value (allowed[a], word), word))
      return FALSE;
  }
  g_ptr_array_set_size (reading->adjectives, 0);
  return TRUE;
}

typedef struct {
  guint8 attribute; /* whose values the noun's words are; NO_ATTRIBUTE: the noun says nothing */
  const char *noun; /* one word, or NULL: all words of the attribute */
  guint8 adjectives[4];
} Noun;

static const Noun nouns[] = {
  { GUISE_DEMO_GENDER,
    NULL,
    { GUISE_DEMO_AGE, GUISE_DEMO_BUILD, GUISE_DEMO_STATURE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE,
    "person",
    { GUISE_DEMO_AGE, GUISE_DEMO_BUILD, GUISE_DEMO_STATURE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE,
    "pedestrian",
    { GUISE_DEMO_AGE, GUISE_DEMO_BUILD, GUISE_DEMO_STATURE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE,
    "individual",
    { GUISE_DEMO_AGE, GUISE_DEMO_BUILD, GUISE_DEMO_STATURE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE, "hair", { GUISE_DEMO_HAIR_COLOUR, GUISE_DEMO_HAIR_STYLE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE, "head", { GUISE_DEMO_HAIR_STYLE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE, "height", { GUISE_DEMO_STATURE, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE, "build", { GUISE_DEMO_BUILD, NO_ATTRIBUTE } },
  { NO_ATTRIBUTE, "posture", { GUISE_DEMO_POSTURE, NO_ATTRIBUTE } },
  { GUISE_DEMO_HAIR_STYLE, NULL, { GUISE_DEMO_HAIR_COLOUR, NO_ATTRIBUTE } },
  { GUISE_DEMO_GLASSES, NULL, { NO_ATTRIBUTE } },
  { GUISE_DEMO_BEARD, NULL, { NO_ATTRIBUTE } },
  { GUISE_DEMO_CANE, NULL, { NO_ATTRIBUTE } },
  { GUISE_DEMO_UPPER_TYPE,
    NULL,
    { GUISE_DEMO_UPPER_COLOUR, GUISE_DEMO_UPPER_PATTERN, NO_ATTRIBUTE } },
  { GUISE_DEMO_LOWER_TYPE, NULL, { GUISE_DEMO_LOWER_COLOUR, NO_ATTRIBUTE } },
  { GUISE_DEMO_SHOES_TYPE, NULL, { GUISE_DEMO_SHOES_COLOUR, NO_ATTRIBUTE } },
  { GUISE_DEMO_BAG_TYPE, NULL, { GUISE_DEMO_BAG_COLOUR, NO_ATTRIBUTE } },
  { GUISE_DEMO_HAT_TYPE, NULL, { GUISE_DEMO_HAT_COLOUR, NO_ATTRIBUTE } },
  { GUISE_DEMO_BAG_SIDE, NULL, { NO_ATTRIBUTE } },
  { GUISE_DEMO_FACING, NULL, { NO_ATTRIBUTE } },
  { GUISE_DEMO_POSE, NULL, { NO_ATTRIBUTE } },
  { GUISE_DEMO_PLACE, NULL, { NO_ATTRIBUTE } },
};

/* Words that say something by themselves or with the word before. */
static const struct {
  const char *word;
  guint8 attribute;
  gint8 value;
} others[] = {
  { "he", GUISE_DEMO_GENDER, GUISE_DEMO_MAN },
  { "she", GUISE_DEMO_GENDER, GUISE_DEMO_WOMAN },
  { "stripes", GUISE_DEMO_UPPER_PATTERN, GUISE_DEMO_STRIPED },
  { "checks", GUISE_DEMO_UPPER_PATTERN, GUISE_DEMO_CHECKED },
};

static gboolean
take_noun (Reading *reading, const Noun *noun, const char *word)
{
  gboolean negated = reading->negated;

  reading->negated = FALSE;
  if (!take_adjectives (reading, noun->adjectives, word))
    return FALSE;
  if (noun->attribute == NO_ATTRIBUTE)
    return TRUE;
  return claim (reading, noun->attribute, negated ? 0 : find_value (noun->attribute, word), word);
}

static gboolean
take_word (Reading *reading, const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (strcmp (others[i].word, word) == 0)
      return claim (reading, others[i].attribute, others[i].value, word);
  if (is_adjective (word)) {
    g_ptr_array_add (reading->adjectives, (char *)word);
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (nouns); i++)
    if (nouns[i].noun != NULL ? strcmp (nouns[i].noun, word) == 0
                              : find_value (nouns[i].attribute, word) >= 0)
      return take_noun (reading, &nouns[i], word);
  if (reading->negated && strcmp (word, "bag") == 0)
    return take_noun (reading, &(const Noun){ GUISE_DEMO_BAG_TYPE, NULL, { NO_ATTRIBUTE } }, word);
  if (reading->adjectives->len > 0)
    return fail (reading, "adjective without a noun before", word);
  reading->negated = strcmp (word, "no") == 0;
  return TRUE;
}

/* "Head none." and "Bag none.": the heading says of what. */
static gboolean
take_none (Reading *reading, const char *heading)
{
  if (strcmp (heading, "head") == 0)
    return claim (reading, GUISE_DEMO_HAT_TYPE, GUISE_DEMO_HAT_NONE, heading);
  if (strcmp (heading, "bag") == 0 || strcmp (heading, "luggage") == 0)
    return claim (reading, GUISE_DEMO_BAG_TYPE, GUISE_DEMO_BAG_NONE, heading);
  return fail (reading, "nothing of what", heading);
}

static gboolean
is_pair (const char *a, const char *b)
{
  static const char *const pairs[]
      = { "middle aged", "walking stick", "woolly hat", "shoulder bag", NULL };
  g_autofree char *pair = g_strconcat (a, " ", b, NULL);

  return g_strv_contains (pairs, pair);
}

gboolean
demo_read_text (const char *text, gint8 claims[GUISE_DEMO_N_ATTRIBUTES], char **why)
{
  g_autoptr (GPtrArray) tokens = demo_split_text (text);
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) adjectives = g_ptr_array_new ();
  Reading reading = { .claims = claims, .adjectives = adjectives };
  gboolean good = TRUE;

  memset (claims, -1, GUISE_DEMO_N_ATTRIBUTES);
  g_ptr_array_add (tokens, g_strdup ("."));
  for (guint i = 0; i + 1 < tokens->len && good; i++) {
    const char *word = tokens->pdata[i], *next = tokens->pdata[i + 1];

    if (strcmp (word, "none") == 0) {
      good = take_none (&reading, i > 0 ? tokens->pdata[i - 1] : "");
    } else if (is_pair (word, next)) {
      g_ptr_array_add (pairs, g_strconcat (word, " ", next, NULL));
      good = take_word (&reading, pairs->pdata[pairs->len - 1]);
      i++;
    } else {
      good = take_word (&reading, word);
    }
  }
  if (good && adjectives->len > 0)
    good = fail (&reading, "adjective without a noun", adjectives->pdata[0]);
  *why = reading.why;
  return good;
}
