/* Who is in the data set: persons, their outfits and the pictures taken of them, as plain values.
 */
#pragma once

#include "guise-demo-lexicon.h"

typedef enum {
  GUISE_DEMO_OPEN_VIEW,
  GUISE_DEMO_FEET_HIDDEN, /* something low stands in front of the shoes */
  GUISE_DEMO_SIDE_HIDDEN, /* a pole stands in front of the picture's left or right third */
} GuiseDemoOcclusion;

typedef enum {
  GUISE_DEMO_TRAIN,
  GUISE_DEMO_VAL,
  GUISE_DEMO_TEST,
} GuiseDemoSplit;

typedef struct {
  guint8 value[GUISE_DEMO_N_ATTRIBUTES]; /* those of the person */
  GuiseDemoSplit split;
  guint first_outfit, n_outfits;
  guint first_image, n_images;
} GuiseDemoPerson;

typedef struct {
  guint8 value[GUISE_DEMO_N_ATTRIBUTES]; /* those of the outfit, and the bag's side */
  guint person;
  guint first_image, n_images;
} GuiseDemoOutfit;

typedef struct {
  guint8 value[GUISE_DEMO_N_ATTRIBUTES]; /* everything that is true of this picture */
  guint32 visible;                       /* bit a: attribute a can be seen in it */
  guint person, outfit;                  /* from 0 */
  guint camera;                          /* from 0 */
  gboolean mirrored;                     /* the walking direction is to the picture's left */
  GuiseDemoOcclusion occlusion;
  gboolean pole_right; /* GUISE_DEMO_SIDE_HIDDEN: on which side of the picture */
  char file_path[32];  /* relative to imgs/ */
  char *captions[2];
  guint8 styles[2];
  char *identity;
  char *clothing;
} GuiseDemoImage;

typedef enum {
  GUISE_DEMO_TEXT_CAPTION,
  GUISE_DEMO_TEXT_IDENTITY,
  GUISE_DEMO_TEXT_CLOTHING,
} GuiseDemoTextKind;

typedef struct {
  guint image;
  GuiseDemoTextKind kind;
  guint index; /* of the caption; 0 for a description */
  GuiseDemoAttribute attribute;
  guint8 stated;
} GuiseDemoMistake;

typedef struct {
  guint64 seed;
  GArray *persons;  /* GuiseDemoPerson; the file's order: train, val, test; id = index + 1 */
  GArray *outfits;  /* GuiseDemoOutfit; id = index + 1 */
  GArray *images;   /* GuiseDemoImage */
  GArray *mistakes; /* GuiseDemoMistake, by image */
} GuiseDemoCast;

/* Draws everything but the texts. Free with guise_demo_cast_free(). */
GuiseDemoCast *guise_demo_cast_new (guint n_persons, guint64 seed);
void guise_demo_cast_free (GuiseDemoCast *cast);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseDemoCast, guise_demo_cast_free)

static inline GuiseDemoPerson *
guise_demo_cast_person (GuiseDemoCast *cast, guint i)
{
  return &g_array_index (cast->persons, GuiseDemoPerson, i);
}

static inline GuiseDemoOutfit *
guise_demo_cast_outfit (GuiseDemoCast *cast, guint i)
{
  return &g_array_index (cast->outfits, GuiseDemoOutfit, i);
}

static inline GuiseDemoImage *
guise_demo_cast_image (GuiseDemoCast *cast, guint i)
{
  return &g_array_index (cast->images, GuiseDemoImage, i);
}

static inline gboolean
guise_demo_image_shows (const GuiseDemoImage *image, GuiseDemoAttribute attribute)
{
  return (image->visible >> attribute) & 1;
}

/* Whether a bag carried at one side hangs on the picture's right: the own left side in a front
 * view, the own right side in a back view. */
static inline gboolean
guise_demo_bag_is_right (const GuiseDemoImage *image)
{
  return (image->value[GUISE_DEMO_BAG_SIDE] == GUISE_DEMO_LEFT)
         == (image->value[GUISE_DEMO_FACING] == GUISE_DEMO_FRONT);
}
