#include "guise-efficiency.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guise-network.h"
#include "nn-random.h"

enum { MIN_REPETITIONS = 3,
       MAX_REPETITIONS = 10001 };

/* One pass of what is measured. */
typedef void (*Pass) (gpointer data);

/* ---- time ---- */

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Processor time of this thread: what others do on the machine does not count. To the nanosecond:
 * a short sequence takes microseconds. */
static double
get_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double
measure (Pass pass, gpointer data, double seconds)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  double started = get_seconds (), now = started;

  while (times->len < MIN_REPETITIONS
         || (now - started < seconds && times->len < MAX_REPETITIONS)) {
    double before = get_seconds (), taken;

    pass (data);
    now = get_seconds ();
    taken = now - before;
    g_array_append_val (times, taken);
  }
  qsort (times->data, times->len, sizeof (double), compare_doubles);
  return g_array_index (times, double, times->len / 2);
}

/* ---- memory ---- */

/* A line of /proc/self/status, in bytes; 0 = there is none. */
static guint64
read_status (const char *key)
{
  g_autofree char *text = NULL, *wanted = g_strdup_printf ("\n%s:", key);
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  line = strstr (text, wanted);
  return line != NULL ? g_ascii_strtoull (line + strlen (wanted), NULL, 10) * 1024 : 0;
}

/* From now on the kernel's highest resident size counts anew. */
static gboolean
reset_peak (void)
{
  int file = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  gboolean good = file >= 0 && write (file, "5", 1) == 1;

  if (file >= 0)
    close (file);
  return good;
}

static guint64
measure_memory (Pass pass, gpointer data)
{
  guint64 before, peak;
  gboolean good;

  malloc_trim (0); /* what others gave back would not be seen when it is taken again */
  good = reset_peak ();
  before = read_status ("VmRSS");
  pass (data);
  peak = read_status ("VmHWM");
  return good && peak > before ? peak - before : 0;
}

/* ---- the fusion ---- */

/* Rows that go through the layers as one sequence, or through the whole fusion as pairs. */
typedef struct {
  GuiseModel *model;
  GraphTape *tape;
  nn_real *input; /* [length,F] */
  nn_real *grads; /* of the parameters; NULL = forward only */
  gsize length;
  gboolean pairs;
} Sequence;

static void
pass_sequence (gpointer data)
{
  const Sequence *s = data;
  const GraphSettings settings = { .params = s->model->values,
                                   .param_grads = s->grads,
                                   .recording = s->grads != NULL };
  GuiseFusion fusion;
  GraphTensor *x, *y;

  graph_tape_reset (s->tape, &settings);
  x = graph_input (s->tape, s->input, s->length, s->model->config.fusion.size, s->grads != NULL);
  if (s->pairs) {
    guise_fusion_forward (s->model, s->tape, x, x, &fusion);
    y = fusion.logit;
  } else {
    y = guise_fusion_layers_forward (s->model, s->tape, x, 1, s->length);
  }
  if (s->grads == NULL)
    return;
  graph_seed (s->tape, y, 1);
  graph_backward (s->tape, TRUE);
}

static nn_real *
random_reals (guint64 stream, gsize n)
{
  nn_real *data = g_new (nn_real, n);

  for (gsize i = 0; i < n; i++)
    data[i] = (nn_real)(2 * nn_random_uniform (stream, i) - 1);
  return data;
}

/* A model with this fusion, and as little as possible around it. */
static GuiseModel *
make_model (const GuiseConfig *config)
{
  GuiseModel *model;
  GuiseConfig small;

  guise_config_init_preset (&small, "toy", NULL);
  small.fusion = config->fusion;
  model = guise_model_new (&small);
  guise_model_init (model, 0);
  return model;
}

static void
sequence_clear (Sequence *sequence)
{
  graph_tape_free (sequence->tape);
  guise_model_free (sequence->model);
  g_free (sequence->input);
  g_free (sequence->grads);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sequence, sequence_clear)

static gboolean
measure_pass (Sequence *sequence, double seconds, double *time, guint64 *bytes,
              GCancellable *cancellable, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  sequence->tape = graph_tape_create ();
  pass_sequence (sequence); /* brings the program's own pages in */
  graph_tape_free (sequence->tape);
  sequence->tape = graph_tape_create ();
  *bytes = measure_memory (pass_sequence, sequence);
  *time = measure (pass_sequence, sequence, seconds);
  g_clear_pointer (&sequence->tape, graph_tape_free);
  return TRUE;
}

static gboolean
measure_fusion (const GuiseConfig *config, gsize length, gboolean pairs, double seconds,
                GuiseEfficiency *result, GCancellable *cancellable, GError **error)
{
  g_auto (Sequence) s = { .model = make_model (config), .length = length, .pairs = pairs };

  s.input = random_reals (1, length * config->fusion.size);
  if (!measure_pass (&s, seconds, &result->forward_s, &result->forward_bytes, cancellable, error))
    return FALSE;
  s.grads = g_new (nn_real, s.model->params->n);
  memset (s.grads, 0, s.model->params->n * sizeof *s.grads); /* touched: not a pass's memory */
  return measure_pass (&s, seconds, &result->both_s, &result->both_bytes, cancellable, error);
}

gboolean
guise_efficiency_measure_fusion (const GuiseConfig *config, gsize length, double seconds,
                                 GuiseEfficiency *result, GCancellable *cancellable,
                                 GError **error)
{
  return measure_fusion (config, length, FALSE, seconds, result, cancellable, error);
}

gboolean
guise_efficiency_measure_pairs (const GuiseConfig *config, gsize n, double seconds,
                                GuiseEfficiency *result, GCancellable *cancellable,
                                GError **error)
{
  return measure_fusion (config, n, TRUE, seconds, result, cancellable, error);
}

/* ---- the parts of a model ---- */

typedef struct {
  const GuiseModel *model;
  GraphTape *tape;
  nn_real *pixels, *tokens, *row, *wide; /* an image, its tokens, a row of D or F, one of Dt */
  gint32 *ids;
  gsize n_tokens;
} Parts;

static GraphTensor *
input (const Parts *p, const nn_real *data, gsize rows, gsize cols)
{
  return graph_input (p->tape, data, rows, cols, FALSE);
}

static void
begin (const Parts *p)
{
  const GraphSettings settings = { .params = p->model->values };

  graph_tape_reset (p->tape, &settings);
}

static void
pass_vision (gpointer data)
{
  const Parts *p = data;

  begin (p);
  guise_vision_forward (p->model, p->tape, p->pixels, 1);
}

static void
pass_bdam (gpointer data)
{
  const Parts *p = data;
  GraphTensor *identity, *clothing;

  begin (p);
  guise_bdam_forward (p->model, p->tape,
                      input (p, p->tokens, guise_config_get_n_patches (&p->model->config),
                             p->model->config.vision.hidden_size),
                      1, &identity, &clothing);
}

static void
pass_image_heads (gpointer data)
{
  const Parts *p = data;
  gsize width = p->model->config.vision.hidden_size;
  GuiseImageHeads heads;

  begin (p);
  guise_image_heads_forward (p->model, p->tape, input (p, p->tokens, 1, width),
                             input (p, p->tokens, 1, width), &heads);
}

static void
pass_text (gpointer data)
{
  const Parts *p = data;

  begin (p);
  guise_text_forward (p->model, p->tape, p->ids, graph_even_rows (p->tape, 1, p->n_tokens));
}

static void
pass_text_heads (gpointer data)
{
  const Parts *p = data;
  GuiseTextHeads heads;

  begin (p);
  guise_text_heads_forward (p->model, p->tape,
                            input (p, p->wide, 1, p->model->config.text.hidden_size), &heads);
}

static void
pass_fusion (gpointer data)
{
  const Parts *p = data;
  gsize size = p->model->config.fusion.size;
  GuiseFusion fusion;

  begin (p);
  guise_fusion_forward (p->model, p->tape, input (p, p->row, 1, size), input (p, p->row, 1, size),
                        &fusion);
}

static void
parts_init (Parts *parts, const GuiseModel *model, gsize n_tokens)
{
  const GuiseConfig *c = &model->config;

  *parts = (Parts){
    .model = model,
    .tape = graph_tape_create (),
    .pixels = random_reals (1, 3 * c->vision.image_size[0] * c->vision.image_size[1]),
    .tokens = random_reals (2, guise_config_get_n_patches (c) * c->vision.hidden_size),
    .row = random_reals (3, c->fusion.size),
    .wide = random_reals (4, c->text.hidden_size),
    .ids = g_new (gint32, n_tokens),
    .n_tokens = n_tokens,
  };
  for (gsize i = 0; i < n_tokens; i++)
    parts->ids[i] = (gint32)nn_random_below (5, i, c->text.vocab_size);
}

static void
parts_clear (Parts *parts)
{
  graph_tape_free (parts->tape);
  g_free (parts->pixels);
  g_free (parts->tokens);
  g_free (parts->row);
  g_free (parts->wide);
  g_free (parts->ids);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

gboolean
guise_efficiency_measure_parts (const GuiseModel *model, gsize n_tokens, double seconds,
                                double *results, GCancellable *cancellable, GError **error)
{
  static const Pass passes[GUISE_N_COSTS] = {
    [GUISE_COST_VISION] = pass_vision,
    [GUISE_COST_BDAM] = pass_bdam,
    [GUISE_COST_IMAGE_HEADS] = pass_image_heads,
    [GUISE_COST_TEXT] = pass_text,
    [GUISE_COST_TEXT_HEADS] = pass_text_heads,
    [GUISE_COST_FUSION] = pass_fusion,
  };
  g_auto (Parts) parts = { 0 };

  parts_init (&parts, model, n_tokens);
  for (guint part = 0; part < GUISE_N_COSTS; part++) {
    gboolean there = part == GUISE_COST_BDAM     ? model->config.bdam.enabled
                     : part == GUISE_COST_FUSION ? model->config.fusion.enabled
                                                 : TRUE;

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    results[part] = there ? measure (passes[part], &parts, seconds) : 0;
  }
  return TRUE;
}
