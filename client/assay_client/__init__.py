"""Assay for clients and suppliers: the SDK and the `assay` command.

The names of the SDK are loaded when they are first used, so that commands which need no chain start at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .ballots import Ballot
    from .catalogue import Published
    from .requesting import Offer, Receipt
    from .sdk import Client, connect
    from .verified import JudgedClaim, Report
    from .watching import Status

__all__ = ["Ballot", "Client", "JudgedClaim", "Offer", "Published", "Receipt", "Report", "Status", "connect"]

_HOMES = {
    "Ballot": "ballots",
    "Client": "sdk",
    "JudgedClaim": "verified",
    "Offer": "requesting",
    "Published": "catalogue",
    "Receipt": "requesting",
    "Report": "verified",
    "Status": "watching",
    "connect": "sdk",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
