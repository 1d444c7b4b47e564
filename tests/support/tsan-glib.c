/* Debian's GLib is not built for the thread sanitizer, and its locks are futexes of its own: what
 * they order looks like a race. This library, preloaded by build-aux/run-tests, stands before the
 * GLib functions that hand something from one thread to another and tells the sanitizer so. A lock
 * that is missing, or the wrong one, is still seen. Not instrumented itself; without a sanitizer in
 * the process it only passes calls on. */
#define GLIB_VERSION_MIN_REQUIRED GLIB_VERSION_2_74
#include <dlfcn.h>
#include <gio/gio.h>

/* G_DEFINE would make functions of these. */
#undef g_once_init_leave
#undef g_object_ref

void __tsan_acquire (void *address) __attribute__ ((weak));
void __tsan_release (void *address) __attribute__ ((weak));

static void
acquire (gconstpointer address)
{
  if (__tsan_acquire != NULL)
    __tsan_acquire ((void *)address);
}

static void
release (gconstpointer address)
{
  if (__tsan_release != NULL)
    __tsan_release ((void *)address);
}

/* The function of that name behind this one. */
#define NEXT(name)                \
  static __typeof__ (name) *next; \
  if (G_UNLIKELY (next == NULL))  \
  next = (__typeof__ (next))dlsym (RTLD_NEXT, #name)

/* -- locks -- */

void
g_mutex_lock (GMutex *mutex)
{
  NEXT (g_mutex_lock);
  next (mutex);
  acquire (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked;

  NEXT (g_mutex_trylock);
  locked = next (mutex);
  if (locked)
    acquire (mutex);
  return locked;
}

void
g_mutex_unlock (GMutex *mutex)
{
  NEXT (g_mutex_unlock);
  release (mutex);
  next (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  NEXT (g_cond_wait);
  release (mutex);
  next (cond, mutex);
  acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  NEXT (g_cond_wait_until);
  release (mutex);
  signalled = next (cond, mutex, end_time);
  acquire (mutex);
  return signalled;
}

/* The fast path of g_once_init_enter reads the location itself. */
void
g_once_init_leave (volatile void *location, gsize result)
{
  NEXT (g_once_init_leave);
  release ((gconstpointer)location);
  next (location, result);
}

/* -- references: who drops the last one sees what the others did -- */

gboolean
g_atomic_ref_count_dec (gatomicrefcount *count)
{
  gboolean last;

  NEXT (g_atomic_ref_count_dec);
  release (count);
  last = next (count);
  if (last)
    acquire (count);
  return last;
}

/* -- thread pools: what is pushed, and when it is done -- */

typedef struct {
  GFunc func;
  gpointer data;
} Work;

static void
do_work (gpointer item, gpointer data)
{
  const Work *work = data;

  acquire (item);
  acquire (work);
  work->func (item, work->data);
}

/* The few bytes of a pool's Work are never freed. */
GThreadPool *
g_thread_pool_new (GFunc func, gpointer data, gint max_threads, gboolean exclusive,
                   GError **error)
{
  Work *work = g_new (Work, 1);

  NEXT (g_thread_pool_new);
  *work = (Work){ func, data };
  release (work);
  return next (do_work, work, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer item, GError **error)
{
  NEXT (g_thread_pool_push);
  release (item);
  return next (pool, item, error);
}

/* -- tasks: from whoever returns to whoever propagates -- */

#define RETURN(name, ...) \
  NEXT (name);            \
  release (task);         \
  next (task, __VA_ARGS__)

void
g_task_return_pointer (GTask *task, gpointer result, GDestroyNotify destroy)
{
  RETURN (g_task_return_pointer, result, destroy);
}

void
g_task_return_boolean (GTask *task, gboolean result)
{
  RETURN (g_task_return_boolean, result);
}

void
g_task_return_error (GTask *task, GError *error)
{
  RETURN (g_task_return_error, error);
}

gpointer
g_task_propagate_pointer (GTask *task, GError **error)
{
  NEXT (g_task_propagate_pointer);
  acquire (task);
  return next (task, error);
}

gboolean
g_task_propagate_boolean (GTask *task, GError **error)
{
  NEXT (g_task_propagate_boolean);
  acquire (task);
  return next (task, error);
}
