#include "guise-splitter-private.h"

#include <string.h>

typedef struct {
  const GuiseLexicon *lexicon;
  const GuiseFacts *captions;
  guint n_captions;
  GuiseFacts agreed;
  GuiseCaptionSplit *split;
} Merge;

static void
clear_slot (gpointer data)
{
  g_free (((GuiseSplitSlot *)data)->value);
}

static void
clear_conflict (gpointer data)
{
  GuiseSplitConflict *conflict = data;

  g_free (conflict->taken);
  g_free (conflict->dropped);
}

static GuiseCaptionSplit *
split_new (void)
{
  GuiseCaptionSplit *split = g_new0 (GuiseCaptionSplit, 1);

  split->slots = g_array_new (FALSE, FALSE, sizeof (GuiseSplitSlot));
  split->conflicts = g_array_new (FALSE, FALSE, sizeof (GuiseSplitConflict));
  g_array_set_clear_func (split->slots, clear_slot);
  g_array_set_clear_func (split->conflicts, clear_conflict);
  return split;
}

void
guise_caption_split_free (GuiseCaptionSplit *split)
{
  if (split == NULL)
    return;
  g_free (split->identity);
  g_free (split->clothing);
  g_free (split->why_no_identity);
  g_free (split->why_no_clothing);
  g_array_unref (split->slots);
  g_array_unref (split->conflicts);
  g_free (split);
}

/* ---- voting ---- */

/* What a caption says to a slot; set is NULL where it was not asked. */
typedef struct {
  const GuiseFactSet *set;
  guint support;
} Ballot;

/* Who has the most captions behind it that say the same or less; the first of equals. -1 if nobody
 * says anything. */
static int
count_votes (const GuiseLexicon *lexicon, Ballot *ballots, guint n)
{
  int winner = -1;

  for (guint i = 0; i < n; i++) {
    if (ballots[i].set == NULL || ballots[i].set->n == 0)
      continue;
    for (guint j = 0; j < n; j++)
      ballots[i].support += ballots[j].set != NULL && ballots[j].set->n > 0
                            && guise_fact_set_is_within (lexicon, ballots[j].set, ballots[i].set);
    if (winner < 0 || ballots[i].support > ballots[winner].support)
      winner = (int)i;
  }
  return winner;
}

static void
report (Merge *merge, GuiseSlot slot, const Ballot *ballots, guint winner)
{
  GuiseSplitSlot row = { .slot = slot };
  const GuiseFactSet *taken = ballots[winner].set;

  row.value = guise_fact_set_dup_value (merge->lexicon, taken);
  for (guint i = 0; i < merge->n_captions; i++) {
    const GuiseFactSet *set = ballots[i].set;

    if (set == NULL || set->n == 0)
      continue;
    row.n_stating++;
    if (guise_fact_set_is_within (merge->lexicon, set, taken)) {
      row.n_agreeing++;
    } else {
      GuiseSplitConflict conflict = { .slot = slot, .caption = i };

      conflict.taken = g_strdup (row.value);
      conflict.dropped = guise_fact_set_dup_value (merge->lexicon, set);
      g_array_append_val (merge->split->conflicts, conflict);
    }
  }
  g_array_append_val (merge->split->slots, row);
}

/* The set that the captions agree on, NULL if no caption fills the slot. */
static const GuiseFactSet *
vote (Merge *merge, GuiseSlot slot, Ballot *ballots)
{
  int winner = count_votes (merge->lexicon, ballots, merge->n_captions);

  if (winner < 0)
    return NULL;
  report (merge, slot, ballots, (guint)winner);
  return ballots[winner].set;
}

/* ---- the person ---- */

static void
merge_person (Merge *merge)
{
  for (guint slot = 0; slot < GUISE_SLOT_FIRST_GARMENT; slot++) {
    g_autofree Ballot *ballots = g_new0 (Ballot, merge->n_captions);
    const GuiseFactSet *set;

    for (guint i = 0; i < merge->n_captions; i++)
      ballots[i].set = &merge->captions[i].person[slot];
    set = vote (merge, slot, ballots);
    if (set != NULL)
      merge->agreed.person[slot] = *set;
  }
}

/* ---- garments ---- */

static const GuiseFactSet *
type_of (const GuiseFactThing *thing)
{
  return &thing->properties[GUISE_PROPERTY_TYPE];
}

/* The kinds of one family that a caption names. */
static GuiseFactSet
collect_types (const GuiseFacts *facts, GuiseFamily family)
{
  GuiseFactSet set = { 0 };

  for (guint t = 0; t < facts->things->len; t++) {
    const GuiseFactThing *thing = guise_facts_get_thing (facts, t);

    if (thing->family == family && type_of (thing)->n > 0)
      guise_fact_set_add (&set, &type_of (thing)->facts[0]);
  }
  return set;
}

/* The caption's counterpart of a thing: of the same kind, else of no kind or a vaguer one. */
static const GuiseFactThing *
find_counterpart (const Merge *merge, const GuiseFacts *facts, const GuiseFactThing *thing)
{
  const GuiseFactThing *vague = NULL;

  for (guint t = 0; t < facts->things->len; t++) {
    const GuiseFactThing *other = guise_facts_get_thing (facts, t);
    const GuiseFactSet *a = type_of (thing), *b = type_of (other);

    if (other->family != thing->family)
      continue;
    if (a->n == b->n && guise_fact_set_is_within (merge->lexicon, a, b)
        && guise_fact_set_is_within (merge->lexicon, b, a))
      return other;
    if (vague == NULL && guise_fact_set_is_within (merge->lexicon, b, a))
      vague = other;
  }
  return vague;
}

/* Asks every caption that has this thing for its properties. */
static void
merge_thing (Merge *merge, const GuiseFactThing *base, guint base_caption)
{
  GuiseFactThing agreed = { .family = base->family, .thing = merge->agreed.things->len + 1 };
  g_autofree const GuiseFactThing **things = g_new0 (const GuiseFactThing *, merge->n_captions);
  const GuiseFactSet *set;

  for (guint i = 0; i < merge->n_captions; i++)
    things[i] = i == base_caption ? base : find_counterpart (merge, &merge->captions[i], base);
  agreed.properties[GUISE_PROPERTY_TYPE] = *type_of (base);
  for (guint p = GUISE_PROPERTY_COLOUR; p <= GUISE_N_PROPERTIES; p++) {
    g_autofree Ballot *ballots = g_new0 (Ballot, merge->n_captions);
    gboolean is_side = p == GUISE_N_PROPERTIES;

    for (guint i = 0; i < merge->n_captions; i++)
      if (things[i] != NULL)
        ballots[i].set = is_side ? &things[i]->side : &things[i]->properties[p];
    set = vote (merge, is_side ? GUISE_SLOT_BAG_SIDE : guise_slot_of_garment (base->family, p),
                ballots);
    if (set != NULL && is_side)
      agreed.side = *set;
    else if (set != NULL)
      agreed.properties[p] = *set;
  }
  g_array_append_val (merge->agreed.things, agreed);
}

static void
merge_all_things (Merge *merge, GuiseFamily family, guint caption)
{
  const GuiseFacts *facts = &merge->captions[caption];

  for (guint t = 0; t < facts->things->len; t++)
    if (guise_facts_get_thing (facts, t)->family == family)
      merge_thing (merge, guise_facts_get_thing (facts, t), caption);
}

static int
find_untyped (const Merge *merge, GuiseFamily family)
{
  for (guint i = 0; i < merge->n_captions; i++)
    for (guint t = 0; t < merge->captions[i].things->len; t++)
      if (guise_facts_get_thing (&merge->captions[i], t)->family == family)
        return (int)i;
  return -1;
}

/* One caption is followed in what is worn of a family; the others add what they say of the same. */
static void
merge_family (Merge *merge, GuiseFamily family)
{
  g_autofree Ballot *ballots = g_new0 (Ballot, merge->n_captions);
  g_autofree GuiseFactSet *types = g_new0 (GuiseFactSet, merge->n_captions);
  int base;

  for (guint i = 0; i < merge->n_captions; i++) {
    types[i] = collect_types (&merge->captions[i], family);
    ballots[i].set = &types[i];
  }
  base = count_votes (merge->lexicon, ballots, merge->n_captions);
  if (base >= 0)
    report (merge, guise_slot_of_garment (family, GUISE_PROPERTY_TYPE), ballots, (guint)base);
  else
    base = find_untyped (merge, family);
  if (base >= 0)
    merge_all_things (merge, family, (guint)base);
}

static gboolean
is_known (const Merge *merge, const GuiseFactThing *thing)
{
  for (guint t = 0; t < merge->agreed.things->len; t++) {
    const GuiseFactThing *known = guise_facts_get_thing (&merge->agreed, t);

    if (known->family == thing->family
        && guise_fact_set_is_within (merge->lexicon, type_of (thing), type_of (known)))
      return TRUE;
  }
  return FALSE;
}

/* Scarf and watch do not exclude each other: of such families everything is taken. */
static void
merge_union (Merge *merge, GuiseFamily family)
{
  for (guint i = 0; i < merge->n_captions; i++)
    for (guint t = 0; t < merge->captions[i].things->len; t++) {
      const GuiseFactThing *thing = guise_facts_get_thing (&merge->captions[i], t);

      if (thing->family == family && !is_known (merge, thing)) {
        g_autofree Ballot *ballots = g_new0 (Ballot, merge->n_captions);

        ballots[i].set = type_of (thing);
        if (type_of (thing)->n > 0)
          report (merge, guise_slot_of_garment (family, GUISE_PROPERTY_TYPE), ballots, i);
        merge_thing (merge, thing, i);
      }
    }
}

static gboolean
has_one_piece (const GuiseFacts *facts)
{
  for (guint t = 0; t < facts->things->len; t++) {
    const GuiseFactSet *type = type_of (guise_facts_get_thing (facts, t));

    if (type->n > 0 && type->facts[0].statement.one_piece && !type->facts[0].statement.negated)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_family (const GuiseFacts *facts, GuiseFamily family)
{
  for (guint t = 0; t < facts->things->len; t++)
    if (guise_facts_get_thing (facts, t)->family == family)
      return TRUE;
  return FALSE;
}

/* Where a dress was agreed on, trousers of a caption that saw no dress contradict it. */
static void
drop_below_dress (Merge *merge)
{
  if (!has_one_piece (&merge->agreed))
    return;
  for (guint i = 0; i < merge->n_captions; i++)
    if (has_one_piece (&merge->captions[i])
        && has_family (&merge->captions[i], GUISE_FAMILY_LOWER))
      return;
  for (guint t = 0; t < merge->agreed.things->len;)
    if (guise_facts_get_thing (&merge->agreed, t)->family == GUISE_FAMILY_LOWER)
      g_array_remove_index (merge->agreed.things, t);
    else
      t++;
}

static void
merge_garments (Merge *merge)
{
  for (int family = 0; family < GUISE_N_FAMILIES; family++)
    if (family == GUISE_FAMILY_ACCESSORY || family == GUISE_FAMILY_CARRIED)
      merge_union (merge, family);
    else
      merge_family (merge, family);
  drop_below_dress (merge);
}

/* ---- the texts ---- */

static char *
write_side (const Merge *merge, const char *const *captions, GuiseSide side, gboolean *quoted)
{
  char *text = NULL;

  *quoted = FALSE;
  for (guint i = 0; i < merge->n_captions && text == NULL; i++) {
    text = guise_split_quote (merge->lexicon, captions[i], &merge->agreed, side);
    *quoted = text != NULL;
  }
  return text != NULL ? text : guise_split_render (merge->lexicon, &merge->agreed, side);
}

static char *
explain (guint n_captions, const char *what)
{
  return n_captions == 0 ? g_strdup ("the image has no caption")
                         : g_strdup_printf ("no caption says %s", what);
}

static int
compare_slots (gconstpointer a, gconstpointer b)
{
  return (int)((const GuiseSplitSlot *)a)->slot - (int)((const GuiseSplitSlot *)b)->slot;
}

GuiseCaptionSplit *
guise_splitter_split (const GuiseLexicon *lexicon, const char *const *captions, guint n)
{
  g_autofree GuiseFacts *facts = g_new0 (GuiseFacts, n);
  Merge merge = { .lexicon = lexicon, .captions = facts, .n_captions = n, .split = split_new () };
  GuiseCaptionSplit *split = merge.split;

  for (guint i = 0; i < n; i++)
    guise_facts_read (&facts[i], lexicon, captions[i]);
  guise_facts_init (&merge.agreed);
  merge_person (&merge);
  merge_garments (&merge);
  g_array_sort (split->slots, compare_slots);
  split->identity = write_side (&merge, captions, GUISE_SIDE_IDENTITY, &split->identity_quoted);
  split->clothing = write_side (&merge, captions, GUISE_SIDE_CLOTHING, &split->clothing_quoted);
  if (split->identity == NULL)
    split->why_no_identity = explain (n, "who the person is");
  if (split->clothing == NULL)
    split->why_no_clothing = explain (n, "what is worn");
  guise_facts_clear (&merge.agreed);
  for (guint i = 0; i < n; i++)
    guise_facts_clear (&facts[i]);
  return split;
}
