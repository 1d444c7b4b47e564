/* How a model is asked for the two descriptions of a picture: a template with variables, in a plain
 * text file that users edit, and the shape of the answer.
 *
 * The file (data/prompts/descriptions.prompt explains itself): lines `key = value` (title,
 * temperature, max-tokens, words), then the sections [system], [user], [style] and [refused]. A
 * prompt is a version, named by the hash of everything that has an influence on the answer; its
 * title and comments have none. Immutable once made: any thread. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

typedef struct {
  char *title;
  double temperature; /* 0 … 2 */
  guint max_tokens;   /* of the answer, 16 … 8192 */
  guint min_words, max_words;
  char *system;
  char *user;
  char *style;   /* put in user's {{style}} when there are exemplars; "" = styles change nothing */
  char *refused; /* replaces user after a refusal; "" = no second try */
} GuisePrompt;

/* Longest prompt file, in bytes. */
#define GUISE_PROMPT_MAX_BYTES (64 * 1024)

/* `where` names the text in errors, which are GUISE_FORMATS_ERROR and say the line: an unknown key,
 * section or variable, a number out of its range, a text that is no UTF-8. */
GuisePrompt *guise_prompt_parse (const char *text, gsize length, const char *where,
                                 GError **error);
GuisePrompt *guise_prompt_load (const char *path, GError **error);
void guise_prompt_free (GuisePrompt *prompt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuisePrompt, guise_prompt_free)

/* The file's text without comments; parsing it gives an equal prompt. */
char *guise_prompt_dup_text (const GuisePrompt *prompt);
/* The version: SHA-256 in hexadecimal digits. */
char *guise_prompt_dup_hash (const GuisePrompt *prompt);

/* FALSE where exemplars of a style have no place in it: styles would make no difference to what is
 * asked. */
gboolean guise_prompt_check_style (const GuisePrompt *prompt, GError **error);

/* The two texts of a request. exemplars: sentences of one style, NULL-terminated, or NULL. They
 * come from data and go in as quoted strings, shortened where they are long. after_refusal: the
 * further try; only where the prompt has one. */
char *guise_prompt_render_system (const GuisePrompt *prompt);
char *guise_prompt_render_user (const GuisePrompt *prompt, const char *const *exemplars,
                                gboolean after_refusal);

/* What is wanted as an answer, in the subset of JSON Schema that all servers read: every property
 * required, null for what is missing, nothing more allowed. */
json_t *guise_prompt_create_schema (void);
/* The names within "visible", NULL-terminated: those of the identity's side, of the clothing's. */
const char *const *guise_prompt_get_identity_attributes (void);
const char *const *guise_prompt_get_clothing_attributes (void);

/* Sentences about what a prompt had better not ask for or leave out, one an entry: names,
 * ethnicity, an age in years, the background; no mention of null or of "visible" only. Empty =
 * nothing found. Warnings: a prompt with some can be used. */
GPtrArray *guise_prompt_lint (const GuisePrompt *prompt);
