"""Long lists, a page at a time, in bounded time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

LIMIT: Final = 50
LIMIT_MAX: Final = 200
SCANNED_MAX: Final = 1000

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")


def page(
    keys: Iterable[_Key], number: Callable[[_Key], int], show: Callable[[_Key], _Item | None], limit: int
) -> tuple[list[_Item], int | None]:
    """The first entries of a list, newest first, and the cursor of the page after them.

    Args:
        keys: what remains of the list, newest first, below the cursor that was given.
        number: the cursor of an entry.
        show: the entry for the answer, or None when it was not asked for.
        limit: the most entries of a page. A page also ends after `SCANNED_MAX` entries, wanted or not.
    """
    shown: list[_Item] = []
    last: int | None = None
    for scanned, key in enumerate(keys):
        if len(shown) == limit or scanned == SCANNED_MAX:
            return shown, last
        item = show(key)
        if item is not None:
            shown.append(item)
        last = number(key)
    return shown, None
