#include "guise-json-schema.h"
#include "guise-formats-error.h"

#include <string.h>

/* Deeper than any schema of ours; answers are parsed with fewer levels. */
#define MAX_DEPTH 64
#define MAX_NAME 100 /* characters of a member in a message */

static gboolean check (const json_t *schema, const json_t *value, const char *path, guint depth,
                       char **why);

static gboolean
refuse (char **why, const char *path, const char *reason)
{
  *why = *path != '\0' ? g_strdup_printf ("'%s' %s", path, reason)
                       : g_strdup_printf ("the answer %s", reason);
  return FALSE;
}

static char *
join (const char *path, const char *key)
{
  g_autofree char *name = guise_formats_excerpt (key, MAX_NAME);

  return *path != '\0' ? g_strdup_printf ("%s.%s", path, name) : g_steal_pointer (&name);
}

static gboolean
is_of_type (const json_t *value, const char *type)
{
  if (type == NULL)
    return FALSE;
  return (strcmp (type, "object") == 0 && json_is_object (value))
         || (strcmp (type, "array") == 0 && json_is_array (value))
         || (strcmp (type, "string") == 0 && json_is_string (value))
         || (strcmp (type, "integer") == 0 && json_is_integer (value))
         || (strcmp (type, "number") == 0 && json_is_number (value))
         || (strcmp (type, "boolean") == 0 && json_is_boolean (value))
         || (strcmp (type, "null") == 0 && json_is_null (value));
}

static gboolean
check_type (const json_t *types, const json_t *value, const char *path, char **why)
{
  g_autoptr (GString) names = g_string_new ("is not of type ");

  if (types == NULL || (json_is_string (types) && is_of_type (value, json_string_value (types))))
    return TRUE;
  if (json_is_string (types))
    g_string_append (names, json_string_value (types));
  for (size_t i = 0; i < json_array_size (types); i++) {
    const char *type = json_string_value (json_array_get (types, i));

    if (is_of_type (value, type))
      return TRUE;
    g_string_append_printf (names, "%s%s", i > 0 ? " or " : "", type != NULL ? type : "?");
  }
  return refuse (why, path, names->str);
}

static gboolean
check_enum (const json_t *choices, const json_t *value, const char *path, char **why)
{
  if (choices == NULL)
    return TRUE;
  for (size_t i = 0; i < json_array_size (choices); i++)
    if (json_equal (json_array_get (choices, i), value))
      return TRUE;
  return refuse (why, path, "is none of the allowed values");
}

static gboolean
check_object (const json_t *schema, const json_t *value, const char *path, guint depth, char **why)
{
  const json_t *properties = json_object_get (schema, "properties");
  const json_t *required = json_object_get (schema, "required");
  const char *key;
  json_t *member;

  for (size_t i = 0; i < json_array_size (required); i++) {
    const char *name = json_string_value (json_array_get (required, i));

    if (name != NULL && json_object_get (value, name) == NULL) {
      g_autofree char *place = join (path, name);

      return refuse (why, place, "is missing");
    }
  }
  json_object_foreach ((json_t *)value, key, member)
  {
    const json_t *rule = json_object_get (properties, key);
    g_autofree char *place = join (path, key);

    if (rule == NULL && json_is_false (json_object_get (schema, "additionalProperties")))
      return refuse (why, place, "was not asked for");
    if (rule != NULL && !check (rule, member, place, depth + 1, why))
      return FALSE;
  }
  return TRUE;
}

static gboolean
check (const json_t *schema, const json_t *value, const char *path, guint depth, char **why)
{
  const json_t *items = json_object_get (schema, "items");

  if (depth > MAX_DEPTH)
    return refuse (why, path, "is nested too deeply");
  if (!check_type (json_object_get (schema, "type"), value, path, why)
      || !check_enum (json_object_get (schema, "enum"), value, path, why))
    return FALSE;
  if (json_is_object (value))
    return check_object (schema, value, path, depth, why);
  for (size_t i = 0; items != NULL && i < json_array_size (value); i++) {
    g_autofree char *place = g_strdup_printf ("%s[%zu]", path, i);

    if (!check (items, json_array_get (value, i), place, depth + 1, why))
      return FALSE;
  }
  return TRUE;
}

gboolean
guise_json_schema_check (const json_t *schema, const json_t *value, char **why)
{
  *why = NULL;
  return check (schema, value, "", 0, why);
}
