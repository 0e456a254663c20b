"""Several tasks refresh packages together: the warehouse is that of one, and no package is fetched twice."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_oracle import assert_packages_true_to_life

from indicaonline.errors import PlanRequiredError
from indicaonline.jobs import package_scheduler
from indicaonline.jobs.packages import PackagesResult, refresh_packages
from indicaonline.records import LabResult, Outcome, PackageDetail, Page
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.package_staging import PackageFetch
from indicaonline.warehouse.packages import load_fetches
from indicaonline.warehouse.refresh_queue import PackageTask, plan_fetches
from mart_hashes import mart_hashes
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

DAY = dt.date(2025, 2, 28)
ANY = r"products/\d+/packages|inventory/packages/"


def make(make_rig: Callable[..., Rig], **world: float) -> Rig:
    """An account that was pulled once, and whose packages were not fetched."""
    return make_rig(past=pulled_once, seed=71, offices=2, products=40, start=MIDNIGHT_IN_LOS_ANGELES, **world)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=5)
    rig.reference()
    rig.snapshot(rig.day_start(DAY))


@pytest.fixture
def rig(make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A busy one, whose tasks claim a few products at a time."""
    monkeypatch.setattr(package_scheduler, "LOADED_AT_ONCE", 2)
    return make(make_rig, life=8.0)


def together(rig: Rig, *tasks: PackageTask) -> list[PackagesResult]:
    """Run tasks side by side: none gets its first answer before each has sent its first request."""

    async def run() -> list[PackagesResult]:
        rig.simulator.requests.reset()
        rig.simulator.faults.add("hold", path=ANY, count=len(tasks))
        refreshes = [
            asyncio.create_task(refresh_packages(rig.client, rig.connect, rig.settings, task.number, task.tasks))
            for task in tasks
        ]
        assert await asyncio.to_thread(rig.simulator.requests.wait_for, len(tasks), ANY)
        rig.simulator.faults.release()
        return await asyncio.gather(*refreshes)

    return asyncio.run(run())


def listed_package(rig: Rig) -> int:
    """A package that an office lists."""
    return int(rig.value("SELECT min(p) FROM inventory.stock CROSS JOIN LATERAL unnest(package_ids) AS p"))


def asked(rig: Rig) -> list[str]:
    """The package requests since tasks last began together."""
    return [entry.path for entry in rig.simulator.requests.all(ANY)]


def test_two_tasks_make_the_warehouse_of_one(
    rig: Rig, new_warehouse: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_one, of_two = rig.dsn, new_warehouse(urlsplit(rig.dsn).path.removeprefix("/"))
    for hours in (5, 16, 30):
        monkeypatch.setattr(rig, "dsn", of_one)
        result = rig.packages()
        monkeypatch.setattr(rig, "dsn", of_two)
        results = together(rig, PackageTask(1, 2), PackageTask(2, 2))
        assert len(asked(rig)) == len(set(asked(rig)))
        assert min(each.requests for each in results) > 0
        assert sum(each.requests for each in results) == result.requests
        assert sum(each.derived.versions for each in results) == result.derived.versions
        assert [each.left.left_over for each in results] == [0, 0]
        rig.simulator.world.empty_package(listed_package(rig))
        rig.step(hours=hours)
        for dsn in (of_one, of_two):
            monkeypatch.setattr(rig, "dsn", dsn)
            rig.updates(rig.hour())
    marts = []
    for dsn in (of_one, of_two):
        monkeypatch.setattr(rig, "dsn", dsn)
        with warehouse(rig.connect, rig.settings) as connection:
            marts.append(mart_hashes(connection))
    assert marts[0] == marts[1]
    assert_packages_true_to_life(rig)


def test_each_task_has_its_share_of_the_budget(rig: Rig) -> None:
    rig.settings = Settings(package_requests_per_run=5)
    results = together(rig, PackageTask(1, 2), PackageTask(2, 2))
    assert [result.requests for result in results] == [3, 2]
    assert len(asked(rig)) == 5
    assert all("budget" in (result.note or "") for result in results)
    rig.settings = Settings(package_requests_per_run=1)
    assert [rig.packages(number, 2).requests for number in (1, 2)] == [1, 0]


@given(st.integers(1, 10_000), st.integers(1, 64))
def test_the_shares_add_up(total: int, tasks: int) -> None:
    shares = [PackageTask(number, tasks).share(total) for number in range(1, tasks + 1)]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


def test_two_runs_of_two_tasks_fetch_nothing_twice(rig: Rig) -> None:
    async def run() -> list[PackagesResult]:
        tasks = [PackageTask(number, 2) for number in (1, 2, 1, 2)]
        return await asyncio.gather(
            *(refresh_packages(rig.client, rig.connect, rig.settings, task.number, task.tasks) for task in tasks)
        )

    results = asyncio.run(run())
    assert len(asked(rig)) == len(set(asked(rig))) == sum(result.requests for result in results)
    assert_packages_true_to_life(rig)


def test_without_the_plan_each_task_asks_once(rig: Rig) -> None:
    rig.simulator.switches.pro = False
    for number in (1, 2):
        with pytest.raises(PlanRequiredError):
            rig.packages(number, 2)
    assert len(asked(rig)) == 2


def test_a_product_stays_with_one_task(rig: Rig) -> None:
    """Two packages to be fetched by id, and the list of another product: claimed one at a time."""
    with warehouse(rig.connect, rig.settings) as connection, warehouse(rig.connect, rig.settings) as other:
        rows = [(1, 11, True, 1), (1, 12, True, 2), (2, None, False, 3), (3, 31, True, 4), (3, 32, False, 5)]
        for product, package, by_id, hour in rows:
            connection.execute(
                "INSERT INTO ops.package_refresh_queue (product_id, package_id, reason, by_id, due_since)"
                " VALUES (%s, %s, 'changed', %s, %s)",
                [product, package, by_id, MIDNIGHT_IN_LOS_ANGELES.replace("08:", f"0{hour}:", 1)],
            )
        connection.commit()

        def claim(by: psycopg.Connection, number: int) -> list[tuple[int, int | None]]:
            planned = plan_fetches(by, PackageTask(number, 2), fetches=1, batch=1)
            return [(fetch.product_id, fetch.package_id) for fetch in planned]

        assert claim(connection, 1) == [(1, 11)]
        assert claim(other, 2) == [(2, None)], "the other package of product 1 is left to the first task"
        assert claim(other, 2) == [(3, None)]
        assert claim(other, 2) == []
        assert claim(connection, 1) == [(1, 12)]
        assert claim(connection, 1) == []


def test_a_change_during_a_fetch_is_fetched_again(make_rig: Callable[..., Rig]) -> None:
    """Another task enqueues it. The answer in flight may be older: it settles nothing. Nobody else fetches it."""
    rig = make(make_rig)
    rig.packages()
    office = rig.offices[0]
    product = rig.simulator.world.truth.office(office)[0].product_id
    rig.step(minutes=30)
    rig.simulator.world.sell(office, product, 1)
    rig.step(minutes=31)
    rig.updates(rig.hour())

    async def run() -> PackagesResult:
        rig.simulator.requests.reset()
        rig.simulator.faults.add("hold", path=ANY, count=1)
        first = asyncio.create_task(refresh_packages(rig.client, rig.connect, rig.settings, 1, 2))
        assert await asyncio.to_thread(rig.simulator.requests.wait_for, 1, ANY)
        rig.simulator.world.sell(office, product, 1)
        rig.step(minutes=5)
        await asyncio.to_thread(rig.updates, None)
        second = await refresh_packages(rig.client, rig.connect, rig.settings, 2, 2)
        assert second.requests == 0, "the product is in the hands of the first task"
        rig.simulator.faults.release()
        return await first

    assert asyncio.run(run()).requests == 2
    assert asked(rig) == [f"inventory/products/{product}/packages"] * 2
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") == 0
    assert_packages_true_to_life(rig)


def fetch(pull_id: int, product: int, packages: Sequence[int], second: int) -> PackageFetch:
    """The list of a product, with packages that may be on another list, too."""
    at = dt.datetime(2025, 3, 1, 9, 0, second, tzinfo=dt.UTC)
    details = [
        PackageDetail(
            id=package,
            vendor=str(product),
            available_quantity={"gram": second},
            lab_results=[LabResult(1, 1, Decimal(second))],
        )
        for package in packages
    ]
    request = PullRequest(kind="packages", started_at=at, product_id=product)
    return PackageFetch(pull_id, request, Outcome(True, 1, 1, None, at, at), [Page(1, 1, at, details, [])])


@pytest.mark.parametrize("known_as", [None, 1, 3])
@pytest.mark.parametrize("seconds", [(10, 20), (20, 10)])
def test_a_package_that_moves_while_two_tasks_load_it_has_the_versions_of_any_order(
    warehouse_dsn: str, known_as: int | None, seconds: tuple[int, int]
) -> None:
    """In opposite orders, so that the two wait for each other; new, or known under one of the products, or a third."""
    packages = list(range(1, 40))
    with warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection:
        if known_as is not None:
            load_fetches(connection, [fetch(1, known_as, packages, 1)])
    batches = [fetch(2, 1, packages, seconds[0]), fetch(3, 2, packages[::-1], seconds[1])]

    def load(each: PackageFetch) -> None:
        with warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection:
            load_fetches(connection, [each])

    with psycopg.connect(warehouse_dsn) as gate:
        # Both have derived their versions before either can commit.
        gate.execute("LOCK TABLE inventory.package_presence IN SHARE MODE")
        with ThreadPoolExecutor(2) as threads:
            loads = [threads.submit(load, each) for each in batches]
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
            while gate.execute(waiting).fetchone() != (2,):
                assert not any(each.done() for each in loads)
            gate.commit()
            for each in loads:
                each.result()
    query = (
        "SELECT package_id, product_id, extract(SECOND FROM valid_from), extract(SECOND FROM valid_to),"
        " available_quantity FROM inventory.package_version ORDER BY package_id, valid_from"
    )
    results = "SELECT DISTINCT vendor, potency, extract(SECOND FROM valid_from) FROM inventory.lab_version ORDER BY 3"
    first, second = sorted(zip(seconds, (1, 2), strict=True))
    history = [(first[0], first[1]), (second[0], second[1])]
    if known_as is not None:
        history = [(1, known_as), *history]
    ends = [*(at for at, _ in history[1:]), None]
    with psycopg.connect(warehouse_dsn) as connection:
        assert connection.execute(query).fetchall() == [
            (package, product, at, end, at)
            for package in packages
            for (at, product), end in zip(history, ends, strict=True)
        ]
        assert connection.execute(results).fetchall() == [(str(product), at, at) for at, product in history]
        assert connection.execute("SELECT count(*) FROM ops.pull").fetchone() == (len(history),)
