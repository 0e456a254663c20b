"""Rows as JSON and as a page to print: all digits, no markup."""

from __future__ import annotations

import datetime as dt
import html.parser
import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from indicaonline.ui.answers import EXACT, as_json, as_page
from indicaonline.warehouse.analyst import Rows

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_json_keeps_every_digit() -> None:
    big, exact = 2**60 + 1, Decimal("12345678901234567890.123456789")
    at = dt.datetime(2026, 3, 8, 10, 0, 0, 1, dt.UTC)
    rows = Rows(["id", "quantity", "at", "day", "none"], [(big, exact, at, dt.date(2026, 3, 8), None)], False)
    assert json.loads(as_json(rows)) == {
        "columns": ["id", "quantity", "at", "day", "none"],
        "rows": [[str(big), str(exact), "2026-03-08T10:00:00.000001Z", "2026-03-08", None]],
        "more": False,
    }


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_an_integer_is_a_number_only_where_a_double_holds_it(value: int) -> None:
    ((cell,),) = json.loads(as_json(Rows(["id"], [(value,)], False)))["rows"]
    assert int(cell) == value
    assert isinstance(cell, str) == (abs(value) > EXACT)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5), texts)
def test_a_page_shows_text_as_text(rows: list[tuple[str, str]], title: str) -> None:
    """Whatever names hold, the page has the tags of a table and no others."""
    hostile = [*rows, ("<img src=x onerror=alert(1)>", "<script>alert(1)</script>")]
    reader = _Reader()
    reader.feed(as_page(title, Rows(["a", "b"], hostile, False), "static/print.css"))
    assert reader.tags <= {"html", "meta", "title", "link", "h1", "table", "thead", "tbody", "tr", "th", "td"}
    assert "<script>alert(1)</script>" in reader.text


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
