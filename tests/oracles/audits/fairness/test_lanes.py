"""Lanes of fairness votes: names in the order of the permutations, and counts read back from them."""

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.lanes import check_lanes, counts, lane_names, lanes


def test_lanes__two_groups__are_the_permutations_and_the_digest() -> None:
    assert lane_names(2) == ("tn_0", "fp_0", "fn_0", "tp_0", "tn_1", "fp_1", "fn_1", "tp_1", "leaves")
    assert [lane.maximum for lane in lanes(2)] == [2**31 - 1] * 8 + [2**32 - 1]
    assert lane_names(2, model=True)[9:] == tuple(f"model_{name}" for name in lane_names(2)[:8])


@pytest.mark.parametrize("groups", range(2, 9))
@pytest.mark.parametrize("model", [False, True])
def test_lanes__any_number_of_groups__fit_a_policy_and_give_the_counts_back(groups: int, model: bool) -> None:
    names = lane_names(groups, model=model)
    assert len(names) <= 96
    check_lanes(names, groups)
    vote = {name: number for number, name in enumerate(names)}
    assert counts(vote) == tuple(range(4 * groups))
    assert counts(vote, model=True) == (tuple(range(4 * groups + 1, 8 * groups + 1)) if model else ())


def test_check_lanes__policy_of_another_number_of_groups__is_the_clients_mistake() -> None:
    with pytest.raises(SpecError) as refusal:
        check_lanes(lane_names(6), 2)
    assert (refusal.value.code, refusal.value.culprit) == ("policy-mismatch", "client")
    assert "fairness-2" in refusal.value.hint
