/* Where the window remembers its own state: GSettings where the schema is installed, else the
 * schema's defaults for the life of the process (a program run from a bare build tree must not
 * abort). Main thread only. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GUISE_APPLICATION_ID "io.github.guise.Guise"

typedef enum {
  GUISE_SETTING_WINDOW_WIDTH,
  GUISE_SETTING_WINDOW_HEIGHT,
  GUISE_SETTING_MAXIMIZED,
  GUISE_SETTING_LAST_PROJECT,
  GUISE_SETTING_RECENT_PROJECTS,
  GUISE_SETTING_TILE_SIZE,
  GUISE_SETTING_PANE_WIDTH,
  GUISE_SETTING_SESSIONS,
  GUISE_SETTING_RESTORE_SESSION,
  GUISE_SETTING_COLOR_SCHEME,
  N_GUISE_SETTINGS
} GuiseSetting;

/* The schema's key and its default as GVariant text: the table that a test compares with the
 * schema. */
const char *guise_setting_get_key (GuiseSetting setting);
const char *guise_setting_get_default (GuiseSetting setting);

int guise_settings_get_int (GuiseSetting setting);
gboolean guise_settings_get_boolean (GuiseSetting setting);
char *guise_settings_dup_string (GuiseSetting setting);
char **guise_settings_dup_strv (GuiseSetting setting);
/* Any type; free with g_variant_unref(). */
GVariant *guise_settings_dup_value (GuiseSetting setting);

void guise_settings_set_int (GuiseSetting setting, int value);
void guise_settings_set_boolean (GuiseSetting setting, gboolean value);
void guise_settings_set_string (GuiseSetting setting, const char *value);
/* Of the setting's type; a floating value is taken. */
void guise_settings_set_value (GuiseSetting setting, GVariant *value);

/* Paths are bytes, and settings are UTF-8: a path is kept as it is, or where that cannot be as its
 * URI. Free with g_free(); the path of a text that is neither is NULL. */
char *guise_settings_path_to_text (const char *path);
char *guise_settings_text_to_path (const char *text);
/* path NULL = none; it is absolute. */
void guise_settings_set_path (GuiseSetting setting, const char *path);
char *guise_settings_dup_path (GuiseSetting setting);

/* The recent projects, newest first. */
char **guise_settings_dup_recent (void);
/* Puts path in front of them (ten are kept), or takes it out. */
void guise_settings_add_recent (const char *path);
void guise_settings_remove_recent (const char *path);

G_END_DECLS
