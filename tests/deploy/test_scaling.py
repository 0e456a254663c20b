"""The figures of ``docs/scaling.md`` follow from its unit costs."""

from __future__ import annotations

import re
from pathlib import Path

from scaling_model import Account, column

from indicaonline.settings import Settings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"


def section(heading: str) -> str:
    _, found, rest = DOCUMENT.read_text().partition(f"## {heading}\n")
    assert found, heading
    return rest.split("\n## ")[0]


def table(heading: str) -> list[list[str]]:
    """The cells of the first table of a section, without backticks; its head first."""
    lines = re.findall(r"(?:^\|.*\n)+", section(heading), re.MULTILINE)[0].splitlines()
    cells = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]
    return [cells[0], *cells[2:]]


def test_every_figure_follows_from_the_unit_costs() -> None:
    unit = {name: float(value.split()[0].replace(",", "")) for name, value, *_ in table("Unit costs")[1:]}
    head, budgets, raw_days, *rows = table("Sizes")
    shown: dict[str, list[str]] = {name: cells for name, *cells in rows}
    for place, title in enumerate(head[1:]):
        offices, products = (int(part.replace(",", "")) for part in re.findall(r"[\d,]+", title))
        budget, days = (int(cells[place + 1].replace(",", "")) for cells in (budgets, raw_days))
        expected = column(Account(offices, products, budget, days), unit)
        assert list(shown) == list(expected)
        assert {name: cells[place] for name, cells in shown.items()} == expected
    defaults = [str(Settings().package_requests_per_run), str(Settings().raw_retention_days)]
    assert [budgets[1].replace(",", ""), raw_days[1]] == defaults
