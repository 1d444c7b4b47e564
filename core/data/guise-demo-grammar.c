#include "guise-demo-grammar.h"

#include "guise-demo-phrases.h"

#include <string.h>

const char *const guise_demo_style_names[GUISE_DEMO_N_STYLES]
    = { "terse", "flowing", "list", "telegraphic", "hedging" };

guint
guise_demo_count_tokens (const char *text)
{
  guint n = 0;
  gboolean in_word = FALSE;

  for (; *text != '\0'; text++) {
    gboolean letter = g_ascii_isalnum (*text);

    if (letter ? !in_word : !g_ascii_isspace (*text))
      n++;
    in_word = letter;
  }
  return n;
}

/* What a sentence may be made of; NULL where nothing is said. */
typedef struct {
  char *person;  /* "tall man of medium build", no article */
  char *traits;  /* "short brown hair, a beard and glasses" */
  char *clothes; /* "a red shirt, blue jeans and a black cap" */
  char *bag;
  char *side;
  char *scene;
} Pieces;

static void
pieces_clear (Pieces *pieces)
{
  g_free (pieces->person);
  g_free (pieces->traits);
  g_free (pieces->clothes);
  g_free (pieces->bag);
  g_free (pieces->side);
  g_free (pieces->scene);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pieces, pieces_clear)

static void
swap (GPtrArray *parts, guint a, guint b)
{
  gpointer kept = parts->pdata[a];

  parts->pdata[a] = parts->pdata[b];
  parts->pdata[b] = kept;
}

static GPtrArray *
clothing_parts (GuiseDemoWriter *writer, gboolean article)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);

  guise_demo_add (parts, guise_demo_garment_phrase (writer, GUISE_DEMO_UPPER_TYPE, article));
  guise_demo_add (parts, guise_demo_garment_phrase (writer, GUISE_DEMO_LOWER_TYPE, article));
  guise_demo_add (parts, guise_demo_garment_phrase (writer, GUISE_DEMO_SHOES_TYPE, article));
  guise_demo_add (parts, guise_demo_garment_phrase (writer, GUISE_DEMO_HAT_TYPE, article));
  if (parts->len > 1 && guise_demo_random_chance (&writer->random, 30)) {
    guint i = guise_demo_random_below (&writer->random, parts->len - 1);

    swap (parts, i, i + 1);
  }
  return parts;
}

static GPtrArray *
trait_parts (GuiseDemoWriter *writer, gboolean article)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);

  guise_demo_add (parts, guise_demo_hair_phrase (writer, article));
  guise_demo_add_traits (writer, parts, article);
  if (parts->len > 1 && guise_demo_random_chance (&writer->random, 30))
    swap (parts, 0, parts->len - 1);
  return parts;
}

/* An annotator who is not sure puts such words before what he names. */
static const char *
hedge (GuiseDemoWriter *writer)
{
  return GUISE_DEMO_PICK (writer, "maybe ", "perhaps ", "possibly ", "probably ", "likely ",
                          "what looks like ", "apparently ");
}

static void
hedge_parts (GuiseDemoWriter *writer, GPtrArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    if (guise_demo_random_chance (&writer->random, 14)) {
      char *hedged = g_strconcat (hedge (writer), parts->pdata[i], NULL);

      g_free (parts->pdata[i]);
      parts->pdata[i] = hedged;
    }
}

static void
pieces_init (Pieces *pieces, GuiseDemoWriter *writer, gboolean hedged)
{
  g_autofree char *person = guise_demo_person_phrase (writer);
  g_autofree char *measure = guise_demo_measure_phrase (writer);
  g_autoptr (GPtrArray) clothes = clothing_parts (writer, TRUE);
  g_autoptr (GPtrArray) traits = trait_parts (writer, TRUE);

  if (hedged) {
    hedge_parts (writer, clothes);
    hedge_parts (writer, traits);
  }
  pieces->person = g_strconcat (person, measure, NULL);
  pieces->traits = guise_demo_join (traits, ", ", " and ");
  pieces->clothes = guise_demo_join (clothes, ", ", " and ");
  pieces->bag = guise_demo_garment_phrase (writer, GUISE_DEMO_BAG_TYPE, TRUE);
  pieces->side = guise_demo_side_phrase (writer);
  pieces->scene = guise_demo_scene_phrase (writer);
  pieces->person = guise_demo_with_article (pieces->person);
}

/* Adds " before phrase" if there is a phrase. */
static void
append_if (GString *out, const char *before, const char *phrase)
{
  if (phrase != NULL)
    g_string_append_printf (out, "%s%s", before, phrase);
}

static void
append_bag (GString *out, const char *before, const Pieces *pieces)
{
  append_if (out, before, pieces->bag);
  append_if (out, " ", pieces->side);
}

/* -- the five annotators -- */

static void
write_terse (GuiseDemoWriter *writer, GString *out)
{
  g_auto (Pieces) pieces = { NULL };

  pieces_init (&pieces, writer, FALSE);
  switch (guise_demo_random_below (&writer->random, 3)) {
  case 0:
    g_string_append (out, pieces.person);
    append_if (out, " with ", pieces.traits);
    append_if (out, " in ", pieces.clothes);
    append_bag (out, ", ", &pieces);
    append_if (out, ", ", pieces.scene);
    break;
  case 1:
    g_string_append (out, pieces.clothes);
    append_bag (out, ", ", &pieces);
    g_string_append_printf (out, ". %s", pieces.person);
    append_if (out, ", ", pieces.traits);
    append_if (out, ", ", pieces.scene);
    break;
  default:
    g_string_append (out, pieces.person);
    append_if (out, ", ", pieces.traits);
    append_if (out, ", ", pieces.scene);
    append_if (out, ". ", pieces.clothes);
    append_bag (out, " and ", &pieces);
    break;
  }
  g_string_append_c (out, '.');
}

static void
append_bag_sentence (GuiseDemoWriter *writer, GString *out, const Pieces *pieces)
{
  const char *pronoun = guise_demo_pronoun (writer);

  if (pieces->bag == NULL)
    return;
  if (pieces->side != NULL && guise_demo_random_chance (&writer->random, 35)) {
    g_string_append_printf (out, ". There is %s %s", pieces->bag, pieces->side);
    return;
  }
  g_string_append_printf (out, ". %s%s ",
                          guise_demo_random_chance (&writer->random, 12) ? "also, " : "", pronoun);
  append_bag (out, GUISE_DEMO_PICK (writer, "carries ", "has ", "is carrying "), pieces);
}

/* One sentence that holds person, looks and clothes. */
static void
write_one_sentence (GuiseDemoWriter *writer, GString *out, const Pieces *pieces)
{
  switch (guise_demo_random_below (&writer->random, 3)) {
  case 0:
    g_string_append (out, pieces->person);
    append_if (out, " with ", pieces->traits);
    g_string_append (out, " is");
    append_if (out, " ", pieces->scene);
    append_if (out, pieces->scene ? ", wearing " : " wearing ", pieces->clothes);
    break;
  case 1:
    append_if (out, GUISE_DEMO_PICK (writer, "wearing ", "dressed in ", "clad in "),
               pieces->clothes);
    append_if (out, ", ", pieces->person);
    append_if (out, " is ", pieces->scene);
    append_if (out, pieces->scene ? " and has " : " has ", pieces->traits);
    if (pieces->scene == NULL && pieces->traits == NULL)
      g_string_append (out, " is seen");
    break;
  default:
    append_if (out, GUISE_DEMO_PICK (writer, "there is ", "one can see ", "you see "),
               pieces->person);
    append_if (out, " ", pieces->scene);
    append_if (out, " who wears ", pieces->clothes);
    append_if (out, " and has ", pieces->traits);
    break;
  }
}

static void
write_two_sentences (GuiseDemoWriter *writer, GString *out, const Pieces *pieces)
{
  const char *pronoun = guise_demo_pronoun (writer);

  if (guise_demo_random_chance (&writer->random, 50)) {
    g_string_append (out, pieces->person);
    append_if (out, " ", pieces->scene);
    append_if (out, " wears ", pieces->clothes);
    if (pieces->traits != NULL)
      g_string_append_printf (out, ". %s has %s", pronoun, pieces->traits);
    return;
  }
  append_if (out, "this is ", pieces->person);
  append_if (out, " with ", pieces->traits);
  append_if (out, ", ", pieces->scene);
  g_string_append_printf (out, ". %s is ", pronoun);
  append_if (out, GUISE_DEMO_PICK (writer, "wearing ", "dressed in "), pieces->clothes);
}

static void
write_flowing (GuiseDemoWriter *writer, GString *out)
{
  g_auto (Pieces) pieces = { NULL };

  pieces_init (&pieces, writer, FALSE);
  if (guise_demo_random_chance (&writer->random, 60))
    write_one_sentence (writer, out, &pieces);
  else
    write_two_sentences (writer, out, &pieces);
  append_bag_sentence (writer, out, &pieces);
  g_string_append_c (out, '.');
}

/* Who it may be and what he may wear. */
static void
write_guess (GuiseDemoWriter *writer, GString *out, const Pieces *pieces)
{
  switch (guise_demo_random_below (&writer->random, 4)) {
  case 0:
    append_if (out, GUISE_DEMO_PICK (writer, "there seems to be ", "this appears to be "),
               pieces->person);
    append_if (out, " with ", pieces->traits);
    append_if (out, ", ", pieces->scene);
    g_string_append_printf (out, ". %s ", guise_demo_pronoun (writer));
    append_if (out,
               GUISE_DEMO_PICK (writer, "seems to wear ", "appears to wear ", "may be wearing "),
               pieces->clothes);
    break;
  case 1:
    append_if (out, GUISE_DEMO_PICK (writer, "this might be ", "it could be ", "this must be "),
               pieces->person);
    append_if (out, " ", pieces->scene);
    append_if (out, ", probably wearing ", pieces->clothes);
    append_if (out, " and with ", pieces->traits);
    break;
  case 2:
    append_if (out,
               GUISE_DEMO_PICK (writer, "I think it is ", "I believe this is ", "I guess it is "),
               pieces->person);
    append_if (out, " who seems to have ", pieces->traits);
    append_if (out, ", ", pieces->scene);
    append_if (out, ", in ", pieces->clothes);
    break;
  default:
    append_if (out, "it looks like ", pieces->person);
    append_if (out, " in ", pieces->clothes);
    append_if (out, ", maybe ", pieces->scene);
    append_if (out, ", and with ", pieces->traits);
    break;
  }
}

static void
write_hedging (GuiseDemoWriter *writer, GString *out)
{
  g_auto (Pieces) pieces = { NULL };
  const char *with;

  pieces_init (&pieces, writer, TRUE);
  write_guess (writer, out, &pieces);
  with = GUISE_DEMO_PICK (writer, ", perhaps with ", ", and maybe with ", ", possibly with ");
  append_bag (out, with, &pieces);
  if (guise_demo_random_chance (&writer->random, 8))
    g_string_append (out,
                     GUISE_DEMO_PICK (writer, ", hard to say", ", not sure", ", hard to see"));
  g_string_append_c (out, '.');
}

/* -- keywords -- */

/* "tall young man, medium build, short brown hair, glasses". */
static void
add_person_keywords (GuiseDemoWriter *writer, GPtrArray *parts)
{
  g_autoptr (GPtrArray) traits = trait_parts (writer, FALSE);
  gboolean says_person = FALSE;

  for (guint a = GUISE_DEMO_GENDER; a <= GUISE_DEMO_STATURE; a++)
    says_person |= guise_demo_says (writer, a);
  if (says_person)
    guise_demo_add (parts, guise_demo_person_phrase (writer));
  if (writer->speech->say[GUISE_DEMO_STATURE] == GUISE_DEMO_AVERAGE)
    guise_demo_add (parts, g_strdup ("average height"));
  if (writer->speech->say[GUISE_DEMO_BUILD] == GUISE_DEMO_MEDIUM)
    guise_demo_add (parts, g_strdup ("medium build"));
  for (guint i = 0; i < traits->len; i++)
    guise_demo_add (parts, g_strdup (traits->pdata[i]));
}

static char *
bag_keywords (GuiseDemoWriter *writer)
{
  g_autofree char *bag = guise_demo_garment_phrase (writer, GUISE_DEMO_BAG_TYPE, FALSE);
  g_autofree char *side = guise_demo_side_phrase (writer);

  return bag == NULL ? NULL : g_strconcat (bag, side ? " " : "", side ? side : "", NULL);
}

static void
write_telegraphic (GuiseDemoWriter *writer, GString *out)
{
  g_autoptr (GPtrArray) parts = clothing_parts (writer, FALSE);
  g_autoptr (GPtrArray) person = g_ptr_array_new_with_free_func (g_free);
  gboolean person_first = guise_demo_random_chance (&writer->random, 60);
  const char *gap = GUISE_DEMO_PICK (writer, " ", ", ", " / ", " + ");

  guise_demo_add (parts, bag_keywords (writer));
  if (guise_demo_random_chance (&writer->random, 25))
    swap (parts, 0, parts->len - 1);
  add_person_keywords (writer, person);
  for (guint i = 0; i < person->len; i++)
    g_ptr_array_insert (parts, person_first ? (int)i : -1, g_strdup (person->pdata[i]));
  guise_demo_add (parts, guise_demo_scene_phrase (writer));
  for (guint i = 0; i < parts->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? gap : "", (char *)parts->pdata[i]);
}

static void
append_item (GString *out, const char *heading, char *phrase)
{
  const char *value = phrase;

  if (phrase == NULL)
    return;
  if (g_str_equal (phrase, "no hat") || g_str_equal (phrase, "no bag"))
    value = "none";
  g_string_append_printf (out, "%s%s %s.", out->len > 0 ? " " : "", heading, value);
  g_free (phrase);
}

static void
append_clothing_items (GuiseDemoWriter *writer, GString *out)
{
  const char *top = GUISE_DEMO_PICK (writer, "top", "upper");
  const char *bottom = GUISE_DEMO_PICK (writer, "bottom", "lower");
  const char *feet = GUISE_DEMO_PICK (writer, "feet", "footwear");
  const char *bag = GUISE_DEMO_PICK (writer, "luggage", "bag");

  append_item (out, top, guise_demo_garment_phrase (writer, GUISE_DEMO_UPPER_TYPE, FALSE));
  append_item (out, bottom, guise_demo_garment_phrase (writer, GUISE_DEMO_LOWER_TYPE, FALSE));
  append_item (out, feet, guise_demo_garment_phrase (writer, GUISE_DEMO_SHOES_TYPE, FALSE));
  append_item (out, "head", guise_demo_garment_phrase (writer, GUISE_DEMO_HAT_TYPE, FALSE));
  append_item (out, bag, bag_keywords (writer));
}

static void
append_person_item (GuiseDemoWriter *writer, GString *out)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  add_person_keywords (writer, parts);
  append_item (out, GUISE_DEMO_PICK (writer, "who", "look", "appearance"),
               guise_demo_join (parts, ", ", ", "));
}

static void
write_list (GuiseDemoWriter *writer, GString *out)
{
  gboolean person_first = guise_demo_random_chance (&writer->random, 60);

  if (person_first)
    append_person_item (writer, out);
  append_clothing_items (writer, out);
  if (!person_first)
    append_person_item (writer, out);
  append_item (out, "view", guise_demo_scene_phrase (writer));
}

/* -- descriptions -- */

static void
write_identity (GuiseDemoWriter *writer, GString *out)
{
  g_auto (Pieces) pieces = { NULL };
  g_autoptr (GPtrArray) keywords = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  if (writer->speech->style == GUISE_DEMO_LIST) {
    add_person_keywords (writer, keywords);
    joined = guise_demo_join (keywords, ", ", ", ");
    g_string_append_printf (out, "%s.", joined);
    return;
  }
  pieces_init (&pieces, writer, FALSE);
  if (writer->speech->style == GUISE_DEMO_TERSE) {
    g_string_append (out, pieces.person);
    append_if (out, " with ", pieces.traits);
  } else {
    append_if (out, GUISE_DEMO_PICK (writer, "the person is ", "this is "), pieces.person);
    if (pieces.traits != NULL)
      g_string_append_printf (out, ". %s has %s", guise_demo_pronoun (writer), pieces.traits);
  }
  g_string_append_c (out, '.');
}

static void
write_clothing (GuiseDemoWriter *writer, GString *out)
{
  g_auto (Pieces) pieces = { NULL };

  if (writer->speech->style == GUISE_DEMO_LIST) {
    append_clothing_items (writer, out);
    return;
  }
  pieces_init (&pieces, writer, FALSE);
  if (writer->speech->style == GUISE_DEMO_TERSE) {
    g_string_append (out, pieces.clothes);
    append_bag (out, ", ", &pieces);
  } else {
    append_if (out, GUISE_DEMO_PICK (writer, "the outfit is ", "the clothes are ", "wearing "),
               pieces.clothes);
    append_bag (out, GUISE_DEMO_PICK (writer, ". Carrying ", ", with "), &pieces);
  }
  g_string_append_c (out, '.');
}

char *
guise_demo_speech_render (const GuiseDemoSpeech *speech)
{
  static void (*const annotators[]) (GuiseDemoWriter *, GString *)
      = { write_terse, write_flowing, write_list, write_telegraphic, write_hedging };
  GuiseDemoWriter writer = { .speech = speech, .random = speech->random };
  GString *out = g_string_new (NULL);

  switch (speech->kind) {
  case GUISE_DEMO_TEXT_IDENTITY:
    write_identity (&writer, out);
    break;
  case GUISE_DEMO_TEXT_CLOTHING:
    write_clothing (&writer, out);
    break;
  default:
    annotators[speech->style](&writer, out);
    break;
  }
  if (speech->kind != GUISE_DEMO_TEXT_CAPTION || speech->style != GUISE_DEMO_TELEGRAPHIC)
    guise_demo_capitalise (out->str);
  return g_string_free (out, FALSE);
}
