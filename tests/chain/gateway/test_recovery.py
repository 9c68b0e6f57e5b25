"""The gateway restarted, and its node gone, in the middle of an audit: oracles and clients recover by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.gateway import members_book
from assay_chain.policies import Length, load_standard
from assay_chain.roles import Role
from assay_chain.wrappers.board import Phase
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.policies import Policies
from assay_oracles.protocol.roster import Progress

from tests.chain.gateway.conftest import ORACLES, Acting, Open, on_one_engine
from tests.chain.gateway.door import Door
from tests.chain.gateway.relay import Relay
from tests.oracles.node import models
from tests.oracles.node.harness import Oracle, request, stake, wait_for_phase

pytestmark = pytest.mark.xdist_group("gateway")

OUTAGE_SECONDS = 3


@pytest.fixture(scope="package")
def wire(network: AddressBook) -> Iterator[Relay]:
    """Between the gateway and its node."""
    with Relay(network.rpc) as relay:
        yield relay


@pytest.fixture(scope="package")
def fragile(opened: Open, network: AddressBook, wire: Relay) -> Door:
    """A gateway whose node can go away."""
    return opened(book=replace(network, rpc=wire.url))


@pytest.fixture(scope="package")
def nodes(
    fragile: Door, network: AddressBook, acting: Acting, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Oracle]]:
    """Three oracles, each a process that knows the chain through the gateway only."""
    book = members_book.write(fragile.settings)
    for name in ORACLES:
        Membership(acting("gatekeeper")).admit(network.accounts[name].address, [Role.ORACLE])
        stake(network, name)
    running = [Oracle(book, name, tmp_path_factory.mktemp(name)).start() for name in ORACLES]
    yield running
    for node in running:
        node.kill()


@on_one_engine
def test_audit__gateway_restarted_and_node_gone_meanwhile__is_decided_with_every_vote(
    fragile: Door, wire: Relay, nodes: list[Oracle], network: AddressBook, acting: Acting, tmp_path: Path
) -> None:
    spec = next(spec for spec in load_standard() if spec.name == "whitebox-2-dev")
    terms = replace(spec.terms, commit=Length(blocks=1500), reveal=Length(blocks=1500), dispute=Length(blocks=2))
    policy, _ = Policies(acting("gatekeeper")).add(replace(spec, name="outage", terms=terms))
    model = models.register(network, models.sign(tmp_path, None), tmp_path, [])
    for node in nodes:
        node.wait_for("node.started", timeout=60)
    book = members_book.write(fragile.settings)

    audit_id = request(book, model, policy)  # the client comes through the gateway, too
    fragile.stop()
    time.sleep(OUTAGE_SECONDS)
    fragile.start()
    nodes[0].wait_for("vote.journaled", timeout=60, audit_id=audit_id)
    wire.cut()
    time.sleep(OUTAGE_SECONDS)
    wire.mend()

    done = wait_for_phase(network, audit_id, Phase.FINAL, timeout=90)
    progress, everyone = Progress.unpack(done.progress), 0b111
    assert (progress.committed, progress.revealed, progress.paid, progress.slashed) == (everyone, everyone, everyone, 0)
    for node in nodes:
        assert node.process is not None
        assert node.process.poll() is None, "no node ended"
        assert node.seen("chain.trouble"), "every node met the outage"
