"""Suppliers who skip the checks: hostile files cost no oracle its bond, and the client next to nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from assay_chain.store import Store
from assay_chain.wrappers.models import Claim, Models, Op
from assay_chain.wrappers.vault import Vault
from assay_client.accounts import choose
from assay_client.demo.stage import Stage
from assay_client.supplier import draft
from safetensors.numpy import load_file, save_file

from tests.e2e.harness import good, here

pytestmark = pytest.mark.xdist_group("e2e")


def weights_with_nan(folder: Path) -> None:
    held = load_file(folder / "weights.safetensors")
    save_file({name: np.full_like(value, np.nan) for name, value in held.items()}, folder / "weights.safetensors")


def nothing(folder: Path) -> None:
    pass


@dataclass(frozen=True)
class Hostile:
    """How a model is hostile, and what must become of its audit."""

    spoil: Callable[[Path], None]
    outcome: str
    code: int
    each: float
    """What each oracle is paid."""
    after: Callable[[Path], None] = lambda store: None
    """What the supplier does to the stored test set once it is registered."""


def swap(stored: Path) -> None:
    stored.write_bytes(b"other bytes")


CASES = {
    "nan weights": Hostile(weights_with_nan, "invalid-spec", 1, 2),
    "bytes swapped after registration": Hostile(nothing, "unavailable", 2, 1, after=swap),
}


def register(book: AddressBook, folder: Path, hostile: Hostile) -> int:
    """Publish without any of the checks that `assay supplier publish` makes."""
    session, store = Session.connect(book, choose(book, "supplier", None, None, "supplier")), Store(book.store)

    def cite(path: Path) -> dict[str, Any]:
        artifact = store.put(path)
        return {"digest": f"sha256:{artifact.digest.hex()}", "uri": artifact.uri, "bytes": artifact.size}

    manifest = store.put(draft.load(folder).seal(cite))
    declared = json.loads((folder / "model.json").read_text())["claims"]
    claims = tuple(
        Claim(
            claim["metric"],
            Op.AT_LEAST if claim["op"] == ">=" else Op.AT_MOST,
            round(claim["bound"] * 1e6),
            round(claim["tolerance"] * 1e6),
        )
        for claim in declared
    )
    model_id, _ = Models(session).register(manifest.digest, manifest.uri, claims)
    stored = json.loads(Path(manifest.uri.removeprefix("file://")).read_text())["test"]["uri"]
    hostile.after(Path(stored.removeprefix("file://")))
    return model_id


@pytest.mark.parametrize("name", CASES)
def test_audit__hostile_model__ends_as_it_must_and_nobody_is_slashed(
    name: str, book: AddressBook, oracles: Stage, digits: Path, tmp_path: Path
) -> None:
    hostile = CASES[name]
    folder = Path(shutil.copytree(digits, tmp_path / "model"))
    document = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**document, "name": name}))
    own = load_file(folder / "test.safetensors")  # a test set of its own: what is swapped belongs to no other model
    save_file({**own, "inputs": own["inputs"] * np.float32(0.5 + len(name) / 100)}, folder / "test.safetensors")
    hostile.spoil(folder)
    model = str(register(book, folder, hostile))

    before = escrowed(book)
    requested = good(book, "audit", "request", model)
    number = str(requested["audit_id"])
    done = here(book, "audit", "wait", number, "--timeout", "100")
    assert (done.code, done.out["phase"], done.out["outcome"]) == (hostile.code, "final", hostile.outcome)
    votes = good(book, "audit", "votes", number)["votes"]
    assert {vote["standing"] for vote in votes} == {"paid"}
    assert {vote["verdict"] for vote in votes} == {hostile.outcome}

    refund = float(good(book, "withdraw")["amount"])
    assert refund >= float(requested["cost"]) - hostile.each * len(votes)
    assert escrowed(book) == before
    oracles.check()


def escrowed(book: AddressBook) -> int:
    session = Session.connect(book)
    return Vault(session).escrowed(session.head().number)
