/* guisectl search: the gallery ranked by a text, a description or a picture. */
#include "cli-commands.h"
#include "cli-precision.h"
#include "cli-retrieval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli-text.h"
#include "guise-formats-error.h"
#include "guise-jsonl.h"
#include "guise-search.h"
#include "search-sheet.h"

enum { MAX_LINE = 1 << 16 };

typedef struct {
  char *run, *who, *wearing, *image, *without, *lambda, *filter, *queries, *sheet, *precision;
  gint64 k;
  gboolean rerank;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->run);
  g_free (options->who);
  g_free (options->wearing);
  g_free (options->image);
  g_free (options->without);
  g_free (options->lambda);
  g_free (options->filter);
  g_free (options->queries);
  g_free (options->sheet);
  g_free (options->precision);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

typedef struct {
  CliRetrieval retrieval;
  const Options *options;
  double lambda; /* < 0 = the default */
  GuiseIndex *index;
  guint64 *keep; /* NULL = all */
  SearchSheet *sheet;
} Searcher;

static void
searcher_clear (Searcher *searcher)
{
  g_clear_pointer (&searcher->index, guise_index_unref);
  g_clear_pointer (&searcher->keep, g_free);
  g_clear_pointer (&searcher->sheet, search_sheet_free);
  cli_retrieval_clear (&searcher->retrieval);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Searcher, searcher_clear)

/* ---- printing ---- */

static json_t *
hit_to_json (const GuiseHit *hit, const GuiseImageRecord *record, size_t rank)
{
  return json_pack ("{s:I, s:I, s:o, s:s?, s:f, s:f, s:f}", "rank", (json_int_t)rank, "id",
                    (json_int_t)hit->id, "path",
                    guise_json_pack_text (record != NULL ? record->path : NULL), "person",
                    record != NULL ? record->person : NULL, "score", (double)hit->score, "identity",
                    (double)hit->identity, "clothing", (double)hit->clothing);
}

static void
print_json (const GuiseHit *hits, GPtrArray *records, size_t n, double lambda,
            const GuiseSearchTimes *times)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < n; i++)
    json_array_append_new (list, hit_to_json (&hits[i], records->pdata[i], i + 1));
  cli_print_json (json_pack ("{s:o, s:f, s:{s:f, s:f, s:f}}", "hits", list, "lambda", lambda, "ms",
                             "encode", times->encode, "score", times->score, "rank", times->rank));
}

static void
print_part (gboolean present, float value)
{
  if (present)
    printf ("  %8.3f", value);
  else
    printf ("         -");
}

static void
print_hits (const GuiseSearch *search, const GuiseHit *hits, GPtrArray *records, size_t n,
            double lambda)
{
  const GuiseSearchTimes *times = guise_search_get_times (search);

  if (n > 0)
    printf ("rank   score  identity  clothing  person      image\n");
  for (size_t i = 0; i < n; i++) {
    const GuiseImageRecord *record = records->pdata[i];
    g_autofree char *person = cli_escape (record != NULL ? record->person : "?");
    g_autofree char *path = cli_escape (record != NULL ? record->path : "?");

    printf ("%4zu  %6.3f", i + 1, hits[i].score);
    print_part (guise_search_has_identity (search), hits[i].identity);
    print_part (guise_search_has_clothing (search), hits[i].clothing);
    printf ("  %-10s  %s\n", person, path);
  }
  printf ("%zu images, λ %.2f: encode %.1f ms, score %.1f ms, rank %.1f ms\n",
          guise_index_get_n_images (guise_search_get_index (search)), lambda, times->encode,
          times->score, times->rank);
}

/* ---- searching ---- */

/* The file that --image names, or the queries file; any path. */
static GuiseImage *
read_image (const Searcher *searcher, const char *path, GError **error)
{
  return guise_decoder_decode (guise_project_get_decoder (searcher->retrieval.project), NULL, path,
                               NULL, searcher->retrieval.global->cancellable, error);
}

/* Answers one query, prints it and adds it to the sheet. truth: the label of the person who is
 * looked for, or NULL. */
static gboolean
answer (Searcher *searcher, GuiseSearchRequest *request, const char *image, const char *truth,
        GError **error)
{
  const CliRetrieval *retrieval = &searcher->retrieval;
  g_autoptr (GuiseImage) picture = image != NULL ? read_image (searcher, image, error) : NULL;
  g_autoptr (GuiseSearch) search = NULL;
  g_autoptr (GPtrArray) records = NULL;
  g_autofree GuiseHit *hits = NULL;
  g_autofree gint64 *ids = NULL;
  size_t n, k = (size_t)searcher->options->k;
  double lambda;

  if (image != NULL && picture == NULL)
    return FALSE;
  request->image = picture;
  search = guise_search_new (retrieval->model, searcher->index, request, error);
  if (search == NULL)
    return FALSE;
  lambda = guise_ranking_get_effective_lambda (
      guise_search_get_ranking (search),
      searcher->lambda >= 0 ? searcher->lambda : guise_search_get_default_lambda (search));
  hits = searcher->options->rerank
             ? guise_search_top_reranked (search, lambda, searcher->keep, k, &n, error)
             : guise_search_top (search, lambda, searcher->keep, k, &n);
  if (hits == NULL)
    return FALSE;
  ids = g_new (gint64, MAX (n, 1));
  for (size_t i = 0; i < n; i++)
    ids[i] = hits[i].id;
  records = guise_store_get_images (guise_project_get_store (retrieval->project), ids, n,
                                    retrieval->global->cancellable, error);
  if (records == NULL)
    return FALSE;
  if (retrieval->global->json)
    print_json (hits, records, n, lambda, guise_search_get_times (search));
  else if (!retrieval->global->quiet)
    print_hits (search, hits, records, n, lambda);
  if (searcher->sheet != NULL)
    search_sheet_add (searcher->sheet, search, request, image, truth, hits, records, n);
  return TRUE;
}

/* ---- the queries file ---- */

static const char *const query_keys[] = { "text", "who", "wearing", "not", "image", "truth" };

static gboolean
check_query (json_t *object, guint64 line, GError **error)
{
  const char *key;
  json_t *value;

  json_object_foreach (object, key, value)
  {
    gboolean known = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS (query_keys); i++)
      known |= strcmp (key, query_keys[i]) == 0;
    if (!known || !json_is_string (value)) {
      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                   "cannot use query in line %" G_GUINT64_FORMAT ": '%s' is no text of a query",
                   line, key);
      return FALSE;
    }
  }
  if (json_object_get (object, "text") == NULL
      || (json_object_get (object, "who") == NULL && json_object_get (object, "wearing") == NULL))
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot use query in line %" G_GUINT64_FORMAT
               ": text and who or wearing exclude each other",
               line);
  return FALSE;
}

static const char *
get_text (json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

static gboolean
answer_line (json_t *object, guint64 line, gpointer user_data, GError **error)
{
  Searcher *searcher = user_data;
  GuiseSearchRequest request = { .text = get_text (object, "text"),
                                 .who = get_text (object, "who"),
                                 .wearing = get_text (object, "wearing"),
                                 .without = get_text (object, "not") };

  return check_query (object, line, error)
         && answer (searcher, &request, get_text (object, "image"), get_text (object, "truth"),
                    error);
}

static gboolean
answer_file (Searcher *searcher, GError **error)
{
  g_autoptr (GuiseJsonlReport) report
      = guise_jsonl_read (searcher->options->queries, MAX_LINE, answer_line, searcher, error);

  if (report == NULL)
    return FALSE;
  if (report->n_bad == 0)
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot use queries '%s': %s", searcher->options->queries,
               (const char *)report->problems->pdata[0]);
  return FALSE;
}

/* A ranking of nothing says why it is empty. */
static void
warn_if_none (const Searcher *searcher)
{
  size_t n_words = guise_index_get_n_images (searcher->index) / 64 + 1;
  g_autofree char *filter = cli_escape (searcher->options->filter);

  for (size_t i = 0; i < n_words; i++)
    if (searcher->keep[i] != 0)
      return;
  cli_tell ("no image of the index, which holds '%s', passes the filter: '%s'",
            guise_index_get_info (searcher->index)->split, filter);
}

static gboolean
prepare (Searcher *searcher, CliGlobal *global, GError **error)
{
  const Options *options = searcher->options;
  CliRetrieval *retrieval = &searcher->retrieval;
  GuisePrecision precision, *chosen = NULL;

  if (options->precision != NULL && guise_precision_parse (options->precision, &precision))
    chosen = &precision;
  if (!cli_check_output (options->sheet, error)
      || !cli_retrieval_open (retrieval, global, options->run, chosen, error)
      || (options->rerank && !guise_search_model_check_match (retrieval->model, error)))
    return FALSE;
  searcher->index = cli_retrieval_get_index (retrieval, error);
  if (searcher->index == NULL)
    return FALSE;
  if (options->filter != NULL) {
    searcher->keep = guise_project_create_filter (retrieval->project, searcher->index,
                                                  options->filter, global->cancellable, error);
    if (searcher->keep == NULL)
      return FALSE;
    warn_if_none (searcher);
  }
  if (options->sheet != NULL)
    searcher->sheet = search_sheet_new (retrieval->project, retrieval->model);
  return TRUE;
}

static int
run_search (CliGlobal *global, const Options *options, const char *text, double lambda)
{
  g_auto (Searcher) searcher = { .options = options, .lambda = lambda };
  g_autoptr (GError) error = NULL;
  GuiseSearchRequest request = {
    .text = text, .who = options->who, .wearing = options->wearing, .without = options->without
  };

  if (!prepare (&searcher, global, &error)
      || !(options->queries != NULL ? answer_file (&searcher, &error)
                                    : answer (&searcher, &request, options->image, NULL, &error))
      || (searcher.sheet != NULL && !search_sheet_save (searcher.sheet, options->sheet, &error)))
    return cli_fail (global, error);
  return CLI_DONE;
}

static gboolean
is_blank (const char *text)
{
  return text == NULL || text[strspn (text, " \t\n\r\f\v")] == '\0';
}

/* FALSE after a line of wrong usage. */
static gboolean
check_question (const Options *options, const char *text)
{
  gboolean boxes = options->who != NULL || options->wearing != NULL;

  if (options->queries != NULL
      && (text != NULL || boxes || options->image != NULL || options->without != NULL))
    cli_usage ("search: --queries and a query of its own exclude each other");
  else if (text != NULL && boxes)
    cli_usage ("search: TEXT and --who or --wearing exclude each other");
  else if (options->queries == NULL && options->image == NULL && is_blank (text)
           && is_blank (options->who) && is_blank (options->wearing))
    cli_usage ("search: empty query: give TEXT, --who, --wearing, --image or --queries");
  else
    return TRUE;
  return FALSE;
}

int
cmd_search (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .k = 10 };
  const GOptionEntry entries[] = {
    { "run", 0, 0, G_OPTION_ARG_STRING, &options.run, "The run to search with", "NAME" },
    { "who", 0, 0, G_OPTION_ARG_STRING, &options.who, "Who: build, age, hair …", "TEXT" },
    { "wearing", 0, 0, G_OPTION_ARG_STRING, &options.wearing, "Clothes, shoes, bags", "TEXT" },
    { "image", 0, 0, G_OPTION_ARG_FILENAME, &options.image, "A picture like which", "FILE" },
    { "not", 0, 0, G_OPTION_ARG_STRING, &options.without, "Take half of this text's score away",
      "TEXT" },
    { "lambda", 0, 0, G_OPTION_ARG_STRING, &options.lambda,
      "Weight of identity, 0 to 1 (default: the run's for TEXT, else 0.5)", "X" },
    { "filter", 0, 0, G_OPTION_ARG_STRING, &options.filter,
      "Rank only images that match, e.g. 'split = test AND camera = 3'", "EXPR" },
    { "k", 'k', 0, G_OPTION_ARG_INT64, &options.k, "How many hits (default 10)", "N" },
    { "rerank", 0, 0, G_OPTION_ARG_NONE, &options.rerank, "Reorder the top 128 by the match logit",
      NULL },
    { "queries", 0, 0, G_OPTION_ARG_FILENAME, &options.queries,
      "Many queries: a JSON object a line with text, who, wearing, not, image; truth = person",
      "JSONL" },
    { "contact-sheet", 0, 0, G_OPTION_ARG_FILENAME, &options.sheet,
      "Also draw the hits (.png, .svg or .pdf)", "FILE" },
    CLI_PRECISION_ENTRY (&options.precision, "Of the encoders' products (default: the index's; "
                                             "another one embeds all anew)"),
    G_OPTION_ENTRY_NULL
  };
  GuisePrecision precision;
  double lambda = -1;

  if (!cli_parse (global, entries, "[TEXT]",
                  "Ranks the images of the run's index; it is made first when it is missing, and "
                  "brought up to date\nwhen the run's weights or image files have changed.",
                  "guisectl search --run demo --who \"an elderly man\" --wearing \"a red coat\"", 0,
                  1, &argc, &argv))
    return CLI_USAGE;
  if (options.run == NULL)
    return cli_usage ("search: --run is missing");
  if (options.k < 1)
    return cli_usage ("search: -k is less than 1");
  if (!cli_parse_lambda ("search", options.lambda, &lambda)
      || !cli_parse_precision (global, options.precision, &precision))
    return CLI_USAGE;
  if (!check_question (&options, argc > 1 ? argv[1] : NULL))
    return CLI_USAGE;
  return run_search (global, &options, argc > 1 ? argv[1] : NULL, lambda);
}
