/* Benchmark of a whole query of an index of 100 000 pictures, without the encoder of its text: both
 * products, mixing, the best; beside a plain loop that only reads the rows that it needs. */
#include "bench-rows.h"

#include <stdio.h>

#include "guise-ranking.h"

enum {
  DIM = 256,
  ROWS = 100000,
  PAGE = 48, /* what a window shows */
};

typedef struct {
  GuiseIndex *index;
  GuiseQuery *query;
  NnTeam *team;
  GuiseRanking *ranking; /* of which λ is moved */
  guint n_moves;
} Search;

static void
search_once (gpointer data)
{
  Search *search = data;
  g_autoptr (GuiseRanking) ranking
      = guise_ranking_new (search->index, search->query, search->team, NULL);
  gsize n_hits;

  g_free (guise_ranking_top (ranking, GUISE_QUERY_LAMBDA_EQUAL, NULL, PAGE, &n_hits));
}

/* 0.05, 0.10 … */
static void
move_lambda (gpointer data)
{
  Search *search = data;
  gsize n_hits;

  search->n_moves++;
  g_free (guise_ranking_top (search->ranking, search->n_moves % 20 / 20.0, NULL, PAGE, &n_hits));
}

static void
read_rows (gpointer data)
{
  const Search *search = data;
  const GuiseIndex *index = search->index;
  const GuiseHalfRows *v = guise_index_get_identity_halves (index);
  const GuiseHalfRows *c = guise_index_get_clothing_halves (index);
  gsize n = guise_index_get_n_images (index) * DIM * (v != NULL ? 2 : sizeof (float));

  bench_read (v != NULL ? (const void *)v->halves : guise_index_get_identity (index), n,
              search->team);
  bench_read (c != NULL ? (const void *)c->halves : guise_index_get_clothing (index), n,
              search->team);
}

/* In memory, or, where something is to be saved, in a file that is mapped. */
static GuiseIndex *
create_index (const Bench *bench, gsize n, GuiseIndexStorage storage, GError **error)
{
  const GuiseIndexInfo info
      = { .run = "bench", .checkpoint = "bench", .split = "all", .storage = storage };
  g_autofree float *v = bench_create_rows (n, DIM, 3), *c = bench_create_rows (n, DIM, 4);
  g_autofree float *norm = g_new (float, n);
  g_autofree gint64 *ids = g_new (gint64, n);
  g_autofree char *path = NULL, *name = NULL;

  for (gsize i = 0; i < n; i++) {
    norm[i] = 1;
    ids[i] = (gint64)i + 1;
  }
  if (bench->save == NULL)
    return guise_index_new (&info, n, DIM, v, c, norm, ids, error);
  name = g_strdup_printf ("index-%s.safetensors", guise_index_storage_to_string (storage));
  path = g_build_filename (bench->save, name, NULL);
  return guise_index_write (path, &info, n, DIM, v, c, norm, ids, error)
             ? guise_index_open (path, error)
             : NULL;
}

static void
report (Bench *bench, const char *name, const char *part, double median_s, double flop)
{
  g_autofree char *whole = g_strconcat (name, part, NULL);

  bench_report (bench, whole, median_s, 1, flop);
}

static void
measure (Bench *bench, Search *search, const char *name)
{
  gsize n = guise_index_get_n_images (search->index);
  double read_s, search_s;

  search_s = bench_median_beside (bench, search_once, search, read_rows, search, &read_s);
  report (bench, name, "", search_s, 4.0 * n * DIM);
  report (bench, name, ", reading alone", read_s, 0);
  search->ranking = guise_ranking_new (search->index, search->query, search->team, NULL);
  report (bench, name, ", λ moved", bench_median (bench, move_lambda, search), 0);
  if (!bench->global->json && !bench->global->quiet)
    printf ("%s: 20 values of λ need the exact products of %zu of %zu pictures\n", name,
            guise_ranking_count_exact (search->ranking), n);
  guise_ranking_free (search->ranking);
}

gboolean
bench_search (Bench *bench, GError **error)
{
  const char *const names[] = { "search", "search float16" };
  const GuiseIndexStorage storages[] = { GUISE_STORAGE_FLOAT32, GUISE_STORAGE_FLOAT16 };
  g_autofree float *texts = bench_create_rows (2, DIM, 5);
  g_autoptr (GuiseQuery) query = guise_query_new (DIM);
  NnTeam *team = nn_team_create ((size_t)bench->threads);
  gboolean done = FALSE;

  guise_query_add_text (query, texts, texts + DIM);
  for (gsize s = 0; s < G_N_ELEMENTS (storages); s++) {
    Search search = { .query = query, .team = team };

    search.index = create_index (bench, bench->rows != 0 ? bench->rows : ROWS, storages[s], error);
    done = search.index != NULL;
    if (!done)
      break;
    measure (bench, &search, names[s]);
    guise_index_unref (search.index);
  }
  nn_team_free (team);
  return done;
}
