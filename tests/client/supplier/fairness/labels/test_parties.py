"""Two parties with files between them: the plain counts, no row made twice, nothing built upon what is false."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from assay_chain.errors import AssayError, MalformedInput, Refused, Usage
from assay_client.supplier.fairness.labels import owner
from assay_client.supplier.fairness.state import locked
from assay_client.verifier.fairness import sessions
from assay_client.verifier.fairness.checking import Memory
from assay_client.verifier.fairness.sessions import check_session, glance
from assay_oracles.audits.fairness.labels import equations, signed
from assay_oracles.audits.fairness.labels.files import Step
from assay_oracles.audits.fairness.release import Release
from assay_oracles.audits.fairness.signature import address_of

from tests.client.supplier.fairness.conftest import ignore
from tests.client.supplier.fairness.labels.conftest import CELLS, COUNTS, OWNER, SUPPLIER, House
from tests.client.supplier.fairness.test_proving import Interrupted, after


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as error:
        act()
    assert error.value.hint
    return error.value


def test_session__both_honest__the_plain_counts_and_no_secrets_left(house: House) -> None:
    house.predicted().share()
    assert house.publish() == COUNTS
    finding = house.check()
    assert finding.fault is None
    assert finding.counts == COUNTS
    assert sorted(path.name for path in (house.root / "shared").iterdir()) == sorted(step.file for step in Step)
    for signer in (OWNER, SUPPLIER):
        left = [path.name for path in (house.root / hex(signer)).rglob("*") if path.is_file()]
        assert left == ["ledger.sqlite"]
        assert not list((house.root / hex(signer) / "labels").iterdir())


def test_session__several_processes__the_same(tmp_path: Path) -> None:
    house, cells = House(tmp_path), CELLS * 30
    house.start(cells)
    house.join()
    seen: list[int] = []
    house.fix(cells, progress=lambda done, total: seen.append(done))
    assert seen == [256, 300]
    house.predict(cells)
    house.share()
    assert house.publish() == tuple(30 * count for count in COUNTS)
    assert house.check().counts == tuple(30 * count for count in COUNTS)


def test_secrets__while_a_session_runs__are_the_partys_only_and_never_shared(house: House) -> None:
    house.predicted()
    for signer in (OWNER, SUPPLIER):
        folder = house.secret(signer)
        kept = json.loads((folder / "state.json").read_text())
        assert folder.stat().st_mode & 0o77 == 0
        assert (folder / "state.json").stat().st_mode & 0o77 == 0
        assert kept["key"] == "", "rows are handed over: nobody can make them again"
        for path in (house.root / "shared").iterdir():
            assert bytes.fromhex(kept["half"]) not in path.read_bytes()
        assert sorted(path.name for path in folder.iterdir()) == ["lock", "state.json"]


# ---------------------------------------------------------------------------------------------------------- whose turn


def test_steps__out_of_turn__refused_and_the_awaited_party_named(house: House) -> None:
    house.start()
    assert refused(house.fix).culprit == "supplier"
    assert glance(house.root / "shared").next is Step.SUPPLIER_KEY
    house.join()
    assert refused(house.predict).culprit == "owner"
    assert refused(house.share).culprit == "owner"
    house.fix()
    assert refused(house.publish).culprit == "supplier"
    house.predict()
    assert refused(house.publish).code == "not-your-turn"
    house.share()
    house.publish()
    assert glance(house.root / "shared").next is None


def test_steps__made_before__never_made_again(house: House) -> None:
    house.start()
    assert refused(house.start).code == "exists"
    house.join()
    assert refused(house.join).code == "exists"
    house.fix()
    assert refused(house.fix).code == "exists"
    house.predict()
    assert refused(house.predict).code == "exists"
    house.share()
    assert refused(house.share).code == "exists"
    house.publish()
    assert refused(house.publish).code == "exists"


def test_rows__removed_from_the_folder__never_made_again(house: House) -> None:
    house.fixed()
    (house.root / "shared" / "owner.rows").unlink()
    error = refused(house.fix)
    assert error.code == "exists"
    assert "bring it back" in error.hint


def test_party__that_the_terms_do_not_name__refused(house: House) -> None:
    house.start()
    stranger = house.party(0xBAD)
    from assay_client.supplier.fairness.labels import supplier

    assert refused(lambda: supplier.join(stranger)).code == "not-your-session"
    assert refused(lambda: supplier.join(house.party(OWNER))).code == "not-your-session"
    house.join()
    assert refused(lambda: owner.fix(house.party(SUPPLIER), house.labels())).code == "not-your-session"


def test_party__on_another_machine__refused(house: House) -> None:
    house.begun()
    for path in house.secret(OWNER).iterdir():
        path.unlink()
    house.secret(OWNER).rmdir()
    assert refused(house.fix).code == "no-secrets"


def test_party__another_process_at_work__refused(house: House) -> None:
    house.begun()
    with locked(house.secret(OWNER)):
        assert refused(house.fix).code == "in-use"


# ----------------------------------------------------------------------------------------------- rows of both parties


def test_rows__of_other_ids__refused_before_any_prediction(house: House) -> None:
    house.fixed()
    for cells, first in ((CELLS, 1), (CELLS[:-1], 0), ([*CELLS, 1], 0)):
        assert refused(lambda cells=cells, first=first: house.predict(cells, first)).code == "other-ids"
    assert not (house.root / "shared" / "supplier.rows").exists()
    house.predict()


def test_rows__of_the_owner_changed_since_the_start__refused(house: House) -> None:
    house.begun()
    for cells, first in (([2, *CELLS[1:]], 0), (CELLS, 1), (CELLS[:-1], 0)):
        assert refused(lambda cells=cells, first=first: house.fix(cells, first)).code == "other-rows"
    house.fix([k ^ 1 for k in CELLS])  # predictions are none of its business


def test_rare_label__of_an_owner_who_isolates_a_row__refused_before_any_prediction(house: House) -> None:
    # A label of one row: its count would be this row's prediction.
    house.fixed()
    error = refused(lambda: house.predict(least=3))
    assert error.code == "rare-label"
    assert "0, 1, 2, 3" not in error.message
    assert not (house.secret(SUPPLIER) / "rows").exists()
    house.predict(least=2)


def test_ledger__overlapping_sessions__refused_for_both(house: House, tmp_path: Path) -> None:
    house.predicted()
    (house.root / "shared").rename(house.root / "first")
    assert refused(lambda: house.start(CELLS[:-1])).code == "ledger"
    # An owner without a ledger gets no further: the supplier has its own.
    (house.root / hex(OWNER) / "ledger.sqlite").unlink()
    house.start(CELLS[:-1])
    house.join()
    house.fix(CELLS[:-1])
    assert refused(lambda: house.predict(CELLS[:-1])).code == "ledger"


@pytest.mark.parametrize("cells", [[0], [0] * 3], ids=["one row", "one address"])
def test_start__impossible__malformed(cells: list[int], house: House) -> None:
    plan = owner.Plan(address_of(SUPPLIER) if len(cells) < 2 else address_of(OWNER))
    with pytest.raises(MalformedInput):
        owner.start(house.party(OWNER), house.labels(cells), plan, house.ledger(OWNER))


def test_start__counts_that_nobody_could_find__malformed_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay_oracles.audits.fairness.labels.count.MAX_GIANT_STEPS", 1)
    monkeypatch.setattr("assay_oracles.audits.fairness.labels.count.MAX_BABY_STEPS", 4)
    with pytest.raises(MalformedInput, match="could not be found"):
        house.start()


def test_release__too_small_a_cell__the_owner_publishes_nothing(house: House) -> None:
    house.predicted().share()
    assert refused(lambda: house.publish(Release(11, 0))).code == "release-policy"
    assert refused(lambda: house.publish(Release(2, 2))).code == "release-policy"
    assert not (house.root / "shared" / "owner.share").exists()
    assert house.publish() == COUNTS


# -------------------------------------------------------------------------------------------------------- interruptions


@pytest.mark.parametrize("chunks", range(6))
def test_rows__interrupted_after_any_chunk__go_on_and_are_made_once(
    chunks: int, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, int]] = []
    for name in ("fix_label", "predict"):
        original = getattr(equations, name)

        def record(session, joint, row, *rest, name=name, original=original):  # type: ignore[no-untyped-def]
            made.append((name, row))
            return original(session, joint, row, *rest)

        monkeypatch.setattr(equations, name, record)
    house.begun()
    with suppress(Interrupted):
        house.fix(progress=after(chunks))
    if chunks < 5:
        assert not (house.root / "shared" / "owner.rows").exists()
        house.fix()
    with suppress(Interrupted):
        house.predict(progress=after(5 + chunks))  # it checks five chunks first
    if chunks < 5:
        assert not (house.root / "shared" / "supplier.rows").exists()
        house.predict()
    assert len(made) == len(set(made)) == 20
    house.share()
    assert house.publish() == COUNTS


@pytest.mark.parametrize("torn", ["rows", "rows.log"])
def test_rows__torn_write__costs_a_chunk_and_its_ciphertexts_are_the_same(torn: str, house: House) -> None:
    house.begun()
    with pytest.raises(Interrupted):
        house.fix(progress=after(3))
    folder = house.secret(OWNER)
    before = (folder / "rows").read_bytes()
    (folder / torn).write_bytes((folder / torn).read_bytes()[:-7])
    house.fix()
    rows = (house.root / "shared" / "owner.rows").read_bytes()
    for start in range(417 + 32, len(before), 66 + 256):
        assert rows[start : start + 66] == before[start : start + 66], (
            "another ciphertext of a row could tell its label"
        )
    house.predict()


def test_predictions__changed_in_a_resumed_run__refused(house: House) -> None:
    house.fixed()
    with pytest.raises(Interrupted):
        house.predict(progress=after(7))
    assert refused(lambda: house.predict([1, *CELLS[1:]])).code == "other-rows"
    house.predict()
    house.share()
    assert house.publish() == COUNTS


@pytest.mark.parametrize("step", list(Step)[2:], ids=lambda step: step.file)
def test_step__interrupted_right_after_its_file_was_handed_over__is_finished_by_the_next_run(
    step: Step, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = {Step.OWNER_ROWS: house.fix, Step.SUPPLIER_ROWS: house.predict, Step.SUPPLIER_SHARE: house.share}
    house.begun()
    for earlier in list(Step)[2 : step - 1]:
        acts[earlier]()
    act = acts.get(step, house.publish)
    final, original = house.root / "shared" / step.file, Path.replace

    def replace(self: Path, target: Path) -> Path:
        done = original(self, target)
        if target == final:
            raise Interrupted
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(Interrupted):
            act()
    data = final.read_bytes()
    act()
    assert final.read_bytes() == data
    for later in list(Step)[step:]:
        acts.get(later, house.publish)()
    assert house.check().counts == COUNTS


def test_rows__interrupted_between_finishing_and_handing_over__the_same_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.begun()
    with monkeypatch.context() as patch:
        patch.setattr("assay_client.supplier.fairness.labels.making.shutil.copyfile", after(0))
        with pytest.raises(Interrupted):
            house.fix()
    made = (house.secret(OWNER) / "owner.rows").read_bytes()
    house.fix()
    assert (house.root / "shared" / "owner.rows").read_bytes() == made


def test_check__interrupted__goes_on_where_it_stopped(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sessions, "SAVE_SECONDS", -1.0)
    house.predicted()
    memory, seen = Memory(tmp_path / "memory"), list[tuple[int, int]]()
    with pytest.raises(Interrupted):
        check_session(house.root / "shared", memory, after(3))
    check_session(house.root / "shared", memory, lambda done, total: seen.append((done, total)))
    assert seen == [(8, 10), (10, 10), (2, 10), (4, 10), (6, 10), (8, 10), (10, 10)]
    assert not list((tmp_path / "memory").iterdir())


def test_check__of_a_party__proves_no_row_twice(house: House) -> None:
    # What a party made or has checked, it need not check again.
    house.predicted()
    from assay_client.supplier.fairness.labels import supplier

    supplier.share(house.party(SUPPLIER, after(0)))
    seen: list[int] = []
    house.publish(progress=lambda done, total: seen.append(total))
    assert seen[:5] == [10] * 5, "the owner checks the supplier's rows, not its own"


# ------------------------------------------------------------------------------------------------------ hostile folders


def spoil(house: House, step: Step, at: int = 500) -> None:
    path = house.root / "shared" / step.file
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("step", "act"),
    [
        (Step.OWNER_KEY, "join"),
        (Step.SUPPLIER_KEY, "fix"),
        (Step.OWNER_ROWS, "predict"),
        (Step.SUPPLIER_ROWS, "publish"),
        (Step.SUPPLIER_SHARE, "publish"),
    ],
    ids=str,
)
def test_false_file__of_the_other_party__nothing_is_built_upon_it(step: Step, act: str, house: House) -> None:
    acts = ["start", "join", "fix", "predict", "share", "publish"]
    for each in acts[: acts.index(act)]:
        getattr(house, each)()
    spoil(house, step)
    error = refused(getattr(house, act))
    assert (error.code, error.culprit) == ("false-session", step.role)
    assert error.message.startswith(step.file)


def test_rows__proven_falsely_by_the_owner__refused_with_the_row(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    original = equations.fix_label

    def cheat(session, joint, row, label, rho):  # type: ignore[no-untyped-def]
        honest = original(session, joint, row, label, rho)
        return original(session, joint, 3, label, rho) if row == 7 else honest

    monkeypatch.setattr(equations, "fix_label", cheat)
    house.begun().fix()
    error = refused(house.predict)
    assert error.culprit == "owner"
    assert error.message.startswith("owner.rows, row 7: ")
    assert not (house.root / "shared" / "supplier.rows").exists()


def test_own_rows__replaced_by_ones_signed_elsewhere__not_decrypted(house: House, tmp_path: Path) -> None:
    # Whoever had the supplier's key for a moment could make it decrypt a sum of its choice.
    house.fixed()
    before = {path.name: path.read_bytes() for path in house.secret(SUPPLIER).iterdir()}
    house.predict([1 - k % 2 for k in CELLS])
    for name, data in before.items():
        (house.secret(SUPPLIER) / name).write_bytes(data)
    replaced = (house.root / "shared" / "supplier.rows").read_bytes()
    (house.root / "shared" / "supplier.rows").unlink()
    house.predict()
    (house.root / "shared" / "supplier.rows").write_bytes(replaced)
    assert refused(house.share).code == "replaced-file"


def test_false_total__of_the_supplier__its_fault(house: House) -> None:
    house.predicted()
    path = house.secret(SUPPLIER) / "state.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "positives": 4}))
    house.share()
    error = refused(house.publish)
    assert (error.code, error.culprit) == ("false-session", "supplier")
    assert not (house.root / "shared" / "owner.share").exists()


def test_folder__odd_ones__say_what_to_do(house: House, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(MalformedInput) as error:
            check_session(folder, None, ignore)
        assert "start" in error.value.hint
    os.mkfifo(tmp_path / "empty" / "owner.key")
    with pytest.raises(Usage, match="no regular file"):
        check_session(tmp_path / "empty", None, ignore)


def test_file__malformed__three_and_its_party(house: House) -> None:
    house.fixed()
    (house.root / "shared" / "owner.rows").write_bytes(b"rubbish")
    with pytest.raises(AssayError) as error:
        house.predict()
    assert (error.value.exit_code, error.value.culprit) == (3, "owner")


def test_state__damaged__is_no_secret(house: House) -> None:
    house.begun()
    for text in ("", "[]", "{}", '{"half": 1}'):
        (house.secret(OWNER) / "state.json").write_text(text)
        with pytest.raises(MalformedInput, match="no state"):
            house.fix()


def test_file__changed_while_it_is_used__nothing_is_handed_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = CELLS * 8  # more than a stream reads ahead
    house.start(cells)
    house.join()
    house.fix(cells)
    original, calls = signed.Signed.chunk, list[int]()

    def chunk(self: signed.Signed, index: int) -> tuple[int, int, bytes]:
        calls.append(index)
        if len(calls) == 82:  # checked and summed; now it is built upon
            spoil(house, Step.OWNER_ROWS, 417 + 32 + 322 * 78)
        return original(self, index)

    monkeypatch.setattr(signed.Signed, "chunk", chunk)
    with pytest.raises(MalformedInput, match="changed while"):
        house.predict(cells)
    assert not (house.root / "shared" / "supplier.rows").exists()
