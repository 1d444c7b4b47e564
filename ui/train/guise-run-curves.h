/* GuiseRunCurves: what a run's events say, as charts and as the latest figures. Fed by the events
 * of a running trainer or by a run's metrics.jsonl, which hold the same objects. Not locked: one
 * thread at a time; made on a worker, then handed over. */
#pragma once

#include "guise-chart.h"

#include <gio/gio.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef struct _GuiseRunCurves GuiseRunCurves;

GuiseRunCurves *guise_run_curves_new (void);
void guise_run_curves_free (GuiseRunCurves *curves);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRunCurves, guise_run_curves_free)

/* Takes an event in: steps and validations into the charts, what is worth telling into the log.
 * Steps and validations that were seen before are passed over. Returns whether it was news. */
gboolean guise_run_curves_add (GuiseRunCurves *curves, json_t *event);
/* All of metrics.jsonl at path; a file that is not there is an empty success. Blocking. */
GuiseRunCurves *guise_run_curves_read (const char *path, GError **error);
/* How many lines of metrics.jsonl are in it; 0 once it has taken events in from elsewhere. */
guint64 guise_run_curves_get_n_lines (GuiseRunCurves *curves);
/* The events (json_t) behind the first n_lines of metrics.jsonl: what has been written since. They
 * can be told apart by their number: a trainer that goes on from a checkpoint first writes the same
 * lines again. None where there is no file. Blocking. */
GPtrArray *guise_run_curves_read_news (const char *path, guint64 n_lines, GError **error);
/* Adds them all. */
void guise_run_curves_add_news (GuiseRunCurves *curves, const GPtrArray *news);

/* Borrowed. */
GuiseChart *guise_run_curves_get_losses (GuiseRunCurves *curves);
GuiseChart *guise_run_curves_get_validation (GuiseRunCurves *curves);
GuiseChart *guise_run_curves_get_weights (GuiseRunCurves *curves);

/* The latest of everything; NaN where nothing was measured. */
typedef struct {
  guint64 step, n_steps;
  double lr, images_per_s;
  double r1, map, lambda;      /* of the last validation */
  double best_r1, best_lambda; /* of the best one */
  guint64 best_step;
  guint n_evals;
  double steps_per_s;  /* validations included, by the last steps; NaN = unknown */
  double seconds_left; /* at that pace; NaN = unknown */
} GuiseRunFigures;

const GuiseRunFigures *guise_run_curves_get_figures (GuiseRunCurves *curves);

/* What happened, a line each (const char *), in the reader's language: the last few hundred. The
 * array is borrowed and grows at its end. */
const GPtrArray *guise_run_curves_get_log (GuiseRunCurves *curves);
void guise_run_curves_log (GuiseRunCurves *curves, const char *line);
/* Lines logged so far, those that are gone included. */
guint guise_run_curves_get_n_logged (GuiseRunCurves *curves);

G_END_DECLS
