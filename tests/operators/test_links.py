"""The links on the page of a task; tests/dist has them from Airflow's REST API."""

from __future__ import annotations

import pytest

from indicaonline.links import OfficeLink, PullLink
from indicaonline.measures import PullMeasure, Tally
from indicaonline.operators.inventory_snapshot import SnapshotOfficesOperator


def pulled(*kinds: str, **arguments: object) -> SnapshotOfficesOperator:
    """An operator that has committed a pull of each of these kinds, numbered from 1."""
    operator = SnapshotOfficesOperator(task_id="pull", **{"offices": [12], **arguments})
    operator.pulls = [PullMeasure(number, kind, "failed", 1.0, Tally()) for number, kind in enumerate(kinds, start=1)]
    return operator


@pytest.mark.parametrize(
    ("operator", "address"),
    [
        (pulled(), ""),
        (pulled("office"), "plugin/inventory/ledger?pull=1"),
        (pulled("office", "office"), "plugin/inventory/ledger?kind=office"),
        (pulled("office", account="north"), "plugin/inventory/account/north/ledger?pull=1"),
    ],
)
def test_the_ledger_shows_the_pulls_of_a_task(operator: SnapshotOfficesOperator, address: str) -> None:
    assert PullLink().get_link(operator, ti_key=None) == address


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ({}, "plugin/inventory/stock?office=12"),
        ({"offices": "[7]", "account": "north"}, "plugin/inventory/account/north/stock?office=7"),
        ({"offices": [12, 13]}, ""),
        (
            {"settings": {"office_url_template": "https://example.com/offices/{office_id}?tab=stock"}},
            "https://example.com/offices/12?tab=stock",
        ),
    ],
)
def test_the_office_is_one_click_away(
    arguments: dict[str, object], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDICAONLINE_ACCOUNTS", '{"north": {}}' if "account" in arguments else "")
    assert OfficeLink().get_link(pulled("office", **arguments), ti_key=None) == address
