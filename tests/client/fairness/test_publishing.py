"""`assay fairness publish`: nothing is sent that the board would refuse, and nothing is published twice."""

from __future__ import annotations

from typing import Any

import pytest
from assay_chain.store.reading import local_path
from assay_chain.wrappers.fairness import Tables
from assay_client.catalogue import Published
from assay_client.cli import app
from assay_oracles.audits.fairness.evaluate import open_table

from tests.client.fairness.conftest import CHOICES, Cli, Prove

pytestmark = pytest.mark.xdist_group("client-fairness")


def test_publish__true_table__is_pending_with_its_counts_and_costs_gas(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    done = cli.good("fairness", "publish", prove(), "--model", closed.model.id)
    assert done["new"]
    assert 100_000 < done["gas"] < 500_000
    (listed,) = cli.good("fairness", "board", "--model", closed.model.id)["tables"]
    assert (listed["table_id"], listed["state"], listed["n"]) == (done["table_id"], "pending", len(CHOICES))
    assert listed["counts"] == done["counts"] == [3] * 8
    assert listed["tx"] == done["tx"]
    assert listed["file"] == done["digest"]


def test_publish__odd_sizes__paths_of_both_ends_are_right(cli: Cli, closed: Published, prove: Prove) -> None:
    for n in (2, 3, 5, 8):
        assert cli.good("fairness", "publish", prove(CHOICES[:n]), "--model", closed.model.id)["new"]


def test_publish__again__changes_nothing_and_says_so(cli: Cli, closed: Published, prove: Prove) -> None:
    folder = prove()
    first = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    again = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    assert again == {**first, "new": False}


def test_publish__crash_between_store_and_chain__the_next_run_goes_on(
    cli: Cli, closed: Published, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = prove()
    with monkeypatch.context() as patch:
        patch.setattr(Tables, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert cli_code(cli, "fairness", "publish", folder, "--model", closed.model.id) == 130
    assert cli.good("fairness", "publish", folder, "--model", closed.model.id)["new"]


def test_publish__crash_after_sending__the_next_run_finds_it(
    cli: Cli, closed: Published, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = prove()
    publish = Tables.publish

    def dies(self: Tables, *submission: Any) -> None:
        publish(self, *submission)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Tables, "publish", dies)
        assert cli_code(cli, "fairness", "publish", folder, "--model", closed.model.id) == 130
    assert not cli.good("fairness", "publish", folder, "--model", closed.model.id)["new"]


def test_publish__file_lost_from_the_store__is_put_back(cli: Cli, closed: Published, prove: Prove) -> None:
    folder = prove()
    done = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    local_path(done["uri"], "local").unlink()
    assert cli(*("fairness", "audit", done["table_id"]))[0] == 4
    cli.good("fairness", "publish", folder, "--model", closed.model.id)
    assert cli.good("fairness", "audit", done["table_id"])["sound"]


def test_publish__without_model__is_of_the_one_that_it_was_proven_for(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    assert cli.good("fairness", "publish", prove([0, 3, 5]))["model_id"] == closed.model.id


def test_prove__for_a_network__is_bound_to_it_and_signed_by_the_account(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    header, _ = open_table((prove() / "table.faas").open("rb"))
    assert f"0x{header.supplier.hex()}" == closed.model.owner.lower()
    assert header.chain_id == cli.book.chain_id
    assert f"0x{header.board.hex()}" == cli.book.contracts["FairnessBoard"].lower()


def cli_code(cli: Cli, *words: object) -> int:
    return app.run([*map(str, words), "--network", str(cli.book.path), "--json"])
