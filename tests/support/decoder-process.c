#include "decoder-process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *
decoder_process_read (GPid pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", pid, name);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* 0: gone. */
static GPid
get_parent (GPid pid)
{
  g_autofree char *text = decoder_process_read (pid, "stat");

  return text != NULL ? atoi (strrchr (text, ')') + 4) : 0;
}

/* Dead but not buried is none. */
static gboolean
is_decoder (GPid pid)
{
  g_autofree char *text = decoder_process_read (pid, "stat");
  const char *state = text != NULL ? strstr (text, " (guise-decoder) ") : NULL;

  return state != NULL && state[strlen (" (guise-decoder) ")] != 'Z';
}

GArray *
decoder_process_list (void)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (GPid));
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (proc)) != NULL) {
    GPid pid = atoi (name), above = pid;

    if (pid <= 0 || !is_decoder (pid))
      continue;
    while (above > 1 && above != getpid ())
      above = get_parent (above);
    if (above == getpid ())
      g_array_append_val (pids, pid);
  }
  return pids;
}

guint
decoder_process_count_children (void)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (proc)) != NULL)
    if (atoi (name) > 0 && get_parent (atoi (name)) == getpid ())
      n++;
  return n;
}

GPid
decoder_process_get_only (void)
{
  g_autoptr (GArray) pids = decoder_process_list ();

  g_assert_cmpuint (pids->len, ==, 1);
  return g_array_index (pids, GPid, 0);
}

void
decoder_process_wait_until_gone (const GArray *pids)
{
  for (guint i = 0; i < pids->len; i++)
    while (is_decoder (g_array_index (pids, GPid, i)))
      g_usleep (1000);
}

char *
decoder_process_get_status (GPid pid, const char *key)
{
  g_autofree char *text = decoder_process_read (pid, "status");
  g_autofree char *label = g_strdup_printf ("\n%s:", key);
  const char *line;

  g_assert_nonnull (text);
  line = strstr (text, label);
  g_assert_nonnull (line);
  line += strlen (label);
  return g_strstrip (g_strndup (line, strcspn (line, "\n")));
}
