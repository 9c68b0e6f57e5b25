"""From a paid audit to verified metrics or a rejected table, and what anyone can check; the tests cast the votes."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from assay_chain.wrappers.board import Verdict
from assay_client.catalogue import Published
from assay_client.cli import app
from assay_client.demo.forger import forge
from assay_client.supplier.fairness import submitting
from assay_client.supplier.publishing import Publication
from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1
from assay_oracles.audits.fairness.prove import Secret

from tests.client.conftest import Acting
from tests.client.fairness.conftest import CHOICES, Cli, Posted, Prove, Vote, damaged

pytestmark = pytest.mark.xdist_group("client-fairness")

COUNTS = (3,) * 8
FAULT = (3, 10, 0)  # the challenge of row 10: where `lie` lies


def lie(acting: Acting, folder: Path) -> Path:
    """Two false positives of group 0 become true negatives."""
    account = acting("supplier").account
    assert account is not None
    forge(folder / "table.faas", int.from_bytes(account.key, "big"), range(10, 12), told=0, kept=1)
    return folder


def test_audit__oracles_find_the_table_true__metrics_claims_and_board_say_so(
    cli: Cli, closed: Published, posted: Posted, decide: Vote
) -> None:
    audit_id = decide(Verdict.VALUES, (*COUNTS, 12345))
    code, metrics = cli("metrics", closed.model.id)
    assert code == 2, "the narrow claim is undecided on 24 rows"
    assert (metrics["audit_id"], metrics["kind"], metrics["outcome"]) == (audit_id, "fairness", "values")
    assert metrics["table"] == {
        "table_id": posted["table_id"],
        "refuted": False,
        "rebutted": False,
        "counts": list(COUNTS),
        "model_counts": None,
        "differences": None,
        "fault": None,
    }
    gap = metrics["metrics"]["demographic_parity_difference"]
    assert (gap["value"], gap["unit"], gap["min"]) == (0.0, "ratio", 0.0)
    assert 0.3 < gap["max"] < 0.9
    assert [claim["state"] for claim in metrics["claims"]] == ["kept", "undecided"]
    (listed,) = cli.good("fairness", "board", "--model", closed.model.id)["tables"]
    assert (listed["state"], listed["audit_id"], listed["audits"]) == ("verified", audit_id, [audit_id])
    found = cli.good("fairness", "audit", closed.model.id)
    assert found["sound"]
    assert found["tables"][0]["oracles_agree"]


def test_audit__oracles_name_a_fault__is_the_suppliers_and_the_table_is_dead(
    cli: Cli, closed: Published, acting: Acting, prove: Prove, decide: Vote
) -> None:
    table_id = submitting.submit(acting("supplier"), lie(acting, prove()), closed).header.table_id.hex()
    audit_id = decide(Verdict.INVALID, FAULT)
    assert cli("audit", "wait", audit_id)[0] == 1
    code, metrics = cli("metrics", closed.model.id)
    assert (code, metrics["outcome"], metrics["metrics"]) == (1, "invalid", {})
    fault = metrics["table"]["fault"]
    assert (fault["kind"], fault["row"], fault["branch"], fault["culprit"]) == ("challenge", 10, 0, "supplier")
    assert "challenges" in fault["sentence"]
    (vote, *_) = cli.good("audit", "votes", audit_id)["votes"]
    assert vote["lanes"] == {"kind": 3, "row": 10, "branch": 0}
    code, found = cli("fairness", "audit", table_id)
    assert (code, found["sound"], found["tables"][0]["oracles_agree"]) == (1, False, True)
    assert found["tables"][0]["counts"] is None
    assert cli.refused("audit", "request", closed.model.id, "--kind", "fairness") == (3, "no-table", "local")
    assert cli.refused("audit", "request", closed.model.id, "--kind", "fairness", "--table", table_id) == (
        5,
        "table-rejected",
        "supplier",
    )


def test_audit__oracles_wave_a_false_table_through__anyone_sees_that_they_are_wrong(
    cli: Cli, closed: Published, acting: Acting, prove: Prove, decide: Vote
) -> None:
    posting = submitting.submit(acting("supplier"), lie(acting, prove()), closed)
    decide(Verdict.VALUES, (*posting.footer.counts, 12345))
    code, found = cli("fairness", "audit", posting.header.table_id.hex())
    (table,) = found["tables"]
    assert (code, table["valid"], table["oracles_agree"], table["state"]) == (1, False, False, "verified")
    assert (table["fault"]["kind"], table["row"]) == ("challenge", 10)


def test_audit__oracles_condemn_a_true_table__anyone_sees_that_they_are_wrong(
    cli: Cli, posted: Posted, decide: Vote
) -> None:
    decide(Verdict.INVALID_SPEC)
    code, found = cli("fairness", "audit", posted["table_id"])
    (table,) = found["tables"]
    assert (code, table["valid"], table["oracles_agree"], table["state"]) == (1, True, False, "rejected")


def test_audit__policy_that_compares_with_an_open_model__shows_both_counts_and_their_differences(
    cli: Cli, published: Publication, prove: Prove, decide: Vote
) -> None:
    model = published.model_id
    cli.good("fairness", "publish", prove(model=model), "--model", model)
    recounted = (3, 3, 3, 3, 2, 4, 3, 3)
    audit_id = decide(Verdict.VALUES, (*COUNTS, 12345, *recounted), "--policy", "fairness-2-model-dev", model=model)
    code, metrics = cli("metrics", model)
    assert (code, metrics["audit_id"]) == (0, audit_id), (
        "the claims of this model are about accuracy: not measured here"
    )
    assert metrics["table"]["model_counts"] == list(recounted)
    assert metrics["table"]["differences"] == [0, 0, 0, 0, 1, -1, 0, 0]
    assert {claim["reason"] for claim in metrics["claims"]} == {"no final audit measured it"}
    assert app.run(["metrics", str(model), "--network", str(cli.book.path)]) == 0


def test_audit__published_file_replaced_by_another__cannot_be_had_and_a_copy_can_be_checked(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    folder = prove()
    posted = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    with damaged(posted["uri"], b"something else"):
        code, found = cli("fairness", "audit", posted["table_id"])
    assert (code, found["sound"], found["tables"][0]["valid"]) == (4, None, None)
    assert cli.good("fairness", "audit", folder)["sound"], "a copy of the right file is as good"


def test_audit__local_copy_with_one_bit_changed__blames_neither_supplier_nor_oracles(
    cli: Cli, closed: Published, prove: Prove, decide: Vote
) -> None:
    folder = prove()
    posted = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    decide(Verdict.VALUES, (*COUNTS, 12345))
    path = folder / "table.faas"
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    assert cli.refused("fairness", "audit", folder) == (3, "other-file", "local")
    assert cli.good("fairness", "audit", posted["table_id"])["sound"], "the published table is as true as before"


def test_audit__keys_of_an_earlier_table_though_not_the_last__are_found(
    cli: Cli, closed: Published, acting: Acting, prove: Prove, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = secrets.token_bytes(32)
    fixed = Secret(key, Secp256k1().order)
    supplier, tables = acting("supplier"), []
    with monkeypatch.context() as patch:
        patch.setattr(Secret, "fresh", lambda params: fixed)  # what a careless supplier's software would do
        for ledger in ("one", "two"):
            tables.append(prove(CHOICES[:6], "--state", tmp_path / ledger))
    first = submitting.submit(supplier, tables[0], closed).header.table_id
    submitting.submit(supplier, prove(CHOICES[:4]), closed)
    last = submitting.submit(supplier, tables[1], closed).header.table_id
    code, found = cli("fairness", "audit", last.hex())
    (table,) = found["tables"]
    assert (code, table["valid"], table["sound"]) == (1, True, False)
    assert table["reuse"] == {"row": 1, "earlier_table": first.hex(), "earlier_row": 1}
    assert cli.good("fairness", "audit", first.hex())["tables"][0]["reuse"] is None, "the first one used nothing again"


def test_audit__an_earlier_table_is_lost__is_said_and_not_taken_for_sound(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    lost = cli.good("fairness", "publish", prove(), "--model", closed.model.id)
    last = cli.good("fairness", "publish", prove(), "--model", closed.model.id)
    with damaged(lost["uri"]):
        code, found = cli("fairness", "audit", last["table_id"])
    (table,) = found["tables"]
    assert (code, table["valid"], table["sound"]) == (2, True, None)
    assert lost["table_id"] in table["missing"]


def test_audit__a_model_without_tables__is_inconclusive(cli: Cli, closed: Published) -> None:
    code, found = cli("fairness", "audit", closed.model.id)
    assert (code, found) == (2, {"schema": "assay/fairness-audit/1", "sound": None, "tables": []})
