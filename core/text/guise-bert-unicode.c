#include "guise-bert-unicode.h"

typedef struct {
  gunichar first, last;
} Range;

typedef struct {
  gunichar first, last;
  int shift;
} Shift;

/* Characters younger than Hugging Face's category tables (Unicode 8), or moved to another category
 * since. */
static const Range not_dropped[] = {
  { 0x0890, 0x0891 },
  { 0x08e2, 0x08e2 },
  { 0x110cd, 0x110cd },
  { 0x13430, 0x1343f },
};

static const Range not_mark[] = {
  { 0x07fd, 0x07fd },
  { 0x0898, 0x089f },
  { 0x08ca, 0x08e1 },
  { 0x09fe, 0x09fe },
  { 0x0afa, 0x0aff },
  { 0x0b55, 0x0b55 },
  { 0x0c04, 0x0c04 },
  { 0x0c3c, 0x0c3c },
  { 0x0d00, 0x0d00 },
  { 0x0d3b, 0x0d3c },
  { 0x0d81, 0x0d81 },
  { 0x0eba, 0x0eba },
  { 0x0ece, 0x0ece },
  { 0x180f, 0x180f },
  { 0x1885, 0x1886 },
  { 0x1abf, 0x1ace },
  { 0x1df6, 0x1dfb },
  { 0xa82c, 0xa82c },
  { 0xa8c5, 0xa8c5 },
  { 0xa8ff, 0xa8ff },
  { 0xa9bd, 0xa9bd },
  { 0x10d24, 0x10d27 },
  { 0x10eab, 0x10eac },
  { 0x10efd, 0x10eff },
  { 0x10f46, 0x10f50 },
  { 0x10f82, 0x10f85 },
  { 0x11070, 0x11070 },
  { 0x11073, 0x11074 },
  { 0x110c2, 0x110c2 },
  { 0x111c9, 0x111c9 },
  { 0x111cf, 0x111cf },
  { 0x1123e, 0x1123e },
  { 0x11241, 0x11241 },
  { 0x1133b, 0x1133b },
  { 0x11438, 0x1143f },
  { 0x11442, 0x11444 },
  { 0x11446, 0x11446 },
  { 0x1145e, 0x1145e },
  { 0x1182f, 0x11837 },
  { 0x11839, 0x1183a },
  { 0x1193b, 0x1193c },
  { 0x1193e, 0x1193e },
  { 0x11943, 0x11943 },
  { 0x119d4, 0x119d7 },
  { 0x119da, 0x119db },
  { 0x119e0, 0x119e0 },
  { 0x11a01, 0x11a0a },
  { 0x11a33, 0x11a38 },
  { 0x11a3b, 0x11a3e },
  { 0x11a47, 0x11a47 },
  { 0x11a51, 0x11a56 },
  { 0x11a59, 0x11a5b },
  { 0x11a8a, 0x11a96 },
  { 0x11a98, 0x11a99 },
  { 0x11c30, 0x11c36 },
  { 0x11c38, 0x11c3d },
  { 0x11c3f, 0x11c3f },
  { 0x11c92, 0x11ca7 },
  { 0x11caa, 0x11cb0 },
  { 0x11cb2, 0x11cb3 },
  { 0x11cb5, 0x11cb6 },
  { 0x11d31, 0x11d36 },
  { 0x11d3a, 0x11d3a },
  { 0x11d3c, 0x11d3d },
  { 0x11d3f, 0x11d45 },
  { 0x11d47, 0x11d47 },
  { 0x11d90, 0x11d91 },
  { 0x11d95, 0x11d95 },
  { 0x11d97, 0x11d97 },
  { 0x11ef3, 0x11ef4 },
  { 0x11f00, 0x11f01 },
  { 0x11f36, 0x11f3a },
  { 0x11f40, 0x11f40 },
  { 0x11f42, 0x11f42 },
  { 0x13440, 0x13440 },
  { 0x13447, 0x13455 },
  { 0x16f4f, 0x16f4f },
  { 0x16fe4, 0x16fe4 },
  { 0x1cf00, 0x1cf2d },
  { 0x1cf30, 0x1cf46 },
  { 0x1e000, 0x1e006 },
  { 0x1e008, 0x1e018 },
  { 0x1e01b, 0x1e021 },
  { 0x1e023, 0x1e024 },
  { 0x1e026, 0x1e02a },
  { 0x1e08f, 0x1e08f },
  { 0x1e130, 0x1e136 },
  { 0x1e2ae, 0x1e2ae },
  { 0x1e2ec, 0x1e2ef },
  { 0x1e4ec, 0x1e4ef },
  { 0x1e944, 0x1e94a },
};

static const Range extra_mark[] = {
  { 0x1734, 0x1734 },
};

static const Range not_punctuation[] = {
  { 0x061d, 0x061d },
  { 0x09fd, 0x09fd },
  { 0x0a76, 0x0a76 },
  { 0x0c77, 0x0c77 },
  { 0x0c84, 0x0c84 },
  { 0x1b7d, 0x1b7e },
  { 0x2e43, 0x2e4f },
  { 0x2e52, 0x2e5d },
  { 0x10ead, 0x10ead },
  { 0x10f55, 0x10f59 },
  { 0x10f86, 0x10f89 },
  { 0x1144b, 0x1144f },
  { 0x1145a, 0x1145b },
  { 0x1145d, 0x1145d },
  { 0x11660, 0x1166c },
  { 0x116b9, 0x116b9 },
  { 0x1183b, 0x1183b },
  { 0x11944, 0x11946 },
  { 0x119e2, 0x119e2 },
  { 0x11a3f, 0x11a46 },
  { 0x11a9a, 0x11a9c },
  { 0x11a9e, 0x11aa2 },
  { 0x11b00, 0x11b09 },
  { 0x11c41, 0x11c45 },
  { 0x11c70, 0x11c71 },
  { 0x11ef7, 0x11ef8 },
  { 0x11f43, 0x11f4f },
  { 0x11fff, 0x11fff },
  { 0x12ff1, 0x12ff2 },
  { 0x16e97, 0x16e9a },
  { 0x16fe2, 0x16fe2 },
  { 0x1e95e, 0x1e95f },
};

static const Range extra_punctuation[] = {
  { 0x166d, 0x166d },
  { 0x111c9, 0x111c9 },
};

static const Shift extra_lower[] = {
  { 0x1c89, 0x1c89, 1 },
  { 0x2160, 0x216f, 16 },
  { 0x24b6, 0x24cf, 26 },
  { 0xa7cb, 0xa7cb, -42343 },
  { 0xa7cc, 0xa7cc, 1 },
  { 0xa7ce, 0xa7ce, 1 },
  { 0xa7d2, 0xa7d2, 1 },
  { 0xa7d4, 0xa7d4, 1 },
  { 0xa7da, 0xa7da, 1 },
  { 0xa7dc, 0xa7dc, -42561 },
  { 0x10d50, 0x10d65, 32 },
  { 0x16ea0, 0x16eb8, 27 },
};

/* Exactly those of the fast tokenizer: the slow one has 2B820 where this has 2B920. */
static const Range chinese[] = {
  { 0x3400, 0x4dbf },
  { 0x4e00, 0x9fff },
  { 0xf900, 0xfaff },
  { 0x20000, 0x2a6df },
  { 0x2a700, 0x2b73f },
  { 0x2b740, 0x2b81f },
  { 0x2b920, 0x2ceaf },
  { 0x2f800, 0x2fa1f },
};

static gboolean
is_in (gunichar c, const Range *ranges, gsize n_ranges)
{
  for (gsize i = 0; i < n_ranges && c >= ranges[i].first; i++)
    if (c <= ranges[i].last)
      return TRUE;
  return FALSE;
}

#define IS_IN(c, ranges) is_in (c, ranges, G_N_ELEMENTS (ranges))

gboolean
guise_bert_is_space (gunichar c)
{
  if (c < 128)
    return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028
         || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

gboolean
guise_bert_is_dropped (gunichar c)
{
  if (c < 128)
    return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 127;
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_FORMAT:
  case G_UNICODE_PRIVATE_USE:
  case G_UNICODE_SURROGATE:
    return !IS_IN (c, not_dropped);
  default:
    return c == 0xfffd;
  }
}

gboolean
guise_bert_is_chinese (gunichar c)
{
  return c >= 0x3400 && IS_IN (c, chinese);
}

gboolean
guise_bert_is_mark (gunichar c)
{
  if (c < 0x300)
    return FALSE;
  if (g_unichar_type (c) == G_UNICODE_NON_SPACING_MARK)
    return !IS_IN (c, not_mark);
  return IS_IN (c, extra_mark);
}

gboolean
guise_bert_is_punctuation (gunichar c)
{
  if (c < 128)
    return g_ascii_ispunct ((char)c);
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONNECT_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
    return !IS_IN (c, not_punctuation);
  default:
    return IS_IN (c, extra_punctuation);
  }
}

gunichar
guise_bert_to_lower (gunichar c)
{
  if (c < 128)
    return (gunichar)g_ascii_tolower ((char)c);
  for (gsize i = 0; i < G_N_ELEMENTS (extra_lower) && c >= extra_lower[i].first; i++)
    if (c <= extra_lower[i].last)
      return (gunichar)((int)c + extra_lower[i].shift);
  return g_unichar_tolower (c);
}

gsize
guise_bert_decompose (gunichar c, gunichar *out)
{
  if (c < 0xc0 || c == 0x11938) { /* U+11938 is too young for Hugging Face's tables */
    *out = c;
    return 1;
  }
  return g_unichar_fully_decompose (c, FALSE, out, G_UNICHAR_MAX_DECOMPOSITION_LENGTH);
}
