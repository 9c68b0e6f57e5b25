"""The demo's fairness chapter: a model that nobody may see, and a table that its supplier tampered with."""

from __future__ import annotations

import time
from pathlib import Path

from assay_chain.session import Session
from assay_chain.wrappers.board import Verdict
from assay_chain.wrappers.policies import Kind

from assay_client import staking
from assay_client.accounts import choose
from assay_client.catalogue import Published
from assay_client.supplier import diabetes, examples, publishing
from assay_client.supplier.fairness import network, submitting
from assay_client.supplier.fairness.ledger import Ledger
from assay_client.supplier.fairness.plan import Plan
from assay_client.supplier.fairness.proving import Proved, prove_table
from assay_client.supplier.fairness.rows import Columns, read
from assay_client.supplier.fairness.submitting import TableFalse

from . import screen
from .cast import HONEST, LIAR, STAKE, Cast, audit, expect
from .forger import forge
from .record import Record

COLUMNS = Columns("sex", "progressed", "score", threshold=0.5, row_id="patient", groups=("1", "2"))
TAMPERED = range(100, 115)
TRUE_POSITIVE, FALSE_NEGATIVE = 3, 2  # of the first group


def tell(cast: Cast) -> list[Record]:
    """Tell both acts; raises like `story.tell`."""
    return [_secret_model(cast), _tampered_table(cast)]


def _secret_model(cast: Cast) -> Record:
    screen.act(
        cast.show,
        "4. A secret model",
        "A supplier shows neither model nor data. For 442 patients it encrypts sex, outcome and prediction, and proves "
        "that each is what it must be. Only the counts of both groups come out, and with them how fair the model is.",
    )
    folder = cast.stage.folder / "diabetes"
    examples.write("diabetes", folder)
    model = cast.client.model(publishing.publish(cast.supplier, folder).model_id)
    started = time.monotonic()
    proved = prove(cast, model, folder / "table")
    seconds = time.monotonic() - started
    posting = submitting.publish(cast.supplier, proved.path, model, _ledger(cast.supplier), _quietly)
    cast.show.print(
        f"Proven in {seconds:.1f} s: {proved.header.n} rows, {proved.header.file_bytes:,} bytes. "
        f"On the board, pending: {posting.gas:,} gas"
    )
    # The liar does honest work here: once more it has something to lose.
    staking.stake(Session.connect(cast.book, choose(cast.book, LIAR, None, None, LIAR)), STAKE)
    cast.show.print(f"{LIAR} has staked again, and can be drawn")
    found = audit(cast, model.model.id, Kind.FAIRNESS)
    expect(found.seats("paid") == frozenset(map(cast.seat, (*HONEST, LIAR))), "all four oracles are paid")
    expect(found.report.kept, "both claims are kept")
    (checked,) = cast.client.audit_tables(posting.header.table_id.hex())
    expect(checked.sound is True, "anyone can check the table, and comes to the same end")
    cast.show.print("assay fairness audit checks the same without key or trust: the table holds, the oracles are right")
    return found


def _tampered_table(cast: Cast) -> Record:
    screen.act(
        cast.show,
        "5. A forged table",
        f"The supplier would like better figures. It changes {len(TAMPERED)} cryptograms of a new table, so that false "
        "negatives of the first group count as true positives, and signs it. Sums and signature are right, so the "
        f"board takes it. {LIAR} votes that it holds.",
    )
    model = cast.client.model("diabetes")
    proved = prove(cast, model, cast.stage.folder / "diabetes" / "forged")
    _, _, key = network.bind(cast.supplier, model)
    forge(proved.path, key, TAMPERED, told=TRUE_POSITIVE, kept=FALSE_NEGATIVE)
    try:
        submitting.publish(cast.supplier, proved.path, model, _ledger(cast.supplier), _quietly)
    except TableFalse as warning:
        cast.show.print(f"assay fairness publish refuses: {warning.message}")
    else:
        expect(False, "publishing a forged table is refused at first")
    cast.show.print("The supplier sends it all the same, with software of its own")
    posting = submitting.submit(cast.supplier, proved.path, model)
    found = audit(cast, model.model.id, Kind.FAIRNESS, Verdict.INVALID)
    expect(found.seats("slashed") == {cast.seat(LIAR)}, "who vouched for the forged table is slashed")
    expect(found.seats("paid") == frozenset(map(cast.seat, HONEST)), "the three honest oracles are paid")
    expect(found.report.broken, "the forged table counts against its supplier")
    (checked,) = cast.client.audit_tables(posting.header.table_id.hex())
    expect(checked.valid is False and checked.agrees is True, "anyone can see that it is false")
    cast.show.print(f"The board keeps table {posting.header.table_id.hex()[:8]} as rejected, for everyone to see")
    return found


def prove(cast: Cast, model: Published, out: Path) -> Proved:
    """Prove the same rows as a new table: the ledger allows equal row sets."""
    chain_id, board, signer = network.bind(cast.supplier, model)
    rows = read(cast.stage.folder / "diabetes" / diabetes.ROWS, COLUMNS)
    plan = Plan(chain_id=chain_id, board=board, signer=signer, model=model.model.id)
    return prove_table(rows, plan, out, _ledger(cast.supplier), _quietly)


def _ledger(session: Session) -> Ledger:
    assert session.account is not None, "the supplier signs"
    return Ledger.of(session.account.address)


def _quietly(done: int, total: int) -> None:
    """Nothing here takes long enough to show progress."""
