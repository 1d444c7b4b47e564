#include "guise-run-curves.h"

#include "guise-jsonl.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MAX_LINE (1 << 20)
#define MAX_LOG 500

/* What a step adds to the pace counts e times less after so many more. */
#define PACE_STEPS 500.0

struct _GuiseRunCurves {
  GuiseChart *losses;
  GuiseChart *validation;
  GuiseChart *weights;
  gboolean has_floor;
  GuiseRunFigures figures;
  guint64 evaluated; /* the last validation's step + 1 */
  GPtrArray *log;
  guint n_logged;
  guint64 n_lines;
  double pace_steps, pace_seconds; /* how long so many steps took; what is long past counts less */
};

GuiseRunCurves *
guise_run_curves_new (void)
{
  GuiseRunCurves *self = g_new0 (GuiseRunCurves, 1);

  self->losses = guise_chart_new (NULL, _ ("step"), NULL);
  self->validation = guise_chart_new (NULL, _ ("step"), NULL);
  self->weights = guise_chart_new (NULL, _ ("step"), NULL);
  guise_chart_add_series (self->validation, "R@1");
  guise_chart_add_series (self->validation, "mAP");
  self->log = g_ptr_array_new_with_free_func (g_free);
  self->figures = (GuiseRunFigures){
    .lr = NAN,
    .images_per_s = NAN,
    .r1 = NAN,
    .map = NAN,
    .lambda = NAN,
    .best_r1 = NAN,
    .best_lambda = NAN,
    .steps_per_s = NAN,
    .seconds_left = NAN,
  };
  return self;
}

void
guise_run_curves_free (GuiseRunCurves *self)
{
  guise_chart_free (self->losses);
  guise_chart_free (self->validation);
  guise_chart_free (self->weights);
  g_ptr_array_unref (self->log);
  g_free (self);
}

static double
get_number (json_t *object, const char *key)
{
  json_t *value = json_object_get (object, key);

  return json_is_number (value) ? json_number_value (value) : NAN;
}

static guint64
get_count (json_t *object, const char *key)
{
  return (guint64)MAX (json_integer_value (json_object_get (object, key)), 0);
}

static guint
find_series (GuiseChart *chart, const char *name)
{
  guint n = guise_chart_get_n_series (chart);

  for (guint i = 0; i < n; i++)
    if (strcmp (guise_chart_get_series_name (chart, i), name) == 0)
      return i;
  return guise_chart_add_series (chart, name);
}

/* A point for each member of the object under key. */
static void
append_members (GuiseChart *chart, json_t *event, const char *key, double step)
{
  const char *name;
  json_t *value;

  json_object_foreach (json_object_get (event, key), name, value)
      guise_chart_append (chart, find_series (chart, name), step,
                          json_is_number (value) ? json_number_value (value) : NAN);
}

/* The lowest that a contrastive loss can be with this batch: one line stands for all of them. */
static void
add_floor (GuiseRunCurves *self, json_t *event)
{
  const char *name;
  json_t *value;

  if (self->has_floor)
    return;
  json_object_foreach (json_object_get (event, "floor"), name,
                       value) if (json_number_value (value) > 0)
  {
    guise_chart_add_level (self->losses, find_series (self->losses, name),
                           json_number_value (value), _ ("floor"));
    self->has_floor = TRUE;
    return;
  }
}

static void
estimate_time (GuiseRunCurves *self)
{
  GuiseRunFigures *figures = &self->figures;

  if (self->pace_steps <= 0 || self->pace_seconds <= 0)
    return;
  figures->steps_per_s = self->pace_steps / self->pace_seconds;
  figures->seconds_left = figures->n_steps >= figures->step
                              ? (figures->n_steps - figures->step) / figures->steps_per_s
                              : NAN;
}

/* The trainer's own clock: what comes through a file comes late. */
static void
add_pace (GuiseRunCurves *self, guint64 n_steps, json_t *event)
{
  double seconds = n_steps * get_number (event, "batch") / self->figures.images_per_s;
  double keep = exp (-(n_steps / PACE_STEPS));

  if (!isfinite (seconds) || seconds <= 0)
    return;
  self->pace_steps = keep * self->pace_steps + n_steps;
  self->pace_seconds = keep * self->pace_seconds + seconds;
  estimate_time (self);
}

/* Nobody knows how fast this process will be. */
static void
forget_pace (GuiseRunCurves *self)
{
  self->pace_steps = self->pace_seconds = 0;
  self->figures.steps_per_s = self->figures.seconds_left = NAN;
}

static gboolean
add_step (GuiseRunCurves *self, json_t *event)
{
  guint64 step = get_count (event, "step"), before = self->figures.step;

  if (step == 0 || (step <= before && guise_chart_get_n_series (self->losses) > 0))
    return FALSE;
  append_members (self->losses, event, "loss", step);
  append_members (self->weights, event, "weight", step);
  add_floor (self, event);
  self->figures.step = step;
  if (get_count (event, "steps") > 0)
    self->figures.n_steps = get_count (event, "steps");
  self->figures.lr = get_number (event, "lr");
  self->figures.images_per_s = get_number (event, "images_per_s");
  add_pace (self, step - MIN (step, before), event);
  return TRUE;
}

static gboolean
add_eval (GuiseRunCurves *self, json_t *event)
{
  GuiseRunFigures *figures = &self->figures;
  guint64 step = get_count (event, "step");
  double r1 = get_number (event, "r1"), map = get_number (event, "map");

  if (step < self->evaluated || !guise_chart_append (self->validation, 0, step, r1))
    return FALSE;
  self->evaluated = step + 1;
  guise_chart_append (self->validation, 1, step, map);
  figures->n_evals++;
  if (get_number (event, "seconds") > 0) {
    self->pace_seconds += get_number (event, "seconds");
    estimate_time (self);
  }
  figures->r1 = r1;
  figures->map = map;
  figures->lambda = get_number (event, "lambda");
  if (isnan (figures->best_r1) || r1 > figures->best_r1
      || json_is_true (json_object_get (event, "best"))) {
    figures->best_r1 = r1;
    figures->best_lambda = figures->lambda;
    figures->best_step = step;
  }
  return TRUE;
}

static char *
describe_eval (json_t *event)
{
  gboolean best = json_is_true (json_object_get (event, "best"));

  return g_strdup_printf (best ? _ ("step %d: R@1 %.1f %%, mAP %.1f %%, λ %.2f, the best so far")
                               : _ ("step %d: R@1 %.1f %%, mAP %.1f %%, λ %.2f"),
                          (int)get_count (event, "step"), get_number (event, "r1"),
                          get_number (event, "map"), get_number (event, "lambda"));
}

/* NULL where it is not worth a line. */
static char *
describe (json_t *event)
{
  const char *name = json_string_value (json_object_get (event, "event"));
  const char *message = json_string_value (json_object_get (event, "message"));
  int step = (int)get_count (event, "step");

  if (g_strcmp0 (name, "eval") == 0)
    return describe_eval (event);
  if (g_strcmp0 (name, "warning") == 0 && message != NULL)
    return g_strdup_printf (_ ("note: %s"), message);
  if (g_strcmp0 (name, "start") == 0)
    return step > 0 ? g_strdup_printf (_ ("goes on from step %d"), step)
                    : g_strdup (_ ("training begins"));
  if (g_strcmp0 (name, "checkpoint") == 0)
    return g_strdup_printf (_ ("step %d: checkpoint written"), step);
  if (g_strcmp0 (name, "done") == 0)
    return g_strdup (_ ("done"));
  return NULL;
}

static gboolean
take_event (GuiseRunCurves *self, json_t *event)
{
  const char *name = json_string_value (json_object_get (event, "event"));

  if (g_strcmp0 (name, "step") == 0)
    return add_step (self, event);
  if (g_strcmp0 (name, "eval") == 0)
    return add_eval (self, event);
  if (g_strcmp0 (name, "start") == 0) {
    self->figures.n_steps = get_count (event, "steps");
    forget_pace (self);
  }
  return TRUE;
}

void
guise_run_curves_log (GuiseRunCurves *self, const char *line)
{
  const char *last = self->log->len > 0 ? self->log->pdata[self->log->len - 1] : NULL;

  if (g_strcmp0 (line, last) == 0)
    return;
  if (self->log->len == MAX_LOG)
    g_ptr_array_remove_index (self->log, 0);
  g_ptr_array_add (self->log, g_strdup (line));
  self->n_logged++;
}

static gboolean
add (GuiseRunCurves *self, json_t *event)
{
  g_autofree char *line = NULL;

  if (!take_event (self, event))
    return FALSE;
  line = describe (event);
  if (line != NULL)
    guise_run_curves_log (self, line);
  return TRUE;
}

gboolean
guise_run_curves_add (GuiseRunCurves *self, json_t *event)
{
  self->n_lines = 0;
  return add (self, event);
}

/* ---- metrics.jsonl -------------------------------------------------------------------------- */

/* The file does not say that a training begins: that it has lines does. */
static gboolean
add_line (json_t *object, guint64 line, gpointer data, GError **error)
{
  GuiseRunCurves *self = data;

  if (self->n_lines++ == 0)
    guise_run_curves_log (self, _ ("training begins"));
  add (self, object);
  return TRUE;
}

static gboolean
read_lines (const char *path, GuiseJsonlFunc func, gpointer data, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GuiseJsonlReport) report = guise_jsonl_read (path, MAX_LINE, func, data, &local);

  if (report != NULL || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GuiseRunCurves *
guise_run_curves_read (const char *path, GError **error)
{
  g_autoptr (GuiseRunCurves) self = guise_run_curves_new ();

  return read_lines (path, add_line, self, error) ? g_steal_pointer (&self) : NULL;
}

guint64
guise_run_curves_get_n_lines (GuiseRunCurves *self)
{
  return self->n_lines;
}

typedef struct {
  GPtrArray *events;
  guint64 n_known;
} News;

static gboolean
take_news (json_t *object, guint64 line, gpointer data, GError **error)
{
  News *news = data;

  if (news->n_known > 0)
    news->n_known--;
  else
    g_ptr_array_add (news->events, json_incref (object));
  return TRUE;
}

GPtrArray *
guise_run_curves_read_news (const char *path, guint64 n_lines, GError **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify)json_decref);
  News news = { events, n_lines };

  return read_lines (path, take_news, &news, error) ? g_steal_pointer (&events) : NULL;
}

void
guise_run_curves_add_news (GuiseRunCurves *self, const GPtrArray *news)
{
  for (guint i = 0; i < news->len; i++)
    add_line (news->pdata[i], 0, self, NULL);
}

GuiseChart *
guise_run_curves_get_losses (GuiseRunCurves *self)
{
  return self->losses;
}

GuiseChart *
guise_run_curves_get_validation (GuiseRunCurves *self)
{
  return self->validation;
}

GuiseChart *
guise_run_curves_get_weights (GuiseRunCurves *self)
{
  return self->weights;
}

const GuiseRunFigures *
guise_run_curves_get_figures (GuiseRunCurves *self)
{
  return &self->figures;
}

const GPtrArray *
guise_run_curves_get_log (GuiseRunCurves *self)
{
  return self->log;
}

guint
guise_run_curves_get_n_logged (GuiseRunCurves *self)
{
  return self->n_logged;
}
