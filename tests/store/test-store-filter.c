/* The filter language. */
#include "guise-store-persons.h"
#include "store-fixture.h"

#include <string.h>

static GuiseStore *store; /* four persons, two images each; person 4 is for test */

/* Counted, and listed: the one must be the length of the other. */
static void
assert_count (const char *filter, gint64 n_images)
{
  gint64 n = fixture_count (store, filter);
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, NULL);
  g_autoptr (GArray) ids = guise_store_list_images (store, parsed, GUISE_SORT_PATH, NULL, NULL);

  if (n != n_images || n != (gint64)ids->len)
    g_error ("'%s' gives %" G_GINT64_FORMAT " images, not %" G_GINT64_FORMAT, filter, n, n_images);
}

static void
test_fields (void)
{
  assert_count ("", 8);
  assert_count ("  ", 8);
  assert_count ("split = test", 2);
  assert_count ("split:train", 6);
  assert_count ("split != train", 2);
  assert_count ("camera = cam_a", 4);
  assert_count ("camera ~ AM_", 8);
  assert_count ("camera ~ cam%", 0); /* LIKE's own signs are letters here */
  assert_count ("person = 3", 2);
  assert_count ("outfit = o1", 4);
  assert_count ("outfit = \"\"", 0);
  assert_count ("state = pending", 8);
  assert_count ("source = machine", 8);
  assert_count ("source = human", 0);
  assert_count ("style = list", 8);
  assert_count ("kind = clothing", 0);
  assert_count ("text ~ \"person 2 in\"", 2);
  assert_count ("text ~ PERSON", 8);
  assert_count ("text !~ person", 8); /* every image has a caption without the word */
  assert_count ("path ~ cam_b/0", 4);
  assert_count ("dataset = people", 8);
}

static void
test_precedence (void)
{
  assert_count ("split = test OR person = 1 AND camera = cam_a", 3);
  assert_count ("(split = test OR person = 1) AND camera = cam_a", 2);
  assert_count ("NOT split = test AND camera = cam_a", 3);
  assert_count ("NOT (split = test AND camera = cam_a)", 7);
  assert_count ("not not person = 1", 2);
  assert_count ("person = 1 camera = cam_a", 1); /* AND may be left out */
  assert_count ("person=1 or person=2 or person=3", 6);
  assert_count ("((((person = 1))))", 2);
  assert_count ("text ~ tall AND kind = identity", 8);
  assert_count ("text ~ tall AND kind = caption", 0); /* one caption has to match it all */
}

static void
test_captions (void)
{
  g_autofree char *found = fixture_find (store, "kind = identity AND split = test");
  g_autofree char *terse = fixture_find (store, "style = terse person = 1");

  g_assert_cmpstr (found, ==, "a tall woman, number 4|a tall woman, number 4");
  g_assert_cmpstr (terse, ==, "person 1 in a red coat|person 1 in a red coat");
}

static void
test_quoting (void)
{
  static const char *const values[] = {
    "plain",
    "",
    "two words",
    "quote\"d",
    "back\\slash",
    "(a)",
    "a=b",
    "~x",
    "NOT",
    "\xc3\xbc\xe6\x96\x87",
    "'); DROP TABLE captions;--",
    "% _",
    "a\tb",
  };
  GError *error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree char *quoted = guise_filter_quote (values[i]);
    g_autofree char *exact = g_strdup_printf ("text = %s", quoted);
    g_autofree char *part = g_strdup_printf ("text ~ %s", quoted);
    g_autofree char *text = NULL;

    if (*values[i] == '\0')
      continue;
    g_assert_true (guise_store_edit_caption (store, 1, -1, values[i], &error));
    g_assert_no_error (error);
    assert_count (exact, 1);
    text = fixture_find (store, part);
    g_assert_nonnull (strstr (text, values[i]));
    g_free (guise_store_undo (store, &error));
  }
}

static void
test_injection (void)
{
  static const char *const attempts[] = {
    "text = \"' OR 1=1 --\"",
    "text ~ \"%' OR '%' = '\"",
    "style = x\\\" ",
    "person = 1;DROP",
    "text = \"*\" ",
    "text ~ NEAR(",
    "camera = cam_a) OR (1=1",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (attempts); i++) {
    GError *error = NULL;
    g_autoptr (GuiseFilter) filter = guise_filter_parse (attempts[i], &error);

    if (filter != NULL)
      g_assert_cmpint (guise_store_count_images (store, filter, NULL, &error), ==, 0);
    else
      g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER);
    g_clear_error (&error);
  }
  assert_count ("", 8);
}

static void
test_errors (void)
{
  static const struct {
    const char *filter;
    const char *message;
  } cases[] = {
    { "colour = red",
      "1: 'colour' is no field; the fields are split, camera, person, outfit, state, source, "
      "style, kind, text, path and dataset" },
    { "person = 1 AND colour = red",
      "16: 'colour' is no field; the fields are split, camera, person, outfit, state, source, "
      "style, kind, text, path and dataset" },
    { "text ~ \xc3\xbc colour",
      "10: 'colour' stands alone; among conditions, words in captions are written "
      "text~\"red coat\"" },
    { "\"red coat\"",
      "1: 'red coat' stands alone; among conditions, words in captions are written "
      "text~\"red coat\"" },
    { "split",
      "6: 'split' is compared with nothing; write = (is), != (is not), ~ (contains) or !~ (does "
      "not contain) and a value behind it" },
    { "split =", "8: a value is missing behind 'split'; write one, or \"\" for none" },
    { "split = dev", "9: 'dev' is no value of 'split'; write one of train, val, test, none" },
    { "split ~ tr", "7: 'split' is compared as a whole; write = (is) or != (is not) behind it" },
    { "(person = 1", "1: the parenthesis is not closed; write ) where it ends" },
    { "person = 1)",
      "11: the parenthesis closes nothing; leave it out, or write ( where it begins" },
    { "text ~ \"open", "8: the quote is not closed; write \" where it ends" },
    { "person ! 1",
      "8: '!' alone compares nothing; write != (is not) or !~ (does not contain)" },
    { "person = 1 AND",
      "15: a condition is missing; write one, such as camera=2 or text~\"red coat\"" },
    { "OR", "1: a condition is missing; write one, such as camera=2 or text~\"red coat\"" },
    { "()", "2: a condition is missing; write one, such as camera=2 or text~\"red coat\"" },
    { "text = \xff", "8: the text is not valid UTF-8; write it anew" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *message
        = g_strconcat ("cannot read the filter: at character ", cases[i].message, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_filter_parse (cases[i].filter, &error));
    g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER);
    g_assert_cmpstr (error->message, ==, message);
  }
}

static void
test_bounds (void)
{
  g_autofree char *deep = g_strnfill (100000, '(');
  g_autofree char *long_value = g_strnfill (2000, 'x');
  g_autofree char *condition = g_strdup_printf ("text = %s", long_value);
  GString *many = g_string_new ("person = 1");
  GString *nots = g_string_new (NULL);
  GError *error = NULL;

  for (int i = 0; i < 10000; i++) {
    g_string_append (many, " OR person = 1");
    g_string_append (nots, "NOT ");
  }
  g_string_append (nots, "person = 1");
  g_assert_null (guise_filter_parse (deep, &error));
  g_clear_error (&error);
  g_assert_null (guise_filter_parse (condition, &error));
  g_clear_error (&error);
  g_assert_null (guise_filter_parse (many->str, &error));
  g_clear_error (&error);
  g_assert_null (guise_filter_parse (nots->str, &error));
  g_clear_error (&error);
  g_string_free (many, TRUE);
  g_string_free (nots, TRUE);
}

/* As many conditions and as deep as is allowed: SQLite has to take it too. */
static void
test_largest (void)
{
  GString *filter = g_string_new (NULL);

  for (int i = 0; i < 48; i++)
    g_string_append (filter, i % 2 == 0 ? "NOT " : "(");
  g_string_append (filter, "person = 1");
  for (int i = 0; i < 24; i++)
    g_string_append_c (filter, ')');
  for (int i = 0; i < 199; i++)
    g_string_append_printf (filter, " OR text ~ word%d", i);
  assert_count (filter->str, 2);
  g_string_free (filter, TRUE);
}

static void
test_sorting (void)
{
  GError *error = NULL;
  g_autoptr (GArray) by_path = guise_store_list_images (store, NULL, GUISE_SORT_PATH, NULL,
                                                        &error);
  g_autoptr (GArray) by_camera
      = guise_store_list_images (store, NULL, GUISE_SORT_CAMERA, NULL, &error);
  g_autoptr (GArray) by_change = NULL;
  g_autoptr (GArray) by_person
      = guise_store_list_images (store, NULL, GUISE_SORT_PERSON, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (g_array_index (by_path, gint64, 1), ==, 3);
  g_assert_cmpint (g_array_index (by_camera, gint64, 4), ==, 2);
  g_assert_cmpint (g_array_index (by_person, gint64, 1), ==, 2);
  g_assert_true (guise_store_edit_caption (store, 13, -1, "touched", &error));
  by_change = guise_store_list_images (store, NULL, GUISE_SORT_CHANGED, NULL, &error);
  g_assert_cmpint (g_array_index (by_change, gint64, 0), ==, 5);
  g_assert_cmpuint (by_change->len, ==, 8);
  g_free (guise_store_undo (store, &error));
}

static void
test_facets (void)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) cameras = guise_store_list_facets (store, "camera", NULL, &error);
  g_autoptr (GPtrArray) splits = guise_store_list_facets (store, "split", NULL, &error);
  const GuiseFacet *facet = cameras->pdata[1];

  g_assert_cmpuint (cameras->len, ==, 2);
  g_assert_cmpstr (facet->value, ==, "cam_b");
  g_assert_cmpuint (facet->n_images, ==, 4);
  facet = splits->pdata[1];
  g_assert_cmpstr (facet->value, ==, "test");
  g_assert_cmpuint (facet->n_images, ==, 2);
  g_assert_null (guise_store_list_facets (store, "text", NULL, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER);
  g_clear_error (&error);
}

/* A store of its own: four persons, and one image that has no caption. */
static GuiseStore *
create_store_with_bare_image (const char *folder)
{
  GuiseStore *bare = fixture_store (folder, 4);
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_record_free);
  GuiseRecord *record = guise_record_new ();
  g_autoptr (GError) error = NULL;
  GuiseImportStats stats;

  record->split = GUISE_SPLIT_TRAIN;
  record->path = g_strdup ("bare.png");
  record->person = g_strdup ("1");
  g_ptr_array_add (records, record);
  guise_store_import_records (bare, 1, records, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_images_added, ==, 1);
  return bare;
}

/* An image without captions is matched as if it had an empty one of no kind, alone and together
 * with what is known of the image. */
static void
test_bare (void)
{
  static const struct {
    const char *filter;
    gint64 n;
  } cases[] = {
    { "text ~ person", 8 },
    { "text = \"\"", 1 },
    { "text ~ \"\"", 9 },
    { "text !~ person", 9 },
    { "NOT state = pending", 1 },
    { "state = pending", 8 },
    { "style = \"\" split = train", 7 }, /* identity texts have no style */
    { "text = \"\" person = 1", 1 },
    { "text = \"\" person = 2", 0 },
    { "text = \"\" OR camera = cam_a", 5 },
  };
  char *folder = fixture_folder ();
  GuiseStore *usual = store;

  store = create_store_with_bare_image (folder);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_count (cases[i].filter, cases[i].n);
  g_object_unref (store);
  store = usual;
  fixture_remove (folder);
}

/* Letters of any case at the start, in the middle and at the end; the others as they are. */
static void
test_contains (void)
{
  assert_count ("text ~ PerSon", 8);
  assert_count ("text ~ COAT", 8);
  assert_count ("text ~ \"person 1 in a red coat\"", 2);
  assert_count ("text ~ \"person 1 in a red coat.\"", 0);
  assert_count ("text ~ \"erson 1 in a red coat and much more than there is\"", 0);
  assert_count ("text ~ ,", 8);
  assert_count ("text ~ \xc3\xbc", 0);
  assert_count ("text ~ \"R 4\"", 2);
}

static void
test_described_person (void)
{
  GError *error = NULL;
  g_autoptr (GArray) persons = guise_store_list_image_persons (store, NULL, &error);
  gint64 first = g_array_index (persons, GuiseImagePerson, 0).person_id;

  g_assert_no_error (error);
  g_assert_cmpuint (persons->len, ==, 8);
  g_assert_cmpint (guise_store_find_described_person (store, "person 1 in a red coat", NULL, NULL,
                                                      &error),
                   ==, first);
  g_assert_cmpint (guise_store_find_described_person (store, "person 1 in a red coat",
                                                      "person 2 in a red coat", NULL, &error),
                   ==, 0);
  g_assert_cmpint (guise_store_find_described_person (store, "nobody", NULL, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  char *folder;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_folder ();
  store = fixture_store (folder, 4);
  g_test_add_func ("/store/filter/fields", test_fields);
  g_test_add_func ("/store/filter/precedence", test_precedence);
  g_test_add_func ("/store/filter/captions", test_captions);
  g_test_add_func ("/store/filter/quoting-j11", test_quoting);
  g_test_add_func ("/store/filter/injection-j11-j12", test_injection);
  g_test_add_func ("/store/filter/errors", test_errors);
  g_test_add_func ("/store/filter/bounds-j12", test_bounds);
  g_test_add_func ("/store/filter/largest", test_largest);
  g_test_add_func ("/store/filter/sorting", test_sorting);
  g_test_add_func ("/store/filter/facets", test_facets);
  g_test_add_func ("/store/filter/bare", test_bare);
  g_test_add_func ("/store/filter/contains", test_contains);
  g_test_add_func ("/store/filter/described-person", test_described_person);
  status = g_test_run ();
  g_object_unref (store);
  fixture_remove (folder);
  return status;
}
