/* The offline splitter: what it says is what the captions state. Measured on the demo, whose data
 * (attributes.json, planted.json) and words (guise-demo-lexicon.h, read by demo-reader.h) know
 * nothing of our lexicons. */
#include "demo-folder.h"
#include "demo-reader.h"
#include "guise-demo.h"
#include "guise-splitter.h"

#include <glib/gstdio.h>
#include <string.h>

#define N_PERSONS 36
#define SEED 11

static GuiseLexicon *lexicon;
static char *place;
static DemoFolder folder;

#define EACH_IMAGE(image)                                         \
  for (const DemoImage *image = (DemoImage *)folder.images->data; \
       image < (DemoImage *)folder.images->data + folder.images->len; image++)

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    remove_tree (child);
  }
  g_remove (path);
}

/* ---- the demo ---- */

typedef struct {
  guint right, wrong, missing, invented;
} Count;

static gboolean
is_planted (const DemoImage *image, guint caption, guint attribute, gint8 value)
{
  json_t *mistake;
  size_t i;

  json_array_foreach (folder.planted, i, mistake)
  {
    if (g_strcmp0 (json_string_value (json_object_get (mistake, "file_path")), image->file_path)
            != 0
        || g_strcmp0 (json_string_value (json_object_get (mistake, "kind")), "caption") != 0
        || json_integer_value (json_object_get (mistake, "index")) != caption)
      continue;
    return demo_find_attribute (json_string_value (json_object_get (mistake, "attribute")))
               == attribute
           && demo_find_value (attribute,
                               json_string_value (json_object_get (mistake, "stated")))
                  == (guint8)value;
  }
  return FALSE;
}

/* What a caption states: true of the picture, but for its planted mistake. */
static void
read_caption (const DemoImage *image, guint caption, gint8 *claims)
{
  g_autofree char *why = NULL;

  g_assert_true (demo_read_text (image->captions[caption], claims, &why));
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (claims[a] >= 0 && claims[a] != image->truth[a])
      g_assert_true (is_planted (image, caption, a, claims[a]));
}

/* What the two descriptions state; neither may speak of the other's. */
static void
read_split (const GuiseSplit *split, gint8 *claims)
{
  gint8 clothing[GUISE_DEMO_N_ATTRIBUTES];
  g_autofree char *why = NULL;

  memset (claims, -1, GUISE_DEMO_N_ATTRIBUTES);
  if (split->identity != NULL && !demo_read_text (split->identity, claims, &why))
    g_error ("'%s': %s", split->identity, why);
  memset (clothing, -1, sizeof clothing);
  if (split->clothing != NULL && !demo_read_text (split->clothing, clothing, &why))
    g_error ("'%s': %s", split->clothing, why);
  for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
    if (a < GUISE_DEMO_FIRST_CLOTHING) {
      if (clothing[a] >= 0)
        g_error ("'%s' says who somebody is", split->clothing);
    } else {
      if (claims[a] >= 0)
        g_error ("'%s' says what somebody wears", split->identity);
      claims[a] = clothing[a];
    }
}

static void
count_claims (Count *counts, const gint8 *wanted, const gint8 *claims)
{
  for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++) {
    if (wanted[a] >= 0 && claims[a] == wanted[a])
      counts[a].right++;
    else if (wanted[a] >= 0 && claims[a] >= 0)
      counts[a].wrong++;
    else if (wanted[a] >= 0)
      counts[a].missing++;
    else if (claims[a] >= 0)
      counts[a].invented++;
  }
}

static void
judge (const char *what, const Count *counts)
{
  Count all = { 0 };

  for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++) {
    const Count *c = &counts[a];

    all.right += c->right;
    all.wrong += c->wrong;
    all.missing += c->missing;
    all.invented += c->invented;
    g_test_message ("%s, %s: precision %.4f, recall %.4f of %u", what,
                    guise_demo_attributes[a].name,
                    c->right / MAX (1.0, c->right + c->wrong + c->invented),
                    c->right / MAX (1.0, c->right + c->wrong + c->missing),
                    c->right + c->wrong + c->missing);
    g_assert_cmpuint (c->right * 100, >=, (c->right + c->wrong + c->invented) * 95);
    g_assert_cmpuint (c->right * 100, >=, (c->right + c->wrong + c->missing) * 95);
  }
  g_test_message ("%s: precision %.4f, recall %.4f of %u stated", what,
                  (double)all.right / (all.right + all.wrong + all.invented),
                  (double)all.right / (all.right + all.wrong + all.missing),
                  all.right + all.wrong + all.missing);
  g_assert_cmpuint (all.right, >, 2000);
}

/* Each caption by itself. */
static void
test_one (void)
{
  Count counts[GUISE_DEMO_N_ATTRIBUTES] = { { 0 } };

  EACH_IMAGE (image)
  for (guint c = 0; c < 2; c++) {
    g_autoptr (GuiseSplit) split = guise_splitter_split (lexicon, &image->captions[c], 1);
    gint8 wanted[GUISE_DEMO_N_ATTRIBUTES], claims[GUISE_DEMO_N_ATTRIBUTES];

    read_caption (image, c, wanted);
    read_split (split, claims);
    count_claims (counts, wanted, claims);
    if (g_test_verbose ())
      for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++)
        if (wanted[a] != claims[a])
          g_test_message ("%s: '%s' → '%s' '%s'", guise_demo_attributes[a].name,
                          image->captions[c], split->identity, split->clothing);
  }
  judge ("one caption", counts);
}

/* Both captions of a picture: where they differ, the first counts. */
static void
test_both (void)
{
  Count counts[GUISE_DEMO_N_ATTRIBUTES] = { { 0 } };

  EACH_IMAGE (image)
  {
    g_autoptr (GuiseSplit) split = guise_splitter_split (lexicon, image->captions, 2);
    gint8 wanted[GUISE_DEMO_N_ATTRIBUTES], second[GUISE_DEMO_N_ATTRIBUTES];
    gint8 claims[GUISE_DEMO_N_ATTRIBUTES];

    read_caption (image, 0, wanted);
    read_caption (image, 1, second);
    for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++)
      if (wanted[a] < 0)
        wanted[a] = second[a];
    read_split (split, claims);
    count_claims (counts, wanted, claims);
    if (g_test_verbose ())
      for (guint a = 0; a <= GUISE_DEMO_BAG_SIDE; a++)
        if (wanted[a] != claims[a])
          g_test_message ("%s: '%s' '%s' → '%s' '%s'", guise_demo_attributes[a].name,
                          image->captions[0], image->captions[1], split->identity,
                          split->clothing);
  }
  judge ("both captions", counts);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  lexicon = guise_lexicon_load ("en", &error);
  g_assert_no_error (error);
  place = g_dir_make_tmp ("guise-splitter-XXXXXX", &error);
  g_assert_no_error (error);
  root = g_build_filename (place, "people", NULL);
  guise_demo_write (root, N_PERSONS, SEED, 0, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  demo_folder_load (&folder, root);
  g_test_add_func ("/splitter/demo/one", test_one);
  g_test_add_func ("/splitter/demo/both", test_both);
  status = g_test_run ();
  demo_folder_clear (&folder);
  guise_lexicon_free (lexicon);
  remove_tree (place);
  g_free (place);
  return status;
}
