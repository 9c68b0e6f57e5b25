"""docs/manifest.md describes the whole format, and its example is one."""

import json
import re
from pathlib import Path

import pytest
from assay_oracles.audits.service import lanes as service
from assay_oracles.audits.service.declaration import Service
from assay_oracles.audits.whitebox import metrics, stability, strictjson, training
from assay_oracles.audits.whitebox.architecture import MAX_ACTIVATIONS, MAX_PARAMETERS
from assay_oracles.audits.whitebox.dataset import INPUT_DTYPES, LABEL_DTYPES, MAX_VALUES
from assay_oracles.audits.whitebox.manifest import Manifest, parse, read, schema

PAGE = (Path(__file__).parents[4] / "docs" / "manifest.md").read_text("utf-8")


def names(node: object) -> set[str]:
    """Every property and every enumerated word of a schema."""
    if isinstance(node, list):
        return set().union(*map(names, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set(node.get("properties", {})) | {word for word in node.get("enum", []) if isinstance(word, str)}
    return found.union(*(names(value) for value in node.values()))


def test_manifest_page__every_word_of_the_schema__described() -> None:
    missing = {name for name in names(schema()) if not re.search(rf"[`.]{name}[`.]", PAGE)}
    assert len(names(schema())) > 50
    assert not missing


def test_manifest_page__every_lane_and_metric__described() -> None:
    words = {re.sub(r"_\d$", "_c", name) for name in metrics.claimable(3)}
    words |= {re.sub(r"(support|predicted|correct)_\d$", r"\1_c", name) for name in metrics.lane_names(3)}
    assert not {word for word in words if f"`{word}`" not in PAGE}


def test_manifest_page__examples__parse() -> None:
    example, closed, offered = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    manifest = parse(example.encode())
    assert manifest.recipe is not None
    assert manifest.claims
    assert not isinstance(read(closed.encode()), Manifest)
    served = read(json.dumps({**json.loads(example), "service": json.loads(offered)}).encode())
    assert served.service == Service("https://api.example.org/digits", 100, 2.0, 2.0, (200, 500))


def test_manifest_page__every_lane_of_a_service__described() -> None:
    assert not {name for name in service.NAMES if f"`{name}`" not in PAGE and "_late_1" not in name}


@pytest.mark.parametrize(
    ("number", "written", "text"),
    [
        (strictjson.MAX_BYTES, 65_536, "65,536 bytes"),
        (strictjson.MAX_DEPTH, 12, "12 deep"),
        (MAX_PARAMETERS, 2**24, "2²⁴ parameters"),
        (MAX_ACTIVATIONS, 2**22, "2²² activations"),
        (metrics.MAX_SAMPLES, 2**17, "2¹⁷ test samples"),
        (training.MAX_SAMPLES, 2**20, "2²⁰ training samples"),
        (MAX_VALUES, 2**28, "2²⁸ input values"),
        (stability.PROBES, 128, "128 test samples"),
    ],
)
def test_manifest_page__limits__as_in_the_code(number: int, written: int, text: str) -> None:
    assert number == written
    assert text in PAGE


def test_manifest_page__stability_and_types__as_in_the_code() -> None:
    assert (stability.NUDGE, stability.DRIFT, stability.EDGE) == (1e-13, 1e-6, 1e-10)
    assert all(f"{number:.0e}".replace("e-0", "e-") in PAGE for number in (1e-13, 1e-6, 1e-10))
    assert f"type {', '.join(INPUT_DTYPES[:-1])} or {INPUT_DTYPES[-1]}" in PAGE
    assert f"type {', '.join(LABEL_DTYPES[:-1])} or {LABEL_DTYPES[-1]}" in PAGE
