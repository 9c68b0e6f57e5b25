"""Models with known crossings, and small ones on digits."""

import numpy as np
from assay_oracles.audits.evidence.method import Answer, Failure, Query
from assay_oracles.audits.robustness import attacks
from assay_oracles.audits.robustness.terms import Terms

SHAPE, CLASSES = (1, 6, 6), 2
SIMBA = attacks.parse({"name": "simba", "parameters": {"epsilon": 0.25}})


def terms(**given):
    """Small terms; SimBA unless another attack is given."""
    return Terms(**{"attack": SIMBA, "low": 0.0, "high": 1.0, "budget": 40, "starts": 3, **given})


class Counting:
    """A service that answers class 1 with `law(x, number of the query)` and counts what it is asked."""

    def __init__(self, law):
        self.law, self.asked, self.inputs = law, 0, []

    def __call__(self, query: Query) -> Answer | Failure:
        rows = []
        for x in query.inputs:
            self.asked += 1
            self.inputs.append(x)
            p = self.law(x, self.asked)
            rows.append([1 - p, p])
        return Answer(np.array(rows))
