"""The requests of a run, its end, and the queue that it leaves."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import pytest
from package_oracle import assert_packages_true_to_life

from indicaonline.errors import (
    BadRequestError,
    ClockSkewError,
    NotFoundError,
    PlanRequiredError,
    RetriableError,
    WrongKeyError,
)
from indicaonline.jobs import package_scheduler
from indicaonline.jobs.packages import refresh_packages
from indicaonline.settings import Settings
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
DAY = dt.date(2025, 2, 28)
LISTS, BY_ID = r"products/\d+/packages", r"inventory/packages/"


def make(make_rig: MakeRig, **settings: object) -> Rig:
    """An account that was pulled once, and whose packages were not fetched."""
    world = {"seed": 71, "offices": 2, "products": 12, "start": MIDNIGHT_IN_LOS_ANGELES}
    return make_rig(Settings(**settings), past=pulled_once, **world)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=5)
    rig.reference()
    rig.snapshot(rig.day_start(DAY))


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make(make_rig)


def asked(rig: Rig) -> list[str]:
    """The package requests since the last time this was called."""
    paths = [entry.path for entry in rig.simulator.requests.all(f"{LISTS}|{BY_ID}")]
    rig.simulator.requests.reset()
    return paths


def packages_in_stock(rig: Rig) -> list[int]:
    """Packages that some office holds."""
    query = "SELECT DISTINCT p FROM inventory.stock CROSS JOIN LATERAL unnest(package_ids) AS p ORDER BY p"
    return [row["p"] for row in rig.query(query)]


def last_state(rig: Rig, package_id: int) -> dict[str, object]:
    (row,) = rig.query(
        "SELECT * FROM inventory.package_version WHERE package_id = %s AND valid_to IS NULL", [package_id]
    )
    return row


def test_the_first_run_asks_each_product_once_and_the_next_one_nothing(rig: Rig) -> None:
    products = rig.value("SELECT count(DISTINCT product_id) FROM inventory.stock WHERE package_ids <> '{}'")
    first = rig.packages()
    paths = asked(rig)
    assert first.requests == len(paths) == len(set(paths)) == products
    assert (
        first.derived.packages == len(packages_in_stock(rig)) == rig.value("SELECT count(*) FROM mart.package_history")
    )
    assert first.left.left_over == 0
    again = rig.packages()
    assert (again.requests, again.fetches, asked(rig)) == (0, 0, [])
    assert_packages_true_to_life(rig)


def test_only_what_changed_is_fetched_again(rig: Rig) -> None:
    rig.packages()
    asked(rig)
    office = rig.offices[0]
    product = rig.simulator.world.truth.office(office)[0].product_id
    rig.step(minutes=30)
    rig.simulator.world.sell(office, product, 1)
    rig.simulator.world.deliver(office, product, 5)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    assert rig.packages().derived.versions == 2
    assert asked(rig) == [f"inventory/products/{product}/packages"]
    assert_packages_true_to_life(rig)


def test_a_package_used_up_between_two_pulls_is_found_with_its_last_state(rig: Rig) -> None:
    rig.packages()
    asked(rig)
    package = packages_in_stock(rig)[0]
    rig.step(minutes=30)
    rig.simulator.world.empty_package(package)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.packages()
    assert asked(rig) == [f"inventory/packages/{package}"]
    state = last_state(rig, package)
    assert (state["available_quantity"], state["available_in_office"], state["is_empty"]) == (0, [], True)
    assert state["valid_from"] == rig.simulator.clock.now()
    assert rig.packages().requests == 0
    rig.step(days=3)
    rig.packages()
    assert f"inventory/packages/{package}" not in asked(rig), "what is used up is not fetched for ever"
    assert_packages_true_to_life(rig)


def test_a_package_that_came_and_went_between_two_refreshes_is_known(rig: Rig) -> None:
    rig.packages()
    office = rig.offices[0]
    product = rig.simulator.world.truth.office(office)[0].product_id
    rig.step(minutes=30)
    rig.simulator.world.deliver(office, product, 5)
    (new,) = set(rig.simulator.world.packages) - set(packages_in_stock(rig))
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.simulator.world.empty_package(new)
    rig.step(hours=1)
    rig.updates(rig.hour())
    rig.packages()
    assert last_state(rig, new)["is_empty"]
    assert last_state(rig, new)["checked_in_quantity"] == 5
    assert_packages_true_to_life(rig)


def test_a_package_the_api_no_longer_knows_ends_its_version(rig: Rig) -> None:
    rig.packages()
    package = packages_in_stock(rig)[0]
    rig.simulator.switches.emptied_package = "missing"
    rig.step(minutes=30)
    rig.simulator.world.empty_package(package)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.packages()
    (row,) = rig.query("SELECT * FROM mart.package_history WHERE package_id = %s", [package])
    assert row["valid_to"] == rig.simulator.clock.now()
    assert not row["is_current"]
    assert rig.value("SELECT count(*) FROM mart.lab_result WHERE package_id = %s AND is_current", [package]) == 0
    assert_packages_true_to_life(rig)


def test_what_changes_no_stock_is_found_by_the_sweep(rig: Rig) -> None:
    rig.packages()
    tested = "SELECT DISTINCT package_id FROM mart.lab_result WHERE potency IS NOT NULL ORDER BY 1 LIMIT 3"
    first, second, third = (row["package_id"] for row in rig.query(tested))
    asked(rig)
    rig.step(hours=2)
    world = rig.simulator.world
    world.retest(first)
    world.relabel(second, uid="1A40003000027E2000000151")
    with_potency = "SELECT min(analyte_id) FROM mart.lab_result WHERE package_id = %s AND potency IS NOT NULL"
    analyte = rig.value(with_potency, [third])
    world.correct_potency(third, analyte, None)
    rig.step(hours=17)
    assert rig.packages().requests == 0
    rig.step(hours=2)
    products = rig.value("SELECT count(DISTINCT product_id) FROM inventory.package_version")
    assert rig.packages().requests == products
    events = "SELECT DISTINCT event FROM mart.lab_result WHERE package_id = %s AND valid_from = %s ORDER BY 1"
    now = rig.simulator.clock.now()
    assert "retested" in {row["event"] for row in rig.query(events, [first, now])}
    assert {row["event"] for row in rig.query(events, [second, now])} == {"relabelled"}
    assert {row["event"] for row in rig.query(events, [third, now])} == {"disappeared"}
    assert last_state(rig, second)["uid"] == "1A40003000027E2000000151"
    assert_packages_true_to_life(rig)


def test_the_budget_ends_a_run_and_the_next_one_continues_with_the_oldest_due_package(make_rig: MakeRig) -> None:
    rig = make(make_rig, package_requests_per_run=5)
    first = rig.packages()
    assert first.requests == len(asked(rig)) == 5
    assert "budget" in (first.note or "")
    left = first.left.left_over
    assert left > 0
    waiting = {row["product_id"] for row in rig.query("SELECT DISTINCT product_id FROM ops.package_refresh_queue")}
    office = rig.offices[0]
    rig.step(minutes=61)
    rig.simulator.world.deliver(office, rig.simulator.world.truth.office(office)[0].product_id, 5)
    rig.updates(rig.hour())
    runs = 0
    order: list[str] = []
    while rig.value("SELECT count(*) FROM ops.package_refresh_queue"):
        assert rig.packages().requests <= 5
        order += asked(rig)
        runs += 1
    assert runs > 1
    assert {int(path.split("/")[2]) for path in order[: len(waiting)]} == waiting, "new needs come after the old ones"
    assert_packages_true_to_life(rig)


def test_many_requests_are_in_flight_but_never_more_than_the_connection_allows(rig: Rig) -> None:
    rig.connection_fields["concurrency"] = 4
    flying, most = 0, 0

    def arrive() -> None:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)

    rig.simulator.faults.add("call", path=LISTS, function=arrive)
    rig.simulator.faults.add("hold", path=LISTS, after=1, count=4)
    holder = rig.simulator.faults
    loop = asyncio.new_event_loop()

    async def run() -> None:
        task = asyncio.create_task(refresh_packages(rig.client, rig.connect, rig.settings))
        await asyncio.to_thread(rig.simulator.requests.wait_for, 5, LISTS)
        assert most == 5  # the first one alone, then as many as may be in flight
        holder.release()
        await task

    try:
        loop.run_until_complete(run())
    finally:
        loop.close()
    assert_packages_true_to_life(rig)


def test_a_slow_answer_delays_no_other_request(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next requests are planned, and answers are loaded, while one is in flight."""
    monkeypatch.setattr(package_scheduler, "PLANNED_AT_ONCE", 3)
    monkeypatch.setattr(package_scheduler, "LOADED_AT_ONCE", 2)
    products = rig.value("SELECT count(DISTINCT product_id) FROM inventory.stock WHERE package_ids <> '{}'")
    rig.simulator.faults.add("hold", path=LISTS, after=1, count=1)

    async def run() -> bool:
        refresh = asyncio.create_task(refresh_packages(rig.client, rig.connect, rig.settings))
        all_sent = await asyncio.to_thread(rig.simulator.requests.wait_for, products, LISTS, 60)
        rig.simulator.faults.release()
        await refresh
        return all_sent

    assert asyncio.run(run())
    assert_packages_true_to_life(rig)


@pytest.mark.parametrize("status", [402, 403])
def test_without_the_plan_one_request_is_asked_and_an_upgrade_starts_it(rig: Rig, status: int) -> None:
    rig.simulator.switches.update({"pro": False, "non_pro_status": status})
    for _ in range(2):
        with pytest.raises(PlanRequiredError, match="PRO"):
            rig.packages()
        assert len(asked(rig)) == 1
    rig.simulator.switches.pro = True
    assert rig.packages().derived.packages == len(packages_in_stock(rig))
    assert_packages_true_to_life(rig)


def test_a_404_is_no_deletion_before_the_account_has_packages(rig: Rig) -> None:
    rig.simulator.faults.add("status", status=404, path=f"{LISTS}|{BY_ID}")
    with pytest.raises(NotFoundError):
        rig.packages()
    assert len(asked(rig)) <= 5 + rig.connection_fields.get("concurrency", 8)
    assert rig.value("SELECT count(*) FROM inventory.package_state") == 0
    rig.simulator.faults.clear()
    rig.step(hours=2)
    rig.packages()
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") == 0
    assert_packages_true_to_life(rig)


def test_a_refused_product_waits_and_stops_no_other(rig: Rig) -> None:
    product = rig.query("SELECT product_id FROM inventory.stock WHERE package_ids <> '{}' ORDER BY 1")[0]["product_id"]
    rig.simulator.faults.add("status", status=400, path=f"products/{product}/packages")
    result = rig.packages()
    assert result.left.waiting == result.left.left_over > 0
    assert rig.packages().requests == 0, "it is not asked again at once"
    rig.simulator.faults.clear()
    rig.step(hours=1, minutes=1)
    assert rig.packages().left.left_over == 0
    assert_packages_true_to_life(rig)


def test_lists_that_are_all_refused_fail_the_run(rig: Rig) -> None:
    rig.simulator.faults.add("status", status=400, path=LISTS)
    with pytest.raises(BadRequestError):
        rig.packages()


def test_a_field_that_cannot_be_read_is_set_aside_and_its_package_lands(rig: Rig) -> None:
    rig.simulator.faults.add("malformed", variant="text_office", path=LISTS, count=1)
    result = rig.packages()
    (bad,) = rig.query("SELECT * FROM ops.quarantine")
    assert bad["package_id"] in packages_in_stock(rig)
    assert (result.rejected, result.set_aside, result.left.left_over) == (0, 1, 0)
    assert last_state(rig, bad["package_id"])["unknown"] == {"checked_in_to": "nowhere"}
    rig.simulator.faults.clear()
    rig.step(days=1)
    rig.packages()
    assert last_state(rig, bad["package_id"])["checked_in_to"] is not None
    assert rig.value("SELECT count(*) FROM inventory.package_state WHERE valid_to IS NULL") == len(
        packages_in_stock(rig)
    )


def test_an_outage_leaves_what_came_and_the_needs_of_the_rest(rig: Rig) -> None:
    rig.connection_fields["retry_seconds"] = 0.0
    rig.simulator.faults.add("status", status=503, path=LISTS, after=4)
    with pytest.raises(RetriableError, match="fetches that failed"):
        rig.packages()
    assert rig.value("SELECT count(*) FROM inventory.package_state") > 0
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") > 0
    rig.simulator.faults.clear()
    assert rig.packages().left.left_over == 0
    assert_packages_true_to_life(rig)


def test_one_list_that_fails_stops_no_other_and_is_not_hidden(rig: Rig) -> None:
    rig.connection_fields["retry_seconds"] = 0.0
    product = rig.query("SELECT product_id FROM inventory.stock WHERE package_ids <> '{}' ORDER BY 1")[2]["product_id"]
    rig.simulator.faults.add("status", status=502, path=f"products/{product}/packages")
    with pytest.raises(RetriableError):
        rig.packages()
    assert {row["product_id"] for row in rig.query("SELECT product_id FROM ops.package_refresh_queue")} == {product}


def test_a_wrong_key_or_clock_stops_at_once_and_stores_nothing(rig: Rig) -> None:
    key = rig.connection_fields["key"]
    rig.connection_fields["key"] = "not-the-key-of-this-account"
    with pytest.raises(WrongKeyError):
        rig.packages()
    assert len(asked(rig)) == 1
    rig.connection_fields["key"] = key
    rig.simulator.switches.date_skew_seconds = 3600
    with pytest.raises(ClockSkewError):
        rig.packages()
    assert rig.value("SELECT count(*) FROM raw.response WHERE status = 200 AND path ~ 'packages'") == 0
    rig.simulator.switches.date_skew_seconds = 0
    rig.packages()
    assert_packages_true_to_life(rig)


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_404_by_id_at_an_implausible_time_is_ignored(rig: Rig, skew: int) -> None:
    """It would end the package at our own time, though nobody knows when it was seen to be gone."""
    rig.packages()
    office = rig.offices[0]
    product = rig.simulator.world.truth.office(office)[0].product_id
    package = rig.value(
        "SELECT package_ids[1] FROM inventory.stock WHERE office_id = %s AND product_id = %s", [office, product]
    )
    rig.step(minutes=30)
    rig.simulator.world.remove_product(office, product)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.pull(office)
    before = last_state(rig, package)
    rig.simulator.faults.add("status", path=BY_ID, status=404)
    rig.simulator.switches.date_skew_seconds = skew
    with pytest.raises(ClockSkewError):
        rig.packages()
    assert last_state(rig, package) == before
    assert rig.value("SELECT count(*) FROM raw.response WHERE status = 404") == 0
    rig.simulator.switches.date_skew_seconds = 0
    rig.packages()
    state = "SELECT attributes_from FROM inventory.package_state WHERE package_id = %s AND valid_to IS NULL"
    assert rig.query(state, [package]) == [{"attributes_from": None}]


def test_fields_that_the_guide_does_not_name_are_kept_and_reported(rig: Rig) -> None:
    rig.simulator.switches.extra_package_fields = True
    result = rig.packages()
    packages = packages_in_stock(rig)
    assert result.unknown_fields["notes"] == result.unknown_fields["location"] == len(packages)
    assert "lab_results.method" in result.unknown_fields
    for row in rig.query("SELECT package_id, unknown FROM mart.package_history"):
        assert row["unknown"] == rig.simulator.world.truth.package(row["package_id"]).extra
    assert rig.value("SELECT count(*) FROM mart.lab_result WHERE unknown ->> 'method' IS NULL") == 0
    rig.simulator.world.relabel(packages[0], notes="recounted")
    rig.step(hours=21)
    assert rig.packages().derived.versions == 1


def test_packages_that_a_product_does_not_list_are_fetched(make_rig: MakeRig) -> None:
    rig = make_rig(seed=71, offices=2, products=12, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.simulator.switches.package_control = "null"
    rig.step(minutes=5)
    rig.snapshot(rig.day_start(DAY))
    assert rig.packages().derived.packages > 0
    emptied = rig.query("SELECT package_id FROM mart.package_history ORDER BY 1")[0]["package_id"]
    rig.step(minutes=30)
    rig.simulator.world.empty_package(emptied)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.packages()
    assert last_state(rig, emptied)["is_empty"], "the list lacks it, so it is asked for by its id"
    assert_packages_true_to_life(rig)


@pytest.mark.parametrize("keys", ["null", "several"])
def test_quantities_without_one_number_are_kept_as_they_are(rig: Rig, keys: str) -> None:
    rig.simulator.switches.quantity_keys = keys
    rig.packages()
    assert_packages_true_to_life(rig)
    package = packages_in_stock(rig)[0]
    rig.step(minutes=30)
    rig.simulator.world.empty_package(package)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.packages()
    assert last_state(rig, package)["is_empty"], "no office has it"


def test_two_runs_at_once_take_turns(rig: Rig) -> None:
    async def both() -> None:
        runs = [refresh_packages(rig.client, rig.connect, rig.settings) for _ in range(2)]
        results = await asyncio.gather(*runs)
        assert sorted(result.requests for result in results) == [0, max(result.requests for result in results)]

    asyncio.run(both())
    paths = asked(rig)
    assert len(paths) == len(set(paths))
    assert_packages_true_to_life(rig)
