"""Every event of the network's contracts, read from the chain once and found by what it is about."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from assay_chain import events
from assay_chain.errors import PeerUnreachable
from assay_chain.events import RANGE_BLOCKS
from assay_chain.node_errors import translated
from eth_utils.abi import event_abi_to_log_topic

if TYPE_CHECKING:
    from assay_chain.session import BlockRef, Session
    from eth_typing import ChecksumAddress
    from web3.contract.contract import ContractEvent
    from web3.types import EventData

_CHECKPOINTS: Final = 64


class LogIndex:
    """The events up to the newest block that was asked for. Safe for several threads.

    A node's own search costs time in proportion to the range searched, so a list of audits, each searched from its
    request to the head, would cost the square of its length. Here each block is fetched once, and an event is found by
    the value of any of its indexed parameters. Kept in memory: it is built again in one request a thousand blocks.
    """

    def __init__(self, session: Session) -> None:
        """Index the contracts of the session's address book; nothing is fetched yet."""
        self._session = session
        self._lock = RLock()
        self._events: dict[tuple[ChecksumAddress, bytes], ContractEvent] = {}
        for name in session.book.contracts:
            contract = session.contract(name)
            for event in events.of(contract):
                self._events[contract.address, event_abi_to_log_topic(event.abi)] = event
        self._clear()

    def follow(self, head: BlockRef) -> bool:
        """Index up to a block.

        Returns:
            Whether the chain is still the one that was indexed. If it was started anew, or reorganised, everything is
            indexed again.
        """
        with self._lock:
            known = max((number for number in self._checkpoints if number <= head.number), default=None)
            same = not self._checkpoints or (known is not None and self._hash(known, head) == self._checkpoints[known])
            if not same:
                self._clear()
            if head.number > self._until:
                self._extend(head.number)
                self._checkpoints[head.number] = head.hash
                if len(self._checkpoints) > _CHECKPOINTS:
                    del self._checkpoints[min(self._checkpoints)]
            return same

    def find(self, event: ContractEvent, from_block: int, to_block: int, filters: Mapping[str, Any]) -> list[EventData]:
        """Every such event in a range of blocks, both ends included, oldest first.

        Args:
            event: of a contract of the address book.
            from_block: first block.
            to_block: last block.
            filters: wanted values of event parameters.
        """
        with self._lock:
            if to_block > self._until:
                self._extend(to_block)
            own = (event.address, event.event_name)
            indexed = {parameter["name"] for parameter in event.abi["inputs"] if parameter["indexed"]}
            keys: list[tuple[Any, ...]] = [(*own, name, value) for name, value in filters.items() if name in indexed]
            lists = [self._found.get(key, []) for key in keys or [own]]
            shortest = min(lists, key=len)
            start = bisect_left(shortest, from_block, key=_block_of)
            stop = bisect_right(shortest, to_block, key=_block_of)
            candidates = shortest[start:stop]
        return [entry for entry in candidates if all(entry["args"][name] == value for name, value in filters.items())]

    def _clear(self) -> None:
        self._until = -1
        self._checkpoints: dict[int, bytes] = {}
        self._found: dict[tuple[Any, ...], list[EventData]] = {}

    def _hash(self, number: int, head: BlockRef) -> bytes | None:
        if number == head.number:
            return head.hash
        try:
            return self._session.block(number).hash
        except PeerUnreachable:
            return None

    def _extend(self, until: int) -> None:
        addresses = sorted({address for address, _ in self._events})
        while self._until < until:
            start, end = self._until + 1, min(self._until + RANGE_BLOCKS, until)
            with translated():
                logs = self._session.w3.eth.get_logs({"address": addresses, "fromBlock": start, "toBlock": end})
            for log in logs:
                event = self._events.get((log["address"], bytes(log["topics"][0])))
                if event is not None:
                    self._add(event, event.process_log(log))
            self._until = end

    def _add(self, event: ContractEvent, entry: EventData) -> None:
        own = (entry["address"], entry["event"])
        self._found.setdefault(own, []).append(entry)
        for parameter in event.abi["inputs"]:
            if parameter["indexed"]:
                name = parameter["name"]
                self._found.setdefault((*own, name, entry["args"][name]), []).append(entry)


def _block_of(entry: EventData) -> int:
    return entry["blockNumber"]
