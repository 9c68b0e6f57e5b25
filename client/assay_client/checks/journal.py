"""The memory of a run: every query before it is sent, and every answer. One JSON object a line, only ever appended.

A line is on the disk before what it announces happens, so a killed run never asks twice what it may have spent: a query
whose answer is missing is lost. A half-written last line, which a crash can leave, is dropped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import numpy as np
from assay_chain.errors import MalformedInput, Refused
from assay_oracles.audits.evidence.method import Answer, Failure, Query, Target

from .plan import Plan

NAME: Final = "journal.jsonl"
LOST: Final = Failure("the run was interrupted before the answer came", lost=True)


@dataclass
class Exchange:
    """One query of one method: what identifies it, what it cost, and the reply once there is one."""

    asked: Mapping[str, Any]
    attempts: int = 1
    reply: Answer | Failure | None = None

    @property
    def target(self) -> Target:
        """Who was asked."""
        return Target(self.asked["target"])

    @property
    def spent(self) -> int:
        """Inputs sent, retries included."""
        count: int = self.asked["count"]
        return count * self.attempts


def describe(method: str, query: Query) -> dict[str, Any]:
    """What identifies a query: the inputs by their digest, because the method that asked can make them again."""
    return {
        "method": method,
        "target": query.target.value,
        "count": len(query.inputs),
        "inputs": hashlib.sha256(np.ascontiguousarray(query.inputs).tobytes()).hexdigest(),
        "nonce": None if query.nonce is None else query.nonce.hex(),
        "seed_config": None if query.seed_config is None else dict(query.seed_config),
        "instance": query.instance,
    }


class Journal:
    """The journal of one run, open for appending."""

    def __init__(self, file: BinaryIO, plan: Plan, exchanges: list[Exchange]) -> None:
        """Use `create` or `reopen`."""
        self.plan, self.exchanges = plan, exchanges
        self._file = file

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> Journal:
        """Start the journal of a new run in an empty or new folder.

        Raises:
            Refused: the folder holds a run already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            journal = cls(_held(folder / NAME, "xb"), plan, [])
        except FileExistsError:
            raise Refused(
                f"{folder} holds a run already",
                code="folder-not-empty",
                culprit="local",
                hint="Continue it with --resume, or name another folder with --report.",
            ) from None
        journal._append({"plan": plan.to_json()})
        return journal

    @classmethod
    def reopen(cls, folder: Path) -> Journal:
        """Go on with a run; what was asked without an answer is now known to be lost.

        Raises:
            MalformedInput: there is no run, or the file is damaged.
            Refused: another process goes on with it.
        """
        path = folder / NAME
        read(path)  # before it is opened for writing, which would make one
        file = _held(path, "ab")
        plan, exchanges = read(path)
        file.truncate(path.read_bytes().rfind(b"\n") + 1)
        journal = cls(file, plan, exchanges)
        if exchanges and exchanges[-1].reply is None:
            journal.answered(LOST)
        return journal

    @property
    def spent(self) -> int:
        """Inputs sent to everyone, retries included."""
        return sum(exchange.spent for exchange in self.exchanges)

    def asked(self, description: Mapping[str, Any]) -> None:
        """Note a query that is about to be sent."""
        self._append({"asked": description})
        self.exchanges.append(Exchange(description))

    def retried(self, why: str) -> None:
        """Note another attempt at the last query."""
        self._append({"retried": why})
        self.exchanges[-1].attempts += 1

    def answered(self, reply: Answer | Failure) -> None:
        """Note the reply to the last query."""
        self._append(_reply_json(reply))
        self.exchanges[-1].reply = reply

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, record: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(record, separators=(",", ":"), allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read(path: Path) -> tuple[Plan, list[Exchange]]:
    """Read a journal without changing it.

    Raises:
        MalformedInput: there is none, or it is damaged; culprit local.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
        records = [json.loads(line) for line in lines]
        plan = Plan.from_json(records[0]["plan"])
        exchanges: list[Exchange] = []
        for record in records[1:]:
            _replay(record, exchanges)
    except OSError as error:
        raise _damaged(path, str(error.strerror), "Name the folder that --report named.") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}"[:200], "Start a new run in another folder.") from error
    return plan, exchanges


def _held(path: Path, mode: Literal["xb", "ab"]) -> BinaryIO:
    """The file, open for writing by this process alone; the kernel frees it however the process ends."""
    file = path.open(mode)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Refused(
            f"another process works on the run in {path.parent}",
            code="in-use",
            culprit="local",
            hint="Wait until it is done.",
        ) from None
    return file


def _replay(record: Mapping[str, Any], exchanges: list[Exchange]) -> None:
    ((kind, value),) = record.items()
    open_ = bool(exchanges) and exchanges[-1].reply is None
    if kind == "asked" and not open_:
        exchanges.append(Exchange(value))
    elif kind == "retried" and open_:
        exchanges[-1].attempts += 1
    elif kind == "answer" and open_:
        probs = np.asarray(value["probs"], dtype=np.float64)
        exchanges[-1].reply = Answer(probs, value["model"], value["meta"], value["seconds"])
    elif kind == "failure" and open_:
        exchanges[-1].reply = Failure(value)
    elif kind == "lost" and open_:
        exchanges[-1].reply = Failure(value, lost=True)
    else:
        raise ValueError(f"a record {kind!r} stands where it cannot")


def _reply_json(reply: Answer | Failure) -> dict[str, Any]:
    if isinstance(reply, Failure):
        return {"lost" if reply.lost else "failure": reply.reason}
    return {
        "answer": {
            "probs": reply.probs.tolist(),
            "model": reply.model,
            "meta": reply.meta,
            "seconds": reply.seconds,
        }
    }


def _damaged(path: Path, why: str, hint: str) -> MalformedInput:
    return MalformedInput(f"{path} is no journal of a run: {why}", code="bad-journal", culprit="local", hint=hint)
