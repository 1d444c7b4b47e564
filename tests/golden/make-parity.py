#!/usr/bin/env python3
"""Writes tests/golden/parity/*.safetensors: losses, features and gradients of the executable specification.

  make-parity.py REFERENCE.py      (PyTorch >= 1.13 and numpy; Debian's python3-torch will do)

Neither weights nor batches are stored: both sides make them from the same integer hash (tests/support/golden-model.c
is the twin of golden_weights and golden_batch). Every array x of a result is stored as 32-bit integers: x = q * scale,
scale = max|x| / 2^30, an error below 1e-9 of the tensor's largest value.
"""
import importlib.util, json, os, sys
import numpy as np

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "parity")
SMALL = {"vision": {"hidden_size": 12, "mlp_size": 20}, "text": {"vocab_size": 31, "hidden_size": 10, "mlp_size": 14},
         "fusion": {"size": 10, "out_size": 7}}
ALL = ["info", "caption", "triplet", "adv", "decouple", "cloth", "match"]
PLAIN = {"ratio": "plain", "tasks": ["info", "triplet", "adv", "decouple"]}

# name, change to the toy preset, seed, batch size
STEPS = [("base-%d" % s, {}, s, 8) for s in (0, 1, 2)] + [("base-odd", {}, 3, 5)] + [(n, c, 4 + i, 7) for i, (n, c) in enumerate([
    ("bdam-off", {"bdam": {"enabled": False}}),
    ("cross-off", {"bdam": {"cross_attention": False}}),
    ("feature-gate-off", {"bdam": {"gate": False}}),
    ("depth-1-2", {"bdam": {"self_layers": 1, "cross_layers": 2}}),
    ("depth-0-1", {"bdam": {"self_layers": 0}}),
    ("transformer", {"fusion": {"backbone": "transformer"}}),
    ("backbone-none", {"fusion": {"backbone": "none"}}),
    ("single", {"fusion": {"sequence": "single"}}),
    ("pair", {"fusion": {"sequence": "pair"}}),
    ("modality-gate-off", {"fusion": {"gate": False}}),
    ("align-off", {"fusion": {"align": False}}),
    ("fusion-off", {"fusion": {"enabled": False}}),
    ("everything-off", {"fusion": {"enabled": False, "align": False}, "bdam": {"enabled": False}}),
    ("adversary-clothing", {"loss": {"adversary": "clothing"}}),
    ("hsic", {"loss": {"decouple": "hsic"}}),
    ("hsic-unit", {"loss": {"decouple": "hsic-unit"}}),
    ("triplet-both", {"loss": {"triplet_on": ["identity", "fused"]}}),
    ("triplet-fused", {"loss": {"triplet_on": ["fused"]}}),
    ("paper", {"fusion": {"sequence": "single"}, "loss": {"adversary": "clothing", "decouple": "hsic",
               "triplet_on": ["identity", "fused"], "terms": ["info", "triplet", "adv", "decouple"]}}),
    ] + [("only-" + t, {"loss": {"terms": [t]}}) for t in ALL])]
TRAINS = [(n, c, 40 + i, 8) for i, (n, c) in enumerate([
    ("train-base", {}),
    ("train-no-gradnorm", {"gradnorm": {"enabled": False}}),
    ("train-plain-first-coefficient", {"gradnorm": dict(PLAIN, alpha_role="coefficient", reference="first", lr=0.025, clip=[1e-4, 10.])}),
    ("train-plain-mean-exponent", {"gradnorm": dict(PLAIN, reference="mean")}),
    ("train-floored-first", {"gradnorm": {"reference": "first"}}),
    ("train-floored-coefficient", {"gradnorm": {"alpha_role": "coefficient", "lr": 0.05}}),
    ("train-weights-ramp", {"loss": {"weights": {"info": 2., "triplet": .3, "match": .5}, "ramp": {"terms": ["match", "cloth"], "start": 3, "length": 5}}}),
    ("train-fusion-off", {"fusion": {"enabled": False}}),
    ])]


def bits(seed, counter):
    """nn_random_bits of core/nn/nn-random.h, for an array of counters."""
    with np.errstate(over="ignore"):
        seed, x = np.uint64(seed), np.uint64(seed) * np.uint64(0x9e3779b97f4a7c15) + counter.astype(np.uint64)
        x = (x ^ (x >> np.uint64(32))) * np.uint64(0xd6e8feb86659fd93) + seed
        x = x + np.uint64(0x9e3779b97f4a7c15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        return x ^ (x >> np.uint64(31))


def uniform(seed, n):
    return (bits(seed, np.arange(n)) >> np.uint64(11)).astype("f8") * 2.0 ** -53


def fnv(name):
    h = 0xcbf29ce484222325
    for b in name.encode():
        h = (h ^ b) * 0x100000001b3 & 0xffffffffffffffff
    return h


def golden_weights(name, shape, seed):
    """Numbers around what an initialisation gives; odd enough that no gradient vanishes by accident."""
    n = int(np.prod(shape)); u = 2 * uniform((fnv(name) + seed) & 0xffffffffffffffff, n) - 1
    if name.endswith("A_log"): x = 0.25 * (np.arange(n) % shape[-1]) + 0.1 * u
    elif name.endswith("dt_proj.bias"): x = -2 + u
    elif len(shape) == 1: x = 0.1 * u + (1 if name.lower().endswith(("norm.weight", "layernorm_before.weight", "layernorm_after.weight", ".d")) or ("align." in name and name.endswith(".2.weight")) else 0)
    else: x = u * np.sqrt(3.0 / (n // shape[0])) if len(shape) != 3 or shape[0] != 1 else u
    return x.astype("f4").reshape(shape)


def below(seed, counter, n):
    """nn_random_below."""
    return int(bits(seed, np.array([counter]))[0]) * n >> 64


def golden_batch(c, size, seed):
    T, (H, W), b = c["text"]["max_tokens"], c["vision"]["image_size"], {}
    b["images"] = (3 * uniform(seed * 16 + 1, size * 3 * H * W) - 1.5).astype("f4").reshape(size, 3, H, W)
    b["person_ids"] = np.array([i % max(2, size // 2) for i in range(size)])
    b["clothing_ids"] = np.array([2 * b["person_ids"][i] + below(seed * 16 + 2, i, 2) for i in range(size)])
    for k, name in enumerate(("identity_tokens", "clothing_tokens", "caption_tokens")):
        x = np.zeros((size, T), dtype=np.int64)
        for i in range(size):
            n = 3 + below(seed * 16 + 3 + k, i, T - 2)
            for t in range(n): x[i, t] = 5 + below(seed * 16 + 6 + k, i * T + t, c["text"]["vocab_size"] - 5)
        b[name] = x
    for k, name in enumerate(("negative_texts", "negative_images")):
        j = [[j for j in range(size) if b["person_ids"][j] != b["person_ids"][i]] for i in range(size)]
        b[name] = np.array([o[below(seed * 16 + 9 + k, i, len(o))] if i != 1 else -1 for i, o in enumerate(j)])
    return b


def quantised(arrays):
    out = {}
    for k, x in arrays.items():
        x = np.asarray(x, dtype="f8"); top = np.abs(x).max() if x.size else 0.0; scale = top / 2 ** 30 if top > 0 else 1.0
        out["q." + k] = np.rint(x / scale).astype("<i4"); out["scale." + k] = np.array(scale)
    return out


def save(path, tensors, config):
    """safetensors with I32 and F64."""
    import struct
    head, off, blobs = {"__metadata__": {"config": json.dumps(config)}}, 0, []
    for name in sorted(tensors):
        a = np.ascontiguousarray(tensors[name]); a = a.reshape(tensors[name].shape)
        head[name] = {"dtype": {"i": "I32", "f": "F64"}[a.dtype.kind], "shape": list(a.shape), "data_offsets": [off, off + a.nbytes]}
        off += a.nbytes; blobs.append(a.tobytes())
    j = json.dumps(head).encode(); j += b" " * (-len(j) % 8)
    with open(path, "wb") as f: f.write(struct.pack("<Q", len(j)) + j + b"".join(blobs))


def main():
    spec = importlib.util.spec_from_file_location("reference", sys.argv[1]); r = importlib.util.module_from_spec(spec); spec.loader.exec_module(r)
    import tempfile, io, contextlib
    os.makedirs(OUT, exist_ok=True)
    for name, change, seed, size in STEPS + TRAINS:
        c = r.merged(r.PRESETS["toy"], change)
        if not name.startswith("base"): c = r.merged(c, SMALL)
        with tempfile.TemporaryDirectory() as d:
            m = r.Guise(c); p = {n: golden_weights(n, tuple(q.shape), seed) for n, q in m.named_parameters()}
            json.dump(c, open(d + "/config.json", "w")); r.st_save(d + "/model.safetensors", p); r.st_save(d + "/batch", golden_batch(c, size, seed))
            do = ["train"] if name.startswith("train") else ["step"]
            sys.argv[1:] = do + [d, d + "/batch", d + "/out", "--precision", "double"] + (["--steps", "12"] if do == ["train"] else [])
            r.torch.set_default_dtype(r.torch.float32)
            with contextlib.redirect_stdout(io.StringIO()): r.main()
            r.torch.set_default_dtype(r.torch.float32)
            out = r.st_load(d + "/out")
        save(os.path.join(OUT, name + ".safetensors"), quantised(out), dict(c, golden={"seed": seed, "size": size}))
        print(name, len(out))


if __name__ == "__main__": main()
