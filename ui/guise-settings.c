#include "guise-settings.h"

#include <string.h>

#define MAX_RECENT 10

static const struct {
  const char *key;
  const char *value; /* the default, GVariant text */
} table[N_GUISE_SETTINGS] = {
  [GUISE_SETTING_WINDOW_WIDTH] = { "window-width", "1280" },
  [GUISE_SETTING_WINDOW_HEIGHT] = { "window-height", "800" },
  [GUISE_SETTING_MAXIMIZED] = { "maximized", "false" },
  [GUISE_SETTING_LAST_PROJECT] = { "last-project", "''" },
  [GUISE_SETTING_RECENT_PROJECTS] = { "recent-projects", "@as []" },
  [GUISE_SETTING_TILE_SIZE] = { "tile-size", "96" },
  [GUISE_SETTING_PANE_WIDTH] = { "pane-width", "400" },
  [GUISE_SETTING_SESSIONS] = { "sessions", "@a(sa{sv}) []" },
  [GUISE_SETTING_RESTORE_SESSION] = { "restore-session", "true" },
  [GUISE_SETTING_COLOR_SCHEME] = { "color-scheme", "'default'" },
};

static GVariant *values[N_GUISE_SETTINGS]; /* without a schema */

const char *
guise_setting_get_key (GuiseSetting setting)
{
  return table[setting].key;
}

const char *
guise_setting_get_default (GuiseSetting setting)
{
  return table[setting].value;
}

static GSettings *
get_settings (void)
{
  static GSettings *settings;
  static gboolean looked;

  if (!looked) {
    GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
    g_autoptr (GSettingsSchema) schema = NULL;

    looked = TRUE;
    if (source != NULL)
      schema = g_settings_schema_source_lookup (source, GUISE_APPLICATION_ID, TRUE);
    if (schema != NULL)
      settings = g_settings_new_full (schema, NULL, NULL);
  }
  return settings;
}

GVariant *
guise_settings_dup_value (GuiseSetting setting)
{
  GSettings *settings = get_settings ();

  if (settings != NULL)
    return g_settings_get_value (settings, table[setting].key);
  if (values[setting] == NULL)
    values[setting] = g_variant_parse (NULL, table[setting].value, NULL, NULL, NULL);
  return g_variant_ref (values[setting]);
}

void
guise_settings_set_value (GuiseSetting setting, GVariant *value)
{
  GSettings *settings = get_settings ();

  g_variant_ref_sink (value);
  if (settings != NULL)
    g_settings_set_value (settings, table[setting].key, value);
  else {
    g_clear_pointer (&values[setting], g_variant_unref);
    values[setting] = g_variant_ref (value);
  }
  g_variant_unref (value);
}

int
guise_settings_get_int (GuiseSetting setting)
{
  g_autoptr (GVariant) value = guise_settings_dup_value (setting);

  return g_variant_get_int32 (value);
}

gboolean
guise_settings_get_boolean (GuiseSetting setting)
{
  g_autoptr (GVariant) value = guise_settings_dup_value (setting);

  return g_variant_get_boolean (value);
}

char *
guise_settings_dup_string (GuiseSetting setting)
{
  g_autoptr (GVariant) value = guise_settings_dup_value (setting);

  return g_variant_dup_string (value, NULL);
}

char **
guise_settings_dup_strv (GuiseSetting setting)
{
  g_autoptr (GVariant) value = guise_settings_dup_value (setting);

  return g_variant_dup_strv (value, NULL);
}

void
guise_settings_set_int (GuiseSetting setting, int value)
{
  guise_settings_set_value (setting, g_variant_new_int32 (value));
}

void
guise_settings_set_boolean (GuiseSetting setting, gboolean value)
{
  guise_settings_set_value (setting, g_variant_new_boolean (value));
}

void
guise_settings_set_string (GuiseSetting setting, const char *value)
{
  guise_settings_set_value (setting, g_variant_new_string (value));
}

char *
guise_settings_path_to_text (const char *path)
{
  return g_utf8_validate (path, -1, NULL) ? g_strdup (path) : g_filename_to_uri (path, NULL, NULL);
}

char *
guise_settings_text_to_path (const char *text)
{
  if (g_str_has_prefix (text, "file:"))
    return g_filename_from_uri (text, NULL, NULL);
  return g_path_is_absolute (text) ? g_strdup (text) : NULL;
}

void
guise_settings_set_path (GuiseSetting setting, const char *path)
{
  g_autofree char *text = path != NULL ? guise_settings_path_to_text (path) : NULL;

  guise_settings_set_string (setting, text != NULL ? text : "");
}

char *
guise_settings_dup_path (GuiseSetting setting)
{
  g_autofree char *text = guise_settings_dup_string (setting);

  return guise_settings_text_to_path (text);
}

char **
guise_settings_dup_recent (void)
{
  g_auto (GStrv) texts = guise_settings_dup_strv (GUISE_SETTING_RECENT_PROJECTS);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; texts[i] != NULL; i++) {
    char *path = guise_settings_text_to_path (texts[i]);

    if (path != NULL)
      g_ptr_array_add (paths, path);
  }
  g_ptr_array_add (paths, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}

static void
replace_recent (const char *first, const char *without)
{
  g_auto (GStrv) old = guise_settings_dup_recent ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  guint n = 0;

  if (first != NULL) {
    g_autofree char *text = guise_settings_path_to_text (first);

    g_strv_builder_add (builder, text);
    n++;
  }
  for (guint i = 0; old[i] != NULL && n < MAX_RECENT; i++)
    if (strcmp (old[i], without) != 0) {
      g_autofree char *text = guise_settings_path_to_text (old[i]);

      g_strv_builder_add (builder, text);
      n++;
    }
  texts = g_strv_builder_end (builder);
  guise_settings_set_value (GUISE_SETTING_RECENT_PROJECTS,
                            g_variant_new_strv ((const char *const *)texts, -1));
}

void
guise_settings_add_recent (const char *path)
{
  replace_recent (path, path);
}

void
guise_settings_remove_recent (const char *path)
{
  replace_recent (NULL, path);
}
