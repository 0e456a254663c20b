"""The admin API does over HTTP what the objects do in process, and the README names all of it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

import simulator as package
from simulator import __main__ as command
from simulator import faults, switches
from simulator.world import EVENTS

README = Path(package.__file__).with_name("README.md").read_text(encoding="utf-8")


@pytest.fixture
def lone(make):
    """A client of a simulator of one's own: these tests change the world."""
    return make(offices=2, products=5)


def test_about(lone):
    about = lone.admin("GET").json()
    assert about["offices"] == [101, 108]
    assert about["now"] == "2025-03-01T15:00:00+00:00"


def test_the_clock(lone):
    assert lone.admin("GET", "/clock").json() == {"now": "2025-03-01T15:00:00+00:00", "mode": "frozen"}
    assert lone.admin("POST", "/clock", {"step": 60}).json()["now"] == "2025-03-01T15:01:00+00:00"
    body = {"mode": "running", "set": "2025-03-02T00:00:00Z"}
    assert lone.admin("POST", "/clock", body).json()["mode"] == "running"
    for wrong in ({"mode": "fast"}, {"stp": 1}, {"step": -1}, {"set": "2025-03-02"}, {"set": "2020-01-01T00:00:00Z"}):
        assert lone.admin("POST", "/clock", wrong).status == 400


def test_switches(lone):
    assert lone.admin("PATCH", "/switches", {"pro": False, "order": "recent"}).json()["pro"] is False
    assert lone.admin("PATCH", "/switches", {"order": "random"}).status == 400
    assert lone.admin("PATCH", "/switches", {"nothing": 1}).status == 400
    assert lone.admin("GET", "/switches").json()["order"] == "recent"
    assert lone.admin("DELETE", "/switches").json()["order"] == "id"


def test_faults(lone):
    made = lone.admin("POST", "/faults", {"kind": "status", "status": 500, "count": 1, "path": "offices"})
    assert made.status == 201
    assert lone.get("offices").status == 500
    assert lone.admin("GET", "/faults").json()[0]["hits"] == 1
    assert lone.admin("DELETE", f"/faults/{made.json()['id']}").json() == []
    assert lone.admin("DELETE", "/faults/99").status == 404
    assert lone.admin("POST", "/faults", {"kind": "call"}).status == 400
    assert lone.admin("POST", "/faults", {"kind": "odd"}).status == 400
    assert lone.admin("POST", "/faults/release").status == 200
    assert lone.admin("DELETE", "/faults").json() == []


def test_requests_and_their_reset(lone):
    lone.get("inventory/office/101?limit=5")
    lone.admin("GET")
    (entry,) = lone.admin("GET", "/requests").json()
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "inventory/office/101", 200)
    assert entry["params"] == {"limit": "5"}
    assert lone.admin("GET", "/requests?path=products").json() == []
    lone.admin("DELETE", "/requests")
    assert len(lone.simulator.requests) == 0


def test_life(lone):
    assert lone.admin("PATCH", "/life", {"events_per_product_per_day": 500}).status == 200
    lone.admin("POST", "/clock", {"step": 7200})
    assert lone.admin("GET").json()["changes"] > 10


def test_every_event_can_be_ordered(lone):
    office, other = 101, 108
    state = lone.simulator.world.truth.office(office)[0]
    package_id = state.packages[0][0]
    line = {"office_id": office, "product_id": state.product_id}
    bodies = {
        "set_quantity": {**line, "quantity": 28.35, "packages": {str(package_id): 14.17}},
        "sell": {**line, "quantity": "0.35"},
        "deliver": {**line, "quantity": 10},
        "add_product": {"office_id": office, "quantity": 3, "measurement": "weight"},
        "transfer": {"package_id": package_id, "from_office": office, "to_office": other, "quantity": "0.1"},
        "retest": {"package_id": package_id, "tested_date": "2025-04-01"},
        "relabel": {"package_id": package_id, "uid": None, "best_by": "2027-01-01", "room": "Vault 9"},
        "correct_potency": {"package_id": package_id, "analyte_id": 1, "potency": 31.5},
        "drop_analyte": {"package_id": package_id, "analyte_id": 2},
        "rename": {"office_id": office, "name": "Elsewhere"},
        "empty_package": {"package_id": package_id},
        "remove_product": line,
        "empty_office": {"office_id": office},
    }
    assert set(bodies) == set(EVENTS)
    for kind, body in bodies.items():
        answer = lone.admin("POST", f"/events/{kind}", body)
        assert (answer.status, answer.json()["done"]) == (200, True), answer.body
    assert lone.get(f"offices/{office}").json()["name"] == "Elsewhere"
    changes = lone.admin("GET", f"/truth/changes?office_id={office}&product_id={state.product_id}").json()
    assert str(changes[1]["quantity"]) == "28.35"
    assert str(changes[2]["quantity"]) == "28.00"
    assert changes[-1]["quantity"] is None


def test_wrong_events_are_refused(lone):
    assert lone.admin("POST", "/events/explode", {}).status == 404
    assert lone.admin("POST", "/events/retest", {"package_id": 1}).status == 404
    assert lone.admin("POST", "/events/sell", {"office_id": 101}).status == 400
    product = next(iter(lone.simulator.world.products))
    body = {"office_id": 101, "product_id": product, "quantity": "many"}
    assert lone.admin("POST", "/events/sell", body).status == 400
    package = {"package_id": next(iter(lone.simulator.world.packages))}
    for wrong in ({"colour": "red"}, {"best_by": "soon"}, {"vendor": 7}, {"uid": ["1A4"]}):
        refused = lone.admin("POST", "/events/relabel", package | wrong)
        assert refused.status == 400
        assert next(iter(wrong)) in refused.json()["error"] or wrong == {"best_by": "soon"}
    assert lone.admin("POST", "/events/drop_analyte", package | {"analyte_id": 99}).status == 404
    assert lone.admin("POST", "/events/correct_potency", package | {"analyte_id": 1, "potency": "high"}).status == 400


def test_truth_over_http(lone):
    world = lone.simulator.world
    state = world.truth.office(101)[0]
    package_id, _ = state.packages[0]
    world.sell(101, state.product_id, 1)
    path = f"/truth/offices/101/products/{state.product_id}"
    assert lone.admin("GET", f"{path}?at={world.start}").json()["quantity"] == state.quantity
    assert lone.admin("GET", path).json()["quantity"] == state.quantity - 1
    assert lone.admin("GET", f"{path}?at={world.start - 1}").json() is None
    assert len(lone.admin("GET", "/truth/offices/101").json()) == 5
    assert lone.admin("GET", "/truth/offices/5").status == 404
    assert lone.admin("GET", f"{path}?at=2035-01-01T00:00:00Z").status == 400
    shown = lone.admin("GET", f"/truth/packages/{package_id}").json()
    assert shown["origin"]["batch_id"].startswith("BCH-")
    moments = lone.admin("GET", f"/truth/packages/{package_id}/changes").json()
    assert [moment["reason"] for moment in moments] == ["opening", "sale"]


def test_the_truth_of_a_package_over_http_is_that_of_then(lone):
    world = lone.simulator.world
    package_id = next(each for each in world.packages if world.truth.package(each).lab_results)
    path = f"/truth/packages/{package_id}"
    first = lone.admin("GET", path).json()
    world.relabel(package_id, vendor='Pine "X" & Sön', uid=None, room="Vault 9")
    corrected = world.correct_potency(package_id, 1, "31.50").at
    world.drop_analyte(package_id, 1)
    world.clock.step(60)
    assert lone.admin("GET", f"{path}?at={world.start}").json() == first
    then = lone.admin("GET", f"{path}?at={int(corrected.timestamp())}").json()
    assert (then["origin"]["vendor"], then["origin"]["uid"]) == ('Pine "X" & Sön', None)
    assert then["lab_results"][0] == {"id": 1, "potency": Decimal("31.50")}
    assert then["extra"]["location"] == {"room": "Vault 9"}
    last = lone.admin("GET", path).json()
    assert last["lab_results"] == first["lab_results"][1:]
    changes = lone.admin("GET", f"{path}/changes").json()
    assert [each["reason"] for each in changes] == ["opening", "relabel", "correct_potency", "drop_analyte"]
    assert (changes[0], changes[2], changes[3]) == (first, then, last)


def test_the_metrc_export_over_http(lone):
    world = lone.simulator.world
    before = world.truth.metrc_export()
    licence = world.offices[101].adult_use_state_license_number
    world.empty_package(next(iter(world.packages)))
    now = lone.admin("GET", "/truth/metrc-export")
    assert now.headers["Content-Type"].startswith("text/csv")
    assert now.body.decode() == world.truth.metrc_export() != before
    asked = lone.admin("GET", f"/truth/metrc-export?at={world.start}&license={licence}")
    assert asked.body.decode() == world.truth.metrc_export(world.start, licence) != before
    assert lone.admin("GET", "/truth/metrc-export?license=A10-0").status == 404


def test_the_admin_api_needs_no_key_and_the_public_one_is_not_under_it(lone):
    assert lone.admin("GET", "/controls").status == 200
    assert lone.send("GET", "/_administrator").status == 401


def test_the_readme_shows_the_switches_and_the_faults_as_they_are():
    assert switches.table() in README
    assert faults.table() in README


def test_the_readme_names_every_admin_path_and_every_argument(lone):
    paths = lone.send("GET", "/_admin/openapi.json").json()["paths"]
    calls = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert set(re.findall(r"`((?:GET|POST|PATCH|DELETE) /_admin[^`?]*)", README)) == calls
    options = {option for action in command.make_parser()._actions for option in action.option_strings}
    assert {option for option in options if option.startswith("--")} - {"--help"} <= set(
        re.findall(r"--[a-z-]+", README)
    )


def test_the_readme_names_every_event():
    assert all(f"`{kind}`" in README for kind in EVENTS)
