#include "guise-styles-view.h"

#include "guise-chart-view.h"
#include "guise-format.h"
#include "guise-reason-text.h"
#include "guise-styles-form.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define CHART_HEIGHT 220
#define MAX_SHOWN_CHARS 600
#define CROWD 0.9 /* a style with more of the captions tells nothing */

struct _GuiseStylesView {
  GtkWidget parent_instance;

  GtkWidget *box;
  AdwPreferencesGroup *summary;
  GtkWidget *problem;
  GtkWidget *chart_box;
  GuiseChartView *chart_view;
  GtkLabel *chart_title;

  GuiseChart *chart;
  GPtrArray *rows; /* of AdwExpanderRow, one a style, in order */
  gboolean editable;
};

enum {
  SIGNAL_RENAME,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseStylesView, guise_styles_view, GTK_TYPE_WIDGET)

/* ---- in words ------------------------------------------------------------------------------- */

static char *
create_title (const GuiseStyles *styles)
{
  g_autofree char *n_styles = guise_format_count (styles->n_styles);
  g_autofree char *n = guise_format_count (styles->n);
  g_autofree char *in = g_strdup_printf (ngettext ("%s caption", "%s captions", styles->n), n);

  /* Translators: "5 styles in 744 captions, by DBSCAN" */
  return g_strdup_printf (ngettext ("%s style in %s, by %s", "%s styles in %s, by %s",
                                    styles->n_styles),
                          n_styles, in,
                          guise_styles_form_get_method_title (styles->options.method));
}

static char *
describe_groups (const GuiseStyles *styles)
{
  g_autofree char *n = guise_format_count (styles->n_clusters);
  g_autofree char *noise = guise_format_count (styles->n_noise);
  g_autofree char *groups = NULL, *given = NULL;
  gboolean merged = styles->n_clusters != styles->n_styles, noisy = styles->n_noise > 0;

  groups = g_strdup_printf (ngettext ("%s group was found before small ones were merged.",
                                      "%s groups were found before small ones were merged.",
                                      styles->n_clusters),
                            n);
  given = g_strdup_printf (ngettext ("%s caption was near to none and went to the nearest.",
                                     "%s captions were near to none and went to the nearest.",
                                     styles->n_noise),
                           noise);
  return g_strconcat (merged ? groups : "", merged ? " " : "", noisy ? given : "",
                      noisy ? " " : "", NULL);
}

static char *
describe_silhouette (double silhouette)
{
  if (isnan (silhouette))
    return g_strdup (_ ("How well they stand apart cannot be said of one style."));
  if (silhouette >= 0.5)
    return g_strdup_printf (_ ("They stand well apart (silhouette %.2f of at most 1)."),
                            silhouette);
  if (silhouette >= 0.25)
    return g_strdup_printf (_ ("They can be told apart (silhouette %.2f of at most 1)."),
                            silhouette);
  return g_strdup_printf (_ ("They hardly stand apart (silhouette %.2f of at most 1)."),
                          silhouette);
}

/* "" where no model was asked. */
static char *
describe_encoder (const char *folder)
{
  g_autofree char *name = folder != NULL ? g_filename_display_name (folder) : NULL;
  g_autofree char *plain = name != NULL ? guise_format_plain (name) : NULL;

  return plain != NULL ? g_strdup_printf (_ ("Told apart by the CLIP model in %s."), plain)
                       : g_strdup ("");
}

/* NULL = nothing is wrong with it. */
static const char *
find_problem (const GuiseStyles *styles)
{
  if (styles->n_clusters == 0)
    return _ ("No group of captions is dense enough, so all of them are one style. Try a larger "
              "distance or fewer neighbours, or a method that is told how many styles there are.");
  if (styles->n_styles == 1)
    return _ ("All captions are one style: they are written alike, or the distance of neighbours "
              "is too large. Try a smaller one, or a method that is told how many styles there "
              "are.");
  if ((double)styles->styles[0].size > CROWD * (double)styles->n)
    return _ ("Nearly all captions are in one style. Try a smaller distance of neighbours, or a "
              "method that is told how many styles there are.");
  return NULL;
}

static char *
describe_size (const GuiseStyles *styles, const GuiseStyle *style)
{
  g_autofree char *size = guise_format_count (style->size);
  g_autofree char *rest = guise_format_count (style->size - style->n_found);
  double share = styles->n > 0 ? 100.0 * (double)style->size / (double)styles->n : 0;
  g_autofree char *text = g_strdup_printf (ngettext ("%s caption · %.0f %%",
                                                     "%s captions · %.0f %%", style->size),
                                           size, share);
  g_autofree char *given = NULL;

  if (style->n_found == style->size)
    return g_steal_pointer (&text);
  given = g_strdup_printf (ngettext ("%s of them only near to it", "%s of them only near to it",
                                     style->size - style->n_found),
                           rest);
  return g_strjoin (" · ", text, given, NULL);
}

/* ---- the chart ------------------------------------------------------------------------------ */

static GuiseChart *
create_chart (const GuiseStyles *styles)
{
  GuiseChart *chart
      = guise_chart_new (NULL, _ ("Captions, by rising distance"), _ ("Distance"));
  guint series = guise_chart_add_series (chart, _ ("Distance of the neighbour"));
  double step = styles->n_curve > 1 ? (double)(styles->n - 1) / (double)(styles->n_curve - 1) : 0;
  g_autofree char *name = g_strdup_printf (_ ("knee: %.3f"), styles->curve[styles->knee]);
  g_autofree char *used = NULL;

  for (size_t i = 0; i < styles->n_curve; i++)
    guise_chart_append (chart, series, round ((double)i * step) + 1, styles->curve[i]);
  guise_chart_add_mark (chart, series, round ((double)styles->knee * step) + 1,
                        styles->curve[styles->knee], name);
  if (fabs (styles->options.eps - styles->curve[styles->knee]) > 0.01) {
    used = g_strdup_printf (_ ("used: %.3f"), styles->options.eps);
    guise_chart_add_level (chart, series, styles->options.eps, used);
  }
  return chart;
}

static void
show_chart (GuiseStylesView *self, const GuiseStyles *styles)
{
  g_autofree char *title = NULL, *k = guise_format_count (styles->options.min_samples);

  guise_chart_view_set_chart (self->chart_view, NULL);
  g_clear_pointer (&self->chart, guise_chart_free);
  gtk_widget_set_visible (self->chart_box, styles->n_curve > 0);
  if (styles->n_curve == 0)
    return;
  title = g_strdup_printf (_ ("How far each caption's %s nearest neighbours reach"), k);
  gtk_label_set_text (self->chart_title, title);
  self->chart = create_chart (styles);
  guise_chart_view_set_name (self->chart_view, title);
  guise_chart_view_set_chart (self->chart_view, self->chart);
}

/* ---- the rows ------------------------------------------------------------------------------- */

static const char *
get_name (AdwExpanderRow *row)
{
  return g_object_get_data (G_OBJECT (row), "name");
}

static void
name_applied (AdwEntryRow *entry, AdwExpanderRow *row)
{
  GuiseStylesView *self = GUISE_STYLES_VIEW (gtk_widget_get_ancestor (GTK_WIDGET (row),
                                                                      GUISE_TYPE_STYLES_VIEW));
  g_autofree char *to = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  g_autofree char *from = g_strdup (get_name (row));

  if (self != NULL && strcmp (from, to) != 0)
    g_signal_emit (self, signals[SIGNAL_RENAME], 0, from, to);
}

static void
name_edited (GtkWidget *entry)
{
  gtk_widget_remove_css_class (entry, "error");
}

static void
add_name_entry (AdwExpanderRow *row)
{
  GtkWidget *entry = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), _ ("Name"));
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (entry), TRUE);
  adw_expander_row_add_row (row, entry);
  g_signal_connect_object (entry, "apply", G_CALLBACK (name_applied), row, 0);
  g_signal_connect (entry, "changed", G_CALLBACK (name_edited), NULL);
  g_object_set_data (G_OBJECT (row), "entry", entry);
}

static void
add_exemplar (AdwExpanderRow *row, const char *text)
{
  g_autofree char *shown = guise_format_excerpt (text, MAX_SHOWN_CHARS);
  GtkWidget *line = adw_preferences_row_new ();
  GtkWidget *label = gtk_label_new (shown);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "exemplar");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (line), _ ("Exemplar"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (line), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (line), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (line), GTK_ACCESSIBLE_PROPERTY_LABEL, shown, -1);
  adw_expander_row_add_row (row, line);
}

/* The name in the row, and in its entry unless somebody types there. */
static void
show_name (AdwExpanderRow *row, const char *name)
{
  GtkEditable *entry = g_object_get_data (G_OBJECT (row), "entry");
  gboolean edited
      = get_name (row) != NULL && strcmp (gtk_editable_get_text (entry), get_name (row)) != 0;

  if (!edited || strcmp (gtk_editable_get_text (entry), name) == 0)
    gtk_editable_set_text (entry, name);
  g_object_set_data_full (G_OBJECT (row), "name", g_strdup (name), g_free);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
}

static AdwExpanderRow *
add_style (GuiseStylesView *self, const GuiseStyles *styles, const GuiseStyle *style)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (adw_expander_row_new ());
  g_autofree char *size = describe_size (styles, style);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_expander_row_set_subtitle (row, size);
  add_name_entry (row);
  show_name (row, style->name);
  for (char **text = style->exemplars; *text != NULL; text++)
    add_exemplar (row, *text);
  adw_preferences_group_add (self->summary, GTK_WIDGET (row));
  g_ptr_array_add (self->rows, row);
  g_object_set_data_full (G_OBJECT (row), "first", g_strdup (style->exemplars[0]), g_free);
  return row;
}

static void
show_rows (GuiseStylesView *self, const GuiseStyles *styles)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->summary, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (size_t s = 0; s < styles->n_styles; s++)
    add_style (self, styles, &styles->styles[s]);
  guise_styles_view_set_editable (self, self->editable);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void
show_summary (GuiseStylesView *self, const GuiseStyles *styles)
{
  g_autofree char *title = create_title (styles);
  g_autofree char *groups = describe_groups (styles);
  g_autofree char *silhouette = describe_silhouette (styles->silhouette);
  g_autofree char *note = guise_reason_dup_sentence (styles->note != NULL ? styles->note : "");
  g_autofree char *encoder = describe_encoder (styles->options.encoder);
  g_autofree char *text
      = g_strconcat (groups, silhouette, *encoder != '\0' ? "\n" : "", encoder,
                     *note != '\0' ? "\n" : "", note, NULL);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  const char *problem = find_problem (styles);

  adw_preferences_group_set_title (self->summary, title);
  adw_preferences_group_set_description (self->summary, markup);
  gtk_label_set_text (GTK_LABEL (self->problem), problem != NULL ? problem : "");
  gtk_widget_set_visible (self->problem, problem != NULL);
}

/* The same styles as are shown, by their sizes and first exemplars. */
static gboolean
are_shown (GuiseStylesView *self, const GuiseStyles *styles)
{
  if (self->rows->len != styles->n_styles)
    return FALSE;
  for (guint i = 0; i < self->rows->len; i++) {
    g_autofree char *size = describe_size (styles, &styles->styles[i]);

    if (g_strcmp0 (g_object_get_data (self->rows->pdata[i], "first"),
                   styles->styles[i].exemplars[0])
            != 0
        || strcmp (adw_expander_row_get_subtitle (self->rows->pdata[i]), size) != 0)
      return FALSE;
  }
  return TRUE;
}

void
guise_styles_view_set_styles (GuiseStylesView *self, const GuiseStyles *styles)
{
  show_summary (self, styles);
  show_chart (self, styles);
  if (!are_shown (self, styles)) {
    show_rows (self, styles);
    return;
  }
  for (guint i = 0; i < self->rows->len; i++)
    show_name (self->rows->pdata[i], styles->styles[i].name);
}

void
guise_styles_view_set_editable (GuiseStylesView *self, gboolean editable)
{
  self->editable = editable;
  for (guint i = 0; i < self->rows->len; i++)
    gtk_editable_set_editable (g_object_get_data (self->rows->pdata[i], "entry"), editable);
}

void
guise_styles_view_mark_name (GuiseStylesView *self, const char *from)
{
  for (guint i = 0; i < self->rows->len; i++)
    if (strcmp (get_name (self->rows->pdata[i]), from) == 0)
      gtk_widget_add_css_class (g_object_get_data (self->rows->pdata[i], "entry"), "error");
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_styles_view_dispose (GObject *object)
{
  GuiseStylesView *self = GUISE_STYLES_VIEW (object);

  if (self->box != NULL)
    guise_chart_view_set_chart (self->chart_view, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_styles_view_parent_class)->dispose (object);
}

static void
guise_styles_view_finalize (GObject *object)
{
  GuiseStylesView *self = GUISE_STYLES_VIEW (object);

  g_clear_pointer (&self->chart, guise_chart_free);
  g_ptr_array_unref (self->rows);
  G_OBJECT_CLASS (guise_styles_view_parent_class)->finalize (object);
}

static void
guise_styles_view_class_init (GuiseStylesViewClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_styles_view_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_styles_view_finalize;
  signals[SIGNAL_RENAME] = g_signal_new ("rename", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
                                         G_TYPE_STRING);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
add_problem (GuiseStylesView *self)
{
  self->problem = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "visible", FALSE,
                                "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
  gtk_widget_add_css_class (self->problem, "warning");
  gtk_box_append (GTK_BOX (self->box), self->problem);
}

static void
add_chart (GuiseStylesView *self)
{
  GtkWidget *view = guise_chart_view_new ();

  self->chart_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->chart_view = GUISE_CHART_VIEW (view);
  self->chart_title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->chart_title), "heading");
  gtk_widget_set_size_request (view, -1, CHART_HEIGHT);
  gtk_box_append (GTK_BOX (self->chart_box), GTK_WIDGET (self->chart_title));
  gtk_box_append (GTK_BOX (self->chart_box), view);
  gtk_box_append (GTK_BOX (self->box), self->chart_box);
}

static void
guise_styles_view_init (GuiseStylesView *self)
{
  self->rows = g_ptr_array_new ();
  self->editable = TRUE;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  add_problem (self);
  self->summary = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->summary));
  add_chart (self);
}

GtkWidget *
guise_styles_view_new (void)
{
  return g_object_new (GUISE_TYPE_STYLES_VIEW, NULL);
}
