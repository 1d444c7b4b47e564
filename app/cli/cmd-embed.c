/* guisectl embed: builds or refreshes the embedding index of a run. */
#include "cli-commands.h"
#include "cli-precision.h"
#include "cli-retrieval.h"

#include <stdio.h>

static int
embed (CliGlobal *global, const char *run, const GuisePrecision *precision, guint splits,
       const GuiseIndexStorage *storage)
{
  g_auto (CliRetrieval) retrieval = { 0 };
  g_auto (GuiseProjectIndexReport) report = { 0 };
  g_autoptr (GuiseIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  gint64 started = g_get_monotonic_time ();
  const GuiseIndexInfo *info;
  double seconds;

  if (!cli_retrieval_open (&retrieval, global, run, precision, &error))
    return cli_fail (global, error);
  cli_progress_start (&retrieval.progress, global, "embedding");
  index = guise_project_embed (retrieval.project, retrieval.model, splits, storage, TRUE, &report,
                               cli_retrieval_show_progress, &retrieval, global->cancellable,
                               &error);
  cli_progress_end (&retrieval.progress);
  cli_retrieval_warn (&retrieval, &report);
  if (index != NULL && !report.saved)
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_READ_ONLY,
                 "cannot save the index of run '%s': its folder cannot be written", run);
  if (error != NULL)
    return cli_fail (global, error);
  seconds = (double)(g_get_monotonic_time () - started) / 1e6;
  info = guise_index_get_info (index);
  if (global->json)
    cli_print_json (json_pack ("{s:s, s:I, s:I, s:f, s:I, s:I, s:I, s:s, s:s}", "event", "done",
                               "images", (json_int_t)guise_index_get_n_images (index), "dim",
                               (json_int_t)guise_index_get_dim (index), "seconds", seconds,
                               "embedded", (json_int_t)report.build.n_embedded, "reused",
                               (json_int_t)report.build.n_reused, "unreadable",
                               (json_int_t)report.build.n_unreadable, "storage",
                               guise_index_storage_to_string (info->storage), "precision",
                               info->precision));
  else if (!global->quiet)
    printf ("%s: %zu images of '%s' (%zu embedded now) in %.1f s\n", run,
            guise_index_get_n_images (index), info->split,
            report.build.n_embedded, seconds);
  return CLI_DONE;
}

int
cmd_embed (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *run = NULL, *split = NULL, *storage = NULL, *precision_name = NULL;
  const GOptionEntry entries[]
      = { { "run", 0, 0, G_OPTION_ARG_STRING, &run, "The run to embed with", "NAME" },
          { "split", 0, 0, G_OPTION_ARG_STRING, &split,
            "train, val, test, none, several with commas, or all (default: as the index is or was, "
            "else all)",
            "SPLITS" },
          { "storage", 0, 0, G_OPTION_ARG_STRING, &storage,
            "float16: a query reads half as much, the file has half as much again, hits are the "
            "same; or float32 (default: as the index is, else float32)",
            "TYPE" },
          CLI_PRECISION_ENTRY (&precision_name,
                               "Of the encoders' products (default: the index's, else float32)"),
          G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;
  GuiseIndexStorage wanted;
  GuisePrecision precision;
  guint splits = 0;

  if (!cli_parse (global, entries, NULL,
                  "Embeds the project's images with a run's best checkpoint. Images that are in "
                  "the index already\nare skipped unless the checkpoint or their file (its size or "
                  "time) has changed, images that are\ngone or cannot be read are left out. "
                  "Those are tried again by each call; search tries them\nwhen their file has "
                  "changed. The index is replaced as a whole. After a kill or Ctrl+C the\nnext "
                  "call goes on with what was computed. Another precision than the index's embeds\n"
                  "all anew.",
                  "guisectl embed --run demo --split test", 0, 0, &argc, &argv))
    return CLI_USAGE;
  if (run == NULL)
    return cli_usage ("embed: --run is missing");
  if (split != NULL && (splits = guise_splits_parse (split, &error)) == 0)
    return cli_usage ("embed: %s", error->message);
  if (storage != NULL && !guise_index_storage_parse (storage, &wanted))
    return cli_usage ("embed: --storage is neither float32 nor float16: '%s'", storage);
  if (!cli_parse_precision (global, precision_name, &precision))
    return CLI_USAGE;
  return embed (global, run, precision_name != NULL ? &precision : NULL, splits,
                storage != NULL ? &wanted : NULL);
}
