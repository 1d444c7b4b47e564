#include <string.h>

#include "guise-trainer-private.h"

enum { MAX_NAME = 512 };

/* What the first process tells the others before they begin. */
typedef struct {
  guint64 step;
  char name[MAX_NAME];
} Call;

gboolean
guise_trainer_is_first (const GuiseTrainer *trainer)
{
  return trainer->options.crew == NULL || trainer->options.crew->rank == 0;
}

/* -------------------------------------------------------------------- stepper */

static void
gather (gpointer data, nn_real *x, const gsize *start)
{
  const GuiseCrew *crew = data;
  g_autofree gsize *bytes = g_new (gsize, crew->n + 1);

  for (gsize r = 0; r <= crew->n; r++)
    bytes[r] = start[r] * sizeof *x;
  crew->gather (x, bytes);
}

static void
sum (gpointer data, nn_real *x, gsize n)
{
  const GuiseCrew *crew = data;

  crew->sum (x, n);
}

void
guise_trainer_meet_peers (GuiseTrainer *trainer)
{
  const GuiseCrew *crew = trainer->options.crew;

  if (crew == NULL)
    return;
  trainer->peers = (GuisePeers){ crew->rank, crew->n, gather, sum, (gpointer)crew };
  guise_stepper_set_peers (trainer->stepper, &trainer->peers);
}

/* ------------------------------------------------------------------- beginning */

void
guise_trainer_call_peers (GuiseTrainer *trainer)
{
  const GuiseCrew *crew = trainer->options.crew;
  Call call = { .step = (guint64)trainer->state.step };

  if (crew == NULL)
    return;
  g_strlcpy (call.name, trainer->info->name, sizeof call.name);
  crew->broadcast (&call, sizeof call);
}

char *
guise_trainer_await (const GuiseCrew *crew, guint64 *step)
{
  Call call;

  crew->broadcast (&call, sizeof call);
  call.name[MAX_NAME - 1] = '\0';
  *step = call.step;
  return g_strdup (call.name);
}

/* Every process calls it; each gets the same answer. */
static gboolean
is_same_for_all (const GuiseCrew *crew, gconstpointer mine, gsize size)
{
  g_autofree guint8 *firsts = g_memdup2 (mine, size);

  crew->broadcast (firsts, size);
  return crew->max (memcmp (mine, firsts, size) != 0) == 0;
}

static void
hash (gconstpointer bytes, gsize n, guint8 *digest)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = 32;

  g_checksum_update (checksum, bytes, (gssize)n);
  g_checksum_get_digest (checksum, digest, &size);
}

gboolean
guise_trainer_compare_data (GuiseTrainer *trainer, GError **error)
{
  const GuiseTrainSet *set = trainer->train;
  guint8 mine[3 * 32];

  if (trainer->options.crew == NULL)
    return TRUE;
  hash (set->index, set->n_images * sizeof *set->index, mine);
  hash (set->person, set->n_images * sizeof *set->person, mine + 32);
  hash (set->tokens, set->token_start[set->n_texts] * sizeof *set->tokens, mine + 64);
  if (is_same_for_all (trainer->options.crew, mine, sizeof mine))
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP,
               "cannot train in %zu processes: they do not see the same images and texts; the "
               "project and its data sets must be in the same place for all, and readable",
               trainer->options.crew->n);
  return FALSE;
}

/* ----------------------------------------------------------------- every step */

void
guise_trainer_share_samples (GuiseTrainer *trainer, GuiseLoadedBatch *loaded)
{
  const GuiseCrew *crew = trainer->options.crew;
  gsize size = guise_loader_get_size (trainer->loader);
  g_autofree gsize *start = NULL;

  if (crew == NULL || crew->max (loaded->n_replaced > 0) == 0)
    return;
  start = g_new (gsize, crew->n + 1);
  for (gsize r = 0; r < crew->n; r++)
    guise_peers_share (size, r, crew->n, &start[r], &start[r + 1]);
  for (gsize r = 0; r <= crew->n; r++)
    start[r] *= sizeof (GuiseSample);
  crew->gather (loaded->samples, start);
  guise_loader_lay_out (trainer->loader, loaded);
}

gboolean
guise_trainer_any_cancelled (GuiseTrainer *trainer, GCancellable *cancellable)
{
  const GuiseCrew *crew = trainer->options.crew;
  gboolean mine = g_cancellable_is_cancelled (cancellable);

  return crew != NULL ? crew->max (mine) != 0 : mine;
}

gboolean
guise_trainer_goes_on (GuiseTrainer *trainer, gboolean goes_on)
{
  if (trainer->options.crew != NULL)
    trainer->options.crew->broadcast (&goes_on, sizeof goes_on);
  return goes_on;
}

gboolean
guise_trainer_compare_weights (GuiseTrainer *trainer, GError **error)
{
  guint8 mine[32];

  if (trainer->options.crew == NULL)
    return TRUE;
  hash (trainer->model->values, trainer->model->params->n * sizeof (nn_real), mine);
  if (is_same_for_all (trainer->options.crew, mine, sizeof mine))
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED,
               "training stopped at step %.0f: its processes no longer have the same weights; are "
               "their processors of one kind? The checkpoints before are kept",
               trainer->state.step);
  return FALSE;
}
