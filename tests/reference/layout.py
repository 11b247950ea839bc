"""Planes of PCA, trustworthiness and continuity by scikit-learn: `layout.json`.

python tests/reference/layout.py          (numpy, scikit-learn)
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

rng = np.random.default_rng(0)


def rounded(values):
    return np.round(values, 3).astype(np.float32)


planes = []
for n, dim in [(40, 5), (6, 9), (30, 2)]:
    rows = rounded(rng.normal(size=(n, dim)) * rng.uniform(0.5, 3, size=dim) + rng.normal(size=dim))
    # In double precision; of single precision it computes in single precision.
    pca = PCA(2, svd_solver="full").fit(rows.astype(np.float64))
    planes.append({
        "rows": rows.tolist(),
        "points": pca.transform(rows.astype(np.float64)).tolist(),
        "axes": pca.components_.tolist(),
        "shares": pca.explained_variance_ratio_.tolist(),
    })
agreement = []
for n, k in [(60, 5), (41, 20), (60, 12)]:
    rows = rounded(rng.normal(size=(n, 4)))
    map = rounded(rows[:, :2] + 0.5 * rng.normal(size=(n, 2)))
    spaces = rows.astype(np.float64), map.astype(np.float64)
    agreement.append({
        "rows": rows.tolist(),
        "map": map.tolist(),
        "k": k,
        "trustworthiness": trustworthiness(*spaces, n_neighbors=k),
        "continuity": trustworthiness(*spaces[::-1], n_neighbors=k),
    })


def short(value):
    """Single precision in as few digits as it needs."""
    if isinstance(value, dict):
        return {name: [[round(v, 3) for v in row] for row in own] if name in ("rows", "map") else own
                for name, own in value.items()}
    return value


result = {
    "scikit-learn": sklearn.__version__,
    "planes": [short(case) for case in planes],
    "agreement": [short(case) for case in agreement],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
