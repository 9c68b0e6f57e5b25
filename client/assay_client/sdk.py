"""The SDK for clients: pay for audits, follow them, and query what was verified.

from assay_client import connect

client = connect()                                  # the last `assay devnet up`, as its development client
offer = client.quote("digits")                      # what it would cost; nothing is sent
receipt = client.request(offer)                     # pays, and opens the audit on the next block
for status in client.follow(receipt.audit_id):
    print(status.stage.value, status.committed, status.revealed, status.blocks_left)
report = client.metrics("digits")
print(report.metrics["accuracy"].value, report.claims)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assay_chain import addressbook
from assay_chain.errors import Inconclusive, Usage
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.policies import Kind
from assay_chain.wrappers.vault import Vault

from . import ballots, requesting, settling, testset, verified, watching
from .accounts import choose
from .ballots import Ballot
from .catalogue import Catalogue, Published
from .requesting import Offer, Receipt, Requester
from .verified import Report
from .watching import Status

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


def connect(
    network: str | None = None,
    account: str | None = "client",
    *,
    keystore: Path | None = None,
    password_file: Path | None = None,
) -> Client:
    """Connect to a network.

    Args:
        network: its address book, or the folder that holds it; by default `$ASSAY_NETWORK`, else the last devnet
            started.
        account: development account of the address book to act as; None, without a keystore, only reads.
        keystore: V3 keystore to act as instead.
        password_file: file that holds the keystore's password.

    Raises:
        PeerUnreachable: the network's node does not answer.
        Usage: there is no such network or account.
        Refused: the password is wrong.
    """
    book = addressbook.find(network)
    acting: LocalAccount | None = None
    if keystore is not None or account is not None:
        acting = choose(book, None if keystore else account, keystore, password_file, "client")
    return Client(Session.connect(book, acting))


class Client:
    """One client of one network. Every answer is as of one block, which it names."""

    def __init__(self, session: Session) -> None:
        """Use an open session; without an account only the reading methods work."""
        self.session = session
        self._catalogue = Catalogue(session)
        self._board = Board(session)

    # ---- reading

    def models(self) -> list[Published]:
        """Every published model version, oldest first."""
        return self._catalogue.all(self._head())

    def model(self, model: str | int) -> Published:
        """One model version by number, or the newest of a name.

        Raises:
            MalformedInput: nothing fits, or models of several suppliers do.
        """
        return self._catalogue.find(model, self._head())

    def status(self, audit_id: int) -> Status:
        """Where an audit stands.

        Raises:
            MalformedInput: there is no such audit.
        """
        block = self._head()
        return watching.describe(watching.read(self.session, audit_id, block), block)

    def follow(self, audit_id: int, *, timeout: float | None = None) -> Iterator[Status]:
        """Yield the audit's status at once and on every new block until it ends; see `watching.follow`.

        Raises:
            Inconclusive: it has not ended after `timeout` seconds.
        """
        return watching.follow(self.session, audit_id, timeout=timeout)

    def history(self, model: str | int) -> list[Status]:
        """Every audit ever requested of a model version, oldest first. Nobody can show the best of many alone."""
        block = self._head()
        model_id = self._catalogue.find(model, block).model.id
        numbers = self._board.audits_of(model_id, block)
        return [watching.describe(watching.read(self.session, number, block), block) for number in numbers]

    def metrics(self, model: str | int, *, audit_id: int | None = None) -> Report:
        """The verified metrics of a model and what became of its claims.

        Args:
            model: number or name.
            audit_id: the audit to report; by default the newest decided one on the model's own test set.

        Raises:
            Inconclusive: no such audit was decided yet.
            Usage: the audit is of another model.
        """
        block = self._head()
        model_id = self._catalogue.find(model, block).model.id
        if audit_id is None:
            audit_id = self._newest_decided(model_id, block)
        found = verified.report(self.session, audit_id, block)
        if found.status.model_id != model_id:
            raise Usage(
                f"audit {audit_id} is of model {found.status.model_id}, not of model {model_id}",
                code="other-model",
                culprit="local",
                hint="`assay audit list MODEL` shows the audits of a model",
            )
        return found

    def votes(self, audit_id: int) -> list[Ballot]:
        """What each member of the audit's roster did, by seat."""
        return ballots.read(self.session, audit_id, self._head())

    def owed(self) -> int:
        """What `withdraw` would pay this account, in the token's smallest unit."""
        return Vault(self.session).owed(self._account().address, self._head())

    # ---- acting

    def quote(self, model: str | int, *, policy: str | None = None, kind: Kind = Kind.WHITEBOX) -> Offer:
        """What an audit would cost now; nothing is sent.

        Args:
            model: number or name.
            policy: number or name; by default the newest policy of `kind` that fits the model.
            kind: what to audit.

        Raises:
            MalformedInput: no such model, or no policy that fits it.
        """
        block = self._head()
        published = self._catalogue.find(model, block)
        classes = len(published.readable().classes)
        chosen = requesting.choose_policy(self.session, classes, kind, policy, block)
        return self._requester().offer(published, chosen, block)

    def request(self, offer: Offer, *, max_fee: int | None = None, test_set: str | None = None) -> Receipt:
        """Pay for the audit that was offered, and open it on the next block.

        The secret that opens it is on disk before the request is sent: after a crash, the next `request`, `open` or
        `withdraw` of this account on this machine opens what was left.

        Args:
            offer: from `quote`.
            max_fee: the most to pay, in the token's smallest unit; by default the offered fee.
            test_set: file or URI of the client's own test set; by default the one that the manifest declares.

        Raises:
            MalformedInput: the test set does not fit the model.
            Refused: too dear, too little money, or the contracts refuse.
        """
        requester = self._requester()
        requester.resume()
        limit = requester.afford(offer, max_fee)
        own = None if test_set is None else testset.publish(self.session.book, test_set, offer.published.readable())
        receipt = requester.pay(offer, limit, own)
        requester.resume()
        return receipt

    def open(self) -> list[int]:
        """Open every audit that this account requested from this machine and has not opened; return them.

        Requests that can no longer be opened are taken back: refunded less the policy's forfeit.
        """
        return self._requester().resume()

    def settle(self, audit_id: int) -> Status:
        """Take the audit's next step if it is due and nobody did: expire, close or finalize. Costs only gas."""
        self._account()
        return settling.settle(self.session, audit_id)

    def withdraw(self) -> int:
        """Take everything that this account is owed; return the amount in the token's smallest unit."""
        self.open()
        amount = self.owed()
        if amount:
            Vault(self.session).withdraw()
        return amount

    # ---- inside

    def _head(self) -> int:
        return self.session.head().number

    def _account(self) -> LocalAccount:
        if self.session.account is None:
            raise Usage(
                "this needs an account, and the connection only reads",
                code="no-account",
                culprit="local",
                hint="connect with an account or a keystore",
            )
        return self.session.account

    def _requester(self) -> Requester:
        self._account()
        return Requester(self.session)

    def _newest_decided(self, model_id: int, block: int) -> int:
        for number in reversed(self._board.audits_of(model_id, block)):
            audit = watching.read(self.session, number, block)
            if audit.outcome in (Verdict.VALUES, Verdict.INVALID_SPEC) and not any(audit.test_set):
                return audit.id
        raise Inconclusive(
            f"no audit of model {model_id} on its own test set is decided",
            code="no-audit",
            culprit="local",
            hint="`assay audit request` pays for one; `assay audit list` shows those under way",
        )
