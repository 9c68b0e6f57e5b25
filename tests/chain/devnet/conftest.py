"""Chains for the tests of the devnet: a node in this process with a clock of its own, and the engine's process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from assay_chain.devnet.embedded.faults import RpcError
from assay_chain.devnet.embedded.ledger import Ledger
from assay_chain.devnet.embedded.node import Node
from assay_chain.devnet.genesis import Genesis
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

START = 1_800_000_000
CHAIN_ID = 4242
GWEI = 10**9


class LocalChain:
    """A node in this process. Blocks come when a test asks for them; the clock moves when a test moves it."""

    def __init__(self) -> None:
        self.now = float(START)
        self.alice: LocalAccount = Account.create()
        self.bob: LocalAccount = Account.create()
        self.carol: LocalAccount = Account.create()
        balances = {bytes.fromhex(a.address[2:]): 10**24 for a in (self.alice, self.bob, self.carol)}
        self.node = Node(Ledger(Genesis(CHAIN_ID, START, balances)), clock=lambda: self.now)

    def rpc(self, method: str, *params: object):
        return self.node.call(method, list(params))

    def error(self, method: str, *params: object) -> RpcError:
        with pytest.raises(RpcError) as caught:
            self.node.call(method, list(params))
        return caught.value

    def mine(self) -> int:
        self.node.mine()
        return int(self.rpc("eth_blockNumber"), 16)

    def signed(self, sender: LocalAccount, **fields: object) -> str:
        defaults = {
            "to": self.carol.address,
            "value": 1,
            "gas": 21_000,
            "chainId": CHAIN_ID,
            "nonce": int(self.rpc("eth_getTransactionCount", sender.address, "pending"), 16),
        }
        fees = {"maxFeePerGas": 3 * GWEI, "maxPriorityFeePerGas": GWEI} if "gasPrice" not in fields else {}
        fields = {name: value for name, value in {**defaults, **fees, **fields}.items() if value is not None}
        return "0x" + sender.sign_transaction(fields).raw_transaction.hex()

    def send(self, sender: LocalAccount, **fields: object) -> str:
        return self.rpc("eth_sendRawTransaction", self.signed(sender, **fields))

    def receipt(self, digest: str):
        return self.rpc("eth_getTransactionReceipt", digest)

    def deploy(self, runtime: str) -> str:
        """Puts code (hex, no prefix) on the chain and returns its address."""
        digest = self.send(self.alice, to=None, value=0, gas=3_000_000, data=init_code(runtime))
        self.mine()
        receipt = self.receipt(digest)
        assert receipt["status"] == "0x1"
        return to_checksum_address(receipt["contractAddress"])


def init_code(runtime: str) -> str:
    """Creation code that installs `runtime` (at most 255 bytes)."""
    return f"0x60{len(runtime) // 2:02x}80600b6000396000f3{runtime}"


@pytest.fixture
def chain() -> LocalChain:
    return LocalChain()


class Engine:
    """The embedded engine as users have it: a process and a socket."""

    def __init__(self, directory: Path, block_time: float = 0.2) -> None:
        self.alice: LocalAccount = Account.create()
        self.senders: list[LocalAccount] = [Account.create() for _ in range(4)]
        balances = {bytes.fromhex(a.address[2:]): 10**24 for a in (self.alice, *self.senders)}
        genesis = directory / "genesis.json"
        Genesis(CHAIN_ID, int(time.time()) - 1, balances).save(genesis)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        module = [sys.executable, "-m", "assay_chain.devnet.embedded", "--genesis", str(genesis)]
        self.log = directory / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*module, "--port", str(self.port), "--block-time", str(block_time)], stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.rpc("eth_chainId")
                return
            except requests.ConnectionError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def post(self, body: object, **options: object) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        return requests.post(self.url, data=data, headers=headers, timeout=20, **options)

    def rpc(self, method: str, *params: object):
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}).json()
        assert "error" not in answer, answer
        return answer["result"]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(20)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine(tmp_path_factory.mktemp("engine"))
    yield running
    if running.process.poll() is None:
        running.stop()
