#include "guise-import-problems.h"

#include "guise-dialogs.h"
#include "guise-format.h"

#include <glib/gi18n.h>
#include <string.h>

#define LIST_HEIGHT 280

static const struct {
  const char *kind;
  const char *title;
} kinds[] = {
  { "bad_record", N_ ("Broken entries, left out") },
  { "missing_file", N_ ("Missing files, left out") },
  { "duplicate_image", N_ ("Images named twice, kept once") },
  { "split_leak", N_ ("People in more than one split") },
  { "no_caption", N_ ("Images without a text") },
  { "empty_caption", N_ ("Empty texts, left out") },
  { "bad_text", N_ ("Unusable texts, left out") },
  { "long_caption", N_ ("Very long captions, kept") },
  { "shared_caption", N_ ("Captions that several people share, kept") },
  { "single_image", N_ ("People with a single training image, kept") },
  { "repeated_caption", N_ ("Captions repeated for one image, kept") },
  { "non_ascii", N_ ("Texts with letters or marks beyond ASCII, kept") },
  { "odd_split", N_ ("Splits of other names, taken as validation") },
  { "outdated", N_ ("An edition that has been replaced") },
};

const char *
guise_import_problems_get_title (const char *kind)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].kind, kind) == 0)
      return _ (kinds[i].title);
  return kind; /* of a newer guisectl */
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void
add_line (GtkStringList *lines, const char *prefix, const char *text)
{
  g_autofree char *plain = guise_format_plain (text);
  g_autofree char *line = g_strconcat (prefix, plain, NULL);

  gtk_string_list_append (lines, line);
}

/* A heading, the problems that are named, and how many are not. */
static void
add_kind (GtkStringList *lines, const char *kind, guint64 count, json_t *problems)
{
  g_autofree char *number = guise_format_count (count);
  g_autofree char *heading
      = g_strdup_printf ("%s: %s", guise_import_problems_get_title (kind), number);
  json_t *problem;
  guint64 n = 0;
  size_t i;

  add_line (lines, "", heading);
  json_array_foreach (problems, i, problem)
  {
    const char *its = json_string_value (json_object_get (problem, "kind"));
    const char *message = json_string_value (json_object_get (problem, "message"));

    if (its == NULL || message == NULL || strcmp (its, kind) != 0)
      continue;
    add_line (lines, "• ", message);
    n++;
  }
  if (count > n) {
    g_autofree char *rest = guise_format_count (count - n);
    g_autofree char *text = g_strdup_printf (_ ("… and %s more"), rest);

    add_line (lines, "• ", text);
  }
}

static GtkStringList *
create_lines (json_t *report)
{
  GtkStringList *lines = gtk_string_list_new (NULL);
  json_t *count, *problems = json_object_get (report, "problems");
  const char *kind;

  json_object_foreach (json_object_get (report, "problem_counts"), kind, count)
      add_kind (lines, kind, (guint64)MAX (json_integer_value (count), 0), problems);
  return lines;
}

static char *
join_lines (const char *name, GListModel *lines)
{
  GString *text = g_string_new (name);

  g_string_append_c (text, '\n');
  for (guint i = 0; i < g_list_model_get_n_items (lines); i++) {
    g_string_append (text, gtk_string_list_get_string (GTK_STRING_LIST (lines), i));
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

/* ---- widgets -------------------------------------------------------------------------------- */

static void
set_up_row (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_list_item_set_child (item, label);
}

static void
bind_row (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkStringObject *line = gtk_list_item_get_item (item);

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)),
                      gtk_string_object_get_string (line));
}

static void
copy_text (GtkWidget *button, const char *text)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (button), text);
}

static void
save_text (GtkWidget *button, const char *text)
{
  guise_dialogs_save_text (GTK_WINDOW (gtk_widget_get_root (button)), _ ("Save the Report"),
                           "import-report.txt", text);
}

static void
free_text (gpointer text, GClosure *closure)
{
  g_free (text);
}

static GtkWidget *
create_button (const char *label, GCallback clicked, const char *text)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  g_signal_connect_data (button, "clicked", clicked, g_strdup (text), free_text, 0);
  return button;
}

static GtkWidget *
create_buttons (const char *text)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_widget_set_halign (box, GTK_ALIGN_END);
  gtk_box_append (GTK_BOX (box), create_button (_ ("C_opy"), G_CALLBACK (copy_text), text));
  gtk_box_append (GTK_BOX (box), create_button (_ ("_Save…"), G_CALLBACK (save_text), text));
  return box;
}

static GtkWidget *
create_list (GListModel *lines)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *window = gtk_scrolled_window_new ();
  GtkWidget *view;

  g_signal_connect (factory, "setup", G_CALLBACK (set_up_row), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_row), NULL);
  view = gtk_list_view_new (
      GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (lines))), factory);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Problems found"), -1);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (window), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_has_frame (GTK_SCROLLED_WINDOW (window), TRUE);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (window), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (window), LIST_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (window), view);
  return window;
}

GtkWidget *
guise_import_problems_create (const char *name, json_t *report)
{
  g_autoptr (GtkStringList) lines = create_lines (report);
  g_autofree char *text = join_lines (name, G_LIST_MODEL (lines));
  GtkWidget *box;

  if (g_list_model_get_n_items (G_LIST_MODEL (lines)) == 0)
    return NULL;
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_box_append (GTK_BOX (box), create_list (G_LIST_MODEL (lines)));
  gtk_box_append (GTK_BOX (box), create_buttons (text));
  return box;
}
