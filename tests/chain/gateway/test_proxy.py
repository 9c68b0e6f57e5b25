"""What passes the JSON-RPC proxy, and every way around it that we could think of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from assay_chain import artifacts
from assay_chain.addressbook import CONTRACTS, AddressBook
from assay_chain.gateway.rules import CONTRACTS_ONLY, METHODS, TRANSACTIONS
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.token import Token
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tests.chain.gateway.conftest import Acting, Open, Unlock
from tests.chain.gateway.door import Door, call, code_of

pytestmark = pytest.mark.xdist_group("gateway")

STRANGER = "0x00000000000000000000000000000000000000AA"
UNTOUCHED = "0x00000000000000000000000000000000000000ab"
DECIMALS = "0x313ce567"


@pytest.fixture(scope="package")
def token_address(network: AddressBook) -> str:
    return network.contracts["AssayToken"]


@pytest.fixture(scope="package")
def holder(admit: Callable[..., LocalAccount]) -> Callable[[Role], LocalAccount]:
    """An account of our own with one role; the same one every time."""
    held: dict[Role, LocalAccount] = {}
    return lambda role: held.setdefault(role, held.get(role) or admit(role))


def signed(session: Session, account: LocalAccount, to: str | None, data: str = "0x", **more: Any) -> str:
    """A transaction as the wire has it; its fee is enough on every engine."""
    fields: dict[str, Any] = {
        "to": to,
        "data": data,
        "value": 0,
        "gas": 300_000,
        "gasPrice": 10**10,
        "chainId": session.book.chain_id,
        "nonce": session.w3.eth.get_transaction_count(account.address, "pending"),
        **more,
    }
    raw = account.sign_transaction({name: value for name, value in fields.items() if value is not None})
    return f"0x{raw.raw_transaction.hex()}"


def encoded(session: Session, contract: str, function: str, *arguments: Any) -> tuple[str, str]:
    """Address and data of a call."""
    found = session.contract(contract)
    return found.address, str(found.encode_abi(function, list(arguments)))


# Reads


def test_methods__every_one_of_the_table__passes_on_this_engine(
    door: Door, client_token: str, acting: Acting, network: AddressBook, key: Unlock
) -> None:
    receipt = Token(acting("client")).transfer(key("client").address, 1)
    digest, account = receipt["transactionHash"].to_0x_hex(), key("client").address
    block, query = hex(receipt["blockNumber"]), {"to": network.contracts["AssayToken"], "data": DECIMALS}
    params: dict[str, list[Any]] = {
        "eth_getCode": [network.contracts["Vault"], "latest"],
        "eth_getBlockByNumber": [block, False],
        "eth_getBlockByHash": [receipt["blockHash"].to_0x_hex(), False],
        "eth_call": [query, "latest"],
        "eth_estimateGas": [{"from": account, **query}],
        "eth_getLogs": [{"address": network.contracts["AssayToken"], "fromBlock": block, "toBlock": block}],
        "eth_feeHistory": ["0x1", "latest", [50]],
        "eth_getBalance": [account, "latest"],
        "eth_getTransactionCount": [account, "pending"],
        "eth_getTransactionByHash": [digest],
        "eth_getTransactionReceipt": [digest],
    }
    for method in METHODS.keys() - {"eth_sendRawTransaction"}:
        assert door.result(client_token, method, *params.get(method, [])) is not None, method
    (log,) = door.result(client_token, "eth_getLogs", *params["eth_getLogs"])
    assert log["transactionHash"] == digest
    assert int(door.result(client_token, "eth_call", query, "latest"), 16) == 18


@pytest.mark.parametrize(
    "method",
    [
        "anvil_setBalance",
        "anvil_dumpState",
        "evm_mine",
        "hardhat_impersonateAccount",
        "debug_traceTransaction",
        "trace_call",
        "admin_addPeer",
        "personal_unlockAccount",
        "txpool_content",
        "eth_accounts",
        "eth_sendTransaction",
        "eth_sign",
        "eth_getStorageAt",
        "eth_getProof",
        "eth_newFilter",
        "eth_getFilterLogs",
        "eth_getBlockReceipts",
        "eth_subscribe",
        "eth_createAccessList",
        "eth_simulateV1",
        "ETH_CALL",
        " eth_call",
        "eth_call\u0000",
        "rpc.discover",
        "",
    ],
)
def test_method__not_in_the_table__never_reaches_the_node(door: Door, client_token: str, method: str) -> None:
    assert door.refusal(client_token, method) == "method-not-allowed"


def test_call__to_anything_but_the_networks_contracts__is_refused(
    door: Door, client_token: str, token_address: str
) -> None:
    for to in (STRANGER, "0x" + "00" * 20, "0x0000000000000000000000000000000000000001"):
        assert door.refusal(client_token, "eth_call", {"to": to, "data": DECIMALS}, "latest") == "contract-not-allowed"
    for to in (None, "", token_address[2:], token_address + "0", [token_address], {}):
        assert door.refusal(client_token, "eth_call", {"to": to, "data": DECIMALS}, "latest") == "bad-params"
    assert door.refusal(client_token, "eth_call", {"data": "0x6001600155"}, "latest") == "bad-params"
    assert door.refusal(client_token, "eth_estimateGas", {"data": "0x6001600155"}) == "bad-params"


def test_call__with_overrides_or_a_second_spelling__is_refused(
    door: Door, client_token: str, token_address: str
) -> None:
    query = {"to": token_address, "data": DECIMALS}
    override = {token_address: {"code": "0x6001600155"}}
    assert door.refusal(client_token, "eth_call", query, "latest", override) == "too-many-parameters"
    assert door.refusal(client_token, "eth_call", query, "latest", {}, {"number": "0x1"}) == "too-many-parameters"
    assert door.refusal(client_token, "eth_call", {**query, "input": "0x18160ddd"}, "latest") == "bad-params"
    assert door.refusal(client_token, "eth_call", {**query, "data": "0x313ce5"[:7]}, "latest") == "bad-params"
    assert door.refusal(client_token, "eth_call", {**query, "Data": "0x18160ddd"}, "latest") == "unknown-field"
    assert door.refusal(client_token, "eth_call", {**query, "stateOverride": {}}, "latest") == "unknown-field"


def test_logs__without_named_contracts_or_over_too_many_blocks__are_refused(
    opened: Open, key: Unlock, network: AddressBook
) -> None:
    from assay_chain.gateway.settings import Limits

    door = opened(limits=Limits(logs_blocks=10))
    token, vault = door.token(key("client")), network.contracts["Vault"]
    assert door.refusal(token, "eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x1"}) == "no-contract"
    assert door.refusal(token, "eth_getLogs", {"address": [], "fromBlock": "0x0"}) == "no-contract"
    assert door.refusal(token, "eth_getLogs", {"address": [vault, STRANGER]}) == "contract-not-allowed"
    assert door.refusal(token, "eth_getLogs", {"address": [vault, [vault]]}) == "no-contract"
    assert door.refusal(token, "eth_getLogs", {"address": vault, "Address": STRANGER}) == "bad-params"
    long = {"address": vault, "fromBlock": "0x0", "toBlock": "0xa"}
    assert door.refusal(token, "eth_getLogs", long) == "range-too-long"
    assert door.refusal(token, "eth_getLogs", {**long, "toBlock": "safe"}) == "bad-params"
    assert door.refusal(token, "eth_getLogs", {"address": vault, "fromBlock": "earliest"}) == "range-too-long"
    assert isinstance(door.result(token, "eth_getLogs", {**long, "toBlock": "0x9"}), list)


def test_block__with_its_transactions__is_refused(door: Door, client_token: str) -> None:
    for full in (True, 1, "false", None):
        assert door.refusal(client_token, "eth_getBlockByNumber", "latest", full) == "full-blocks"


def test_transaction__of_strangers_on_the_same_chain__is_refused(
    door: Door, client_token: str, acting: Acting, key: Unlock
) -> None:
    session = acting("treasury")
    raw = signed(session, key("treasury"), STRANGER, value=1)
    digest = session.w3.eth.send_raw_transaction(raw)  # type: ignore[arg-type]
    session.wait(digest)
    for method in ("eth_getTransactionByHash", "eth_getTransactionReceipt"):
        assert door.refusal(client_token, method, digest.to_0x_hex()) == "contract-not-allowed"


# Batches and JSON


def test_batch__forbidden_among_allowed__only_the_allowed_are_carried_out(
    door: Door, client_token: str, token_address: str
) -> None:
    batch = [
        call("eth_chainId", identity="a"),
        call("anvil_setBalance", UNTOUCHED, "0xff", identity="b"),
        call("eth_call", {"to": token_address, "data": DECIMALS}, "latest", identity="c"),
        call("eth_call", {"to": STRANGER, "data": "0x"}, "latest", identity="d"),
        [call("anvil_setBalance", UNTOUCHED, "0xff", identity="e")],
        {"method": "eth_chainId"},
        call("eth_getBalance", UNTOUCHED, "latest", identity="f"),
    ]
    answers = door.post(batch, client_token).json()
    assert [answer["id"] for answer in answers] == ["a", "b", "c", "d", None, None, "f"]
    assert ["result" in answer for answer in answers] == [True, False, True, False, False, False, True]
    assert [code_of(answers[place]) for place in (1, 3, 4, 5)] == [
        "method-not-allowed",
        "contract-not-allowed",
        "bad-json-rpc",
        "bad-json-rpc",
    ]
    assert answers[6]["result"] == "0x0"


def test_batch__of_a_stranger__is_refused_whole(door: Door) -> None:
    answer = door.post([call("eth_chainId"), call("eth_blockNumber")])
    assert (answer.status_code, code_of(answer.json())) == (401, "not-signed-in")


def test_batch__empty_or_too_large__is_refused(door: Door, client_token: str) -> None:
    assert code_of(door.post([], client_token).json()) == "bad-json-rpc"
    too_many = [call("eth_chainId", identity=number) for number in range(door.settings.limits.batch + 1)]
    assert code_of(door.post(too_many, client_token).json()) == "bad-json-rpc"
    assert len(door.post(too_many[:-1], client_token).json()) == door.settings.limits.batch


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"} {}',
        b'{"jsonrpc": "2.0", "id": NaN, "method": "eth_chainId", "params": []}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'"eth_chainId"',
        b"null",
        b'{"jsonrpc": "2.0", "method": "eth_chainId", "params": []}',
        b'{"jsonrpc": "2.0", "id": {"a": 1}, "method": "eth_chainId", "params": []}',
        b'{"jsonrpc": "2.0", "id": true, "method": "eth_chainId", "params": []}',
        b'{"jsonrpc": "1.0", "id": 1, "method": "eth_chainId", "params": []}',
        b'{"jsonrpc": "2.0", "id": 1, "method": ["eth_chainId"], "params": []}',
        b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": {}}',
    ],
)
def test_body__that_is_no_json_rpc__is_an_error_and_nothing_else(door: Door, client_token: str, body: bytes) -> None:
    answer = door.post(body, client_token)
    assert answer.status_code == 200
    assert code_of(answer.json()) == "bad-json-rpc"


def test_body__with_the_same_key_twice__is_what_was_judged(door: Door, client_token: str) -> None:
    smuggled = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","method":"anvil_setBalance","params":[]}'
    assert code_of(door.post(smuggled, client_token).json()) == "method-not-allowed"
    harmless = b'{"jsonrpc":"2.0","id":1,"method":"anvil_setBalance","method":"eth_chainId","params":[]}'
    assert door.post(harmless, client_token).json()["result"] == hex(door.settings.book.chain_id)


def test_body__of_another_content_type__is_refused(door: Door, client_token: str) -> None:
    body = json.dumps(call("eth_chainId")).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "application/json-seq"):
        answer = door.post(body, client_token, headers={"Content-Type": kind})
        assert answer.status_code == 400, kind


# Transactions


def test_table__every_function_that_changes_state__is_decided() -> None:
    for name in CONTRACTS:
        abi: list[Any] = list(artifacts.load(name).abi)
        writes = {
            entry["name"]
            for entry in abi
            if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
        }
        decided = set(TRANSACTIONS[name]) | {function for contract, function in CONTRACTS_ONLY if contract == name}
        assert decided == writes, f"{name}: decide in gateway/rules.py who may send this"


def test_transaction__of_a_role_that_may__is_included(door: Door, acting: Acting, key: Unlock) -> None:
    session, client = acting("client"), key("client")
    to, data = encoded(session, "AssayToken", "transfer", STRANGER, 1)
    digest = door.result(door.token(client), "eth_sendRawTransaction", signed(session, client, to, data))
    assert session.wait(bytes.fromhex(digest[2:]))["status"] == 1


@pytest.mark.parametrize(
    ("role", "contract", "function", "arguments"),
    [
        (Role.CLIENT, "Membership", "grantRole", (b"\0" * 32, STRANGER)),
        (Role.CLIENT, "AssayToken", "mint", (STRANGER, 1)),
        (Role.CLIENT, "AuditBoard", "pause", ()),
        (Role.CLIENT, "Vault", "activate", ()),
        (Role.ORACLE, "Policies", "retire", (1, True)),
        (Role.SUPPLIER, "Vault", "activate", ()),
        (Role.VIEWER, "Vault", "activate", ()),
        (Role.GATEKEEPER, "Vault", "lock", (1, 1)),
        (Role.GATEKEEPER, "AssayToken", "mint", (STRANGER, 1)),
    ],
)
def test_transaction__of_a_role_that_may_not__is_refused(
    door: Door,
    acting: Acting,
    holder: Callable[[Role], LocalAccount],
    role: Role,
    contract: str,
    function: str,
    arguments: tuple[Any, ...],
) -> None:
    session, account = acting("client"), holder(role)
    raw = signed(session, account, *encoded(session, contract, function, *arguments))
    assert door.refusal(door.token(account), "eth_sendRawTransaction", raw) == "transaction-not-allowed"


def test_transaction__signed_by_another__is_refused(door: Door, client_token: str, acting: Acting, key: Unlock) -> None:
    session = acting("client")
    to, data = encoded(session, "AssayToken", "transfer", STRANGER, 1)
    for other in (key("supplier"), Account.create()):
        raw = signed(session, other, to, data)
        assert door.refusal(client_token, "eth_sendRawTransaction", raw) == "not-yours"


def test_transaction__for_another_chain_or_any__is_refused(
    door: Door, client_token: str, acting: Acting, key: Unlock
) -> None:
    session, client = acting("client"), key("client")
    to, data = encoded(session, "AssayToken", "transfer", STRANGER, 1)
    for chain_id in (1, session.book.chain_id + 1, None):
        raw = signed(session, client, to, data, chainId=chain_id)
        assert door.refusal(client_token, "eth_sendRawTransaction", raw) == "wrong-chain"


def test_transaction__that_creates_code_or_calls_elsewhere__is_refused(
    door: Door, client_token: str, acting: Acting, key: Unlock
) -> None:
    session, client = acting("client"), key("client")
    for raw in (
        signed(session, client, "", "0x6001600155"),
        signed(session, client, STRANGER, value=1),
        signed(session, client, STRANGER, "0x12345678"),
        signed(session, client, session.book.contracts["AuditBoard"], "0x12345678"),
        signed(session, client, session.book.contracts["AuditBoard"], "0x"),
    ):
        assert door.refusal(client_token, "eth_sendRawTransaction", raw) == "transaction-not-allowed"


@pytest.mark.parametrize(
    "raw", ["", "0x", "0x00", "0xc0", "0x02", "0x03c0", "0x04c0", "0x02" + "c1" * 2000, 7, None, []]
)
def test_transaction__that_is_none__is_refused(door: Door, client_token: str, raw: object) -> None:
    assert door.refusal(client_token, "eth_sendRawTransaction", raw) == "bad-transaction"


def test_gas_money__from_gatekeepers_only__passes_to_strangers(door: Door, acting: Acting, key: Unlock) -> None:
    session, gatekeeper = acting("gatekeeper"), key("gatekeeper")
    digest = door.result(
        door.token(gatekeeper), "eth_sendRawTransaction", signed(session, gatekeeper, STRANGER, value=7)
    )
    session.wait(bytes.fromhex(digest[2:]))
    calling = signed(session, gatekeeper, STRANGER, "0x12345678")
    assert door.refusal(door.token(gatekeeper), "eth_sendRawTransaction", calling) == "transaction-not-allowed"


# The fairness board


def test_fairness_board__public__is_all_that_strangers_read(opened: Open, network: AddressBook, door: Door) -> None:
    public = opened(fairness="public")
    query = {"to": network.contracts["FairnessBoard"], "data": "0x06661abd"}
    logs = {"address": network.contracts["FairnessBoard"], "fromBlock": "0x0", "toBlock": "0x1"}
    assert int(public.result(None, "eth_call", query, "latest"), 16) >= 0
    assert isinstance(public.result(None, "eth_getLogs", logs), list)
    assert public.result(None, "eth_chainId") == hex(network.chain_id)
    for refused in (
        public.refusal(None, "eth_call", {**query, "to": network.contracts["AuditBoard"]}, "latest"),
        public.refusal(None, "eth_getLogs", {**logs, "address": network.contracts["AuditBoard"]}),
        public.refusal(None, "eth_getLogs", {**logs, "address": list(network.contracts.values())}),
        public.refusal(None, "eth_getBalance", STRANGER, "latest"),
        public.refusal(None, "eth_estimateGas", query),
        public.refusal(None, "eth_getTransactionReceipt", "0x" + "00" * 32),
        door.refusal(None, "eth_call", query, "latest"),
        door.refusal(None, "eth_getLogs", logs),
    ):
        assert refused == "not-signed-in"
