"""Our map beside those of umap-learn and scikit-learn on the same codes: trustworthiness, continuity and seconds.

python tests/reference/layouts.py codes.npy OURS.csv [--rounds 3] [--k 15]     (numpy, scikit-learn, umap-learn)

`codes.npy` has a code a row, each CSV (or .npy) a position a row, in the same order. The methods take turns in each
round. The first run of umap-learn compiles itself; a small one before the rounds keeps that out of the times.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import umap
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

# Rows that are ranked against each other; all pairs of more do not fit into memory.
MOST = 5000

arguments = argparse.ArgumentParser()
arguments.add_argument("codes", type=Path)
arguments.add_argument("ours", type=Path, nargs="*")
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--k", type=int, default=15)
arguments = arguments.parse_args()

codes = np.load(arguments.codes).astype(np.float32)
some = np.sort(np.random.default_rng(0).permutation(len(codes))[:MOST])


def report(name, map, seconds=None):
    pair = codes[some], map[some]
    trusted = trustworthiness(*pair, n_neighbors=arguments.k)
    continuous = trustworthiness(*pair[::-1], n_neighbors=arguments.k)
    took = "" if seconds is None else f"{seconds:8.1f} s"
    print(f"{name:24} trustworthiness {trusted:.4f}  continuity {continuous:.4f} {took}", flush=True)


for file in arguments.ours:
    report(file.name, np.load(file) if file.suffix == ".npy" else np.loadtxt(file, delimiter=","))

methods = {
    "PCA": lambda seed: PCA(2),
    "umap-learn, init pca": lambda seed: umap.UMAP(init="pca", random_state=seed, n_jobs=1),
    "umap-learn": lambda seed: umap.UMAP(random_state=seed, n_jobs=1),
    "umap-learn, threads": lambda seed: umap.UMAP(),
    "scikit-learn t-SNE": lambda seed: TSNE(random_state=seed, n_jobs=-1),
}
for method in methods.values():
    method(0).fit_transform(codes[:500])
for round in range(arguments.rounds):
    for name, method in methods.items():
        start = time.perf_counter()
        map = method(round).fit_transform(codes)
        report(name, map, time.perf_counter() - start)
