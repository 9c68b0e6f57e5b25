"""Sending: included at most once whatever the wire does, and every refusal says why."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from assay_chain import artifacts
from assay_chain.addressbook import AddressBook
from assay_chain.errors import PeerUnreachable, Refused, Reverted, Unconfirmed
from assay_chain.session import Session
from assay_chain.wrappers.board import Board, Request
from assay_chain.wrappers.models import Models
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Permit, Token
from assay_chain.wrappers.vault import Vault
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from tests.chain.lossy_node import LossyNode, cut, error, lie, lose_answer, result

Connect = Callable[..., Session]
SEND = "eth_sendRawTransaction"
RECEIPT = "eth_getTransactionReceipt"


@pytest.fixture
def stranger() -> str:
    """A fresh address."""
    return str(Account.create().address)


def balance(session: Session, account: str) -> int:
    return Token(session).balance_of(account, session.latest().number)


def sent(session: Session) -> int:
    """How many transactions of the session's account are in blocks or wait for one."""
    assert session.account
    return session.w3.eth.get_transaction_count(session.account.address, "pending")


# At most once


@pytest.mark.parametrize(
    "mishaps",
    [
        [lose_answer],  # the node says "already known" to the second sending
        [cut, lose_answer],
        [lose_answer, error(-32000, "nonce too low: next nonce 8, tx nonce 7")],  # it was in a block by then
        [lose_answer, error(-32000, "insufficient funds for gas * price + value")],
        [lose_answer, error(-32000, "replacement transaction underpriced")],
        [lambda request, forward: forward() and error(-32603, "Internal error")(request, forward)],
    ],
)
def test_send__answer_to_the_sending_is_lost__is_included_exactly_once(
    connect: Connect, lossy: LossyNode, stranger: str, mishaps: list[Any]
) -> None:
    session = connect("treasury", rpc=lossy.url, receipt_seconds=10)
    before = sent(session)
    lossy.plan[SEND] = list(mishaps)
    receipt = Token(session).mint(stranger, 7)
    assert receipt["status"] == 1
    assert balance(session, stranger) == 7
    assert sent(session) == before + 1
    raws = {request["params"][0] for request in lossy.asked if request["method"] == SEND}
    assert len(raws) == 1


def test_send__node_is_lost_while_sending__reports_the_hash_and_takes_no_other_nonce(
    connect: Connect, lossy: LossyNode, stranger: str
) -> None:
    session = connect("treasury", rpc=lossy.url)
    before = sent(session)
    lossy.always[SEND] = cut
    with pytest.raises(Unconfirmed) as caught:
        Token(session).mint(stranger, 7)
    assert caught.value.exit_code == 2
    assert "0x" + caught.value.tx_hash.hex() in caught.value.message
    assert sent(session) == before
    assert len({request["params"][0] for request in lossy.asked if request["method"] == SEND}) == 1


def test_send__receipt_does_not_come__reports_the_hash_and_waiting_again_finds_it(
    connect: Connect, lossy: LossyNode, stranger: str
) -> None:
    session = connect("treasury", rpc=lossy.url, receipt_seconds=0.5)
    before = sent(session)
    lossy.always[RECEIPT] = result(None)
    with pytest.raises(Unconfirmed, match="not yet included") as caught:
        Token(session).mint(stranger, 7)
    assert lossy.count(SEND) == 1
    receipt = connect("treasury").wait(caught.value.tx_hash)
    assert receipt["status"] == 1
    assert balance(session, stranger) == 7
    assert sent(session) == before + 1


def test_wait__node_fails_for_a_while__goes_on_until_the_receipt_comes(
    connect: Connect, lossy: LossyNode, stranger: str
) -> None:
    session = connect("treasury", rpc=lossy.url, receipt_seconds=20)
    lossy.plan[RECEIPT] = [*[cut] * 4, error(-32000, "transaction indexing is in progress"), error(-32000, "busy")]
    assert Token(session).mint(stranger, 7)["status"] == 1
    assert balance(session, stranger) == 7


def test_wait__node_stays_lost__is_unconfirmed_and_not_refused(
    connect: Connect, lossy: LossyNode, stranger: str
) -> None:
    session = connect("treasury", rpc=lossy.url, receipt_seconds=0.5)
    lossy.always[RECEIPT] = error(-32601, "the method does not exist")
    with pytest.raises(Unconfirmed, match="node was lost"):
        Token(session).mint(stranger, 7)


@pytest.mark.parametrize(
    "refusal", ["nonce too low", "already known", "Known transaction", "replacement transaction underpriced"]
)
def test_send__nonce_was_taken_by_another__takes_a_fresh_one(
    connect: Connect, lossy: LossyNode, stranger: str, refusal: str
) -> None:
    session = connect("treasury", rpc=lossy.url)
    before = sent(session)
    lossy.plan[SEND] = [error(-32000, refusal)] * 2
    Token(session).mint(stranger, 7)
    assert balance(session, stranger) == 7
    assert sent(session) == before + 1


def test_send__two_processes_on_one_key__lose_and_repeat_nothing(
    devnet: AddressBook, connect: Connect, stranger: str
) -> None:
    command = [sys.executable, "-m", "tests.chain.minter", str(devnet.path), stranger, "3"]
    root = Path(__file__).parents[2]
    before = sent(connect("treasury"))
    processes = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    session = connect("treasury")
    assert balance(session, stranger) == 6
    assert sent(session) == before + 6


def test_send__several_threads_on_one_session__lose_and_repeat_nothing(connect: Connect, stranger: str) -> None:
    session = connect("treasury")
    before = sent(session)
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda amount: Token(session).mint(stranger, amount), range(1, 5)))
    assert len({receipt["transactionHash"] for receipt in receipts}) == 4
    assert balance(session, stranger) == sum(range(1, 5))
    assert sent(session) == before + 4


# Refusals


def test_send__no_coin_for_gas__is_refused_with_a_hint_and_nothing_is_sent(devnet: AddressBook) -> None:
    poor = Session.connect(devnet, Account.create())
    with pytest.raises(Refused) as caught:
        Token(poor).approve(devnet.contracts["Vault"], 1)
    assert (caught.value.code, caught.value.culprit, caught.value.exit_code) == ("insufficient-funds", "local", 5)
    assert caught.value.hint
    assert sent(poor) == 0


def test_send__unadmitted_caller__is_refused_before_anything_is_sent(
    connect: Connect, unlock: Callable[[str], LocalAccount]
) -> None:
    session = connect("supplier")
    before = sent(session)
    with pytest.raises(Reverted) as caught:
        Board(session).request(Request(1, 1, b"\x01" * 32, 10**20), Permit.none())
    assert (caught.value.name, caught.value.culprit) == ("NotClient", "client")
    assert unlock("supplier").address in caught.value.message
    assert "gatekeeper" in caught.value.hint
    with pytest.raises(Reverted, match="is no gatekeeper"):
        Policies(session).retire(1)
    with pytest.raises(Reverted) as client:
        Models(connect("client")).register(b"\x02" * 32, "file:///m")
    assert client.value.name == "NotSupplier"
    with pytest.raises(Reverted) as outsider:
        Vault(session).stake(1, Permit.none())
    assert outsider.value.name == "NotOracle"
    assert sent(session) == before


def test_send__refused_in_the_block__is_run_again_to_learn_why(connect: Connect, lossy: LossyNode) -> None:
    # As when another transaction comes first: the estimate was fine, the inclusion was not.
    session = connect("client", rpc=lossy.url)
    before = sent(session)
    lossy.plan["eth_estimateGas"] = [result(hex(300_000))]
    with pytest.raises(Reverted, match="is not admitted as a supplier") as caught:
        Models(session).register(b"\x02" * 32, "file:///m")
    assert caught.value.name == "NotSupplier"
    assert sent(session) == before + 1


def test_send__deployment_refused_in_the_block__is_run_again_to_learn_why(connect: Connect, lossy: LossyNode) -> None:
    session, code = connect("treasury", rpc=lossy.url), artifacts.load("Policies")
    lossy.plan["eth_estimateGas"] = [result(hex(5_000_000))]
    factory = session.w3.eth.contract(abi=code.abi, bytecode=code.bytecode)
    with pytest.raises(Reverted, match="blockSeconds is out of range"):
        session.send(factory.constructor(session.book.contracts["Membership"], session.book.contracts["Vault"], 0))


def test_send__refused_in_the_block_and_state_gone__says_so(connect: Connect, lossy: LossyNode) -> None:
    session = connect("client", rpc=lossy.url)
    lossy.plan["eth_estimateGas"] = [result(hex(300_000))]
    lossy.always["eth_call"] = error(-32000, "missing trie node")
    with pytest.raises(Reverted, match="included but refused") as caught:
        Models(session).register(b"\x02" * 32, "file:///m")
    assert caught.value.name == ""


def test_send__gas_runs_out_in_the_block__is_a_clear_refusal(connect: Connect, lossy: LossyNode) -> None:
    session = connect("supplier", rpc=lossy.url)
    lossy.plan["eth_estimateGas"] = [result(hex(30_000))]
    with pytest.raises(Refused) as caught:
        Models(session).register(b"\x03" * 32, "file:///m")
    assert caught.value.message


def test_send__node_unreachable_before_sending__is_unreachable(connect: Connect, lossy: LossyNode) -> None:
    session = connect("treasury", rpc=lossy.url)
    lossy.always["eth_estimateGas"] = cut
    with pytest.raises(PeerUnreachable):
        Token(session).mint("0x" + "11" * 20, 1)
    assert lossy.count(SEND) == 0


def test_send__node_does_not_want_it__repeats_the_nodes_words(connect: Connect, lossy: LossyNode) -> None:
    session = connect("treasury", rpc=lossy.url)
    lossy.always[SEND] = error(-32000, "Gas price below configured minimum gas price")
    with pytest.raises(Refused, match="below configured minimum") as caught:
        Token(session).mint("0x" + "11" * 20, 1)
    assert (caught.value.code, caught.value.culprit) == ("node-refused", "chain")
    assert lossy.count(SEND) == 1


# Fees


def signed(lossy: LossyNode) -> dict[str, Any]:
    (raw,) = [request["params"][0] for request in lossy.asked if request["method"] == SEND]
    return dict(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())


def test_fees__chain_without_base_fee__pays_the_nodes_gas_price(
    connect: Connect, lossy: LossyNode, stranger: str
) -> None:
    lossy.always["eth_getBlockByNumber"] = lie(
        lambda block: {name: value for name, value in block.items() if name != "baseFeePerGas"}
    )
    session = connect("treasury", rpc=lossy.url)
    receipt = Token(session).mint(stranger, 1)
    assert receipt["type"] == 0
    assert balance(session, stranger) == 1


def test_fees__free_gas__are_zero(connect: Connect, lossy: LossyNode) -> None:
    lossy.always["eth_getBlockByNumber"] = lie(lambda block: {**block, "baseFeePerGas": "0x0"})
    lossy.always["eth_maxPriorityFeePerGas"] = result("0x0")
    lossy.always[SEND] = error(-32000, "seen enough")
    with pytest.raises(Refused, match="seen enough"):
        Token(connect("treasury", rpc=lossy.url)).mint("0x" + "11" * 20, 1)
    transaction = signed(lossy)
    assert (transaction["maxFeePerGas"], transaction["maxPriorityFeePerGas"]) == (0, 0)


def test_fees__london__leave_room_for_the_base_fee_to_double(connect: Connect, lossy: LossyNode, stranger: str) -> None:
    session = connect("treasury", rpc=lossy.url)
    receipt = Token(session).mint(stranger, 1)
    transaction = signed(lossy)
    base = session.w3.eth.get_block(receipt["blockNumber"] - 1)["baseFeePerGas"]
    assert transaction["maxFeePerGas"] >= 1.5 * base
    assert transaction["gas"] > receipt["gasUsed"]
