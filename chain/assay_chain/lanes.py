"""Votes as the contracts pack them: lanes of 32 bits, eight to a word, lane 0 in the most significant four bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assay_chain.errors import MalformedInput

LANES_PER_WORD: Final = 8
LANE_BYTES: Final = 4
LANE_MAX: Final = 2**32 - 1


def word_count(count: int) -> int:
    """Words that `count` lanes need."""
    return -(-count // LANES_PER_WORD)


def pack(lanes: Sequence[int]) -> tuple[int, ...]:
    """Pack raw lane numbers into words; unused lanes of the last word are zero.

    Raises:
        MalformedInput: a lane is no unsigned 32-bit number; culprit local.
    """
    for index, lane in enumerate(lanes):
        if not 0 <= lane <= LANE_MAX:
            raise MalformedInput(
                f"lane {index} is {lane}, which is no unsigned 32-bit number",
                code="lane-out-of-range",
                culprit="local",
                hint="Add the lane's offset, and check the computation that produced it.",
            )
    width = word_count(len(lanes)) * LANES_PER_WORD * LANE_BYTES
    data = b"".join(lane.to_bytes(LANE_BYTES, "big") for lane in lanes).ljust(width, b"\0")
    return tuple(int.from_bytes(data[start : start + 32], "big") for start in range(0, width, 32))


def unpack(words: Sequence[int], count: int) -> tuple[int, ...]:
    """Split words into `count` raw lane numbers; inverse of `pack`.

    Raises:
        MalformedInput: the words are not those of `count` lanes; culprit chain.
    """
    data = b"".join(word.to_bytes(LANES_PER_WORD * LANE_BYTES, "big") for word in words)
    used = count * LANE_BYTES
    if len(words) != word_count(count) or any(data[used:]):
        raise MalformedInput(
            f"{len(words)} words do not hold exactly {count} lanes",
            code="wrong-lane-count",
            culprit="chain",
            hint="Read the lanes under the policy that the audit cites.",
        )
    return tuple(int.from_bytes(data[start : start + LANE_BYTES], "big") for start in range(0, used, LANE_BYTES))
