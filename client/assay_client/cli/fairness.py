"""`assay fairness`: cryptogram tables, made and checked (FaaS). Both work without a chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

from assay_client.documents.counts import counts_json, fault_json

from . import release
from .bar import bar
from .base import Command, Env, Group, Word, acting, hex_bytes, signing_key
from .counts import show_counts, show_finding
from .fairness_board import audit, board, publish
from .fairness_disputes import answer, demand, rebut, refute, retire
from .labels import labels

if TYPE_CHECKING:
    from assay_oracles.audits.fairness.evaluate import Report

    from assay_client.supplier.fairness.ledger import Ledger
    from assay_client.supplier.fairness.plan import Plan
    from assay_client.supplier.fairness.proving import Proved
    from assay_client.supplier.fairness.rows import Rows

CRYPTO_GROUPS = ("secp256k1", "dsa-3072", "dsa-2048")
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

_TABLE_OPTIONS = (
    click.option(
        "--protected", required=True, metavar="COL", help="Column of the protected group: 0, 1, ... or names."
    ),
    click.option("--actual", required=True, metavar="COL", help="Column of the actual label: 0 or 1."),
    click.option("--out", required=True, type=FOLDER, metavar="DIR", help="Folder for the result."),
    click.option(
        "--form",
        type=click.Choice(["batch", "compact"]),
        help="batch checks fast and names any culprit; compact is a third of the size. [default: batch, DSA: compact]",
    ),
    click.option("--groups", metavar="A,B,...", help="Values of the protected column, group 0 first; up to eight."),
    click.option("--row-id", metavar="COL", help="Column that identifies a row. [default: all but the prediction]"),
    click.option("--pads-to", type=Word(), default=0, metavar="N", help="Hide which rows are real among N."),
    click.option("--draw", type=Word(), default=0, metavar="N", help="Draw N rows with the auditor's --nonce."),
    click.option("--nonce", metavar="HEX", help="32 bytes from the auditor. [default: random]"),
    click.option(
        "--crypto-group",
        type=click.Choice(CRYPTO_GROUPS),
        default="secp256k1",
        show_default=True,
        help="Where cryptograms live; only tables on secp256k1 can be refuted on-chain.",
    ),
    click.option(
        "--model",
        metavar="MODEL",
        help="Your model on a network, whose predictions the rows hold; its chain and board are meant.",
    ),
    click.option("--chain-id", type=Word(), default=0, metavar="N", help="Chain of the board. [default: 0, offline]"),
    click.option("--board", metavar="ADDRESS", help="Address of the board. [default: zero, offline]"),
    click.option("--state", type=FOLDER, metavar="DIR", help="Folder of the supplier's ledger of rows and keys."),
    release.min_n("Release no fewer real rows."),
    release.min_cell("Release no permutation of fewer rows."),
)


def _table_options(function: FC) -> FC:
    for option in reversed(_TABLE_OPTIONS):
        function = option(function)
    return function


@click.group("fairness", cls=Group)
def fairness() -> None:
    """Prove group fairness without showing data or model, and check such proofs."""


for command in (answer, audit, board, demand, labels, publish, rebut, refute, retire):
    fairness.add_command(command)


@fairness.command(cls=acting("supplier"))
@click.argument("rows", type=FILE)
@click.option("--predicted", required=True, metavar="COL", help="Column of the prediction: 0 or 1, or a score.")
@click.option("--threshold", type=float, metavar="X", help="Scores from X on predict 1.")
@click.option("--prepared", type=FOLDER, metavar="DIR", help="Select from what `assay fairness prepare` made in DIR.")
@_table_options
@click.pass_obj
def prove(
    env: Env,
    /,
    rows: Path,
    predicted: str,
    threshold: float | None,
    prepared: Path | None,
    out: Path,
    **options: Any,
) -> None:
    """Write the table of ROWS (CSV with a header line, or .parquet) to DIR/table.faas.

    With --model it is made for a network, ready for `assay fairness publish`, and the account signs. Otherwise no
    network is needed; without a keystore a key is made for this table alone. An interrupted run goes on when the same
    command is given again. A ledger in --state (by default one for each account) refuses rows that overlap with those
    of an earlier table: two tables that differ in few rows tell these rows.
    """
    from assay_client.supplier.fairness.preparing import select_table
    from assay_client.supplier.fairness.proving import prove_table

    given, plan, ledger = _supply(env, rows, {**options, "predicted": predicted, "threshold": threshold})
    with bar("rows proven" if prepared is None else "rows selected") as progress:
        if prepared is None:
            proved = prove_table(given, plan, out, ledger, progress)
        else:
            proved = select_table(given, plan, prepared, out, progress)
    env.emit("fairness-prove", _proved_json(proved, plan), lambda: _show_proved(proved, _names(options)))


@fairness.command(cls=acting("supplier"))
@click.argument("rows", type=FILE)
@_table_options
@click.pass_obj
def prepare(env: Env, /, rows: Path, out: Path, **options: Any) -> None:
    """Encrypt all permutations of every row of ROWS into DIR, before predictions exist (the paper's setup phase).

    DIR stays secret: with the published table it tells every label. `assay fairness prove --prepared DIR` selects
    from it, once.
    """
    from assay_client.supplier.fairness.preparing import prepare_table

    given, plan, ledger = _supply(env, rows, {**options, "predicted": None, "threshold": None})
    with bar("rows prepared") as progress:
        header = prepare_table(given, plan, out, ledger, progress)
    payload = {"n": header.n, "table_id": header.table_id.hex(), "folder": str(out)}
    env.emit("fairness-prepare", payload, f"Prepared {header.n} rows in {out}. Keep the folder secret.")


@fairness.command(cls=Command)
@click.argument("table", metavar="DIR|FILE", type=click.Path(path_type=Path))
@release.min_n("Fewest real rows to accept.")
@release.min_cell("Fewest rows of any permutation to accept.")
@click.option("--recover", is_flag=True, help="Find the counts from the cryptograms alone too (up to 200 rows).")
@click.pass_obj
def verify(env: Env, table: Path, min_n: int, min_cell: int, recover: bool) -> int:
    """Check a table: signature, every proof, sums, counts; then compute the metrics. Needs neither key nor chain.

    Exit code 0: valid. 1: false, with the row to blame and the reason; or true, but smaller than you accept. 3: no
    table at all. An interrupted check of a long table goes on when the same command is given again.
    """
    from assay_oracles.audits.fairness.release import Release

    from assay_client.verifier.fairness.checking import Memory, check, recover_counts, require_recoverable

    if recover:
        require_recoverable(table)
    with bar("rows checked") as progress:
        report = check(table, Memory.of_user(), progress)
    reason = report.reason or Release(min_n, min_cell).violation(report.footer.counts)
    payload = _report_json(report, reason)
    if recover and report.valid:
        found = recover_counts(table, report.header)
        payload["recovered"] = None if found is None else list(found)
    env.emit("fairness-verify", payload, lambda: _show_report(report, reason, payload))
    return 1 if reason else 0


def _supply(env: Env, path: Path, options: dict[str, Any]) -> tuple[Rows, Plan, Ledger | None]:
    """Read the rows, and what else a supplier's command needs."""
    from assay_oracles.audits.fairness.groups import GroupId
    from assay_oracles.audits.fairness.params import BATCH, COMPACT
    from assay_oracles.audits.fairness.release import Release
    from assay_oracles.audits.fairness.signature import address_of

    from assay_client.supplier.fairness.ledger import LEDGER, Ledger
    from assay_client.supplier.fairness.plan import Plan
    from assay_client.supplier.fairness.rows import Columns, read

    rows = read(
        path,
        Columns(
            options["protected"],
            options["actual"],
            options["predicted"],
            options["threshold"],
            options["row_id"],
            _names(options),
        ),
    )
    group = GroupId(1 + CRYPTO_GROUPS.index(options["crypto_group"]))
    form = options["form"] or ("batch" if group is GroupId.SECP256K1 else "compact")
    chain_id, board, signer, model = _binding(env, options)
    plan = Plan(
        BATCH if form == "batch" else COMPACT,
        group,
        options["pads_to"],
        options["draw"],
        hex_bytes(options["nonce"], 32, "--nonce"),
        chain_id,
        board,
        signer,
        model,
        Release(options["min_n"], options["min_cell"]),
    )
    state: Path | None = options["state"]
    ledger = None if state is None else Ledger(state / LEDGER)
    if signer is None:
        env.say("No keystore: a key made for this table alone signs it, and nobody can tell who the supplier is.")
    else:
        ledger = Ledger.of(f"0x{address_of(signer).hex()}", state)
    if ledger is not None and rows.by_position:
        env.say("Some rows are equal: the ledger knows them by their place in this file. --row-id does better.")
    return rows, plan, ledger


def _names(options: dict[str, Any]) -> tuple[str, ...]:
    """The values of the protected column, group 0 first; empty when they are numbers."""
    return tuple(name.strip() for name in options["groups"].split(",")) if options["groups"] else ()


def _binding(env: Env, options: dict[str, Any]) -> tuple[int, bytes, int | None, int | None]:
    """Chain id, board, signing key and model of the table: the network's with --model, else as the options say."""
    if options["model"] is not None:
        from assay_client.supplier.fairness.network import bind

        if options["chain_id"] or options["board"]:
            raise click.UsageError("--model fills in --chain-id and --board: leave them out")
        found = env.client.model(options["model"])
        return *bind(env.session, found), found.model.id
    if env.acting_as is not None:
        raise click.UsageError("--as names an account of a network: give --model too, or --keystore")
    board = hex_bytes(options["board"], 20, "--board") or bytes(20)
    return options["chain_id"], board, signing_key(env.keystore, env.password_file), None


def _proved_json(proved: Proved, plan: Plan) -> dict[str, Any]:
    return {
        "n": proved.header.n,
        "counts": list(proved.footer.counts),
        "digest": proved.digest.hex(),
        "file": str(proved.path),
        "form": "batch" if proved.header.form == 2 else "compact",
        "table_id": proved.header.table_id.hex(),
        "root": proved.footer.root.hex(),
        "supplier": f"0x{proved.header.supplier.hex()}",
        "ephemeral_key": plan.signer is None,
    }


def _show_proved(proved: Proved, names: tuple[str, ...]) -> None:
    counts = " ".join(map(str, proved.footer.counts))
    if names:
        known = ", ".join(f"{group} is {name}" for group, name in enumerate(names))
        click.echo(f"Groups: {known}; the table does not name them")
    click.echo(
        f"Wrote {proved.path}: {proved.header.n} rows, {proved.header.file_bytes:,} bytes\n"
        f"Counts of the permutations 0 to {len(proved.footer.counts) - 1}: {counts}\n"
        f"SHA-256 {proved.digest.hex()}\n"
        f"Signed by 0x{proved.header.supplier.hex()}"
    )


def _report_json(report: Report, reason: str) -> dict[str, Any]:
    """The report for programs. What a false table claims is not repeated; of one that is only too small it is."""
    counts, header = report.footer.counts, report.header
    return {
        "valid": not reason,
        "n": header.n,
        **counts_json(counts if report.valid else None),
        "reason": reason,
        "row": report.fault.row if report.fault else None,
        "fault": fault_json(report.fault),
        "supplier": f"0x{header.supplier.hex()}",
        "table_id": header.table_id.hex(),
        "root": report.footer.root.hex(),
        "pads": header.n - sum(counts) if report.valid else None,
    }


def _show_report(report: Report, reason: str, payload: dict[str, Any]) -> None:
    show_finding(f"{report.header.n} rows of 0x{report.header.supplier.hex()}", report.reason, reason)
    if not report.valid:
        return
    show_counts(payload)
    if "recovered" in payload:
        click.echo(f"Counts recovered without the declaration: {payload['recovered']}")
