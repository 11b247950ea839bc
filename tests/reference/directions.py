"""Ridge and logistic regression, and the area under the ROC curve, by scikit-learn: `directions.json`.

python tests/reference/directions.py          (numpy, scikit-learn)
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score

rng = np.random.default_rng(0)
rows = np.round(rng.normal(size=(40, 3)) * [1, 2, 0.5] + [0, 1, -3], 3)
amount = np.round(rows @ [0.5, -1, 2] + rng.normal(size=40), 3)
yes = (rows @ [1, 0.3, -0.5] + rng.normal(size=40) > 1.5).astype(float)

ridge = Ridge(alpha=2.5, solver="cholesky").fit(rows, amount)
# C multiplies the loss, so that the penalty is its inverse.
logistic = LogisticRegression(C=1 / 2.5, tol=1e-12, max_iter=10_000).fit(rows, yes)
log_odds = logistic.decision_function(rows)

result = {
    "scikit-learn": sklearn.__version__,
    "rows": rows.tolist(),
    "amount": amount.tolist(),
    "yes": yes.tolist(),
    "penalty": 2.5,
    "ridge": [*ridge.coef_.tolist(), float(ridge.intercept_)],
    "logistic": [*logistic.coef_[0].tolist(), float(logistic.intercept_[0])],
    "r2": r2_score(amount, ridge.predict(rows)),
    "auc": roc_auc_score(yes, log_odds),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
