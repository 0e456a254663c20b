"""The question about a held-back pull: names from the API are shown as they are, and are nothing but text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from indicaonline.errors import one_line
from indicaonline.jobs.held_pull_question import LONGEST_NAME, as_markdown, compose
from indicaonline.warehouse.pulls import HeldBack, Vanishing

AT = dt.datetime(2025, 3, 1, 9, 30, tzinfo=dt.UTC)
WORD_JOINER = "\N{WORD JOINER}"
# As Airflow's UI does: GitHub's Markdown, which makes links of addresses. HTML is parsed, to see that there is none.
MARKDOWN = MarkdownIt("gfm-like", {"html": True})
HOSTILE = (
    "<img src=x onerror=alert(1)> [a](javascript:b) ![c](d) | `e` {{ f }} &lt;"
    " https://g.example www.h.example i@j.example"
)


def leaves(tokens: list[Token]) -> list[Token]:
    """The inline tokens of a document."""
    return [leaf for token in tokens for leaf in token.children or []]


@given(st.text(max_size=LONGEST_NAME))
@example(HOSTILE[:LONGEST_NAME])
@example("www.a.example HTTPS://b.example c@d.example")
@example("# 1. - + > ~~a~~ __b__ \\ \n c")
def test_a_name_is_shown_as_it_is(name: str) -> None:
    shown = as_markdown(name)
    parsed = MARKDOWN.parse(f"| name |\n|---|\n| x{shown}x |\n")
    assert {leaf.type for leaf in leaves(parsed)} <= {"text", "text_special"}
    (_, cell) = (token for token in parsed if token.type == "inline")
    text = "".join(leaf.content for leaf in cell.children or [])
    assert text.replace(WORD_JOINER, "") == f"x{one_line(name)}x".replace(WORD_JOINER, "")


def test_a_long_name_is_cut() -> None:
    assert as_markdown("a" * 500) == "a" * (LONGEST_NAME - 1) + "…"


def question(products: int, would_vanish: int, name: str = "Gummies") -> str:
    """The body of a question."""
    pull = HeldBack(
        4711, 12, "Main <b>", AT, 3, would_vanish, f"{would_vanish} of 60 products with stock would vanish."
    )
    shown = [
        Vanishing(number, name, "Edible", "unit", Decimal("12.50"), AT - dt.timedelta(hours=1), 2)
        for number in range(products)
    ]
    asked = compose(pull, shown)
    assert asked.subject == f"Accept pull 4711 of Main <b> (12)? {would_vanish} of 60 products with stock would vanish."
    return asked.body


def test_the_body_shows_what_would_vanish() -> None:
    body = question(20, 40)
    rendered = MarkdownIt("gfm-like", {"html": False}).render(body)
    assert "<strong>Main &lt;b&gt; (12)</strong> at 2025-03-01 09:30 UTC listed 3 products." in rendered
    assert "The first 20 of 40 products that would vanish" in rendered
    assert rendered.count("<tr>") == 21
    assert "<td>Gummies (7)</td>" in rendered
    assert "12.50 unit" in rendered
    assert "2025-03-01 08:30 UTC" in rendered
    assert "All 2 products that would vanish" in question(2, 2)
    assert "|" not in question(0, 0)


@pytest.mark.parametrize("field", ["product_name", "category", "measurement"])
def test_no_text_of_the_api_is_markup(field: str) -> None:
    values = {"product_name": "a", "category": "b", "measurement": "c"} | {field: HOSTILE}
    product = Vanishing(1, quantity=Decimal(1), observed_at=None, package_count=None, **values)  # type: ignore[arg-type]
    body = compose(HeldBack(1, 2, HOSTILE, AT, 0, 1, "1 of 1 products with stock would vanish."), [product]).body
    kinds = {leaf.type for leaf in leaves(MARKDOWN.parse(body))}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close", "softbreak"}
    assert {token.type for token in MARKDOWN.parse(body)} & {"html_block", "fence", "code_block"} == set()
