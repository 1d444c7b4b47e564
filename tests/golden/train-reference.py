#!/usr/bin/env python3
"""Trains the executable specification on a folder of `guisectl demo` and evaluates it like `guisectl eval`.

  train-reference.py REFERENCE.py PEOPLE_DIR VOCAB.txt OUT.json [--steps 7000] [--seed 0]

Needs torch, numpy, Pillow and scikit-learn (Debian's packages will do). Sampler, augmentation, schedule and evaluation
follow docs/MODEL.md; the figures stand beside the program's own in docs/results/.
"""
import argparse, importlib.util, json, math, os, re, sys, time
import numpy as np

SAMPLE = 1600  # training pictures of an attribute's probe, as GUISE_LEAKAGE_SAMPLE


def load_module(path):
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
    return module


class Wordpiece:
    """Greedy longest match; the demo's texts are plain ASCII."""
    def __init__(self, path):
        self.ids = {t: i for i, t in enumerate(open(path, encoding="utf-8").read().split("\n")) if t}

    def word(self, w):
        out, at = [], 0
        while at < len(w):
            for end in range(len(w), at, -1):
                piece = ("##" if at else "") + w[at:end]
                if piece in self.ids: out.append(self.ids[piece]); at = end; break
            else: return [self.ids["[UNK]"]]
        return out

    def encode(self, text, limit):
        pieces = [i for w in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower()) for i in self.word(w)]
        return [self.ids["[CLS]"]] + pieces[:limit - 2] + [self.ids["[SEP]"]]


class Data:
    def __init__(self, root, vocab, limit):
        from PIL import Image
        self.rows = json.load(open(os.path.join(root, "reid_raw.json")))
        w = Wordpiece(vocab)
        for r in self.rows:
            r["pixels"] = np.asarray(Image.open(os.path.join(root, "imgs", r["file_path"])).convert("RGB"))
            d = r["descriptions"]; r["texts"] = [d["identity"], d["clothing"]] + r["captions"]
            r["ids"] = [w.encode(t, limit) for t in r["texts"]]
            r["sided"] = [bool(re.search(r"\b(left|right)\b", t.lower())) for t in r["texts"]]
        self.attributes = json.load(open(os.path.join(root, "attributes.json")))

    def split(self, name): return [r for r in self.rows if r["split"] == name]


def pad(ids):
    x = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    for i, s in enumerate(ids): x[i, :len(s)] = s
    return x


def augment(pixels, sided, a, rng):
    x = pixels.astype("f4"); H, W = x.shape[:2]
    dy, dx = rng.integers(-a["crop"][0], a["crop"][0] + 1), rng.integers(-a["crop"][1], a["crop"][1] + 1)
    x = x[np.clip(np.arange(H) + dy, 0, H - 1)][:, np.clip(np.arange(W) + dx, 0, W - 1)]
    if not sided and rng.random() < a["flip"]: x = x[:, ::-1]
    x = x * rng.uniform(1 - a["brightness"], 1 + a["brightness"]) * rng.uniform(1 - a["channel_gain"], 1 + a["channel_gain"], 3)
    x = np.clip(np.floor(x + .5), 0, 255)
    if rng.random() < a["erase"]:
        area, ratio = H * W * rng.uniform(.02, .25), 2 ** rng.uniform(-1, 1)
        h, w = (min(max(round(s), 1), n) for s, n in ((math.sqrt(area * ratio), H), (math.sqrt(area / ratio), W)))
        y, z = rng.integers(0, H - h + 1), rng.integers(0, W - w + 1); x[y:y + h, z:z + w] = 128
    return (x / 127.5 - 1).transpose(2, 0, 1)


def person_images(rows, n, rng):
    """n images of one person: the least used images, of them the least used outfits; outfit first, then image."""
    images, outfits, out = [0] * len(rows), {r["outfit"]: 0 for r in rows}, []
    for _ in range(n):
        least = [i for i in range(len(rows)) if images[i] == min(images)]
        few = min(outfits[rows[i]["outfit"]] for i in least); fit = sorted({rows[i]["outfit"] for i in least if outfits[rows[i]["outfit"]] == few})
        outfit = fit[rng.integers(len(fit))]; of = [i for i in least if rows[i]["outfit"] == outfit]; i = of[rng.integers(len(of))]
        images[i] += 1; outfits[outfit] += 1; out.append(rows[i])
    return out


def batches(rows, c, rng):
    """P persons x K images; persons in a new order each epoch."""
    t = c["train"]; by = {}
    for r in rows: by.setdefault(r["id"], []).append(r)
    order = []
    while True:
        if len(order) < t["persons"]: order = list(rng.permutation(sorted(by)))
        chosen, order = order[:t["persons"]], order[t["persons"]:]
        out = []
        for p in chosen: out += person_images(by[p], t["images_per_person"], rng)
        yield out


class Batch(dict):
    """Draws the wrong partners when the losses ask for them: by then the embeddings are known."""
    def __missing__(self, key):
        r, m, g = self.tools; S = (m.last_v @ m.last_t.t() / m.c["loss"]["temperature"]).detach(); p = self["person_ids"]
        self["negative_texts"], self["negative_images"] = r.negatives(S, p[:, None] == p[None], g)
        return dict.__getitem__(self, key)


def make_batch(rows, c, rng, torch):
    cap = [2 + int(rng.integers(len(r["ids"]) - 2)) for r in rows]; b = Batch()
    images = [augment(r["pixels"], r["sided"][0] or r["sided"][1] or r["sided"][k], c["train"]["augment"], rng) for r, k in zip(rows, cap)]
    b["images"] = torch.from_numpy(np.stack(images).astype("f4"))
    for name, pick in (("identity", [0] * len(rows)), ("clothing", [1] * len(rows)), ("caption", cap)):
        b[name + "_tokens"] = torch.from_numpy(pad([r["ids"][k] for r, k in zip(rows, pick)]))
    b["person_ids"] = torch.tensor([r["id"] for r in rows]); b["clothing_ids"] = torch.tensor([r["outfit"] for r in rows])
    return b


def train(r, m, c, data, args, torch):
    rng, g = np.random.default_rng(args.seed), torch.Generator().manual_seed(args.seed)
    opt, gn, stream = r.adam_groups(m), r.GradNorm(c["gradnorm"], r.active(c)), batches(data.split("train"), c, rng)
    image, words = m.image, m.words
    def keep_image(x): m.last_t = None; I = image(x); m.last_v = I["v"]; return I
    def keep_words(x):
        w = words(x)
        if m.last_t is None: m.last_t = w["t"]
        return w
    m.image, m.words = keep_image, keep_words
    terms, lr, start = list(c["loss"]["terms"]), c["optimiser"]["lr"], time.time()
    for step in range(args.steps):
        b = make_batch(next(stream), c, rng, torch); b.tools = (r, m, g)
        w = r.task_weights(c, step, gn); m.c["loss"]["terms"] = [k for k in terms if w.get(k, 0)]
        L, F = r.losses(m, b)
        pid, cid = b["person_ids"], b["clothing_ids"]; person, outfit = pid[:, None] == pid[None], cid[:, None] == cid[None]
        gn.update(L, [F["I"]["pooled_identity"], F["I"]["pooled_clothing"]], dict(info=r.bounds(person), caption=r.bounds(person & outfit), cloth=r.bounds(outfit)))
        m.c["loss"]["terms"] = terms; w = {k: v for k, v in r.task_weights(c, step, gn).items() if k in L}
        z = r.total(m, L, w); opt.zero_grad(); z.backward()
        for q in m.parameters():            # every parameter takes every step, also one that no loss reaches: it decays
            if q.grad is None: q.grad = torch.zeros_like(q)
        up = c["train"]["warmup"]; f = (step + 1) / up if step < up else c["train"]["final_lr"] + (1 - c["train"]["final_lr"]) * .5 * (1 + math.cos(math.pi * (step - up) / max(1, args.steps - up)))
        for group in opt.param_groups: group["lr"] = lr * f
        opt.step()
        if step % 100 == 99: print(step + 1, "%.0fs" % (time.time() - start), {k: round(float(v), 3) for k, v in L.items()}, {k: round(v, 2) for k, v in gn.weights().items()}, flush=True)
    m.image, m.words = image, words
    return time.time() - start


def embed(m, rows, torch):
    with torch.no_grad():
        I = [m.image(torch.from_numpy(np.stack([(x["pixels"].astype("f4") / 127.5 - 1).transpose(2, 0, 1) for x in rows[i:i + 64]]))) for i in range(0, len(rows), 64)]
        def texts(ids):
            t = [m.words(torch.from_numpy(pad(ids[i:i + 64]))) for i in range(0, len(ids), 64)]
            return np.concatenate([x["t"] for x in t]), np.concatenate([x["u"] for x in t])
        owner = [i for i, x in enumerate(rows) for _ in x["captions"]]
        return dict(v=np.concatenate([x["v"] for x in I]), c=np.concatenate([x["c"] for x in I]), owner=np.array(owner),
                    identity=texts([x["ids"][0] for x in rows]), clothing=texts([x["ids"][1] for x in rows]), caption=texts([s for x in rows for s in x["ids"][2:]]),
                    person=np.array([x["id"] for x in rows]), outfit=np.array([x["outfit"] for x in rows]))


def metrics(S, positive, ignore=None):
    """R@1, 5, 10, mAP in percent; ties to the lower index; queries without a positive are skipped."""
    first, ap = [], []
    for q in range(len(S)):
        keep = np.ones(S.shape[1], bool) if ignore is None else ~ignore[q]
        p = positive[q][keep]
        if not p.any(): continue
        hit = p[np.argsort(-S[q][keep], kind="stable")]; rank = np.nonzero(hit)[0]
        first.append(rank[0]); ap.append(np.mean((np.arange(len(rank)) + 1) / (rank + 1)))
    first = np.array(first)
    return {"r1": 100 * np.mean(first < 1), "r5": 100 * np.mean(first < 5), "r10": 100 * np.mean(first < 10), "map": 100 * np.mean(ap), "queries": len(first)}


def evaluate(m, data, torch):
    val, test = embed(m, data.split("val"), torch), embed(m, data.split("test"), torch); out = {}
    def caption(e, lam):
        t, u = e["caption"]; S = lam * t @ e["v"].T + (1 - lam) * u @ e["c"].T
        return metrics(S, e["outfit"][e["owner"]][:, None] == e["outfit"][None])
    lam = max((round(.05 * i, 2) for i in range(21)), key=lambda x: (caption(val, x)["r1"], caption(val, x)["map"])); e = test
    person, outfit = e["person"][:, None] == e["person"][None], e["outfit"][:, None] == e["outfit"][None]
    out["lambda"], out["caption"] = lam, caption(e, lam)
    who, wear = e["identity"][0] @ e["v"].T, e["clothing"][1] @ e["c"].T
    out["who"], out["wearing"], out["both"] = metrics(who, person), metrics(wear, outfit), metrics(.5 * who + .5 * wear, outfit)
    out["image"] = metrics(e["v"] @ e["v"].T, person & ~outfit, outfit)
    return out


def probes(m, data, torch):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    rng = np.random.default_rng(0); fit = data.split("train"); fit = [fit[i] for i in sorted(rng.permutation(len(fit))[:SAMPLE])]
    a, b = embed(m, fit, torch), embed(m, data.split("test"), torch); out = {}
    people, outfits = ({x[k]: x for x in data.attributes[k + "s"]} for k in ("person", "outfit"))
    truth = lambda row, name: people[row["id"]].get(name) or outfits[row["outfit"]].get(name)
    for name in ("upper_colour", "gender", "build", "hair_colour", "age"):
        ya, yb = ([truth(x, name) for x in rows] for rows in (fit, data.split("test")))
        out[name] = {"majority": 100 * yb.count(max(dict.fromkeys(ya), key=ya.count)) / len(yb)}  # the training pictures' most frequent label
        for key in ("v", "c"):
            s = StandardScaler().fit(a[key]); l = LogisticRegression(max_iter=1000).fit(s.transform(a[key]), ya)
            out[name][key] = 100 * l.score(s.transform(b[key]), yb)
    return out


def main():
    p = argparse.ArgumentParser(); p.add_argument("reference"); p.add_argument("people"); p.add_argument("vocab"); p.add_argument("out")
    p.add_argument("--steps", type=int, default=7000); p.add_argument("--seed", type=int, default=0); p.add_argument("--threads", type=int, default=1); args = p.parse_args()
    r = load_module(args.reference); torch = r.torch; torch.set_num_threads(args.threads); torch.manual_seed(args.seed)
    c = r.merged(r.PRESETS["tiny"], {}); c["text"]["vocab_size"] = sum(1 for _ in open(args.vocab)); data = Data(args.people, args.vocab, c["text"]["max_tokens"])
    m = r.Guise(c); r.init(m, args.seed); m.train(); seconds = train(r, m, c, data, args, torch); m.eval()
    result = {"steps": args.steps, "seed": args.seed, "seconds": round(seconds), "torch": torch.__version__, **evaluate(m, data, torch), "probes": probes(m, data, torch)}
    json.dump(result, open(args.out, "w"), indent=1, default=float); print(json.dumps(result, default=float))


if __name__ == "__main__": main()
