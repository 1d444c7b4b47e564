#include "guise-project-styles.h"

#include "guise-store-captions.h"
#include "guise-store-training.h"
#include "nn-gemm.h"

/* ---- the texts ---- */

typedef struct {
  GuiseTrainingData *data; /* owns the texts */
  GPtrArray *texts;
  GArray *ids; /* of gint64 */
} Texts;

static void
texts_clear (Texts *texts)
{
  guise_training_data_free (texts->data);
  g_clear_pointer (&texts->texts, g_ptr_array_unref);
  g_clear_pointer (&texts->ids, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Texts, texts_clear)

/* The captions that match, as a set of ids; NULL with `wanted` = everything. */
static gboolean
find_wanted (GuiseStore *store, const char *text, GCancellable *cancellable, GHashTable **wanted,
             GError **error)
{
  g_autoptr (GuiseFilter) filter = NULL;
  g_autoptr (GArray) ids = NULL;

  if (text == NULL || *text == '\0')
    return TRUE;
  filter = guise_filter_parse (text, error);
  ids = filter != NULL ? guise_store_find_captions (store, filter, cancellable, error) : NULL;
  if (ids == NULL)
    return FALSE;
  *wanted = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < ids->len; i++)
    g_hash_table_add (*wanted, g_memdup2 (&g_array_index (ids, gint64, i), sizeof (gint64)));
  return TRUE;
}

/* The free captions: descriptions are somebody else's words. */
static gboolean
read_texts (Texts *texts, GuiseStore *store, const char *filter, GCancellable *cancellable,
            GError **error)
{
  const GuiseTrainingQuery query = { 0 };
  g_autoptr (GHashTable) wanted = NULL;
  const GuiseTrainingData *data;

  texts->data = guise_store_read_training_data (store, &query, cancellable, error);
  if (texts->data == NULL || !find_wanted (store, filter, cancellable, &wanted, error))
    return FALSE;
  data = texts->data;
  texts->texts = g_ptr_array_new ();
  texts->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (size_t c = 0; c < data->n_captions; c++)
    if (data->caption_kinds[c] == GUISE_CAPTION_FREE
        && (wanted == NULL || g_hash_table_contains (wanted, &data->caption_ids[c]))) {
      g_ptr_array_add (texts->texts, (gpointer)data->texts[c]);
      g_array_append_val (texts->ids, data->caption_ids[c]);
    }
  if (texts->texts->len > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "cannot find styles: %s has no free caption",
               wanted != NULL ? "what the filter matches" : "the project");
  return FALSE;
}

/* ---- finding ---- */

static GuiseStyles *
find (const Texts *texts, const GuiseStyleOptions *options, size_t n_threads,
      const GuiseWork *given, GError **error)
{
  GuiseWork work = *given;
  g_autoptr (GuiseLexicon) lexicon = guise_lexicon_load ("en", error);
  GuiseStyles *styles;

  if (lexicon == NULL)
    return NULL;
  nn_gemm_init ();
  work.team = nn_team_create (n_threads); /* NULL = this thread */
  styles = guise_styles_find (lexicon, (const char *const *)texts->texts->pdata,
                              (const gint64 *)(gpointer)texts->ids->data, texts->texts->len,
                              options, &work, error);
  nn_team_free (work.team);
  if (styles == NULL)
    g_prefix_error (error, "cannot find styles: ");
  return styles;
}

GuiseStyles *
guise_project_find_styles (GuiseProject *project, const char *filter,
                           const GuiseStyleOptions *options, size_t n_threads,
                           const GuiseWork *work, GError **error)
{
  const char *folder = guise_project_get_folder (project);
  g_auto (Texts) texts = { NULL };
  g_autoptr (GuiseStyles) styles = NULL, before = NULL;

  if (!read_texts (&texts, guise_project_get_store (project), filter, work->cancellable, error))
    return NULL;
  styles = find (&texts, options, n_threads, work, error);
  if (styles == NULL)
    return NULL;
  before = guise_styles_load (folder, NULL); /* what cannot be read has no names to give */
  if (before != NULL)
    guise_styles_inherit_names (styles, before);
  return guise_styles_save (styles, folder, error) ? g_steal_pointer (&styles) : NULL;
}

GuiseStyles *
guise_project_load_styles (GuiseProject *project, GError **error)
{
  return guise_styles_load (guise_project_get_folder (project), error);
}

GuiseStyles *
guise_project_rename_style (GuiseProject *project, const char *from, const char *to,
                            GError **error)
{
  g_autoptr (GuiseStyles) styles = guise_project_load_styles (project, error);

  if (styles == NULL || !guise_styles_rename (styles, from, to, error)
      || !guise_styles_save (styles, guise_project_get_folder (project), error))
    return NULL;
  return g_steal_pointer (&styles);
}
