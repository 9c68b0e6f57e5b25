"""The paper-sized case: a logistic regression on Adult, and its scores of unseen people.

The task is to predict an income above 50,000 dollars; the protected group is sex, which the model is not given. Paper B
has 3,166 rows (of MEPS, which is not in any package); these are the first 3,166 of Adult's test part.
"""

import csv
from pathlib import Path
from typing import Any, Final

from assay_client.supplier.fairness.rows import Columns

from benchmarks.datasets import Dataset, path_of

PAPER_ROWS: Final = 3166
COLUMNS: Final = Columns("sex", "income", "score", threshold=0.5, row_id="id", groups=("Female", "Male"))
"""What the columns that `write_scores` writes say."""

_NUMBERS: Final = {
    "age": 0,
    "education-num": 4,
    "capital-gain": 10,
    "capital-loss": 11,
    "hours-per-week": 12,
}
_NAMES: Final = {"workclass": 1, "marital-status": 5, "occupation": 6, "relationship": 7, "native-country": 13}
_SEX, _INCOME = 9, 14


def write_scores(path: Path, rows: int = PAPER_ROWS) -> None:
    """Write a CSV file with the columns id, sex, income (1 above 50,000 dollars), score (0 to 1).

    Args:
        path: Where to.
        rows: How many of the test part's 16,281 rows, from its beginning.
    """
    people = _people(Dataset.ADULT_TEST)[:rows]
    scores = _fitted().predict_proba([_features(person) for person in people])[:, 1]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "sex", "income", "score"))
        for number, (person, score) in enumerate(zip(people, scores, strict=True)):
            writer.writerow((number, person[_SEX], _rich(person), f"{score:.6f}"))


def _fitted() -> Any:
    # Imported here: who only wants the constants needs no memory for it.
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler

    people = _people(Dataset.ADULT_TRAIN)
    model = make_pipeline(DictVectorizer(), MaxAbsScaler(), LogisticRegression(max_iter=300))
    return model.fit([_features(person) for person in people], [_rich(person) for person in people])


def _people(dataset: Dataset) -> list[list[str]]:
    with path_of(dataset).open(newline="") as file:
        return [cells for cells in csv.reader(file, skipinitialspace=True) if len(cells) == _INCOME + 1]


def _features(person: list[str]) -> dict[str, str | float]:
    numbers = {name: float(person[column]) for name, column in _NUMBERS.items()}
    return {**numbers, **{name: person[column] for name, column in _NAMES.items()}}


def _rich(person: list[str]) -> int:
    return int(person[_INCOME].startswith(">50K"))
