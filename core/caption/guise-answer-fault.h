/* The error in a reply: every shape in which the known servers put one. For guise-answer.c. */
#pragma once

#include "guise-answer.h"

typedef struct {
  guint status;  /* the reply's, or the one that the body names where the reply says 200 */
  char *message; /* one line of at most 500 characters; NULL: no error was found */
  char *kind;    /* "type" and "code" together, in lower case; never NULL */
  char *param;   /* the member that it is about, or NULL */
} GuiseFault;

void guise_fault_clear (GuiseFault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseFault, guise_fault_clear)

/* root NULL: the body is no JSON, and its beginning is the message. */
void guise_fault_find (GuiseFault *fault, const GuiseHttpReply *reply, json_t *root);
/* Sets state, why and what to do next. */
void guise_fault_judge (const GuiseFault *fault, GuiseAnswer *answer, const GuiseHttpReply *reply,
                        const GuiseReading *reading, GuiseOutcome *verdict);
