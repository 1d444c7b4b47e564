/* What the store's tests share: a temporary folder, a small project, records without files. */
#pragma once

#include "guise-store-captions.h"
#include "guise-store-history.h"
#include "guise-store-images.h"
#include "guise-store-import.h"
#include "guise-store.h"

/* A new empty folder; fixture_remove() takes it away with all that is in it and frees the
 * name. */
char *fixture_folder (void);
void fixture_remove (char *folder);

/* n_persons persons with two images each: outfit "o1" and "o2", cameras "cam_a" and "cam_b", two
 * free captions of styles "terse" and "list" and one identity text an image; every fourth person
 * is for test, the others for training. */
GPtrArray *fixture_records (guint n_persons);

/* The data set "people", new or known. */
gint64 fixture_add_dataset (GuiseStore *store);
/* Imports the records into it. */
void fixture_import (GuiseStore *store, GPtrArray *records, GuiseImportStats *stats);
/* A store in `folder` with fixture_records (n_persons) as data set "people". */
GuiseStore *fixture_store (const char *folder, guint n_persons);
/* The same in a new folder, closed again; fixture_remove() takes it. */
char *fixture_closed_store (guint n_persons);
GuiseStoreCounts fixture_get_counts (GuiseStore *store);

/* Texts of the captions that match, joined with '|', by id; asserts that the filter parses. */
char *fixture_find (GuiseStore *store, const char *filter);
/* How many images match. */
gint64 fixture_count (GuiseStore *store, const char *filter);
char *fixture_text (GuiseStore *store, gint64 caption_id);

/* Replaces `expected` by text as an editor does, and waits: the revision, or -1. stay and
 * taken_back may be NULL. */
gint64 fixture_type (GuiseStore *store, gint64 caption_id, const char *expected, const char *text,
                     GuiseCaptionStay *stay, gboolean *taken_back, GError **error);

/* Runs SQL on the closed database of `folder`, as a stranger's tool would. */
void fixture_tamper (const char *folder, const char *sql);
/* Leaves one row out of an index of the closed database: the table is whole. */
void fixture_damage_index (const char *folder);
/* Turns a page of the closed database, where the table of cameras begins, into nonsense. */
void fixture_damage_page (const char *folder);
