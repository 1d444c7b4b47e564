/* guisectl: the headless twin of the window. Finds the sub-command and hands the rest to it. */
#include "cli.h"
#include "cli-commands.h"
#include "cli-precision.h"

#include "guise-crew.h"
#include "nn-gemm.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

const CliCommand cli_commands[] = {
  { "demo", "new project with painted people and captions", cmd_demo },
  { "import", "read a data set in place", cmd_import },
  { "caption", "descriptions of images, by a model or without one", cmd_caption },
  { "list", "images and captions, filtered", cmd_list },
  { "export", "captions as JSON Lines", cmd_export },
  { "review", "accept, reject, flag or edit captions", cmd_review },
  { "undo", "take back the last operation", cmd_undo },
  { "redo", "do again what was undone", cmd_redo },
  { "history", "what happened to a caption", cmd_history },
  { "check", "look for damage, and mend what can be mended", cmd_check },
  { "backup", "a verified copy of the database, now", cmd_backup },
  { "restore", "put a backup in the database's place", cmd_restore },
  { "endpoint", "what a vision model's server can do, and profiles of servers", cmd_endpoint },
  { "styles", "the manners in which captions are written", cmd_styles },
  { "train", "train a model, or go on with a run", cmd_train, TRUE },
  { "cache", "what training keeps of frozen encoders, and its removal", cmd_cache },
  { "eval", "retrieval figures of a run", cmd_eval },
  { "embed", "build or refresh a run's embedding index", cmd_embed },
  { "search", "rank the gallery by text, description or picture", cmd_search },
  { "analyse", "what a model has learned, and what fusion costs", cmd_analyse },
  { "ablate", "the paper's tables of ablations on this project", cmd_ablate },
  { "runs", "list, compare, add and export training runs", cmd_runs },
  { "model", "make, inspect and step checkpoints", cmd_model },
  { "encode", "features of images and texts as arrays", cmd_encode },
  { "tokenize", "token ids of texts", cmd_tokenize },
  { "resize", "a picture as an array, resized as Pillow does", cmd_resize },
  { "metrics", "retrieval metrics of a similarity matrix", cmd_metrics },
  { "topk", "exact inner-product search over arrays", cmd_topk },
  { "cluster", "labels of an array's rows, by six methods", cmd_cluster },
  { "doctor", "what this machine offers, and what is in the way", cmd_doctor },
  { "bench", "throughput of products, training, clustering and decoding", cmd_bench },
  { NULL },
};

static void
print_help (void)
{
  printf ("Usage: guisectl [--project DIR] [--json] [--quiet] COMMAND [ARGUMENTS]\n\n"
          "Person retrieval by text: data, training, evaluation and search without a "
          "window.\n\nCommands:\n");
  for (const CliCommand *command = cli_commands; command->name != NULL; command++)
    printf ("  %-12s %s\n", command->name, command->summary);
  printf ("\n`guisectl COMMAND --help` explains one, with an example.\n");
}

static int
run_command (CliGlobal *global, int argc, char **argv)
{
  for (const CliCommand *command = cli_commands; command->name != NULL; command++)
    if (strcmp (command->name, argv[0]) == 0) {
      if (!command->shares && guise_crew_is_called ())
        return cli_usage ("%s: mpirun started several processes, which would all do the same: only "
                          "train shares its work, start others without mpirun",
                          argv[0]);
      cli_enter (global, argv[0]);
      return command->run (global, argc, argv);
    }
  return cli_usage ("unknown command: '%s'", argv[0]);
}

static int
print_version (void)
{
  g_autofree char *bf16 = cli_describe_bf16 ();

  printf ("guisectl " GUISE_VERSION "\nbf16: %s\n", bf16);
  return CLI_DONE;
}

static int
run (CliGlobal *global, int argc, char **argv)
{
  int i = 1;

  for (; i < argc && argv[i][0] == '-'; i++) {
    if (strcmp (argv[i], "--json") == 0)
      global->json = TRUE;
    else if (strcmp (argv[i], "--quiet") == 0)
      global->quiet = TRUE;
    else if (strcmp (argv[i], "--project") == 0 && i + 1 < argc)
      global->project = argv[++i];
    else if (g_str_has_prefix (argv[i], "--project="))
      global->project = argv[i] + strlen ("--project=");
    else if (strcmp (argv[i], "--version") == 0)
      return print_version ();
    else if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      return print_help (), CLI_DONE;
    else
      return cli_usage ("unknown option: '%s'", argv[i]);
  }
  if (i == argc)
    return print_help (), CLI_USAGE;
  return run_command (global, argc - i, argv + i);
}

/* Beneath a limit that is too small for OpenBLAS the process would hang, at its end at the latest:
 * so exit(), which waits for the library's threads, is no way out either. */
static void
check_address_space (void)
{
  double needed = (double)nn_gemm_get_address_space ();
  struct rlimit limit;

  if (getrlimit (RLIMIT_AS, &limit) != 0 || (double)limit.rlim_cur >= needed)
    return;
  cli_tell ("cannot start: the limit on memory (ulimit -v) is %.0f MB, OpenBLAS with its threads "
            "takes %.0f MB of addresses; raise it, or set OPENBLAS_NUM_THREADS=1",
            (double)limit.rlim_cur / 1e6, needed / 1e6);
  _exit (CLI_FAILED);
}

int
main (int argc, char **argv)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  CliGlobal global = { .project = ".", .cancellable = cancellable };

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C"); /* numbers in files and JSON never depend on the language */
  signal (SIGPIPE, SIG_IGN);
  check_address_space ();
  return cli_close_output (run (&global, argc, argv));
}
