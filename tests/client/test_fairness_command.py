"""`assay fairness` from the outside: exit codes, JSON, and the story of a table offline."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from assay_chain import keystore
from assay_client.cli import app

from benchmarks import adult
from benchmarks.datasets import Dataset

# ProPublica's table, score >= 5: Caucasian, then African-American; true negative, false positive, false negative, true.
COMPAS = (1139, 349, 461, 505, 990, 805, 532, 1369)
COLUMNS = ["--protected", "race", "--actual", "two_year_recid", "--predicted", "decile_score", "--threshold", "5"]
GROUPS = ["--groups", "Caucasian,African-American"]
ADULT = [
    *("--protected", "sex", "--groups", "Female,Male", "--actual", "income"),
    *("--predicted", "score", "--threshold", "0.5", "--row-id", "id"),
]


@pytest.fixture
def compas(dataset: Callable[[Dataset], Path], tmp_path: Path) -> Path:
    """ProPublica's file as it is, less the rows of other groups."""
    path = tmp_path / "compas.csv"
    header, *rows = dataset(Dataset.COMPAS).read_text().splitlines(keepends=True)
    path.write_text(header + "".join(row for row in rows if any(f",{race}," in row for race in GROUPS[1].split(","))))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text("race,two_year_recid,decile_score\n" + "Caucasian,0,7\nAfrican-American,1,7\nCaucasian,1,2\n" * 3)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: Any) -> tuple[int, dict[str, Any]]:
    code = app.run(["fairness", *map(str, words), "--json"])
    out, _ = capsys.readouterr()
    return code, json.loads(out)


def test_compas__whole_pipeline__the_published_table(
    compas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, proved = run(capsys, "prove", compas, *COLUMNS, *GROUPS, "--row-id", "id", "--out", tmp_path / "out")
    assert code == 0
    assert (proved["schema"], proved["n"], proved["counts"]) == ("assay/fairness-prove/1", 6150, list(COMPAS))
    code, report = run(capsys, "verify", tmp_path / "out")
    assert code == 0
    assert report["schema"] == "assay/fairness-verify/1"
    assert (report["valid"], report["n"], report["counts"]) == (True, 6150, list(COMPAS))
    assert (report["reason"], report["row"], report["fault"]) == ("", None, None)
    assert report["metrics"]["false_positive_rate_difference"]["value"] == pytest.approx(0.2139, abs=1e-4)
    assert report["rates"][1]["false_positive_rate"]["value"] == pytest.approx(805 / 1795)


def test_adult__scores_of_a_logistic_regression__counts_and_metrics_of_the_rows(
    dataset: Callable[[Dataset], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset(Dataset.ADULT_TRAIN)
    rows = tmp_path / "adult.csv"
    adult.write_scores(rows, 1000)
    counts = [0] * 8
    with rows.open(newline="") as file:
        for row in csv.DictReader(file):
            counts[4 * (row["sex"] == "Male") + 2 * int(row["income"]) + (float(row["score"]) >= 0.5)] += 1
    code, _ = run(capsys, "prove", rows, *ADULT, "--out", tmp_path / "out")
    assert code == 0
    code, report = run(capsys, "verify", tmp_path / "out")
    assert code == 0
    assert (report["n"], report["counts"]) == (1000, counts)
    women, men = ((counts[i + 1] + counts[i + 3]) / sum(counts[i : i + 4]) for i in (0, 4))
    assert report["metrics"]["demographic_parity_difference"]["value"] == pytest.approx(men - women)
    assert men > women


def test_verify__false_table__one_with_the_culprit(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "prove", small, *COLUMNS, *GROUPS, "--out", tmp_path / "out")
    path = tmp_path / "out" / "table.faas"
    data = bytearray(path.read_bytes())
    data[288 + 4 * 1792 + 300] ^= 1
    path.write_bytes(bytes(data))
    code, report = run(capsys, "verify", path)
    assert code == 1
    assert (report["valid"], report["row"]) == (False, 5)
    assert report["reason"].startswith("row 5: ")
    assert (report["counts"], report["metrics"]) == (None, {})
    assert app.run(["fairness", "verify", str(path)]) == 1
    assert "row 5: " in capsys.readouterr().out


def test_verify__no_table__three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "table.faas").write_bytes(bytes(5000))
    code, error = run(capsys, "verify", tmp_path)
    assert code == 3
    assert error["error"]["culprit"] == "supplier"


def test_verify__a_pipe_or_an_empty_folder__neither_waited_for_nor_taken_for_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, says in ((tmp_path / "pipe", "it is no file"), (tmp_path, "table.faas: No such file")):
        code, error = run(capsys, "verify", path)
        assert (code, error["error"]["code"], error["error"]["culprit"]) == (64, "unreadable-file", "local")
        assert says in error["error"]["message"]


def test_recover__small_table__counts_without_the_declaration(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "prove", small, *COLUMNS, *GROUPS, "--out", tmp_path / "out", "--form", "compact")
    code, report = run(capsys, "verify", tmp_path / "out", "--recover")
    assert code == 0
    assert report["recovered"] == report["counts"] == [0, 3, 3, 0, 0, 0, 0, 3]


def test_recover__too_many_rows__refused_before_the_check(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "prove", small, *COLUMNS, *GROUPS, "--out", tmp_path / "out", "--pads-to", "201")
    path = tmp_path / "out" / "table.faas"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(bytes(data))
    code, error = run(capsys, "verify", path, "--recover")
    assert (code, error["error"]["code"]) == (3, "not-recoverable"), "a check would have found the false row"


def test_verify__below_the_minimum__one_and_says_so(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "prove", small, *COLUMNS, *GROUPS, "--out", tmp_path / "out", "--pads-to", "20")
    assert run(capsys, "verify", tmp_path / "out")[0] == 0
    for option in (("--min-n", 10), ("--min-cell", 1)):
        code, report = run(capsys, "verify", tmp_path / "out", *option)
        assert (code, report["valid"], report["fault"], report["row"]) == (1, False, None, None)
        assert "minimum" in report["reason"]
        assert report["counts"] == [0, 3, 3, 0, 0, 0, 0, 3]
    assert app.run(["fairness", "verify", str(tmp_path / "out"), "--min-n", "10"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("The proofs hold, but 9 rows are fewer than the minimum of 10\n")
    assert "False" not in shown, "nobody is accused because of a threshold"


@pytest.mark.parametrize("option", ["--min-n", "--min-cell"])
def test_minimum__below_zero__usage(
    option: str, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("prove", small, *COLUMNS, *GROUPS, "--out", tmp_path / "out"), ("verify", tmp_path)):
        code, error = run(capsys, *words, option, -1)
        assert (code, error["error"]["code"]) == (64, "usage")
        assert option in error["error"]["message"]


def test_prepare_and_select__the_papers_phases__verify_like_a_direct_table(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = tmp_path / "ids.csv"
    lines = small.read_text().splitlines()
    ids.write_text("\n".join([f"id,{lines[0]}", *(f"{i},{line}" for i, line in enumerate(lines[1:]))]))
    setup = ["--row-id", "id", *GROUPS]
    code, _ = run(capsys, "prepare", ids, *COLUMNS[:4], *setup, "--out", tmp_path / "setup")
    assert code == 0
    words = ("prove", ids, *COLUMNS, *setup, "--prepared", tmp_path / "setup", "--out", tmp_path / "out")
    assert run(capsys, *words)[1]["counts"] == [0, 3, 3, 0, 0, 0, 0, 3]
    assert run(capsys, "verify", tmp_path / "out")[0] == 0
    code, error = run(capsys, *words[:-1], tmp_path / "again")
    assert (code, error["error"]["code"]) == (5, "no-preparation")


def test_keystore__given__signs_and_its_ledger_refuses_overlaps(
    compas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    account = keystore.create(tmp_path / "key.json", "secret", work=2)
    signing = ("--keystore", tmp_path / "key.json", "--password-file", password, "--row-id", "id")
    lines = compas.read_text().splitlines()
    few, fewer = tmp_path / "few.csv", tmp_path / "fewer.csv"
    few.write_text("\n".join(lines[:20]))
    fewer.write_text("\n".join(lines[:19]))
    code, proved = run(capsys, "prove", few, *COLUMNS, *GROUPS, *signing, "--out", tmp_path / "a")
    assert code == 0
    assert proved["supplier"] == account.address.lower()
    assert not proved["ephemeral_key"]
    code, error = run(capsys, "prove", fewer, *COLUMNS, *GROUPS, *signing, "--out", tmp_path / "b")
    assert (code, error["error"]["code"]) == (5, "ledger")


@pytest.mark.parametrize(
    "words",
    [
        ("--nonce", "xyz"),
        ("--nonce", "00"),
        ("--board", "0x12"),
        ("--keystore", "nowhere.json"),
        ("--form", "long"),
        ("--chain-id", "-1"),
        ("--chain-id", str(1 << 256)),
        ("--draw", "-1"),
        ("--pads-to", "-1"),
    ],
)
def test_prove__wrong_option__usage(
    words: tuple[str, str], small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, error = run(capsys, "prove", small, *COLUMNS, *GROUPS, "--out", tmp_path / "out", *words)
    assert code == 64
    assert error["error"]["hint"]
