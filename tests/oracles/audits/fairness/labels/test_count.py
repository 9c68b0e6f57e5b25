"""The owner's search finds the counts, all of them and only them."""

import itertools

import pytest
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.labels import count
from assay_oracles.audits.fairness.params import Params
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.oracles.audits.fairness.forge import Serial

GROUP = Secp256k1()
LABELS = st.integers(2, 8).flatmap(
    lambda g: st.lists(st.integers(0, 9 if g < 4 else 2), min_size=2 * g, max_size=2 * g)
)


def search(ones: list[int], labels: list[int], positives: int | None = None) -> tuple[int, ...] | None:
    params = Params(groups=len(labels) // 2)
    tally = GROUP.base(params.tally(joined(ones, labels)))
    given = sum(ones) if positives is None else positives
    return count.find(params, tally, labels, given, Serial(), 1, lambda done, total: None)


def joined(ones: list[int], labels: list[int]) -> tuple[int, ...]:
    return tuple(number for one, label in zip(ones, labels, strict=True) for number in (label - one, one))


def test_search__every_small_session__its_counts() -> None:
    labels = [2, 0, 3, 1]
    for ones in itertools.product(*(range(label + 1) for label in labels)):
        assert search(list(ones), labels) == joined(list(ones), labels)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 8).flatmap(lambda g: st.lists(st.integers(0, 9 if g < 4 else 2), min_size=2 * g, max_size=2 * g)),
    st.data(),
)
@example([3, 3, 3, 3], None)
def test_search__any_labels__the_counts(labels: list[int], data: st.DataObject | None) -> None:
    ones = [label // 2 if data is None else data.draw(st.integers(0, label)) for label in labels]
    assert search(ones, labels) == joined(ones, labels)


@pytest.mark.parametrize("positives", [0, 4, 6, 14, 99])
def test_search__another_number_of_positives__nothing(positives: int) -> None:
    assert search([1, 2, 0, 2], [2, 3, 5, 4], positives) is None


def test_search__point_of_no_counts__nothing() -> None:
    for scalar in (0, 5, ORDER - 1):
        assert count.find(Params(), GROUP.base(scalar), [2, 3, 5, 4], 5, Serial(), 1, lambda a, b: None) is None


def test_search__in_many_runs__the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count, "_RUN", 7)
    monkeypatch.setattr(count, "MAX_BABY_STEPS", 50)
    seen: list[tuple[int, int]] = []
    labels, ones = [20, 9, 31, 15], [19, 9, 30, 15]
    tally = GROUP.base(Params().tally(joined(ones, labels)))
    found = count.find(Params(), tally, labels, sum(ones), Serial(), 1, lambda done, total: seen.append((done, total)))
    assert found == joined(ones, labels)
    labels, ones = [40, 29, 31, 35], [19, 9, 10, 15]
    tally = GROUP.base(Params().tally(joined(ones, labels)))
    found = count.find(Params(), tally, labels, sum(ones), Serial(), 1, lambda done, total: seen.append((done, total)))
    assert found == joined(ones, labels)
    assert len(seen) > 3
    assert all(done <= total for done, total in seen)


def test_feasible__by_volume__not_by_rows() -> None:
    assert count.feasible([250_000] * 4)
    assert not count.feasible([2**19] * 4)
    assert count.feasible([2**30, 50, 1000, 70_000])
    assert count.feasible([8] * 16)
    assert not count.feasible([1000] * 8)
