#include "guise-lexicon.h"

#include "guise-lexicon-private.h"

#include <string.h>

#include "guise-data-file.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"

const char *const guise_word_class_names[GUISE_N_WORD_CLASSES] = {
  [GUISE_WORD_GENDER] = "gender",
  [GUISE_WORD_PRONOUN] = "pronoun",
  [GUISE_WORD_PERSON] = "person",
  [GUISE_WORD_AGE] = "age",
  [GUISE_WORD_BUILD] = "build",
  [GUISE_WORD_HEIGHT] = "height",
  [GUISE_WORD_POSTURE] = "posture",
  [GUISE_WORD_MEASURE] = "measure",
  [GUISE_WORD_HAIR] = "hair",
  [GUISE_WORD_HAIR_COLOUR] = "hair-colour",
  [GUISE_WORD_HAIR_STYLE] = "hair-style",
  [GUISE_WORD_HAIR_SHAPE] = "hair-shape",
  [GUISE_WORD_HAIR_STATE] = "hair-state",
  [GUISE_WORD_FACIAL_HAIR] = "facial-hair",
  [GUISE_WORD_EYEWEAR] = "eyewear",
  [GUISE_WORD_AID] = "aid",
  [GUISE_WORD_UPPER] = "upper",
  [GUISE_WORD_ONE_PIECE] = "one-piece",
  [GUISE_WORD_LOWER] = "lower",
  [GUISE_WORD_SHOES] = "shoes",
  [GUISE_WORD_BAG] = "bag",
  [GUISE_WORD_HEADWEAR] = "headwear",
  [GUISE_WORD_ACCESSORY] = "accessory",
  [GUISE_WORD_CLOTHES] = "clothes",
  [GUISE_WORD_CARRIED] = "carried",
  [GUISE_WORD_PART] = "part",
  [GUISE_WORD_COLOUR] = "colour",
  [GUISE_WORD_SHADE] = "shade",
  [GUISE_WORD_PATTERN] = "pattern",
  [GUISE_WORD_PATTERN_NOUN] = "pattern-noun",
  [GUISE_WORD_MATERIAL] = "material",
  [GUISE_WORD_CUT] = "cut",
  [GUISE_WORD_ACTION] = "action",
  [GUISE_WORD_FACING] = "facing",
  [GUISE_WORD_PLACE] = "place",
  [GUISE_WORD_NOUN] = "noun",
  [GUISE_WORD_ETHNICITY] = "ethnicity",
  [GUISE_WORD_ARTICLE] = "article",
  [GUISE_WORD_CONJUNCTION] = "conjunction",
  [GUISE_WORD_COPULA] = "copula",
  [GUISE_WORD_RELATIVE] = "relative",
  [GUISE_WORD_WEAR] = "wear",
  [GUISE_WORD_IN] = "in",
  [GUISE_WORD_WITH] = "with",
  [GUISE_WORD_NEGATION] = "negation",
  [GUISE_WORD_NONE] = "none",
  [GUISE_WORD_UNKNOWN] = "unknown",
  [GUISE_WORD_HEDGE] = "hedge",
  [GUISE_WORD_HEDGE_CLAUSE] = "hedge-clause",
  [GUISE_WORD_VAGUE] = "vague",
  [GUISE_WORD_ADVERB] = "adverb",
  [GUISE_WORD_SIDE] = "side",
  [GUISE_WORD_BODY] = "body",
  [GUISE_WORD_HEADING] = "heading",
  [GUISE_WORD_FUNCTION] = "function",
  [GUISE_WORD_INSTRUCTION] = "instruction",
};

GuiseLexicon *
guise_lexicon_new (void)
{
  GuiseLexicon *lexicon = g_new0 (GuiseLexicon, 1);

  lexicon->strings = g_string_chunk_new (16384);
  lexicon->entries
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, guise_lexicon_entry_free);
  lexicon->words = g_hash_table_new (g_str_hash, g_str_equal);
  lexicon->refusals = g_ptr_array_new ();
  for (guint slot = 0; slot < GUISE_N_SLOTS; slot++)
    lexicon->sides[slot] = guise_slot_get_default_side (slot);
  return lexicon;
}

void
guise_lexicon_free (GuiseLexicon *lexicon)
{
  if (lexicon == NULL)
    return;
  g_hash_table_unref (lexicon->entries);
  g_hash_table_unref (lexicon->words);
  g_ptr_array_unref (lexicon->refusals);
  g_string_chunk_free (lexicon->strings);
  g_free (lexicon);
}

GuiseLexicon *
guise_lexicon_parse (const char *text, gsize size, const char *where, GError **error)
{
  g_autoptr (GuiseLexicon) lexicon = guise_lexicon_new ();

  if (!guise_lexicon_read (lexicon, text, size, where, error))
    return NULL;
  return g_steal_pointer (&lexicon);
}

/* ---- folders ---- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The *.txt of a folder in the order of their names, so that an error is always the same one. */
static GPtrArray *
list_files (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".txt"))
      g_ptr_array_add (files, g_build_filename (folder, name, NULL));
  if (files->len == 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "cannot read a lexicon from '%s': no file there ends in .txt", folder);
    return NULL;
  }
  g_ptr_array_sort (files, compare_names);
  return g_steal_pointer (&files);
}

static gboolean
read_refusals (GuiseLexicon *lexicon, const char *folder, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *path = g_build_filename (parent, "refusals.txt", NULL);
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  text = guise_read_file (path, GUISE_LEXICON_MAX_BYTES, &size, error);
  return text != NULL && guise_lexicon_read_refusals (lexicon, text, size, path, error);
}

GuiseLexicon *
guise_lexicon_load_folder (const char *folder, GError **error)
{
  g_autoptr (GuiseLexicon) lexicon = guise_lexicon_new ();
  g_autoptr (GPtrArray) files = list_files (folder, error);

  for (guint i = 0; files != NULL && i < files->len; i++) {
    gsize size;
    g_autofree char *text
        = guise_read_file (files->pdata[i], GUISE_LEXICON_MAX_BYTES, &size, error);

    if (text == NULL || !guise_lexicon_read (lexicon, text, size, files->pdata[i], error))
      return NULL;
  }
  if (files == NULL || !read_refusals (lexicon, folder, error))
    return NULL;
  return g_steal_pointer (&lexicon);
}

GuiseLexicon *
guise_lexicon_load (const char *language, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *folder = NULL;

  if (*language == '\0' || *language == '.' || strchr (language, '/') != NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "there is no lexicon '%s': it must be the name of a language, as en", language);
    return NULL;
  }
  name = g_build_filename ("lexicon", language, NULL);
  folder = guise_find_data_file (name);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "there is no lexicon '%s': the folder '%s' is missing", language, folder);
    return NULL;
  }
  return guise_lexicon_load_folder (folder, error);
}

/* ---- asking ---- */

void
guise_lexicon_set_side (GuiseLexicon *lexicon, GuiseSlot slot, GuiseSide side)
{
  lexicon->sides[slot] = side;
}

GuiseSide
guise_lexicon_get_side (const GuiseLexicon *lexicon, GuiseSlot slot)
{
  return lexicon->sides[slot];
}

guint
guise_lexicon_get_n_terms (const GuiseLexicon *lexicon)
{
  return lexicon->n_terms;
}

const char *
guise_lexicon_get_word (const GuiseLexicon *lexicon, const char *key)
{
  const char *word = g_hash_table_lookup (lexicon->words, key);

  return word != NULL ? word : key;
}

const GuiseSense *
guise_lexicon_get_sense (const GuiseLexiconTerm *term, GuiseWordClass word_class)
{
  for (guint i = 0; term != NULL && i < term->n_senses; i++)
    if (term->senses[i].word_class == word_class)
      return &term->senses[i];
  return NULL;
}

gboolean
guise_lexicon_is_content (const GuiseLexiconTerm *term)
{
  for (guint i = 0; term != NULL && i < term->n_senses; i++)
    if (term->senses[i].word_class <= GUISE_WORD_ETHNICITY
        && term->senses[i].word_class != GUISE_WORD_PRONOUN)
      return TRUE;
  return FALSE;
}
