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


def test_analysis__own_sources__no_warnings() -> None:
    folders = [CONTRACTS, *(CONTRACTS / name for name in ("interfaces", "libraries", "types"))]
    names = [str(path.relative_to(CONTRACTS)) for folder in folders for path in folder.glob("*.sol")]
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {name: {"content": (CONTRACTS / name).read_text()} for name in names},
            "settings": {"outputSelection": {"*": {"": ["ast"]}}},
        },
        solc_binary=SHIM,
        base_path=CONTRACTS,
    )
    assert set(names) <= set(output["sources"])
    own = [error for error in output.get("errors", []) if error["sourceLocation"]["file"] in names]
    assert own == []


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*.sol")), ids=lambda path: path.name)
def test_source__every_contract__keeps_the_house_style(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert "pragma solidity 0.8.37;" in text
    assert not re.search(r"\b(assembly|delegatecall|selfdestruct|tx\.origin)\b", text)


def test_compile_sources__wrong_source__says_where(tmp_path: Path) -> None:
    (tmp_path / "Broken.sol").write_text("contract Broken { uint256 x = y; }")
    with pytest.raises(solcx.exceptions.SolcError, match=r"Undeclared identifier") as info:
        compile_sources([tmp_path])
    assert f"{tmp_path.name}/Broken.sol:1" in info.value.message


def test_compile_sources__changed_source__is_not_served_from_the_cache(tmp_path: Path) -> None:
    source, cache = tmp_path / "sources" / "Answer.sol", tmp_path / "cache"
    source.parent.mkdir()
    codes = []
    for answer in (1, 1, 2):
        source.write_text(
            f"contract Answer {{ function answer() external pure returns (uint256) {{ return {answer}; }} }}"
        )
        codes.append(compile_sources([source.parent], cache=cache)["Answer"].bytecode)
    assert codes[0] == codes[1] != codes[2]
    assert len(list(cache.iterdir())) == 2


def test_shim__standard_json__writes_json_and_nothing_else() -> None:
    request = {"language": "Solidity", "sources": {"A.sol": {"content": "contract A {}"}}}
    done = subprocess.run(
        [SHIM, "--standard-json"], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    assert "A.sol" in json.loads(done.stdout)["sources"]
    assert done.stderr == ""


def test_shim__unknown_use__refused() -> None:
    done = subprocess.run([SHIM, "--bin"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "usage" in done.stderr
