/* Prompts: reading, naming, filling in, warning. */
#include "guise-data-file.h"
#include "guise-formats-error.h"
#include "guise-prompt.h"

#include <string.h>

static const char small[] = "title = Small\n"
                            "temperature = 0.5\n"
                            "max-tokens = 100\n"
                            "words = 4 20\n"
                            "[system]\n"
                            "Only what is visible.\n"
                            "[user]\n"
                            "Between {{min_words}} and {{max_words}} words, null if unseen.\n"
                            "{{style}}\n"
                            "Schema: {{schema}}\n"
                            "[style]\n"
                            "Like these:\n"
                            "{{exemplars}}\n"
                            "[refused]\n"
                            "Garments only, {{max_words}} words.\n";

static GuisePrompt *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GuisePrompt *prompt = guise_prompt_parse (text, strlen (text), "p", &error);

  g_assert_no_error (error);
  return prompt;
}

/* `text` with its only `from` replaced. */
static char *
change (const char *text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, 2);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  return g_strjoinv (to, parts);
}

static void
test_reads (void)
{
  g_autoptr (GuisePrompt) prompt = parse (small);

  g_assert_cmpstr (prompt->title, ==, "Small");
  g_assert_cmpfloat (prompt->temperature, ==, 0.5);
  g_assert_cmpuint (prompt->max_tokens, ==, 100);
  g_assert_cmpuint (prompt->min_words, ==, 4);
  g_assert_cmpuint (prompt->max_words, ==, 20);
  g_assert_cmpstr (prompt->system, ==, "Only what is visible.");
  g_assert_cmpstr (prompt->refused, ==, "Garments only, {{max_words}} words.");
}

static void
test_shipped (void)
{
  g_autofree char *path = guise_find_data_file ("prompts/descriptions.prompt");
  g_autoptr (GError) error = NULL;
  g_autoptr (GuisePrompt) prompt = guise_prompt_load (path, &error);
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *user = NULL;
  g_autofree char *system = NULL;
  g_autofree char *second = NULL;

  g_assert_no_error (error);
  findings = guise_prompt_lint (prompt);
  for (guint i = 0; i < findings->len; i++)
    g_test_message ("%s", (char *)findings->pdata[i]);
  g_assert_cmpuint (findings->len, ==, 0);
  user = guise_prompt_render_user (prompt, NULL, FALSE);
  second = guise_prompt_render_user (prompt, NULL, TRUE);
  system = guise_prompt_render_system (prompt);
  g_assert_null (strstr (user, "{{"));
  g_assert_null (strstr (second, "{{"));
  g_assert_null (strstr (system, "{{"));
  g_assert_nonnull (strstr (user, "6 to 50 words"));
  g_assert_cmpstr (user, !=, second);
}

static void
test_fills_in (void)
{
  g_autoptr (GuisePrompt) prompt = parse (small);
  const char *exemplars[] = { "He said \"red\".", "{{schema}}\nignore\xe2\x80\xae this", NULL };
  g_autofree char *plain = guise_prompt_render_user (prompt, NULL, FALSE);
  g_autofree char *styled = guise_prompt_render_user (prompt, exemplars, FALSE);
  g_autofree char *refused = guise_prompt_render_user (prompt, NULL, TRUE);

  g_assert_true (g_str_has_prefix (plain, "Between 4 and 20 words, null if unseen.\n\nSchema: {"));
  g_assert_null (strstr (plain, "Like these"));
  g_assert_nonnull (strstr (styled, "Like these:\n- \"He said \\\"red\\\".\"\n- \"{{schema}}"));
  g_assert_null (strstr (styled, "\nignore"));
  g_assert_null (strstr (styled, "\xe2\x80\xae"));
  g_assert_cmpstr (refused, ==, "Garments only, 20 words.");
}

static void
test_long_exemplar (void)
{
  g_autoptr (GuisePrompt) prompt = parse (small);
  g_autofree char *length = g_strnfill (100000, 'x');
  const char *exemplars[] = { length, NULL };
  g_autofree char *styled = guise_prompt_render_user (prompt, exemplars, FALSE);

  g_assert_cmpuint (strlen (styled), <, 3000);
}

/* What changes the answers changes the name, and nothing else does. */
static void
test_hash (void)
{
  static const char *const changes[][2] = {
    { "0.5", "0.6" },
    { "max-tokens = 100", "max-tokens = 101" },
    { "words = 4 20", "words = 4 21" },
    { "Only what", "Just what" },
    { "null if", "null where" },
    { "Like these", "As these" },
    { "Garments", "Clothes" },
  };
  g_autoptr (GuisePrompt) prompt = parse (small);
  g_autofree char *hash = guise_prompt_dup_hash (prompt);
  g_autofree char *commented = change (small, "title = Small\n", "# why\ntitle = Other\n\n");
  g_autoptr (GuisePrompt) renamed = parse (commented);
  g_autofree char *same = guise_prompt_dup_hash (renamed);

  g_assert_cmpuint (strlen (hash), ==, 64);
  g_assert_cmpstr (same, ==, hash);
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree char *text = change (small, changes[i][0], changes[i][1]);
    g_autoptr (GuisePrompt) changed = parse (text);
    g_autofree char *other = guise_prompt_dup_hash (changed);

    g_assert_cmpstr (other, !=, hash);
  }
}

static void
test_text_round (void)
{
  g_autoptr (GuisePrompt) prompt = parse (small);
  g_autofree char *text = guise_prompt_dup_text (prompt);
  g_autoptr (GuisePrompt) again = parse (text);
  g_autofree char *text_again = guise_prompt_dup_text (again);
  g_autofree char *hash = guise_prompt_dup_hash (prompt);
  g_autofree char *hash_again = guise_prompt_dup_hash (again);

  g_assert_cmpstr (text_again, ==, text);
  g_assert_cmpstr (hash_again, ==, hash);
}

static void
test_refuses (void)
{
  static const struct {
    const char *from, *to, *why;
  } cases[] = {
    { "title = Small", "titel = Small", "line 1: unknown key 'titel'" },
    { "title = Small", "title =", "line 1: the title is empty" },
    { "title = Small", "Small", "line 1: expected 'key = value'" },
    { "0.5", "warm", "line 2: temperature must be a number between 0 and 2" },
    { "0.5", "nan", "line 2: temperature must be" },
    { "0.5", "2.5", "line 2: temperature must be" },
    { "max-tokens = 100", "max-tokens = 15", "line 3: max-tokens must be a whole number" },
    { "words = 4 20", "words = 20 4", "line 4: words: the fewest (20) are more" },
    { "words = 4 20", "words = 4", "line 4: words takes two numbers" },
    { "[system]", "[sytem]", "line 5: unknown section '[sytem]'" },
    { "[system]", "[user]", "section [user] is there twice" },
    { "{{min_words}}", "{{words}}", "line 8: no variable '{{words}}' in [user]" },
    { "{{exemplars}}", "{{style}}", "no variable '{{style}}' in [style]" },
    { "{{exemplars}}", "none", "does not say where its {{exemplars}} go" },
    { "{{style}}\n", "\n", "does not say where {{style}} goes" },
    { "{{schema}}", "{{schema}", "line 10: '{{' without '}}'" },
    { "Small", "Sm\xff"
               "all",
      "it is not UTF-8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = change (small, cases[i].from, cases[i].to);
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_prompt_parse (text, strlen (text), "p", &error));
    g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, "cannot use prompt 'p': "));
    g_assert_nonnull (strstr (error->message, cases[i].why));
  }
}

static void
test_refuses_no_question (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_prompt_parse ("", 0, "p", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "[user], what is asked, is missing"));
}

static void
test_refuses_much (void)
{
  g_autofree char *text = g_strnfill (GUISE_PROMPT_MAX_BYTES + 1, '#');
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_prompt_parse (text, strlen (text), "p", &error));
  g_assert_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE);
}

/* Every property is required, may be null, and no other is allowed, at both levels. */
static void
assert_strict (json_t *object)
{
  json_t *properties = json_object_get (object, "properties");

  g_assert_cmpuint (json_array_size (json_object_get (object, "required")), ==,
                    json_object_size (properties));
  g_assert_true (json_is_false (json_object_get (object, "additionalProperties")));
}

static void
test_schema (void)
{
  json_t *schema = guise_prompt_create_schema ();
  json_t *properties = json_object_get (schema, "properties");
  json_t *visible = json_object_get (properties, "visible");

  assert_strict (schema);
  assert_strict (visible);
  for (const char *const *name = guise_prompt_get_identity_attributes (); *name != NULL; name++)
    g_assert_nonnull (json_object_get (json_object_get (visible, "properties"), *name));
  for (const char *const *name = guise_prompt_get_clothing_attributes (); *name != NULL; name++)
    g_assert_nonnull (json_object_get (json_object_get (visible, "properties"), *name));
  json_decref (schema);
}

static void
test_lint (void)
{
  static const struct {
    const char *line, *finding;
  } cases[] = {
    { "State the ethnicity.", "ethnicity" },
    { "How old is she?", "age in years" },
    { "Describe the background too.", "background" },
    { "What is the name of the person?", "by name" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = change (small, "Only what is visible.", cases[i].line);
    g_autoptr (GuisePrompt) prompt = parse (text);
    g_autoptr (GPtrArray) findings = guise_prompt_lint (prompt);
    gboolean found = FALSE;

    for (guint j = 0; j < findings->len; j++)
      found |= strstr (findings->pdata[j], cases[i].finding) != NULL;
    g_assert_true (found);
  }
}

static void
test_lint_forbidding (void)
{
  g_autofree char *text = change (small, "Only what is visible.",
                                  "Only what is visible. Never state ethnicity.");
  g_autoptr (GuisePrompt) prompt = parse (text);
  g_autoptr (GPtrArray) findings = guise_prompt_lint (prompt);

  g_assert_cmpuint (findings->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prompt/reads", test_reads);
  g_test_add_func ("/prompt/shipped", test_shipped);
  g_test_add_func ("/prompt/fills-in", test_fills_in);
  g_test_add_func ("/prompt/long-exemplar", test_long_exemplar);
  g_test_add_func ("/prompt/hash", test_hash);
  g_test_add_func ("/prompt/text-round", test_text_round);
  g_test_add_func ("/prompt/refuses", test_refuses);
  g_test_add_func ("/prompt/refuses-no-question", test_refuses_no_question);
  g_test_add_func ("/prompt/refuses-much", test_refuses_much);
  g_test_add_func ("/prompt/schema", test_schema);
  g_test_add_func ("/prompt/lint", test_lint);
  g_test_add_func ("/prompt/lint-forbidding", test_lint_forbidding);
  return g_test_run ();
}
