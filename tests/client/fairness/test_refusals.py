"""What is refused before anything is sent or paid, with whose fault it is; the sentences are read by people."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from assay_chain import addressbook
from assay_chain.errors import Refused
from assay_chain.policies import load_standard
from assay_chain.store.reading import local_path
from assay_chain.wrappers.fairness import Tables
from assay_chain.wrappers.policies import Policies
from assay_chain.wrappers.token import Token
from assay_client.catalogue import Published
from assay_client.sdk import Client
from assay_client.supplier import examples, publishing
from assay_client.supplier.fairness.plan import Plan
from assay_client.supplier.fairness.proving import prove_table
from assay_client.supplier.fairness.rows import Columns, read
from assay_client.supplier.publishing import Publication

from tests.client.conftest import Acting
from tests.client.fairness.conftest import Cli, Posted, Prove

pytestmark = pytest.mark.xdist_group("client-fairness")

COLUMNS = ("--protected", "group", "--actual", "label", "--predicted", "predicted", "--row-id", "id")


@pytest.fixture
def nothing_published(cli: Cli, client: Client) -> object:
    """Nothing is on the board afterwards that was not there before."""
    board = Tables(client.session)
    before = board.published(0, client.session.head().number)
    yield
    assert board.published(0, client.session.head().number) == before


@pytest.fixture(scope="module")
def ten_classes(acting: Acting, tmp_path_factory: pytest.TempPathFactory) -> int:
    """An open model of ten classes."""
    folder = tmp_path_factory.mktemp("digits")
    examples.write("digits-recipe", folder)
    return publishing.publish(acting("supplier"), folder).model_id


def publish(cli: Cli, table: Path, model: Published, *options: object) -> tuple[int, str, str]:
    return cli.refused("fairness", "publish", table, "--model", model.model.id, *options)


# ----------------------------------------------------------------------------------------------------------- publishing


@pytest.mark.usefixtures("nothing_published")
class TestPublishing:
    def test_publish__compact_form__no_board_takes_it(self, cli, closed, prove) -> None:
        assert publish(cli, prove([0, 3, 5], "--form", "compact"), closed) == (3, "compact-table", "local")

    def test_publish__offline_table__is_bound_to_no_board(self, cli, closed, prove, stranger_key) -> None:
        keystore, password = stranger_key
        table = prove([0, 3, 5], "--keystore", keystore, "--password-file", password)
        assert publish(cli, table, closed) == (5, "other-board", "local")
        said = cli("fairness", "publish", table, "--model", closed.model.id)[1]["error"]
        assert "no board (it was proven offline)" in said["message"]
        assert "--model" in said["hint"]

    def test_publish__bound_to_another_board_or_chain__refused(self, cli, closed, prove, stranger_key) -> None:
        keystore, password = stranger_key
        keys = ("--keystore", keystore, "--password-file", password)
        board = cli.book.contracts["FairnessBoard"]
        for chain, address in ((cli.book.chain_id + 1, board), (cli.book.chain_id, "0x" + "11" * 20)):
            table = prove([0, 3, 5], *keys, "--chain-id", chain, "--board", address)
            assert publish(cli, table, closed) == (5, "other-board", "local")

    def test_publish__table_of_another_account__refused(self, cli, closed, prove, stranger_key) -> None:
        keystore, password = stranger_key
        bound = ("--chain-id", cli.book.chain_id, "--board", cli.book.contracts["FairnessBoard"])
        table = prove([0, 3, 5], "--keystore", keystore, "--password-file", password, *bound)
        assert publish(cli, table, closed) == (5, "other-supplier", "local")

    def test_publish__for_a_model_of_another_account__refused_even_before_proving(
        self, cli, closed, prove, tmp_path
    ) -> None:
        table = prove()
        assert cli.refused("fairness", "publish", table, "--model", closed.model.id, "--as", "client") == (
            5,
            "not-owner",
            "local",
        )
        rows = next(tmp_path.glob("*.csv"))
        line = ("fairness", "prove", rows, *COLUMNS, "--out", tmp_path / "new", "--model", closed.model.id)
        assert cli.refused(*line, "--as", "client") == (5, "not-owner", "local")

    def test_publish__ledger_does_not_know_it__refused(self, cli, closed, prove, tmp_path) -> None:
        table = prove([0, 3, 5], "--state", tmp_path / "elsewhere")
        assert publish(cli, table, closed) == (5, "not-in-ledger", "local")

    def test_publish__proven_for_another_model__refused_and_that_model_named(
        self, cli, closed, prove, published
    ) -> None:
        code, said = cli("fairness", "publish", prove(), "--model", published.model_id)
        assert (code, said["error"]["code"], said["error"]["culprit"]) == (5, "other-model", "local")
        assert f"for model {closed.model.id}, not for model {published.model_id}" in said["error"]["message"]

    def test_prove__goes_on_for_another_model__refused(self, cli, closed, published, tmp_path) -> None:
        rows = tmp_path / "rows.csv"
        rows.write_text("id,group,label,predicted\n1,0,0,0\n2,1,1,1\n")
        given = read(rows, Columns("group", "label", "predicted", row_id="id"))

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            prove_table(given, Plan(model=closed.model.id), tmp_path / "out", None, stop)
        with pytest.raises(Refused, match="other rows, predictions or options"):
            prove_table(given, Plan(model=published.model_id), tmp_path / "out", None, stop)

    def test_publish__without_a_model__takes_only_a_table_whose_model_is_known(
        self, cli, closed, prove, tmp_path
    ) -> None:
        assert cli.refused("fairness", "publish", prove([0, 3, 5], "--state", tmp_path / "state"))[:2] == (
            5,
            "not-in-ledger",
        )
        assert cli.refused("fairness", "publish", tmp_path / "nothing")[:2] == (64, "unreadable-file")

    def test_prove_and_publish__model_of_ten_classes__its_predictions_are_no_rows(
        self, cli, prove, ten_classes, tmp_path
    ) -> None:
        rows = tmp_path / "rows.csv"
        rows.write_text("id,group,label,predicted\n1,0,0,0\n2,1,1,1\n")
        line = ("fairness", "prove", rows, *COLUMNS, "--out", tmp_path / "out")
        assert cli.refused(*line, "--model", ten_classes) == (5, "not-binary", "local")
        table = prove([0, 3, 5], "--state", tmp_path / "state")
        with closing(sqlite3.connect(tmp_path / "state" / "ledger.sqlite")) as ledger, ledger:
            ledger.execute("DELETE FROM models")
        line = ("fairness", "publish", table, "--state", tmp_path / "state")
        assert cli.refused(*line, "--model", ten_classes) == (5, "not-binary", "local")
        assert cli.refused(*line)[:2] == (64, "no-model")

    def test_publish__one_bit_changed__is_false_and_stays_here(self, cli, closed, prove) -> None:
        path = prove() / "table.faas"
        data = bytearray(path.read_bytes())
        data[4000] ^= 1
        path.write_bytes(data)
        code, reason, culprit = publish(cli, path, closed)
        assert (code, reason, culprit) == (1, "false-table", "supplier")

    @pytest.mark.parametrize("data", [b"", b"no table", b"assay/faas/table/v1".ljust(288, b"\0")])
    def test_publish__no_table_at_all__malformed(self, data, cli, closed, tmp_path) -> None:
        path = tmp_path / "table.faas"
        path.write_bytes(data)
        assert publish(cli, path, closed)[0] == 3

    def test_publish__truncated__malformed(self, cli, closed, prove) -> None:
        path = prove() / "table.faas"
        path.write_bytes(path.read_bytes()[:-1])
        assert publish(cli, path, closed) == (3, "malformed-table", "local")

    def test_publish__no_such_file_or_model__says_so(self, cli, closed, prove, tmp_path) -> None:
        assert publish(cli, tmp_path / "nothing", closed)[:2] == (64, "unreadable-file")
        assert cli.refused("fairness", "publish", prove(), "--model", "nobody")[:2] == (3, "unknown-model")

    def test_prove__model_and_board_both_given__usage(self, cli, closed, tmp_path) -> None:
        rows = tmp_path / "rows.csv"
        rows.write_text("id,group,label,predicted\n1,0,0,0\n2,1,1,1\n")
        line = ("fairness", "prove", rows, *COLUMNS, "--out", tmp_path / "out", "--model", closed.model.id)
        assert cli.refused(*line, "--chain-id", 5)[:2] == (64, "usage")

    def test_publish__store_that_cannot_be_written__nothing_is_sent(self, cli, closed, prove) -> None:
        assert publish(cli, prove(), closed, "--store", "http://example.org/")[:2] == (64, "bad-store")

    def test_publish__node_unreachable__says_so(self, cli, closed, prove, tmp_path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            rpc = f"http://127.0.0.1:{taken.getsockname()[1]}"
            dead = replace(cli.book, rpc=rpc, path=tmp_path / "dead" / "addressbook.json")
            addressbook.save(dead)
            line = ("fairness", "publish", prove(), "--model", closed.model.id)
            code, _, culprit = cli.refused(*line, network=dead.path)
        assert (code, culprit) == (4, "chain")


def test_publish__changed_after_publishing__refused_before_the_upload_and_the_published_one_named(
    cli: Cli, closed: Published, prove: Prove
) -> None:
    folder = prove()
    done = cli.good("fairness", "publish", folder, "--model", closed.model.id)
    digest, store = done["digest"], local_path(done["uri"], "local").parent
    before = set(store.iterdir())
    path = folder / "table.faas"
    data = bytearray(path.read_bytes())
    data[4000] ^= 1
    path.write_bytes(data)
    code, said = cli("fairness", "publish", folder, "--model", closed.model.id)
    assert (code, said["error"]["code"]) == (5, "changed")
    assert digest in said["error"]["message"]
    assert set(store.iterdir()) == before


def test_publish__again_for_another_model__refused(
    cli: Cli, closed: Published, prove: Prove, published: Publication, tmp_path: Path
) -> None:
    folder = prove([0, 3, 5], "--state", tmp_path / "state")
    state = ("--state", tmp_path / "state")
    cli.good("fairness", "publish", folder, "--model", closed.model.id, *state)
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM models")  # the board knows as well as the ledger
    assert cli.refused("fairness", "publish", folder, "--model", published.model_id, *state)[:2] == (5, "other-model")


# ----------------------------------------------------------------------------------------------------------- requesting


@pytest.fixture
def nothing_paid(client: Client) -> object:
    assert client.session.account is not None
    token, account = Token(client.session), client.session.account.address
    before = token.balance_of(account, client.session.head().number)
    yield
    assert token.balance_of(account, client.session.head().number) == before


@pytest.mark.usefixtures("nothing_paid", "client")
class TestRequesting:
    def test_request__model_without_tables__is_the_suppliers_to_publish(self, cli, closed) -> None:
        assert ask(cli, closed) == (3, "no-table", "supplier")

    def test_request__unknown_table__says_so(self, cli, closed, posted) -> None:
        assert ask(cli, closed, "--table", "ab" * 32) == (3, "unknown-table", "local")

    @pytest.mark.parametrize("text", ["ab", "xyz", "ab" * 33])
    def test_request__table_that_is_no_id__usage(self, text, cli, closed) -> None:
        assert ask(cli, closed, "--table", text)[:2] == (64, "usage")

    def test_request__table_of_another_model__refused(self, cli, closed, posted, published) -> None:
        line = ("audit", "request", published.model_id, "--kind", "fairness", "--table", posted["table_id"])
        assert cli.refused(*line) == (64, "other-model", "local")

    def test_request__table_below_the_minima__is_refused_by_this_policy(
        self, cli, closed, posted, acting, tmp_path
    ) -> None:
        (standard,) = (spec for spec in load_standard() if spec.name == "fairness-2-dev")
        strict = replace(standard, name="fairness-strict", terms=replace(standard.terms, min_rows=25))
        policies = Policies(acting("gatekeeper"))
        number, _ = policies.add(strict)
        code, said = cli("audit", "request", closed.model.id, "--kind", "fairness", "--policy", strict.name)
        policies.retire(number)  # or it would be the default of the other tests
        assert (code, said["error"]["code"], said["error"]["culprit"]) == (5, "table-too-small", "supplier")
        assert "24 rows are fewer than the minimum of 25" in said["error"]["message"]

    def test_request__policy_of_another_kind_or_number_of_groups__does_not_fit(self, cli, closed, posted) -> None:
        for policy in ("whitebox-2-dev", "fairness-6-dev"):
            assert ask(cli, closed, "--policy", policy)[:2] == (3, "policy-mismatch")

    def test_request__policy_that_recomputes_a_closed_model__refused(self, cli, closed, posted) -> None:
        code, said = cli("audit", "request", closed.model.id, "--kind", "fairness", "--policy", "fairness-2-model-dev")
        assert (code, said["error"]["code"]) == (3, "policy-mismatch")
        assert "closed" in said["error"]["message"]

    def test_request__whitebox_of_a_closed_model__refused_before_any_money_moves(self, cli, closed) -> None:
        assert cli.refused("audit", "request", closed.model.id) == (3, "closed-model", "supplier")

    def test_request__test_set_or_table_with_the_wrong_kind__usage(self, cli, closed, posted, published) -> None:
        assert ask(cli, closed, "--test-set", "x.safetensors")[:2] == (64, "no-test-set")
        line = ("audit", "request", published.model_id, "--table", posted["table_id"])
        assert cli.refused(*line)[:2] == (64, "no-table-wanted")

    def test_request__dearer_than_allowed__refused(self, cli, closed, posted) -> None:
        assert ask(cli, closed, "--max-fee", "1") == (5, "fee-too-high", "local")


def ask(cli: Cli, model: Published, *options: object) -> tuple[int, str, str]:
    return cli.refused("audit", "request", model.model.id, "--kind", "fairness", *options)


# -------------------------------------------------------------------------------------------------------------- reading


def test_audit__unknown_table_offline_file_or_nothing__says_so(
    cli: Cli, closed: Published, prove: Prove, tmp_path: Path
) -> None:
    assert cli.refused("fairness", "audit", "ab" * 32) == (3, "unknown-table", "local")
    assert cli.refused("fairness", "audit", "nobody")[:2] == (3, "unknown-model")
    assert cli.refused("fairness", "audit", prove())[:2] == (3, "unknown-table"), "proven, but never published"
    (tmp_path / "table.faas").write_bytes(b"no table")
    assert cli.refused("fairness", "audit", tmp_path)[:2] == (3, "malformed-table")


def test_board__for_people__shows_states_and_ids(
    cli: Cli, closed: Published, posted: Posted, capsys: pytest.CaptureFixture[str]
) -> None:
    from assay_client.cli import app

    assert app.run(["fairness", "board", "--model", str(closed.model.id), "--network", str(cli.book.path)]) == 0
    out = capsys.readouterr().out
    assert f"{posted['table_id']}\n  pending; model {closed.model.id}, 24 rows, 2 groups; audits: none\n" in out
    assert "\n  claimed differences: parity 0.0000, opportunity 0.0000, odds 0.0000\n" in out
    assert max(map(len, out.splitlines())) <= 80
    assert app.run(["fairness", "audit", posted["table_id"], "--network", str(cli.book.path)]) == 0
    out = capsys.readouterr().out
    assert "valid" in out
    assert "No oracles have decided" in out
