#include "guise-embed-journal.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIND "guise embedding 1\n"

enum {
  HASH_SIZE = 64,
  HEADER_SIZE = sizeof KIND - 1 + HASH_SIZE,
};

/* In front of the two rows of each record. */
typedef struct {
  guint64 checksum; /* of what follows */
  gint64 id, stamp[2];
  guint64 dim;
  float norm;
  guint32 zero;
} Head;

struct _GuiseEmbedJournal {
  char *path;
  int fd;
  size_t dim;
  guint8 *record;     /* room for one */
  GHashTable *places; /* id -> offset of its last record + 1 */
  gboolean silent;
};

static size_t
get_record_size (size_t dim)
{
  return sizeof (Head) + 2 * dim * sizeof (float);
}

/* FNV-1a over words: a record is a multiple of eight bytes long. */
static guint64
sum_record (const guint8 *record, size_t size)
{
  guint64 sum = 14695981039346656037u;

  for (size_t i = sizeof (guint64); i + sizeof (guint64) <= size; i += sizeof (guint64)) {
    guint64 word;

    memcpy (&word, record + i, sizeof word);
    sum = (sum ^ word) * 1099511628211u;
    sum ^= sum >> 32;
  }
  return sum;
}

static gboolean
read_at (int fd, void *data, size_t size, off_t at)
{
  return pread (fd, data, size, at) == (ssize_t)size;
}

static gboolean
write_at (int fd, const void *data, size_t size, off_t at)
{
  return pwrite (fd, data, size, at) == (ssize_t)size;
}

static gboolean
is_whole (const GuiseEmbedJournal *self)
{
  size_t size = get_record_size (self->dim);
  const float *values = (const float *)(gconstpointer)(self->record + sizeof (Head));
  Head head;

  memcpy (&head, self->record, sizeof head);
  if (head.dim != self->dim || head.checksum != sum_record (self->record, size)
      || !isfinite (head.norm))
    return FALSE;
  for (size_t i = 0; i < 2 * self->dim; i++)
    if (!isfinite (values[i]))
      return FALSE;
  return TRUE;
}

/* Notes where the records are; returns where the last whole one ends. */
static off_t
read_records (GuiseEmbedJournal *self)
{
  size_t size = get_record_size (self->dim);
  off_t at = HEADER_SIZE;

  for (; read_at (self->fd, self->record, size, at) && is_whole (self); at += (off_t)size) {
    gint64 *id = g_new (gint64, 1), *place = g_new (gint64, 1);

    memcpy (id, self->record + G_STRUCT_OFFSET (Head, id), sizeof *id);
    *place = at;
    g_hash_table_replace (self->places, id, place);
  }
  return at;
}

/* Reads what the file has of these weights, or begins it anew. */
static gboolean
start (GuiseEmbedJournal *self, const char *checkpoint)
{
  char header[HEADER_SIZE] = KIND, there[HEADER_SIZE];
  off_t end = HEADER_SIZE;

  memcpy (header + sizeof KIND - 1, checkpoint, strnlen (checkpoint, HASH_SIZE));
  if (read_at (self->fd, there, sizeof there, 0) && memcmp (there, header, sizeof there) == 0)
    end = read_records (self);
  else if (ftruncate (self->fd, 0) != 0 || !write_at (self->fd, header, sizeof header, 0))
    return FALSE;
  return ftruncate (self->fd, end) == 0 && lseek (self->fd, end, SEEK_SET) == end;
}

static gboolean
is_ours (int fd)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISREG (status.st_mode)
         && fcntl (fd, F_OFD_SETLK, &lock) == 0;
}

GuiseEmbedJournal *
guise_embed_journal_open (const char *path, const char *checkpoint, size_t dim)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  g_autoptr (GuiseEmbedJournal) self = NULL;

  if (fd < 0)
    return NULL;
  self = g_new0 (GuiseEmbedJournal, 1);
  self->path = g_strdup (path);
  self->fd = fd;
  self->dim = dim;
  self->record = g_malloc (get_record_size (dim));
  self->places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return is_ours (fd) && start (self, checkpoint) ? g_steal_pointer (&self) : NULL;
}

void
guise_embed_journal_free (GuiseEmbedJournal *self)
{
  if (self == NULL)
    return;
  close (self->fd);
  g_hash_table_unref (self->places);
  g_free (self->record);
  g_free (self->path);
  g_free (self);
}

size_t
guise_embed_journal_get_n_rows (const GuiseEmbedJournal *self)
{
  return g_hash_table_size (self->places);
}

gboolean
guise_embed_journal_find (const GuiseEmbedJournal *self, GuiseEmbedRow *row)
{
  const gint64 *place = g_hash_table_lookup (self->places, &row->id);
  size_t n = self->dim * sizeof (float);
  Head head;

  if (place == NULL || !read_at (self->fd, self->record, get_record_size (self->dim), *place))
    return FALSE;
  memcpy (&head, self->record, sizeof head);
  if (head.stamp[0] != row->stamp[0] || head.stamp[1] != row->stamp[1] || row->stamp[0] < 0)
    return FALSE;
  row->norm = head.norm;
  memcpy (row->identity, self->record + sizeof head, n);
  memcpy (row->clothing, self->record + sizeof head + n, n);
  return TRUE;
}

void
guise_embed_journal_add (GuiseEmbedJournal *self, const GuiseEmbedRow *row)
{
  size_t n = self->dim * sizeof (float), size = get_record_size (self->dim);
  Head head = { .id = row->id, .dim = self->dim, .norm = row->norm };

  if (self->silent)
    return;
  memcpy (head.stamp, row->stamp, sizeof head.stamp);
  memcpy (self->record, &head, sizeof head);
  memcpy (self->record + sizeof head, row->identity, n);
  memcpy (self->record + sizeof head + n, row->clothing, n);
  head.checksum = sum_record (self->record, size);
  memcpy (self->record, &head.checksum, sizeof head.checksum);
  self->silent = write (self->fd, self->record, size) != (ssize_t)size;
}

void
guise_embed_journal_finish (GuiseEmbedJournal *self)
{
  unlink (self->path);
}
