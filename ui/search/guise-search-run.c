/* The run that is searched with: opening it, its index, and what is seen without hits. */
#include "guise-search-page-private.h"

#include "guise-format.h"
#include "guise-search-notes.h"
#include "guise-status.h"
#include "guise-train-page.h"

#include <glib/gi18n.h>
#include <math.h>

#define EXAMPLE_CHARS 110

/* ---- examples and states -------------------------------------------------------------------- */

static void
example_clicked (GtkButton *button, GuiseSearchPage *self)
{
  const char *example = g_object_get_data (G_OBJECT (button), "example");
  g_auto (GStrv) parts = g_strsplit (example, "\n", 2);

  guise_search_page_search_for (self, parts[0], parts[1]);
}

static GtkWidget *
create_example (GuiseSearchPage *self, const char *example)
{
  GtkWidget *button = gtk_button_new ();
  g_auto (GStrv) parts = g_strsplit (example, "\n", 2);
  g_autofree char *whole = parts[1] != NULL
                               ? g_strdup_printf (_ ("Who: %s — Wearing: %s"), parts[0], parts[1])
                               : g_strdup (example);
  g_autofree char *text = guise_format_excerpt (whole, EXAMPLE_CHARS);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 64);
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_add_css_class (button, "example");
  g_object_set_data_full (G_OBJECT (button), "example", g_strdup (example), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (example_clicked), self, 0);
  return button;
}

static void
show_examples (GuiseSearchPage *self)
{
  const char *const *examples = guise_searcher_get_examples (self->searcher);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->examples))) != NULL)
    gtk_box_remove (self->examples, child);
  for (guint i = 0; examples[i] != NULL; i++)
    gtk_box_append (self->examples, create_example (self, examples[i]));
}

static void
show_ready (GuiseSearchPage *self)
{
  g_autofree char *text
      = g_strdup_printf (_ ("searching with “%s”"), guise_searcher_get_run (self->searcher));

  gtk_label_set_text (self->run_label, text);
  show_examples (self);
  guise_search_page_show_view (self, "start");
  guise_search_page_focus_entry (self);
  guise_search_page_ask (self);
}

static void
opened (GuiseSearcher *searcher, GuiseSearchPage *self)
{
  const GError *error = guise_searcher_get_error (searcher);
  g_autofree char *text = NULL;

  self->lambda_moved = !isnan (self->restored_lambda); /* of the session before */
  self->restored_lambda = NAN;
  guise_search_page_clear_hits (self);
  gtk_label_set_text (self->run_label, "");
  switch (guise_searcher_get_readiness (searcher)) {
  case GUISE_SEARCH_READY:
    show_ready (self);
    break;
  case GUISE_SEARCH_NO_RUN:
    guise_search_page_show_view (self, "no-run");
    break;
  case GUISE_SEARCH_NO_INDEX:
    text = g_strdup_printf (_ ("“%s” is trained, but its checkpoint has not looked at this "
                               "project’s pictures yet."),
                            guise_searcher_get_run (searcher));
    guise_status_set_description (self->no_index, text);
    guise_search_page_show_view (self, "no-index");
    break;
  default:
    guise_status_set_description (self->failed, error ? error->message : "");
    guise_search_page_show_view (self, "failed");
  }
}

/* Missing pictures are nothing new at every look: whoever closed the banner knows. */
static void
files_checked (GuiseSearcher *searcher, GuiseSearchPage *self)
{
  gboolean read_only = guise_store_is_read_only (guise_page_get_store (GUISE_PAGE (self)));
  size_t n_missing = guise_searcher_get_n_missing (searcher);
  const GPtrArray *unreadable = guise_searcher_get_unreadable (searcher);

  if (unreadable->len != self->n_unreadable_told)
    guise_search_notes_show_unreadable (self->banner, unreadable);
  self->n_unreadable_told = unreadable->len;
  if (n_missing != self->n_missing_told)
    guise_search_notes_show_missing (self->banner, n_missing, read_only);
  self->n_missing_told = n_missing;
  guise_search_notes_show_changed (self->banner, guise_searcher_get_n_changed (searcher),
                                   read_only);
}

void
guise_search_page_open_run (GuiseSearchPage *self)
{
  guise_banner_hide (self->banner, NULL);
  self->n_missing_told = 0;
  self->n_unreadable_told = 0;
  guise_searcher_open (self->searcher, GUISE_SETTING_SEARCH_RUN);
  guise_search_page_show_view (self, "opening");
}

/* ---- the index ------------------------------------------------------------------------------ */

static void
build_progress (GuiseJob *job, guint64 done, guint64 total, double eta, GuiseSearchPage *self)
{
  g_autofree char *some = guise_format_count (done), *all = guise_format_count (total);
  g_autofree char *left = guise_format_time_left (eta), *text = NULL;

  text = *left != '\0' ? g_strdup_printf (_ ("%s of %s · %s"), some, all, left)
                       : g_strdup_printf (_ ("%s of %s"), some, all);
  gtk_progress_bar_set_fraction (self->build_bar, total > 0 ? MIN ((double)done / total, 1) : 0);
  gtk_progress_bar_set_text (self->build_bar, text);
}

static void
build_finished (GuiseJob *job, GuiseSearchPage *self)
{
  if (job != self->building)
    return;
  if (guise_job_get_state (job) == GUISE_JOB_FAILED)
    guise_page_report (GUISE_PAGE (self), "index", _ ("The pictures could not be embedded."),
                       guise_job_get_error (job));
  guise_search_page_open_run (self);
}

/* all: of every split; else of those that the index has, or had. */
static void
build_index (GuiseSearchPage *self, gboolean all)
{
  const char *folder = guise_project_get_folder (guise_page_get_project (GUISE_PAGE (self)));
  const char *run = guise_searcher_get_run (self->searcher);
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  if (run == NULL || (self->building != NULL && guise_job_is_active (self->building)))
    return;
  g_clear_object (&self->building);
  self->building = guise_job_new ((const char *[]){ "embed", "--project", folder, "--run", run,
                                                    all ? "--split" : NULL, "all", NULL },
                                  GUISE_JOB_DEFAULT);
  g_signal_connect_object (self->building, "progress", G_CALLBACK (build_progress), self, 0);
  g_signal_connect_object (self->building, "finished", G_CALLBACK (build_finished), self, 0);
  guise_page_clear_report (GUISE_PAGE (self), "index");
  guise_banner_hide (self->banner, NULL);
  gtk_progress_bar_set_fraction (self->build_bar, 0);
  gtk_progress_bar_set_text (self->build_bar, _ ("Starting…"));
  guise_search_page_show_view (self, "building");
  if (!guise_job_start (self->building, &error)) {
    guise_page_report (GUISE_PAGE (self), "index", _ ("The pictures could not be embedded."),
                       error);
    guise_search_page_show_view (self, "no-index");
    return;
  }
  name = g_strdup_printf (_ ("Embedding pictures with “%s”"), run);
  guise_page_add_job (GUISE_PAGE (self), name, self->building);
}

static void
activate_build (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  build_index (data, FALSE);
}

static void
activate_build_all (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  build_index (data, TRUE);
}

static void
activate_stop_build (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;

  if (self->building != NULL)
    guise_job_cancel (self->building);
}

static void
activate_mark (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;

  self->truth_image = guise_search_page_get_selected_image (self);
  guise_search_page_ask (self);
}

static void
activate_clear_mark (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;

  self->truth_image = 0;
  guise_search_page_ask (self);
}

static const GActionEntry actions[] = {
  { "build-index", activate_build },
  { "build-whole-index", activate_build_all },
  { "stop-build", activate_stop_build },
  { "mark-person", activate_mark },
  { "clear-person", activate_clear_mark },
};

void
guise_search_page_set_up_run (GuiseSearchPage *self)
{
  gboolean read_only = guise_store_is_read_only (guise_page_get_store (GUISE_PAGE (self)));

  g_action_map_add_action_entries (G_ACTION_MAP (guise_page_get_actions (GUISE_PAGE (self))),
                                   actions, G_N_ELEMENTS (actions), self);
  guise_search_page_set_enabled (self, "mark-person", FALSE);
  guise_search_page_set_enabled (self, "build-index", !read_only);
  guise_search_page_set_enabled (self, "build-whole-index", !read_only);
  g_signal_connect_object (self->searcher, "opened", G_CALLBACK (opened), self, 0);
  g_signal_connect_object (self->searcher, "checked", G_CALLBACK (files_checked), self, 0);
}
