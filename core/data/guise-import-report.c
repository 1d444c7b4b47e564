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

static gboolean
is_longer_than (const char *text, guint n_words)
{
  guint n = 0;
  gboolean in_word = FALSE;

  for (; *text != '\0'; text++) {
    gboolean space = g_ascii_isspace (*text);

    n += !space && !in_word;
    in_word = !space;
  }
  return n > n_words;
}

/* first: text → the record that had it first; shared: the texts that are counted already. */
static void
look_at_caption (GuiseImport *import, const GuiseRecord *record,
                 const GuiseRecordCaption *caption, GHashTable *first, GHashTable *shared)
{
  GuiseImportCounts *counts = &import->report.splits[record->split];
  const GuiseRecord *earlier;

  if (caption->kind != GUISE_CAPTION_FREE) {
    counts->n_descriptions++;
    return;
  }
  counts->n_captions++;
  if (is_longer_than (caption->text, GUISE_IMPORT_LONG_WORDS))
    guise_import_add_problem (import, GUISE_PROBLEM_LONG_CAPTION,
                              "caption has more than %d words: '%s'", GUISE_IMPORT_LONG_WORDS,
                              record->path);
  earlier = g_hash_table_lookup (first, caption->text);
  if (earlier == NULL)
    g_hash_table_insert (first, caption->text, (gpointer)record);
  else if (strcmp (earlier->person, record->person) != 0
           && g_hash_table_add (shared, caption->text))
    guise_import_add_problem (import, GUISE_PROBLEM_SHARED_CAPTION,
                              "persons %s and %s share a caption: '%s' and '%s'",
                              earlier->person, record->person, earlier->path, record->path);
}

void
guise_import_finish_report (GuiseImport *import)
{
  g_autoptr (GHashTable) first = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) shared = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < import->records->len; i++) {
    const GuiseRecord *record = import->records->pdata[i];

    import->report.splits[record->split].n_images++;
    for (guint j = 0; j < record->captions->len; j++)
      look_at_caption (import, record, record->captions->pdata[j], first, shared);
  }
  look_at_persons (import);
  g_ptr_array_sort (import->report.folders, compare_folders);
}
