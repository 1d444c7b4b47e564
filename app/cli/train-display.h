/* What guisectl shows of a training: JSON lines, or a progress line on a terminal and a line for
 * every validation. */
#pragma once

#include "cli.h"

typedef struct {
  CliGlobal *global;
  gboolean drawn;  /* a progress line stands on the terminal */
  gint64 started;  /* of the training itself */
  gint64 from;     /* the step that it began with */
  double r1, best; /* of the last and of the best validation; negative = none yet */
} TrainDisplay;

void train_display_init (TrainDisplay *display, CliGlobal *global);
/* A GuiseTrainerEvent; user_data is the display. */
void train_display_event (json_t *event, gpointer user_data);
/* Takes the progress line away. */
void train_display_end (TrainDisplay *display);
