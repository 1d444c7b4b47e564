/* guisectl history: what happened to a caption, or to the captions of an image. */
#include "cli-commands.h"
#include "cli-text.h"

#include "guise-project.h"
#include "guise-store-captions.h"
#include "guise-store-history.h"

#include <stdio.h>

static const char *const state_names[] = { "done", "undone", "dropped", "permanent" };

static const char *
state_name (GuiseOperationState state)
{
  return (guint)state < G_N_ELEMENTS (state_names) ? state_names[state] : "?";
}

/* Puts a name in a number's place, where the number has one. */
static void
name_number (json_t *row, const char *key, int n_names, const char *(*get_name) (int number))
{
  json_t *value = json_object_get (row, key);

  if (json_is_integer (value) && json_integer_value (value) >= 0
      && json_integer_value (value) < n_names)
    json_object_set_new (row, key, json_string (get_name ((int)json_integer_value (value))));
}

static const char *
name_state (int number)
{
  return guise_caption_state_to_string ((GuiseCaptionState)number);
}

static const char *
name_kind (int number)
{
  return guise_caption_kind_to_string ((GuiseCaptionKind)number);
}

static const char *
name_source (int number)
{
  return guise_caption_source_to_string ((GuiseCaptionSource)number);
}

/* The log has the numbers of the table; people and scripts get the names that `list` has. */
static json_t *
row_to_json (const char *row)
{
  json_t *object = row != NULL ? json_loads (row, 0, NULL) : NULL;

  if (object == NULL)
    return json_null ();
  name_number (object, "state", GUISE_N_CAPTION_STATES, name_state);
  name_number (object, "kind", GUISE_N_CAPTION_KINDS, name_kind);
  name_number (object, "source", GUISE_N_CAPTION_SOURCES, name_source);
  return object;
}

static json_t *
entry_to_json (const GuiseHistoryEntry *entry)
{
  g_autofree char *when = cli_format_time (entry->created);

  return json_pack ("{s:I, s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "operation",
                    (json_int_t)entry->operation_id, "name", entry->name, "state",
                    state_name (entry->state), "created", when, "caption",
                    (json_int_t)entry->caption_id, "image", (json_int_t)entry->image_id, "before",
                    row_to_json (entry->before), "after", row_to_json (entry->after));
}

static void
print_row (char sign, const char *row)
{
  json_auto_t *object = row_to_json (row);
  char *text = json_dumps (object, JSON_COMPACT);
  g_autofree char *shown = cli_escape (text != NULL ? text : row);

  if (row != NULL)
    printf ("  %c %s\n", sign, shown);
  free (text);
}

static void
print_entry (const GuiseHistoryEntry *entry)
{
  g_autofree char *when = cli_format_time (entry->created);
  g_autofree char *name = cli_escape (entry->name);

  printf ("%s\t%s\t%s\tcaption %" G_GINT64_FORMAT "\n", when, name, state_name (entry->state),
          entry->caption_id);
  print_row ('-', entry->before);
  print_row ('+', entry->after);
}

/* One that has no history need not be there at all. */
static gboolean
check_id (GuiseStore *store, gint64 id, gboolean of_image, GError **error)
{
  g_autoptr (GuiseImageRecord) image = of_image ? guise_store_get_image (store, id, error) : NULL;
  g_autoptr (GuiseCaption) caption = !of_image ? guise_store_get_caption (store, id, error) : NULL;

  return image != NULL || caption != NULL;
}

static int
run_history (CliGlobal *global, gint64 id, gboolean of_image)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  g_autoptr (GPtrArray) entries = NULL;
  json_t *array;

  if (project == NULL)
    return cli_fail (global, error);
  entries = of_image
                ? guise_store_get_image_history (guise_project_get_store (project), id, &error)
                : guise_store_get_caption_history (guise_project_get_store (project), id, &error);
  if (entries == NULL
      || (entries->len == 0
          && !check_id (guise_project_get_store (project), id, of_image, &error)))
    return cli_fail (global, error);
  if (!global->json) {
    for (guint i = 0; i < entries->len; i++)
      print_entry (entries->pdata[i]);
    return CLI_DONE;
  }
  array = json_array ();
  for (guint i = 0; i < entries->len; i++)
    json_array_append_new (array, entry_to_json (entries->pdata[i]));
  cli_print_json (json_pack ("{s:o}", "entries", array));
  return CLI_DONE;
}

int
cmd_history (CliGlobal *global, int argc, char **argv)
{
  gboolean of_image = FALSE;
  const GOptionEntry entries[] = {
    { "image", 0, 0, G_OPTION_ARG_NONE, &of_image, "ID is an image's, not a caption's", NULL },
    G_OPTION_ENTRY_NULL,
  };
  gint64 id;

  if (!cli_parse (global, entries, "ID",
                  "Shows every change of a caption, or of an image's captions, oldest first.",
                  "guisectl history 12", 1, 1, &argc, &argv))
    return CLI_USAGE;
  if (!cli_parse_id (argv[1], &id))
    return cli_usage ("history: not an id: '%s'", argv[1]);
  return run_history (global, id, of_image);
}
