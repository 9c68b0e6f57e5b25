"""Logs and filters of the embedded chain."""

from __future__ import annotations

import pytest
from assay_chain.devnet.embedded import node as node_module
from assay_chain.devnet.embedded.filters import Filters
from assay_chain.devnet.embedded.forms import parse_log_query

# LOG2 with the first two words of the calldata as topics and the third as data.
LOGGER = "604035600052" + "602035" + "600035" + "60206000a200"


def word(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def logger(chain):
    """A contract with logs (1, 1), (1, 2), (2, 1) and (2, 2) in blocks 2, 4 and (two senders) 5."""
    address = chain.deploy(LOGGER)
    emit(chain, address, chain.alice, 1, 1)
    chain.mine()
    chain.mine()
    emit(chain, address, chain.alice, 1, 2)
    chain.mine()
    emit(chain, address, chain.alice, 2, 1)
    emit(chain, address, chain.bob, 2, 2)
    chain.mine()
    return address


def emit(chain, address, sender, first, second):
    return chain.send(sender, to=address, value=0, gas=100_000, data="0x" + word(first) + word(second) + word(7))


def found(logs):
    return [(int(log["blockNumber"], 16), *(int(topic, 16) for topic in log["topics"])) for log in logs]


def test_logs__form__has_every_field(chain, logger):
    (log,) = chain.rpc("eth_getLogs", {"fromBlock": "0x2", "toBlock": "0x2"})
    block = chain.rpc("eth_getBlockByNumber", "0x2")
    assert log == {
        "address": logger.lower(),
        "topics": ["0x" + word(1), "0x" + word(1)],
        "data": "0x" + word(7),
        "blockNumber": "0x2",
        "blockHash": block["hash"],
        "blockTimestamp": block["timestamp"],
        "transactionHash": block["transactions"][0],
        "transactionIndex": "0x0",
        "logIndex": "0x0",
        "removed": False,
    }
    assert chain.receipt(log["transactionHash"])["logs"] == [log]


def test_logs__two_transactions_in_a_block__are_numbered_through(chain, logger):
    logs = chain.rpc("eth_getLogs", {})
    assert [(log["transactionIndex"], log["logIndex"]) for log in logs] == [("0x0", "0x0"), ("0x1", "0x1")]


@pytest.mark.parametrize(
    ("query", "blocks"),
    [
        ({"fromBlock": "0x0", "toBlock": "latest"}, [2, 4, 5, 5]),
        ({"fromBlock": "earliest"}, [2, 4, 5, 5]),
        ({}, [5, 5]),
        ({"fromBlock": "0x3", "toBlock": "0x4"}, [4]),
        ({"fromBlock": "0x3", "toBlock": "0x3"}, []),
        ({"fromBlock": "0x5", "toBlock": "0xffff"}, [5, 5]),
        ({"fromBlock": "0x0", "address": "0x" + "11" * 20}, []),
        ({"fromBlock": "0x0", "topics": ["0x" + word(1)]}, [2, 4]),
        ({"fromBlock": "0x0", "topics": [None, "0x" + word(1)]}, [2, 5]),
        ({"fromBlock": "0x0", "topics": [["0x" + word(1), "0x" + word(2)], "0x" + word(2)]}, [4, 5]),
        ({"fromBlock": "0x0", "topics": [[], []]}, [2, 4, 5, 5]),
        ({"fromBlock": "0x0", "topics": [None, None, None]}, []),
    ],
)
def test_logs__query__matches_as_geth(chain, logger, query, blocks):
    assert [entry[0] for entry in found(chain.rpc("eth_getLogs", query))] == blocks


def test_logs__by_address__single_or_several_any_case(chain, logger):
    for address in (logger, [logger, "0x" + "22" * 20], "0x" + logger[2:].upper()):
        assert len(chain.rpc("eth_getLogs", {"fromBlock": "0x0", "address": address})) == 4


def test_logs__by_block_hash__only_that_block(chain, logger):
    block = chain.rpc("eth_getBlockByNumber", "0x4")["hash"]
    assert found(chain.rpc("eth_getLogs", {"blockHash": block})) == [(4, 1, 2)]
    assert chain.error("eth_getLogs", {"blockHash": "0x" + "00" * 32}).message == "unknown block"
    assert chain.error("eth_getLogs", {"blockHash": block, "fromBlock": "0x0"}).code == -32602


def test_logs__range_upside_down__is_refused(chain, logger):
    error = chain.error("eth_getLogs", {"fromBlock": "0x4", "toBlock": "0x2"})
    assert error.message == "invalid block range params"


def test_logs__more_than_the_limit__asks_for_a_shorter_range(chain, logger, monkeypatch):
    monkeypatch.setattr(node_module, "MAX_LOGS", 3)
    assert chain.error("eth_getLogs", {"fromBlock": "0x0"}).code == -32005
    assert len(chain.rpc("eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x4"})) == 2


def test_filter__logs__reports_each_new_one_once(chain, logger):
    name = chain.rpc("eth_newFilter", {"address": logger})
    assert chain.rpc("eth_getFilterChanges", name) == []
    emit(chain, logger, chain.alice, 3, 3)
    chain.mine()
    assert found(chain.rpc("eth_getFilterChanges", name)) == [(6, 3, 3)]
    assert chain.rpc("eth_getFilterChanges", name) == []
    assert found(chain.rpc("eth_getFilterLogs", name)) == [(6, 3, 3)]
    assert chain.rpc("eth_uninstallFilter", name) is True
    assert chain.rpc("eth_uninstallFilter", name) is False
    assert chain.error("eth_getFilterChanges", name).message == "filter not found"


def test_filter__blocks__reports_their_hashes(chain):
    name = chain.rpc("eth_newBlockFilter")
    chain.mine()
    chain.mine()
    hashes = [chain.rpc("eth_getBlockByNumber", hex(number))["hash"] for number in (1, 2)]
    assert chain.rpc("eth_getFilterChanges", name) == hashes
    assert chain.error("eth_getFilterLogs", name).message == "filter not found"


def test_filter__not_polled__expires(chain):
    now = [0.0]
    filters = Filters(chain.node._ledger, clock=lambda: now[0])
    name = filters.add(parse_log_query({}))
    now[0] = 299.0
    filters.changes(name)
    now[0] = 599.0
    with pytest.raises(Exception, match="filter not found"):
        filters.changes(name)


def test_filter__too_many__are_refused(chain):
    for _ in range(256):
        chain.rpc("eth_newBlockFilter")
    assert chain.error("eth_newBlockFilter").code == -32005


def test_fee_history__blocks_and_rewards__are_geths_shape(chain):
    chain.send(chain.alice)
    chain.mine()
    chain.mine()
    history = chain.rpc("eth_feeHistory", "0x2", "latest", [0, 50, 100])
    assert history["oldestBlock"] == "0x1"
    assert len(history["baseFeePerGas"]) == 3
    assert history["gasUsedRatio"] == [21_000 / 30_000_000, 0.0]
    assert history["reward"] == [[hex(10**9)] * 3, ["0x0"] * 3]
    next_fee = chain.rpc("eth_getBlockByNumber", "pending")["baseFeePerGas"]
    assert history["baseFeePerGas"][-1] == next_fee
    assert "reward" not in chain.rpc("eth_feeHistory", 1, "latest")
    assert chain.rpc("eth_feeHistory", "0xffffff", "latest")["oldestBlock"] == "0x0"


@pytest.mark.parametrize(
    "params", [["0x0", "latest"], ["0x1", "latest", [50, 10]], ["0x1", "latest", [101]], [True, "latest"]]
)
def test_fee_history__nonsense__is_invalid_params(chain, params):
    assert chain.error("eth_feeHistory", *params).code == -32602


def test_fee_history__beyond_the_head__is_refused(chain):
    assert chain.error("eth_feeHistory", "0x1", "0x5").message.startswith("request beyond head block")
