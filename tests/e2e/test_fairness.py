"""Fairness through the command, with real oracle processes: a secret model verified, a forged table exposed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from assay_chain.addressbook import AddressBook
from assay_chain.session import Session
from assay_chain.wrappers.vault import Vault
from assay_client.accounts import choose
from assay_client.demo.forger import forge
from assay_client.demo.stage import Stage
from assay_client.sdk import Client
from assay_client.supplier.fairness import submitting

from tests.e2e.conftest import HONEST, LIAR
from tests.e2e.harness import Audited, assay, audit, good, here

pytestmark = pytest.mark.xdist_group("e2e")

COLUMNS = ("--protected", "sex", "--actual", "progressed", "--predicted", "score", "--row-id", "patient")


@dataclass(frozen=True)
class Proven:
    """A published table and its audit."""

    posted: Any
    audited: Audited


@pytest.fixture(scope="package")
def model(tmp_path_factory: pytest.TempPathFactory, book: AddressBook) -> Path:
    folder = tmp_path_factory.mktemp("diabetes") / "model"
    good(None, "supplier", "init", str(folder), "--example", "diabetes")
    good(book, "supplier", "publish", str(folder))
    return folder


def prove(book: AddressBook, model: Path, name: str) -> Path:
    line = ("fairness", "prove", str(model / "rows.csv"), *COLUMNS, "--groups", "1,2", "--threshold", "0.5")
    good(book, *line, "--model", "diabetes", "--out", str(model / name))
    return model / name


@pytest.fixture(scope="package")
def verified(book: AddressBook, model: Path, oracles: Stage, third: Audited) -> Proven:
    """After the story: the liar stakes again, and does honest work as long as a table is true."""
    good(book, "oracle", "stake", "100", "--as", LIAR)
    posted = assay(book, "fairness", "publish", str(prove(book, model, "table")), "--model", "diabetes")
    assert posted.code == 0, posted.out
    return Proven(posted.out, audit(book, "diabetes", "--kind", "fairness"))


@pytest.fixture(scope="package")
def rejected(book: AddressBook, model: Path, verified: Proven) -> Proven:
    """Fifteen false negatives of the first group are told as true positives; the supplier publishes unchecked."""
    table = prove(book, model, "forged")
    supplier = Session.connect(book, choose(book, "supplier", None, None, "supplier"))
    assert supplier.account is not None
    forge(table / "table.faas", int.from_bytes(supplier.account.key, "big"), range(100, 115), told=3, kept=2)
    refused = here(book, "fairness", "publish", str(table), "--model", "diabetes")
    assert (refused.code, refused.error["code"], refused.error["culprit"]) == (1, "false-table", "supplier")
    posting = submitting.submit(supplier, table, Client(supplier).model("diabetes"))
    posted = {"table_id": posting.header.table_id.hex(), "counts": list(posting.footer.counts)}
    return Proven(posted, audit(book, "diabetes", "--kind", "fairness"))


def test_true_table__audited__has_verified_counts_metrics_and_kept_claims(book: AddressBook, verified: Proven) -> None:
    metrics = verified.audited.metrics
    assert verified.audited.wait.code == metrics.code == 0
    assert metrics.out["table"]["table_id"] == verified.posted["table_id"]
    assert metrics.out["table"]["counts"] == verified.posted["counts"]
    assert sum(verified.posted["counts"]) == 442
    assert {claim["state"] for claim in metrics.out["claims"]} == {"kept"}
    gap = metrics.out["metrics"]["demographic_parity_difference"]
    assert gap["min"] <= gap["value"] <= gap["max"] <= 0.25
    assert {vote["standing"] for vote in verified.audited.votes.values()} == {"paid"}
    assert len({vote["lanes"]["leaves"] for vote in verified.audited.votes.values()}) == 1


def test_forged_table__audited__names_the_row_and_slashes_who_vouched(book: AddressBook, rejected: Proven) -> None:
    metrics = rejected.audited.metrics
    assert rejected.audited.wait.code == metrics.code == 1
    fault = metrics.out["table"]["fault"]
    assert (metrics.out["outcome"], fault["kind"], fault["row"]) == ("invalid", "challenge", 100)
    votes = rejected.audited.votes
    assert {name: vote["standing"] for name, vote in votes.items()} == {
        **dict.fromkeys(HONEST, "paid"),
        LIAR: "slashed",
    }
    assert (votes[LIAR]["verdict"], votes[HONEST[0]]["verdict"]) == ("values", "invalid")


def test_board__after_both__keeps_both_and_repeats_no_false_counts(
    book: AddressBook, verified: Proven, rejected: Proven
) -> None:
    first, second = good(book, "fairness", "board", "--model", "diabetes")["tables"]
    assert (first["table_id"], first["state"]) == (verified.posted["table_id"], "verified")
    assert (second["table_id"], second["state"]) == (rejected.posted["table_id"], "rejected")
    assert second["counts"] is None
    assert [len(table["audits"]) for table in (first, second)] == [1, 1]


def test_universal_verifier__without_any_key__agrees_with_the_honest_oracles(
    book: AddressBook, verified: Proven, rejected: Proven
) -> None:
    done = assay(book, "fairness", "audit", verified.posted["table_id"])
    assert (done.code, done.out["sound"]) == (0, True)
    done = here(book, "fairness", "audit", "diabetes")
    assert (done.code, done.out["sound"]) == (1, False)
    assert [table["valid"] for table in done.out["tables"]] == [True, False]
    assert all(table["oracles_agree"] for table in done.out["tables"])


def test_vault__after_fairness_audits__keeps_no_escrow(book: AddressBook, rejected: Proven, oracles: Stage) -> None:
    session = Session.connect(book)
    vault, block = Vault(session), session.head().number
    assert vault.escrowed(block) == vault.bonded(block)
    oracles.check()
