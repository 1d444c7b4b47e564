/* guisectl list: images and captions as the library filters them. */
#include "cli-commands.h"
#include "cli-text.h"

#include "guise-project.h"
#include "guise-store-captions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 1000

typedef struct {
  const GuiseImageRecord *image;
  const GuiseCaption *caption; /* NULL in a list of images */
} Row;

typedef struct {
  const char *name;
  gboolean of_caption;
  json_t *(*get) (const Row *row);
} Field;

static json_t *
get_id (const Row *row)
{
  return json_integer (row->image->id);
}

static json_t *
get_dataset (const Row *row)
{
  return guise_json_pack_text (row->image->dataset);
}

static json_t *
get_path (const Row *row)
{
  return guise_json_pack_text (row->image->path);
}

static json_t *
get_split (const Row *row)
{
  return json_string (guise_split_to_string (row->image->split));
}

static json_t *
get_person (const Row *row)
{
  return guise_json_pack_text (row->image->person);
}

static json_t *
get_outfit (const Row *row)
{
  return guise_json_pack_text (row->image->outfit);
}

static json_t *
get_camera (const Row *row)
{
  return guise_json_pack_text (row->image->camera);
}

static json_t *
get_captions (const Row *row)
{
  return json_integer (row->image->n_captions);
}

static json_t *
get_extra (const Row *row)
{
  json_t *extra = row->image->extra != NULL ? json_loads (row->image->extra, 0, NULL) : NULL;

  return extra != NULL ? extra : json_null ();
}

static json_t *
get_caption (const Row *row)
{
  return json_integer (row->caption->id);
}

static json_t *
get_kind (const Row *row)
{
  return json_string (guise_caption_kind_to_string (row->caption->kind));
}

static json_t *
get_source (const Row *row)
{
  return json_string (guise_caption_source_to_string (row->caption->source));
}

static json_t *
get_state (const Row *row)
{
  return json_string (guise_caption_state_to_string (row->caption->state));
}

static json_t *
get_style (const Row *row)
{
  return guise_json_pack_text (row->caption->style);
}

static json_t *
get_model (const Row *row)
{
  return guise_json_pack_text (row->caption->model);
}

static json_t *
get_text (const Row *row)
{
  return guise_json_pack_text (row->caption->text);
}

static const Field fields[] = {
  { "id", FALSE, get_id },
  { "dataset", FALSE, get_dataset },
  { "path", FALSE, get_path },
  { "split", FALSE, get_split },
  { "person", FALSE, get_person },
  { "outfit", FALSE, get_outfit },
  { "camera", FALSE, get_camera },
  { "captions", FALSE, get_captions },
  { "extra", FALSE, get_extra },
  { "caption", TRUE, get_caption },
  { "kind", TRUE, get_kind },
  { "source", TRUE, get_source },
  { "state", TRUE, get_state },
  { "style", TRUE, get_style },
  { "model", TRUE, get_model },
  { "text", TRUE, get_text },
};

typedef struct {
  CliGlobal *global;
  GuiseStore *store;
  GPtrArray *fields; /* of const Field */
  json_t *rows;      /* NULL: printed as they come */
} Lister;

static gboolean
choose_fields (const char *text, GPtrArray *chosen)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  for (guint n = 0; names[n] != NULL; n++) {
    const Field *field = NULL;

    g_strstrip (names[n]);
    for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
      if (strcmp (fields[i].name, names[n]) == 0)
        field = &fields[i];
    if (field == NULL) {
      cli_usage ("list: unknown field: '%s'", names[n]);
      return FALSE;
    }
    g_ptr_array_add (chosen, (gpointer)field);
  }
  return chosen->len > 0;
}

static void
print_line (const Lister *lister, const Row *row)
{
  for (guint i = 0; i < lister->fields->len; i++) {
    const Field *field = lister->fields->pdata[i];
    json_t *value = field->get (row);
    char *object = json_is_object (value) ? json_dumps (value, JSON_COMPACT) : NULL;
    g_autofree char *text = cli_escape (object != NULL ? object : json_string_value (value));

    if (i > 0)
      putchar ('\t');
    if (json_is_integer (value))
      printf ("%" JSON_INTEGER_FORMAT, json_integer_value (value));
    else
      fputs (text, stdout);
    free (object);
    json_decref (value);
  }
  putchar ('\n');
}

static void
take_row (const Lister *lister, const Row *row)
{
  json_t *object;

  if (lister->rows == NULL) {
    print_line (lister, row);
    return;
  }
  object = json_object ();
  for (guint i = 0; i < lister->fields->len; i++) {
    const Field *field = lister->fields->pdata[i];

    json_object_set_new (object, field->name, field->get (row));
  }
  json_array_append_new (lister->rows, object);
}

static gboolean
list_images (const Lister *lister, const GArray *ids, GError **error)
{
  for (guint first = 0; first < ids->len; first += CHUNK) {
    guint n = MIN (CHUNK, ids->len - first);
    g_autoptr (GPtrArray) records
        = guise_store_get_images (lister->store, &g_array_index (ids, gint64, first), n,
                                  lister->global->cancellable, error);

    if (records == NULL)
      return FALSE;
    for (guint i = 0; i < n; i++)
      if (records->pdata[i] != NULL)
        take_row (lister, &(Row){ .image = records->pdata[i] });
  }
  return TRUE;
}

static gboolean
list_captions (const Lister *lister, const GArray *ids, GError **error)
{
  GuiseImageRecord *image = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; i < ids->len && ok; i++) {
    g_autoptr (GuiseCaption) caption
        = guise_store_get_caption (lister->store, g_array_index (ids, gint64, i), error);

    ok = caption != NULL
         && !g_cancellable_set_error_if_cancelled (lister->global->cancellable, error);
    if (ok && (image == NULL || image->id != caption->image_id)) {
      g_clear_pointer (&image, guise_image_record_free);
      image = guise_store_get_image (lister->store, caption->image_id, error);
      ok = image != NULL;
    }
    if (ok)
      take_row (lister, &(Row){ image, caption });
  }
  g_clear_pointer (&image, guise_image_record_free);
  return ok;
}

/* Rows are captions as soon as a field of a caption is asked for. */
static gboolean
wants_captions (const GPtrArray *chosen)
{
  for (guint i = 0; i < chosen->len; i++)
    if (((const Field *)chosen->pdata[i])->of_caption)
      return TRUE;
  return FALSE;
}

static gboolean
list_rows (const Lister *lister, const GuiseFilter *filter, gint64 limit, GError **error)
{
  gboolean captions = wants_captions (lister->fields);
  GCancellable *cancellable = lister->global->cancellable;
  g_autoptr (GArray) ids
      = captions ? guise_store_find_captions (lister->store, filter, cancellable, error)
                 : guise_store_list_images (lister->store, filter, GUISE_SORT_IMPORT, cancellable,
                                            error);

  if (ids == NULL)
    return FALSE;
  if (limit > 0 && ids->len > limit)
    g_array_set_size (ids, (guint)limit);
  return captions ? list_captions (lister, ids, error) : list_images (lister, ids, error);
}

static int
run_list (CliGlobal *global, GPtrArray *chosen, const GuiseFilter *filter, gint64 limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, &error);
  Lister lister = { .global = global, .fields = chosen };

  if (project == NULL)
    return cli_fail (global, error);
  cli_watch_signals (global);
  lister.store = guise_project_get_store (project);
  lister.rows = global->json ? json_array () : NULL;
  if (!list_rows (&lister, filter, limit, &error)) {
    json_decref (lister.rows);
    return cli_fail (global, error);
  }
  if (global->json)
    cli_print_json (json_pack ("{s:o}", "rows", lister.rows));
  return CLI_DONE;
}

int
cmd_list (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *expression = NULL, *names = NULL;
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
  g_autoptr (GuiseFilter) filter = NULL;
  g_autoptr (GError) error = NULL;
  gint64 limit = 0;
  const GOptionEntry entries[] = {
    { "filter", 0, 0, G_OPTION_ARG_STRING, &expression,
      "Which: fields split camera person outfit state source style kind text path dataset, "
      "operators = != ~ !~, AND OR NOT ( )",
      "EXPR" },
    { "fields", 0, 0, G_OPTION_ARG_STRING, &names,
      "Columns: id dataset path split person outfit camera captions extra; with one of caption "
      "kind source state style model text a row is a caption",
      "NAMES" },
    { "limit", 0, 0, G_OPTION_ARG_INT64, &limit, "At most this many rows", "N" },
    G_OPTION_ENTRY_NULL,
  };

  if (!cli_parse (global, entries, NULL, "Lists images or captions, tab-separated.",
                  "guisectl list --filter 'split = test AND text ~ \"red\"' "
                  "--fields id,caption,text",
                  0, 0, &argc, &argv))
    return CLI_USAGE;
  if (limit < 0)
    return cli_usage ("list: --limit must not be negative");
  if (!choose_fields (names != NULL ? names : "id,split,person,outfit,camera,path", chosen))
    return CLI_USAGE;
  filter = guise_filter_parse (expression != NULL ? expression : "", &error);
  if (filter == NULL)
    return cli_usage ("list: %s", error->message);
  return run_list (global, chosen, filter, limit);
}
