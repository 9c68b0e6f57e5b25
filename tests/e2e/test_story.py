"""The whole story through the command: publish, pay, five oracle processes, a liar and a replayer, metrics, claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from assay_chain.wrappers.vault import Vault
from assay_client.cli import app

from tests.e2e.conftest import HONEST, LIAR, REPLAYER
from tests.e2e.harness import Audited, audit, good

pytestmark = pytest.mark.xdist_group("e2e")


def test_publish__the_same_model_again__gives_the_same_number_and_transaction(
    book: AddressBook, digits: Path, published: Any
) -> None:
    again = good(book, "supplier", "publish", str(digits))
    assert again == {**published, "new": False}
    assert published["new"]


def test_request__first_audit__costs_what_was_quoted_and_is_opened(book: AddressBook, first: Audited) -> None:
    assert first.request["cost"] == "50"
    assert first.wait.code == 0
    assert first.wait.out["phase"] == "final"
    assert (first.wait.out["roster"], first.wait.out["committed"], first.wait.out["revealed"]) == (5, 5, 5)


def test_first_audit__everybody_honest__all_paid_and_claims_kept(first: Audited) -> None:
    assert {vote["standing"] for vote in first.votes.values()} == {"paid"}
    assert first.metrics.code == 0
    metrics = first.metrics.out["metrics"]
    assert metrics["accuracy"]["value"] > 0.97
    assert metrics["accuracy"]["unit"] == "ratio"
    assert metrics["accuracy"]["min"] <= metrics["accuracy"]["value"] <= metrics["accuracy"]["max"]
    assert {claim["state"] for claim in first.metrics.out["claims"]} == {"kept"}
    assert len(first.metrics.out["voters"]) == 5


def test_second_audit__liar_and_replayer__are_slashed_and_the_honest_paid(second: Audited) -> None:
    standing = {name: vote["standing"] for name, vote in second.votes.items()}
    assert standing == {**dict.fromkeys(HONEST, "paid"), LIAR: "slashed", REPLAYER: "slashed"}


def test_second_audit__the_lie_and_the_replay__are_what_was_voted(first: Audited, second: Audited) -> None:
    honest, liar, replayer = (second.votes[name]["lanes"] for name in (HONEST[0], LIAR, REPLAYER))
    assert liar["log_loss"] == 0 < honest["log_loss"]
    assert liar["sketch_0"] == honest["sketch_0"]
    assert replayer == first.votes[REPLAYER]["lanes"]
    assert {lane for lane in honest if honest[lane] != replayer[lane]} >= {"sketch_0", "sketch_1"}


def test_second_audit__despite_both__gives_the_honest_result(first: Audited, second: Audited) -> None:
    before, after = (each.metrics.out["metrics"]["accuracy"] for each in (first, second))
    assert before == after
    assert second.metrics.code == 0


def test_third_audit__false_claim_of_a_recipe__is_exposed(third: Audited) -> None:
    assert third.wait.code == 0
    assert third.metrics.code == 1
    (claim,) = (claim for claim in third.metrics.out["claims"] if claim["metric"] == "accuracy")
    assert (claim["state"], claim["bound"]) == ("broken", 0.97)
    assert claim["verified"] == pytest.approx(third.metrics.out["metrics"]["accuracy"]["value"], abs=1e-6)
    assert claim["verified"] < 0.95


def test_third_audit__slashed_oracles__are_not_drawn(third: Audited) -> None:
    assert set(third.votes) == set(HONEST)
    assert third.request["cost"] == "30"


def test_history__all_audits_of_a_model__are_listed(book: AddressBook, first: Audited, second: Audited) -> None:
    listed = good(book, "audit", "list", "digits")["audits"]
    assert [entry["audit_id"] for entry in listed][:2] == [first.request["audit_id"], second.request["audit_id"]]
    assert good(book, "metrics", "digits")["audits"] == len(listed)


def test_withdraw__what_the_liars_did_not_earn__comes_back_once(withdrawn: tuple[float, float]) -> None:
    assert withdrawn == (20, 0)  # two unpaid votes of 10 in the second audit


def test_own_test_set__of_a_client__is_measured_and_marked(
    book: AddressBook, third: Audited, digits: Path, tmp_path: Path
) -> None:
    import numpy as np
    from assay_oracles.audits.whitebox import dataset
    from safetensors.numpy import load_file

    whole = load_file(digits / "test.safetensors")
    (tmp_path / "own.safetensors").write_bytes(dataset.encode(whole["inputs"][:100], whole["labels"][:100]))
    found = audit(book, "digits", "--test-set", str(tmp_path / "own.safetensors"))
    assert found.wait.code == 0
    assert found.metrics.out["test_set"] == found.wait.out["test_set"]
    supports = [raw for name, raw in found.votes[HONEST[0]]["lanes"].items() if name.startswith("support_")]
    assert np.sum(supports) == 100
    assert good(book, "metrics", "digits")["test_set"] is None, "the default report is on the declared test set"


def test_vault__after_everything__keeps_no_escrow(book: AddressBook, third: Audited) -> None:
    session = Session.connect(book)
    vault, block = Vault(session), session.head().number
    assert vault.escrowed(block) == vault.bonded(block)


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        ("metrics digits", 0, ("accuracy", "kept", "exact")),
        ("metrics hasty", 1, ("broken",)),
        ("audit votes {second} --lanes", 0, ("slashed", "sketch_0")),
        ("audit status {second}", 0, ("final",)),
        ("audit list digits", 0, ("declared", "values")),
        ("supplier models", 0, ("hasty", "accuracy >= 0.97")),
    ],
)
def test_output__for_people__shows_what_counts(
    line: str,
    code: int,
    expected: tuple[str, ...],
    book: AddressBook,
    third: Audited,
    second: Audited,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = line.format(second=second.request["audit_id"]).split()
    assert app.run([*words, "--network", str(book.path)]) == code
    out = capsys.readouterr().out
    assert all(word in out for word in expected), out
