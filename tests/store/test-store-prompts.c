/* What became of descriptions, by the prompt that they were asked with. */
#include "guise-store-descriptions.h"
#include "guise-store-prompts.h"
#include "store-fixture.h"

#include <math.h>

typedef struct {
  char *folder;
  GuiseStore *store;
  gint64 ids[4]; /* of the descriptions */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const prompts[] = { "p1", "p1", "p1", "p2" };
  static const char *const texts[] = { "a red coat", "a blue coat", "a long green coat", "other" };
  GuiseDescriptionStats stats = { 0 };
  g_autoptr (GError) error = NULL;

  fixture->folder = fixture_folder ();
  fixture->store = fixture_store (fixture->folder, 4);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GuiseFilter) filter = guise_filter_parse ("kind = clothing", NULL);
    g_autoptr (GArray) ids = NULL;
    GuiseDescription one = { .origin = texts[i],
                             .image_id = i + 1,
                             .kind = GUISE_CAPTION_CLOTHING,
                             .source = GUISE_SOURCE_MACHINE,
                             .text = texts[i],
                             .model = "m",
                             .prompt = prompts[i] };

    guise_store_add_descriptions (fixture->store, "job:1", "Describe", &one, 1, &stats, &error);
    g_assert_no_error (error);
    ids = guise_store_find_captions (fixture->store, filter, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (ids->len, ==, i + 1);
    fixture->ids[i] = g_array_index (ids, gint64, i);
  }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->store);
  fixture_remove (fixture->folder);
}

static GPtrArray *
list (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *all = guise_store_list_prompt_stats (fixture->store, NULL, &error);

  g_assert_no_error (error);
  return all;
}

static void
edit (Fixture *fixture, guint i, const char *text)
{
  g_autoptr (GError) error = NULL;

  guise_store_edit_caption (fixture->store, fixture->ids[i], -1, text, &error);
  g_assert_no_error (error);
}

static void
test_pending (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = list (fixture);
  const GuisePromptStats *first = all->pdata[0], *second = all->pdata[1];

  g_assert_cmpuint (all->len, ==, 2); /* captions without a prompt are not among them */
  g_assert_cmpstr (first->prompt, ==, "p1");
  g_assert_cmpstr (first->model, ==, "m");
  g_assert_cmpuint (first->n_captions, ==, 3);
  g_assert_cmpuint (first->n_accepted + first->n_edited + first->n_rejected, ==, 0);
  g_assert_true (isnan (first->edit_words));
  g_assert_cmpuint (second->n_captions, ==, 1);
}

/* An edit is measured against the first text, however many came between. */
static void
test_judged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = NULL;
  const GuisePromptStats *first;

  edit (fixture, 0, "something else altogether and long");
  edit (fixture, 0, "a dark red coat"); /* one word from the first */
  edit (fixture, 1, "a coat or so");    /* three: blue out, or and so in */
  guise_store_set_caption_state (fixture->store, &fixture->ids[2], 1, GUISE_STATE_REJECTED, NULL);
  guise_store_set_caption_state (fixture->store, &fixture->ids[3], 1, GUISE_STATE_ACCEPTED, NULL);
  all = list (fixture);
  first = all->pdata[0];
  g_assert_cmpuint (first->n_edited, ==, 2);
  g_assert_cmpuint (first->n_rejected, ==, 1);
  g_assert_cmpfloat (first->edit_words, ==, 2.0);
  g_assert_cmpuint (((GuisePromptStats *)all->pdata[1])->n_accepted, ==, 1);
}

static void
test_undone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *name = NULL;

  edit (fixture, 0, "changed");
  name = guise_store_undo (fixture->store, NULL);
  g_assert_nonnull (name);
  all = list (fixture);
  g_assert_cmpuint (((GuisePromptStats *)all->pdata[0])->n_edited, ==, 0);
}

static void
test_word_edits (void)
{
  static const struct {
    const char *from, *to;
    guint n;
  } cases[] = {
    { "", "", 0 },
    { "", "a b", 2 },
    { "a b", "", 2 },
    { "a  b\n", "a b", 0 },
    { "a b c", "a x c", 1 },
    { "a b c", "b c", 1 },
    { "a b c", "c b a", 2 },
    { "the man wears a coat", "a man wears a long red coat", 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (guise_store_count_word_edits (cases[i].from, cases[i].to), ==, cases[i].n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add ("/store/prompts/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("pending", test_pending);
  ADD ("judged", test_judged);
  ADD ("undone", test_undone);
#undef ADD
  g_test_add_func ("/store/prompts/word-edits", test_word_edits);
  return g_test_run ();
}
