"""Assay for clients and suppliers: the SDK and the `assay` command.

The names of the SDK are loaded when they are first used, so that commands which need no chain start at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .appealing import AppealOffer, AppealReceipt
    from .ballots import Ballot
    from .catalogue import Published
    from .fairness_board import Posted
    from .judging import JudgedClaim
    from .requesting import Offer, Receipt
    from .sdk import Client, connect
    from .verified import Report, TableFinding
    from .watching import Status

__all__ = [
    "AppealOffer",
    "AppealReceipt",
    "Ballot",
    "Client",
    "JudgedClaim",
    "Offer",
    "Posted",
    "Published",
    "Receipt",
    "Report",
    "Status",
    "TableFinding",
    "connect",
]

_HOMES = {
    "AppealOffer": "appealing",
    "AppealReceipt": "appealing",
    "Ballot": "ballots",
    "Client": "sdk",
    "JudgedClaim": "judging",
    "Offer": "requesting",
    "Posted": "fairness_board",
    "Published": "catalogue",
    "Receipt": "requesting",
    "Report": "verified",
    "Status": "watching",
    "TableFinding": "verified",
    "connect": "sdk",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
