#!/usr/bin/env python3
"""Writes tests/golden/cluster: points, and scikit-learn's labels of them.

Ran with Python 3.11, NumPy 2.4, scikit-learn 1.9; usage: make-clusters.py OUTPUT_FOLDER
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors


def make_sets():
    """name -> (points, truth or None)"""
    rng = np.random.default_rng(11)
    sets = {"few": make_blobs(7, 3, centers=2, random_state=4)}
    sets["blobs"] = make_blobs(701, 19, centers=5, cluster_std=1.4, random_state=5)
    sets["moons"] = make_moons(801, noise=0.06, random_state=1)
    # Uneven clusters in noise.
    x, truth = make_blobs([300, 120, 60], 3, cluster_std=[1.0, 0.3, 2.0], random_state=9)
    sets["uneven"] = (np.concatenate([x, rng.uniform(-14, 14, (120, 3))]), np.append(truth, [-1] * 120))
    grid = np.stack(np.meshgrid(np.arange(40), np.arange(30)), -1).reshape(-1, 2) * 0.5
    sets["grid"] = (grid[rng.random(len(grid)) < 0.55], None)  # neighbours exactly at 0.5
    sets["bits"] = (rng.integers(0, 2, (533, 24)), None)  # distances are roots of integers
    sets["twins"] = (np.repeat(rng.normal(size=(97, 16)), 5, 0)[rng.permutation(485)], None)
    sets["far"] = (make_blobs(303, 20, centers=4, random_state=3)[0] + 1e4, None)
    sets["far"][0][5] *= 1e3
    return sets


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sets = make_sets()
    sets = {name: (np.ascontiguousarray(x, np.float32), t) for name, (x, t) in sets.items()}
    # The decimal tenth is not a number: which steps are at most 0.1 is decided by the last bit.
    sets["tenth"] = (np.arange(307, dtype=np.float64)[:, None] * 0.1, None)
    cases = []

    def add(name, method, labels, **options):
        file = f"{name}-{method}-{sum(c['set'] == name and c['method'] == method for c in cases)}.npy"
        np.save(folder / file, labels.astype(np.int32))
        cases.append(dict(set=name, method=method, labels=file, **options))

    for name, (x, truth) in sets.items():
        np.save(folder / f"{name}.npy", x)
        if truth is not None:
            np.save(folder / f"{name}-truth.npy", truth.astype(np.int32))

    for name, eps in [("few", 2.0), ("blobs", 7.5), ("blobs", 6.0), ("moons", 0.1), ("uneven", 0.9), ("grid", 0.5),
                      ("bits", 2.0), ("bits", 5**0.5), ("twins", 1e-6), ("twins", 3.5), ("far", 7.0), ("tenth", 0.1)]:
        for min_samples in (1, 2, 5):
            labels = DBSCAN(eps=eps, min_samples=min_samples).fit_predict(sets[name][0])
            add(name, "dbscan", labels, eps=eps, min_samples=min_samples)
    for name, k in [("few", 2), ("blobs", 5), ("moons", 2), ("uneven", 3)]:
        x, truth = sets[name]
        kmeans = KMeans(k, n_init=10, random_state=0).fit(x)
        add(name, "kmeans", kmeans.labels_, k=k, inertia=float(kmeans.inertia_))
        add(name, "agglomerative", AgglomerativeClustering(k).fit_predict(x), k=k)
        if name != "few":
            labels = GaussianMixture(k, covariance_type="diag", random_state=0).fit_predict(x)
            add(name, "gmm", labels, k=k, truth_ari=adjusted_rand_score(truth, labels))
            for size in (5, 20):
                labels = HDBSCAN(min_cluster_size=size, copy=True).fit_predict(x)
                add(name, "hdbscan", labels, min_cluster_size=size, truth_ari=adjusted_rand_score(truth, labels))
    x, truth = sets["moons"]
    distances = NearestNeighbors(n_neighbors=5).fit(x.astype(np.float64)).kneighbors(return_distance=True, X=x)[0][:, -1]
    np.save(folder / "moons-5th.npy", distances.astype(np.float64))
    silhouette = float(silhouette_score(x.astype(np.float64), truth))
    (folder / "cases.json").write_text(json.dumps({"silhouette": silhouette, "cases": cases}, indent=1) + "\n")
    for case in cases:
        print(case["set"], case["method"], len(set(np.load(folder / case["labels"]))), case.get("truth_ari"))


if __name__ == "__main__":
    main()
