#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-tokenizer-read-private.h"

#include <string.h>

#define BEGIN "<|startoftext|>"
#define END "<|endoftext|>"

static gboolean
add_token (GuiseVocabulary *vocabulary, const char *token, json_t *value, const char *where,
           GError **error)
{
  json_int_t id = json_integer_value (value);
  gboolean usable = json_is_integer (value) && id >= 0 && id < GUISE_VOCABULARY_MAX_IDS;
  g_autofree char *shown = NULL;

  if (usable && guise_vocabulary_add (vocabulary, token, (gint32)id))
    return TRUE;
  shown = guise_formats_clean (token);
  if (usable)
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read vocabulary '%s': '%s' has an id that another token has", where,
                 shown);
  else
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read vocabulary '%s': the id of '%s' is no number from 0 to %d", where,
                 shown, GUISE_VOCABULARY_MAX_IDS - 1);
  return FALSE;
}

GuiseVocabulary *
guise_tokenizer_read_vocabulary (json_t *object, const char *where, GError **error)
{
  g_autoptr (GuiseVocabulary) vocabulary = guise_vocabulary_new ();
  const char *token;
  json_t *value;

  if (!json_is_object (object)) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read vocabulary '%s': not an object of tokens and ids", where);
    return NULL;
  }
  json_object_foreach (object, token, value)
  {
    if (!add_token (vocabulary, token, value, where, error))
      return NULL;
  }
  return g_steal_pointer (&vocabulary);
}

/* ---- merges ---- */

static gboolean
read_merge (GuiseClipBpe *bpe, const char *line, gsize n_line, const char *where, GError **error)
{
  g_autofree char *place = g_strdup_printf ("%s: line %zu", where, n_line);
  const char *space = strchr (line, ' ');
  g_autofree char *left = NULL;

  if (space == NULL || space == line || space[1] == '\0' || strchr (space + 1, ' ') != NULL) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read merges '%s': not two tokens with a space between", place);
    return FALSE;
  }
  left = g_strndup (line, (gsize)(space - line));
  return guise_clip_bpe_add_merge (bpe, left, space + 1, place, error);
}

gboolean
guise_tokenizer_read_merges (GuiseClipBpe *bpe, const char *text, gsize size, const char *where,
                             GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  const char *end = text + size, *next;
  gsize n_line = 1;

  if (size > 0 && !g_utf8_validate_len (text, size, NULL)) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read merges '%s': not UTF-8 text", where);
    return FALSE;
  }
  for (; text < end; text = next, n_line++) {
    const char *feed = memchr (text, '\n', (gsize)(end - text));

    next = feed != NULL ? feed + 1 : end;
    g_string_truncate (line, 0);
    g_string_append_len (line, text, (feed != NULL ? feed : end) - text);
    if (g_str_has_suffix (line->str, "\r"))
      g_string_truncate (line, line->len - 1);
    if (line->len > 0 && !g_str_has_prefix (line->str, "#version")
        && !read_merge (bpe, line->str, n_line, where, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- folders without tokenizer.json ---- */

static gboolean
get_switch (json_t *config, const char *key, gboolean otherwise)
{
  json_t *value = json_object_get (config, key);

  return json_is_boolean (value) ? json_is_true (value) : otherwise;
}

GuiseWordpiece *
guise_tokenizer_read_bert (const char *vocab, gsize size, json_t *config, const char *where,
                           GError **error)
{
  GuiseVocabulary *vocabulary = guise_wordpiece_read_lines (vocab, size, where, error);
  gboolean lower = get_switch (config, "do_lower_case", TRUE);
  const GuiseBertSplit split = { .lower = lower,
                                 .accents = get_switch (config, "strip_accents", lower),
                                 .chinese = get_switch (config, "tokenize_chinese_chars", TRUE) };

  return vocabulary != NULL ? guise_wordpiece_new_from (vocabulary, NULL, &split, where, error)
                            : NULL;
}

/* A token of tokenizer_config.json: a string, which is looked for as written, or an object that
 * says. */
static const char *
get_token (json_t *config, const char *key, gboolean *normalised)
{
  json_t *token = json_object_get (config, key);

  *normalised = json_is_true (json_object_get (token, "normalized"));
  return json_string_value (json_is_object (token) ? json_object_get (token, "content") : token);
}

/* Whether content is looked for in normalised text: where several keys name it, all must say so. */
static gboolean
is_normalised (json_t *config, const char *content)
{
  static const char *const keys[] = { "bos_token", "eos_token", "unk_token", "pad_token" };
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    gboolean normalised;

    if (g_strcmp0 (get_token (config, keys[i], &normalised), content) != 0)
      continue;
    if (!normalised)
      return FALSE;
    any = TRUE;
  }
  return any;
}

static gboolean
find_ends (const GuiseVocabulary *vocabulary, json_t *config, const char *where,
           GuiseClipBpeParts *parts, GError **error)
{
  gboolean normalised;
  const char *pad = get_token (config, "pad_token", &normalised);

  parts->begin = guise_vocabulary_find (vocabulary, BEGIN);
  parts->end = guise_vocabulary_find (vocabulary, END);
  parts->unk = parts->end;
  parts->pad = pad != NULL ? guise_vocabulary_find (vocabulary, pad) : parts->end;
  if (parts->begin >= 0 && parts->end >= 0)
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
               "cannot read vocabulary '%s': '%s' is missing: not CLIP's", where,
               parts->begin < 0 ? BEGIN : END);
  return FALSE;
}

GuiseClipBpe *
guise_tokenizer_read_clip (json_t *vocab, const char *merges, gsize size, json_t *config,
                           const char *where, const char *where_merges, GError **error)
{
  g_autoptr (GuiseVocabulary) vocabulary = guise_tokenizer_read_vocabulary (vocab, where, error);
  GuiseClipBpeParts parts = { .split_specials = TRUE };
  g_autoptr (GuiseClipBpe) bpe = NULL;
  GuiseAddedTokens *added;

  if (vocabulary == NULL || !find_ends (vocabulary, config, where, &parts, error))
    return NULL;
  added = guise_added_tokens_new ();
  guise_added_tokens_add (added, BEGIN, parts.begin, is_normalised (config, BEGIN));
  guise_added_tokens_add (added, END, parts.end, is_normalised (config, END));
  bpe = guise_clip_bpe_new (g_steal_pointer (&vocabulary), added, &parts);
  return guise_tokenizer_read_merges (bpe, merges, size, where_merges, error)
             ? g_steal_pointer (&bpe)
             : NULL;
}
