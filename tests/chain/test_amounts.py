"""Token amounts at the edges."""

import pytest
from assay_chain.amounts import AMOUNT_MAX, UNIT, format_amount, parse_amount
from assay_chain.errors import MalformedInput
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, AMOUNT_MAX))
def test_parse__of_a_formatted_amount__is_exact(amount: int) -> None:
    assert parse_amount(format_amount(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", 0), ("12.5", 125 * UNIT // 10), ("0.000000000000000001", 1), ("007", 7 * UNIT), ("1.10", 11 * UNIT // 10)],
)
def test_parse__decimal_text__counts_smallest_units(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", "-1", "+1", "1e3", ".5", "1.", "1,5", " 1", "1\n", "٣", "1_000", "NaN", "9" * 5000),
        *("1.0000000000000000001", "79228162514.264337593543950336"),
    ],
)
def test_parse__anything_else__is_malformed(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_amount(text)
    assert (caught.value.code, caught.value.culprit) == ("bad-amount", "local")
    assert len(caught.value.message) < 120


@pytest.mark.parametrize(("amount", "text"), [(0, "0"), (UNIT, "1"), (10 * UNIT, "10"), (UNIT // 2, "0.5")])
def test_format__amount__has_no_needless_zeros(amount: int, text: str) -> None:
    assert format_amount(amount) == text
