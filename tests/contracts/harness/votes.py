"""Random rounds for hypothesis: honest majorities, adversaries who like the edges of the bands, and anything at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

from assay_oracles.protocol.consensus import Vote
from hypothesis import strategies as st

from tests.contracts.harness.play import FALSE, GONE, SPEC, fault, values

MIDDLE = 5_000
TOLERANCES = (0, 1, 10, 50)
TOP = 10_000
# The first fault of the false table, its neighbours, and the ends of what can be named.
FAULTS = (FALSE, fault(3, 3, 2), fault(4, 2, 2), fault(4, 3, 1), fault(4, 3, 3), fault(1, 1), fault(8, 2**32 - 1, TOP))


def _edges(low: int, tolerance: int) -> list[int]:
    """Numbers at, just inside and just outside of one, two and three tolerances around an interval."""
    numbers = {low + k * tolerance + d for k in range(-3, 5) for d in (-1, 0, 1)}
    return sorted(number for number in numbers if 0 <= number <= TOP)


# Strategies are made once: hypothesis takes longer to make one than to draw from it.


@cache
def honest() -> st.SearchStrategy[Vote]:
    """Two such votes differ by at most the tolerance in every lane."""
    lanes = [range(MIDDLE, MIDDLE + t + 1) for t in TOLERANCES]
    return st.sampled_from([values(*each) for each in product(*lanes)])


@cache
def adversarial(faults: tuple[Vote, ...]) -> st.SearchStrategy[Vote | None]:
    """Absent, another verdict (faults where an audit admits them), or values mostly near the edges of the bands."""
    lanes = [st.sampled_from(_edges(MIDDLE, t)) | st.integers(0, TOP) for t in TOLERANCES]
    return st.one_of(
        st.tuples(*lanes).map(lambda each: values(*each)),
        st.sampled_from([None, SPEC, GONE, *faults]),
    )


def majorities(
    sizes: Sequence[int],
    *,
    all_reveal: bool,
    truth: st.SearchStrategy[Vote] | None = None,
    faults: tuple[Vote, ...] = (),
) -> st.SearchStrategy[tuple[list[Vote | None], frozenset[int]]]:
    """Votes of a roster with an honest majority, and who is honest; some of them may fail to reveal."""
    truth = honest() if truth is None else truth
    loyal, hostile = truth if all_reveal else truth | st.none(), adversarial(faults)
    minorities = {size: st.frozensets(st.integers(0, size - 1), max_size=(size - 1) // 2) for size in sizes}

    @st.composite
    def rounds(draw: st.DrawFn) -> tuple[list[Vote | None], frozenset[int]]:
        size = draw(st.sampled_from(sizes))
        others = draw(minorities[size])
        votes = [draw(hostile if position in others else loyal) for position in range(size)]
        return votes, frozenset(range(size)) - others

    return rounds()


def anything(sizes: Sequence[int], faults: tuple[Vote, ...] = ()) -> st.SearchStrategy[list[Vote | None]]:
    """Votes of a roster without any assumption, leaning to agreement so that every outcome occurs."""
    hostile = adversarial(faults)
    leaning = [honest(), hostile, st.just(SPEC), st.just(GONE), st.none(), *map(st.just, faults[:1])]
    # one_of would merge equal branches
    mixed = [st.sampled_from([mostly] * 3 + [hostile]).flatmap(lambda each: each) for mostly in leaning]

    @st.composite
    def rounds(draw: st.DrawFn) -> list[Vote | None]:
        size, vote = draw(st.sampled_from(sizes)), draw(st.sampled_from(mixed))
        return [draw(vote) for _ in range(size)]

    return rounds()
