"""Declared attacks and generator files: from strangers, so whatever is wrong with them is refused."""

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.robustness import attacks, generator
from assay_oracles.audits.robustness.generator import Generator
from safetensors.numpy import load, save

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"name": "hopskipjump"}, "is none"),
        ({"name": "__import__"}, "is none"),
        ({"name": "simba", "parameters": {"eps": 0.1}}, "no eps"),
        ({"name": "simba", "parameters": {"epsilon": 0}}, "epsilon"),
        ({"name": "simba", "parameters": {"epsilon": "0.1"}}, "epsilon"),
        ({"name": "simba", "parameters": {"epsilon": True}}, "epsilon"),
        ({"name": "simba", "parameters": {"epsilon": float("nan")}}, "epsilon"),
        ({"name": "square", "parameters": {"p_init": 2}}, "p_init"),
        ({"name": "generator"}, "digest"),
        ({"name": "generator", "parameters": {"digest": "ab" * 32}}, "digest"),
        ({"name": "generator", "parameters": {"digest": DIGEST, "file": "/etc/passwd"}}, "no file"),
    ],
)
def test_attack__malformed__refused_by_name_of_the_part(document, named):
    with pytest.raises(SpecError, match=named):
        attacks.parse(document)


def test_attack__fine__has_every_parameter():
    assert attacks.parse({"name": "simba"}).parameters == {"epsilon": 0.2}
    assert attacks.parse({"name": "generator", "parameters": {"digest": DIGEST}}).digest == bytes.fromhex("ab" * 32)


@pytest.fixture
def made():
    random = np.random.default_rng(0)
    forms = dict(zip(generator.LAYERS, ((6, 4 + 3 + 2), (6,), (4, 6), (4,)), strict=True))
    return Generator({name: random.normal(size=form) for name, form in forms.items()}, (1, 2, 2), 2, 3, 0.25)


def test_generator__written_and_read__proposes_the_same_within_its_reach(made, tmp_path):
    path = tmp_path / "generator.safetensors"
    path.write_bytes(made.encode())
    again, start = generator.load(path), np.full((1, 2, 2), 0.5, dtype=np.float32)
    for wanted in (0, 1):
        proposed = made.propose(start, wanted, np.ones(3))
        assert np.array_equal(proposed, again.propose(start, wanted, np.ones(3)))
        assert np.abs(proposed - start).max() <= 0.25
    assert not np.array_equal(made.propose(start, 0, np.ones(3)), made.propose(start, 1, np.ones(3)))


def test_generator__every_truncation_and_pickles__refused(made, tmp_path):
    path = tmp_path / "generator.safetensors"
    data = made.encode()
    for content in (*(data[:size] for size in range(0, len(data), 97)), b"\x80\x04cos\nsystem\n."):
        path.write_bytes(content)
        with pytest.raises(SpecError):
            generator.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden.weight": np.zeros((6, 8))},
        {"output.bias": np.zeros(5)},
        {"hidden.bias": np.full(6, np.nan)},
        {"hidden.bias": np.zeros(6, dtype=np.float32)},
        {"hidden.bias": np.zeros(())},
        {"shape": np.array([1.0, -2.0, 2.0])},
        {"shape": np.array([1e300])},
        {"shape": np.ones(9)},
        {"sizes": np.array([1.0, 3.0])},
        {"sizes": np.array([2.0])},
        {"reach": np.array([0.0])},
        {"reach": np.array([2.0])},
        {"reach": np.zeros(0)},
        {"more": np.zeros(1)},
    ],
)
def test_generator__malformed__refused(made, tmp_path, change):
    path = tmp_path / "generator.safetensors"
    path.write_bytes(save({**load(made.encode()), **change}))
    with pytest.raises(SpecError):
        generator.load(path)
