"""`assay audit`: pay for audits and follow them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from assay_client.documents.audits import ballot_json, joined, status_json, word

from .base import Env, Group, Reading, acting, hex_bytes
from .report import report, verify_report

if TYPE_CHECKING:
    from assay_client import Offer, Status

Client = acting("client")
KINDS = ("whitebox", "service", "both", "fairness")


@click.group("audit", cls=Group)
def audit() -> None:
    """Request audits, pay for them and follow them."""


@audit.command(cls=Client)
@click.argument("model")
@click.option("--kind", type=click.Choice(KINDS), default="whitebox", show_default=True, help="What to audit.")
@click.option("--policy", metavar="POLICY", help="Number or name. Default: the newest that fits the model.")
@click.option("--max-fee", metavar="TOKENS", help="Refuse to pay more than this. Default: what is quoted.")
@click.option("--table", metavar="ID", help="Fairness table to audit. Default: the model's newest pending one.")
@click.option("--test-set", metavar="FILE|URI", help="Your own test set. Default: the one that the manifest declares.")
@click.option("--yes", "-y", is_flag=True, help="Pay without asking.")
@click.pass_obj
def request(
    env: Env,
    model: str,
    kind: str,
    policy: str | None,
    max_fee: str | None,
    table: str | None,
    test_set: str | None,
    yes: bool,
) -> int:
    """Pay for an audit of MODEL (number or name).

    The cost is shown first, and in a terminal confirmed. The audit is opened on the next block. Exit code 2: it was
    cancelled and refunded, because too few oracles could be drawn.
    """
    from assay_chain.amounts import format_amount, parse_amount
    from assay_chain.wrappers.policies import Kind

    limit = None if max_fee is None else parse_amount(max_fee)
    table_id = hex_bytes(table, 32, "--table")
    offer = env.client.quote(model, policy=policy, kind=Kind[kind.upper()], table=table_id)
    _show(env, offer)
    if not (yes or env.as_json) and sys.stdin.isatty():
        click.confirm("Pay?", abort=True, err=True)
    try:
        receipt = env.client.request(offer, max_fee=limit, test_set=test_set)
    except KeyboardInterrupt:
        env.say("It may be paid already: `assay audit open` opens what was, and says which.")
        raise
    opened = env.client.status(receipt.audit_id)
    said = f"Audit {receipt.audit_id} is paid and open. Follow it with: assay audit wait {receipt.audit_id}"
    if opened.ended:
        said = (
            f"Audit {receipt.audit_id} is cancelled: too few oracles could be drawn. `assay withdraw` takes the refund."
        )
    env.emit(
        "audit-request",
        {
            "audit_id": receipt.audit_id,
            "model_id": offer.published.model.id,
            "kind": kind,
            "table": offer.table.hex() if offer.table else None,
            "policy": offer.policy.name,
            "cost": format_amount(receipt.cost),
            "block": receipt.block,
            "tx": receipt.tx,
            "phase": opened.stage.value,
        },
        said,
    )
    return 2 if opened.ended else 0


def _show(env: Env, offer: Offer) -> None:
    from assay_chain.amounts import format_amount

    model, terms = offer.published, offer.policy.terms
    env.say(f"Model {model.model.id} ({model.name}) under policy {offer.policy.name}")
    if offer.table:
        env.say(f"Fairness table {offer.table.hex()}")
    cost, each = format_amount(offer.fee), format_amount(terms.fee_per_oracle)
    if offer.earlier:
        count, newest = len(offer.earlier), offer.earlier[-1]
        were = "was 1 audit before, number" if count == 1 else f"were {count} audits before, the newest is"
        env.say(f"There {were} {newest} (assay audit list {model.model.id}).")
    env.say(f"Cost: {cost} for {offer.roster_size} oracles, {each} each. What they do not earn comes back.")


@audit.command("open", cls=Client)
@click.pass_obj
def open_(env: Env) -> None:
    """Open the audits that an interrupted request left unopened.

    Those that can no longer be opened are taken back, less the policy's forfeit.
    """
    opened = env.client.open()
    said = f"Opened: {', '.join(map(str, opened))}" if opened else "Nothing was left to open."
    env.emit("audit-open", {"audit_ids": opened}, said)


@audit.command(cls=Reading)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.option("--timeout", metavar="SECONDS", type=float, help="Stop waiting after this. Default: never.")
@click.pass_obj
def wait(env: Env, audit_id: int, timeout: float | None) -> int:
    """Follow AUDIT until it ends.

    Exit code 0: final, with values. 1: final, and what the supplier published is false or invalid, or its table was
    refuted. 2: expired, unavailable, rebutted or timed out.
    """
    from .progress import Progress

    with Progress() as progress:
        for status in env.client.follow(audit_id, timeout=timeout):
            progress.show(status)
    env.emit("audit-wait", status_json(status), _sentence(status))
    return exit_code(status)


@audit.command(cls=Reading)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.pass_obj
def status(env: Env, audit_id: int) -> None:
    """Show where AUDIT stands."""
    found = env.client.status(audit_id)
    env.emit("audit-status", status_json(found), _sentence(found))


@audit.command(cls=Client)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.pass_obj
def settle(env: Env, audit_id: int) -> None:
    """Take AUDIT's next step when it is due and no oracle did: expire, close or finalize.

    It costs nothing but gas and needs no role: nobody's money depends on the oracles staying up.
    """
    found = env.client.settle(audit_id)
    env.emit("audit-settle", status_json(found), _sentence(found))


@audit.command(cls=Client)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.option("--yes", "-y", is_flag=True, help="Pay without asking.")
@click.pass_obj
def appeal(env: Env, audit_id: int, yes: bool) -> None:
    """Have more oracles vote on AUDIT, a whitebox audit that was decided and is not final yet.

    They are added to those who voted, and all votes together decide, once and for good. The deposit pays those added.
    You get it back when the decision is replaced, as far as the bonds of those who were wrong suffice, and nothing when
    it is confirmed. Anyone may appeal; no role is needed.
    """
    from assay_chain.amounts import format_amount

    offer = env.client.quote_appeal(audit_id)
    env.say(
        f"Deposit: {format_amount(offer.deposit)} for {len(offer.added)} more oracles. The last block for an appeal is "
        f"{offer.deadline_block}; this is block {offer.block}."
    )
    if not (yes or env.as_json) and sys.stdin.isatty():
        click.confirm("Pay?", abort=True, err=True)
    receipt = env.client.appeal(offer)
    env.emit(
        "audit-appeal",
        {
            "audit_id": audit_id,
            "deposit": format_amount(receipt.deposit),
            "added": list(receipt.added),
            "block": receipt.block,
            "tx": receipt.tx,
        },
        f"Audit {audit_id} is appealed: {len(receipt.added)} more oracles vote. Follow it with: "
        f"assay audit wait {audit_id}",
    )


@audit.command("list", cls=Reading)
@click.argument("model")
@click.pass_obj
def list_(env: Env, model: str) -> None:
    """List every audit ever requested of MODEL, oldest first."""
    found = env.client.history(model)

    def human() -> None:
        from .tables import table

        if not found:
            click.echo("No audit of it was ever requested.")
            return
        rows = [
            (str(s.audit_id), str(s.request_block), s.stage.value, word(s.outcome), s.client, _subject(s))
            for s in found
        ]
        table(("audit", "block", "phase", "outcome", "client", "audited"), rows)

    env.emit("audit-list", {"audits": [status_json(status) for status in found]}, human)


@audit.command(cls=Reading)
@click.argument("audit_id", metavar="AUDIT", type=int)
@click.option("--lanes", is_flag=True, help="Also show every lane of every vote.")
@click.pass_obj
def votes(env: Env, audit_id: int, lanes: bool) -> None:
    """Show what every oracle of AUDIT did."""
    found = env.client.votes(audit_id)

    def human() -> None:
        from .tables import table

        table(
            ("seat", "oracle", "committed", "verdict", "standing", "joined"),
            [
                (str(b.seat), b.operator, "yes" if b.committed else "no", word(b.verdict), b.standing, joined(b))
                for b in found
            ],
        )
        if lanes:
            valued = [ballot for ballot in found if ballot.lanes]
            names = list(valued[0].lanes) if valued else []
            columns = ("lane", *(f"seat {ballot.seat}" for ballot in valued))
            table(columns, [(name, *(str(ballot.lanes[name]) for ballot in valued)) for name in names])

    env.emit("audit-votes", {"audit_id": audit_id, "votes": [ballot_json(ballot) for ballot in found]}, human)


audit.add_command(report)
audit.add_command(verify_report)


def exit_code(status: Status) -> int:
    """0 for values, 1 for a table found false or a specification found invalid, 2 for what found nothing out."""
    from assay_chain.wrappers.board import Verdict
    from assay_oracles.protocol.round import Stage

    if status.refuted:
        return 1
    if status.stage not in (Stage.FINAL, Stage.OVERTURNED):
        return 2
    return {Verdict.VALUES: 0, Verdict.INVALID: 1, Verdict.INVALID_SPEC: 1}.get(status.outcome, 2)


def _sentence(status: Status) -> str:
    parts = [f"Audit {status.audit_id} of model {status.model_id} at block {status.block}: {status.stage.value}"]
    if status.refuted:
        parts.append("the table is REFUTED, whatever oracles say")
    if status.outcome:
        parts.append(f"outcome {word(status.outcome)}")
    if status.appellant:
        parts.append(f"appeal by {status.appellant} {status.appeal}, it added {len(status.added)} oracles")
    parts.append(f"{status.committed} committed and {status.revealed} revealed of {len(status.roster)}")
    if status.deadline_block is not None:
        parts.append(f"{status.blocks_left} blocks left, until block {status.deadline_block}")
    return ", ".join(parts) + "."


def _subject(status: Status) -> str:
    if status.table:
        return f"table {status.table.hex()[:8]}"
    return f"client's test set {status.test_set.hex()[:8]}" if status.test_set else "declared test set"
