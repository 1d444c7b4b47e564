#include "guise-slot.h"

#include <string.h>

static const char *const names[GUISE_N_SLOTS] = {
  "gender",
  "age",
  "build",
  "height",
  "posture",
  "hair-colour",
  "hair-style",
  "facial-hair",
  "eyewear",
  "aid",
  "upper-type",
  "upper-colour",
  "upper-pattern",
  "upper-material",
  "upper-cut",
  "lower-type",
  "lower-colour",
  "lower-pattern",
  "lower-material",
  "lower-cut",
  "shoes-type",
  "shoes-colour",
  "shoes-pattern",
  "shoes-material",
  "shoes-cut",
  "bag-type",
  "bag-colour",
  "bag-pattern",
  "bag-material",
  "bag-cut",
  "headwear-type",
  "headwear-colour",
  "headwear-pattern",
  "headwear-material",
  "headwear-cut",
  "accessory-type",
  "accessory-colour",
  "accessory-pattern",
  "accessory-material",
  "accessory-cut",
  "clothes-type",
  "clothes-colour",
  "clothes-pattern",
  "clothes-material",
  "clothes-cut",
  "carried-type",
  "carried-colour",
  "carried-pattern",
  "carried-material",
  "carried-cut",
  "bag-side",
  "action",
  "facing",
  "place",
};

static const char *const family_names[GUISE_N_FAMILIES]
    = { "upper", "lower", "shoes", "bag", "headwear", "accessory", "clothes", "carried" };

GuiseFamily
guise_slot_get_family (GuiseSlot slot)
{
  if (slot == GUISE_SLOT_BAG_SIDE)
    return GUISE_FAMILY_BAG;
  if (slot < GUISE_SLOT_FIRST_GARMENT || slot > GUISE_SLOT_CARRIED_CUT)
    return GUISE_FAMILY_NONE;
  return (GuiseFamily)((slot - GUISE_SLOT_FIRST_GARMENT) / GUISE_N_PROPERTIES);
}

const char *
guise_slot_get_name (GuiseSlot slot)
{
  return names[slot];
}

const char *
guise_family_get_name (GuiseFamily family)
{
  return family_names[family];
}

GuiseSlot
guise_slot_find (const char *name)
{
  guint slot = 0;

  while (slot < GUISE_N_SLOTS && strcmp (names[slot], name) != 0)
    slot++;
  return (GuiseSlot)slot;
}

GuiseSide
guise_slot_get_default_side (GuiseSlot slot)
{
  if (slot < GUISE_SLOT_FIRST_GARMENT)
    return GUISE_SIDE_IDENTITY;
  return slot <= GUISE_SLOT_BAG_SIDE ? GUISE_SIDE_CLOTHING : GUISE_SIDE_OTHER;
}
