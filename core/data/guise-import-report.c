/* What only the whole data set shows. */
#include "guise-import-private.h"

#include <string.h>

typedef struct {
  const char *label;
  guint splits; /* bits */
  guint n_images;
} Person;

static int
compare_folders (gconstpointer a, gconstpointer b)
{
  const GuiseImportFolder *const *one = a, *const *other = b;

  return strcmp ((*one)->folder, (*other)->folder);
}

static GHashTable *
collect_persons (const GuiseImport *import, GPtrArray *in_order)
{
  GHashTable *persons = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < import->records->len; i++) {
    const GuiseRecord *record = import->records->pdata[i];
    Person *person = g_hash_table_lookup (persons, record->person);

    if (person == NULL) {
      person = g_new0 (Person, 1);
      person->label = record->person;
      g_hash_table_insert (persons, record->person, person);
      g_ptr_array_add (in_order, person);
    }
    person->splits |= 1u << record->split;
    person->n_images++;
  }
  return persons;
}

static void
report_leak (GuiseImport *import, const Person *person)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (int split = 0; split < GUISE_N_SPLITS; split++)
    if (person->splits & (1u << split))
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "",
                              guise_split_to_string ((GuiseSplit)split));
  guise_import_add_problem (import, GUISE_PROBLEM_SPLIT_LEAK,
                            "person is in more than one split: '%s': %s", person->label,
                            names->str);
}

static void
look_at_persons (GuiseImport *import)
{
  g_autoptr (GPtrArray) in_order = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) persons = collect_persons (import, in_order);

  for (guint i = 0; i < in_order->len; i++) {
    const Person *person = in_order->pdata[i];

    for (int split = 0; split < GUISE_N_SPLITS; split++)
      if (person->splits & (1u << split))
        import->report.splits[split].n_persons++;
    if ((person->splits & (person->splits - 1)) != 0)
      report_leak (import, person);
    if (person->n_images == 1 && person->splits == 1u << GUISE_SPLIT_TRAIN)
      guise_import_add_problem (import, GUISE_PROBLEM_SINGLE_IMAGE,
                                "training person has one image only: '%s'", person->label);
  }
}

/* Words and ASCII's marks: what a tokenizer of words divides a text into, at least. */
static guint
count_pieces (const char *text)
{
  guint n = 0;
  gboolean in_word = FALSE;

  for (; *text != '\0'; text++) {
    gboolean mark = g_ascii_ispunct (*text);
    gboolean part = !mark && !g_ascii_isspace (*text);

    n += mark || (part && !in_word);
    in_word = part;
  }
  return n;
}

static void
look_at_text (GuiseImport *import, const GuiseRecord *record, const char *text)
{
  if (count_pieces (text) > GUISE_IMPORT_LONG_PIECES)
    guise_import_add_problem (import, GUISE_PROBLEM_LONG_CAPTION,
                              "caption has more than %d words and marks: '%s': a model that reads "
                              "64 word pieces does not see its end",
                              GUISE_IMPORT_LONG_PIECES, record->path);
  if (!g_str_is_ascii (text))
    guise_import_add_problem (import, GUISE_PROBLEM_NON_ASCII,
                              "caption has letters or marks beyond ASCII: '%s'", record->path);
}

/* Texts of all records, and of one. */
typedef struct {
  GHashTable *first;  /* text → the record that had it first */
  GHashTable *shared; /* those that are reported already */
  GHashTable *own;    /* of the record that is looked at */
} Texts;

static void
look_at_caption (GuiseImport *import, const GuiseRecord *record,
                 const GuiseRecordCaption *caption, Texts *texts)
{
  GuiseImportCounts *counts = &import->report.splits[record->split];
  const GuiseRecord *earlier;

  if (caption->kind != GUISE_CAPTION_FREE) {
    counts->n_descriptions++;
    return;
  }
  counts->n_captions++;
  look_at_text (import, record, caption->text);
  if (!g_hash_table_add (texts->own, caption->text))
    guise_import_add_problem (import, GUISE_PROBLEM_REPEATED_CAPTION,
                              "image has the same caption more than once: '%s'", record->path);
  earlier = g_hash_table_lookup (texts->first, caption->text);
  if (earlier == NULL)
    g_hash_table_insert (texts->first, caption->text, (gpointer)record);
  else if (strcmp (earlier->person, record->person) != 0
           && g_hash_table_add (texts->shared, caption->text))
    guise_import_add_problem (import, GUISE_PROBLEM_SHARED_CAPTION,
                              "persons %s and %s share a caption: '%s' and '%s'",
                              earlier->person, record->person, earlier->path, record->path);
}

/* Stops early when cancelled. */
static void
look_at_captions (GuiseImport *import, GCancellable *cancellable)
{
  Texts texts = { g_hash_table_new (g_str_hash, g_str_equal),
                  g_hash_table_new (g_str_hash, g_str_equal),
                  g_hash_table_new (g_str_hash, g_str_equal) };

  for (guint i = 0; i < import->records->len && !g_cancellable_is_cancelled (cancellable); i++) {
    const GuiseRecord *record = import->records->pdata[i];

    import->report.splits[record->split].n_images++;
    g_hash_table_remove_all (texts.own);
    for (guint j = 0; j < record->captions->len; j++)
      look_at_caption (import, record, record->captions->pdata[j], &texts);
  }
  g_hash_table_unref (texts.first);
  g_hash_table_unref (texts.shared);
  g_hash_table_unref (texts.own);
}

/* The first problem of the list when it is one: it puts every other figure in doubt. */
static void
look_at_edition (GuiseImport *import, const GuiseImportEdition *edition)
{
  GPtrArray *problems = import->report.problems;

  if (edition == NULL)
    return;
  for (int split = 0; split < GUISE_N_SPLITS; split++)
    if (import->report.named[split].n_persons != edition->n_persons[split])
      return;
  guise_import_add_problem (import, GUISE_PROBLEM_OUTDATED, "annotation file is outdated: '%s': %s",
                            import->annotation, edition->why);
  g_ptr_array_insert (problems, 0, g_ptr_array_steal_index (problems, problems->len - 1));
}

gboolean
guise_import_finish_report (GuiseImportContext *context, GError **error)
{
  GuiseImport *import = context->import;

  look_at_persons (import);
  look_at_captions (import, context->cancellable);
  look_at_edition (import, context->format->outdated);
  g_ptr_array_sort (import->report.folders, compare_folders);
  return !g_cancellable_set_error_if_cancelled (context->cancellable, error);
}
