/* A filter expression: the parser answers with a filter or a sentence, and every filter runs; the
 * whole input as a quoted value reads back as itself. */
#include "fuzz.h"

#include "store-fixture.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VALUE 1000

static GuiseStore *store;
static char *folder;

static void
close_store (void)
{
  guise_store_close (store);
  fixture_remove (folder);
}

static void
open_store (void)
{
  if (store == NULL) {
    folder = fixture_folder ();
    store = fixture_store (folder, 2);
    atexit (close_store);
  }
}

static void
run (const char *text)
{
  GError *error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (text, &error);
  g_autoptr (GArray) ids = NULL;

  fuzz_judge (filter != NULL, g_steal_pointer (&error));
  if (filter == NULL)
    return;
  ids = guise_store_list_images (store, filter, GUISE_SORT_PATH, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ids->len, <=, 4);
}

static void
quote (const char *text)
{
  g_autofree char *quoted = guise_filter_quote (text);
  g_autofree char *equal = g_strdup_printf ("text = %s", quoted);
  GError *error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (equal, &error);

  if (strlen (text) > MAX_VALUE || !g_utf8_validate (text, -1, NULL))
    fuzz_judge (filter != NULL, error);
  else
    g_assert_no_error (error);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);

  open_store ();
  run (text);
  quote (text);
}
