/* What an endpoint can do, found out by asking it: eight small questions. */
#pragma once

#include "guise-asker.h"

typedef enum {
  GUISE_PROBE_UNKNOWN, /* not found out */
  GUISE_PROBE_NO,
  GUISE_PROBE_YES,
} GuiseProbeResult;

typedef struct {
  GuiseProbeResult result;
  char *why; /* one sentence unless YES, such as why it could not be asked; NULL: nothing to say */
} GuiseProbeRow;

typedef struct {
  GuiseProbeRow reachable;   /* it answers with words of a model */
  GuiseProbeRow vision;      /* it names the colours of a picture */
  GuiseProbeRow json_schema; /* it keeps to a schema that stands in response_format only */
  GuiseProbeRow json_object; /* it knows response_format "json_object" */
  guint parallel;            /* of four questions at once, how many together; 0 unknown */
  double latency_ms;         /* of one question, the model loaded; NaN unknown */
  char *model;               /* as the server says, or NULL */
  guint64 n_requests;
  GuiseEndpoint *endpoint; /* the one that was asked, with what was learned */
} GuiseProbeReport;

void guise_probe_report_free (GuiseProbeReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseProbeReport, guise_probe_report_free)

/* Asks. Of settings, the times, consent and clock are used. Blocks; any thread, from the window
 * only a worker. An endpoint that does not answer is a report, not an error; errors are
 * GUISE_ENDPOINT_ERROR (consent, address) and G_IO_ERROR_CANCELLED. */
GuiseProbeReport *guise_endpoint_probe (const GuiseEndpoint *endpoint, GuiseKey *key,
                                        const GuiseAskerSettings *settings,
                                        GCancellable *cancellable, GError **error);

/* How many of n questions at once were answered together, from the time of one alone and that of
 * all n: 1 … n. */
guint guise_probe_judge_parallel (double one_ms, double all_ms, guint n);
