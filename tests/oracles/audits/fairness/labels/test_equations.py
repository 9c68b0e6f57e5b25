"""Independent labels: both parties honest gives the counts; every step of a liar is refused, and who lied is known."""

from dataclasses import replace

import pytest
from assay_oracles.audits.fairness import sigma
from assay_oracles.audits.fairness.groups import GroupId, group_of
from assay_oracles.audits.fairness.labels import equations as labels
from assay_oracles.audits.fairness.labels.equations import Ciphertext, Session
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.sigma import Proof

LABELS = [0, 1, 2, 3, 3]  # m = 2 * group + actual
PREDICTIONS = [1, 0, 1, 1, 0]
COUNTS = (0, 1, 1, 0, 0, 1, 1, 1)


class Parties:
    """An honest run, every message of it at hand."""

    def __init__(self, params: Params) -> None:
        self.session = session = Session(bytes(range(32)), params, len(LABELS))
        self.group = group_of(params.group)
        self.owner_secret, self.supplier_secret = labels.draw(session), labels.draw(session)
        self.owner = labels.half_key(session, "owner", self.owner_secret)
        self.supplier = labels.half_key(session, "supplier", self.supplier_secret)
        self.joint = labels.joint_key(session, self.owner, self.supplier)
        self.rhos = [labels.mask(session, bytes(32), i + 1) for i in range(len(LABELS))]
        self.rows = [
            labels.fix_label(session, self.joint, i + 1, m, rho)
            for i, (m, rho) in enumerate(zip(LABELS, self.rhos, strict=True))
        ]
        self.predictions = [
            labels.predict(session, self.joint, i + 1, row, t, labels.mask(session, b"\1" * 32, i + 1))
            for i, (row, t) in enumerate(zip(self.rows, PREDICTIONS, strict=True))
        ]
        self.total_r = self.group.add(*(row.r for row in self.predictions))
        self.total_m = self.group.add(*(row.m for row in self.predictions))
        self.shares = [
            labels.share(session, "owner", self.owner_secret, self.owner, self.total_r),
            labels.share(session, "supplier", self.supplier_secret, self.supplier, self.total_r),
        ]

    def label_holds(self, row: Ciphertext, number: int = 1) -> bool:
        return labels.label_holds(self.session, self.joint, number, row)

    def prediction_holds(self, row: Ciphertext, number: int = 1) -> bool:
        return labels.prediction_holds(self.session, self.joint, number, self.rows[number - 1], row)

    def counts_hold(self, counts: tuple[int, ...]) -> bool:
        return labels.counts_hold(self.session, labels.opened(self.session, self.total_m, *self.shares), counts)

    @property
    def fixed(self) -> tuple[bytes, bytes]:
        return self.group.add(*(row.r for row in self.rows)), self.group.add(*(row.m for row in self.rows))

    def totals_hold(self, totals: list[int], rho: int | None = None) -> bool:
        proof = labels.prove_totals(self.session, self.joint, totals, sum(self.rhos) if rho is None else rho)
        return labels.totals_hold(self.session, self.joint, self.fixed, totals, proof)


@pytest.fixture(scope="module", params=[GroupId.SECP256K1, GroupId.DSA_2048], ids=["secp256k1", "dsa"])
def run(request: pytest.FixtureRequest) -> Parties:
    return Parties(Params(request.param))


def test_labels__both_honest__the_joint_counts(run: Parties) -> None:
    assert labels.key_holds(run.session, "owner", run.owner)
    assert labels.key_holds(run.session, "supplier", run.supplier)
    for number in range(1, 6):
        assert run.label_holds(run.rows[number - 1], number)
        assert run.prediction_holds(run.predictions[number - 1], number)
    assert labels.share_holds(run.session, "owner", run.owner, run.total_r, run.shares[0])
    assert labels.share_holds(run.session, "supplier", run.supplier, run.total_r, run.shares[1])
    assert run.counts_hold(COUNTS)


def test_labels__more_than_two_groups__the_joint_counts() -> None:
    run = Parties(Params(groups=3))
    assert run.counts_hold((*COUNTS, 0, 0, 0, 0))
    assert not run.counts_hold((0, 0, 0, 0, *COUNTS))


@pytest.mark.parametrize(
    "counts",
    [
        (1, 0, 1, 0, 0, 1, 1, 1),
        (2**31, 0, 1, 0, 0, 1, 1, 1),
        (0, 1, 1, 0, 0, 1, 1, 2),
        (0, 0, 0, 0, 0, 0, 0, 0),
        COUNTS[:-1],
        (*COUNTS, 0),
        (0, 1 + 2**31, 0, 0, 0, 1, 1, 1),
        (-1, 2, 1, 0, 0, 1, 1, 1),
    ],
    ids=str,
)
def test_counts__declared_falsely__refused(run: Parties, counts: tuple[int, ...]) -> None:
    assert not run.counts_hold(counts)


def test_key__of_the_other_party_or_without_its_secret__refused(run: Parties) -> None:
    assert not labels.key_holds(run.session, "supplier", run.owner)
    # A rogue key: H_S = Z - H_O would make the joint key the supplier's own. It has no proof for it.
    rogue = run.group.add(run.group.base(5), run.group.negate(run.owner.element))
    assert not labels.key_holds(run.session, "supplier", replace(run.supplier, element=rogue))
    assert not labels.key_holds(run.session, "owner", replace(run.owner, element=b""))


def test_label__of_none_of_the_classes__refused(run: Parties) -> None:
    # The owner tries to encrypt 3 q_0, a row that counts thrice.
    rho, messages = 1234567, [3, 1, 2, 3]
    r = run.group.base(rho)
    m = run.group.add(run.group.scale(run.joint, rho), run.group.base(messages[0]))
    context = run.session.context("owner", "row", 1, run.joint, r, m)
    statements = [(r, run.group.add(m, run.group.base(-message))) for message in messages]
    forged = Ciphertext(r, m, sigma.prove(run.group, context, run.joint, statements, 0, rho))
    assert sigma.holds(run.group, context, run.joint, statements, forged.proof), "a true proof of the wrong statement"
    assert not run.label_holds(forged)


def test_prediction__replaces_the_label__refused(run: Parties) -> None:
    # The supplier knows what it would like the label to be, and encrypts that instead of raising the owner's row.
    fresh = labels.fix_label(run.session, run.joint, 1, 3, 77)
    assert not run.prediction_holds(labels.predict(run.session, run.joint, 1, fresh, 1, 78))
    assert not run.prediction_holds(fresh)
    assert not run.prediction_holds(run.rows[0])


def test_rows__moved_between_places_roles_or_tables__refused(run: Parties) -> None:
    assert not run.label_holds(run.rows[1], 1)
    assert not run.prediction_holds(run.predictions[1], 1)
    for other in (replace(run.session, table=bytes(32)), replace(run.session, n=6)):
        assert not labels.label_holds(other, run.joint, 1, run.rows[0])
        assert not labels.prediction_holds(other, run.joint, 1, run.rows[0], run.predictions[0])
        assert not labels.key_holds(other, "owner", run.owner)
    assert not labels.label_holds(run.session, run.owner.element, 1, run.rows[0])


def test_share__with_another_secret_or_of_another_sum__refused(run: Parties) -> None:
    wrong = labels.share(run.session, "owner", run.owner_secret + 1, run.owner, run.total_r)
    assert not labels.share_holds(run.session, "owner", run.owner, run.total_r, wrong)
    moved = labels.share(run.session, "owner", run.owner_secret, run.owner, run.rows[0].r)
    assert not labels.share_holds(run.session, "owner", run.owner, run.total_r, moved)
    assert not labels.share_holds(run.session, "supplier", run.supplier, run.total_r, run.shares[0])


def test_proof__any_bit_flipped__refused(run: Parties) -> None:
    row = run.rows[0]
    data = row.proof.encode()
    for index in range(0, len(data), 7):
        flipped = bytearray(data)
        flipped[index] ^= 1 << index % 8
        assert not run.label_holds(replace(row, proof=Proof.decode(bytes(flipped))))


def test_proof__odd_shapes__refused_without_a_crash(run: Parties) -> None:
    row, order = run.rows[0], run.group.order.to_bytes(32, "big")
    for scalars in ((), row.proof.scalars[:-1], (*row.proof.scalars, bytes(64)), (b"",) * 4, (bytes(64),) * 4):
        assert not run.label_holds(replace(row, proof=Proof(scalars)))
    assert not run.label_holds(replace(row, proof=Proof((order + order, *row.proof.scalars[1:]))))


def test_element__outside_the_group__refused_without_a_crash(run: Parties) -> None:
    size = len(run.rows[0].r)
    odd = [b"", bytes(size), bytes(size - 1), b"\xff" * size, (1).to_bytes(size, "big"), bytes(size + 1)]
    if run.session.params.group is not GroupId.SECP256K1:
        modulus = run.group._p  # type: ignore[attr-defined]
        twisted = int(modulus - int.from_bytes(run.rows[0].r, "big"))
        odd.append(twisted.to_bytes(size, "big"))  # a component of order two
    for element in odd:
        assert not run.label_holds(replace(run.rows[0], r=element))
        assert not run.label_holds(replace(run.rows[0], m=element))
        assert not run.prediction_holds(replace(run.predictions[0], r=element))
        assert not run.prediction_holds(replace(run.predictions[0], m=element))
        assert not labels.key_holds(run.session, "owner", replace(run.owner, element=element))
        assert not labels.share_holds(
            run.session, "owner", run.owner, run.total_r, replace(run.shares[0], element=element)
        )


def test_totals__of_labels__only_the_true_ones_hold(run: Parties) -> None:
    assert run.totals_hold([1, 1, 1, 2])
    width = run.session.params.width
    for false in ([1, 1, 2, 1], [2, 1, 1, 1], [1, 1, 1, 3], [1 + (1 << 2 * width), 0, 1, 2], [5, 0, 0, 0]):
        assert not run.totals_hold(false)
    assert not run.totals_hold([1, 1, 1, 2], rho=5)


def test_supplier__raises_by_s_2__refused(run: Parties) -> None:
    # s_2 = 2^(2w) would move the row into the next label's lane; s_0 + s_1 would count it twice.
    row, width = run.rows[0], run.session.params.width
    for factor in (1 << 2 * width, 2, 1 + (1 << width), run.group.order - 1):
        rho = 4321
        r = run.group.add(run.group.scale(row.r, factor), run.group.base(rho))
        m = run.group.add(run.group.scale(row.m, factor), run.group.scale(run.joint, rho))
        context = run.session.context("supplier", "row", 1, run.joint, row.r, row.m, r, m)
        statements = [
            (
                run.group.add(r, run.group.negate(run.group.scale(row.r, s))),
                run.group.add(m, run.group.negate(run.group.scale(row.m, s))),
            )
            for s in (factor, 1 << width)
        ]
        forged = Ciphertext(r, m, sigma.prove(run.group, context, run.joint, statements, 0, rho))
        assert sigma.holds(run.group, context, run.joint, statements, forged.proof)
        assert not run.prediction_holds(forged)


def test_owner__alone__cannot_open_a_prediction(run: Parties) -> None:
    # With its half of the key it removes only half of the mask: what is left is none of the two possible values.
    row, label = run.predictions[0], LABELS[0]
    half = run.group.add(row.m, run.group.negate(run.group.scale(row.r, run.owner_secret)))
    width = run.session.params.width
    assert half not in {run.group.base(1 << width * (2 * label + t)) for t in (0, 1)}
    whole = run.group.add(half, run.group.negate(run.group.scale(row.r, run.supplier_secret)))
    assert whole == run.group.base(1 << width * (2 * label + PREDICTIONS[0]))
