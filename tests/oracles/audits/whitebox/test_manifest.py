"""Manifests: the good one is read, every bad one is refused with the field that is wrong."""

import copy
import json
from typing import Any

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox.manifest import ArtifactRef, Manifest, Served, parse, read, schema, served
from jsonschema import Draft202012Validator

ARTIFACT = {"digest": "sha256:" + "ab" * 32, "uri": "https://example.org/file", "bytes": 1000}
VALID: dict[str, Any] = {
    "schema": "assay/manifest/1",
    "name": "digits",
    "version": "1.0.0",
    "description": "handwritten digits",
    "input": {"shape": [1, 8, 8], "range": [0, 1]},
    "classes": ["zero", "one", "two"],
    "architecture": [
        {"layer": "conv2d", "channels": 4, "kernel": 3, "stride": 1, "padding": 1, "bias": True},
        {"layer": "batchnorm"},
        {"layer": "relu"},
        {"layer": "maxpool2d", "kernel": 2},
        {"layer": "flatten"},
        {"layer": "dropout", "rate": 0.5},
        {"layer": "linear", "features": 3},
    ],
    "weights": ARTIFACT,
    "training_set": ARTIFACT,
    "test": ARTIFACT,
    "claims": [{"metric": "accuracy", "op": ">=", "bound": 0.97, "tolerance": 0.01}],
}
RECIPE: dict[str, Any] = {
    "train": ARTIFACT,
    "optimiser": {"name": "adam", "parameters": {"lr": 0.01, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8}},
    "epochs": 10,
    "batch_size": 32,
    "seed": 1,
    "dtype": "float64",
    "initialisation": "kaiming-uniform",
}
CLOSED: dict[str, Any] = {
    "schema": "assay/manifest/1",
    "name": "recidivism",
    "version": "3",
    "claims": [{"metric": "demographic_parity_difference", "op": "<=", "bound": 0.1, "tolerance": 0}],
}
SERVICE: dict[str, Any] = {
    "url": "https://example.org/api",
    "inputs": 100,
    "per_second": 0.5,
    "timeout_ms": 2000,
    "thresholds_ms": [200, 500],
}
OFFERED = CLOSED | {part: VALID[part] for part in ("input", "classes", "test")} | {"service": SERVICE}
DELETED = object()


def encode(document: Any) -> bytes:
    return json.dumps(document).encode()


def with_recipe() -> dict[str, Any]:
    document = copy.deepcopy(VALID)
    del document["weights"], document["training_set"]
    document["recipe"] = copy.deepcopy(RECIPE)
    return document


def changed(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> bytes:
    document = copy.deepcopy(document)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    if value is DELETED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return encode(document)


def test_parse__valid_with_weights__every_field_read() -> None:
    manifest = parse(encode(VALID))
    assert manifest.name == "digits"
    assert manifest.input.shape == (1, 8, 8)
    assert manifest.input.range == (0.0, 1.0)
    assert manifest.classes == ("zero", "one", "two")
    assert manifest.architecture.steps[-1].after == (3,)
    assert manifest.weights == ArtifactRef("weights", bytes.fromhex("ab" * 32), "https://example.org/file", 1000)
    assert [ref.role for ref in manifest.artifacts()] == ["weights", "train", "test"]
    (claim,) = manifest.claims
    assert (claim.metric, claim.op, claim.bound_micro, claim.tolerance_micro) == ("accuracy", ">=", 970_000, 10_000)


def test_parse__valid_with_recipe__train_is_the_recipes() -> None:
    manifest = parse(encode(with_recipe()))
    assert manifest.weights is None
    assert manifest.recipe is not None
    assert manifest.recipe.optimiser.parameters["beta2"] == 0.99
    assert [ref.role for ref in manifest.artifacts()] == ["train", "test"]


def test_read__closed_model__is_a_card_without_anything_to_recompute() -> None:
    card = read(encode(CLOSED))
    assert not isinstance(card, Manifest)
    assert (card.name, card.version, card.description) == ("recidivism", "3", "")
    assert [claim.metric for claim in card.claims] == ["demographic_parity_difference"]


def test_parse__closed_model__refused_because_it_cannot_be_recomputed() -> None:
    with pytest.raises(SpecError) as refusal:
        parse(encode(CLOSED))
    assert (refusal.value.code, refusal.value.culprit) == ("closed-model", "supplier")


@pytest.mark.parametrize("part", ["input", "classes", "architecture", "weights", "training_set", "test"])
def test_read__half_open__refused(part: str) -> None:
    with pytest.raises(SpecError) as refusal:
        read(encode({**CLOSED, part: VALID[part]}))
    assert refusal.value.code in ("schema", "weights-or-recipe")
    assert refusal.value.field == "manifest"


def test_read__closed_model_with_a_service__tells_what_oracles_may_ask() -> None:
    card, service = served(read(encode(OFFERED)))
    assert type(card) is Served
    assert (card.input.shape, len(card.classes), [ref.role for ref in card.artifacts()]) == ((1, 8, 8), 3, ["test"])
    assert (service.url, service.inputs, service.per_second) == ("https://example.org/api", 100, 0.5)
    assert (service.timeout, service.thresholds) == (2.0, (200, 500))
    with pytest.raises(SpecError, match="is closed"):
        parse(encode(OFFERED))


def test_read__open_model_with_a_service__is_both() -> None:
    card, service = served(parse(encode({**VALID, "service": SERVICE})))
    assert isinstance(card, Manifest)
    assert service == served(read(encode(OFFERED)))[1]


@pytest.mark.parametrize("document", [VALID, CLOSED], ids=["open", "closed"])
def test_served__no_service__is_the_clients_mistake(document: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as refusal:
        served(read(encode(document)))
    assert (refusal.value.code, refusal.value.culprit) == ("no-service", "client")


@pytest.mark.parametrize("part", ["input", "classes", "test", "service"])
def test_read__closed_model_with_a_part_of_what_a_service_needs__refused(part: str) -> None:
    with pytest.raises(SpecError):
        read(encode({name: value for name, value in OFFERED.items() if name != part}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://example.org"),
        ("url", "file:///etc/passwd"),
        ("url", "https://a b"),
        ("inputs", 0),
        ("inputs", 10_001),
        ("per_second", 0),
        ("per_second", 1001),
        ("timeout_ms", 60_001),
        ("timeout_ms", 500),
        ("thresholds_ms", [500, 200]),
        ("thresholds_ms", [200, 200]),
        ("thresholds_ms", [1, 2, 3, 4]),
        ("thresholds_ms", [0]),
        ("retries", 3),
    ],
)
def test_read__bad_service__refused_with_its_field(field: str, value: Any) -> None:
    with pytest.raises(SpecError) as refusal:
        read(encode({**OFFERED, "service": {**SERVICE, field: value}}))
    assert refusal.value.field.startswith("service")


def test_read__claim_of_a_closed_model_on_what_only_recomputing_shows__refused() -> None:
    with pytest.raises(SpecError, match="'accuracy' is not a metric of a closed model") as refusal:
        read(changed(CLOSED, ("claims", 0, "metric"), "accuracy"))
    assert "demographic_parity_difference" in refusal.value.hint


def test_read__claim_of_an_open_model_on_fairness__allowed() -> None:
    manifest = read(changed(VALID, ("claims",), [*VALID["claims"], *CLOSED["claims"]]))
    assert [claim.metric for claim in manifest.claims] == ["accuracy", "demographic_parity_difference"]


def test_schema__committed__is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("schema",), "assay/manifest/2", "schema"),
        (("schema",), DELETED, "manifest"),
        (("surprise",), 1, "manifest"),
        (("name",), "", "name"),
        (("name",), 7, "name"),
        (("name",), "x" * 65, "name"),
        (("name",), "a\x1b[2J", "manifest.name"),
        (("name",), "a\u202eb", "manifest.name"),
        (("description",), "x" * 2001, "description"),
        (("input",), [], "input"),
        (("input", "shape"), [], "input.shape"),
        (("input", "shape"), [0], "input.shape[0]"),
        (("input", "shape"), [8.5], "input.shape[0]"),
        (("input", "shape"), [True], "input.shape[0]"),
        (("input", "shape"), [1, 2, 3, 4], "input.shape"),
        (("input", "range"), [1, 1], "input.range"),
        (("input", "range"), [2, 1], "input.range"),
        (("input", "range"), [0], "input.range"),
        (("input", "range"), [0, 1e7], "input.range[1]"),
        (("classes",), ["only"], "classes"),
        (("classes",), ["same", "same", "other"], "classes"),
        (("classes",), [str(i) for i in range(31)], "classes"),
        (("classes",), ["a", "b"], "architecture"),
        (("architecture",), [], "architecture"),
        (("architecture",), [{"layer": "relu"}] * 129, "architecture"),
        (("architecture", 2), {"layer": "pickle"}, "architecture[2].layer"),
        (("architecture", 2), {"layer": "relu", "inplace": True}, "architecture[2]"),
        (("architecture", 2), {}, "architecture[2]"),
        (("architecture", 2), "relu", "architecture[2]"),
        (("architecture", 0, "kernel"), 0, "architecture[0].kernel"),
        (("architecture", 0, "kernel"), 9.5, "architecture[0].kernel"),
        (("architecture", 0, "kernel"), 128, "architecture[0]"),
        (("architecture", 0, "kernel"), DELETED, "architecture[0]"),
        (("architecture", 0, "stride"), 0, "architecture[0].stride"),
        (("architecture", 0, "padding"), -1, "architecture[0].padding"),
        (("architecture", 0, "bias"), 1, "architecture[0].bias"),
        (("architecture", 3, "kernel"), 9, "architecture[3]"),
        (("architecture", 4), {"layer": "relu"}, "architecture[6]"),
        (("architecture", 5, "rate"), 1, "architecture[5].rate"),
        (("architecture", 6, "features"), 4, "architecture"),
        (("architecture", 6, "features"), 10**300, "architecture[6].features"),
        (("architecture", 6, "features"), 1e300, "architecture[6].features"),
        (("weights",), DELETED, "manifest"),
        (("recipe",), RECIPE, "manifest"),
        (("weights", "digest"), "sha256:" + "AB" * 32, "weights.digest"),
        (("weights", "digest"), "md5:" + "ab" * 16, "weights.digest"),
        (("weights", "digest"), "sha256:" + "ab" * 32 + "\n", "manifest.weights.digest"),
        (("weights", "uri"), "file", "weights.uri"),
        (("weights", "uri"), "simplecache::https://x", "weights.uri"),
        (("weights", "uri"), "https://" + "x" * 512, "weights.uri"),
        (("weights", "bytes"), 0, "weights.bytes"),
        (("weights", "bytes"), 2**31, "weights.bytes"),
        (("test",), DELETED, "manifest"),
        (("test",), None, "test"),
        (("claims",), DELETED, "manifest"),
        (("claims",), VALID["claims"] * 17, "claims"),
        (("claims",), VALID["claims"] * 2, "claims"),
        (("claims", 0, "metric"), "brilliance", "claims[0].metric"),
        (("claims", 0, "metric"), "recall_3", "claims[0].metric"),
        (("claims", 0, "metric"), "support_0", "claims[0].metric"),
        (("claims", 0, "op"), "==", "claims[0].op"),
        (("claims", 0, "bound"), "0.9", "claims[0].bound"),
        (("claims", 0, "bound"), -0.1, "claims[0].bound"),
        (("claims", 0, "bound"), 0.1234567, "claims[0].bound"),
        (("claims", 0, "tolerance"), 1e-7, "claims[0].tolerance"),
        (("claims", 0, "tolerance"), DELETED, "claims[0]"),
    ],
)
def test_parse__one_field_wrong__refused_with_its_path(path: tuple[str | int, ...], value: Any, field: str) -> None:
    with pytest.raises(SpecError) as refusal:
        parse(changed(VALID, path, value))
    assert refusal.value.field == field
    assert refusal.value.culprit == "supplier"
    assert refusal.value.message
    assert refusal.value.hint
    assert len(refusal.value.message) < 600


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("training_set",), ARTIFACT, "manifest"),
        (("recipe", "train"), DELETED, "recipe"),
        (("recipe", "dtype"), "float32", "recipe.dtype"),
        (("recipe", "epochs"), 0, "recipe.epochs"),
        (("recipe", "epochs"), 10**6, "recipe.epochs"),
        (("recipe", "batch_size"), 0, "recipe.batch_size"),
        (("recipe", "seed"), -1, "recipe.seed"),
        (("recipe", "seed"), 2**53, "recipe.seed"),
        (("recipe", "initialisation"), "zeros", "recipe.initialisation"),
        (("recipe", "optimiser", "name"), "lbfgs", "recipe.optimiser.name"),
        (("recipe", "optimiser", "parameters"), {}, "recipe.optimiser.parameters"),
        (("recipe", "optimiser", "parameters", "lr"), 0, "recipe.optimiser.parameters.lr"),
        (("recipe", "optimiser", "parameters", "eps"), 1e-12, "recipe.optimiser.parameters.eps"),
        (("recipe", "optimiser", "parameters", "momentum"), 0.9, "recipe.optimiser.parameters"),
        (("recipe", "optimiser", "parameters", "beta1"), 1, "recipe.optimiser.parameters.beta1"),
    ],
)
def test_parse__recipe_field_wrong__refused_with_its_path(path: tuple[str | int, ...], value: Any, field: str) -> None:
    with pytest.raises(SpecError) as refusal:
        parse(changed(with_recipe(), path, value))
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "manifest-not-json"),
        (b"\xff\xfe", "manifest-not-json"),
        (b"\xef\xbb\xbf" + encode(VALID), "manifest-not-json"),
        (json.dumps(VALID).encode("utf-16"), "manifest-not-json"),
        (b"{", "manifest-not-json"),
        (encode(VALID) + b"{}", "manifest-not-json"),
        (b"[" * 60_000, "manifest-not-json"),
        (b"[" * 500 + b"]" * 500, "nested-too-deep"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "nested-too-deep"),
        (b"1" * 5000, "manifest-not-json"),
        (b" " * (1 << 16) + b"{}", "manifest-too-large"),
        (b'{"name": "a", "name": "b"}', "duplicate-key"),
        (b'{"input": {"range": [NaN, 1]}}', "not-finite"),
        (b'{"input": {"range": [-Infinity, 1]}}', "not-finite"),
        (b'{"input": {"range": [1e999, 1]}}', "not-finite"),
        (b'{"name": "\\ud800"}', "unprintable-text"),
        (b'{"na\\u0000me": 1}', "unprintable-text"),
        (b"null", "schema"),
        (b"[]", "schema"),
        (b'"manifest"', "schema"),
    ],
)
def test_parse__bytes_that_are_no_manifest__refused(data: bytes, code: str) -> None:
    with pytest.raises(SpecError) as refusal:
        parse(data)
    assert refusal.value.code == code


def test_parse__claim_of_the_other_direction__allowed() -> None:
    document = copy.deepcopy(VALID)
    document["claims"].append({"metric": "accuracy", "op": "<=", "bound": 1, "tolerance": 0})
    assert len(parse(encode(document)).claims) == 2


def test_parse__ten_billion_parameters__refused_before_anything_is_allocated() -> None:
    wide = {"layer": "linear", "features": 65536}
    layers = [{"layer": "flatten"}, wide, wide, wide, {"layer": "linear", "features": 3}]
    with pytest.raises(SpecError, match="parameters") as refusal:
        parse(changed(VALID, ("architecture",), layers))
    assert refusal.value.code == "model-too-large"
