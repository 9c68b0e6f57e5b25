"""What the detection benchmark replays is what the zoo answers."""

from __future__ import annotations

import numpy as np
import pytest
from assay_client.zoo import models
from assay_client.zoo.supplier import SEED_CONFIG, Instance

from benchmarks.detection_recorded import Memory, RecordedModels, RecordedSupplier

NONCE = b"nonce"


@pytest.fixture(scope="module")
def found(home):
    return models.load()


@pytest.fixture(scope="module")
def inputs(found):
    return found.test.inputs[:3].astype(np.float64)


def test_recorded_supplier__asked_twice__answers_and_explains_as_the_real_one(found, inputs):
    real, recorded = Instance(found, SEED_CONFIG), RecordedSupplier(RecordedModels(**vars(found)), SEED_CONFIG)
    expected = real.answer(inputs, NONCE)
    for asked in (inputs, inputs[::-1]):
        answered = recorded.answer(asked, NONCE)
        order = slice(None) if asked is inputs else slice(None, None, -1)
        assert (answered.probs[order] == expected.probs).all()
        attributed = np.array(answered.meta["attributions"])[order]
        assert attributed == pytest.approx(np.array(expected.meta["attributions"]), abs=1e-6)
    alone = recorded.answer(inputs[:1])
    alone.probs[:] = 0  # what a provider does with its answer must not reach the recording
    assert (recorded.answer(inputs[:1]).probs == expected.probs[:1]).all()


def test_recorded_supplier__draws_at_random__one_of_its_views_each_time(found, inputs):
    recorded = RecordedSupplier(RecordedModels(**vars(found)), SEED_CONFIG | {"seed": None}, views=3)
    seen = {recorded.answer(inputs[:1]).probs.tobytes() for _ in range(40)}
    assert len(seen) == 3


def test_memory__row_of_another_kind__computed_apart_and_only_once():
    memory, computed = Memory(), []

    def double(row):
        computed.append(row)
        return 2 * row

    rows = np.arange(6.0).reshape(3, 2)
    for _ in range(2):
        assert (memory.rows("double", rows, double) == 2 * rows).all()
    assert len(computed) == 3
    assert (memory.rows("same", rows, lambda row: row) == rows).all()
