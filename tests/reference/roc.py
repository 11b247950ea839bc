"""ROC curves and the areas under them by scikit-learn: `roc.json`.

python tests/reference/roc.py          (numpy, scikit-learn)
"""

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

rng = np.random.default_rng(0)
cases = [
    (rng.normal(size=40), rng.normal(size=25) + 1),
    # Many ties, also between the two.
    (np.round(rng.normal(size=60), 1), np.round(rng.normal(size=30) * 2, 1)),
    (np.zeros(5), np.zeros(4)),
    (np.arange(6.0), np.arange(6.0) + 10),
]
result = []
for known, new in cases:
    labels = np.r_[np.zeros(len(known)), np.ones(len(new))]
    scores = np.r_[known, new]
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    result.append({
        "known": known.tolist(),
        "new": new.tolist(),
        "false_positive_rates": fpr.tolist(),
        "true_positive_rates": tpr.tolist(),
        "area": roc_auc_score(labels, scores),
    })
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
