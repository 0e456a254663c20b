"""The API key and the warehouse's password are nowhere, after every error has been provoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system_rig import PACKAGES, REFERENCE, SNAPSHOT, SystemRig
from written import rows

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

# One for each office. All that there are, a run in this process meets: tests/runs/test_runs_of_errors.py.
ERRORS: list[dict[str, object]] = [
    {"kind": "status", "status": 400, "body": "html"},
    {"kind": "malformed", "variant": "no_id", "items": 3},
    {"kind": "truncated"},
]
# The first fetch is alone: it takes the first of these. The others meet those that are in flight after it.
PACKAGE_ERRORS: list[dict[str, object]] = [
    {"kind": "malformed", "variant": "no_id", "count": 1},
    {"kind": "garbage", "count": 1},
    {"kind": "truncated"},
]


def test_no_secret_is_found_anywhere(rig: SystemRig) -> None:
    for office, error in zip(rig.offices, ERRORS, strict=True):
        rig.fault(path=f"inventory/office/{office}", **error)
    rig.start_and_leave(SNAPSHOT)
    rig.behave()
    rig.fault("status", path="products", status=404)
    rig.start_and_leave(REFERENCE)
    rig.behave()
    for office, product in rig.one_product_of_each_office():
        rig.event("sell", office_id=office, product_id=product, quantity=1)
    rig.run_now(SNAPSHOT)
    for error in PACKAGE_ERRORS:
        rig.fault(path="packages", **error)
    rig.start_and_leave(PACKAGES)
    rig.set_key("another-key-that-is-wrong")
    rig.start_and_leave(PACKAGES)
    rig.start_and_leave(SNAPSHOT)

    airflow = rig.stack.airflow
    server = rig.stack.server
    secrets = {
        "the API key": airflow.keys.api_key,
        "the wrong API key": "another-key-that-is-wrong",
        "the warehouse's password": server.password,
    }
    seen_what_is_no_secret = set()
    for where, text in everything_written(rig):
        if rig.simulation.url in text or b'"items"'.hex() in text:
            seen_what_is_no_secret.add(where)
        for name, secret in secrets.items():
            assert secret not in text, f"{name} is in {where}"
            assert secret.encode().hex() not in text, f"{name} is in {where}"
    # The search finds what is there: an address among the connections, the answers among the raw rows.
    assert "public.connection" in seen_what_is_no_secret
    assert any(where.startswith("raw.response") for where in seen_what_is_no_secret)


def everything_written(rig: SystemRig) -> Iterator[tuple[str, str]]:
    """Every log file, and every row of every table of both databases: XComs, rendered fields, raw rows, errors."""
    for path in (rig.stack.airflow.folder.parent / "logs").rglob("*.log"):
        yield str(path), path.read_text(errors="replace")
    yield from _files_of_the_server(rig.stack.server.data)
    for database in ("airflow", "indicaonline"):
        yield from rows(rig.stack.server.dsn(database))


def _files_of_the_server(data: Path) -> Iterator[tuple[str, str]]:
    """The server's own log: failed statements are in it."""
    yield "the log of PostgreSQL", (data / "server.log").read_text(errors="replace")
