"""Kits and services on disk: what was written comes back, and hostile files are refused by name."""

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.steganography import kit as kits
from assay_oracles.audits.steganography import service as services
from safetensors.numpy import load, save

pytestmark = pytest.mark.xdist_group("steganography")


@pytest.fixture
def written(world, tmp_path):
    paths = {"kit": tmp_path / "kit.safetensors", "service": tmp_path / "service.safetensors"}
    paths["kit"].write_bytes(world.own.encode())
    paths["service"].write_bytes(world.service.encode())
    return paths


def test_kit__written_and_read__hides_alike(world, written):
    kit, messages = kits.load(written["kit"]), np.arange(16)
    assert np.array_equal(kit.hide(world.images[:16], messages), world.own.hide(world.images[:16], messages))
    assert (kit.classes, kit.shape) == (10, (1, 8, 8))


def test_service__written_and_read__answers_alike(world, written):
    service = services.load(written["service"])
    assert np.array_equal(service.probabilities(world.images), world.service.probabilities(world.images))
    assert (service.classes, service.messages, service.shape) == (10, 16, (1, 8, 8))


def _spoilt(tensors, change):
    name, make = change
    if make is None:
        del tensors[name]
    else:
        tensors[name] = make(tensors.get(name))
    return save(tensors)


@pytest.mark.parametrize(
    "change",
    [
        ("messages", None),
        ("extra", lambda _: np.zeros(1)),
        ("messages", lambda pool: pool[:15]),
        ("messages", lambda pool: pool[0]),
        ("messages", lambda pool: np.full_like(pool, np.nan)),
        ("messages", lambda pool: pool.astype(np.int64)),
        ("range", lambda _: np.array([1.0, 1.0])),
        ("range", lambda _: np.array([1.0])),
        ("classes", lambda _: np.array([1.0])),
        ("prep.weight", lambda weight: weight[:, :, :1]),
    ],
)
def test_kit__spoilt_file__refused_as_the_suppliers_fault(written, change):
    written["kit"].write_bytes(_spoilt(load(written["kit"].read_bytes()), change))
    with pytest.raises(SpecError) as refused:
        kits.load(written["kit"])
    assert refused.value.culprit == "supplier"


@pytest.mark.parametrize(
    "change",
    [
        ("shape", lambda _: np.array([1.0, 8.0, 9.0])),
        ("shape", lambda _: np.array([-1.0, 8.0, 8.0])),
        ("sizes", lambda _: np.array([10.0])),
        ("sizes", lambda _: np.array([10.0, 17.0])),
        ("features.0.weight", lambda weight: weight[0]),
        ("classify.3.bias", lambda bias: bias[:-1]),
    ],
)
def test_service__spoilt_file__refused(written, change):
    written["service"].write_bytes(_spoilt(load(written["service"].read_bytes()), change))
    with pytest.raises(SpecError):
        services.load(written["service"])


def test_kit__no_safetensors_at_all__refused(tmp_path):
    (tmp_path / "kit").write_bytes(b"\x80\x04pickle")
    with pytest.raises(SpecError):
        kits.load(tmp_path / "kit")
