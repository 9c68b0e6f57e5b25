"""What a report amounts to: the exit code of `assay metrics`, and of `assay audit wait`."""

from dataclasses import replace

import pytest
from assay_chain.wrappers.board import Verdict
from assay_chain.wrappers.policies import Kind
from assay_client.cli import audit, metrics
from assay_client.judging import JudgedClaim
from assay_client.verified import Report
from assay_client.watching import Status
from assay_oracles.protocol.round import Stage

STATUS = Status(
    audit_id=1,
    model_id=1,
    policy_id=1,
    client="0x" + "1" * 40,
    kind=Kind.WHITEBOX,
    test_set=None,
    table=None,
    refuted=False,
    stage=Stage.FINAL,
    outcome=Verdict.VALUES,
    roster=(0, 1, 2),
    committed=3,
    revealed=3,
    deadline_block=None,
    request_block=5,
    block=50,
)
KEPT = JudgedClaim("accuracy", ">=", 0.9, 0.0, 0.95, "kept", "")
BROKEN, UNDECIDED = replace(KEPT, state="broken"), replace(KEPT, state="undecided")
ELSEWHERE = replace(UNDECIDED, measured=False)  # a claim that another kind of audit decides


def report(*claims: JudgedClaim, **changes: object) -> Report:
    return Report(replace(STATUS, **changes), {}, claims, (), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (report(), 0),
        (report(KEPT), 0),
        (report(KEPT, BROKEN), 1),
        (report(KEPT, UNDECIDED), 2),
        (report(BROKEN, UNDECIDED), 1),
        (report(KEPT, stage=Stage.DISPUTE), 2),
        (report(BROKEN, stage=Stage.DISPUTE), 2),
        (report(KEPT, stage=Stage.FINALIZING), 2),
        (report(KEPT, stage=Stage.REVEALING), 2),  # appealed
        (report(KEPT, stage=Stage.OVERTURNED), 0),
        (report(BROKEN, stage=Stage.OVERTURNED), 1),
        (report(UNDECIDED, stage=Stage.OVERTURNED, outcome=Verdict.NONE), 2),
        (report(KEPT, stage=Stage.COMMITTING, outcome=Verdict.NONE), 2),
        (report(KEPT, stage=Stage.EXPIRED, outcome=Verdict.NONE), 2),
        (report(UNDECIDED, outcome=Verdict.UNAVAILABLE), 2),
        (report(UNDECIDED, outcome=Verdict.INVALID_SPEC), 1),
        (report(UNDECIDED, outcome=Verdict.INVALID, kind=Kind.FAIRNESS, table=bytes(32)), 1),
        (report(UNDECIDED, outcome=Verdict.INVALID_SPEC, kind=Kind.FAIRNESS, table=bytes(32)), 1),
        (report(UNDECIDED, outcome=Verdict.INVALID, kind=Kind.FAIRNESS, stage=Stage.DISPUTE), 2),
        (report(KEPT, kind=Kind.FAIRNESS, table=bytes(32), refuted=True), 1),
        (report(KEPT, ELSEWHERE), 0),
        (report(BROKEN, ELSEWHERE), 1),
        (report(UNDECIDED, outcome=Verdict.INVALID_SPEC, test_set=bytes([1]) * 32), 2),
    ],
)
def test_metrics__each_kind_of_report__has_its_exit_code(found: Report, code: int) -> None:
    assert metrics.exit_code(found) == code


@pytest.mark.parametrize(
    ("stage", "outcome", "code"),
    [
        (Stage.FINAL, Verdict.VALUES, 0),
        (Stage.FINAL, Verdict.INVALID, 1),
        (Stage.FINAL, Verdict.INVALID_SPEC, 1),
        (Stage.FINAL, Verdict.UNAVAILABLE, 2),
        (Stage.EXPIRED, Verdict.NONE, 2),
        (Stage.OVERTURNED, Verdict.VALUES, 0),  # on appeal
        (Stage.OVERTURNED, Verdict.INVALID_SPEC, 1),
        (Stage.OVERTURNED, Verdict.NONE, 2),  # shown to be wrong
    ],
)
def test_wait__each_end__has_its_exit_code(stage: Stage, outcome: Verdict, code: int) -> None:
    assert audit.exit_code(replace(STATUS, stage=stage, outcome=outcome)) == code


def test_blocks_left__past_the_deadline__is_zero_and_never_negative() -> None:
    assert replace(STATUS, deadline_block=40).blocks_left == 0
    assert replace(STATUS, deadline_block=60).blocks_left == 10
    assert STATUS.blocks_left is None
