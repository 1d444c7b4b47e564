#include "guise-style-names.h"

#include "guise-formats-error.h"
#include "guise-json.h"

#include <string.h>

#define MAX_FILE ((gsize)4 << 20)
#define PREFIX "style-"

G_DEFINE_QUARK (guise - style - error - quark, guise_style_error)

/* ---- what a name may be ---- */

static gboolean
is_number (const char *text)
{
  return *text != '\0' && text[strspn (text, "0123456789")] == '\0';
}

static const char *
find_fault (const char *name)
{
  g_autofree char *stripped = g_strstrip (g_strdup (name));

  if (!g_utf8_validate (name, -1, NULL))
    return "it is no UTF-8";
  if (*stripped == '\0')
    return "it is empty";
  if (strcmp (stripped, name) != 0)
    return "it begins or ends with a blank";
  if (g_utf8_strlen (name, -1) > GUISE_STYLE_NAME_MAX_CHARS)
    return "it is longer than 60 characters";
  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return "it holds a character that cannot be shown";
  if (strchr (name, ',') != NULL)
    return "a comma stands between names";
  if (is_number (name) || strcmp (name, "all") == 0 || g_str_has_suffix (name, ".json"))
    return "numbers, 'all' and files of exemplars mean something else where styles are chosen";
  return NULL;
}

/* As it can stand in a message. */
static char *
dup_shown (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  GString *shown = g_string_new (NULL);
  guint n = 0;

  for (const char *at = valid; *at != '\0' && n < GUISE_STYLE_NAME_MAX_CHARS; n++) {
    gunichar c = g_utf8_get_char (at);

    g_string_append_unichar (shown, g_unichar_isprint (c) ? c : 0xfffd);
    at = g_utf8_next_char (at);
  }
  return g_string_free (shown, FALSE);
}

gboolean
guise_style_name_check (const char *name, GError **error)
{
  const char *fault = find_fault (name);
  g_autofree char *shown = NULL;

  if (fault == NULL)
    return TRUE;
  shown = dup_shown (name);
  g_set_error (error, GUISE_STYLE_ERROR, GUISE_STYLE_ERROR_NAME,
               "a style cannot be called '%s': %s; choose another name", shown, fault);
  return FALSE;
}

static GuiseStyle *
find_style (const GuiseStyles *styles, const char *name)
{
  for (size_t s = 0; s < styles->n_styles; s++)
    if (strcmp (styles->styles[s].name, name) == 0)
      return &styles->styles[s];
  return NULL;
}

static gboolean
fail_unknown (const char *name, GError **error)
{
  g_autofree char *shown = dup_shown (name);

  g_set_error (error, GUISE_STYLE_ERROR, GUISE_STYLE_ERROR_NONE,
               "there is no style '%s' in this project; see `guisectl styles --exemplars`", shown);
  return FALSE;
}

gboolean
guise_styles_rename (GuiseStyles *styles, const char *from, const char *to, GError **error)
{
  GuiseStyle *style = find_style (styles, from);
  const GuiseStyle *other = find_style (styles, to);

  if (style == NULL)
    return fail_unknown (from, error);
  if (!guise_style_name_check (to, error))
    return FALSE;
  if (other != NULL && other != style) {
    g_set_error (error, GUISE_STYLE_ERROR, GUISE_STYLE_ERROR_NAME,
                 "a style cannot be called '%s': another one has that name; choose another name",
                 to);
    return FALSE;
  }
  if (other == NULL) {
    g_free (style->name);
    style->name = g_strdup (to);
  }
  return TRUE;
}

/* ---- names that follow their captions ---- */

/* counts [n_styles of styles, n_styles of before]: captions in both. */
static guint *
count_shared (const GuiseStyles *styles, const GuiseStyles *before)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint *counts = g_new0 (guint, styles->n_styles * before->n_styles + 1);

  for (size_t i = 0; i < before->n; i++)
    g_hash_table_insert (places, &before->ids[i], GUINT_TO_POINTER (before->labels[i] + 1));
  for (size_t i = 0; i < styles->n; i++) {
    guint label = GPOINTER_TO_UINT (g_hash_table_lookup (places, &styles->ids[i]));

    if (label > 0)
      counts[styles->labels[i] * before->n_styles + label - 1]++;
  }
  return counts;
}

/* The style of before that is this one, or NULL: two majorities leave no choice. */
static const GuiseStyle *
find_same (const guint *counts, const GuiseStyles *styles, const GuiseStyles *before, size_t s)
{
  const guint *row = counts + s * before->n_styles;
  guint64 all = 0;

  for (size_t b = 0; b < before->n_styles; b++)
    all += row[b];
  for (size_t b = 0; b < before->n_styles; b++) {
    guint64 column = 0;

    for (size_t other = 0; other < styles->n_styles; other++)
      column += counts[other * before->n_styles + b];
    if (2 * (guint64)row[b] > all && 2 * (guint64)row[b] > column)
      return &before->styles[b];
  }
  return NULL;
}

/* The highest N of names "style-N". */
static guint64
find_last_number (const GuiseStyles *styles)
{
  guint64 last = 0, number;

  for (size_t s = 0; s < styles->n_styles; s++) {
    const char *name = styles->styles[s].name;

    if (g_str_has_prefix (name, PREFIX)
        && g_ascii_string_to_unsigned (name + strlen (PREFIX), 10, 1, G_MAXUINT32, &number, NULL))
      last = MAX (last, number);
  }
  return last;
}

void
guise_styles_inherit_names (GuiseStyles *styles, const GuiseStyles *before)
{
  guint64 last = find_last_number (before);
  g_autofree guint *counts = NULL;

  if (styles->ids == NULL || before->ids == NULL)
    return;
  counts = count_shared (styles, before);
  for (size_t s = 0; s < styles->n_styles; s++) {
    const GuiseStyle *same = find_same (counts, styles, before, s);

    g_free (styles->styles[s].name);
    styles->styles[s].name
        = same != NULL ? g_strdup (same->name)
                       : g_strdup_printf (PREFIX "%" G_GUINT64_FORMAT, ++last);
  }
}

/* ---- choosing ---- */

static char **
take_largest (const GuiseStyles *styles, guint64 n)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (size_t s = 0; s < styles->n_styles && s < n; s++)
    g_strv_builder_add (names, styles->styles[s].name);
  return g_strv_builder_end (names);
}

static char **
take_named (const GuiseStyles *styles, const char *wanted, GError **error)
{
  g_auto (GStrv) words = g_strsplit (wanted, ",", -1);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (char **word = words; *word != NULL; word++)
    if (find_style (styles, g_strstrip (*word)) == NULL)
      return fail_unknown (*word, error), NULL;
  for (size_t s = 0; s < styles->n_styles; s++)
    if (g_strv_contains ((const char *const *)words, styles->styles[s].name))
      g_strv_builder_add (names, styles->styles[s].name);
  return g_strv_builder_end (names);
}

char **
guise_styles_choose (const GuiseStyles *styles, const char *wanted, GError **error)
{
  guint64 n;

  if (strcmp (wanted, "all") == 0)
    return take_largest (styles, G_MAXUINT64);
  if (!is_number (wanted))
    return take_named (styles, wanted, error);
  if (g_ascii_string_to_unsigned (wanted, 10, 1, G_MAXUINT32, &n, NULL))
    return take_largest (styles, n);
  g_set_error (error, GUISE_STYLE_ERROR, GUISE_STYLE_ERROR_NONE,
               "cannot choose '%s' styles: say at least 1, or 'all'", wanted);
  return NULL;
}

/* ---- exemplars in a file ---- */

static gboolean
fail_file (const char *path, const char *name, const char *why, GError **error)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot use style '%s' of '%s': %s", name, path, why);
  return FALSE;
}

static gboolean
check_exemplars (json_t *texts, const char *path, const char *name, GError **error)
{
  if (!json_is_array (texts) || json_array_size (texts) == 0)
    return fail_file (path, name, "it is no list of texts", error);
  if (json_array_size (texts) > GUISE_STYLES_MAX_EXEMPLARS)
    return fail_file (path, name, "it has more than 50 texts", error);
  for (size_t i = 0; i < json_array_size (texts); i++)
    if (json_string_length (json_array_get (texts, i)) == 0)
      return fail_file (path, name, "one of its texts is empty or no text", error);
  return TRUE;
}

json_t *
guise_style_exemplars_load (const char *path, GError **error)
{
  json_auto_t *object = guise_json_load (path, MAX_FILE, error);
  const char *name;
  json_t *texts;

  if (object == NULL)
    return NULL;
  if (!json_is_object (object) || json_object_size (object) == 0) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot use '%s': it holds no styles; an object of names with lists of texts is "
                 "wanted, as `guisectl styles --exemplars` prints it",
                 path);
    return NULL;
  }
  json_object_foreach (object, name, texts)
  {
    if (!guise_style_name_check (name, error)) {
      g_prefix_error (error, "cannot use '%s': ", path);
      return NULL;
    }
    if (!check_exemplars (texts, path, name, error))
      return NULL;
  }
  return g_steal_pointer (&object);
}
