"""The example of a closed model: `assay supplier init --example diabetes`. Its predictions come as rows to prove."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import cross_val_predict  # type: ignore[import-untyped]

ROWS = "rows.csv"
_FOLDS = 5


def draft() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of a closed model, and its rows: real patients of scikit-learn's diabetes data (Efron et al. 2004).

    The label is whether the disease progressed more than the median; the score that of a logistic regression which has
    not seen the patient. `sex` is coded 1 and 2 as in the data.
    """
    bunch = load_diabetes()
    progressed = (bunch.target > np.median(bunch.target)).astype(int)
    model = LogisticRegression(C=100.0, max_iter=1000)
    scores = cross_val_predict(model, bunch.data, progressed, cv=_FOLDS, method="predict_proba")[:, 1]
    sex = 1 + (bunch.data[:, bunch.feature_names.index("sex")] > 0)
    lines = [
        f"{patient},{group},{label},{score:.6f}"
        for patient, (group, label, score) in enumerate(zip(sex, progressed, scores, strict=True), 1)
    ]
    document = {
        "schema": "assay/manifest/1",
        "name": "diabetes",
        "version": "1.0.0",
        "description": "Will the disease progress more than the median? A closed model: only its fairness is shown.",
        "claims": [
            {"metric": "demographic_parity_difference", "op": "<=", "bound": 0.25, "tolerance": 0},
            {"metric": "equal_opportunity_difference", "op": "<=", "bound": 0.35, "tolerance": 0},
        ],
    }
    return document, {ROWS: "\n".join(["patient,sex,progressed,score", *lines, ""]).encode()}
