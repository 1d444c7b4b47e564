#include "guise-added-tokens.h"

#include <string.h>

typedef struct {
  char *content;
  gsize length;
  gint32 id;
} Token;

typedef struct {
  GArray *tokens;      /* Token */
  gboolean first[256]; /* whether one begins with this byte */
} Kind;

struct _GuiseAddedTokens {
  Kind kinds[2]; /* as written, normalised */
  gint32 n_ids;
};

static void
clear_token (gpointer data)
{
  g_free (((Token *)data)->content);
}

GuiseAddedTokens *
guise_added_tokens_new (void)
{
  GuiseAddedTokens *self = g_new0 (GuiseAddedTokens, 1);

  for (gsize i = 0; i < 2; i++) {
    self->kinds[i].tokens = g_array_new (FALSE, FALSE, sizeof (Token));
    g_array_set_clear_func (self->kinds[i].tokens, clear_token);
  }
  return self;
}

void
guise_added_tokens_free (GuiseAddedTokens *self)
{
  if (self == NULL)
    return;
  for (gsize i = 0; i < 2; i++)
    g_array_unref (self->kinds[i].tokens);
  g_free (self);
}

void
guise_added_tokens_add (GuiseAddedTokens *self, const char *content, gint32 id,
                        gboolean normalised)
{
  Kind *kind = &self->kinds[normalised ? 1 : 0];
  Token token = { .content = g_strdup (content), .length = strlen (content), .id = id };

  g_array_append_val (kind->tokens, token);
  kind->first[(guint8)*content] = TRUE;
  self->n_ids = MAX (self->n_ids, id + 1);
}

/* The longest that text begins with, or NULL. */
static const Token *
match (const Kind *kind, const char *text, gsize n)
{
  const Token *longest = NULL;

  for (guint i = 0; i < kind->tokens->len; i++) {
    const Token *token = &g_array_index (kind->tokens, Token, i);

    if (token->length <= n && (longest == NULL || token->length > longest->length)
        && memcmp (text, token->content, token->length) == 0)
      longest = token;
  }
  return longest;
}

gint32
guise_added_tokens_find (const GuiseAddedTokens *self, gboolean normalised, const char *text,
                         gsize n, gsize *at, gsize *length)
{
  const Kind *kind = &self->kinds[normalised ? 1 : 0];

  if (kind->tokens->len == 0)
    return -1;
  for (gsize i = 0; i < n; i++) {
    const Token *token = kind->first[(guint8)text[i]] ? match (kind, text + i, n - i) : NULL;

    if (token != NULL) {
      *at = i;
      *length = token->length;
      return token->id;
    }
  }
  return -1;
}

gint32
guise_added_tokens_get_n_ids (const GuiseAddedTokens *self)
{
  return self->n_ids;
}

/* Whether every token of a is one of b. */
static gboolean
is_part (const Kind *a, const Kind *b)
{
  for (guint i = 0; i < a->tokens->len; i++) {
    const Token *token = &g_array_index (a->tokens, Token, i);
    gboolean found = FALSE;

    for (guint k = 0; !found && k < b->tokens->len; k++) {
      const Token *other = &g_array_index (b->tokens, Token, k);

      found = token->id == other->id && strcmp (token->content, other->content) == 0;
    }
    if (!found)
      return FALSE;
  }
  return TRUE;
}

gboolean
guise_added_tokens_equal (const GuiseAddedTokens *a, const GuiseAddedTokens *b)
{
  for (gsize i = 0; i < 2; i++)
    if (!is_part (&a->kinds[i], &b->kinds[i]) || !is_part (&b->kinds[i], &a->kinds[i]))
      return FALSE;
  return TRUE;
}
