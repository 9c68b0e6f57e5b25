"""Publishing the digits model to a test network, honestly or tampered with."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from assay_chain.addressbook import AddressBook
from assay_chain.wrappers.models import Claim, Models, Op
from assay_client.supplier import examples
from assay_oracles.audits.whitebox import dataset, weights

from tests.oracles.node.harness import acting

Document = dict[str, Any]


@cache
def digits(name: str = "digits") -> Path:
    """A folder with the example model, trained once."""
    folder = Path(mkdtemp()) / name
    examples.write(name, folder)
    return folder


def cite(path: Path) -> Document:
    """How a manifest cites a file."""
    data = path.read_bytes()
    return {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "uri": path.as_uri(), "bytes": len(data)}


def manifest(folder: Path, tamper: Callable[[Document], None] = lambda _: None) -> bytes:
    """The model's manifest with its files cited where they lie, after `tamper`."""
    document = json.loads((folder / "model.json").read_text())
    for holder in (document, document.get("recipe", {})):
        for slot, cited in list(holder.items()):
            if isinstance(cited, dict) and "file" in cited:
                holder[slot] = cite(folder / cited["file"])
    tamper(document)
    return json.dumps(document).encode()


def sign(folder: Path, groups: list[int] | None, classes: int = 2) -> bytes:
    """The manifest of a model of one input whose sign it predicts, with four test samples in protected groups."""
    weight, inputs, labels = np.array([[-1.0], [1.0], [0.0]])[:classes], [[1.0], [2.0], [-1.0], [-2.0]], [1, 0, 0, 1]
    members = None if groups is None else np.array(groups)
    files = {
        "weights": weights.encode({"0.weight": weight, "0.bias": np.zeros(classes)}),
        "test": dataset.encode(np.array(inputs), np.array(labels), members),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    document = {
        "schema": "assay/manifest/1",
        "name": "sign",
        "version": "1",
        "input": {"shape": [1]},
        "classes": [str(label) for label in range(classes)],
        "architecture": [{"layer": "linear", "features": classes}],
        **{name: cite(folder / name) for name in files},
        "claims": [],
    }
    return json.dumps(document).encode()


def register(book: AddressBook, data: bytes, folder: Path, claims: list[Claim] | None = None) -> int:
    """Register manifest bytes with their own claims, or with others; returns the model's number."""
    path = folder / f"{hashlib.sha256(data).hexdigest()}.json"
    path.write_bytes(data)
    if claims is None:
        claims = claims_of(data)
    models = Models(acting(book, book.accounts["supplier"]))
    return models.register(hashlib.sha256(data).digest(), path.as_uri(), claims)[0]


def claims_of(data: bytes) -> list[Claim]:
    """The claims of a manifest as the registry keeps them."""
    return [
        Claim(
            claim["metric"],
            Op.AT_LEAST if claim["op"] == ">=" else Op.AT_MOST,
            round(claim["bound"] * 10**6),
            round(claim["tolerance"] * 10**6),
        )
        for claim in json.loads(data)["claims"]
    ]
