"""The contract check against a simulator that differs from the guides in every way it can."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from api_helpers import KEY, Naps

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.contract_check.check import contract_check
from indicaonline.contract_check.report import Finding, failure, format_report
from indicaonline.errors import FatalError, WrongKeyError
from indicaonline.operators.contract_check import ContractCheckOperator
from simulator import SimulatorServer

ENDPOINTS = [
    "offices",
    "products",
    "brands",
    "categories",
    "lab results",
    "office inventory",
    "skip parameter",
    "product inventory",
    "updated inventory",
    "product packages",
    "package",
    "plan",
    "clock",
]


async def check(client: IndicaOnlineClient) -> dict[str, Finding]:
    findings = await contract_check(client)
    assert [finding.endpoint for finding in findings] == ENDPOINTS
    assert KEY not in format_report(findings)
    return {finding.endpoint: finding for finding in findings}


def advice(found: dict[str, Finding]) -> list[str]:
    return [line for finding in found.values() for line in finding.advice]


async def test_an_api_as_the_guides_show_it_needs_nothing(
    client: IndicaOnlineClient, simulator: SimulatorServer
) -> None:
    before = len(simulator.requests)
    found = await check(client)
    assert {finding.result for finding in found.values()} == {"ok"}
    assert advice(found) == []
    assert all(finding.missing == [] for finding in found.values() if finding.endpoint != "products")
    assert failure(found.values()) is None
    report = format_report(found.values())
    assert report.splitlines()[-1].strip().startswith("nothing")
    assert "0 s" in report
    assert len(simulator.requests) - before <= 15


@pytest.mark.parametrize(
    ("switches", "wanted"),
    [
        ({"skip_parameter": "offest"}, "skip_parameter to offest"),
        ({"skip_parameter": "nobody_knows"}, "skip_parameter to the name"),
        ({"updated_unit": "ms"}, "timestamp_unit to milliseconds"),
        ({"reference_missing": ["offices"]}, "path_offices"),
        ({"reference_missing": ["brands"]}, "path_brands"),
    ],
)
async def test_what_differs_is_said_with_what_to_set(
    client: IndicaOnlineClient, simulator: SimulatorServer, switches: dict[str, Any], wanted: str
) -> None:
    simulator.switches.update(switches)
    found = await check(client)
    assert any(line.startswith(wanted) for line in advice(found))
    assert wanted in format_report(found.values())


async def test_what_was_found_works(simulator: SimulatorServer, config: ApiConfig, naps: Naps) -> None:
    simulator.switches.skip_parameter = "offest"
    simulator.switches.updated_unit = "ms"
    right = msgspec.structs.replace(config, skip_parameter="offest", timestamp_unit="milliseconds")
    async with IndicaOnlineClient(right, sleep=naps, clock=simulator.clock.now) as client:
        assert advice(await check(client)) == []


async def test_without_an_offices_list_the_connections_offices_are_asked(
    simulator: SimulatorServer, config: ApiConfig, naps: Naps
) -> None:
    simulator.switches.reference_missing = ["offices", "products", "brands", "categories", "lab_results"]
    listed = msgspec.structs.replace(config, office_ids=list(simulator.world.offices))
    async with IndicaOnlineClient(listed, sleep=naps, clock=simulator.clock.now) as client:
        found = await check(client)
    assert found["offices"].status == 404
    assert found["office inventory"].ok
    assert failure(found.values()) is None


async def test_an_account_without_packages(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    simulator.switches.pro = False
    found = await check(client)
    assert found["plan"].notes == ["The account is not PRO: packages are skipped, inventory is pulled."]
    assert (found["package"].status, found["package"].result) == (402, "skipped")
    assert failure(found.values()) is None


async def test_new_and_missing_fields_and_odd_numbers_are_named(
    client: IndicaOnlineClient, simulator: SimulatorServer
) -> None:
    simulator.switches.update({"total": "missing", "count": "high", "package_control": "null"})
    simulator.faults.add("malformed", path="office/", variant="no_quantity")
    found = await check(client)
    office = found["office inventory"]
    assert office.missing == ["quantity"]
    notes = " ".join(office.notes)
    assert "no total" in notes
    assert "count is" in notes
    assert "packages is null" in notes
    assert "missing fields: quantity" in format_report(found.values())


async def test_what_the_loader_would_not_take_as_it_is_is_named_by_field(
    client: IndicaOnlineClient, simulator: SimulatorServer
) -> None:
    for variant in ("text_potency", "date_with_time", "zero_office"):
        simulator.faults.add("malformed", path=r"products/\d+/packages", variant=variant, items=500)
    simulator.faults.add("malformed", path="updated/", variant="unknown_measurement", items=500)
    simulator.faults.add("malformed", path=r"inventory/products/\d+\?", variant="text_quantity", items=500)
    simulator.faults.add("malformed", path="office/", variant="quoted_quantity", items=500)
    products = '{"items":[{"id":1,"name":"A","brand_id":"7"},{"id":"x"}],"count":2,"total":2}'
    simulator.faults.add("body", path="^products\\?", text=products)
    simulator.world.set_quantity(*_a_place(simulator), 5)
    found = await check(client)
    notes = {name: " ".join(finding.notes) for name, finding in found.items()}
    packages = notes["product packages"]
    assert "set aside: lab_results.potency is text in place of a number" in packages
    assert "used though not as documented: check_in_date: a date with a time" in packages
    assert "used though not as documented: checked_in_to: 0 in place of no id" in packages
    assert "used though not as documented: measurement: none of unit," in notes["updated inventory"]
    assert "measurement is 'bushel'" in notes["updated inventory"]
    assert "rejected: quantity is text in place of a number" in notes["product inventory"]
    assert "used though not as documented: quantity: a number sent as text" in notes["office inventory"]
    assert "used though not as documented: brand_id: a number sent as text (1 times)." in found["products"].notes
    assert "rejected: id is not an integer (1 times)." in found["products"].notes
    results = {name: found[name].result for name in ("products", "product inventory", "office inventory")}
    assert results == {"products": "problem", "product inventory": "problem", "office inventory": "ok"}


async def test_ids_in_text_are_followed(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    office, product = _a_place(simulator)
    row = {"product_id": str(product), "office_id": str(office), "measurement": "unit", "quantity": 1, "packages": None}
    text = json.dumps({"items": [row], "count": 1, "total": 1})
    simulator.faults.add("body", path="inventory/office", text=text)
    found = await check(client)
    assert found["product inventory"].ok
    assert found["product packages"].ok


def _a_place(simulator: SimulatorServer) -> tuple[int, int]:
    office = next(iter(simulator.world.offices))
    return office, simulator.world.truth.office(office)[0].product_id


async def test_a_wrong_clock_is_a_finding(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    simulator.switches.date_skew_seconds = -7_200
    found = await check(client)
    assert found["clock"].result == "problem"
    assert "7200 s behind" in found["clock"].notes[0]
    simulator.switches.date_header = False
    assert "no Date" in (await check(client))["clock"].notes[0]


async def test_a_wrong_key_fails(simulator: SimulatorServer, config: ApiConfig, naps: Naps) -> None:
    wrong = msgspec.structs.replace(config, key="not-the-right-key")
    async with IndicaOnlineClient(wrong, sleep=naps, clock=simulator.clock.now) as client:
        found = await check(client)
    assert isinstance(failure(found.values()), WrongKeyError)


@pytest.mark.parametrize("kind", ["html", "garbage", "reset", "status", "empty"])
async def test_it_goes_on_whatever_an_endpoint_does(
    client: IndicaOnlineClient, simulator: SimulatorServer, kind: str
) -> None:
    simulator.faults.add(kind)
    error = failure((await check(client)).values())
    assert (error is None) if kind == "empty" else isinstance(error, FatalError)
    simulator.faults.clear()
    simulator.faults.add(kind, path="updated|brands|products/\\d+/packages")
    assert failure((await check(client)).values()) is None


def test_the_task_logs_the_report_and_returns_a_manifest(
    simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = {"conn_type": "indicaonline", "host": simulator.url, "password": KEY}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(connection))
    monkeypatch.setenv("INDICAONLINE_NOW", simulator.clock.now().isoformat())
    simulator.switches.skip_parameter = "offest"
    operator = ContractCheckOperator(task_id="check", indicaonline_conn_id="shop")
    manifest = operator.execute({})
    logged = capsys.readouterr().out
    assert manifest["set"] == ["skip_parameter to offest"]
    assert "skip parameter" in manifest["problems"]
    assert "office inventory" in manifest["endpoints"]
    assert "What to set in the connection" in logged
    assert KEY not in logged


def test_the_task_fails_on_a_wrong_key(simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "indicaonline", "host": simulator.url, "password": "not-the-right-key"}
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(connection))
    with pytest.raises(WrongKeyError):
        ContractCheckOperator(task_id="check", indicaonline_conn_id="shop").execute({})
