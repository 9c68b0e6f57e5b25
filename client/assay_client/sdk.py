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

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay_chain import addressbook
from assay_chain.errors import Inconclusive, Usage
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Board
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.policies import Kind
from assay_chain.wrappers.vault import Vault

from . import appealing, ballots, choosing, settling, standing, testset, verified, watching
from .accounts import choose
from .appealing import AppealOffer, AppealReceipt
from .ballots import Ballot
from .catalogue import Catalogue, Published
from .fairness_board import FairnessBoard, Posted, check_minima
from .requesting import Offer, Receipt, Requester
from .verified import Report
from .watching import Status

if TYPE_CHECKING:
    from assay_chain.wrappers.fairness import Table
    from eth_account.signers.local import LocalAccount

    from .supplier.fairness.answering import Answer
    from .verifier.fairness.auditing import TableAudit
    from .verifier.fairness.checking import Progress
    from .verifier.fairness.demanding import Asked
    from .verifier.fairness.refuting import Refutation


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
        return watching.look(self.session, audit_id, self._head())

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
        return [watching.look(self.session, number, block) for number in numbers]

    def metrics(self, model: str | int, *, audit_id: int | None = None) -> Report:
        """The verified metrics of a model and what became of its claims.

        Args:
            model: number or name.
            audit_id: the audit to report, whose word alone then counts; by default the newest final one of what the
                supplier published (its test set, or a fairness table), with every claim judged by the newest final one
                that has a value for it. Before any is final, the newest decided one.

        Raises:
            Inconclusive: no such audit was decided yet.
            Usage: the audit is of another model.
        """
        block = self._head()
        model_id = self._catalogue.find(model, block).model.id
        if audit_id is None:
            return self._standing(model_id, block)
        found = verified.report(self.session, audit_id, block)
        if found.status.model_id != model_id:
            raise Usage(
                f"audit {audit_id} is of model {found.status.model_id}, not of model {model_id}",
                code="other-model",
                culprit="local",
                hint="`assay audit list MODEL` shows the audits of a model",
            )
        return found

    def tables(self, model: str | int | None = None) -> list[Posted]:
        """Every published fairness table, of one model or of all, oldest first."""
        block, board = self._head(), FairnessBoard(self.session)
        return board.all(block) if model is None else board.of_model(self._catalogue.find(model, block).model.id, block)

    def audit_tables(self, subject: str, progress: Progress = lambda done, total: None) -> list[TableAudit]:
        """Check published fairness tables from public data alone; needs no account and trusts no oracle.

        Args:
            subject: a table's id, its file or folder on this machine, or a model whose tables are all meant.
            progress: told rows done and rows in all.

        Raises:
            MalformedInput: there is no such table, model or file.
        """
        from .verifier.fairness import auditing  # needs libraries that other clients can do without

        return auditing.audit_all(self.session, subject, self._head(), progress)

    def votes(self, audit_id: int) -> list[Ballot]:
        """What each oracle of the audit did, by seat; those that an appeal added last."""
        return ballots.read(self.session, audit_id, self._head())

    def owed(self) -> int:
        """What `withdraw` would pay this account, in the token's smallest unit."""
        return Vault(self.session).owed(self._account().address, self._head())

    # ---- acting

    def quote(
        self, model: str | int, *, policy: str | None = None, kind: Kind = Kind.WHITEBOX, table: bytes | None = None
    ) -> Offer:
        """What an audit would cost now; nothing is sent.

        Args:
            model: number or name.
            policy: number or name; by default the newest policy of `kind` that fits.
            kind: what to audit.
            table: id of the fairness table to audit; by default the newest pending one of the model.

        Raises:
            MalformedInput: no such model or table, no policy that fits, a closed model and a kind that recomputes, or a
                model without a service and a kind that asks it.
            Refused: the account is no client; the table was found false, or is too small for the policy.
            Usage: a table for another kind of audit than fairness.
        """
        if table is not None and kind is not Kind.FAIRNESS:
            raise Usage(
                f"a {kind.name.lower()} audit examines no fairness table",
                code="no-table-wanted",
                culprit="local",
                hint="Leave the table out, or ask for --kind fairness.",
            )
        block = self._head()
        Membership(self.session).require(Role.CLIENT, self._account().address, block)
        published = self._catalogue.find(model, block)
        if kind is not Kind.FAIRNESS:
            need = self._need(published, kind)
            chosen = choosing.choose_policy(self.session, need, policy, block)
            return self._requester().offer(published, chosen, block)
        posted = FairnessBoard(self.session).to_audit(published.model.id, table, block)
        chosen = choosing.choose_policy(
            self.session, choosing.of_table(posted.groups, recountable=published.recountable), policy, block
        )
        check_minima(posted, chosen)
        return self._requester().offer(published, chosen, block, posted.table.id)

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
            Usage: a fairness audit has no test set.
            Refused: too dear, too little money, or the contracts refuse.
        """
        if offer.table is not None and test_set is not None:
            raise Usage(
                "a fairness audit examines a published table; it has no test set",
                code="no-test-set",
                culprit="local",
                hint="Leave the test set out, or ask for --kind whitebox.",
            )
        requester = self._requester()
        requester.resume()
        limit = requester.afford(offer, max_fee)
        own = None if test_set is None else testset.publish(self.session.book, test_set, offer.published.sampled())
        receipt = requester.pay(offer, limit, own)
        requester.resume()
        return receipt

    def open(self) -> list[int]:
        """Open every audit that this account requested from this machine and has not opened; return them.

        Requests that can no longer be opened are taken back: refunded less the policy's forfeit.
        """
        return self._requester().resume()

    def quote_appeal(self, audit_id: int) -> AppealOffer:
        """What an appeal against a decided whitebox audit would cost now; nothing is sent.

        Raises:
            MalformedInput: there is no such audit.
            Refused: it cannot be appealed: undecided, too late, appealed before, of another kind, or nobody to add.
        """
        self._account()
        return appealing.offer(self.session, audit_id, self._head())

    def appeal(self, offer: AppealOffer) -> AppealReceipt:
        """Have more oracles vote on a decided audit, at this account's cost; all votes together then decide, for good.

        All of the deposit comes back when the decision is replaced and the slashed bonds suffice, or when there is no
        majority any more; nothing comes back when the decision is confirmed.

        Args:
            offer: from `quote_appeal`.

        Raises:
            Refused: too little money, or the contracts refuse.
        """
        self._account()
        return appealing.appeal(self.session, offer)

    def refute(
        self, subject: str, progress: Progress = lambda done, total: None, say: Callable[[str], None] = lambda _: None
    ) -> tuple[Posted, Refutation | None]:
        """Check a published table whole and refute it if it is false; see `disputing.refute`."""
        from . import disputing

        self._account()
        return disputing.refute(self.session, subject, progress, say)

    def rebut(self, audit_id: int) -> bool:
        """Rebut what an audit found about a table, if it is wrong; see `disputing.rebut`."""
        from . import disputing

        self._account()
        return disputing.rebut(self.session, audit_id)

    def demand(self, table_id: bytes, row: int, *, wait: bool = False) -> Asked:
        """Ask for a row of a table that cannot be had, or end a demand that nobody answered; see `disputing.demand`."""
        from . import disputing

        self._account()
        return disputing.demand(self.session, table_id, row, wait=wait)

    def answer(self, copies: Iterable[Path] = ()) -> list[Answer]:
        """Show the rows that somebody demands of the tables in these files, or of all tables of this account."""
        from . import disputing

        self._account()
        return disputing.answer(self.session, copies)

    def retire(self, table_id: bytes) -> Table:
        """Retire a table of this account, or take its bond back once it is due; see `disputing.retire`."""
        from . import disputing

        self._account()
        return disputing.retire(self.session, table_id)

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

    def _need(self, published: Published, kind: Kind) -> choosing.Need:
        if kind is Kind.WHITEBOX:
            return choosing.of_model(len(published.recomputable().classes))
        manifest, _ = published.served()
        if kind is Kind.BOTH:
            published.recomputable()
        return choosing.of_service(len(manifest.classes), both=kind is Kind.BOTH)

    def _standing(self, model_id: int, block: int) -> Report:
        """What stands of a model: the newest final audit, and every claim by whichever measures it."""
        newest_first = self._board.audits_of(model_id, block)[::-1]
        newest: Status | None = None
        for _, status in standing.decided(self.session, newest_first, block):
            newest = newest or status
            if status.ended:
                report = verified.report(self.session, status.audit_id, block)
                return replace(report, claims=standing.claims(self.session, model_id, newest_first, block))
        if newest is not None:
            return verified.report(self.session, newest.audit_id, block)
        raise Inconclusive(
            f"no audit of what the supplier of model {model_id} published is decided",
            code="no-audit",
            culprit="local",
            hint="`assay audit request` pays for one; `assay audit list` shows those under way",
        )
