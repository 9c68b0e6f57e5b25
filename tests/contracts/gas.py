"""Gas of every operation and of whole audits, as the receipts of real transactions say on a London chain.

`python -m tests.contracts.gas` measures and rewrites `contracts/gas.json`; a test compares. The table lies beside the
contracts that it describes, so that a change of either shows both.

Every transaction is alone in its block: 21,000, calldata and cold storage are in every figure. Audits are measured when
their oracles have been in one before, with different votes of full lanes that all agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1
from assay_oracles.audits.fairness.table import HEADER_BYTES
from assay_oracles.audits.fairness.transcript import word
from assay_oracles.protocol.consensus import Vote
from eth_utils import keccak

from tests.contracts.harness.accounts import Account, Permit
from tests.contracts.harness.contract import Receipt
from tests.contracts.harness.disputes import (
    BRANCH,
    CHALLENGE,
    COMMITMENT_A,
    COMMITMENT_B,
    DUPLICATE,
    MASK,
    POINT,
    TALLY,
    Disputed,
    Fault,
    honest_file,
    overwritten,
)
from tests.contracts.harness.ledger import Ledger
from tests.contracts.harness.play import FALSE, GONE, HONEST, Round, values
from tests.contracts.harness.tables import Tables
from tests.contracts.harness.terms import FAIRNESS, UNIT, PolicySpec, Terms, fairness
from tests.contracts.harness.world import SECRET, STAKE, World

TABLE = Path(__file__).resolve().parents[2] / "contracts" / "gas.json"
GROUP = Secp256k1()
ROSTERS = (4, 7, 10, 16, 31)
WIDE_LANES = (16, 40, 96)
ROWS = (2, 4096)
PHASES = Terms(commit_blocks=40, reveal_blocks=40, dispute_blocks=1)
TABLE_PHASES = PHASES._replace(kind=FAIRNESS, min_rows=2)
UNBONDING_BLOCKS = 400
WHOLE = "commit + reveal + close + finalize"
REFUTATIONS = ("point", "branch", "challenge", "commitment a", "commitment b", "tally", "mask", "duplicate")
Gas = dict[str, int]


class Meter:
    """A world on the ledger, and the gas of what happens in it."""

    def __init__(self) -> None:
        names = ("deployer", "treasury", "gatekeeper", "client", "supplier", "stranger", "newcomer")
        oracles = [f"oracle-{i}" for i in range(max(ROSTERS))]
        self.ledger = Ledger([Account.named(name) for name in (*names, *oracles)])
        self.world = World(oracles=0, evm=self.ledger, unbonding_blocks=UNBONDING_BLOCKS)

    def of(self, call: Callable[..., Receipt], *arguments: Any, **sender: Any) -> int:
        """Gas used by one transaction."""
        call(*arguments, **sender)
        return self.ledger.gas_used

    def seat_up_to(self, count: int) -> None:
        """Seats oracles until there are so many."""
        for i in range(len(self.world.oracles), count):
            self.world.oracles.append(self.world.seat_oracle(f"oracle-{i}"))

    def policy(self, lanes: int) -> int:
        """A policy of so many lanes of full width."""
        spec = PolicySpec(f"{lanes} lanes", PHASES, [2**32 - 1] * lanes, [2**16] * lanes, [(0, 1)])
        return self.world.add_policy(spec)

    def audit(self, policy: int, votes: list[Vote], **request: Any) -> Gas:
        """One audit from request to its end; commits and reveals are sums over the roster."""
        world = self.world
        fields = world.request_fields(policyId=policy, **request)
        gas = {"request": self.of(world.board.request, fields, Permit(), sender=world.client)}
        audit = world.board.count()
        gas["open"] = self.of(world.board.open, audit, SECRET, sender=world.client)
        game = Round(world, audit)
        digests = [game.commitment(position, vote) for position, vote in enumerate(votes)]
        gas["commits"] = sum(
            self.of(world.board.commit, audit, digest, sender=voter)
            for digest, voter in zip(digests, game.voters, strict=True)
        )
        gas["reveals"] = sum(self.of(game.reveal, position, vote) for position, vote in enumerate(votes))
        gas["close"] = self.of(game.close)
        game.end_dispute()
        gas["finalize"] = self.of(game.finalize)
        gas["commit + reveal + close + finalize"] = sum(
            gas[each] for each in ("commits", "reveals", "close", "finalize")
        )
        return gas

    def appealed(self, policy: int, first: list[Vote], added: list[Vote]) -> Gas:
        """From the appeal against a decision to its end; commits and reveals are sums over those added."""
        game = Round.start(self.world, policyId=policy)
        game.vote(first)
        game.close()
        gas = {"appeal": self.of(game.appeal, self.world.client)}
        votes = dict(enumerate(added, len(first)))
        digests = {position: game.commitment(position, vote) for position, vote in votes.items()}
        gas["commits"] = sum(
            self.of(self.world.board.commit, game.audit, digest, sender=game.voters[position])
            for position, digest in digests.items()
        )
        gas["reveals"] = sum(self.of(game.reveal, position, vote) for position, vote in votes.items())
        gas["close"] = self.of(game.close)
        game.end_dispute()
        gas["finalize"] = self.of(game.finalize)
        return gas


def ballot(lanes: int, voter: int) -> Vote:
    """Full lanes that differ between voters by less than the tolerance."""
    base = [int.from_bytes(keccak(text=f"lane {lane}")[:4], "big") % 2**31 + 2**30 for lane in range(lanes)]
    noise = [keccak(text=f"lane {lane} of {voter}")[0] for lane in range(lanes)]
    first, *rest = sorted(number + by for number, by in zip(base, noise, strict=True))
    return values(first, *rest)


def measure() -> dict[str, Any]:
    """The whole table."""
    meter = Meter()
    narrow = meter.policy(8)
    audits: dict[str, Gas] = {}
    appeals: dict[str, Gas] = {}
    tables: dict[str, Gas] = {}
    for size in ROSTERS:
        meter.seat_up_to(size)
        votes = [ballot(8, voter) for voter in range(size)]
        meter.audit(narrow, votes)
        audits[f"{size} oracles"] = meter.audit(narrow, votes)
        if size in (min(ROSTERS), max(ROSTERS)):
            tables |= examinations(meter, size)
        if size == 7:
            votes[5], votes[6] = GONE, values(*[0] * 8)
            audits["7 oracles, one slashed, one struck, the client refunded"] = meter.audit(narrow, votes)
        if size == 10:
            policy = meter.world.add_policy(PolicySpec("four", PHASES._replace(max_roster=4)))
            for ends, wrong in (("confirmed", HONEST), ("replaced", values(5, 6, 7, *[900] * 5))):
                appeals[f"4 oracles {ends} by 6"] = meter.appealed(policy, [wrong] * 4, [HONEST] * 6)
    wide = {}
    for lanes in WIDE_LANES:
        policy = meter.policy(lanes)
        wide[f"31 oracles, {lanes} lanes"] = meter.audit(policy, [ballot(lanes, voter) for voter in range(31)])
    return {
        "schema": "assay/gas/1",
        "evm": "london",
        "audits, 8 lanes": audits,
        "audits, wide votes": wide,
        "appeals, 8 lanes": appeals,
        "fairness audits, 2 groups": tables,
        "fairness tables, 2 groups": publications(meter),
        "disputes, paths of 12 (up to 4096 rows), 2 groups": disputes(meter),
        "operations": operations(meter),
    }


def examinations(meter: Meter, size: int) -> dict[str, Gas]:
    """The first audits of two tables: one found true, one false."""
    policy = meter.world.add_policy(replace(fairness(f"fairness, {size} oracles"), terms=TABLE_PHASES))
    return {
        f"{size} oracles, {found}": meter.audit(policy, [vote] * size, testSet=Tables(meter.world).published())
        for found, vote in (("true", values(*range(1_000_000, 1_000_009))), ("false", FALSE))
    }


def publications(meter: Meter) -> Gas:
    """What a supplier pays to publish a table of so many rows."""
    tables, gas = Tables(meter.world), {}
    for n in ROWS:
        fields = tables.honest([row % 8 for row in range(n)]) | {"uri": "ipfs://" + "x" * 59}
        gas[f"publish, {n} rows"] = meter.of(tables.publish, fields)
    return gas


def disputes(meter: Meter) -> Gas:
    """What anyone pays to say something about a table; every refutation is of a table of its own."""
    world, tables, number = meter.world, Tables(meter.world), 2_000
    watcher = Account.named("newcomer")
    world.fund(watcher)
    data = honest_file(tables, [row % 8 for row in range(max(ROWS) // 2 + 1)])  # as deep a tree, made in half the time
    false = {
        Fault(POINT, number, 3): (192, bytes(64)),
        Fault(BRANCH, number, 2): (256 + 192 * 2, bytes(64)),
        Fault(CHALLENGE, number): (256 + 192 * 2 + 128, word(5)),
        Fault(COMMITMENT_A, number, 2): (256 + 192 * 2 + 160, word(5)),
        Fault(COMMITMENT_B, number, 2): (256 + 192 * 2 + 160, word(5)),
        Fault(TALLY, number): (192, GROUP.base(5)),
        Fault(MASK, number): (64, GROUP.base(5)),
        Fault(DUPLICATE, number, 1): (0, data[HEADER_BYTES : HEADER_BYTES + 64]),
    }
    gas: Gas = {}
    for place, (fault, (at, new)) in enumerate(false.items()):
        nonce = data[:224] + word(place + 1) + data[256:]
        table = Disputed(tables, overwritten(nonce, number, at, new))
        if not gas:
            gas["demand"] = meter.of(table.demand, 7, watcher)
            gas["answer"] = meter.of(table.answer, 7, world.supplier)
        gas["announce"] = meter.of(table.announce, fault, watcher)
        gas[f"refute, {REFUTATIONS[place]}"] = meter.of(table.refute, fault, watcher)
    for model, name in ((world.model, "the model"), (world.register_model("another"), "another model")):
        # Every table here has the same keys, but for those of the row that is false.
        later = Disputed(tables, data[:224] + word(len(gas)) + data[256:], modelId=model)
        fault = Fault(DUPLICATE, number - 1, number - 1)
        later.announce(fault, watcher)
        evidence = later.evidence(fault, table)
        gas[f"refute, duplicate in a table of {name}"] = meter.of(later.refute, fault, watcher, evidence)
    gas["settle a refuted table's bond"] = meter.of(table.board.settleBond, table.id, sender=watcher)
    return gas


def operations(meter: Meter) -> Gas:
    """Single calls, in a world that has run audits."""
    world, gas = meter.world, {}
    newcomer = world.admit("newcomer", "ORACLE")
    gas["grant a role"] = meter.ledger.gas_used
    world.fund(newcomer)
    gas["stake, first"] = meter.of(world.vault.stake, STAKE, Permit(), sender=newcomer)
    gas["stake, more"] = meter.of(world.vault.stake, UNIT, Permit(), sender=newcomer)
    gas["stake, with permit"] = meter.of(world.vault.stake, UNIT, world.permit(newcomer, UNIT), sender=newcomer)
    gas["unbond"] = meter.of(world.vault.unbond, STAKE, sender=newcomer)
    gas["unbond, cancel"] = meter.of(world.vault.unbond, 0, sender=newcomer)
    gas["activate"] = meter.of(world.vault.activate, sender=newcomer)
    world.vault.unbond(STAKE, sender=newcomer)
    world.evm.mine(UNBONDING_BLOCKS + 1)
    gas["release"] = meter.of(world.vault.release, sender=newcomer)
    permit = world.permit(world.client, 10**24)
    gas["request, with permit"] = meter.of(world.board.request, world.request_fields(), permit, sender=world.client)
    world.evm.mine(201)
    gas["expire"] = meter.of(world.board.expire, world.board.count(), sender=world.client)
    gas["withdraw"] = meter.of(world.vault.withdraw, sender=world.client)
    claim = (b"accuracy".ljust(32, b"\0"), 0, 970_000, 1_000)
    for claims in (0, 1, 16):
        fields = (keccak(text=f"{claims} claims"), "ipfs://" + "x" * 59, 0, [claim] * claims)
        gas[f"register, {claims} claims"] = meter.of(world.models.register, *fields, sender=world.supplier)
    for lanes in (8, 40, 96):
        spec = PolicySpec(f"{lanes} lanes again", Terms(), [9] * lanes, [1] * lanes, [(0, 1)] * lanes)
        gas[f"add a policy, {lanes} lanes"] = meter.of(world.policies.add, *spec.arguments(), sender=world.gatekeeper)
    return gas


def write() -> None:
    """Measures and rewrites the table."""
    TABLE.write_text(json.dumps(measure(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
