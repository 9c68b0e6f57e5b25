"""Paying for an audit: the cost first, the secret on disk, the request, the opening."""

from __future__ import annotations

from dataclasses import dataclass

from assay_chain import addressbook
from assay_chain.amounts import format_amount
from assay_chain.errors import Refused, Reverted
from assay_chain.session import Session
from assay_chain.store import Artifact
from assay_chain.wrappers.board import Audit, Board, Phase, Request
from assay_chain.wrappers.policies import Policy
from assay_chain.wrappers.token import Token
from assay_chain.wrappers.vault import Vault
from assay_oracles.protocol.round import OPEN_WINDOW

from .catalogue import Published
from .pending import Pending, PendingRequests


@dataclass(frozen=True)
class Offer:
    """What an audit would cost now.

    Attributes:
        published: the model version.
        policy: the rules that the audit would follow.
        fee: what the request escrows, in the token's smallest unit; what is not earned comes back.
        roster_size: oracles that the fee pays for.
        block: the block of this quote.
        table: id of the fairness table to audit; None for other kinds.
        earlier: every audit that was requested of the model before, oldest first.
    """

    published: Published
    policy: Policy
    fee: int
    roster_size: int
    block: int
    table: bytes | None = None
    earlier: tuple[int, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """A paid request.

    Attributes:
        audit_id: the audit's number.
        cost: what was escrowed, in the token's smallest unit.
        block: the block of the request.
        tx: its transaction hash.
    """

    audit_id: int
    cost: int
    block: int
    tx: str


class Requester:
    """Requests audits as one client, and opens what earlier runs left unopened."""

    def __init__(self, session: Session) -> None:
        """Act as the session's account."""
        assert session.account is not None, "requests are signed"
        self._session = session
        self._account = session.account
        self._board = Board(session)
        self._pending = PendingRequests(
            addressbook.home(), session.book.chain_id, self._board.address, self._account.address
        )

    def offer(self, published: Published, policy: Policy, block: int, table: bytes | None = None) -> Offer:
        """What the audit would cost at `block`; `table` is the id of the fairness table that it is about."""
        quote = self._board.quote(published.model.id, policy.id, self._account.address, block)
        earlier = self._board.audits_of(published.model.id, block)
        return Offer(published, policy, quote.fee, quote.roster_size, block, table, earlier)

    def afford(self, offer: Offer, max_fee: int | None) -> int:
        """The most that the audit may cost: `max_fee`, by default what was offered.

        Raises:
            Refused: it costs more, or more than the account has.
        """
        limit = offer.fee if max_fee is None else max_fee
        if offer.fee > limit:
            raise Refused(
                f"the audit costs {format_amount(offer.fee)}, more than {format_amount(limit)}",
                code="fee-too-high",
                culprit="local",
                hint="Raise --max-fee, or choose a policy with fewer or cheaper oracles.",
            )
        balance = Token(self._session).balance_of(self._account.address, offer.block)
        if balance < offer.fee:
            raise Refused(
                f"the audit costs {format_amount(offer.fee)}, and {self._account.address} has {format_amount(balance)}",
                code="insufficient-funds",
                culprit="client",
                hint="Ask the treasury for tokens (`assay gatekeeper mint` on a development network).",
            )
        return limit

    def pay(self, offer: Offer, limit: int, test_set: Artifact | None) -> Receipt:
        """Request the audit; the secret that will open it is on disk first.

        Raises:
            Refused: the contracts or the node refuse; nothing was paid.
            Unconfirmed: it may have been sent; the secret is kept, and `resume` takes it up.
        """
        pending = self._pending.create(offer.published.model.id, offer.policy.id, offer.block)
        try:
            audit_id, receipt = self._board.request(
                Request(
                    model_id=offer.published.model.id,
                    policy_id=offer.policy.id,
                    secret_hash=pending.digest,
                    max_fee=limit,
                    test_set=test_set.digest if test_set else offer.table or bytes(32),
                    test_set_uri=test_set.uri if test_set else "",
                ),
                Vault(self._session).permit(limit),
            )
        except Refused:
            self._pending.remove(pending)  # refused for certain: there is nothing to open
            raise
        block = int(receipt["blockNumber"])
        (event,) = self._board.requested(audit_id, block, block)
        return Receipt(audit_id, event.escrow, block, receipt["transactionHash"].to_0x_hex())

    def resume(self) -> list[int]:
        """Open, or take back when it is too late, every request that is unopened; return the audits."""
        handled = []
        head = self._session.latest().number
        for pending in self._pending:
            audit = self._find(pending, head)
            if audit is not None:
                self._open(audit, pending.secret, head)
                handled.append(audit.id)
            if audit is not None or head > pending.block + OPEN_WINDOW:
                self._pending.remove(pending)
        return handled

    def _find(self, pending: Pending, head: int) -> Audit | None:
        """The unopened audit whose request carried the secret's hash."""
        for event in self._board.requested(None, pending.block, head):
            if event.client == self._account.address:
                audit = self._board.audit(event.audit_id, head)
                if audit.phase is Phase.REQUESTED and audit.seed == pending.digest:
                    return audit
        return None

    def _open(self, audit: Audit, secret: bytes, head: int) -> None:
        try:
            if head < audit.request_block + OPEN_WINDOW:
                self._board.open(audit.id, secret)
            else:
                self._board.expire(audit.id)
        except Reverted as error:
            if error.name != "WrongPhase":  # another run of this client was faster
                raise
