"""Which audit a claim is judged by: nothing that a supplier pays for later hides what was found before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from assay_chain.wrappers.board import Verdict
from assay_client.cli import app
from assay_client.demo.forger import forge
from assay_client.sdk import Client
from assay_client.supplier import publishing
from assay_client.supplier.fairness import submitting

from tests.client.conftest import Acting
from tests.client.fairness.conftest import Cli, Prove, Vote
from tests.client.portal.conftest import HONEST

pytestmark = pytest.mark.xdist_group("client-fairness")

PROMISES = [
    {"metric": "accuracy", "op": ">=", "bound": 0.9999, "tolerance": 0},
    {"metric": "demographic_parity_difference", "op": "<=", "bound": 0.9, "tolerance": 0},
]
WHITEBOX = ("--kind", "whitebox", "--policy", "whitebox-2-dev")


def promising(acting: Acting, cancer: Path, folder: Path) -> int:
    """A model whose true accuracy breaks the first promise."""
    shutil.copytree(cancer, folder)
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"name": "promising", "claims": PROMISES}))
    return publishing.publish(acting("supplier"), folder, compute=False).model_id


def test_metrics__later_audits_of_other_kinds_and_without_values__hide_no_broken_claim(
    cli: Cli,
    acting: Acting,
    cancer: Path,
    prove: Prove,
    decide: Vote,
    client: Client,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = promising(acting, cancer, tmp_path / "promising")

    def standing(*options: object) -> tuple[int, int, list[tuple[str, int | None]]]:
        code, found = cli("metrics", model, *options)
        return code, found["audit_id"], [(claim["state"], claim["audit_id"]) for claim in found["claims"]]

    first = decide(Verdict.VALUES, HONEST, *WHITEBOX, model=model)
    assert standing() == (1, first, [("broken", first), ("undecided", None)])

    table = prove(model=model)
    account = acting("supplier").account
    assert account is not None
    forge(table / "table.faas", int.from_bytes(account.key, "big"), range(10, 12), told=0, kept=1)
    posting = submitting.submit(acting("supplier"), table, client.model(model))
    second = decide(Verdict.VALUES, (*posting.footer.counts, 12345), model=model)
    assert standing() == (1, second, [("broken", first), ("kept", second)])
    assert standing("--audit", second) == (0, second, [("undecided", None), ("kept", second)])
    assert app.run(["metrics", str(model), "--network", str(cli.book.path)]) == 1
    (row,) = [line.split() for line in capsys.readouterr().out.splitlines() if "accuracy >= 0.9999" in line]
    assert row[5:7] == ["broken", str(first)]

    cli.good("fairness", "refute", posting.header.table_id.hex())
    assert standing() == (1, second, [("broken", first), ("undecided", second)])

    third = decide(Verdict.INVALID_SPEC, (), *WHITEBOX, model=model)
    assert standing() == (1, third, [("broken", first), ("undecided", second)])
