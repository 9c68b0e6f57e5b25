"""Claims are judged by the kind of audit that measures them; the others neither help nor hurt."""

import pytest
from assay_chain.policies import load_standard
from assay_chain.wrappers.models import Claim, Op
from assay_chain.wrappers.policies import Policy
from assay_client.judging import judge
from assay_oracles.audits.fairness.lanes import lane_names
from assay_oracles.audits.whitebox import metrics

GAP = Claim("demographic_parity_difference", Op.AT_MOST, 250_000, 0)
ACCURACY = Claim("accuracy", Op.AT_LEAST, 900_000, 0)
UNKNOWN = Claim("beauty", Op.AT_LEAST, 1, 0)  # the registry takes any name
WHITEBOX = dict.fromkeys(metrics.lane_names(2), 0) | {"support_0": 100, "predicted_0": 100, "correct_0": 95}
TABLE = dict(zip(lane_names(2), (86, 32, 37, 80, 75, 28, 19, 85, 7), strict=True))


def policy(name: str) -> Policy:
    (spec,) = (spec for spec in load_standard() if spec.name == name)
    return Policy(1, spec.name, False, spec.terms_at(1.0), spec.lanes, spec.orders)


@pytest.mark.parametrize(
    ("claim", "name", "decided", "state", "measured"),
    [
        (GAP, "fairness-2-dev", TABLE, "kept", True),
        (GAP, "fairness-2-dev", {}, "undecided", True),
        (ACCURACY, "fairness-2-dev", TABLE, "undecided", False),
        (UNKNOWN, "fairness-2-dev", TABLE, "undecided", False),
        (GAP, "whitebox-2-dev", WHITEBOX, "undecided", False),
        (ACCURACY, "whitebox-2-dev", WHITEBOX, "kept", True),
        (ACCURACY, "whitebox-2-dev", {}, "undecided", True),
        (UNKNOWN, "whitebox-2-dev", WHITEBOX, "undecided", True),
    ],
)
def test_judge__claim_and_kind_of_audit__judged_where_it_is_measured(
    claim: Claim, name: str, decided: dict[str, int], state: str, measured: bool
) -> None:
    found = judge(claim, policy(name), decided, own_test_set=False)
    assert (found.state, found.measured) == (state, measured)
    assert found.reason
