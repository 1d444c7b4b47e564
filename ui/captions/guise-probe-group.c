#include "guise-probe-group.h"

#include "guise-ask.h"
#include "guise-field-row.h"
#include "guise-format.h"
#include "guise-probe-endpoint.h"
#include "guise-reason-text.h"
#include "guise-secrets.h"
#include "guise-status.h"
#include "guise-trial-results.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <math.h>

#define KEYRING_MS 30000

typedef enum {
  ROW_REACHABLE,
  ROW_VISION,
  ROW_SCHEMA,
  ROW_OBJECT,
  ROW_PARALLEL,
  ROW_LATENCY,
  N_ROWS,
} Row;

struct _GuiseProbeGroup {
  AdwPreferencesGroup parent_instance;

  GtkButton *button;
  GtkSpinner *spinner;
  AdwActionRow *rows[N_ROWS];
  GtkImage *icons[N_ROWS];
  GtkLabel *values[N_ROWS];

  GuiseEndpoint *endpoint;
  GCancellable *probing; /* NULL = nothing runs */
};

G_DEFINE_FINAL_TYPE (GuiseProbeGroup, guise_probe_group, ADW_TYPE_PREFERENCES_GROUP)

/* ---- rows ----------------------------------------------------------------------------------- */

static void
set_row (GuiseProbeGroup *self, Row row, GuiseProbeResult result, const char *value,
         const char *why)
{
  static const char *const icons[]
      = { "radio-symbolic", "dialog-error-symbolic", "emblem-ok-symbolic" };
  static const char *const classes[] = { "dim-label", "error", "success" };
  /* what is good is a model's name, what is not a reason */
  g_autofree char *plain = result == GUISE_PROBE_YES
                               ? guise_reason_dup_text (why != NULL ? why : "")
                               : guise_reason_dup_sentence (why != NULL ? why : "");

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++) {
    gtk_widget_remove_css_class (GTK_WIDGET (self->icons[row]), classes[i]);
    gtk_widget_remove_css_class (GTK_WIDGET (self->values[row]), classes[i]);
  }
  gtk_widget_add_css_class (GTK_WIDGET (self->icons[row]), classes[result]);
  gtk_widget_add_css_class (GTK_WIDGET (self->values[row]), classes[result]);
  gtk_image_set_from_icon_name (self->icons[row], icons[result]);
  gtk_label_set_text (self->values[row], value);
  adw_action_row_set_subtitle (self->rows[row], plain);
}

static void
clear_rows (GuiseProbeGroup *self, const char *value)
{
  for (Row row = 0; row < N_ROWS; row++)
    set_row (self, row, GUISE_PROBE_UNKNOWN, value, NULL);
}

static void
show_answer (GuiseProbeGroup *self, Row row, const GuiseProbeRow *answer)
{
  const char *const values[]
      = { answer->why != NULL ? _ ("Could not be asked") : _ ("Not measured"), _ ("No"),
          _ ("Yes") };

  set_row (self, row, answer->result, values[answer->result], answer->why);
}

static void
show_report (GuiseProbeGroup *self, const GuiseProbeReport *report)
{
  g_autofree char *parallel = g_strdup_printf (ngettext ("%u at a time", "%u at a time",
                                                         report->parallel),
                                               report->parallel);
  g_autofree char *latency = isnan (report->latency_ms)
                                 ? NULL
                                 : guise_trial_format_time (report->latency_ms);

  show_answer (self, ROW_REACHABLE, &report->reachable);
  show_answer (self, ROW_VISION, &report->vision);
  show_answer (self, ROW_SCHEMA, &report->json_schema);
  show_answer (self, ROW_OBJECT, &report->json_object);
  set_row (self, ROW_PARALLEL, report->parallel > 0 ? GUISE_PROBE_YES : GUISE_PROBE_UNKNOWN,
           report->parallel > 0 ? parallel : _ ("Not measured"), NULL);
  set_row (self, ROW_LATENCY, latency != NULL ? GUISE_PROBE_YES : GUISE_PROBE_UNKNOWN,
           latency != NULL ? latency : _ ("Not measured"), NULL);
  if (report->reachable.result == GUISE_PROBE_YES)
    set_row (self, ROW_REACHABLE, GUISE_PROBE_YES, _ ("Yes"), report->model);
}

/* ---- probing -------------------------------------------------------------------------------- */

static void
update_button (GuiseProbeGroup *self)
{
  gboolean busy = self->probing != NULL;
  gboolean possible = self->endpoint != NULL && self->endpoint->url != NULL
                      && self->endpoint->model != NULL;

  gtk_button_set_label (self->button, busy ? _ ("_Cancel") : _ ("_Probe"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), busy || possible);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button),
                               busy || possible ? NULL : _ ("An address and a model are needed"));
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
}

/* The variable that the profile names, else the keyring, else none: the server says what it thinks
 * of that. */
static GuiseKey *
find_key (const GuiseEndpoint *endpoint, GError **error)
{
  g_autofree char *host = guise_url_dup_host (endpoint->url);

  if (endpoint->key_env != NULL && g_getenv (endpoint->key_env) != NULL)
    return guise_key_new_from_environment (endpoint->key_env, error);
  if (endpoint->auth == GUISE_AUTH_NONE)
    return NULL;
  return guise_secrets_lookup (host, endpoint->name, KEYRING_MS, NULL);
}

static void
probe_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const GuiseEndpoint *endpoint = data;
  GuiseAskerSettings settings = GUISE_ASKER_SETTINGS;
  GError *error = NULL;
  g_autoptr (GuiseKey) key = find_key (endpoint, &error);
  GuiseProbeReport *report = NULL;

  settings.allow_remote = TRUE; /* somebody was asked before */
  if (error == NULL)
    report = guise_endpoint_probe (endpoint, key, &settings, cancellable, &error);
  if (report != NULL)
    g_task_return_pointer (task, report, (GDestroyNotify)guise_probe_report_free);
  else
    g_task_return_error (task, error);
}

static void
probed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseProbeGroup) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProbeReport) report = g_task_propagate_pointer (G_TASK (result), &error);

  if (g_task_get_cancellable (G_TASK (result)) != self->probing)
    return; /* of another endpoint, or cancelled */
  g_clear_object (&self->probing);
  if (report != NULL) {
    show_report (self, report);
  } else {
    clear_rows (self, _ ("Not measured"));
    set_row (self, ROW_REACHABLE, GUISE_PROBE_NO, _ ("No"), error->message);
  }
  update_button (self);
}

static void
start (GuiseProbeGroup *self)
{
  g_autoptr (GTask) task = NULL;

  self->probing = g_cancellable_new ();
  clear_rows (self, _ ("Measuring…"));
  task = g_task_new (NULL, self->probing, probed, g_object_ref (self));
  g_task_set_task_data (task, guise_endpoint_copy (self->endpoint),
                        (GDestroyNotify)guise_endpoint_free);
  g_task_run_in_thread (task, probe_in_thread);
  update_button (self);
}

static void
agreed (gboolean yes, gpointer data)
{
  GuiseProbeGroup *self = data;

  if (yes && self->endpoint != NULL && self->probing == NULL)
    start (self);
}

static void
ask (GuiseProbeGroup *self)
{
  g_autofree char *host = guise_url_dup_host (self->endpoint->url);
  g_autofree char *heading = g_strdup_printf (_ ("Probe %s?"), host);
  g_autofree char *body
      = g_strdup_printf (_ ("%s is another machine. A probe sends it eight small questions with "
                            "generated pictures, no picture of your data; they may cost money."),
                         host);

  guise_ask (GTK_WIDGET (self), heading, body, _ ("_Probe"), FALSE, agreed);
}

void
guise_probe_group_cancel (GuiseProbeGroup *self)
{
  if (self->probing == NULL)
    return;
  g_cancellable_cancel (self->probing);
  g_clear_object (&self->probing);
  clear_rows (self, _ ("Not measured"));
  update_button (self);
}

static void
button_clicked (GuiseProbeGroup *self)
{
  if (self->probing != NULL)
    guise_probe_group_cancel (self);
  else if (guise_url_is_loopback (self->endpoint->url))
    start (self);
  else
    ask (self);
}

gboolean
guise_probe_group_is_busy (GuiseProbeGroup *self)
{
  return self->probing != NULL;
}

/* Other prices or titles do not change what was measured. */
static gboolean
asks_the_same (const GuiseEndpoint *a, const GuiseEndpoint *b)
{
  return a != NULL && b != NULL && g_strcmp0 (a->name, b->name) == 0
         && g_strcmp0 (a->url, b->url) == 0 && g_strcmp0 (a->model, b->model) == 0
         && g_strcmp0 (a->key_env, b->key_env) == 0 && a->auth == b->auth
         && g_strcmp0 (a->ca_file, b->ca_file) == 0;
}

void
guise_probe_group_set_endpoint (GuiseProbeGroup *self, const GuiseEndpoint *endpoint)
{
  if (!asks_the_same (self->endpoint, endpoint)) {
    guise_probe_group_cancel (self);
    clear_rows (self, _ ("Not measured"));
  }
  g_clear_pointer (&self->endpoint, guise_endpoint_free);
  self->endpoint = endpoint != NULL ? guise_endpoint_copy (endpoint) : NULL;
  update_button (self);
}

/* ---- widget --------------------------------------------------------------------------------- */

static void
add_row (GuiseProbeGroup *self, Row row, const char *title)
{
  self->rows[row] = guise_plain_row_add (ADW_PREFERENCES_GROUP (self), title);
  self->icons[row] = GTK_IMAGE (guise_status_create_icon ("radio-symbolic"));
  self->values[row] = GTK_LABEL (gtk_label_new (NULL));
  adw_action_row_add_prefix (self->rows[row], GTK_WIDGET (self->icons[row]));
  adw_action_row_add_suffix (self->rows[row], GTK_WIDGET (self->values[row]));
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->values[row]),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->rows[row], NULL, -1);
}

static void
guise_probe_group_dispose (GObject *object)
{
  GuiseProbeGroup *self = GUISE_PROBE_GROUP (object);

  if (self->probing != NULL)
    g_cancellable_cancel (self->probing);
  g_clear_object (&self->probing);
  g_clear_pointer (&self->endpoint, guise_endpoint_free);
  G_OBJECT_CLASS (guise_probe_group_parent_class)->dispose (object);
}

static void
guise_probe_group_class_init (GuiseProbeGroupClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_probe_group_dispose;
}

static void
guise_probe_group_init (GuiseProbeGroup *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->spinner = GTK_SPINNER (gtk_spinner_new ());
  self->button = GTK_BUTTON (gtk_button_new ());
  gtk_button_set_use_underline (self->button, TRUE);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spinner), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("The endpoint is being probed"), -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->spinner));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->button));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (button_clicked), self,
                           G_CONNECT_SWAPPED);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("What It Can Do"));
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self), box);
  add_row (self, ROW_REACHABLE, _ ("Reachable"));
  add_row (self, ROW_VISION, _ ("Sees pictures"));
  add_row (self, ROW_SCHEMA, _ ("Keeps to a JSON schema"));
  add_row (self, ROW_OBJECT, _ ("Answers with JSON"));
  add_row (self, ROW_PARALLEL, _ ("Works in parallel"));
  add_row (self, ROW_LATENCY, _ ("Time for an answer"));
  clear_rows (self, _ ("Not measured"));
  update_button (self);
}

GtkWidget *
guise_probe_group_new (void)
{
  return g_object_new (GUISE_TYPE_PROBE_GROUP, NULL);
}
