/* Query algebra.
 *
 * A query is an identity vector and a clothing vector, each possibly absent:
 *   score (image) = λ (v·t) + (1-λ) (c·u)
 * A free text gives both; "who" gives t, "wearing" gives u; an image gives its v and c. "Not"
 * subtracts half of the score of another text, which is the same as t - ½t' and u - ½u'. A query
 * that has one part only is ranked by that part alone, whatever λ says.
 * Not locked: one thread at a time. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The default where who and wearing, or an image, were given. */
#define GUISE_QUERY_LAMBDA_EQUAL 0.5

typedef struct _GuiseQuery GuiseQuery;

GuiseQuery *guise_query_new (size_t dim);
void guise_query_free (GuiseQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseQuery, guise_query_free)

/* All vectors [dim], copied. Calls add up: two texts are the sum of both. */
void guise_query_add_text (GuiseQuery *query, const float *t, const float *u);
void guise_query_add_who (GuiseQuery *query, const float *t);
void guise_query_add_wearing (GuiseQuery *query, const float *u);
void guise_query_add_image (GuiseQuery *query, const float *v, const float *c);
/* --not: half of the text's score is taken away, from the parts that the query has. */
void guise_query_subtract (GuiseQuery *query, const float *t, const float *u);

/* Which parts were added; subtracting alone makes none. */
gboolean guise_query_has_identity (const GuiseQuery *query);
gboolean guise_query_has_clothing (const GuiseQuery *query);
/* λ when the user has not moved it: run_lambda (the run's, chosen on validation) for texts alone, ½
 * where who and wearing or an image take part, 1 or 0 for a query of one part. */
double guise_query_get_default_lambda (const GuiseQuery *query, double run_lambda);

/* The vectors that images are multiplied with, subtractions included, into out [dim]; zeros where
 * the part is absent. */
void guise_query_get_identity (const GuiseQuery *query, float *out);
void guise_query_get_clothing (const GuiseQuery *query, float *out);
size_t guise_query_get_dim (const GuiseQuery *query);

G_END_DECLS
