#include "guise-job-pace.h"

void
guise_job_pace_add (GuiseJobPace *pace, guint64 done, guint64 total, gint64 now)
{
  if (pace->began == 0 || total != pace->total || done < pace->done) {
    pace->began = now;
    pace->first = done;
    pace->total = total;
  }
  pace->done = done;
  pace->last = now;
}

double
guise_job_pace_get_rate (const GuiseJobPace *pace)
{
  if (pace->last <= pace->began)
    return 0;
  return (pace->done - pace->first) / ((pace->last - pace->began) / 1e6);
}

double
guise_job_pace_get_seconds_left (const GuiseJobPace *pace)
{
  double rate = guise_job_pace_get_rate (pace);

  if (rate <= 0 || pace->total < pace->done)
    return -1;
  return (pace->total - pace->done) / rate;
}

double
guise_job_pace_get_fraction (const GuiseJobPace *pace)
{
  return pace->total > 0 ? MIN ((double)pace->done / pace->total, 1) : -1;
}
