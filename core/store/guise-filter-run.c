/* From a parsed filter to a statement. */
#include "guise-filter-private.h"
#include "guise-filter-words.h"
#include "guise-store-private.h"

#define HAS_CAPTIONS "EXISTS (SELECT 1 FROM captions WHERE image_id = i.id)"
/* As what an image without captions is matched. */
#define NO_CAPTION \
  "(SELECT NULL AS text, NULL AS state, NULL AS source, NULL AS style, NULL AS kind) c"

static void
append_joins (GString *sql, GuiseFilterTables tables)
{
  if (tables & GUISE_FILTER_DATASETS)
    g_string_append (sql, " JOIN datasets d ON d.id = i.dataset_id");
  if (tables & GUISE_FILTER_PERSONS)
    g_string_append (sql, " JOIN persons p ON p.id = i.person_id");
  if (tables & GUISE_FILTER_OUTFITS)
    g_string_append (sql, " LEFT JOIN outfits o ON o.id = i.outfit_id");
  if (tables & GUISE_FILTER_CAMERAS)
    g_string_append (sql, " LEFT JOIN cameras cam ON cam.id = i.camera_id");
}

/* The filter's condition, with its values. */
static void
append_condition (GString *sql, const GuiseFilter *filter, GArray *values)
{
  g_string_append (sql, filter->sql->str);
  g_array_append_vals (values, filter->values->data, filter->values->len);
}

/* Which images have a caption that matches: the captions are read in the order in which they lie in
 * the file, which is three times as fast as looking for those of each image. Images without any are
 * matched as if they had an empty one, and are looked for only where that matches. */
static void
append_captions_condition (GString *sql, const GuiseFilter *filter, GArray *values)
{
  g_string_append (sql, " WHERE i.id IN (SELECT c.image_id FROM captions c");
  if (filter->tables != GUISE_FILTER_CAPTIONS)
    g_string_append (sql, " CROSS JOIN images i ON i.id = c.image_id");
  append_joins (sql, filter->tables);
  g_string_append (sql, " WHERE ");
  append_condition (sql, filter, values);
  g_string_append (sql, " UNION ALL SELECT i.id FROM " NO_CAPTION " CROSS JOIN images i");
  append_joins (sql, filter->tables);
  g_string_append (sql, " WHERE (");
  append_condition (sql, filter, values);
  g_string_append (sql, ") AND NOT " HAS_CAPTIONS ")");
}

/* The same where the images of captions with the right words are known already: only their captions
 * are looked at, and where words are all that is asked, none. */
static void
append_words_condition (GString *sql, const GuiseFilter *filter, const GuiseFilterWords *words,
                        const GArray *images, GArray *values)
{
  GuiseValue ids = GUISE_IDS (images);

  append_joins (sql, filter->tables);
  g_string_append (sql, " WHERE is_among (i.id, ?)");
  g_array_append_val (values, ids);
  if (!words->exact) {
    g_string_append (sql, " AND EXISTS (SELECT 1 FROM captions c WHERE c.image_id = i.id AND (");
    append_condition (sql, filter, values);
    g_string_append (sql, "))");
  }
  if (words->of_empty == GUISE_FILTER_FALSE)
    return;
  g_string_append (sql, " OR (EXISTS (SELECT 1 FROM " NO_CAPTION " WHERE ");
  append_condition (sql, filter, values);
  g_string_append (sql, ") AND NOT " HAS_CAPTIONS ")");
}

static GuiseTextSet
match_words (GuiseTexts *texts, gpointer data)
{
  return guise_filter_match_words (data, texts);
}

/* The images that captions with the right words and traits belong to; NULL without an error where
 * that is not known in memory. */
static GArray *
find_by_words (GuiseStore *store, GuiseDb *db, const GuiseFilter *filter,
               const GuiseFilterWords *words, GError **error)
{
  GuiseTexts *texts = guise_store_get_texts (store);
  GuiseTextQuestion question = { match_words, (gpointer)filter };

  if (texts == NULL || !words->narrows)
    return NULL;
  if (!words->has_words && !guise_texts_is_prepared (texts))
    return NULL; /* a scan takes less time than reading all texts */
  return guise_texts_find_images (texts, db, &question, error);
}

/* has_captions: see guise_filter_run(). images: of find_by_words(), or NULL. */
static char *
build_sql (const GuiseFilter *filter, const GuiseFilterWords *words, const GArray *images,
           const char *select, gboolean has_captions, const char *order, GArray *values)
{
  GString *sql = g_string_new (select);

  if (images != NULL) {
    append_words_condition (sql, filter, words, images, values);
  } else if (filter != NULL && (filter->tables & GUISE_FILTER_CAPTIONS) && !has_captions) {
    append_captions_condition (sql, filter, values);
  } else if (filter != NULL && filter->sql->len > 0) {
    append_joins (sql, filter->tables);
    g_string_append (sql, " WHERE ");
    append_condition (sql, filter, values);
  }
  g_string_append (sql, order);
  return g_string_free (sql, FALSE);
}

/* The statement, to be finalized; *images is to be kept until then. */
static sqlite3_stmt *
prepare (GuiseStore *store, GuiseDb *db, const GuiseFilter *filter, const char *select,
         gboolean has_captions, const char *order, GArray **images, GError **error)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  g_autoptr (GError) local = NULL;
  g_autofree char *sql = NULL;
  GuiseFilterWords words = { 0 };

  if (filter != NULL && !has_captions) {
    words = guise_filter_describe_words (filter);
    *images = find_by_words (store, db, filter, &words, &local);
  }
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  sql = build_sql (filter, &words, *images, select, has_captions, order, values);
  return guise_db_prepare_once (db, sql, (const void *)values->data, values->len, error);
}

GArray *
guise_filter_run (GuiseStore *store, const GuiseFilter *filter, const char *select,
                  gboolean has_captions, const char *order, GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) images = NULL;
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = prepare (store, db, filter, select, has_captions, order, &images, error);
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    gint64 id = sqlite3_column_int64 (statement, 0);

    g_array_append_val (ids, id);
  }
  sqlite3_finalize (statement);
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&ids) : NULL;
}

gint64
guise_filter_count (GuiseStore *store, const GuiseFilter *filter, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GArray) images = NULL;
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  gint64 n = -1;

  if (db == NULL)
    return -1;
  statement = prepare (store, db, filter, "SELECT count(*) FROM images i", FALSE, "", &images,
                       error);
  if (statement != NULL && guise_db_step (db, statement, error) > 0)
    n = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  guise_store_give_back (store, db);
  return n;
}
