/* What the files of the checks share. */
#pragma once

#include "guise-caption-checks.h"

typedef struct {
  const GuiseLexicon *lexicon;
  GuiseSide side;
  const char *text;
  const GuiseUnit *units;
  guint n_units;
  GArray *statements;
  GArray *verdicts;
} GuiseChecking;

/* Notes one place; the check's verdict becomes that of the first of the worst. */
void guise_checking_find (GuiseChecking *checking, GuiseCheck check, GuiseVerdictLevel level,
                          gsize start, gsize length, const char *format, ...)
    G_GNUC_PRINTF (6, 7);

/* guise-caption-form.c: characters, markup, repetitions. */
void guise_checking_syntax (GuiseChecking *checking);
void guise_checking_repetition (GuiseChecking *checking);
/* guise-caption-coverage.c */
void guise_checking_contradiction (GuiseChecking *checking, GArray *const *neighbours,
                                   guint n_neighbours);
