"""What binds a table to a network: chain, board, account and model."""

from __future__ import annotations

from pathlib import Path

from assay_chain.errors import MalformedInput, Refused
from assay_chain.session import Session
from assay_chain.wrappers.fairness import Tables
from assay_oracles.audits.fairness.params import BATCH
from assay_oracles.audits.fairness.table import Header
from assay_oracles.audits.whitebox.manifest import Served

from assay_client.catalogue import Published

from .plan import refused

_AGAIN = "Prove the same rows again with `assay fairness prove --model ID`, which makes what this board takes."


def bind(session: Session, model: Published) -> tuple[int, bytes, int]:
    """Chain id, board and signing key of tables that the session's account publishes.

    Raises:
        Refused: the model belongs to somebody else, or has no binary predictions.
    """
    assert session.account is not None, "tables are signed"
    check_owner(session, model)
    check_binary(model)
    return session.book.chain_id, board_of(session), int.from_bytes(session.account.key, "big")


def board_of(session: Session) -> bytes:
    """The address of the network's fairness board, 20 bytes."""
    return bytes.fromhex(Tables(session).address.removeprefix("0x"))


def check_owner(session: Session, model: Published) -> None:
    """Refuse a model that the session's account did not register."""
    assert session.account is not None, "tables are signed"
    if model.model.owner != session.account.address:
        raise Refused(
            f"model {model.model.id} belongs to {model.model.owner}, you act as {session.account.address}",
            code="not-owner",
            culprit="local",
            hint="Act as the account that registered the model (--keystore or --as), or name a model of your own.",
        )


def check_binary(model: Published) -> None:
    """Refuse a model whose manifest shows that no table holds its predictions: one that has not two classes.

    What a closed model predicts is its supplier's word, and so is what cannot be read now.
    """
    if isinstance(model.manifest, Served) and (classes := len(model.manifest.classes)) != 2:
        raise refused(
            "not-binary",
            f"model {model.model.id} ({model.name}) has {classes} classes; a table holds predictions of 0 or 1",
            "Name the model whose predictions the rows hold (`assay supplier models`). If they are derived from the "
            "classes of this one, register what derives them as a model of its own, which may be closed.",
        )


def check_binding(session: Session, header: Header, path: Path) -> None:
    """Refuse a table that the network's board can never take from the session's account."""
    assert session.account is not None, "tables are signed"
    if header.form != BATCH:
        raise MalformedInput(
            f"{path} is in the compact form, and boards take only the batch form",
            code="compact-table",
            culprit="local",
            hint=_AGAIN,
        )
    if (header.chain_id, header.board) != (session.book.chain_id, board_of(session)):
        bound = (
            f"board 0x{header.board.hex()} of chain {header.chain_id}"
            if header.chain_id
            else "no board (it was proven offline)"
        )
        raise refused(
            "other-board",
            f"{path} is bound to {bound}; this network has board 0x{board_of(session).hex()} of chain "
            f"{session.book.chain_id}",
            f"Name the network that it was made for with --network. Or: {_AGAIN[0].lower()}{_AGAIN[1:]}",
        )
    if header.supplier != bytes.fromhex(session.account.address.removeprefix("0x")):
        raise refused(
            "other-supplier",
            f"{path} was signed by 0x{header.supplier.hex()}, you act as {session.account.address}",
            "Act as the account that signed it, with --keystore or --as.",
        )
