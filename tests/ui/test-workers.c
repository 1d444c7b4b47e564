/* The window's workers are left alone when they are stopped: the main thread waits for none. What a
 * worker calls is held at a gate here, by the linker's --wrap: who waited for it would hang. */
#include "guise-searcher.h"
#include "guise-thumbnailer.h"
#include "ui-fixture.h"

static GMutex mutex;
static GCond changed;
static gboolean closed;
static guint n_held;

static void
hold (void)
{
  g_mutex_lock (&mutex);
  n_held++;
  while (closed)
    g_cond_wait (&changed, &mutex);
  n_held--;
  g_mutex_unlock (&mutex);
}

static void
set_gate (gboolean close)
{
  g_mutex_lock (&mutex);
  closed = close;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&mutex);
}

static gboolean
are_held (gpointer n)
{
  gboolean yes;

  g_mutex_lock (&mutex);
  yes = n_held == *(guint *)n;
  g_mutex_unlock (&mutex);
  return yes;
}

GuiseImageRecord *__real_guise_store_get_image (GuiseStore *store, gint64 id, GError **error);
GuiseImageRecord *__wrap_guise_store_get_image (GuiseStore *store, gint64 id, GError **error);
GuiseSearchSession *__real_guise_search_session_open (GuiseProject *project, const char *wanted,
                                                      GuiseSearchReadiness *readiness,
                                                      GError **error);
GuiseSearchSession *__wrap_guise_search_session_open (GuiseProject *project, const char *wanted,
                                                      GuiseSearchReadiness *readiness,
                                                      GError **error);

GuiseImageRecord *
__wrap_guise_store_get_image (GuiseStore *store, gint64 id, GError **error)
{
  hold ();
  return __real_guise_store_get_image (store, id, error);
}

GuiseSearchSession *
__wrap_guise_search_session_open (GuiseProject *project, const char *wanted,
                                  GuiseSearchReadiness *readiness, GError **error)
{
  hold ();
  return __real_guise_search_session_open (project, wanted, readiness, error);
}

static gboolean
has_gone (gpointer pointer)
{
  return *(gpointer *)pointer == NULL;
}

/* The project is closed while the workers still have it; they end, and let it go. */
static void
finish (GuiseProject *project)
{
  guise_project_close (project);
  g_object_add_weak_pointer (G_OBJECT (project), (gpointer *)&project);
  set_gate (FALSE);
  g_object_unref (project);
  ui_wait (has_gone, &project, "the workers to let the project go");
}

static void
served (GuiseThumbnail *thumbnail, gpointer data)
{
  g_assert_not_reached ();
}

static void
test_thumbnailer (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseProject *project = ui_open_elsewhere (folder);
  GuiseThumbnailer *thumbnailer = guise_thumbnailer_new (project, 0);
  guint n = 2;

  set_gate (TRUE);
  for (guint i = 0; i < 5; i++)
    guise_thumbnailer_request (thumbnailer, i + 1, i, served, NULL);
  ui_wait (are_held, &n, "the workers to be busy");
  guise_thumbnailer_stop (thumbnailer);
  guise_thumbnailer_request (thumbnailer, 1, 0, served, NULL);
  g_object_add_weak_pointer (G_OBJECT (thumbnailer), (gpointer *)&thumbnailer);
  g_object_unref (thumbnailer);
  finish (project);
  ui_wait (has_gone, &thumbnailer, "the thumbnailer to go");
}

static void
opened (GuiseSearcher *searcher, gpointer data)
{
  g_assert_not_reached ();
}

static void
test_searcher (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseProject *project = ui_open_elsewhere (folder);
  GuiseSearcher *searcher = guise_searcher_new (project);
  guint n = 1;

  g_signal_connect (searcher, "opened", G_CALLBACK (opened), NULL);
  set_gate (TRUE);
  guise_searcher_open (searcher, "search.run");
  ui_wait (are_held, &n, "the worker to be busy");
  guise_searcher_open (searcher, "search.run");
  guise_searcher_stop (searcher);
  g_object_add_weak_pointer (G_OBJECT (searcher), (gpointer *)&searcher);
  g_object_unref (searcher);
  finish (project);
  ui_wait (has_gone, &searcher, "the searcher to go");
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/workers/thumbnailer", test_thumbnailer);
  g_test_add_func ("/workers/searcher", test_searcher);
  return g_test_run ();
}
