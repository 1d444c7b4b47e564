/* The connection, for the files that write captions.db. */
#pragma once

#include "guise-caption-db.h"
#include "guise-db.h"

/* Costs are kept in millionths, unknown ones as -1. */
#define GUISE_CAPTION_COST_UNIT 1e6

struct _GuiseCaptionDb {
  GuiseDb *db;
};

/* The format of the file, 0 = it is empty; -1 with an error when it is not ours. */
int guise_caption_db_read_version (GuiseDb *db, GError **error);

/* A transaction around several statements: guise_db_execute "BEGIN IMMEDIATE", the work, then
 * this. */
gboolean guise_caption_db_end (GuiseCaptionDb *db, gboolean ok, GError **error);

/* As guise_db_run_values(), without waiting for the disk: no death of a process loses it, a loss of
 * power may, until something else is written. */
gboolean guise_caption_db_run_lazily (GuiseCaptionDb *db, const char *sql,
                                      const GuiseValue *values, size_t n_values, GError **error);

/* As it is kept. */
gint64 guise_caption_db_count_cost (double cost);
