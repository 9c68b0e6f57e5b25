"""Write a table file in one streaming pass over all cores.

A run can be interrupted at any moment and gone on with: finished chunks are kept, and the state binds it to the data
and the permutations. Nothing is published before the table is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from assay_oracles.audits.fairness import prove, transcript
from assay_oracles.audits.fairness.evaluate import open_table
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.pipeline import in_order
from assay_oracles.audits.fairness.signature import seal
from assay_oracles.audits.fairness.table import Footer, Header

from assay_client.parallel import workers

from .binding import begin, in_table_order, permutations
from .ledger import Ledger
from .plan import Plan, check_release, chosen, refused
from .rows import Rows
from .state import STATE, State, locked, remove
from .workfile import Workfile

TABLE = "table.faas"
CHUNK_ROWS = 256

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True)
class Proved:
    """A finished table.

    Attributes:
        path: The file.
        header: Its header.
        footer: Its footer.
        digest: SHA-256 of the file.
    """

    path: Path
    header: Header
    footer: Footer
    digest: bytes


def prove_table(rows: Rows, plan: Plan, out: Path, ledger: Ledger | None, progress: Progress) -> Proved:
    """Write `TABLE` into a folder, going on with an interrupted run of the same rows.

    Args:
        rows: The rows, with predictions.
        plan: What the table shall be.
        out: The folder.
        ledger: The supplier's ledger; None for a supplier that exists for this table only.
        progress: Told after every chunk.

    Raises:
        Refused: the folder holds a table, or an unfinished run of other rows; the release policy or the ledger forbid.
        MalformedInput: the rows are too few or too many for a table.
    """
    rows, params = chosen(rows, plan)
    check_release(rows, params, plan)
    with run(out, TABLE, ".proving") as folder:
        given = permutations(rows, params, plan)
        state, header = begin(folder, "table", rows, params, plan, ledger, given)
        choices = in_table_order(given, state)
        if (out / TABLE).exists():  # interrupted after the last step but one
            (folder / STATE).unlink()
            return read_back(out / TABLE)
        secret = prove.Secret(bytes.fromhex(state.key), group_of(params.group).order)
        runs = prove.starts(secret, params, choices, CHUNK_ROWS)
        work = Workfile(folder, TABLE, header.encode())

        def tasks() -> Iterator[tuple[Any, ...]]:
            for start in runs[work.chunks :]:
                own = choices[start.row - 1 : start.row - 1 + CHUNK_ROWS]
                yield prove.prove_rows, header.table_id, secret, params, plan.form, start, own

        done = work.chunks * CHUNK_ROWS
        with workers(len(runs) - work.chunks) as (executor, count):
            for data, leaves in in_order(executor, tasks(), 2 * count):
                work.append(data, b"".join(leaves))
                done += len(leaves)
                progress(done, header.n)
        proved = finish(work, header, params, choices, state, plan, out / TABLE)
        (folder / STATE).unlink()
    return proved


def finish(
    work: Workfile, header: Header, params: Params, choices: bytes, state: State, plan: Plan, final: Path
) -> Proved:
    """Write the footer and give the table its name."""
    tree = transcript.Tree(transcript.depth_of(header.n))
    for leaf in work.leaves():
        tree.append(leaf)
    counts = tuple(choices.count(k) for k in range(params.permutations))
    footer = seal(header, tree.root(), counts, plan.signer or int(state.signer, 16))
    work.finish(footer.encode(), final)
    return read_back(final)


def read_back(path: Path) -> Proved:
    """Describe a finished table from its file."""
    with path.open("rb") as file:
        header, footer = open_table(file)
        file.seek(0)
        return Proved(path, header, footer, file_digest(file, "sha256").digest())


@contextmanager
def run(out: Path, result: str, name: str) -> Iterator[Path]:
    """Hold the secret folder of a run inside `out`, which must not hold the result of another already."""
    out.mkdir(parents=True, exist_ok=True)
    folder = out / name
    with locked(folder):
        try:
            if not (folder / STATE).exists():
                refuse_existing(out / result)
            yield folder
        finally:
            if not (folder / STATE).exists():
                remove(folder)


def refuse_existing(path: Path) -> None:
    """Refuse to overwrite a result."""
    if path.exists():
        raise refused("exists", f"{path} exists", "Choose another folder; nothing is ever overwritten.")
