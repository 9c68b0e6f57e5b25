"""Who may do what through the gateway: one table of JSON-RPC methods, one of what each contract takes from whom.

What is not in the tables is refused. The contracts enforce their own rules again; these keep everything else of the
node from everyone, and everything from strangers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from assay_chain.addressbook import CONTRACTS
from assay_chain.roles import Role


class Party(StrEnum):
    """As what an account comes to the door: its roles, or what the contracts still owe it and it owes them."""

    GATEKEEPER = Role.GATEKEEPER
    CLIENT = Role.CLIENT
    SUPPLIER = Role.SUPPLIER
    ORACLE = Role.ORACLE
    VIEWER = Role.VIEWER
    TREASURY = "treasury"
    """The vault's treasury: the token's minter. It also views."""
    BONDED = "bonded"
    """No member (any more), but with stake bonded to audits that have not ended: it must be able to finish them."""
    LEAVING = "leaving"
    """No member (any more), but with stake or tokens in the vault: it must be able to take them out."""


MEMBERS: Final = frozenset(Party(role) for role in Role)
_FINISHING: Final = MEMBERS | {Party.BONDED}
_TAKING: Final = _FINISHING | {Party.LEAVING}
EVERYONE: Final = frozenset(Party)

Kind = Literal["plain", "block", "call", "logs", "transaction", "send"]


@dataclass(frozen=True)
class Method:
    """A JSON-RPC method that passes.

    Attributes:
        kind: how its parameters and its answer are judged; see `judging`.
        parameters: how many it takes at most.
        parties: who may use it.
        public: whether strangers may too, while the fairness board is public.
    """

    kind: Kind
    parameters: int
    parties: frozenset[Party] = EVERYONE
    public: bool = True


METHODS: Final[Mapping[str, Method]] = {
    "eth_chainId": Method("plain", 0),
    "net_version": Method("plain", 0),
    "web3_clientVersion": Method("plain", 0),
    "eth_blockNumber": Method("plain", 0),
    "eth_syncing": Method("plain", 0),
    "eth_getCode": Method("plain", 2),
    "eth_getBlockByNumber": Method("block", 2),
    "eth_getBlockByHash": Method("block", 2),
    "eth_call": Method("call", 2),
    "eth_getLogs": Method("logs", 1, _FINISHING),
    "eth_estimateGas": Method("call", 2, public=False),
    "eth_gasPrice": Method("plain", 0, public=False),
    "eth_maxPriorityFeePerGas": Method("plain", 0, public=False),
    "eth_feeHistory": Method("plain", 3, public=False),
    "eth_getBalance": Method("plain", 2, public=False),
    "eth_getTransactionCount": Method("plain", 2, public=False),
    "eth_getTransactionByHash": Method("transaction", 1, public=False),
    "eth_getTransactionReceipt": Method("transaction", 1, public=False),
    "eth_sendRawTransaction": Method("send", 1, public=False),
}

PUBLIC_CONTRACT: Final = "FairnessBoard"
"""What strangers read while the fairness board is public (paper B's board)."""
_LEAVERS_CONTRACTS: Final = frozenset({"AssayToken", "Membership", "Vault"})


def readable(parties: frozenset[Party], public: bool) -> frozenset[str]:
    """The contracts whose state and events the parties may read; no parties are a stranger."""
    if parties & _FINISHING or Party.TREASURY in parties:
        return frozenset(CONTRACTS)
    return (_LEAVERS_CONTRACTS if parties else frozenset()) | ({PUBLIC_CONTRACT} if public else frozenset())


TRANSACTIONS: Final[Mapping[str, Mapping[str, frozenset[Party]]]] = {
    "AssayToken": {
        "approve": MEMBERS,
        "permit": MEMBERS,
        "transfer": MEMBERS | {Party.TREASURY},
        "transferFrom": MEMBERS,
        "mint": frozenset({Party.TREASURY}),
    },
    "Membership": {
        "grantRole": frozenset({Party.GATEKEEPER}),
        "revokeRole": frozenset({Party.GATEKEEPER}),
        "renounceRole": MEMBERS,
    },
    "Policies": {
        "add": frozenset({Party.GATEKEEPER}),
        "retire": frozenset({Party.GATEKEEPER}),
    },
    "ModelRegistry": {
        "register": frozenset({Party.SUPPLIER}),
    },
    "Vault": {
        "stake": frozenset({Party.ORACLE}),
        "activate": frozenset({Party.ORACLE}),
        "deactivate": MEMBERS,
        "unbond": _TAKING,
        "release": _TAKING,
        "withdraw": EVERYONE,
    },
    "AuditBoard": {
        "request": frozenset({Party.CLIENT}),
        "open": MEMBERS,
        "commit": _FINISHING,
        "reveal": _FINISHING,
        "close": _FINISHING,
        "finalize": _FINISHING,
        "expire": _FINISHING,
        "appeal": MEMBERS,
        "pause": frozenset({Party.GATEKEEPER}),
        "unpause": frozenset({Party.GATEKEEPER}),
    },
    "FairnessBoard": {
        "publish": frozenset({Party.SUPPLIER}),
        "retire": frozenset({Party.SUPPLIER}),
        "announce": MEMBERS,
        "refute": MEMBERS,
        "rebut": MEMBERS,
        "demand": MEMBERS,
        "answer": MEMBERS,
        "expireDemand": MEMBERS,
        "settleBond": MEMBERS,
    },
}

CONTRACTS_ONLY: Final = frozenset(
    {
        ("Vault", "deposit"),
        ("Vault", "disburse"),
        ("Vault", "lock"),
        ("Vault", "settle"),
        ("FairnessBoard", "conclude"),
    }
)
"""Functions that only the contracts call each other with: no account may send them."""

WITHOUT_TOKEN: Final = frozenset(
    {
        ("AuditBoard", "commit"),
        ("AuditBoard", "reveal"),
        ("Vault", "unbond"),
        ("Vault", "release"),
        ("Vault", "withdraw"),
    }
)
"""Transactions that need no sign-in, because they prove their sender: with them an oracle finishes its audits and takes
its money, whatever became of its membership, its session or its share of requests."""
