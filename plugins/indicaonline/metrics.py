"""Metrics of tasks, sent by Airflow's own client: StatsD, OpenTelemetry, or none."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

from indicaonline.jobs.freshness import Freshness
from indicaonline.measures import Measures, measuring

log = logging.getLogger(__name__)


# The ways to send metrics that have tags (Airflow's section [metrics]); plain StatsD has none.
_TAGGED = ("otel_on", "statsd_influxdb_enabled", "statsd_datadog_enabled")


@contextmanager
def measured(account: str = "") -> Iterator[Measures]:
    """Yield the counts of the block, and send them in the end as those of an account, also if it fails."""
    with measuring() as measures:
        try:
            yield measures
        finally:
            with _harmless():
                send_measures(measures, account)


def send_measures(measures: Measures, account: str = "") -> None:
    """Send the counts of a task: requests, retries, and each pull by its kind."""
    stats.incr(**_of(account, "indicaonline.requests"), count=measures.requests)
    stats.incr(**_of(account, "indicaonline.retries"), count=measures.retries)
    for pull in measures.pulls:
        kind = {"kind": pull.kind}
        # Timings are in milliseconds, as StatsD has them.
        duration = _of(account, "indicaonline.pull.duration", kind | {"status": pull.status})
        stats.timing(**duration, dt=pull.seconds * 1000)
        # The status is part of the name, because plain StatsD has no tags.
        stats.incr(**_of(account, f"indicaonline.pull.{pull.status}", kind))
        stats.incr(**_of(account, "indicaonline.pull.rows", kind), count=pull.tally.items)
        stats.incr(**_of(account, "indicaonline.pull.quarantined", kind), count=pull.tally.rejected)
        stats.incr(**_of(account, "indicaonline.pull.set_aside", kind), count=pull.tally.set_aside)


def send_freshness(freshness: Freshness, account: str = "") -> None:
    """Send the age of the data in seconds, and the number of offices behind their SLA. Never fails a task."""
    gauges = {
        "indicaonline.freshness.offices_behind": len(freshness.behind),
        "indicaonline.freshness.snapshot_lag": freshness.snapshot_lag,
        "indicaonline.freshness.update_lag": freshness.update_lag,
    }
    with _harmless():
        for name, value in gauges.items():
            if value is not None:
                seconds = value.total_seconds() if isinstance(value, dt.timedelta) else value
                stats.gauge(**_of(account, name), value=seconds)


def _of(account: str, name: str, tags: dict[str, str] | None = None) -> dict[str, Any]:
    """Return name and tags of a metric of an account, as arguments."""
    if not account:
        return {"stat": name, "tags": tags}
    if any(conf.getboolean("metrics", option, fallback=False) for option in _TAGGED):
        return {"stat": name, "tags": {**(tags or {}), "account": account}}
    # Otherwise the gauges of one account would overwrite those of another.
    return {"stat": name.replace("indicaonline.", f"indicaonline.{account}.", 1), "tags": tags}


@contextmanager
def _harmless() -> Iterator[None]:
    # The work is committed by now: an exception would make Airflow repeat it.
    try:
        yield
    except Exception as error:
        log.warning("Metrics could not be sent: %s.", type(error).__name__)
