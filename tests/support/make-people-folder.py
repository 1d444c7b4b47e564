#!/usr/bin/env python3
"""Writes a folder in the exact shape and size of a published data set, with invented sentences and tiny files:
make-people-folder.py cuhk-pedes|icfg-pedes|rstpreid FOLDER [--scale 0.1]. For measuring an import; docs/SPEED.md."""
import argparse, json, os, random, struct, zlib

WORDS = ("a the man woman person tall short young old wearing wears with black white red blue green grey dark light coat "
         "jacket shirt trousers jeans skirt shoes sneakers boots bag backpack hat hair long carries walking her his").split()


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 2, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0\x40\0\xc0")) + chunk(b"IEND", b""))


def sentence(rng):
    words = rng.choices(WORDS, k=rng.randint(15, 35))
    return words, " ".join(words).capitalize() + "."


def persons(rng, split, first, n_persons, n_images, alone=()):
    """(split, person) for each image: each person has one image at least, the rest are drawn; `alone` get no second one."""
    ids = range(first, first + n_persons)
    counts = dict.fromkeys(ids, 1)
    often = [i for i in ids if i not in alone]
    for i in range(n_images - n_persons):
        counts[often[i % len(often)]] += 1
    return [(split, i) for i in ids for _ in range(counts[i])]


def captions(rng, n):
    pairs = [sentence(rng) for _ in range(n)]
    return {"captions": [p[1] for p in pairs], "processed_tokens": [p[0] for p in pairs]}


def cuhk(rng, scale):
    folders = ["cam_a", "cam_b", "CUHK01", "CUHK03", "Market", "test_query", "train_query"]
    rows = (persons(rng, "train", 1, scale(11003), scale(34054), {1369, 4116, 6116}) +
            persons(rng, "val", 11004, scale(1000), scale(3078)) + persons(rng, "test", 12004, scale(1000), scale(3074)))
    extra = {"train": 18, "val": 2, "test": 8}
    for n, (split, person) in enumerate(rows):
        more = extra[split] > 0
        extra[split] -= more
        yield {"split": split, "file_path": f"{folders[person % 7]}/{n:07d}.png", "id": person,
               **captions(rng, 2 + more)}


def icfg(rng, scale):
    rows = persons(rng, "train", 0, scale(3102), scale(34674)) + persons(rng, "test", 3102, scale(1000), scale(19848))
    for n, (split, person) in enumerate(rows):
        storage = "train" if person % 3 else "test"
        yield {"split": split, "id": person, **captions(rng, 1),
               "file_path": f"{storage}/{person:04d}/{person:04d}_{n % 1000:03d}_{n % 15 + 1:02d}_0303morning_{n:05d}_0.jpg"}


def rstp(rng, scale):
    rows = (persons(rng, "train", 0, scale(3701), scale(18505)) + persons(rng, "val", 3701, scale(200), scale(1000)) +
            persons(rng, "test", 3901, scale(200), scale(1000)))
    for n, (split, person) in enumerate(rows):
        yield {"id": person, "img_path": f"{person:04d}_c{n % 15 + 1}_{n:05d}.jpg",
               "captions": captions(rng, 2)["captions"], "split": split}


FORMATS = {"cuhk-pedes": (cuhk, "reid_raw.json"), "icfg-pedes": (icfg, "ICFG-PEDES.json"), "rstpreid": (rstp, "data_captions.json")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("folder")
    parser.add_argument("--scale", type=float, default=1)
    args = parser.parse_args()
    make, name = FORMATS[args.format]
    records = list(make(random.Random(0), lambda n: max(1, round(n * args.scale))))
    picture = png()
    for record in records:
        path = os.path.join(args.folder, "imgs", record.get("file_path") or record["img_path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(picture)
    with open(os.path.join(args.folder, name), "w", encoding="utf-8") as f:
        json.dump(records, f)
    print(len(records), "records")


if __name__ == "__main__":
    main()
