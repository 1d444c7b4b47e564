#include "guise-tower-tokens.h"

#include "guise-formats-error.h"

static gboolean
check_kind (const GuiseTower *tower, const GuiseTokenizer *tokenizer, GError **error)
{
  gboolean clip = guise_tokenizer_get_kind (tokenizer) == GUISE_TOKENIZER_CLIP;

  if (clip == (tower->kind == GUISE_TOWER_CLIP_TEXT))
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use tokenizer '%s': it is %s, the model beside it is %s",
               guise_tokenizer_get_path (tokenizer), clip ? "CLIP's" : "BERT's",
               guise_tower_kind_get_name (tower->kind));
  return FALSE;
}

#define MAX_PADDING 128

gboolean
guise_tower_fits_vocabulary (const GuiseTower *tower, gsize n_tokens)
{
  return n_tokens <= tower->vocab_size && tower->vocab_size - n_tokens < MAX_PADDING;
}

static gboolean
check_size (const GuiseTower *tower, const GuiseTokenizer *tokenizer, GError **error)
{
  if (guise_tower_fits_vocabulary (tower, (gsize)guise_tokenizer_get_n_tokens (tokenizer)))
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use tokenizer '%s': it has %d tokens, the embedding of its model %zu",
               guise_tokenizer_get_path (tokenizer), guise_tokenizer_get_n_tokens (tokenizer),
               tower->vocab_size);
  return FALSE;
}

GuiseTokenizer *
guise_tower_open_tokenizer (const GuiseTower *tower, const char *folder, GError **error)
{
  g_autoptr (GuiseTokenizer) tokenizer = guise_tokenizer_open (folder, error);

  return tokenizer != NULL && check_kind (tower, tokenizer, error)
                 && check_size (tower, tokenizer, error)
             ? g_steal_pointer (&tokenizer)
             : NULL;
}

gsize
guise_tower_get_max_tokens (const GuiseTower *tower, const GuiseTokenizer *tokenizer)
{
  return MIN (guise_tokenizer_get_usual_max (tokenizer), tower->positions);
}
