"""Appealing a decided audit: the cost first, then the deposit that has more oracles vote."""

from __future__ import annotations

from dataclasses import dataclass

from assay_chain.amounts import format_amount
from assay_chain.errors import Refused, Reverted
from assay_chain.session import Session
from assay_chain.wrappers.board import Board
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault
from assay_oracles.protocol.roster import seats

from .watching import read


@dataclass(frozen=True)
class AppealOffer:
    """What an appeal would cost now.

    Attributes:
        audit_id: the decided audit.
        deposit: what the appeal escrows, in the token's smallest unit: the fee of every oracle that it adds.
        added: the seats that it would add, ascending.
        deadline_block: last block in which it can be raised.
        block: the block of this quote.
    """

    audit_id: int
    deposit: int
    added: tuple[int, ...]
    deadline_block: int
    block: int


@dataclass(frozen=True)
class AppealReceipt:
    """A raised appeal.

    Attributes:
        audit_id: the audit.
        deposit: what was escrowed, in the token's smallest unit.
        added: the seats that vote too, ascending.
        block: the block of the appeal.
        tx: its transaction hash.
    """

    audit_id: int
    deposit: int
    added: tuple[int, ...]
    block: int
    tx: str


def offer(session: Session, audit_id: int, block: int) -> AppealOffer:
    """What an appeal by the session's account would cost at `block`.

    Raises:
        MalformedInput: there is no such audit.
        Refused: it cannot be appealed: undecided, too late, appealed before, of another kind, or nobody to add.
    """
    assert session.account is not None, "appeals are signed"
    audit = read(session, audit_id, block)
    try:
        quote = Board(session).quote_appeal(audit_id, session.account.address, block)
    except Reverted as error:
        if error.name != "WrongPhase":
            raise
        raise Reverted(
            f"audit {audit_id} is {audit.phase.name.lower()}: appeals are possible in the dispute window only",
            code=error.code,
            culprit=error.culprit,
            hint=f"`assay audit status {audit_id}` shows whether that is still to come; if not, request another audit.",
            name=error.name,
            args_=error.args_,
        ) from error
    return AppealOffer(audit_id, quote.deposit, seats(quote.added), audit.dispute_end, block)


def appeal(session: Session, offered: AppealOffer) -> AppealReceipt:
    """Deposit what was offered, and not more, and have the added oracles vote.

    Raises:
        Refused: the account has less, or the contracts refuse: nothing was paid.
    """
    assert session.account is not None, "appeals are signed"
    address = session.account.address
    balance = Token(session).balance_of(address, offered.block)
    if balance < offered.deposit:
        raise Refused(
            f"the appeal costs {format_amount(offered.deposit)}, and {address} has {format_amount(balance)}",
            code="insufficient-funds",
            culprit="local",
            hint="Ask the treasury for tokens (`assay gatekeeper mint` on a development network).",
        )
    board = Board(session)
    receipt = board.appeal(offered.audit_id, Vault(session).permit(offered.deposit))
    block = int(receipt["blockNumber"])
    (event,) = board.appealed(offered.audit_id, block, block)
    return AppealReceipt(
        event.audit_id, event.deposit, seats(event.added), block, receipt["transactionHash"].to_0x_hex()
    )
