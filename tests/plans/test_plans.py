"""The cost of a statement grows with its rows under any statistics: rows are counted, not seconds."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from plan_lives import OBSERVATIONS, live_packages, live_stock, metered
from plan_meter import Meter
from statistics_of import STATISTICS, set_statistics, show_plans_of_functions, stop_autovacuum

from indicaonline.settings import Settings
from indicaonline.warehouse.migrate import migrate
from installed import postgres_of
from rig import Rig
from servers.postgres import Server
from simulator import SimulatorServer

pytestmark = pytest.mark.timeout(300)

OFFICES = 4
SIZES = (200, 1000)
MOST = 60
"""Rows that a statement may go through for each row at hand: a plan of many nodes goes through each in most of them."""
AS_LINEAR = 1.5
"""How much more each row may cost in the larger of two sizes: five times as much where all is compared with all."""


@pytest.fixture(scope="module", params=[15, 18])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with postgres_of(request.param) as server:
        stop_autovacuum(server.dsn())
        dsn = server.create_database("migrated")
        migrate(lambda: psycopg.connect(dsn), Settings())
        show_plans_of_functions(dsn)
        yield server


@pytest.mark.parametrize("statistics", STATISTICS)
def test_stock(server: Server, statistics: str, monkeypatch: pytest.MonkeyPatch) -> None:
    meters = []
    for size in SIZES:
        dsn = server.create_database("stock", "migrated")
        world = {"seed": 7, "offices": OFFICES, "products": size, "packages_per_product": 2, "life": 0.3}
        with SimulatorServer(**world, start="2025-03-01T00:30:00+00:00") as simulator:
            rig, meter = Rig(simulator, dsn, Settings(business_time_zone="UTC"), monkeypatch), Meter()
            with metered(rig, meter):
                live_stock(rig, lambda moment, dsn=dsn: set_statistics(dsn, statistics, moment))
        meters.append((meter, OFFICES * size))
        server.drop_database("stock")
    assert {"load/observe_absent", "load/replay_late_arriving", "publish/insert_observed_day"} < meters[0][
        0
    ].rows.keys()
    assert {"publish/insert_carried_day", "movements/find_due", "rebuild/mark_stock"} < meters[0][0].rows.keys()
    check(meters)


@pytest.mark.parametrize("statistics", STATISTICS)
def test_packages(server: Server, statistics: str) -> None:
    meters = []
    for size in SIZES:
        dsn = server.create_database("packages", "migrated")
        meter = Meter()
        live_packages(meter, dsn, size, lambda moment, dsn=dsn: set_statistics(dsn, statistics, moment))
        meters.append((meter, size * OBSERVATIONS))
        server.drop_database("packages")
    assert {"packages/compare_observations", "packages/insert_panels"} < meters[0][0].rows.keys()
    check(meters)


def check(meters: list[tuple[Meter, int]]) -> None:
    """No statement goes through too many rows for those at hand, nor through more for each when there are more."""
    (small, few), (large, many) = meters
    assert large.beyond(MOST * many) == {}
    grown = {name: (small.rows.get(name, 0), rows) for name, rows in large.rows.items() if rows > 2 * many}
    assert {name: pair for name, pair in grown.items() if pair[1] / many > AS_LINEAR * pair[0] / few + 2} == {}
