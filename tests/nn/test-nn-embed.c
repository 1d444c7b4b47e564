/* Gradient checks: patches, image tokens, text embeddings. */
#include "gradcheck.h"
#include "nn-embed.h"

/* ---- patches ---- */

typedef struct {
  size_t batch, channels, height, width, patch;
  double *images, *patches, *dpatches;
} Patches;

static double
patches_forward (gpointer data)
{
  Patches *p = data;

  nn_patches_forward (p->patches, p->images, p->batch, p->channels, p->height, p->width, p->patch);
  return gradcheck_dot (p->patches, p->dpatches, p->batch * p->channels * p->height * p->width);
}

static void
patches_backward (gpointer data, double **wanted)
{
  Patches *p = data;

  nn_patches_backward (wanted[0], p->dpatches, p->batch, p->channels, p->height, p->width,
                       p->patch);
}

static void
test_patches (void)
{
  Patches p = { 2, 3, 6, 9, 3 };
  size_t n = 2 * 3 * 6 * 9;
  GradCase check = { "patches", patches_forward, patches_backward, &p };

  p.images = gradcheck_random (n, 1, 1);
  p.dpatches = gradcheck_random (n, 2, 1);
  p.patches = gradcheck_zeros (n);
  gradcheck_slot (&check, "images", p.images, n);
  gradcheck_run (&check);
  /* Image 1, patch (1,2), channel 2, pixel (2,1): row 1·6 + 1·3 + 2 of the patches. */
  g_assert_cmpfloat (p.patches[(6 + 5) * 27 + 2 * 9 + 2 * 3 + 1], ==,
                     p.images[((1 * 3 + 2) * 6 + 3 + 2) * 9 + 6 + 1]);
  gradcheck_clear ();
}

/* ---- tokens ---- */

typedef struct {
  size_t batch, n_patches, d;
  double *patches, *cls, *position, *tokens, *dtokens;
} Tokens;

static double
tokens_forward (gpointer data)
{
  Tokens *t = data;

  nn_tokens_forward (t->tokens, t->patches, t->cls, t->position, t->batch, t->n_patches, t->d);
  return gradcheck_dot (t->tokens, t->dtokens, t->batch * (t->n_patches + 1) * t->d);
}

static void
tokens_backward (gpointer data, double **wanted)
{
  Tokens *t = data;

  nn_tokens_backward (wanted[0], wanted[1], wanted[2], t->dtokens, t->batch, t->n_patches, t->d);
}

static void
check_tokens (size_t batch, size_t n_patches, size_t d)
{
  Tokens t = { batch, n_patches, d };
  GradCase check = { "tokens", tokens_forward, tokens_backward, &t, TRUE };
  size_t n = batch * (n_patches + 1) * d;

  t.patches = gradcheck_random (batch * n_patches * d, 1, 1);
  t.cls = gradcheck_random (d, 2, 1);
  t.position = gradcheck_random ((n_patches + 1) * d, 3, 1);
  t.tokens = gradcheck_zeros (n);
  t.dtokens = gradcheck_random (n, 4, 1);
  gradcheck_slot (&check, "patches", t.patches, batch * n_patches * d);
  gradcheck_slot (&check, "cls", t.cls, d);
  gradcheck_slot (&check, "position", t.position, (n_patches + 1) * d);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static void
test_tokens (void)
{
  check_tokens (3, 4, 5);
  check_tokens (1, 1, 9);
  check_tokens (2, 0, 3);
}

/* ---- text ---- */

typedef struct {
  double *word, *position, *type, *y, *dy;
} Text;

static const int32_t text_ids[] = { 3, 0, 3, 5, 5, 5, 1 };
static const size_t text_start[] = { 0, 3, 4, 4, 7 };

static double
text_forward (gpointer data)
{
  Text *t = data;

  nn_text_embedding_forward (t->y, text_ids, t->word, t->position, t->type, text_start, 4, 5);
  return gradcheck_dot (t->y, t->dy, 7 * 5);
}

static void
text_backward (gpointer data, double **wanted)
{
  Text *t = data;

  nn_text_embedding_backward (wanted[0], wanted[1], wanted[2], t->dy, text_ids, text_start, 4, 5);
}

static void
test_text (void)
{
  Text t;
  GradCase check = { "text embedding", text_forward, text_backward, &t, TRUE };

  t.word = gradcheck_random (6 * 5, 1, 1);
  t.position = gradcheck_random (4 * 5, 2, 1);
  t.type = gradcheck_random (5, 3, 1);
  t.y = gradcheck_zeros (7 * 5);
  t.dy = gradcheck_random (7 * 5, 4, 1);
  gradcheck_slot (&check, "word", t.word, 6 * 5);
  gradcheck_slot (&check, "position", t.position, 4 * 5);
  gradcheck_slot (&check, "type", t.type, 5);
  gradcheck_run (&check);
  gradcheck_clear ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/embed/patches", test_patches);
  g_test_add_func ("/nn/embed/tokens", test_tokens);
  g_test_add_func ("/nn/embed/text", test_text);
  return g_test_run ();
}
