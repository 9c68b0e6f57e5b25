"""SIGKILL at every boundary: no vote is lost, and none is cast twice.

The node runs unmodified. It is killed when it logs an event, or by the wire between it and the chain right before or
right after one of its requests is delivered: then it cannot have learned the answer.
"""

import json
import random
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from assay_chain import lanes as packed
from assay_chain.addressbook import AddressBook
from assay_chain.errors import Reverted
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Phase
from assay_chain.wrappers.board import Verdict as BoardVerdict
from assay_chain.wrappers.models import Models
from assay_oracles.node.finding import Finding
from assay_oracles.protocol.ballot import Ballot, Voter
from assay_oracles.protocol.consensus import Verdict
from assay_oracles.protocol.roster import Progress, position

from tests.oracles.node import models
from tests.oracles.node.conftest import add_policy
from tests.oracles.node.harness import Oracle, Wire, acting, audit, eventually, request, stake, wait_for_phase

SEND = "eth_sendRawTransaction"
PEERS = ("oracle-2", "oracle-3")


class Scene:
    """One node that is killed, on a network whose other two oracles are played by the test and follow its lead."""

    def __init__(self, book: AddressBook, wire: Wire, oracle: Oracle, seat: int, policy_id: int, model_id: int) -> None:
        self.book, self.wire, self.oracle, self.seat = book, wire, oracle, seat
        self.policy_id, self.model_id = policy_id, model_id
        self.session = Session.connect(book)
        self.board = Board(self.session)
        self._peers = {name: acting(book, book.accounts[name]) for name in PEERS}

    def request(self) -> int:
        return request(self.book, self.model_id, self.policy_id)

    def head(self) -> int:
        return self.session.latest().number

    def done(self, audit_id: int) -> tuple[bool, bool]:
        """Whether the chain has the node's commitment, and its vote."""
        now = audit(self.book, audit_id)
        progress, place = Progress.unpack(now.progress), position(self.seat, now.roster)
        assert place is not None
        return bool(progress.committed >> place & 1), bool(progress.revealed >> place & 1)

    def follow(self, audit_id: int) -> None:
        """Let the peers do what the node has done already."""
        committed, revealed = self.done(audit_id)
        for name, session in self._peers.items():
            board, ballot = Board(session), self._ballot(name, audit_id)
            seat_done = {event.seat for event in self.board.committed(audit_id, 0, self.head())}
            if committed and len(seat_done) < 3 and ballot is not None:
                self._once(lambda board=board, ballot=ballot: board.commit(audit_id, ballot.commitment))
            if revealed and ballot is not None:
                voter = self.book.accounts[name].address
                self._once(
                    lambda board=board, ballot=ballot, voter=voter: board.reveal(
                        audit_id, voter, BoardVerdict.VALUES, ballot.lanes, ballot.evidence, ballot.salt
                    )
                )

    @staticmethod
    def _once(act: Any) -> None:
        try:
            act()
        except Reverted as error:
            if error.name not in {"AlreadyCommitted", "NothingToReveal", "WrongPhase"}:
                raise

    def _ballot(self, name: str, audit_id: int) -> Ballot | None:
        """The peer's vote: the node's own lanes."""
        rows = self.oracle.execute("SELECT lanes FROM ballots WHERE audit_id = ?", audit_id)
        if not rows:
            return None
        account = self._peers[name].account
        assert account is not None
        lanes = tuple(json.loads(rows[0][0]))
        voter = Voter(self.book.chain_id, self.board.address, account.address, bytes(account.key))
        return voter.seal(audit_id, audit(self.book, audit_id).seed, 1, lanes, packed.pack(lanes), b"peer")

    def run_until_killed(self, *, log: dict[str, Any] | None = None, wire: tuple[str, str, int] | None = None) -> None:
        """Start the node and wait until it is dead.

        Args:
            log: kill it when it logs this.
            wire: kill it ("before" or "after", at the n-th request of a method or of any, n).
        """
        count = 0

        def hook(method: str, _: Any) -> None:
            nonlocal count
            assert wire is not None
            when, wanted, number = wire
            if wanted in (method, "any"):
                count += 1
                if count == number:
                    self.oracle.kill()
                    if when == "before":
                        raise ConnectionAbortedError

        if wire is not None:
            setattr(self.wire, wire[0], hook)
        try:
            assert self.oracle.start(log).wait_for_death(60) == -9
        finally:
            self.wire.reset()

    def check_one_vote(self, audit_id: int) -> None:
        """Exactly one ballot, one commitment, one reveal, and they belong together."""
        ((ballot,),) = self.oracle.execute("SELECT commitment FROM ballots WHERE audit_id = ?", audit_id)
        committed = [e for e in self.board.committed(audit_id, 0, self.head()) if e.seat == self.seat]
        revealed = [e for e in self.board.revealed(audit_id, 0, self.head()) if e.seat == self.seat]
        assert [event.commitment for event in committed] == [ballot]
        assert [event.verdict for event in revealed] == [Verdict.VALUES]

    def sent(self) -> int:
        """How many transactions the chain has of the node."""
        return self.session.w3.eth.get_transaction_count(self.oracle.address)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scene(network, tmp_path_factory) -> Iterator[Scene]:
    wire = Wire(network.rpc)
    seat = stake(network, "oracle-1")
    for name in PEERS:
        stake(network, name)
    model_id = models.register(network, models.manifest(models.digits()), models.digits())
    policy_id = add_policy(network, "endless", commit=800, reveal=800)
    oracle = Oracle(network, "oracle-1", tmp_path_factory.mktemp("oracle-1"), {"rpc": wire.url})
    yield Scene(network, wire, oracle, seat, policy_id, model_id)
    oracle.kill()
    wire.close()


def test_node__killed_at_every_boundary_of_an_audit__casts_exactly_one_vote(scene):
    before = scene.sent()
    audit_id = scene.request()
    scene.run_until_killed(log={"event": "computation.finished"})
    scene.oracle.execute("UPDATE followed SET hash = x'00'")  # as if the chain had been reorganised meanwhile
    scene.run_until_killed(log={"event": "vote.journaled"})
    assert scene.oracle.seen("chain.reorganised")
    scene.run_until_killed(wire=("before", SEND, 1))
    assert scene.done(audit_id) == (False, False)
    scene.run_until_killed(wire=("after", SEND, 1))
    eventually(lambda: scene.done(audit_id) == (True, False), 10, "the commitment lands though its sender is dead")
    scene.follow(audit_id)
    scene.run_until_killed(log={"event": "transaction.sending", "duty": "reveal"})
    eventually(lambda: scene.done(audit_id)[0], 10, "committed")
    scene.run_until_killed(wire=("before", SEND, 1))
    scene.run_until_killed(wire=("after", SEND, 1))
    eventually(lambda: scene.done(audit_id) == (True, True), 10, "the reveal lands though its sender is dead")
    scene.follow(audit_id)
    scene.run_until_killed(wire=("after", SEND, 1))  # close
    wait_for_phase(scene.book, audit_id, Phase.DECIDED)
    scene.run_until_killed(wire=("after", SEND, 1))  # finalize
    final = wait_for_phase(scene.book, audit_id, Phase.FINAL)
    scene.oracle.start().wait_for("audit.left", audit_id=audit_id)
    scene.oracle.kill()
    scene.check_one_vote(audit_id)
    assert Progress.unpack(final.progress).paid == 0b111
    assert scene.sent() - before == 4, "commit, reveal, close, finalize: nothing was sent twice"


def test_node__killed_at_random_requests__casts_exactly_one_vote(scene):
    chance = random.Random(1)
    audit_id = scene.request()
    for _ in range(2):
        scene.run_until_killed(wire=(chance.choice(["before", "after"]), "any", chance.randint(10, 120)))
        scene.follow(audit_id)
    scene.oracle.start()
    eventually(lambda: scene.done(audit_id)[0], 60, "committed")
    scene.follow(audit_id)
    eventually(lambda: scene.done(audit_id)[1], 60, "revealed")
    scene.follow(audit_id)
    final = wait_for_phase(scene.book, audit_id, Phase.FINAL)
    scene.oracle.kill()
    scene.check_one_vote(audit_id)
    assert Progress.unpack(final.progress).paid == 0b111


def test_node__disk_lost_after_the_commitment__recomputes_the_vote_and_reveals_it(scene):
    audit_id = scene.request()
    scene.run_until_killed(wire=("after", SEND, 1))
    eventually(lambda: scene.done(audit_id)[0], 10, "committed")
    scene.follow(audit_id)
    shutil.rmtree(scene.oracle.data_dir)
    scene.oracle.data_dir.mkdir()
    scene.oracle.start().wait_for("vote.recovered", audit_id=audit_id, timeout=60)
    assert scene.oracle.seen("alarm", code="unknown-commitment", audit_id=audit_id)
    eventually(lambda: scene.done(audit_id) == (True, True), 30, "revealed")
    scene.oracle.kill()
    scene.check_one_vote(audit_id)


def test_node__disk_lost_after_an_unavailable_vote__opens_it_without_computing(scene):
    audit_id = scene.request()
    session = acting(scene.book, scene.book.accounts["oracle-1"])
    assert session.account is not None
    seed = audit(scene.book, audit_id).seed
    manifest = Models(session).model(scene.model_id, scene.head()).manifest
    document = Finding(Verdict.UNAVAILABLE).document(audit_id, seed, manifest, None)
    voter = Voter(scene.book.chain_id, scene.board.address, session.account.address, bytes(session.account.key))
    Board(session).commit(audit_id, voter.seal(audit_id, seed, Verdict.UNAVAILABLE, (), (), document).commitment)
    scene.oracle.start().wait_for("vote.recovered", audit_id=audit_id)
    scene.follow(audit_id)
    eventually(lambda: scene.done(audit_id) == (True, True), 30, "revealed")
    scene.oracle.kill()


def test_node__another_machine_committed_otherwise_with_its_key__stays_silent_and_raises_an_alarm(scene):
    audit_id = scene.request()
    Board(acting(scene.book, scene.book.accounts["oracle-1"])).commit(audit_id, b"\x66" * 32)
    before = scene.sent()
    scene.oracle.start().wait_for("alarm", code="foreign-commitment", audit_id=audit_id, timeout=60)
    status, _ = scene.oracle.get("/live")
    assert status == 200
    _, text = scene.oracle.get("/metrics")
    assert 'assay_alarms_total{code="foreign-commitment"} 1.0' in text
    assert scene.sent() == before
    assert scene.done(audit_id) == (True, False)
    scene.oracle.kill()


def test_node__second_node_with_the_same_key_or_directory__is_refused(scene):
    scene.oracle.start().wait_for("node.started")
    second = Oracle(scene.book, "oracle-1", scene.oracle.data_dir.with_name("other"), {})
    second.data_dir.mkdir()
    assert second.start().wait_for_death() == 1
    assert any("another node holds" in event.get("text", "") for event in second.events)
    third = Oracle(scene.book, "oracle-4", scene.oracle.data_dir, {})
    assert third.start().wait_for_death() == 1
    assert any("another node holds" in event.get("text", "") for event in third.events)
    scene.oracle.kill()
