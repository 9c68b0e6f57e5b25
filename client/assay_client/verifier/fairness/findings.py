"""What this machine found out about published tables, so that no table is checked twice and no fault is lost.

A table on the board never changes, so neither does what was found about it. A fault is on disk before anything is
announced: whoever is interrupted between announcing a refutation and sending it finds everything again.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from assay_chain.addressbook import home
from assay_oracles.audits.fairness.fault import Fault, Kind

SCHEMA = "assay/finding/1"


@dataclass(frozen=True)
class Finding:
    """What a whole check of one table gave.

    Attributes:
        fault: what is false about it, or None when nothing is.
        earlier: id of the supplier's earlier table that has the key too, when `fault` is of another table's row; else
            empty.
    """

    fault: Fault | None = None
    earlier: bytes = b""


class Findings:
    """The folder of all findings of one user, one small file a table."""

    def __init__(self, folder: Path) -> None:
        """Use the folder; it is created with the first finding."""
        self._folder = folder

    @classmethod
    def of_user(cls) -> Findings:
        """The folder of whoever runs this."""
        return cls(home() / "fairness" / "findings")

    def load(self, table_id: bytes) -> Finding | None:
        """What was found about a table; None when nothing was, or it cannot be read any more."""
        try:
            entry = json.loads(self._path(table_id).read_text())
            if entry["schema"] != SCHEMA:
                return None
            named, earlier = entry["fault"], bytes.fromhex(entry["earlier"])
            fault = named and Fault(Kind(named["kind"]), int(named["row"]), int(named["branch"]))
            return Finding(fault, earlier)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, table_id: bytes, finding: Finding) -> None:
        """Keep what was found; it survives a loss of power once this returns."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        entry = {"schema": SCHEMA, "fault": finding.fault and asdict(finding.fault), "earlier": finding.earlier.hex()}
        new = self._path(table_id).with_suffix(".new")
        with new.open("w") as file:
            json.dump(entry, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path(table_id))

    def _path(self, table_id: bytes) -> Path:
        return self._folder / f"{table_id.hex()}.json"
