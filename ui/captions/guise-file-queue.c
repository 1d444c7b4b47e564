#include "guise-file-queue.h"

typedef struct {
  GTask *task;
  GTaskThreadFunc function;
} Work;

static void
do_work (gpointer data, gpointer user_data)
{
  Work *work = data;

  if (!g_task_return_error_if_cancelled (work->task))
    work->function (work->task, NULL, g_task_get_task_data (work->task),
                    g_task_get_cancellable (work->task));
  g_object_unref (work->task);
  g_free (work);
}

void
guise_file_queue_run (GTask *task, GTaskThreadFunc function)
{
  static GThreadPool *pool; /* of one thread, which is the order */
  Work *work = g_new0 (Work, 1);

  if (pool == NULL)
    pool = g_thread_pool_new (do_work, NULL, 1, FALSE, NULL);
  work->task = g_object_ref (task);
  work->function = function;
  g_thread_pool_push (pool, work, NULL);
}
