#include "guise-gradnorm.h"

#include <math.h>

/* The paper's ratio takes any term; the floored one needs a floor and a chance level, which only
 * InfoNCE has. */
static gboolean
may_be_task (const GuiseConfig *config, GuiseTerm term)
{
  return config->gradnorm.ratio == GUISE_RATIO_PLAIN || term == GUISE_TERM_INFO
         || term == GUISE_TERM_CAPTION || term == GUISE_TERM_CLOTH;
}

void
guise_gradnorm_init (GuiseGradNorm *gradnorm, const GuiseConfig *config)
{
  GuiseTermList active;

  *gradnorm = (GuiseGradNorm){ 0 };
  if (!config->gradnorm.enabled)
    return;
  guise_config_get_active_terms (config, &active);
  for (gsize i = 0; i < config->gradnorm.tasks.n; i++) {
    GuiseTerm term = config->gradnorm.tasks.item[i];

    if (guise_term_list_contains (&active, term) && may_be_task (config, term))
      gradnorm->task[gradnorm->n_tasks++] = term;
  }
  if (gradnorm->n_tasks < 2)
    gradnorm->n_tasks = 0;
}

gboolean
guise_gradnorm_needs_norms (const GuiseGradNorm *gradnorm, const GuiseConfig *config)
{
  return gradnorm->n_tasks > 0 && gradnorm->n_warmup >= config->gradnorm.warmup;
}

/* r: how much of each loss is left, relative to the others. */
static void
get_ratios (const GuiseGradNorm *gradnorm, const GuiseConfig *config, const double *loss,
            const double *floor, double chance, double *r)
{
  double mean = 0;

  for (gsize i = 0; i < gradnorm->n_tasks; i++) {
    GuiseTerm k = gradnorm->task[i];

    if (config->gradnorm.ratio == GUISE_RATIO_PLAIN)
      r[i] = loss[k] / MAX (gradnorm->start_loss[i], 1e-6);
    else
      r[i] = MAX (chance - floor[k] > 1e-9 ? (loss[k] - floor[k]) / (chance - floor[k]) : 1, 1e-6);
    mean += r[i] / gradnorm->n_tasks;
  }
  for (gsize i = 0; i < gradnorm->n_tasks; i++)
    r[i] /= mean;
}

static void
renormalise (GuiseGradNorm *gradnorm, const GuiseConfig *config)
{
  double sum = 0, w[GUISE_N_TERMS];

  for (gsize i = 0; i < gradnorm->n_tasks; i++) {
    w[i] = CLAMP (exp (gradnorm->s[i]), config->gradnorm.clip[0], config->gradnorm.clip[1]);
    sum += w[i];
  }
  for (gsize i = 0; i < gradnorm->n_tasks; i++)
    gradnorm->s[i] = log (w[i] * gradnorm->n_tasks / sum);
}

/* Adam with β = 0.9, 0.999 on one s. */
static void
move (GuiseGradNorm *gradnorm, gsize i, double gradient, double lr)
{
  double m = gradnorm->m[i] = 0.9 * gradnorm->m[i] + 0.1 * gradient;
  double v = gradnorm->v[i] = 0.999 * gradnorm->v[i] + 0.001 * gradient * gradient;
  double t = gradnorm->n_steps;

  gradnorm->s[i] -= lr * (m / (1 - pow (0.9, t))) / (sqrt (v / (1 - pow (0.999, t))) + 1e-8);
}

void
guise_gradnorm_update (GuiseGradNorm *gradnorm, const GuiseConfig *config, const double *loss,
                       const double *norm, const double *floor, double chance)
{
  gsize n = gradnorm->n_tasks;
  double r[GUISE_N_TERMS], g[GUISE_N_TERMS], reference = 0;
  gboolean exponent = config->gradnorm.alpha_role == GUISE_ALPHA_EXPONENT;
  double alpha = config->gradnorm.alpha;

  if (n == 0)
    return;
  if (!guise_gradnorm_needs_norms (gradnorm, config)) {
    for (gsize i = 0; i < n; i++)
      gradnorm->start_loss[i] += loss[gradnorm->task[i]] / config->gradnorm.warmup;
    gradnorm->n_warmup++;
    return;
  }
  get_ratios (gradnorm, config, loss, floor, chance, r);
  for (gsize i = 0; i < n; i++) {
    g[i] = exp (gradnorm->s[i]) * norm[gradnorm->task[i]];
    reference += g[i] / n;
  }
  if (config->gradnorm.reference == GUISE_REFERENCE_FIRST)
    reference = g[0];
  reference = MAX (reference, 1e-8);
  gradnorm->n_steps++;
  for (gsize i = 0; i < n; i++) {
    double target = reference * (exponent ? pow (r[i], alpha) : r[i]);
    double sign = (g[i] > target) - (g[i] < target);

    move (gradnorm, i,
          (exponent ? 1 : alpha) * sign * g[i]
              + 2 * config->gradnorm.log_weight_decay * gradnorm->s[i],
          config->gradnorm.lr);
  }
  renormalise (gradnorm, config);
}

void
guise_gradnorm_get_weights (const GuiseGradNorm *gradnorm, const GuiseConfig *config, guint64 step,
                            double *weights)
{
  GuiseTermList active;

  guise_config_get_active_terms (config, &active);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    double ramp = 1;

    weights[k] = 0;
    if (!guise_term_list_contains (&active, k))
      continue;
    if (config->loss.ramp.length > 0 && guise_term_list_contains (&config->loss.ramp.terms, k))
      ramp = CLAMP (((double)step - config->loss.ramp.start) / config->loss.ramp.length, 0, 1);
    weights[k] = config->loss.weights[k] * ramp;
  }
  for (gsize i = 0; i < gradnorm->n_tasks; i++)
    weights[gradnorm->task[i]] *= exp (gradnorm->s[i]);
}
