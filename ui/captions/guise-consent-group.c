#include "guise-consent-group.h"

#include "guise-caption-consent.h"
#include "guise-field-row.h"
#include "guise-format.h"
#include "guise-url.h"

#include <glib/gi18n.h>

struct _GuiseConsentGroup {
  AdwPreferencesGroup parent_instance;

  GuiseStore *store; /* NULL = no project */
  GPtrArray *rows;   /* borrowed; of the hosts */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (GuiseConsentGroup, guise_consent_group, ADW_TYPE_PREFERENCES_GROUP)

static void
clear_rows (GuiseConsentGroup *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
}

static void
revoked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AdwActionRow) row = data;
  g_autoptr (GError) error = NULL;

  if (guise_caption_consent_revoke_finish (result, &error)) /* the store says so, and it goes */
    return;
  adw_action_row_set_subtitle (row, error->message);
}

static void
revoke_clicked (GtkWidget *button, GuiseConsentGroup *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (button, ADW_TYPE_ACTION_ROW);

  if (self->store != NULL)
    guise_caption_consent_revoke_async (self->store, g_object_get_data (G_OBJECT (row), "host"),
                                        self->cancellable, revoked, g_object_ref (row));
}

static void
add_host (GuiseConsentGroup *self, const char *host)
{
  g_autofree char *plain = guise_format_plain (host);
  g_autofree char *label = g_strdup_printf (_ ("Revoke: ask before pictures go to %s"), plain);
  AdwActionRow *row = guise_plain_row_add (ADW_PREFERENCES_GROUP (self), plain);
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Revoke"));

  g_object_set_data_full (G_OBJECT (row), "host", g_strdup (host), g_free);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  adw_action_row_add_suffix (row, button);
  g_signal_connect_object (button, "clicked", G_CALLBACK (revoke_clicked), self, 0);
  g_ptr_array_add (self->rows, row);
}

static void
listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseConsentGroup) self = data;
  g_autoptr (GPtrArray) hosts = guise_caption_consent_list_allowed_finish (result, NULL);

  if (hosts == NULL || self->store == NULL)
    return; /* the header bar says that it cannot be read */
  clear_rows (self);
  for (guint i = 0; i < hosts->len; i++)
    add_host (self, hosts->pdata[i]);
  gtk_widget_set_visible (GTK_WIDGET (self), hosts->len > 0);
}

static void
list_hosts (GuiseConsentGroup *self)
{
  guise_caption_consent_list_allowed_async (self->store, self->cancellable, listed,
                                            g_object_ref (self));
}

static void
store_changed (GuiseStore *store, const GuiseStoreChange *change, GuiseConsentGroup *self)
{
  for (guint i = 0; i < change->settings->len; i++)
    if (g_str_has_prefix (change->settings->pdata[i], GUISE_CONSENT_PREFIX)) {
      list_hosts (self);
      return;
    }
}

void
guise_consent_group_set_project (GuiseConsentGroup *self, GuiseProject *project)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->store != NULL)
    g_signal_handlers_disconnect_by_func (self->store, store_changed, self);
  g_clear_object (&self->store);
  if (project == NULL)
    return;
  self->store = g_object_ref (guise_project_get_store (project));
  self->cancellable = g_cancellable_new ();
  g_signal_connect_object (self->store, "changed", G_CALLBACK (store_changed), self, 0);
  list_hosts (self);
}

static void
guise_consent_group_dispose (GObject *object)
{
  guise_consent_group_set_project (GUISE_CONSENT_GROUP (object), NULL);
  G_OBJECT_CLASS (guise_consent_group_parent_class)->dispose (object);
}

static void
guise_consent_group_finalize (GObject *object)
{
  g_ptr_array_unref (GUISE_CONSENT_GROUP (object)->rows);
  G_OBJECT_CLASS (guise_consent_group_parent_class)->finalize (object);
}

static void
guise_consent_group_class_init (GuiseConsentGroupClass *class)
{
  G_OBJECT_CLASS (class)->dispose = guise_consent_group_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_consent_group_finalize;
}

static void
guise_consent_group_init (GuiseConsentGroup *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);

  self->rows = g_ptr_array_new ();
  adw_preferences_group_set_title (group, _ ("Allowed for This Project"));
  adw_preferences_group_set_description (
      group, _ ("Pictures of this project go to these servers without a question."));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
guise_consent_group_new (void)
{
  return g_object_new (GUISE_TYPE_CONSENT_GROUP, NULL);
}
