"""FairnessBoard: every requirement of `publish`, attacked with tables forged for it and signed all the same."""

from collections.abc import Callable
from typing import Any

import pytest
from assay_oracles.audits.fairness import prove, transcript
from assay_oracles.audits.fairness.groups.secp256k1 import ORDER as N
from assay_oracles.audits.fairness.groups.secp256k1 import Secp256k1
from assay_oracles.audits.fairness.params import Params
from assay_oracles.audits.fairness.signature import sign

from tests.contracts.harness.accounts import ZERO, Account
from tests.contracts.harness.points import HIGH, P, negated, rotated
from tests.contracts.harness.tables import (
    PENDING,
    URI,
    Fields,
    Tables,
    key_of,
    leaves_of,
    node,
    opened,
    parsed,
    patched,
    path,
    point,
    raw,
    root_of,
)
from tests.contracts.harness.world import World
from tests.oracles.audits.fairness import forge

GROUP = Secp256k1()
CHOICES = (3, 0, 6, 7, 1)
ENDS = ("first", "last")
POINTS = ("key", "mask", "cryptogram", "sum")
PARAMS = Params().word


@pytest.fixture
def tables(world: World) -> Tables:
    return Tables(world)


def rival_of(tables: Tables) -> Account:
    rival = tables.world.admit("rival", "SUPPLIER")
    tables.world.fund(rival)
    return rival


# ------------------------------------------------------------------------------------------------------------ who may


def test_publish__true_table__kept_and_announced_in_full(tables: Tables) -> None:
    fields = tables.honest(CHOICES)
    receipt = tables.publish(fields)
    table = receipt.value
    assert table == tables.id_of(fields)
    assert tables.board.tableIdOf(
        tables.world.supplier, fields["params"], fields["n"], fields["nonce"], fields["dataCommit"]
    ) == bytes(table)
    assert tuple(tables.board.table(table)) == (
        tables.world.supplier,
        tables.world.model,
        PARAMS,
        len(CHOICES),
        PENDING,
        tables.world.evm.number,
        0,
        fields["root"],
        fields["tally"],
        True,
        0,
        ZERO,
        False,
    )
    assert tables.board.counts(table) == forge.counts_of(CHOICES, Params())
    announced = ("params", "n", "nonce", "dataCommit", "root", "tally", "signature", "file", "uri")
    assert receipt.only("Published") == {
        "tableId": table,
        "modelId": tables.world.model,
        "supplier": tables.world.supplier,
        **{name: fields[name] for name in announced},
    }
    assert tables.board.count() == 0


@pytest.mark.parametrize("who", ["client", "gatekeeper", "oracle-0", "stranger"])
def test_publish__not_a_supplier__refused(tables: Tables, who: str) -> None:
    caller = Account.named(who)
    with tables.refuses("NotSupplier", caller):
        tables.publish(tables.honest(CHOICES), caller)


def test_publish__someone_elses_model__refused(tables: Tables) -> None:
    model = tables.world.register_model("rival's", owner=rival_of(tables))
    with tables.refuses("NotOwner", model, tables.world.supplier):
        tables.publish({**tables.honest(CHOICES), "modelId": model})


def test_publish__unknown_model__refused(tables: Tables) -> None:
    with tables.refuses("UnknownModel", 99):
        tables.publish({**tables.honest(CHOICES), "modelId": 99})


# --------------------------------------------------------------------------------------------------- identity, replay


def test_publish__same_table_again__refused(tables: Tables) -> None:
    fields = tables.honest(CHOICES)
    table = tables.publish(fields).value
    with tables.refuses("AlreadyPublished", table):
        tables.publish(fields)
    other = {"uri": "store://elsewhere", "modelId": tables.world.register_model("another")}
    with tables.refuses("AlreadyPublished", table):
        tables.publish(tables.signed(fields | other))


def test_publish__nonce_of_an_earlier_table__refused_for_that_supplier_only(tables: Tables) -> None:
    tables.published(nonce=bytes(31) + b"\x07")
    with tables.refuses("NonceUsed", bytes(31) + b"\x07"):
        tables.publish(tables.honest(CHOICES, nonce=bytes(31) + b"\x07"))
    rival = rival_of(tables)
    fields = tables.honest(CHOICES, supplier=rival, nonce=bytes(31) + b"\x07")
    fields["modelId"] = tables.world.register_model("rival's", owner=rival)
    signature = sign(key_of(rival), tables.digest(fields, rival))
    assert tables.publish({**fields, "signature": signature}, rival).value == tables.id_of(fields, rival)


def test_publish__copied_from_another_supplier__refused(tables: Tables) -> None:
    rival = rival_of(tables)
    fields = tables.honest(CHOICES)
    fields["modelId"] = tables.world.register_model("rival's", owner=rival)
    tables.refused(fields, "signature", rival)


@pytest.mark.parametrize("field", [{"chain_id": 1}, {"board": bytes(20)}, {"supplier": Account.named("rival")}])
def test_publish__made_for_another_chain_board_or_supplier__its_signature_does_not_fit(
    tables: Tables, field: dict[str, Any]
) -> None:
    head = tables.header(len(CHOICES), **field)
    fields = tables.submission(forge.honest(CHOICES, head=head))
    counts = forge.counts_of(CHOICES, Params())
    signature = sign(key_of(tables.world.supplier), transcript.signing_digest(head.table_id, fields["root"], counts))
    tables.refused(fields | {"signature": signature}, "signature")


@pytest.mark.parametrize("field", ["nonce", "dataCommit"])
def test_publish__identity_other_than_signed__refused(tables: Tables, field: str) -> None:
    tables.refused(tables.honest(CHOICES) | {field: b"\x01" * 32}, "signature")


# -------------------------------------------------------------------------------------------- parameters, size, place


@pytest.mark.parametrize("groups", range(2, 9))
@pytest.mark.parametrize("pads", [False, True])
def test_publish__every_number_of_groups__accepted_with_its_counts(tables: Tables, groups: int, pads: bool) -> None:
    params = Params(groups=groups, pads=pads)
    choices = (params.permutations - 1, 0, params.permutations // 2, params.branches - 1, 3)
    table = tables.published(choices, params)
    assert tables.board.counts(table) == forge.counts_of(choices, params)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 9, 16, 17])
def test_publish__size_at_and_beside_powers_of_two__accepted(tables: Tables, n: int) -> None:
    assert tables.board.table(tables.published([7 * i % 8 for i in range(n)])).n == n


@pytest.mark.parametrize(
    "params",
    [
        0,
        2 << 24 | PARAMS & 0xFFFFFF,  # the DSA-like groups have no points on this curve
        3 << 24 | PARAMS & 0xFFFFFF,
        PARAMS & 0xFFFFFF,
        1 << 24 | 1 << 16 | 31,
        1 << 24 | 9 << 16 | 7,
        1 << 24 | 2 << 16 | 30,
        1 << 24 | 3 << 16 | 20,
        1 << 24 | 3 << 16 | 22,
        PARAMS | 2 << 8,
        PARAMS | 1 << 31,
        2**32 - 1,
    ],
)
def test_publish__unknown_parameters__refused(tables: Tables, params: int) -> None:
    tables.refused(tables.signed(tables.honest(CHOICES) | {"params": params}), "params")


@pytest.mark.parametrize("n", [0, 1, 1 << 31, 2**32 - 1])
def test_publish__size_out_of_range__refused(tables: Tables, n: int) -> None:
    tables.refused(tables.signed(tables.honest(CHOICES) | {"n": n}), "n")


def test_publish__size_that_the_width_does_not_hold__refused(tables: Tables) -> None:
    fields = tables.honest([0, 31], Params(groups=8))
    tables.refused(tables.signed(fields | {"n": 128}), "n")


@pytest.mark.parametrize(("field", "value"), [("uri", ""), ("uri", "u" * 513), ("file", bytes(32))])
def test_publish__file_without_digest_or_place__refused(tables: Tables, field: str, value: Any) -> None:
    tables.refused(tables.honest(CHOICES) | {field: value}, field)


def test_publish__longest_uri__accepted(tables: Tables) -> None:
    assert tables.publish(tables.honest(CHOICES) | {"uri": "u" * 512}).only("Published")["uri"] == "u" * 512


# ------------------------------------------------------------------------------------------------------------- counts


def claims(tables: Tables, counts: tuple[int, ...], params: Params | None = None, n: int = 5) -> Fields:
    """A true table of five rows that declares other counts."""
    fields = tables.honest(CHOICES[:n], params)
    return tables.signed(fields | {"tally": (params or Params()).tally(counts)})


@pytest.mark.parametrize(
    "counts",
    [
        (1, 1, 0, 1, 0, 0, 1, 2),  # one row too many
        (1, 1, 0, 1, 0, 0, 1, 0),
        (0,) * 8,
        (1 + (1 << 31), 1, 0, 1, 0, 0, 1, 1),  # a count shifted by 2^w reads as one more of the next
        (1, 1, 0, 1, 0, 0, 1, 1 + (1 << 31)),  # above the last count
        (1, 1, 0, 1, 0, 0, 1, 1 + (1 << 38)),
    ],
)
def test_publish__counts_that_do_not_add_up_or_fit__refused(tables: Tables, counts: tuple[int, ...]) -> None:
    tables.refused(claims(tables, counts), "tally")


@pytest.mark.parametrize("counts", [(1, 1, 0, 2, 0, 0, 1, 0), (5, 0, 0, 0, 0, 0, 0, 0)])
def test_publish__lying_counts_with_the_right_sum__refused(tables: Tables, counts: tuple[int, ...]) -> None:
    tables.refused(claims(tables, counts), "last.sum")


def test_publish__pads__counts_cover_real_rows_and_never_more_than_all(tables: Tables) -> None:
    params, choices = Params(pads=True), (8, 5, 8, 0)
    fields = tables.honest(choices, params)
    tables.refused(tables.signed(fields | {"tally": params.tally((4, 0, 0, 0, 0, 1))}), "tally")
    tables.refused(tables.signed(fields | {"tally": params.tally((2, 0, 0, 0, 0, 1))}), "last.sum")
    tables.refused(tables.signed(fields | {"tally": 0}), "last.sum")
    assert sum(tables.board.counts(tables.publish(fields).value)) == 2


def test_publish__nothing_but_pads__refused_because_the_sum_is_infinity(tables: Tables) -> None:
    head = tables.header(2, Params(pads=True))
    xs = forge.secrets_of(head.params, 2)
    parts = [forge.part(head, xs, row, 8) for row in (1, 2)]
    tables.refused(tables.submission(forge.assemble(head, parts, (0,) * 8)), "last")


# --------------------------------------------------------------------------------------------------------------- tree


@pytest.mark.parametrize("end", ENDS)
def test_publish__row_other_than_in_the_tree__refused(tables: Tables, end: str) -> None:
    fields = tables.honest(CHOICES)
    key, mask, cryptogram, total, proof = fields[end]
    tables.refused(fields | {end: (key, mask, cryptogram, total, bytes(32))}, f"{end}Path")
    tables.refused(fields | {end: (mask, key, cryptogram, total, proof)}, f"{end}Path")


@pytest.mark.parametrize("end", ENDS)
def test_publish__path_changed__refused(tables: Tables, end: str) -> None:
    fields = tables.honest([i % 8 for i in range(8)])
    name = f"{end}Path"
    one, two, three = fields[name]
    forged = [[two, one, three], [one, two], [one, two, three, bytes(32)], [], [bytes(32), two, three], [one, two, one]]
    for siblings in forged:
        tables.refused(fields | {name: siblings}, name)


@pytest.mark.parametrize(("end", "row"), [("first", 2), ("first", 5), ("last", 4), ("last", 1)])
def test_publish__another_row_with_its_own_path__refused(tables: Tables, end: str, row: int) -> None:
    data = forge.honest(CHOICES, head=tables.header(len(CHOICES)))
    _, rows = parsed(data)
    changes = {end: opened(rows[row - 1]), f"{end}Path": path(leaves_of(rows), row)}
    tables.refused(tables.submission(data) | changes, f"{end}Path")


def test_publish__root_of_other_rows__refused(tables: Tables) -> None:
    fields = tables.honest(CHOICES)
    tables.refused(tables.signed(fields | {"root": tables.honest(CHOICES)["root"]}), "firstPath")


@pytest.mark.parametrize("place", [6, 7, 8])
def test_publish__rows_hidden_right_of_the_last__refused(tables: Tables, place: int) -> None:
    """A true table of five rows, and another leaf where nothing may be: nobody could ever audit it."""
    data = forge.honest(CHOICES, head=tables.header(5))
    leaves = leaves_of(parsed(data)[1])
    full = leaves + [transcript.EMPTY] * (place - 6) + [b"\x01" * 32] + [transcript.EMPTY] * (8 - place)
    hidden: Fields = {"root": root_of(full, 3), "firstPath": path(full, 1), "lastPath": path(full, 5)}
    tables.refused(tables.signed(tables.submission(data) | hidden), "n")


def test_publish__tree_deeper_than_the_rows_need__refused(tables: Tables) -> None:
    fields = tables.honest(CHOICES[:4])
    empty = node(node(transcript.EMPTY, transcript.EMPTY), node(transcript.EMPTY, transcript.EMPTY))
    deeper: Fields = {"root": node(fields["root"], empty)}
    deeper |= {name: [*fields[name], empty] for name in ("firstPath", "lastPath")}
    tables.refused(tables.signed(fields | deeper), "firstPath")


# ------------------------------------------------------------------------------------------------- points, two ends


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("place", range(4), ids=POINTS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda x, y: (0, 0),
        lambda x, y: (x, y ^ 1),
        lambda x, y: (y, x),
        lambda x, y: HIGH,  # on the curve, x from N to p
        lambda x, y: negated(HIGH),
        lambda x, y: (P, 0),
        lambda x, y: (x, P),
        lambda x, y: (2**256 - 1, 2**256 - 1),
    ],
    ids=["infinity", "off the curve", "swapped", "high x", "high x, negated", "x = p", "y = p", "all ones"],
)
def test_publish__point_not_canonical__refused(
    tables: Tables, end: str, place: int, spoil: Callable[[int, int], tuple[int, int]]
) -> None:
    data = forge.honest(CHOICES[:3], head=tables.header(3))
    row = 1 if end == "first" else 3
    x, y = tables.submission(data)[end][place]
    tables.refused(tables.submission(patched(data, row, place, raw(spoil(x, y)))), end)


def test_publish__running_sum_that_starts_elsewhere__refused(tables: Tables) -> None:
    data = forge.honest(CHOICES, head=tables.header(5))
    c = parsed(data)[1][0].c
    for start in (GROUP.base(1), GROUP.negate(c), raw(rotated(point(c)))):
        tables.refused(tables.submission(patched(data, 1, 3, start)), "first.sum")


def test_publish__masks_shifted_to_lie_about_counts__refused(tables: Tables) -> None:
    """All rows and steps hold: the Y start at a secret shift that turns one negative prediction into a positive one."""
    head = tables.header(5)
    xs = forge.secrets_of(head.params, 5)
    lie = head.params.encodings[1] - head.params.encodings[0]
    shift = lie * pow(sum(xs), -1, N) % N
    parts = []
    for row, choice in enumerate((0, 0, 6, 7, 1), start=1):
        own = forge.keys(head.params, xs, row)
        moved = prove.Keys(row, own.x, (own.y + shift) % N, own.public, GROUP.base((own.y + shift) % N))
        (made,) = prove.encrypt(head.table_id, prove.Secret.fresh(head.params), head.params, [moved], [choice])
        parts.append(forge.Part(moved.public, moved.mask, made.element, tuple(made.branches)))
    data = forge.assemble(head, parts, (1, 2, 0, 0, 0, 0, 1, 1))
    assert forge.check(data).reason.startswith("the masks Y do not close")
    tables.refused(tables.submission(data), "mask")


@pytest.mark.parametrize("end", ENDS)
def test_publish__one_mask_replaced__refused(tables: Tables, end: str) -> None:
    data = forge.honest(CHOICES, head=tables.header(5))
    row, rows = (1 if end == "first" else 5), parsed(data)[1]
    for mask in (GROUP.negate(rows[row - 1].y), GROUP.base(1), rows[0].x, GROUP.negate(rows[-1].x)):
        tables.refused(tables.submission(patched(data, row, 1, mask)), "mask")


def test_publish__last_sum_of_other_rows__refused(tables: Tables) -> None:
    data = forge.honest(CHOICES, head=tables.header(5))
    for total in (GROUP.base(1), GROUP.negate(parsed(data)[1][4].b)):
        tables.refused(tables.submission(patched(data, 5, 3, total)), "last.sum")


# ---------------------------------------------------------------------------------------------------------- signature


def test_publish__signed_by_someone_else__refused(tables: Tables) -> None:
    tables.refused(tables.signed(tables.honest(CHOICES), rival_of(tables)), "signature")


@pytest.mark.parametrize(
    "forged",
    [
        lambda r, s, v: r + s + b"\x00",
        lambda r, s, v: r + s + bytes([v[0] - 27]),
        lambda r, s, v: r + s + bytes([v[0] ^ 7]),
        lambda r, s, v: r + s + b"\x1d",
        lambda r, s, v: r + (N - int.from_bytes(s, "big")).to_bytes(32, "big") + bytes([v[0] ^ 7]),  # the high s
        lambda r, s, v: bytes(32) + s + v,
        lambda r, s, v: r + bytes(32) + v,
        lambda r, s, v: b"\xff" * 32 + s + v,
        lambda r, s, v: r + s,
        lambda r, s, v: r + s + v + b"\x00",
        lambda r, s, v: b"",
    ],
    ids=["v 0", "v less 27", "other v", "v 29", "high s", "r 0", "s 0", "r above N", "64 bytes", "66 bytes", "empty"],
)
def test_publish__signature_written_otherwise__refused(
    tables: Tables, forged: Callable[[bytes, bytes, bytes], bytes]
) -> None:
    fields = tables.honest(CHOICES)
    signature = fields["signature"]
    tables.refused(fields | {"signature": forged(signature[:32], signature[32:64], signature[64:])}, "signature")


def test_publish__signature_over_other_counts_or_root__refused(tables: Tables) -> None:
    fields = tables.honest(CHOICES)
    for change in ({"tally": Params().tally((5, 0, 0, 0, 0, 0, 0, 0))}, {"root": bytes(32)}):
        tables.refused(fields | {"signature": tables.signed(fields | change)["signature"]}, "signature")


def test_publish__any_bit_flipped__refused(tables: Tables) -> None:
    """All that a submission says, but for the model (owned alike) and the file and its place, is bound by something."""
    fields, bits = tables.honest(CHOICES), 0
    for name in fields.keys() - {"modelId", "file", "uri"}:
        for flipped in flips(fields[name]):
            with tables.refuses("BadTable"):
                tables.publish(fields | {name: flipped})
            bits += 1
    assert bits > 400
    assert tables.publish(fields).only("Published")["uri"] == URI


def flips(value: Any) -> list[Any]:
    """The value with one bit flipped, at every seventh of its bits, at any depth."""
    if isinstance(value, int):
        return [value ^ 1 << bit for bit in range(0, 256 if value >> 32 else 32, 7)]
    if isinstance(value, bytes):
        whole, bits = int.from_bytes(value, "big"), 8 * len(value)
        return [(whole ^ 1 << bit).to_bytes(len(value), "big") for bit in range(0, bits, 7)]
    return [type(value)([*value[:i], new, *value[i + 1 :]]) for i, part in enumerate(value) for new in flips(part)]
