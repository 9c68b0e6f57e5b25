"""`up`: deployed, funded, admitted; refused, stopped, killed and started again, with real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from assay_chain import addressbook, locks
from assay_chain.amounts import UNIT
from assay_chain.devnet import accounts, anvil
from assay_chain.devnet.genesis import Genesis
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import up
from assay_chain.errors import AssayError, PeerUnreachable, Refused, Usage
from assay_chain.roles import Role
from assay_chain.session import Session
from assay_chain.wrappers.membership import Membership
from assay_chain.wrappers.token import Token
from web3.exceptions import Web3RPCError

# What `assay devnet up` does, as a process of its own.
SERVE = """
import sys
from assay_chain.devnet.settings import Settings
from assay_chain.devnet.up import serve
from assay_chain.errors import AssayError
settings = Settings(directory=sys.argv[1], port=int(sys.argv[2]), engine=sys.argv[3], block_time=0.1, oracles=1)
try:
    serve(settings, lambda devnet: print("ready", devnet.resumed, flush=True), lambda text: print(text, flush=True))
except AssayError as error:
    sys.exit(f"{error.code}: {error.message}")
"""


def start(directory: Path, engine: str = "embedded", port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SERVE, str(directory), str(port), engine]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(text):
            return line.strip()
    raise AssertionError(process.communicate()[1])


def is_up(rpc: str) -> bool:
    try:
        return requests.post(rpc, json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}, timeout=5).ok
    except requests.ConnectionError:
        return False


def wait_down(rpc: str) -> None:
    deadline = time.monotonic() + 15
    while is_up(rpc):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def engine_pids(directory: Path) -> list[int]:
    """The engines of a directory: what has its genesis or state file on its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if str(directory) in " ".join(command) and any(part.endswith(("bin/anvil", ".embedded")) for part in command):
            found.append(int(entry.name))
    return found


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """These devnets must not become the current network of other tests."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path_factory.mktemp("home")))


# A devnet that is up


def test_devnet__fixture__everybody_is_funded_and_admitted(devnet):
    session = Session.connect(devnet)
    block = session.head().number
    members = Membership(session)
    oracles = {f"oracle-{number}" for number in range(1, 6)}
    assert set(devnet.accounts) == {"gatekeeper", "treasury", "supplier", "client", "verifier"} | oracles
    for name, entry in devnet.accounts.items():
        roles = {role for role in Role if role in entry.roles}
        assert members.roles_of(entry.address, block) == roles, name
        assert session.w3.eth.get_balance(entry.address) > 10**20
    # What was minted: other tests move the balances of this shared chain.
    minted = {name: _minted(session, entry.address, block) for name, entry in devnet.accounts.items()}
    assert minted["client"] > 0
    assert minted["oracle-5"] == 1_000 * UNIT
    assert minted["supplier"] == 10_000 * UNIT
    assert minted["verifier"] == 100 * UNIT


def _minted(session: Session, address: str, block: int) -> int:
    transfers = session.contract("AssayToken").events.Transfer()
    found = session.logs(transfers, 0, block, {"from": "0x" + 40 * "0", "to": address})
    return sum(event["args"]["value"] for event in found)


def test_devnet__keys__are_for_the_owner_only_and_open_with_their_password(devnet):
    folder = devnet.path.parent / accounts.FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    for entry in devnet.accounts.values():
        assert accounts.unlock(entry).address == entry.address


def test_devnet__same_directory_again__is_refused_and_the_first_goes_on(devnet):
    with pytest.raises(Refused, match="already running") as caught, up(Settings(directory=devnet.path.parent, port=0)):
        pass
    assert str(os.getpid()) in caught.value.message
    assert is_up(devnet.rpc)
    assert devnet.path.exists()


def test_devnet__its_port_elsewhere__is_refused_before_anything_is_written(devnet, tmp_path):
    port = int(devnet.rpc.rpartition(":")[2])
    with pytest.raises(Usage, match=f"127.0.0.1:{port}") as caught, up(Settings(directory=tmp_path, port=port)):
        pass
    assert caught.value.code == "port-taken"
    assert sorted(path.name for path in tmp_path.iterdir()) == [locks.FILE_NAME]


# Accounts


def test_accounts__two_directories__share_no_key_and_one_keeps_its_own(tmp_path):
    first, second = accounts.ensure(tmp_path / "a", 2), accounts.ensure(tmp_path / "b", 2)
    assert not {e.address for e in first.values()} & {e.address for e in second.values()}
    again = accounts.ensure(tmp_path / "a", 3)
    assert {name: again[name] for name in first} == first
    assert "oracle-3" in again


def test_accounts__interrupted_between_password_and_key__is_made_anew(tmp_path):
    entry = accounts.ensure(tmp_path, 1)["client"]
    assert entry.keystore is not None
    entry.keystore.unlink()
    assert accounts.unlock(accounts.ensure(tmp_path, 1)["client"]).address != entry.address


def test_accounts__damaged_keystore__is_an_error_and_not_replaced(tmp_path):
    entry = accounts.ensure(tmp_path, 1)["client"]
    assert entry.keystore is not None
    entry.keystore.write_text("{}")
    with pytest.raises(AssayError):
        accounts.ensure(tmp_path, 1)
    assert entry.keystore.read_text() == "{}"


# Stopping


def test_serve__terminated__ends_engine_and_book_with_exit_code_zero(tmp_path):
    process = start(tmp_path)
    wait_for(process, "ready False")
    book = addressbook.find()
    assert book.path == tmp_path / addressbook.FILE_NAME
    assert book.development
    assert is_up(book.rpc)
    process.terminate()
    assert process.wait(20) == 0
    assert not is_up(book.rpc)
    assert not book.path.exists()
    assert engine_pids(tmp_path) == []


def test_serve__interrupted_while_deploying__leaves_neither_book_nor_engine(tmp_path):
    process = start(tmp_path)
    wait_for(process, "deploying")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert not (tmp_path / addressbook.FILE_NAME).exists()
    assert engine_pids(tmp_path) == []


def test_serve__killed__the_engine_follows_and_the_next_one_starts_on_another_chain(tmp_path):
    process = start(tmp_path)
    wait_for(process, "ready")
    first = addressbook.load(tmp_path)
    process.kill()
    process.wait()
    wait_down(first.rpc)
    assert first.path.exists()  # nobody could remove it
    again = start(tmp_path)
    wait_for(again, "deploying")
    assert not first.path.exists()
    assert Genesis.load(tmp_path / "embedded-genesis.json").chain_id != first.chain_id
    assert accounts.ensure(tmp_path, 1) == first.accounts
    again.terminate()
    assert again.wait(20) == 0


def test_serve__engine_dies__is_an_error_that_names_the_log(tmp_path):
    process = start(tmp_path)
    wait_for(process, "ready")
    (pid,) = [pid for pid in engine_pids(tmp_path) if b"leash" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert errors.startswith("engine-unreachable: the engine at http://127.0.0.1:")


def test_up__another_server_on_the_port__is_not_mistaken_for_the_engine(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        monkeypatch.setattr("assay_chain.devnet.up._free_port", lambda port: port)  # as if it came just after the check
        settings = Settings(directory=tmp_path, port=port)
        with pytest.raises(PeerUnreachable, match="stopped while starting"), up(settings):
            pass


# anvil


@pytest.fixture(scope="module")
def native() -> None:
    try:
        anvil.find()
    except AssayError as error:
        pytest.skip(f"{error.message}: {error.hint}")


def test_anvil__restarted_and_killed__keeps_chain_contracts_and_accounts(native, tmp_path):
    process = start(tmp_path, "anvil")
    assert wait_for(process, "ready") == "ready False"
    first = addressbook.load(tmp_path)
    client = accounts.unlock(first.accounts["client"])
    session = Session.connect(first, client)
    Token(session).transfer(first.accounts["supplier"].address, 7)
    number = session.head().number
    process.terminate()
    assert process.wait(20) == 0
    assert not is_up(first.rpc)
    assert first.path.exists()

    process = start(tmp_path, "anvil")
    assert wait_for(process, "ready") == "ready True"
    second = addressbook.load(tmp_path)
    assert (second.chain_id, second.contracts, second.accounts) == (first.chain_id, first.contracts, first.accounts)
    session = Session.connect(second, client)
    assert session.head().number >= number
    assert Token(session).balance_of(second.accounts["supplier"].address, session.head().number) == 10_000 * UNIT + 7
    for pid in engine_pids(tmp_path):
        os.kill(pid, signal.SIGKILL)
    assert process.wait(20) == 1

    process = start(tmp_path, "anvil")
    assert wait_for(process, "ready") == "ready True"
    third = addressbook.load(tmp_path)
    assert third.contracts == first.contracts
    session = Session.connect(third, client)
    assert Token(session).balance_of(third.accounts["supplier"].address, session.head().number) == 10_000 * UNIT + 7
    process.terminate()
    assert process.wait(20) == 0

    with pytest.raises(Refused, match="anvil"), up(Settings(directory=tmp_path, port=0)):
        pass


def test_anvil__saved_by_several_threads_at_once__the_state_is_whole(native, tmp_path):
    with up(Settings(directory=tmp_path, port=0, block_time=0.1, engine="anvil", oracles=1)) as running:
        with ThreadPoolExecutor(8) as pool:
            for saved in [pool.submit(running.engine.checkpoint) for _ in range(40)]:
                saved.result()
        assert json.loads((tmp_path / anvil.STATE).read_text())["accounts"]


def test_anvil__book_lost__deploys_anew_on_the_same_chain(native, tmp_path):
    with up(Settings(directory=tmp_path, port=0, block_time=0.1, engine="anvil", oracles=1)) as running:
        first = running.book
        assert json.loads((tmp_path / anvil.STATE).read_text())["accounts"]  # saved before the book was
    first.path.unlink()
    with up(Settings(directory=tmp_path, port=0, block_time=0.1, engine="anvil", oracles=2)) as running:
        assert not running.resumed
        assert running.book.chain_id == first.chain_id
        assert running.book.contracts != first.contracts
        assert "oracle-2" in running.book.accounts
        w3 = Session.connect(running.book).w3
        assert w3.eth.accounts == []
        assert w3.eth.get_balance("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266") == 0  # anvil's first default account
        with pytest.raises(Web3RPCError):  # London has no PUSH0
            w3.eth.call({"data": "0x5f00"})
