from dataclasses import replace

import pytest
from assay_oracles.protocol.roster import Progress
from assay_oracles.protocol.round import Round, Stage
from hypothesis import given
from hypothesis import strategies as st

NOBODY = Progress(0, 0, 0, 0, 0, 0, 0)
OPEN = Round(2, request_block=100, commit_end=120, reveal_end=140, dispute_end=0, roster=0b1011, progress=NOBODY)


@pytest.mark.parametrize(
    ("block", "stage"),
    [
        (111, Stage.COMMITTING),
        (120, Stage.COMMITTING),
        (121, Stage.REVEALING),
        (140, Stage.REVEALING),
        (141, Stage.CLOSING),
    ],
)
def test_stage__open_audit_with_absentees__turns_after_the_last_block(block, stage):
    assert OPEN.stage(block) is stage


def test_stage__whole_roster_committed__reveals_early():
    assert replace(OPEN, progress=replace(NOBODY, committed=0b111)).stage(111) is Stage.REVEALING


def test_stage__one_of_the_roster_has_not_committed__still_commits():
    assert replace(OPEN, progress=replace(NOBODY, committed=0b101)).stage(111) is Stage.COMMITTING


def test_stage__whole_roster_revealed_mixed_verdicts__closes_early():
    votes = replace(NOBODY, committed=0b111, values=0b001, invalid_spec=0b010, unavailable=0b100)
    assert replace(OPEN, progress=votes).stage(112) is Stage.CLOSING


def test_stage__all_who_committed_revealed_but_one_is_absent__still_reveals():
    votes = replace(NOBODY, committed=0b011, values=0b011)
    assert replace(OPEN, progress=votes).stage(130) is Stage.REVEALING


@pytest.mark.parametrize(("block", "stage"), [(160, Stage.DISPUTE), (161, Stage.FINALIZING)])
def test_stage__decided_audit__is_final_only_after_the_dispute_window(block, stage):
    assert replace(OPEN, phase=3, dispute_end=160).stage(block) is stage


@pytest.mark.parametrize(
    ("phase", "stage"),
    [(1, Stage.REQUESTED), (4, Stage.FINAL), (5, Stage.EXPIRED), (6, Stage.OVERTURNED)],
)
def test_stage__other_phases__do_not_depend_on_the_block(phase, stage):
    assert {replace(OPEN, phase=phase).stage(block) for block in (0, 120, 10**9)} == {stage}


@pytest.mark.parametrize("phase", [0, 7])
def test_stage__no_such_phase__raises(phase):
    with pytest.raises(ValueError, match=f"phase {phase}"):
        replace(OPEN, phase=phase).stage(1)


@given(st.integers(0, 200), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3]))
def test_deadline__any_timed_stage__is_the_last_block_of_that_stage(block, committed, values, phase):
    audit = replace(OPEN, phase=phase, dispute_end=160, progress=replace(NOBODY, committed=committed, values=values))
    stage = audit.stage(block)
    deadline = audit.deadline(block)
    assert (deadline is None) == (stage in {Stage.CLOSING, Stage.FINALIZING})
    if deadline is not None and stage is not Stage.REQUESTED:
        assert audit.stage(deadline) is stage
        assert audit.stage(deadline + 1) is not stage


def test_deadline__request__is_the_last_block_of_the_open_window():
    assert replace(OPEN, phase=1).deadline(150) == 300


def test_stage__appealed__only_those_added_end_a_phase_early():
    """Positions 0 to 2 voted before; 3 to 5 were added. Position 2 never committed, and nobody waits for it."""
    appealed = replace(OPEN, added=0b110100)
    assert (appealed.size, appealed.acting) == (6, 0b111000)
    two = replace(NOBODY, committed=0b011011, values=0b000011)
    assert replace(appealed, progress=two).stage(111) is Stage.COMMITTING
    all_three = replace(two, committed=0b111011)
    assert replace(appealed, progress=all_three).stage(111) is Stage.REVEALING
    assert replace(appealed, progress=replace(all_three, values=0b111011)).stage(111) is Stage.CLOSING
