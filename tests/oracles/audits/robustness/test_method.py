"""T, R and the censored count: by models whose crossings are known, and by services that do not play along."""

import numpy as np
import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.evidence.method import Answer, Failure, run
from assay_oracles.audits.robustness import attacks
from assay_oracles.audits.robustness.course import Course
from assay_oracles.audits.robustness.method import Robustness, Samples
from assay_oracles.audits.robustness.score import Span

from tests.oracles.audits.robustness.models import CLASSES, SHAPE, Counting, terms

NAMED = ("simba", "square", "signopt")


def measure(service, given=None, seed=1, **options):
    method = Robustness(given or terms(), SHAPE, CLASSES, seed, **options)
    run(method, service)
    return method


def course(law, given=None, wanted=1, seed=1):
    """One start alone, class `wanted`, told law(x, number of the query)."""
    start = np.full(SHAPE, 0.5, dtype=np.float32)
    found = Course(given or terms(), None, start, wanted, seed)
    while not found.ended:
        found.tell(law(found.question, len(found.curve) + 1))
    return found


@pytest.mark.parametrize("crossing", [1, 2, 7, 39, 40])
def test_t__probability_reaches_the_threshold_at_a_known_query__is_its_number(crossing):
    found = course(lambda x, number: 0.9 if number == crossing else 0.3 + number / 1000)
    assert (found.reached, found.span) == (True, Span(crossing, crossing))
    assert len(found.curve) == crossing


def test_t__just_below_the_threshold_and_after_the_budget__censored():
    found = course(lambda x, number: 0.9 if number > 40 else 0.8999)
    assert (found.reached, found.span, len(found.curve)) == (False, Span(40, 40), 40)


def test_t__label_flips_before_the_threshold__the_attack_goes_on():
    """ART stops where a label flips; 0.6 is a flip and no breach."""
    found = course(lambda x, number: 0.65 + number / 100)
    assert found.span == Span(25, 25)


@pytest.mark.parametrize("name", NAMED)
def test_t__start_already_above_the_threshold__one_query(name):
    service = Counting(lambda x, number: 0.95)
    method = measure(service, terms(attack=attacks.parse({"name": name}), starts=5))
    assert (method.tally(1).total, method.tally(1).censored, method.tally(1).starts) == (5, 0, 5)
    assert method.tally(0).censored == 5


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("batch", [1, 4])
def test_budget__nothing_ever_crosses__spent_counted_and_never_exceeded(name, batch):
    service = Counting(lambda x, number: 0.3 + float(x.sum()) / 1000)
    method = measure(service, terms(attack=attacks.parse({"name": name})), batch=batch)
    tally = method.tally(1)
    assert (tally.starts, tally.censored, tally.total) == (3, 3, 3 * 40)
    assert service.asked == method.queries.total() == sum(len(one.curve) for one in method.courses) <= 6 * 40
    assert max(len(one.curve) for one in method.courses) == (37 if name == "square" else 40)  # it ends at a vertex


def test_budget__attack_gives_up_before__counts_in_full():
    """No step of any of 4 values helps: after the start and 8 steps SimBA has nothing new to ask."""
    method = Robustness(terms(), (4,), 2, 1)
    service = Counting(lambda x, number: 0.4)
    run(method, service)
    assert service.asked == 6 * 9
    assert (method.tally().total, method.tally().censored) == (6 * 40, 6)


def test_limit__less_than_the_starts_take__kept_and_the_rest_is_unknown():
    service = Counting(lambda x, number: 0.4)
    method = measure(service, batch=4, limit=190)
    assert 187 <= service.asked <= 190
    assert sum(method.cost.values()) == 190
    assert any(not one.ended for one in method.courses)
    low, high = method.interval(None, 0.05)
    assert low < method.tally().score_micro / 1e6 <= high


def test_inputs__any_attack__stay_in_the_declared_range_and_are_new():
    for name in NAMED:
        service = Counting(lambda x, number: float(x.mean() / 100))
        measure(service, terms(attack=attacks.parse({"name": name}), low=-3.0, high=5.0, starts=1))
        asked = np.array(service.inputs)
        assert -3 <= asked.min() < asked.max() <= 5
        assert len(np.unique(asked.reshape(len(asked), -1), axis=0)) == len(asked)


def test_starts__uniform__over_the_whole_space_and_seeded():
    given = terms(budget=1, starts=60)
    first, again, other = (Counting(lambda x, number: 0.4) for _ in range(3))
    measure(first, given, seed=1)
    measure(again, given, seed=1)
    measure(other, given, seed=2)
    values = np.array(first.inputs).ravel()
    assert np.histogram(values, bins=4, range=(0, 1))[0].min() > 0.23 * values.size
    assert np.array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)


@pytest.mark.parametrize("name", NAMED)
def test_courses__same_seed__same_curves_whatever_the_batch_and_the_global_generator(name):
    def law(x, number):
        return float(0.85 * x.mean() + 0.15 * x[0, 0, 0])

    given = terms(attack=attacks.parse({"name": name}))
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    one = measure(Counting(law), given, batch=1)
    assert np.array_equal(np.random.get_state()[1], before)
    np.random.seed(4)
    many = measure(Counting(law), given, batch=5)
    assert [course.curve for course in many.courses] == [course.curve for course in one.courses]
    other = measure(Counting(law), given, seed=2)
    assert [course.curve for course in other.courses] != [course.curve for course in one.courses]


def test_starts__real_samples__of_other_classes_apart_from_uniform_ones():
    inputs = np.stack([np.full(SHAPE, value) for value in (0.125, 0.25, 0.75, 0.875)])
    samples = Samples(inputs, np.array([0, 0, 1, 1]))
    service = Counting(lambda x, number: 0.4)
    method = measure(service, terms(origin="samples", budget=1, starts=8), samples=samples)
    begun = {wanted: {float(x.mean()) for x in service.inputs[wanted::2]} for wanted in (0, 1)}
    assert begun[0] <= {0.75, 0.875}
    assert begun[1] <= {0.125, 0.25}
    assert method.tally().starts == 16


def test_samples__beyond_the_range_or_of_one_class__refused():
    for inputs, labels in ((np.full((2, *SHAPE), 2.0), [0, 1]), (np.zeros((2, *SHAPE)), [0, 0])):
        with pytest.raises(SpecError):
            Robustness(terms(origin="samples"), SHAPE, CLASSES, 1, samples=Samples(inputs, np.array(labels)))


def test_unanswered__service_fails_at_some_query__widens_the_interval_instead_of_raising_the_score():
    """Who stops answering when it gets hot must not look more robust, nor less than it may be."""

    def refusing(query):
        service.asked += len(query.inputs)
        return Failure("busy") if service.asked > 30 else Answer(np.tile([0.6, 0.4], (len(query.inputs), 1)))

    service = Counting(None)
    method = measure(refusing, terms(starts=20))
    assert method.tally().starts == 0
    assert method.interval(None, 0.05) == pytest.approx((method.interval(None, 0.05)[0], 40 / 140))
    assert method.interval(None, 0.05)[0] < 0.05
    assert {course.span.most for course in method.courses} == {40}


def test_square__on_a_table__refused():
    with pytest.raises(SpecError, match="needs images"):
        Robustness(terms(attack=attacks.parse({"name": "square"})), (30,), 2, 1)


def test_simba__on_a_table__measures():
    service = Counting(lambda x, number: float(x.mean()))
    method = Robustness(terms(), (30,), 2, 1)
    run(method, service)
    assert method.tally().starts == 6
