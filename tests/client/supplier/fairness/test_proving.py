"""The supplier's driver: streaming, resumable, and never a second cryptogram of a row."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from assay_chain.errors import AssayError, MalformedInput, Refused
from assay_client.supplier.fairness import preparing, proving
from assay_client.supplier.fairness.ledger import Ledger
from assay_client.supplier.fairness.plan import Plan
from assay_client.supplier.fairness.preparing import prepare_table, select_table
from assay_client.supplier.fairness.proving import prove_table
from assay_client.supplier.fairness.rows import Rows
from assay_client.verifier.fairness import checking
from assay_client.verifier.fairness.checking import Memory, check
from assay_oracles.audits.fairness import prove
from assay_oracles.audits.fairness.evaluate import Checkpoint
from assay_oracles.audits.fairness.groups import GroupId
from assay_oracles.audits.fairness.params import BATCH, COMPACT
from assay_oracles.audits.fairness.release import Release

from tests.client.supplier.fairness.conftest import ignore

Make = Callable[..., Rows]
CHOICES = [0, 1, 2, 3, 4, 5, 6, 7, 7, 0]
COUNTS = (2, 1, 1, 1, 1, 1, 1, 2)


class Interrupted(Exception):
    """Stands for Ctrl-C, a crash, a power cut."""


def after(chunks: int) -> Callable[[int, int], None]:
    """Progress that ends the run after that many chunks."""
    calls = iter(range(chunks))

    def progress(done: int, total: int) -> None:
        if next(calls, None) is None:
            raise Interrupted

    return progress


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "CHUNK_ROWS", 2)
    monkeypatch.setattr(preparing, "CHUNK_ROWS", 2)
    monkeypatch.setattr("assay_client.supplier.fairness.proving.workers", lambda chunks: serial())
    monkeypatch.setattr("assay_client.supplier.fairness.preparing.workers", lambda chunks: serial())


def serial():
    """One chunk after the other, so that an interruption comes where the test says."""
    from contextlib import nullcontext

    from tests.oracles.audits.fairness.forge import Serial

    return nullcontext((Serial(), 0))


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan(COMPACT),
        Plan(pads_to=17),
        Plan(COMPACT, GroupId.DSA_2048),
        Plan(chain_id=1337, board=bytes(range(20)), nonce=bytes(range(32)), signer=77),
    ],
    ids=["batch", "compact", "pads", "dsa", "bound"],
)
def test_prove__any_plan__verifies_with_the_counts_of_the_rows(plan: Plan, make: Make, tmp_path: Path) -> None:
    proved = prove_table(make(CHOICES), plan, tmp_path / "out", None, ignore)
    report = check(tmp_path / "out", None, ignore)
    assert report.valid, report.reason
    assert report.footer.counts == proved.footer.counts == COUNTS
    assert report.header.n == (plan.pads_to or 10)
    assert (report.header.chain_id, report.header.board) == (plan.chain_id, plan.board)
    assert plan.nonce in (None, report.header.nonce)
    assert not list((tmp_path / "out" / ".proving").iterdir()) if (tmp_path / "out" / ".proving").exists() else True


def test_prove__several_processes__one_table(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    seen: list[tuple[int, int]] = []
    prove_table(make(CHOICES * 60), Plan(), tmp_path / "out", None, lambda done, total: seen.append((done, total)))
    assert seen == [(256, 600), (512, 600), (600, 600)]
    report = check(tmp_path / "out", None, ignore)
    assert report.valid
    assert report.footer.counts == tuple(60 * count for count in COUNTS)


def test_rows__in_a_table__are_shuffled(make: Make, tmp_path: Path) -> None:
    # Equal permutations in a row of the file would show as equal places in every table of the same data.
    drawn: list[bytes] = []
    original = prove.starts

    def starts(secret, params, choices, step):
        drawn.append(choices)
        return original(secret, params, choices, step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prove, "starts", starts)
        for name in "ab":
            prove_table(make([0] * 20 + [7] * 20), Plan(), tmp_path / name, None, ignore)
    assert drawn[0] != drawn[1]
    assert all(sorted(choices) == [0] * 20 + [7] * 20 for choices in drawn)


# ------------------------------------------------------------------------------------------------------- interruptions


@pytest.mark.parametrize("chunks", range(5))
def test_prove__interrupted_after_any_chunk__goes_on_and_signs_no_row_twice(
    chunks: int, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[tuple[int, int]] = []
    original = prove.encrypt

    def encrypt(table, secret, params, keys, choices):
        signed.extend((own.row, choice) for own, choice in zip(keys, choices, strict=True))
        return original(table, secret, params, keys, choices)

    monkeypatch.setattr(prove, "encrypt", encrypt)
    with pytest.raises(Interrupted):
        prove_table(make(CHOICES), Plan(), tmp_path / "out", None, after(chunks))
    assert not (tmp_path / "out" / "table.faas").exists()
    prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)
    assert len(signed) == len({row for row, _ in signed}) == 10
    assert check(tmp_path / "out", None, ignore).valid


@pytest.mark.parametrize("torn", ["table.faas", "table.faas.log"])
def test_prove__torn_write__costs_one_chunk_and_the_table_is_true(torn: str, make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(Interrupted):
        prove_table(make(CHOICES), Plan(), out, None, after(3))
    path = out / ".proving" / torn
    for damage in (path.read_bytes()[:-7], path.read_bytes()[:-7] + bytes(7), path.read_bytes() + b"rest"):
        path.write_bytes(damage)
        with pytest.raises(Interrupted):
            prove_table(make(CHOICES), Plan(), out, None, after(0))
    prove_table(make(CHOICES), Plan(), out, None, ignore)
    assert check(out, None, ignore).valid


def test_prove__resumed_with_another_prediction__refused(make: Make, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        prove_table(make(CHOICES), Plan(), tmp_path / "out", None, after(2))
    for other in ([1, *CHOICES[1:]], [4, *CHOICES[1:]], CHOICES[:-1], [*CHOICES[::-1]]):
        with pytest.raises(Refused) as error:
            prove_table(make(other), Plan(), tmp_path / "out", None, ignore)
        assert error.value.code == "other-rows"
    for plan in (Plan(COMPACT), Plan(pads_to=11), Plan(signer=5), Plan(nonce=bytes(32)), Plan(chain_id=1)):
        with pytest.raises(Refused):
            prove_table(make(CHOICES), plan, tmp_path / "out", None, ignore)
    with pytest.raises(Refused):
        prove_table(make(CHOICES, first=1), Plan(), tmp_path / "out", None, ignore)
    assert prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore).footer.counts == COUNTS


def test_prove__interrupted_just_before_its_secrets_are_removed__the_same_table(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda self, missing_ok=False: (_ for _ in ()).throw(Interrupted))
        with pytest.raises(Interrupted):
            prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)
    table = (tmp_path / "out" / "table.faas").read_bytes()
    prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)
    assert (tmp_path / "out" / "table.faas").read_bytes() == table


def test_prove__folder_holds_a_table__never_overwritten(make: Make, tmp_path: Path) -> None:
    prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)
    with pytest.raises(Refused, match="exists"):
        prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)


def test_state__while_running__is_the_owners_only_and_gone_afterwards(make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(Interrupted):
        prove_table(make(CHOICES), Plan(), out, None, after(1))
    state = out / ".proving" / "state.json"
    key = json.loads(state.read_text())["key"]
    assert len(key) == 64
    assert state.stat().st_mode & 0o77 == 0
    assert state.parent.stat().st_mode & 0o77 == 0
    prove_table(make(CHOICES), Plan(), out, None, ignore)
    assert [path.name for path in out.iterdir()] == ["table.faas"]


def test_prove__another_process_at_work__refused(make: Make, tmp_path: Path) -> None:
    from assay_client.supplier.fairness.state import locked

    with locked(tmp_path / "out" / ".proving"), pytest.raises(Refused, match="another process"):
        prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)


# ---------------------------------------------------------------------------------------- preparation and selection


@pytest.mark.parametrize("plan", [Plan(), Plan(COMPACT), Plan(pads_to=12), Plan(COMPACT, GroupId.DSA_2048)])
def test_selection__from_a_preparation__verifies_like_a_direct_table(plan: Plan, make: Make, tmp_path: Path) -> None:
    prepare_table(make(CHOICES, predictions=False), plan, tmp_path / "setup", None, ignore)
    proved = select_table(make(CHOICES), plan, tmp_path / "setup", tmp_path / "out", ignore)
    report = check(tmp_path / "out", None, ignore)
    assert report.valid, report.reason
    assert report.footer.counts == proved.footer.counts == COUNTS
    assert not (tmp_path / "setup" / ".prepared").exists()


def test_selection__a_second_one__refused_at_every_stage(make: Make, tmp_path: Path) -> None:
    # A second cryptogram of a row, next to the first, tells its labels (property c).
    setup, other = tmp_path / "setup", [k ^ 1 for k in CHOICES]
    prepare_table(make(CHOICES, predictions=False), Plan(), setup, None, ignore)
    with pytest.raises(Interrupted):
        select_table(make(CHOICES), Plan(), setup, tmp_path / "out", after(1))
    with pytest.raises(Refused) as error:
        select_table(make(other), Plan(), setup, tmp_path / "other", ignore)
    assert error.value.code == "selected-before"
    select_table(make(CHOICES), Plan(), setup, tmp_path / "out", ignore)
    with pytest.raises(Refused) as error:
        select_table(make(other), Plan(), setup, tmp_path / "other", ignore)
    assert error.value.code == "no-preparation"


def test_selection__of_other_rows_or_labels__refused(make: Make, tmp_path: Path) -> None:
    setup = tmp_path / "setup"
    prepare_table(make(CHOICES, predictions=False), Plan(), setup, None, ignore)
    for rows in (make([2, *CHOICES[1:]]), make(CHOICES, first=5), make(CHOICES[:-1])):
        with pytest.raises(Refused, match="other rows"):
            select_table(rows, Plan(), setup, tmp_path / "out", ignore)
    assert select_table(make(CHOICES), Plan(), setup, tmp_path / "out", ignore).footer.counts == COUNTS


def test_preparation__interrupted__goes_on_and_cannot_be_selected_from_before(make: Make, tmp_path: Path) -> None:
    setup, rows = tmp_path / "setup", make(CHOICES, predictions=False)
    with pytest.raises(Interrupted):
        prepare_table(rows, Plan(), setup, None, after(2))
    with pytest.raises(Refused, match="no complete preparation"):
        select_table(make(CHOICES), Plan(), setup, tmp_path / "out", ignore)
    prepare_table(rows, Plan(), setup, None, ignore)
    assert json.loads((setup / ".prepared" / "state.json").read_text())["key"] == ""
    select_table(make(CHOICES), Plan(), setup, tmp_path / "out", ignore)
    assert check(tmp_path / "out", None, ignore).valid


# -------------------------------------------------------------------------------------------- ledger, policies, draws


def test_ledger__row_sets__equal_or_disjoint_only(make: Make, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "state" / "ledger.sqlite")
    prove_table(make(CHOICES), Plan(signer=5), tmp_path / "a", ledger, ignore)
    prove_table(make([k ^ 1 for k in CHOICES]), Plan(signer=5), tmp_path / "same rows", ledger, ignore)
    prove_table(make(CHOICES, first=10), Plan(signer=5), tmp_path / "new rows", ledger, ignore)
    for name, rows in (("less", make(CHOICES[:-1])), ("more", make([*CHOICES, 1])), ("mixed", make(CHOICES, first=19))):
        with pytest.raises(Refused) as error:
            prove_table(rows, Plan(signer=5), tmp_path / name, ledger, ignore)
        assert error.value.code == "ledger"
        assert not list((tmp_path / name).iterdir()), "a refused table leaves nothing behind"


def test_ledger__key_used_twice__refused(make: Make, tmp_path: Path) -> None:
    ledger, tags = Ledger(tmp_path / "ledger.sqlite"), make(CHOICES).tags
    ledger.reserve(b"one", b"key", tags)
    ledger.reserve(b"one", b"key", tags)
    with pytest.raises(Refused, match="key was used"):
        ledger.reserve(b"two", b"key", tags)
    with pytest.raises(Refused, match="other rows or another key"):
        ledger.reserve(b"one", b"other", tags)


def test_ledger__resumed_run__is_one_entry(make: Make, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with pytest.raises(Interrupted):
        prove_table(make(CHOICES), Plan(signer=5), tmp_path / "a", ledger, after(1))
    prove_table(make(CHOICES), Plan(signer=5), tmp_path / "a", ledger, ignore)
    with pytest.raises(Refused):
        prove_table(make(CHOICES[:-1]), Plan(signer=5), tmp_path / "b", ledger, ignore)


def test_release__too_few_rows_or_too_small_a_cell__refused(make: Make, tmp_path: Path) -> None:
    for policy in (Release(minimum_n=11), Release(minimum_cell=2)):
        with pytest.raises(Refused) as error:
            prove_table(make(CHOICES), Plan(release=policy, pads_to=100), tmp_path / "out", None, ignore)
        assert error.value.code == "release-policy"


def test_draw__with_a_nonce__the_same_rows_every_time_and_others_with_another(make: Make, tmp_path: Path) -> None:
    rows, counts = make([0] * 50 + [7] * 50), set()
    for index in range(8):
        plan = Plan(draw=20, nonce=bytes([index]) * 32)
        one = prove_table(rows, plan, tmp_path / f"a{index}", None, ignore)
        again = prove_table(rows, plan, tmp_path / f"b{index}", None, ignore)
        assert one.header.n == 20
        assert one.footer.counts == again.footer.counts
        counts.add(one.footer.counts)
    assert len(counts) > 1


@pytest.mark.parametrize(
    ("permutations", "plan"),
    [
        ([3], Plan()),
        ([], Plan()),
        (CHOICES, Plan(pads_to=5)),
        (CHOICES, Plan(draw=11, nonce=bytes(32))),
        (CHOICES, Plan(draw=5)),
        (CHOICES, Plan(BATCH, GroupId.DSA_3072)),
        (CHOICES * 13, Plan()),
    ],
)
def test_plan__impossible__malformed(
    permutations: list[int], plan: Plan, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt() -> None:
        rows = make(permutations)
        if len(permutations) > 100:
            rows = replace(rows, groups=8)  # w = 7: fewer than 128 rows
        prove_table(rows, plan, tmp_path / "out", None, ignore)

    with pytest.raises(MalformedInput):
        attempt()


# -------------------------------------------------------------------------------------------------------- verification


def test_check__interrupted__goes_on_where_it_stopped(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    monkeypatch.setattr(checking, "SAVE_SECONDS", -1.0)
    memory, seen = Memory(tmp_path / "memory"), list[int]()
    prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)
    interrupt = after(3)

    def progress(done: int, total: int) -> None:
        interrupt(done, total)

    with pytest.raises(Interrupted):
        check(tmp_path / "out", memory, progress)
    assert check(tmp_path / "out", memory, lambda done, total: seen.append(done)).valid
    assert seen == [8, 10]
    assert not list((tmp_path / "memory").iterdir())


def test_check__file_changed_since_the_interruption__begins_anew(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay_oracles.audits.fairness.evaluate.MAX_CHUNK_ROWS", 2)
    monkeypatch.setattr(checking, "SAVE_SECONDS", -1.0)
    memory, path = Memory(tmp_path / "memory"), tmp_path / "out" / "table.faas"
    prove_table(make(CHOICES), Plan(), tmp_path / "out", None, ignore)
    with pytest.raises(Interrupted):
        check(path, memory, after(3))
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(bytes(data))
    report = check(path, memory, ignore)
    assert not report.valid
    assert report.fault is not None
    assert report.fault.row == 1


def test_memory__damaged__is_no_checkpoint(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.save("x", Checkpoint(4, (None, bytes(32))))
    assert memory.load("x") == Checkpoint(4, (None, bytes(32)))
    for text in ("", "{}", "[]", '{"done": 1, "tree": [3]}'):
        (tmp_path / "x.json").write_text(text)
        assert memory.load("x") is None


def test_errors__of_a_missing_or_malformed_table__say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "table.faas").write_bytes(b"no table")
    for path, code in ((tmp_path, 3), (tmp_path / "nowhere", 64)):
        with pytest.raises(AssayError) as error:
            check(path, None, ignore)
        assert error.value.exit_code == code
        assert error.value.hint
