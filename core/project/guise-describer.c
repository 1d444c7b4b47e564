#include "guise-describer.h"

#include "guise-splitter.h"
#include "guise-verdicts.h"

/* Other pictures of the person that a description is held against. */
#define MAX_NEIGHBOURS 8

struct _GuiseDescriber {
  GuiseProject *project;
  GuiseLexicon *lexicon;
};

GuiseDescriber *
guise_describer_new (GuiseProject *project, GError **error)
{
  GuiseLexicon *lexicon = guise_lexicon_load ("en", error);
  GuiseDescriber *describer;

  if (lexicon == NULL)
    return NULL;
  describer = g_new0 (GuiseDescriber, 1);
  describer->project = g_object_ref (project);
  describer->lexicon = lexicon;
  return describer;
}

void
guise_describer_free (GuiseDescriber *describer)
{
  if (describer == NULL)
    return;
  guise_lexicon_free (describer->lexicon);
  g_object_unref (describer->project);
  g_free (describer);
}

/* Texts of an image's captions of a kind that are not rejected, borrowed from captions. */
static GPtrArray *
pick_texts (GPtrArray *captions, GuiseCaptionKind kind)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; i < captions->len; i++) {
    const GuiseCaption *caption = captions->pdata[i];

    if (caption->kind == kind && caption->state != GUISE_STATE_REJECTED)
      g_ptr_array_add (texts, caption->text);
  }
  return texts;
}

gboolean
guise_describer_split (GuiseDescriber *describer, gint64 image_id, char **identity,
                       char **clothing, GError **error)
{
  g_autoptr (GPtrArray) captions = guise_store_list_captions (
      guise_project_get_store (describer->project), image_id, error);
  g_autoptr (GPtrArray) texts = NULL;
  g_autoptr (GuiseCaptionSplit) split = NULL;

  if (captions == NULL)
    return FALSE;
  texts = pick_texts (captions, GUISE_CAPTION_FREE);
  split = guise_splitter_split (describer->lexicon, (const char *const *)texts->pdata, texts->len);
  *identity = g_steal_pointer (&split->identity);
  *clothing = g_steal_pointer (&split->clothing);
  return TRUE;
}

/* ---- judging ---- */

/* Ids of other images of the same person in the same clothes; none where clothes are unknown. */
static GArray *
list_neighbours (GuiseStore *store, gint64 image_id)
{
  g_autoptr (GuiseImageRecord) image = guise_store_get_image (store, image_id, NULL);
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GPtrArray) records = NULL;
  GArray *neighbours = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (image == NULL || image->outfit_id == 0)
    return neighbours;
  ids = guise_store_list_person_images (store, image->person_id, NULL, NULL);
  if (ids != NULL)
    records = guise_store_get_images (store, (gint64 *)(void *)ids->data, ids->len, NULL, NULL);
  for (guint i = 0; records != NULL && i < records->len; i++) {
    const GuiseImageRecord *record = records->pdata[i];

    if (record != NULL && record->id != image_id && record->outfit_id == image->outfit_id
        && neighbours->len < MAX_NEIGHBOURS)
      g_array_append_val (neighbours, record->id);
  }
  return neighbours;
}

/* What the neighbours' descriptions of that kind state: arrays of GuiseStatement. */
static GPtrArray *
read_neighbours (GuiseDescriber *describer, const GArray *neighbours, GuiseCaptionKind kind)
{
  GPtrArray *statements = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);

  for (guint i = 0; i < neighbours->len; i++) {
    g_autoptr (GPtrArray) captions
        = guise_store_list_captions (guise_project_get_store (describer->project),
                                     g_array_index (neighbours, gint64, i), NULL);
    g_autoptr (GPtrArray) texts = captions != NULL ? pick_texts (captions, kind) : NULL;

    for (guint j = 0; texts != NULL && j < texts->len; j++)
      g_ptr_array_add (statements, guise_statements_read (describer->lexicon, texts->pdata[j]));
  }
  return statements;
}

static GuiseDecision
judge_side (GuiseDescriber *describer, const GArray *neighbours, GuiseSide side, const char *text,
            json_t *verdicts, char **why)
{
  GuiseCaptionKind kind
      = side == GUISE_SIDE_IDENTITY ? GUISE_CAPTION_IDENTITY : GUISE_CAPTION_CLOTHING;
  GuiseCheckSettings settings = guise_check_settings_for (side);
  g_autoptr (GPtrArray) statements = NULL;
  g_autoptr (GArray) found = NULL;
  GuiseDecision decision;

  if (text == NULL)
    return GUISE_DECISION_ACCEPT;
  statements = read_neighbours (describer, neighbours, kind);
  found = guise_caption_check (describer->lexicon, side, text, &settings,
                               (GArray *const *)statements->pdata, statements->len);
  json_object_set_new (verdicts, guise_caption_kind_to_string (kind),
                       guise_verdicts_to_json (found));
  decision = guise_caption_decide (found, 0);
  if (decision != GUISE_DECISION_ACCEPT && *why == NULL)
    *why = g_strdup (guise_verdicts_get_worst (found));
  return decision;
}

GuiseDecision
guise_describer_judge (GuiseDescriber *describer, gint64 image_id, const char *identity,
                       const char *clothing, json_t **verdicts, char **why)
{
  g_autoptr (GArray) neighbours
      = list_neighbours (guise_project_get_store (describer->project), image_id);
  GuiseDecision who, what;

  *verdicts = json_object ();
  *why = NULL;
  who = judge_side (describer, neighbours, GUISE_SIDE_IDENTITY, identity, *verdicts, why);
  what = judge_side (describer, neighbours, GUISE_SIDE_CLOTHING, clothing, *verdicts, why);
  return MAX (who, what);
}
