"""The committed artifacts are what the sources compile to, and fit a London chain; the build notices when not."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import solcx
from assay_chain import artifacts
from assay_chain.artifacts import Artifact
from assay_chain.build.__main__ import differences
from assay_chain.build.compile import CONTRACTS, SHIM, compile_contracts, compile_sources

CONTRACT_NAMES = ["AssayToken", "AuditBoard", "FairnessBoard", "Membership", "ModelRegistry", "Policies", "Vault"]
LARGEST_CODE = 24_576  # EIP-170
PUSH0, PUSH1, PUSH32, MCOPY, TLOAD, TSTORE = 0x5F, 0x60, 0x7F, 0x5E, 0x5C, 0x5D


@pytest.fixture(scope="module")
def fresh() -> Mapping[str, Artifact]:
    return compile_contracts()


def test_artifacts__fresh_compilation__equal_the_committed_files(fresh: Mapping[str, Artifact]) -> None:
    assert artifacts.names() == sorted(fresh) == CONTRACT_NAMES
    assert differences({f"{name}.json": artifact.to_json() for name, artifact in fresh.items()}) == []
    for name in CONTRACT_NAMES:
        assert artifacts.load(name) == fresh[name]


def test_differences__changed_missing_and_left_over_files__named(tmp_path: Path) -> None:
    for name, text in {"Same": "1", "Changed": "1", "LeftOver": "1"}.items():
        (tmp_path / f"{name}.json").write_text(text)
    fresh = {"Same.json": "1", "Changed.json": "2", "Missing.json": "1"}
    assert differences(fresh, tmp_path) == ["Changed.json", "LeftOver.json", "Missing.json"]


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_bytecode__every_contract__fits_a_london_chain(name: str) -> None:
    code = artifacts.load(name).deployed_bytecode
    assert 0 < len(code) < LARGEST_CODE
    assert not opcodes(code) & {PUSH0, MCOPY, TLOAD, TSTORE}


def opcodes(code: bytes) -> set[int]:
    """The opcodes of a contract, without the metadata at its end (its last two bytes are its length)."""
    end, at, found = len(code) - 2 - int.from_bytes(code[-2:], "big"), 0, set()
    while at < end:
        found.add(code[at])
        at += 1 + (code[at] - PUSH1 + 1 if PUSH1 <= code[at] <= PUSH32 else 0)
    return found


@pytest.fixture(scope="module")
def analysed() -> subprocess.CompletedProcess[str]:
    """What the compiler says about the project's own sources when it shall make nothing of them."""
    request = {
        "language": "Solidity",
        "sources": {name: {"content": (CONTRACTS / name).read_text()} for name in own_sources()},
        "settings": {"outputSelection": {}},
    }
    command = [SHIM, "--standard-json", "--base-path", CONTRACTS]
    return subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)


def own_sources() -> list[str]:
    folders = [CONTRACTS, *(CONTRACTS / name for name in ("interfaces", "libraries", "types"))]
    return [str(path.relative_to(CONTRACTS)) for folder in folders for path in folder.glob("*.sol")]


def test_analysis__own_sources__no_warnings(analysed: subprocess.CompletedProcess[str]) -> None:
    names, output = own_sources(), json.loads(analysed.stdout)
    assert set(names) <= set(output["sources"])
    own = [error for error in output.get("errors", []) if error["sourceLocation"]["file"] in names]
    assert own == []


def test_shim__standard_json__writes_json_and_nothing_else(analysed: subprocess.CompletedProcess[str]) -> None:
    assert "AuditBoard.sol" in json.loads(analysed.stdout)["sources"]
    assert analysed.stderr == ""


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*.sol")), ids=lambda path: path.name)
def test_source__every_contract__keeps_the_house_style(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert "pragma solidity 0.8.37;" in text
    assert not re.search(r"\b(assembly|delegatecall|selfdestruct|tx\.origin)\b", text)


def test_compile_sources__source_that_became_wrong__is_not_served_from_the_cache_and_says_where(tmp_path: Path) -> None:
    source, cache = tmp_path / "sources" / "Answer.sol", tmp_path / "cache"
    source.parent.mkdir()
    source.write_text("contract Answer { uint256 public answer = 42; }")
    first, again = (compile_sources([source.parent], cache=cache)["Answer"] for _ in range(2))
    assert first == again
    assert len(list(cache.iterdir())) == 1
    source.write_text("contract Answer { uint256 public answer = y; }")
    with pytest.raises(solcx.exceptions.SolcError, match=r"Undeclared identifier") as info:
        compile_sources([source.parent], cache=cache)
    assert "sources/Answer.sol:1" in info.value.message


def test_shim__unknown_use__refused() -> None:
    done = subprocess.run([SHIM, "--bin"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "usage" in done.stderr
