#include "guise-operation-name.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
  N_ ("Add caption"),
  N_ ("Delete caption"),
  N_ ("Describe images"),
  N_ ("Edit caption"),
  N_ ("Import descriptions"),
};

/* "VERB caption", "VERB 3 captions" */
static char *
name_states (const char *verb, gulong n)
{
  if (strcmp (verb, "Reset") == 0)
    return g_strdup_printf (ngettext ("Reset %lu caption", "Reset %lu captions", n), n);
  if (strcmp (verb, "Accept") == 0)
    return g_strdup_printf (ngettext ("Accept %lu caption", "Accept %lu captions", n), n);
  if (strcmp (verb, "Mark as edited:") == 0)
    return g_strdup_printf (
        ngettext ("Mark %lu caption as edited", "Mark %lu captions as edited", n), n);
  if (strcmp (verb, "Reject") == 0)
    return g_strdup_printf (ngettext ("Reject %lu caption", "Reject %lu captions", n), n);
  if (strcmp (verb, "Flag") == 0)
    return g_strdup_printf (ngettext ("Flag %lu caption", "Flag %lu captions", n), n);
  if (strcmp (verb, "Skip") == 0)
    return g_strdup_printf (ngettext ("Skip %lu caption", "Skip %lu captions", n), n);
  return NULL;
}

/* How many captions it is about, and where the verb ends; 0 for another form. */
static gulong
read_count (const char *name, gsize *verb_length)
{
  const char *last = strrchr (name, ' ');
  gsize length = last != NULL ? (gsize)(last - name) : 0, digits = length;

  *verb_length = length;
  if (last == NULL || strcmp (last, " caption") == 0)
    return last != NULL;
  while (digits > 0 && g_ascii_isdigit (name[digits - 1]))
    digits--;
  if (strcmp (last, " captions") != 0 || digits == length || digits < 2)
    return 0;
  *verb_length = digits - 1;
  return strtoul (name + digits, NULL, 10);
}

char *
guise_operation_name_translate (const char *name)
{
  gsize length;
  gulong n = read_count (name, &length);
  g_autofree char *verb = g_strndup (name, length);
  char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0)
      return g_strdup (_ (names[i]));
  if (n > 0)
    text = name_states (verb, n);
  return text != NULL ? text : g_strdup (name);
}
