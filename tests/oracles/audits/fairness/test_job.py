"""An oracle's work on a table: every verdict, from real published files and hostile ones."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from assay_oracles.audits.errors import SpecError
from assay_oracles.audits.fairness import transcript
from assay_oracles.audits.fairness.fault import Fault, Kind
from assay_oracles.audits.fairness.groups import group_of
from assay_oracles.audits.fairness.job import Job, run
from assay_oracles.audits.fairness.lanes import lane_names
from assay_oracles.audits.fairness.params import COMPACT, Params
from assay_oracles.audits.fairness.record import Record
from assay_oracles.audits.fairness.row import split
from assay_oracles.audits.fairness.signature import seal
from assay_oracles.audits.fairness.table import HEADER_BYTES, Footer, Header

from tests.oracles.audits.fairness import forge
from tests.oracles.audits.fairness.forge import KEY, Part, counts_of, header, honest, part, secrets_of, word

SEED = bytes(range(32))
PARAMS = Params()
GROUP = group_of(PARAMS.group)
N = GROUP.order
CHOICES = [0, 3, 5, 6, 7]
Change = Callable[[bytearray, int], None]
"""Changes a file in place, told the length of a row."""


def record_of(data: bytes) -> Record:
    head = Header.decode(data)
    return Record.decode(data[:HEADER_BYTES], data[-head.footer_bytes :])


def judge(tmp_path: Path, data: bytes, record: Record | None = None, seed: bytes = SEED) -> dict[str, int] | Fault:
    """What an oracle finds in a file that was published as `record` says, by default as the file itself does."""
    path = tmp_path / "table.faas"
    path.write_bytes(data)
    return run(Job(path, record or record_of(data), seed))


def refusal(tmp_path: Path, data: bytes, record: Record | None = None) -> SpecError:
    with pytest.raises(SpecError) as caught:
        judge(tmp_path, data, record)
    assert caught.value.culprit == "supplier"
    return caught.value


def leaves_of(data: bytes) -> list[bytes]:
    head = Header.decode(data)
    rows = split(data[HEADER_BYTES : -head.footer_bytes], head.params, 1)
    return [transcript.leaf(row.x, row.y, row.c, row.b, row.branches) for row in rows]


def spoiled(change: Change, choices: list[int] = CHOICES) -> bytes:
    """A table whose rows were changed as they stand in the file, and whose supplier signed the root over them."""
    data = bytearray(honest(choices))
    head = Header.decode(bytes(data))
    change(data, head.row_bytes)
    tree = transcript.Tree(transcript.depth_of(head.n))
    for leaf in leaves_of(bytes(data)):
        tree.append(leaf)
    data[-head.footer_bytes :] = seal(head, tree.root(), counts_of(choices, head.params), KEY).encode()
    return bytes(data)


def put(row: int, offset: int, value: bytes) -> Change:
    """Write into a row (from 1)."""

    def change(data: bytearray, length: int) -> None:
        begin = HEADER_BYTES + (row - 1) * length + offset
        data[begin : begin + len(value)] = value

    return change


# ---------------------------------------------------------------------------------------------------------- true tables


@pytest.mark.parametrize(
    ("choices", "params"),
    [(CHOICES, PARAMS), ([0, 7], PARAMS), ([4 * group + 3 for group in range(6)], Params(groups=6))],
    ids=["five", "two", "six groups"],
)
def test_run__true_table__gives_its_counts_and_the_digest_of_its_leaves(tmp_path, choices, params):
    data = honest(choices, params)
    digest = sum(int.from_bytes(transcript.keccak(transcript.tag("leaves") + SEED + leaf)) for leaf in leaves_of(data))
    expected = (*counts_of(choices, params), digest % 2**32)
    assert judge(tmp_path, data) == dict(zip(lane_names(params.groups), expected, strict=True))


def test_run__table_with_pads__counts_real_rows(tmp_path):
    params = Params(pads=True)
    found = judge(tmp_path, honest([0, 8, 3, 8], params))
    assert isinstance(found, dict)
    assert [found[name] for name in lane_names(2)[:8]] == [1, 0, 0, 1, 0, 0, 0, 0]


def test_run__another_seed__changes_the_digest_alone(tmp_path):
    data = honest(CHOICES)
    once, other = judge(tmp_path, data), judge(tmp_path, data, seed=bytes(32))
    assert isinstance(once, dict)
    assert isinstance(other, dict)
    assert {name for name in once if once[name] != other[name]} == {"leaves"}


def test_run__several_chunks__the_same_lanes(tmp_path, monkeypatch):
    data = honest(CHOICES)
    whole = judge(tmp_path, data)
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    assert judge(tmp_path, data) == whole


# ---------------------------------------------------------------------------- files that are not those of the record


@pytest.mark.parametrize("length", [0, 31, 287, 288, 288 + 1792 * 2, -1], ids=str)
def test_run__truncated_file__is_malformed(tmp_path, length):
    data = honest(CHOICES)
    assert refusal(tmp_path, data[:length], record_of(data)).code == "malformed-table"


def test_run__one_byte_more__is_malformed(tmp_path):
    data = honest(CHOICES)
    assert refusal(tmp_path, data + b"\0", record_of(data)).code == "malformed-table"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("params", Params(pads=True)),
        ("n", 6),
        ("chain_id", 7),
        ("board", b"\7" * 20),
        ("supplier", b"\7" * 20),
        ("nonce", b"\7" * 32),
        ("data_commit", b"\7" * 32),
    ],
)
def test_run__header_differs_from_the_record__is_another_table(tmp_path, field, value):
    data = honest(CHOICES)
    told = record_of(data)
    wrong = refusal(tmp_path, data, replace(told, header=replace(told.header, **{field: value})))
    assert (wrong.code, wrong.field) == ("another-table", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [("root", b"\7" * 32), ("counts", (1, 0, 0, 1, 0, 1, 2, 0)), ("signature", bytes(64) + b"\x1b")],
)
def test_run__footer_differs_from_the_record__is_another_table(tmp_path, field, value):
    data = honest(CHOICES)
    told = record_of(data)
    wrong = refusal(tmp_path, data, replace(told, footer=replace(told.footer, **{field: value})))
    assert (wrong.code, wrong.field) == ("another-table", field)


def test_run__same_table_in_compact_form__is_another_table(tmp_path):
    head = header(5)
    record = record_of(honest(CHOICES, head=head))
    compact = honest(CHOICES, head=replace(head, form=COMPACT))
    assert refusal(tmp_path, compact, record).field == "form"


def test_run__rows_and_root_disagree__is_invalid_spec_even_with_a_row_at_fault(tmp_path):
    """Or the supplier could show, for the root that it published, a true row where a fault was named."""
    data = bytearray(honest(CHOICES))
    put(3, 0, bytes(64))(data, Header.decode(bytes(data)).row_bytes)
    assert refusal(tmp_path, bytes(data)).code == "wrong-root"


def test_run__any_byte_flipped__is_invalid_spec(tmp_path):
    data = honest(CHOICES[:2])
    record = record_of(data)
    for place in range(0, len(data), 31):
        flipped = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        assert refusal(tmp_path, flipped, record).code in {"malformed-table", "another-table", "wrong-root"}


def test_run__signed_root_is_not_that_of_the_rows__is_invalid_spec(tmp_path):
    data = honest(CHOICES)
    head = Header.decode(data)
    footer = seal(head, b"\7" * 32, counts_of(CHOICES, head.params), KEY)
    assert refusal(tmp_path, data[: -head.footer_bytes] + footer.encode()).code == "wrong-root"


def test_run__rows_hold_and_the_counts_do_not__is_invalid_spec(tmp_path):
    """No board admits it, as `publish` checks the tally; an oracle that meets it all the same never says VALUES."""
    data = honest(CHOICES)
    head = Header.decode(data)
    root = Footer.decode(data[-head.footer_bytes :], head.params).root
    lie = seal(head, root, (2, 0, 0, 1, 0, 0, 1, 1), KEY)
    wrong = refusal(tmp_path, data[: -head.footer_bytes] + lie.encode())
    assert wrong.code == "false-table"
    assert "counts" in wrong.message


# ------------------------------------------------------------------------------------------------- rows that are false


def wrong_mask() -> bytes:
    """Row 3 is proven for a mask that is not the sum of keys that it must be."""

    def change(head: Header, xs: list[int], parts: list[Part]) -> list[Part]:
        own = forge.keys(PARAMS, xs, 3)
        shifted = own._replace(y=(own.y + 1) % N, mask=GROUP.base(own.y + 1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.oracles.audits.fairness.forge.keys", lambda *_: shifted)
            return [*parts[:2], part(head, xs, 3, CHOICES[2]), *parts[3:]]

    return forge.table(CHOICES, change)


def wrong_b() -> bytes:
    """In row 3, b of branch 1 is any point, and the true branch answers the challenge that follows."""

    def change(head: Header, xs: list[int], parts: list[Part]) -> list[Part]:
        true, x = CHOICES[2], xs[2]
        row = parts[2].branch(1, b=GROUP.base(5))
        commitments = b"".join(branch[:128] for branch in row.branches)
        total = transcript.challenge(head.table_id, 3, row.x, row.y, row.c, commitments, N)
        scalars = [(int.from_bytes(b[128:160], "big"), int.from_bytes(b[160:], "big")) for b in row.branches]
        v = scalars[true][1] + scalars[true][0] * x
        c = (total - sum(c for j, (c, _) in enumerate(scalars) if j != true)) % N
        return [*parts[:2], row.branch(true, c=word(c), r=word((v - c * x) % N)), *parts[3:]]

    return forge.table(CHOICES, change)


def repeated_key() -> bytes:
    xs = secrets_of(PARAMS, 5)
    xs[3] = xs[1]
    return forge.table(CHOICES, xs=xs)


def other_response() -> bytes:
    return forge.table(CHOICES, lambda head, xs, parts: [*parts[:4], parts[4].branch(6, r=word(5))])


FALSE = {
    "point": (lambda: spoiled(put(3, 128, bytes(64))), Fault(Kind.POINT, 3, 2)),
    "branch": (lambda: spoiled(put(2, 256 + 192 * 7 + 160, bytes(32))), Fault(Kind.BRANCH, 2, 7)),
    "challenge": (lambda: spoiled(put(4, 256 + 128, word(9))), Fault(Kind.CHALLENGE, 4)),
    "commitment-a": (other_response, Fault(Kind.COMMITMENT_A, 5, 6)),
    "commitment-b": (wrong_b, Fault(Kind.COMMITMENT_B, 3, 1)),
    "tally": (lambda: spoiled(put(2, 192, GROUP.base(5))), Fault(Kind.TALLY, 2)),
    "mask": (wrong_mask, Fault(Kind.MASK, 3)),
    "duplicate": (repeated_key, Fault(Kind.DUPLICATE, 4, 2)),
}


def test_false_tables__below__show_every_kind_of_fault():
    assert {fault.kind for _, fault in FALSE.values()} == set(Kind)


@pytest.mark.parametrize(("make", "fault"), FALSE.values(), ids=FALSE.keys())
def test_run__row_at_fault_under_the_published_root__names_it(tmp_path, make, fault):
    data = make()
    assert judge(tmp_path, data) == fault
    assert judge(tmp_path, data, seed=bytes(32)) == fault, "whatever the audit's seed"


@pytest.mark.parametrize(("make", "fault"), FALSE.values(), ids=FALSE.keys())
def test_run__another_oracle_with_other_chunks__names_the_same_fault(tmp_path, make, fault, monkeypatch):
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    assert judge(tmp_path, make()) == fault


def test_run__several_faults__names_the_first_row(tmp_path):
    def change(data: bytearray, length: int) -> None:
        put(5, 0, bytes(64))(data, length)
        put(2, 256 + 192 * 7 + 160, bytes(32))(data, length)

    assert judge(tmp_path, spoiled(change)) == Fault(Kind.BRANCH, 2, 7)


def test_run__many_oracles_at_once__all_name_the_same(tmp_path):
    path = tmp_path / "table.faas"
    path.write_bytes(spoiled(put(3, 128, bytes(64))))
    job = Job(path, record_of(path.read_bytes()), SEED)
    before = threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(run, [job] * 4)) == {Fault(Kind.POINT, 3, 2)}
    assert threading.active_count() <= before, "a job leaves no threads behind"
