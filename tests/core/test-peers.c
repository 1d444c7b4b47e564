/* Several processes on one batch, played by threads: losses, norms and gradients are those of one
 * process alone; in double. */
#include <math.h>
#include <string.h>

#include "nn-gemm.h"
#include "toy-batch.h"

enum { MAX_PEERS = 4,
       N_LOSSES = 2 * GUISE_N_TERMS + 1 };

/* Where the threads meet. */
typedef struct {
  gsize n;
  GMutex lock;
  GCond moved;
  gsize n_here, turn;
  nn_real *x[MAX_PEERS];
  nn_real *sum;
} Place;

typedef struct {
  Place *place;
  GuisePeers peers;
  GuiseModel *model;
  const GuiseBatch *batch;
  NnTeam *team;
  double losses[N_LOSSES];
  GuiseStepper *stepper;
} Peer;

static void
meet (Place *place)
{
  gsize turn;

  g_mutex_lock (&place->lock);
  turn = place->turn;
  if (++place->n_here == place->n) {
    place->n_here = 0;
    place->turn++;
    g_cond_broadcast (&place->moved);
  }
  while (place->turn == turn)
    g_cond_wait (&place->moved, &place->lock);
  g_mutex_unlock (&place->lock);
}

static void
gather (gpointer data, nn_real *x, const gsize *start)
{
  Peer *peer = data;
  Place *place = peer->place;

  place->x[peer->peers.rank] = x;
  meet (place);
  for (gsize r = 0; r < place->n; r++)
    if (r != peer->peers.rank)
      memcpy (x + start[r], place->x[r] + start[r], (start[r + 1] - start[r]) * sizeof *x);
  meet (place);
}

static void
sum (gpointer data, nn_real *x, gsize n)
{
  Peer *peer = data;
  Place *place = peer->place;

  place->x[peer->peers.rank] = x;
  meet (place);
  if (peer->peers.rank == 0) {
    place->sum = g_new0 (nn_real, n);
    for (gsize r = 0; r < place->n; r++)
      for (gsize i = 0; i < n; i++)
        place->sum[i] += place->x[r][i];
  }
  meet (place);
  memcpy (x, place->sum, n * sizeof *x);
  meet (place);
  if (peer->peers.rank == 0)
    g_free (place->sum);
}

static void
step (Peer *peer)
{
  double weights[GUISE_N_TERMS];

  peer->stepper = guise_stepper_new (peer->model, peer->team);
  if (peer->place != NULL)
    guise_stepper_set_peers (peer->stepper, &peer->peers);
  guise_stepper_forward (peer->stepper, peer->batch, GUISE_WANT_ALL_TERMS, 0.1);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    weights[k] = 1;
    peer->losses[2 * k] = guise_stepper_get_loss (peer->stepper, k);
    peer->losses[2 * k + 1] = guise_stepper_get_task_norm (peer->stepper, k);
  }
  peer->losses[N_LOSSES - 1] = guise_stepper_backward (peer->stepper, weights);
}

static gpointer
work (gpointer data)
{
  step (data);
  return NULL;
}

static void
assert_same (const double *got, const double *want, gsize n)
{
  double top = 0;

  for (gsize i = 0; i < n; i++)
    top = MAX (top, fabs (want[i]));
  g_assert_cmpfloat (top, >, 0);
  for (gsize i = 0; i < n; i++)
    if (!(fabs (got[i] - want[i]) <= 1e-12 * top))
      g_error ("number %zu of %zu is %.17g, must be %.17g", i, n, got[i], want[i]);
}

/* Every process gets a batch whose images outside of its share are not numbers. */
static void
compare (const GuiseConfig *config, gsize size, gsize n, NnTeam **teams)
{
  g_autoptr (GuiseModel) model = guise_model_new (config);
  g_autoptr (ToyBatch) whole = toy_batch_new (config, size, 40 + size);
  Place place = { .n = n };
  Peer alone = { .model = model, .batch = &whole->batch }, peer[MAX_PEERS] = { 0 };
  ToyBatch *toys[MAX_PEERS];
  GThread *threads[MAX_PEERS];
  gsize pixels = 3 * config->vision.image_size[0] * config->vision.image_size[1];

  guise_model_init (model, 3);
  step (&alone);
  g_mutex_init (&place.lock);
  g_cond_init (&place.moved);
  for (gsize r = 0; r < n; r++) {
    gsize from, to;

    toys[r] = toy_batch_new (config, size, 40 + size);
    guise_peers_share (size, r, n, &from, &to);
    for (gsize i = 0; i < size * pixels; i++)
      if (i < from * pixels || i >= to * pixels)
        toys[r]->images[i] = NAN;
    peer[r] = (Peer){ .place = &place,
                      .peers = { r, n, gather, sum, &peer[r] },
                      .model = model,
                      .batch = &toys[r]->batch,
                      .team = teams[r] };
    threads[r] = g_thread_new ("peer", work, &peer[r]);
  }
  for (gsize r = 0; r < n; r++) {
    g_thread_join (threads[r]);
    assert_same (peer[r].losses, alone.losses, N_LOSSES);
    assert_same (guise_stepper_get_grads (peer[r].stepper),
                 guise_stepper_get_grads (alone.stepper), model->params->n_trained);
    g_assert_cmpmem (guise_stepper_get_grads (peer[r].stepper),
                     model->params->n_trained * sizeof (nn_real),
                     guise_stepper_get_grads (peer[0].stepper),
                     model->params->n_trained * sizeof (nn_real));
  }
  for (gsize r = 0; r < n; r++) {
    guise_stepper_free (peer[r].stepper);
    toy_batch_free (toys[r]);
  }
  guise_stepper_free (alone.stepper);
  g_mutex_clear (&place.lock);
  g_cond_clear (&place.moved);
}

static void
test_peers (gconstpointer data)
{
  static const gsize sizes[] = { 1, 2, 7, 12 };
  NnTeam *teams[MAX_PEERS] = { NULL, nn_team_create (2) };
  g_autoptr (GError) error = NULL;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "toy", NULL));
  g_assert_true (guise_config_set (&config, data, &error));
  for (gsize n = 1; n <= MAX_PEERS; n++)
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
      compare (&config, sizes[i], n, teams);
  nn_team_free (teams[1]);
}

int
main (int argc, char **argv)
{
  static const char *const settings[] = {
    "{\"train\": {\"vision_blocks\": -1, \"train_text\": true}}",
    "{\"train\": {\"vision_blocks\": 1, \"train_text\": false, \"micro_batch\": 2}}",
    "{\"train\": {\"vision_blocks\": 0, \"train_text\": true}, \"bdam\": {\"enabled\": false}}",
  };

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autofree char *name = g_strdup_printf ("/peers/%zu", i);

    g_test_add_data_func (name, settings[i], test_peers);
  }
  return g_test_run ();
}
