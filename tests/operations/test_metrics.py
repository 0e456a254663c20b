"""Metrics of tasks arrive at a StatsD server under the names of the runbook, and never fail a task."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import get_args

import pytest
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk._shared.observability.metrics.statsd_logger import get_statsd_logger
from airflow.sdk.observability import stats
from statsd import StatsClient

from indicaonline.errors import RetriableError
from indicaonline.jobs.freshness import measure_freshness
from indicaonline.measures import Measures, PullMeasure, measuring
from indicaonline.metrics import measured, send_freshness
from indicaonline.warehouse.ledger import Status
from receivers import Received, statsd_server
from rig import Rig
from servers.airflow import REPOSITORY


@pytest.fixture
def received() -> Iterator[Received]:
    """Airflow's metrics go to this server."""
    with statsd_server("indicaonline.") as server:
        host, port = server.address

        def logger() -> object:
            return get_statsd_logger(
                stats_class=StatsClient,
                host=host,
                port=port,
                prefix="airflow",
                influxdb_tags_enabled=True,
                statsd_influxdb_enabled=True,
            )

        stats.initialize(factory=logger, export_legacy_names=False)
        try:
            yield server
        finally:
            stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


def sums(received: Received) -> Counter[str]:
    """The sum of each metric; of a time, how often it came."""
    stats.incr("indicaonline.last")
    found: Counter[str] = Counter()
    while not (line := received.next()).startswith("airflow.indicaonline.last:"):
        name, _, value = line.removeprefix("airflow.indicaonline.").partition(":")
        found[name] += 1 if value.endswith("|ms") else float(value.split("|")[0])
    return +found


def test_requests_retries_and_pulls_are_counted(make_rig: Callable[..., Rig], received: Received) -> None:
    rig = make_rig(offices=1, products=30)
    (office,) = rig.offices
    rig.simulator.faults.add("status", path=f"inventory/office/{office}", status=503, count=2)
    with measured():
        result = rig.pull(office)
    asked = rig.value("SELECT count(*) FROM raw.response")
    assert sums(received) == {
        "requests": asked,
        "retries": 2,
        "pull.duration,kind=office,status=complete": 1,
        "pull.complete,kind=office": 1,
        "pull.rows,kind=office": result.items,
    }


def test_a_pull_that_fails_is_counted_by_how_it_ended(make_rig: Callable[..., Rig], received: Received) -> None:
    rig = make_rig(offices=1, products=30)
    rig.simulator.faults.add("malformed", variant="no_product_id", items=2)
    with pytest.raises(RetriableError, match="incomplete"), measured():
        rig.pull(rig.offices[0])
    found = sums(received)
    assert found["pull.incomplete,kind=office"] == 1
    assert found["pull.quarantined,kind=office"] == rig.value("SELECT rejected FROM ops.pull") > 0
    assert "pull.complete,kind=office" not in found


def test_package_refreshes_are_pulls(make_rig: Callable[..., Rig], received: Received) -> None:
    rig = make_rig(offices=1, products=8)
    rig.pull(rig.offices[0])
    with measured():
        result = rig.packages()
    found = sums(received)
    assert found["requests"] == result.requests
    assert found["pull.complete,kind=packages"] == found["pull.duration,kind=packages,status=complete"]
    assert found["pull.complete,kind=packages"] == rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'packages'")


def test_neither_a_rebuild_nor_accepting_is_a_pull(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(offices=1, products=8)
    rig.snapshot(rig.day_start(rig.simulator.clock.now().date()))
    with measuring() as measures:
        rig.rebuild(rig.simulator.clock.now().date())
    assert measures == Measures()


def test_freshness_is_a_gauge(make_rig: Callable[..., Rig], received: Received) -> None:
    rig = make_rig(offices=2, products=5)
    rig.reference("offices")
    rig.snapshot(None)
    rig.step(hours=31)
    send_freshness(measure_freshness(rig.connect, rig.settings))
    found = sums(received)
    assert found["freshness.offices_behind"] == 2
    assert found["freshness.snapshot_lag"] == found["freshness.update_lag"] == 31 * 3600


def test_metrics_of_an_account_have_its_tag_or_its_name(
    make_rig: Callable[..., Rig], received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without tags, the gauges of one account would overwrite those of another."""
    rig = make_rig(offices=1, products=5)
    rig.reference("offices")
    rig.step(hours=31)
    freshness = measure_freshness(rig.connect, rig.settings)
    send_freshness(freshness, "north")
    with measured("north"):
        rig.pull(rig.offices[0])
    plain = sums(received)
    assert plain["north.freshness.offices_behind"] == 1
    assert plain["north.pull.complete,kind=office"] == 1
    assert all(name.startswith("north.") for name in plain)
    monkeypatch.setenv("AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED", "True")
    send_freshness(freshness, "north")
    with measured("north"):
        rig.pull(rig.offices[0])
    tagged = sums(received)
    assert tagged["freshness.offices_behind,account=north"] == 1
    assert tagged["pull.complete,kind=office,account=north"] == 1
    assert all(name.endswith(",account=north") for name in tagged)


def test_a_broken_server_of_metrics_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> object:
        raise OSError("nobody listens")

    stats.initialize(factory=refuse, export_legacy_names=False)
    try:
        with measured():
            done = True
    finally:
        stats.initialize(factory=NoStatsLogger, export_legacy_names=False)
    assert done
    assert "Metrics could not be sent: OSError." in caplog.text


def test_without_anybody_who_asks_nothing_is_counted(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(offices=1, products=8)
    with measuring() as measures:
        pass
    rig.pull(rig.offices[0])
    assert measures == Measures()
    with measuring() as measures:
        rig.pull(rig.offices[0])
    assert measures.requests > 0
    (pull,) = measures.pulls
    assert isinstance(pull, PullMeasure)
    assert pull.seconds > 0


def test_the_runbook_names_every_metric() -> None:
    code = (REPOSITORY / "plugins" / "indicaonline" / "metrics.py").read_text()
    table = (REPOSITORY / "docs" / "operations.md").read_text().partition("\n## Metrics\n")[2].partition("\n## ")[0]
    names = set(re.findall(r'"(indicaonline\.[a-z_.]+)"', code)) | {
        f"indicaonline.pull.{status}" for status in get_args(Status)
    }
    assert len(names) >= 12
    # A row may shorten the names that follow the first one to the end of each name.
    missing = [name for name in names if f"`{name}`" not in table and f"`.{name.rsplit('.', 1)[1]}`" not in table]
    assert missing == []
