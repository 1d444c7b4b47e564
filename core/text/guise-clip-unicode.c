#include "guise-clip-unicode.h"
#include "guise-bert-unicode.h"
#include "guise-char-ranges.h"

/* Characters younger than GLib's tables. */
static const GuiseCharRange extra_letter[] = {
  { 0x1c89, 0x1c8a },
  { 0xa7cb, 0xa7cd },
  { 0xa7da, 0xa7dc },
  { 0x105c0, 0x105f3 },
  { 0x10d4a, 0x10d65 },
  { 0x10d6f, 0x10d85 },
  { 0x10ec2, 0x10ec4 },
  { 0x11380, 0x11389 },
  { 0x1138b, 0x1138b },
  { 0x1138e, 0x1138e },
  { 0x11390, 0x113b5 },
  { 0x113b7, 0x113b7 },
  { 0x113d1, 0x113d1 },
  { 0x113d3, 0x113d3 },
  { 0x11bc0, 0x11be0 },
  { 0x13460, 0x143fa },
  { 0x16100, 0x1611d },
  { 0x16d40, 0x16d6c },
  { 0x18cff, 0x18cff },
  { 0x1e5d0, 0x1e5ed },
  { 0x1e5f0, 0x1e5f0 },
  { 0x2ebf0, 0x2ee5d },
};

static const GuiseCharRange extra_number[] = {
  { 0x10d40, 0x10d49 },
  { 0x116d0, 0x116e3 },
  { 0x11bf0, 0x11bf9 },
  { 0x16130, 0x16139 },
  { 0x16d70, 0x16d79 },
  { 0x1ccf0, 0x1ccf9 },
  { 0x1e5f1, 0x1e5fa },
};

static GuiseClipClass
classify_ascii (gunichar c)
{
  if (guise_bert_is_space (c))
    return GUISE_CLIP_SPACE;
  if (g_ascii_isalpha ((char)c))
    return GUISE_CLIP_LETTER;
  return g_ascii_isdigit ((char)c) ? GUISE_CLIP_NUMBER : GUISE_CLIP_OTHER;
}

GuiseClipClass
guise_clip_classify (gunichar c)
{
  if (c < 128)
    return classify_ascii (c);
  if (guise_bert_is_space (c))
    return GUISE_CLIP_SPACE;
  switch (g_unichar_type (c)) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
    return GUISE_CLIP_LETTER;
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return GUISE_CLIP_NUMBER;
  default:
    if (GUISE_CHAR_IS_IN (c, extra_letter))
      return GUISE_CLIP_LETTER;
    return GUISE_CHAR_IS_IN (c, extra_number) ? GUISE_CLIP_NUMBER : GUISE_CLIP_OTHER;
  }
}
