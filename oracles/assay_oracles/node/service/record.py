"""What one survey has asked and learned so far, on disk before the next query: a restarted node goes on from there."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from assay_oracles.node.service.asking import Reply

KEPT = 200
"""Records of the latest audits stay for their operator."""


class Record:
    """One audit's survey in JSON lines: the order of its queries, then `asked` before and `reply` after each.

    Written by one thread. Every line is on disk when its method returns.
    """

    def __init__(self, path: Path, order: Sequence[int], asked: list[int], replies: dict[int, Reply]) -> None:
        """Use `opened` instead."""
        self._path = path
        self.order = tuple(order)
        """Places in the block, in the order in which they are asked."""
        self.asked = asked
        """How often each was asked."""
        self.replies = replies
        """What came of it, by place in the block."""

    @classmethod
    def opened(cls, path: Path, order: Sequence[int]) -> Self:
        """The record at a path, or a new one that asks in `order`."""
        lines = _lines(path)
        if not lines or sorted(lines[0].get("order", ())) != sorted(order):
            path.parent.mkdir(parents=True, exist_ok=True)
            _prune(path.parent)
            path.unlink(missing_ok=True)
            new = cls(path, order, [0] * len(order), {})
            new._append({"schema": "assay/survey/1", "order": list(order)})
            return new
        asked, replies = [0] * len(order), {}
        for line in lines[1:]:
            match line:
                case {"asked": place}:
                    asked[place] += 1
                case {"unsent": place}:
                    asked[place] -= 1
                case {"reply": place, "seconds": seconds, "predicted": label}:
                    replies[place] = Reply(seconds, label)
        return cls(path, lines[0]["order"], asked, replies)

    def asking(self, place: int) -> None:
        """A query is about to be sent."""
        self.asked[place] += 1
        self._append({"asked": place})

    def unsent(self, place: int) -> None:
        """It was not sent after all."""
        self.asked[place] -= 1
        self._append({"unsent": place})

    def answered(self, place: int, reply: Reply) -> None:
        """What came of it."""
        self.replies[place] = reply
        self._append({"reply": place, "seconds": reply.seconds, "predicted": reply.predicted})

    def _append(self, line: dict[str, Any]) -> None:
        with self._path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines only: what a crash cut off was not written, and is removed."""
    try:
        *whole, rest = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    if rest:
        os.truncate(path, sum(len(line) + 1 for line in whole))
    return [json.loads(line) for line in whole]


def _prune(folder: Path) -> None:
    known = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    for path in known[: max(0, len(known) - KEPT + 1)]:
        path.unlink(missing_ok=True)
