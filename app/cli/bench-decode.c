/* Benchmark of decoding: painted people, one picture after the other from as many threads as there
 * are processes, as training and embedding read them; once for each way of confining them. */
#include "bench.h"

#include "guise-decoder.h"
#include "guise-demo.h"
#include "guise-folder.h"

enum { N_PERSONS = 8 };

typedef struct {
  GuiseDecoder *decoder;
  GPtrArray *paths;
  int next;      /* atomic */
  GError *error; /* atomic: the first one */
} Round;

static gpointer
decode_some (gpointer data)
{
  Round *round = data;
  int i;

  while ((i = g_atomic_int_add (&round->next, 1)) < (int)round->paths->len) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseImage) image
        = guise_decoder_decode (round->decoder, NULL, round->paths->pdata[i], NULL, NULL, &error);

    if (image == NULL && g_atomic_pointer_compare_and_exchange (&round->error, NULL, error))
      error = NULL;
  }
  return NULL;
}

static void
decode_all (gpointer data)
{
  Round *round = data;
  guint n = guise_decoder_get_n_processes (round->decoder);
  g_autofree GThread **threads = g_new (GThread *, n);

  round->next = 0;
  for (guint i = 0; i < n; i++)
    threads[i] = g_thread_new ("decode", decode_some, round);
  for (guint i = 0; i < n; i++)
    g_thread_join (threads[i]);
}

/* The time until a process is ready for its first picture. */
static void
start_one (gpointer data)
{
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  GuiseDecoderReport *report;

  guise_decoder_set_posture (decoder, *(const guint *)data);
  report = guise_decoder_report (decoder, NULL);
  g_clear_pointer (&report, guise_decoder_report_free);
}

static void
collect (GPtrArray *paths, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      collect (paths, path);
    else if (g_str_has_suffix (name, ".png"))
      g_ptr_array_add (paths, g_steal_pointer (&path));
  }
}

static gboolean
measure (Bench *bench, GPtrArray *paths, GError **error)
{
  const struct {
    const char *name, *start_name;
    guint posture;
  } ways[] = {
    { "decode", "decode start", GUISE_DECODER_FILTERED | GUISE_DECODER_ENCLOSED },
    { "decode -bwrap", "decode start -bwrap", GUISE_DECODER_FILTERED },
    { "decode -seccomp", "decode start -seccomp", GUISE_DECODER_ENCLOSED },
    { "decode bare", "decode start bare", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    Round round = { .decoder = guise_decoder_new ((guint)bench->threads), .paths = paths };
    guint posture = ways[i].posture;
    double median_s, start_s = bench_median (bench, start_one, &posture);

    guise_decoder_set_posture (round.decoder, posture);
    median_s = bench_median (bench, decode_all, &round);
    g_object_unref (round.decoder);
    if (round.error != NULL) {
      g_propagate_error (error, round.error);
      return FALSE;
    }
    bench_report (bench, ways[i].name, median_s, paths->len, 0);
    bench_report (bench, ways[i].start_name, start_s, 1, 0);
  }
  return TRUE;
}

gboolean
bench_decode (Bench *bench, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("guise-bench-XXXXXX", error);
  g_autofree char *people = folder != NULL ? g_build_filename (folder, "people", NULL) : NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  gboolean good;

  if (folder == NULL)
    return FALSE;
  good = guise_demo_write (people, N_PERSONS, 0, (guint)bench->threads, NULL, NULL, NULL, NULL,
                           error);
  if (good) {
    collect (paths, people);
    good = measure (bench, paths, error);
  }
  guise_folder_remove (folder, NULL);
  return good;
}
