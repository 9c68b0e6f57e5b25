"""Everything deployed and everyone admitted, on the fast EVM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import rlp
from assay_chain import artifacts
from eth_utils import keccak

from tests.contracts.harness.accounts import Account, Permit, sign_permit
from tests.contracts.harness.codec import Items, encoder
from tests.contracts.harness.contract import Contract, Registry, refuses
from tests.contracts.harness.evm import Evm
from tests.contracts.harness.ledger import Ledger
from tests.contracts.harness.terms import UNIT, PolicySpec

MINIMUM_STAKE = 1_000 * UNIT
STAKE = 2_000 * UNIT
UNBONDING_BLOCKS = 5_000
TABLE_BOND = 70 * UNIT + 3
DEMAND_BOND = 2 * UNIT + 1
ANSWER_BLOCKS = 12
BLOCK_SECONDS = 2
FORTUNE = 1_000_000 * UNIT
SECRET = keccak(text="the client's secret")
ROLES = ("GATEKEEPER", "CLIENT", "SUPPLIER", "ORACLE", "VIEWER")


class World:
    """One network: contracts, a treasury, a gatekeeper, a client, a supplier with one model, and seated oracles."""

    def __init__(
        self,
        *,
        oracles: int = 5,
        chain_id: int = 31337,
        deployer: str = "deployer",
        evm: Evm | Ledger | None = None,
        unbonding_blocks: int = UNBONDING_BLOCKS,
        make_token: Callable[[World], Contract] | None = None,
    ) -> None:
        self.evm: Any = evm or Evm(chain_id)
        self.registry = Registry()
        self.deployer, self.treasury, self.gatekeeper = map(Account.named, (deployer, "treasury", "gatekeeper"))
        self.created = 0
        self._deploy(make_token(self) if make_token else None, unbonding_blocks)
        self.client, self.supplier = self.admit("client", "CLIENT"), self.admit("supplier", "SUPPLIER")
        self.fund(self.client)
        self.fund(self.supplier)
        self.oracles = [self.seat_oracle(f"oracle-{i}") for i in range(oracles)]
        self.policy = self.add_policy(PolicySpec())
        self.model = self.register_model()

    def admit(self, name: str, *roles: str) -> Account:
        """An account with these roles."""
        account = Account.named(name)
        for role in roles:
            self.membership.grantRole(role_id(role), account, sender=self.gatekeeper)
        return account

    def revoke(self, account: Account, role: str) -> None:
        """Takes a role away."""
        self.membership.revokeRole(role_id(role), account, sender=self.gatekeeper)

    def fund(self, account: Account, amount: int = FORTUNE) -> None:
        """Mints, and lets the vault take."""
        self.token.mint(account, amount, sender=self.treasury)
        self.token.approve(self.vault.address, 2**256 - 1, sender=account)

    def seat_oracle(self, name: str, stake: int = STAKE) -> Account:
        """An admitted oracle with stake."""
        account = self.admit(name, "ORACLE")
        self.fund(account)
        self.vault.stake(stake, Permit(), sender=account)
        return account

    def seat(self, oracle: Account) -> Any:
        """The oracle's `Seat`."""
        return self.vault.seat(self.vault.seatOf(oracle))

    def add_policy(self, spec: PolicySpec) -> int:
        """Adds a policy and returns its number."""
        return int(self.policies.add(*spec.arguments(), sender=self.gatekeeper).value)

    def register_model(self, manifest: str = "manifest", owner: Account | None = None, **changes: Any) -> int:
        """Registers a model and returns its number."""
        fields = {"uri": "store://manifest", "supersedes": 0, "claims": [], **changes}
        receipt = self.models.register(keccak(text=manifest), *fields.values(), sender=owner or self.supplier)
        return int(receipt.value)

    def request_fields(self, **changes: Any) -> tuple[Any, ...]:
        """A `Request`, by default for the standard model and policy."""
        fields = {
            "modelId": self.model,
            "policyId": self.policy,
            "testSet": b"\0" * 32,
            "testSetUri": "",
            "secretHash": keccak(SECRET),
            "maxFee": FORTUNE,
        }
        return tuple({**fields, **changes}.values())

    def request(self, *, client: Account | None = None, permit: Permit | None = None, **changes: Any) -> int:
        """Requests an audit and returns its number."""
        receipt = self.board.request(self.request_fields(**changes), permit or Permit(), sender=client or self.client)
        return int(receipt.value)

    def permit(self, owner: Account, value: int, *, deadline: int = 2**256 - 1) -> Permit:
        """A permit for the vault, signed by the owner."""
        return sign_permit(
            owner,
            token=self.token.address,
            name=self.token.name(),
            chain_id=self.evm.chain_id,
            spender=self.vault.address,
            value=value,
            nonce=self.token.nonces(owner),
            deadline=deadline,
        )

    def state(self) -> tuple[Any, ...]:
        """Everything that a refused call must leave alone: tokens, stakes, debts, audits, counters."""
        people = [self.client, self.supplier, self.treasury, self.gatekeeper, *self.oracles]
        seats = range(self.vault.seats())
        return (
            [self.token.balanceOf(each) for each in (*people, self.vault.address)],
            [self.vault.owed(each) for each in people],
            [(self.vault.seat(i), self.vault.unbonding(i), self.vault.operatorOf(i)) for i in seats],
            (self.vault.activeMask(), self.vault.escrowed(), self.vault.totalOwed(), self.token.totalSupply()),
            [(self.board.audit(i), self.board.result(i)) for i in range(1, self.board.count() + 1)],
            [[self.board.voteOf(i, seat) for seat in seats] for i in range(1, self.board.count() + 1)],
            (self.policies.count(), self.models.count(), self.tables.count()),
        )

    @contextmanager
    def refuses(self, name: str, *values: Any) -> Iterator[None]:
        """Expects exactly this custom error and an untouched state."""
        before = self.state()
        with refuses(name, *values):
            yield
        assert self.state() == before

    @contextmanager
    def sandbox(self) -> Iterator[None]:
        """Undoes everything that happens inside, on the chain and in this object."""
        snapshot, attributes = self.evm.snapshot(), dict(vars(self))
        try:
            yield
        finally:
            self.evm.revert(snapshot)
            vars(self).update(attributes)

    def assert_solvent(self, surplus: int = 0) -> None:
        """The vault's invariant: every token but a gift is somebody's."""
        stakes = sum(seat.free + seat.locked for seat in map(self.vault.seat, range(self.vault.seats())))
        holdings = self.token.balanceOf(self.vault.address)
        assert stakes + self.vault.escrowed() + self.vault.totalOwed() + surplus == holdings

    def create(self, name: str, *arguments: Any) -> Contract:
        """Deploys a compiled contract from the deployer's next nonce."""
        return self.create_from(artifacts.load(name), *arguments)

    def create_from(self, artifact: artifacts.Artifact, *arguments: Any) -> Contract:
        """Deploys any artifact from the deployer's next nonce."""
        self.created += 1
        inputs: Items = next((item["inputs"] for item in artifact.abi if item["type"] == "constructor"), [])
        code = artifact.bytecode + encoder(inputs)(arguments)
        return Contract(self.evm, self.registry, artifact.name, self.evm.deploy(self.deployer, code), artifact.abi)

    def _deploy(self, token: Contract | None, unbonding_blocks: int) -> None:
        """Vault, fairness board and audit board name each other in their constructors: the audit board's address is
        known from its nonce."""
        self.token = token or self.create("AssayToken", self.treasury)
        self.membership = self.create("Membership", self.gatekeeper)
        tables, board = (created_address(self.deployer, self.created + ahead) for ahead in (3, 4))
        wiring = (self.token.address, self.membership.address, board, tables, self.treasury)
        self.vault = self.create("Vault", *wiring, MINIMUM_STAKE, unbonding_blocks)
        self.policies = self.create("Policies", self.membership.address, self.vault.address, BLOCK_SECONDS)
        self.models = self.create("ModelRegistry", self.membership.address)
        rooms = (self.membership.address, self.models.address, board, self.vault.address)
        self.tables = self.create("FairnessBoard", *rooms, TABLE_BOND, DEMAND_BOND, ANSWER_BLOCKS)
        peers = (self.membership, self.policies, self.models, self.vault, self.tables)
        self.board = self.create("AuditBoard", *(peer.address for peer in peers))
        assert (self.tables.address, self.board.address) == (tables, board)


def role_id(role: str) -> bytes:
    """The identifier of a role."""
    return keccak(text=role)


def created_address(creator: str, nonce: int) -> str:
    """Where the creator's contract of this nonce will be."""
    return "0x" + keccak(rlp.encode([bytes.fromhex(creator[2:]), nonce]))[12:].hex()


def flags(positions: Sequence[int]) -> int:
    """A mask with these bits."""
    return sum(1 << position for position in set(positions))
