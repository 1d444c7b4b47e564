#include "guise-import-preview.h"

#include "guise-format.h"
#include "guise-import-problems.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* A list longer than this is counted, not shown: every row is a widget. */
#define MAX_ROWS 50

static gint64
get_count (json_t *object, const char *name)
{
  return MAX (json_integer_value (json_object_get (object, name)), 0);
}

static char *
format_member (json_t *object, const char *name)
{
  return guise_format_count ((guint64)get_count (object, name));
}

char *
guise_import_preview_describe (json_t *object)
{
  g_autofree char *images = format_member (object, "images");
  g_autofree char *persons = format_member (object, "persons");
  g_autofree char *captions = format_member (object, "captions");

  return g_strdup_printf (_ ("%s images of %s people with %s captions"), images, persons,
                          captions);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void
set_title (GtkWidget *row, const char *title)
{
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
}

static GtkWidget *
create_row (const char *title, const char *subtitle, gboolean is_warning)
{
  GtkWidget *row = adw_action_row_new ();

  set_title (row, title);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  if (is_warning)
    adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                               gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  return row;
}

static GtkWidget *
create_rest_row (size_t n)
{
  g_autofree char *count = guise_format_count (n);
  g_autofree char *text = g_strdup_printf (_ ("… and %s more"), count);

  return create_row (text, NULL, FALSE);
}

static GtkWidget *
create_group (const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  return group;
}

static void
add_row (GtkWidget *group, GtkWidget *row)
{
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
}

/* ---- splits --------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  const char *title;
} splits[] = {
  { "train", N_ ("Training") },
  { "val", N_ ("Validation") },
  { "test", N_ ("Test") },
  { "none", N_ ("Without a split") },
};

static gboolean
is_as_published (json_t *counts, json_t *official)
{
  static const char *const members[] = { "images", "persons", "captions" };

  for (size_t i = 0; i < G_N_ELEMENTS (members); i++)
    if (get_count (counts, members[i]) != get_count (official, members[i]))
      return FALSE;
  return TRUE;
}

static GtkWidget *
create_split_row (const char *title, json_t *counts, json_t *official)
{
  g_autofree char *found = guise_import_preview_describe (counts);
  g_autofree char *published = NULL, *subtitle = NULL;

  if (official == NULL || is_as_published (counts, official))
    return create_row (title, found, FALSE);
  published = guise_import_preview_describe (official);
  subtitle = g_strdup_printf (_ ("%s\npublished: %s"), found, published);
  return create_row (title, subtitle, TRUE);
}

static GtkWidget *
create_splits (json_t *report)
{
  GtkWidget *group = create_group (_ ("By Split"));
  json_t *found = json_object_get (report, "splits");
  json_t *published = json_object_get (report, "official");

  for (size_t i = 0; i < G_N_ELEMENTS (splits); i++) {
    json_t *counts = json_object_get (found, splits[i].name);
    json_t *official = json_object_get (published, splits[i].name);

    if (counts != NULL || official != NULL)
      add_row (group, create_split_row (_ (splits[i].title), counts, official));
  }
  return group;
}

/* ---- folders -------------------------------------------------------------------------------- */

static GtkWidget *
create_folder_row (json_t *folder)
{
  const char *path = json_string_value (json_object_get (folder, "folder"));
  guint64 n_images = (guint64)get_count (folder, "images");
  guint64 n_missing = (guint64)get_count (folder, "missing");
  g_autofree char *images = guise_format_count (n_images);
  g_autofree char *missing = guise_format_count (n_missing);
  g_autofree char *text = NULL;

  text = n_missing == 0 ? g_strdup_printf (ngettext ("%s image", "%s images", n_images), images)
                        : g_strdup_printf (ngettext ("%s image, %s missing",
                                                     "%s images, %s missing", n_images),
                                           images, missing);
  return create_row (path != NULL ? path : "", text, n_missing > 0);
}

/* Folders with missing files are not lost in a long list: they come first. */
static GtkWidget *
create_folders (json_t *report)
{
  GtkWidget *group = create_group (_ ("By Folder"));
  json_t *folders = json_object_get (report, "folders");
  size_t n_shown = 0, n_folders = json_array_size (folders);

  for (int missing = 1; missing >= 0; missing--)
    for (size_t i = 0; i < n_folders && n_shown < MAX_ROWS; i++) {
      json_t *folder = json_array_get (folders, i);

      if ((get_count (folder, "missing") > 0) != missing)
        continue;
      add_row (group, create_folder_row (folder));
      n_shown++;
    }
  if (n_folders > n_shown)
    add_row (group, create_rest_row (n_folders - n_shown));
  return group;
}

/* ---- problems ------------------------------------------------------------------------------- */

static GtkWidget *
create_kinds (json_t *report)
{
  GtkWidget *group = create_group (_ ("Problems"));
  json_t *counts = json_object_get (report, "problem_counts");
  const char *kind;
  json_t *count;

  json_object_foreach (counts, kind, count)
  {
    g_autofree char *text = format_member (counts, kind);

    add_row (group, create_row (guise_import_problems_get_title (kind), text, FALSE));
  }
  if (json_object_size (counts) == 0)
    add_row (group, create_row (_ ("Nothing odd was found."), NULL, FALSE));
  return group;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static GtkWidget *
create_label (const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  return label;
}

static GtkWidget *
create_button (const char *label, const char *action, const char *class)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_add_css_class (button, "pill");
  if (class != NULL)
    gtk_widget_add_css_class (button, class);
  return button;
}

static GtkWidget *
create_buttons (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), create_button (_ ("_Cancel"), "welcome.cancel-import", NULL));
  gtk_box_append (GTK_BOX (box), create_button (_ ("_Import"), "welcome.confirm-import",
                                                "suggested-action"));
  return box;
}

static void
set_margins (GtkWidget *widget, int margin)
{
  gtk_widget_set_margin_top (widget, margin);
  gtk_widget_set_margin_bottom (widget, margin);
  gtk_widget_set_margin_start (widget, margin);
  gtk_widget_set_margin_end (widget, margin);
}

GtkWidget *
guise_import_preview_create (const char *name, json_t *report)
{
  GtkWidget *window = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 24);
  GtkWidget *problems;
  g_autofree char *title = g_strdup_printf (_ ("Import “%s”?"), name);
  g_autofree char *counts = guise_import_preview_describe (report);
  g_autofree char *text
      = g_strdup_printf (_ ("%s. Nothing has been stored yet; the pictures stay where they are."),
                         counts);

  set_margins (box, 24);
  gtk_box_append (GTK_BOX (box), create_label (title, "title-2"));
  gtk_box_append (GTK_BOX (box), create_label (text, NULL));
  gtk_box_append (GTK_BOX (box), create_buttons ());
  gtk_box_append (GTK_BOX (box), create_kinds (report));
  problems = guise_import_problems_create (name, report);
  if (problems != NULL)
    gtk_box_append (GTK_BOX (box), problems);
  gtk_box_append (GTK_BOX (box), create_splits (report));
  gtk_box_append (GTK_BOX (box), create_folders (report));
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (window), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (window), clamp);
  return window;
}
