"""A model on the author's disk: `model.json` is the manifest with `{"file": NAME}` where an artifact will be cited."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay_chain.errors import MalformedInput
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import strictjson

from assay_client.specs import malformed

NAME = "model.json"
SLOTS: tuple[tuple[str, ...], ...] = (("weights",), ("training_set",), ("recipe", "train"), ("test",))
"""Where a manifest cites artifacts."""


@dataclass(frozen=True)
class Draft:
    """A read `model.json`.

    Attributes:
        document: its JSON.
        files: local file of every slot that names one; slots that already cite a published artifact are absent.
    """

    document: Mapping[str, Any]
    files: Mapping[tuple[str, ...], Path]

    def seal(self, cite: Callable[[Path], Mapping[str, Any]]) -> bytes:
        """The manifest's bytes, with every local file replaced by what `cite` returns for it (digest, uri, bytes).

        Equal drafts with equal citations give equal bytes, so publishing twice registers once.
        """
        document = copy.deepcopy(dict(self.document))
        for slot, path in self.files.items():
            *parents, last = slot
            holder = document
            for key in parents:
                holder = holder[key]
            holder[last] = dict(cite(path))
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def load(folder: Path) -> Draft:
    """Read `folder/model.json` and find the files that it names, relative to the folder.

    Raises:
        MalformedInput: missing or unreadable, not JSON, or a file is missing; culprit supplier.
    """
    path = folder / NAME
    try:
        document = strictjson.loads(path.read_bytes())
    except OSError as error:
        raise MalformedInput(
            f"{path} cannot be read: {error.strerror}",
            code="no-draft",
            culprit="supplier",
            hint="`assay supplier init DIR --example digits` writes one to start from",
        ) from error
    except SpecError as error:
        raise malformed(error, path) from error
    files = {}
    for slot in SLOTS:
        cited = _at(document, slot)
        if isinstance(cited, dict) and isinstance(cited.get("file"), str) and len(cited) == 1:
            files[slot] = _existing(folder / cited["file"], ".".join(slot))
    return Draft(document if isinstance(document, dict) else {"": document}, files)


def _at(document: Any, slot: tuple[str, ...]) -> Any:
    for key in slot:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _existing(path: Path, field: str) -> Path:
    if not path.is_file():
        raise MalformedInput(
            f"{field} names {path}, which is not a file",
            code="missing-file",
            culprit="supplier",
            hint="put the file there, or correct the name; names are relative to model.json",
        )
    return path
