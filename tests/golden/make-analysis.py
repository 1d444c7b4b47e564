#!/usr/bin/env python3
"""Writes tests/golden/analysis: retrieval metrics by NumPy, linear probes by scikit-learn.

Ran with Python 3.11, NumPy 2, scikit-learn 1.9; usage: make-analysis.py OUTPUT_FOLDER
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler


def metrics(similarity, query_ids, gallery_ids):
    """Ranks by a stable sort of the negated scores: ties go to the lower gallery index."""
    order = np.argsort(-similarity, axis=1, kind="stable")
    hits = gallery_ids[order] == query_ids[:, None]
    judged = hits[hits.any(axis=1)]
    ranks = np.arange(1, judged.shape[1] + 1)
    first = judged.argmax(axis=1) + 1
    precision = judged.cumsum(axis=1) / ranks
    count = judged.sum(axis=1)
    last = judged.shape[1] - judged[:, ::-1].argmax(axis=1)
    result = {f"r{k}": 100 * float((first <= k).mean()) for k in (1, 5, 10)}
    result["map"] = 100 * float(((precision * judged).sum(axis=1) / count).mean())
    result["minp"] = 100 * float((count / last).mean())
    result["queries"] = len(query_ids)
    result["skipped"] = len(query_ids) - len(judged)
    return result


def make_metrics(folder, rng):
    query_ids = rng.integers(0, 14, 37).astype(np.int64)
    gallery_ids = rng.integers(0, 11, 53).astype(np.int64)
    similarity = rng.normal(size=(37, 53)) + 1.5 * (query_ids[:, None] == gallery_ids)
    similarity = (np.round(similarity * 4) / 4).astype(np.float32)  # many ties
    np.save(folder / "similarity.npy", similarity)
    np.save(folder / "query-ids.npy", query_ids)
    np.save(folder / "gallery-ids.npy", gallery_ids)
    expected = metrics(similarity, query_ids, gallery_ids)
    (folder / "metrics.json").write_text(json.dumps(expected, indent=2) + "\n")


def make_probe(folder, rng):
    """Six classes that overlap; images of one person share an offset."""
    dim, n_persons = 12, 60
    centres = rng.normal(size=(6, dim))
    persons = np.repeat(np.arange(n_persons), 5)
    labels = rng.integers(0, 6, len(persons))
    features = centres[labels] + rng.normal(size=(n_persons, dim))[persons] * 0.6
    features += rng.normal(size=features.shape)
    features = (features * rng.uniform(0.01, 30, dim) + rng.normal(size=dim) * 5).astype(np.float32)
    train = persons < 36
    scaler = StandardScaler().fit(features[train].astype(np.float64))
    model = LogisticRegression(C=1.0, max_iter=5000, tol=1e-10)
    model.fit(scaler.transform(features[train].astype(np.float64)), labels[train])
    answers = model.predict(scaler.transform(features[~train].astype(np.float64)))
    np.save(folder / "probe-features.npy", features)
    np.save(folder / "probe-labels.npy", labels.astype(np.int64))
    np.save(folder / "probe-persons.npy", persons.astype(np.int64))
    np.save(folder / "probe-answers.npy", answers.astype(np.int64))
    print("probe accuracy", (answers == labels[~train]).mean())


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make_metrics(folder, np.random.default_rng(5))
    make_probe(folder, np.random.default_rng(6))


if __name__ == "__main__":
    main()
