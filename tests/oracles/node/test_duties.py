"""The pure parts of duties."""

from dataclasses import replace

import pytest
from assay_chain.wrappers.board import Audit, Phase, Verdict
from assay_oracles.node.view import View
from assay_oracles.protocol.round import Stage

AUDIT = Audit(1, Phase.OPEN, Verdict.NONE, 1, 120, 140, 0, 0, 0b1011, 0, bytes(32), "0x", 1, 100, bytes(32), 0, "0x", 0)


def view(settled: Audit = AUDIT, latest: Audit = AUDIT, seat: int | None = 3) -> View:
    return View.of(settled, 110, latest, 115, seat)


@pytest.mark.parametrize(("seat", "position"), [(0, 0), (1, 1), (3, 2), (2, None), (None, None)])
def test_position__seat_of_this_node__is_its_rank_in_the_roster(seat, position):
    assert view(seat=seat).position == position


def test_stage__everyone_committed_but_not_yet_settled__is_revealing_only_in_the_latest_state():
    """The reveal waits for the settled state: a reorganisation could reopen the commit phase."""
    later = replace(AUDIT, progress=0b111)
    assert view(latest=later).stage is Stage.REVEALING
    assert view(latest=later).settled_stage is Stage.COMMITTING


def test_in_mask__position_bit__decides():
    assert view().in_mask(0b100)
    assert not view().in_mask(0b011)
    assert not view(seat=2).in_mask(0b111)


def test_acts__once_appealed__the_added_do_and_the_first_roster_does_not():
    """Seats 0, 1 and 3 decided before; seats 2 and 7 were added. Seat 3 never revealed, and must not try to now."""
    appealed = replace(AUDIT, added=0b10000100, progress=0b111 | 0b011 << 32)
    seen = {seat: view(appealed, appealed, seat) for seat in (0, 1, 2, 3, 7, 8)}
    assert {seat: each.position for seat, each in seen.items()} == {0: 0, 1: 1, 3: 2, 2: 3, 7: 4, 8: None}
    assert {seat for seat, each in seen.items() if each.acts} == {2, 7}
    assert {each.stage for each in seen.values()} == {Stage.COMMITTING}


def test_acts__an_appeal_that_is_not_settled__nobody_does():
    """The added wait until no reorganisation can take the appeal back; the first roster has voted."""
    appealed = replace(AUDIT, added=0b10000100)
    decided = replace(AUDIT, phase=Phase.DECIDED, dispute_end=130, progress=0b111)
    assert not any(view(decided, appealed, seat).acts for seat in (0, 1, 2, 3, 7))
