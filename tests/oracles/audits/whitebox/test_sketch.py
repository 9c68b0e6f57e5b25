"""Sketch lanes: honest noise stays inside the band, and whoever did not compute every sample falls outside."""

import hashlib
from typing import Any

import numpy as np
import pytest
from assay_oracles.audits.whitebox import dataset, evaluation, metrics, scores
from assay_oracles.audits.whitebox.sketch import signs, sketch
from hypothesis import given, settings
from hypothesis import strategies as st

TOLERANCE = 50
UNIT = 1e-3
SEED = bytes(range(32))
RANDOM = np.random.default_rng(1)
MARGINS = np.abs(RANDOM.normal(6, 3, 360))


def seeds(count: int) -> list[bytes]:
    return [hashlib.sha256(bytes([i])).digest() for i in range(count)]


def off(one: float, two: float) -> float:
    """Distance in tolerances; beyond 2 is slashed."""
    return abs(one - two) / UNIT / TOLERANCE


def test_signs__by_hand__bits_of_shake_256() -> None:
    tag = b"assay/whitebox/v1/sketch"
    drawn = hashlib.shake_256(bytes([24]) + tag + bytes([32]) + SEED + (1).to_bytes(8, "big")).digest(2)
    bits = [(drawn[i // 8] >> (7 - i % 8)) & 1 for i in range(13)]
    assert signs(1, SEED, 13).tolist() == [1.0 if bit else -1.0 for bit in bits]


def test_signs__lanes_and_seeds__balanced_and_independent() -> None:
    one, two, three = signs(0, SEED, 100_000), signs(1, SEED, 100_000), signs(0, seeds(1)[0], 100_000)
    for product in (one, two, three, one * two, one * three):
        assert abs(product.mean()) < 0.015


def test_sketch__small_margins__plain_signed_sum() -> None:
    margins = np.array([1.0, -2.0, 3.5, 0.25])
    assert sketch(0, SEED, margins) == pytest.approx(float(signs(0, SEED, 4) @ margins))


def test_sketch__outlier__clipped_at_sixteen() -> None:
    margins = np.array([1.0, 1.0, 1e9])
    assert sketch(0, SEED, margins) == pytest.approx(float(signs(0, SEED, 3) @ [1.0, 1.0, 16.0]))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 359), st.binary(min_size=32, max_size=32))
def test_sketch__one_sample_skipped__outside_twice_the_band(skipped: int, seed: bytes) -> None:
    partial = MARGINS.copy()
    partial[skipped] = 0.0
    assert MARGINS[skipped] < 0.2 or off(sketch(0, seed, MARGINS), sketch(0, seed, partial)) > 2


def test_sketch__old_answers__all_outside_twice_the_band() -> None:
    """A copier passes a lane with probability 2 * 2 * 50 / (sqrt(2 pi) * deviation): about one in a thousand."""
    old = [sketch(0, seed, MARGINS) for seed in seeds(25)]
    missed = [abs(i - j) > 0 and off(old[i], old[j]) <= 2 for i in range(25) for j in range(25)]
    assert sum(missed) <= 6
    assert np.std(old) / UNIT > 500 * TOLERANCE


def test_sketch__guess_from_the_labels_alone__outside_twice_the_band() -> None:
    """Who knows every label and the mean margin, but not the margins."""
    guess = np.full_like(MARGINS, MARGINS.mean())
    caught = [off(sketch(0, seed, MARGINS), sketch(0, seed, guess)) > 2 for seed in seeds(50)]
    assert sum(caught) >= 48


@pytest.mark.parametrize("scale", [10.0, 1e6, 1e300])
def test_sketch__model_of_any_confidence__not_known_without_computing(scale: float) -> None:
    """Plain clipping would make every margin of a confident model 16."""
    clipped = np.full_like(MARGINS, 16.0)
    caught = [off(sketch(0, seed, MARGINS * scale), sketch(0, seed, clipped)) > 2 for seed in seeds(50)]
    assert sum(caught) >= 48


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_sketch__honest_noise__far_inside_the_band(scale: float) -> None:
    noisy = MARGINS * scale * (1 + 1e-9 * RANDOM.normal(size=360))
    assert off(sketch(0, SEED, MARGINS * scale), sketch(0, SEED, noisy)) < 0.1


def test_sketch__largest_set_all_clipped__fits_its_lane() -> None:
    assert 16 * metrics.MAX_SAMPLES / UNIT < 2**31
    lane = metrics.lanes(2)[-1]
    assert (lane.name, lane.offset, lane.maximum) == ("sketch_1", 2**31, 2**32 - 1)


def test_run__two_seeds__same_counts_but_sketches_far_apart(digits_weights: Any) -> None:
    one, two = digits_weights.run(seeds(2)[0]), digits_weights.run(seeds(2)[1])
    fixed = [name for name in one if not name.startswith(("sketch", "robust"))]
    assert {name: one[name] for name in fixed} == {name: two[name] for name in fixed}
    assert all(abs(one[name] - two[name]) > 2 * TOLERANCE for name in ("sketch_0", "sketch_1"))
    assert abs(one["sketch_0"] - one["sketch_1"]) > 2 * TOLERANCE


def test_run__last_sample_left_out__both_sketches_outside_twice_the_band(digits_weights: Any, digits: Any) -> None:
    honest = digits_weights.run()
    inputs, labels = digits.test
    digits_weights.put("test", dataset.encode(inputs[:-1], labels[:-1]))
    lazy = digits_weights.run()
    assert all(abs(honest[name] - lazy[name]) > 2 * TOLERANCE for name in ("sketch_0", "sketch_1"))


def test_run__yesterdays_margins_with_todays_seed__second_sketch_outside_the_band(
    digits_weights: Any, digits: Any, trained: Any
) -> None:
    """Margins on the samples themselves never change and could be kept; those on perturbed samples cannot."""
    architecture = digits_weights.manifest().architecture
    kept = scores.margins(evaluation.logits(architecture, trained, [digits.test[0]]), digits.test[1])
    for seed in seeds(3):
        honest = digits_weights.run(seed)
        assert abs(round(sketch(0, seed, kept) / UNIT) + 2**31 - honest["sketch_0"]) <= 1
        assert abs(round(sketch(1, seed, kept) / UNIT) + 2**31 - honest["sketch_1"]) > 2 * TOLERANCE
