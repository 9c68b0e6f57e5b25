"""The check against honest and cheating providers, with answers of the real service."""

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Answer, Failure, Target, run
from assay_oracles.audits.steganography.check import CALIBRATION, CONTAINERS, Steganography
from assay_oracles.audits.whitebox.streams import Stream

pytestmark = pytest.mark.xdist_group("steganography")

SEEDS = range(20)


def _play(world, unforwarded, seed, method=None, lost=0.0):
    random = Stream("provider", seed)

    def respond(query):
        if query.target is Target.SUPPLIER:
            return Answer(world.service.probabilities(query.inputs))
        if random.uniform(1)[0] < lost:
            return Failure("timed out")
        cheats = random.uniform(1)[0] < unforwarded
        return Answer(world.cheaply(query.inputs) if cheats else world.service.probabilities(query.inputs))

    return run(method or Steganography(world.images, world.own, seed), respond)


@pytest.mark.parametrize(("unforwarded", "containers"), [(1.0, 4), (0.5, 10), (0.2, 50)])
def test_check__provider_forwards_only_a_part__caught_within_the_containers_that_the_design_asks(
    world, unforwarded, containers
):
    results = [_play(world, unforwarded, seed) for seed in SEEDS]
    assert sum(result.verdict == "fail" for result in results) >= 19
    assert np.mean([result.facts["hits"] + result.facts["misses"] for result in results]) <= containers


def test_check__provider_forwards_all__never_accused_and_mostly_passed(world):
    results = [_play(world, 0.0, seed) for seed in SEEDS]
    assert not any(result.verdict == "fail" for result in results)
    assert sum(result.verdict == "pass" for result in results) >= 14


def test_check__provider_guesses_messages__caught(world):
    guesses = Stream("guesses", 1)

    def respond(query):
        answers = world.service.probabilities(query.inputs)
        if query.target is Target.PROVIDER:
            answers = np.zeros_like(answers)
            drawn = (guesses.uniform(len(answers)) * 16).astype(int)
            answers[np.arange(len(answers)), 10 + drawn] = 1
        return Answer(answers)

    assert run(Steganography(world.images, world.own, 3), respond).verdict == "fail"


def test_check__provider_refuses_a_third__not_accused_and_not_passed(world):
    results = [_play(world, 0.0, seed, lost=0.33) for seed in range(5)]
    assert {result.verdict for result in results} == {"inconclusive"}
    assert all(result.facts["unanswered"] for result in results)


@pytest.mark.parametrize(
    "supplier",
    [
        lambda answers: Answer(answers[:, :10]),
        lambda answers: Answer(np.roll(answers, 1, axis=1)),
        lambda answers: Failure("closed"),
    ],
)
def test_check__supplier_that_reads_no_messages__silent_before_the_provider_is_asked(world, supplier):
    result = run(
        Steganography(world.images, world.own, 1),
        lambda query: supplier(world.service.probabilities(query.inputs)),
    )
    assert result.silent
    assert result.e_value == result.pass_e_value == 1
    assert Target.PROVIDER not in result.queries


def test_cost__before_anything_is_asked__never_exceeded(world):
    method = Steganography(world.images, world.own, 4)
    assert method.cost == {Target.SUPPLIER: 2 * CALIBRATION, Target.PROVIDER: 2 * CONTAINERS}
    result = _play(world, 0.0, 4, method, lost=1.0)
    assert result.queries == method.cost


def test_check__fed_with_recorded_answers__same_queries_and_result(world):
    asked, replies = [], []

    def record(query):
        asked.append(query)
        replies.append(Answer(world.service.probabilities(query.inputs)))
        return replies[-1]

    first = run(Steganography(world.images, world.own, 9), record)
    recorded = iter(zip(asked, replies, strict=True))

    def replay(query):
        before, reply = next(recorded)
        assert np.array_equal(before.inputs, query.inputs)
        return reply

    assert run(Steganography(world.images, world.own, 9), replay) == first


def test_queries__to_the_provider__half_are_plain_in_no_order(world):
    method, pattern = Steganography(world.images, world.own, 2), []

    def respond(query):
        if query.target is Target.PROVIDER:
            plain = (world.images == query.inputs[0]).all(axis=(1, 2, 3)).any()
            pattern.append(bool(plain))
            return Failure("no")
        return Answer(world.service.probabilities(query.inputs))

    run(method, respond)
    assert 0.3 < np.mean(pattern) < 0.7
    runs = 1 + np.count_nonzero(np.diff(pattern))
    assert 0.35 < runs / len(pattern) < 0.65


def test_check__inputs_of_another_shape__refused(world):
    with pytest.raises(SpecError, match="kit hides in"):
        Steganography(np.zeros((5, 3)), world.own, 1)
