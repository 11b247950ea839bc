"""Reference values of the kernel distance (KID) by clean-fid and torch-fidelity, for
src/metrics/set_reference_tests.rs.

    python tests/reference/kid.py        rewrites kid.json beside it

Of both packages only the functions that compute it from features are taken, which need NumPy alone, out of their
installed sources: neither PyTorch nor Inception's weights are needed (`pip install --no-deps`). Both packages draw
their subsets with NumPy's generator; here they are given those that the program draws, by hashes, so that the same
images are measured on both sides. The features are those of feature_sets.py.
"""

import ast
import json
import struct
from importlib.metadata import distribution, version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import xxhash
from feature_sets import features

SUBSETS, SUBSET_SIZE = 100, 1000
# As in set_metrics.py.
CASES = [
    {"name": "as many in both, one pair of subsets", "dim": 16, "real": [250, 1, 1, 0, 0], "generated": [250, 2, 1, 1, 0]},
    {"name": "fewer in one set", "dim": 64, "real": [300, 5, 1, 0, 0], "generated": [40, 6, 1, 1, 0]},
    {"name": "the same distribution", "dim": 24, "real": [280, 7, 1, 0, 0], "generated": [270, 8, 1, 0, 0]},
    {"name": "more than a subset holds", "dim": 16, "real": [1300, 9, 1, 0, 0], "generated": [1100, 10, 1, 1, 0]},
    {"name": "far apart", "dim": 8, "real": [100, 11, 1, 0, 0], "generated": [90, 12, 1, 4000, 0]},
    {"name": "Inception's dimension", "dim": 2048, "real": [120, 13, 1, 0, 0], "generated": [110, 14, 1, 1, 0]},
    {"name": "two images", "dim": 8, "real": [2, 15, 1, 0, 0], "generated": [2, 16, 1, 0, 0]},
]


def functions(package, file, names, **given):
    """Functions of an installed package's file, without what it imports."""
    source = Path(distribution(package).locate_file(file)).read_text()
    wanted = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name in names]
    scope = dict(given)
    exec(compile(ast.Module(wanted, []), file, "exec"), scope)
    return [scope[name] for name in names]


def subset(number, side, images, m):
    """The images with the smallest hashes."""
    key = lambda image: (xxhash.xxh3_64_intdigest(struct.pack("<QQQ", number, side, image)), image)
    return sorted(range(images), key=key)[:m]


def clean_fid(real, generated):
    """clean-fid's own loop over subsets, which draws first from the generated and then from the real ones."""
    m = min(len(real), len(generated), SUBSET_SIZE)
    drawn = (subset(number, side, n, m) for number in range(SUBSETS) for side, n in ((1, len(generated)), (0, len(real))))
    random = SimpleNamespace(choice=lambda n, m, replace: next(drawn))
    numpy = SimpleNamespace(random=random, diag=np.diag)
    (kernel_distance,) = functions("clean-fid", "cleanfid/fid.py", ["kernel_distance"], np=numpy)
    return kernel_distance(real, generated, SUBSETS, SUBSET_SIZE)


def torch_fidelity(real, generated):
    """torch-fidelity's kernel and estimator, a subset after the other: mean and standard deviation."""
    options = {"kid_kernel_poly_degree": 3, "kid_kernel_poly_gamma": None, "kid_kernel_poly_coef0": 1}

    def vassert(truth, message):
        assert truth, message

    given = {"np": np, "vassert": vassert, "get_kwarg": lambda name, kwargs: kwargs[name]}
    kernel_poly, mmd2 = functions("torch-fidelity", "torch_fidelity/metric_kid.py", ["kernel_poly", "mmd2"], **given)
    m = min(len(real), len(generated), SUBSET_SIZE)

    def one(number):
        x, y = real[subset(number, 0, len(real), m)], generated[subset(number, 1, len(generated), m)]
        kernels = kernel_poly(x, x, **options), kernel_poly(x, y, **options), kernel_poly(y, y, **options)
        return mmd2(*kernels)

    distances = np.array([one(number) for number in range(SUBSETS)])
    return distances.mean(), distances.std()


def measure(case):
    real, generated = (features(case["dim"], *case[side]) for side in ("real", "generated"))
    checksums = [int((values * 8).astype(np.int64).sum()) for values in (real, generated)]
    real, generated = real.astype(np.float64), generated.astype(np.float64)
    kid = clean_fid(real, generated)
    mean, std = torch_fidelity(real, generated)
    assert abs(kid - mean) <= 1e-9 * abs(mean), (kid, mean)
    return {**case, "checksums": checksums, "kid": float(kid), "kid_std": float(std)}


if __name__ == "__main__":
    cases = [measure(case) for case in CASES]
    made_with = {name: version(name) for name in ["clean-fid", "torch-fidelity", "numpy", "xxhash"]}
    rows = ",\n".join("  " + json.dumps(case) for case in cases)
    text = f'{{"made_with": {json.dumps(made_with)}, "cases": [\n{rows}\n]}}\n'
    Path(__file__).with_suffix(".json").write_text(text)
