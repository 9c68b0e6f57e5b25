"""The committed gas table is true to 1 %, and within 1.2 times what a bare prototype needed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.gas import REFUTATIONS, ROSTERS, ROWS, TABLE, WHOLE, measure
from tests.contracts.harness.evm import BLOCK_GAS_LIMIT

pytestmark = pytest.mark.xdist_group("gas")

# Measured for the design (section 2) without token movements, verdicts and strikes.
PROTOTYPE = {4: 552_000, 7: 893_000, 10: 1_240_000, 16: 1_920_000, 31: 3_630_000}


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    return measure()


def figures(table: Any, path: str = "") -> Iterator[tuple[str, int | str]]:
    """Every number (and name) of a table with where it stands."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from figures(value, f"{path} / {key}")
    else:
        yield path, table


def test_gas__committed_table__every_figure_within_one_percent(measured: dict[str, Any]) -> None:
    now, committed = dict(figures(measured)), dict(figures(json.loads(TABLE.read_text(encoding="utf-8"))))
    assert now.keys() == committed.keys(), "run `make gas` and commit contracts/gas.json"
    moved = {
        path: (committed[path], gas)
        for path, gas in now.items()
        if isinstance(gas, int) and abs(gas - int(committed[path])) > int(committed[path]) / 100
    }
    assert not moved, "run `make gas`, look at what moved, and commit contracts/gas.json"


@pytest.mark.parametrize("size", ROSTERS)
def test_gas__finalised_audit__within_120_percent_of_the_prototype(measured: dict[str, Any], size: int) -> None:
    assert measured["audits, 8 lanes"][f"{size} oracles"][WHOLE] <= 1.2 * PROTOTYPE[size]


def test_gas__largest_votes_of_the_largest_roster__every_call_is_far_from_a_block(measured: dict[str, Any]) -> None:
    largest = measured["audits, wide votes"]["31 oracles, 96 lanes"]
    for call in ("request", "open", "close", "finalize"):
        assert largest[call] < BLOCK_GAS_LIMIT / 10
    assert largest["reveals"] / 31 < BLOCK_GAS_LIMIT / 100


def test_gas__published_table__within_the_design_beside_what_it_stores(measured: dict[str, Any]) -> None:
    new_words = 5  # four of the table, and that its nonce is used
    for rows in ROWS:
        assert measured["fairness tables, 2 groups"][f"publish, {rows} rows"] <= 149_000 + new_words * 22_100


def test_gas__refutation__whole_transaction_within_the_design(measured: dict[str, Any]) -> None:
    """Who announced, and is paid, included. A key of another table makes the board read two tables."""
    disputes = measured["disputes, paths of 12 (up to 4096 rows), 2 groups"]
    for kind in REFUTATIONS:
        assert disputes[f"refute, {kind}"] <= (100_000 if kind == "challenge" else 80_000)
    assert disputes["refute, duplicate in a table of the model"] <= 84_000
    assert disputes["refute, duplicate in a table of another model"] <= 92_000
