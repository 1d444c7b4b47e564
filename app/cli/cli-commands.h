/* The entry point of each sub-command, one cmd-*.c a piece. argv[0] is the command's own name. */
#pragma once

#include "cli.h"

int cmd_ablate (CliGlobal *global, int argc, char **argv);
int cmd_cache (CliGlobal *global, int argc, char **argv);
int cmd_backup (CliGlobal *global, int argc, char **argv);
int cmd_caption (CliGlobal *global, int argc, char **argv);
int cmd_check (CliGlobal *global, int argc, char **argv);
int cmd_cluster (CliGlobal *global, int argc, char **argv);
int cmd_demo (CliGlobal *global, int argc, char **argv);
int cmd_doctor (CliGlobal *global, int argc, char **argv);
int cmd_endpoint (CliGlobal *global, int argc, char **argv);
int cmd_export (CliGlobal *global, int argc, char **argv);
int cmd_history (CliGlobal *global, int argc, char **argv);
int cmd_import (CliGlobal *global, int argc, char **argv);
int cmd_list (CliGlobal *global, int argc, char **argv);
int cmd_metrics (CliGlobal *global, int argc, char **argv);
int cmd_bench (CliGlobal *global, int argc, char **argv);
int cmd_train (CliGlobal *global, int argc, char **argv);
int cmd_runs (CliGlobal *global, int argc, char **argv);
int cmd_model (CliGlobal *global, int argc, char **argv);
int cmd_redo (CliGlobal *global, int argc, char **argv);
int cmd_resize (CliGlobal *global, int argc, char **argv);
int cmd_restore (CliGlobal *global, int argc, char **argv);
int cmd_review (CliGlobal *global, int argc, char **argv);
int cmd_styles (CliGlobal *global, int argc, char **argv);
int cmd_tokenize (CliGlobal *global, int argc, char **argv);
int cmd_topk (CliGlobal *global, int argc, char **argv);
int cmd_undo (CliGlobal *global, int argc, char **argv);
int cmd_analyse (CliGlobal *global, int argc, char **argv);
int cmd_embed (CliGlobal *global, int argc, char **argv);
int cmd_encode (CliGlobal *global, int argc, char **argv);
int cmd_eval (CliGlobal *global, int argc, char **argv);
int cmd_search (CliGlobal *global, int argc, char **argv);

/* Parts of `runs`; argv[0] is "add" or "export". */
int cmd_runs_add (CliGlobal *global, int argc, char **argv);
int cmd_runs_export (CliGlobal *global, int argc, char **argv);
