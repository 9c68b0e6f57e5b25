"""Whatever the bytes, parsing ends soon, in a manifest or in a SpecError."""

import copy
import json
import time
from typing import Any

from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox.manifest import Manifest, parse
from hypothesis import example, given, settings
from hypothesis import strategies as st

ARTIFACT = {"digest": "sha256:" + "00" * 32, "uri": "memory://x", "bytes": 5}
SEEDLING: dict[str, Any] = {
    "schema": "assay/manifest/1",
    "name": "n",
    "version": "v",
    "input": {"shape": [2, 6, 6], "range": [0, 1.5]},
    "classes": ["a", "b"],
    "architecture": [
        {"layer": "conv2d", "channels": 2, "kernel": 3, "stride": 2, "padding": 1},
        {"layer": "avgpool2d", "kernel": 2},
        {"layer": "layernorm"},
        {"layer": "flatten"},
        {"layer": "dropout", "rate": 0.1},
        {"layer": "linear", "features": 2, "bias": False},
    ],
    "recipe": {
        "train": ARTIFACT,
        "optimiser": {"name": "sgd", "parameters": {"lr": 0.1, "momentum": 0.9}},
        "epochs": 2,
        "batch_size": 3,
        "seed": 4,
        "dtype": "float64",
        "initialisation": "xavier-uniform",
    },
    "test": ARTIFACT,
    "claims": [{"metric": "log_loss", "op": "<=", "bound": 0.5, "tolerance": 0}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["linear", "relu"]),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a document."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    document = copy.deepcopy(SEEDLING)
    for _ in range(draw(st.integers(1, 3))):
        found = places(document)
        container, key = found[draw(st.integers(0, len(found) - 1))]
        action = draw(st.sampled_from(["replace", "number", "delete", "add", "swap", "repeat"]))
        if action == "replace":
            container[key] = draw(JSON)
        elif action == "number":
            container[key] = draw(st.sampled_from([0, -1, 0.5, 1, 2, 10**9, 10**40, 1e-9, 1e300, -0.0, True]))
        elif action == "delete":
            del container[key]
        elif action == "add" and isinstance(container, dict):
            container[draw(st.text(max_size=8))] = draw(JSON)
        elif action == "swap":
            other, place = found[draw(st.integers(0, len(found) - 1))]
            container[key] = copy.deepcopy(other[place])
        elif isinstance(container, list):
            container.extend([container[key]] * draw(st.integers(1, 200)))
        if not places(document):
            break
    return json.dumps(document).encode()


def outcome(data: bytes) -> Manifest | SpecError:
    try:
        return parse(data)
    except SpecError as refusal:
        return refusal


def test_seedling__unchanged__parsed() -> None:
    assert isinstance(outcome(json.dumps(SEEDLING).encode()), Manifest)


@settings(max_examples=600, deadline=None)
@given(mutants())
def test_parse__mutated_manifest__manifest_or_spec_error(data: bytes) -> None:
    found = outcome(data)
    if isinstance(found, SpecError):
        assert found.field
        assert found.message.isprintable()
        assert len(found.message) < 1000
    else:
        assert found.architecture.steps[-1].after == (len(found.classes),)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(json.dumps(SEEDLING)) - 1), st.integers(0, 255), st.binary(max_size=3))
def test_parse__spliced_bytes__manifest_or_spec_error(place: int, byte: int, extra: bytes) -> None:
    data = json.dumps(SEEDLING).encode()
    outcome(data[:place] + bytes([byte]) + extra + data[place + 1 :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
@example(b'{"architecture": [' + b"1," * 30_000 + b"1]}")
def test_parse__any_bytes__refused(data: bytes) -> None:
    assert isinstance(outcome(data), SpecError)


def test_parse__documents_built_to_be_slow__refused_within_a_second() -> None:
    hostile = [
        {**SEEDLING, "classes": [[i] if i % 2 else {"a": i} for i in range(7000)]},
        {**SEEDLING, "architecture": [{"layer": "conv2d"}] * 3000},
        {**SEEDLING, "architecture": [{"layer": i} for i in range(5000)]},
        {**SEEDLING, "claims": [{"metric": "a"}] * 3000},
        {**SEEDLING, "name": "x" * 60_000},
    ]
    for document in hostile:
        started = time.process_time()
        assert isinstance(outcome(json.dumps(document).encode()), SpecError)
        assert time.process_time() - started < 1
