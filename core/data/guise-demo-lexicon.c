#include "guise-demo-lexicon.h"

static const GuiseDemoValue genders[] = {
  { "man", { "man", "male", "gentleman" } },
  { "woman", { "woman", "female", "lady" } },
};
static const GuiseDemoValue ages[] = {
  { "young", { "young" } },
  { "middle-aged", { "middle aged" } },
  { "elderly", { "elderly", "old" } },
};
static const GuiseDemoValue builds[] = {
  { "slim", { "slim", "thin", "slender" } },
  { "medium", { "medium" } },
  { "stout", { "stout", "heavy" } },
};
static const GuiseDemoValue statures[] = {
  { "short", { "short", "small" } },
  { "average", { "average" } },
  { "tall", { "tall" } },
};
static const GuiseDemoValue postures[] = {
  { "upright", { "upright", "straight" } },
  { "stooped", { "stooped", "bent" } },
};
static const GuiseDemoValue hair_colours[] = {
  { "black", { "black" } },
  { "brown", { "brown" } },
  { "blond", { "blond" } },
  { "ginger", { "ginger", "red" } },
  { "grey", { "grey" } },
};
static const GuiseDemoValue hair_styles[] = {
  { "bald", { "bald" } },
  { "short", { "short" } },
  { "curly", { "curly" } },
  { "bob", { "bob" } },
  { "long", { "long" } },
  { "ponytail", { "ponytail" } },
  { "bun", { "bun" } },
};
static const GuiseDemoValue glasses[] = {
  { "none", { NULL } },
  { "glasses", { "glasses", "spectacles" } },
};
static const GuiseDemoValue beards[] = {
  { "none", { NULL } },
  { "beard", { "beard" } },
  { "moustache", { "moustache" } },
};
static const GuiseDemoValue canes[] = {
  { "none", { NULL } },
  { "cane", { "cane", "walking stick" } },
};
static const GuiseDemoValue uppers[] = {
  { "t-shirt", { "t-shirt", "tee" } },
  { "shirt", { "shirt" } },
  { "jumper", { "jumper", "sweater", "pullover" } },
  { "hoodie", { "hoodie" } },
  { "jacket", { "jacket" } },
  { "coat", { "coat", "overcoat" } },
  { "dress", { "dress" } },
};
static const GuiseDemoValue colours[] = {
  { "black", { "black" } },
  { "white", { "white" } },
  { "grey", { "grey" } },
  { "red", { "red" } },
  { "blue", { "blue" } },
  { "green", { "green" } },
  { "yellow", { "yellow" } },
  { "orange", { "orange" } },
  { "purple", { "purple", "violet" } },
  { "pink", { "pink" } },
  { "brown", { "brown" } },
  { "beige", { "beige" } },
  { "turquoise", { "turquoise", "teal" } },
};
static const GuiseDemoValue patterns[] = {
  { "plain", { "plain" } },
  { "striped", { "striped" } },
  { "checked", { "checked", "plaid" } },
};
static const GuiseDemoValue lowers[] = {
  { "trousers", { "trousers", "pants" } },
  { "jeans", { "jeans" } },
  { "shorts", { "shorts" } },
  { "skirt", { "skirt" } },
  { "none", { NULL } },
};
static const GuiseDemoValue shoes[] = {
  { "trainers", { "trainers", "sneakers" } },
  { "boots", { "boots" } },
  { "shoes", { "shoes" } },
};
static const GuiseDemoValue bags[] = {
  { "none", { NULL } },
  { "rucksack", { "rucksack", "backpack" } },
  { "handbag", { "handbag", "purse" } },
  { "shoulder bag", { "shoulder bag", "satchel" } },
};
static const GuiseDemoValue hats[] = {
  { "none", { NULL } },
  { "cap", { "cap" } },
  { "beanie", { "beanie", "woolly hat" } },
  { "hat", { "hat" } },
};
static const GuiseDemoValue sides[] = {
  { "left", { "left" } },
  { "right", { "right" } },
};
static const GuiseDemoValue facings[] = {
  { "front", { "facing" } },
  { "back", { "behind" } },
};
static const GuiseDemoValue poses[] = {
  { "standing", { "standing" } },
  { "walking", { "walking" } },
};
static const GuiseDemoValue places[] = {
  { "wall", { "wall" } },
  { "shop", { "shop" } },
  { "park", { "park" } },
  { "station", { "station" } },
  { "garage", { "garage" } },
  { "road", { "road" } },
};

#define ROW(attribute, name, values) [attribute] = { name, values, G_N_ELEMENTS (values) }

const GuiseDemoAttributeInfo guise_demo_attributes[GUISE_DEMO_N_ATTRIBUTES] = {
  ROW (GUISE_DEMO_GENDER, "gender", genders),
  ROW (GUISE_DEMO_AGE, "age", ages),
  ROW (GUISE_DEMO_BUILD, "build", builds),
  ROW (GUISE_DEMO_STATURE, "height", statures),
  ROW (GUISE_DEMO_POSTURE, "posture", postures),
  ROW (GUISE_DEMO_HAIR_COLOUR, "hair_colour", hair_colours),
  ROW (GUISE_DEMO_HAIR_STYLE, "hair_style", hair_styles),
  ROW (GUISE_DEMO_GLASSES, "glasses", glasses),
  ROW (GUISE_DEMO_BEARD, "beard", beards),
  ROW (GUISE_DEMO_CANE, "cane", canes),
  ROW (GUISE_DEMO_UPPER_TYPE, "upper_type", uppers),
  ROW (GUISE_DEMO_UPPER_COLOUR, "upper_colour", colours),
  ROW (GUISE_DEMO_UPPER_PATTERN, "upper_pattern", patterns),
  ROW (GUISE_DEMO_LOWER_TYPE, "lower_type", lowers),
  ROW (GUISE_DEMO_LOWER_COLOUR, "lower_colour", colours),
  ROW (GUISE_DEMO_SHOES_TYPE, "shoes_type", shoes),
  ROW (GUISE_DEMO_SHOES_COLOUR, "shoes_colour", colours),
  ROW (GUISE_DEMO_BAG_TYPE, "bag_type", bags),
  ROW (GUISE_DEMO_BAG_COLOUR, "bag_colour", colours),
  ROW (GUISE_DEMO_HAT_TYPE, "hat_type", hats),
  ROW (GUISE_DEMO_HAT_COLOUR, "hat_colour", colours),
  ROW (GUISE_DEMO_BAG_SIDE, "bag_side", sides),
  ROW (GUISE_DEMO_FACING, "facing", facings),
  ROW (GUISE_DEMO_POSE, "pose", poses),
  ROW (GUISE_DEMO_PLACE, "place", places),
};
