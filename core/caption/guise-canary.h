/* A picture whose content is known: two coloured halves and a large digit. Who describes it right
 * sees pictures; who does not is blind, or its server dropped the picture on the way. A job asks
 * one every now and then among its own questions. */
#pragma once

#include "guise-answer.h"
#include "guise-chat.h"

/* What the picture of that seed shows. */
typedef struct {
  const char *left, *right; /* two different names of colours */
  guint digit;              /* 0 to 9 */
} GuiseCanary;

void guise_canary_get (guint32 seed, GuiseCanary *canary);
/* 336 × 336. */
GuiseImage *guise_canary_paint (guint32 seed);
/* The question about it; NULL where no picture can be made. */
GuiseQuestion *guise_canary_create_question (guint32 seed, GError **error);
/* Whether the answer names both colours on the right sides. *saw, unless NULL, says in a few words
 * what it named. */
gboolean guise_canary_check (guint32 seed, const GuiseAnswer *answer, char **saw);
