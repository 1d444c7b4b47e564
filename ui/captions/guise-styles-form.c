#include "guise-styles-form.h"

#include "guise-encoder-row.h"
#include "guise-shell.h"

#include <glib/gi18n.h>
#include <math.h>

enum { MAX_COUNT = 1000000 };

struct _GuiseStylesForm {
  AdwPreferencesGroup parent_instance;

  AdwComboRow *method;
  GuiseEncoderRow *encoder;
  GtkSpinButton *k;
  AdwActionRow *k_row;
  AdwEntryRow *eps, *min_samples, *min_size, *filter;
  GtkSpinButton *seed;
  AdwActionRow *seed_row;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseStylesForm, guise_styles_form, ADW_TYPE_PREFERENCES_GROUP)

/* In the order of GuiseClusterMethod: what people read, and what a method is told. */
static const struct {
  const char *title, *subtitle;
  gboolean has_density; /* eps and neighbours */
  gboolean has_k;
  gboolean has_chance; /* a seed */
} methods[GUISE_CLUSTER_N_METHODS] = {
  [GUISE_CLUSTER_DBSCAN]
  = { "DBSCAN", N_ ("Dense groups; finds by itself how many there are"), TRUE, FALSE, FALSE },
  [GUISE_CLUSTER_HDBSCAN]
  = { "HDBSCAN", N_ ("Groups of different density; finds their number itself"), FALSE, FALSE,
      FALSE },
  [GUISE_CLUSTER_KMEANS]
  = { "k-means", N_ ("So many round groups of about one size"), FALSE, TRUE, TRUE },
  [GUISE_CLUSTER_GMM]
  = { N_ ("Gaussian mixture"), N_ ("So many groups, each with a spread of its own"), FALSE, TRUE,
      TRUE },
  [GUISE_CLUSTER_AGGLOMERATIVE]
  = { N_ ("Agglomerative (Ward)"), N_ ("Joins what is nearest until so many are left"), FALSE, TRUE,
      TRUE },
  [GUISE_CLUSTER_RANDOM]
  = { N_ ("Random"), N_ ("By chance: to compare the others with"), FALSE, TRUE, TRUE },
};

const char *
guise_styles_form_get_method_title (GuiseClusterMethod method)
{
  return _ (methods[method].title);
}

/* ---- reading -------------------------------------------------------------------------------- */

static char *
dup_text (AdwEntryRow *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static void
mark (gpointer row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

/* "" = 0, which leaves it to the program. */
static gboolean
read_count (AdwEntryRow *row, guint64 least, size_t *count)
{
  g_autofree char *text = dup_text (row);
  guint64 number = 0;
  gboolean ok = *text == '\0'
                || g_ascii_string_to_unsigned (text, 10, least, MAX_COUNT, &number, NULL);

  mark (row, !ok);
  *count = (size_t)number;
  return ok;
}

static gboolean
read_eps (AdwEntryRow *row, double *eps)
{
  g_autofree char *text = dup_text (row);
  char *end = text;
  gboolean ok;

  g_strdelimit (text, ",", '.'); /* as some languages write it */
  *eps = *text != '\0' ? g_ascii_strtod (text, &end) : 0;
  ok = *text == '\0' || (end != text && *end == '\0' && isfinite (*eps) && *eps > 0);
  mark (row, !ok);
  return ok;
}

static GuiseClusterMethod
get_method (GuiseStylesForm *self)
{
  return MIN (adw_combo_row_get_selected (self->method), GUISE_CLUSTER_N_METHODS - 1);
}

gboolean
guise_styles_form_read (GuiseStylesForm *self, GuiseStyleOptions *options, char **filter,
                        char **problem)
{
  GuiseClusterMethod method = get_method (self);
  gboolean eps = TRUE, samples = TRUE, size;

  *options = (GuiseStyleOptions){ .method = method,
                                  .encoder = guise_encoder_row_get_folder (self->encoder) };
  *problem = NULL;
  if (methods[method].has_density) {
    eps = read_eps (self->eps, &options->eps);
    samples = read_count (self->min_samples, 1, &options->min_samples);
  }
  if (methods[method].has_k)
    options->k = (size_t)gtk_spin_button_get_value_as_int (self->k);
  if (methods[method].has_chance)
    options->seed = (guint64)gtk_spin_button_get_value_as_int (self->seed);
  size = read_count (self->min_size, 2, &options->min_cluster_size);
  *filter = dup_text (self->filter);
  if (!eps)
    *problem = g_strdup (_ ("The distance is a number above zero, or empty for the knee."));
  else if (!samples || !size)
    *problem = g_strdup (_ ("A number of captions is 1 or more, of a style 2 or more; empty leaves "
                            "it to the program."));
  return *problem == NULL;
}

void
guise_styles_form_mark_filter (GuiseStylesForm *self)
{
  mark (self->filter, TRUE);
}

/* ---- the command ---------------------------------------------------------------------------- */

static void
add_count (GPtrArray *arguments, const char *option, size_t count)
{
  if (count > 0)
    g_ptr_array_add (arguments, g_strdup_printf ("--%s=%zu", option, count));
}

char *
guise_styles_form_create_command (GuiseStylesForm *self, const char *project_folder)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *filter = NULL, *problem = NULL;
  char eps[G_ASCII_DTOSTR_BUF_SIZE];
  GuiseStyleOptions options;

  guise_styles_form_read (self, &options, &filter, &problem);
  g_ptr_array_add (arguments, g_strdup ("--project"));
  g_ptr_array_add (arguments, g_strdup (project_folder));
  g_ptr_array_add (arguments, g_strdup ("styles"));
  g_ptr_array_add (arguments, g_strdup ("--method"));
  g_ptr_array_add (arguments, g_strdup (guise_cluster_method_get_name (options.method)));
  if (options.encoder != NULL)
    g_ptr_array_add (arguments, g_strdup_printf ("--encoder=%s", options.encoder));
  if (options.eps > 0)
    g_ptr_array_add (arguments, g_strdup_printf ("--eps=%s", g_ascii_formatd (eps, sizeof eps, "%g",
                                                                              options.eps)));
  add_count (arguments, "min-samples", options.min_samples);
  add_count (arguments, "min-cluster-size", options.min_cluster_size);
  add_count (arguments, "k", options.k);
  add_count (arguments, "seed", (size_t)options.seed);
  if (*filter != '\0')
    g_ptr_array_add (arguments, g_strdup_printf ("--filter=%s", filter));
  g_ptr_array_add (arguments, NULL);
  return guise_shell_create_command ((const char *const *)arguments->pdata);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
changed (GuiseStylesForm *self)
{
  GuiseClusterMethod method = get_method (self);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->method), _ (methods[method].subtitle));
  gtk_widget_set_visible (GTK_WIDGET (self->eps), methods[method].has_density);
  gtk_widget_set_visible (GTK_WIDGET (self->min_samples), methods[method].has_density);
  gtk_widget_set_visible (GTK_WIDGET (self->k_row), methods[method].has_k);
  gtk_widget_set_visible (GTK_WIDGET (self->seed_row), methods[method].has_chance);
  mark (self->filter, FALSE);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static AdwEntryRow *
add_entry (GuiseStylesForm *self, const char *title, const char *tooltip)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_tooltip_text (row, tooltip);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_signal_connect_object (row, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  return ADW_ENTRY_ROW (row);
}

static AdwActionRow *
add_spin (GuiseStylesForm *self, const char *title, int low, int high, int value,
          GtkSpinButton **spin)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_spin_button_new_with_range (low, high, 1);

  *spin = GTK_SPIN_BUTTON (button);
  gtk_spin_button_set_value (*spin, value);
  gtk_editable_set_width_chars (GTK_EDITABLE (button), 5);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  g_signal_connect_object (button, "value-changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  return ADW_ACTION_ROW (row);
}

static void
add_methods (GuiseStylesForm *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++)
    gtk_string_list_append (titles, guise_styles_form_get_method_title ((GuiseClusterMethod)m));
  self->method = ADW_COMBO_ROW (adw_combo_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->method), _ ("Method"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self->method), 3);
  adw_combo_row_set_model (self->method, G_LIST_MODEL (titles));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->method));
  g_signal_connect_object (self->method, "notify::selected", G_CALLBACK (changed), self,
                           G_CONNECT_SWAPPED);
}

static void
guise_styles_form_class_init (GuiseStylesFormClass *class)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_styles_form_init (GuiseStylesForm *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);

  adw_preferences_group_set_title (group, _ ("Find Styles"));
  adw_preferences_group_set_description (
      group, _ ("Captions are grouped by how they are written, whatever they say. What is left "
                "empty is chosen for you. Nothing leaves this computer."));
  add_methods (self);
  self->encoder = GUISE_ENCODER_ROW (guise_encoder_row_new ());
  adw_preferences_group_add (group, GTK_WIDGET (self->encoder));
  g_signal_connect_object (self->encoder, "changed", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
  self->k_row = add_spin (self, _ ("Number of styles"), 1, 1000, 5, &self->k);
  self->min_samples = add_entry (self, _ ("Neighbours of a dense caption"),
                                 _ ("Itself counted. Empty: one in a hundred, at most 100"));
  self->eps = add_entry (self, _ ("Distance of neighbours"),
                         _ ("From 0 to 2. Empty: at the knee of the distances"));
  self->min_size = add_entry (self, _ ("Captions of a style, at least"),
                              _ ("Smaller ones are merged. Empty: one in fifty"));
  self->seed_row = add_spin (self, _ ("Seed"), 0, G_MAXINT32, 0, &self->seed);
  self->filter = add_entry (self, _ ("Only captions that match"),
                            _ ("A filter as in the library, such as split = train"));
  changed (self);
}
