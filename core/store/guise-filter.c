/* The filter language: tokens, and a recursive-descent parser that writes SQL, in which every value
 * is bound, and beside it what the filter says of words in texts. */
#include "guise-filter.h"

#include "guise-filter-private.h"
#include "guise-filter-mistake.h"
#include "guise-store-captions.h"
#include "guise-store-private.h"

#include <string.h>

#define MAX_DEPTH 50
#define MAX_CONDITIONS 200
#define MAX_VALUE 1000 /* bytes */

typedef gboolean (*EnumParser) (const char *name, int *number);

typedef struct {
  const char *name;
  GuiseFilterTables tables;
  const char *sql;       /* never NULL in SQL: NOT must be the exact opposite */
  EnumParser parse_enum; /* the value is a number with a name */
  const char *choices;
  GuiseFilterStepType step; /* what GuiseTexts has, WORD or TRAIT; or OTHER */
  GuiseTextTrait trait;
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
  { "split", GUISE_FILTER_IMAGES, "i.split", parse_split, "train, val, test, none" },
  { "camera", GUISE_FILTER_CAMERAS, "coalesce (cam.label, '')", NULL, NULL },
  { "person", GUISE_FILTER_PERSONS, "p.label", NULL, NULL },
  { "outfit", GUISE_FILTER_OUTFITS, "coalesce (o.label, '')", NULL, NULL },
  { "state", GUISE_FILTER_CAPTIONS, "coalesce (c.state, -1)", parse_state,
    "pending, accepted, edited, rejected, flagged, skipped", GUISE_STEP_TRAIT, GUISE_TEXT_STATE },
  { "source", GUISE_FILTER_CAPTIONS, "coalesce (c.source, -1)", parse_source,
    "dataset, human, machine, rule", GUISE_STEP_TRAIT, GUISE_TEXT_SOURCE },
  { "style", GUISE_FILTER_CAPTIONS, "coalesce (c.style, '')", NULL, NULL },
  { "kind", GUISE_FILTER_CAPTIONS, "coalesce (c.kind, -1)", parse_kind,
    "caption, identity, clothing", GUISE_STEP_TRAIT, GUISE_TEXT_KIND },
  { "text", GUISE_FILTER_CAPTIONS, "coalesce (c.text, '')", NULL, NULL, GUISE_STEP_WORD },
  { "path", GUISE_FILTER_IMAGES, "CAST (i.path AS TEXT)", NULL, NULL },
  { "dataset", GUISE_FILTER_DATASETS, "d.name", NULL, NULL },
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
  GuiseFilterMistake *mistake;
} Parser;

static gboolean
fail_with (Parser *parser, const char *at, GuiseFilterMistakeKind kind, const char *first,
           const char *second, const char *third)
{
  guise_filter_mistake_set (parser->mistake, kind, g_utf8_pointer_to_offset (parser->start, at) + 1,
                            first, second, third);
  return FALSE;
}

static gboolean
fail (Parser *parser, const char *at, GuiseFilterMistakeKind kind, const char *detail)
{
  return fail_with (parser, at, kind, detail, NULL, NULL);
}

static gboolean
scan_quoted (Parser *parser)
{
  const char *p = parser->next + 1;

  for (; *p != '"'; p++) {
    if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
      p++;
    if (*p == '\0')
      return fail (parser, parser->next, GUISE_FILTER_MISTAKE_QUOTE, NULL);
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
scan_operator (Parser *parser)
{
  const char *p = parser->next;
  size_t length = p[0] == '!' ? 2 : 1;

  if (p[0] == '!' && p[1] != '=' && p[1] != '~')
    return fail (parser, p, GUISE_FILTER_MISTAKE_EXCLAMATION, NULL);
  g_string_append_len (parser->value, p[0] == ':' ? "=" : p, (gssize)length);
  parser->type = TOKEN_OPERATOR;
  parser->next = p + length;
  return TRUE;
}

static gboolean
advance (Parser *parser)
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
    return scan_quoted (parser);
  case '=':
  case ':':
  case '!':
  case '~':
    return scan_operator (parser);
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

static void
add_step (GuiseFilter *filter, GuiseFilterStep step)
{
  g_array_append_val (filter->steps, step);
}

static void
add_operator (GuiseFilter *filter, GuiseFilterStepType type)
{
  add_step (filter, (GuiseFilterStep){ .type = type });
}

static gboolean
emit_choice (Parser *parser, const Field *field, gboolean negative)
{
  GuiseFilter *filter = parser->filter;
  GuiseValue value;
  int number;

  if (!field->parse_enum (parser->value->str, &number))
    return fail_with (parser, parser->token, GUISE_FILTER_MISTAKE_CHOICE, parser->value->str,
                      field->name, field->choices);
  value = (GuiseValue)GUISE_INT (number);
  g_array_append_val (filter->values, value);
  g_string_append_printf (filter->sql, "%s %s ?", field->sql, negative ? "<>" : "=");
  add_step (filter, (GuiseFilterStep){ field->step, NULL, field->trait, number });
  if (negative)
    add_operator (filter, GUISE_STEP_NOT);
  return TRUE;
}

static void
emit_contains (GuiseFilter *filter, const Field *field, char *word, gboolean negative)
{
  bind_text (filter, word);
  g_string_append_printf (filter->sql, "%s contains (%s, ?)", negative ? "NOT" : "", field->sql);
  add_step (filter, (GuiseFilterStep){ .type = field->step, .word = word });
  if (negative)
    add_operator (filter, GUISE_STEP_NOT);
}

static gboolean
emit_condition (Parser *parser, const Field *field, const char *operator)
{
  GuiseFilter *filter = parser->filter;
  gboolean negative = operator[0] == '!';

  filter->tables |= field->tables;
  if (field->parse_enum != NULL)
    return emit_choice (parser, field, negative);
  if (strchr (operator, '~') != NULL) {
    emit_contains (filter, field, g_strdup (parser->value->str), negative);
    return TRUE;
  }
  bind_text (filter, g_strdup (parser->value->str));
  g_string_append_printf (filter->sql, "%s %s ?", field->sql, negative ? "<>" : "=");
  add_operator (filter, GUISE_STEP_OTHER);
  return TRUE;
}

static const Field *
find_field (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i].name, name) == 0)
      return &fields[i];
  return NULL;
}

/* What stands where a condition must begin, and is none. */
static gboolean
fail_at_condition (Parser *parser)
{
  const char *at = parser->token;
  g_autofree char *found = g_strdup (parser->value->str);
  gboolean quoted = parser->type == TOKEN_QUOTED;
  gboolean joins = at_keyword (parser, "OR") || at_keyword (parser, "AND");

  if (joins || (!quoted && parser->type != TOKEN_WORD))
    return fail (parser, at, GUISE_FILTER_MISTAKE_CONDITION, NULL);
  if (!advance (parser))
    return FALSE;
  return fail (parser, at,
               quoted || parser->type != TOKEN_OPERATOR ? GUISE_FILTER_MISTAKE_ALONE
                                                        : GUISE_FILTER_MISTAKE_FIELD,
               found);
}

static gboolean
check_limits (Parser *parser)
{
  if (parser->value->len > MAX_VALUE)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_LONG, G_STRINGIFY (MAX_VALUE));
  if (++parser->n_conditions > MAX_CONDITIONS)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_MANY, G_STRINGIFY (MAX_CONDITIONS));
  return TRUE;
}

static gboolean
parse_condition (Parser *parser)
{
  const Field *field = parser->type == TOKEN_WORD ? find_field (parser->value->str) : NULL;
  g_autofree char *operator= NULL;

  if (field == NULL)
    return fail_at_condition (parser);
  if (!advance (parser))
    return FALSE;
  if (parser->type != TOKEN_OPERATOR)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_OPERATOR, field->name);
  if (field->parse_enum != NULL && strchr (parser->value->str, '~') != NULL)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_WHOLE, field->name);
  operator= g_strdup (parser->value->str);
  if (!advance (parser))
    return FALSE;
  if (parser->type != TOKEN_WORD && parser->type != TOKEN_QUOTED)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_VALUE, field->name);
  return check_limits (parser) && emit_condition (parser, field, operator) && advance (parser);
}

static gboolean parse_or (Parser *parser);

static gboolean
parse_group (Parser *parser)
{
  const char *open = parser->token;

  g_string_append_c (parser->filter->sql, '(');
  if (!advance (parser) || !parse_or (parser))
    return FALSE;
  if (parser->type != TOKEN_CLOSE)
    return fail (parser, open, GUISE_FILTER_MISTAKE_OPEN, NULL);
  g_string_append_c (parser->filter->sql, ')');
  return advance (parser);
}

static gboolean
parse_factor (Parser *parser)
{
  gboolean ok;

  if (++parser->depth > MAX_DEPTH)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_DEEP, G_STRINGIFY (MAX_DEPTH));
  if (at_keyword (parser, "NOT")) {
    g_string_append (parser->filter->sql, "NOT (");
    ok = advance (parser) && parse_factor (parser);
    g_string_append_c (parser->filter->sql, ')');
    add_operator (parser->filter, GUISE_STEP_NOT);
  } else if (parser->type == TOKEN_OPEN) {
    ok = parse_group (parser);
  } else {
    ok = parse_condition (parser);
  }
  parser->depth--;
  return ok;
}

static gboolean
parse_and (Parser *parser)
{
  if (!parse_factor (parser))
    return FALSE;
  while (parser->type != TOKEN_END && parser->type != TOKEN_CLOSE && !at_keyword (parser, "OR")) {
    if (at_keyword (parser, "AND") && !advance (parser))
      return FALSE;
    g_string_append (parser->filter->sql, " AND ");
    if (!parse_factor (parser))
      return FALSE;
    add_operator (parser->filter, GUISE_STEP_AND);
  }
  return TRUE;
}

static gboolean
parse_or (Parser *parser)
{
  if (!parse_and (parser))
    return FALSE;
  while (at_keyword (parser, "OR")) {
    if (!advance (parser))
      return FALSE;
    g_string_append (parser->filter->sql, " OR ");
    if (!parse_and (parser))
      return FALSE;
    add_operator (parser->filter, GUISE_STEP_OR);
  }
  return TRUE;
}

static gboolean
parse_all (Parser *parser)
{
  if (!advance (parser))
    return FALSE;
  if (parser->type == TOKEN_END)
    return TRUE;
  if (!parse_or (parser))
    return FALSE;
  if (parser->type != TOKEN_END)
    return fail (parser, parser->token, GUISE_FILTER_MISTAKE_CLOSE, NULL);
  return TRUE;
}

GuiseFilter *
guise_filter_parse_full (const char *text, GuiseFilterMistake *mistake)
{
  g_autoptr (GuiseFilter) filter = g_new0 (GuiseFilter, 1);
  g_autoptr (GString) value = g_string_new (NULL);
  Parser parser
      = { .start = text, .next = text, .value = value, .filter = filter, .mistake = mistake };
  const char *end;

  filter->sql = g_string_new (NULL);
  filter->texts = g_ptr_array_new_with_free_func (g_free);
  filter->values = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  filter->steps = g_array_new (FALSE, FALSE, sizeof (GuiseFilterStep));
  if (!g_utf8_validate (text, -1, &end))
    fail (&parser, end, GUISE_FILTER_MISTAKE_BYTES, NULL);
  else if (parse_all (&parser))
    return g_steal_pointer (&filter);
  return NULL;
}

GuiseFilter *
guise_filter_parse (const char *text, GError **error)
{
  g_auto (GuiseFilterMistake) mistake = { 0 };
  GuiseFilter *filter = guise_filter_parse_full (text, &mistake);

  if (filter == NULL)
    guise_filter_mistake_propagate (&mistake, error);
  return filter;
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
  g_clear_pointer (&filter->steps, g_array_unref);
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
