"""`assay fairness publish`, `audit` and `board`: fairness tables on a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay_client.documents.counts import counts_json, fault_json
from assay_client.documents.tables import posted_json

from .bar import bar
from .base import Env, Reading, acting
from .counts import show_counts

if TYPE_CHECKING:
    from assay_client.fairness_board import Posted
    from assay_client.verifier.fairness.auditing import TableAudit

FOLDER = click.Path(file_okay=False, path_type=Path)
HEADLINES = {
    "demographic_parity_difference": "parity",
    "equal_opportunity_difference": "opportunity",
    "equalised_odds_difference": "odds",
}


@click.command("publish", cls=acting("supplier"))
@click.argument("table", metavar="DIR|FILE", type=click.Path(path_type=Path))
@click.option(
    "--model", metavar="MODEL", help="Whose predictions the rows hold. [default: the one they were proven for]"
)
@click.option("--store", metavar="URI", help="Where to put the file. Default: the address book's store.")
@click.option("--state", type=FOLDER, metavar="DIR", help="Folder of your ledger, as for `assay fairness prove`.")
@click.pass_obj
def publish(env: Env, table: Path, model: str | None, store: str | None, state: Path | None) -> None:
    """Publish the table in DIR (made by `assay fairness prove --model MODEL`): pending until oracles verify it.

    It is checked first, as an oracle would; then its file is stored and its record sent to the fairness board. After an
    interruption give the same command again: what is on the board already is reported, not published twice.
    Exit code 1: your own table does not hold.
    """
    from assay_client.supplier.fairness import submitting
    from assay_client.supplier.fairness.ledger import Ledger

    account = env.session.account
    assert account is not None, "the command acts as somebody"
    ledger = Ledger.of(account.address, state)
    found = env.client.model(submitting.proven_for(table, ledger) if model is None else model)
    with bar("rows checked") as progress:
        posting = submitting.publish(env.session, table, found, ledger, progress, store=store, say=env.say)
    table_id = posting.header.table_id.hex()
    env.emit(
        "fairness-publish",
        {
            "table_id": table_id,
            "model_id": found.model.id,
            "n": posting.header.n,
            "counts": list(posting.footer.counts),
            "digest": posting.artifact.digest.hex(),
            "uri": posting.artifact.uri,
            "tx": f"0x{posting.tx.hex()}",
            "gas": posting.gas,
            "new": posting.new,
        },
        f"Table {table_id} of model {found.model.id} is {'published' if posting.new else 'published already'} "
        f"({posting.gas:,} gas). Have it verified with: assay audit request {found.model.id} --kind fairness",
    )


@click.command("audit", cls=Reading)
@click.argument("subjects", metavar="TABLE|MODEL|DIR...", nargs=-1, required=True)
@click.pass_obj
def audit(env: Env, subjects: tuple[str, ...]) -> int:
    """Check published tables from public data alone: no key, no role, no trust in oracles.

    A TABLE is named by its id, all tables of a MODEL by its number or name, a copy of a file by its DIR. Each file is
    fetched by digest; it must be what the board has on record, every proof must hold, no key X may be that of an
    earlier table of the supplier, and the oracles must have decided alike.

    Exit code 0: all of it holds. 1: something does not. 2: not everything could be compared. 4: a file cannot be had.
    """
    audits = []
    for subject in subjects:
        with bar("rows checked") as progress:
            audits += env.client.audit_tables(subject, progress)
    sound = _all_sound(audits)
    env.emit(
        "fairness-audit",
        {"sound": sound, "tables": [_audit_json(found) for found in audits]},
        lambda: _show_audits(audits),
    )
    if sound is None:
        return 4 if any(found.valid is None for found in audits) else 2
    return 0 if sound else 1


@click.command("board", cls=Reading)
@click.option("--model", metavar="MODEL", help="Only tables of this model (number or name).")
@click.pass_obj
def board(env: Env, model: str | None) -> None:
    """List every published fairness table: its state, size, metrics and audits.

    The counts of a pending table are its supplier's word; those of a rejected or refuted one are not repeated. A
    retired one cannot be audited any more.
    """
    posted = env.client.tables(model)
    env.emit("fairness-board", {"tables": [posted_json(found) for found in posted]}, lambda: _show_board(posted))


def _all_sound(audits: list[TableAudit]) -> bool | None:
    verdicts = [found.sound for found in audits]
    return False if False in verdicts else None if None in verdicts or not verdicts else True


def _audit_json(found: TableAudit) -> dict[str, Any]:
    return {
        **posted_json(found.posted),
        **counts_json(found.posted.counts if found.valid else None),
        "sound": found.sound,
        "valid": found.valid,
        "reason": found.reason,
        "row": found.fault.row if found.fault else None,
        "fault": fault_json(found.fault),
        "reuse": {
            "row": found.reuse.row,
            "earlier_table": found.reuse.earlier.hex(),
            "earlier_row": found.reuse.earlier_row,
        }
        if found.reuse
        else None,
        "compared": [table_id.hex() for table_id in found.compared],
        "missing": [table_id.hex() for table_id in found.missing],
        "oracles_agree": found.agrees,
    }


def _show_board(tables: list[Posted]) -> None:
    """Print an id a line, which commands take whole, and what is known of the table below it."""
    if not tables:
        click.echo("No table is published yet.")
        return
    for posted in tables:
        table, audits = posted.table, ", ".join(map(str, posted.audits)) or "none"
        click.echo(table.id.hex())
        state = f"{posted.state}, retired" if posted.retired else posted.state
        click.echo(f"  {state}; model {table.model_id}, {table.n} rows, {posted.groups} groups; audits: {audits}")
        if not posted.false:
            known = counts_json(posted.counts)["metrics"]
            found = ", ".join(f"{word} {_short(known[name])}" for name, word in HEADLINES.items())
            click.echo(f"  {'claimed ' if posted.state == 'pending' else ''}differences: {found}")


def _short(estimate: dict[str, float | None]) -> str:
    value = estimate["value"]
    return "undefined" if value is None else f"{value:.4f}"


def _show_audits(audits: list[TableAudit]) -> None:
    for found in audits:
        table = found.posted.table
        word = {True: "valid", False: "FALSE", None: "cannot be told"}[found.valid]
        click.echo(f"Table {table.id.hex()} of model {table.model_id}: {word}")
        if found.reason:
            click.echo(f"Because: {found.reason}")
        if found.reuse:
            reuse = found.reuse
            click.echo(f"Row {reuse.row} has the key of row {reuse.earlier_row} of table {reuse.earlier.hex()}")
        elif found.valid:
            lost = f"; {len(found.missing)} cannot be had" if found.missing else ""
            click.echo(f"No key is used again: {len(found.compared)} earlier tables of {table.supplier} compared{lost}")
        click.echo(_said(found))
        if found.valid:
            show_counts(counts_json(found.posted.counts))
    if not audits:
        click.echo("There is nothing to check.")


def _said(found: TableAudit) -> str:
    table, number = found.posted.table, found.posted.table.audit_id
    if table.refuter:
        return f"It was refuted by {table.refuter}: assay fairness refute {table.id.hex()} shows how"
    if not number:
        return "No oracles have decided about it yet"
    state = found.posted.state
    agree = {True: "they are right", False: "THEY ARE WRONG", None: "which cannot be checked"}[found.agrees]
    return f"Oracles found it {'true' if state == 'verified' else 'false'} in audit {number}: {agree}"
