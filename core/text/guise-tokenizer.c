#include "guise-tokenizer.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-read-file.h"
#include "guise-tokenizer-read-private.h"

enum {
  BERT_TOKENS = 64,
  CLIP_TOKENS = 77,
  MAX_CONFIG = 16 << 20, /* added_tokens_decoder may make it long */
};

struct _GuiseTokenizer {
  char *path;
  GuiseTokenizerModel model;
  GuiseTokenizerSpecials specials;
};

static gboolean
has_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* tokenizer_config.json; *config stays NULL where there is none. */
static gboolean
load_config (const char *folder, json_t **config, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer_config.json", NULL);

  *config = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  *config = guise_json_load_wide (path, MAX_CONFIG, error);
  return *config != NULL;
}

/* Tokens that were added later stand in a file of their own, beside the older kinds of vocabulary,
 * without all that has to be known of them. */
static gboolean
refuse_added (const char *folder, GError **error)
{
  if (!has_file (folder, "added_tokens.json"))
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use tokenizer '%s': its added_tokens.json is only read as part of a "
               "tokenizer.json; save the tokenizer anew with transformers",
               folder);
  return FALSE;
}

static gboolean
load_whole (GuiseTokenizer *self, const char *folder, GError **error)
{
  json_auto_t *root = NULL;

  self->path = g_build_filename (folder, "tokenizer.json", NULL);
  root = guise_json_load_wide (self->path, GUISE_TOKENIZER_MAX_BYTES, error);
  return root != NULL && guise_tokenizer_read_json (root, self->path, &self->model, error);
}

static gboolean
load_bert (GuiseTokenizer *self, const char *folder, GError **error)
{
  json_auto_t *config = NULL;
  g_autofree char *text = NULL;
  gsize size;

  self->path = g_build_filename (folder, "vocab.txt", NULL);
  if (!refuse_added (folder, error) || !load_config (folder, &config, error))
    return FALSE;
  text = guise_read_file (self->path, GUISE_WORDPIECE_MAX_BYTES, &size, error);
  if (text != NULL)
    self->model.wordpiece = guise_tokenizer_read_bert (text, size, config, self->path, error);
  return self->model.wordpiece != NULL;
}

static gboolean
load_clip (GuiseTokenizer *self, const char *folder, GError **error)
{
  json_auto_t *config = NULL;
  json_auto_t *vocab = NULL;
  g_autofree char *merges = g_build_filename (folder, "merges.txt", NULL), *text = NULL;
  gsize size;

  self->path = g_build_filename (folder, "vocab.json", NULL);
  if (!refuse_added (folder, error) || !load_config (folder, &config, error))
    return FALSE;
  vocab = guise_json_load_wide (self->path, GUISE_TOKENIZER_MAX_BYTES, error);
  text = vocab != NULL ? guise_read_file (merges, GUISE_TOKENIZER_MAX_BYTES, &size, error) : NULL;
  if (text != NULL)
    self->model.bpe
        = guise_tokenizer_read_clip (vocab, text, size, config, self->path, merges, error);
  return self->model.bpe != NULL;
}

static gboolean
load (GuiseTokenizer *self, const char *folder, GError **error)
{
  if (has_file (folder, "tokenizer.json"))
    return load_whole (self, folder, error);
  if (has_file (folder, "vocab.txt"))
    return load_bert (self, folder, error);
  if (has_file (folder, "vocab.json"))
    return load_clip (self, folder, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "cannot open tokenizer '%s': no tokenizer.json, vocab.txt, or vocab.json with "
               "merges.txt is in this folder",
               folder);
  return FALSE;
}

static void
find_specials (GuiseTokenizer *self)
{
  if (self->model.wordpiece != NULL) {
    const GuiseWordpieceSpecials *bert = guise_wordpiece_get_specials (self->model.wordpiece);

    self->specials = (GuiseTokenizerSpecials){ bert->cls, bert->sep, bert->pad, bert->unk };
  } else {
    const GuiseClipBpeParts *clip = guise_clip_bpe_get_parts (self->model.bpe);

    self->specials = (GuiseTokenizerSpecials){ clip->begin, clip->end, clip->pad, clip->unk };
  }
}

GuiseTokenizer *
guise_tokenizer_open (const char *folder, GError **error)
{
  g_autoptr (GuiseTokenizer) self = g_new0 (GuiseTokenizer, 1);

  if (!load (self, folder, error))
    return NULL;
  find_specials (self);
  return g_steal_pointer (&self);
}

void
guise_tokenizer_free (GuiseTokenizer *self)
{
  if (self == NULL)
    return;
  guise_wordpiece_free (self->model.wordpiece);
  guise_clip_bpe_free (self->model.bpe);
  g_free (self->path);
  g_free (self);
}

GuiseTokenizerKind
guise_tokenizer_get_kind (const GuiseTokenizer *self)
{
  return self->model.wordpiece != NULL ? GUISE_TOKENIZER_BERT : GUISE_TOKENIZER_CLIP;
}

const GuiseWordpiece *
guise_tokenizer_get_wordpiece (const GuiseTokenizer *self)
{
  return self->model.wordpiece;
}

const char *
guise_tokenizer_get_path (const GuiseTokenizer *self)
{
  return self->path;
}

gint32
guise_tokenizer_get_n_tokens (const GuiseTokenizer *self)
{
  return self->model.wordpiece != NULL ? guise_wordpiece_get_n_tokens (self->model.wordpiece)
                                       : guise_clip_bpe_get_n_ids (self->model.bpe);
}

const GuiseTokenizerSpecials *
guise_tokenizer_get_specials (const GuiseTokenizer *self)
{
  return &self->specials;
}

gsize
guise_tokenizer_get_usual_max (const GuiseTokenizer *self)
{
  return self->model.wordpiece != NULL ? BERT_TOKENS : CLIP_TOKENS;
}

gsize
guise_tokenizer_encode (const GuiseTokenizer *self, const char *text, gsize max, gint32 *ids)
{
  return self->model.wordpiece != NULL
             ? guise_wordpiece_encode (self->model.wordpiece, text, max, ids)
             : guise_clip_bpe_encode (self->model.bpe, text, max, ids);
}
