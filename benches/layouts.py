"""Maps of the same codes by this program, umap-learn and scikit-learn: trustworthiness, continuity, seconds.

python benches/layouts.py target/release/morphospace codes.npy [--rounds 3] [--k 15] [--without tsne]
                                                                  (numpy, scikit-learn, umap-learn)

`codes.npy` has a code a row (`morphospace export MODEL --codes DIR --out codes.npy`). The methods take turns in each
round, each with the seed of the round. Times are those of the layout alone, neighbours included: starting the process,
importing and reading are left out, and a small run before the rounds keeps what umap-learn compiles out of its times.
With a seed umap-learn uses one thread; without one it uses all, and no two of its maps are the same.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import umap
from sklearn.manifold import TSNE, trustworthiness

# Rows that are ranked against each other; all pairs of more do not fit into memory.
MOST = 5000

arguments = argparse.ArgumentParser()
arguments.add_argument("program", type=Path)
arguments.add_argument("codes", type=Path)
arguments.add_argument("--rounds", type=int, default=3)
arguments.add_argument("--k", type=int, default=15)
arguments.add_argument("--without", nargs="*", default=[], help="methods to leave out")
arguments = arguments.parse_args()

codes = np.load(arguments.codes).astype(np.float32)
some = np.sort(np.random.default_rng(0).permutation(len(codes))[:MOST])


def measured(seconds, points):
    pair = codes[some], points[some]
    trusted = trustworthiness(*pair, n_neighbors=arguments.k)
    return seconds, trusted, trustworthiness(*pair[::-1], n_neighbors=arguments.k)


def ours(method):
    def run(seed):
        out = Path(tempfile.gettempdir()) / "map.npy"
        line = [arguments.program, "bench", "layout", "--codes", arguments.codes, "--method", method]
        line += ["--seed", str(seed), "--out", out, "--json"]
        found = json.loads(subprocess.run(line, check=True, capture_output=True).stdout)
        return measured(found["milliseconds"] / 1e3, np.load(out))

    return run


def theirs(method):
    def run(seed):
        began = time.perf_counter()
        points = method(seed).fit_transform(codes)
        return measured(time.perf_counter() - began, points)

    return run


methods = {
    "umap, ours": ours("umap"),
    "umap, umap-learn with a seed": theirs(lambda seed: umap.UMAP(random_state=seed, n_jobs=1)),
    "umap, umap-learn, all threads": theirs(lambda seed: umap.UMAP()),
    "tsne, ours": ours("tsne"),
    "tsne, scikit-learn": theirs(lambda seed: TSNE(random_state=seed, n_jobs=-1)),
}
methods = {name: run for name, run in methods.items() if name.split(",")[0] not in arguments.without}
umap.UMAP(random_state=0, n_jobs=1).fit(codes[:500])
umap.UMAP().fit(codes[:500])
found = {name: [] for name in methods}
for seed in range(arguments.rounds):
    for name, run in methods.items():
        found[name].append(run(seed))
print(f"{len(codes)} codes of {codes.shape[1]} numbers, {arguments.rounds} rounds, medians")
for name, rows in found.items():
    seconds, trusted, continuous = (statistics.median(column) for column in zip(*rows))
    print(f"{name:32} {seconds:8.2f} s   trustworthiness {trusted:.4f}   continuity {continuous:.4f}")
