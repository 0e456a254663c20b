"""The output of the demo, and the verification of its history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from demo.history import Past
from demo.incidents import HELD_BACK
from demo.tables import query_table
from indicaonline.warehouse.sql import read_sql
from servers import postgres
from servers.console import Stop, say

EXPECTED_DAYS = 45
_OLD = (
    "If the demo's data is of an older release, remove it: `make clean`, or"
    " `docker compose --profile demo down --volumes`."
)


@dataclass(frozen=True)
class Places:
    """Addresses of the servers, and the logins."""

    airflow: str
    user: str
    password: str
    analyst_dsn: str
    simulator: str
    logs: str


def seen_since(dsn: str, instant: dt.datetime) -> int:
    """Return the number of offices that were observed since an instant."""
    query = "SELECT count(DISTINCT office_id) FROM mart.inventory_current WHERE observed_at >= %s"
    return int(postgres.query(dsn, query, [instant - dt.timedelta(seconds=1)])[0][0])


def verify(dsn: str, begun: dt.datetime, offices: int) -> None:
    """Raise Stop unless a run of this demo has observed every office, and every office has its history."""
    seen = seen_since(dsn, begun)
    if seen != offices:
        raise Stop(f"The runs of this demo observed {seen} of {offices} offices.")
    query = "SELECT count(DISTINCT snapshot_date) FROM mart.inventory_daily GROUP BY office_id"
    days = [count for (count,) in postgres.query(dsn, query)]
    if len(days) != offices or min(days) < EXPECTED_DAYS:
        raise Stop(
            f"The history has {min(days, default=0)} days for {len(days)} offices, not {EXPECTED_DAYS} for"
            f" {offices}. {_OLD}"
        )
    ((versions, packages, results),) = postgres.query(dsn, read_sql("demo/versions"))
    if versions <= packages or not results:
        raise Stop(
            f"Packages have no history: {versions} versions of {packages} packages, and {results} lab results. {_OLD}"
        )


def life_of_one_package(dsn: str) -> str:
    """Return the versions of a package that has lab results, as a table."""
    return query_table(dsn, read_sql("demo/package"))


def show(dsn: str, past: Past, places: Places) -> None:
    """Print examples of the history, and the addresses of the servers."""
    ((first, last),) = postgres.query(dsn, "SELECT min(snapshot_date), max(snapshot_date) FROM mart.inventory_daily")
    say(
        f"\nStock at the end of the business day, from mart.inventory_daily, {first} to {last}. Times are in UTC; a\n"
        f"business day is one of {past.zone}, where the day had just ended at the first start of the demo.\n"
    )
    say(query_table(dsn, read_sql("demo/latest_day")))
    say(
        f"\nA trend. On {past.missed_day} the machine slept from the afternoon to the next morning. The day's end was\n"
        "not observed, so its stock is carried forward, and observed_at is the time of the observation:\n"
    )
    say(query_table(dsn, read_sql("demo/trend"), {"missed": past.missed_day}))
    say(
        "\nCoverage, from mart.coverage. The first pull of changes after the sleep covers its hours too: no change is\n"
        "lost, but states in between were not observed.\n"
    )
    say(query_table(dsn, read_sql("demo/coverage")))
    say(
        "\nOne package, from mart.package_history and mart.lab_result. Each row is a version, which differs from the\n"
        "one before. The analyte is the strongest in its lab results at that time:\n"
    )
    say(life_of_one_package(dsn))
    say(
        "\nMore to find in the marts: include/simulator/stories.py lists what happened in the shops, and\n"
        f"include/demo/incidents.py what went wrong outside them. A pull of {HELD_BACK.office} is held back until\n"
        "you accept or dismiss it."
    )
    say(f"\n  Inventory  {places.airflow}/plugin/inventory   user {places.user}, password {places.password}")
    say(f"  Airflow    {places.airflow}   the same user")
    say(f"  Warehouse  {places.analyst_dsn}   (read-only; schema mart)")
    say(f"  API        {places.simulator}/open_api/v2.3/   simulated; controls: {places.simulator}/_admin/controls")
    say(f"  Logs       {places.logs}")
