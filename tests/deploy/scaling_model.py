"""The calculation of ``docs/scaling.md``: unit costs and an account's size in, one column of its table out."""

from __future__ import annotations

from math import ceil, exp, floor, log10
from typing import NamedTuple


class Account(NamedTuple):
    """Its size, and the two settings that decide on packages: requests a run, and days raw is kept."""

    offices: int
    products: int
    budget: int
    raw_days: int


def column(account: Account, unit: dict[str, float]) -> dict[str, str]:
    """The rows of the table, by their name, in the form in which the document shows them."""
    o, p = account.offices, account.products
    pairs = o * p
    page = unit["page"]
    night = o * ceil(p / page)
    changes = o * unit["changes"]
    list_pages = ceil(o * unit["packages"] / page)
    # A product that sells in one of the 12 open hours is refreshed after it; one that did not sell, by the sweep.
    sold_in_an_hour = 1 - exp(-changes / 12 / p)
    sold_in_a_day = 1 - exp(-changes / p)
    by_id = o * unit["arrivals"]
    wanted = list_pages * p * (12 * sold_in_an_hour + 24 / 20 * (1 - sold_in_a_day)) + by_id
    fetches = min(wanted, 24 * account.budget)
    listed = max(0.0, fetches - by_id) / list_pages * o * unit["packages"]
    hour = ceil(o * unit["peak"] / page)
    three_years = 3 * 365
    disk = {
        "snapshots": pairs * unit["snapshot"] * three_years,
        "raw": (pairs * unit["raw item"] + fetches * unit["raw fetch"] + listed * unit["raw package"])
        * account.raw_days,
        "changes": changes * unit["change"] * three_years + pairs * unit["presence"] * three_years,
        "packages": (pairs * unit["packages"] + by_id * three_years) * unit["package"]
        + min(changes, listed) * unit["version"] * three_years,
    }
    return {
        "pairs": number(pairs),
        "night: requests": number(night),
        "night: at 10 a second": seconds(night / 10),
        "night: at 80 a second": seconds(night / 80),
        "night: PostgreSQL": seconds(pairs / unit["load"]),
        "night: CPU of the workers": seconds(o * unit["task"] + pairs / unit["python"]),
        "busiest hour: changes": number(o * unit["peak"]),
        "busiest hour: requests for changes": number(hour),
        "package requests a day, wanted": number(wanted),
        "package requests a day, made": number(fetches),
        "requests a day, all": number(night + 24 * hour + fetches),
        "package_history a day": seconds(listed / unit["refreshed"]),
        "snapshot rows a day": number(pairs),
        "snapshot rows, 3 years": number(pairs * three_years),
        "disk: snapshots, 3 years": gigabytes(disk["snapshots"]),
        "disk: raw": gigabytes(disk["raw"]),
        "disk: changes and presence, 3 years": gigabytes(disk["changes"]),
        "disk: packages and lab results, 3 years": gigabytes(disk["packages"]),
        "disk: all": gigabytes(sum(disk.values())),
        "Parquet: snapshots, 3 years": gigabytes(pairs * unit["exported"] * three_years),
    }


def number(value: float) -> str:
    """Three significant digits, with "million" from a million on."""
    rounded = _digits(value, 3)
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if rounded >= size:
            return f"{rounded / size:g} {word}"
    return f"{rounded:,.0f}"


def seconds(value: float) -> str:
    """A span, in the largest unit of which there are two or more."""
    for size, unit in ((3600, "h"), (60, "min")):
        if value >= 2 * size:
            return f"{_digits(value / size):g} {unit}"
    return f"{max(1.0, _digits(value)):g} s"


def gigabytes(value: float) -> str:
    """An amount on the disk."""
    rounded = _digits(value / 1e9)
    return f"{rounded / 1000:g} TB" if rounded >= 1000 else f"{rounded:g} GB"


def _digits(value: float, count: int = 2) -> float:
    return round(value, count - 1 - floor(log10(value))) if value > 0 else 0.0
