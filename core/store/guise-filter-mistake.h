/* What is wrong in a filter, for a sentence that says where, what, and what to write instead. */
#pragma once

#include <glib.h>

typedef enum {
  GUISE_FILTER_MISTAKE_FIELD,     /* no such field: what was written */
  GUISE_FILTER_MISTAKE_ALONE,     /* a word or quotation without a field: it */
  GUISE_FILTER_MISTAKE_CONDITION, /* something else where a condition must begin */
  GUISE_FILTER_MISTAKE_OPERATOR,  /* none behind a field: the field */
  GUISE_FILTER_MISTAKE_VALUE,     /* none behind an operator: the field */
  GUISE_FILTER_MISTAKE_CHOICE,    /* not one of the field's values: the value, field, values */
  GUISE_FILTER_MISTAKE_WHOLE,     /* ~ with such a field: the field */
  GUISE_FILTER_MISTAKE_OPEN,
  GUISE_FILTER_MISTAKE_CLOSE,
  GUISE_FILTER_MISTAKE_QUOTE,
  GUISE_FILTER_MISTAKE_EXCLAMATION,
  GUISE_FILTER_MISTAKE_LONG, /* a value: how many bytes it may have */
  GUISE_FILTER_MISTAKE_MANY, /* conditions: how many there may be */
  GUISE_FILTER_MISTAKE_DEEP, /* nesting: how deep it may be */
  GUISE_FILTER_MISTAKE_BYTES,
} GuiseFilterMistakeKind;

typedef struct {
  GuiseFilterMistakeKind kind;
  glong character;  /* where, counted from 1; 0 = not said */
  char *details[4]; /* as the kind says; ends with NULL */
} GuiseFilterMistake;

/* Copies the details, cleaned and shortened; NULL where there are no more. */
void guise_filter_mistake_set (GuiseFilterMistake *mistake, GuiseFilterMistakeKind kind,
                               glong character, const char *first, const char *second,
                               const char *third);
/* Frees what is in it, also of one that is all zero. */
void guise_filter_mistake_clear (GuiseFilterMistake *mistake);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseFilterMistake, guise_filter_mistake_clear)

/* Gives a sentence in another language, such as gettext(); the result is borrowed. */
typedef const char *(*GuiseTranslate) (const char *sentence);

/* "at character 7, …", translated; without a full stop. */
char *guise_filter_mistake_explain (const GuiseFilterMistake *mistake, GuiseTranslate translate);
/* As GUISE_STORE_ERROR_FILTER. */
void guise_filter_mistake_propagate (const GuiseFilterMistake *mistake, GError **error);
