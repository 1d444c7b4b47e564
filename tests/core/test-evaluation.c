/* The evaluation protocols on embeddings made by hand. Gallery, person and outfit: 0 A1, 1 A1, 2
 * A2, 3 B3, 4 C4; picture 5 (D5) asks but is nobody's positive. */
#include <math.h>

#include "guise-evaluation.h"
#include "nn-gemm.h"

#define assert_near(a, b) g_assert_cmpfloat_with_epsilon ((a), (b), 1e-6)

static const gint64 persons[] = { 1, 1, 1, 2, 3, 4 }, outfits[] = { 1, 1, 2, 3, 4, 5 };
static const gint64 items[] = { 10, 11, 12, 13, 14, 15 };
/* Identity points along one axis a person, clothing along one an outfit; both lie beside it a
 * little. */
static const float identity[][2] = { { 1, 0 }, { .9f, .1f }, { .8f, .2f }, { .5f, .5f }, { 0, 1 } };
static const float clothing[][2] = { { 0, 1 }, { .1f, .9f }, { .9f, .1f }, { 1, 0 }, { .4f, .6f } };
static const double one = 1, zero = 0;

static const GuiseEvaluationSide gallery = { .n = 5,
                                             .identity = identity[0],
                                             .clothing = clothing[0],
                                             .persons = persons,
                                             .outfits = outfits,
                                             .items = items };

static void
evaluate (GuiseMetrics *metrics, GuiseQueryResult *results, const GuiseEvaluationSide *queries,
          GuisePositives positives, GuiseProtocol protocol, double lambda)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_evaluate (metrics, results, queries, &gallery, 2, positives, protocol,
                                 &lambda, 1, NULL, &error));
  g_assert_no_error (error);
}

/* Texts of image 0: "who" along person A's axis, "wearing" along outfit 1's. */
static void
test_texts (void)
{
  const float t[] = { 1, 0 }, u[] = { 0, 1 };
  GuiseEvaluationSide text = { .n = 1, .identity = t, .persons = persons, .outfits = outfits };
  GuiseQueryResult r;
  GuiseMetrics m;

  /* v·t: 1 .9 .8 .5 0; the positives stand first. */
  evaluate (&m, &r, &text, GUISE_POSITIVES_PERSON, GUISE_PROTOCOL_STANDARD, 0);
  g_assert_cmpuint (r.n_positives, ==, 3);
  assert_near (m.map, 100);
  /* c·u: 1 .9 .1 0 .6; A2 comes fourth, after C4. */
  text.identity = NULL;
  text.clothing = u;
  evaluate (&m, &r, &text, GUISE_POSITIVES_PERSON, GUISE_PROTOCOL_STANDARD, 1);
  g_assert_cmpuint (r.last_rank, ==, 4);
  assert_near (m.map, 100 * (1 + 1 + 3.0 / 4) / 3);
  assert_near (m.minp, 75);
  evaluate (&m, &r, &text, GUISE_POSITIVES_OUTFIT, GUISE_PROTOCOL_STANDARD, 1);
  g_assert_cmpuint (r.n_positives, ==, 2);
  assert_near (m.map, 100);
  /* Another outfit: images 0 and 1 leave the gallery, A2 stands behind C4. */
  evaluate (&m, &r, &text, GUISE_POSITIVES_PERSON, GUISE_PROTOCOL_CLOTHING_CHANGE, 1);
  g_assert_cmpuint (r.n_positives, ==, 1);
  g_assert_cmpuint (r.first_rank, ==, 2);
  assert_near (m.r1, 0);
  assert_near (m.r5, 100);
}

/* Pictures never find themselves; B3, C4 and D5 have no positive and are skipped. */
static void
test_pictures (void)
{
  float v[6][2];
  GuiseEvaluationSide side = gallery;
  GuiseQueryResult r[6];
  GuiseMetrics m;

  for (int i = 0; i < 6; i++) {
    v[i][0] = i < 5 ? identity[i][0] : .7f;
    v[i][1] = i < 5 ? identity[i][1] : .7f;
  }
  side.n = 6;
  side.identity = v[0];
  side.clothing = NULL;
  evaluate (&m, r, &side, GUISE_POSITIVES_PERSON, GUISE_PROTOCOL_STANDARD, one);
  g_assert_cmpuint (r[0].n_positives, ==, 2);
  g_assert_cmpuint (r[0].first_rank, ==, 1);
  g_assert_cmpuint (m.n_queries, ==, 6);
  g_assert_cmpuint (m.n_gallery, ==, 5);
  g_assert_cmpuint (m.n_skipped, ==, 3);
  assert_near (m.r1, 100);
  evaluate (&m, r, &side, GUISE_POSITIVES_PERSON, GUISE_PROTOCOL_CLOTHING_CHANGE, one);
  g_assert_cmpuint (r[0].n_positives, ==, 1);
  g_assert_cmpuint (r[2].n_positives, ==, 2);
  g_assert_cmpuint (r[2].first_rank, ==, 1);
  g_assert_cmpuint (m.n_skipped, ==, 3);
  side.items = NULL; /* then it is a picture of somewhere else */
  evaluate (&m, r, &side, GUISE_POSITIVES_PERSON, GUISE_PROTOCOL_STANDARD, one);
  g_assert_cmpuint (r[0].n_positives, ==, 3);
  g_assert_cmpuint (m.n_skipped, ==, 1);
}

/* The text's identity part points the wrong way, its clothing part the right one. */
static void
test_sweep (void)
{
  const float t[] = { 0, 1 }, u[] = { 0, 1 };
  const GuiseEvaluationSide text
      = { .n = 1, .identity = t, .clothing = u, .persons = persons, .outfits = outfits };
  GuiseEvaluationSide stranger = text;
  GuiseMetrics m[GUISE_EVALUATION_N_LAMBDAS], single;
  g_autoptr (GError) error = NULL;
  size_t best;

  g_assert_true (guise_evaluation_sweep (m, &best, &text, &gallery, 2, GUISE_POSITIVES_OUTFIT, NULL,
                                         &error));
  g_assert_cmpuint (best, ==, 0);
  assert_near (guise_evaluation_get_lambda (0), zero);
  assert_near (guise_evaluation_get_lambda (5), 0.25);
  assert_near (guise_evaluation_get_lambda (20), one);
  assert_near (m[20].r1, 0);
  for (size_t i = 0; i < GUISE_EVALUATION_N_LAMBDAS; i++) {
    evaluate (&single, NULL, &text, GUISE_POSITIVES_OUTFIT, GUISE_PROTOCOL_STANDARD,
              guise_evaluation_get_lambda (i));
    assert_near (single.map, m[i].map);
  }
  stranger.persons = persons + 5;
  stranger.outfits = outfits + 5;
  g_assert_true (guise_evaluation_sweep (m, &best, &stranger, &gallery, 2, GUISE_POSITIVES_PERSON,
                                         NULL, &error));
  g_assert_cmpuint (best, ==, 10);
  g_assert_true (isnan (m[0].r1));
  g_assert_cmpuint (m[0].n_skipped, ==, 1);
}

static void
test_nan (void)
{
  const float t[] = { NAN, 0 };
  const GuiseEvaluationSide text
      = { .n = 1, .identity = t, .persons = persons, .outfits = outfits };
  g_autoptr (GError) error = NULL;
  GuiseMetrics m;

  g_assert_false (guise_evaluate (&m, NULL, &text, &gallery, 2, GUISE_POSITIVES_PERSON,
                                  GUISE_PROTOCOL_STANDARD, &one, 1, NULL, &error));
  g_assert_error (error, GUISE_METRICS_ERROR, GUISE_METRICS_ERROR_NAN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/evaluation/texts", test_texts);
  g_test_add_func ("/evaluation/pictures", test_pictures);
  g_test_add_func ("/evaluation/sweep", test_sweep);
  g_test_add_func ("/evaluation/nan", test_nan);
  return g_test_run ();
}
