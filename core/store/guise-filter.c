/* The filter language: tokens, a recursive-descent parser, and SQL in which every value is
 * bound. */
#include "guise-filter.h"

#include "guise-filter-private.h"
#include "guise-formats-error.h"
#include "guise-store-captions.h"
#include "guise-store-private.h"

#include <string.h>

#define MAX_DEPTH 50
#define MAX_CONDITIONS 200
#define MAX_VALUE 1000 /* bytes */

typedef enum {
  TABLE_DATASETS = 1 << 0,
  TABLE_PERSONS = 1 << 1,
  TABLE_OUTFITS = 1 << 2,
  TABLE_CAMERAS = 1 << 3,
  TABLE_CAPTIONS = 1 << 4,
  TABLE_IMAGES = 1 << 5,
} Tables;

typedef gboolean (*EnumParser) (const char *name, int *number);

typedef struct {
  const char *name;
  Tables tables;
  const char *sql;       /* never NULL in SQL: NOT must be the exact opposite */
  EnumParser parse_enum; /* the value is a number with a name */
  const char *choices;
} Field;

static gboolean
parse_split (const char *name, int *number)
{
  GuiseSplit split;
  gboolean ok = guise_split_from_string (name, &split);

  *number = ok ? (int)split : -1;
  return ok;
}

static gboolean
parse_state (const char *name, int *number)
{
  GuiseCaptionState state;
  gboolean ok = guise_caption_state_from_string (name, &state);

  *number = ok ? (int)state : -1;
  return ok;
}

static gboolean
parse_source (const char *name, int *number)
{
  GuiseCaptionSource source;
  gboolean ok = guise_caption_source_from_string (name, &source);

  *number = ok ? (int)source : -1;
  return ok;
}

static gboolean
parse_kind (const char *name, int *number)
{
  GuiseCaptionKind kind;
  gboolean ok = guise_caption_kind_from_string (name, &kind);

  *number = ok ? (int)kind : -1;
  return ok;
}

static const Field fields[] = {
  { "split", TABLE_IMAGES, "i.split", parse_split, "train, val, test or none" },
  { "camera", TABLE_CAMERAS, "coalesce (cam.label, '')", NULL, NULL },
  { "person", TABLE_PERSONS, "p.label", NULL, NULL },
  { "outfit", TABLE_OUTFITS, "coalesce (o.label, '')", NULL, NULL },
  { "state", TABLE_CAPTIONS, "coalesce (c.state, -1)", parse_state,
    "pending, accepted, edited, rejected, flagged or skipped" },
  { "source", TABLE_CAPTIONS, "coalesce (c.source, -1)", parse_source,
    "dataset, human, machine or rule" },
  { "style", TABLE_CAPTIONS, "coalesce (c.style, '')", NULL, NULL },
  { "kind", TABLE_CAPTIONS, "coalesce (c.kind, -1)", parse_kind,
    "caption, identity or clothing" },
  { "text", TABLE_CAPTIONS, "coalesce (c.text, '')", NULL, NULL },
  { "path", TABLE_IMAGES, "CAST (i.path AS TEXT)", NULL, NULL },
  { "dataset", TABLE_DATASETS, "d.name", NULL, NULL },
};

/* The condition is kept as SQL with '?' and the values in their order. */
struct _GuiseFilter {
  GString *sql;
  GPtrArray *texts; /* owns the texts of values */
  GArray *values;   /* of GuiseValue */
  Tables tables;
};

typedef enum {
  TOKEN_END,
  TOKEN_WORD,
  TOKEN_QUOTED,
  TOKEN_OPEN,
  TOKEN_CLOSE,
  TOKEN_OPERATOR,
} TokenType;

typedef struct {
  const char *start; /* of the whole text, for positions */
  const char *next;
  TokenType type;
  const char *token; /* where it begins */
  GString *value;
  guint depth;
  guint n_conditions;
  GuiseFilter *filter;
} Parser;

static gboolean fail (Parser *parser, const char *at, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (Parser *parser, const char *at, GError **error, const char *format, ...)
{
  g_autofree char *raw = NULL, *what = NULL;
  va_list args;

  va_start (args, format);
  raw = g_strdup_vprintf (format, args);
  va_end (args);
  what = guise_formats_clean (raw);
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER,
               "filter: %s at position %ld", what,
               g_utf8_pointer_to_offset (parser->start, at) + 1);
  return FALSE;
}

static gboolean
scan_quoted (Parser *parser, GError **error)
{
  const char *p = parser->next + 1;

  for (; *p != '"'; p++) {
    if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
      p++;
    if (*p == '\0')
      return fail (parser, parser->next, error, "unclosed quote");
    g_string_append_c (parser->value, *p);
  }
  parser->type = TOKEN_QUOTED;
  parser->next = p + 1;
  return TRUE;
}

static gboolean
is_word_byte (char c)
{
  return c != '\0' && !g_ascii_isspace (c) && strchr ("()=:!~\"", c) == NULL;
}

static gboolean
scan_operator (Parser *parser, GError **error)
{
  const char *p = parser->next;
  size_t length = p[0] == '!' ? 2 : 1;

  if (p[0] == '!' && p[1] != '=' && p[1] != '~')
    return fail (parser, p, error, "expected '!=' or '!~'");
  g_string_append_len (parser->value, p[0] == ':' ? "=" : p, (gssize)length);
  parser->type = TOKEN_OPERATOR;
  parser->next = p + length;
  return TRUE;
}

static gboolean
advance (Parser *parser, GError **error)
{
  g_string_truncate (parser->value, 0);
  while (g_ascii_isspace (*parser->next))
    parser->next++;
  parser->token = parser->next;
  switch (*parser->next) {
  case '\0':
    parser->type = TOKEN_END;
    return TRUE;
  case '(':
  case ')':
    parser->type = *parser->next++ == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
    return TRUE;
  case '"':
    return scan_quoted (parser, error);
  case '=':
  case ':':
  case '!':
  case '~':
    return scan_operator (parser, error);
  default:
    while (is_word_byte (*parser->next))
      g_string_append_c (parser->value, *parser->next++);
    parser->type = TOKEN_WORD;
    return TRUE;
  }
}

static gboolean
at_keyword (const Parser *parser, const char *keyword)
{
  return parser->type == TOKEN_WORD && g_ascii_strcasecmp (parser->value->str, keyword) == 0;
}

static void
bind_text (GuiseFilter *filter, char *text)
{
  GuiseValue value = GUISE_TEXT (text);

  g_ptr_array_add (filter->texts, text);
  g_array_append_val (filter->values, value);
}

static gboolean
emit_condition (Parser *parser, const Field *field, const char *operator, GError ** error)
{
  GuiseFilter *filter = parser->filter;
  gboolean negative = operator[0] == '!';
  int number;

  if (field->parse_enum != NULL) {
    GuiseValue value;

    if (!field->parse_enum (parser->value->str, &number))
      return fail (parser, parser->token, error, "'%s' is no %s (%s)", parser->value->str,
                   field->name, field->choices);
    value = (GuiseValue)GUISE_INT (number);
    g_array_append_val (filter->values, value);
    g_string_append_printf (filter->sql, "%s %s ?", field->sql, negative ? "<>" : "=");
  } else if (strchr (operator, '~') != NULL) {
    bind_text (filter, g_strdup (parser->value->str));
    g_string_append_printf (filter->sql, "%s contains (%s, ?)", negative ? "NOT" : "", field->sql);
  } else {
    bind_text (filter, g_strdup (parser->value->str));
    g_string_append_printf (filter->sql, "%s %s ?", field->sql, negative ? "<>" : "=");
  }
  filter->tables |= field->tables;
  return TRUE;
}

static gboolean
parse_condition (Parser *parser, GError **error)
{
  const Field *field = NULL;
  g_autofree char *operator= NULL;

  if (parser->type != TOKEN_WORD)
    return fail (parser, parser->token, error, "expected a field");
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i].name, parser->value->str) == 0)
      field = &fields[i];
  if (field == NULL)
    return fail (parser, parser->token, error, "unknown field '%s'", parser->value->str);
  if (!advance (parser, error))
    return FALSE;
  if (parser->type != TOKEN_OPERATOR)
    return fail (parser, parser->token, error, "expected =, !=, ~ or !~ after '%s'", field->name);
  if (field->parse_enum != NULL && strchr (parser->value->str, '~') != NULL)
    return fail (parser, parser->token, error, "'%s' is compared with = or !=", field->name);
  operator= g_strdup (parser->value->str);
  if (!advance (parser, error))
    return FALSE;
  if (parser->type != TOKEN_WORD && parser->type != TOKEN_QUOTED)
    return fail (parser, parser->token, error, "expected a value for '%s'", field->name);
  if (parser->value->len > MAX_VALUE)
    return fail (parser, parser->token, error, "value longer than %d bytes", MAX_VALUE);
  if (++parser->n_conditions > MAX_CONDITIONS)
    return fail (parser, parser->token, error, "more than %d conditions", MAX_CONDITIONS);
  return emit_condition (parser, field, operator, error) && advance (parser, error);
}

static gboolean parse_or (Parser *parser, GError **error);

static gboolean
parse_group (Parser *parser, GError **error)
{
  const char *open = parser->token;

  g_string_append_c (parser->filter->sql, '(');
  if (!advance (parser, error) || !parse_or (parser, error))
    return FALSE;
  if (parser->type != TOKEN_CLOSE)
    return fail (parser, parser->type == TOKEN_END ? open : parser->token, error,
                 parser->type == TOKEN_END ? "unclosed '('" : "expected ')'");
  g_string_append_c (parser->filter->sql, ')');
  return advance (parser, error);
}

static gboolean
parse_factor (Parser *parser, GError **error)
{
  gboolean ok;

  if (++parser->depth > MAX_DEPTH)
    return fail (parser, parser->token, error, "nested deeper than %d", MAX_DEPTH);
  if (at_keyword (parser, "NOT")) {
    g_string_append (parser->filter->sql, "NOT (");
    ok = advance (parser, error) && parse_factor (parser, error);
    g_string_append_c (parser->filter->sql, ')');
  } else if (parser->type == TOKEN_OPEN) {
    ok = parse_group (parser, error);
  } else {
    ok = parse_condition (parser, error);
  }
  parser->depth--;
  return ok;
}

static gboolean
parse_and (Parser *parser, GError **error)
{
  if (!parse_factor (parser, error))
    return FALSE;
  while (parser->type != TOKEN_END && parser->type != TOKEN_CLOSE && !at_keyword (parser, "OR")) {
    if (at_keyword (parser, "AND") && !advance (parser, error))
      return FALSE;
    g_string_append (parser->filter->sql, " AND ");
    if (!parse_factor (parser, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_or (Parser *parser, GError **error)
{
  if (!parse_and (parser, error))
    return FALSE;
  while (at_keyword (parser, "OR")) {
    if (!advance (parser, error))
      return FALSE;
    g_string_append (parser->filter->sql, " OR ");
    if (!parse_and (parser, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_all (Parser *parser, GError **error)
{
  if (!advance (parser, error))
    return FALSE;
  if (parser->type == TOKEN_END)
    return TRUE;
  if (!parse_or (parser, error))
    return FALSE;
  if (parser->type != TOKEN_END)
    return fail (parser, parser->token, error, "unexpected ')'");
  return TRUE;
}

GuiseFilter *
guise_filter_parse (const char *text, GError **error)
{
  g_autoptr (GuiseFilter) filter = g_new0 (GuiseFilter, 1);
  g_autoptr (GString) value = g_string_new (NULL);
  Parser parser = { .start = text, .next = text, .value = value, .filter = filter };

  filter->sql = g_string_new (NULL);
  filter->texts = g_ptr_array_new_with_free_func (g_free);
  filter->values = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  if (!g_utf8_validate (text, -1, NULL)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER,
                 "filter: it is not valid UTF-8");
    return NULL;
  }
  return parse_all (&parser, error) ? g_steal_pointer (&filter) : NULL;
}

void
guise_filter_free (GuiseFilter *filter)
{
  if (filter == NULL)
    return;
  if (filter->sql != NULL)
    g_string_free (filter->sql, TRUE);
  g_clear_pointer (&filter->texts, g_ptr_array_unref);
  g_clear_pointer (&filter->values, g_array_unref);
  g_free (filter);
}

char *
guise_filter_quote (const char *value)
{
  GString *quoted;
  gboolean plain = *value != '\0';

  for (const char *p = value; *p != '\0'; p++)
    plain = plain && is_word_byte (*p);
  if (plain)
    return g_strdup (value);
  quoted = g_string_new ("\"");
  for (const char *p = value; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_c (quoted, '\\');
    g_string_append_c (quoted, *p);
  }
  g_string_append_c (quoted, '"');
  return g_string_free (quoted, FALSE);
}

static void
append_joins (GString *sql, Tables tables)
{
  if (tables & TABLE_DATASETS)
    g_string_append (sql, " JOIN datasets d ON d.id = i.dataset_id");
  if (tables & TABLE_PERSONS)
    g_string_append (sql, " JOIN persons p ON p.id = i.person_id");
  if (tables & TABLE_OUTFITS)
    g_string_append (sql, " LEFT JOIN outfits o ON o.id = i.outfit_id");
  if (tables & TABLE_CAMERAS)
    g_string_append (sql, " LEFT JOIN cameras cam ON cam.id = i.camera_id");
}

/* Which images have a caption that matches: the captions are read in the order in which they lie in
 * the file, which is three times as fast as looking for those of each image. Images without any are
 * matched as if they had an empty one, and are looked for only where that matches. */
static void
append_captions_condition (GString *sql, const GuiseFilter *filter)
{
  g_string_append (sql, " WHERE i.id IN (SELECT c.image_id FROM captions c");
  if (filter->tables != TABLE_CAPTIONS)
    g_string_append (sql, " CROSS JOIN images i ON i.id = c.image_id");
  append_joins (sql, filter->tables);
  g_string_append_printf (sql,
                          " WHERE %s UNION ALL SELECT i.id FROM (SELECT NULL AS text,"
                          " NULL AS state, NULL AS source, NULL AS style, NULL AS kind) c"
                          " CROSS JOIN images i",
                          filter->sql->str);
  append_joins (sql, filter->tables);
  g_string_append_printf (sql,
                          " WHERE (%s)"
                          " AND NOT EXISTS (SELECT 1 FROM captions WHERE image_id = i.id))",
                          filter->sql->str);
}

/* values: what is to be bound, in their order. */
static char *
build_sql (const GuiseFilter *filter, const char *select, gboolean has_captions,
           const char *order, GArray *values)
{
  GString *sql = g_string_new (select);
  Tables tables = filter != NULL ? filter->tables : 0;
  gboolean apart = (tables & TABLE_CAPTIONS) && !has_captions;

  if (apart) {
    append_captions_condition (sql, filter);
  } else {
    append_joins (sql, tables);
    if (filter != NULL && filter->sql->len > 0)
      g_string_append_printf (sql, " WHERE %s", filter->sql->str);
  }
  for (int i = 0; filter != NULL && i < (apart ? 2 : 1); i++)
    g_array_append_vals (values, filter->values->data, filter->values->len);
  g_string_append (sql, order);
  return g_string_free (sql, FALSE);
}

GArray *
guise_filter_run (GuiseStore *store, const GuiseFilter *filter, const char *select,
                  gboolean has_captions, const char *order, GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  g_autofree char *sql = build_sql (filter, select, has_captions, order, values);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_prepare_once (db, sql, (const void *)values->data, values->len, error);
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    gint64 id = sqlite3_column_int64 (statement, 0);

    g_array_append_val (ids, id);
  }
  sqlite3_finalize (statement);
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&ids) : NULL;
}

gint64
guise_filter_count (GuiseStore *store, const GuiseFilter *filter, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  g_autofree char *inner = build_sql (filter, "SELECT i.id FROM images i", FALSE, "", values);
  g_autofree char *sql = g_strdup_printf ("SELECT count(*) FROM (%s)", inner);
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  gint64 n = -1;

  if (db == NULL)
    return -1;
  statement = guise_db_prepare_once (db, sql, (const void *)values->data, values->len, error);
  if (statement != NULL && guise_db_step (db, statement, error) > 0)
    n = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  guise_store_give_back (store, db);
  return n;
}
