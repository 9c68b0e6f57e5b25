"""Making a party's files: small ones at once, rows in chunks on all cores, handed over when they are complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.labels.equations import PublicKey, Share
from assay_oracles.audits.fairness.labels.files import Mark, Step, Terms, head, signing_digest
from assay_oracles.audits.fairness.labels.signed import CHUNK_ROWS, read
from assay_oracles.audits.fairness.pipeline import in_order
from assay_oracles.audits.fairness.signature import sign
from sha3 import keccak_256

from assay_client.parallel import workers

from ..proving import refuse_existing
from ..workfile import Workfile, sync_folder
from .turn import Party, Turn

Task = Callable[[int, int], tuple[Any, ...]]
"""Given the number of a chunk's first row, and how many it has: the function and arguments that make it."""


def write(party: Party, step: Step, terms: Terms, before: Mark, body: bytes) -> None:
    """Sign a small file and hand it over."""
    data = head(step, terms, before) + body
    data += sign(party.signer, signing_digest(terms, step, transcript.keccak(data)))

    def fill(part: Path) -> None:
        part.write_bytes(data)

    _hand_over(party.shared / step.file, fill)


def write_rows(party: Party, given: Turn, ids: bytes, task: Task, tail: Callable[[], bytes]) -> None:
    """Make the rows of a party, going on with an interrupted run, and hand them over; then forget their key.

    Args:
        party: Who acts.
        given: Its turn.
        ids: Commitment to the identities of the rows, 32 bytes.
        task: What makes a chunk.
        tail: What stands between rows and signature.
    """
    step, terms, finished = given.step, given.terms, given.folder / given.step.file
    if not given.done and not finished.exists():
        work = Workfile(given.folder, "rows", head(step, terms, given.before) + ids)
        starts = range(work.chunks * CHUNK_ROWS, terms.n, CHUNK_ROWS)

        def tasks() -> Iterator[tuple[Any, ...]]:
            for start in starts:
                yield task(start + 1, min(CHUNK_ROWS, terms.n - start))

        with workers(len(starts)) as (executor, count):
            for data in in_order(executor, tasks(), 2 * count):
                work.append(data)
                party.progress(min(work.chunks * CHUNK_ROWS, terms.n), terms.n)
        end = tail()
        content = _content(given.folder / "rows", end)
        work.finish(end + sign(party.signer, signing_digest(terms, step, content)), finished)
    if not given.done:
        with finished.open("rb") as stream:
            made = replace(given.secret, made=read(step, stream).mark.content.hex())
        made.save(given.folder)
        _hand_over(party.shared / step.file, lambda part: shutil.copyfile(finished, part))
    else:
        made = given.secret
    replace(made, key="").save(given.folder)
    finished.unlink(missing_ok=True)


def encode(terms: Terms, part: PublicKey | Share) -> bytes:
    """Write a point with its proof."""
    return group_of(terms.params.group).to_wire(part.element) + part.proof.encode()


def _content(path: Path, end: bytes) -> bytes:
    digest = keccak_256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    digest.update(end)
    content: bytes = digest.digest()
    return content


def _hand_over(final: Path, fill: Callable[[Path], object]) -> None:
    """Put a file into the shared folder, whole or not at all, never over another."""
    refuse_existing(final)
    part = final.with_name(f".{final.name}.part")
    fill(part)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.chmod(0o644)  # it is there to be read
    part.replace(final)
    sync_folder(final.parent)
