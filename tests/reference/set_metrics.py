"""Reference values of the Fréchet distance by pytorch-fid and of precision, recall, density and coverage
by prdc, for src/metrics/set_reference_tests.rs.

    python tests/reference/set_metrics.py        rewrites set_metrics.json beside it

The features are those of feature_sets.py.
"""

import contextlib
import io
import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from feature_sets import features
from prdc import compute_prdc
from pytorch_fid.fid_score import calculate_frechet_distance

# Of each set: images, seed, what the hidden variables are multiplied by, what is added to every third
# feature, and after how many images they repeat (0 never).
CASES = [
    {"name": "more images than features", "dim": 16, "k": 3, "real": [300, 1, 1, 0, 0], "generated": [250, 2, 1, 1, 0]},
    {"name": "another neighbour", "dim": 16, "k": 5, "real": [300, 1, 1, 0, 0], "generated": [250, 2, 1, 1, 0]},
    {"name": "fewer images than features", "dim": 128, "k": 3, "real": [60, 3, 1, 0, 0], "generated": [50, 4, 2, 2, 0]},
    {"name": "fewer in one set", "dim": 64, "k": 3, "real": [300, 5, 1, 0, 0], "generated": [40, 6, 1, 1, 0]},
    {"name": "a spread too narrow", "dim": 24, "k": 3, "real": [280, 7, 3, 0, 0], "generated": [270, 8, 1, 0, 0]},
    {"name": "few images again and again", "dim": 24, "k": 3, "real": [280, 9, 1, 0, 0], "generated": [270, 10, 1, 0, 15]},
    {"name": "far apart", "dim": 8, "k": 3, "real": [100, 11, 1, 0, 0], "generated": [90, 12, 1, 4000, 0]},
    {"name": "Inception's dimension", "dim": 2048, "k": 3, "real": [120, 13, 1, 0, 0], "generated": [110, 14, 1, 1, 0]},
]


def measure(case):
    sets = {side: features(case["dim"], *case[side]) for side in ("real", "generated")}
    moments = []
    for values in sets.values():
        wide = values.astype(np.float64)
        moments += [wide.mean(axis=0), np.cov(wide, rowvar=False)]
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        fid = calculate_frechet_distance(*moments)
        found = compute_prdc(sets["real"].astype(np.float64), sets["generated"].astype(np.float64), case["k"])
    checksums = [int((v * 8).astype(np.int64).sum()) for v in sets.values()]
    return {**case, "checksums": checksums, "fid": float(fid), **{key: float(value) for key, value in found.items()}}


if __name__ == "__main__":
    cases = [measure(case) for case in CASES]
    made_with = {name: version(name) for name in ["pytorch-fid", "prdc", "scikit-learn", "scipy", "numpy"]}
    rows = ",\n".join("  " + json.dumps(case) for case in cases)
    text = f'{{"made_with": {json.dumps(made_with)}, "cases": [\n{rows}\n]}}\n'
    Path(__file__).with_suffix(".json").write_text(text)
