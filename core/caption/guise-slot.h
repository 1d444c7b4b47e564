/* The slots that a text about a person may fill, and to which of the two descriptions each belongs.
 */
#pragma once

#include <glib.h>

typedef enum {
  GUISE_SIDE_IDENTITY,
  GUISE_SIDE_CLOTHING,
  GUISE_SIDE_OTHER, /* the moment: what somebody does, and where */
  GUISE_N_SIDES
} GuiseSide;

typedef enum {
  GUISE_SLOT_GENDER,
  GUISE_SLOT_AGE,
  GUISE_SLOT_BUILD,
  GUISE_SLOT_HEIGHT,
  GUISE_SLOT_POSTURE,
  GUISE_SLOT_HAIR_COLOUR,
  GUISE_SLOT_HAIR_STYLE,
  GUISE_SLOT_FACIAL_HAIR,
  GUISE_SLOT_EYEWEAR,
  GUISE_SLOT_AID, /* a cane, a wheelchair */
  GUISE_SLOT_FIRST_GARMENT,
  GUISE_SLOT_UPPER_TYPE = GUISE_SLOT_FIRST_GARMENT,
  GUISE_SLOT_UPPER_COLOUR,
  GUISE_SLOT_UPPER_PATTERN,
  GUISE_SLOT_UPPER_MATERIAL,
  GUISE_SLOT_UPPER_CUT, /* sleeves, length, fit */
  GUISE_SLOT_LOWER_TYPE,
  GUISE_SLOT_LOWER_COLOUR,
  GUISE_SLOT_LOWER_PATTERN,
  GUISE_SLOT_LOWER_MATERIAL,
  GUISE_SLOT_LOWER_CUT,
  GUISE_SLOT_SHOES_TYPE,
  GUISE_SLOT_SHOES_COLOUR,
  GUISE_SLOT_SHOES_PATTERN,
  GUISE_SLOT_SHOES_MATERIAL,
  GUISE_SLOT_SHOES_CUT,
  GUISE_SLOT_BAG_TYPE,
  GUISE_SLOT_BAG_COLOUR,
  GUISE_SLOT_BAG_PATTERN,
  GUISE_SLOT_BAG_MATERIAL,
  GUISE_SLOT_BAG_CUT,
  GUISE_SLOT_HEADWEAR_TYPE,
  GUISE_SLOT_HEADWEAR_COLOUR,
  GUISE_SLOT_HEADWEAR_PATTERN,
  GUISE_SLOT_HEADWEAR_MATERIAL,
  GUISE_SLOT_HEADWEAR_CUT,
  GUISE_SLOT_ACCESSORY_TYPE,
  GUISE_SLOT_ACCESSORY_COLOUR,
  GUISE_SLOT_ACCESSORY_PATTERN,
  GUISE_SLOT_ACCESSORY_MATERIAL,
  GUISE_SLOT_ACCESSORY_CUT,
  /* Clothes of which no kind is said: "a man in black". */
  GUISE_SLOT_CLOTHES_TYPE,
  GUISE_SLOT_CLOTHES_COLOUR,
  GUISE_SLOT_CLOTHES_PATTERN,
  GUISE_SLOT_CLOTHES_MATERIAL,
  GUISE_SLOT_CLOTHES_CUT,
  GUISE_SLOT_CARRIED_TYPE, /* a phone, an umbrella */
  GUISE_SLOT_CARRIED_COLOUR,
  GUISE_SLOT_CARRIED_PATTERN,
  GUISE_SLOT_CARRIED_MATERIAL,
  GUISE_SLOT_CARRIED_CUT,
  GUISE_SLOT_BAG_SIDE, /* the person's own left or right */
  GUISE_SLOT_ACTION,
  GUISE_SLOT_FACING,
  GUISE_SLOT_PLACE,
  GUISE_N_SLOTS
} GuiseSlot;

/* The garment slots are GUISE_N_PROPERTIES for each family, in the order of GuiseProperty. */
typedef enum {
  GUISE_FAMILY_UPPER, /* a dress and a suit too */
  GUISE_FAMILY_LOWER,
  GUISE_FAMILY_SHOES,
  GUISE_FAMILY_BAG,
  GUISE_FAMILY_HEADWEAR,
  GUISE_FAMILY_ACCESSORY,
  GUISE_FAMILY_CLOTHES,
  GUISE_FAMILY_CARRIED,
  GUISE_N_FAMILIES,
  GUISE_FAMILY_NONE = -1
} GuiseFamily;

typedef enum {
  GUISE_PROPERTY_TYPE,
  GUISE_PROPERTY_COLOUR,
  GUISE_PROPERTY_PATTERN,
  GUISE_PROPERTY_MATERIAL,
  GUISE_PROPERTY_CUT,
  GUISE_N_PROPERTIES
} GuiseProperty;

static inline GuiseSlot
guise_slot_of_garment (GuiseFamily family, GuiseProperty property)
{
  return (GuiseSlot)(GUISE_SLOT_FIRST_GARMENT + (int)family * GUISE_N_PROPERTIES + (int)property);
}

/* GUISE_FAMILY_NONE for a slot that is no garment's; a bag's side is a bag's. */
GuiseFamily guise_slot_get_family (GuiseSlot slot);
/* "hair-colour", "upper-type"; of a family "upper". */
const char *guise_slot_get_name (GuiseSlot slot);
const char *guise_family_get_name (GuiseFamily family);
/* GUISE_N_SLOTS when there is none of that name. */
GuiseSlot guise_slot_find (const char *name);
/* Where a slot belongs unless a lexicon was told otherwise (guise_lexicon_set_side). */
GuiseSide guise_slot_get_default_side (GuiseSlot slot);
