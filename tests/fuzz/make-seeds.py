#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: make-seeds.py FOLDER. Small and by hand, one idea a file; libFuzzer finds the rest."""
import json, os, struct, sys


def safetensors(header, data=b""):
    text = (header if isinstance(header, str) else json.dumps(header, separators=(",", ":"))).encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def npy(descr, shape, data, major=1, order="False"):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([major, 0]) + struct.pack("<H" if major == 1 else "<I", len(header)) + header + data


def index(n=2, dim=2, stamps=True, **changed):
    parts = {"c": ("F32", [n, dim], struct.pack(f"<{n * dim}f", *[0.5] * (n * dim))),
             "ids": ("I64", [n], struct.pack(f"<{n}q", *range(n))),
             "norm": ("F32", [n], struct.pack(f"<{n}f", *[1.0] * n)),
             "v": ("F32", [n, dim], struct.pack(f"<{n * dim}f", *[0.25] * (n * dim)))}
    if stamps:
        parts["stamps"] = ("I64", [n, 2], struct.pack(f"<{2 * n}q", *range(2 * n)))
    parts.update(changed)
    header = {"__metadata__": {"run": "r", "checkpoint": "0", "split": "test", "created": "2026-01-01T00:00:00Z"}}
    data = b""
    for name, (dtype, shape, body) in sorted(parts.items()):
        header[name] = tensor(dtype, shape, len(data), len(data) + len(body))
        data += body
    return safetensors(header, data)


def halves(v=0.25, c=0.5):
    return {"v_half": ("F16", [2, 2], struct.pack("<4e", *[v] * 4)), "c_half": ("F16", [2, 2], struct.pack("<4e", *[c] * 4))}


def record(**changed):
    made = {"split": "train", "captions": ["a man in a red coat"], "file_path": "a.png", "processed_tokens": [["a"]], "id": 1}
    made.update(changed)
    return {key: value for key, value in made.items() if value is not None}


RUN = {"name": "r", "preset": "tiny", "from": None, "seed": 1, "state": "done", "error": None, "started": "2026-01-01T00:00:00Z",
       "finished": None, "step": 5, "steps": 10, "lambda": 0.5, "best": {"r1": 1}, "splits": "default", "data": "d", "images": 3,
       "persons": 2, "version": "0.1.0", "blas_core": "Haswell", "threads": 2}
VOCAB = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nman\n##s\ncoat\nred\n,\n"
SEEDS = {
    "safetensors": {
        "empty": b"", "short": b"\1\0\0\0\0\0\0", "no-tensors": safetensors({}),
        "floats": safetensors({"a": tensor("F32", [2], 0, 8), "__metadata__": {"k": "v"}}, struct.pack("<2f", 1, float("nan"))),
        "kinds": safetensors({"b": tensor("F16", [1], 0, 2), "c": tensor("BF16", [1], 2, 4), "d": tensor("F64", [], 4, 12),
                              "e": tensor("I64", [1], 12, 20), "f": tensor("I32", [1], 20, 24), "g": tensor("U8", [3, 0], 24, 24),
                              "h": tensor("U8", [1], 24, 25)}, bytes(25)),
        "hash": safetensors({"a": tensor("U8", [1], 0, 1), "__metadata__": {"sha256": "0" * 64}}, b"x"),
        "overlap": safetensors({"a": tensor("U8", [2], 0, 2), "b": tensor("U8", [2], 1, 3)}, bytes(3)),
        "wraps": safetensors({"a": tensor("F32", [2, 2**63 - 1], 0, 16)}, bytes(16)),
        "huge-length": struct.pack("<QQ", 2**64 - 1, 0), "deep": safetensors("[" * 40), "duplicate": safetensors('{"a":{},"a":{}}'),
        "not-utf8": safetensors('{"\udcff":1}'),
    },
    "npy": {
        "empty": b"", "f4": npy("<f4", "(2, 3)", bytes(24)), "i8": npy("<i8", "(1,)", bytes(8)), "scalar": npy("<f8", "()", bytes(8)),
        "u1-version-2": npy("|u1", "(3,)", b"abc", 2), "none": npy("<i4", "(0, 5)", b""), "fortran": npy("<f4", "(1,)", bytes(4), 1, "True"),
        "objects": npy("|O", "(1,)", bytes(8)), "wraps": npy("<f4", "(4294967296, 4294967296)", b""),
        "half": npy("<f2", "(1, 1, 1, 1, 1, 1, 1, 1)", bytes(2)),
    },
    "json": {
        "empty": b"", "object": b'{"a": [1, -2.5e3, true, false, null, "x\\u00e9\\n"], "b": {}}', "duplicate": b'{"a":1,"a":2}',
        "deep": b"[" * 70, "zero": b'"\\u0000"', "lone": b'"\\ud800"', "pair": b'"\\ud83d\\ude00"', "raw": b'["\xff"]',
        "bom": b"\xef\xbb\xbf[]", "large": b"[1e999, 18446744073709551616]", "utf16": "[1]".encode("utf-16"), "number": b"-0.0",
    },
    "jsonl": {
        "empty": b"", "lines": b'{"n":1}\n\n{"n":2}\n', "torn": b'{"n":1}\n{"n":', "bad": b"[1]\nx\n{}\n\xff\n", "zero": b'{"a":"\0"}\n',
        "long": b'{"a":"' + b"x" * 5000 + b'"}\n{}\n', "crlf": b'{"n":1}\r\n',
    },
    "csv": {
        "plain": b"a\0b\0", "quotes": b'say "hi"\0,\0\r\n\0', "formulas": b"=1+1\0+1\0-1\0@x\0\t=\0\r=\0'x\0", "empty": b"\0\0\0",
    },
    "import": {
        "one": [record()], "none": [], "not-an-array": {"a": 1}, "empty": b"", "cut": b'[{"split":"train","captions":["a',
        "bom": b"\xef\xbb\xbf" + json.dumps([record()]).encode(), "deep": b"[" + b"[" * 100,
        "ids": [record(id=x) for x in (-1, 1.5, "12", True, None, 2**32, 2**62)], "captions": [record(captions=x) for x in (None, "x", [1], [""], [" "])],
        "paths": [record(file_path=x) for x in ("../a.png", "/etc/passwd", "C:\\a", "./a.png", "x//a.png", "a.png/", "", "%2e%2e/a", "b.png")],
        "twice": [record(), record(split="test")], "unknown-key": [record(note="x")], "literals": b"[1, nul, {]",
        "demo": [record(camera=3, outfit="o1", styles=["terse"], descriptions={"identity": "a man", "clothing": "a coat"})],
        "texts": [record(captions=["\u202eabc", "a\u200bb", "<b>&amp;</b>", "%s%n", "'); DROP TABLE captions;--"])],
        "duplicate-key": b'[{"id":1,"id":2}]', "lone-surrogate": b'[{"id":1,"file_path":"\\ud800"}]',
    },
    # A lexicon ("" = the English one), then captions, each behind a zero byte.
    "lexicon": {
        "empty": b"", "own": b"[upper]\ncoat: coat(s), ~caot\n[colour]\nred: red\n[gender]\nman: man(men)\n\0a man in a red coat\0CAOTS",
        "words": b"[words]\nand: und\n[shoes]\nshoes: shoe(s)\n[colour]\nred: red\n\0red and shoes, shoes red", "section": b"[upper", "bracket": b"[upper]\na: b(c",
        "not-utf8": b"[upper]\n\xff: a", "long-term": b"[cut]\na: b c d e f g h i", "plural": b"[part]\nx: (s), y(z) w",
        "flowing": b"\0A tall young man with short black hair is walking, wearing a dark blue striped shirt and grey jeans. He carries a red bag on his left shoulder.\0A man in a blue shirt with stripes, no hat.",
        "list": b"\0Top red shirt. Bottom blue jeans. Head none. Bag: none. Shoes: not visible. Who slim woman, average height, bald head.",
        "telegraphic": b"\0slim old lady / grey bun / cane / green dress / black and white shoes",
        "hedging": b"\0It looks like a boy, maybe in a red or blue coat, possibly without glasses\0not a hat nor a bag, neither tall\0a child\0he she",
        "odd": b"\0\xff\xc3 <b>red</b> **coat** \xe2\x80\x99s 's '' -- - t--shirt\xe2\x80\x90 \xe7\xba\xa2\xe8\x89\xb2 {\"x\": null}\n\n\0",
    },
    "wordpiece": {
        "vocab": VOCAB.encode() + b"\0A man's red coats, [SEP] [MASK] xyz", "no-text": VOCAB.encode(), "missing": b"[PAD]\n[UNK]\na\n\0a",
        "empty": b"", "crlf": VOCAB.replace("\n", "\r\n").encode() + b"\0man", "not-utf8": b"\xff\n\0a", "empty-lines": b"\n\n" + VOCAB.encode() + b"\n\0a a",
        "unicode": VOCAB.encode() + "\0\u4eba\u00e9\u1112\u1161\u0301 \u200d\U0001f468".encode(), "bad-text": VOCAB.encode() + b"\0a\xff\xc3(man",
    },
    "pretrained": {
        "vit": b"c" + json.dumps({"model_type": "vit", "architectures": ["ViTModel"], "hidden_size": 16, "num_attention_heads": 2,
                                  "image_size": [48, 16], "patch_size": [8, 8], "num_channels": 3, "qkv_bias": True, "hidden_act": "gelu"}).encode(),
        "bert": b"c" + json.dumps({"architectures": ["BertForMaskedLM"], "vocab_size": 40, "type_vocab_size": 2, "pad_token_id": 0,
                                   "position_embedding_type": "absolute", "is_decoder": False, "layer_norm_eps": 1e-12}).encode(),
        "clip": b"c" + json.dumps({"model_type": "clip", "projection_dim": 10, "vision_config": {"hidden_act": "quick_gelu"},
                                   "text_config": {"eos_token_id": 2, "max_position_embeddings": 77}}).encode(),
        "clip-text": b"c" + json.dumps({"model_type": "clip_text_model", "architectures": ["CLIPTextModel"]}).encode(),
        "other": b"c" + json.dumps({"model_type": "roberta"}).encode(), "nothing": b"c{}", "array": b"c[]", "none": b"", "heads": b'c{"model_type":"vit","num_attention_heads":5}',
        "index": b"i" + json.dumps({"metadata": {"total_size": 8}, "weight_map": {"vit.layernorm.gamma": "model-00001-of-00002.safetensors",
                                    "module.bert.pooler.dense.bias": "model-00002-of-00002.safetensors"}}).encode(),
        "outside": b"i" + json.dumps({"weight_map": {"a": "../b.safetensors"}}).encode(), "hidden": b"i" + json.dumps({"weight_map": {"a": ".b.safetensors"}}).encode(),
        "number": b"i" + json.dumps({"weight_map": {"a": 1}}).encode(), "empty-map": b"i" + json.dumps({"weight_map": {}}).encode(), "no-map": b"i{}",
    },
    "config": {
        "empty": {}, "none": b"", "array": [], "vision": {"vision": {"image_size": [128, 64], "patch_size": 16, "hidden_size": 64, "heads": 4}},
        "terms": {"loss": {"terms": ["info", "triplet"], "weights": {"info": 2}, "triplet_on": ["fused"], "ramp": {"terms": ["adv"], "start": 5}}},
        "choices": {"fusion": {"backbone": "transformer", "sequence": "pair"}, "init": "scratch", "dropout": 0.5, "train": {"vision_blocks": -1}},
        "unknown": {"colour": 1}, "wrong": {"vision": {"heads": 0}}, "real": {"optimiser": {"lr": 1e-300, "betas": [0, 0.9]}},
        "uneven": {"vision": {"heads": 7}},
    },
    "run": {
        "whole": RUN, "empty": b"", "least": {"seed": 0, "step": 0, "steps": 0, "lambda": 2, "state": "running"},
        "negative": dict(RUN, seed=-1, step=-5, images=-1, threads=-1), "state": dict(RUN, state="x"), "types": dict(RUN, preset=1, best=[], started=5),
        "time": dict(RUN, started="9999-12-31T23:59:59Z", finished="x"),
    },
    "index": {
        "empty": b"", "whole": index(), "old": index(stamps=False), "no-images": index(0), "no-width": index(1, 0),
        "equal-ids": index(ids=("I64", [2], bytes(16))), "other-count": index(norm=("F32", [1], bytes(4))), "nan": index(norm=("F32", [2], b"\0\0\xc0\x7f" * 2)),
        "kinds": index(v=("F64", [2, 2], bytes(32))),
        "halves": index(**halves()), "halves-of-c": index(c_half=halves()["c_half"]), "other-halves": index(**halves(v=0.75)),
        "long-halves": index(v=("F32", [2, 2], struct.pack("<4f", *[65504.0] * 4)), **halves(v=65504.0)),
    },
    "filter": {
        "empty": b"", "field": b"split = test", "quoted": b'text ~ "a \\"b\\" \\\\ c"', "nested": b"(person = 1 OR NOT (camera : cam_a)) outfit != o1",
        "unclosed": b'text = "', "unknown": b"colour = red", "not": b"not not style !~ list", "deep": b"(" * 60 + b"a", "sql": b"path = \"') OR 1=1 --\"",
        "bytes": b"text = \xff", "kinds": b"kind=identity state=pending source=dataset dataset=people", "lone": b"OR", "operators": b"a!b",
    },
}


def pictures():
    folder = os.path.join(os.path.dirname(__file__), "..", "golden", "decode")
    return {n: open(os.path.join(folder, n), "rb").read() for n in sorted(os.listdir(folder)) if not n.endswith(".rgb")}


SEEDS["decode"] = pictures()


def reply(status, body, as_is=False):
    text = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    return bytes([status >> 8 | (0x80 if as_is else 0), status & 255]) + text


def completion(content, finish="stop", **message):
    return {"model": "m", "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 3, "cost": 0.1, "prompt_tokens_details": {"cached_tokens": 1}}}


GOOD = '{"identity":"an old man","clothing":"a red coat"}'
SEEDS["answer"] = {
    "empty": b"", "good": reply(200, completion(GOOD)), "as-is": reply(200, completion(GOOD), True),
    "fenced": reply(200, completion("```json\n" + GOOD + "\n```")), "thought": reply(200, completion("<think>a</think>" + GOOD)),
    "unclosed": reply(200, completion("<think>a")), "prose": reply(200, completion("A man {really} in a coat.")),
    "parts": reply(200, completion([{"type": "text", "text": GOOD}])), "null": reply(200, completion(None, "length", reasoning="hm")),
    "refusal": reply(200, completion(None, refusal="no")), "declines": reply(200, completion("I'm sorry, I can't help.")),
    "tools": reply(200, completion(None, "tool_calls")), "filter": reply(200, completion("", "content_filter")),
    "bidi": reply(200, completion('{"identity":"\\u202ea\\u0001","clothing":null}')), "html": reply(502, b"<html>"),
    "stream": reply(200, b'data: {"choices":[]}\n\n'), "mark": reply(200, b"\xef\xbb\xbf{}"), "utf16": reply(200, b"{\0}\0"),
    "bytes": reply(200, b"\xff\xfe\xfd"), "error": reply(400, {"error": {"message": "m", "type": "t", "param": "seed", "code": "unsupported"}}),
    "string": reply(429, {"error": "slow"}), "flat": reply(400, {"object": "error", "message": "m", "code": 400}),
    "inside": reply(200, {"error": {"code": 429, "message": "m", "metadata": {"raw": "r", "reasons": ["x"]}}}),
    "choice": reply(200, {"choices": [{"error": {"code": "502"}, "message": {}}]}), "detail": reply(422, {"detail": [{"loc": ["body", "top_p"], "msg": "extra"}]}),
    "format": reply(400, {"error": "'response_format.type' must be 'json_schema'"}), "moved": reply(302, b""), "deep": reply(200, b"[" * 100),
}


CLIP = {"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab": 4, "ab</w>": 5, "aab</w>": 6, "!</w>": 7, "<|startoftext|>": 8, "<|endoftext|>": 9, "\u00c3": 10, "\u00a9</w>": 11}
MERGES = "#version: 0.2\na b\na b</w>\na ab</w>\n"


def clip(merges=MERGES, text="ab aab!", **changed):
    return b"\0".join([json.dumps({**CLIP, **changed}, ensure_ascii=False).encode(), merges.encode(), text if isinstance(text, bytes) else text.encode()])


SEEDS["clip"] = {
    "empty": b"", "whole": clip(), "accent": clip(text="\u00e9 E\u0301 x"), "long": clip(text="ab" * 300), "specials": clip(text="a<|endoftext|>b <|STARTOFTEXT|>!"),
    "contractions": clip(text="it's we'LL ''s 12 \u3000\u0130"), "marks": clip(text="a" + "\u0301\u0327" * 40), "bad-text": clip(text=b"a\xff\xc3(b"), "no-merges": clip(""),
    "unknown-part": clip("a z\n"), "three": clip("a b c\n"), "crlf": clip(MERGES.replace("\n", "\r\n")), "equal-ids": clip(z=1), "id": clip(z=-1), "far": clip(z=4194304),
    "twice": clip(MERGES + "a b\n"), "cycle": clip("a b\nab a\n", aba=12), "no-end": json.dumps({"<|startoftext|>": 0}).encode() + b"\0\0a", "array": b"[]\0\0", "jamo": clip(text="\u1112\u1161\u11ab"),
}


def frame(begin, end):
    return {"type": "RobertaProcessing", "sep": ["x", end], "cls": ["x", begin], "trim_offsets": False, "add_prefix_space": False}


def added(content, id, **changed):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **changed}


def tokenizer(text="ab a", **changed):
    pattern = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"
    return json.dumps({
        "version": "1.0", "added_tokens": [added("<|startoftext|>", 8, normalized=True), added("<|endoftext|>", 9)],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True}, {"type": "ByteLevel", "add_prefix_space": False}]},
        "post_processor": frame(8, 9),
        "model": {"type": "BPE", "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>", "vocab": CLIP, "merges": ["a b", ["a", "b</w>"]]}, **changed,
    }, separators=(",", ":")).encode() + b"\0" + text.encode()


def bert_tokenizer(text="A man's red coats", **changed):
    special = {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in (("[CLS]", 2), ("[SEP]", 3))}
    vocab = {t: i for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "man", "red", "coat", "##s", "'"])}
    return json.dumps({
        "added_tokens": [added("[SEP]", 3)], "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "special_tokens": special},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab}, **changed,
    }, separators=(",", ":")).encode() + b"\0" + text.encode()


SEEDS["tokenizer"] = {
    "empty": b"", "clip": tokenizer(), "bert": bert_tokenizer(), "no-model": b"{}\0", "unigram": b'{"model":{"type":"Unigram"}}\0a', "frame": tokenizer(post_processor=frame(99, -1)),
    "ends": tokenizer(post_processor=frame(1 << 40, True)), "added": tokenizer(added_tokens=[added("x", 20), added("\u0130 Y", 21, normalized=True)], text="x\u0130  y i\u0307 y"),
    "added-id": tokenizer(added_tokens=[added("x", 1)]), "strip": tokenizer(added_tokens=[added("x", 20, lstrip=True)]), "nothing": tokenizer(added_tokens=[added("", 20)]),
    "cased": bert_tokenizer(normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False, "strip_accents": None, "lowercase": False}, text="\u00c9 \u4e2d\u6587 [SEP] RED"),
    "kinds": tokenizer(model={"type": "BPE", "vocab": [], "merges": {}}), "bert-added": bert_tokenizer(added_tokens=[added("new", 30)], text="a newred"),
}


def style(name="style-1", size=2, **changed):
    return {"name": name, "size": size, "exemplars": ["a man.", "tall / coat"], **changed}


def styles(*some, **changed):
    made = {"version": 1, "options": {"method": "dbscan", "eps": 0.3, "min_samples": 5, "min_cluster_size": 5, "k": None, "exemplars": 5, "seed": 0},
            "texts": 2, "clusters": 1, "noise": 0, "silhouette": None, "note": None, "advice": "a", "k_distance": {"k": 5, "knee": 1, "distances": [0.1, 0.4]},
            "styles": list(some), "captions": {"ids": [3, 4], "styles": [0, 0]}}
    made.update(changed)
    return made


SEEDS["styles"] = {
    "empty": b"", "good": styles(style(found=1)), "two": styles(style(), style("my own", 0), captions={"ids": [1, -9], "styles": [1, 0]}), "none": styles(),
    "means": styles(style(), options={"method": "kmeans", "k": -3, "seed": -1}, k_distance=None), "method": styles(style(), options={"method": "x"}),
    "version": styles(style(), version=2), "same": styles(style(), style()), "names": styles(style("a,b")), "number": styles(style("7")),
    "line": styles(style("a\nb")), "bidi": styles(style("\u202e")), "long": styles(style("x" * 400)), "size": styles(style(size=-1)),
    "found": styles(style(found=1 << 62)), "label": styles(style(), captions={"ids": [1], "styles": [1]}), "length": styles(style(), captions={"ids": [1], "styles": []}),
    "knee": styles(style(), k_distance={"knee": 1 << 62, "distances": [None, "x", 1e308]}), "flat": styles(style(), k_distance={"distances": {"a": 1}}),
    "numbers": styles(style(), silhouette=1e308, clusters=-1, noise=1 << 62), "texts": styles(style(exemplars=[3])), "array": [], "string": "a",
    "exemplars": {"curt": ["a man."], "my own": ["a coat.", "x"]}, "nothing": {}, "no-texts": {"curt": []}, "no-name": {"all": ["a"]}, "empty-text": {"a": [""]},
    "exemplar": {"curt": [["a"]]}, "odd-name": {"a\nb.json": ["a"]},
}


def main():
    for target, seeds in SEEDS.items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, seed in seeds.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(seed if isinstance(seed, bytes) else json.dumps(seed, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()
