"""Secrets of unopened requests survive crashes, and nobody else reads them."""

import stat
from pathlib import Path

import pytest
from assay_client.pending import PendingRequests
from eth_utils.crypto import keccak

BOARD, CLIENT = "0x" + "1" * 40, "0x" + "2" * 40


@pytest.fixture
def requests(tmp_path: Path) -> PendingRequests:
    return PendingRequests(tmp_path, 7, BOARD, CLIENT)


def test_create__read_by_another_process__gives_the_same_secret(tmp_path: Path, requests: PendingRequests) -> None:
    written = requests.create(model_id=3, policy_id=2, block=11)
    assert list(PendingRequests(tmp_path, 7, BOARD, CLIENT)) == [written]
    assert written.digest == keccak(written.secret)
    assert len(written.secret) == 32


def test_create__twice__never_repeats_a_secret(requests: PendingRequests) -> None:
    assert requests.create(1, 1, 1).secret != requests.create(1, 1, 1).secret


def test_iterate__several__oldest_first(requests: PendingRequests) -> None:
    blocks = [requests.create(1, 1, block).block for block in (30, 10, 20)]
    assert [pending.block for pending in requests] == sorted(blocks)


def test_create__on_disk__only_the_owner_may_read(tmp_path: Path, requests: PendingRequests) -> None:
    requests.create(1, 1, 1)
    (path,) = tmp_path.rglob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_iterate__a_crash_left_half_a_file__is_not_confused(tmp_path: Path, requests: PendingRequests) -> None:
    kept = requests.create(1, 1, 1)
    (path,) = tmp_path.rglob("*.json")
    path.with_name("half.partial").write_text('{"secret": "ab')
    assert list(requests) == [kept]


@pytest.mark.parametrize(("chain", "board", "client"), [(8, BOARD, CLIENT), (7, CLIENT, CLIENT), (7, BOARD, BOARD)])
def test_iterate__of_another_chain_board_or_client__sees_nothing(
    tmp_path: Path, requests: PendingRequests, chain: int, board: str, client: str
) -> None:
    requests.create(1, 1, 1)
    assert not list(PendingRequests(tmp_path, chain, board, client))


def test_remove__once_opened__is_gone_and_may_be_repeated(requests: PendingRequests) -> None:
    pending = requests.create(1, 1, 1)
    requests.remove(pending)
    requests.remove(pending)
    assert not list(requests)
