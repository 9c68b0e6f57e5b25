"""Two dishonest oracles: the real node with another compute step. Only the demo and the tests start them:

    python -m assay_client.demo.dishonest liar|replayer DIR [options of `assay oracle run`]

Both work honestly in their first audit. What they do afterwards is what the protocol is made to catch.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from assay_oracles.audits.fairness.fault import Fault
from assay_oracles.node import daemon
from assay_oracles.node.sandbox import Sandbox

from assay_client.cli.app import run

Lanes = dict[str, int]
Found = Lanes | Fault


class Liar(Sandbox):
    """Computes, then reports that the model made no mistake."""

    _audits = 0

    def run(self, job: Mapping[str, Any], stop: threading.Event) -> Found:
        """Inflate every count, consistently enough to keep the bounds and orders that the board checks."""
        found = super().run(job, stop)
        self._audits += 1
        return inflate(found) if self._audits > 1 and not isinstance(found, Fault) else found


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


def main(argv: list[str]) -> int:
    """Run a node whose sandbox is replaced; the node itself has no way to ask for that."""
    sandbox = {"liar": Liar, "replayer": Replayer}[argv[0]]
    daemon.Sandbox = sandbox  # type: ignore[attr-defined]
    return run(["oracle", "run", *argv[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
