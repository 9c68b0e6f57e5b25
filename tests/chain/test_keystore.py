"""Encrypted keystores and password files."""

import json
import stat
from pathlib import Path

import pytest
from assay_chain import keystore
from assay_chain.errors import MalformedInput, Refused, Usage

LIGHT = 1 << 10


def test_load__created_keystore__gives_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key.json"
    account = keystore.create(path, "pass word", work=LIGHT)
    assert keystore.load_account(path, "pass word").key == account.key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert account.key.hex() not in path.read_text()
    assert json.loads(path.read_text())["version"] == 3


def test_create__existing_file__is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    keystore.create(path, "one", work=LIGHT)
    before = path.read_bytes()
    with pytest.raises(Refused) as caught:
        keystore.create(path, "two", work=LIGHT)
    assert caught.value.code == "keystore-exists"
    assert path.read_bytes() == before


@pytest.mark.parametrize("password", ["wrong", "", "right ", "RIGHT"])
def test_load__wrong_password__is_refused_as_our_own_fault(tmp_path: Path, password: str) -> None:
    path = tmp_path / "key.json"
    keystore.create(path, "right", work=LIGHT)
    with pytest.raises(Refused) as caught:
        keystore.load_account(path, password)
    assert (caught.value.code, caught.value.culprit, caught.value.exit_code) == ("wrong-password", "local", 5)


def test_create__empty_password__is_refused(tmp_path: Path) -> None:
    with pytest.raises(Usage):
        keystore.create(tmp_path / "key.json", "", work=LIGHT)
    assert not (tmp_path / "key.json").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 1}', '{"version": 3}', '{"version": 3, "crypto": {}}', "\0"]
)
def test_load__no_keystore__is_malformed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(MalformedInput) as caught:
        keystore.load_account(path, "x")
    assert caught.value.code == "bad-keystore"


def test_load__damaged_parameters__are_malformed(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    keystore.create(path, "right", work=LIGHT)
    whole = json.loads(path.read_text())
    damages: list[tuple[str, object]] = [("kdf", "md5"), ("ciphertext", "zz"), ("mac", None), ("kdfparams", {})]
    for field, bad in damages:
        path.write_text(json.dumps({**whole, "crypto": {**whole["crypto"], field: bad}}))
        with pytest.raises(MalformedInput):
            keystore.load_account(path, "right")


@pytest.mark.parametrize("text", ["secret", "secret\n", "secret\r\n", "secret\nsecond line\n"])
def test_password__file__is_its_first_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(text.encode())
    assert keystore.read_password(path) == "secret"


@pytest.mark.parametrize("content", [b"", b"\n", b"\nsecret"])
def test_password__empty_first_line__is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    with pytest.raises(Usage) as caught:
        keystore.read_password(path)
    assert caught.value.code == "empty-password"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_password__unreadable_file__is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Usage) as caught:
        keystore.read_password(path)
    assert caught.value.code == "unreadable-file"
