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

static void
replace_recent (const char *first, const char *without)
{
  g_auto (GStrv) old = guise_settings_dup_strv (GUISE_SETTING_RECENT_PROJECTS);
  GVariantBuilder builder;
  guint n = 0;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  if (first != NULL) {
    g_variant_builder_add (&builder, "s", first);
    n++;
  }
  for (guint i = 0; old[i] != NULL && n < MAX_RECENT; i++)
    if (strcmp (old[i], without) != 0) {
      g_variant_builder_add (&builder, "s", old[i]);
      n++;
    }
  guise_settings_set_value (GUISE_SETTING_RECENT_PROJECTS, g_variant_builder_end (&builder));
}

void
guise_settings_add_recent (const char *path)
{
  if (g_utf8_validate (path, -1, NULL))
    replace_recent (path, path);
}

void
guise_settings_remove_recent (const char *path)
{
  replace_recent (NULL, path);
}
