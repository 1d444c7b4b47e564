/* tokenizer.json: the whole of a tokenizer as Hugging Face's `tokenizers` saves it. Its stages may
 * be put together in many ways; those of BERT and of CLIP are read, and any other is refused, since
 * its ids would be wrong without anybody noticing. */
#include "guise-clip-split.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-tokenizer-read-private.h"

#include <string.h>

#define CONTRACTIONS "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"
#define SPECIALS "<\\|startoftext\\|>|<\\|endoftext\\|>|"

static gboolean
refuse (GError **error, const char *where, const char *what, const char *why)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use tokenizer '%s': %s %s; only BERT's and CLIP's tokenizers are read",
               where, what, why);
  return FALSE;
}

static const char *
get_string (json_t *object, const char *key)
{
  const char *value = json_string_value (json_object_get (object, key));

  return value != NULL ? value : "";
}

static gboolean
is_type (json_t *object, const char *type)
{
  return strcmp (get_string (object, "type"), type) == 0;
}

/* ---- added tokens ---- */

static gboolean
refuse_added (GError **error, const char *where, const char *content, const char *why)
{
  g_autofree char *shown = guise_formats_clean (content);

  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use tokenizer '%s': the added token '%s' %s", where, shown, why);
  return FALSE;
}

/* The id must be the vocabulary's for that token, or, if it has none, free. */
static gboolean
check_added_id (const GuiseVocabulary *vocabulary, const char *content, json_t *token,
                const char *where, GError **error)
{
  json_t *value = json_object_get (token, "id");
  json_int_t id = json_integer_value (value);
  gint32 known = guise_vocabulary_find (vocabulary, content);

  if (!json_is_integer (value) || id < 0 || id >= GUISE_VOCABULARY_MAX_IDS)
    return refuse_added (error, where, content, "has no usable id");
  if (known >= 0 ? id == known
                 : id >= guise_vocabulary_get_n_ids (vocabulary)
                       || guise_vocabulary_get_token (vocabulary, (gint32)id) == NULL)
    return TRUE;
  return refuse_added (error, where, content, "has another id than the vocabulary says");
}

static gboolean
read_added (GuiseAddedTokens *added, const GuiseVocabulary *vocabulary, json_t *token,
            gboolean bert, const char *where, GError **error)
{
  const char *content = get_string (token, "content");
  gboolean normalised = json_is_true (json_object_get (token, "normalized"));
  g_autoptr (GString) text = NULL;

  if (*content == '\0')
    return refuse_added (error, where, content, "is empty");
  if (json_is_true (json_object_get (token, "lstrip"))
      || json_is_true (json_object_get (token, "rstrip"))
      || json_is_true (json_object_get (token, "single_word")))
    return refuse_added (error, where, content, "depends on its neighbours, which is not read");
  if (bert && normalised)
    return refuse_added (error, where, content, "is matched after normalising, which is not read");
  if (!check_added_id (vocabulary, content, token, where, error))
    return FALSE;
  text = normalised ? guise_clip_normalise (content, strlen (content)) : g_string_new (content);
  if (text->len > 0)
    guise_added_tokens_add (added, text->str,
                            (gint32)json_integer_value (json_object_get (token, "id")), normalised);
  return TRUE;
}

static GuiseAddedTokens *
read_all_added (json_t *root, const GuiseVocabulary *vocabulary, gboolean bert, const char *where,
                GError **error)
{
  g_autoptr (GuiseAddedTokens) added = guise_added_tokens_new ();
  json_t *token;
  size_t i;

  json_array_foreach (json_object_get (root, "added_tokens"), i, token)
  {
    if (!read_added (added, vocabulary, token, bert, where, error))
      return NULL;
  }
  return g_steal_pointer (&added);
}

/* ---- the tokens around a text ---- */

static json_t *
get_template_id (json_t *processor, json_t *item)
{
  const char *name = get_string (json_object_get (item, "SpecialToken"), "id");
  json_t *special = json_object_get (json_object_get (processor, "special_tokens"), name);
  json_t *ids = json_object_get (special, "ids");

  return json_array_size (ids) == 1 ? json_array_get (ids, 0) : NULL;
}

static gint32
get_id (json_t *value)
{
  return json_is_integer (value) ? (gint32)CLAMP (json_integer_value (value), -1, G_MAXINT32) : -1;
}

/* "cls" and "sep" of BertProcessing and RobertaProcessing, or a template of one token, the text
 * and one token. Ids are -1 where it is neither. */
static void
read_ends (json_t *processor, gint32 *begin, gint32 *end)
{
  json_t *single = json_object_get (processor, "single");
  json_t *first = json_array_get (json_object_get (processor, "cls"), 1);
  json_t *last = json_array_get (json_object_get (processor, "sep"), 1);

  if (is_type (processor, "TemplateProcessing") && json_array_size (single) == 3
      && json_object_get (json_array_get (single, 1), "Sequence") != NULL) {
    first = get_template_id (processor, json_array_get (single, 0));
    last = get_template_id (processor, json_array_get (single, 2));
  }
  *begin = get_id (first);
  *end = get_id (last);
}

/* ---- BERT ---- */

static gboolean
read_bert_split (json_t *normaliser, GuiseBertSplit *split)
{
  json_t *accents = json_object_get (normaliser, "strip_accents");

  if (!is_type (normaliser, "BertNormalizer")
      || !json_is_true (json_object_get (normaliser, "clean_text")))
    return FALSE;
  split->lower = json_is_true (json_object_get (normaliser, "lowercase"));
  split->chinese = json_is_true (json_object_get (normaliser, "handle_chinese_chars"));
  split->accents = json_is_boolean (accents) ? json_is_true (accents) : split->lower;
  return TRUE;
}

static gboolean
check_wordpiece (json_t *root, json_t *model, const char *where, GuiseBertSplit *split,
                 GError **error)
{
  if (!read_bert_split (json_object_get (root, "normalizer"), split))
    return refuse (error, where, "its normaliser", "is not BERT's");
  if (!is_type (json_object_get (root, "pre_tokenizer"), "BertPreTokenizer"))
    return refuse (error, where, "its splitting into words", "is not BERT's");
  if (strcmp (get_string (model, "unk_token"), "[UNK]") != 0
      || strcmp (get_string (model, "continuing_subword_prefix"), "##") != 0
      || json_integer_value (json_object_get (model, "max_input_chars_per_word")) != 100)
    return refuse (error, where, "its unknown token, prefix or longest word", "is not BERT's");
  return TRUE;
}

static gboolean
read_wordpiece (json_t *root, json_t *model, const char *where, GuiseWordpiece **out,
                GError **error)
{
  g_autoptr (GuiseVocabulary) vocabulary = NULL;
  g_autoptr (GuiseWordpiece) wordpiece = NULL;
  GuiseAddedTokens *added;
  GuiseBertSplit split;
  gint32 begin, end;

  if (!check_wordpiece (root, model, where, &split, error))
    return FALSE;
  vocabulary
      = guise_tokenizer_read_vocabulary (json_object_get (model, "vocab"), where, error);
  added = vocabulary != NULL ? read_all_added (root, vocabulary, TRUE, where, error) : NULL;
  if (added == NULL)
    return FALSE;
  wordpiece
      = guise_wordpiece_new_from (g_steal_pointer (&vocabulary), added, &split, where, error);
  if (wordpiece == NULL)
    return FALSE;
  read_ends (json_object_get (root, "post_processor"), &begin, &end);
  if (begin != guise_wordpiece_get_specials (wordpiece)->cls
      || end != guise_wordpiece_get_specials (wordpiece)->sep)
    return refuse (error, where, "its frame around a text", "is not [CLS] and [SEP]");
  *out = g_steal_pointer (&wordpiece);
  return TRUE;
}

/* ---- CLIP ---- */

static gboolean
is_clip_normaliser (json_t *normaliser)
{
  json_t *steps = json_object_get (normaliser, "normalizers");
  json_t *spaces = json_array_get (steps, 1);

  return is_type (normaliser, "Sequence") && json_array_size (steps) == 3
         && is_type (json_array_get (steps, 0), "NFC") && is_type (spaces, "Replace")
         && strcmp (get_string (json_object_get (spaces, "pattern"), "Regex"), "\\s+") == 0
         && strcmp (get_string (spaces, "content"), " ") == 0
         && is_type (json_array_get (steps, 2), "Lowercase");
}

static gboolean
read_clip_split (json_t *splitter, gboolean *specials)
{
  json_t *steps = json_object_get (splitter, "pretokenizers");
  json_t *split = json_array_get (steps, 0), *bytes = json_array_get (steps, 1);
  const char *pattern = get_string (json_object_get (split, "pattern"), "Regex");

  *specials = strcmp (pattern, SPECIALS CONTRACTIONS) == 0;
  return is_type (splitter, "Sequence") && json_array_size (steps) == 2
         && is_type (split, "Split") && (*specials || strcmp (pattern, CONTRACTIONS) == 0)
         && g_ascii_strcasecmp (get_string (split, "behavior"), "removed") == 0
         && json_is_true (json_object_get (split, "invert")) && is_type (bytes, "ByteLevel")
         && !json_is_true (json_object_get (bytes, "add_prefix_space"))
         && !json_is_false (json_object_get (bytes, "use_regex"));
}

static gboolean
check_bpe (json_t *root, json_t *model, const char *where, gboolean *specials, GError **error)
{
  static const char *const off[] = { "fuse_unk", "byte_fallback", "ignore_merges", "dropout" };

  if (!is_clip_normaliser (json_object_get (root, "normalizer")))
    return refuse (error, where, "its normaliser", "is not CLIP's");
  if (!read_clip_split (json_object_get (root, "pre_tokenizer"), specials))
    return refuse (error, where, "its splitting into words", "is not CLIP's");
  if (strcmp (get_string (model, "end_of_word_suffix"), "</w>") != 0
      || *get_string (model, "continuing_subword_prefix") != '\0')
    return refuse (error, where, "its mark of a word's end", "is not CLIP's");
  for (gsize i = 0; i < G_N_ELEMENTS (off); i++) {
    json_t *value = json_object_get (model, off[i]);

    if (value != NULL && !json_is_false (value) && !json_is_null (value))
      return refuse (error, where, off[i], "is not CLIP's setting");
  }
  return TRUE;
}

static gboolean
read_merge (GuiseClipBpe *bpe, json_t *merge, const char *place, GError **error)
{
  const char *left = json_string_value (json_array_get (merge, 0));
  const char *right = json_string_value (json_array_get (merge, 1));

  if (json_is_string (merge)) {
    g_auto (GStrv) parts = g_strsplit (json_string_value (merge), " ", 3);

    if (g_strv_length (parts) == 2 && *parts[0] != '\0' && *parts[1] != '\0')
      return guise_clip_bpe_add_merge (bpe, parts[0], parts[1], place, error);
  } else if (json_array_size (merge) == 2 && left != NULL && right != NULL) {
    return guise_clip_bpe_add_merge (bpe, left, right, place, error);
  }
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read merges '%s': not two tokens", place);
  return FALSE;
}

static gboolean
read_all_merges (GuiseClipBpe *bpe, json_t *model, const char *where, GError **error)
{
  json_t *merges, *merge;
  size_t i;

  if (!guise_json_get_array (model, "merges", where, &merges, error))
    return FALSE;
  json_array_foreach (merges, i, merge)
  {
    g_autofree char *place = g_strdup_printf ("%s: merge %zu", where, i + 1);

    if (!read_merge (bpe, merge, place, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_known (const GuiseVocabulary *vocabulary, const GuiseAddedTokens *added, gint32 id)
{
  return id >= 0
         && (id < guise_vocabulary_get_n_ids (vocabulary)
             || id < guise_added_tokens_get_n_ids (added));
}

static gboolean
read_bpe (json_t *root, json_t *model, const char *where, GuiseClipBpe **out, GError **error)
{
  g_autoptr (GuiseVocabulary) vocabulary = NULL;
  g_autoptr (GuiseAddedTokens) added = NULL;
  g_autoptr (GuiseClipBpe) bpe = NULL;
  GuiseClipBpeParts parts;

  if (!check_bpe (root, model, where, &parts.split_specials, error))
    return FALSE;
  vocabulary
      = guise_tokenizer_read_vocabulary (json_object_get (model, "vocab"), where, error);
  added = vocabulary != NULL ? read_all_added (root, vocabulary, FALSE, where, error) : NULL;
  if (added == NULL)
    return FALSE;
  read_ends (json_object_get (root, "post_processor"), &parts.begin, &parts.end);
  if (!is_known (vocabulary, added, parts.begin) || !is_known (vocabulary, added, parts.end))
    return refuse (error, where, "its frame around a text", "is not two tokens");
  parts.unk = guise_vocabulary_find (vocabulary, get_string (model, "unk_token"));
  parts.pad = parts.end;
  bpe = guise_clip_bpe_new (g_steal_pointer (&vocabulary), g_steal_pointer (&added), &parts);
  if (!read_all_merges (bpe, model, where, error))
    return FALSE;
  *out = g_steal_pointer (&bpe);
  return TRUE;
}

gboolean
guise_tokenizer_read_json (json_t *root, const char *where, GuiseTokenizerModel *out,
                           GError **error)
{
  json_t *model;

  if (!guise_json_get_object (root, "model", where, &model, error))
    return FALSE;
  if (is_type (model, "WordPiece"))
    return read_wordpiece (root, model, where, &out->wordpiece, error);
  if (is_type (model, "BPE"))
    return read_bpe (root, model, where, &out->bpe, error);
  return refuse (error, where, "its model", "is neither WordPiece nor BPE");
}
