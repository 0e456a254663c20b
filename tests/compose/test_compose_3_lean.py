"""The stack of one shop, to which the data of the other moves; and the demo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from compose_rig import ComposeRig
from deployment import wait_until
from deployments import Demo, Deployments, Kept

from demo.story import EXPECTED_DAYS
from servers import postgres

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def lean(deployments: Deployments, kept: Kept, runbook: list[str]) -> Iterator[ComposeRig]:
    """A stack without workers and Redis, into which the backup was restored as the runbook says."""
    assert kept.marts, "the tests of the stack with workers make the backup"
    deployment = deployments.make_beside_simulator("lean", kept)
    deployment.edit(COMPOSE_PROFILES="lean")
    kept.dump.rename(deployment.folder / kept.dump.name)
    _, restore, *_ = runbook
    deployment.shell(restore, timeout=400)
    yield ComposeRig(deployment)
    deployments.end(deployment)


def test_a_backup_is_restored_into_a_fresh_stack(lean: ComposeRig, kept: Kept) -> None:
    found = lean.deployment.containers()
    assert {container["Service"] for container in found} & {"worker", "redis"} == set()
    assert {container["Health"] for container in found if container["Service"] != "migrate"} == {"healthy"}
    assert lean.marts() == kept.marts


def test_life_goes_on_in_it(lean: ComposeRig, kept: Kept) -> None:
    lean.land_changes()
    assert lean.marts() != kept.marts


def test_the_demo_shows_history(demo: Demo) -> None:
    wait_until(lambda: "Ctrl-C" in demo.output(), "the demo", 400)
    output, env = demo.output(), demo.deployment.env
    assert "Stock at the end of the business day" in output
    assert f"http://127.0.0.1:{env['DEMO_PORT']}" in output
    assert env["AIRFLOW_ADMIN_PASSWORD"] in output, "the login is in the output"
    analyst = demo.deployment.dsn("analyst", "ANALYST_PASSWORD", "DEMO_WAREHOUSE_PORT")
    assert analyst in output
    query = "SELECT count(DISTINCT office_id), count(DISTINCT snapshot_date) FROM mart.inventory_daily"
    ((offices, days),) = postgres.query(analyst, query)
    assert (offices, days >= EXPECTED_DAYS) == (4, True)

    demo.interrupt()
    assert {container["State"] for container in demo.deployment.containers()} == {"exited"}
