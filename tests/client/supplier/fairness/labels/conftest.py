"""An owner and a supplier, each with a folder of its own, and a folder that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from assay_client.supplier.fairness.labels import owner, supplier
from assay_client.supplier.fairness.labels.turn import Party
from assay_client.supplier.fairness.ledger import Ledger
from assay_client.supplier.fairness.rows import Columns, Rows, read
from assay_client.verifier.fairness.sessions import check_session
from assay_oracles.audits.fairness.labels.files import Terms
from assay_oracles.audits.fairness.labels.verify import Finding
from assay_oracles.audits.fairness.release import Release
from assay_oracles.audits.fairness.signature import address_of

from tests.client.supplier.fairness.conftest import ignore
from tests.oracles.audits.fairness.forge import Serial

OWNER, SUPPLIER = 0xA11CE, 0xB0B
CELLS = [0, 1, 2, 3, 4, 5, 6, 7, 7, 0]
COUNTS = (2, 1, 1, 1, 1, 1, 1, 2)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class House:
    """Both parties' folders, and every step as they would make it. Rows are named by their cell and a first id."""

    root: Path

    def party(self, signer: int, progress: Progress = ignore) -> Party:
        return Party(signer, self.root / "shared", self.root / hex(signer), None, progress)

    def ledger(self, signer: int) -> Ledger:
        return Ledger(self.root / hex(signer) / "ledger.sqlite")

    def labels(self, cells: Sequence[int] = CELLS, first: int = 0) -> Rows:
        lines = [f"{first + i},{k // 4},{k // 2 % 2}" for i, k in enumerate(cells)]
        return self._read("owner.csv", "id,group,actual", lines, Columns("group", "actual", row_id="id"))

    def predictions(self, cells: Sequence[int] = CELLS, first: int = 0) -> Rows:
        lines = [f"{k % 2},{first + i}" for i, k in enumerate(cells)][::-1]  # in another order than the owner's
        return self._read("supplier.csv", "guess,id", lines, Columns(None, None, "guess", row_id="id"))

    def _read(self, name: str, head: str, lines: list[str], columns: Columns) -> Rows:
        path = self.root / name
        path.write_text("\n".join([head, *lines]) + "\n")
        return read(path, columns)

    def start(self, cells: Sequence[int] = CELLS, first: int = 0) -> Terms:
        plan = owner.Plan(address_of(SUPPLIER))
        return owner.start(self.party(OWNER), self.labels(cells, first), plan, self.ledger(OWNER))

    def join(self) -> Terms:
        return supplier.join(self.party(SUPPLIER))

    def fix(self, cells: Sequence[int] = CELLS, first: int = 0, progress: Progress = ignore) -> Terms:
        return owner.fix(self.party(OWNER, progress), self.labels(cells, first))

    def predict(
        self, cells: Sequence[int] = CELLS, first: int = 0, progress: Progress = ignore, least: int = 1
    ) -> Terms:
        given = self.predictions(cells, first)
        return supplier.predict(self.party(SUPPLIER, progress), given, self.ledger(SUPPLIER), least)

    def share(self) -> Terms:
        return supplier.share(self.party(SUPPLIER))

    def publish(self, release: Release | None = None, progress: Progress = ignore) -> tuple[int, ...]:
        return owner.publish(self.party(OWNER, progress), release or Release())[1]

    def check(self) -> Finding:
        return check_session(self.root / "shared", None, ignore)

    def begun(self) -> House:
        """Both keys are there."""
        self.start()
        self.join()
        return self

    def fixed(self) -> House:
        """The owner's rows are there."""
        self.begun().fix()
        return self

    def predicted(self) -> House:
        """The supplier's rows are there."""
        self.fixed().predict()
        return self

    def secret(self, signer: int) -> Path:
        """The folder of a party's secrets."""
        (folder,) = (self.root / hex(signer) / "labels").glob("*/*")
        return folder


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """Chunks of two rows, one after the other, so that an interruption comes where the test says."""
    for place in ("assay_oracles.audits.fairness.labels.signed", "assay_client.supplier.fairness.labels.making"):
        monkeypatch.setattr(f"{place}.CHUNK_ROWS", 2)
    for place in ("supplier.fairness.labels.making", "supplier.fairness.labels.owner", "verifier.fairness.sessions"):
        monkeypatch.setattr(f"assay_client.{place}.workers", serial)
    return House(tmp_path)


@contextmanager
def serial(chunks: int) -> Iterator[tuple[Serial, int]]:
    """Work in this thread."""
    yield Serial(), 0
