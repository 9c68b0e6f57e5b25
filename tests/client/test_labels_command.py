"""`assay fairness labels` from the outside: two keystores, one folder, exit codes and JSON."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from assay_chain import keystore
from assay_client.cli import app

PEOPLE = [(k // 4, k // 2 % 2, k % 2) for k in (0, 1, 2, 3, 4, 5, 6, 7) for _ in range(2 + k)]
COUNTS = [2 + k for k in range(8)]
LABELS = ("--protected", "sex", "--actual", "hired", "--groups", "f,m", "--row-id", "id")
PREDICTIONS = ("--predicted", "score", "--threshold", "0.5", "--row-id", "id", "--min-label", "5")


class Desk:
    """The files of both parties, and a way to run commands as either."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "password").write_text("secret\n")
        self.addresses = {
            name: keystore.create(folder / f"{name}.json", "secret", work=2).address for name in ("owner", "supplier")
        }
        lines = [f"p{i},{'fm'[group]},{actual}" for i, (group, actual, _) in enumerate(PEOPLE)]
        (folder / "labels.csv").write_text("\n".join(["id,sex,hired", *lines]))
        lines = [f"{0.7 if predicted else 0.2},p{i}" for i, (_, _, predicted) in enumerate(PEOPLE)]
        random.Random(3).shuffle(lines)
        (folder / "scores.csv").write_text("\n".join(["score,id", *lines]))

    def run(self, name: str, *words: Any) -> tuple[int, dict[str, Any]]:
        signing = ("--keystore", self.folder / f"{name}.json", "--password-file", self.folder / "password")
        return self.look(*words, *signing, "--state", self.folder / name)

    def look(self, *words: Any) -> tuple[int, dict[str, Any]]:
        code = app.run(["fairness", "labels", *map(str, words), "--json"])
        out, _ = self._capsys.readouterr()
        return code, json.loads(out)

    @property
    def shared(self) -> Path:
        return self.folder / "shared"

    def start(self) -> tuple[int, dict[str, Any]]:
        session = ("--session", self.shared, "--supplier", self.addresses["supplier"])
        return self.run("owner", "start", self.folder / "labels.csv", *LABELS, *session)

    def rest(self) -> None:
        for name, *words in (
            ("supplier", "join", self.shared),
            ("owner", "commit", self.folder / "labels.csv", *LABELS, "--session", self.shared),
            ("supplier", "predict", self.folder / "scores.csv", *PREDICTIONS, "--session", self.shared),
            ("supplier", "share", self.shared),
            ("owner", "share", self.shared),
        ):
            code, answer = self.run(name, *words)
            assert code == 0, answer
            assert answer["schema"] == "assay/fairness-labels/1"
            assert (self.shared / answer["file"]).exists()


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_session__whole_story__valid_with_the_plain_counts(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, begun = desk.start()
    assert (code, begun["n"], begun["file"]) == (0, len(PEOPLE), "owner.key")
    assert begun["supplier"] == desk.addresses["supplier"].lower()
    code, status = desk.look("status", desk.shared)
    assert (code, status["turn"], status["next"], status["files"]) == (0, "supplier", "supplier.key", ["owner.key"])
    code, error = desk.look("verify", desk.shared)
    assert (code, error["error"]["code"], error["error"]["culprit"]) == (2, "unfinished", "supplier")
    desk.rest()
    code, report = desk.look("verify", desk.shared)
    assert (code, report["schema"]) == (0, "assay/fairness-labels-verify/1")
    assert (report["valid"], report["n"], report["counts"]) == (True, len(PEOPLE), COUNTS)
    assert (report["reason"], report["culprit"], report["file"], report["row"]) == ("", None, None, None)
    assert report["metrics"]["demographic_parity_difference"]["value"] == pytest.approx(abs(8 / 14 - 16 / 30))
    assert report["table_id"] == begun["table_id"]
    assert desk.look("status", desk.shared)[1]["turn"] is None
    assert desk.look("verify", desk.shared, "--min-cell", 3)[0] == 1
    assert desk.look("verify", desk.shared, "--min-cell", -1)[0] == 64
    capsys.readouterr()
    assert app.run(["fairness", "labels", "verify", str(desk.shared), "--min-n", "99"]) == 1
    assert capsys.readouterr().out.startswith(f"The proofs hold, but {len(PEOPLE)} rows are fewer than the minimum")
    assert app.run(["fairness", "labels", "verify", str(desk.shared)]) == 0


def test_verify__false_row__one_with_party_file_and_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from assay_oracles.audits.fairness.labels import equations

    original = equations.fix_label

    def cheat(session, joint, row, label, rho):  # type: ignore[no-untyped-def]
        return original(session, joint, 2 if row == 9 else row, label, rho)

    desk.start()
    desk.run("supplier", "join", desk.shared)
    monkeypatch.setattr(equations, "fix_label", cheat)
    assert desk.run("owner", "commit", desk.folder / "labels.csv", *LABELS, "--session", desk.shared)[0] == 0
    code, report = desk.look("verify", desk.shared)
    assert code == 1
    assert (report["valid"], report["culprit"], report["file"], report["row"]) == (False, "owner", "owner.rows", 9)
    assert report["reason"].startswith("owner.rows, row 9: ")
    assert (report["counts"], report["metrics"]) == (None, {})
    words = ("predict", desk.folder / "scores.csv", *PREDICTIONS, "--session", desk.shared)
    code, error = desk.run("supplier", *words)
    assert (code, error["error"]["culprit"]) == (5, "owner")


def test_status__false_signature__one_with_its_party(desk: Desk) -> None:
    desk.start()
    data = bytearray((desk.shared / "owner.key").read_bytes())
    data[-2] ^= 1
    (desk.shared / "owner.key").write_bytes(bytes(data))
    for command in ("status", "verify"):
        code, report = desk.look(command, desk.shared)
        assert (code, report["culprit"], report["file"]) == (1, "owner", "owner.key")
    assert app.run(["fairness", "labels", "status", str(desk.shared)]) == 1


def test_steps__out_of_order_or_twice__say_what_comes_first_or_that_it_is_done(desk: Desk) -> None:
    desk.start()
    words = ("predict", desk.folder / "scores.csv", *PREDICTIONS, "--session", desk.shared)
    code, error = desk.run("supplier", *words)
    assert (code, error["error"]["code"]) == (5, "not-joined")
    assert "labels join" in error["error"]["hint"]
    assert desk.run("supplier", "join", desk.shared)[0] == 0
    code, error = desk.run("supplier", "join", desk.shared)
    assert (code, error["error"]["code"]) == (5, "exists")
    assert error["error"]["hint"].startswith("Nothing is left to do.")
    code, error = desk.look("verify", desk.shared)
    assert (code, error["error"]["hint"]) == (2, "It is the owner's turn: assay fairness labels commit")


def test_share__of_whose_turn_it_is_but_too_early__names_the_command_before(desk: Desk) -> None:
    desk.start()
    assert desk.run("supplier", "join", desk.shared)[0] == 0
    code, error = desk.run("supplier", "share", desk.shared)
    assert (code, error["error"]["code"], error["error"]["culprit"]) == (5, "not-your-turn", "owner")
    assert "The owner makes it with `assay fairness labels commit`" in error["error"]["hint"]
    assert desk.run("owner", "commit", desk.folder / "labels.csv", *LABELS, "--session", desk.shared)[0] == 0
    code, error = desk.run("supplier", "share", desk.shared)
    assert (code, error["error"]["code"], error["error"]["culprit"]) == (5, "wrong-step", "local")
    assert error["error"]["message"] == "it is your turn, but supplier.rows comes before supplier.share"
    assert "`assay fairness labels predict`" in error["error"]["hint"]


def test_commit__groups_in_another_order__says_that_the_reading_counts(desk: Desk) -> None:
    desk.start()
    desk.run("supplier", "join", desk.shared)
    other = [word if word != "f,m" else "m,f" for word in LABELS]
    code, error = desk.run("owner", "commit", desk.folder / "labels.csv", *other, "--session", desk.shared)
    assert (code, error["error"]["code"]) == (5, "other-rows")
    assert "--groups" in error["error"]["hint"]


def test_verify__no_session__three(desk: Desk) -> None:
    for command in ("verify", "status"):
        code, error = desk.look(command, desk.folder / "nowhere")
        assert (code, error["error"]["code"], error["error"]["culprit"]) == (3, "no-session", "local")
    desk.shared.mkdir()
    assert desk.look("verify", desk.shared)[0] == 3
    (desk.shared / "owner.key").write_bytes(bytes(500))
    code, error = desk.look("verify", desk.shared)
    assert (code, error["error"]["culprit"]) == (3, "owner")


def test_predict__rare_label_by_default__refused(desk: Desk) -> None:
    desk.start()
    desk.run("supplier", "join", desk.shared)
    desk.run("owner", "commit", desk.folder / "labels.csv", *LABELS, "--session", desk.shared)
    words = ("predict", desk.folder / "scores.csv", *PREDICTIONS[:-2], "--session", desk.shared)
    code, error = desk.run("supplier", *words)
    assert (code, error["error"]["code"]) == (5, "rare-label")


def test_party__without_a_key__usage(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_KEYSTORE", raising=False)
    assert desk.look("join", desk.shared)[0] == 64
    words = ("--session", desk.shared, "--supplier", "0x12")
    assert desk.run("owner", "start", desk.folder / "labels.csv", *LABELS, *words)[0] == 64
