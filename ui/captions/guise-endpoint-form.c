#include "guise-endpoint-form.h"

#include "guise-field-row.h"
#include "guise-reason-text.h"
#include "guise-secrets.h"
#include "guise-url.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define KEYRING_MS 60000 /* somebody may have to unlock it */

struct _GuiseEndpointForm {
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkLabel *note;
  GtkEntry *title, *url, *model, *key_env, *ca_file, *prompt_price, *completion_price;
  GtkDropDown *auth;
  AdwActionRow *key_row;
  GtkWidget *key, *store_button, *forget_button;

  GuiseEndpoint *endpoint; /* as it was set: what has no field stays */
  GCancellable *cancellable;
  gboolean filling;
  gboolean has_keyring;
};

enum {
  SIGNAL_EDITED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseEndpointForm, guise_endpoint_form, GTK_TYPE_WIDGET)

/* ---- what the fields say -------------------------------------------------------------------- */

static gboolean
read_url (GuiseEndpointForm *self, GuiseEndpoint *endpoint)
{
  g_autofree char *text = guise_field_row_dup_text (self->url), *why = NULL;
  g_autoptr (GError) error = NULL;

  if (text == NULL) {
    guise_field_row_set_error (self->url, _ ("Without an address nobody can be asked."));
    return endpoint->url == NULL; /* as shipped templates are */
  }
  guise_endpoint_set_url (endpoint, text, &error);
  why = error != NULL ? guise_reason_dup_sentence (error->message) : NULL;
  guise_field_row_set_error (self->url, why);
  return error == NULL;
}

static void
read_text (GtkEntry *entry, char **text)
{
  g_free (*text);
  *text = guise_field_row_dup_text (entry);
}

/* The price of a million tokens; empty is unknown. */
static gboolean
read_price (GtkEntry *entry, double *price)
{
  g_autofree char *text = guise_field_row_dup_text (entry);
  char *end = NULL;

  *price = (double)NAN;
  guise_field_row_set_error (entry, NULL);
  if (text == NULL)
    return TRUE;
  g_strdelimit (text, ",", '.'); /* as some languages write it */
  *price = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0' && *price >= 0 && isfinite (*price))
    return TRUE;
  guise_field_row_set_error (entry, _ ("A price is a number such as 0.15, not below zero."));
  return FALSE;
}

static gboolean
read_prices (GuiseEndpointForm *self, GuiseEndpoint *endpoint)
{
  double prompt, completion;
  gboolean good = read_price (self->prompt_price, &prompt);

  good &= read_price (self->completion_price, &completion);
  if (good && isnan (prompt) != isnan (completion)) {
    guise_field_row_set_error (isnan (prompt) ? self->prompt_price : self->completion_price,
                               _ ("Both prices are needed, or none of them."));
    good = FALSE;
  }
  if (good) {
    endpoint->prompt_price = prompt;
    endpoint->completion_price = completion;
  }
  return good;
}

static gboolean
is_variable (const char *name)
{
  return g_regex_match_simple ("^[A-Za-z_][A-Za-z0-9_]*$", name, G_REGEX_DOLLAR_ENDONLY, 0);
}

static gboolean
read_variable (GuiseEndpointForm *self, GuiseEndpoint *endpoint)
{
  g_autofree char *name = guise_field_row_dup_text (self->key_env);

  if (name != NULL && !is_variable (name)) {
    guise_field_row_set_error (self->key_env,
                               _ ("That is no name of a variable: the key itself does not belong "
                                  "here."));
    return FALSE;
  }
  g_free (endpoint->key_env);
  endpoint->key_env = g_steal_pointer (&name);
  if (endpoint->key_env == NULL)
    guise_field_row_set_hint (self->key_env, _ ("The name of the variable, never the key"));
  else if (g_getenv (endpoint->key_env) != NULL)
    guise_field_row_set_hint (self->key_env, _ ("It is set"));
  else
    guise_field_row_set_hint (self->key_env, _ ("It is not set where Guise was started"));
  return TRUE;
}

static gboolean
read_title (GuiseEndpointForm *self, GuiseEndpoint *endpoint)
{
  g_autofree char *title = guise_field_row_dup_text (self->title);

  guise_field_row_set_error (self->title, title == NULL ? _ ("It needs a name.") : NULL);
  if (title == NULL)
    return FALSE;
  g_free (endpoint->title);
  endpoint->title = g_steal_pointer (&title);
  return TRUE;
}

GuiseEndpoint *
guise_endpoint_form_create_endpoint (GuiseEndpointForm *self, gboolean *good)
{
  GuiseEndpoint *endpoint;

  if (self->endpoint == NULL)
    return NULL;
  endpoint = guise_endpoint_copy (self->endpoint);
  *good = read_title (self, endpoint);
  *good &= read_url (self, endpoint);
  read_text (self->model, &endpoint->model);
  endpoint->auth = (GuiseAuth)gtk_drop_down_get_selected (self->auth);
  *good &= read_variable (self, endpoint);
  read_text (self->ca_file, &endpoint->ca_file);
  guise_field_row_set_error (self->ca_file, NULL);
  *good &= read_prices (self, endpoint);
  return endpoint;
}

void
guise_endpoint_form_set_ca_error (GuiseEndpointForm *self, const char *sentence)
{
  guise_field_row_set_error (self->ca_file, sentence);
}

/* ---- the key -------------------------------------------------------------------------------- */

static void
set_key_state (GuiseEndpointForm *self, const char *text)
{
  adw_action_row_set_subtitle (self->key_row, text);
}

static void
set_key_error (GuiseEndpointForm *self, const GError *error)
{
  g_autofree char *why = guise_reason_dup_sentence (error->message);

  set_key_state (self, why);
}

static void
update_key (GuiseEndpointForm *self)
{
  gboolean possible = self->has_keyring && self->endpoint != NULL && self->endpoint->url != NULL;
  gboolean typed = *gtk_editable_get_text (GTK_EDITABLE (self->key)) != '\0';

  gtk_widget_set_sensitive (self->key, possible);
  gtk_widget_set_sensitive (self->store_button, possible && typed);
  gtk_widget_set_sensitive (self->forget_button, possible);
}

static void
key_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseEndpointForm) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = guise_secrets_store_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ok)
    set_key_state (self, _ ("The keyring has what you told it"));
  else
    set_key_error (self, error);
  update_key (self);
}

/* NULL = forget it. */
static void
store_key (GuiseEndpointForm *self, GuiseKey *key)
{
  g_autofree char *host = guise_url_dup_host (self->endpoint->url);

  set_key_state (self, _ ("Waiting for the keyring…"));
  guise_secrets_store_async (host, self->endpoint->name, key, FALSE, KEYRING_MS,
                             self->cancellable, key_stored, g_object_ref (self));
}

static void
store_clicked (GuiseEndpointForm *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseKey) key = guise_key_new (gtk_editable_get_text (GTK_EDITABLE (self->key)),
                                            &error);

  gtk_editable_set_text (GTK_EDITABLE (self->key), ""); /* it is never shown again */
  if (key == NULL)
    set_key_error (self, error);
  else
    store_key (self, key);
}

static void
forget_clicked (GuiseEndpointForm *self)
{
  store_key (self, NULL);
}

static void
look_for_keyring (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_boolean (task, guise_secrets_are_available (NULL));
}

static void
keyring_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseEndpointForm) self = data;
  g_autoptr (GError) error = NULL;

  self->has_keyring = g_task_propagate_boolean (G_TASK (result), &error);
  if (error != NULL)
    return;
  set_key_state (self, self->has_keyring
                           ? _ ("Kept in the keyring of your desktop and nowhere else")
                           : _ ("There is no keyring here: name an environment variable "
                                "instead."));
  update_key (self);
}

/* ---- filling -------------------------------------------------------------------------------- */

static void
fill_entry (GtkEntry *entry, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), text != NULL ? text : "");
}

/* A shipped profile's words are among the translations; anybody else's stay as they are. */
static void
show_note (GuiseEndpointForm *self, const char *note)
{
  gboolean has_note = note != NULL && *note != '\0';

  gtk_label_set_text (self->note, has_note ? gettext (note) : "");
  gtk_widget_set_visible (GTK_WIDGET (self->note), has_note);
}

static void
fill_price (GtkEntry *entry, double price)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  fill_entry (entry, isnan (price) ? NULL : g_ascii_formatd (text, sizeof text, "%.10g", price));
}

void
guise_endpoint_form_set_endpoint (GuiseEndpointForm *self, const GuiseEndpoint *endpoint)
{
  g_autoptr (GuiseEndpoint) checked = NULL;
  gboolean good;

  g_clear_pointer (&self->endpoint, guise_endpoint_free);
  self->endpoint = guise_endpoint_copy (endpoint);
  self->filling = TRUE;
  fill_entry (self->title, endpoint->title);
  fill_entry (self->url, endpoint->url);
  fill_entry (self->model, endpoint->model);
  fill_entry (self->key_env, endpoint->key_env);
  fill_entry (self->ca_file, endpoint->ca_file);
  fill_price (self->prompt_price, endpoint->prompt_price);
  fill_price (self->completion_price, endpoint->completion_price);
  gtk_drop_down_set_selected (self->auth, endpoint->auth);
  gtk_editable_set_text (GTK_EDITABLE (self->key), "");
  show_note (self, endpoint->note);
  self->filling = FALSE;
  checked = guise_endpoint_form_create_endpoint (self, &good); /* says what is wrong */
  update_key (self);
}

static void
field_changed (GuiseEndpointForm *self)
{
  GuiseEndpoint *endpoint;
  gboolean good;

  if (self->filling || self->endpoint == NULL)
    return;
  endpoint = guise_endpoint_form_create_endpoint (self, &good);
  guise_endpoint_free (self->endpoint);
  self->endpoint = endpoint;
  update_key (self);
  g_signal_emit (self, signals[SIGNAL_EDITED], 0);
}

/* ---- widget --------------------------------------------------------------------------------- */

static AdwPreferencesGroup *
add_group (GuiseEndpointForm *self, const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  gtk_box_append (GTK_BOX (self->box), group);
  return ADW_PREFERENCES_GROUP (group);
}

static GtkEntry *
add_field (GuiseEndpointForm *self, AdwPreferencesGroup *group, const char *title,
           const char *hint)
{
  GtkEntry *entry = guise_field_row_add (group, title, hint);

  g_signal_connect_object (entry, "changed", G_CALLBACK (field_changed), self, G_CONNECT_SWAPPED);
  return entry;
}

static void
add_auth (GuiseEndpointForm *self, AdwPreferencesGroup *group)
{
  const char *const ways[]
      = { _ ("No key needed"), _ ("Bearer token"), _ ("api-key header (Azure)"), NULL };
  AdwActionRow *row = guise_plain_row_add (group, _ ("Authentication"));

  self->auth = GTK_DROP_DOWN (gtk_drop_down_new_from_strings (ways));
  gtk_widget_set_valign (GTK_WIDGET (self->auth), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->auth), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Authentication"), -1);
  adw_action_row_add_suffix (row, GTK_WIDGET (self->auth));
  adw_action_row_set_activatable_widget (row, GTK_WIDGET (self->auth));
  g_signal_connect_object (self->auth, "notify::selected", G_CALLBACK (field_changed), self,
                           G_CONNECT_SWAPPED);
}

static GtkWidget *
add_key_button (GuiseEndpointForm *self, const char *label, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (self->key_row, button);
  g_signal_connect_object (button, "clicked", clicked, self, G_CONNECT_SWAPPED);
  return button;
}

static void
add_key (GuiseEndpointForm *self, AdwPreferencesGroup *group)
{
  self->key_row = guise_plain_row_add (group, _ ("Key"));
  self->key = gtk_password_entry_new ();
  gtk_widget_set_valign (self->key, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->key), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Key"), -1);
  adw_action_row_add_suffix (self->key_row, self->key);
  self->store_button = add_key_button (self, _ ("_Keep"), G_CALLBACK (store_clicked));
  self->forget_button = add_key_button (self, _ ("_Forget"), G_CALLBACK (forget_clicked));
  gtk_widget_set_tooltip_text (self->store_button, _ ("Put the key into the keyring"));
  gtk_widget_set_tooltip_text (self->forget_button, _ ("Take the key out of the keyring"));
  g_signal_connect_object (self->key, "changed", G_CALLBACK (update_key), self,
                           G_CONNECT_SWAPPED);
}

static void
add_fields (GuiseEndpointForm *self)
{
  AdwPreferencesGroup *group = add_group (self, _ ("Server"));

  self->title = add_field (self, group, _ ("Name"), NULL);
  self->url = add_field (self, group, _ ("Address"),
                         _ ("Plain http is used for this machine only"));
  self->model = add_field (self, group, _ ("Model"), _ ("As the server calls it"));
  group = add_group (self, _ ("Key"));
  add_auth (self, group);
  self->key_env = add_field (self, group, _ ("Environment variable"), NULL);
  add_key (self, group);
  group = add_group (self, _ ("More"));
  self->ca_file = add_field (self, group, _ ("Certificates"),
                             _ ("A PEM file to trust besides the system’s"));
  self->prompt_price = add_field (self, group, _ ("Price of questions"),
                                  _ ("For a million tokens; empty = unknown"));
  self->completion_price = add_field (self, group, _ ("Price of answers"),
                                      _ ("For a million tokens; empty = unknown"));
}

static void
guise_endpoint_form_dispose (GObject *object)
{
  GuiseEndpointForm *self = GUISE_ENDPOINT_FORM (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_endpoint_form_parent_class)->dispose (object);
}

static void
guise_endpoint_form_finalize (GObject *object)
{
  GuiseEndpointForm *self = GUISE_ENDPOINT_FORM (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->endpoint, guise_endpoint_free);
  G_OBJECT_CLASS (guise_endpoint_form_parent_class)->finalize (object);
}

static void
guise_endpoint_form_class_init (GuiseEndpointFormClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_endpoint_form_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_endpoint_form_finalize;
  signals[SIGNAL_EDITED] = g_signal_new ("edited", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
guise_endpoint_form_init (GuiseEndpointForm *self)
{
  g_autoptr (GTask) task = NULL;

  self->cancellable = g_cancellable_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->note = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->note, 0);
  gtk_label_set_wrap (self->note, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->note));
  add_fields (self);
  update_key (self);
  task = g_task_new (NULL, self->cancellable, keyring_found, g_object_ref (self));
  g_task_run_in_thread (task, look_for_keyring);
}

GtkWidget *
guise_endpoint_form_new (void)
{
  return g_object_new (GUISE_TYPE_ENDPOINT_FORM, NULL);
}
