#include "guise-normal-form.h"
#include "guise-char-ranges.h"

/* Marks younger than those tables: they take part in no ordering. */
static const GuiseCharRange not_ordered[] = {
  { 0x07fd, 0x07fd },
  { 0x0898, 0x089f },
  { 0x08ca, 0x08d3 },
  { 0x09fe, 0x09fe },
  { 0x0c3c, 0x0c3c },
  { 0x0d3b, 0x0d3c },
  { 0x0eba, 0x0eba },
  { 0x1715, 0x1715 },
  { 0x1abf, 0x1ace },
  { 0x1df6, 0x1dfa },
  { 0xa82c, 0xa82c },
  { 0x10d24, 0x10d27 },
  { 0x10eab, 0x10eac },
  { 0x10efd, 0x10eff },
  { 0x10f46, 0x10f50 },
  { 0x10f82, 0x10f85 },
  { 0x11070, 0x11070 },
  { 0x1133b, 0x1133b },
  { 0x1145e, 0x1145e },
  { 0x11839, 0x1183a },
  { 0x1193d, 0x1193e },
  { 0x11943, 0x11943 },
  { 0x119e0, 0x119e0 },
  { 0x11a34, 0x11a34 },
  { 0x11a47, 0x11a47 },
  { 0x11a99, 0x11a99 },
  { 0x11d42, 0x11d42 },
  { 0x11d44, 0x11d45 },
  { 0x11d97, 0x11d97 },
  { 0x11f41, 0x11f42 },
  { 0x16ff0, 0x16ff1 },
  { 0x1e08f, 0x1e08f },
  { 0x1e130, 0x1e136 },
  { 0x1e2ae, 0x1e2ae },
  { 0x1e2ec, 0x1e2ef },
  { 0x1e4ec, 0x1e4ef },
};

enum {
  YOUNG = 0x11938, /* the one letter of theirs that is too young to decompose */
};

gsize
guise_normal_decompose (gunichar c, gunichar *out)
{
  if (c < 0xc0 || c == YOUNG) {
    *out = c;
    return 1;
  }
  return g_unichar_fully_decompose (c, FALSE, out, G_UNICHAR_MAX_DECOMPOSITION_LENGTH);
}

static int
get_class (gunichar c)
{
  int combining = c < 0x300 ? 0 : g_unichar_combining_class (c);

  return combining == 0 || GUISE_CHAR_IS_IN (c, not_ordered) ? 0 : combining;
}

enum {
  FEW = 16,
  N_CLASSES = 256,
};

/* Sorts marks by their class, equal ones in the order they have: by insertion where they are few,
 * as in every text of people, else by counting. */
static void
sort_marks (gunichar *marks, gsize n)
{
  g_autofree gunichar *copy = NULL;
  gsize at[N_CLASSES + 1] = { 0 };

  if (n <= FEW) {
    for (gsize i = 1; i < n; i++)
      for (gsize j = i; j > 0 && get_class (marks[j - 1]) > get_class (marks[j]); j--) {
        gunichar mark = marks[j];

        marks[j] = marks[j - 1];
        marks[j - 1] = mark;
      }
    return;
  }
  copy = g_memdup2 (marks, n * sizeof *marks);
  for (gsize i = 0; i < n; i++)
    at[get_class (copy[i]) + 1]++;
  for (gsize i = 0; i < N_CLASSES; i++)
    at[i + 1] += at[i];
  for (gsize i = 0; i < n; i++)
    marks[at[get_class (copy[i])]++] = copy[i];
}

void
guise_normal_order (gunichar *chars, gsize n)
{
  for (gsize i = 0; i < n;) {
    gsize end = i;

    while (end < n && get_class (chars[end]) != 0)
      end++;
    if (end - i > 1)
      sort_marks (chars + i, end - i);
    i = end + 1;
  }
}

gsize
guise_normal_compose (gunichar *chars, gsize n)
{
  gsize out = 0, starter = G_MAXSIZE;
  int last = 0; /* the class of the mark before, when one stands between it and the starter */

  for (gsize i = 0; i < n; i++) {
    gunichar c = chars[i], composed;
    int combining = get_class (c);
    gboolean blocked = out - starter != 1 && last >= combining;

    if (starter != G_MAXSIZE && !blocked && g_unichar_compose (chars[starter], c, &composed)
        && composed != YOUNG) {
      chars[starter] = composed;
      continue;
    }
    if (combining == 0)
      starter = out;
    last = combining;
    chars[out++] = c;
  }
  return out;
}
