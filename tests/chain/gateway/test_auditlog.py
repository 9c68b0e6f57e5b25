"""The audit log: what was done is there, and what was changed shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from assay_chain.errors import MalformedInput, Refused
from assay_chain.gateway import auditlog
from assay_chain.gateway.auditlog import NAME, AuditLog
from assay_chain.gateway.members import Member
from assay_chain.roles import Role
from eth_account import Account
from eth_utils.address import to_checksum_address

from tests.chain.gateway.conftest import Open, Unlock
from tests.chain.gateway.door import call

pytestmark = pytest.mark.xdist_group("gateway")

MEMBER = Member(to_checksum_address("0x" + "01" * 20), frozenset({Role.CLIENT}), 7)


def fill(directory: Path, acts: int, file_bytes: int = 1 << 20) -> None:
    log = AuditLog(directory, file_bytes)
    for number in range(acts):
        log.record(MEMBER, "did", {"number": number})
    log.close()


def test_log__read_back__is_what_was_recorded_in_order(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    fill(tmp_path, 2)
    found = list(auditlog.read(tmp_path))
    assert [entry["seq"] for entry in found] == [1, 2, 3, 4]
    assert [entry["detail"]["number"] for entry in found] == [0, 1, 0, 1]
    assert (found[0]["address"], found[0]["block"], found[0]["act"]) == (MEMBER.address, 7, "did")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_log__full__goes_on_in_another_file(tmp_path: Path) -> None:
    fill(tmp_path, 20, file_bytes=1000)
    assert len(list(tmp_path.iterdir())) > 3
    assert [entry["seq"] for entry in auditlog.read(tmp_path)] == list(range(1, 21))
    fill(tmp_path, 1, file_bytes=1000)
    assert len(list(auditlog.read(tmp_path))) == 21


@pytest.mark.parametrize("harm", ["change", "remove", "swap", "forge", "first file"])
def test_log__tampered_with__is_refused_and_not_continued(tmp_path: Path, harm: str) -> None:
    fill(tmp_path, 20, file_bytes=1000)
    path = sorted(tmp_path.glob(f"{NAME}.*"))[1]
    lines = path.read_bytes().splitlines(keepends=True)
    if harm == "change":
        lines[1] = lines[1].replace(b'"did"', b'"dud"')
    elif harm == "remove":
        del lines[1]
    elif harm == "swap":
        lines[0], lines[1] = lines[1], lines[0]
    elif harm == "forge":
        forged: dict[str, Any] = json.loads(lines[1])
        lines.insert(2, json.dumps({**forged, "seq": forged["seq"] + 1, "previous": "0" * 64}).encode() + b"\n")
    if harm == "first file":
        sorted(tmp_path.glob(f"{NAME}.*"))[0].unlink()
    else:
        path.write_bytes(b"".join(lines))
    for use in (lambda: list(auditlog.read(tmp_path)), lambda: AuditLog(tmp_path)):
        with pytest.raises(MalformedInput) as caught:
            use()
        assert (caught.value.code, caught.value.culprit) == ("audit-log-changed", "gatekeeper")


def test_log__cut_short_by_a_crash__goes_on_after_the_last_whole_act(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-10])
    fill(tmp_path, 1)
    assert [entry["seq"] for entry in auditlog.read(tmp_path)] == [1, 2, 3]


def test_refusals__the_same_again_and_again__are_written_once_a_second(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    for _ in range(100):
        log.refused(MEMBER, "not-allowed", {})
        log.refused("192.0.2.1", "not-signed-in", {})
    log.close()
    found = [(entry["address"], entry["detail"]["code"]) for entry in auditlog.read(tmp_path)]
    assert found == [(MEMBER.address, "not-allowed"), ("192.0.2.1", "not-signed-in")]


def test_gateway__second_in_the_directory__is_refused_until_the_first_ends_and_the_log_is_intact(
    opened: Open, key: Unlock
) -> None:
    door = opened()
    door.token(key("client"))
    with pytest.raises(Refused) as caught:
        door.create()
    assert caught.value.code == "gateway-running"
    door.token(key("client"))
    door.stop()
    door.start()
    door.token(key("client"))
    assert [entry["act"] for entry in auditlog.read(door.settings.directory)] == ["login"] * 3


def test_gateway__used__has_every_act_and_refusal_in_its_log(opened: Open, key: Unlock) -> None:
    door, client, stranger = opened(), key("client"), Account.create()
    token = door.token(client)
    door.login(stranger)
    door.rpc(token, "anvil_setBalance")
    door.rpc("forged", "eth_chainId")
    door.post(call("eth_chainId"))
    seen = [
        (entry["act"], entry["address"], entry["detail"].get("code"))
        for entry in auditlog.read(door.settings.directory)
    ]
    assert seen == [
        ("login", client.address, None),
        ("refused", stranger.address, "not-admitted"),
        ("refused", client.address, "method-not-allowed"),
        ("refused", "127.0.0.1", "bad-token"),
        ("refused", "127.0.0.1", "not-signed-in"),
    ]
    text = (door.settings.directory / NAME).read_text()
    assert token not in text
