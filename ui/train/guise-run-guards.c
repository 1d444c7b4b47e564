#include "guise-run-guards.h"

#include "guise-format.h"
#include "guise-store-training.h"

#include <glib/gi18n.h>

/* Kinds of text that image i has, as bits 1 << GuiseCaptionKind. */
static guint
get_kinds (const GuiseTrainingData *data, size_t i)
{
  guint kinds = 0;

  for (size_t c = data->caption_start[i]; c < data->caption_start[i + 1]; c++)
    kinds |= 1u << data->caption_kinds[c];
  return kinds;
}

static void
count_image (GuiseRunGuards *guards, const GuiseTrainingData *data, size_t i, GHashTable *persons)
{
  guint kinds = get_kinds (data, i);
  gpointer person = g_memdup2 (&data->person_ids[i], sizeof (gint64));
  guint seen = GPOINTER_TO_UINT (g_hash_table_lookup (persons, person));

  guards->n_images++;
  guards->n_without_text += kinds == 0;
  guards->n_without_identity += !(kinds & (1u << GUISE_CAPTION_IDENTITY));
  guards->n_without_clothing += !(kinds & (1u << GUISE_CAPTION_CLOTHING));
  g_hash_table_replace (persons, person, GUINT_TO_POINTER (seen + 1));
}

gboolean
guise_run_guards_read (GuiseRunGuards *guards, GuiseStore *store, GCancellable *cancellable,
                       GError **error)
{
  const GuiseTrainingQuery query = {
    .splits = 1u << GUISE_SPLIT_TRAIN | 1u << GUISE_SPLIT_VAL,
  };
  g_autoptr (GuiseTrainingData) data
      = guise_store_read_training_data (store, &query, cancellable, error);
  g_autoptr (GHashTable) persons
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer count;

  *guards = (GuiseRunGuards){ 0 };
  if (data == NULL)
    return FALSE;
  for (size_t i = 0; i < data->n_images; i++)
    if (data->splits[i] == GUISE_SPLIT_TRAIN)
      count_image (guards, data, i, persons);
    else
      guards->n_validation++;
  guards->n_persons = g_hash_table_size (persons);
  g_hash_table_iter_init (&iter, persons);
  while (g_hash_table_iter_next (&iter, NULL, &count))
    guards->n_lone += GPOINTER_TO_UINT (count) == 1;
  return TRUE;
}

gboolean
guise_run_guards_forbid (const GuiseRunGuards *guards)
{
  return guards->n_images <= guards->n_without_text || guards->n_persons < 2;
}

static void
add_count (GPtrArray *warnings, guint count, const char *one, const char *many)
{
  g_autofree char *number = guise_format_count (count);

  if (count == 0)
    return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_ptr_array_add (warnings, g_strdup_printf (ngettext (one, many, count), number));
#pragma GCC diagnostic pop
}

GPtrArray *
guise_run_guards_create_warnings (const GuiseRunGuards *guards)
{
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);

  if (guards->n_images == 0)
    g_ptr_array_add (warnings, g_strdup (_ ("No picture belongs to the training split.")));
  else if (guise_run_guards_forbid (guards))
    g_ptr_array_add (warnings, g_strdup (_ ("Training needs described pictures of at least two "
                                            "people.")));
  add_count (warnings, guards->n_without_text, N_ ("%s picture has no text and is left out."),
             N_ ("%s pictures have no text and are left out."));
  add_count (warnings, guards->n_without_identity - guards->n_without_text,
             N_ ("%s picture has no description of the person; its captions stand in."),
             N_ ("%s pictures have no description of the person; their captions stand in."));
  add_count (warnings, guards->n_without_clothing - guards->n_without_text,
             N_ ("%s picture has no description of the clothing; its captions stand in."),
             N_ ("%s pictures have no description of the clothing; their captions stand in."));
  add_count (warnings, guards->n_lone, N_ ("%s person has a single picture, which is repeated."),
             N_ ("%s people have a single picture, which is repeated."));
  if (guards->n_images > 0 && guards->n_validation == 0)
    g_ptr_array_add (warnings, g_strdup (_ ("There is no validation split: some of the people are "
                                            "held out of the training for it.")));
  return warnings;
}
