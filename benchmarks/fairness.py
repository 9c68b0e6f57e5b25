"""What a cryptogram table costs: per row to prove and to verify, in one run, against the published approach.

Run ``python -m benchmarks.fairness`` (some minutes on two cores; ``--quick`` for a look). It prints what
benchmarks/RESULTS.md holds. Three ways to make a table:

- *tinyec*: the published approach, pure-Python curve arithmetic with a scalar multiplication for every term, all eight
  permutations and proofs a row. One row a round is timed: its cost a row does not depend on n.
- *all eight*: the same table by this project (the paper's setup phase; a row's proofs share nonces), then one selected.
- *selected*: only the cryptogram of the predicted permutation is ever made.

Verification is the same in all three: one cryptogram with its eight-branch proof a row. Times on one core are of
computing, so that other work on the machine weighs less; floors, tinyec and this project take turns, and the medians
of all rounds are shown, of ratios too. Times of the command, on all cores, are by the wall clock; its rows are random,
but for N = 3,166, which are Adult's. Floors: 17 multiplications of the generator a row to prove (the cryptogram and
sixteen commitments; the row's key is an eighteenth), one multi-scalar multiplication with 20 terms of half length a row
to verify.
"""

import argparse
import csv
import json
import os
import resource
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context, get_start_method, set_start_method
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
from assay_client.supplier.fairness.plan import Plan
from assay_client.supplier.fairness.preparing import prepare_table, select_table
from assay_client.supplier.fairness.proving import CHUNK_ROWS, prove_table
from assay_client.supplier.fairness.rows import Columns, Rows, read
from assay_client.verifier.fairness.checking import check
from assay_oracles.audits.fairness import evaluate, prepared, prove
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.msm import Points
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Params
from assay_oracles.audits.fairness.table import Header

from benchmarks import adult
from benchmarks.clocks import computing, waiting
from benchmarks.faas_tinyec import Tinyec

PARAMS: Final = Params()
GROUP: Final = Secp256k1()
CORE_ROWS: Final = (512, adult.PAPER_ROWS // 2)
"""Rows of the runs on one core: a small table, and what each of two cores has of the paper-sized one."""


def say(text: str) -> None:
    """Show progress."""
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------------------------ one core


def floors(rows: int = 256) -> tuple[float, float]:
    """Seconds a row that nothing of this kind can go below, to prove and to verify."""
    scalars = [[secrets.randbelow(ORDER - 1) + 1 for _ in range(17)] for _ in range(rows)]
    proving, _ = computing(lambda: [GROUP.base_many(row) for row in scalars])
    rows = CORE_ROWS[-1]
    elements = b"".join(GROUP.base_many([secrets.randbelow(ORDER - 1) + 1 for _ in range(512)]))
    points = Points(np.resize(np.frombuffer(elements, dtype=np.uint8), (20 * rows, 64)))
    digits = np.frombuffer(secrets.token_bytes(32 * 20 * rows), dtype=np.uint8).reshape(-1, 32)
    checking, _ = computing(lambda: points.multiply(digits, np.zeros(20 * rows, dtype=np.bool_)))
    return proving / len(scalars), checking / rows


def one_core(rows: int) -> tuple[float, float, float]:
    """Seconds a row on one core: to prove the selected cryptogram, all eight, and to verify in one chunk."""
    table, secret = bytes(32), prove.Secret.fresh(PARAMS)
    choices = bytes(secrets.randbelow(8) for _ in range(rows))
    starts = prove.starts(secret, PARAMS, choices, CHUNK_ROWS)
    runs = [(start, choices[start.row - 1 : start.row - 1 + CHUNK_ROWS]) for start in starts]
    selecting, parts = computing(lambda: [prove.prove_rows(table, secret, PARAMS, BATCH, *run) for run in runs])
    few = rows // 8
    eight, _ = computing(lambda: prepared.prepare_rows(table, secret, PARAMS, starts[0], few))
    data = b"".join(part for part, _ in parts)
    checking, checked = computing(lambda: evaluate.check_batch(table, PARAMS, 1, b"", data))
    assert checked.fault is None
    return selecting / rows, eight / few, checking / rows


def compare(rounds: int) -> dict[str, Any]:
    """Medians of rounds in which floors, tinyec and this project take turns, and of the ratios within each."""
    tinyec, found = Tinyec(), []
    for number in range(rounds):
        say(f"one core, round {number + 1} of {rounds}")
        found.append((floors(), tinyec.measure(), {rows: one_core(rows) for rows in CORE_ROWS}))
    result: dict[str, Any] = {
        "floor": [median(floor[i] for floor, _, _ in found) for i in (0, 1)],
        "tinyec": [median(slow[i] for _, slow, _ in found) for i in (0, 1)],
    }
    for rows in CORE_ROWS:
        result[str(rows)] = {
            "selected": median(own[rows][0] for _, _, own in found),
            "all eight": median(own[rows][1] for _, _, own in found),
            "verify": median(own[rows][2] for _, _, own in found),
            "selected over floor": median(own[rows][0] / floor[0] for floor, _, own in found),
            "verify over floor": median(own[rows][2] / floor[1] for floor, _, own in found),
            "tinyec over all eight": median(slow[0] / own[rows][1] for _, slow, own in found),
            "tinyec over verify": median(slow[1] / own[rows][2] for _, slow, own in found),
        }
    return result


# --------------------------------------------------------------------------------------------------------- the command


def make_rows(path: Path, n: int) -> Columns:
    """Write n rows: Adult's scores in the paper's size, otherwise rows of all permutations alike."""
    if n == adult.PAPER_ROWS:
        adult.write_scores(path)
        return adult.COLUMNS
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "group", "actual", "predicted"))
        for number in range(n):
            writer.writerow((number, secrets.randbelow(2), secrets.randbelow(2), secrets.randbelow(2)))
    return Columns("group", "actual", "predicted", row_id="id")


def command(n: int, *, eight: bool) -> dict[str, Any]:
    """What the command does with n rows, as `run` measures it."""
    with tempfile.TemporaryDirectory() as name:
        columns = _apart(make_rows, Path(name) / "rows.csv", n)
        result: dict[str, Any] = _apart(run, Path(name), columns, eight)
        return result


def _apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own, to count its memory apart."""
    with ProcessPoolExecutor(1, get_context("spawn"), _start_as, (get_start_method(),)) as executor:
        return executor.submit(function, *arguments).result()


def _start_as(method: str) -> None:
    """Start processes as the command does: a spawned process would have spawned its own, too, half a second each."""
    set_start_method(method, force=True)


def run(folder: Path, columns: Columns, eight: bool) -> dict[str, Any]:
    """Prove and check the rows in a folder: milliseconds a row, bytes a row, and the most memory in megabytes."""
    path = folder / "rows.csv"
    rows = read(path, columns)
    n = len(rows)
    say(f"n = {n:,}: proving")
    proving, proved = waiting(lambda: prove_table(rows, Plan(), folder / "out", None, _tenths("proven")))
    say(f"n = {n:,}: checking")
    checking, report = waiting(lambda: check(folder / "out", None, _tenths("checked")))
    assert report.valid
    assert report.footer.counts == tuple(np.bincount(rows.permutations, minlength=8))
    result = {"n": n, "prove": 1e3 * proving / n, "verify": 1e3 * checking / n, "bytes": proved.header.row_bytes}
    own, worker = (
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    result |= {"megabytes": own, "megabytes of a worker": worker}
    return result | (_all_eight(path, columns, rows, folder) if eight else {})


def _all_eight(path: Path, columns: Columns, rows: Rows, folder: Path) -> dict[str, float]:
    """Prepare all cryptograms of all rows and select, as the paper's setup phase does."""
    n, quiet = len(rows), lambda done, total: None
    known = read(path, Columns(columns.protected, columns.actual, row_id=columns.row_id, groups=columns.groups))
    say(f"n = {n:,}: preparing all eight")
    preparing, _ = waiting(lambda: prepare_table(known, Plan(), folder / "setup", None, quiet))
    selecting, _ = waiting(lambda: select_table(rows, Plan(), folder / "setup", folder / "chosen", quiet))
    return {"prepare": 1e3 * preparing / n, "select": 1e3 * selecting / n}


def _tenths(what: str) -> Callable[[int, int], None]:
    """Progress of long runs: a line for every tenth."""
    shown = 0

    def progress(done: int, total: int) -> None:
        nonlocal shown
        if total >= 50_000 and 10 * done // total > shown:
            shown = 10 * done // total
            say(f"{done:,} of {total:,} rows {what}")

    return progress


@contextmanager
def one_cpu() -> Iterator[None]:
    """Confine this process, and the workers that it starts, to one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


# ----------------------------------------------------------------------------------------------------------- reporting


def report_core(found: dict[str, Any]) -> str:
    """The comparison on one core, in Markdown."""
    lines = [
        f"tinyec, a row: prove {found['tinyec'][0]:.2f} s, verify {found['tinyec'][1]:.3f} s. "
        f"Floors, a row: prove {1e3 * found['floor'][0]:.3f} ms, verify {1e3 * found['floor'][1]:.3f} ms.",
        "",
        "| one core, ms a row | all eight | tinyec over it | selected | over the floor | verify | tinyec over it "
        "| over the floor |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rows in map(str, CORE_ROWS):
        own = found[rows]
        lines.append(
            f"| {rows} rows | {1e3 * own['all eight']:.3f} | {own['tinyec over all eight']:,.0f} "
            f"| {1e3 * own['selected']:.3f} | {own['selected over floor']:.2f} | {1e3 * own['verify']:.3f} "
            f"| {own['tinyec over verify']:,.0f} | {own['verify over floor']:.2f} |"
        )
    return "\n".join(lines)


def report_command(rows: list[dict[str, Any]], alone: dict[str, Any] | None) -> str:
    """The command's table, in Markdown."""
    lines = [
        "| all cores, ms a row | prove | verify | all eight | select | memory, of a worker |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        eight = f"{row['prepare']:.3f} | {row['select']:.3f}" if "prepare" in row else "- | -"
        memory = f"{row['megabytes']} MB, {row['megabytes of a worker']} MB"
        lines.append(f"| {row['n']:,} rows | {row['prove']:.3f} | {row['verify']:.3f} | {eight} | {memory} |")
    compact = Header(COMPACT, PARAMS, 2, 0, bytes(20), bytes(20), bytes(32), bytes(32)).row_bytes
    lines += [
        "",
        f"Bytes a row: {rows[0]['bytes']:,} batch, {compact:,} compact, {prepared.row_bytes(PARAMS):,} prepared.",
    ]
    if alone is not None:
        many = next(row for row in rows if row["n"] == alone["n"])
        lines.append(
            f"n = {alone['n']:,} on one core: prove {alone['prove']:.3f}, verify {alone['verify']:.3f} ms a row, "
            f"{alone['prove'] / many['prove']:.2f} and {alone['verify'] / many['verify']:.2f} times as long."
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round, and 32 and 512 rows only")
    parser.add_argument("--json", type=Path, help="write the numbers here")
    options = parser.parse_args()
    core = compare(1 if options.quick else 5)
    print(report_core(core), flush=True)
    rows = [command(n, eight=n <= adult.PAPER_ROWS) for n in ((32, 512) if options.quick else (32, 512, 3166, 100_000))]
    alone = None
    if not options.quick:
        with one_cpu():
            alone = command(adult.PAPER_ROWS, eight=False)
    print(f"\n{report_command(rows, alone)}")
    if options.json:
        options.json.write_text(json.dumps({"one core": core, "command": rows, "alone": alone}, indent=1) + "\n")


if __name__ == "__main__":
    main()
