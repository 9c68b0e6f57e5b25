"""A network with a history, and a gateway in front of it.

One model with two decided audits (in the first an oracle lies and another never reveals: both are slashed), one audit
without a majority, one that an appeal overturned, and one that is still being voted on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvicorn
from assay_chain import keystore
from assay_chain import lanes as packed
from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT
from assay_chain.devnet.settings import Settings as Devnet
from assay_chain.devnet.up import up
from assay_chain.gateway import app as gateways
from assay_chain.gateway.settings import Settings
from assay_chain.gateway.signin import Message
from assay_chain.policies import load_standard
from assay_chain.policies.types import Length
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Verdict
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.vault import Vault
from assay_client import settling, staking
from assay_client.accounts import choose
from assay_client.portal import app as portals
from assay_client.sdk import Client
from assay_client.supplier import examples, publishing
from assay_client.watching import look
from assay_oracles.protocol.commitment import commitment
from assay_oracles.protocol.round import Stage
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI

from tests.chain.fast import mine_until

Acting = Callable[[str], Session]
Get = Callable[..., Any]

ORACLES: Final = tuple(f"oracle-{number}" for number in (1, 2, 3, 4, 5))
HONEST: Final = (40, 74, 41, 73, 39, 72, 120_000, 20_000, 100, 0, 2**31, 2**31)
SMALL: Final = "three-of-five"
"""A policy whose audits leave oracles for an appeal."""
LYING: Final = (40, 74, 57, 57, 40, 57, 920_000, 20_000, 100, 0, 2**31, 2**31)
SALT: Final = b"\x07" * 32
EVIDENCE: Final = b"\x0e" * 32


@dataclass(frozen=True)
class History:
    """The numbers of what happened."""

    model: int
    policy: int
    slashing: int
    """Decided by three against a liar; the fifth oracle never revealed."""
    unanimous: int
    undecided: int
    appealed: int
    """Two of three lied; the client appealed, and with two more votes the truth has three of five."""
    open: int


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AddressBook]:
    """On the embedded engine, which keeps every state: audits are looked at as they once were."""
    settings = Devnet(
        directory=tmp_path_factory.mktemp("portal"), port=0, block_time=0.1, oracles=5, unbonding_blocks=20_000
    )
    with up(settings) as running:
        yield running.book


@pytest.fixture(scope="package")
def sign_as(network: AddressBook) -> Acting:
    """A session that acts as a named development account."""
    return lambda name: Session.connect(network, choose(network, name, None, None, name))


@pytest.fixture(scope="package")
def history(network: AddressBook, sign_as: Acting, tmp_path_factory: pytest.TempPathFactory) -> History:
    for name in ORACLES:
        staking.stake(sign_as(name), 500 * UNIT)
    folder = tmp_path_factory.mktemp("models") / "cancer"
    examples.write("breast-cancer", folder)
    model = publishing.publish(sign_as("supplier"), folder).model_id
    gatekeeper = sign_as("gatekeeper")
    spec = next(spec for spec in load_standard() if spec.name == "whitebox-2-dev")
    brisk = replace(spec.terms, commit=Length(blocks=300), reveal=Length(blocks=300), dispute=Length(blocks=2))
    patient = replace(brisk, commit=Length(blocks=9_000))  # longer than these tests last
    policy, _ = Policies(gatekeeper).add(replace(spec, name="brisk", terms=brisk))
    Policies(gatekeeper).add(replace(spec, name="patient", terms=patient))
    few = replace(brisk, max_roster=3, dispute=Length(blocks=300))
    Policies(gatekeeper).add(replace(spec, name=SMALL, terms=few))
    client = Client(sign_as("client"))

    def audit(*votes: Sequence[int] | None, policy: str = "brisk") -> int:
        number = client.request(client.quote(str(model), policy=policy)).audit_id
        vote(sign_as, number, votes)
        return number

    def appeal() -> int:
        number = client.request(client.quote(str(model), policy=SMALL)).audit_id
        ballot(sign_as, number, [HONEST, LYING, LYING])
        settling.settle(client.session, number)
        client.appeal(client.quote_appeal(number))
        vote(sign_as, number, [HONEST, HONEST])
        return number

    return History(
        model=model,
        policy=policy,
        slashing=audit(HONEST, HONEST, HONEST, LYING, None),
        unanimous=audit(*[HONEST] * 5),
        undecided=audit(HONEST, HONEST, LYING, LYING, ()),
        appealed=appeal(),
        open=audit(HONEST, policy="patient"),
    )


def vote(sign_as: Acting, audit_id: int, votes: Sequence[Sequence[int] | None]) -> None:
    """The oracles that can act vote, by position, and the audit is settled; with fewer votes than those it stays open.

    None commits and never reveals; no lanes are a vote of `Verdict.UNAVAILABLE`.
    """
    client = sign_as("client")
    ballot(sign_as, audit_id, votes)
    status = look(client, audit_id, client.head().number)
    if status.stage is Stage.COMMITTING:
        return
    if status.stage is Stage.REVEALING and status.deadline_block is not None:
        mine_until(client, status.deadline_block)
    settled = settling.settle(client, audit_id)
    if settled.deadline_block is not None:
        mine_until(client, settled.deadline_block)
        settling.settle(client, audit_id)


def ballot(sign_as: Acting, audit_id: int, votes: Sequence[Sequence[int] | None]) -> None:
    """The oracles that can act commit and reveal, by position."""
    client = sign_as("client")
    board, block = Board(client), client.head().number
    by_seat = {Vault(client).seat_of(_own(each).address, block): each for each in map(sign_as, ORACLES)}
    status = look(client, audit_id, block)
    voters = [by_seat[seat] for seat in status.added or status.roster]

    def commit(voter: Session, lanes: Sequence[int] | None) -> None:
        me, (verdict, words) = _own(voter).address, _packed(lanes)
        sealed = commitment(client.book.chain_id, board.address, audit_id, me, verdict, words, EVIDENCE, SALT)
        Board(voter).commit(audit_id, sealed)

    def reveal(voter: Session, lanes: Sequence[int] | None) -> None:
        if lanes is not None:
            verdict, _ = _packed(lanes)
            Board(voter).reveal(audit_id, _own(voter).address, verdict, lanes, EVIDENCE, SALT)

    with ThreadPoolExecutor(len(ORACLES)) as pool:
        list(pool.map(commit, voters, votes))
        if len(votes) == len(voters):
            list(pool.map(reveal, voters, votes))


def _packed(lanes: Sequence[int] | None) -> tuple[Verdict, tuple[int, ...]]:
    return (Verdict.UNAVAILABLE, ()) if lanes == () else (Verdict.VALUES, packed.pack(lanes or HONEST))


def _own(session: Session) -> LocalAccount:
    assert session.account is not None
    return session.account


@pytest.fixture(scope="package")
def application(network: AddressBook, history: History, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    app = gateways.create(
        Settings(book=network, directory=tmp_path_factory.mktemp("gateway"), url="http://gateway.test")
    )
    portals.mount(app)
    return app


@pytest.fixture(scope="package")
def gateway(application: FastAPI) -> Iterator[str]:
    """The base URL of a running gateway."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def sign_in(gateway: str, account: LocalAccount) -> httpx.Client:
    """A client of the gateway that is signed in."""
    client = httpx.Client(base_url=gateway)
    told = client.get("/auth/nonce").json()
    text = Message.new(told["domain"], account.address, told["uri"], told["chain_id"], told["nonce"], 60).text()
    signature = account.sign_message(encode_defunct(text=text)).signature.hex()
    done = client.post("/auth/login", json={"message": text, "signature": signature})
    assert done.status_code == 200, done.text
    client.cookies.clear()
    client.headers["Authorization"] = f"Bearer {done.json()['access_token']}"
    return client


def account_of(network: AddressBook, name: str) -> LocalAccount:
    entry = network.accounts[name]
    assert entry.keystore is not None
    assert entry.password_file is not None
    return keystore.load_account(entry.keystore, keystore.read_password(Path(entry.password_file)))


@pytest.fixture(scope="package")
def member(gateway: str, network: AddressBook) -> Iterator[httpx.Client]:
    client = sign_in(gateway, account_of(network, "client"))
    yield client
    client.close()


@pytest.fixture(scope="package")
def gatekeeper(gateway: str, network: AddressBook) -> Iterator[httpx.Client]:
    client = sign_in(gateway, account_of(network, "gatekeeper"))
    yield client
    client.close()


@pytest.fixture(scope="package")
def get(member: httpx.Client) -> Get:
    """Read an address of the portal, which must answer 200; returns its object."""

    def get(path: str, **query: Any) -> Any:
        answer = member.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get
