#!/usr/bin/env python3
"""Prints the tables of core/text/guise-clip-unicode.c and of core/text/guise-normal-form.c.

Hugging Face's CLIP tokenizer splits texts by classes of Oniguruma and composes them with tables of
its own (crate unicode-normalization-alignments); GLib has another age. This asks both about every
code point and prints the ranges where GLib has to be corrected, and fails where what the C code
takes for granted does not hold. Run on Debian 12 (GLib 2.74):

    pip install tokenizers==0.23.3 && python3 make-clip-unicode.py
"""

import ctypes

from tokenizers import Regex, normalizers, pre_tokenizers

GLIB = ctypes.CDLL("libglib-2.0.so.0")
for function in (GLIB.g_unichar_type, GLIB.g_unichar_combining_class):
    function.argtypes = [ctypes.c_uint32]
GLIB.g_unichar_compose.argtypes = [
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.POINTER(ctypes.c_uint32),
]
# GUnicodeType in its order
TYPES = (
    "Cc Cf Cn Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs"
).split()
CODES = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
# as guise_bert_is_space
SPACES = {
    *range(9, 14),
    0x20,
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
}
NFC, NFD = normalizers.NFC(), normalizers.NFD()


def find_class(expression):
    split = pre_tokenizers.Split(Regex(expression), behavior="removed", invert=True)
    return {c for c in CODES if split.pre_tokenize_str(chr(c))}


def show(name, codes):
    out = []
    for code in sorted(codes):
        if out and out[-1][1] == code - 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    print(f"\nstatic const GuiseCharRange {name}[] = {{")
    for first, last in out:
        print(f"  {{ 0x{first:04x}, 0x{last:04x} }},")
    print("};")


def is_reordered(mark, probe):
    text = "a" + probe + mark
    return NFD.normalize_str(text) != text


def find_unordered():
    """Marks whose class GLib knows and Hugging Face does not; any other difference fails."""
    probes = {240: "\u0345"}
    for code in range(0x300, 0x900):
        kind = GLIB.g_unichar_combining_class(code)
        if kind and is_reordered(chr(code), "\u0345"):
            probes.setdefault(kind, chr(code))
    found = []
    for code in CODES:
        kind = GLIB.g_unichar_combining_class(code)
        if NFD.normalize_str(chr(code)) != chr(code):
            continue
        moved = {v: is_reordered(chr(code), p) for v, p in probes.items()}
        if all(moved[v] == (0 < kind < v) for v in probes):
            continue
        assert not any(moved.values()), hex(code)
        found.append(code)
    return found


def check_composition():
    composed = ctypes.c_uint32()
    for code in CODES:
        text = NFD.normalize_str(chr(code))
        assert NFC.normalize_str(text) == NFC.normalize_str(chr(code)), hex(code)
        if len(text) == 2:
            ours = text
            if GLIB.g_unichar_compose(ord(text[0]), ord(text[1]), ctypes.byref(composed)):
                ours = chr(composed.value)
            assert NFC.normalize_str(text) == ours, hex(code)


def main():
    assert find_class(r"\s") == SPACES
    for name, expression, letter in (("letter", r"\p{L}", "L"), ("number", r"\p{N}", "N")):
        theirs = find_class(expression)
        ours = {c for c in CODES if TYPES[GLIB.g_unichar_type(c)][0] == letter}
        assert ours <= theirs
        show(f"extra_{name}", theirs - ours)
    show("not_ordered", find_unordered())
    check_composition()


if __name__ == "__main__":
    main()
