"""The output of the demo once its warehouse has a history, and the check that it has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from demo.history import Past
from demo.tables import query_table
from servers import postgres
from servers.console import Stop, say

DAYS_PROMISED = 45
_OLD = (
    "If the demo's data is of an older release, remove it: `make clean`, or"
    " `docker compose --profile demo down --volumes`."
)
_LATEST = """
    SELECT snapshot_date, office_name, basis, count(*) AS products, sum(package_count) AS packages,
           max(observed_at) AS observed_at
    FROM mart.inventory_daily WHERE snapshot_date = (SELECT max(snapshot_date) FROM mart.inventory_daily)
    GROUP BY snapshot_date, office_id, office_name, basis ORDER BY office_id
"""
# One product whose stock has moved much, on some dates: every fifth, and around the day that was missed.
_TREND = """
    WITH liveliest AS (
        SELECT office_id, product_id FROM mart.inventory_daily
        GROUP BY office_id, product_id ORDER BY count(DISTINCT quantity) DESC, office_id, product_id LIMIT 1
    )
    SELECT snapshot_date, office_name, product_name, quantity, measurement, basis, observed_at
    FROM mart.inventory_daily INNER JOIN liveliest USING (office_id, product_id)
    WHERE (snapshot_date - %(missed)s) %% 5 = 0 OR abs(snapshot_date - %(missed)s) = 1
    ORDER BY snapshot_date
"""
_COVERAGE = """
    SELECT o.office_name, c.status, count(*) AS days, sum(c.hours_covered) AS hours_covered
    FROM mart.coverage AS c
    INNER JOIN (SELECT DISTINCT office_id, office_name FROM mart.inventory_current) AS o USING (office_id)
    GROUP BY c.office_id, o.office_name, c.status ORDER BY c.office_id, c.status DESC
"""
_VERSIONS = """
    SELECT count(*), count(DISTINCT package_id), (SELECT count(*) FROM mart.lab_result)
    FROM mart.package_history
"""
# One package with a handful of versions, all of them with lab results, and if possible a retest that changed them: what
# was left, and its strongest analyte at that time.
_PACKAGE = """
    WITH tested AS (
        SELECT
            h.package_id, h.valid_from, h.available_quantity, h.available_unit, h.tested_date, r.analyte_name,
            r.potency, r.unit,
            row_number() OVER (
                PARTITION BY h.package_id, h.valid_from ORDER BY r.potency DESC NULLS LAST, r.analyte_id
            ) AS place
        FROM mart.package_history AS h
        LEFT JOIN mart.lab_result AS r
            ON
                h.package_id = r.package_id AND r.valid_from <= h.valid_from
                AND (r.valid_to > h.valid_from OR r.valid_to IS NULL)
    ),

    chosen AS (
        SELECT package_id
        FROM tested
        WHERE place = 1
        GROUP BY package_id
        HAVING count(potency) > 0
        ORDER BY
            count(*) = count(potency) DESC,
            count(DISTINCT tested_date) > 1 AND count(DISTINCT potency) > 1 DESC,
            abs(count(*) - 6),
            package_id
        LIMIT 1
    )

    SELECT package_id, valid_from, available_quantity, available_unit, tested_date, analyte_name, potency, unit
    FROM tested INNER JOIN chosen USING (package_id)
    WHERE place = 1
    ORDER BY valid_from
    LIMIT 8
"""


@dataclass(frozen=True)
class Places:
    """Addresses of what runs, and the logins."""

    airflow: str
    user: str
    password: str
    analyst_dsn: str
    simulator: str
    logs: str


def seen_since(dsn: str, instant: dt.datetime) -> int:
    """Return how many offices were really seen since an instant."""
    query = "SELECT count(DISTINCT office_id) FROM mart.inventory_current WHERE observed_at >= %s"
    return int(postgres.query(dsn, query, [instant - dt.timedelta(seconds=1)])[0][0])


def verify(dsn: str, begun: dt.datetime, offices: int) -> None:
    """Raise unless every office was really seen by a run of this demo, and every office has its history."""
    seen = seen_since(dsn, begun)
    if seen != offices:
        raise Stop(f"The runs of this demo saw {seen} of {offices} offices.")
    query = "SELECT count(DISTINCT snapshot_date) FROM mart.inventory_daily GROUP BY office_id"
    days = [count for (count,) in postgres.query(dsn, query)]
    if len(days) != offices or min(days) < DAYS_PROMISED:
        raise Stop(
            f"There is a history of {min(days, default=0)} days for {len(days)} offices, not of {DAYS_PROMISED} for"
            f" {offices}. {_OLD}"
        )
    ((versions, packages, results),) = postgres.query(dsn, _VERSIONS)
    if versions <= packages or not results:
        raise Stop(
            f"There are {versions} versions of {packages} packages, and {results} lab results: packages have no"
            f" history. {_OLD}"
        )


def life_of_one_package(dsn: str) -> str:
    """The versions of a package that has lab results, as a table."""
    return query_table(dsn, _PACKAGE)


def show(dsn: str, past: Past, places: Places) -> None:
    """Print what landed, and how to reach everything."""
    ((first, last),) = postgres.query(dsn, "SELECT min(snapshot_date), max(snapshot_date) FROM mart.inventory_daily")
    say(
        f"\nStock at the end of the business day, from mart.inventory_daily, {first} to {last}. Times are in UTC; a\n"
        f"business day is one of {past.zone}: chosen so that the day had just ended when the demo first ran.\n"
    )
    say(query_table(dsn, _LATEST))
    say(
        f"\nA trend. On {past.missed_day} the machine slept from the afternoon to the next morning. Nobody saw the\n"
        "day's end, so its stock is carried forward, and observed_at says from when:\n"
    )
    say(query_table(dsn, _TREND, {"missed": past.missed_day}))
    say(
        "\nWhat is known, from mart.coverage. The first pull of changes after that sleep asked for all it had missed,\n"
        "so its hours are covered too: no change was lost, though states in between were not seen.\n"
    )
    say(query_table(dsn, _COVERAGE))
    say(
        "\nThe life of one package, from mart.package_history and mart.lab_result. Each row is a version: what was\n"
        "seen of it that differs from the one before. The analyte is the strongest in its lab results at that time:\n"
    )
    say(life_of_one_package(dsn))
    say(f"\n  Airflow    {places.airflow}   user {places.user}, password {places.password}")
    say(f"  Warehouse  {places.analyst_dsn}   (read-only; schema mart)")
    say(f"  API        {places.simulator}/open_api/v2.3/   simulated; controls: {places.simulator}/_admin/controls")
    say(f"  Logs       {places.logs}")
