"""What `supplier init` writes can be published, and keeps what it claims."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from assay_chain.errors import MalformedInput, Refused
from assay_client.supplier import checking, diabetes, draft, examples
from assay_client.supplier.fairness import rows
from assay_client.supplier.fairness.rows import Columns
from assay_oracles.audits.fairness import claims as fairness
from assay_oracles.audits.whitebox import manifest as manifests
from assay_oracles.audits.whitebox.manifest import Manifest

from tests.client.fashion import needs_fashion_mnist

ROLES = {("weights",): "weights", ("training_set",): "train", ("recipe", "train"): "train", ("test",): "test"}
WHITEBOX_10 = {
    "log_loss": 10,
    "calibration_error": 5000,
    "robust_correct": 1,
    "overlap": 0,
    "sketch_0": 50,
    "sketch_1": 50,
}


def cite(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    return {"digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "uri": path.as_uri(), "bytes": len(data)}


def read(folder: Path) -> tuple[Manifest, dict[str, Path]]:
    found = draft.load(folder)
    return manifests.parse(found.seal(cite)), {ROLES[slot]: path for slot, path in found.files.items()}


def test_closed_example__written__is_a_closed_model_whose_rows_keep_its_claims(tmp_path: Path) -> None:
    examples.write(examples.CLOSED, tmp_path)
    card = manifests.read(draft.load(tmp_path).seal(cite))
    assert not isinstance(card, Manifest)
    columns = Columns("sex", "progressed", "score", threshold=0.5, row_id="patient", groups=("1", "2"))
    given = rows.read(tmp_path / diabetes.ROWS, columns)
    counts = np.bincount(given.permutations, minlength=8).tolist()
    assert (len(given), sum(counts)) == (442, 442)
    assert {fairness.judge(claim, counts).state for claim in card.claims} == {"kept"}


NAMES = [
    pytest.param(name, marks=needs_fashion_mnist) if name == "fashion-mnist" else name
    for name in sorted(examples.EXAMPLES)
]
LEAST_ACCURACY = {"breast-cancer": 0.94, "digits": 0.97, "digits-recipe": 0.97, "fashion-mnist": 0.83}


@pytest.fixture(scope="module", params=NAMES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples") / request.param
    examples.write(request.param, folder)
    return folder


def test_example__computed_like_an_oracle__keeps_every_claim_within_the_policys_tolerance(written: Path) -> None:
    manifest, files = read(written)
    classes = range(len(manifest.classes))
    counts = {f"{kind}_{label}": 1 for kind in ("predicted", "correct") for label in classes}
    tolerances = WHITEBOX_10 | counts | {f"support_{label}": 0 for label in classes}
    forecast = checking.compute(manifest, files, written, tolerances)
    assert len(forecast.of_state("kept")) == len(manifest.claims) > 0
    accuracy = forecast.metrics["accuracy"].value
    assert accuracy is not None
    assert accuracy > LEAST_ACCURACY[manifest.name]
    assert forecast.metrics["overlap"].value == 0, "no test sample occurs in training"


def test_write__a_folder_with_files__nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        examples.write("digits", tmp_path)
    assert (tmp_path / "model.json").read_text() == "mine"


def test_seal__equal_drafts__give_equal_bytes(written: Path) -> None:
    document = json.loads((written / "model.json").read_text())
    reordered = dict(reversed(document.items()))
    first = draft.load(written).seal(cite)
    files = draft.load(written).files
    assert draft.Draft(reordered, files).seal(cite) == first


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "manifest-not-json"),
        ('{"a": NaN}', "not-finite"),
        ('{"a": 1, "a": 2}', "duplicate-key"),
        ('{"test": {"file": "absent.safetensors"}}', "missing-file"),
    ],
)
def test_load__a_malformed_draft__blames_the_supplier(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(MalformedInput) as caught:
        draft.load(tmp_path)
    assert (caught.value.code, caught.value.culprit) == (code, "supplier")


def test_load__no_draft__points_to_init(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput) as caught:
        draft.load(tmp_path)
    assert "supplier init" in caught.value.hint
