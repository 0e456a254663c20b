"""Exports of the ground truth of a simulated account, as they are and doctored."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from metrc_books import tag

from indicaonline.api.decoding import OFFICES
from indicaonline.jobs.metrc import reconcile_export
from indicaonline.records import MetrcExport
from indicaonline.warehouse.metrc import Reconciliation
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig


def compared(rig: Rig, text: str, at: dt.datetime) -> Reconciliation:
    """An export compared with a rig's warehouse, without any tolerance."""
    file = io.BufferedReader(io.BytesIO(text.encode()))  # type: ignore[arg-type]
    return reconcile_export(rig.connect, rig.settings, file, MetrcExport("file:///truth.csv", at, True, Decimal(0)))


def test_the_truth_agrees_and_a_doctored_export_differs_in_what_was_doctored(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(seed=71, offices=3, products=40, life=6.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=5)
    rig.reference()
    for _ in range(3):
        rig.step(hours=8)
        for office in rig.offices:
            rig.pull(office)
        rig.packages()
    at = rig.simulator.clock.now()
    truth = rig.simulator.world.truth.metrc_export(at)
    rig.step(days=3)  # what happens later changes nothing of then
    for office in rig.offices:
        rig.pull(office)
    rig.packages()

    agreed = compared(rig, truth, at)
    assert agreed.row_count > 20
    assert (agreed.differences, agreed.bad_row_count, agreed.matched) == ({}, 0, agreed.row_count)
    assert agreed.unknown_licenses == []

    head, *rows = csv.reader(io.StringIO(truth))
    doctored = [list(row) for row in rows]
    doctored[0][2] = str(Decimal(doctored[0][2]) * 2)
    doctored[1][3] = "Pounds"
    doctored[2][0] = tag(1)
    del doctored[3]
    text = io.StringIO()
    csv.writer(text).writerows([head, *doctored])
    assert compared(rig, text.getvalue(), at).matched == len(rows) - 4
    found = rig.query("SELECT tag, kind FROM mart.metrc_discrepancy")
    assert {(row["tag"], row["kind"]) for row in found} == {
        (rows[0][0], "quantity_differs"),
        (rows[1][0], "unit_differs"),
        (rows[2][0], "missing_in_metrc"),
        (tag(1), "missing_here"),
        (rows[3][0], "missing_in_metrc"),
    }


def test_the_export_of_one_licence_is_compared_with_its_offices(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(seed=72, offices=3, products=40, life=6.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=5)
    rig.reference()
    for office in rig.offices:
        rig.pull(office)
    rig.packages()
    at = rig.simulator.clock.now()
    licences = {row["medical_license"]: row["adult_use_license"] for row in rig.query("SELECT * FROM inventory.office")}
    assert None in licences
    assert None in licences.values()
    for medical, adult_use in licences.items():
        result = compared(rig, rig.simulator.world.truth.metrc_export(at, adult_use or medical), at)
        assert result.row_count > 5
        assert result.office_ids is not None
        assert len(result.office_ids) == 1
        assert result.differences == {}


@pytest.mark.parametrize(
    ("text", "known"), [('""', None), ("null", None), ('" M-1 "', "M-1"), ("77", "77"), ("{}", None), ("true", None)]
)
def test_a_licence_never_costs_an_office(text: str, known: str | None) -> None:
    body = OFFICES.read(f'[{{"id": 5, "name": "North", "medical_state_license_number": {text}}}]'.encode())
    assert body.rejected == []
    assert [office.medical_state_license_number for office in body.items] == [known]
