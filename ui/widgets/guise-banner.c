#include "guise-banner.h"

#include "guise-format.h"

#include <glib/gi18n.h>
#include <string.h>

struct _GuiseBanner {
  GtkWidget parent_instance;

  GtkRevealer *revealer;
  GtkLabel *sentence;
  GtkButton *action_button;
  GtkToggleButton *details_button;
  GtkRevealer *details_revealer;
  GtkLabel *details;

  GPtrArray *conditions; /* of Condition; the last one is shown */
};

typedef struct {
  char *cause;
  char *sentence;
  char *details;                   /* "" = none */
  const char *label, *action_name; /* of the button; NULL = none */
} Condition;

G_DEFINE_FINAL_TYPE (GuiseBanner, guise_banner, GTK_TYPE_WIDGET)

static void
condition_free (Condition *condition)
{
  g_free (condition->cause);
  g_free (condition->sentence);
  g_free (condition->details);
  g_free (condition);
}

static void
show_last (GuiseBanner *self)
{
  const Condition *last;

  if (self->conditions->len == 0) {
    gtk_revealer_set_reveal_child (self->revealer, FALSE);
    return;
  }
  last = self->conditions->pdata[self->conditions->len - 1];
  gtk_label_set_text (self->sentence, last->sentence);
  gtk_label_set_text (self->details, last->details);
  gtk_widget_set_visible (GTK_WIDGET (self->details_button), *last->details != '\0');
  gtk_toggle_button_set_active (self->details_button, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->action_button), last->label != NULL);
  gtk_button_set_label (self->action_button, last->label != NULL ? last->label : "");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->action_button), last->action_name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  last->sentence, -1);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
}

static void
copy_details (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseBanner *self = GUISE_BANNER (widget);
  g_autofree char *text = g_strdup_printf ("%s\n%s\n", gtk_label_get_text (self->sentence),
                                           gtk_label_get_text (self->details));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
}

static void
close_banner (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseBanner *self = GUISE_BANNER (widget);

  if (self->conditions->len > 0)
    g_ptr_array_set_size (self->conditions, self->conditions->len - 1);
  show_last (self);
}

static void
guise_banner_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (guise_banner_parent_class)->dispose (object);
}

static void
guise_banner_finalize (GObject *object)
{
  g_ptr_array_unref (GUISE_BANNER (object)->conditions);
  G_OBJECT_CLASS (guise_banner_parent_class)->finalize (object);
}

static void
guise_banner_class_init (GuiseBannerClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_banner_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_banner_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/guise/Guise/banner.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, GuiseBanner, sentence);
  gtk_widget_class_bind_template_child (widget_class, GuiseBanner, action_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseBanner, details_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseBanner, details_revealer);
  gtk_widget_class_bind_template_child (widget_class, GuiseBanner, details);
  gtk_widget_class_install_action (widget_class, "banner.copy", NULL, copy_details);
  gtk_widget_class_install_action (widget_class, "banner.close", NULL, close_banner);
  gtk_widget_class_set_css_name (widget_class, "banner");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
}

static void
guise_banner_init (GuiseBanner *self)
{
  self->conditions = g_ptr_array_new_with_free_func ((GDestroyNotify)condition_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (self->details_button, "active", self->details_revealer, "reveal-child",
                          G_BINDING_DEFAULT);
}

GtkWidget *
guise_banner_new (void)
{
  return g_object_new (GUISE_TYPE_BANNER, NULL);
}

/* Without showing what is left. */
static void
remove_cause (GuiseBanner *self, const char *cause)
{
  for (guint i = self->conditions->len; i-- > 0;) {
    const Condition *condition = self->conditions->pdata[i];

    if (cause == NULL || strcmp (condition->cause, cause) == 0)
      g_ptr_array_remove_index (self->conditions, i);
  }
}

void
guise_banner_show (GuiseBanner *self, const char *cause, const char *sentence, const char *details)
{
  Condition *condition = g_new0 (Condition, 1);

  condition->cause = g_strdup (cause);
  condition->sentence = guise_format_plain (sentence);
  condition->details = guise_format_plain (details != NULL ? details : "");
  remove_cause (self, cause);
  g_ptr_array_add (self->conditions, condition);
  show_last (self);
}

void
guise_banner_set_action (GuiseBanner *self, const char *cause, const char *label,
                         const char *action_name)
{
  for (guint i = 0; i < self->conditions->len; i++) {
    Condition *condition = self->conditions->pdata[i];

    if (strcmp (condition->cause, cause) == 0) {
      condition->label = label;
      condition->action_name = action_name;
    }
  }
  show_last (self);
}

void
guise_banner_hide (GuiseBanner *self, const char *cause)
{
  guint before = self->conditions->len;

  remove_cause (self, cause);
  if (self->conditions->len < before)
    show_last (self);
}

gboolean
guise_banner_get_revealed (GuiseBanner *self)
{
  return gtk_revealer_get_reveal_child (self->revealer);
}

const char *
guise_banner_get_sentence (GuiseBanner *self)
{
  return gtk_label_get_text (self->sentence);
}
