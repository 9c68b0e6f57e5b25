"""A table's counts recomputed from a model: worked out by hand, and refused where the test set does not tell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.lanes import counts
from assay_oracles.audits.whitebox import dataset, permutations
from assay_oracles.audits.whitebox.stability import UnstableError

SIGN = [[-1.0], [1.0]]
"""Predicts class 1 where the one input is positive."""
INPUTS = [[1.0], [2.0], [-1.0], [-2.0], [3.0], [-3.0]]
LABELS = [1, 0, 0, 1, 1, 0]
GROUPS = [0, 0, 0, 1, 1, 1]


def bench(linear: Callable[..., Any], groups: Any, weight: Any = SIGN, labels: Any = LABELS) -> Any:
    made = linear(weight, INPUTS, labels)
    made.put("test", dataset.encode(np.array(INPUTS), np.array(labels), groups))
    return made


def test_run__six_samples__count_every_permutation_of_their_group(linear: Callable[..., Any]) -> None:
    found = permutations.run(bench(linear, np.array(GROUPS)).job(), 2)
    # Group 0: tp, fp, tn. Group 1: fn, tp, tn.
    assert counts(found, model=True) == (1, 1, 0, 1, 1, 0, 1, 1)


def test_run__group_that_does_not_occur__has_counts_of_zero(linear: Callable[..., Any]) -> None:
    found = permutations.run(bench(linear, np.array(GROUPS)).job(), 3)
    assert counts(found, model=True)[8:] == (0, 0, 0, 0)


@pytest.mark.parametrize("groups", [None, np.array([0, 0, 0, 1, 1, 2])], ids=["none", "a third"])
def test_run__test_set_does_not_tell_these_groups__is_refused(linear: Callable[..., Any], groups: Any) -> None:
    with pytest.raises(SpecError) as refusal:
        permutations.run(bench(linear, groups).job(), 2)
    assert (refusal.value.code, refusal.value.field) == ("other-groups", "test")


def test_run__three_classes__is_refused(linear: Callable[..., Any]) -> None:
    with pytest.raises(SpecError) as refusal:
        permutations.run(bench(linear, np.array(GROUPS), weight=[[-1.0], [1.0], [0.0]]).job(), 2)
    assert refusal.value.code == "not-binary"


def test_run__predictions_that_other_machines_may_not_share__are_unstable(linear: Callable[..., Any]) -> None:
    made = bench(linear, np.array(GROUPS), weight=[[-1e-11], [1e-11]])
    with pytest.raises(UnstableError):
        permutations.run(made.job(), 2)
