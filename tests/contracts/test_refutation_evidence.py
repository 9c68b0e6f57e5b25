"""The refutations one by one: evidence must belong to the table, true rows stand, and gas stays within the design."""

from collections.abc import Callable, Mapping

import pytest
from assay_chain.artifacts import Artifact
from assay_oracles.audits.fairness.params import Params

from tests.contracts.harness.accounts import Account
from tests.contracts.harness.cases import BRANCH, KINDS, PENDING, REJECTED, Case
from tests.contracts.harness.contract import Contract, refuses
from tests.contracts.harness.ledger import Ledger
from tests.contracts.harness.points import GROUP, HIGH, INFINITY, P, add, negated, rotated, times
from tests.contracts.harness.rows import with_part
from tests.contracts.harness.tables import Point, point, raw
from tests.contracts.harness.world import World

pytestmark = pytest.mark.xdist_group("solidity")

GAS = dict.fromkeys(KINDS, 80_000) | {"challenge": 100_000}


@pytest.fixture(scope="module")
def probe(compiled: Mapping[str, Artifact]) -> Contract:
    return World(oracles=0).create_from(compiled["RefutationProbe"])


@pytest.fixture
def case(probe: Contract) -> Case:
    return Case(probe)


@pytest.mark.parametrize("kind", KINDS)
def test_true_row__every_refutation__says_that_the_check_holds_and_marks_nothing(case: Case, kind: str) -> None:
    assert case.refute(kind) is False
    assert case.state == PENDING


@pytest.mark.parametrize("kind", KINDS)
def test_false_row__its_refutation__fails_the_check_and_marks_the_table(case: Case, kind: str) -> None:
    case.show(*case.falsified(kind))
    assert case.refute(kind) is True
    assert case.state == REJECTED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["row", "number", "path", "length"])
def test_opening__not_of_the_table__refused(case: Case, kind: str, change: str) -> None:
    table, *arguments = case.evidence(kind)
    at = 1 if kind in ("tally", "mask") else 0
    number, row, siblings = arguments[at]
    arguments[at] = {
        "row": (number, (row[0], row[1], row[3], row[2], row[4]), siblings),
        "number": (number + 1, row, siblings),
        "path": (number, row, [*siblings[:-1], bytes(32)]),
        "length": (number, row, siblings[:-1]),
    }[change]
    with refuses("BadEvidence", "row" if change == "number" and at else "path"):
        case.refute(kind, table, *arguments)


@pytest.mark.parametrize("kind", ["branch", "commitmentA", "commitmentB"])
def test_branch__not_of_the_row__refused(case: Case, kind: str) -> None:
    table, opening, digests, j, branch, *hints = case.evidence(kind)
    for wrong in (digests[:-1], [*digests, digests[0]], digests[::-1], []):
        with refuses("BadEvidence", "digests"):
            case.refute(kind, table, opening, wrong, j, branch, *hints)
    for number in (j + 1, 0, 8, 2**256 - 1):
        with refuses("BadEvidence", "branch"):
            case.refute(kind, table, opening, digests, number, branch, *hints)
    with refuses("BadEvidence", "branch"):
        case.refute(kind, table, opening, digests, j, (branch[1], branch[0], *branch[2:]), *hints)


def test_challenge__branches_of_another_row_or_number__refused(case: Case) -> None:
    table, opening, branches = case.evidence("challenge")
    for wrong in (branches[:-1], [*branches, branches[0]], branches[::-1], []):
        with refuses("BadEvidence", "branches"):
            case.refute("challenge", table, opening, wrong)


def test_proof__of_another_number_of_branches__is_no_evidence_of_anything(probe: Contract) -> None:
    """A row whose proof digest covers nine branches in a table that has eight can only be asked for, never judged."""
    longer = Case(probe, params=Params(pads=True))
    longer.maker.params = Params()
    longer.show(longer.previous, longer.row)
    with refuses("BadEvidence", "digests"):
        longer.refute("branch")
    with refuses("BadEvidence", "branches"):
        longer.refute("challenge")


def test_point__no_such_point__refused(case: Case) -> None:
    for index in (4, 2**256 - 1):
        with refuses("BadEvidence", "index"):
            case.refute("point", case.id, case.opening, index)


@pytest.mark.parametrize("kind", ["tally", "mask"])
def test_step__rows_that_are_no_neighbours__refused(case: Case, kind: str) -> None:
    for before, after in ((case.opening, case.before), (case.opening, case.opening), (case.before, case.before)):
        with refuses("BadEvidence", "row"):
            case.refute(kind, case.id, before, after)


def test_commitment_b__hints_that_are_not_those_points__refused(case: Case) -> None:
    table, opening, digests, j, branch, scaled, rest = case.evidence("commitmentB")
    evidence = (table, opening, digests, j, branch)
    for wrong in (INFINITY, negated(scaled), rotated(scaled), times(1), rest, (scaled[0], scaled[1] ^ 1), HIGH):
        with refuses("BadEvidence", "scaled"):
            case.refute("commitmentB", *evidence, wrong, rest)
    wrongs = (INFINITY, negated(rest), rotated(rest), times(1), scaled, (rest[0], rest[1] ^ 1), HIGH)
    for wrong in (*wrongs, (rest[0], P + 1), (2**256 - 1, 0)):
        with refuses("BadEvidence", "rest"):
            case.refute("commitmentB", *evidence, scaled, wrong)


def test_commitment_b__rest_off_the_curve_that_passes_for_the_difference__refused(probe: Contract) -> None:
    """With b = -r Y the equations of r Y + rest = b leave rest open: only the curve's own says which one is meant."""
    case = Case(probe)
    draft = case.maker.draft(3)
    j = (draft.choice + 1) % 8
    branch = draft.branches[j]
    # b_j = r Y + c (C - p_j G) = -r Y
    shifted = draft.exponent - case.maker.params.encodings[j]
    branch["r"] = -branch["c"] * shifted * pow(2 * draft.y, -1, GROUP.order) % GROUP.order
    row = case.maker.prove(draft, tally=9)
    case.show(case.maker.previous(draft, 9), row)
    scaled, rest = case.shown.hints(3)[j]
    assert rest == add(negated(scaled), negated(scaled))
    assert case.refute("commitmentB", case.id, *case.branch(j), scaled, rest) is False
    for x in [x for x in range(20) if pow(x + 2 * scaled[0], (P - 1) // 2, P) == 1]:
        slope = pow(x + 2 * scaled[0], (P + 1) // 4, P)
        passing = (x, (scaled[1] + slope * (x - scaled[0])) % P)
        with refuses("BadEvidence", "rest"):
            case.refute("commitmentB", case.id, *case.branch(j), scaled, passing)


@pytest.mark.parametrize("kind", ["commitmentA", "commitmentB"])
def test_commitment__operands_that_are_no_points_or_scalars__fails_without_hints(case: Case, kind: str) -> None:
    hints = (INFINITY, INFINITY) if kind == "commitmentB" else ()
    for name, new in (("a", bytes(64)), ("b", bytes(64)), ("c", bytes(32)), ("r", b"\xff" * 32)):
        case.show(case.previous, with_part(case.row, BRANCH, name, new))
        assert case.refute(kind, case.id, *case.branch(), *hints) is True


OPERANDS = {"commitmentA": ["x"], "commitmentB": ["y", "c"], "tally": ["b", "c"], "mask": ["x", "y"]}


@pytest.mark.parametrize(("kind", "place"), [(kind, place) for kind, places in OPERANDS.items() for place in places])
@pytest.mark.parametrize("spoil", [lambda _: HIGH, lambda _: INFINITY, lambda known: (known[0], known[1] ^ 1)])
def test_check__operand_not_canonical__fails(
    case: Case, kind: str, place: str, spoil: Callable[[Point], Point]
) -> None:
    hints = (INFINITY, INFINITY) if kind == "commitmentB" else ()
    strange = {place: raw(spoil(point(getattr(case.row, place))))}
    case.show(case.previous, case.row._replace(**strange))
    arguments = (case.id, *case.branch(), *hints) if kind in ("commitmentA", "commitmentB") else case.evidence(kind)
    assert case.refute(kind, *arguments) is True
    if kind in ("tally", "mask") and place != "c":
        case.show(case.previous._replace(**strange), case.row)
        assert case.refute(kind) is True


def test_steps__true_sums_of_points_that_are_not_canonical__fail(case: Case) -> None:
    key, own, c = point(case.previous.x), point(case.row.x), point(case.row.c)
    case.show(case.previous._replace(b=raw(HIGH)), case.row._replace(b=raw(add(HIGH, c))))
    assert case.refute("tally") is True
    case.show(case.previous._replace(y=raw(HIGH)), case.row._replace(y=raw(add(HIGH, add(key, own)))))
    assert case.refute("mask") is True
    case.show(case.previous._replace(x=raw(HIGH), y=raw(key)), case.row._replace(y=raw(add(HIGH, add(key, own)))))
    assert case.refute("mask") is True


def test_commitment_b__cryptogram_that_ecrecover_refuses__is_not_taken_for_infinity(case: Case) -> None:
    """An answer of 0 would otherwise make b = r Y true for any C with an x from N to p."""
    scaled, _ = case.shown.hints(case.number)[BRANCH]
    case.show(case.previous, with_part(case.row._replace(c=raw(HIGH)), BRANCH, "b", raw(scaled)))
    assert case.refute("commitmentB", case.id, *case.branch(), scaled, INFINITY) is True


@pytest.mark.parametrize(("other", "same"), [(7, True), (-7, True), (8, False), (14, False)])
def test_duplicate__within_a_table__same_key_up_to_its_sign(case: Case, other: int, same: bool) -> None:
    case.show(case.previous._replace(x=GROUP.base(7)), case.row._replace(x=GROUP.base(other)))
    assert case.refute("duplicate", case.id, case.opening, case.id, case.before) is same
    assert case.refute("duplicate", case.id, case.before, case.id, case.opening) is same
    for one in (case.opening, case.before):
        with refuses("BadEvidence", "row"):
            case.refute("duplicate", case.id, one, case.id, one)


def test_duplicate__between_two_tables__same_key_in_any_rows(probe: Contract) -> None:
    one, other = Case(probe, seed=1), Case(probe, seed=2)
    assert one.refute("duplicate", one.id, one.opening, other.id, other.opening) is False
    for case in (one, other):
        case.show(case.previous, case.row._replace(x=GROUP.base(7)))
    assert one.refute("duplicate", one.id, one.opening, other.id, other.opening) is True
    with refuses("BadEvidence", "path"):
        one.refute("duplicate", one.id, other.opening, other.id, one.opening)
    other.show(other.previous._replace(number=one.number - 1), other.row._replace(number=one.number, x=one.row.x))
    one.show(one.previous, one.row)
    assert one.refute("duplicate", one.id, one.opening, other.id, other.opening) is True


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger([Account.named(name) for name in ("deployer", "treasury", "gatekeeper", "client", "supplier")])


@pytest.fixture(scope="module")
def slow(compiled: Mapping[str, Artifact], ledger: Ledger) -> Contract:
    return World(oracles=0, evm=ledger).create_from(compiled["RefutationProbe"])


@pytest.mark.parametrize("kind", KINDS)
def test_gas__false_row_of_4096__within_the_design(slow: Contract, ledger: Ledger, kind: str) -> None:
    """On py-evm: a whole transaction that loads the table, finds the check failing, and marks the table."""
    case = Case(slow, n=4096, sender=Account.named("client"))
    case.show(*case.falsified(kind))
    assert case.refute(kind) is True
    assert ledger.gas_used <= GAS[kind]
    assert case.state == REJECTED
