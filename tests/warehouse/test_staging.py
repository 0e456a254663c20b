"""Numbers on their way into COPY: every digit, one form for one value."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from indicaonline.warehouse.staging import canonical_number

numbers = st.integers(-(10**15), 10**15) | st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False)


@given(numbers, st.integers(0, 40))
def test_a_number_keeps_its_value_and_has_one_form(number: Decimal | int, zeros: int) -> None:
    text = canonical_number(number)
    assert Decimal(text) == number
    longer = Decimal(f"{Decimal(number):f}" + ("" if "." in f"{Decimal(number):f}" else ".") + "0" * zeros)
    assert canonical_number(longer).lstrip("-") == text.lstrip("-")
    assert "E" not in text


def test_zeros_that_count_stay() -> None:
    exact = [(Decimal("100"), "100"), (Decimal("1.50E+3"), "1500"), (Decimal("1.50E-7"), "0.00000015"), (1000, "1000")]
    assert [canonical_number(number) for number, _ in exact] == [text for _, text in exact]
    assert canonical_number(Decimal("0.00")) == "0"
