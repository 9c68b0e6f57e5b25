"""The demo's last chapter: everybody colludes, or stays silent, and one verifier suffices."""

from __future__ import annotations

import time
from typing import Any

from assay_chain.amounts import format_amount
from assay_chain.session import Session
from assay_chain.store.reading import local_path
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.fairness import Tables, TableState
from assay_chain.wrappers.policies import Kind

from assay_client import staking
from assay_client.accounts import choose
from assay_client.cli.progress import Progress
from assay_client.documents.counts import dispute_json
from assay_client.sdk import Client
from assay_client.supplier.fairness import network, submitting
from assay_client.verifier.fairness.refuting import Refutation, refutation

from . import record, screen, stage
from .cast import AUDIT_SECONDS, HONEST, LIAR, STAKE, VERIFIER, Cast, expect
from .fairness import FALSE_NEGATIVE, TAMPERED, TRUE_POSITIVE, prove
from .forger import forge
from .record import Record

PATIENCE_BLOCKS = 4
WITHHELD_SECONDS = 120.0


def tell(cast: Cast) -> tuple[Record, list[dict[str, Any]]]:
    """Tell both acts; raises like `story.tell`. Returns the overturned audit, and how both tables were refuted."""
    found, overturned = _collusion(cast)
    withheld = _withheld(cast)
    return found, [_json(cast, each) for each in (overturned, withheld)]


def _collusion(cast: Cast) -> tuple[Record, Refutation]:
    show, client = cast.show, cast.client
    screen.act(
        show,
        "6. Everybody colludes",
        "The supplier forges another table, and now all four oracles are in its pay: each votes that it holds. "
        "A majority cannot be outvoted. But somebody without role or stake looks at the table, too.",
    )
    oracles = (*HONEST, LIAR)
    show.print(f"{LIAR} stakes once more, and the oracles change their minds")
    with show.status("The oracles start again"):
        cast.stage.stop(*oracles)
        staking.stake(_session(cast, LIAR), STAKE)
        for actor in [stage.start_oracle(cast.stage, cast.book, name, stage.COLLUDER) for name in oracles]:
            stage.wait_ready(cast.stage, actor)
    model = client.model("diabetes")
    proved = prove(cast, model, cast.stage.folder / "diabetes" / "colluding")
    _, _, key = network.bind(cast.supplier, model)
    forge(proved.path, key, TAMPERED, told=TRUE_POSITIVE, kept=FALSE_NEGATIVE)
    table_id = submitting.submit(cast.supplier, proved.path, model).header.table_id
    verifier, before = Client(_session(cast, VERIFIER)), client.owed()
    receipt = client.request(client.quote(model.model.id, kind=Kind.FAIRNESS))
    show.print(f"The client paid {format_amount(receipt.cost)} for audit {receipt.audit_id}")
    refuted: Refutation | None = None
    with Progress(show) as progress:
        for status in client.follow(receipt.audit_id, timeout=AUDIT_SECONDS):
            cast.stage.check()
            progress.show(status)
            if refuted is None and status.committed == len(oracles):  # the votes cannot be changed any more
                _, refuted = verifier.refute(table_id.hex(), say=show.print)
    expect(refuted is not None, "the table is refuted")
    assert refuted is not None, "as expected"
    show.print(
        f"[bold red]Refuted[/] by the {VERIFIER}, as announced, in one transaction of {refuted.gas:,} gas: "
        f"row {refuted.event.fault.row}, {dispute_json(refuted.event.fault)['sentence']}"
    )
    found = record.read(client, model.model.id, receipt.audit_id)
    screen.votes(show, found, cast.names)
    expect(found.report.overturned, "the audit is overturned")
    expect(found.seats("slashed") == frozenset(map(cast.seat, oracles)), "every oracle is slashed")
    expect(client.owed() - before == receipt.cost, "the client is refunded in full")
    expect(found.report.broken and not found.report.metrics, "no verified figure is left of the table")
    expect(verifier.owed() > 0, "the verifier is owed a share of what supplier and oracles lost")
    show.print(
        f"Four votes against one check: the client has its money back, the {VERIFIER} is owed "
        f"{format_amount(verifier.owed())}, and the treasury has the rest of the bonds"
    )
    return found, refuted


def _withheld(cast: Cast) -> Refutation:
    show = cast.show
    screen.act(
        show,
        "7. A supplier keeps silent",
        "What nobody can read, nobody can check: the supplier publishes a table, and takes its file away. "
        f"The {VERIFIER} has left `assay verifier watch` running, which demands a row of it on the chain.",
    )
    model = cast.client.model("diabetes")
    proved = prove(cast, model, cast.stage.folder / "diabetes" / "withheld")
    posting = submitting.submit(cast.supplier, proved.path, model)
    local_path(posting.artifact.uri, "local").unlink()
    line = ("verifier", "watch", "--as", VERIFIER, "--network", str(cast.book.path), "--patience", str(PATIENCE_BLOCKS))
    watcher = cast.stage.start(VERIFIER, (*stage.COMMAND, *line))
    reader, table_id = cast.client.session, posting.header.table_id
    deadline = time.monotonic() + WITHHELD_SECONDS
    false = {event.table_id for event in Tables(reader).rejected(0, reader.head().number)} | {table_id}
    with show.status("The verifier waits for the row"):
        while not all(_state(reader, each) is TableState.REFUTED for each in false):
            cast.stage.check()
            expect(time.monotonic() < deadline, f"the table dies; the end of the log:\n{watcher.tail()}")
            time.sleep(0.25)
    refuted = refutation(reader, table_id, reader.head().number)
    (asked,) = Disputes(reader).demanded(0, refuted.event.block, table_id=table_id)
    expect(refuted.event.refuter == cast.book.accounts[VERIFIER].address, "the verifier refutes it")
    show.print(
        f"Row {asked.row} was demanded in block {asked.block} and not shown up to block {asked.deadline}: the table is "
        "[bold red]refuted[/], and its supplier has lost the bond"
    )
    head, watched = reader.head().number, cast.book.accounts[VERIFIER].address
    mine = [event for event in Disputes(reader).refuted(0, head) if event.refuter == watched]
    show.print(
        f"That makes {len(mine)} tables that the {VERIFIER} has refuted, the one that the oracles rejected in act 5 "
        "included: a tenth of each supplier's bond is its"
    )
    cast.stage.stop(VERIFIER)
    return refuted


def _state(reader: Session, table_id: bytes) -> TableState:
    return Tables(reader).table(table_id, reader.head().number).state


def _session(cast: Cast, name: str) -> Session:
    return Session.connect(cast.book, choose(cast.book, name, None, None, name))


def _json(cast: Cast, found: Refutation) -> dict[str, Any]:
    event = found.event
    return {
        "table_id": event.table_id.hex(),
        "fault": dispute_json(event.fault),
        "refuter": event.refuter,
        "name": cast.names.get(event.refuter),
        "block": event.block,
        "gas": found.gas,
    }
