/* A project with a few synthetic people and a run with random weights, to ask guisectl about. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

#include "guise-model.h"

typedef struct {
  char *folder;       /* everything lies in it */
  char *project;      /* 24 persons, 4 of them for testing */
  char *checkpoint;   /* random weights, λ 0.35, no word of training */
  char *out, *errors; /* of the last call */
} Place;

/* Makes the project, the checkpoint and run "r" of it. */
void place_init (Place *place);
void place_clear (Place *place);

/* Writes a checkpoint folder with weights of this seed; step "" = not stated. vocab: its text, or
 * NULL for one that is trained on the project's captions. */
char *place_make_checkpoint (const Place *place, const char *name, guint64 seed, const char *step,
                             const char *vocab);

/* guisectl --project PROJECT …, the arguments NULL-terminated; returns the exit status. */
int place_run (Place *place, const char *const *arguments);
#define RUN(place, ...) place_run (place, (const char *[]){ __VA_ARGS__, NULL })
/* The same, which must succeed, with --json; the last line of its output. The caller owns it. */
json_t *place_ask (Place *place, const char *const *arguments);
#define ASK(place, ...) place_ask (place, (const char *[]){ __VA_ARGS__, NULL })

double get_number (json_t *object, const char *key);
