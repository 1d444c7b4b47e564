#include "guise-facts.h"

void
guise_facts_init (GuiseFacts *facts)
{
  *facts = (GuiseFacts){ .things = g_array_new (FALSE, TRUE, sizeof (GuiseFactThing)) };
}

void
guise_facts_clear (GuiseFacts *facts)
{
  g_clear_pointer (&facts->things, g_array_unref);
}

GuiseFactThing *
guise_facts_get_thing (const GuiseFacts *facts, guint i)
{
  return &g_array_index (facts->things, GuiseFactThing, i);
}

static gboolean
is_same (const GuiseFact *a, const GuiseFact *b)
{
  return a->statement.value == b->statement.value && a->statement.negated == b->statement.negated;
}

void
guise_fact_set_add (GuiseFactSet *set, const GuiseFact *fact)
{
  for (guint i = 0; i < set->n; i++)
    if (is_same (&set->facts[i], fact))
      return;
  if (set->n < GUISE_FACTS_MAX_VALUES)
    set->facts[set->n++] = *fact;
}

gboolean
guise_statement_is_generic (const GuiseLexicon *lexicon, const GuiseStatement *s)
{
  GuiseFamily family = guise_slot_get_family (s->slot);
  g_autofree char *key = NULL;

  if (family == GUISE_FAMILY_NONE
      || s->slot != guise_slot_of_garment (family, GUISE_PROPERTY_TYPE))
    return FALSE;
  key = g_strconcat ("any ", guise_family_get_name (family), NULL);
  return g_str_equal (guise_lexicon_get_word (lexicon, key), s->value);
}

/* Whether b says what a says: "blue" and "dark blue" do not differ, "dark" is vague. */
static gboolean
covers (const GuiseLexicon *lexicon, const GuiseFact *a, const GuiseFact *b)
{
  if (a->statement.negated != b->statement.negated)
    return FALSE;
  return a->statement.negated || a->statement.base == NULL
         || a->statement.base == b->statement.base
         || guise_statement_is_generic (lexicon, &a->statement);
}

gboolean
guise_fact_set_is_within (const GuiseLexicon *lexicon, const GuiseFactSet *a,
                          const GuiseFactSet *b)
{
  for (guint i = 0; i < a->n; i++) {
    guint j = 0;

    while (j < b->n && !covers (lexicon, &a->facts[i], &b->facts[j]))
      j++;
    if (j == b->n)
      return FALSE;
  }
  return TRUE;
}

char *
guise_fact_set_dup_value (const GuiseLexicon *lexicon, const GuiseFactSet *set)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < set->n; i++) {
    if (i > 0)
      g_string_append_printf (out, " %s ", guise_lexicon_get_word (lexicon, "and"));
    if (set->facts[i].statement.negated)
      g_string_append_printf (out, "%s ", guise_lexicon_get_word (lexicon, "no"));
    g_string_append (out, set->facts[i].statement.value);
  }
  return g_string_free (out, FALSE);
}

/* ---- reading ---- */

/* Of these a person has one; the first that a text names counts. */
static gboolean
is_single (GuiseSlot slot)
{
  return slot != GUISE_SLOT_HAIR_STYLE && slot != GUISE_SLOT_FACIAL_HAIR;
}

/* "man" rather than "he": a noun says the same in a way that can be said again. */
static void
add_person (GuiseFactSet *set, const GuiseFact *fact)
{
  if (!is_single (fact->statement.slot) || set->n == 0)
    guise_fact_set_add (set, fact);
  else if (set->facts[0].statement.word_class == GUISE_WORD_PRONOUN
           && fact->statement.word_class == GUISE_WORD_GENDER && is_same (&set->facts[0], fact))
    set->facts[0] = *fact;
}

/* NULL for one too many: who states twenty shirts has another text in mind. */
static GuiseFactThing *
find_thing (GuiseFacts *facts, GuiseFamily family, guint number)
{
  GuiseFactThing new = { .family = family, .thing = number };
  guint n_family = 0;

  for (guint i = 0; i < facts->things->len; i++) {
    GuiseFactThing *thing = guise_facts_get_thing (facts, i);

    if (thing->thing == number)
      return thing;
    n_family += thing->family == family;
  }
  if (n_family == GUISE_FACTS_MAX_THINGS)
    return NULL;
  g_array_append_val (facts->things, new);
  return guise_facts_get_thing (facts, facts->things->len - 1);
}

static void
add_garment (GuiseFacts *facts, const GuiseFact *fact)
{
  GuiseSlot slot = fact->statement.slot;
  GuiseFactThing *thing = find_thing (facts, guise_slot_get_family (slot), fact->statement.thing);

  if (thing == NULL)
    return;
  if (slot == GUISE_SLOT_BAG_SIDE)
    guise_fact_set_add (&thing->side, fact);
  else
    guise_fact_set_add (
        &thing->properties[(slot - GUISE_SLOT_FIRST_GARMENT) % GUISE_N_PROPERTIES], fact);
}

static gboolean
is_another (const GuiseFactThing *a, const GuiseFactThing *b)
{
  const GuiseFactSet *x = &a->properties[GUISE_PROPERTY_TYPE],
                     *y = &b->properties[GUISE_PROPERTY_TYPE];
  const GuiseFactSet *p = &a->properties[GUISE_PROPERTY_COLOUR],
                     *q = &b->properties[GUISE_PROPERTY_COLOUR];

  if (a->family != b->family || x->n != y->n || (x->n > 0 && !is_same (&x->facts[0], &y->facts[0])))
    return TRUE;
  return p->n > 0 && q->n > 0 && !is_same (&p->facts[0], &q->facts[0]);
}

/* "a black jacket; the jacket is open" is one jacket. */
static void
merge_things (GuiseFacts *facts)
{
  for (guint i = 0; i < facts->things->len; i++)
    for (guint j = i + 1; j < facts->things->len;) {
      GuiseFactThing *a = guise_facts_get_thing (facts, i), *b = guise_facts_get_thing (facts, j);

      if (is_another (a, b)) {
        j++;
        continue;
      }
      for (guint p = 0; p < GUISE_N_PROPERTIES; p++)
        for (guint v = 0; v < b->properties[p].n; v++)
          guise_fact_set_add (&a->properties[p], &b->properties[p].facts[v]);
      for (guint v = 0; v < b->side.n; v++)
        guise_fact_set_add (&a->side, &b->side.facts[v]);
      g_array_remove_index (facts->things, j);
    }
}

/* "No hat" and "no beard" are worth saying; that a coat is not red, or nobody bald, is not. */
static gboolean
is_worth_saying (const GuiseStatement *s)
{
  GuiseFamily family = guise_slot_get_family (s->slot);

  if (!s->negated || s->slot == GUISE_SLOT_FACIAL_HAIR || s->slot == GUISE_SLOT_EYEWEAR
      || s->slot == GUISE_SLOT_AID)
    return TRUE;
  return family != GUISE_FAMILY_NONE && family != GUISE_FAMILY_CLOTHES
         && s->slot == guise_slot_of_garment (family, GUISE_PROPERTY_TYPE);
}

void
guise_facts_read (GuiseFacts *facts, const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);

  guise_facts_init (facts);
  for (guint i = 0; i < statements->len; i++) {
    GuiseFact fact = { g_array_index (statements, GuiseStatement, i), text };

    if (!is_worth_saying (&fact.statement))
      continue;
    if (fact.statement.slot < GUISE_SLOT_FIRST_GARMENT)
      add_person (&facts->person[fact.statement.slot], &fact);
    else if (fact.statement.slot <= GUISE_SLOT_BAG_SIDE)
      add_garment (facts, &fact);
  }
  merge_things (facts);
}
