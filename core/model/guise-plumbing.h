/* `guisectl model step` and `model train`: losses, features, gradients and short training runs from
 * files, in the shapes and names of the executable specification, for parity checks and scripts.
 * Each exists in float and in double. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

/* Reads checkpoint folder and batch file, writes losses, features and gradients (dropout off, every
 * term's weight 1). Returns the losses by name, which the caller owns. */
json_t *guise_plumbing_step (const char *folder, const char *batch, const char *out,
                             GError **error);
json_t *guise_plumbing_step_double (const char *folder, const char *batch, const char *out,
                                    GError **error);

/* Adam and GradNorm on the same batch n_steps times at a constant rate; writes history and
 * parameters. */
json_t *guise_plumbing_train (const char *folder, const char *batch, const char *out, gsize n_steps,
                              GError **error);
json_t *guise_plumbing_train_double (const char *folder, const char *batch, const char *out,
                                     gsize n_steps, GError **error);
