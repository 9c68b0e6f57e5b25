"""What a table shall be, and whether its rows allow it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from assay_chain.errors import MalformedInput, Refused
from assay_oracles.audits.fairness import sampling
from assay_oracles.audits.fairness.groups import GroupId
from assay_oracles.audits.fairness.params import BATCH, Form, Params
from assay_oracles.audits.fairness.release import Release

from .rows import Rows


@dataclass(frozen=True)
class Plan:
    """What a table shall be.

    Attributes:
        form: How rows are written.
        group: The algebraic group; the batch form exists for secp256k1 only.
        pads_to: Number of rows with pads, 0 for none.
        draw: Rows to draw with the nonce, 0 for all.
        nonce: The auditor's 32 bytes; None for random ones.
        chain_id: Chain of the board, 0 offline.
        board: Address of the board, 20 bytes, zero offline.
        signer: The supplier's key; None to make one for this table only.
        model: Number of the model whose predictions the rows hold; None for a table of no registered model.
        release: Minimum sizes.
    """

    form: Form = BATCH
    group: GroupId = GroupId.SECP256K1
    pads_to: int = 0
    draw: int = 0
    nonce: bytes | None = None
    chain_id: int = 0
    board: bytes = bytes(20)
    signer: int | None = None
    model: int | None = None
    release: Release = field(default_factory=Release)


def chosen(rows: Rows, plan: Plan) -> tuple[Rows, Params]:
    """Return the rows that are drawn, and the parameters of their table."""
    params = Params(plan.group, rows.groups, bool(plan.pads_to))
    if plan.form == BATCH and plan.group is not GroupId.SECP256K1:
        raise malformed("the batch form exists for secp256k1 only", "Ask for the compact form.")
    if plan.draw:
        if plan.nonce is None or plan.draw > len(rows):
            raise malformed(
                f"{plan.draw} rows cannot be drawn from {len(rows)}" if plan.nonce else "drawing needs a nonce",
                "Drawing takes the auditor's nonce and at most as many rows as there are; fewer are padded.",
            )
        rows = rows.take(np.sort(sampling.draw(len(rows), plan.draw, plan.nonce)))
    n = max(len(rows), plan.pads_to)
    if plan.pads_to and plan.pads_to < len(rows):
        raise malformed(f"{len(rows)} rows cannot be padded to {plan.pads_to}", "Draw rows, or pad to more.")
    if len(rows) < 2 or n >= 1 << params.width:
        raise malformed(
            f"a table of {params.groups} groups has 2 to {(1 << params.width) - 1} rows, not {n}",
            "Fewer protected groups leave room for more rows; or draw rows.",
        )
    return rows, params


def check_release(rows: Rows, params: Params, plan: Plan) -> None:
    """Refuse rows whose counts the plan's policy does not allow to be released."""
    counts = np.bincount(rows.permutations, minlength=params.permutations).tolist()
    if reason := plan.release.violation(counts):
        raise refused("release-policy", reason, "Release more rows at once, or merge groups.")


def refused(code: str, message: str, hint: str) -> Refused:
    """Return the error for what must not be done."""
    return Refused(message, code=code, culprit="local", hint=hint)


def malformed(message: str, hint: str) -> MalformedInput:
    """Return the error for what cannot become a table."""
    return MalformedInput(message, code="bad-table", culprit="local", hint=hint)
