#include "guise-edited-text.h"

#define TAG "hidden"

/* ---- what is hidden ---- */

static gboolean
is_hidden (gunichar c)
{
  /* Joiners and tags make letters of several scripts, emoji and flags what they are. */
  return g_unichar_type (c) == G_UNICODE_FORMAT && c != 0x200C && c != 0x200D
         && !(c >= 0xE0020 && c <= 0xE007F);
}

/* NULL where none is needed. */
static GtkTextTag *
find_tag (GtkTextBuffer *buffer, const char *text)
{
  GtkTextTag *tag = gtk_text_tag_table_lookup (gtk_text_buffer_get_tag_table (buffer), TAG);

  for (; tag == NULL && *text != '\0'; text = g_utf8_next_char (text))
    if (is_hidden (g_utf8_get_char (text)))
      tag = gtk_text_buffer_create_tag (buffer, TAG, "show-spaces", PANGO_SHOW_IGNORABLES, NULL);
  return tag;
}

void
guise_edited_text_show_hidden (GtkTextBuffer *buffer)
{
  GtkTextIter start, end;
  g_autofree char *text = NULL;
  GtkTextTag *tag;
  int at = 0;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  tag = find_tag (buffer, text);
  if (tag == NULL)
    return;
  gtk_text_buffer_remove_tag (buffer, tag, &start, &end);
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c), at++)
    if (is_hidden (g_utf8_get_char (c))) {
      gtk_text_buffer_get_iter_at_offset (buffer, &start, at);
      gtk_text_buffer_get_iter_at_offset (buffer, &end, at + 1);
      gtk_text_buffer_apply_tag (buffer, tag, &start, &end);
    }
}

/* ---- what fits ---- */

/* Of the buffer's characters. */
static glong
count_hidden (GtkTextBuffer *buffer)
{
  GtkTextIter at;
  glong n = 0;

  gtk_text_buffer_get_start_iter (buffer, &at);
  do
    n += is_hidden (gtk_text_iter_get_char (&at));
  while (gtk_text_iter_forward_char (&at));
  return n;
}

/* Right before the place, as far as they matter. */
static guint
count_marks_before (GtkTextIter at)
{
  guint n = 0;

  while (n <= GUISE_EDITED_MAX_MARKS && gtk_text_iter_backward_char (&at)
         && g_unichar_ismark (gtk_text_iter_get_char (&at)))
    n++;
  return n;
}

static guint
count_marks_after (GtkTextIter at)
{
  guint n = 0;

  while (n < GUISE_EDITED_MAX_MARKS && g_unichar_ismark (gtk_text_iter_get_char (&at))) {
    n++;
    gtk_text_iter_forward_char (&at);
  }
  return n;
}

GuiseEditedRoom
guise_edited_text_get_room (const GtkTextIter *where)
{
  GtkTextBuffer *buffer = gtk_text_iter_get_buffer (where);

  /* Any letter of what is inserted may become the one that has the marks after the place. */
  return (GuiseEditedRoom){
    .n_chars = GUISE_EDITED_MAX_CHARS - gtk_text_buffer_get_char_count (buffer),
    .n_hidden = GUISE_EDITED_MAX_HIDDEN - count_hidden (buffer),
    .n_marks = GUISE_EDITED_MAX_MARKS - count_marks_after (*where),
    .n_begun = count_marks_before (*where),
  };
}

gsize
guise_edited_text_measure (const char *text, gsize size, GuiseEditedRoom room,
                           GuiseEditedFit *fit)
{
  const char *at = text, *end = text + size;
  guint n_marks = room.n_begun;

  *fit = GUISE_EDITED_FITS;
  for (; at < end; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    n_marks = g_unichar_ismark (c) ? n_marks + 1 : 0;
    if (room.n_chars-- <= 0)
      *fit = GUISE_EDITED_TOO_LONG;
    else if (n_marks > room.n_marks)
      *fit = GUISE_EDITED_TOO_MANY_MARKS;
    else if (is_hidden (c) && room.n_hidden-- <= 0)
      *fit = GUISE_EDITED_TOO_MANY_HIDDEN;
    if (*fit != GUISE_EDITED_FITS)
      break;
  }
  return (gsize)(at - text);
}
