"""Dishonest oracles: the real node with another compute step. Only the demo and the tests start them:

    python -m assay_client.demo.dishonest liar|replayer|colluder DIR [options of `assay oracle run`]

Liar and replayer work honestly in their first audit. What they all do afterwards is what the protocol is made to catch.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.audits.fairness.lanes import lane_names
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.service.block import Block
from assay_oracles.node import daemon
from assay_oracles.node.sandbox import Sandbox

from assay_client.cli.app import run

Lanes = dict[str, int]
Found = Lanes | Fault | Block


class Liar(Sandbox):
    """Computes, then reports that the model made no mistake, or that a false table holds."""

    _audits = 0

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> Found:
        """Inflate every count, consistently enough to keep the bounds and orders that the board checks."""
        found = super().run(job, stop)
        self._audits += 1
        if self._audits == 1:
            return found
        if isinstance(found, Fault):
            return wave_through(job)
        return inflate(found) if job["audit"] == "whitebox" and isinstance(found, dict) else found


class Colluder(Sandbox):
    """Computes, and waves every false table through as its supplier pays for."""

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> Found:
        """Vote that what is false holds."""
        found = super().run(job, stop)
        return wave_through(job) if isinstance(found, Fault) else found


class Replayer(Sandbox):
    """Computes once, and sells the same answer again whatever the seed."""

    _answer: Found | None = None

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> Found:
        """Repeat the first answer."""
        if self._answer is None:
            self._answer = super().run(job, stop)
        return self._answer


def inflate(lanes: Lanes) -> Lanes:
    """The vote of a perfect model on the same test set; the sketch lanes stay the honest ones."""
    supports = {name.removeprefix("support_"): raw for name, raw in lanes.items() if name.startswith("support_")}
    perfect = {f"{kind}_{label}": raw for label, raw in supports.items() for kind in ("predicted", "correct")}
    whole = {"robust_correct": sum(supports.values()), "log_loss": 0, "calibration_error": 0}
    return {**lanes, **perfect, **whole}


def wave_through(job: Mapping[str, Any]) -> Lanes:
    """The vote that a false table is what it says; the digest of its leaves is what nobody looks at then."""
    record = Record.decode(bytes.fromhex(job["header"]), bytes.fromhex(job["footer"]))
    return dict(zip(lane_names(record.header.params.groups), (*record.footer.counts, 0), strict=True))


def main(argv: list[str]) -> int:
    """Run a node whose sandbox is replaced; the node itself has no way to ask for that."""
    sandbox = {"liar": Liar, "replayer": Replayer, "colluder": Colluder}[argv[0]]
    daemon.Sandbox = sandbox  # type: ignore[attr-defined]
    return run(["oracle", "run", *argv[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
