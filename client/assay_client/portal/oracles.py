"""Oracles: what they have at stake and what they did."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from assay_chain.amounts import format_amount
from assay_chain.errors import MalformedInput
from assay_chain.wrappers.board import Board
from assay_chain.wrappers.vault import Movement as Moved
from assay_chain.wrappers.vault import Vault
from assay_oracles.protocol.roster import members

from assay_client.documents.oracles import standing_json
from assay_client.staking import standing

from .models.oracles import Movement, Oracle, OracleDetail, Oracles, Record
from .paging import LIMIT
from .reading import Reading

_MOVEMENTS = 100


@dataclass
class _Tally:
    audits: list[int] = field(default_factory=list)
    decided: int = 0
    agreed: int = 0
    slashes: int = 0
    earned: int = 0
    lost: int = 0

    def record(self) -> Record:
        return Record(
            audits=len(self.audits),
            decided=self.decided,
            agreed=self.agreed,
            agreement=self.agreed / self.decided if self.decided else None,
            slashes=self.slashes,
            earned=format_amount(self.earned),
            lost=format_amount(self.lost),
        )


def listing(reading: Reading) -> Oracles:
    """Every oracle that has a seat."""
    tallies = _tallies(reading)
    return Oracles(
        as_of=reading.as_of,
        oracles=[_oracle(reading, seat, tallies) for seat in range(Vault(reading.session).seats(reading.block))],
    )


def detail(reading: Reading, seat: int) -> OracleDetail:
    """One oracle.

    Raises:
        MalformedInput: nobody has taken this seat.
    """
    vault = Vault(reading.session)
    if seat >= vault.seats(reading.block):
        raise MalformedInput(
            f"no oracle has seat {seat}", code="unknown-seat", culprit="local", hint="`GET /oracles` lists all seats."
        )
    tallies = _tallies(reading)
    moved = vault.movements(0, reading.block, seat)
    audits = tallies[seat].audits if seat in tallies else []
    return OracleDetail(
        as_of=reading.as_of,
        oracle=_oracle(reading, seat, tallies),
        movements=[_movement(each) for each in islice(reversed(moved), _MOVEMENTS)],
        audits=[
            reading.show(reading.status(audit_id)) for audit_id in islice(filter(reading.sees, audits[::-1]), LIMIT)
        ],
    )


def _oracle(reading: Reading, seat: int, tallies: dict[int, _Tally]) -> Oracle:
    operator = Vault(reading.session).seat(seat, reading.block).operator
    record = tallies.get(seat, _Tally()).record()
    return Oracle.model_validate(
        {**standing_json(standing(reading.session, operator, reading.block)), "record": record}
    )


def _movement(moved: Moved) -> Movement:
    amount, tx = format_amount(moved.amount), f"0x{moved.tx_hash.hex()}"
    return Movement(event=moved.event.lower(), amount=amount, block=moved.block, tx=tx)


def _tallies(reading: Reading) -> dict[int, _Tally]:
    """What every seat did, from the events alone: one pass over all audits, no call a seat or an audit."""
    board, block = Board(reading.session), reading.block
    tallies: dict[int, _Tally] = {}
    appeals = {appealed.audit_id: appealed for appealed in board.appealed(None, 0, block)}
    added = {audit_id: appealed.added for audit_id, appealed in appeals.items()}
    opened = board.opened(None, 0, block)
    rosters = {each.audit_id: members(each.roster, added.get(each.audit_id, 0)) for each in opened}
    for audit_id, roster in rosters.items():
        for seat in roster:
            tallies.setdefault(seat, _Tally()).audits.append(audit_id)
    decisions = {decided.audit_id: decided for decided in board.decided(None, 0, block)}
    for audit_id, decided in decisions.items():
        if audit_id in appeals and decided.block <= appeals[audit_id].block:
            continue  # what all votes together decide is what counts
        for position, seat in enumerate(rosters[audit_id]):
            tallies[seat].decided += 1
            tallies[seat].agreed += decided.paid >> position & 1
    for moved in Vault(reading.session).movements(0, block):
        tally = tallies.setdefault(moved.seat, _Tally())
        if moved.event == "Rewarded":
            tally.earned += moved.amount
        elif moved.event == "Slashed":
            tally.slashes += 1
            tally.lost += moved.amount
    return tallies
