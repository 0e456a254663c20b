"""The page of controls in a real browser that reaches nothing but this machine, and the declarations behind it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from simulator.controls import declarations
from simulator.faults import KINDS
from simulator.switches import SWITCHES
from simulator.world import EVENTS


@pytest.fixture
def page(make, browser: Browser) -> Iterator[Page]:
    """The page of a small simulator whose clock is frozen. What it asks of any other host is refused, and fails it."""
    client = make(offices=2, products=5, running=False)
    elsewhere: list[str] = []
    problems: list[str] = []

    def check(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    with browser.new_context(viewport={"width": 1360, "height": 1000}) as context:
        page = context.new_page()
        page.client = client  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.route("**/*", check)
        page.goto(f"{client.simulator.url}/_admin/controls")
        expect(page.locator("#shelves tr")).to_have_count(5)
        yield page
    assert (elsewhere, problems) == ([], [])


def client_of(page: Page):
    return page.client  # type: ignore[attr-defined]


class TestPage:
    """The actions of a user on the page."""

    pytestmark = pytest.mark.browser

    def test_the_clock_moves_and_runs(self, page: Page) -> None:
        expect(page.locator("#now")).to_have_text("2025-03-01 15:00:00")
        page.get_by_role("button", name="+1 hour").click()
        expect(page.locator("#now")).to_have_text("2025-03-01 16:00:00")
        page.locator("#goto input").fill("2025-03-09 07:30")
        page.get_by_role("button", name="Go to").click()
        expect(page.locator("#now")).to_have_text("2025-03-09 07:30:00")
        assert client_of(page).simulator.clock.now().isoformat() == "2025-03-09T07:30:00+00:00"
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#mode")).to_have_text("UTC, running")
        page.get_by_role("button", name="Freeze").click()
        expect(page.locator("#mode")).to_have_text("UTC, frozen")

    def test_a_fault_is_injected_seen_in_an_answer_and_ended(self, page: Page) -> None:
        client = client_of(page)
        page.select_option("#fault [name=kind]", "status")
        page.fill("#fault [name=status]", "502")
        page.select_option("#fault [name=body]", label="html")
        page.fill("#fault [name=path]", "office/101")
        page.fill("#fault [name=count]", "2")
        page.get_by_role("button", name="Inject", exact=True).click()
        expect(page.locator("#faults")).to_contain_text("0 of 2")
        answer = client.get("inventory/office/101")
        assert (answer.status, answer.body[:9]) == (502, b"<!DOCTYPE")
        assert client.get("inventory/office/108").status == 200
        expect(page.locator("#faults")).to_contain_text("1 of 2")
        expect(page.locator("#requests")).to_contain_text("502")
        page.get_by_role("button", name="End status").click()
        expect(page.locator("#faults")).to_contain_text("None")
        assert client.get("inventory/office/101").status == 200

    def test_an_office_is_emptied_and_its_shelves_change(self, page: Page) -> None:
        client = client_of(page)
        page.locator("#office").select_option("108")
        page.get_by_role("button", name="Empty this office").click()
        expect(page.locator("#shelves-sum")).to_have_text("0 of 5 products in stock")
        expect(page.locator("#shelves .zero")).to_have_count(5)
        assert {item["quantity"] for item in client.items("inventory/office/108")} == {0}
        page.locator("#office").select_option("101")
        expect(page.locator("#shelves-sum")).to_have_text("5 of 5 products in stock")

    def test_every_kind_of_event_has_a_form_and_one_happens(self, page: Page) -> None:
        form = page.locator("#event")
        for kind in EVENTS:
            page.select_option("#event [name=kind]", kind)
            expect(form.locator(".about")).not_to_be_empty()
        page.select_option("#event [name=kind]", "add_product")
        page.fill("#event [name=quantity]", "12.75")
        form.get_by_role("button").click()
        expect(page.locator("#shelves tr")).to_have_count(6)
        expect(page.locator("#shelves")).to_contain_text("12.75")

    def test_a_switch_is_set_and_reset(self, page: Page) -> None:
        switches = client_of(page).simulator.switches
        page.locator("summary").click()
        page.select_option("#switch-pro", label="false")
        expect(page.locator("#changed")).to_have_text("(1 changed)")
        page.fill("#switch-reference_missing", '["brands"]')
        page.locator("#switch-reference_missing").blur()
        expect(page.locator("#changed")).to_have_text("(2 changed)")
        assert (switches.pro, switches.reference_missing) == (False, ("brands",))
        page.get_by_role("button", name="Reset all").click()
        expect(page.locator("#changed")).to_be_empty()
        assert switches.pro is True

    def test_an_error_of_the_simulator_is_shown(self, page: Page) -> None:
        page.locator("#goto input").fill("2020-01-01T00:00:00-08:00")
        page.get_by_role("button", name="Go to").click()
        expect(page.get_by_role("status")).to_contain_text("the clock cannot go back before")


def test_the_page_shows_what_is_declared_and_names_none_of_it_itself(make) -> None:
    client = make(offices=1, products=2)
    declared = client.admin("GET", "/declarations").json()
    assert set(declared["faults"]) == set(KINDS) - {"call"}
    assert set(declared["switches"]) == set(SWITCHES)
    assert set(declared["events"]) == set(EVENTS)
    source = client.admin("GET", "/controls").body.decode()
    listed = {*KINDS, *SWITCHES, *EVENTS} - {"order", "count", "empty", "status", "total", "reset", "html", "hold"}
    assert {name for name in listed if f'"{name}"' in source} == set()


def test_every_field_has_a_type_and_a_default_or_is_required() -> None:
    declared = declarations()
    events = {kind: {field["name"]: field for field in each["fields"]} for kind, each in declared["events"].items()}
    assert {name for name, field in events["set_quantity"].items() if field["required"]} == {
        "office_id", "product_id", "quantity"
    }  # fmt: skip
    assert events["retest"]["same_potency"]["type"] == "flag"
    assert {"uid", "best_by", "notes"} <= set(events["relabel"])
    (variant,) = [field for field in declared["faults"]["malformed"]["fields"] if field["name"] == "variant"]
    assert variant["default"] in variant["choices"]
    assert [field["name"] for field in declared["fault_fields"]] == ["path", "probability", "count", "after"]


def test_the_page_may_load_nothing_from_elsewhere(make) -> None:
    answer = make(offices=1, products=1).admin("GET", "/controls")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert b"https://" not in answer.body
