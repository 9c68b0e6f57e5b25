"""False tables made by a hostile supplier, who signs whatever it likes: each is refused, with the row to blame."""

from dataclasses import replace

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import GroupId, group_of
from assay_oracles.audits.fairness.params import BATCH, COMPACT, Params
from assay_oracles.audits.fairness.signature import address_of
from assay_oracles.audits.fairness.table import HEADER_BYTES, Header

from tests.oracles.audits.fairness.forge import (
    assemble,
    check,
    counts_of,
    header,
    honest,
    keys,
    masks,
    on_curve_between_order_and_modulus,
    part,
    secrets_of,
    table,
    word,
)

PARAMS = Params()
GROUP = group_of(PARAMS.group)
N = GROUP.order
P = 2**256 - 2**32 - 977
CHOICES = [0, 3, 5, 6, 7]
FORMS = [BATCH, COMPACT]


def fault_of(data: bytes) -> Fault:
    report = check(data)
    assert not report.valid
    assert report.fault is not None, report.reason
    return report.fault


# ------------------------------------------------------------------------------------------------ rows and their order


@pytest.mark.parametrize("form", FORMS)
def test_row__of_another_table__refused(form):
    def change(head, xs, parts):
        foreign = part(header(5), xs, 3, CHOICES[2])  # same secrets and labels, another table id
        return [*parts[:2], foreign, *parts[3:]]

    assert fault_of(table(CHOICES, change, form=form)) == Fault(Kind.CHALLENGE, 3)


def test_rows__permuted_and_signed_again__refused():
    assert fault_of(table(CHOICES, lambda head, xs, parts: [parts[0], parts[2], parts[1], *parts[3:]])).row == 2


@pytest.mark.parametrize("form", FORMS)
def test_proofs__swapped_between_rows__refused(form):
    def change(head, xs, parts):
        one, other = parts[1], parts[3]
        swapped = replace(one, branches=other.branches), replace(other, branches=one.branches)
        return [parts[0], swapped[0], parts[2], swapped[1], parts[4]]

    assert fault_of(table(CHOICES, change, form=form)) == Fault(Kind.CHALLENGE, 2)


@pytest.mark.parametrize("form", FORMS)
def test_cryptogram__of_another_row__refused(form):
    assert not check(
        table(CHOICES, lambda head, xs, parts: [replace(parts[0], c=parts[1].c), *parts[1:]], form=form)
    ).valid


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sign", [1, -1], ids=["same", "negated"])
def test_key__used_twice__refused(form, sign):
    xs = secrets_of(PARAMS, 5)
    xs[3] = sign * xs[1] % N
    assert fault_of(table(CHOICES, form=form, xs=xs)) == Fault(Kind.DUPLICATE, 4, 2)


def test_duplicate__before_another_fault__is_named_first_and_after_it_is_not():
    xs = secrets_of(PARAMS, 5)
    xs[2] = xs[0]

    def broken(row):
        return lambda head, xs, parts: [p.branch(0, r=word(0)) if i == row - 1 else p for i, p in enumerate(parts)]

    assert fault_of(table(CHOICES, broken(5), xs=xs)) == Fault(Kind.DUPLICATE, 3, 1)
    assert fault_of(table(CHOICES, broken(3), xs=xs)) == Fault(Kind.BRANCH, 3, 0)
    assert fault_of(table(CHOICES, broken(2), xs=xs)) == Fault(Kind.BRANCH, 2, 0)


@pytest.mark.parametrize("form", FORMS)
def test_faults__several_in_different_chunks__the_first_in_row_order(form, monkeypatch):
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)

    def change(head, xs, parts):
        return [p.branch(7, c=word(0)) if i in (2, 4) else p for i, p in enumerate(parts)]

    assert fault_of(table(CHOICES, change, form=form)) == Fault(Kind.BRANCH, 3, 7)


@pytest.mark.parametrize("spoiled", [1, 2, 3], ids=["Y", "C", "B"])
def test_fault__last_row_of_a_chunk__does_not_crash_the_next_chunk(spoiled, monkeypatch):
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    data = bytearray(honest(CHOICES))
    begin = HEADER_BYTES + Header.decode(bytes(data)).row_bytes + 64 * spoiled
    data[begin : begin + 64] = bytes(64)
    assert fault_of(bytes(data)) == Fault(Kind.POINT, 2, spoiled)


# --------------------------------------------------------------------------------------------------- sums and infinity


def test_mask__shifted_in_every_row__does_not_close():
    # Y may be off by one and the same point in all rows, and every step still holds: only the ends show it.
    head, xs = header(5), secrets_of(PARAMS, 5)
    parts = []
    for row, choice in enumerate(CHOICES, 1):
        own = keys(PARAMS, xs, row)
        shifted = own._replace(y=(own.y + 1) % N, mask=GROUP.base(own.y + 1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.oracles.audits.fairness.forge.keys", lambda *_, shifted=shifted: shifted)
            parts.append(part(head, xs, row, choice))
    report = check(assemble(head, parts, counts_of(CHOICES, PARAMS)))
    assert "do not close" in report.reason


@pytest.mark.parametrize("form", FORMS)
def test_row__cryptogram_equals_an_encoding__equation_through_infinity_is_judged_right(form):
    # C_1 = p_7 G although the row encrypts p_2: x_1 y_1 = p_7 - p_2 with y_1 = -x_2. A true row, and odd.
    x = secrets_of(PARAMS, 1)[0]
    xs = [x, (PARAMS.encodings[2] - PARAMS.encodings[7]) * pow(x, -1, N) % N]
    head = header(2, form=form)
    parts = [part(head, xs, 1, 2), part(head, xs, 2, 4)]
    assert parts[0].c == GROUP.base(PARAMS.encodings[7])
    assert check(assemble(head, parts, counts_of([2, 4], PARAMS))).valid
    # Claiming the encoding that stands there in the open is a lie about the count.
    assert "not those of the cryptograms" in check(assemble(head, parts, counts_of([7, 4], PARAMS))).reason


@pytest.mark.parametrize("form", FORMS)
def test_row__commitments_made_infinite__refused(form):
    # r_j = -c_j x_i makes a_j infinity, whatever stands in its place.
    def change(head, xs, parts):
        c = int.from_bytes(parts[2].branches[4][128:160], "big")
        return [*parts[:2], parts[2].branch(4, r=word(-c * xs[2] % N)), *parts[3:]]

    expected = Fault(Kind.COMMITMENT_A, 3, 4) if form == BATCH else Fault(Kind.BRANCH, 3, 4)
    assert fault_of(table(CHOICES, change, form=form)) == expected


def test_row__every_equation_through_infinity__no_forgery():
    # C_i = p_j G and r_j = -c_j x_i at once: both sides vanish wherever they can, and the row encrypts nothing.
    def change(head, xs, parts):
        encoding = PARAMS.encodings[4]
        forged = replace(parts[2], c=GROUP.base(encoding))
        for j in range(8):
            c = int.from_bytes(forged.branches[j][128:160], "big")
            forged = forged.branch(j, r=word(-c * xs[2] % N))
        return [*parts[:2], forged, *parts[3:]]

    assert fault_of(table(CHOICES, change)).row == 3


def test_key__of_the_only_other_row_cancels__mask_at_infinity_refused():
    # n = 3 with x_2 = -x_3: Y_1 = -(X_2 + X_3) is infinity, and C_1 = p_k G would tell k to everyone.
    x = secrets_of(PARAMS, 2)
    xs = [x[0], x[1], N - x[1]]
    assert masks(PARAMS, xs)[0] == 0
    head = header(3, form=COMPACT)
    parts = [part(head, secrets_of(PARAMS, 3), 1, 0), *(part(head, xs, row, 0) for row in (2, 3))]
    parts[0] = replace(parts[0], x=GROUP.base(xs[0]), c=GROUP.base(PARAMS.encodings[0]))
    assert fault_of(assemble(head, parts, counts_of([0, 0, 0], PARAMS))) == Fault(Kind.POINT, 1, 1)


# ------------------------------------------------------------------------------------------------------------- points


def with_y_above_modulus() -> bytes:
    # A small y, so that y + p still fits a word: x is a cube root of y^2 - 7.
    for y in range(1, 1000):
        cube = (y * y - 7) % P
        x = pow(cube, (P + 2) // 9, P)
        if pow(x, 3, P) == cube:
            return word(x) + word(y + P)
    raise AssertionError("one in three is a cube")


ODD_POINTS = {
    "zero": bytes(64),
    "off the curve": GROUP.base(2)[:32] + GROUP.base(3)[32:],
    "on the twist": word(5) + word(1),
    "x between N and p": on_curve_between_order_and_modulus(),
    "x above p": word(1 + P) + word(pow(8, (P + 1) // 4, P)),
    "y above p": with_y_above_modulus(),
    "all ones": b"\xff" * 64,
}


@pytest.mark.parametrize("point", ODD_POINTS.values(), ids=ODD_POINTS.keys())
@pytest.mark.parametrize("place", range(4), ids=["X", "Y", "C", "B"])
def test_point__not_canonical__named(point, place):
    data = bytearray(honest(CHOICES))
    begin = HEADER_BYTES + 2 * Header.decode(bytes(data)).row_bytes + 64 * place
    data[begin : begin + 64] = point
    assert fault_of(bytes(data)) == Fault(Kind.POINT, 3, place)


@pytest.mark.parametrize("point", ODD_POINTS.values(), ids=ODD_POINTS.keys())
@pytest.mark.parametrize("name", ["a", "b"])
def test_commitment__not_canonical__named(point, name):
    def change(head, xs, parts):
        return [*parts[:3], parts[3].branch(6, **{name: point}), parts[4]]

    assert fault_of(table(CHOICES, change)) == Fault(Kind.BRANCH, 4, 6)


@pytest.mark.parametrize(
    "encoding",
    [
        bytes(33),
        b"\x00" + GROUP.base(5)[:32],
        b"\x04" + GROUP.base(5)[:32],
        b"\x05" + GROUP.base(5)[:32],
        b"\x06" + GROUP.base(5)[:32],
        b"\x07" + GROUP.base(5)[:32],
        b"\x02" + word(5),  # no point has this x
        b"\x02" + on_curve_between_order_and_modulus()[:32],
        b"\x03" + word(1 + P),
        b"\xff" * 33,
    ],
    ids=lambda value: value.hex()[:6],
)
@pytest.mark.parametrize("place", [0, 2], ids=["X", "C"])
def test_compressed_point__not_canonical__named(encoding, place):
    data = bytearray(honest(CHOICES, form=COMPACT))
    begin = HEADER_BYTES + 4 * Header.decode(bytes(data)).row_bytes + (33 if place else 0)
    data[begin : begin + 33] = encoding
    assert fault_of(bytes(data)) == Fault(Kind.POINT, 5, place)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["c", "r"])
@pytest.mark.parametrize("value", [0, N, N + 1, 2**256 - 1], ids=["0", "N", "N+1", "max"])
def test_scalar__out_of_range__named(form, name, value):
    def change(head, xs, parts):
        return [*parts[:4], parts[4].branch(2, **{name: word(value)})]

    assert fault_of(table(CHOICES, change, form=form)) == Fault(Kind.BRANCH, 5, 2)


@pytest.mark.parametrize("group", [GroupId.DSA_2048, GroupId.DSA_3072])
@pytest.mark.parametrize("place", [0, 2], ids=["X", "C"])
def test_dsa_element__times_the_element_of_order_two__refused(group, place):
    params = Params(group)
    data = bytearray(honest([1, 6, 3], params, COMPACT))
    size = group_of(group).wire_bytes
    modulus = group_of(group)._p  # type: ignore[attr-defined]
    begin = HEADER_BYTES + Header.decode(bytes(data)).row_bytes + (size if place else 0)
    element = int.from_bytes(data[begin : begin + size], "big")
    data[begin : begin + size] = int(modulus - element).to_bytes(size, "big")
    assert fault_of(bytes(data)) == Fault(Kind.POINT, 2, place)


@pytest.mark.parametrize("value", [0, 1, 2], ids=str)
def test_dsa_element__outside_the_subgroup__refused(value):
    params = Params(GroupId.DSA_2048)
    data = bytearray(honest([1, 6], params, COMPACT))
    size = group_of(params.group).wire_bytes
    data[HEADER_BYTES : HEADER_BYTES + size] = value.to_bytes(size, "big")
    assert fault_of(bytes(data)) == Fault(Kind.POINT, 1, 0)


def test_dsa_table__in_batch_form__malformed():
    # In a group with cofactor, one multi-scalar multiplication could hide an element of order two.
    data = bytearray(honest([1, 6], Params(GroupId.DSA_2048), COMPACT))
    data[32:64] = word(BATCH)
    with pytest.raises(SpecError, match="secp256k1 only"):
        check(bytes(data))


# -------------------------------------------------------------------------------------------------- counts, signature


def with_counts(counts, choices=CHOICES, **fields) -> bytes:
    head = header(len(choices), **fields)
    xs = secrets_of(head.params, head.n)
    return assemble(head, [part(head, xs, i + 1, choice) for i, choice in enumerate(choices)], counts)


def test_counts__shifted_by_a_lane__refused():
    # n_0 + 2^w and n_1 - 1 give the same sum of encodings.
    true = counts_of(CHOICES, PARAMS)
    shifted = (true[0] + (1 << PARAMS.width), true[1], true[2], true[3] - 1, *true[4:])
    assert "outside" in check(with_counts(shifted)).reason
    moved = (1, 2**31, 0, 0, 0, 1, 1, 1)
    assert PARAMS.tally(moved) == PARAMS.tally((1, 0, 1, 0, 0, 1, 1, 1))
    assert not check(with_counts(moved, [0, 2, 5, 6, 7])).valid


def test_counts__plus_the_group_order__refused():
    true = counts_of(CHOICES, PARAMS)
    assert "outside" in check(with_counts((true[0] + N, *true[1:]))).reason


@pytest.mark.parametrize(
    "counts", [(1, 0, 0, 2, 0, 0, 1, 1), (0,) * 8, (5, 0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 1, 0, 1, 1, 2)], ids=str
)
def test_counts__declared_falsely__refused(counts):
    report = check(with_counts(counts))
    assert not report.valid
    assert report.fault is None
    assert "counts" in report.reason


def test_counts__pads_declared_as_rows__refused():
    params, choices = Params(pads=True), [0, 3, 8, 8]
    assert check(with_counts((1, 0, 0, 1, 0, 0, 0, 0), choices, params=params)).valid
    assert not check(with_counts((3, 0, 0, 1, 0, 0, 0, 0), choices, params=params)).valid
    assert not check(with_counts((1, 0, 0, 1, 0, 0, 0, 1), choices, params=params)).valid


def signature(data: bytes, r: int | None = None, s: int | None = None, v: int | None = None) -> bytes:
    """The table with parts of its signature replaced."""
    old = data[-65:]
    new = [word(r) if r is not None else old[:32], word(s) if s is not None else old[32:64]]
    return data[:-65] + b"".join(new) + (bytes([v]) if v is not None else old[64:])


def test_signature__odd_ones__refused():
    data = honest(CHOICES)
    s, v = int.from_bytes(data[-33:-1], "big"), data[-1]
    odd = {
        "high s": signature(data, s=N - s, v=55 - v),
        "other parity": signature(data, v=55 - v),
        "v as 0 or 1": signature(data, v=v - 27),
        "v as 29 or 30": signature(data, v=v + 2),
        "r zero": signature(data, r=0),
        "s zero": signature(data, s=0),
        "r the order": signature(data, r=N),
        "s the order": signature(data, s=N),
        "all zero": signature(data, 0, 0, 0),
        "all ones": signature(data, 2**256 - 1, 2**256 - 1, 255),
    }
    for name, changed in odd.items():
        assert "signature" in check(changed).reason, name


def test_signature__by_somebody_else__refused():
    head, xs = header(2), secrets_of(PARAMS, 2)
    parts = [part(head, xs, 1, 3), part(head, xs, 2, 4)]
    assert "signature" in check(assemble(head, parts, counts_of([3, 4], PARAMS), key=0xBAD)).reason


def test_table__copied_under_the_name_of_another_supplier__refused():
    data, head = honest(CHOICES), Header.decode(honest(CHOICES))
    stolen = replace(Header.decode(data), supplier=address_of(0xBAD))
    assert head.n == 5
    assert fault_of(stolen.encode() + data[HEADER_BYTES:]) == Fault(Kind.CHALLENGE, 1)


@pytest.mark.parametrize("field", ["chain_id", "board", "nonce", "data_commit"])
def test_table__replayed_elsewhere__refused(field):
    data = honest(CHOICES)
    moved = replace(
        Header.decode(data), **{field: 7 if field == "chain_id" else bytes([7]) * (20 if field == "board" else 32)}
    )
    assert fault_of(moved.encode() + data[HEADER_BYTES:]) == Fault(Kind.CHALLENGE, 1)


# -------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [-1000, -65, -1, 1, 32, 1792], ids=str)
def test_file__truncated_or_extended__malformed(form, change):
    data = honest(CHOICES, form=form)
    with pytest.raises(SpecError) as error:
        check(data[:change] if change < 0 else data + bytes(change))
    assert error.value.code == "malformed-table"


@pytest.mark.parametrize("size", [0, 1, 31, 32, 287, 288], ids=str)
def test_file__nearly_empty__malformed(size):
    with pytest.raises(SpecError):
        check(honest(CHOICES)[:size])


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (0, 0),
        (1, 0),
        (1, 3),
        (1, 2**255),
        (2, 0),
        (2, PARAMS.word + 1),
        (2, PARAMS.word | 1 << 9),
        (2, PARAMS.word | 1 << 32),
        (2, 9 << 24 | 2 << 16 | 31),
        (2, 1 << 24 | 1 << 16 | 31),
        (2, 1 << 24 | 9 << 16 | 7),
        (3, 0),
        (3, 1),
        (3, 2**31),
        (3, 2**256 - 1),
        (5, 1 << 160),
        (6, 1 << 255),
    ],
)
def test_header__a_field_out_of_range__malformed(index, value):
    data = bytearray(honest(CHOICES))
    data[32 * index : 32 * index + 32] = word(value)
    with pytest.raises(SpecError):
        check(bytes(data))


def test_table__one_row__malformed():
    # With n = 1 the mask is infinity and the cryptogram is p_k G in the open.
    data = honest(CHOICES)
    head = replace(Header.decode(data), n=1)
    with pytest.raises(SpecError, match="outside 2"):
        check(head.encode() + data[HEADER_BYTES : HEADER_BYTES + head.row_bytes] + data[-head.footer_bytes :])
