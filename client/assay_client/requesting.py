"""Paying for an audit: the cost first, the secret on disk, the request, the opening."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from assay_chain.amounts import format_amount
from assay_chain.errors import MalformedInput, PeerUnreachable, Refused
from assay_chain.session import Session
from assay_chain.store import Artifact, Store
from assay_chain.wrappers.board import Board, Phase
from assay_chain.wrappers.policies import Kind, Policies, Policy
from assay_chain.wrappers.token import Permit, Token
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox.metrics import check_lanes
from assay_oracles.protocol.round import OPEN_WINDOW

from . import watching
from .catalogue import Published
from .pending import Pending, PendingRequests

PERMIT_SECONDS = 3600


@dataclass(frozen=True)
class Offer:
    """What an audit would cost now.

    Attributes:
        published: the model version.
        policy: the rules that the audit would follow.
        fee: what the request escrows, in the token's smallest unit; what is not earned comes back.
        roster_size: oracles that the fee pays for.
        block: the block of this quote.
    """

    published: Published
    policy: Policy
    fee: int
    roster_size: int
    block: int


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


def choose_policy(session: Session, published: Published, kind: Kind, name: str | None, block: int) -> Policy:
    """The policy to request an audit under.

    Args:
        name: number or name of the policy; by default the newest one of `kind` that fits the model. On a development
            network development policies, whose phases are short, go first.

    Raises:
        MalformedInput: no policy fits.
    """
    policies = Policies(session)
    classes = published.readable().classes
    if name is not None:
        policy = policies.get(int(name), block=block) if name.isdecimal() else policies.by_name(name, block=block)
        try:
            check_lanes([lane.name for lane in policy.lanes], classes)
        except SpecError as error:
            raise MalformedInput(code=error.code, culprit="local", message=error.message, hint=error.hint) from error
        return policy
    known = (policies.get(number, block=block) for number in range(1, policies.count(block=block) + 1))
    fitting = [
        policy for policy in known if policy.terms.kind is kind and not policy.retired and _fits(policy, classes)
    ]
    if not fitting:
        raise MalformedInput(
            f"no {kind.name.lower()} policy has lanes for {classes} classes",
            code="no-policy",
            culprit="gatekeeper",
            hint="ask a gatekeeper to add one (`assay policy add`)",
        )
    return max(fitting, key=lambda policy: (policy.terms.development == session.book.development, policy.id))


def _fits(policy: Policy, classes: int) -> bool:
    try:
        check_lanes([lane.name for lane in policy.lanes], classes)
    except SpecError:
        return False
    return True


class Requester:
    """Requests audits as one client, and opens what earlier runs left unopened."""

    def __init__(self, session: Session) -> None:
        """Act as the session's account."""
        self._session = session
        self._board = Board(session)
        assert session.account is not None, "requests are signed"
        self._account = session.account
        board = session.book.contracts["AuditBoard"]
        self._pending = PendingRequests(home.folder(), session.book.chain_id, board, self._account.address)

    def offer(self, published: Published, policy: Policy, block: int) -> Offer:
        """What the audit would cost at `block`."""
        quote = self._board.quote(published.model.id, policy.id, self._account.address, block=block)
        return Offer(published, policy, quote.fee, quote.roster_size, block)

    def pay(self, offer: Offer, *, max_fee: int | None = None, test_set: Artifact | None = None) -> Receipt:
        """Request the audit that was offered, and pay.

        Nothing is sent when the fee exceeds `max_fee` (by default the offered fee) or the balance. The secret is on disk
        before the transaction; `open` follows once the request is in a block.

        Raises:
            Refused: too dear, too little money, or the contracts refuse (culprit says who can change that).
        """
        limit = offer.fee if max_fee is None else max_fee
        if offer.fee > limit:
            raise Refused(
                f"the audit costs {format_amount(offer.fee)}, more than {format_amount(limit)}",
                code="fee-too-high",
                culprit="local",
                hint="raise --max-fee, or choose a policy with fewer or cheaper oracles",
            )
        token = Token(self._session)
        balance = token.balance_of(self._account.address, block=offer.block)
        if balance < offer.fee:
            raise Refused(
                f"the audit costs {format_amount(offer.fee)}, and the account has {format_amount(balance)}",
                code="insufficient-funds",
                culprit="client",
                hint="get tokens from the treasury (`assay gatekeeper mint` on a development network)",
            )
        pending = self._pending.create(offer.published.model.id, offer.policy.id, offer.block)
        try:
            permit = token.sign_permit(
                self._account, self._session.book.contracts["Vault"], offer.fee, int(time.time()) + PERMIT_SECONDS
            )
            receipt = self._request(offer, pending, limit, test_set, permit)
        except Refused:
            self._pending.remove(
                pending
            )  # the chain refused: there is nothing to open. On any other error there may be.
            raise
        return receipt

    def _request(
        self, offer: Offer, pending: Pending, limit: int, test_set: Artifact | None, permit: Permit
    ) -> Receipt:
        raise NotImplementedError

    def resume(self) -> list[int]:
        """Open, or take back when it is too late, every request that an earlier run left; return the audits."""
        raise NotImplementedError
