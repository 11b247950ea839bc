"""Cross-validated linear probes by scikit-learn: `probes.json`.

python tests/reference/probes.py          (numpy, scikit-learn)

Ridge regression with the penalty of the least leave-one-out error (`RidgeCV`), logistic regression with a given one, on
the folds that stand in the file: fewer rows than numbers, and more. The grid of penalties is ours, from 1e-4 to 1e3 of
the mean squared singular value of the rows of a fold.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import r2_score, roc_auc_score

rng = np.random.default_rng(0)
cases = []
for n, d in [(60, 4), (40, 55)]:
    rows = np.round(rng.normal(size=(n, d)) * np.linspace(0.3, 2, d) + 1, 3)
    signal = rows @ rng.normal(size=d)
    amount = np.round(signal + rng.normal(size=n) * signal.std(), 3)
    yes = (signal + rng.normal(size=n) * signal.std() > np.median(signal)).astype(float)
    folds = np.arange(n) * 7 % n % 5
    r2, auc, penalties, errors = [], [], [], []
    for fold in range(5):
        train, test = folds != fold, folds == fold
        squares = np.linalg.svd(rows[train] - rows[train].mean(0), compute_uv=False) ** 2
        squares = squares[squares > 1e-10 * squares[0]]
        grid = squares.mean() * 10.0 ** (np.arange(-8, 7) / 2)
        # "eigen" and "svd" are the closed forms.
        ridge = RidgeCV(alphas=grid, store_cv_results=True).fit(rows[train], amount[train])
        penalties.append(float(ridge.alpha_))
        errors.append(float(ridge.cv_results_.reshape(train.sum(), -1).mean(0).min()))
        r2.append(r2_score(amount[test], ridge.predict(rows[test])))
        # For yes or no the penalty of the same ridge regression of 1 and 0, times p(1 - p).
        chosen = RidgeCV(alphas=grid).fit(rows[train], yes[train]).alpha_
        share = yes[train].mean()
        logistic = LogisticRegression(C=1 / (chosen * share * (1 - share)), tol=1e-12, max_iter=100_000)
        auc.append(roc_auc_score(yes[test], logistic.fit(rows[train], yes[train]).decision_function(rows[test])))
    cases.append({
        "rows": rows.tolist(),
        "amount": amount.tolist(),
        "yes": yes.tolist(),
        "folds": folds.tolist(),
        "penalties": penalties,
        "errors": errors,
        "r2": r2,
        "auc": auc,
    })
result = {"scikit-learn": sklearn.__version__, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
