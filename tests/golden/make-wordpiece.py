#!/usr/bin/env python3
"""Writes tests/golden/wordpiece: a toy vocabulary, hard strings with the ids that Hugging Face's
fast BertTokenizer (uncased) gives them, and one hash over the words of every single code point.

    pip install tokenizers==0.23.3 && python3 make-wordpiece.py
"""

import hashlib
import json
import pathlib
import random

from tokenizers import BertWordPieceTokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

OUT = pathlib.Path(__file__).parent / "wordpiece"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
OTHERS = "äßøłđæœſıσςабвгйёжאבגاבتहिकमनกขคあいうアカ가각ᄀ\u1161\u11a8中文字人王ⅰⓐ²½µʼ"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¿«»“”‘’–—…、。「」·†‰§¶"
SYMBOLS = "€£©®°±×÷√∞≤→♥★😀🧥"
WORDS = """the a an woman man person wearing wears red blue coat jacket shirt trousers jeans dress
shoes bag hat hair long short black white grey green striped checked walking ing ##ing ##s ##ed ##er
##es un ##aff ##able runn ##ning to token ##ization ##iz ##ation naive cafe resume uber strasse istanbul
##bul i ##stan hello world want ##want low lower ##est new newer wid wide ##st don ##t isn it ##'s
abcdef ab ##cde ##cdef cd ##ef abc ##def ##f fi ff ##fi ﬁ q qq qqq ##q ##qq ##qqq""".split()
HARD = [
    "",
    " ",
    "   \t\n\r  ",
    "a",
    "A",
    "The woman wears a red coat.",
    "UNAFFABLE",
    "unaffable!",
    "running",
    "tokenization",
    "café",
    "cafe\u0301",
    "CAFÉ",
    "naïve résumé",
    "Über Straße",
    "STRASSE",
    "ẞ ß",
    "İstanbul",
    "ISTANBUL",
    "ıstanbul",
    "I\u0307stanbul",
    "ΣΊΣΥΦΟΣ",
    "σας ΣΑΣ Σ",
    "ŁÓDŹ",
    "Øre Ærø œuvre",
    "don't isn't it's",
    "don’t isn’t it’s",
    "a-b_c.d,e",
    "hello...world",
    "(red)",
    "[red]",
    "{blue}",
    "$5.00 + 3% = ?",
    "a@b.c",
    "#hat #coat",
    "##ing",
    "##",
    "#",
    "###s",
    "a ##s",
    "~`^|\\",
    "<b>&amp;</b>",
    "[CLS]",
    "[SEP]",
    "[PAD]",
    "[UNK]",
    "[MASK]",
    "a [SEP] b",
    "a[SEP]b",
    "[sep]",
    "[ SEP ]",
    "[[SEP]]",
    "[SEP",
    "SEP]",
    "[CLS][SEP][MASK]",
    "[MASK]red[PAD]",
    "[MASKED]",
    "coat [UNK] coat",
    "[]",
    "中文",
    "中a文",
    "a中b",
    "人人 王",
    "㐀䶿",
    "\uf900",
    "\U00020000",
    "\U0002b81f",
    "\U0002b820",
    "\U0002b91f",
    "\U0002b920",
    "\U0002ceaf",
    "\U0002f800",
    "x\U0002b820y",
    "x\uf900y",
    "ー々〆",
    "カガか゛",
    "ガ",
    "ｶﾞ",
    "각 가",
    "각가",
    "ᄀ\u1161\u11a8",
    "한국어",
    "हिन्दी",
    "काम",
    "नमस्ते",
    "שָׁלוֹם",
    "אבג",
    "العربية",
    "تَ",
    "กขค",
    "กิ",
    "ёжик йод",
    "ЁЖИК",
    "Ⅰ Ⅱ ⅰ",
    "Ⓐ ⓐ",
    "ﬁ",
    "ﬀ",
    "½ ² µ",
    "Å Å",
    "Ω Ω",
    "Ǆ ǅ ǆ",
    "ʼn ŉ",
    "a\u00a0b",
    "a\u1680b",
    "a\u2000b\u200ab",
    "a\u2028b\u2029b",
    "a\u202fb\u205fb\u3000b",
    "a\u0085b",
    "a\u000bb\u000cb",
    "a\u0001b",
    "a\u007fb",
    "a\u00adb",
    "a\u200bb",
    "a\u200db",
    "a\u200eb\u202ab",
    "a\ufeffb",
    "a\ufffdb",
    "a\ue000b",
    "a\U000f0000b",
    "a\ufffeb",
    "a\uffffb",
    "a\u0378b",
    "a\U000e0001b",
    "a\u061cb",
    "a\u180eb",
    "a\u2060b",
    "a\u0890b",
    "a\u08e2b",
    "a\U000110cdb",
    "a\U00013430b",
    "e\u0301\u0323",
    "e\u0323\u0301",
    "\u0301",
    "\u0301a",
    "a\u0300\u0301\u0302\u0303\u0304\u0305",
    "a\u20ddb",
    "a\u0488b",
    "a\u302eb",
    "a\u302e\u0301b",
    "a\u1abfb",
    "a\u1dfbb",
    "a\u0898b",
    "\u1734a",
    "a\U0001e8d0b",
    "a\U0001e944b",
    "\U00011938",
    "x\U00011938y",
    "\U00011935\U00011930",
    "\u0344",
    "\u0374\u037e\u0387",
    "a\u2e3ab",
    "a\u2e43b",
    "a\u2e5db",
    "a\u166db",
    "a\U000111c9b",
    "a\u055ab",
    "a\u3001b\u3002c",
    "¡hola! ¿qué?",
    "“quoted” ‘text’",
    "a–b—c…",
    "5€ £3 ©",
    "×÷±√",
    "♥★",
    "😀",
    "red😀coat",
    "😀 😀",
    "👨‍👩‍👧",
    "🇩🇪",
    "1️⃣",
    "🧥🧥",
    "\u1c89",
    "\ua7cb\ua7cc\ua7dc",
    "\U00010d50",
    "\U00016ea0",
    "\u1e9e",
    "\u2126\u212a\u212b",
    "\u01c5",
    "a" * 99,
    "a" * 100,
    "a" * 101,
    "q" * 100,
    "q" * 101,
    "é" * 100,
    "é" * 101,
    "e\u0301" * 100,
    "中" * 101,
    "😀" * 101,
    "q" * 100 + "!" + "q" * 101,
    "abcdef",
    "abcdefs",
    "abcdeff",
    "abcde",
    "abcd",
    "abcdefabcdef",
    "lowest newer widest",
    "x" * 5 + "☃",
    "☃",
    "red☃",
    "☃red",
    "a.b.c.d.e.f.g",
    "...",
    "!?!?",
    "'",
    "''",
    "-",
    "--",
    "a - b",
    "-a-",
    "1,000.50",
    "10:30",
    "3/4",
    "x=1",
    "C++",
    "R&B",
    "AT&T",
    "\ta\tb\t",
    "\r\na\r\nb",
    " leading",
    "trailing ",
    "  two  spaces  ",
    "MiXeD cAsE",
    "ALLCAPS",
    "camelCase",
]
MAXES = [2, 3, 4, 5, 8, 64]


def vocabulary():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for c in LETTERS + OTHERS:
        tokens += [c, "##" + c]
    tokens += list(PUNCTUATION) + list(SYMBOLS) + ["##😀", "##€"] + WORDS
    tokens += ["\uf900", "豈", "豈", "\U0002b820", "##\U0002b820", "㐀"]
    return list(dict.fromkeys(tokens))


def random_strings(n):
    draw = random.Random(3)
    pools = [
        LETTERS,
        LETTERS.upper(),
        OTHERS,
        PUNCTUATION,
        SYMBOLS,
        " \t\n\u00a0\u3000",
        "\u0301\u0308\u0323\u200d\u00ad",
        "ÀÉÎÕÜñçŠŽİĞ",
        "[]#'",
    ]
    for _ in range(n):
        parts = []
        for _ in range(draw.randint(1, 12)):
            if draw.random() < 0.4:
                parts.append(draw.choice(WORDS).replace("##", ""))
            parts.append(
                "".join(draw.choice(draw.choice(pools)) for _ in range(draw.randint(1, 4)))
            )
            if draw.random() < 0.5:
                parts.append(" ")
        yield "".join(parts)
    for _ in range(n // 2):
        codes = [
            draw.choice(
                [
                    draw.randrange(1, 0x250),
                    draw.randrange(0x250, 0x3100),
                    draw.randrange(0xA640, 0xD7FF),
                    draw.randrange(0xF900, 0xFFFE),
                    draw.randrange(0x10000, 0x1FF00),
                ]
            )
            for _ in range(10)
        ]
        yield "".join("a" + chr(c) if draw.random() < 0.5 else chr(c) for c in codes)


def hash_all_characters():
    normalizer, splitter, total = BertNormalizer(), BertPreTokenizer(), hashlib.sha256()
    for code in range(1, 0x110000):
        if not 0xD800 <= code < 0xE000:
            words = splitter.pre_tokenize_str(normalizer.normalize_str(f"x{chr(code)}y"))
            total.update(("\x01".join(w for w, _ in words) + "\n").encode())
    return total.hexdigest()


def main():
    OUT.mkdir(exist_ok=True)
    (OUT / "vocab.txt").write_text("".join(t + "\n" for t in vocabulary()), encoding="utf-8")
    tokenizer = BertWordPieceTokenizer(str(OUT / "vocab.txt"), lowercase=True)
    texts = list(dict.fromkeys(HARD + list(random_strings(200))))
    with open(OUT / "cases.jsonl", "w", encoding="utf-8") as out:
        for i, text in enumerate(texts):
            limit = 512 if i % 3 else MAXES[i // 3 % len(MAXES)]
            if limit > 2:
                tokenizer.enable_truncation(limit)
                ids = tokenizer.encode(text).ids
            else:
                ids = [tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")]
            out.write(json.dumps({"text": text, "max": limit, "ids": ids}) + "\n")
    (OUT / "all-characters.sha256").write_text(hash_all_characters() + "\n")
    print(len(texts), "texts")


if __name__ == "__main__":
    main()
