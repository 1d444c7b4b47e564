/* What the two halves of the reader of statements share: guise-statements.c walks along the text,
 * guise-statements-attach.c gives properties to what they are said of. */
#pragma once

#include "guise-statements.h"

typedef enum {
  GUISE_HEAD_NONE,
  GUISE_HEAD_PERSON,
  GUISE_HEAD_HAIR,
  GUISE_HEAD_MEASURE, /* "height": slot says which */
  GUISE_HEAD_GARMENT,
  GUISE_HEAD_OTHER, /* something whose properties are nobody's */
} GuiseHeadKind;

/* A noun, and what has become of it. */
typedef struct {
  GuiseHeadKind kind;
  GuiseFamily family; /* of a garment */
  GuiseSlot slot;     /* of a measure */
  guint thing;
  guint unit;      /* where it stands */
  guint statement; /* of a garment: that of its type, G_MAXUINT = it has none */
  gboolean bare;   /* may be the heading of the garment behind it */
} GuiseHead;

typedef struct {
  const GuiseLexicon *lexicon;
  const GuiseUnit *units;
  guint n_units;
  GArray *statements;
  GArray *pending; /* guint: units that are properties and wait for their noun */
  GuiseHead head;  /* the last noun */
  GuiseHead worn;  /* the last garment */
  GuiseHead subject;
  GuiseFamily heading;
  gboolean has_subject; /* "the shoes are": what follows is said of the subject */
  gboolean adjacent;    /* the first pending one stands right behind the head */
  gboolean wearing;     /* "dressed in": what follows is worn */
  gboolean with;
  gboolean negated, hedged, hedged_clause;
  gboolean knows_person; /* the sentence has named the person */
  gboolean indefinite;   /* behind "a" */
  guint side;            /* the unit "left" or "right"; G_MAXUINT = none waits */
  guint n_things;
} GuiseReading;

/* What a unit is to the reader; the order is that in which its senses are looked at. */
typedef enum {
  GUISE_ROLE_UNKNOWN,
  GUISE_ROLE_PROPERTY,
  GUISE_ROLE_NOUN,
  GUISE_ROLE_PASSED, /* may stand between a property and its noun */
  GUISE_ROLE_OTHER,
} GuiseRole;

/* sense is that of a noun, or of another word what it does; NULL for the unknown. */
GuiseRole guise_reading_get_role (const GuiseReading *reading, guint i, const GuiseSense **sense);

/* Whether all pending properties can be said of a noun in such a sense. */
gboolean guise_reading_fits (const GuiseReading *reading, const GuiseSense *noun);
/* Gives what is pending to head, forgets what does not fit (what can only be said of a person is
 * his). A measure leaves the rest pending. */
void guise_reading_attach (GuiseReading *reading, const GuiseHead *head);
/* Whether what is pending stands right behind a noun that can take it: "shirt black, …". */
gboolean guise_reading_is_postposed (const GuiseReading *reading);
/* The same where no noun follows: to the subject, the heading, or what is worn. */
void guise_reading_flush (GuiseReading *reading);
/* A statement made by unit. */
GuiseStatement *guise_reading_state (GuiseReading *reading, GuiseSlot slot, guint unit,
                                     const GuiseSense *sense, guint thing);
