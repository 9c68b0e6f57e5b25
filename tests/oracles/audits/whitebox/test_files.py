"""Data sets and weights: hostile files are refused by the file's own fault, before anything large is allocated."""

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.whitebox import dataset, metrics, weights
from assay_oracles.audits.whitebox.dataset import Dataset
from assay_oracles.audits.whitebox.tensors import Source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

ZEROS, LABELS = np.zeros((4, 1, 8, 8)), np.array([0, 1, 2, 9])


def load(bench: Any, data: bytes, culprit: str = "supplier", max_samples: int = metrics.MAX_SAMPLES) -> Dataset:
    path = bench.folder / "probe.safetensors"
    path.write_bytes(data)
    return dataset.load(path, Source("test", culprit), bench.manifest(), max_samples)


def raw(header: Any, body: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def tensor(dtype: str, shape: list[int], first: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, end]}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
@pytest.mark.parametrize("label_dtype", [np.int64, np.int32, np.uint8])
def test_load__each_allowed_type__same_samples(digits_recipe: Any, dtype: Any, label_dtype: Any) -> None:
    inputs = np.arange(256).reshape(4, 1, 8, 8) % 2
    found = load(digits_recipe, save({"inputs": inputs.astype(dtype), "labels": LABELS.astype(label_dtype)}))
    assert np.array_equal(np.concatenate(list(found.batches(3))), inputs)
    assert next(found.batches(3)).dtype == np.float64
    assert found.labels.tolist() == [0, 1, 2, 9]


@pytest.mark.parametrize(
    ("inputs", "labels", "code", "field"),
    [
        (ZEROS[:0], LABELS[:0], "empty-set", "test"),
        (ZEROS[:3], LABELS, "wrong-shape", "test.labels"),
        (ZEROS, LABELS[:, None], "wrong-shape", "test.labels"),
        (ZEROS.reshape(4, 64), LABELS, "wrong-shape", "test.inputs"),
        (np.array(0.0), LABELS, "wrong-shape", "test.inputs"),
        (ZEROS.reshape(4, 1, 64, 1), LABELS, "wrong-shape", "test.inputs"),
        (np.full_like(ZEROS, np.nan), LABELS, "not-finite", "test.inputs"),
        (np.full_like(ZEROS, np.inf), LABELS, "not-finite", "test.inputs"),
        (ZEROS + 1.001, LABELS, "input-out-of-range", "test.inputs"),
        (ZEROS - 0.001, LABELS, "input-out-of-range", "test.inputs"),
        (ZEROS.astype(np.float16), LABELS, "wrong-dtype", "test.inputs"),
        (ZEROS.astype(np.int64), LABELS, "wrong-dtype", "test.inputs"),
        (ZEROS, LABELS.astype(np.float64), "wrong-dtype", "test.labels"),
        (ZEROS, LABELS + 1, "label-out-of-range", "test.labels"),
        (ZEROS, LABELS - 1, "label-out-of-range", "test.labels"),
    ],
)
@pytest.mark.parametrize("culprit", ["supplier", "client"])
def test_load__bad_samples__refused_with_field_and_culprit(
    digits_recipe: Any, inputs: Any, labels: Any, code: str, field: str, culprit: str
) -> None:
    with pytest.raises(SpecError) as refusal:
        load(digits_recipe, save({"inputs": inputs, "labels": labels}), culprit)
    assert (refusal.value.code, refusal.value.field, refusal.value.culprit) == (code, field, culprit)
    assert refusal.value.hint


GROUPS = np.array([0, 1, 1, 0])


def test_load__protected_groups__come_with_the_samples(digits_recipe: Any) -> None:
    assert load(digits_recipe, dataset.encode(ZEROS, LABELS)).groups is None
    found = load(digits_recipe, dataset.encode(ZEROS, LABELS, GROUPS)).groups
    assert found is not None
    assert found.tolist() == GROUPS.tolist()


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        (GROUPS[:3], "wrong-shape"),
        (GROUPS.reshape(2, 2), "wrong-shape"),
        (GROUPS.astype(np.int32), "wrong-dtype"),
        (GROUPS.astype(np.float64), "wrong-dtype"),
        (GROUPS - 1, "group-out-of-range"),
    ],
)
def test_load__bad_groups__refused(digits_recipe: Any, groups: Any, code: str) -> None:
    with pytest.raises(SpecError) as refusal:
        load(digits_recipe, save({"inputs": ZEROS, "labels": LABELS, "groups": groups}))
    assert (refusal.value.code, refusal.value.field) == (code, "test.groups")


def test_load__more_samples_than_allowed__refused(digits_recipe: Any) -> None:
    assert len(load(digits_recipe, dataset.encode(ZEROS, LABELS), max_samples=4)) == 4
    with pytest.raises(SpecError, match="at most 3 samples"):
        load(digits_recipe, dataset.encode(ZEROS, LABELS), max_samples=3)


HOSTILE = {
    "empty file": b"",
    "seven bytes": b"\0" * 7,
    "no header": struct.pack("<Q", 0),
    "header of 2^63 bytes": raw(b"{}", length=2**63),
    "header beyond the file": raw(b"{}", length=1000),
    "header of two megabytes": raw(
        json.dumps({"inputs": tensor("U8", [4, 1, 8, 8], 0, 256), "labels": tensor("U8", [4], 256, 260)}).encode()
        + b" " * (2 << 20),
        b"\0" * 260,
    ),
    "header is no JSON": raw(b"{inputs}"),
    "header is a list": raw([]),
    "header nested deep": raw(b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
    "pickle": pickle.dumps({"inputs": [1]}),
    "zip, as torch.save writes": b"PK\x03\x04" + b"\0" * 100,
    "tensor beyond the file": raw(
        {"inputs": tensor("F64", [4, 1, 8, 8], 0, 2048), "labels": tensor("I64", [4], 0, 32)}
    ),
    "offsets overlap": raw(
        {"inputs": tensor("U8", [4, 1, 8, 8], 0, 256), "labels": tensor("U8", [4], 0, 4)}, b"\0" * 256
    ),
    "hole between tensors": raw(
        {"inputs": tensor("U8", [4, 1, 8, 8], 0, 256), "labels": tensor("U8", [4], 300, 304)}, b"\0" * 304
    ),
    "bytes left over": raw(
        {"inputs": tensor("U8", [4, 1, 8, 8], 0, 256), "labels": tensor("U8", [4], 256, 260)}, b"\0" * 999
    ),
    "shape overflows": raw({"inputs": tensor("U8", [2**63, 4, 8, 8], 0, 0), "labels": tensor("U8", [0], 0, 0)}),
    "shape larger than its bytes": raw(
        {"inputs": tensor("F64", [10**9, 1, 8, 8], 0, 256), "labels": tensor("U8", [4], 256, 260)}, b"\0" * 260
    ),
    "negative offset": raw({"inputs": tensor("U8", [4, 1, 8, 8], -1, 255), "labels": tensor("U8", [4], 255, 259)}),
    "unknown type": raw({"inputs": tensor("X9", [4], 0, 4), "labels": tensor("U8", [4], 4, 8)}, b"\0" * 8),
    "labels missing": save({"inputs": ZEROS}),
    "third tensor": save({"inputs": ZEROS, "labels": LABELS, "extra": LABELS}),
    "names that rewrite the terminal": save({"\x1b[2Jinputs": ZEROS, "labels": LABELS}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_load__hostile_file__refused(digits_recipe: Any, name: str) -> None:
    with pytest.raises(SpecError) as refusal:
        load(digits_recipe, HOSTILE[name])
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 600


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 400), byte=st.integers(0, 255))
def test_load__any_byte_changed__samples_or_spec_error(digits_recipe: Any, place: int, byte: int) -> None:
    data = bytearray(dataset.encode(ZEROS, LABELS))
    data[place] = byte
    try:
        found = load(digits_recipe, bytes(data))
    except SpecError:
        return
    assert found.inputs.shape == ZEROS.shape


def test_load__file_missing__is_local_and_no_spec_error(digits_recipe: Any) -> None:
    with pytest.raises(OSError, match="absent"):
        dataset.load(Path("absent"), Source("test"), digits_recipe.manifest(), 10)


Spoil = Callable[[dict[str, Any]], None]


def _set(name: str, value: Any) -> Spoil:
    return lambda tensors: tensors.update({name: value})


@pytest.mark.parametrize(
    ("spoil", "code", "field"),
    [
        (_set("0.weight", np.full((16, 1, 3, 3), np.nan)), "not-finite", "weights.0.weight"),
        (_set("0.bias", np.full(16, -np.inf)), "not-finite", "weights.0.bias"),
        (_set("0.weight", np.zeros((16, 1, 3, 4))), "wrong-shape", "weights.0.weight"),
        (_set("0.weight", np.zeros((16, 9))), "wrong-shape", "weights.0.weight"),
        (_set("0.weight", np.zeros((16, 1, 3, 3), np.float16)), "wrong-dtype", "weights.0.weight"),
        (_set("0.weight", np.zeros((16, 1, 3, 3), np.int64)), "wrong-dtype", "weights.0.weight"),
        (_set("1.weight", np.zeros(3)), "wrong-tensors", "weights"),
        (lambda tensors: tensors.pop("7.bias"), "wrong-tensors", "weights"),
    ],
)
def test_weights__bad_tensor__refused_with_its_name(
    digits_weights: Any, trained: Any, spoil: Spoil, code: str, field: str
) -> None:
    tensors = dict(trained)
    spoil(tensors)
    digits_weights.put("weights", weights.encode(tensors))
    with pytest.raises(SpecError) as refusal:
        digits_weights.run()
    assert (refusal.value.code, refusal.value.field, refusal.value.culprit) == (code, field, "supplier")


def test_weights__negative_variance__refused(cancer_recipe: Any) -> None:
    architecture = cancer_recipe.manifest().architecture
    tensors = {name: np.ones(shape) for name, shape in architecture.tensors.items()}
    tensors["0.running_var"][3] = -1e-9
    path = cancer_recipe.folder / "weights"
    path.write_bytes(weights.encode(tensors))
    with pytest.raises(SpecError, match="negative"):
        weights.load(path, Source("weights"), architecture)


def test_weights__single_precision__widened_exactly(digits_weights: Any, trained: Any) -> None:
    narrow = {name: values.astype(np.float32) for name, values in trained.items()}
    digits_weights.put("weights", weights.encode(narrow))
    manifest = digits_weights.manifest()
    loaded = weights.load(digits_weights.files["weights"], Source("weights"), manifest.architecture)
    assert all(loaded[name].dtype == np.float64 and np.array_equal(loaded[name], narrow[name]) for name in narrow)
