"""Token amounts: whole numbers of the smallest unit inside, decimal strings at the edges."""

from __future__ import annotations

import re
from typing import Final

from assay_chain.errors import MalformedInput

DECIMALS: Final = 18
UNIT: Final = 10**DECIMALS
AMOUNT_MAX: Final = 2**96 - 1
"""Largest amount that the contracts hold in one place."""

_FORM: Final = re.compile(r"(\d{1,29})(?:\.(\d{1,18}))?", re.ASCII)


def parse_amount(text: str) -> int:
    """Parse tokens such as ``"12.5"``: digits, and at most 18 of them after the point; no sign, no exponent.

    Returns:
        The amount in the token's smallest unit, 0 to 2**96 - 1.

    Raises:
        MalformedInput: the text has another form or is too large; culprit local.
    """
    match = _FORM.fullmatch(text)
    amount = int(match[1]) * UNIT + int((match[2] or "").ljust(DECIMALS, "0")) if match else None
    if amount is None or amount > AMOUNT_MAX:
        raise MalformedInput(
            f"{text[:60]!r} is no amount of tokens",
            code="bad-amount",
            culprit="local",
            hint=f"Write it like 12 or 12.5, with at most {DECIMALS} decimals.",
        )
    return amount


def format_amount(amount: int) -> str:
    """Format an amount of the smallest unit as tokens, exactly, without needless zeros; inverse of `parse_amount`."""
    whole, rest = divmod(amount, UNIT)
    return f"{whole}.{rest:0{DECIMALS}d}".rstrip("0").rstrip(".")
