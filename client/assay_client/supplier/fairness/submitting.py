"""Publishing a table: checked as an oracle would, its file put into a store, its record sent to the board.

The chain is the only memory: after an interruption at any point the same command goes on, and a table that is on the
board already is reported as such.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO, ClassVar

from assay_chain.amounts import format_amount
from assay_chain.errors import AssayError, MalformedInput, Refused, Reverted, Usage
from assay_chain.session import Session
from assay_chain.store import Artifact, Store
from assay_chain.wrappers.disputes import Disputes
from assay_chain.wrappers.fairness import Published as Event
from assay_chain.wrappers.fairness import Row, Submission, Tables, TableState
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import row, transcript
from assay_oracles.audits.fairness.evaluate import open_table, row_at, rows_of
from assay_oracles.audits.fairness.table import Footer, Header

from assay_client.catalogue import Published
from assay_client.verifier.fairness.checking import Memory, Progress, check, table_file

from .ledger import Ledger
from .network import check_binary, check_binding, check_owner
from .plan import refused


class TableFalse(AssayError):
    """The supplier's own table does not hold."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Posting:
    """A table on the board.

    Attributes:
        header: of the table; `footer` has its counts.
        artifact: its file: SHA-256, URI and size.
        tx: the transaction that published it, 32 bytes; `gas` is what that used.
        new: False when it was on the board before.
    """

    header: Header
    footer: Footer
    artifact: Artifact
    tx: bytes
    gas: int
    new: bool


def publish(
    session: Session,
    path: Path,
    model: Published,
    ledger: Ledger,
    progress: Progress,
    *,
    store: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Posting:
    """Publish a table of a model as the session's account. Nothing is uploaded or sent before every check has passed.

    Args:
        session: acts as the supplier.
        path: the table file, or the folder that holds it.
        model: whose predictions the rows hold.
        ledger: the supplier's; it must know the table.
        progress: told as rows are checked.
        store: root URI to put the file under; by default the address book's.
        say: told what happens.

    Raises:
        MalformedInput: the file is no table, or one that no board takes.
        Refused: the table is bound to another board or account, was proven for another model, its ledger does not know
            it, or it changed; or the model cannot have such predictions.
        TableFalse: the table does not hold.
        PeerUnreachable: the store or the chain.
    """
    check_owner(session, model)
    header = _header(path)
    check_binding(session, header, path)
    _check_ledger(ledger, header)
    _check_model(ledger, header, model, path)
    check_binary(model)
    if Tables(session).table(header.table_id, session.head().number).state is TableState.NONE:
        report = check(path, Memory.of_user(), progress)
        if not report.valid:
            raise TableFalse(
                f"{path} is false: {report.reason}",
                code="false-table",
                culprit="supplier",
                hint="Nothing was published. Prove the rows again into another folder.",
            )
    return submit(session, path, model, store=store, say=say)


def proven_for(path: Path, ledger: Ledger) -> int:
    """The number of the model that a table was proven for.

    Raises:
        MalformedInput: the file is no table.
        Refused: the ledger does not know the table.
        Usage: it was proven for no registered model.
    """
    header = _header(path)
    _check_ledger(ledger, header)
    model = ledger.model_of(header.table_id)
    if model is None:
        raise Usage(
            f"{path} was proven without a model",
            code="no-model",
            culprit="local",
            hint="Name the model whose predictions its rows hold with --model.",
        )
    return model


def submit(
    session: Session,
    path: Path,
    model: Published,
    *,
    store: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Posting:
    """Store a table file and send its record, unchecked: false tables are what oracles are paid to find.

    Arguments and errors as in `publish`.
    """
    with table_file(path) as stream:
        header, footer = open_table(stream)
        tables = Tables(session)
        known = tables.table(header.table_id, session.head().number).state is not TableState.NONE
        if known:
            stream.seek(0)
            _published(session, header, model, file_digest(stream, "sha256").digest())
        artifact = Store(store or session.book.store).put(Path(stream.name))
        say(f"Stored {artifact.size:,} bytes as {artifact.uri}")
        if known:
            return _posted(session, header, footer, model, artifact)
        try:
            submission = _submission(stream, header, footer, model.model.id, artifact)
            _, receipt = tables.publish(submission, Vault(session).permit(_bond(session)))
        except Reverted as error:
            if error.name != "AlreadyPublished":  # what an interrupted run had sent was included meanwhile
                raise
            return _posted(session, header, footer, model, artifact)
    return Posting(header, footer, artifact, bytes(receipt["transactionHash"]), int(receipt["gasUsed"]), new=True)


def _bond(session: Session) -> int:
    """What the table's bond is, if the account can pay it."""
    assert session.account is not None, "publishing is signed"
    block = session.latest().number
    bond = Disputes(session).table_bond(block)
    balance = Token(session).balance_of(session.account.address, block)
    if balance < bond:
        raise Refused(
            f"a table's bond is {format_amount(bond)}, and {session.account.address} has {format_amount(balance)}",
            code="insufficient-funds",
            culprit="supplier",
            hint="Get tokens from the treasury, or take back the bond of a table that you retired.",
        )
    return bond


def _header(path: Path) -> Header:
    with table_file(path) as stream:
        try:
            return open_table(stream)[0]
        except SpecError as error:
            raise MalformedInput(
                f"{path}: {error.message}",
                code=error.code,
                culprit="local",
                hint="Nothing was published. Name what `assay fairness prove` wrote, whole.",
            ) from error


def _check_model(ledger: Ledger, header: Header, model: Published, path: Path) -> None:
    """Refuse a table of another model's predictions: the board could not tell, and takes a table only once."""
    known = ledger.model_of(header.table_id)
    if known not in (None, model.model.id):
        raise refused(
            "other-model",
            f"the rows of {path} were proven for model {known}, not for model {model.model.id} ({model.name})",
            f"Publish the table with --model {known}, or without --model. Another model's predictions are proven with "
            "`assay fairness prove` first.",
        )


def _check_ledger(ledger: Ledger, header: Header) -> None:
    if not ledger.knows(header.table_id):
        raise refused(
            "not-in-ledger",
            f"this account's ledger does not know table {header.table_id.hex()}",
            "Publish on the machine where it was proven, or name the folder of that ledger with --state: only the "
            "ledger can tell whether its rows overlap with those of another table.",
        )


def _posted(session: Session, header: Header, footer: Footer, model: Published, artifact: Artifact) -> Posting:
    """Describe a table that is on the board already; its file has just been put back where it may have been lost."""
    event = _published(session, header, model, artifact.digest)
    published = Artifact(event.file, event.uri, artifact.size)
    return Posting(header, footer, published, event.tx_hash, int(session.wait(event.tx_hash)["gasUsed"]), new=False)


def _published(session: Session, header: Header, model: Published, digest: bytes) -> Event:
    """How a table on the board was published; refuses another file or model."""
    tables = Tables(session)
    event = tables.published_event(tables.table(header.table_id, session.head().number))
    if digest != event.file:
        raise refused(
            "changed",
            f"table {header.table_id.hex()} is on the board with another file: {event.file.hex()}",
            "The file here was changed after it was published; fetch the published one, or prove the rows again.",
        )
    if event.model_id != model.model.id:
        raise refused(
            "other-model",
            f"table {header.table_id.hex()} is on the board as a table of model {event.model_id}",
            "A table is published once, for one model. Prove the rows with this model's predictions.",
        )
    return event


def _submission(stream: BinaryIO, header: Header, footer: Footer, model_id: int, artifact: Artifact) -> Submission:
    first_path, last_path = transcript.paths((each.leaf for each in rows_of(stream, header)), header.n, (1, header.n))
    return Submission(
        model_id=model_id,
        params=header.params.word,
        n=header.n,
        nonce=header.nonce,
        data_commit=header.data_commit,
        root=footer.root,
        tally=header.params.tally(footer.counts),
        signature=footer.signature,
        file=artifact.digest,
        uri=artifact.uri,
        first=_opened(row_at(stream, header, 1)),
        last=_opened(row_at(stream, header, header.n)),
        first_path=first_path,
        last_path=last_path,
    )


def _opened(shown: row.Row) -> Row:
    return Row(*shown.points, transcript.proof(shown.branches))
