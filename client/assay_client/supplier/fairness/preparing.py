"""The setup phase of the paper: all cryptograms of every row before predictions exist, then one selected a row.

The folder of a preparation holds, for every row, cryptograms that must never be seen together with the published one.
A row is selected once; the preparation is removed with the selection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay_oracles.audits.fairness import prepared, prove
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.pipeline import in_order
from assay_oracles.audits.fairness.table import HEADER_BYTES, Header

from assay_client.parallel import workers

from .binding import begin, check_same, digest, in_table_order, permutations
from .ledger import Ledger
from .plan import Plan, check_release, chosen, refused
from .proving import TABLE, Progress, Proved, finish, refuse_existing, run
from .rows import Rows
from .state import State, locked, remove
from .workfile import Workfile

PREPARED = "prepared.faas"
FOLDER = ".prepared"
CHUNK_ROWS = 32
"""Each row has all permutations."""


def prepare_table(rows: Rows, plan: Plan, out: Path, ledger: Ledger | None, progress: Progress) -> Header:
    """Write the cryptogram table of the setup phase, before predictions exist (paper B, phase I).

    The folder then holds everything to select from and must stay secret. Arguments and errors as in `prove_table`; the
    rows have no predictions.
    """
    rows, params = chosen(rows, plan)
    with run(out, PREPARED, FOLDER) as folder:
        state, header = begin(folder, "prepared", rows, params, plan, ledger, b"")
        if not state.key:
            return header
        if (folder / PREPARED).exists():  # interrupted after the last step but one
            replace(state, key="").save(folder)
            return header
        secret = prove.Secret(bytes.fromhex(state.key), group_of(params.group).order)
        runs = prove.starts(secret, params, bytes(header.n), CHUNK_ROWS)
        work = Workfile(folder, f"{PREPARED}.part", prepared.MAGIC + header.encode())

        def tasks() -> Iterator[tuple[Any, ...]]:
            for start in runs[work.chunks :]:
                length = min(CHUNK_ROWS, header.n - start.row + 1)
                yield prepared.prepare_rows, header.table_id, secret, params, start, length

        with workers(len(runs) - work.chunks) as (executor, count):
            for data in in_order(executor, tasks(), 2 * count):
                work.append(data)
                progress(min(work.chunks * CHUNK_ROWS, header.n), header.n)
        work.finish(b"", folder / PREPARED)
        # From here on nothing new can be encrypted for these rows.
        replace(state, key="").save(folder)
    return header


def select_table(rows: Rows, plan: Plan, source: Path, out: Path, progress: Progress) -> Proved:
    """Select from a prepared table the cryptograms of the predicted permutations (paper B, phase II).

    A row is selected once: the permutations are recorded before the first row is written, and others are refused from
    then on. The prepared table is removed at the end. Errors as in `prove_table`.

    Args:
        rows: The rows of the preparation, with predictions.
        plan: As at the preparation.
        source: Folder of the preparation.
        out: Folder for the table.
        progress: Told after every chunk.
    """
    rows, params = chosen(rows, plan)
    check_release(rows, params, plan)
    out.mkdir(parents=True, exist_ok=True)
    refuse_existing(out / TABLE)
    folder = source / FOLDER
    if not folder.exists():
        raise refused("no-preparation", f"{source} holds no preparation", "Make one, or prove the rows directly.")
    with locked(folder):
        state = State.load(folder)
        if state is None or state.kind != "prepared" or state.key:
            raise refused("no-preparation", f"{source} holds no complete preparation", "Run the preparation again.")
        header = replace(Header.decode(bytes.fromhex(state.header)), form=plan.form)
        check_same(state, header, rows, params, plan)
        choices = in_table_order(permutations(rows, params, plan), state)
        if state.choices not in ("", digest(choices)):
            raise refused(
                "selected-before",
                "the rows of this preparation were selected with other predictions",
                "A second cryptogram of a row would reveal its labels: make a new preparation.",
            )
        replace(state, choices=digest(choices)).save(folder)
        work = Workfile(folder, TABLE, header.encode())
        length, tally = prepared.row_bytes(params), b""
        with (folder / PREPARED).open("rb") as file:
            file.seek(len(prepared.MAGIC) + HEADER_BYTES)
            for first in range(0, header.n, CHUNK_ROWS):
                own = choices[first : first + CHUNK_ROWS]
                data, leaves, tally = prepared.select_rows(params, plan.form, file.read(length * len(own)), own, tally)
                if first >= work.chunks * CHUNK_ROWS:
                    work.append(data, b"".join(leaves))
                progress(first + len(own), header.n)
        proved = finish(work, header, params, choices, state, plan, out / TABLE)
        remove(folder)
    return proved
