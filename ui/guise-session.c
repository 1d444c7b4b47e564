#include "guise-session.h"

#include "guise-settings.h"

#include <string.h>

#define MAX_SESSIONS 10
#define SAVE_DELAY_MS 500

/* In the settings: of each project its folder, "shown" and a dictionary for each page. */
#define SESSIONS_TYPE G_VARIANT_TYPE ("a(sa{sv})")

struct _GuiseSession {
  char *folder; /* as in the settings */
  char *shown;
  GVariant *known;  /* as it was left; of a page that was not made since, this stays */
  GPtrArray *pages; /* borrowed */
  guint timeout;
};

/* What is known of the project; never NULL. */
static GVariant *
find_session (const char *folder)
{
  g_autoptr (GVariant) all = guise_settings_dup_value (GUISE_SETTING_SESSIONS);
  GVariantIter iter;
  const char *path;
  GVariant *session;

  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "(&s@a{sv})", &path, &session)) {
    if (strcmp (path, folder) == 0)
      return session;
    g_variant_unref (session);
  }
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

static GVariant *
create_session (GuiseSession *session)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (session->known);

  if (session->shown != NULL)
    g_variant_dict_insert (dict, "shown", "s", session->shown);
  for (guint i = 0; i < session->pages->len; i++) {
    GuisePage *page = session->pages->pdata[i];
    g_autoptr (GVariantDict) state = g_variant_dict_new (NULL);

    guise_page_save_state (page, state);
    g_variant_dict_insert_value (dict, guise_page_get_name (page), g_variant_dict_end (state));
  }
  return g_variant_ref_sink (g_variant_dict_end (dict));
}

static void
save (GuiseSession *session)
{
  g_autoptr (GVariant) old = guise_settings_dup_value (GUISE_SETTING_SESSIONS);
  g_autoptr (GVariant) mine = create_session (session);
  GVariantBuilder builder;
  GVariantIter iter;
  const char *path;
  GVariant *other;
  guint n = 1;

  g_variant_builder_init (&builder, SESSIONS_TYPE);
  g_variant_builder_add (&builder, "(s@a{sv})", session->folder, mine);
  g_variant_iter_init (&iter, old);
  /* what is no path can never be asked for again */
  while (g_variant_iter_next (&iter, "(&s@a{sv})", &path, &other)) {
    g_autofree char *folder = guise_settings_text_to_path (path);

    if (folder != NULL && strcmp (path, session->folder) != 0 && n < MAX_SESSIONS) {
      g_variant_builder_add (&builder, "(s@a{sv})", path, other);
      n++;
    }
    g_variant_unref (other);
  }
  guise_settings_set_value (GUISE_SETTING_SESSIONS, g_variant_builder_end (&builder));
}

static gboolean
save_late (gpointer data)
{
  GuiseSession *session = data;

  session->timeout = 0;
  save (session);
  return G_SOURCE_REMOVE;
}

static void
state_changed (GuiseSession *session)
{
  if (session->timeout == 0)
    session->timeout = g_timeout_add (SAVE_DELAY_MS, save_late, session);
}

GuiseSession *
guise_session_begin (const char *folder)
{
  GuiseSession *session = g_new0 (GuiseSession, 1);

  session->folder = guise_settings_path_to_text (folder);
  session->pages = g_ptr_array_new ();
  session->known = find_session (session->folder);
  g_variant_lookup (session->known, "shown", "s", &session->shown);
  return session;
}

void
guise_session_add_page (GuiseSession *session, GuisePage *page)
{
  g_autoptr (GVariant) known = g_variant_lookup_value (session->known, guise_page_get_name (page),
                                                       G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariantDict) state = g_variant_dict_new (known);

  guise_page_restore_state (page, state);
  g_ptr_array_add (session->pages, page);
  g_signal_connect_swapped (page, "state-changed", G_CALLBACK (state_changed), session);
}

const char *
guise_session_get_shown (GuiseSession *session)
{
  return session->shown;
}

void
guise_session_set_shown (GuiseSession *session, const char *name)
{
  g_free (session->shown);
  session->shown = g_strdup (name);
  state_changed (session);
}

void
guise_session_end (GuiseSession *session)
{
  save (session);
  g_clear_handle_id (&session->timeout, g_source_remove);
  for (guint i = 0; i < session->pages->len; i++)
    g_signal_handlers_disconnect_by_func (session->pages->pdata[i], state_changed, session);
  g_variant_unref (session->known);
  g_ptr_array_unref (session->pages);
  g_free (session->folder);
  g_free (session->shown);
  g_free (session);
}
