"""Who is a member: read from the chain at a named block, and kept for that block only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from assay_chain.events import RANGE_BLOCKS
from assay_chain.node_errors import translated
from assay_chain.roles import Role
from assay_chain.session import BlockRef, Session
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.vault import Vault

from .rules import Party

HEAD_SECONDS: Final = 0.25
"""How old the newest known block may be, if blocks do not come faster: then half of their time."""


@dataclass(frozen=True)
class Member:
    """Who a request comes from.

    Attributes:
        address: that signed in.
        roles: that it held after `block`.
        block: the newest block at which the chain was asked.
    """

    address: ChecksumAddress
    roles: frozenset[Role]
    block: int


@dataclass(frozen=True)
class Roll:
    """Every role of every member after one block. The treasury, which has none on the chain, views."""

    block: BlockRef
    roles: Mapping[str, frozenset[Role]]
    treasury: str

    def member(self, address: str) -> Member:
        """The account as a member; without roles if it is none."""
        return Member(to_checksum_address(address), self.roles.get(address, frozenset()), self.block.number)


class Members:
    """The roll of members at the newest block. One event loop only.

    The whole roll is read once a block however many members ask, and a revocation counts as soon as its block is seen.
    """

    def __init__(self, session: Session) -> None:
        """Read from the session's network."""
        self._session = session
        self._fresh_seconds = min(HEAD_SECONDS, session.book.block_time / 2)
        self._lock = asyncio.Lock()
        self._membership = session.contract("Membership").address
        self._vault = Vault(session)
        self._roll = Roll(
            BlockRef(-1, b"", 0, b""), MappingProxyType({}), Vault(session).treasury(session.latest().number)
        )
        self._looked_at = float("-inf")
        self._unsettled_at: dict[tuple[str, int], frozenset[Party]] = {}

    async def roll(self) -> Roll:
        """The members after the newest block.

        Raises:
            PeerUnreachable: the node does not answer, so nobody can be known to be a member.
        """
        if time.monotonic() - self._looked_at < self._fresh_seconds:
            return self._roll
        async with self._lock:
            if time.monotonic() - self._looked_at >= self._fresh_seconds:
                asked_at = time.monotonic()
                self._roll = await asyncio.to_thread(self._read, self._roll)
                self._looked_at = asked_at
        return self._roll

    async def parties(self, address: str) -> frozenset[Party]:
        """As what an account comes: as a member, or because the vault holds something of it; empty for a stranger.

        Raises:
            PeerUnreachable: the node does not answer.
        """
        roll = await self.roll()
        found = frozenset(Party(role) for role in roll.roles.get(address, ()))
        if address == roll.treasury:
            return found | {Party.TREASURY}
        if found:
            return found
        key = (address, roll.block.number)
        if key not in self._unsettled_at:
            known = await asyncio.to_thread(self._unsettled, *key)
            self._unsettled_at = {old: what for old, what in self._unsettled_at.items() if old[1] == key[1]}
            self._unsettled_at[key] = known
        return self._unsettled_at[key]

    def _read(self, known: Roll) -> Roll:
        head = self._session.latest()
        if head.hash == known.block.hash:
            return known
        if self._unchanged(known.block, head):
            return replace(known, block=head)
        roles = {member.address: member.roles for member in Membership(self._session).members(head.number)}
        roles[known.treasury] = roles.get(known.treasury, frozenset()) | {Role.VIEWER}
        return Roll(head, MappingProxyType(roles), known.treasury)

    def _unchanged(self, known: BlockRef, head: BlockRef) -> bool:
        """Whether the chain went on from a known block without a change of roles; cheaper than to read them."""
        if not 0 <= known.number < head.number <= known.number + RANGE_BLOCKS:
            return False
        if self._session.block(known.number).hash != known.hash:
            return False
        with translated():
            changes = self._session.w3.eth.get_logs(
                {"address": self._membership, "fromBlock": known.number + 1, "toBlock": head.number}
            )
        return not changes

    def _unsettled(self, address: str, block: int) -> frozenset[Party]:
        """What the vault holds of an account that is no member."""
        index = self._vault.seat_of(address, block)
        seat = None if index is None else self._vault.seat(index, block)
        if seat is not None and seat.locked:
            return frozenset({Party.BONDED, Party.LEAVING})
        if (seat is not None and seat.free) or self._vault.owed(address, block):
            return frozenset({Party.LEAVING})
        return frozenset()
