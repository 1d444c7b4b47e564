#include "guise-feature-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-formats-error.h"
#include "guise-lock-file.h"
#include "guise-read-file.h"

#define MAGIC "GUISEFT"
#define WAIT_MS 200
/* Of more than a hundred million items. */
#define MAX_INDEX_BYTES ((gsize)1 << 34)

enum { VERSION = 2 }; /* of 1 there may be infinities */

typedef struct {
  char magic[8];
  guint32 version, zero;
  guint64 item_bytes;
  guint8 owner[GUISE_FEATURE_KEY];
  guint64 sum; /* of all before */
} Head;

typedef struct {
  guint8 key[GUISE_FEATURE_KEY];
  guint64 item_sum;
  guint64 sum; /* of all before */
} Record;

typedef struct {
  gpointer memory;
  gsize size;
} Mapping;

struct _GuiseFeatureFile {
  char *path, *data_path, *index_path;
  guint8 owner[GUISE_FEATURE_KEY];
  gsize item_bytes;
  int data, index, lock; /* descriptors */
  GArray *records;       /* of Record; record i is item i's */
  GHashTable *places;    /* key in records -> number of the item + 1 */
  gsize n_flushed;       /* records on the disk */
  GArray *mappings;      /* of Mapping; the last one is the widest */
};

/* Four sums side by side: as fast as memory. Tells damage, not intent. */
static guint64
sum_bytes (gconstpointer bytes, gsize n)
{
  const guint8 *p = bytes;
  guint64 lane[4] = { 1, 2, 3, 4 }, word, sum = n;

  for (; n >= 32; n -= 32, p += 32)
    for (gsize l = 0; l < 4; l++) {
      memcpy (&word, p + 8 * l, 8);
      lane[l] = (lane[l] ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      lane[l] ^= lane[l] >> 29;
    }
  for (; n > 0; n--, p++)
    lane[0] = (lane[0] ^ *p) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  for (gsize l = 0; l < 4; l++)
    sum = (sum ^ lane[l]) * G_GUINT64_CONSTANT (0xd6e8feb86659fd93);
  return sum ^ sum >> 32;
}

static guint
hash_key (gconstpointer key)
{
  guint hash;

  memcpy (&hash, key, sizeof hash);
  return hash;
}

static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, GUISE_FEATURE_KEY) == 0;
}

/* ----------------------------------------------------------------------- lock */

/* FALSE without an error: another process has it. */
static gboolean
try_lock (const char *path, int *lock, char **holder, GError **error)
{
  g_autofree char *lock_path = g_strconcat (path, ".lock", NULL);

  *lock = guise_lock_file_take (lock_path, holder, error);
  return *lock >= 0;
}

static gboolean
wait_for_lock (GuiseFeatureFile *file, GCancellable *cancellable, GError **error)
{
  GPollFD wake = { 0 };
  gboolean can_wake = g_cancellable_make_pollfd (cancellable, &wake);
  g_autoptr (GError) local = NULL;

  while (local == NULL && !g_cancellable_set_error_if_cancelled (cancellable, &local)) {
    g_autofree char *holder = NULL;

    if (try_lock (file->path, &file->lock, &holder, &local))
      break;
    if (local == NULL)
      g_poll (&wake, can_wake, WAIT_MS);
  }
  if (can_wake)
    g_cancellable_release_fd (cancellable);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return file->lock >= 0;
}

void
guise_feature_file_unlock (GuiseFeatureFile *file)
{
  guise_lock_file_release (file->lock);
  file->lock = -1;
}

/* -------------------------------------------------------------------- reading */

static gboolean
write_at (int fd, const char *path, gconstpointer bytes, gsize n, gsize offset, GError **error)
{
  const char *p = bytes;

  while (n > 0) {
    ssize_t done = pwrite (fd, p, n, (off_t)offset);

    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return guise_formats_fail_errno (error, done < 0 ? errno : ENOSPC, "cannot write", path);
    p += done;
    n -= (gsize)done;
    offset += (gsize)done;
  }
  return TRUE;
}

static gboolean
is_whole (const Record *record)
{
  return record->sum == sum_bytes (record, G_STRUCT_OFFSET (Record, sum));
}

/* Keys live in the array of records, which moves when it grows. */
static void
index_records (GuiseFeatureFile *file)
{
  g_hash_table_remove_all (file->places);
  for (guint i = 0; i < file->records->len; i++) {
    Record *record = &g_array_index (file->records, Record, i);

    if (is_whole (record))
      g_hash_table_replace (file->places, record->key, GUINT_TO_POINTER (i + 1));
  }
}

static gboolean
is_mine (const GuiseFeatureFile *file, const char *bytes, gsize size)
{
  Head head;

  if (size < sizeof head)
    return FALSE;
  memcpy (&head, bytes, sizeof head);
  return memcmp (head.magic, MAGIC, sizeof head.magic) == 0 && head.version == VERSION
         && head.item_bytes == file->item_bytes
         && memcmp (head.owner, file->owner, sizeof head.owner) == 0
         && head.sum == sum_bytes (&head, G_STRUCT_OFFSET (Head, sum));
}

static gboolean
make_anew (GuiseFeatureFile *file, GError **error)
{
  Head head = { .magic = MAGIC, .version = VERSION, .item_bytes = file->item_bytes };

  memcpy (head.owner, file->owner, sizeof head.owner);
  head.sum = sum_bytes (&head, G_STRUCT_OFFSET (Head, sum));
  if (unlink (file->data_path) != 0 && errno != ENOENT)
    return guise_formats_fail_errno (error, errno, "cannot remove", file->data_path);
  return guise_atomic_write (file->index_path, &head, sizeof head, error);
}

/* Drops the records beyond the data and puts nothing in the place of damaged ones, so that they are
 * told of once; *n: how many these are. With the lock. */
static gboolean
clear_damaged (GuiseFeatureFile *file, gsize *n, GError **error)
{
  static const Record nothing;

  off_t size = (off_t)(sizeof (Head) + file->records->len * sizeof (Record));

  if (*n > 0 && ftruncate (file->index, size) != 0)
    return guise_formats_fail_errno (error, errno, "cannot write", file->index_path);
  for (guint i = 0; i < file->records->len; i++) {
    Record *record = &g_array_index (file->records, Record, i);

    if (is_whole (record) || memcmp (record, &nothing, sizeof nothing) == 0)
      continue;
    *record = nothing;
    ++*n;
    if (!write_at (file->index, file->index_path, &nothing, sizeof nothing,
                   sizeof (Head) + i * sizeof nothing, error))
      return FALSE;
  }
  return TRUE;
}

/* The records of items that are whole on the disk; what cannot be read is told in *problem, where
 * the caller has the lock. */
static gboolean
read_records (GuiseFeatureFile *file, char **problem, GError **error)
{
  gsize size, n_told, n_whole, n_lost;
  g_autofree char *bytes
      = guise_read_descriptor (file->index, file->index_path, MAX_INDEX_BYTES, &size, error);
  struct stat state;

  if (bytes == NULL)
    return FALSE;
  if (fstat (file->data, &state) != 0)
    return guise_formats_fail_errno (error, errno, "cannot read", file->data_path);
  n_told = (MAX (size, sizeof (Head)) - sizeof (Head)) / sizeof (Record);
  n_whole = MIN (n_told, (gsize)state.st_size / file->item_bytes);
  g_array_set_size (file->records, 0);
  g_array_append_vals (file->records, bytes + sizeof (Head), (guint)n_whole);
  file->n_flushed = n_whole;
  n_lost = n_told - n_whole;
  if (problem != NULL && !clear_damaged (file, &n_lost, error))
    return FALSE;
  index_records (file);
  if (problem != NULL && n_lost > 0)
    *problem = g_strdup_printf ("%zu of %zu items of '%s' are cut off or damaged and will be made "
                                "again",
                                n_lost, n_told, file->data_path);
  return TRUE;
}

static gboolean
open_files (GuiseFeatureFile *file, GError **error)
{
  file->index = open (file->index_path, O_RDWR | O_CLOEXEC);
  if (file->index < 0)
    return guise_formats_fail_errno (error, errno, "cannot open", file->index_path);
  file->data = open (file->data_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file->data < 0)
    return guise_formats_fail_errno (error, errno, "cannot open", file->data_path);
  return TRUE;
}

static void
close_files (GuiseFeatureFile *file)
{
  if (file->data >= 0)
    close (file->data);
  if (file->index >= 0)
    close (file->index);
  file->data = file->index = -1;
}

/* Makes the files where they are missing or of no use; with the lock. */
static gboolean
ensure_files (GuiseFeatureFile *file, char **problem, GError **error)
{
  g_autoptr (GError) local = NULL;
  gsize size = 0;
  g_autofree char *bytes = guise_read_file (file->index_path, MAX_INDEX_BYTES, &size, &local);

  if (bytes == NULL && !g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (bytes != NULL && is_mine (file, bytes, size))
    return TRUE;
  if (bytes != NULL)
    *problem = g_strdup_printf ("'%s' is damaged or was made with other weights and is made anew",
                                file->index_path);
  return make_anew (file, error);
}

static gboolean
open_all (GuiseFeatureFile *file, char **problem, GCancellable *cancellable, GError **error)
{
  gboolean good = wait_for_lock (file, cancellable, error) && ensure_files (file, problem, error)
                  && open_files (file, error)
                  && read_records (file, *problem == NULL ? problem : NULL, error)
                  && guise_feature_file_map (file, error);

  guise_feature_file_unlock (file);
  return good;
}

GuiseFeatureFile *
guise_feature_file_open (const char *path, const guint8 *owner, gsize item_bytes, char **problem,
                         GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseFeatureFile) file = g_new0 (GuiseFeatureFile, 1);

  *problem = NULL;
  file->path = g_strdup (path);
  file->data_path = g_strconcat (path, ".data", NULL);
  file->index_path = g_strconcat (path, ".index", NULL);
  file->item_bytes = item_bytes;
  file->data = file->index = file->lock = -1;
  memcpy (file->owner, owner, GUISE_FEATURE_KEY);
  file->records = g_array_new (FALSE, FALSE, sizeof (Record));
  file->places = g_hash_table_new (hash_key, equal_keys);
  file->mappings = g_array_new (FALSE, FALSE, sizeof (Mapping));
  if (open_all (file, problem, cancellable, error))
    return g_steal_pointer (&file);
  g_clear_pointer (problem, g_free);
  return NULL;
}

void
guise_feature_file_free (GuiseFeatureFile *file)
{
  if (file == NULL)
    return;
  guise_feature_file_unlock (file);
  for (guint i = 0; i < file->mappings->len; i++) {
    const Mapping *mapping = &g_array_index (file->mappings, Mapping, i);

    munmap (mapping->memory, mapping->size);
  }
  close_files (file);
  g_array_unref (file->mappings);
  g_hash_table_unref (file->places);
  g_array_unref (file->records);
  g_free (file->path);
  g_free (file->data_path);
  g_free (file->index_path);
  g_free (file);
}

gsize
guise_feature_file_get_item_bytes (const GuiseFeatureFile *file)
{
  return file->item_bytes;
}

gsize
guise_feature_file_get_n_items (const GuiseFeatureFile *file)
{
  return g_hash_table_size (file->places);
}

/* Older mappings stay, because somebody may have pointers into them. */
gboolean
guise_feature_file_map (GuiseFeatureFile *file, GError **error)
{
  Mapping mapping = { .size = file->n_flushed * file->item_bytes };

  if (file->mappings->len > 0
      && g_array_index (file->mappings, Mapping, file->mappings->len - 1).size >= mapping.size)
    return TRUE;
  if (mapping.size == 0)
    return TRUE;
  mapping.memory = mmap (NULL, mapping.size, PROT_READ, MAP_SHARED, file->data, 0);
  if (mapping.memory == MAP_FAILED)
    return guise_formats_fail_errno (error, errno, "cannot map", file->data_path);
  g_array_append_val (file->mappings, mapping);
  return TRUE;
}

gconstpointer
guise_feature_file_get (const GuiseFeatureFile *file, const guint8 *key)
{
  gsize place = GPOINTER_TO_UINT (g_hash_table_lookup (file->places, key));
  const Mapping *last;

  if (place == 0 || file->mappings->len == 0)
    return NULL;
  last = &g_array_index (file->mappings, Mapping, file->mappings->len - 1);
  if (place * file->item_bytes > last->size)
    return NULL;
  return (const char *)last->memory + (place - 1) * file->item_bytes;
}

gboolean
guise_feature_file_verify (const GuiseFeatureFile *file, const guint8 *key)
{
  gconstpointer item = guise_feature_file_get (file, key);
  gsize place = GPOINTER_TO_UINT (g_hash_table_lookup (file->places, key));

  return item != NULL
         && sum_bytes (item, file->item_bytes)
                == g_array_index (file->records, Record, place - 1).item_sum;
}

/* -------------------------------------------------------------------- writing */

/* Somebody may have cleared the folder meanwhile. */
static gboolean
is_removed (const GuiseFeatureFile *file)
{
  struct stat state;

  return fstat (file->index, &state) != 0 || state.st_nlink == 0;
}

gboolean
guise_feature_file_lock (GuiseFeatureFile *file, GCancellable *cancellable, GError **error)
{
  gboolean good;

  if (!wait_for_lock (file, cancellable, error))
    return FALSE;
  if (is_removed (file)) {
    close_files (file);
    good = make_anew (file, error) && open_files (file, error);
  } else {
    good = lseek (file->index, 0, SEEK_SET) == 0;
  }
  if (good && read_records (file, NULL, error) && guise_feature_file_map (file, error))
    return TRUE;
  guise_feature_file_unlock (file);
  return FALSE;
}

gboolean
guise_feature_file_add (GuiseFeatureFile *file, const guint8 *key, gconstpointer item,
                        GError **error)
{
  Record record = { .item_sum = sum_bytes (item, file->item_bytes) };
  gconstpointer before = file->records->data;

  g_return_val_if_fail (file->lock >= 0, FALSE);
  if (!write_at (file->data, file->data_path, item, file->item_bytes,
                 file->records->len * file->item_bytes, error))
    return FALSE;
  memcpy (record.key, key, GUISE_FEATURE_KEY);
  record.sum = sum_bytes (&record, G_STRUCT_OFFSET (Record, sum));
  g_array_append_val (file->records, record);
  if (before != file->records->data)
    index_records (file);
  else
    g_hash_table_replace (file->places,
                          g_array_index (file->records, Record, file->records->len - 1).key,
                          GUINT_TO_POINTER (file->records->len));
  return TRUE;
}

gboolean
guise_feature_file_flush (GuiseFeatureFile *file, GError **error)
{
  gsize n = file->records->len - file->n_flushed;

  if (n == 0)
    return TRUE;
  if (fdatasync (file->data) != 0)
    return guise_formats_fail_errno (error, errno, "cannot write", file->data_path);
  if (!write_at (file->index, file->index_path,
                 &g_array_index (file->records, Record, file->n_flushed), n * sizeof (Record),
                 sizeof (Head) + file->n_flushed * sizeof (Record), error))
    return FALSE;
  if (fdatasync (file->index) != 0)
    return guise_formats_fail_errno (error, errno, "cannot write", file->index_path);
  file->n_flushed += n;
  return TRUE;
}

/* ------------------------------------------------------------ a folder of them */

void
guise_feature_entry_free (GuiseFeatureEntry *entry)
{
  g_free (entry->name);
  g_free (entry);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const GuiseFeatureEntry *const *x = a, *const *y = b;

  return strcmp ((*x)->name, (*y)->name);
}

/* Adds size and time of a file to the entry; returns its size. */
static guint64
add_file (GuiseFeatureEntry *entry, const char *folder, const char *name, const char *ending)
{
  g_autofree char *file = g_strconcat (name, ending, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  struct stat state;

  if (stat (path, &state) != 0)
    return 0;
  entry->bytes += (guint64)state.st_size;
  entry->changed = MAX (entry->changed, state.st_mtime);
  return (guint64)state.st_size;
}

/* The name without ending, where this is the file that stands for a pair: the index, or data that a
 * removal cut short left. */
static char *
dup_pair_name (const char *folder, const char *file)
{
  g_autofree char *index = NULL, *path = NULL;

  if (g_str_has_suffix (file, ".index"))
    return g_strndup (file, strlen (file) - strlen (".index"));
  if (!g_str_has_suffix (file, ".data"))
    return NULL;
  index = g_strdup_printf ("%.*s.index", (int)(strlen (file) - strlen (".data")), file);
  path = g_build_filename (folder, index, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS)
             ? NULL
             : g_strndup (file, strlen (file) - strlen (".data"));
}

GPtrArray *
guise_feature_file_list (const char *folder)
{
  GPtrArray *entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_feature_entry_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *pair = dup_pair_name (folder, name);
    GuiseFeatureEntry *entry;
    guint64 size;

    if (pair == NULL)
      continue;
    entry = g_new0 (GuiseFeatureEntry, 1);
    entry->name = g_steal_pointer (&pair);
    size = add_file (entry, folder, entry->name, ".index");
    add_file (entry, folder, entry->name, ".data");
    entry->n_items = (MAX (size, sizeof (Head)) - sizeof (Head)) / sizeof (Record);
    g_ptr_array_add (entries, entry);
  }
  g_ptr_array_sort (entries, compare_entries);
  return entries;
}

/* Records first: an item without one is not there. The lock's file stays, for it may be waited
 * for. */
static gboolean
remove_pair (const char *folder, const char *name, GError **error)
{
  static const char *const endings[] = { ".index", ".data" };
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *holder = NULL;
  int lock = -1;
  gboolean good = TRUE;

  if (!try_lock (path, &lock, &holder, error)) {
    if (holder != NULL)
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "cannot remove '%s': %s is filling it; wait for it or stop it", path, holder);
    return FALSE;
  }
  for (gsize i = 0; good && i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *file = g_strconcat (path, endings[i], NULL);

    if (unlink (file) != 0 && errno != ENOENT)
      good = guise_formats_fail_errno (error, errno, "cannot remove", file);
  }
  guise_lock_file_release (lock);
  return good;
}

gboolean
guise_feature_file_clear (const char *folder, guint64 *bytes, GError **error)
{
  g_autoptr (GPtrArray) entries = guise_feature_file_list (folder);

  *bytes = 0;
  for (guint i = 0; i < entries->len; i++) {
    const GuiseFeatureEntry *entry = entries->pdata[i];

    if (!remove_pair (folder, entry->name, error))
      return FALSE;
    *bytes += entry->bytes;
  }
  return TRUE;
}
