/* The pages of the window: the table of them, what they tell, undo and redo, and where the keyboard
 * is. */
#include "guise-format.h"
#include "guise-captions-page.h"
#include "guise-library-page.h"
#include "guise-search-page.h"
#include "guise-train-page.h"
#include "guise-window-private.h"

#include <glib/gi18n.h>

/* The pages in the order of the view switcher and of Alt+1… */
static GType (*const page_types[]) (void) = {
  guise_library_page_get_type,
  guise_captions_page_get_type,
  guise_train_page_get_type,
  guise_search_page_get_type,
};

/* text is plain; toasts read markup. */
AdwToast *
guise_window_show_toast (GuiseWindow *self, const char *text, const char *button,
                         const char *action)
{
  g_autofree char *plain = guise_format_plain (text);
  g_autofree char *escaped = g_markup_escape_text (plain, -1);
  AdwToast *toast = adw_toast_new (escaped);

  if (button != NULL) {
    adw_toast_set_button_label (toast, button);
    adw_toast_set_action_name (toast, action);
  }
  adw_toast_overlay_add_toast (self->toasts, toast);
  return toast;
}

/* ---- undo and redo -------------------------------------------------------------------------- */

static void
before_undo (GuiseUndo *undo, GuiseWindow *self)
{
  if (self->current != NULL)
    guise_page_flush (self->current);
}

static void
offer_gone (AdwToast *toast, GuiseWindow *self)
{
  if (self->offer == toast)
    self->offer = NULL;
}

static void
withdraw_offer (GuiseWindow *self)
{
  if (self->offer != NULL)
    adw_toast_dismiss (self->offer);
}

/* A button of these toasts means the last change, whatever it was: there is one of them at most. */
static void
show_offer (GuiseWindow *self, const char *text, gboolean undo)
{
  withdraw_offer (self);
  self->offer_undoes = undo;
  self->offer = guise_window_show_toast (self, text, undo ? _ ("_Undo") : _ ("_Redo"),
                                         undo ? "win.undo" : "win.redo");
  g_signal_connect_object (self->offer, "dismissed", G_CALLBACK (offer_gone), self, 0);
}

static void
undo_done (GuiseUndo *undo, const char *text, gboolean redone, gint64 image_id, GuiseWindow *self)
{
  guise_banner_hide (self->banner, "undo");
  show_offer (self, text, redone);
  if (self->current != NULL && image_id != 0)
    guise_page_show_image (self->current, image_id);
}

static void
undo_failed (GuiseUndo *undo, const char *sentence, const char *details, GuiseWindow *self)
{
  if (details == NULL)
    guise_window_show_toast (self, sentence, NULL, NULL);
  else
    guise_banner_show (self->banner, "undo", sentence, details);
}

static void
set_up_undo (GuiseWindow *self)
{
  GMenuModel *menu = gtk_menu_button_get_menu_model (self->menu_button);

  self->undo = guise_undo_new (G_ACTION_MAP (self), "win");
  g_menu_prepend_section (G_MENU (menu), NULL, guise_undo_get_menu (self->undo));
  g_signal_connect_object (self->undo, "before", G_CALLBACK (before_undo), self, 0);
  g_signal_connect_object (self->undo, "done", G_CALLBACK (undo_done), self, 0);
  g_signal_connect_object (self->undo, "failed", G_CALLBACK (undo_failed), self, 0);
}

/* Not application accelerators: those come before the focused widget, and a text field's own undo
 * must be asked first. */
static void
add_undo_shortcuts (GuiseWindow *self)
{
  static const struct {
    const char *trigger, *action;
  } keys[] = {
    { "<Control>z", "win.undo" },
    { "<Control><Shift>z", "win.redo" },
    { "<Control>y", "win.redo" },
  };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    GtkShortcutTrigger *trigger = gtk_shortcut_trigger_parse_string (keys[i].trigger);
    GtkShortcutAction *action = gtk_named_action_new (keys[i].action);

    gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                          gtk_shortcut_new (trigger, action));
  }
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

/* ---- pages ---------------------------------------------------------------------------------- */

static void
page_toast (GuisePage *page, const char *text, gboolean with_undo, GuiseWindow *self)
{
  if (text == NULL)
    withdraw_offer (self);
  else if (!with_undo)
    guise_window_show_toast (self, text, NULL, NULL);
  else if (self->offer == NULL || !self->offer_undoes) /* who types on does not see it blink */
    show_offer (self, text, TRUE);
}

static void
page_report (GuisePage *page, const char *cause, const char *sentence, const char *details,
             GuiseWindow *self)
{
  g_autofree char *whole = g_strdup_printf ("%s/%s", guise_page_get_name (page), cause);

  if (sentence != NULL)
    guise_banner_show (self->banner, whole, sentence, details);
  else
    guise_banner_hide (self->banner, whole);
}

void
guise_window_add_job (GObject *source, const char *name, GuiseJob *job, GuiseWindow *self)
{
  guise_job_list_add (self->jobs, name, job);
}

static void
page_job (GuisePage *page, GuiseJobEntry *entry, GuiseWindow *self)
{
  guise_job_list_add_entry (self->jobs, entry);
}

static void
visible_page_changed (AdwViewStack *stack, GParamSpec *spec, GuiseWindow *self)
{
  GtkWidget *child = adw_view_stack_get_visible_child (stack);
  GuisePage *page = child ? GUISE_PAGE (child) : NULL;

  if (page == self->current)
    return;
  if (self->current != NULL)
    guise_page_flush (self->current);
  self->current = page;
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page",
                                  page ? G_ACTION_GROUP (guise_page_get_actions (page)) : NULL);
  if (page != NULL) {
    if (self->page_to_show == NULL)
      guise_session_set_shown (self->session, guise_page_get_name (page));
    guise_page_shown (page);
  }
}

static gboolean
is_in_page (GuiseWindow *self, GtkWidget *focus)
{
  return focus != NULL && self->current != NULL
         && (focus == GTK_WIDGET (self->current)
             || gtk_widget_is_ancestor (focus, GTK_WIDGET (self->current)));
}

static void
focus_changed (GuiseWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (is_in_page (self, focus))
    guise_page_note_focus (self->current, focus);
}

/* Who asked for a page by a key or a button wants to be in it, not on the switcher. */
static void
enter_page (GuiseWindow *self)
{
  if (self->current != NULL && gtk_widget_get_mapped (GTK_WIDGET (self->current))
      && !is_in_page (self, gtk_window_get_focus (GTK_WINDOW (self))))
    guise_page_take_focus (self->current);
}

static void
make_page (GuiseWindow *self)
{
  GuisePage *page = guise_page_new (page_types[self->n_pages++](), self->project);
  const char *name = guise_page_get_name (page);

  g_signal_connect_object (page, "toast", G_CALLBACK (page_toast), self, 0);
  g_signal_connect_object (page, "report", G_CALLBACK (page_report), self, 0);
  g_signal_connect_object (page, "job", G_CALLBACK (page_job), self, 0);
  guise_session_add_page (self->session, page);
  adw_view_stack_add_titled_with_icon (self->pages, GTK_WIDGET (page), name,
                                       guise_page_get_title (page),
                                       guise_page_get_icon_name (page));
  if (g_strcmp0 (self->page_to_show, name) == 0) {
    g_clear_pointer (&self->page_to_show, g_free);
    adw_view_stack_set_visible_child_name (self->pages, name);
    enter_page (self);
  }
  if (self->n_pages == G_N_ELEMENTS (page_types))
    g_clear_pointer (&self->page_to_show, g_free); /* of a newer version, perhaps */
}

static gboolean
make_next_page (gpointer data)
{
  GuiseWindow *self = data;

  make_page (self);
  if (self->n_pages < G_N_ELEMENTS (page_types))
    return G_SOURCE_CONTINUE;
  self->making_pages = 0;
  return G_SOURCE_REMOVE;
}

/* Those that have not had their turn. */
static void
make_other_pages (GuiseWindow *self)
{
  while (self->project != NULL && self->n_pages < G_N_ELEMENTS (page_types))
    make_page (self);
  g_clear_handle_id (&self->making_pages, g_source_remove);
}

void
guise_window_add_pages (GuiseWindow *self)
{
  self->session = guise_session_begin (guise_project_get_folder (self->project));
  self->page_to_show = g_strdup (guise_session_get_shown (self->session));
  make_page (self);
  /* before anything is drawn */
  self->making_pages = g_idle_add_full (G_PRIORITY_HIGH_IDLE, make_next_page, self, NULL);
}

void
guise_window_remove_pages (GuiseWindow *self)
{
  GtkWidget *child;

  g_clear_handle_id (&self->making_pages, g_source_remove);
  g_clear_pointer (&self->page_to_show, g_free);
  self->n_pages = 0;
  if (self->current != NULL)
    guise_page_flush (self->current);
  /* GTK 4.8 would otherwise keep a page from whose inside it wants to move the keyboard's focus at
   * the next frame, which a window that closes never draws. */
  gtk_window_set_focus (GTK_WINDOW (self), NULL);
  guise_session_end (g_steal_pointer (&self->session));
  self->current = NULL;
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", NULL);
  g_signal_handlers_block_by_func (self->pages, visible_page_changed, self);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->pages))) != NULL) {
    g_object_ref (child);
    adw_view_stack_remove (self->pages, child);
    g_object_run_dispose (G_OBJECT (child)); /* late answers may still hold it: stop its work now */
    g_object_unref (child);
  }
  g_signal_handlers_unblock_by_func (self->pages, visible_page_changed, self);
}

static void
activate_page (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_window_show_page (data, g_variant_get_string (parameter, NULL));
}

static void
activate_page_number (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;
  g_autoptr (GtkSelectionModel) model = adw_view_stack_get_pages (self->pages);
  guint number = g_variant_get_uint32 (parameter);

  make_other_pages (self);
  if (number < g_list_model_get_n_items (G_LIST_MODEL (model)))
    gtk_selection_model_select_item (model, number, TRUE);
  enter_page (self);
}

static void
activate_search (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;

  if (self->current != NULL)
    guise_page_search (self->current);
}

static const GActionEntry actions[] = {
  { "page", activate_page, "s" },
  { "page-number", activate_page_number, "u" },
  { "search", activate_search },
};

void
guise_window_set_up_pages (GuiseWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  set_up_undo (self);
  add_undo_shortcuts (self);
  g_signal_connect (self->pages, "notify::visible-child", G_CALLBACK (visible_page_changed), self);
  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (focus_changed), NULL);
}

GuisePage *
guise_window_get_page (GuiseWindow *self, const char *name)
{
  GtkWidget *child = adw_view_stack_get_child_by_name (self->pages, name);

  if (child == NULL) {
    make_other_pages (self);
    child = adw_view_stack_get_child_by_name (self->pages, name);
  }
  return child ? GUISE_PAGE (child) : NULL;
}

void
guise_window_show_page (GuiseWindow *self, const char *name)
{
  if (guise_window_get_page (self, name) == NULL)
    return;
  adw_view_stack_set_visible_child_name (self->pages, name);
  enter_page (self);
}
