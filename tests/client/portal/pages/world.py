"""A network whose past shows every state that the pages can draw.

The chain, the contracts, the store and the fairness tables are real; only the oracles' numbers are chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT
from assay_chain.lanes import pack
from assay_chain.policies import load_standard
from assay_chain.policies.types import Kind, Length
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.policies import Policies
from assay_client import staking
from assay_client.accounts import choose
from assay_client.sdk import Client
from assay_client.supplier import examples, publishing
from assay_oracles.protocol.commitment import commitment

from tests.client.portal.conftest import EVIDENCE, ORACLES, SALT, vote
from tests.e2e.harness import good

TRUTH: Final = (43, 71, 42, 72, 41, 70, 88_214, 21_450, 109, 1, 2**31 + 18_204, 2**31 - 40_991)
DRIFT: Final = (0, 2, -1, 3, 1)
"""How far honest machines lie apart in what is computed in floating point."""
NAME: Final = '<img src=x onerror="document.title=1">'
"""What a hostile supplier may call a model."""
CLAIMS: Final = [
    {"metric": "accuracy", "op": ">=", "bound": 0.94, "tolerance": 0},
    {"metric": "recall_1", "op": ">=", "bound": 0.9, "tolerance": 0},
    {"metric": "log_loss", "op": "<=", "bound": 0.05, "tolerance": 0},
]
PARITY: Final = [{"metric": "demographic_parity_difference", "op": "<=", "bound": 0.5, "tolerance": 0}]
COUNTS: Final = (60, 18, 14, 48, 71, 9, 26, 34)


@dataclass(frozen=True)
class World:
    """What is what.

    Attributes:
        book: the network.
        model: with a broken claim; `closed` is the one with the tables, `hostile` the one called `NAME`.
        agreed, cheated, split, open, table, appealed: audits: all agree but for drift; one lies and one is near; no
            majority; two of five have committed; of the verified table; three decided, and the other two are to vote.
        verified, pending: fairness tables.
    """

    book: AddressBook
    model: int
    closed: int
    hostile: int
    agreed: int
    cheated: int
    split: int
    open: int
    table: int
    appealed: int
    verified: str
    pending: str

    def sign_as(self, name: str) -> Session:
        """A session that acts as a named development account."""
        return Session.connect(self.book, choose(self.book, name, None, None, name))


def build(book: AddressBook, folder: Path) -> World:
    """Let it all happen."""

    def sign_as(name: str) -> Session:
        return Session.connect(book, choose(book, name, None, None, name))

    for name in ORACLES:
        staking.stake(sign_as(name), 900 * UNIT)
    client = Client(sign_as("client"))
    spec = next(spec for spec in load_standard() if spec.name == "whitebox-2-dev")
    long = replace(spec.terms, commit=Length(blocks=40_000), dispute=Length(blocks=2))
    Policies(sign_as("gatekeeper")).add(replace(spec, name="patient", terms=long))
    few = replace(long, max_roster=3, dispute=Length(blocks=40_000))
    Policies(sign_as("gatekeeper")).add(replace(spec, name="few", terms=few))
    model, closed = publish(sign_as, folder, "tumours", CLAIMS), publish(sign_as, folder, "lender", PARITY)

    def audit(votes: Sequence[Sequence[int]], table: str | None = None) -> int:
        of_table = {"kind": Kind.FAIRNESS, "table": bytes.fromhex(table or "")}
        offer = client.quote(closed, **of_table) if table else client.quote(model, policy="patient")  # type: ignore[arg-type]
        number = client.request(offer).audit_id
        vote(sign_as, number, votes)
        return number

    verified = prove(book, folder, closed, COUNTS)
    near = [drifted(drift) for drift in DRIFT]
    return World(
        book=book,
        model=model,
        closed=closed,
        agreed=audit(near),
        cheated=audit([*near[:3], drifted(15), drifted(-60_000, correct=2)]),
        split=audit([near[0], near[1], drifted(90), drifted(91), ()]),
        open=audit(near[:2]),
        verified=verified,
        table=audit([[*COUNTS, 7]] * 5, verified),
        appealed=appeal(sign_as, client, model),
        pending=prove(book, folder, closed, (4, 3, 2, 5, 6, 2, 3, 4)),
        hostile=publish(sign_as, folder, NAME, PARITY),
    )


def appeal(sign_as: Any, client: Client, model: int) -> int:
    """Three oracles are drawn and agree; the client appeals, so that the other two vote, too."""
    number = client.request(client.quote(model, policy="few")).audit_id
    drawn = {ballot.operator for ballot in client.votes(number)}
    voters = [session for session in map(sign_as, ORACLES) if session.account.address in drawn]
    book, lanes = client.session.book, drifted(0)
    for session in voters:
        board, me = Board(session), session.account.address
        terms = (book.chain_id, board.address, number, me, Verdict.VALUES, pack(lanes), EVIDENCE, SALT)
        board.commit(number, commitment(*terms))
    for session in voters:
        Board(session).reveal(number, session.account.address, Verdict.VALUES, lanes, EVIDENCE, SALT)
    client.settle(number)
    client.appeal(client.quote_appeal(number))
    return number


def drifted(drift: int, correct: int = 0) -> list[int]:
    """The truth, off by `drift` in the log loss and a little in the sketches; `correct` more of class 0 are right."""
    support_0, support_1, predicted_0, predicted_1, correct_0, correct_1, loss, *rest = TRUTH
    lanes = [support_0, support_1, predicted_0 + correct, predicted_1, correct_0 + correct, correct_1, loss + drift]
    return [*lanes, *rest[:3], rest[3] + drift % 3, rest[4] - drift % 2]


def publish(sign_as: Any, folder: Path, name: str, claims: Sequence[Mapping[str, Any]]) -> int:
    """Publish an open model, or a closed one for claims about fairness."""
    place = folder / name.partition("<")[0] / str(len(name))
    manifest = place / "model.json"
    if claims is CLAIMS:
        examples.write("breast-cancer", place)
        document = json.loads(manifest.read_text())
    else:
        place.mkdir(parents=True)
        document = {"schema": "assay/manifest/1", "version": "1"}
    manifest.write_text(json.dumps({**document, "name": name, "claims": list(claims)}))
    return publishing.publish(sign_as("supplier"), place, compute=False).model_id


def prove(book: AddressBook, folder: Path, model: int, counts: Sequence[int]) -> str:
    """Prove and publish a table of rows with these permutations; its id."""
    name = f"table-{sum(counts)}"
    choices = [k for k, rows in enumerate(counts) for _ in range(rows)]
    lines = [f"{name}-{i},{k // 4},{k // 2 % 2},{k % 2}" for i, k in enumerate(choices)]
    rows, out = folder / f"{name}.csv", str(folder / name)
    rows.write_text("\n".join(["id,group,label,predicted", *lines]) + "\n")
    columns = ("--protected", "group", "--actual", "label", "--predicted", "predicted", "--row-id", "id")
    good(book, "fairness", "prove", str(rows), *columns, "--model", str(model), "--out", out)
    return str(good(book, "fairness", "publish", out, "--model", str(model))["table_id"])
