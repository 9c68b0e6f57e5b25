"""Reading rows: CSV and Parquet, labels and scores, groups by number and by name, and who a row is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from assay_chain.errors import MalformedInput, Usage
from assay_client.supplier.fairness.rows import Columns, read

CSV = "race,recid,score\nwhite,0,4\nblack,1,5\nblack,0,10\nwhite,1,1\n"
NAMES = Columns("race", "recid", "score", threshold=5, groups=("white", "black"))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "rows.csv"
        path.write_text(text)
        return path

    return write


def test_csv__names_and_scores__permutations(file: Callable[[str], Path]) -> None:
    rows = read(file(CSV), NAMES)
    assert rows.permutations.tolist() == [0, 7, 5, 2]
    assert rows.groups == 2
    assert not rows.by_position
    assert len(np.unique(rows.tags, axis=0)) == 4


@pytest.mark.parametrize("header", [",g,y,p,p", "id,g,y,p,p"])
def test_csv__unnamed_index_and_a_column_twice__read_as_long_as_nothing_is_ambiguous(
    header: str, file: Callable[[str], Path]
) -> None:
    rows = read(file(f"{header}\n0,0,1,1,1\n\n1,1,0,0,0\n"), Columns("g", "y", "p"))
    assert rows.permutations.tolist() == [3, 4]


@pytest.mark.parametrize(("threshold", "predicted"), [(4.5, [0, 1, 1, 0]), (1, [1, 1, 1, 1]), (11, [0, 0, 0, 0])])
def test_threshold__a_score_on_it__predicts_one(
    threshold: float, predicted: list[int], file: Callable[[str], Path]
) -> None:
    rows = read(file(CSV), Columns("race", "recid", "score", threshold, groups=("white", "black")))
    assert rows.predictions.tolist() == predicted


def test_parquet__same_data__same_permutations(tmp_path: Path) -> None:
    table = pyarrow.table(
        {"sex": [0, 1, 1, 0], "y": [False, True, False, True], "p": [0.2, 0.5, 0.9, 0.1], "x": [1.5, None, 2.0, 3.0]}
    )
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    rows = read(tmp_path / "rows.parquet", Columns("sex", "y", "p", threshold=0.5))
    assert rows.permutations.tolist() == [0, 7, 5, 2]


@pytest.mark.parametrize("groups", [3, 8])
def test_groups__numbered__as_many_as_the_largest(groups: int, file: Callable[[str], Path]) -> None:
    lines = "".join(f"{g},0,1\n" for g in range(groups))
    rows = read(file("g,y,p\n" + lines), Columns("g", "y", "p"))
    assert rows.groups == groups
    assert rows.permutations.tolist() == [4 * g + 1 for g in range(groups)]


def test_identity__prediction_changes__row_stays_the_same(file: Callable[[str], Path]) -> None:
    before = read(file(CSV), NAMES).tags
    after = read(file(CSV.replace(",10\n", ",2\n")), NAMES).tags
    assert (before == after).all()
    assert not (before == read(file(CSV.replace("black,0", "black,1")), NAMES).tags).all()


def test_identity__equal_rows__by_their_place_in_this_very_file(file: Callable[[str], Path]) -> None:
    twice = CSV + "white,0,9\n"
    rows = read(file(twice), NAMES)
    assert rows.by_position
    assert len(np.unique(rows.tags, axis=0)) == 5
    assert not (rows.tags[:4] == read(file(twice + "white,0,9\n"), NAMES).tags[:4]).any(axis=1).any()


def test_row_id__given__is_the_identity(file: Callable[[str], Path]) -> None:
    columns = Columns("g", "y", "p", row_id="id")
    one = read(file("id,g,y,p\n7,0,0,0\n8,1,1,1\n"), columns)
    other = read(file("id,g,y,p,new\n8,0,0,1,x\n7,1,1,0,y\n"), columns)
    assert (one.tags == other.tags[::-1]).all()
    with pytest.raises(MalformedInput, match="twice"):
        read(file("id,g,y,p\n7,0,0,0\n7,1,1,1\n"), columns)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no rows"),
        ("g,y,p\n", "no rows"),
        ("g,y\n0,1\n", "no column 'p'"),
        ("g,y,p\n0,2,1\n", "line 2: column 'y' holds '2'"),
        ("g,y,p\n0,1,1\n0,1,\n", "line 3: column 'p' holds ''"),
        ("g,y,p\nx,1,1\n", "line 2: column 'g' holds 'x'"),
        ("g,y,p\n8,1,1\n", "line 2: column 'g' holds '8'"),
        ("g,y,p\n0,1,0.7\n", "line 2: column 'p' holds '0.7'"),
        ('g,y,p\n0,1,1\n\n"0",1,1\n0,1,2\n', "line 5: column 'p'"),
        ("g,y,p\n0,1\n", "line 2: not as many cells"),
        ("g,y,p\n0,1,1,1\n", "line 2: not as many cells"),
        ("g,y,p,p\n0,1,1,0\n", "several columns 'p' that differ"),
        ("g,y,p\n0,1,1\n0,0,1\n", "no row of group 1"),
        ("g,y,p\n1,1,1\n2,0,1\n", "no row of group 0"),
    ],
)
def test_rows__malformed__named(text: str, says: str, file: Callable[[str], Path]) -> None:
    with pytest.raises(MalformedInput) as error:
        read(file(text), Columns("g", "y", "p"))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("groups", "threshold", "says"),
    [
        (("white",), 5.0, "names 1 groups"),
        (("white", "black", *"abcdefg"), 5.0, "names 9 groups"),
        (("white", "black", "white"), 5.0, "names white twice"),
        (("white", "black", "red"), 5.0, "no row of group red"),
        (("white", "black"), float("nan"), "--threshold"),
    ],
)
def test_options__that_make_no_table__named(
    groups: tuple[str, ...], threshold: float, says: str, file: Callable[[str], Path]
) -> None:
    with pytest.raises(MalformedInput, match=says):
        read(file(CSV), Columns("race", "recid", "score", threshold, groups=groups))


def test_parquet__two_columns_of_one_name__refused(tmp_path: Path) -> None:
    columns = [pyarrow.array(cells) for cells in ([0, 1], [0, 1], [0, 1], [1, 0])]
    table = pyarrow.table(columns, names=["g", "y", "p", "p"])
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(MalformedInput, match="several columns 'p'"):
        read(tmp_path / "rows.parquet", Columns("g", "y", "p"))


def test_parquet__malformed__rows_are_counted(tmp_path: Path) -> None:
    table = pyarrow.table({"g": [0, 1, 0], "y": [0, 1, 2], "p": [0, 1, 0]})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(MalformedInput, match="row 3: column 'y'"):
        read(tmp_path / "rows.parquet", Columns("g", "y", "p"))


def test_score__not_a_number__refused(file: Callable[[str], Path]) -> None:
    for cell in ("nan", "high", ""):
        with pytest.raises(MalformedInput, match="no number"):
            read(file(f"g,y,p\n0,1,{cell}\n"), Columns("g", "y", "p", threshold=0.5))


def test_file__missing_or_no_text__an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(Usage):
        read(tmp_path / "nowhere.csv", NAMES)
    for name in ("noise.csv", "noise.parquet"):
        (tmp_path / name).write_bytes(bytes(range(256)))
        with pytest.raises(MalformedInput):
            read(tmp_path / name, NAMES)
