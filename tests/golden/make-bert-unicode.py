#!/usr/bin/env python3
"""Prints the tables of core/text/guise-bert-unicode.c.

Hugging Face's fast BertTokenizer classifies characters with Unicode tables of several ages (crates
unicode_categories, unicode-normalization-alignments, Rust's own); GLib has another age. This asks
both about every code point and prints the ranges where GLib has to be corrected. Run on Debian 12
(GLib 2.74):

    pip install tokenizers==0.23.3 && python3 make-bert-unicode.py
"""

import ctypes

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

GLIB = ctypes.CDLL("libglib-2.0.so.0")
GLIB.g_utf8_normalize.restype = ctypes.c_void_p
GLIB.g_utf8_normalize.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t, ctypes.c_int]
GLIB.g_free.argtypes = [ctypes.c_void_p]
GLIB.g_unichar_tolower.restype = ctypes.c_uint32
for function in (GLIB.g_unichar_type, GLIB.g_unichar_tolower):
    function.argtypes = [ctypes.c_uint32]
# GUnicodeType in its order
TYPES = (
    "Cc Cf Cn Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So " "Zl Zp Zs"
).split()
SPACES = {
    9,
    10,
    13,
    0x20,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
}


def kind(code):
    return TYPES[GLIB.g_unichar_type(code)]


def decompose(text):
    pointer = GLIB.g_utf8_normalize(text.encode(), -1, 0)
    result = ctypes.string_at(pointer).decode()
    GLIB.g_free(pointer)
    return result


def ranges(codes):
    out = []
    for code in codes:
        if out and out[-1][1] == code - 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    return out


def show(name, codes):
    print(f"\nstatic const Range {name}[] = {{")
    line = " "
    for first, last in ranges(codes):
        item = f" {{ 0x{first:04x}, 0x{last:04x} }},"
        if len(line) + len(item) > 98:
            print(line)
            line = " "
        line += item
    print(line + "\n};")


def main():
    clean = BertNormalizer(True, False, False, False)
    accents = BertNormalizer(False, False, True, False)
    lower = BertNormalizer(False, False, False, True)
    split = BertPreTokenizer()
    kept, not_mark, mark, not_punctuation, punctuation, cased = [], [], [], [], [], []
    for code in range(1, 0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        char, type_ = chr(code), kind(code)
        text = "x" + char + "y"
        theirs = clean.normalize_str(text)
        ours = text
        if code in SPACES:
            ours = "x y"
        elif code == 0xFFFD or type_ in ("Cc", "Cf", "Co"):
            ours = "xy"
        if theirs != ours:
            assert theirs == text, hex(code)
            kept.append(code)
        theirs = accents.normalize_str(text)
        parts = decompose(text)
        if theirs != "".join(c for c in parts if kind(ord(c)) != "Mn"):
            if type_ == "Mn":
                assert theirs == text, hex(code)
                not_mark.append(code)
            elif theirs == "xy":
                mark.append(code)
            else:
                print(f"/* decomposed by one side only: U+{code:04X} */")
        if code != 0x130 and ord(lower.normalize_str(char)) != GLIB.g_unichar_tolower(code):
            cased.append((code, ord(lower.normalize_str(char)) - code))
        ascii_ = code < 128 and type_[0] in "PS"
        alone = len(split.pre_tokenize_str(text)) == 3
        if alone != (type_[0] == "P" or ascii_):
            (punctuation if alone else not_punctuation).append(code)
    show("not_dropped", kept)
    show("not_mark", not_mark)
    show("extra_mark", mark)
    show("not_punctuation", not_punctuation)
    show("extra_punctuation", punctuation)
    print("\nstatic const Shift extra_lower[] = {")
    runs = []
    for code, shift in cased:
        if runs and runs[-1][1] == code - 1 and runs[-1][2] == shift:
            runs[-1][1] = code
        else:
            runs.append([code, code, shift])
    for first, last, shift in runs:
        print(f"  {{ 0x{first:04x}, 0x{last:04x}, {shift} }},")
    print("};")


if __name__ == "__main__":
    main()
