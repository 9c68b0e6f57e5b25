"""What a cryptogram table costs: per row to prove and to verify, in one run, against the published approach.

Run ``python benchmarks/fairness.py`` (about 15 minutes on two cores; ``--quick`` for a look). Three columns:

- *tinyec*: the published approach, pure-Python curve arithmetic with a scalar multiplication for every term, all eight
  permutations and proofs a row. A few rows are timed and scaled: its cost a row does not depend on n.
- *all eight*: the same work by this project (the paper's setup phase), then one selected.
- *selected*: only the cryptogram of the predicted permutation is ever made.

Verification is the same in all three: one cryptogram with its eight-branch proof a row. Times on one core are of
computing, so that other work on the machine weighs less; times of the command, on all cores, are by the wall clock.
Floors: 17 multiplications of the generator a row to prove, one multi-scalar multiplication with 20 terms of half length
a row to verify.
"""

import argparse
import csv
import json
import resource
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from assay_client.supplier.fairness.plan import Plan
from assay_client.supplier.fairness.preparing import prepare_table, select_table
from assay_client.supplier.fairness.proving import prove_table
from assay_client.supplier.fairness.rows import Columns, Rows, read
from assay_client.verifier.fairness.checking import check
from assay_oracles.audits.fairness import evaluate, prepared, prove
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER, Secp256k1
from assay_oracles.audits.fairness.msm import Points
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Params
from assay_oracles.audits.fairness.table import Header
from tinyec.ec import Curve, Point, SubGroup

P = 2**256 - 2**32 - 977
PARAMS = Params()
GROUP = Secp256k1()


def timed(action: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> tuple[float, Any]:
    """Seconds (of this process's computing, unless another clock is given), and what came of it."""
    begin = clock()
    result = action()
    return clock() - begin, result


def waited(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds by the clock on the wall, and what came of it."""
    return timed(action, time.perf_counter)


# ------------------------------------------------------------------------------------------- the published approach


class Tinyec:
    """All eight permutations and proofs a row, term by term, as the authors wrote it down."""

    def __init__(self) -> None:
        """Build secp256k1, which tinyec does not know by name."""
        base = GROUP.base(1)
        generator = int.from_bytes(base[:32], "big"), int.from_bytes(base[32:], "big")
        self.curve = Curve(0, 7, SubGroup(P, generator, ORDER, 1), "secp256k1")
        self.g = self.curve.g
        self.encodings = [encoding * self.g for encoding in PARAMS.encodings]

    def prove(self, x: int, mask: Point, choice: int) -> tuple[Point, list[tuple[Point, Point, int, int]]]:
        """One cryptogram and its proof."""
        public, cryptogram = x * self.g, x * mask + self.encodings[choice]
        branches = []
        for j in range(8):
            c, r = secrets.randbelow(ORDER), secrets.randbelow(ORDER)
            if j == choice:
                branches.append((r * self.g, r * mask, c, r))
            else:
                a = r * self.g + c * public
                branches.append((a, r * mask + c * (cryptogram - self.encodings[j]), c, r))
        return cryptogram, branches

    def verify(self, public: Point, mask: Point, cryptogram: Point, branches: Any) -> None:
        """The equations of one proof; their truth does not matter for their cost."""
        for j, (_, _, c, r) in enumerate(branches):
            _ = r * self.g + c * public
            _ = r * mask + c * (cryptogram - self.encodings[j])

    def measure(self, rows: int) -> tuple[float, float]:
        """Seconds a row to prove and to verify."""
        proving = checking = 0.0
        for _ in range(rows):
            x, mask = secrets.randbelow(ORDER), secrets.randbelow(ORDER) * self.g
            seconds, proofs = timed(lambda x=x, mask=mask: [self.prove(x, mask, k) for k in range(8)])
            proving += seconds
            cryptogram, branches = proofs[3]
            seconds, _ = timed(lambda x=x, mask=mask, c=cryptogram, b=branches: self.verify(x * self.g, mask, c, b))
            checking += seconds
        return proving / rows, checking / rows


# -------------------------------------------------------------------------------------------------- floors and one core


def floors(rows: int = 256) -> tuple[float, float]:
    """Seconds a row that nothing of this kind can go below."""
    scalars = [secrets.randbelow(ORDER - 1) + 1 for _ in range(17)]
    proving, _ = timed(lambda: [GROUP.base_many(scalars) for _ in range(rows)])
    elements = b"".join(GROUP.base_many([secrets.randbelow(ORDER - 1) + 1 for _ in range(20 * rows)]))
    points = Points(np.frombuffer(elements, dtype=np.uint8).reshape(-1, 64))
    digits = np.frombuffer(secrets.token_bytes(32 * 20 * rows), dtype=np.uint8).reshape(-1, 32)
    checking, _ = timed(lambda: points.multiply(digits, np.zeros(20 * rows, dtype=np.bool_)))
    return proving / rows, checking / rows


def one_core(rows: int) -> dict[str, float]:
    """Seconds a row on one core: selected, all eight, and verification of a chunk."""
    table, secret = bytes(32), prove.Secret.fresh(PARAMS)
    choices = bytes(secrets.randbelow(8) for _ in range(rows))
    start, *_ = prove.starts(secret, PARAMS, choices, rows)
    selected, (data, _) = timed(lambda: prove.prove_rows(table, secret, PARAMS, BATCH, start, choices))
    few = max(1, rows // 8)
    eight, _ = timed(lambda: prepared.prepare_rows(table, secret, PARAMS, start, few))
    checking, _ = timed(lambda: evaluate.check_batch(table, PARAMS, 1, b"", data))
    return {"selected": selected / rows, "all eight": eight / few, "verify": checking / rows}


# --------------------------------------------------------------------------------------------------------- the drivers


def write_rows(path: Path, n: int) -> None:
    """Rows with an identity each, all permutations as likely."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "group", "actual", "predicted"))
        for number in range(n):
            writer.writerow((number, secrets.randbelow(2), secrets.randbelow(2), secrets.randbelow(2)))


def drivers(n: int, *, eight: bool) -> dict[str, Any]:
    """What the command does with n rows, on all cores: seconds a row, bytes a row, peak memory so far."""
    with tempfile.TemporaryDirectory() as name:
        folder, quiet = Path(name), lambda done, total: None
        write_rows(folder / "rows.csv", n)
        columns = ("group", "actual")
        rows: Rows = read(folder / "rows.csv", Columns(*columns, "predicted", row_id="id"))
        seconds, proved = waited(lambda: prove_table(rows, Plan(), folder / "out", None, quiet))
        checking, report = waited(lambda: check(folder / "out", None, quiet))
        assert report.valid
        result: dict[str, Any] = {
            "n": n,
            "prove": seconds / n,
            "verify": checking / n,
            "bytes batch": proved.header.row_bytes,
            "bytes compact": Header(COMPACT, PARAMS, n, 0, bytes(20), bytes(20), bytes(32), bytes(32)).row_bytes,
            "bytes prepared": prepared.row_bytes(PARAMS),
        }
        if eight:
            unlabelled = read(folder / "rows.csv", Columns(*columns, row_id="id"))
            seconds, _ = waited(lambda: prepare_table(unlabelled, Plan(), folder / "setup", None, quiet))
            choosing, _ = waited(lambda: select_table(rows, Plan(), folder / "setup", folder / "chosen", quiet))
            result |= {"prepare": seconds / n, "select": choosing / n}
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return result | {"megabytes": own / 1024, "megabytes a worker": children / 1024}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="32 and 512 rows, and one row of tinyec")
    parser.add_argument("--json", type=Path, help="write the numbers here")
    options = parser.parse_args()
    sizes = (32, 512) if options.quick else (32, 512, 3166, 100_000)

    floor_prove, floor_verify = floors()
    single = {rows: one_core(rows) for rows in (512, 1583)}
    tinyec_prove, tinyec_verify = Tinyec().measure(1 if options.quick else 4)
    print(f"tinyec, a row: prove {tinyec_prove:.2f} s, verify {tinyec_verify:.2f} s")
    print(f"floors, a row: prove {1e3 * floor_prove:.3f} ms, verify {1e3 * floor_verify:.3f} ms")
    print("\nOne core, milliseconds a row (in parentheses: times the floor; how many times tinyec)")
    for rows, found in single.items():
        print(
            f"{rows:>7} rows  selected {1e3 * found['selected']:.3f} ({found['selected'] / floor_prove:.2f})"
            f"  all eight {1e3 * found['all eight']:.3f} ({tinyec_prove / found['all eight']:,.0f}x)"
            f"  verify {1e3 * found['verify']:.3f} ({found['verify'] / floor_verify:.2f};"
            f" {tinyec_verify / found['verify']:,.0f}x)"
        )
    print("\nThe command, all cores, milliseconds a row")
    driven = []
    for n in sizes:
        row = drivers(n, eight=n <= 3166)
        driven.append(row)
        parts = [f"{name} {1e3 * row[name]:.3f}" for name in ("prove", "verify", "prepare", "select") if name in row]
        sizes_of = [f"{name} {row[name]:,}" for name in row if name.startswith("bytes")]
        memory = f"{row['megabytes']:.0f} MB and {row['megabytes a worker']:.0f} MB a worker"
        print(f"{n:>7} rows  {'  '.join(parts)}  {'  '.join(sizes_of)}  {memory}")
    if options.json:
        numbers = {
            "tinyec": {"prove": tinyec_prove, "verify": tinyec_verify},
            "floors": {"prove": floor_prove, "verify": floor_verify},
            "one core": single,
            "command": driven,
        }
        options.json.write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main()
