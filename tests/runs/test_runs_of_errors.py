"""Every error that an API can be made to give: no secret is left in what tasks, Airflow and the warehouse write."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dag_rig import DagRig
from rig import MIDNIGHT_IN_LOS_ANGELES
from servers.postgres import Server
from system_rig import OFFICE_TASK, PACKAGES, REFERENCE, SNAPSHOT
from written import rows

# Each of the offices meets another one.
ERRORS: list[dict[str, object]] = [
    {"kind": "status", "status": 400, "body": "html"},
    {"kind": "status", "status": 402, "body": "json"},
    {"kind": "status", "status": 403, "body": "empty"},
    {"kind": "status", "status": 404, "body": "html"},
    {"kind": "html", "status": 200},
    {"kind": "garbage"},
    {"kind": "malformed", "variant": "no_id", "items": 3},
    {"kind": "malformed", "variant": "text_quantity", "items": 3},
    {"kind": "empty"},
    {"kind": "truncated"},
    {"kind": "reset"},
    {"kind": "rate_limited", "wait": 2},
    {"kind": "status", "status": 503, "body": "html"},
]
# The first fetch is alone: it takes the first of these. The others meet those that are in flight after it.
PACKAGE_ERRORS: list[dict[str, object]] = [
    {"kind": "malformed", "variant": "no_id", "count": 1},
    {"kind": "status", "status": 400, "body": "html", "count": 1},
    {"kind": "malformed", "variant": "null_item", "count": 2},
    {"kind": "garbage", "count": 1},
    {"kind": "reset_body", "count": 1},
    {"kind": "truncated"},
]
WRONG_KEY = "another-key-that-is-wrong"


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig]) -> DagRig:
    """An office for each error, all of them seen once: what is held back differs from something."""
    rig = make_dag_rig({}, seed=4, offices=len(ERRORS), products=12, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(600)
    rig.rig.reference()
    rig.rig.snapshot(None)
    return rig


def test_no_secret_is_left_by_any_error(rig: DagRig, postgres: Server, capfd: pytest.CaptureFixture[str]) -> None:
    for office, error in zip(rig.offices, ERRORS, strict=True):
        rig.fault(path=f"inventory/office/{office}", **error)
    failed = rig.start_and_leave(SNAPSHOT)
    rig.behave()
    rig.fault("status", path="products", status=404)
    rig.start_and_leave(REFERENCE)
    rig.behave()
    for error in PACKAGE_ERRORS:
        rig.fault(path="packages", **error)
    rig.start_and_leave(PACKAGES)
    rig.set_key(WRONG_KEY)
    rig.start_and_leave(PACKAGES)
    rig.start_and_leave(SNAPSHOT)
    states = [task.state for task in failed.tasks(OFFICE_TASK)]
    assert len(states) == len(ERRORS)
    assert sum(state in ("failed", "up_for_retry") for state in states) > len(ERRORS) / 2

    output = "".join(capfd.readouterr())
    secrets = {
        "the API key": rig.simulator.key,
        "the wrong API key": WRONG_KEY,
        "the warehouse's password": postgres.password,
    }
    seen_what_is_no_secret = set()
    for where, text in everything_written(rig, postgres, output):
        if rig.simulation.url in text or b'"items"'.hex() in text:
            seen_what_is_no_secret.add(where)
        for name, secret in secrets.items():
            assert secret not in text, f"{name} is in {where}"
            assert secret.encode().hex() not in text, f"{name} is in {where}"
    # The search finds what is there: an address in the output, the answers among the raw rows.
    assert "the output" in seen_what_is_no_secret
    assert any(where.startswith("raw.response") for where in seen_what_is_no_secret)


def everything_written(rig: DagRig, server: Server, output: str) -> Iterator[tuple[str, str]]:
    """Return the logs of tasks, and every row of both databases: XComs, rendered fields, raw rows, errors."""
    yield "the output", output
    yield "the log of PostgreSQL", (server.data / "server.log").read_text(errors="replace")
    yield from rows(rig.dsn)
    yield from rows_of_airflow()


def rows_of_airflow() -> Iterator[tuple[str, str]]:
    """Every row of Airflow's own database, with the name of the table."""
    from airflow.utils.session import create_session
    from sqlalchemy import inspect, text

    with create_session() as session:
        for table in inspect(session.get_bind()).get_table_names():
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                yield table, repr(tuple(row))
