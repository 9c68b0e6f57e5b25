"""What the wrappers of `FairnessBoard` share: points, reads and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from assay_chain.events import fields

if TYPE_CHECKING:
    from assay_chain.session import Session

_Event = TypeVar("_Event")


def point(element: bytes) -> tuple[int, int]:
    """The Solidity struct of a point, from its 64 bytes x | y."""
    return int.from_bytes(element[:32], "big"), int.from_bytes(element[32:], "big")


class FairnessContract:
    """The deployed contract, as one session sees it."""

    def __init__(self, session: Session) -> None:
        """Use the session's network and account."""
        self._session = session
        self._contract = session.contract("FairnessBoard")

    @property
    def address(self) -> str:
        """Where the contract is; part of what a table id covers."""
        return self._contract.address

    def _read(self, function: str, *args: Any, block: int) -> Any:
        return self._session.call(self._contract.functions[function](*args), block)

    def _events(
        self, kind: type[_Event], from_block: int, to_block: int, wanted: dict[str, Any], **more: Any
    ) -> tuple[_Event, ...]:
        """The events of the class's name; what is wanted of None is any."""
        filters = {name: value for name, value in wanted.items() if value is not None}
        entries = self._session.logs(self._contract.events[kind.__name__], from_block, to_block, filters)
        return tuple(kind(**fields(entry), **more) for entry in entries)
