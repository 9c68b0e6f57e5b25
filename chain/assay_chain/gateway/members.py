"""Who is a member: read from the chain at a named block, and kept for that block only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from assay_chain.roles import Role
from assay_chain.session import BlockRef, Session
from assay_chain.wrappers.membership import Membership

HEAD_SECONDS: Final = 0.25
"""How old the newest known block may be, if blocks do not come faster: then a quarter of their time."""


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
    """Every role of every member after one block."""

    block: BlockRef
    roles: Mapping[str, frozenset[Role]]

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
        self._fresh_seconds = min(HEAD_SECONDS, session.book.block_time / 4)
        self._lock = asyncio.Lock()
        self._roll = Roll(BlockRef(-1, b"", 0), MappingProxyType({}))
        self._looked_at = float("-inf")

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

    def _read(self, known: Roll) -> Roll:
        head = self._session.latest()
        if head.hash == known.block.hash:
            return known
        members = Membership(self._session).members(head.number)
        return Roll(head, MappingProxyType({member.address: member.roles for member in members}))
