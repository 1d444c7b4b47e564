/* The schema of guise.db and how older files are brought up to it. */
#pragma once

#include "guise-db.h"

/* "Guis" in the file's header: application_id. */
#define GUISE_SCHEMA_APPLICATION_ID 0x47756973

/* The version this program writes. */
int guise_schema_get_version (void);

/* Checks application_id and user_version of an open file: _NOT_A_PROJECT, _NEWER. *version is
 * what the file has (0: empty file). */
gboolean guise_schema_check (GuiseDb *db, int *version, GError **error);
/* Runs the migrations after `version`, each in one transaction together with its number. */
gboolean guise_schema_migrate (GuiseDb *db, int version, GError **error);
/* Brings an empty file to `version` and no further. */
gboolean guise_schema_create (GuiseDb *db, int version, GError **error);
/* What a row of SQLite's integrity check says, on one line; "ok" when nothing is wrong. */
char *guise_schema_dup_finding (sqlite3_stmt *statement);
/* quick_check and foreign_key_check; _DAMAGED with the first finding. */
gboolean guise_schema_verify (GuiseDb *db, GError **error);

/* For tests: as if one more migration came after the last one. NULL takes it back. */
void guise_schema_set_next (const char *const *statements);
