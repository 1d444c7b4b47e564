#include "guise-endpoints-pane.h"

#include "guise-ask.h"
#include "guise-banner.h"
#include "guise-consent-group.h"
#include "guise-endpoint-form.h"
#include "guise-field-row.h"
#include "guise-file-queue.h"
#include "guise-probe-group.h"
#include "guise-tab-keys.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <string.h>

#define SAVE_DELAY_MS 500

struct _GuiseEndpointsPane {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkListBox *list;
  GuiseBanner *banner;
  GtkStack *stack;
  GtkBox *fields;
  GuiseEndpointForm *form;
  GuiseProbeGroup *probe;
  GuiseConsentGroup *consent;

  GPtrArray *endpoints; /* of GuiseEndpoint, in the order of the rows */
  GHashTable *own;      /* names */
  char *shown;          /* name of the profile in the form, or NULL */
  char *wanted;         /* to be shown once it is listed, or NULL */
  guint save_timeout;
  guint n_pending;
  gboolean filling;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseEndpointsPane, guise_endpoints_pane, GTK_TYPE_WIDGET)

static void load (GuiseEndpointsPane *self);

static GuiseEndpoint *
find (GuiseEndpointsPane *self, const char *name)
{
  for (guint i = 0; self->endpoints != NULL && name != NULL && i < self->endpoints->len; i++)
    if (strcmp (((GuiseEndpoint *)self->endpoints->pdata[i])->name, name) == 0)
      return self->endpoints->pdata[i];
  return NULL;
}

static gboolean
is_own (GuiseEndpointsPane *self, const char *name)
{
  return name != NULL && self->own != NULL && g_hash_table_contains (self->own, name);
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct {
  GuiseEndpoint *endpoint;
  char *name; /* to be removed */
  gboolean ca_missing;
} Change;

static void
change_free (Change *change)
{
  g_clear_pointer (&change->endpoint, guise_endpoint_free);
  g_free (change->name);
  g_free (change);
}

static void
change_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Change *change = data;
  GError *error = NULL;
  gboolean ok;

  if (change->name != NULL) {
    ok = guise_endpoint_remove (change->name, &error);
  } else {
    const char *file = change->endpoint->ca_file;

    change->ca_missing = file != NULL && !g_file_test (file, G_FILE_TEST_IS_REGULAR);
    ok = guise_endpoint_save (change->endpoint, &error);
  }
  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
changed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseEndpointsPane) self = data;
  g_autoptr (GError) error = NULL;
  const Change *change = g_task_get_task_data (G_TASK (result));

  self->n_pending--;
  if (self->box == NULL)
    return;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    guise_banner_show (self->banner, "save", _ ("The profile could not be kept."), error->message);
    return;
  }
  guise_banner_hide (self->banner, "save");
  if (change->ca_missing && g_strcmp0 (change->endpoint->name, self->shown) == 0)
    guise_endpoint_form_set_ca_error (self->form, _ ("There is no such file."));
  load (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* Takes both; one of them is NULL. */
static void
start_change (GuiseEndpointsPane *self, GuiseEndpoint *save, char *remove)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, changed, g_object_ref (self));
  Change *change = g_new0 (Change, 1);

  change->endpoint = save;
  change->name = remove;
  self->n_pending++;
  g_task_set_task_data (task, change, (GDestroyNotify)change_free);
  guise_file_queue_run (task, change_in_thread);
}

void
guise_endpoints_pane_flush (GuiseEndpointsPane *self)
{
  GuiseEndpoint *endpoint;
  gboolean good;

  if (self->save_timeout == 0)
    return;
  g_clear_handle_id (&self->save_timeout, g_source_remove);
  endpoint = guise_endpoint_form_create_endpoint (self->form, &good);
  if (endpoint != NULL) /* what is wrong stays as it was */
    start_change (self, endpoint, NULL);
}

static gboolean
save_now (gpointer data)
{
  guise_endpoints_pane_flush (data);
  return G_SOURCE_REMOVE;
}

static void
form_edited (GuiseEndpointsPane *self)
{
  gboolean good;
  g_autoptr (GuiseEndpoint) endpoint = guise_endpoint_form_create_endpoint (self->form, &good);

  guise_probe_group_set_endpoint (self->probe, good ? endpoint : NULL);
  g_clear_handle_id (&self->save_timeout, g_source_remove);
  self->save_timeout = g_timeout_add (SAVE_DELAY_MS, save_now, self);
}

/* ---- showing -------------------------------------------------------------------------------- */

static void
update_actions (GuiseEndpointsPane *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "endpoints.duplicate", self->shown != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "endpoints.remove",
                                 is_own (self, self->shown));
}

static void
show (GuiseEndpointsPane *self, const GuiseEndpoint *endpoint)
{
  if (endpoint == NULL || g_strcmp0 (self->shown, endpoint->name) != 0) {
    guise_endpoints_pane_flush (self);
    g_free (self->shown);
    self->shown = endpoint != NULL ? g_strdup (endpoint->name) : NULL;
    if (endpoint != NULL)
      guise_endpoint_form_set_endpoint (self->form, endpoint);
    guise_probe_group_set_endpoint (self->probe, endpoint);
  }
  gtk_stack_set_visible_child_name (self->stack, endpoint != NULL ? "fields" : "empty");
  update_actions (self);
}

static void
row_selected (GuiseEndpointsPane *self, GtkListBoxRow *row)
{
  int i = row != NULL ? gtk_list_box_row_get_index (row) : -1;

  if (self->filling)
    return;
  g_clear_pointer (&self->wanted, g_free); /* somebody wants this one */
  show (self, i >= 0 ? self->endpoints->pdata[i] : NULL);
}

static GtkWidget *
create_row (GuiseEndpointsPane *self, const GuiseEndpoint *endpoint)
{
  g_autofree char *host
      = endpoint->url != NULL ? guise_url_dup_host (endpoint->url) : g_strdup (_ ("No address"));
  g_autofree char *subtitle = g_strdup_printf (
      "%s · %s", host, endpoint->model != NULL ? endpoint->model : _ ("no model"));

  return guise_side_row_new (endpoint->title, subtitle,
                             is_own (self, endpoint->name) ? _ ("Own") : NULL);
}

/* The first on this machine, else the first. */
static GuiseEndpoint *
find_usual (GuiseEndpointsPane *self)
{
  for (guint i = 0; i < self->endpoints->len; i++) {
    GuiseEndpoint *endpoint = self->endpoints->pdata[i];

    if (endpoint->url != NULL && guise_url_is_loopback (endpoint->url))
      return endpoint;
  }
  return self->endpoints->len > 0 ? self->endpoints->pdata[0] : NULL;
}

static void
fill_list (GuiseEndpointsPane *self)
{
  GuiseEndpoint *selected = find (self, self->wanted);
  GtkWidget *row;

  if (selected != NULL)
    g_clear_pointer (&self->wanted, g_free); /* else it is still being written */
  else
    selected = find (self, self->shown);
  if (selected == NULL)
    selected = find_usual (self);
  self->filling = TRUE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  for (guint i = 0; i < self->endpoints->len; i++) {
    row = create_row (self, self->endpoints->pdata[i]);
    gtk_list_box_append (self->list, row);
    if (self->endpoints->pdata[i] == selected)
      gtk_list_box_select_row (self->list, GTK_LIST_BOX_ROW (row));
  }
  self->filling = FALSE;
  show (self, selected);
}

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct {
  GPtrArray *endpoints, *problems;
  GHashTable *own;
} Listed;

static void
listed_free (Listed *listed)
{
  g_clear_pointer (&listed->endpoints, g_ptr_array_unref);
  g_clear_pointer (&listed->problems, g_ptr_array_unref);
  g_clear_pointer (&listed->own, g_hash_table_unref);
  g_free (listed);
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Listed *listed = g_new0 (Listed, 1);

  listed->problems = g_ptr_array_new_with_free_func (g_free);
  listed->endpoints = guise_endpoint_list (listed->problems);
  listed->own = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < listed->endpoints->len; i++) {
    const GuiseEndpoint *endpoint = listed->endpoints->pdata[i];

    if (guise_endpoint_is_own (endpoint->name))
      g_hash_table_add (listed->own, g_strdup (endpoint->name));
  }
  g_task_return_pointer (task, listed, (GDestroyNotify)listed_free);
}

static void
show_problems (GuiseEndpointsPane *self, GPtrArray *problems)
{
  g_autofree char *details = NULL;

  if (problems->len == 0) {
    guise_banner_hide (self->banner, "list");
    return;
  }
  g_ptr_array_add (problems, NULL);
  details = g_strjoinv ("\n", (char **)problems->pdata);
  guise_banner_show (self->banner, "list",
                     _ ("Some profiles cannot be read and are left out."), details);
}

static void
listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseEndpointsPane) self = data;
  Listed *listed = g_task_propagate_pointer (G_TASK (result), NULL);

  self->n_pending--;
  if (self->box != NULL) {
    g_clear_pointer (&self->endpoints, g_ptr_array_unref);
    g_clear_pointer (&self->own, g_hash_table_unref);
    self->endpoints = g_steal_pointer (&listed->endpoints);
    self->own = g_steal_pointer (&listed->own);
    show_problems (self, listed->problems);
    fill_list (self);
  }
  listed_free (listed);
}

static void
load (GuiseEndpointsPane *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, listed, g_object_ref (self));

  self->n_pending++;
  guise_file_queue_run (task, list_in_thread);
}

/* ---- adding and removing -------------------------------------------------------------------- */

/* "own-server-2": the first that no profile has. */
static char *
propose_name (GuiseEndpointsPane *self, const char *stem)
{
  for (guint n = 1;; n++) {
    g_autofree char *name = n == 1 ? g_strdup (stem) : g_strdup_printf ("%s-%u", stem, n);

    if (find (self, name) == NULL)
      return g_steal_pointer (&name);
  }
}

static gboolean
has_title (GuiseEndpointsPane *self, const char *title)
{
  for (guint i = 0; self->endpoints != NULL && i < self->endpoints->len; i++)
    if (g_strcmp0 (((GuiseEndpoint *)self->endpoints->pdata[i])->title, title) == 0)
      return TRUE;
  return FALSE;
}

/* "Own server 2": the first that no profile has. Takes title. */
static char *
propose_title (GuiseEndpointsPane *self, char *title)
{
  g_autofree char *stem = title;

  if (!has_title (self, stem))
    return g_steal_pointer (&stem);
  for (guint n = 2;; n++) {
    g_autofree char *numbered = g_strdup_printf ("%s %u", stem, n);

    if (!has_title (self, numbered))
      return g_steal_pointer (&numbered);
  }
}

/* Takes title. */
static void
add_copy (GuiseEndpointsPane *self, const GuiseEndpoint *model, const char *stem, char *title)
{
  GuiseEndpoint *endpoint = guise_endpoint_copy (model);

  guise_endpoints_pane_flush (self);
  g_free (endpoint->name);
  g_free (endpoint->title);
  endpoint->name = propose_name (self, stem);
  endpoint->title = propose_title (self, title);
  guise_endpoints_pane_select (self, endpoint->name);
  start_change (self, endpoint, NULL);
}

static void
activate_add (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseEndpointsPane *self = GUISE_ENDPOINTS_PANE (widget);
  const GuiseEndpoint *template = find (self, "custom");

  if (template != NULL)
    add_copy (self, template, "own-server", g_strdup (_ ("Own server")));
}

static void
activate_duplicate (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseEndpointsPane *self = GUISE_ENDPOINTS_PANE (widget);
  const GuiseEndpoint *endpoint = find (self, self->shown);

  if (endpoint != NULL)
    add_copy (self, endpoint, endpoint->name, g_strdup_printf (_ ("%s (copy)"), endpoint->title));
}

static void
agreed_to_remove (gboolean yes, gpointer data)
{
  GuiseEndpointsPane *self = data;

  if (!yes || !is_own (self, self->shown))
    return;
  g_clear_handle_id (&self->save_timeout, g_source_remove);
  start_change (self, NULL, g_strdup (self->shown));
  g_free (self->wanted);
  self->wanted = g_steal_pointer (&self->shown); /* a shipped one of that name is shown anew */
}

static void
activate_remove (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseEndpointsPane *self = GUISE_ENDPOINTS_PANE (widget);
  const GuiseEndpoint *endpoint = find (self, self->shown);
  g_autofree char *heading = NULL;

  if (endpoint == NULL)
    return;
  heading = g_strdup_printf (_ ("Remove “%s”?"), endpoint->title);
  guise_ask (widget, heading,
             _ ("Your settings of it go, and a shipped profile of that name is as it came. A key "
                "in the keyring stays until you forget it."),
             _ ("_Remove"), TRUE, agreed_to_remove);
}

/* ---- widget --------------------------------------------------------------------------------- */

void
guise_endpoints_pane_set_project (GuiseEndpointsPane *self, GuiseProject *project)
{
  guise_consent_group_set_project (self->consent, project);
  if (project != NULL)
    return;
  guise_endpoints_pane_flush (self);
  guise_probe_group_cancel (self->probe);
}

void
guise_endpoints_pane_select (GuiseEndpointsPane *self, const char *name)
{
  GuiseEndpoint *endpoint = find (self, name);

  g_free (self->wanted);
  self->wanted = g_strdup (name);
  if (endpoint != NULL)
    fill_list (self);
}

gboolean
guise_endpoints_pane_is_busy (GuiseEndpointsPane *self)
{
  return self->n_pending > 0 || self->save_timeout != 0;
}

static void
guise_endpoints_pane_dispose (GObject *object)
{
  GuiseEndpointsPane *self = GUISE_ENDPOINTS_PANE (object);

  if (self->box != NULL)
    guise_endpoints_pane_flush (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_endpoints_pane_parent_class)->dispose (object);
}

static void
guise_endpoints_pane_finalize (GObject *object)
{
  GuiseEndpointsPane *self = GUISE_ENDPOINTS_PANE (object);

  g_clear_pointer (&self->endpoints, g_ptr_array_unref);
  g_clear_pointer (&self->own, g_hash_table_unref);
  g_free (self->shown);
  g_free (self->wanted);
  G_OBJECT_CLASS (guise_endpoints_pane_parent_class)->finalize (object);
}

static void
guise_endpoints_pane_class_init (GuiseEndpointsPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_BANNER);
  G_OBJECT_CLASS (class)->dispose = guise_endpoints_pane_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_endpoints_pane_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/endpoints-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseEndpointsPane, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseEndpointsPane, list);
  gtk_widget_class_bind_template_child (widget_class, GuiseEndpointsPane, banner);
  gtk_widget_class_bind_template_child (widget_class, GuiseEndpointsPane, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseEndpointsPane, fields);
  gtk_widget_class_install_action (widget_class, "endpoints.add", NULL, activate_add);
  gtk_widget_class_install_action (widget_class, "endpoints.duplicate", NULL, activate_duplicate);
  gtk_widget_class_install_action (widget_class, "endpoints.remove", NULL, activate_remove);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
guise_endpoints_pane_init (GuiseEndpointsPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->form = GUISE_ENDPOINT_FORM (guise_endpoint_form_new ());
  self->probe = GUISE_PROBE_GROUP (guise_probe_group_new ());
  gtk_box_append (self->fields, GTK_WIDGET (self->form));
  self->consent = GUISE_CONSENT_GROUP (guise_consent_group_new ());
  gtk_box_append (self->fields, GTK_WIDGET (self->probe));
  gtk_box_append (self->fields, GTK_WIDGET (self->consent));
  guise_tab_keys_add (GTK_WIDGET (self->list));
  g_signal_connect_object (self->list, "row-selected", G_CALLBACK (row_selected), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->form, "edited", G_CALLBACK (form_edited), self,
                           G_CONNECT_SWAPPED);
  update_actions (self);
  load (self);
}

GtkWidget *
guise_endpoints_pane_new (void)
{
  return g_object_new (GUISE_TYPE_ENDPOINTS_PANE, NULL);
}
