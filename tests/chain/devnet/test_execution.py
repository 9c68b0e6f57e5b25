"""`eth_call` and `eth_estimateGas` on the embedded chain: London rules, geth's errors, every block reference."""

from __future__ import annotations

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import LocalChain, init_code

ECHO_REVERT = "366000600037366000fd"  # reverts with its calldata
NUMBER = "4360005260206000f3"  # returns block.number
COUNTER = "60005460010160005500"  # increments slot 0
ANY = "0x" + "ab" * 20


def call_to(target: str, data: str = "0x", **fields: str):
    return {"to": target, "data": data, **fields}


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("0xcafebabe" + "00" * 31 + "07", "execution reverted"),
        ("0x", "execution reverted"),
        ("0x08c379a0" + encode(["string"], ["too late"]).hex(), "execution reverted: too late"),
        ("0x4e487b71" + encode(["uint256"], [0x11]).hex(), "execution reverted: arithmetic underflow or overflow"),
        ("0x4e487b71" + encode(["uint256"], [0x99]).hex(), "execution reverted: unknown panic code: 0x99"),
        ("0x08c379a0" + "ff" * 40, "execution reverted"),
        ("0x08c379a0", "execution reverted"),
    ],
    ids=["custom", "empty", "reason", "panic", "unknown panic", "garbled reason", "cut reason"],
)
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_revert__any_data__is_code_3_with_the_data(chain, method, output, message):
    error = chain.error(method, call_to(chain.deploy(ECHO_REVERT), output))
    assert error.to_json() == {"code": 3, "message": message, "data": output}


@pytest.mark.parametrize(
    ("runtime", "message"),
    [
        ("5b600056", "out of gas"),
        ("600456", "invalid jump destination"),
        ("5f", "invalid opcode or stack"),
        ("fe", "invalid opcode or stack"),
        ("01", "invalid opcode or stack"),
    ],
    ids=["endless", "jump", "PUSH0", "invalid", "stack"],
)
def test_call__machine_stops__is_an_error_without_data(chain, runtime, message):
    error = chain.error("eth_call", call_to(chain.deploy(runtime), gas=hex(100_000)))
    assert (error.code, error.data) == (-32000, None)
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    "opcode", ["5f", "5c", "5e", "49", "4a"], ids=["PUSH0", "TLOAD", "MCOPY", "BLOBHASH", "BLOBBASEFEE"]
)
def test_london__opcode_of_a_later_fork__is_invalid(chain, opcode):
    operands = {"5c": "6000", "5e": "600060006000", "49": "6000"}.get(opcode, "")
    assert chain.error("eth_call", call_to(chain.deploy(f"{operands}{opcode}00"))).code == -32000


def test_london__basefee_and_chainid__are_there(chain):
    basefee = chain.deploy("4860005260206000f3")
    chainid = chain.deploy("4660005260206000f3")
    head = chain.rpc("eth_getBlockByNumber", "latest")
    assert int(chain.rpc("eth_call", call_to(basefee)), 16) == int(head["baseFeePerGas"], 16)
    assert int(chain.rpc("eth_call", call_to(chainid)), 16) == 4242


def test_call__block_references__run_on_that_state(chain):
    counter = chain.deploy(COUNTER)
    reader = chain.deploy(NUMBER)
    before = chain.mine()
    chain.send(chain.bob, to=counter, value=0, gas=100_000)
    after = chain.mine()
    slot = [chain.rpc("eth_getStorageAt", counter, "0x0", hex(number)) for number in (before, after)]
    assert slot == ["0x" + "00" * 32, "0x" + "00" * 31 + "01"]
    block = chain.rpc("eth_getBlockByNumber", hex(before))["hash"]
    refs = {
        hex(before): before,
        "latest": after,
        "pending": after + 1,
        "safe": after,
        "finalized": after,
        block: before,
    }
    for ref, number in refs.items():
        assert int(chain.rpc("eth_call", call_to(reader), ref), 16) == number
    assert int(chain.rpc("eth_call", call_to(reader), {"blockHash": block}), 16) == before
    assert chain.rpc("eth_call", call_to(reader), "earliest") == "0x"
    assert chain.error("eth_call", call_to(reader), hex(after + 1)).message == "header not found"


def test_call__asked_again__answers_for_the_block_and_the_sender_of_now(chain):
    reader, caller = chain.deploy(NUMBER), chain.deploy("3360005260206000f3")
    for _ in range(2):
        number = chain.mine()
        for _ in range(2):
            assert int(chain.rpc("eth_call", call_to(reader)), 16) == number
            assert int(chain.rpc("eth_call", call_to(reader), "pending"), 16) == number + 1
            for sender in (chain.alice.address, chain.bob.address):
                assert chain.rpc("eth_call", call_to(caller, **{"from": sender}))[-40:] == sender[2:].lower()


def test_blockhash__in_a_transaction__is_that_of_the_block_before(chain):
    keeper = chain.deploy("60014303408060005500")  # slot 0 = blockhash(number - 1)
    chain.send(chain.bob, to=keeper, value=0, gas=100_000)
    number = chain.mine()
    parent = chain.rpc("eth_getBlockByNumber", hex(number - 1))["hash"]
    assert chain.rpc("eth_getStorageAt", keeper, "0x0") == parent


def test_blockhash__older_than_256_blocks__is_zero(chain):
    reader = chain.deploy("6000354060005260206000f3")  # blockhash(calldata word)
    for _ in range(260):
        head = chain.mine()
    for age, known in ((1, True), (256, True), (257, False)):
        word = chain.rpc("eth_call", call_to(reader, f"0x{head - age:064x}"))
        expected = chain.rpc("eth_getBlockByNumber", hex(head - age))["hash"] if known else "0x" + "00" * 32
        assert word == expected


def test_call__changes_state__is_forgotten(chain):
    counter = chain.deploy(COUNTER)
    chain.rpc("eth_call", call_to(counter))
    chain.mine()
    assert int(chain.rpc("eth_getStorageAt", counter, "0x0"), 16) == 0


def test_call__more_value_than_the_sender_has__is_insufficient_funds(chain):
    error = chain.error("eth_call", call_to(ANY, **{"from": ANY, "value": "0x1"}))
    assert error.message.startswith("insufficient funds for gas * price + value")


def test_call__gas_below_the_intrinsic__says_so(chain):
    error = chain.error("eth_call", call_to(ANY, gas="0x64"))
    assert error.message == "intrinsic gas too low: have 100, want 21000"


def test_call__deployment__returns_the_code(chain):
    assert chain.rpc("eth_call", {"data": init_code(COUNTER)}) == "0x" + COUNTER


def test_call__itself_to_the_greatest_depth__ends_well(chain):
    recursive = chain.deploy("60006000600060006000305af100")
    assert chain.rpc("eth_call", call_to(recursive)) == "0x"


@pytest.mark.parametrize(
    "fields",
    [
        {"data": "0x01", "input": "0x02"},
        {"gasPrice": "0x1", "maxFeePerGas": "0x1"},
        {"to": "0x12"},
        {"value": "0x"},
        {"value": "0x1" + "00" * 32},
        {"gas": "21000"},
        {"colour": "red"},
        {"accessList": [{"address": ANY}]},
        {"accessList": "0x"},
        {"from": 7},
    ],
)
def test_call__ill_formed__is_invalid_params(chain, fields):
    assert chain.error("eth_call", {"to": ANY, **fields}).code == -32602


def test_estimate__plain_transfer__is_exactly_its_cost(chain):
    assert chain.rpc("eth_estimateGas", {"from": chain.alice.address, "to": ANY, "value": "0x1"}) == hex(21_000)


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
def test_estimate__used_as_the_limit__suffices_and_is_near(chain, nested):
    target = chain.deploy(COUNTER)
    if nested:  # calls the counter and reverts unless the call succeeded
        target = chain.deploy(f"6000600060006000600073{target[2:]}5af1602857600080fd5b00")
    estimate = int(chain.rpc("eth_estimateGas", call_to(target, **{"from": chain.bob.address})), 16)
    digest = chain.send(chain.bob, to=target, value=0, gas=estimate)
    chain.mine()
    receipt = chain.receipt(digest)
    assert receipt["status"] == "0x1"
    assert estimate <= int(receipt["gasUsed"], 16) * 1.05


def test_estimate__cannot_succeed__says_which_allowance(chain):
    endless = chain.deploy("5b600056")
    error = chain.error("eth_estimateGas", call_to(endless, gas=hex(50_000)))
    assert error.message == "gas required exceeds allowance (50000)"
    poor = {"from": ANY, "to": ANY, "gasPrice": hex(10**9)}
    assert chain.error("eth_estimateGas", poor).message == "gas required exceeds allowance (0)"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=70)
    | st.sampled_from(["latest", "pending", "0x0", "0x", "0x1", "0x" + "ab" * 20, "0x" + "cd" * 32, "0x" + "ff" * 9]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["to", "from", "data", "gas", "topics", "address", "fromBlock", "toBlock", "blockHash"]),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
SHARED = LocalChain()


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_methods__arbitrary_params__answer_or_refuse_and_never_break(data):
    from assay_chain.devnet.embedded.faults import RpcError
    from assay_chain.devnet.embedded.node import METHODS

    method = data.draw(st.sampled_from(sorted(METHODS)))
    params = data.draw(st.lists(JUNK, max_size=4))
    try:
        SHARED.node.call(method, params)
    except RpcError as error:
        assert error.code in {-32602, -32000, -32005, 3}  # noqa: PT017
