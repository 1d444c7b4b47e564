#include "guise-tensor-differences.h"
#include "guise-formats-error.h"

#include <string.h>

#define MAX_NAMED 200

typedef enum { MISSING,
               SHAPED,
               UNEXPECTED,
               N_KINDS } Kind;

static const char *const titles[] = { "missing", "of another shape", "unexpected" };

struct _GuiseTensorDifferences {
  gsize n[N_KINDS];
  GString *names[N_KINDS];
};

GuiseTensorDifferences *
guise_tensor_differences_new (void)
{
  GuiseTensorDifferences *differences = g_new0 (GuiseTensorDifferences, 1);

  for (gsize i = 0; i < N_KINDS; i++)
    differences->names[i] = g_string_new (NULL);
  return differences;
}

void
guise_tensor_differences_free (GuiseTensorDifferences *differences)
{
  if (differences == NULL)
    return;
  for (gsize i = 0; i < N_KINDS; i++)
    g_string_free (differences->names[i], TRUE);
  g_free (differences);
}

static void
append_shape (GString *text, int n_dims, const gsize *shape)
{
  g_string_append_c (text, '[');
  for (int i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%zu", i ? "," : "", shape[i]);
  g_string_append_c (text, ']');
}

/* NULL where enough are named. */
static GString *
add (GuiseTensorDifferences *differences, Kind kind, const char *name)
{
  g_autofree char *clean = guise_formats_clean (name);

  if (differences->n[kind]++ >= MAX_NAMED)
    return NULL;
  g_string_append_printf (differences->names[kind], " %s", clean);
  return differences->names[kind];
}

void
guise_tensor_differences_compare (GuiseTensorDifferences *differences, const char *name, int n_dims,
                                  const gsize *shape, const GuiseTensor *tensor)
{
  GString *names;

  if (tensor == NULL) {
    add (differences, MISSING, name);
  } else if (tensor->n_dims != n_dims
             || memcmp (tensor->shape, shape, n_dims * sizeof *shape) != 0) {
    names = add (differences, SHAPED, name);
    if (names == NULL)
      return;
    g_string_append_c (names, ' ');
    append_shape (names, tensor->n_dims, tensor->shape);
    g_string_append (names, " instead of ");
    append_shape (names, n_dims, shape);
  }
}

void
guise_tensor_differences_add_unexpected (GuiseTensorDifferences *differences, const char *name)
{
  add (differences, UNEXPECTED, name);
}

char *
guise_tensor_differences_describe (const GuiseTensorDifferences *differences)
{
  GString *all = g_string_new (NULL);

  for (gsize i = 0; i < N_KINDS; i++) {
    if (differences->n[i] > 0)
      g_string_append_printf (all, "; %s:%s", titles[i], differences->names[i]->str);
    if (differences->n[i] > MAX_NAMED)
      g_string_append_printf (all, " and %zu more", differences->n[i] - MAX_NAMED);
  }
  return g_string_free (all, all->len == 0);
}
