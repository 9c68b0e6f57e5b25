"""`assay fairness refute`, `rebut`, `demand`, `answer` and `retire`: what is said against tables, and for them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay_client.documents.counts import dispute_json

from .bar import bar
from .base import Env, acting, hex_bytes

if TYPE_CHECKING:
    from assay_client.supplier.fairness.answering import Answer
    from assay_client.verifier.fairness.demanding import Asked
    from assay_client.verifier.fairness.refuting import Refutation

Verifier = acting("viewer")


@click.command("refute", cls=Verifier)
@click.argument("table", metavar="TABLE|DIR")
@click.pass_obj
def refute(env: Env, table: str) -> int:
    """Check a published table whole, and refute it if it is false: no matter what oracles said, nobody needs a role.

    TABLE is its id; a DIR is a copy of its file. Of what is false, the check whose failing costs least to show is
    announced, and shown a block later. After an interruption the same command goes on. Whoever is first is owed a
    tenth of what the supplier and the oracles who vouched for the table lose.

    Exit code 0: the table is refuted, by you or before. 1: it holds, there is nothing to refute. 2: its file does not
    hold the rows that were published. 4: its file cannot be had. In both cases `assay fairness demand` is left.
    """
    with bar("rows checked") as progress:
        posted, found = env.client.refute(table, progress, env.say)
    payload = {"table_id": posted.table.id.hex(), "refuted": found is not None}
    env.emit("fairness-refute", payload | _refutation_json(env, found), lambda: _show_refutation(found))
    return 0 if found else 1


@click.command("rebut", cls=Verifier)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.pass_obj
def rebut(env: Env, audit_id: int) -> int:
    """Rebut AUDIT, whose oracles found a table false, by the very check that they named: it holds, or does not exist.

    The client is refunded then, and the oracles who named it are slashed. Exit code 1: they are right.
    """
    done = env.client.rebut(audit_id)
    said = f"Audit {audit_id} is rebutted." if done else f"Audit {audit_id} is right: the check that it names fails."
    env.emit("fairness-rebut", {"audit_id": audit_id, "rebutted": done}, said)
    return 0 if done else 1


@click.command("demand", cls=Verifier)
@click.argument("table", metavar="TABLE")
@click.argument("row", type=click.IntRange(min=1))
@click.option("--wait", is_flag=True, help="Wait until the row is shown, or cannot be any more.")
@click.pass_obj
def demand(env: Env, table: str, row: int, wait: bool) -> int:
    """Ask for ROW of the published TABLE (its id), whose file cannot be had, and deposit a bond.

    Whoever shows the row in time gets the bond. If nobody does, the same command ends the demand: the table is refuted,
    and the bond comes back.

    Exit code 0: the row was shown. 1: it was not, and the table is refuted. 2: it is still awaited.
    """
    table_id = hex_bytes(table, 32, "TABLE")
    assert table_id is not None, "the argument is required"
    asked = env.client.demand(table_id, row, wait=wait)
    bond = {"demander": asked.demand.demander, "deadline_block": asked.demand.deadline or None}
    payload = {"table_id": table_id.hex(), "row": row, "state": asked.state, "block": asked.block}
    env.emit("fairness-demand", payload | bond, _asked(asked))
    return {"answered": 0, "refuted": 1, "awaited": 2}[asked.state]


@click.command("answer", cls=acting("supplier"))
@click.argument("copies", metavar="[DIR|FILE]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--watch", is_flag=True, help="Go on answering until you are stopped.")
@click.pass_obj
def answer(env: Env, copies: tuple[Path, ...], watch: bool) -> int:
    """Show the rows that somebody demands: of the tables in these files, or of all of your own from the store.

    A demand that nobody answers in time refutes its table, and the table's bond is lost. Exit code 4: a row could not
    be shown.
    """
    from assay_client.watching import pause

    while True:
        answers = env.client.answer(copies)
        for each in answers:
            if watch:
                env.say(_answered(each))
        if not watch:
            break
        time.sleep(pause(env.session))
    payload = {"answers": [_answer_json(each) for each in answers]}
    env.emit("fairness-answer", payload, "\n".join(map(_answered, answers)) or "Nobody waits for a row.")
    return 4 if any(each.trouble for each in answers) else 0


@click.command("retire", cls=acting("supplier"))
@click.argument("table", metavar="TABLE")
@click.pass_obj
def retire(env: Env, table: str) -> int:
    """Retire your TABLE (its id), and take its bond back once its unbonding period is over.

    A retired table cannot be audited any more; what was verified stays on the board, and can still be refuted. After
    the period give the same command again. Exit code 2: the bond is not due yet.
    """
    table_id = hex_bytes(table, 32, "TABLE")
    assert table_id is not None, "the argument is required"
    found = env.client.retire(table_id)
    payload = {"table_id": table_id.hex(), "release_block": found.release_block, "bonded": found.bonded}
    said = "The table is retired, and cannot be audited any more. "
    said += f"Its bond is due after block {found.release_block}; then give this command again."
    if not found.bonded:
        said = "Its bond has left the vault. What you are owed: `assay withdraw`."
    env.emit("fairness-retire", payload, said)
    return 2 if found.bonded else 0


def _refutation_json(env: Env, found: Refutation | None) -> dict[str, Any]:
    if found is None:
        return {"fault": None, "refuter": None, "mine": False, "gas": None, "block": None, "tx": None}
    account = env.session.account
    assert account is not None, "the command acts as somebody"
    return {
        "fault": dispute_json(found.event.fault),
        "earlier_table": found.event.other.hex() if any(found.event.other) else None,
        "refuter": found.event.refuter,
        "mine": found.event.refuter == account.address,
        "gas": found.gas,
        "block": found.event.block,
        "tx": f"0x{found.event.tx_hash.hex()}",
    }


def _show_refutation(found: Refutation | None) -> None:
    if found is None:
        click.echo("The table holds: every proof, every key. There is nothing to refute.")
        return
    event = found.event
    click.echo(f"Refuted in block {event.block} by {event.refuter} ({found.gas:,} gas)")
    click.echo(f"Row {event.fault.row}: {dispute_json(event.fault)['sentence']}")
    if any(event.other):
        click.echo(f"The earlier row is of table {event.other.hex()}")


def _asked(asked: Asked) -> str:
    return {
        "answered": f"Row {asked.row} was shown on the chain. The table stands, as far as this row goes.",
        "refuted": f"Nobody showed row {asked.row}: the table is refuted." if not asked.demand.answered else "Refuted.",
        "awaited": f"Row {asked.row} can be shown up to block {asked.demand.deadline}. After it give the same command.",
    }[asked.state]


def _answered(each: Answer) -> str:
    name = f"row {each.demand.row} of table {each.demand.table_id.hex()}"
    if each.trouble is None:
        return f"Showed {name}"
    return f"Cannot show {name}, awaited up to block {each.demand.deadline}: {each.trouble.message}"


def _answer_json(each: Answer) -> dict[str, Any]:
    return {
        "table_id": each.demand.table_id.hex(),
        "row": each.demand.row,
        "deadline_block": each.demand.deadline,
        "tx": f"0x{each.tx.hex()}" if each.tx else None,
        **(each.trouble.to_json() if each.trouble else {"error": None}),
    }
