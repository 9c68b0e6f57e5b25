"""The check under its own adversary: what a thief learns from the published kit helps little against a client's own."""

import numpy as np
import pytest
from assay_oracles.audits.evidence.method import Answer, Target, run
from assay_oracles.audits.steganography import detector
from assay_oracles.audits.steganography.adversary import self_test
from assay_oracles.audits.steganography.check import Steganography

pytestmark = pytest.mark.xdist_group("steganography")

SIZES = (50, 150)


@pytest.fixture(scope="module")
def found(world):
    kits = {"public": world.public, "own": world.own}
    return self_test(world.service, world.public, kits, world.images, SIZES, 1)


@pytest.fixture(scope="module")
def thief(world):
    return detector.thief(world.public, world.images[:200], seed=5)


def _of(found, kit, source, examples):
    return next(r for r in found[kit] if (r.source, r.examples) == (source, examples))


def test_thief__containers_of_the_published_kit__recognises_them(found):
    caught = _of(found, "public", "published kit", 150)
    assert caught.recognised > 0.9
    assert caught.false_alarms < 0.1


def test_thief__containers_of_a_clients_own_kit__overlooks_most(found):
    assert _of(found, "own", "published kit", 150).recognised < 0.5


def test_eavesdropper__more_forwarded_queries__recognises_more(found):
    few, many = (_of(found, "own", "supplier's answers", size) for size in SIZES)
    assert many.recognised - many.false_alarms > few.recognised - few.false_alarms


@pytest.mark.parametrize(("kit", "verdict"), [("public", {"pass", "inconclusive"}), ("own", {"fail"})])
def test_check__thief_forwards_only_what_it_recognises__fails_unless_the_kit_was_the_published_one(
    world, thief, kit, verdict
):
    def respond(query):
        answers = world.service.probabilities(query.inputs)
        if query.target is Target.PROVIDER:
            suspected = detector.recognise(thief, world.service.scale.unit(query.inputs))
            answers = np.where(suspected[:, None], answers, world.cheaply(query.inputs))
        return Answer(answers)

    results = [run(Steganography(world.images[200:], getattr(world, kit), seed), respond) for seed in range(5)]
    assert {result.verdict for result in results} <= verdict
