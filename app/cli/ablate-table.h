/* A table of an ablation out of the rows that are finished: means and deviations over the seeds, as
 * Markdown, LaTeX and CSV. */
#pragma once

#include "ablate-rows.h"

#include "guise-ablation.h"

typedef struct {
  guint number;
  GPtrArray *variants; /* of GuiseVariant */
} AblateTable;

/* Whether anything of the variant is to be trained with the seed. */
gboolean ablate_table_lacks (const AblateRows *rows, const GuiseVariant *variant, guint64 seed);
/* {"table", "variant", "title", "note", "seeds", "diverged", "missing", "mean": {"caption_r1": …},
 * "sd": {…}} of each variant; seeds are those with figures. Here and below, seeds: guint64, those
 * asked for; others have no part in it. Here NULL = all that are finished, and none is missing. */
json_t *ablate_table_summarise (const AblateTable *table, const AblateRows *rows,
                                const GArray *seeds);
/* The table with what is to be known about it, as Markdown. */
char *ablate_table_create_markdown (const AblateTable *table, const AblateRows *rows,
                                    const GArray *seeds);
/* Writes table-N.md, .tex and .csv into the rows' folder. */
gboolean ablate_table_write (const AblateTable *table, const AblateRows *rows, const GArray *seeds,
                             GError **error);

/* Hash of a variant's configuration, as rows keep it. */
char *ablate_hash_config (const GuiseVariant *variant);
