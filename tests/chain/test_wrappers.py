"""The wrappers against the deployed contracts: what goes in comes out, and a whole audit runs through them."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from assay_chain import lanes as packed
from assay_chain.addressbook import AddressBook
from assay_chain.amounts import UNIT
from assay_chain.errors import MalformedInput, Reverted
from assay_chain.policies import Length, load_standard
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.board import Audit, Board, Phase, Request, Verdict
from assay_chain.wrappers.membership import Member, Membership
from assay_chain.wrappers.models import Claim, Models, Op
from assay_chain.wrappers.policies import Policies, Policy
from assay_chain.wrappers.token import Permit, Token
from assay_chain.wrappers.vault import Vault
from assay_oracles.protocol.commitment import commitment
from assay_oracles.protocol.roster import Progress, seats
from eth_account import Account
from eth_utils.crypto import keccak

from tests.chain.fast import mine_until

Connect = Callable[..., Session]
STANDARD = {spec.name: spec for spec in load_standard()}


def latest(session: Session) -> int:
    return session.latest().number


def own(session: Session) -> str:
    assert session.account
    return str(session.account.address)


# Token


def test_permit__signed__gives_the_allowance_once(devnet: AddressBook, connect: Connect) -> None:
    session = connect("client")
    assert session.account
    token, vault = Token(session), devnet.contracts["Vault"]
    permit = token.sign_permit(session.account, vault, 5 * UNIT, int(time.time()) + 3600)
    use = session.contract("AssayToken").functions.permit
    nonce = token.nonces(own(session), latest(session))
    session.send(use(own(session), vault, permit.value, permit.deadline, permit.v, permit.r, permit.s))
    assert token.allowance(own(session), vault, latest(session)) == 5 * UNIT
    assert token.nonces(own(session), latest(session)) == nonce + 1
    with pytest.raises(Reverted, match="permit was signed by") as again:
        session.send(use(own(session), vault, permit.value, permit.deadline, permit.v, permit.r, permit.s))
    assert again.value.name == "ERC2612InvalidSigner"
    token.approve(vault, 0)


def test_token__moves__are_seen_from_their_block_on(connect: Connect) -> None:
    session, to = connect("client"), Account.create().address
    token, before = Token(session), latest(session)
    token.transfer(to, 3)
    token.approve(to, 4)
    block = latest(session)
    assert (token.balance_of(to, before), token.balance_of(to, block)) == (0, 3)
    assert token.allowance(own(session), to, block) == 4
    with pytest.raises(Reverted) as caught:
        token.mint(to, 1)
    assert caught.value.name == "NotTreasury"


# Membership


def test_membership__admit_and_revoke__change_exactly_the_roles_named(connect: Connect) -> None:
    session, member = connect("gatekeeper"), Account.create().address
    membership = Membership(session)
    assert len(membership.admit(member, [Role.CLIENT, Role.VIEWER])) == 2
    assert membership.admit(member, [Role.CLIENT]) == ()
    assert membership.roles_of(member, latest(session)) == {Role.CLIENT, Role.VIEWER}
    assert Member(member, frozenset({Role.CLIENT, Role.VIEWER})) in membership.members(latest(session))
    assert len(membership.revoke(member, [Role.VIEWER])) == 1
    assert membership.roles_of(member, latest(session)) == {Role.CLIENT}
    assert len(membership.revoke(member)) == 1
    assert member not in {each.address for each in membership.members(latest(session))}


def test_membership__stranger_admits__is_refused(connect: Connect) -> None:
    with pytest.raises(Reverted, match="lacks the gatekeeper role"):
        Membership(connect("client")).admit(Account.create().address, [Role.CLIENT])


def test_membership__last_gatekeeper__stays(connect: Connect) -> None:
    session = connect("gatekeeper")
    with pytest.raises(Reverted) as caught:
        Membership(session).revoke(own(session), [Role.GATEKEEPER])
    assert caught.value.name == "LastGatekeeper"


# Policies


@pytest.mark.parametrize("name", sorted(STANDARD))
def test_policies__standard_policy__comes_back_as_it_was_declared(
    connect: Connect, devnet: AddressBook, name: str
) -> None:
    spec, session = replace(STANDARD[name], name=f"{name}-again"), connect("gatekeeper")
    if not spec.terms.development:
        # The devnet's vault is too small for the terms of production; its lanes are what matters here.
        spec = replace(spec, terms=STANDARD[f"{name}-dev"].terms)
    policies = Policies(session)
    policy_id, _ = policies.add(spec)
    found = policies.get(policy_id, latest(session))
    assert policies.by_name(spec.name, latest(session)) == found
    assert (found.id, found.name, found.retired) == (policy_id, spec.name, False)
    assert found.terms == spec.terms_at(devnet.block_time)
    assert found.lanes == spec.lanes
    assert found.orders == spec.orders
    assert policies.lane_count(policy_id, latest(session)) == len(spec.lanes)
    with pytest.raises(Reverted, match=f"policy {policy_id} has the name {spec.name}"):
        policies.add(spec)


def test_policies__retired__is_still_found_and_says_so(connect: Connect) -> None:
    session = connect("gatekeeper")
    policies = Policies(session)
    policy_id, _ = policies.add(replace(STANDARD["whitebox-2-dev"], name="retired-soon"))
    policies.retire(policy_id)
    assert policies.get(policy_id, latest(session)).retired
    policies.retire(policy_id, retired=False)
    found = policies.by_name("retired-soon", latest(session))
    assert found
    assert not found.retired


def test_policies__production_terms_on_a_small_vault__are_refused_in_words(connect: Connect) -> None:
    with pytest.raises(Reverted, match="unbondingBlocks is out of range") as caught:
        Policies(connect("gatekeeper")).add(replace(STANDARD["whitebox-2"], name="too-long"))
    assert caught.value.culprit == "gatekeeper"


def test_policies__unknown_or_badly_named__are_clear_errors(connect: Connect) -> None:
    session = connect("gatekeeper")
    policies = Policies(session)
    assert policies.by_name("no-such-policy", latest(session)) is None
    with pytest.raises(Reverted, match="no policy 9999"):
        policies.get(9999, latest(session))
    with pytest.raises(MalformedInput):
        policies.add(replace(STANDARD["whitebox-2-dev"], name="n" * 33))


# Models


def test_models__registered__comes_back_with_its_claims(connect: Connect) -> None:
    session = connect("supplier")
    models, digest = Models(session), hashlib.sha256(b"a manifest").digest()
    claims = (Claim("accuracy", Op.AT_LEAST, 970_000, 1_000), Claim("log_loss", Op.AT_MOST, -5, 0))
    model_id, receipt = models.register(digest, "file:///manifest.json", claims)
    block = latest(session)
    model = models.model(model_id, block)
    assert (model.id, model.owner, model.supersedes) == (model_id, own(session), 0)
    assert (model.registered_at, model.manifest, model.uri) == (receipt["blockNumber"], digest, "file:///manifest.json")
    assert model.claims == claims
    assert models.id_of(own(session), digest, block) == model_id
    assert models.id_of(own(session), bytes(32), block) is None
    assert models.count(block) >= model_id
    assert models.registration(model) == receipt["transactionHash"].to_0x_hex()
    with pytest.raises(Reverted, match=f"registered as model {model_id}"):
        models.register(digest, "file:///manifest.json")
    with pytest.raises(MalformedInput):
        models.register(bytes([1] * 32), "file:///m", [Claim("é", Op.AT_LEAST, 0, 0)])


# Vault


def test_vault__stake_of_an_oracle__is_seen_at_its_seat(connect: Connect) -> None:
    session = connect("oracle-1")
    vault, amount = Vault(session), 5 * UNIT
    start = latest(session)
    before = vault.seat_of(own(session), start)
    had = vault.seat(before, start).free if before is not None else 0
    stake(session, amount)
    block = latest(session)
    index = vault.seat_of(own(session), block)
    assert index is not None
    seat = vault.seat(index, block)
    assert (seat.index, seat.operator, seat.free) == (index, own(session), had + amount)
    assert vault.all_seats(block)[index] == seat
    assert bool(vault.active_mask(block) >> index & 1) == seat.active
    (movement,) = vault.movements(start + 1, block, seat=index)
    assert (movement.event, movement.seat, movement.amount) == ("Staked", index, amount)
    assert start < movement.block <= block

    vault.unbond(UNIT)
    amount_leaving, release = vault.unbonding(index, latest(session))
    assert amount_leaving == UNIT
    assert release >= block + vault.unbonding_blocks(block)
    with pytest.raises(Reverted, match=f"after block {release} "):
        vault.release()
    vault.unbond(0)


def test_vault__account_without_seat__has_none(connect: Connect) -> None:
    session = connect("client")
    vault = Vault(session)
    assert vault.seat_of(own(session), latest(session)) is None
    with pytest.raises(Reverted) as caught:
        vault.unbond(1)
    assert caught.value.name == "NoSeat"


def stake(session: Session, amount: int) -> None:
    assert session.account
    vault = Vault(session)
    permit = Token(session).sign_permit(session.account, vault.address, amount, int(time.time()) + 3600)
    vault.stake(amount, permit)


# Board


def test_board__whole_audit__runs_through_the_wrappers_in_lanes(
    devnet: AddressBook, connect: Connect, request: pytest.FixtureRequest
) -> None:
    client, supplier = connect("client"), connect("supplier")
    assert client.account
    oracles = {name: connect(name) for name, entry in devnet.accounts.items() if "oracle" in entry.roles}
    by_address = {own(session): session for session in oracles.values()}
    vault, board = Vault(client), Board(client)
    minimum = vault.minimum_stake(latest(client))
    for session in oracles.values():
        index = vault.seat_of(own(session), latest(client))
        if index is None or vault.seat(index, latest(client)).free < minimum:
            stake(session, minimum)
    policy = patient_policy(connect("gatekeeper"))
    model_id, _ = Models(supplier).register(keccak(text=request.node.name), "file:///m")

    start = latest(client)
    quote = board.quote(model_id, policy.id, own(client), start)
    assert quote.fee == quote.roster_size * policy.terms.fee_per_oracle
    secret = keccak(text="secret")
    test_set = hashlib.sha256(b"my own test set").digest()
    asked = Request(model_id, policy.id, keccak(secret), quote.fee, test_set, "file:///t")
    permit = Token(client).sign_permit(client.account, vault.address, quote.fee, int(time.time()) + 3600)
    audit_id, receipt = board.request(asked, permit)
    (requested,) = board.requested(audit_id, start, latest(client))
    assert (requested.audit_id, requested.model_id, requested.client) == (audit_id, model_id, own(client))
    assert (requested.test_set, requested.test_set_uri, requested.escrow) == (test_set, "file:///t", quote.fee)
    assert (requested.block, requested.tx_hash) == (receipt["blockNumber"], bytes(receipt["transactionHash"]))
    audit = board.audit(audit_id, latest(client))
    assert (audit.phase, audit.escrow, audit.seed) == (Phase.REQUESTED, quote.fee, keccak(secret))
    assert (audit.client, audit.model_id, audit.test_set) == (own(client), model_id, test_set)

    board.open(audit_id, secret)
    audit = board.audit(audit_id, latest(client))
    (opened,) = board.opened(audit_id, start, latest(client))
    assert (opened.seed, opened.roster, opened.commit_end) == (audit.seed, audit.roster, audit.commit_end)
    assert audit.phase is Phase.OPEN
    votes = vote(client, by_address, audit)

    median = votes[sorted(votes)[0]]
    board.close(audit_id, median, [votes[seat] for seat in seats(audit.roster)])
    assert board.result(audit_id, latest(client)) == median
    (decided,) = board.decided(audit_id, start, latest(client))
    assert (decided.outcome, decided.result) == (Verdict.VALUES, median)
    assert decided.lowest[6] + 3 == decided.highest[6]
    assert decided.paid.bit_count() == len(votes)

    mine_until(client, decided.dispute_end)
    board.finalize(audit_id)
    (finalized,) = board.finalized(audit_id, start, latest(client))
    assert (finalized.paid, finalized.slashed, finalized.refund) == (decided.paid, 0, 0)
    assert board.audit(audit_id, latest(client)).phase is Phase.FINAL
    assert board.expired(audit_id, start, latest(client)) == ()
    assert board.audits_of(model_id, latest(client)) == (audit_id,)
    rewards = [each for each in vault.movements(finalized.block, finalized.block) if each.event == "Rewarded"]
    assert {each.seat for each in rewards} == set(seats(audit.roster))
    assert {each.amount for each in rewards} == {policy.terms.fee_per_oracle}


def patient_policy(gatekeeper: Session) -> Policy:
    """The standard lanes with phases that a busy machine cannot miss: they end as soon as everyone has acted."""
    spec = STANDARD["whitebox-2-dev"]
    terms = replace(spec.terms, commit=Length(blocks=400), reveal=Length(blocks=400), dispute=Length(blocks=2))
    policies = Policies(gatekeeper)
    policy_id, _ = policies.add(replace(spec, name="patient", terms=terms))
    return policies.get(policy_id, latest(gatekeeper))


def vote(client: Session, by_address: dict[str, Session], audit: Audit) -> dict[int, tuple[int, ...]]:
    """Every seat of the roster commits and reveals; the last one's log loss is 3 above the others'."""
    board, start, salt, evidence = Board(client), latest(client), b"\x07" * 32, bytes(32)
    votes: dict[int, tuple[int, ...]] = {}
    operators = {seat.index: seat.operator for seat in Vault(client).all_seats(start)}
    roster = seats(audit.roster)
    for seat in roster:
        session = by_address[operators[seat]]
        lanes = (5, 6, 4, 7, 3, 6, 1000 + (3 if seat == roster[-1] else 0), 20, 9, 0, 2**31, 2**31)
        digest = commitment(
            client.book.chain_id,
            board.address,
            audit.id,
            own(session),
            Verdict.VALUES,
            packed.pack(lanes),
            evidence,
            salt,
        )
        Board(session).commit(audit.id, digest)
        assert board.vote_of(audit.id, seat, latest(client)) == digest
        votes[seat] = lanes
    assert {each.seat for each in board.committed(audit.id, start, latest(client))} == set(roster)
    with pytest.raises(Reverted, match="hashes to"):
        board.reveal(audit.id, operators[roster[0]], Verdict.VALUES, votes[roster[0]], evidence, bytes(32))
    for seat in roster:
        board.reveal(audit.id, operators[seat], Verdict.VALUES, votes[seat], evidence, salt)
    revealed = board.revealed(audit.id, start, latest(client))
    assert {each.seat: each.lanes for each in revealed} == votes
    assert {(each.verdict, each.evidence) for each in revealed} == {(Verdict.VALUES, evidence)}
    progress = Progress.unpack(board.audit(audit.id, latest(client)).progress)
    assert progress.committed == progress.values == (1 << len(roster)) - 1
    return votes


def test_board__audit_that_does_not_exist__is_of_phase_none(connect: Connect) -> None:
    session = connect()
    board = Board(session)
    audit = board.audit(10**9, latest(session))
    assert (audit.phase, audit.outcome, audit.client) == (Phase.NONE, Verdict.NONE, "0x" + "00" * 20)
    assert board.result(10**9, latest(session)) == ()
    assert board.count(latest(session)) < 10**9


def test_board__pause__stops_requests_until_resumed(connect: Connect) -> None:
    session = connect("gatekeeper")
    board = Board(session)
    board.pause()
    try:
        assert board.paused(latest(session))
        with pytest.raises(Reverted, match="paused new requests"):
            Board(connect("client")).request(Request(1, 1, b"\x01" * 32, UNIT), Permit.none())
    finally:
        board.unpause()
    assert not board.paused(latest(session))
