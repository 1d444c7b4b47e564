/* Styles of a project, as the commands share them. */
#pragma once

#include "cli.h"

#include "guise-project-styles.h"

/* With a bar; nothing on stdout. n_threads: 0 = all cores. */
GuiseStyles *cli_find_styles (CliGlobal *global, GuiseProject *project, const char *filter,
                              const GuiseStyleOptions *options, size_t n_threads, GError **error);

/* What a job of captions is begun with. */
typedef struct {
  char **names;
  json_t *exemplars;
} CliStyles;

void cli_styles_clear (CliStyles *styles);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliStyles, cli_styles_clear)

/* wanted: as guise_styles_choose() takes it, of the project's styles, which are found first where
 * there are none yet; or a file of exemplars, *.json. */
gboolean cli_choose_styles (CliGlobal *global, GuiseProject *project, const char *wanted,
                            CliStyles *styles, GError **error);
