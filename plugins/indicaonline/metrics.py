"""Metrics of tasks, sent by Airflow's own client: StatsD, OpenTelemetry, or none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.observability import stats

from indicaonline.jobs.freshness import Freshness
from indicaonline.measures import Measures, measuring

log = logging.getLogger(__name__)


@contextmanager
def measured() -> Iterator[Measures]:
    """Yield the counts of the block, and send them in the end, also if it fails."""
    with measuring() as measures:
        try:
            yield measures
        finally:
            with _harmless():
                send_measures(measures)


def send_measures(measures: Measures) -> None:
    """Send the counts of a task: requests, retries, and each pull by its kind."""
    stats.incr("indicaonline.requests", measures.requests)
    stats.incr("indicaonline.retries", measures.retries)
    for pull in measures.pulls:
        tags = {"kind": pull.kind}
        # Timings are in milliseconds, as StatsD has them.
        stats.timing("indicaonline.pull.duration", pull.seconds * 1000, tags={**tags, "status": pull.status})
        # The status is part of the name, because plain StatsD has no tags.
        stats.incr(f"indicaonline.pull.{pull.status}", tags=tags)
        stats.incr("indicaonline.pull.rows", pull.tally.items, tags=tags)
        stats.incr("indicaonline.pull.quarantined", pull.tally.rejected, tags=tags)
        stats.incr("indicaonline.pull.set_aside", pull.tally.set_aside, tags=tags)


def send_freshness(freshness: Freshness) -> None:
    """Send the age of the data in seconds, and the number of offices behind their SLA. Never fails a task."""
    with _harmless():
        stats.gauge("indicaonline.freshness.offices_behind", len(freshness.behind))
        if freshness.snapshot_lag is not None:
            stats.gauge("indicaonline.freshness.snapshot_lag", freshness.snapshot_lag.total_seconds())
        if freshness.update_lag is not None:
            stats.gauge("indicaonline.freshness.update_lag", freshness.update_lag.total_seconds())


@contextmanager
def _harmless() -> Iterator[None]:
    # The work is committed by now: an exception would make Airflow repeat it.
    try:
        yield
    except Exception as error:
        log.warning("Metrics could not be sent: %s.", type(error).__name__)
