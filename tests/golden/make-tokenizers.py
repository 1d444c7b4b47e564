#!/usr/bin/env python3
"""Writes tests/golden/tokenizers: hard strings, small vocabularies learnt from them, and the ids
that Hugging Face's fast tokenizers give them, read from folders like those that are published.

    pip install tokenizers==0.23.3 transformers==5.24.0 && python3 make-tokenizers.py

Their Unicode: Oniguruma's classes 16, Rust's lower case 17, composition 9, BERT's categories 8.
texts.txt has one text a line as a JSON string; NAME.ids the number of a text, how many ids it may
have, and its ids, for the tokenizer in the folder NAME.
"""

import collections
import hashlib
import importlib.util
import json
import pathlib
import random
import shutil
import unicodedata

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer
from transformers import BertTokenizerFast, CLIPTokenizerFast

HERE = pathlib.Path(__file__).parent
OUT = HERE / "tokenizers"
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
WORDS = """the a woman man person wearing red blue coat jacket shirt trousers jeans dress shoes bag hat
hair long short black white grey green striped checked walking naïve café résumé Straße İstanbul ΣΊΣΥΦΟΣ
don't isn't it's we're I've I'm we'll he'd IT'S tokenization UNAFFABLE running Ærø œuvre Łódź Ωmega Москва
ёжик 한국어 日本語 中文 नमस्ते שָׁלוֹם العربية ภาษาไทย ⅠⅡⅢ ①② ½ x² ﬁn ẞ ǆ ŉ Å K""".split()
EMOJI = "😀 🧥 👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇩🇪🇨🇳 🇩 1️⃣ #️⃣ ❤️ ☎︎ 👍🏿 🧑‍🦰 ♀️ 🫠 🪿".split()
SPACES = " \t\n\r\u000b\u000c\u0085\u00a0\u1680\u2000\u2007\u200a\u2028\u2029\u202f\u205f\u3000"
NOT_SPACES = "\u200b\u200c\u200d\u2060\ufeff\u180e\u00ad\u034f\u061c\u200e\u202a\u202e\u2066\u0001\u001b\u007f\u0080\u009f\ufffd\ufffe\uffff\ue000"
MARKS = (
    [chr(c) for c in range(0x300, 0x370)]
    + list("\u0591\u05b0\u05c1\u064b\u0651\u0898\u089f\u08ca\u093c\u094d\u09fe\u0c3c\u1abf\u1ac1\u1df6")
    + list("\u1df9\u20d0\u20dd\u302a\u3099\u309a\ua82c\ufe0f\ufe20\U00010eab\U00010efd\U00016ff0\U0001d165\U0001e4ec")
)
HTML = [
    "&amp;", "&amp;amp;", "&lt;b&gt;", "<b>red</b>", "<br/>", "&#39;s", "&nbsp;coat", "<!-- x -->", "%20", "\\u00e9",
    "Ã©", "â€™s", "â€œredâ€\x9d", "Â£5", "http://a.b/c?d=e&f=g#h", "a@b.co.uk", "```x```", "{\"a\": [1, 2]}", "'); DROP TABLE x;--",
    "--", "a--b", "...", "…", "!?!?", "*red*", "_blue_", "~x~", "C++", "R&B", "1,000.50", "10:30", "3/4", "$5.00", "5€", "100%", "v1.2.3", "²³", "٣٤٥", "१२३", "ⅻ", "𝟘𝟙",
]
SPECIALS = [
    "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[sep]", "[ SEP ]", "[[SEP]]", "[SEP", "SEP]", "[CLS][SEP]", "a[SEP]b", "[MASKED]",
    BEGIN, END, BEGIN.upper(), END.upper(), "<|EndOfText|>", "<|endoftext|", "|endoftext|>", "<|endoftext|>>", "<<|endoftext|>",
    "a<|endoftext|>b", "a!<|endoftext|>!b", "!<|ENDOFTEXT|>!", "<|endoftext|><|endoftext|>", "<|startoftext|>red<|endoftext|>",
    "<|STARTOFTEXT|>RED<|ENDOFTEXT|>!!", "<| endoftext |>", "<|endof\u0301text|>", "<|endoftext|>\u0301a", "\u0301<|endoftext|>", "<|ſtartoftext|>",
    "</w>", "a</w>", "##ing", "Ġred", "<s>", "</s>", "<pad>", "<mask>", "<|im_start|>",
]
LONG = ["q" * 100, "q" * 101, "é" * 100, "e\u0301" * 101, "中" * 101, "😀" * 70, "a" * 200, "ab" * 100, "red" * 67, "1" * 120, "'" * 90, "!" * 200, "'s" * 60, "a\u0301" * 80]


def load_hard():
    spec = importlib.util.spec_from_file_location("wordpiece", HERE / "make-wordpiece.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.HARD


def invent(draw):
    """Texts that mix everything above, without end."""
    blocks = [
        (0x20, 0x7F), (0x80, 0x100), (0x100, 0x250), (0x250, 0x370), (0x370, 0x400), (0x400, 0x530), (0x530, 0x600),
        (0x600, 0x780), (0x900, 0xE00), (0xE00, 0x1100), (0x1100, 0x1200), (0x1200, 0x1400), (0x1E00, 0x2000), (0x2000, 0x2070),
        (0x2070, 0x20D0), (0x2100, 0x2400), (0x2460, 0x2800), (0x2C00, 0x2E80), (0x3000, 0x3130), (0x4E00, 0x9FFF), (0xA000, 0xAC00),
        (0xAC00, 0xD7A4), (0xF900, 0xFB50), (0xFB50, 0xFF00), (0xFF00, 0xFFF0), (0x10000, 0x11000), (0x11000, 0x12000), (0x16A00, 0x17000),
        (0x1D000, 0x1D800), (0x1E000, 0x1F000), (0x1F000, 0x1FB00), (0x20000, 0x20020), (0x2B820, 0x2BA00), (0xE0000, 0xE0080),
    ]

    def character():
        return chr(draw.randrange(*draw.choice(blocks)))

    def twist(word):
        return draw.choice([str, str.upper, str.title, str.swapcase])(word)

    def form(text):
        return unicodedata.normalize(draw.choice(["NFC", "NFD", "NFKC", "NFKD"]), text)

    makers = [
        lambda: " ".join(twist(draw.choice(WORDS)) for _ in range(draw.randint(1, 5))),
        lambda: form(" ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 4)))),
        lambda: "".join(draw.choice(WORDS[:24]) + draw.choice(SPACES + NOT_SPACES) for _ in range(draw.randint(1, 5))),
        lambda: "".join(draw.choice(EMOJI + WORDS[:12]) + draw.choice(["", " "]) for _ in range(draw.randint(1, 3))),
        lambda: "".join(draw.choice("aeoucnAEIOUΩкिが한") + "".join(draw.choice(MARKS) for _ in range(draw.randint(0, 4))) for _ in range(draw.randint(1, 4))),
        lambda: "".join(draw.choice(["'", "’", "''", "'S", "'ll", "'RE", "x", "don", " ", "'d", "5", "!"]) for _ in range(draw.randint(2, 8))),
        lambda: "".join(draw.choice(["ᄀ", "ᄁ", "가", "각", "\u1161", "\u1162", "\u11a8", "\u11a7", "한", "\u0301", " "]) for _ in range(draw.randint(2, 8))),
        lambda: "".join(character() for _ in range(draw.randint(2, 7))),
        lambda: "".join("a" + character() for _ in range(draw.randint(2, 5))),
        lambda: draw.choice(HTML + SPECIALS) + draw.choice(["", " ", "!"]) + draw.choice(WORDS + HTML + SPECIALS),
        lambda: "".join(draw.choice("0123456789.,:/-+abcxyz %") for _ in range(draw.randint(2, 14))),
        lambda: draw.choice(["\u202e", "\u2067", ""]) + draw.choice(["שלום עולם", "مرحبا ١٢٣", "\u0627\u0644\u0644\u0647", "אָב"]) + " " + draw.choice(WORDS),
    ]
    while True:
        yield draw.choice(makers)()


def collect():
    texts = load_hard() + WORDS + EMOJI + HTML + SPECIALS + LONG
    texts += [f"a{c}b" for c in SPACES + NOT_SPACES] + [unicodedata.normalize(f, w) for w in WORDS for f in ("NFD", "NFC")]
    texts = dict.fromkeys(texts)
    for text in invent(random.Random(5)):
        texts.setdefault(text)
        if len(texts) == 2400:
            return list(texts)


def symbols():
    """CLIP's alphabet: a printable character for every byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    table = {b: chr(b) for b in plain} | {b: chr(256 + n) for n, b in enumerate(others)}
    return [table[b] for b in plain + others]


def learn_merges(texts, n):
    normalise = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    split = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(PATTERN), "removed", True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    counts = collections.Counter(w for t in texts for w, _ in split.pre_tokenize_str(normalise.normalize_str(t)) if len(w) < 50)
    words = {w: [*w[:-1], w[-1] + "</w>"] for w in counts}
    merges = []
    while len(merges) < n:
        pairs = collections.Counter()
        for word, parts in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += counts[word]
        best = min(pairs, key=lambda p: (-pairs[p], p))
        merges.append(best)
        for parts in words.values():
            i = 0
            while i + 1 < len(parts):
                if (parts[i], parts[i + 1]) == best:
                    parts[i : i + 2] = ["".join(best)]
                i += 1
    return merges


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def make_folder(name):
    folder = OUT / name
    folder.mkdir(parents=True)
    return folder


def make_bert(texts):
    trained = Tokenizer(WordPiece(unk_token="[UNK]"))
    trained.normalizer = normalizers.BertNormalizer(lowercase=False)
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    lower = [normalizers.BertNormalizer().normalize_str(t) for t in texts]
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trained.train_from_iterator(texts + lower + WORDS * 8, WordPieceTrainer(vocab_size=1500, limit_alphabet=600, special_tokens=specials, show_progress=False))
    lines = [token for token, _ in sorted(trained.get_vocab().items(), key=lambda item: item[1])]
    for name, config in (("bert", None), ("bert-cased", {"do_lower_case": False, "tokenizer_class": "BertTokenizer"})):
        folder = make_folder(name)
        (folder / "vocab.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        if config:
            write_json(folder / "tokenizer_config.json", config)
    odd = json.loads(BertTokenizerFast.from_pretrained(OUT / "bert").backend_tokenizer.to_str())
    odd["normalizer"].update(strip_accents=False, handle_chinese_chars=False)
    write_json(make_folder("bert-json") / "tokenizer.json", odd)


def make_clip(texts):
    merges = learn_merges(texts + WORDS * 8, 700)
    alphabet = symbols()
    tokens = alphabet + [s + "</w>" for s in alphabet] + ["".join(m) for m in merges] + [BEGIN, END]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    added = {"__type": "AddedToken", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    config = {"bos_token": {"content": BEGIN, **added}, "eos_token": {"content": END, **added}, "unk_token": {"content": END, **added},
              "pad_token": "<|endoftext|>", "tokenizer_class": "CLIPTokenizer", "model_max_length": 77}
    for name, settings in (("clip", None), ("clip-config", config)):
        folder = make_folder(name)
        write_json(folder / "vocab.json", vocabulary)
        (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
        if settings:
            write_json(folder / "tokenizer_config.json", settings)
    whole = json.loads(CLIPTokenizerFast.from_pretrained(OUT / "clip").backend_tokenizer.to_str())
    whole["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = PATTERN
    for token in whole["added_tokens"]:
        token["normalized"] = True
    used = {part for merge in merges for part in merge}
    gone = [t for t in vocabulary if t.removesuffix("</w>") in alphabet and t not in used][::3]
    for token in gone:
        del whole["model"]["vocab"][token]
    write_json(make_folder("clip-json") / "tokenizer.json", whole)


def write_ids(name, encode, texts, step):
    with open(OUT / f"{name}.ids", "w", encoding="utf-8") as out:
        for i, text in enumerate(texts):
            if i % step and "|" not in text:
                continue
            limit = 77 if i % 4 else (3, 4, 5, 8, 16, 64)[i // 4 % 6]
            out.write(f"{i} {limit} " + " ".join(map(str, encode(text, limit))) + "\n")


def from_folder(kind, name):
    tokenizer = kind.from_pretrained(OUT / name)
    return lambda text, limit: tokenizer(text, truncation=True, max_length=limit)["input_ids"]


def from_file(name):
    tokenizer = Tokenizer.from_file(str(OUT / name / "tokenizer.json"))

    def encode(text, limit):
        tokenizer.enable_truncation(limit)
        return tokenizer.encode(text).ids

    return encode


def hash_all_characters():
    """The words of every code point, alone, before and after marks and a jamo."""
    normalise = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    split, total = pre_tokenizers.Split(Regex(PATTERN), "removed", True), hashlib.sha256()
    for code in range(1, 0x110000):
        if not 0xD800 <= code < 0xE000:
            c = chr(code)
            words = split.pre_tokenize_str(normalise.normalize_str(f"x{c}y {c}\u0327\u0301 o\u0302{c}\u0323 \u1112{c}\u11ab"))
            total.update(("\x01".join(w for w, _ in words) + "\n").encode())
    return total.hexdigest()


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    texts = collect()
    (OUT / "texts.txt").write_text("".join(json.dumps(t, ensure_ascii=False) + "\n" for t in texts), encoding="utf-8")
    make_bert(texts)
    make_clip(texts)
    write_ids("bert", from_folder(BertTokenizerFast, "bert"), texts, 1)
    write_ids("bert-cased", from_folder(BertTokenizerFast, "bert-cased"), texts, 1)
    write_ids("bert-json", from_file("bert-json"), texts, 5)
    write_ids("clip", from_folder(CLIPTokenizerFast, "clip"), texts, 1)
    write_ids("clip-config", from_folder(CLIPTokenizerFast, "clip-config"), texts, 11)
    write_ids("clip-json", from_file("clip-json"), texts, 5)
    (OUT / "clip-characters.sha256").write_text(hash_all_characters() + "\n")
    print(len(texts), "texts")


if __name__ == "__main__":
    main()
