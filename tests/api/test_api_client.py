"""The client against the simulator: what it returns is what the simulated world holds."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest
from api_helpers import KEY, Naps

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.api.reading import Reading
from indicaonline.errors import (
    ClockSkewError,
    IndicaOnlineError,
    NotFoundError,
    PlanRequiredError,
    RetriableError,
    SkipParameterIgnoredError,
    UnreadableAnswerError,
    WrongKeyError,
)
from indicaonline.records import InventoryItem, Rejected
from simulator import SimulatorServer


async def items_of(reading: Reading[Any]) -> list[Any]:
    """The items of the read that counts."""
    pages = [page async for page in reading]
    return [item for page in pages if page.read == reading.outcome.read for item in page.items]


def held(simulator: SimulatorServer, office_id: int) -> dict[int, Any]:
    """The true stock of an office now: quantity by product."""
    return dict(simulator.world.truth.inventory_at(office_id, simulator.clock.now()))


async def test_an_office_is_read_whole(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    office_id = next(iter(simulator.world.offices))
    reading = client.office_inventory(office_id)
    items: list[InventoryItem] = await items_of(reading)
    outcome = reading.outcome
    assert outcome.complete, outcome
    assert len(items) == outcome.total == 45
    assert {item.office_id for item in items} == {office_id}
    assert outcome.first_page_at == simulator.clock.now()
    raw = reading.take_responses()
    assert {response.path for response in raw} == {f"/open_api/v2.3/inventory/office/{office_id}"}
    assert {response.parameters["offset"] for response in raw} == {"0", "10", "20", "30", "40"}


async def test_every_reference_list_can_be_read(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    assert [office.id for office in await items_of(client.reference_list("offices"))] == sorted(simulator.world.offices)
    products = await items_of(client.reference_list("products"))
    assert {product.id for product in products} == set(simulator.world.products)
    assert all(product.name and product.measurement for product in products)
    for names in map(client.reference_list, ("brands", "categories", "lab_results")):
        assert all(named.name for named in await items_of(names))
        assert names.outcome.complete


async def test_a_bare_reference_list_is_read(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    simulator.switches.reference_shape = "list"
    reading = client.reference_list("offices")
    assert len(await items_of(reading)) == 2
    assert reading.outcome.complete


@pytest.mark.parametrize("unit", ["seconds", "milliseconds"])
async def test_updated_asks_in_the_unit_of_the_connection(
    simulator: SimulatorServer, config: ApiConfig, naps: Naps, unit: Any
) -> None:
    simulator.switches.updated_unit = "s" if unit == "seconds" else "ms"
    config = msgspec.structs.replace(config, timestamp_unit=unit)
    async with IndicaOnlineClient(config, sleep=naps, clock=simulator.clock.now) as client:
        later = client.updated_inventory(simulator.clock.now() + dt.timedelta(hours=1))
        assert await items_of(later) == []
        assert later.outcome.complete
        assert len(await items_of(client.updated_inventory(simulator.clock.now() - dt.timedelta(days=1)))) == 90


async def test_a_product_and_its_packages_and_one_package(
    client: IndicaOnlineClient, simulator: SimulatorServer
) -> None:
    product_id = next(iter(simulator.world.products))
    stock: list[InventoryItem] = await items_of(client.product_inventory(product_id))
    assert {item.product_id for item in stock} == {product_id}
    packages = await items_of(client.product_packages(product_id))
    assert {package.id for package in packages} == {one.id for item in stock for one in item.packages or []}
    raw: list[Any] = []
    answer = await client.package(packages[0].id, raw.append)
    assert answer.package == packages[0]
    assert answer.rejected is None
    assert answer.observed_at == simulator.clock.now()
    assert [response.status for response in raw] == [200]


async def test_a_package_nobody_knows_is_a_404_that_is_recorded(client: IndicaOnlineClient) -> None:
    raw: list[Any] = []
    with pytest.raises(NotFoundError):
        await client.package(1, raw.append)
    assert [response.status for response in raw] == [404]


@pytest.mark.parametrize("status", [402, 403])
async def test_a_plan_without_packages_is_its_own_error(
    client: IndicaOnlineClient, simulator: SimulatorServer, status: int
) -> None:
    simulator.switches.pro = False
    simulator.switches.non_pro_status = status
    reading = client.product_packages(next(iter(simulator.world.products)))
    assert await items_of(reading) == []
    assert isinstance(reading.outcome.error, PlanRequiredError)
    with pytest.raises(PlanRequiredError):
        await client.package(5)
    inventory = client.office_inventory(next(iter(simulator.world.offices)))
    await items_of(inventory)
    assert inventory.outcome.complete


async def test_a_wrong_key(simulator: SimulatorServer, config: ApiConfig, naps: Naps) -> None:
    wrong = msgspec.structs.replace(config, key="not-the-right-key")
    async with IndicaOnlineClient(wrong, sleep=naps, clock=simulator.clock.now) as client:
        for reading in (client.reference_list("offices"), client.office_inventory(101), client.product_packages(5)):
            await items_of(reading)
            assert isinstance(reading.outcome.error, WrongKeyError)
            assert reading.outcome.read == 0
            assert [raw.status for raw in reading.take_responses()] == [401]
    assert naps.seconds == []


async def test_the_wrong_skip_parameter_stops_and_says_so(
    client: IndicaOnlineClient, simulator: SimulatorServer
) -> None:
    simulator.switches.skip_parameter = "offest"
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    assert len(await items_of(reading)) == 10
    assert isinstance(reading.outcome.error, SkipParameterIgnoredError)


@pytest.mark.parametrize("kind", ["reset", "reset_body", "truncated", "garbage", "html", "rate_limited", "status"])
async def test_faults_that_pass_do_no_harm(client: IndicaOnlineClient, simulator: SimulatorServer, kind: str) -> None:
    simulator.faults.add(kind, path="office/", count=2, after=1)
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    assert len(await items_of(reading)) == 45
    assert reading.outcome.complete
    assert reading.outcome.reads == 1


@pytest.mark.parametrize(("kind", "error"), [("garbage", UnreadableAnswerError), ("status", RetriableError)])
async def test_faults_that_stay_keep_what_was_seen(
    client: IndicaOnlineClient, simulator: SimulatorServer, kind: str, error: type[IndicaOnlineError]
) -> None:
    simulator.faults.add(kind, path="office/.*offset=[1-9]")
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    assert len(await items_of(reading)) == 10
    outcome = reading.outcome
    assert isinstance(outcome.error, error)
    assert (outcome.complete, outcome.read) == (False, 1)
    assert outcome.problem == str(outcome.error)


@pytest.mark.parametrize("move", ["delete", "insert", "reorder"])
@pytest.mark.parametrize("follows", [True, False])
async def test_pages_that_move_once_are_read_again(
    config: ApiConfig, naps: Naps, simulator: SimulatorServer, move: str, follows: bool
) -> None:
    simulator.faults.add("page_moves", count=1, move=move, total_follows=follows)
    # One page after the other: of several in flight, the page that moves may be served last, and nothing is amiss.
    config = msgspec.structs.replace(config, concurrency=1)
    async with IndicaOnlineClient(config, sleep=naps, clock=simulator.clock.now) as client:
        reading = client.office_inventory(next(iter(simulator.world.offices)))
        assert len({item.product_id for item in await items_of(reading)}) == 45
    assert reading.outcome.complete
    assert reading.outcome.reads == 2


@pytest.mark.parametrize("move", ["delete", "insert", "reorder"])
async def test_pages_that_keep_moving_are_incomplete(
    client: IndicaOnlineClient, simulator: SimulatorServer, move: str
) -> None:
    simulator.faults.add("page_moves", move=move, total_follows=False)
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    assert await items_of(reading)
    assert not reading.outcome.complete
    assert (reading.outcome.read, reading.outcome.reads) == (3, 3)
    assert reading.outcome.error is None


@pytest.mark.parametrize("switch", ["missing", "null"])
async def test_without_total_the_second_read_confirms(
    client: IndicaOnlineClient, simulator: SimulatorServer, switch: str
) -> None:
    simulator.switches.total = switch
    simulator.switches.count = switch
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    assert len(await items_of(reading)) == 45
    assert (reading.outcome.complete, reading.outcome.reads) == (True, 2)


@pytest.mark.parametrize(
    ("variant", "complete"),
    [
        ("no_product_id", False),
        ("no_office_id", False),
        ("null_item", False),
        ("no_id", True),
        ("no_quantity", True),
        ("null_quantity", True),
        ("text_quantity", True),
        ("nan_quantity", True),
        ("huge_quantity", True),
        ("null_package_quantity", True),
    ],
)
async def test_a_bad_item_is_rejected_and_costs_nobody_else(
    client: IndicaOnlineClient, simulator: SimulatorServer, variant: str, complete: bool
) -> None:
    simulator.faults.add("malformed", path="offset=20", variant=variant)
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    rejected: list[Rejected] = []
    items = 0
    async for page in reading:
        if page.read == 1:
            items += len(page.items)
            rejected += page.rejected
    assert (items, len(rejected)) == (44, 1)
    assert reading.outcome.complete is complete
    assert (rejected[0].product_id is not None and rejected[0].office_id is not None) is complete


async def test_a_wrong_clock_is_refused(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    simulator.switches.date_skew_seconds = 3_600
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    with pytest.raises(ClockSkewError):
        await items_of(reading)
    assert reading.take_responses() == []


async def test_without_a_date_header_the_clients_clock_is_used(
    client: IndicaOnlineClient, simulator: SimulatorServer
) -> None:
    simulator.switches.date_header = False
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    await items_of(reading)
    assert reading.outcome.first_page_at == simulator.clock.now()
    assert not any(raw.server_dated for raw in reading.take_responses())


async def test_closing_the_client_ends_what_is_in_flight(
    simulator: SimulatorServer, config: ApiConfig, naps: Naps
) -> None:
    simulator.faults.add("hold", path="offset=[1-9]", seconds=20)
    async with IndicaOnlineClient(config, sleep=naps, clock=simulator.clock.now) as client:
        pages = aiter(client.office_inventory(next(iter(simulator.world.offices))))
        await anext(pages)
        waiting = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_the_key_is_in_nothing_that_is_kept(client: IndicaOnlineClient, simulator: SimulatorServer) -> None:
    reading = client.office_inventory(next(iter(simulator.world.offices)))
    pages = [page async for page in reading]
    for kept in (pages, reading.take_responses(), reading.outcome, client.config, client, reading):
        assert KEY not in repr(kept)
