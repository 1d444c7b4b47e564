#include "guise-search-session.h"

#include "guise-run-folder.h"
#include "guise-store-captions.h"
#include "guise-store-persons.h"

#include <string.h>

#define N_EXAMPLES 4

struct _GuiseSearchSession {
  GuiseProject *project;
  char *run;
  GuiseSearchModel *model;
  GuiseIndex *index;
  gint64 *persons; /* [N], as the index; 0 = unknown */

  GuiseSearch *search; /* of: */
  GuiseSearchQuestion *question;
  guint n_encoded;
  gint64 caption_person; /* whose captions the question's words are, 0 = nobody's alone */
  guint64 *keep;         /* of the question's split; NULL = all */
  size_t n_kept;
};

/* ---- questions and answers ------------------------------------------------------------------ */

GuiseSearchQuestion *
guise_search_question_copy (const GuiseSearchQuestion *question)
{
  GuiseSearchQuestion *copy = g_new (GuiseSearchQuestion, 1);

  *copy = *question;
  copy->text = g_strdup (question->text);
  copy->who = g_strdup (question->who);
  copy->wearing = g_strdup (question->wearing);
  copy->split = g_strdup (question->split);
  return copy;
}

void
guise_search_question_free (GuiseSearchQuestion *question)
{
  if (question == NULL)
    return;
  g_free (question->text);
  g_free (question->who);
  g_free (question->wearing);
  g_free (question->split);
  g_free (question);
}

static gboolean
is_blank (const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    if (!g_ascii_isspace (*text))
      return FALSE;
  return TRUE;
}

gboolean
guise_search_question_is_empty (const GuiseSearchQuestion *question)
{
  return is_blank (question->text) && is_blank (question->who) && is_blank (question->wearing);
}

void
guise_search_answer_free (GuiseSearchAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->hits);
  g_free (answer->matches);
  g_free (answer->truth);
  g_strfreev (answer->unknown);
  g_free (answer);
}

/* ---- opening -------------------------------------------------------------------------------- */

static gboolean
has_index (GuiseProject *project, const char *run)
{
  g_autofree char *path = guise_project_get_index_path (project, run);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
has_model (GuiseProject *project, const char *run)
{
  g_autofree char *folder = guise_project_get_run_folder (project, run);
  g_autofree char *best = g_build_filename (folder, "best", "model.safetensors", NULL);

  return g_file_test (best, G_FILE_TEST_EXISTS);
}

/* The wanted run, else the newest with an index, else the newest with a best checkpoint. */
static char *
choose_run (GuiseProject *project, const char *wanted, GError **error)
{
  g_autofree char *folder = g_build_filename (guise_project_get_folder (project), "runs", NULL);
  g_autoptr (GPtrArray) runs = guise_run_list (folder, error);
  const char *chosen = NULL;

  for (guint i = 0; runs != NULL && i < runs->len; i++) {
    const char *name = ((GuiseRunInfo *)runs->pdata[i])->name;

    if (!has_model (project, name))
      continue;
    if (g_strcmp0 (name, wanted) == 0)
      return g_strdup (name);
    if (chosen == NULL || (has_index (project, name) && !has_index (project, chosen)))
      chosen = name;
  }
  return g_strdup (chosen);
}

/* Who is in each image of the index. */
static gboolean
read_persons (GuiseSearchSession *self, GError **error)
{
  g_autoptr (GArray) persons
      = guise_store_list_image_persons (guise_project_get_store (self->project), NULL, error);
  size_t position;

  if (persons == NULL)
    return FALSE;
  self->persons = g_new0 (gint64, guise_index_get_n_images (self->index) + 1);
  for (guint i = 0; i < persons->len; i++) {
    const GuiseImagePerson *person = &g_array_index (persons, GuiseImagePerson, i);

    if (guise_index_find (self->index, person->image_id, &position))
      self->persons[position] = person->person_id;
  }
  return TRUE;
}

static GuiseSearchReadiness
open_run (GuiseSearchSession *self, GError **error)
{
  g_autofree char *path = guise_project_get_index_path (self->project, self->run);

  self->model = guise_project_open_model (self->project, self->run, 0, error);
  if (self->model == NULL)
    return GUISE_SEARCH_FAILED;
  if (!has_index (self->project, self->run))
    return GUISE_SEARCH_NO_INDEX;
  self->index = guise_index_open (path, NULL);
  if (self->index == NULL
      || !guise_index_is_current (self->index, guise_search_model_get_hash (self->model)))
    return GUISE_SEARCH_NO_INDEX; /* damaged or old: embedding makes it anew */
  guise_search_model_follow_precision (self->model, guise_index_get_info (self->index)->precision);
  return read_persons (self, error) ? GUISE_SEARCH_READY : GUISE_SEARCH_FAILED;
}

GuiseSearchSession *
guise_search_session_open (GuiseProject *project, const char *wanted,
                           GuiseSearchReadiness *readiness, GError **error)
{
  GuiseSearchSession *self = g_new0 (GuiseSearchSession, 1);
  GError *local = NULL;

  self->project = g_object_ref (project);
  self->run = choose_run (project, wanted, &local);
  if (local != NULL) {
    g_propagate_error (error, local);
    *readiness = GUISE_SEARCH_FAILED;
  } else {
    *readiness = self->run != NULL ? open_run (self, error) : GUISE_SEARCH_NO_RUN;
  }
  return self;
}

void
guise_search_session_free (GuiseSearchSession *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->search, guise_search_free);
  g_clear_pointer (&self->question, guise_search_question_free);
  g_clear_pointer (&self->index, guise_index_unref);
  g_clear_pointer (&self->model, guise_search_model_unref);
  g_free (self->persons);
  g_free (self->keep);
  g_free (self->run);
  g_object_unref (self->project);
  g_free (self);
}

const char *
guise_search_session_get_run (GuiseSearchSession *self)
{
  return self->run;
}

size_t
guise_search_session_get_n_images (GuiseSearchSession *self)
{
  return self->index != NULL ? guise_index_get_n_images (self->index) : 0;
}

GuiseIndex *
guise_search_session_get_index (GuiseSearchSession *self)
{
  return self->index;
}

guint
guise_search_session_get_n_encoded (GuiseSearchSession *self)
{
  return self->n_encoded;
}

/* ---- examples ------------------------------------------------------------------------------- */

static const char *
find_text (const GPtrArray *captions, GuiseCaptionKind kind)
{
  for (guint i = 0; captions != NULL && i < captions->len; i++) {
    const GuiseCaption *caption = captions->pdata[i];

    if (caption->kind == kind && caption->state != GUISE_STATE_REJECTED
        && strchr (caption->text, '\n') == NULL)
      return caption->text;
  }
  return NULL;
}

char **
guise_search_session_create_examples (GuiseSearchSession *self)
{
  GuiseStore *store = guise_project_get_store (self->project);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  size_t n = guise_search_session_get_n_images (self);

  for (size_t i = 0; i < N_EXAMPLES && i < n; i++) {
    gint64 id = guise_index_get_ids (self->index)[n * (2 * i + 1) / (2 * N_EXAMPLES)];
    g_autoptr (GPtrArray) captions = guise_store_list_captions (store, id, NULL);
    const char *text = find_text (captions, GUISE_CAPTION_FREE);
    const char *who = find_text (captions, GUISE_CAPTION_IDENTITY);
    const char *wearing = find_text (captions, GUISE_CAPTION_CLOTHING);
    g_autofree char *both = who && wearing ? g_strconcat (who, "\n", wearing, NULL) : NULL;

    if (both != NULL && (i == N_EXAMPLES - 1 || text == NULL))
      g_strv_builder_add (builder, both);
    else if (text != NULL)
      g_strv_builder_add (builder, text);
  }
  return g_strv_builder_end (builder);
}

/* ---- the truth ------------------------------------------------------------------------------ */

static gint64
get_person (GuiseSearchSession *self, gint64 image_id)
{
  g_autoptr (GuiseImageRecord) record
      = guise_store_get_image (guise_project_get_store (self->project), image_id, NULL);

  return record != NULL ? record->person_id : 0;
}

/* The one person whose captions these words are. An error is no reason not to answer. */
static gint64
find_caption_person (GuiseSearchSession *self, const GuiseSearchQuestion *question)
{
  gboolean free_text = !is_blank (question->text), who = !is_blank (question->who);
  gboolean both = !free_text && who && !is_blank (question->wearing);
  g_autofree char *first = g_strdup (free_text ? question->text : who ? question->who
                                                                      : question->wearing);
  g_autofree char *second = both ? g_strdup (question->wearing) : NULL;
  gint64 person = guise_store_find_described_person (guise_project_get_store (self->project),
                                                     g_strstrip (first),
                                                     both ? g_strstrip (second) : NULL, NULL, NULL);

  return MAX (person, 0);
}

static void
judge (GuiseSearchSession *self, GuiseSearchAnswer *answer, gint64 person)
{
  size_t n = guise_index_get_n_images (self->index);
  g_autofree guint8 *truth = g_new0 (guint8, n + 1);
  g_autoptr (GuiseImageRecord) record = NULL;
  gint64 image = 0;

  for (size_t i = 0; i < n; i++)
    if (self->persons[i] == person) {
      truth[i] = 1;
      image = guise_index_get_ids (self->index)[i];
    }
  if (image == 0)
    return;
  record = guise_store_get_image (guise_project_get_store (self->project), image, NULL);
  answer->truth = g_strdup (record != NULL && record->person != NULL ? record->person : "?");
  for (size_t i = 0; i < answer->n_hits; i++)
    answer->matches[i] = truth[answer->hits[i].index];
  guise_ranking_judge (guise_search_get_ranking (self->search), answer->lambda, self->keep, truth,
                       NULL, &answer->judged);
}

/* ---- asking --------------------------------------------------------------------------------- */

static gboolean
has_same_words (const GuiseSearchQuestion *a, const GuiseSearchQuestion *b)
{
  return g_strcmp0 (a->text, b->text) == 0 && g_strcmp0 (a->who, b->who) == 0
         && g_strcmp0 (a->wearing, b->wearing) == 0;
}

static gboolean
encode (GuiseSearchSession *self, const GuiseSearchQuestion *question, GError **error)
{
  const GuiseSearchRequest request = {
    .text = question->text,
    .who = question->who,
    .wearing = question->wearing,
  };

  if (self->search != NULL && has_same_words (self->question, question))
    return TRUE;
  g_clear_pointer (&self->search, guise_search_free);
  self->search = guise_search_new (self->model, self->index, &request, error);
  if (self->search == NULL)
    return FALSE;
  self->n_encoded++;
  self->caption_person = find_caption_person (self, question);
  return TRUE;
}

static gboolean
choose_images (GuiseSearchSession *self, const GuiseSearchQuestion *question, GError **error)
{
  g_autofree char *expression = NULL;
  size_t n = guise_index_get_n_images (self->index);

  if (self->question != NULL && g_strcmp0 (self->question->split, question->split) == 0)
    return TRUE;
  g_clear_pointer (&self->keep, g_free);
  self->n_kept = n;
  if (question->split == NULL)
    return TRUE;
  expression = g_strdup_printf ("split = %s", question->split);
  self->keep = guise_project_create_filter (self->project, self->index, expression, NULL, error);
  if (self->keep == NULL)
    return FALSE;
  self->n_kept = 0;
  for (size_t i = 0; i < n; i++)
    self->n_kept += self->keep[i / 64] >> (i % 64) & 1;
  return TRUE;
}

static guint
count_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n\r", -1);
  guint n = 0;

  for (guint i = 0; words[i] != NULL; i++)
    n += *words[i] != '\0';
  return n;
}

/* What of the question's words the model cannot take in. */
static void
read_words (GuiseSearchSession *self, const GuiseSearchQuestion *question,
            GuiseSearchAnswer *answer)
{
  const char *const texts[] = { question->text, question->who, question->wearing };
  g_autoptr (GStrvBuilder) unknown = g_strv_builder_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_auto (GStrv) words = NULL;

    if (is_blank (texts[i]))
      continue;
    words = guise_search_model_list_unknown_words (self->model, texts[i]);
    g_strv_builder_addv (unknown, (const char **)words);
    answer->n_words += count_words (texts[i]);
    answer->cut |= guise_search_model_is_too_long (self->model, texts[i]);
  }
  answer->unknown = g_strv_builder_end (unknown);
}

GuiseSearchAnswer *
guise_search_session_ask (GuiseSearchSession *self, const GuiseSearchQuestion *question,
                          GError **error)
{
  g_autoptr (GuiseSearchAnswer) answer = NULL;
  gint64 person;
  double lambda;

  if (!encode (self, question, error) || !choose_images (self, question, error)) {
    g_clear_pointer (&self->question, guise_search_question_free);
    g_clear_pointer (&self->search, guise_search_free);
    return NULL;
  }
  guise_search_question_free (self->question);
  self->question = guise_search_question_copy (question);
  answer = g_new0 (GuiseSearchAnswer, 1);
  answer->default_lambda = guise_search_get_default_lambda (self->search);
  lambda = question->lambda >= 0 ? question->lambda : answer->default_lambda;
  answer->lambda
      = guise_ranking_get_effective_lambda (guise_search_get_ranking (self->search), lambda);
  answer->hits = guise_search_top (self->search, answer->lambda, self->keep, question->k,
                                   &answer->n_hits);
  answer->matches = g_new0 (guint8, answer->n_hits + 1);
  answer->n_images = self->n_kept;
  answer->has_identity = guise_search_has_identity (self->search);
  answer->has_clothing = guise_search_has_clothing (self->search);
  answer->times = *guise_search_get_times (self->search);
  read_words (self, question, answer);
  answer->truth_told = question->truth_image != 0;
  person = answer->truth_told ? get_person (self, question->truth_image) : self->caption_person;
  if (person != 0)
    judge (self, answer, person);
  return g_steal_pointer (&answer);
}
