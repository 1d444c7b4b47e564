#include "guise-demo-cast.h"

#include "guise-demo-random.h"
#include "guise-demo.h"

#include <string.h>

#define DRAW(random, ...)                                              \
  guise_demo_random_weighted (random, (const guint8[]){ __VA_ARGS__ }, \
                              G_N_ELEMENTS (((const guint8[]){ __VA_ARGS__ })))

/* -- persons -- */

static guint8
draw_hair_style (GuiseDemoRandom *random, const guint8 *value)
{
  gboolean elderly = value[GUISE_DEMO_AGE] == GUISE_DEMO_ELDERLY;

  /*                      bald short curly bob long ponytail bun */
  if (value[GUISE_DEMO_GENDER] == GUISE_DEMO_WOMAN)
    return DRAW (random, 0, 9, 16, 20, 26, 16, 13);
  if (elderly)
    return DRAW (random, 34, 44, 14, 0, 4, 4, 0);
  return DRAW (random, 14, 48, 26, 0, 6, 6, 0);
}

static guint8
draw_hair_colour (GuiseDemoRandom *random, const guint8 *value)
{
  if (value[GUISE_DEMO_HAIR_STYLE] == GUISE_DEMO_BALD)
    return value[GUISE_DEMO_AGE] == GUISE_DEMO_ELDERLY ? GUISE_DEMO_HAIR_GREY
                                                       : DRAW (random, 2, 2, 1, 1);
  switch (value[GUISE_DEMO_AGE]) {
  case GUISE_DEMO_YOUNG:
    return DRAW (random, 28, 28, 24, 20);
  case GUISE_DEMO_MIDDLE_AGED:
    return DRAW (random, 26, 26, 20, 16, 12);
  default:
    return DRAW (random, 4, 4, 5, 3, 84);
  }
}

static void
draw_identity (GuiseDemoRandom *random, guint8 *value)
{
  gboolean elderly;

  value[GUISE_DEMO_GENDER] = guise_demo_random_below (random, 2);
  value[GUISE_DEMO_AGE] = DRAW (random, 40, 34, 26);
  elderly = value[GUISE_DEMO_AGE] == GUISE_DEMO_ELDERLY;
  value[GUISE_DEMO_BUILD] = DRAW (random, 33, 36, 31);
  value[GUISE_DEMO_STATURE] = DRAW (random, 32, 36, 32);
  value[GUISE_DEMO_POSTURE] = guise_demo_random_chance (random, elderly ? 70 : 4);
  value[GUISE_DEMO_HAIR_STYLE] = draw_hair_style (random, value);
  value[GUISE_DEMO_HAIR_COLOUR] = draw_hair_colour (random, value);
  value[GUISE_DEMO_GLASSES] = guise_demo_random_chance (random, elderly ? 45 : 30);
  value[GUISE_DEMO_BEARD] = value[GUISE_DEMO_GENDER] == GUISE_DEMO_MAN ? DRAW (random, 54, 29, 17)
                                                                       : GUISE_DEMO_BEARD_NONE;
  value[GUISE_DEMO_CANE] = guise_demo_random_chance (random, elderly ? 45 : 2);
}

static gint64
identity_signature (const guint8 *value)
{
  gint64 signature = 0;

  for (guint a = 0; a < GUISE_DEMO_FIRST_CLOTHING; a++) {
    gboolean unseen
        = a == GUISE_DEMO_HAIR_COLOUR && value[GUISE_DEMO_HAIR_STYLE] == GUISE_DEMO_BALD;

    signature = signature * 8 + (unseen ? 7 : value[a]);
  }
  return signature;
}

/* Two persons of a split look alike only when so many are wanted that the combinations run short.
 */
static void
draw_persons (GuiseDemoCast *cast, guint n_persons)
{
  guint n_test = n_persons / 6, n_val = (guint)(5 * (guint64)n_persons / 36);
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GuiseDemoSplit split = GUISE_DEMO_TRAIN;

  for (guint i = 0; i < n_persons; i++) {
    GuiseDemoRandom random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_PERSON, i, 0);
    GuiseDemoPerson person = { .split = i < n_persons - n_test - n_val ? GUISE_DEMO_TRAIN
                                        : i < n_persons - n_test       ? GUISE_DEMO_VAL
                                                                       : GUISE_DEMO_TEST };
    gint64 signature;

    if (person.split != split)
      g_hash_table_remove_all (taken);
    split = person.split;
    for (guint n_tries = 0; n_tries < 64; n_tries++) {
      draw_identity (&random, person.value);
      signature = identity_signature (person.value);
      if (!g_hash_table_contains (taken, &signature))
        break;
    }
    g_hash_table_add (taken, g_memdup2 (&signature, sizeof signature));
    g_array_append_val (cast->persons, person);
  }
}

/* -- outfits -- */

static void
draw_lower (GuiseDemoRandom *random, guint8 *value, gboolean woman)
{
  static const guint8 jeans[GUISE_DEMO_N_COLOURS] = {
    [GUISE_DEMO_BLACK] = 24,
    [GUISE_DEMO_WHITE] = 10,
    [GUISE_DEMO_GREY] = 16,
    [GUISE_DEMO_BLUE] = 50,
  };
  static const guint8 others[GUISE_DEMO_N_COLOURS] = {
    [GUISE_DEMO_BLACK] = 12,
    [GUISE_DEMO_WHITE] = 10,
    [GUISE_DEMO_GREY] = 10,
    [GUISE_DEMO_RED] = 9,
    [GUISE_DEMO_BLUE] = 8,
    [GUISE_DEMO_GREEN] = 9,
    [GUISE_DEMO_YELLOW] = 7,
    [GUISE_DEMO_ORANGE] = 5,
    [GUISE_DEMO_PURPLE] = 7,
    [GUISE_DEMO_PINK] = 6,
    [GUISE_DEMO_BROWN] = 10,
    [GUISE_DEMO_BEIGE] = 10,
    [GUISE_DEMO_TURQUOISE] = 7,
  };

  if (value[GUISE_DEMO_UPPER_TYPE] == GUISE_DEMO_DRESS) {
    value[GUISE_DEMO_LOWER_TYPE] = GUISE_DEMO_LOWER_NONE;
    return;
  }
  value[GUISE_DEMO_LOWER_TYPE] = woman ? DRAW (random, 32, 20, 18, 30) : DRAW (random, 46, 28, 26);
  do {
    const guint8 *weights = value[GUISE_DEMO_LOWER_TYPE] == GUISE_DEMO_JEANS ? jeans : others;

    value[GUISE_DEMO_LOWER_COLOUR]
        = guise_demo_random_weighted (random, weights, GUISE_DEMO_N_COLOURS);
  } while (value[GUISE_DEMO_LOWER_COLOUR] == value[GUISE_DEMO_UPPER_COLOUR]);
}

static void
draw_clothing (GuiseDemoRandom *random, guint8 *value, gboolean woman)
{
  static const guint8 shoe_colours[GUISE_DEMO_N_COLOURS] = {
    [GUISE_DEMO_BLACK] = 18,
    [GUISE_DEMO_WHITE] = 18,
    [GUISE_DEMO_GREY] = 7,
    [GUISE_DEMO_RED] = 13,
    [GUISE_DEMO_BLUE] = 9,
    [GUISE_DEMO_GREEN] = 8,
    [GUISE_DEMO_YELLOW] = 8,
    [GUISE_DEMO_PINK] = 7,
    [GUISE_DEMO_BROWN] = 12,
  };

  value[GUISE_DEMO_UPPER_TYPE] = DRAW (random, 16, 16, 16, 15, 15, 13, woman ? 14 : 0);
  value[GUISE_DEMO_UPPER_COLOUR] = guise_demo_random_below (random, GUISE_DEMO_N_COLOURS);
  value[GUISE_DEMO_UPPER_PATTERN] = DRAW (random, 60, 22, 18);
  draw_lower (random, value, woman);
  value[GUISE_DEMO_SHOES_TYPE] = DRAW (random, 42, 26, 32);
  value[GUISE_DEMO_SHOES_COLOUR]
      = guise_demo_random_weighted (random, shoe_colours, GUISE_DEMO_N_COLOURS);
  value[GUISE_DEMO_BAG_TYPE] = DRAW (random, 28, 28, 20, 24);
  do
    value[GUISE_DEMO_BAG_COLOUR] = guise_demo_random_below (random, GUISE_DEMO_N_COLOURS);
  while (value[GUISE_DEMO_BAG_COLOUR] == value[GUISE_DEMO_UPPER_COLOUR]
         || value[GUISE_DEMO_BAG_COLOUR] == value[GUISE_DEMO_LOWER_COLOUR]);
  value[GUISE_DEMO_HAT_TYPE] = DRAW (random, 58, 16, 14, 12);
  value[GUISE_DEMO_HAT_COLOUR] = guise_demo_random_below (random, GUISE_DEMO_N_COLOURS);
  value[GUISE_DEMO_BAG_SIDE] = guise_demo_random_below (random, 2);
}

static gboolean
clearly_different (const GuiseDemoCast *cast, const GuiseDemoPerson *person, const guint8 *value)
{
  for (guint o = person->first_outfit; o < person->first_outfit + person->n_outfits; o++) {
    const guint8 *other = g_array_index (cast->outfits, GuiseDemoOutfit, o).value;

    if (other[GUISE_DEMO_UPPER_COLOUR] == value[GUISE_DEMO_UPPER_COLOUR]
        || other[GUISE_DEMO_UPPER_TYPE] == value[GUISE_DEMO_UPPER_TYPE]
        || (other[GUISE_DEMO_LOWER_TYPE] == value[GUISE_DEMO_LOWER_TYPE]
            && other[GUISE_DEMO_LOWER_COLOUR] == value[GUISE_DEMO_LOWER_COLOUR]))
      return FALSE;
  }
  return TRUE;
}

static void
draw_outfits (GuiseDemoCast *cast, guint p)
{
  GuiseDemoPerson *person = guise_demo_cast_person (cast, p);
  gboolean woman = person->value[GUISE_DEMO_GENDER] == GUISE_DEMO_WOMAN;
  GuiseDemoRandom random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_OUTFIT, p, 0);
  guint n_outfits = 2 + guise_demo_random_below (&random, 2);

  person->first_outfit = cast->outfits->len;
  for (; person->n_outfits < n_outfits; person->n_outfits++) {
    GuiseDemoOutfit outfit = { .person = p };

    do
      draw_clothing (&random, outfit.value, woman);
    while (!clearly_different (cast, person, outfit.value));
    g_array_append_val (cast->outfits, outfit);
  }
}

/* -- pictures -- */

static void
hide (GuiseDemoImage *image, GuiseDemoAttribute attribute)
{
  image->visible &= ~((guint32)1 << attribute);
}

static void
hide_face_and_hair (GuiseDemoImage *image)
{
  const guint8 *value = image->value;
  gboolean back = value[GUISE_DEMO_FACING] == GUISE_DEMO_BACK;
  gboolean hat = value[GUISE_DEMO_HAT_TYPE] != GUISE_DEMO_HAT_NONE;

  if (back) {
    hide (image, GUISE_DEMO_GLASSES);
    hide (image, GUISE_DEMO_BEARD);
  }
  if (value[GUISE_DEMO_HAIR_STYLE] == GUISE_DEMO_BALD) {
    hide (image, GUISE_DEMO_HAIR_COLOUR);
    if (hat)
      hide (image, GUISE_DEMO_HAIR_STYLE);
  }
  if (value[GUISE_DEMO_HAIR_STYLE] == GUISE_DEMO_BUN && hat && !back)
    hide (image, GUISE_DEMO_HAIR_STYLE);
}

static void
hide_clothing (GuiseDemoImage *image)
{
  const guint8 *value = image->value;
  gboolean sided = value[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_HANDBAG
                   || value[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_SHOULDER_BAG;
  gboolean covered = image->occlusion == GUISE_DEMO_SIDE_HIDDEN && sided
                     && image->pole_right == guise_demo_bag_is_right (image);

  if (value[GUISE_DEMO_LOWER_TYPE] == GUISE_DEMO_LOWER_NONE) {
    hide (image, GUISE_DEMO_LOWER_TYPE);
    hide (image, GUISE_DEMO_LOWER_COLOUR);
  }
  if (image->occlusion == GUISE_DEMO_FEET_HIDDEN) {
    hide (image, GUISE_DEMO_SHOES_TYPE);
    hide (image, GUISE_DEMO_SHOES_COLOUR);
  }
  if (value[GUISE_DEMO_HAT_TYPE] == GUISE_DEMO_HAT_NONE)
    hide (image, GUISE_DEMO_HAT_COLOUR);
  if (value[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_BAG_NONE || covered)
    hide (image, GUISE_DEMO_BAG_COLOUR);
  if (covered)
    hide (image, GUISE_DEMO_BAG_TYPE);
  if (!sided || covered)
    hide (image, GUISE_DEMO_BAG_SIDE);
}

static void
draw_view (GuiseDemoCast *cast, GuiseDemoImage *image, GuiseDemoRandom *random)
{
  const guint8 *person = guise_demo_cast_person (cast, image->person)->value;
  const guint8 *outfit = guise_demo_cast_outfit (cast, image->outfit)->value;
  guint8 *value = image->value;

  memcpy (value, person, GUISE_DEMO_FIRST_CLOTHING);
  memcpy (value + GUISE_DEMO_FIRST_CLOTHING, outfit + GUISE_DEMO_FIRST_CLOTHING,
          GUISE_DEMO_N_ATTRIBUTES - GUISE_DEMO_FIRST_CLOTHING);
  value[GUISE_DEMO_FACING]
      = guise_demo_random_chance (random, 35) ? GUISE_DEMO_BACK : GUISE_DEMO_FRONT;
  value[GUISE_DEMO_POSE]
      = guise_demo_random_chance (random, 60) ? GUISE_DEMO_WALKING : GUISE_DEMO_STANDING;
  value[GUISE_DEMO_PLACE] = image->camera;
  image->mirrored = guise_demo_random_chance (random, 50);
  if (image->mirrored)
    value[GUISE_DEMO_BAG_SIDE] = 1 - value[GUISE_DEMO_BAG_SIDE];
  image->occlusion = DRAW (random, 75, 15, 10);
  image->pole_right = guise_demo_random_chance (random, 50);
  image->visible = ((guint32)1 << GUISE_DEMO_N_ATTRIBUTES) - 1;
  hide_face_and_hair (image);
  hide_clothing (image);
}

static void
draw_images (GuiseDemoCast *cast, guint o)
{
  GuiseDemoOutfit *outfit = guise_demo_cast_outfit (cast, o);
  GuiseDemoPerson *person = guise_demo_cast_person (cast, outfit->person);
  GuiseDemoRandom random = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_VIEW, o, 0);
  guint n_images = 2 + guise_demo_random_below (&random, 2), used = 0;

  outfit->first_image = cast->images->len;
  if (person->n_images == 0)
    person->first_image = cast->images->len;
  while (outfit->n_images < n_images) {
    GuiseDemoImage image = { .person = outfit->person, .outfit = o };

    image.camera = guise_demo_random_below (&random, GUISE_DEMO_N_CAMERAS);
    if ((used >> image.camera) & 1)
      continue;
    used |= 1u << image.camera;
    draw_view (cast, &image, &random);
    g_snprintf (image.file_path, sizeof image.file_path, "cam_%u/%04u_%u_%u.png", image.camera + 1,
                outfit->person + 1, o - person->first_outfit + 1, outfit->n_images + 1);
    g_array_append_val (cast->images, image);
    outfit->n_images++;
    person->n_images++;
  }
}

static void
clear_image (gpointer data)
{
  GuiseDemoImage *image = data;

  g_free (image->captions[0]);
  g_free (image->captions[1]);
  g_free (image->identity);
  g_free (image->clothing);
}

GuiseDemoCast *
guise_demo_cast_new (guint n_persons, guint64 seed)
{
  GuiseDemoCast *cast = g_new0 (GuiseDemoCast, 1);

  cast->seed = seed;
  cast->persons = g_array_new (FALSE, FALSE, sizeof (GuiseDemoPerson));
  cast->outfits = g_array_new (FALSE, FALSE, sizeof (GuiseDemoOutfit));
  cast->images = g_array_new (FALSE, FALSE, sizeof (GuiseDemoImage));
  cast->mistakes = g_array_new (FALSE, FALSE, sizeof (GuiseDemoMistake));
  g_array_set_clear_func (cast->images, clear_image);
  draw_persons (cast, n_persons);
  for (guint p = 0; p < n_persons; p++)
    draw_outfits (cast, p);
  for (guint o = 0; o < cast->outfits->len; o++)
    draw_images (cast, o);
  return cast;
}

void
guise_demo_cast_free (GuiseDemoCast *cast)
{
  if (cast == NULL)
    return;
  g_array_unref (cast->persons);
  g_array_unref (cast->outfits);
  g_array_unref (cast->images);
  g_array_unref (cast->mistakes);
  g_free (cast);
}
