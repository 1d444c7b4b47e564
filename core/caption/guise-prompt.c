#include "guise-prompt.h"

#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-read-file.h"

#include <math.h>
#include <string.h>

/* Part of the hash: answers of another shape are answers to another prompt. */
#define SCHEMA_VERSION 1
#define MAX_EXEMPLAR 400 /* characters */

typedef enum {
  SECTION_KEYS,
  SECTION_SYSTEM,
  SECTION_USER,
  SECTION_STYLE,
  SECTION_REFUSED,
  N_SECTIONS,
} Section;

static const char *const section_names[N_SECTIONS] = { "", "system", "user", "style", "refused" };

/* Which sections may hold a variable. */
static const struct {
  const char *name;
  guint sections;
} variables[] = {
  { "min_words", ~0u },
  { "max_words", ~0u },
  { "schema", ~0u },
  { "style", 1 << SECTION_USER | 1 << SECTION_REFUSED },
  { "exemplars", 1 << SECTION_STYLE },
};

void
guise_prompt_free (GuisePrompt *prompt)
{
  if (prompt == NULL)
    return;
  g_free (prompt->title);
  g_free (prompt->system);
  g_free (prompt->user);
  g_free (prompt->style);
  g_free (prompt->refused);
  g_free (prompt);
}

/* ---- reading ---- */

typedef struct {
  const char *where;
  guint line; /* being read; 0 = it is about the whole */
  GuisePrompt *prompt;
  GString *texts[N_SECTIONS];
  guint seen; /* bits of sections */
} Reader;

static gboolean
fail (const Reader *reader, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  if (reader->line > 0)
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot use prompt '%s': line %u: %s", reader->where, reader->line, why);
  else
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot use prompt '%s': %s", reader->where, why);
  return FALSE;
}

static gboolean
read_number (const Reader *reader, const char *key, const char *text, gint64 lowest,
             gint64 highest, guint *number, GError **error)
{
  gint64 value;

  if (!g_ascii_string_to_signed (text, 10, lowest, highest, &value, NULL))
    return fail (reader, error,
                 "%s must be a whole number between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT,
                 key, lowest, highest);
  *number = (guint)value;
  return TRUE;
}

static gboolean
read_words (Reader *reader, const char *value, GError **error)
{
  GuisePrompt *prompt = reader->prompt;
  g_auto (GStrv) parts = g_strsplit (value, " ", 2);

  if (g_strv_length (parts) != 2)
    return fail (reader, error, "words takes two numbers, the fewest and the most");
  if (!read_number (reader, "words", parts[0], 1, 500, &prompt->min_words, error)
      || !read_number (reader, "words", g_strstrip (parts[1]), 1, 500, &prompt->max_words, error))
    return FALSE;
  if (prompt->min_words > prompt->max_words)
    return fail (reader, error, "words: the fewest (%u) are more than the most (%u)",
                 prompt->min_words, prompt->max_words);
  return TRUE;
}

static gboolean
read_temperature (Reader *reader, const char *value, GError **error)
{
  char *end;
  double number = g_ascii_strtod (value, &end);

  if (*value == '\0' || *end != '\0' || !isfinite (number) || number < 0 || number > 2)
    return fail (reader, error, "temperature must be a number between 0 and 2");
  reader->prompt->temperature = number;
  return TRUE;
}

static gboolean
read_key (Reader *reader, const char *line, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (line, "=", 2);
  const char *key, *value;

  if (g_strv_length (parts) != 2)
    return fail (reader, error, "expected 'key = value' or a section in brackets");
  key = g_strstrip (parts[0]);
  value = g_strstrip (parts[1]);
  if (strcmp (key, "title") == 0) {
    g_free (reader->prompt->title);
    reader->prompt->title = guise_formats_clean (value);
    return *value != '\0' || fail (reader, error, "the title is empty");
  }
  if (strcmp (key, "temperature") == 0)
    return read_temperature (reader, value, error);
  if (strcmp (key, "max-tokens") == 0)
    return read_number (reader, key, value, 16, 8192, &reader->prompt->max_tokens, error);
  if (strcmp (key, "words") == 0)
    return read_words (reader, value, error);
  return fail (reader, error,
               "unknown key '%s'; there are title, temperature, max-tokens and words", key);
}

static gboolean
enter_section (Reader *reader, const char *line, Section *section, GError **error)
{
  g_autofree char *name = g_strndup (line + 1, strlen (line) - 2);

  for (int i = SECTION_SYSTEM; i < N_SECTIONS; i++)
    if (strcmp (name, section_names[i]) == 0) {
      if ((reader->seen & 1u << i) != 0)
        return fail (reader, error, "section [%s] is there twice", name);
      reader->seen |= 1u << i;
      *section = (Section)i;
      return TRUE;
    }
  return fail (reader, error,
               "unknown section '[%s]'; there are [system], [user], [style] and [refused]", name);
}

/* Every {{name}} of a line is a variable that its section may hold. */
static gboolean
check_variables (const Reader *reader, Section section, const char *line, GError **error)
{
  const char *open = line, *close;

  while ((open = strstr (open, "{{")) != NULL) {
    g_autofree char *name = NULL;
    gsize i;

    close = strstr (open, "}}");
    if (close == NULL)
      return fail (reader, error, "'{{' without '}}'");
    name = g_strndup (open + 2, (gsize)(close - open) - 2);
    for (i = 0; i < G_N_ELEMENTS (variables); i++)
      if (strcmp (name, variables[i].name) == 0 && (variables[i].sections & 1u << section) != 0)
        break;
    if (i == G_N_ELEMENTS (variables))
      return fail (reader, error, "no variable '{{%s}}' in [%s]", name, section_names[section]);
    open = close + 2;
  }
  return TRUE;
}

static gboolean
is_section (const char *line)
{
  gsize length = strlen (line);

  return length > 2 && line[0] == '[' && line[length - 1] == ']';
}

static gboolean
read_lines (Reader *reader, char **lines, GError **error)
{
  Section section = SECTION_KEYS;

  for (; *lines != NULL; lines++) {
    char *line = g_strchomp (*lines);

    reader->line++;
    if (*line == '#')
      continue;
    if (is_section (line)) {
      if (!enter_section (reader, line, &section, error))
        return FALSE;
    } else if (section == SECTION_KEYS) {
      if (*line != '\0' && !read_key (reader, line, error))
        return FALSE;
    } else {
      if (!check_variables (reader, section, line, error))
        return FALSE;
      g_string_append_printf (reader->texts[section], "%s\n", line);
    }
  }
  return TRUE;
}

static char *
take_text (Reader *reader, Section section)
{
  return g_strstrip (g_string_free (g_steal_pointer (&reader->texts[section]), FALSE));
}

static gboolean
finish (Reader *reader, GError **error)
{
  GuisePrompt *prompt = reader->prompt;

  reader->line = 0;
  prompt->system = take_text (reader, SECTION_SYSTEM);
  prompt->user = take_text (reader, SECTION_USER);
  prompt->style = take_text (reader, SECTION_STYLE);
  prompt->refused = take_text (reader, SECTION_REFUSED);
  if (*prompt->user == '\0')
    return fail (reader, error, "section [user], what is asked, is missing");
  if (*prompt->style != '\0' && strstr (prompt->style, "{{exemplars}}") == NULL)
    return fail (reader, error, "[style] does not say where its {{exemplars}} go");
  if (*prompt->style != '\0' && strstr (prompt->user, "{{style}}") == NULL)
    return fail (reader, error, "[user] does not say where {{style}} goes");
  return TRUE;
}

static GuisePrompt *
create_empty (void)
{
  GuisePrompt *prompt = g_new0 (GuisePrompt, 1);

  prompt->title = g_strdup ("Prompt");
  prompt->temperature = 0.2;
  prompt->max_tokens = 500;
  prompt->min_words = 6;
  prompt->max_words = 50;
  return prompt;
}

GuisePrompt *
guise_prompt_parse (const char *text, gsize length, const char *where, GError **error)
{
  g_autoptr (GuisePrompt) prompt = create_empty ();
  Reader reader = { where, 0, prompt, { NULL }, 0 };
  g_auto (GStrv) lines = NULL;
  gboolean ok;

  if (length > GUISE_PROMPT_MAX_BYTES) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE,
                 "cannot use prompt '%s': it has %zu bytes; %d are allowed", where, length,
                 GUISE_PROMPT_MAX_BYTES);
    return NULL;
  }
  if (!g_utf8_validate_len (text, length, NULL)) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot use prompt '%s': it is not UTF-8 text", where);
    return NULL;
  }
  for (int i = 0; i < N_SECTIONS; i++)
    reader.texts[i] = g_string_new (NULL);
  lines = g_strsplit (text, "\n", -1);
  ok = read_lines (&reader, lines, error) && finish (&reader, error);
  for (int i = 0; i < N_SECTIONS; i++)
    if (reader.texts[i] != NULL)
      g_string_free (reader.texts[i], TRUE);
  return ok ? g_steal_pointer (&prompt) : NULL;
}

GuisePrompt *
guise_prompt_load (const char *path, GError **error)
{
  gsize size;
  g_autofree char *text = guise_read_file (path, GUISE_PROMPT_MAX_BYTES, &size, error);
  g_autofree char *where = g_filename_display_name (path);

  return text != NULL ? guise_prompt_parse (text, size, where, error) : NULL;
}

/* ---- writing and naming ---- */

/* What has an influence on the answers, in one order. */
static void
append_body (const GuisePrompt *prompt, GString *out)
{
  const char *const texts[] = { NULL, prompt->system, prompt->user, prompt->style,
                                prompt->refused };
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (number, sizeof number, prompt->temperature);
  g_string_append_printf (out, "temperature = %s\nmax-tokens = %u\nwords = %u %u\n", number,
                          prompt->max_tokens, prompt->min_words, prompt->max_words);
  for (int i = SECTION_SYSTEM; i < N_SECTIONS; i++)
    if (*texts[i] != '\0')
      g_string_append_printf (out, "\n[%s]\n%s\n", section_names[i], texts[i]);
}

char *
guise_prompt_dup_text (const GuisePrompt *prompt)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "title = %s\n", prompt->title);
  append_body (prompt, out);
  return g_string_free (out, FALSE);
}

char *
guise_prompt_dup_hash (const GuisePrompt *prompt)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out, "schema %d\n", SCHEMA_VERSION);
  append_body (prompt, out);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, out->str, (gssize)out->len);
}

/* ---- filling in ---- */

/* One a line, as JSON strings: a quotation mark or a line feed in the data ends nothing. */
static char *
quote_exemplars (const char *const *exemplars)
{
  GString *out = g_string_new (NULL);

  for (; *exemplars != NULL; exemplars++) {
    g_autofree char *clean = guise_formats_clean (*exemplars);
    g_autofree char *shortened = g_utf8_substring (
        clean, 0, MIN (g_utf8_strlen (clean, -1), MAX_EXEMPLAR));
    json_t *string = json_string (shortened);
    char *quoted = json_dumps (string, JSON_ENCODE_ANY);

    g_string_append_printf (out, "%s- %s", out->len > 0 ? "\n" : "", quoted);
    free (quoted);
    json_decref (string);
  }
  return g_string_free (out, FALSE);
}

static char *
dup_schema_text (void)
{
  json_t *schema = guise_prompt_create_schema ();
  char *text = guise_json_dup_text (schema, JSON_COMPACT);

  json_decref (schema);
  return text;
}

/* What {{style}} and {{exemplars}} stand for in a section; NULL = nothing. */
typedef struct {
  const char *style;
  const char *exemplars;
} Fillings;

static char *
dup_filling (const GuisePrompt *prompt, const Fillings *fillings, const char *name)
{
  if (strcmp (name, "min_words") == 0)
    return g_strdup_printf ("%u", prompt->min_words);
  if (strcmp (name, "max_words") == 0)
    return g_strdup_printf ("%u", prompt->max_words);
  if (strcmp (name, "schema") == 0)
    return dup_schema_text ();
  if (strcmp (name, "style") == 0)
    return g_strdup (fillings->style != NULL ? fillings->style : "");
  return g_strdup (fillings->exemplars != NULL ? fillings->exemplars : "");
}

/* One pass: what is filled in is never looked at again. */
static char *
fill_in (const GuisePrompt *prompt, const char *text, const Fillings *fillings)
{
  GString *out = g_string_new (NULL);
  const char *open, *close;

  while ((open = strstr (text, "{{")) != NULL && (close = strstr (open, "}}")) != NULL) {
    g_autofree char *name = g_strndup (open + 2, (gsize)(close - open) - 2);
    g_autofree char *filling = dup_filling (prompt, fillings, name);

    g_string_append_len (out, text, open - text);
    g_string_append (out, filling);
    text = close + 2;
  }
  g_string_append (out, text);
  return g_string_free (out, FALSE);
}

gboolean
guise_prompt_check_style (const GuisePrompt *prompt, GError **error)
{
  if (*prompt->style != '\0') /* then [user] says where it goes, see guise_prompt_parse() */
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "cannot describe in styles: the prompt '%s' has no place for their exemplars; give "
               "it a section [style], and {{style}} in [user]",
               prompt->title);
  return FALSE;
}

char *
guise_prompt_render_system (const GuisePrompt *prompt)
{
  return fill_in (prompt, prompt->system, &(Fillings){ NULL, NULL });
}

char *
guise_prompt_render_user (const GuisePrompt *prompt, const char *const *exemplars,
                          gboolean after_refusal)
{
  const char *text = after_refusal && *prompt->refused != '\0' ? prompt->refused : prompt->user;
  g_autofree char *quoted = NULL;
  g_autofree char *style = NULL;

  if (exemplars != NULL && *exemplars != NULL && *prompt->style != '\0') {
    quoted = quote_exemplars (exemplars);
    style = fill_in (prompt, prompt->style, &(Fillings){ NULL, quoted });
  }
  return fill_in (prompt, text, &(Fillings){ style, NULL });
}

/* ---- the shape of the answer ---- */

static const char *const identity_attributes[]
    = { "gender_presentation", "age_group", "build", "height", "posture", "hair", NULL };
static const char *const clothing_attributes[]
    = { "upper", "lower", "footwear", "bag", "headwear", NULL };

const char *const *
guise_prompt_get_identity_attributes (void)
{
  return identity_attributes;
}

const char *const *
guise_prompt_get_clothing_attributes (void)
{
  return clothing_attributes;
}

static json_t *
create_nullable_string (void)
{
  return json_pack ("{s:[s,s]}", "type", "string", "null");
}

static json_t *
create_object (json_t *properties)
{
  json_t *required = json_array ();
  const char *key;
  json_t *value;

  json_object_foreach (properties, key, value)
      json_array_append_new (required, json_string (key));
  return json_pack ("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
                    "required", required, "additionalProperties", 0);
}

json_t *
guise_prompt_create_schema (void)
{
  json_t *visible = json_object (), *properties = json_object ();

  for (const char *const *name = identity_attributes; *name != NULL; name++)
    json_object_set_new (visible, *name, create_nullable_string ());
  for (const char *const *name = clothing_attributes; *name != NULL; name++)
    json_object_set_new (visible, *name, create_nullable_string ());
  json_object_set_new (properties, "visible", create_object (visible));
  json_object_set_new (properties, "identity", create_nullable_string ());
  json_object_set_new (properties, "clothing", create_nullable_string ());
  json_object_set_new (properties, "refused", json_pack ("{s:s}", "type", "boolean"));
  return create_object (properties);
}

/* ---- what had better not be asked ---- */

static const struct {
  const char *words; /* a regular expression, whole words, any case */
  const char *sentence;
} forbidden[] = {
  { "ethnicit(y|ies)|ethnic|race|racial|nationality|skin colou?r",
    "It mentions ethnicity: descriptions of it are guesses, and sensitive. Leave it out unless "
    "the line forbids it." },
  { "name of the person|person'?s name|who (he|she|they) (is|are)|celebrity",
    "It asks who the person is by name: a picture does not tell." },
  { "age in years|how old|years old|exact age",
    "It asks for an age in years: ask for a group (young, middle-aged, elderly)." },
  { "describe the (background|scene|surroundings|location)",
    "It asks for the background: descriptions of it teach a model the camera, not the person." },
};

static gboolean
finds (const char *pattern, const char *text)
{
  g_autofree char *whole = g_strdup_printf ("\\b(%s)\\b", pattern);

  return g_regex_match_simple (whole, text, G_REGEX_CASELESS, 0);
}

/* A sentence that forbids something names it too. */
static gboolean
asks_for (const char *pattern, const char *text)
{
  g_auto (GStrv) sentences = g_regex_split_simple ("[.!?;\n]", text, 0, 0);

  for (char **sentence = sentences; *sentence != NULL; sentence++)
    if (finds (pattern, *sentence) && !finds ("no|not|never|without|don'?t|avoid", *sentence))
      return TRUE;
  return FALSE;
}

GPtrArray *
guise_prompt_lint (const GuisePrompt *prompt)
{
  GPtrArray *findings = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = g_strjoin ("\n", prompt->system, prompt->user, prompt->style,
                                     prompt->refused, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (forbidden); i++)
    if (asks_for (forbidden[i].words, text))
      g_ptr_array_add (findings, g_strdup (forbidden[i].sentence));
  if (!finds ("null", text))
    g_ptr_array_add (findings, g_strdup ("It does not allow null: models invent what they cannot "
                                         "see unless they may say so."));
  if (!finds ("visible|see|seen", text))
    g_ptr_array_add (findings, g_strdup ("It does not ask for what is visible only."));
  if (strstr (text, "{{schema}}") == NULL)
    g_ptr_array_add (findings, g_strdup ("It has no {{schema}}: servers that ignore the request's "
                                         "schema will answer in a shape of their own."));
  if (*prompt->refused == '\0')
    g_ptr_array_add (findings, g_strdup ("It has no [refused]: a refusal is final."));
  return findings;
}
