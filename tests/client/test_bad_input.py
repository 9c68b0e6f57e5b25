"""Bad input: each a clear error that names the culprit, with its exit code; nothing uploaded, nothing registered."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assay_chain import addressbook
from assay_chain.addressbook import AddressBook
from assay_chain.wrappers.models import Models
from assay_client.cli import app
from assay_client.sdk import Client
from assay_client.supplier import checking
from assay_client.supplier.publishing import Publication
from safetensors.numpy import load_file, save_file

from tests.client.conftest import Acting

pytestmark = pytest.mark.xdist_group("client")

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(book: AddressBook, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json; returns its exit code and its one object."""

    def run(*words: str, network: Path | None = None) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = app.run([*words, "--network", str(network or book.path), "--json"])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, json.loads(out)

    return run


@pytest.fixture
def draft(cancer: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cancer, tmp_path / "model"))


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "model.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def tensors(folder: Path, name: str, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    path = folder / f"{name}.safetensors"
    save_file(dict(change(load_file(path))), path)


def not_json(folder: Path) -> None:
    (folder / "model.json").write_text("{")


def no_schema(folder: Path) -> None:
    edit(folder, lambda document: document.pop("schema"))


def unknown_layer(folder: Path) -> None:
    edit(folder, lambda document: document["architecture"].insert(0, {"layer": "lambda", "code": "import os"}))


def layers_that_do_not_fit(folder: Path) -> None:
    edit(folder, lambda document: document["architecture"].pop())


def huge_architecture(folder: Path) -> None:
    edit(folder, lambda document: document["architecture"].insert(0, {"layer": "linear", "features": 65536}))


def nan_in_the_manifest(folder: Path) -> None:
    edit(folder, lambda document: document["claims"][0].update(bound=float("nan")))


def unknown_metric(folder: Path) -> None:
    edit(folder, lambda document: document["claims"][0].update(metric="beauty"))


def missing_file(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()


def weights_with_nan(folder: Path) -> None:
    tensors(folder, "weights", lambda held: {name: np.full_like(value, np.nan) for name, value in held.items()})


def weights_of_another_shape(folder: Path) -> None:
    tensors(folder, "weights", lambda held: {name: np.zeros((3, 3)) for name in held})


def weights_that_lie_about_their_size(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes((2**40).to_bytes(8, "little") + b"{}")


def weights_that_are_a_pickle(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"\x80\x04cposix\nsystem\n\x8c\x02id\x85R.")


def empty_test_set(folder: Path) -> None:
    tensors(folder, "test", lambda held: {name: value[:0] for name, value in held.items()})


def labels_out_of_range(folder: Path) -> None:
    tensors(folder, "test", lambda held: {**held, "labels": held["labels"] + 7})


def wrong_digest(folder: Path) -> None:
    citation = {"digest": "sha256:" + "ab" * 32, "uri": (folder / "test.safetensors").as_uri(), "bytes": 10}
    edit(folder, lambda document: document.update(test=citation))


FAULTS = [
    not_json,
    no_schema,
    unknown_layer,
    layers_that_do_not_fit,
    huge_architecture,
    nan_in_the_manifest,
    unknown_metric,
    missing_file,
    weights_with_nan,
    weights_of_another_shape,
    weights_that_lie_about_their_size,
    weights_that_are_a_pickle,
    empty_test_set,
    labels_out_of_range,
    wrong_digest,
]


@pytest.mark.parametrize("options", [(), ("--no-compute",)], ids=["computed", "form only"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_publish__a_faulty_model__blames_the_supplier_and_registers_nothing(
    fault: Callable[[Path], None],
    options: tuple[str, ...],
    draft: Path,
    run: Run,
    acting: Acting,
    published: Publication,
    tmp_path: Path,
) -> None:
    fault(draft)
    supplier = acting("supplier")
    before = Models(supplier).count(supplier.head().number)
    store = tmp_path / "store"
    code, out = run("supplier", "publish", str(draft), "--store", store.as_uri(), *options)
    assert (code, out["error"]["culprit"]) == (3, "supplier"), out
    assert out["error"]["message"]
    assert out["error"]["hint"]
    assert Models(supplier).count(supplier.head().number) == before
    assert not store.exists()


def test_publish__not_admitted__names_who_must_be_admitted(draft: Path, run: Run) -> None:
    edit(draft, lambda document: document.update(version="2.0.0"))
    code, out = run("supplier", "publish", str(draft), "--as", "client")
    assert (code, out["error"]["code"], out["error"]["culprit"]) == (5, "not-supplier", "supplier")


def test_publish__own_claim_not_met__exit_1_unless_allowed(draft: Path, run: Run) -> None:
    edit(draft, lambda document: document.update(name="boastful"))
    edit(draft, lambda document: document["claims"][0].update(bound=1.0))
    edit(
        draft,
        lambda document: document["claims"].append({"metric": "log_loss", "op": "<=", "bound": 0.001, "tolerance": 0}),
    )
    code, out = run("supplier", "publish", str(draft))
    assert (code, out["error"]["code"]) == (1, "claims-unmet")
    assert "log_loss" in out["error"]["message"]
    assert run("supplier", "publish", str(draft), "--allow-unmet-claims")[0] == 0


def test_publish__somebody_elses_model_superseded__refused(
    draft: Path, run: Run, acting: Acting, published: Publication
) -> None:
    edit(draft, lambda document: document.update(version="3.0.0"))
    code, out = run("supplier", "publish", str(draft), "--supersedes", "999")
    assert (code, out["error"]["code"]) == (3, "unknown-model")


def test_publish__unknown_version_superseded__is_an_error_even_of_a_model_registered_already(
    draft: Path, run: Run, published: Publication
) -> None:
    code, out = run("supplier", "publish", str(draft), "--supersedes", "nope")
    assert (code, out["error"]["code"]) == (3, "unknown-model")


def test_publish__no_supplier__refused_before_anything_is_computed_or_uploaded(
    draft: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed(*_: object) -> None:
        raise AssertionError("the model was computed")

    monkeypatch.setattr(checking, "compute", computed)
    store = tmp_path / "store"
    code, out = run("supplier", "publish", str(draft), "--as", "client", "--store", store.as_uri())
    assert (code, out["error"]["code"]) == (5, "not-supplier")
    assert not store.exists()


def test_request__no_client__refused_before_a_price_is_shown(
    book: AddressBook, published: Publication, staked: None, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["audit", "request", "breast-cancer", "--as", "oracle-1", "--yes", "--network", str(book.path)]
    assert app.run(line) == 5
    said = capsys.readouterr().err
    assert "not admitted as a client" in said
    assert "Cost" not in said


def test_metrics__of_a_model_without_audits__inconclusive(draft: Path, run: Run, acting: Acting) -> None:
    edit(draft, lambda document: document.update(name="never-audited"))
    assert run("supplier", "publish", str(draft), "--no-compute")[0] == 0
    code, out = run("metrics", "never-audited")
    assert (code, out["error"]["code"]) == (2, "no-audit")


def test_keystore__wrong_password__refused_and_local(run: Run, book: AddressBook, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong\n")
    entry = book.accounts["client"]
    code, out = run("withdraw", "--keystore", str(entry.keystore), "--password-file", str(tmp_path / "password"))
    assert (code, out["error"]["code"], out["error"]["culprit"]) == (5, "wrong-password", "local")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("withdraw", "--as", "nobody"), (64, "unknown-account")),
        (("gatekeeper", "mint", "client", "1e9"), (3, "bad-amount")),
        (("gatekeeper", "mint", "client", "-1"), (64, "usage")),
        (("gatekeeper", "mint", "0x1234", "1"), (64, "unknown-account")),
        (("gatekeeper", "mint", "client", "1", "--as", "client"), (5, "not-treasury")),
        (("gatekeeper", "pause", "--as", "client"), (5, "not-gatekeeper")),
        (("policy", "show", "none"), (3, "unknown-policy")),
        (("policy", "retire", "1", "--as", "client"), (5, "not-gatekeeper")),
        (("audit", "status", "999"), (3, "unknown-audit")),
        (("audit", "status", "9" * 90), (3, "unknown-audit")),
        (("audit", "wait", "999"), (3, "unknown-audit")),
        (("audit", "votes", "999"), (3, "unknown-audit")),
        (("audit", "request", "none"), (3, "unknown-model")),
        (("audit", "list", "none"), (3, "unknown-model")),
        (("metrics", "none"), (3, "unknown-model")),
        (("oracle", "stake", "999999"), (5, "insufficient-funds")),
        (("oracle", "stake", "1", "--as", "client"), (5, "not-oracle")),
        (("audit", "request", "breast-cancer", "--policy", "whitebox-10-dev"), (3, "policy-mismatch")),
        (("audit", "request", "breast-cancer", "--policy", "none"), (3, "unknown-policy")),
        (("audit", "request", "breast-cancer", "--max-fee", "1"), (5, "fee-too-high")),
        (("audit", "request", "breast-cancer", "--kind", "fairness"), (3, "no-table")),
        (("audit", "request", "breast-cancer", "--test-set", "/nowhere"), (64, "unreadable-test-set")),
        (("audit", "request", "breast-cancer", "--test-set", "gopher://x/y"), (4, "unsupported-uri")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and isinstance(value[0], str) else None,
)
def test_command__wrong_in_one_way__has_its_code_and_culprit(
    words: tuple[str, ...], expected: tuple[int, str], run: Run, client: Client
) -> None:
    code, out = run(*words)
    assert (code, out["error"]["code"]) == expected
    assert out["error"]["culprit"] in {"supplier", "oracle", "client", "gatekeeper", "chain", "local"}


@pytest.fixture
def silent(book: AddressBook, tmp_path: Path) -> Path:
    """The address book with a node that does not answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    moved = replace(book, rpc=f"http://127.0.0.1:{port}", path=tmp_path / "addressbook.json")
    addressbook.save(moved)
    return moved.path


@pytest.mark.parametrize(
    "words",
    [("audit", "status", "1"), ("metrics", "1"), ("supplier", "models"), ("audit", "request", "1"), ("withdraw",)],
    ids=" ".join,
)
def test_node__unreachable__exit_4_and_the_chains_fault(words: tuple[str, ...], run: Run, silent: Path) -> None:
    code, out = run(*words, network=silent)
    assert (code, out["error"]["culprit"]) == (4, "chain")


@pytest.mark.parametrize("account", [("--as", "client"), ()], ids=["signs in", "as nobody"])
def test_gateway__stopped__says_that_no_gateway_answers_and_whom_to_ask(
    account: tuple[str, ...], run: Run, silent: Path
) -> None:
    book = addressbook.load(silent)
    addressbook.save(replace(book, gateway=True, development=bool(account)))
    code, out = run("audit", "status", "1", *account, network=silent)
    error = out["error"]
    assert (code, error["code"], error["culprit"]) == (4, "gateway-unreachable", "gatekeeper")
    assert error["message"] == f"the gateway at {book.rpc} cannot be reached"
    assert book.rpc in error["hint"]
    assert "assay gateway" in error["hint"]
    assert "node" not in error["hint"]


def test_network__of_another_chain__refused_before_anything_is_signed(
    run: Run, book: AddressBook, tmp_path: Path
) -> None:
    other = replace(book, chain_id=1, path=tmp_path / "addressbook.json")
    addressbook.save(other)
    code, out = run("withdraw", network=other.path)
    assert (code, out["error"]["code"]) == (3, "wrong-chain")


def test_network__none_at_all__says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["supplier", "models", "--network", "/nowhere", "--json"]) == 64
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "no-address-book"


def test_devnet__settings_out_of_range__usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["devnet", "up", "--block-time", "0", "--json"]) == 64
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad-settings"
