"""False sessions made by a hostile party, who signs whatever it likes: each is refused, with the party to blame."""

from dataclasses import replace

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import sigma
from assay_oracles.audits.fairness.groups import GroupId
from assay_oracles.audits.fairness.labels import equations, rows
from assay_oracles.audits.fairness.labels.equations import Ciphertext, PublicKey, Share
from assay_oracles.audits.fairness.labels.files import Mark, Step
from assay_oracles.audits.fairness.labels.signed import Fault
from assay_oracles.audits.fairness.params import Params

from tests.oracles.audits.fairness.forge import word
from tests.oracles.audits.fairness.labels.exchange import (
    BODY,
    OWNER,
    SUPPLIER,
    Exchange,
    Files,
    body,
    check,
    mark,
    sign_all,
    sign_one,
    terms,
    words,
)
from tests.oracles.audits.fairness.test_hostile_tables import N, on_curve_between_order_and_modulus

LABELS, PREDICTIONS = [0, 1, 2, 3, 3], [1, 0, 1, 1, 0]
HONEST = Exchange(LABELS, PREDICTIONS)
OTHER = Exchange(LABELS, PREDICTIONS, terms(5, nonce=bytes(32)))
OWNER_ROW, SUPPLIER_ROW = 66 + 4 * 64, 66 + 2 * 64


def fault_of(files: Files) -> Fault:
    finding = check(files)
    assert finding.fault is not None
    assert finding.counts == ()
    return finding.fault


def row(data: bytes, number: int, size: int) -> bytes:
    return data[(number - 1) * size : number * size]


def put(data: bytes, number: int, size: int, new: bytes) -> bytes:
    return data[: (number - 1) * size] + new + data[number * size :]


def owner_rows(fixed: bytes) -> bytes:
    return HONEST.ids + fixed + words(HONEST.totals) + HONEST.totals_proof.encode()


def raised(fixed: bytes) -> bytes:
    """What an honest supplier would make of other rows of the owner, as far as they can be decoded."""
    try:
        return rows.predict(HONEST.session, HONEST.joint, b"s" * 32, 1, fixed, bytes(PREDICTIONS))
    except (AssertionError, ValueError):
        return HONEST.predicted


def with_owner_rows(fixed: bytes) -> Fault:
    return fault_of(HONEST.files(owner_rows=owner_rows(fixed), supplier_rows=HONEST.ids + raised(fixed)))


def with_supplier_rows(predicted: bytes) -> Fault:
    return fault_of(HONEST.files(supplier_rows=HONEST.ids + predicted))


# ------------------------------------------------------------------------------------------------- rows of the owner


def test_session__honest__the_counts_and_no_fault() -> None:
    finding = check(HONEST.files())
    assert finding.fault is None
    assert finding.counts == HONEST.counts == (0, 1, 1, 0, 0, 1, 1, 1)
    assert finding.labels == (1, 1, 1, 2)
    assert finding.positives == 3


def test_owner_rows__swapped__first_of_them_named() -> None:
    second, fourth = row(HONEST.fixed, 2, OWNER_ROW), row(HONEST.fixed, 4, OWNER_ROW)
    swapped = put(put(HONEST.fixed, 2, OWNER_ROW, fourth), 4, OWNER_ROW, second)
    fault = with_owner_rows(swapped)
    assert (fault.step, fault.row) == (Step.OWNER_ROWS, 2)


def test_owner_rows__a_row_twice__refused() -> None:
    fault = with_owner_rows(put(HONEST.fixed, 3, OWNER_ROW, row(HONEST.fixed, 1, OWNER_ROW)))
    assert (fault.step, fault.row) == (Step.OWNER_ROWS, 3)


def test_owner_rows__proof_of_another_row__refused() -> None:
    mixed = row(HONEST.fixed, 5, OWNER_ROW)[:66] + row(HONEST.fixed, 4, OWNER_ROW)[66:]
    fault = with_owner_rows(put(HONEST.fixed, 5, OWNER_ROW, mixed))
    assert (fault.step, fault.row) == (Step.OWNER_ROWS, 5)


def test_owner_rows__of_another_session__refused() -> None:
    # Even under the same joint key: the table id is in every challenge.
    moved = rows.fix(OTHER.session, HONEST.joint, b"o" * 32, 1, bytes(LABELS))
    assert with_owner_rows(moved).row == 1
    assert with_owner_rows(put(HONEST.fixed, 4, OWNER_ROW, row(moved, 4, OWNER_ROW))).row == 4


def test_owner_rows__under_another_key__refused() -> None:
    # Under its own half key alone the owner could open every prediction by itself.
    alone = rows.fix(HONEST.session, HONEST.keys[0].element, b"o" * 32, 1, bytes(LABELS))
    assert with_owner_rows(alone).row == 1


def test_owner_row__that_counts_thrice__refused() -> None:
    session, group, rho, messages = HONEST.session, HONEST.group, 999, [3, 1 << 62, 1 << 124, 1 << 186]
    r, m = group.base(rho), group.add(group.scale(HONEST.joint, rho), group.base(3))
    statements = [(r, group.add(m, group.base(-message))) for message in messages]
    context = session.context("owner", "row", 2, HONEST.joint, r, m)
    proof = sigma.prove(group, context, HONEST.joint, statements, 0, rho)
    forged = group.to_wire(r) + group.to_wire(m) + proof.encode()
    fault = with_owner_rows(put(HONEST.fixed, 2, OWNER_ROW, forged))
    assert (fault.step, fault.row) == (Step.OWNER_ROWS, 2)


def test_owner_rows__supplier_row_in_their_place__refused() -> None:
    forged = (row(HONEST.predicted, 1, SUPPLIER_ROW) + bytes(128))[:OWNER_ROW]
    assert with_owner_rows(put(HONEST.fixed, 1, OWNER_ROW, forged)).row == 1


@pytest.mark.parametrize("totals", [[1, 1, 2, 1], [2, 1, 1, 2], [1, 1, 1, 1], [1 + 2**62, 0, 1, 2], [N, 0, 0, 5]])
def test_label_totals__declared_falsely__refused(totals: list[int]) -> None:
    proof = equations.prove_totals(HONEST.session, HONEST.joint, totals, HONEST.rho).encode()
    for given in (proof, HONEST.totals_proof.encode()):
        fault = fault_of(HONEST.files(owner_rows=HONEST.ids + HONEST.fixed + words(totals) + given))
        assert (fault.step, fault.row) == (Step.OWNER_ROWS, None)
        assert "numbers of rows" in fault.reason


# ------------------------------------------------------------------------------------------------ rows of the supplier


def test_supplier_rows__swapped_or_of_another_row__refused() -> None:
    first, third = row(HONEST.predicted, 1, SUPPLIER_ROW), row(HONEST.predicted, 3, SUPPLIER_ROW)
    fault = with_supplier_rows(put(put(HONEST.predicted, 1, SUPPLIER_ROW, third), 3, SUPPLIER_ROW, first))
    assert (fault.step, fault.row) == (Step.SUPPLIER_ROWS, 1)
    mixed = third[:66] + first[66:]
    assert with_supplier_rows(put(HONEST.predicted, 3, SUPPLIER_ROW, mixed)).row == 3


def test_supplier_rows__labels_replaced_by_its_own__refused() -> None:
    # The supplier raises rows that it encrypted itself, so that the owner's labels would not matter.
    own = rows.fix(HONEST.session, HONEST.joint, b"x" * 32, 1, bytes([3] * 5))
    assert with_supplier_rows(raised(own)).row == 1
    one = put(HONEST.fixed, 4, OWNER_ROW, row(own, 4, OWNER_ROW))
    assert with_supplier_rows(raised(one)).row == 4


@pytest.mark.parametrize("factor", [1 << 62, 2, 1 + (1 << 31), N - 1, 0], ids=["s_2", "2", "s_0+s_1", "-1", "0"])
def test_supplier_row__raised_by_another_factor__refused(factor: int) -> None:
    session, group, rho = HONEST.session, HONEST.group, 31337
    before = rows._decode(session, row(HONEST.fixed, 2, OWNER_ROW))
    assert isinstance(before, Ciphertext)
    r = group.add(group.scale(before.r, factor), group.base(rho))
    m = group.add(group.scale(before.m, factor), group.scale(HONEST.joint, rho))
    context = session.context("supplier", "row", 2, HONEST.joint, before.r, before.m, r, m)
    statements = [
        (group.add(r, group.negate(group.scale(before.r, s))), group.add(m, group.negate(group.scale(before.m, s))))
        for s in (factor, 1 << 31)
    ]
    proof = sigma.prove(group, context, HONEST.joint, statements, 0, rho)
    assert sigma.holds(group, context, HONEST.joint, statements, proof), "a true proof of the wrong statement"
    forged = group.to_wire(r) + group.to_wire(m) + proof.encode()
    fault = with_supplier_rows(put(HONEST.predicted, 2, SUPPLIER_ROW, forged))
    assert (fault.step, fault.row) == (Step.SUPPLIER_ROWS, 2)


def test_supplier_rows__the_owners_again__refused() -> None:
    copied = b"".join(row(HONEST.fixed, i, OWNER_ROW)[:SUPPLIER_ROW] for i in range(1, 6))
    assert with_supplier_rows(copied).row == 1


def test_supplier_rows__of_other_people__refused() -> None:
    fault = fault_of(HONEST.files(supplier_rows=bytes(32) + HONEST.predicted))
    assert fault.step is Step.SUPPLIER_ROWS
    assert "identities" in fault.reason


# ------------------------------------------------------------------------------------------------- points and scalars

ODD_POINTS = {
    "zero": bytes(33),
    "infinity": b"\x00" + bytes(32),
    "uncompressed tag": b"\x04" + HONEST.group.base(5)[:32],
    "hybrid tag": b"\x06" + HONEST.group.base(5)[:32],
    "no such x": b"\x02" + word(5),
    "x between N and p": b"\x02" + on_curve_between_order_and_modulus()[:32],
    "x above p": b"\x03" + word(1 + 2**256 - 2**32 - 977),
    "all ones": b"\xff" * 33,
}


@pytest.mark.parametrize("point", ODD_POINTS.values(), ids=ODD_POINTS.keys())
@pytest.mark.parametrize("place", [0, 33], ids=["R", "M"])
def test_point__of_a_row_not_canonical__named(point: bytes, place: int) -> None:
    part = row(HONEST.fixed, 3, OWNER_ROW)
    fault = with_owner_rows(put(HONEST.fixed, 3, OWNER_ROW, part[:place] + point + part[place + 33 :]))
    assert (fault.step, fault.row) == (Step.OWNER_ROWS, 3)
    assert "canonical" in fault.reason
    part = row(HONEST.predicted, 3, SUPPLIER_ROW)
    fault = with_supplier_rows(put(HONEST.predicted, 3, SUPPLIER_ROW, part[:place] + point + part[place + 33 :]))
    assert (fault.step, fault.row) == (Step.SUPPLIER_ROWS, 3)
    assert "canonical" in fault.reason


@pytest.mark.parametrize("point", ODD_POINTS.values(), ids=ODD_POINTS.keys())
def test_point__of_a_key_or_share_not_canonical__refused(point: bytes) -> None:
    for step, honest in HONEST.bodies().items():
        if step.action != "rows":
            assert fault_of(HONEST.files(**{step.name.lower(): point + honest[33:]})).step is step


@pytest.mark.parametrize("value", [0, N, N + 1, 2**256 - 1], ids=["0", "N", "N+1", "max"])
@pytest.mark.parametrize("place", [0, 32], ids=["c", "r"])
def test_scalar__out_of_range__refused(value: int, place: int) -> None:
    for step, size, at in ((Step.OWNER_ROWS, OWNER_ROW, 66 + 128), (Step.SUPPLIER_ROWS, SUPPLIER_ROW, 66 + 64)):
        data = bytearray(HONEST.bodies()[step])
        begin = 32 + size + at + place  # of row 2
        data[begin : begin + 32] = word(value)
        fault = fault_of(HONEST.files(**{step.name.lower(): bytes(data)}))
        assert (fault.step, fault.row) == (step, 2)
    for step in (Step.OWNER_KEY, Step.SUPPLIER_KEY, Step.SUPPLIER_SHARE, Step.OWNER_SHARE):
        data = bytearray(HONEST.bodies()[step])
        data[33 + place : 65 + place] = word(value)
        assert fault_of(HONEST.files(**{step.name.lower(): bytes(data)})).step is step


@pytest.mark.parametrize("shift", [N, -N], ids=["+N", "-N"])
def test_scalar__second_encoding__refused(shift: int) -> None:
    # A challenge below 2^256 - N would have one. Made by hand: nobody meets it by chance.
    data = bytearray(HONEST.bodies()[Step.SUPPLIER_KEY])
    c = int.from_bytes(data[33:65], "big") + shift
    data[33:65] = word(c % 2**256)
    assert fault_of(HONEST.files(supplier_key=bytes(data))).step is Step.SUPPLIER_KEY


# ------------------------------------------------------------------------------------------------------ keys and shares


def test_key__rogue__refused() -> None:
    # H_S = xG - H_O: the joint key would be the supplier's own, and it could read every label.
    group = HONEST.group
    rogue = group.add(group.base(5), group.negate(HONEST.keys[0].element))
    for proof in (HONEST.keys[1].proof, equations.half_key(HONEST.session, "supplier", 5).proof):
        fault = fault_of(HONEST.files(supplier_key=HONEST.encode(PublicKey(rogue, proof))))
        assert fault.step is Step.SUPPLIER_KEY


def test_key__of_the_owner_replayed_by_the_supplier__refused() -> None:
    assert fault_of(HONEST.files(supplier_key=HONEST.bodies()[Step.OWNER_KEY])).step is Step.SUPPLIER_KEY


def test_key__that_cancels_the_owners__refused() -> None:
    # Only with the owner's secret; then nothing would be encrypted at all.
    opposite = equations.half_key(HONEST.session, "supplier", N - HONEST.halves[0])
    fault = fault_of(HONEST.files(supplier_key=HONEST.encode(opposite)))
    assert fault.step is Step.SUPPLIER_KEY
    assert "joint" in fault.reason


def test_key__of_another_session__refused() -> None:
    for step in (Step.OWNER_KEY, Step.SUPPLIER_KEY):
        assert fault_of(HONEST.files(**{step.name.lower(): OTHER.bodies()[step]})).step is step


@pytest.mark.parametrize("index", [0, 1], ids=["owner", "supplier"])
def test_share__with_another_secret_or_of_another_sum__refused(index: int) -> None:
    step, role = (Step.OWNER_SHARE, Step.SUPPLIER_SHARE)[index], ("owner", "supplier")[index]
    tail = HONEST.bodies()[step][97:]
    total, _ = rows.totals(HONEST.session, 5, HONEST.predicted)
    part, _ = rows.totals(HONEST.session, 1, row(HONEST.predicted, 1, SUPPLIER_ROW))
    secret, key = HONEST.halves[index], HONEST.keys[index]
    forged: list[Share] = [
        equations.share(HONEST.session, role, secret + 1, key, total),  # type: ignore[arg-type]
        equations.share(HONEST.session, role, secret, key, part),  # type: ignore[arg-type]
        HONEST.share(1 - index),
        replace(HONEST.share(index), element=HONEST.group.base(7)),
    ]
    for share in forged:
        assert fault_of(HONEST.files(**{step.name.lower(): HONEST.encode(share) + tail})).step is step


@pytest.mark.parametrize(
    "counts",
    [
        (1, 0, 1, 0, 0, 1, 1, 1),
        (0, 0, 0, 0, 0, 0, 0, 0),
        (0, 1, 1, 0, 0, 1, 1, 2),
        (2**31, 0, 1, 0, 0, 1, 1, 1),
        (N, 1, 1, 0, 0, 1, 1, 1),
    ],
    ids=str,
)
def test_counts__declared_falsely__the_owners_fault(counts: tuple[int, ...]) -> None:
    fault = fault_of(HONEST.files(owner_share=HONEST.encode(HONEST.share(0)) + words(counts)))
    assert fault.step is Step.OWNER_SHARE
    assert "counts" in fault.reason


@pytest.mark.parametrize("positives", [0, 2, 4, 5, 6, N + 3, 2**255])
def test_positives__declared_falsely__the_suppliers_fault(positives: int) -> None:
    fault = fault_of(HONEST.files(supplier_share=HONEST.encode(HONEST.share(1)) + words([positives])))
    assert fault.step is Step.SUPPLIER_SHARE


# --------------------------------------------------------------------------------------- signatures, order, who did it


def test_labels__changed_after_the_predictions__the_owner_is_caught() -> None:
    # All of it is true in itself: the owner makes its rows again with other labels and signs them.
    files = HONEST.files()
    changed = owner_rows(rows.fix(HONEST.session, HONEST.joint, b"o" * 32, 1, bytes([3, 1, 2, 3, 0])))
    files[Step.OWNER_ROWS], _ = sign_one(HONEST.terms, Step.OWNER_ROWS, mark(files, Step.SUPPLIER_KEY), changed)
    fault = fault_of(files)
    assert fault.step is Step.OWNER_ROWS
    assert "signed two" in fault.reason


def test_predictions__changed_after_the_share__the_supplier_is_caught() -> None:
    files = HONEST.files()
    other = rows.predict(HONEST.session, HONEST.joint, b"s" * 32, 1, HONEST.fixed, bytes([0, 1, 1, 1, 0]))
    files[Step.SUPPLIER_ROWS], _ = sign_one(
        HONEST.terms, Step.SUPPLIER_ROWS, mark(files, Step.OWNER_ROWS), HONEST.ids + other
    )
    fault = fault_of(files)
    assert fault.step is Step.SUPPLIER_ROWS
    assert "signed two" in fault.reason


def test_supplier__claims_to_have_seen_other_labels__cannot_frame_the_owner() -> None:
    # It has signatures of the owner, but none over other rows of this session.
    files, other = HONEST.files(), OTHER.files()
    seen = mark(files, Step.OWNER_ROWS)
    for claimed in (
        Mark(bytes(32), seen.signature),
        mark(files, Step.OWNER_KEY),
        mark(other, Step.OWNER_ROWS),
        Mark(seen.content, mark(files, Step.SUPPLIER_KEY).signature),
        Mark(),
    ):
        forged = dict(files)
        forged[Step.SUPPLIER_ROWS], _ = sign_one(
            HONEST.terms, Step.SUPPLIER_ROWS, claimed, body(files, Step.SUPPLIER_ROWS)
        )
        fault = fault_of(forged)
        assert fault.step is Step.SUPPLIER_ROWS
        assert "built upon no" in fault.reason


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.file)
def test_signature__odd_or_of_somebody_else__its_file_named(step: Step) -> None:
    honest = HONEST.files()
    r, s, v = honest[step][-65:-33], int.from_bytes(honest[step][-33:-1], "big"), honest[step][-1]
    odd = [
        bytes(65),
        b"\xff" * 65,
        r + word(N - s) + bytes([55 - v]),
        r + word(s) + bytes([55 - v]),
        r + word(s) + bytes([v - 27]),
        word(N) + word(s) + bytes([v]),
        r + word(0) + bytes([v]),
    ]
    for signature in odd:
        fault = fault_of(honest | {step: honest[step][:-65] + signature})
        assert fault.step is step
        assert "signature" in fault.reason
    other = SUPPLIER if step.role == "owner" else OWNER
    for key in (other, 0xBAD):
        assert fault_of(sign_all(HONEST.terms, HONEST.bodies(), {step.role: key})).step.role == step.role


def test_signature__of_another_step_or_session__refused() -> None:
    files, other = HONEST.files(), OTHER.files()
    for step in Step:
        for taken in (other[step], files[Step.OWNER_KEY if step is not Step.OWNER_KEY else Step.OWNER_ROWS]):
            assert fault_of(files | {step: files[step][:-65] + taken[-65:]}).step is step


def test_roles__exchanged__refused() -> None:
    swapped = replace(HONEST.terms, owner=HONEST.terms.supplier, supplier=HONEST.terms.owner)
    keys = {"owner": SUPPLIER, "supplier": OWNER}
    finding = check(sign_all(swapped, HONEST.bodies(), keys))
    assert finding.fault is not None
    assert finding.fault.step is Step.OWNER_KEY, "its proof is bound to the terms"
    bodies = HONEST.bodies()
    bodies[Step.OWNER_KEY], bodies[Step.SUPPLIER_KEY] = bodies[Step.SUPPLIER_KEY], bodies[Step.OWNER_KEY]
    assert fault_of(sign_all(HONEST.terms, bodies)).step is Step.OWNER_KEY


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": bytes(32)},
        {"data_commit": bytes(32)},
        {"chain_id": 1},
        {"board": b"\1" * 20},
    ],
    ids=lambda change: next(iter(change)),
)
def test_terms__changed_in_every_file_and_signed_again__refused(change: dict[str, object]) -> None:
    assert fault_of(sign_all(replace(HONEST.terms, **change), HONEST.bodies())).step is Step.OWNER_KEY  # type: ignore[arg-type]


@pytest.mark.parametrize("step", list(Step)[1:], ids=lambda step: step.file)
def test_file__of_another_session__refused(step: Step) -> None:
    fault = fault_of(HONEST.files() | {step: OTHER.files()[step]})
    assert fault.step is step
    assert "another session" in fault.reason


def test_fault__several_files_false__the_first_file_then_the_first_row() -> None:
    spoiled = bytearray(HONEST.bodies()[Step.OWNER_ROWS])
    for number in (3, 5):
        spoiled[32 + number * OWNER_ROW - 1] ^= 1
    files = HONEST.files(owner_rows=bytes(spoiled), supplier_share=bytes(97) + words([3]))
    fault = fault_of(files)
    assert (fault.step, fault.row) == (Step.OWNER_ROWS, 3)


def test_faults__in_different_chunks__the_first_in_row_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_oracles.audits.fairness.labels.signed.CHUNK_ROWS", 2)
    assert check(HONEST.files()).counts == HONEST.counts
    spoiled = bytearray(HONEST.predicted)
    for number in (4, 5):
        spoiled[number * SUPPLIER_ROW - 1] ^= 1
    fault = with_supplier_rows(bytes(spoiled))
    assert (fault.step, fault.row) == (Step.SUPPLIER_ROWS, 4)


# --------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.file)
@pytest.mark.parametrize("change", [-400, -65, -1, 1, 32, 322], ids=str)
def test_file__truncated_or_extended__malformed_with_its_party(step: Step, change: int) -> None:
    files = HONEST.files()
    files[step] = files[step][:change] if change < 0 else files[step] + bytes(change)
    with pytest.raises(SpecError) as error:
        check(files)
    assert (error.value.code, error.value.culprit) == ("malformed-session", step.role)
    assert error.value.field == step.file


@pytest.mark.parametrize("size", [0, 1, 31, 320, BODY - 1, BODY])
def test_file__nearly_empty__malformed(size: int) -> None:
    files = HONEST.files()
    with pytest.raises(SpecError):
        check(files | {Step.OWNER_KEY: files[Step.OWNER_KEY][:size]})


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (0, 0),
        (1, 0),
        (1, 2),
        (1, 7),
        (1, 2**255),
        (2, 0),
        (2, Params().word + 1),
        (2, Params().word | 1 << 8),
        (2, Params(GroupId.DSA_2048).word),
        (2, 1 << 24 | 9 << 16 | 7),
        (3, 0),
        (3, 1),
        (3, 2**31),
        (3, 2**256 - 1),
        (5, 1 << 160),
        (6, 1 << 160),
        (7, 1 << 255),
        (7, int.from_bytes(HONEST.terms.owner, "big")),
    ],
)
def test_header__that_no_party_writes__malformed(index: int, value: int) -> None:
    files = HONEST.files()
    data = files[Step.OWNER_KEY]
    files[Step.OWNER_KEY] = data[: 32 * index] + word(value) + data[32 * index + 32 :]
    with pytest.raises(SpecError):
        check(files)


def test_header__promises_two_thousand_million_rows__malformed_at_once() -> None:
    files = HONEST.files()
    data = files[Step.OWNER_ROWS]
    with pytest.raises(SpecError, match="bytes"):
        check(files | {Step.OWNER_ROWS: data[:96] + word(2**31 - 1) + data[128:]})


def test_first_file__built_upon_something__malformed() -> None:
    data, _ = sign_one(HONEST.terms, Step.OWNER_KEY, Mark(bytes(31) + b"\1"), HONEST.bodies()[Step.OWNER_KEY])
    with pytest.raises(SpecError, match="none before"):
        check({Step.OWNER_KEY: data})


def test_file__missing_between_others__malformed_with_its_party() -> None:
    files = HONEST.files()
    for step in list(Step)[:-1]:
        with pytest.raises(SpecError, match="missing") as error:
            check({other: data for other, data in files.items() if other is not step})
        assert error.value.culprit == step.role


def test_session__unfinished__says_what_comes_next() -> None:
    files, begun = HONEST.files(), Files()
    for step in Step:
        finding = check(begun)
        assert finding.fault is None
        assert finding.next is step
        assert finding.counts == ()
        begun[step] = files[step]
    assert check(begun).next is None


def test_file__changed_after_it_was_read__refused() -> None:
    # The folder is shared: what was checked at first must be what is used later.
    import io

    from assay_oracles.audits.fairness.labels.signed import read

    stream = io.BytesIO(HONEST.files()[Step.SUPPLIER_ROWS])
    file = read(Step.SUPPLIER_ROWS, stream)
    assert file.chunk(0)[2] == HONEST.predicted
    stream.seek(BODY + 32)
    stream.write(b"\1")
    with pytest.raises(SpecError, match="changed while"):
        file.chunk(0)
