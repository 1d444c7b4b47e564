#include "guise-probe-endpoint.h"
#include "guise-canary.h"

#include <math.h>

#define N_PARALLEL 4

typedef struct {
  GuiseAsker *asker;
  GMainContext *context;
  GuiseProbeReport *report;
} Probe;

void
guise_probe_report_free (GuiseProbeReport *report)
{
  if (report == NULL)
    return;
  g_free (report->reachable.why);
  g_free (report->vision.why);
  g_free (report->json_schema.why);
  g_free (report->json_object.why);
  g_free (report->model);
  guise_endpoint_free (report->endpoint);
  g_free (report);
}

guint
guise_probe_judge_parallel (double one_ms, double all_ms, guint n)
{
  if (!(one_ms > 0) || !(all_ms > 0))
    return 1;
  return (guint)CLAMP (n * one_ms / all_ms + 0.5, 1, n);
}

static void
set_row (GuiseProbeRow *row, gboolean good, const char *why)
{
  g_free (row->why);
  row->result = good ? GUISE_PROBE_YES : GUISE_PROBE_NO;
  row->why = good ? NULL : g_strdup (why);
}

/* Whether the server has had its say. A connection that broke, a server that is too busy or lets
 * nobody in says nothing of what it can do. */
static gboolean
has_spoken (const GuiseAnswer *answer)
{
  guint http = answer->http;

  if (answer->state != GUISE_ANSWER_FAILED)
    return answer->state != GUISE_ANSWER_CANCELLED;
  return (http >= 400 && http <= 499 && (http < 401 || http > 403) && http != 408 && http != 425
          && http != 429)
         || http == 501;
}

static void
set_answered_row (GuiseProbeRow *row, const GuiseAnswer *answer)
{
  if (has_spoken (answer)) {
    set_row (row, answer->state == GUISE_ANSWER_DONE, answer->why);
    return;
  }
  g_free (row->why);
  row->result = GUISE_PROBE_UNKNOWN;
  row->why = g_strdup (answer->why);
}

/* ---- asking and waiting ---- */

static void
keep_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_ptr_array_add (data, guise_asker_finish (result));
}

/* Asks questions (consumed) at the same time; array of GuiseAnswer. */
static GPtrArray *
ask (Probe *probe, GuiseQuestion **questions, guint n)
{
  GPtrArray *answers = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_answer_free);

  for (guint i = 0; i < n; i++)
    guise_asker_push (probe->asker, questions[i], keep_answer, answers);
  while (answers->len < n)
    g_main_context_iteration (probe->context, TRUE);
  return answers;
}

/* ---- the rows ---- */

/* The picture: whether anything answers, and whether it sees. FALSE: nothing more can be found out.
 */
static gboolean
look_at_vision (Probe *probe, GError **error)
{
  GuiseQuestion *question = guise_canary_create_question (1, error);
  GuiseProbeReport *report = probe->report;
  g_autoptr (GPtrArray) answers = NULL;
  g_autofree char *saw = NULL;
  GuiseAnswer *answer;
  gboolean sees;

  if (question == NULL)
    return FALSE;
  answers = ask (probe, &question, 1);
  answer = answers->pdata[0];
  if (answer->state == GUISE_ANSWER_FAILED || answer->state == GUISE_ANSWER_CANCELLED) {
    set_row (&report->reachable, FALSE, answer->why);
    return FALSE;
  }
  set_row (&report->reachable, TRUE, NULL);
  report->model = g_strdup (answer->model);
  report->latency_ms = answer->ms / MAX (answer->attempts, 1);
  sees = guise_canary_check (1, answer, &saw);
  set_row (&report->vision, sees, saw);
  return TRUE;
}

/* Without a picture, and with the wanted form in response_format only: what comes shows whether the
 * server keeps to it. */
static gboolean
look_at_format (Probe *probe, GuiseFormat format, GuiseProbeRow *row)
{
  json_auto_t *schema
      = format == GUISE_FORMAT_JSON_SCHEMA
            ? json_pack ("{s:s, s:b, s:[s,s], s:{s:{s:s}, s:{s:s}}}", "type", "object",
                         "additionalProperties", FALSE, "required", "garment", "colour_of_it",
                         "properties", "garment", "type", "string", "colour_of_it", "type",
                         "string")
            : json_pack ("{s:s}", "type", "object");
  GuiseQuestion *question = guise_question_new (
      "format", NULL,
      format == GUISE_FORMAT_JSON_SCHEMA ? "Somebody wears a red coat. What is worn?"
                                         : "Somebody wears a red coat. What is worn? Answer as a "
                                           "JSON object.",
      NULL, schema);
  g_autoptr (GPtrArray) answers = NULL;
  GuiseAnswer *answer;

  question->format = format;
  question->flags = GUISE_QUESTION_AS_IS;
  question->max_tokens = 200;
  answers = ask (probe, &question, 1);
  answer = answers->pdata[0];
  set_answered_row (row, answer);
  if (answer->state == GUISE_ANSWER_DONE)
    probe->report->latency_ms = answer->ms / MAX (answer->attempts, 1);
  return answer->state != GUISE_ANSWER_CANCELLED;
}

/* The picture's questions 2 … n + 1; the array's holes are NULL. */
static gboolean
create_questions (GuiseQuestion **questions, guint n, GError **error)
{
  for (guint i = 0; i < n; i++) {
    questions[i] = guise_canary_create_question (i + 2, error);
    if (questions[i] != NULL)
      continue;
    while (i > 0)
      guise_question_free (questions[--i]);
    return FALSE;
  }
  return TRUE;
}

/* One question alone, the model being loaded by now, then four at once. */
static gboolean
look_at_parallel (Probe *probe, const GuiseClock *clock, GError **error)
{
  GuiseQuestion *questions[1 + N_PARALLEL];
  g_autoptr (GPtrArray) alone = NULL, together = NULL;
  gint64 started;
  double all_ms;

  if (!create_questions (questions, 1 + N_PARALLEL, error))
    return FALSE;
  alone = ask (probe, questions, 1);
  started = clock->now (clock->data);
  together = ask (probe, questions + 1, N_PARALLEL);
  all_ms = (double)(clock->now (clock->data) - started) / 1000;
  if (!has_spoken (alone->pdata[0]))
    return TRUE;
  probe->report->latency_ms = ((GuiseAnswer *)alone->pdata[0])->ms;
  for (guint i = 0; i < together->len; i++)
    if (!has_spoken (together->pdata[i]))
      return TRUE;
  probe->report->parallel
      = guise_probe_judge_parallel (probe->report->latency_ms, all_ms, N_PARALLEL);
  return TRUE;
}

static gboolean
look (Probe *probe, const GuiseClock *clock, GError **error)
{
  GuiseProbeReport *report = probe->report;

  return look_at_vision (probe, error)
         && look_at_format (probe, GUISE_FORMAT_JSON_SCHEMA, &report->json_schema)
         && look_at_format (probe, GUISE_FORMAT_JSON_OBJECT, &report->json_object)
         && look_at_parallel (probe, clock, error);
}

/* What was measured stands over what the profile says. */
static void
learn (Probe *probe)
{
  GuiseProbeReport *report = probe->report;
  const GuiseProbeRow *rows[] = { &report->json_schema, &report->json_object };
  GuiseAskerStatus status;

  report->endpoint = guise_asker_dup_endpoint (probe->asker);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i]->result == GUISE_PROBE_NO)
      report->endpoint->formats &= ~(1u << i);
    else if (rows[i]->result == GUISE_PROBE_YES)
      report->endpoint->formats |= 1u << i;
  guise_asker_get_status (probe->asker, &status);
  report->n_requests = status.n_requests;
  guise_asker_status_clear (&status);
}

static void
cancel_asker (GCancellable *cancellable, GuiseAsker *asker)
{
  guise_asker_cancel (asker);
}

GuiseProbeReport *
guise_endpoint_probe (const GuiseEndpoint *endpoint, GuiseKey *key,
                      const GuiseAskerSettings *settings, GCancellable *cancellable, GError **error)
{
  GuiseAskerSettings quick = *settings;
  g_autoptr (GuiseProbeReport) report = g_new0 (GuiseProbeReport, 1);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GuiseAsker) asker = NULL;
  Probe probe = { .context = context, .report = report };
  GError *failure = NULL;
  gulong follow = 0;

  quick.breaker = 0;
  quick.tries = 2;
  quick.start = quick.most = N_PARALLEL;
  quick.give_up = TRUE;
  report->latency_ms = NAN;
  if (quick.clock == NULL)
    quick.clock = guise_clock_get_real ();
  probe.asker = asker = guise_asker_new (endpoint, key, &quick, error);
  if (asker == NULL)
    return NULL;
  if (cancellable != NULL)
    follow = g_cancellable_connect (cancellable, G_CALLBACK (cancel_asker), asker, NULL);
  g_main_context_push_thread_default (context);
  look (&probe, quick.clock, &failure);
  g_main_context_pop_thread_default (context);
  g_cancellable_disconnect (cancellable, follow);
  learn (&probe);
  if (failure != NULL) {
    g_propagate_error (error, failure);
    return NULL;
  }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_steal_pointer (&report);
}
