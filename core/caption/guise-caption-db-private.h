/* The connection, for the files that write captions.db. */
#pragma once

#include "guise-caption-db.h"
#include "guise-db.h"

struct _GuiseCaptionDb {
  GuiseDb *db;
};

/* A transaction around several statements: guise_db_execute "BEGIN IMMEDIATE", the work, then
 * this. */
gboolean guise_caption_db_end (GuiseCaptionDb *db, gboolean ok, GError **error);
