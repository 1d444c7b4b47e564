#include "guise-filter-words.h"

#include "guise-filter-private.h"

/* The value of a part of the filter. */
typedef struct {
  GuiseFilterWords words;
  GuiseTextSet set; /* where texts are at hand and the part narrows */
} Part;

static Part
match_word (const char *word, GuiseTexts *texts)
{
  GuiseFilterTruth of_empty = *word == '\0' ? GUISE_FILTER_TRUE : GUISE_FILTER_FALSE;

  return (Part){ .words = { TRUE, TRUE, TRUE, of_empty },
                 .set = texts != NULL ? guise_texts_match_word (texts, word) : NULL };
}

static Part
match_trait (const GuiseFilterStep *step, GuiseTexts *texts)
{
  return (Part){ .words = { .narrows = TRUE, .exact = TRUE, .of_empty = GUISE_FILTER_FALSE },
                 .set = texts != NULL ? guise_texts_match_trait (texts, step->trait, step->value)
                                      : NULL };
}

/* Only of what is known exactly the opposite is known too. */
static Part
negate (Part part, GuiseTexts *texts)
{
  for (size_t i = 0; part.set != NULL && i < guise_texts_get_set_length (texts); i++)
    part.set[i] = ~part.set[i];
  part.words.of_empty = GUISE_FILTER_TRUE - part.words.of_empty;
  part.words.narrows = part.words.exact;
  if (!part.words.narrows)
    g_clear_pointer (&part.set, g_free);
  return part;
}

static Part
intersect (Part a, Part b, GuiseTexts *texts)
{
  size_t length = a.set != NULL && b.set != NULL ? guise_texts_get_set_length (texts) : 0;

  for (size_t i = 0; i < length; i++)
    a.set[i] &= b.set[i];
  if (a.set == NULL)
    a.set = g_steal_pointer (&b.set);
  g_free (b.set);
  a.words.narrows = a.words.narrows || b.words.narrows;
  a.words.exact = a.words.exact && b.words.exact;
  a.words.has_words = a.words.has_words || b.words.has_words;
  a.words.of_empty = MIN (a.words.of_empty, b.words.of_empty);
  return a;
}

static Part
unite (Part a, Part b, GuiseTexts *texts)
{
  size_t length = a.set != NULL && b.set != NULL ? guise_texts_get_set_length (texts) : 0;

  for (size_t i = 0; i < length; i++)
    a.set[i] |= b.set[i];
  if (b.set == NULL)
    g_clear_pointer (&a.set, g_free);
  g_free (b.set);
  a.words.narrows = a.words.narrows && b.words.narrows;
  a.words.exact = a.words.exact && b.words.exact;
  a.words.has_words = a.words.has_words || b.words.has_words;
  a.words.of_empty = MAX (a.words.of_empty, b.words.of_empty);
  return a;
}

static Part
pop (GArray *stack)
{
  Part part = g_array_index (stack, Part, stack->len - 1);

  g_array_set_size (stack, stack->len - 1);
  return part;
}

static void
take_step (GArray *stack, const GuiseFilterStep *step, GuiseTexts *texts)
{
  Part part = { .words = { .of_empty = GUISE_FILTER_UNKNOWN } };
  Part right;

  switch (step->type) {
  case GUISE_STEP_WORD:
    part = match_word (step->word, texts);
    break;
  case GUISE_STEP_TRAIT:
    part = match_trait (step, texts);
    break;
  case GUISE_STEP_NOT:
    part = negate (pop (stack), texts);
    break;
  case GUISE_STEP_AND:
    right = pop (stack);
    part = intersect (pop (stack), right, texts);
    break;
  case GUISE_STEP_OR:
    right = pop (stack);
    part = unite (pop (stack), right, texts);
    break;
  case GUISE_STEP_OTHER:
    break;
  }
  g_array_append_val (stack, part);
}

/* texts: NULL to learn of the words only. */
static Part
evaluate (const GuiseFilter *filter, GuiseTexts *texts)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Part));

  for (guint i = 0; i < filter->steps->len; i++)
    take_step (stack, &g_array_index (filter->steps, GuiseFilterStep, i), texts);
  return pop (stack);
}

GuiseFilterWords
guise_filter_describe_words (const GuiseFilter *filter)
{
  if (filter->steps->len == 0)
    return (GuiseFilterWords){ .of_empty = GUISE_FILTER_TRUE };
  return evaluate (filter, NULL).words;
}

GuiseTextSet
guise_filter_match_words (const GuiseFilter *filter, GuiseTexts *texts)
{
  return evaluate (filter, texts).set;
}
