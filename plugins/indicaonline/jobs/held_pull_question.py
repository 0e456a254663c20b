"""The question about a held-back pull, in Markdown, that a person answers in Airflow's UI."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from indicaonline.errors import one_line
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.pulls import HeldBack, Vanishing, held_back, vanishing

PRODUCTS_SHOWN = 20
LONGEST_NAME = 80

# GitHub's Markdown links addresses in the text that is left after backslashes: "https://", "www." and "@" make one.
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_WORD_JOINER = "\N{WORD JOINER}"
# CommonMark, "Backslash escapes": any ASCII punctuation may be escaped, which covers Markdown, HTML and entities.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


class Question(msgspec.Struct, frozen=True):
    """A question: its ``subject`` is text, its ``body`` Markdown."""

    subject: str
    body: str


def ask_about(connect: Connect, settings: Settings, pull_id: int) -> Question:
    """Return the question about a held-back pull, with the first products that it would make vanish."""
    with warehouse(connect, settings) as connection:
        return compose(held_back(connection, pull_id), vanishing(connection, pull_id, PRODUCTS_SHOWN))


def compose(pull: HeldBack, products: list[Vanishing]) -> Question:
    """Return the question about a pull; ``products`` are those to show."""
    office = _named(pull.office_name, pull.office_id, "Office")
    listed = "1 product" if pull.items == 1 else f"{pull.items} products"
    body = [
        f"The pull of **{as_markdown(office)}** at {_time(pull.first_page_at)} listed {listed}. Compare with the office"
        " in IndicaOnline, then decide:",
        "- **Accept** if the office is really so empty: the pull is applied with the time at which it was made, and the"
        " days that depend on it are published again.\n"
        "- **Dismiss** if it is not: the pull is never applied.",
        "The next complete pull of the office supersedes this one. After that, an answer changes nothing.",
    ]
    if products:
        shown = f"The first {len(products)} of" if len(products) < pull.would_vanish else "All"
        body += [
            f"{shown} {pull.would_vanish} products that would vanish, with their stock before the pull:",
            "\n".join(
                ["| product | category | stock | packages | last seen |", "|---|---|---:|---:|---|", *_rows(products)]
            ),
        ]
    return Question(f"Accept pull {pull.pull_id} of {office}? {pull.problem}", "\n\n".join(body))


def as_markdown(text: str) -> str:
    """Return a text from the API as Markdown that shows that text: no formatting, link, image or HTML."""
    text = one_line(text)
    if len(text) > LONGEST_NAME:
        text = text[: LONGEST_NAME - 1] + "…"
    return _PUNCTUATION.sub(r"\\\1", _LINKS.sub(_WORD_JOINER, text))


def _rows(products: list[Vanishing]) -> list[str]:
    return [
        "| "
        + " | ".join(
            (
                as_markdown(_named(product.product_name, product.product_id, "Product")),
                as_markdown(product.category or ""),
                as_markdown("unknown" if product.quantity is None else f"{product.quantity} {product.measurement}"),
                "" if product.package_count is None else str(product.package_count),
                "" if product.observed_at is None else _time(product.observed_at),
            )
        )
        + " |"
        for product in products
    ]


def _named(name: str | None, number: int, kind: str) -> str:
    """Return a name with its id; before reference data is loaded there is only the id."""
    return f"{one_line(name)} ({number})" if name else f"{kind} {number}"


def _time(instant: dt.datetime) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
