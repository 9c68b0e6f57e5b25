"""Can this oracle be drawn at all? Its seat, stake and role."""

from collections.abc import Iterator
from dataclasses import dataclass

from assay_chain.amounts import format_amount
from assay_chain.roles import Role
from assay_chain.wrappers.vault import Seat

from assay_oracles.node.node import Node
from assay_oracles.node.telemetry import Reason

_TOKEN = 10**18


@dataclass(frozen=True)
class Standing:
    """An oracle's standing at one block; amounts in the token's smallest unit."""

    seat: Seat | None
    admitted: bool
    minimum: int
    owed: int
    block: int

    @property
    def drawable(self) -> bool:
        """Whether audits draw it, as far as their bonds fit into its free stake."""
        return self.admitted and self.seat is not None and self.seat.active

    def obstacles(self) -> Iterator[Reason]:
        """Why the oracle cannot be drawn. It still serves the audits that it was drawn for."""
        if not self.admitted:
            yield Reason("not-admitted", "no gatekeeper has admitted this account as an oracle, or one revoked it: ask")
        if self.seat is None:
            need = format_amount(self.minimum)
            yield Reason("no-seat", f"no stake yet; `assay oracle stake {need}`, or more, takes a seat that is drawn")
            return
        if self.seat.free < self.minimum:
            free, locked = format_amount(self.seat.free), format_amount(self.seat.locked)
            need = format_amount(self.minimum)
            yield Reason(
                "stake-too-small",
                f"the free stake is {free} tokens ({locked} locked), {need} are needed; `assay oracle stake` adds some",
            )
        if self.seat.jailed_until > self.block:
            yield Reason("jailed", f"jailed until block {self.seat.jailed_until}")
        if not self.seat.active:
            yield Reason("seat-inactive", "the seat is not active; with enough stake, do: assay oracle activate")


def read(node: Node, block: int) -> Standing:
    """Read the oracle's standing, and publish it."""
    address = node.voter.address
    index = node.vault.seat_of(address, block)
    standing = Standing(
        seat=None if index is None else node.vault.seat(index, block),
        admitted=node.membership.has_role(Role.ORACLE, address, block),
        minimum=node.vault.minimum_stake(block),
        owed=node.vault.owed(address, block),
        block=block,
    )
    seat, telemetry = standing.seat, node.telemetry
    telemetry.stake_minimum.set(standing.minimum / _TOKEN)
    telemetry.owed.set(standing.owed / _TOKEN)
    telemetry.stake_free.set(seat.free / _TOKEN if seat else 0)
    telemetry.stake_locked.set(seat.locked / _TOKEN if seat else 0)
    telemetry.seat_active.set(seat.active if seat else 0)
    telemetry.strikes.set(seat.strikes if seat else 0)
    return standing
