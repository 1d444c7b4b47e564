/* Unicode's canonical decomposition (NFD) and composition (NFC) as Hugging Face's tokenizers know
 * them: their tables (crate unicode-normalization-alignments) are those of Unicode 9, so marks
 * that are younger have no class and one younger letter does not decompose. GLib's newer data are
 * corrected; tests/golden/make-bert-unicode.py and make-clip-unicode.py find the differences. In
 * linear time, up to a sort of the marks that follow one letter. Any thread. */
#pragma once

#include <glib.h>

/* The decomposition of one character: up to G_UNICHAR_MAX_DECOMPOSITION_LENGTH of them. Returns
 * how many. */
gsize guise_normal_decompose (gunichar c, gunichar *out);
/* Brings n decomposed characters into canonical order. */
void guise_normal_order (gunichar *chars, gsize n);
/* Composes n decomposed, ordered characters in place; returns how many remain. */
gsize guise_normal_compose (gunichar *chars, gsize n);
