#include "guise-query.h"

#include <string.h>

#define NOT_WEIGHT 0.5f

/* One of the two parts. */
typedef struct {
  gboolean present; /* something was added, not only subtracted */
  float *vector;    /* [dim] */
} Part;

struct _GuiseQuery {
  size_t dim;
  Part identity, clothing;
  gboolean equal; /* who, wearing or an image took part */
};

GuiseQuery *
guise_query_new (size_t dim)
{
  GuiseQuery *query = g_new0 (GuiseQuery, 1);

  query->dim = dim;
  query->identity.vector = g_new0 (float, MAX (dim, 1));
  query->clothing.vector = g_new0 (float, MAX (dim, 1));
  return query;
}

void
guise_query_free (GuiseQuery *query)
{
  if (query == NULL)
    return;
  g_free (query->identity.vector);
  g_free (query->clothing.vector);
  g_free (query);
}

static void
add_to_part (GuiseQuery *query, Part *part, const float *vector, float weight)
{
  for (size_t k = 0; k < query->dim; k++)
    part->vector[k] += weight * vector[k];
  part->present |= weight > 0;
}

void
guise_query_add_text (GuiseQuery *query, const float *t, const float *u)
{
  add_to_part (query, &query->identity, t, 1);
  add_to_part (query, &query->clothing, u, 1);
}

void
guise_query_add_who (GuiseQuery *query, const float *t)
{
  add_to_part (query, &query->identity, t, 1);
  query->equal = TRUE;
}

void
guise_query_add_wearing (GuiseQuery *query, const float *u)
{
  add_to_part (query, &query->clothing, u, 1);
  query->equal = TRUE;
}

void
guise_query_add_image (GuiseQuery *query, const float *v, const float *c)
{
  add_to_part (query, &query->identity, v, 1);
  add_to_part (query, &query->clothing, c, 1);
  query->equal = TRUE;
}

void
guise_query_subtract (GuiseQuery *query, const float *t, const float *u)
{
  add_to_part (query, &query->identity, t, -NOT_WEIGHT);
  add_to_part (query, &query->clothing, u, -NOT_WEIGHT);
}

size_t
guise_query_get_dim (const GuiseQuery *query)
{
  return query->dim;
}

gboolean
guise_query_has_identity (const GuiseQuery *query)
{
  return query->identity.present;
}

gboolean
guise_query_has_clothing (const GuiseQuery *query)
{
  return query->clothing.present;
}

static void
copy_part (const GuiseQuery *query, const Part *part, float *out)
{
  if (query->dim == 0)
    return;
  if (part->present)
    memcpy (out, part->vector, query->dim * sizeof *out);
  else
    memset (out, 0, query->dim * sizeof *out);
}

void
guise_query_get_identity (const GuiseQuery *query, float *out)
{
  copy_part (query, &query->identity, out);
}

void
guise_query_get_clothing (const GuiseQuery *query, float *out)
{
  copy_part (query, &query->clothing, out);
}

double
guise_query_get_default_lambda (const GuiseQuery *query, double run_lambda)
{
  if (query->identity.present != query->clothing.present)
    return query->identity.present ? 1 : 0;
  return query->equal ? GUISE_QUERY_LAMBDA_EQUAL : run_lambda;
}
