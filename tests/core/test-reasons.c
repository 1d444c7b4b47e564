/* Reasons in the reader's language: the forms that sentences are made of, and what is inside. */
#include "guise-reasons.h"

#include <string.h>

/* Another language: forms in brackets, and one whose parts stand in another order. */
static const char *
translate (const char *form)
{
  static GHashTable *known;
  char *text;

  if (strcmp (form, "cannot reach '%s' through the proxy '%s': %s; check https_proxy or the "
                    "endpoint's proxy")
      == 0)
    return "[%3$s durch %2$s nach %1$s]";
  if (known == NULL)
    known = g_hash_table_new (g_str_hash, g_str_equal);
  text = g_hash_table_lookup (known, form);
  if (text == NULL) {
    text = g_strdup_printf ("[%s]", form);
    g_hash_table_insert (known, g_strdup (form), text);
  }
  return text;
}

static void
assert_becomes (const char *reason, const char *wanted)
{
  g_autofree char *text = guise_reason_translate (reason, translate);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_plain (void)
{
  assert_becomes ("the answer is empty", "[the answer is empty]");
  assert_becomes ("the answer is not", "[the answer is not]"); /* "the answer %s" */
  assert_becomes ("Something else.", "Something else.");
  assert_becomes ("", "");
  assert_becomes ("100%s %1$s", "100%s %1$s");
}

static void
test_gaps (void)
{
  assert_becomes ("the key is not accepted by 'a.example' (401): no; such; key; give the right key "
                  "(keyring, or an environment variable)",
                  "[the key is not accepted by 'a.example' (401): no; such; key; give the right "
                  "key (keyring, or an environment variable)]");
  assert_becomes ("cannot reach 'a:1' through the proxy 'p': it's closed; check https_proxy or the "
                  "endpoint's proxy",
                  "[it's closed durch p nach a:1]");
  /* what a server says may look like anything */
  assert_becomes ("no answer from 'a' (500): %s%s%1$s", "[no answer from 'a' (500): %s%s%1$s]");
}

static void
test_nested (void)
{
  assert_becomes ("10 failures in a row, the last: no answer from 'a' (500): busy",
                  "[10 failures in a row, the last: [no answer from 'a' (500): busy]]");
  assert_becomes ("'visible.hair' is missing", "['visible.hair' [is missing]]");
  assert_becomes ("it says nothing of: hair, shoes, wings", "[it says nothing of: [hair], [shoes], "
                                                            "wings]");
  assert_becomes (
      "the test picture, which comes first, got no answer: red and blue where there are "
      "blue and black",
      "[the test picture, which comes first, got no answer: [[red] and [blue] where "
      "there are [blue] and [black]]]");
  /* words of a caption, of which the first is a colour of the test picture too */
  assert_becomes ("its hair is 'red', but 2 of 3 other pictures say 'black'",
                  "[its [hair] is 'red', but 2 of 3 other pictures say 'black']");
  /* a list alone is somebody's own words */
  assert_becomes ("hair, shoes", "hair, shoes");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reasons/plain", test_plain);
  g_test_add_func ("/reasons/gaps", test_gaps);
  g_test_add_func ("/reasons/nested", test_nested);
  return g_test_run ();
}
