/* Profiles of endpoints as JSON files. */
#include "guise-endpoint.h"

#include "guise-atomic-file.h"
#include "guise-data-file.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-url.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define MAX_BYTES 65536

static const char *const auth_names[] = { "none", "bearer", "api-key" };
static const struct {
  const char *name;
  guint bit;
} parameters[] = {
  { "temperature", GUISE_PARAMETER_TEMPERATURE },
  { "top_p", GUISE_PARAMETER_TOP_P },
  { "seed", GUISE_PARAMETER_SEED },
  { "thinking", GUISE_PARAMETER_THINKING },
  { "detail", GUISE_PARAMETER_DETAIL },
};

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, const char *where, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list list;

  va_start (list, format);
  why = g_strdup_vprintf (format, list);
  va_end (list);
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PROFILE,
               "cannot read the endpoint '%s': %s", where, why);
  return FALSE;
}

/* ---- members ---- */

static gboolean
read_text (json_t *value, const char *key, const char *where, char **text, GError **error)
{
  if (!json_is_string (value) && !json_is_null (value))
    return refuse (error, where, "'%s' is no text", key);
  g_free (*text);
  *text = g_strdup (json_string_value (value));
  return TRUE;
}

static gboolean
read_price (json_t *value, const char *where, GuiseEndpoint *endpoint, GError **error)
{
  double *prices[] = { &endpoint->prompt_price, &endpoint->completion_price };
  const char *keys[] = { "prompt", "completion" };

  for (guint i = 0; i < 2; i++) {
    json_t *price = json_object_get (value, keys[i]);

    if (!json_is_number (price) || !(json_number_value (price) >= 0))
      return refuse (error, where, "'price' needs \"prompt\" and \"completion\", for a million "
                                   "tokens");
    *prices[i] = json_number_value (price);
  }
  return TRUE;
}

/* An array of names to bits. find gives a name's bit, or 0. */
static gboolean
read_bits (json_t *value, const char *key, const char *where, guint (*find) (const char *name),
           guint *bits, GError **error)
{
  json_t *item;
  size_t i;

  if (!json_is_array (value))
    return refuse (error, where, "'%s' is no list", key);
  *bits = 0;
  json_array_foreach (value, i, item)
  {
    guint bit = json_is_string (item) ? find (json_string_value (item)) : 0;

    if (bit == 0)
      return refuse (error, where, "'%s' holds something that is not known", key);
    *bits |= bit;
  }
  return TRUE;
}

static guint
find_format (const char *name)
{
  for (guint i = 0; i <= GUISE_FORMAT_PROMPTED; i++)
    if (strcmp (guise_format_get_name (i), name) == 0)
      return 1u << i;
  return 0;
}

static gboolean
read_auth (json_t *value, const char *where, GuiseAuth *auth, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (auth_names); i++)
    if (g_strcmp0 (json_string_value (value), auth_names[i]) == 0) {
      *auth = i;
      return TRUE;
    }
  return refuse (error, where, "'auth' is none of none, bearer, api-key");
}

/* Members of every request; nothing that this program sets itself, and no header. */
static gboolean
read_members (json_t *value, const char *key, const char *where, json_t **members, GError **error)
{
  static const char *const taken[] = { "model", "messages", "stream", "response_format", NULL };

  if (!json_is_object (value) && !json_is_null (value))
    return refuse (error, where, "'%s' is no object", key);
  for (guint i = 0; taken[i] != NULL; i++)
    if (json_object_get (value, taken[i]) != NULL)
      return refuse (error, where, "'%s' may not set '%s'", key, taken[i]);
  json_decref (*members);
  *members = json_is_object (value) ? json_incref (value) : NULL;
  return TRUE;
}

static gboolean
read_member (GuiseEndpoint *endpoint, const char *key, json_t *value, const char *where,
             GError **error)
{
  const struct {
    const char *key;
    char **text;
  } texts[] = {
    { "name", &endpoint->name },
    { "title", &endpoint->title },
    { "note", &endpoint->note },
    { "url", &endpoint->url },
    { "model", &endpoint->model },
    { "key_env", &endpoint->key_env },
    { "token_field", &endpoint->token_field },
    { "detail", &endpoint->detail },
    { "ca_file", &endpoint->ca_file },
    { "proxy", &endpoint->proxy },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (texts[i].key, key) == 0)
      return read_text (value, key, where, texts[i].text, error);
  if (strcmp (key, "auth") == 0)
    return read_auth (value, where, &endpoint->auth, error);
  if (strcmp (key, "formats") == 0)
    return read_bits (value, key, where, find_format, &endpoint->formats, error);
  if (strcmp (key, "omit") == 0)
    return read_bits (value, key, where, guise_parameter_from_name, &endpoint->omit, error);
  if (strcmp (key, "thinking") == 0)
    return read_members (value, key, where, &endpoint->thinking, error);
  if (strcmp (key, "extra") == 0)
    return read_members (value, key, where, &endpoint->extra, error);
  if (strcmp (key, "price") == 0)
    return read_price (value, where, endpoint, error);
  if (strstr (key, "key") != NULL)
    return refuse (error, where, "no file holds a key ('%s'): put it into the keyring, or "
                                 "name an environment variable in 'key_env'",
                   key);
  return refuse (error, where, "'%s' is not known", key);
}

static gboolean
is_name (const char *name)
{
  return name != NULL && *name != '\0' && *name != '-' && strlen (name) <= 64
         && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (name);
}

static gboolean
is_variable (const char *name)
{
  return *name != '\0' && !g_ascii_isdigit (*name)
         && strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
                == strlen (name);
}

static gboolean
check (GuiseEndpoint *endpoint, const char *where, GError **error)
{
  if (!is_name (endpoint->name))
    return refuse (error, where, "'name' needs lower-case letters, digits and '-'");
  if (endpoint->title == NULL)
    endpoint->title = g_strdup (endpoint->name);
  if (g_strcmp0 (endpoint->token_field, "max_tokens") != 0
      && g_strcmp0 (endpoint->token_field, "max_completion_tokens") != 0)
    return refuse (error, where, "'token_field' is none of max_tokens, max_completion_tokens");
  if (endpoint->key_env != NULL && !is_variable (endpoint->key_env))
    return refuse (error, where, "'key_env' is no name of an environment variable");
  endpoint->formats |= 1u << GUISE_FORMAT_PROMPTED;
  if (endpoint->url != NULL) {
    g_autofree char *url = g_steal_pointer (&endpoint->url);

    return guise_endpoint_set_url (endpoint, url, error);
  }
  return TRUE;
}

GuiseEndpoint *
guise_endpoint_from_json (json_t *object, const char *where, GError **error)
{
  g_autoptr (GuiseEndpoint) endpoint = g_new0 (GuiseEndpoint, 1);
  const char *key;
  json_t *value;

  endpoint->prompt_price = endpoint->completion_price = NAN;
  endpoint->token_field = g_strdup ("max_tokens");
  endpoint->formats = 1u << GUISE_FORMAT_JSON_SCHEMA | 1u << GUISE_FORMAT_JSON_OBJECT;
  if (!json_is_object (object)) {
    refuse (error, where, "it is no JSON object");
    return NULL;
  }
  json_object_foreach (object, key, value)
  {
    if (!read_member (endpoint, key, value, where, error))
      return NULL;
  }
  return check (endpoint, where, error) ? g_steal_pointer (&endpoint) : NULL;
}

/* ---- writing ---- */

static void
put_text (json_t *object, const char *key, const char *text)
{
  if (text != NULL)
    json_object_set_new (object, key, json_string (text));
}

json_t *
guise_endpoint_to_json (const GuiseEndpoint *endpoint)
{
  json_t *object = json_object (), *formats = json_array (), *omit = json_array ();

  put_text (object, "name", endpoint->name);
  put_text (object, "title", endpoint->title);
  put_text (object, "note", endpoint->note);
  put_text (object, "url", endpoint->url);
  put_text (object, "model", endpoint->model);
  put_text (object, "auth", auth_names[endpoint->auth]);
  put_text (object, "key_env", endpoint->key_env);
  for (guint i = 0; i < GUISE_FORMAT_PROMPTED; i++)
    if (endpoint->formats & (1u << i))
      json_array_append_new (formats, json_string (guise_format_get_name (i)));
  json_object_set_new (object, "formats", formats);
  put_text (object, "token_field", endpoint->token_field);
  put_text (object, "detail", endpoint->detail);
  if (endpoint->thinking != NULL)
    json_object_set_new (object, "thinking", json_deep_copy (endpoint->thinking));
  if (endpoint->extra != NULL)
    json_object_set_new (object, "extra", json_deep_copy (endpoint->extra));
  for (guint i = 0; i < G_N_ELEMENTS (parameters); i++)
    if (endpoint->omit & parameters[i].bit)
      json_array_append_new (omit, json_string (parameters[i].name));
  json_object_set_new (object, "omit", omit);
  put_text (object, "ca_file", endpoint->ca_file);
  put_text (object, "proxy", endpoint->proxy);
  if (!isnan (endpoint->prompt_price) && !isnan (endpoint->completion_price))
    json_object_set_new (object, "price",
                         json_pack ("{s:f, s:f}", "prompt", endpoint->prompt_price, "completion",
                                    endpoint->completion_price));
  return object;
}

/* ---- folders ---- */

static char *
create_user_folder (void)
{
  return g_build_filename (g_get_user_config_dir (), "guise", "endpoints", NULL);
}

static GuiseEndpoint *
load (const char *folder, const char *file, GError **error)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *clean = guise_formats_clean (shown);
  json_auto_t *object = guise_json_load (path, MAX_BYTES, error);

  return object != NULL ? guise_endpoint_from_json (object, clean, error) : NULL;
}

static void
list_folder (const char *folder, GHashTable *found, GPtrArray *problems)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
    g_autoptr (GError) error = NULL;
    GuiseEndpoint *endpoint;

    if (file[0] == '.' || !g_str_has_suffix (file, ".json"))
      continue;
    endpoint = load (folder, file, &error);
    if (endpoint != NULL && g_hash_table_contains (found, endpoint->name)) {
      refuse (&error, file, "another file has the same 'name', '%s'", endpoint->name);
      g_clear_pointer (&endpoint, guise_endpoint_free);
    }
    if (endpoint != NULL)
      g_hash_table_replace (found, endpoint->name, endpoint);
    else if (problems != NULL)
      g_ptr_array_add (problems, g_strdup (error->message));
  }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const GuiseEndpoint *one = *(GuiseEndpoint *const *)a, *other = *(GuiseEndpoint *const *)b;

  return strcmp (one->name, other->name);
}

GPtrArray *
guise_endpoint_list (GPtrArray *problems)
{
  g_autofree char *shipped = guise_find_data_file ("endpoints");
  g_autofree char *own = create_user_folder ();
  g_autoptr (GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_endpoint_free);
  g_autoptr (GHashTable) users = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter each;
  gpointer endpoint;

  list_folder (shipped, found, problems);
  list_folder (own, users, problems);
  g_hash_table_iter_init (&each, users);
  while (g_hash_table_iter_next (&each, NULL, &endpoint)) {
    GuiseEndpoint *hidden = g_hash_table_lookup (found, ((GuiseEndpoint *)endpoint)->name);

    g_hash_table_replace (found, ((GuiseEndpoint *)endpoint)->name, endpoint);
    guise_endpoint_free (hidden);
  }
  g_hash_table_iter_init (&each, found);
  while (g_hash_table_iter_next (&each, NULL, &endpoint))
    g_ptr_array_add (list, endpoint);
  g_ptr_array_sort (list, compare_names);
  return list;
}

GuiseEndpoint *
guise_endpoint_find (const char *name, GError **error)
{
  g_autoptr (GPtrArray) list = guise_endpoint_list (NULL);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++) {
    const GuiseEndpoint *endpoint = list->pdata[i];

    if (strcmp (endpoint->name, name) == 0)
      return guise_endpoint_copy (endpoint);
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", endpoint->name);
  }
  g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PROFILE,
               "cannot find the endpoint '%s': there are %s", name, names->str);
  return NULL;
}

gboolean
guise_endpoint_save (const GuiseEndpoint *endpoint, GError **error)
{
  g_autofree char *folder = create_user_folder ();
  g_autofree char *file = g_strconcat (endpoint->name, ".json", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  json_auto_t *object = guise_endpoint_to_json (endpoint);
  g_autoptr (GuiseEndpoint) same = guise_endpoint_from_json (object, endpoint->name, error);

  if (same == NULL) /* what is written can be read */
    return FALSE;
  if (g_mkdir_with_parents (folder, 0700) < 0)
    return guise_formats_fail_errno (error, errno, "cannot make the folder", folder);
  return guise_json_save (path, object, error);
}

/* The user's file that holds the profile: what it is called does not matter. NULL = there is none.
 */
static char *
find_own (const char *name)
{
  g_autofree char *folder = create_user_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
    g_autoptr (GuiseEndpoint) endpoint = NULL;

    if (file[0] != '.' && g_str_has_suffix (file, ".json"))
      endpoint = load (folder, file, NULL);
    if (endpoint != NULL && strcmp (endpoint->name, name) == 0)
      return g_build_filename (folder, file, NULL);
  }
  return NULL;
}

gboolean
guise_endpoint_is_own (const char *name)
{
  g_autofree char *path = find_own (name);

  return path != NULL;
}

gboolean
guise_endpoint_remove (const char *name, GError **error)
{
  g_autofree char *path = find_own (name);

  if (path == NULL) {
    g_set_error (error, GUISE_ENDPOINT_ERROR, GUISE_ENDPOINT_ERROR_PROFILE,
                 "cannot remove the endpoint '%s': you have none of that name", name);
    return FALSE;
  }
  return g_unlink (path) == 0
         || guise_formats_fail_errno (error, errno, "cannot remove the endpoint", path);
}
