/* Whatever comes from data or from the disk is shown as it is: never as markup, and never with
 * characters that make it read otherwise than it says. */
#include "guise-banner.h"
#include "guise-dialogs.h"
#include "guise-format.h"
#include "guise-job-list.h"
#include "guise-job-row.h"
#include "guise-settings.h"
#include "guise-status.h"
#include "guise-store-captions.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#define OVERRIDE "\xe2\x80\xae" /* U+202E: what follows reads from right to left */
#define ISOLATE "\xe2\x81\xa6"  /* U+2066 */
#define HOSTILE "<b>&amp;" OVERRIDE "live" ISOLATE "</i> %s"
#define SHOWN "<b>&amp;live</i> %s"

static void
test_format_plain (void)
{
  static const char *const cases[][2] = {
    { "", "" },
    { "plain", "plain" },
    { HOSTILE, SHOWN },
    { "two\nlines\tand\x01 a bell\x07", "two\nlines\tand a bell" },
    { "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d" }, /* Hebrew stays */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *plain = guise_format_plain (cases[i][0]);

    g_assert_cmpstr (plain, ==, cases[i][1]);
  }
}

static void
make_hostile (const char *folder, const char *table, const char *column)
{
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL);
  g_autofree char *text = g_strdup_printf ("UPDATE %s SET %s = '%s' || %s", table, column, HOSTILE,
                                           column);
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, text, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* A project whose folder, data set, persons, cameras and captions are hostile. */
static char *
make_hostile_project (void)
{
  g_autofree char *folder = ui_make_project ();
  g_autofree char *parent = g_path_get_dirname (folder);
  char *hostile = g_build_filename (parent, "<b>&amp;" OVERRIDE "live" ISOLATE "<i> %s", NULL);

  g_assert_cmpint (g_rename (folder, hostile), ==, 0);
  make_hostile (hostile, "persons", "label");
  make_hostile (hostile, "cameras", "label");
  make_hostile (hostile, "datasets", "name");
  make_hostile (hostile, "captions", "text");
  return hostile;
}

static gboolean
is_direction_mark (gunichar c)
{
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static void
check_text (const char *text, const char *where)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (is_direction_mark (g_utf8_get_char (p)))
      g_error ("%s shows a mark that reorders: '%s'", where, text);
}

/* No label below reorders what it says or takes it for markup; counts those with hostile text. A
 * text that was read as markup has lost its "<b>". */
static guint
check_labels (GtkWidget *widget)
{
  guint n = 0;

  if (GTK_IS_LABEL (widget)) {
    const char *text = gtk_label_get_text (GTK_LABEL (widget));

    check_text (text, gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)));
    if (strstr (text, "live") != NULL) {
      g_assert_nonnull (strstr (text, "<b>&amp;live"));
      n++;
    }
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += check_labels (child);
  return n;
}

static void
test_project (void)
{
  g_autofree char *folder = make_hostile_project ();
  GuiseWindow *window = ui_open_window (folder);
  GuisePage *library = guise_window_get_page (window, "library");
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, HOSTILE);
  GuiseCaptionEditor *editor
      = guise_image_pane_get_editor (guise_library_page_get_pane (ui_get_library (window)), 0);
  g_autofree char *caption = guise_caption_editor_dup_text (editor);

  g_assert_true (g_str_has_prefix (caption, HOSTILE)); /* what is edited is edited as it is */
  check_text (gtk_window_get_title (GTK_WINDOW (window)), "the title");
  g_assert_nonnull (strstr (gtk_window_get_title (GTK_WINDOW (window)), "<b>&amp;live"));
  guise_page_report (library, "list", HOSTILE, error);
  guise_page_toast (library, HOSTILE, FALSE);
  ui_settle (window, 4);
  /* title, data set, person, camera, banner with details, toast */
  g_assert_cmpuint (check_labels (GTK_WIDGET (window)), >=, 7);
  ui_screenshot (window, "hostile-texts");
  guise_window_close_project (window);
  ui_settle (window, 4);
  g_assert_cmpuint (check_labels (GTK_WIDGET (window)), >=, 1); /* among the recent projects */
  ui_close_window (window);
}

static void
ignore_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_free (guise_dialogs_ask_finish (result, NULL));
}

static void
test_question (void)
{
  const GuiseDialogButton answers[] = { { "cancel", "_Cancel" }, { NULL } };
  GuiseWindow *window = ui_open_window (NULL);
  GtkWidget *question;

  guise_dialogs_ask_async (GTK_WINDOW (window), HOSTILE, HOSTILE, answers, NULL, ignore_answer,
                           NULL);
  ui_settle (window, 4);
  question = ui_find_question ();
  g_assert_nonnull (question);
  g_assert_cmpuint (check_labels (question), >=, 2);
  gtk_window_close (GTK_WINDOW (question));
  ui_settle (window, 2);
  ui_close_window (window);
}

static void
test_job (void)
{
  g_autoptr (GuiseJobList) list = guise_job_list_new ();
  g_autoptr (GuiseJob) job = guise_job_new ((const char *[]){ "never", NULL }, GUISE_JOB_DEFAULT);
  g_autoptr (GuiseJobEntry) entry = NULL;
  GtkWidget *row;

  ui_start ();
  guise_job_list_add (list, HOSTILE, job);
  entry = g_list_model_get_item (guise_job_list_get_model (list), 0);
  row = g_object_ref_sink (guise_job_row_new (list, entry));
  g_assert_cmpuint (check_labels (row), ==, 1);
  g_object_unref (row);
}

static void
test_status_page (void)
{
  GtkWidget *page;

  ui_start ();
  page = g_object_ref_sink (adw_status_page_new ());
  guise_status_set_description (ADW_STATUS_PAGE (page), HOSTILE);
  g_assert_cmpuint (check_labels (page), ==, 1);
  g_object_unref (page);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/plain/format", test_format_plain);
  g_test_add_func ("/plain/project", test_project);
  g_test_add_func ("/plain/question", test_question);
  g_test_add_func ("/plain/job", test_job);
  g_test_add_func ("/plain/status-page", test_status_page);
  return g_test_run ();
}
