"""The stack with two workers: it starts, stores the truth, and survives failures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from compose_rig import ComposeRig, Killed
from deployment import IMAGE_TAG, Deployment, docker, wait_until
from deployments import Demo, Deployments, Kept
from image_layers import description, found_in_layers

from servers.airflow import USER
from servers.rest import Rest, RestError
from system_rig import PACKAGES, REFERENCE, SNAPSHOT, UPDATES
from world_rig import in_stock

pytestmark = pytest.mark.timeout(900)
SECOND_PAGE = r"office/.*offset=15\b"
OFFICE_PAGES = 3
VIEWER = {
    "username": "viewer",
    "password": "sees-and-does-not-touch",
    "first_name": "Some",
    "last_name": "Body",
    "email": "viewer@example.com",
}
NEWCOMER = "newcomer"
"""A user without any right."""


@pytest.fixture(scope="module")
def rig(configured: Deployment, deployments: Deployments) -> Iterator[ComposeRig]:
    """The stack, with two workers."""
    configured.up("--scale", "worker=2")
    yield ComposeRig(configured)
    deployments.end(configured)


def test_everything_is_healthy(rig: ComposeRig) -> None:
    found = rig.deployment.containers()
    migrate = [container for container in found if container["Service"] == "migrate"]
    assert [(container["State"], container["ExitCode"]) for container in migrate] == [("exited", 0)]
    assert {container["Health"] for container in found if container not in migrate} == {"healthy"}
    assert len(rig.workers()) == 2
    rig.set_fields(page_size=15, requests_per_second=50)


def test_who_does_not_know_the_password_gets_nowhere(rig: ComposeRig) -> None:
    assert rig.rest.call("GET", "dags")["total_entries"] > 5
    stranger = Rest(rig.deployment.ui, USER, "admin")
    for path in ("dags", "connections"):
        with pytest.raises(RestError) as refused:
            stranger.call("GET", path)
        assert refused.value.status == 401
    with pytest.raises(RestError) as refused:
        rig.rest._send("GET", "/api/v2/dags", None, "")
    assert refused.value.status == 401

    rig.people("POST", VIEWER | {"roles": [{"name": "Viewer"}]})
    viewer = Rest(rig.deployment.ui, VIEWER["username"], VIEWER["password"])
    assert viewer.call("GET", "dags")["total_entries"] > 5
    with pytest.raises(RestError) as refused:
        viewer.unpause(SNAPSHOT)
    assert refused.value.status == 403


def test_the_page_is_for_those_who_may_see_its_dag(rig: ComposeRig) -> None:
    """With Airflow's FAB users: nobody without a login, and no user without rights on the DAG."""
    with pytest.raises(RestError) as refused:
        rig.rest._send("GET", "/indicaonline/rows/offices", None, "")
    assert refused.value.status == 401
    rig.people("POST", VIEWER | {"username": NEWCOMER, "email": "new@example.com", "roles": [{"name": "Public"}]})
    for path in ("me", "rows/offices", "sql/offices", "set-up"):
        with pytest.raises(RestError) as refused:
            Rest(rig.deployment.ui, NEWCOMER, VIEWER["password"]).read_page(path)
        assert refused.value.status == 403

    viewer = Rest(rig.deployment.ui, VIEWER["username"], VIEWER["password"])
    assert viewer.read_page("rows/offices")["columns"][0] == "office_id"
    assert set(viewer.read_page("me")["may"].values()) == {False}
    assert set(rig.rest.read_page("me")["may"].values()) == {True}
    # The owner of the warehouse is no superuser here: the page reads as the role of analysts.
    assert [each["notes"] for each in rig.rest.read_page("set-up") if each["result"] != "ok"] == []


def test_both_workers_pull_and_the_warehouse_is_the_truth(rig: ComposeRig) -> None:
    moment = rig.advance_to_now()
    rig.start(REFERENCE)
    rig.all_ended(REFERENCE)

    rig.hold(SECOND_PAGE)
    rig.start(SNAPSHOT)
    wait_until(lambda: rig.held() >= 2, "two offices being pulled", 90)
    assert {task["hostname"] for task in rig.running(SNAPSHOT)} == rig.workers()
    rig.release()
    runs = rig.all_ended(SNAPSHOT)
    assert {run["run_type"] for run in runs} == {"scheduled", "manual"}

    truth = rig.truth(moment)
    assert len(truth) > 100
    assert rig.stock("mart.inventory_current") == truth
    # A product that was never seen above 0 has no row there, also one below 0.
    assert rig.stock("mart.inventory_daily") == {key: value for key, value in truth.items() if value[1] > 0}


def test_changes_and_packages_land(rig: ComposeRig) -> None:
    rig.land_changes()

    rig.start(PACKAGES)
    rig.all_ended(PACKAGES)
    rig.rest.pause(PACKAGES)
    known = rig.query("SELECT package_id, available_quantity FROM mart.package_history WHERE is_current LIMIT 5")
    assert len(known) == 5
    for package_id, quantity in known:
        assert quantity == Decimal(rig.true_package(package_id, rig.now)["available"])


def test_a_worker_is_killed_in_the_middle_of_a_snapshot(rig: ComposeRig) -> None:
    moment = rig.advance_to_now()
    rig.hold(SECOND_PAGE)
    (run_id,) = rig.start(SNAPSHOT)
    wait_until(lambda: rig.held() >= 2, "two offices being pulled", 90)
    victim, *_ = rig.running(SNAPSHOT)
    docker("kill", "--signal", "KILL", victim["hostname"])
    rig.release()
    assert victim["hostname"] not in rig.workers()
    rig.killed = Killed(victim, run_id, moment)


def test_meanwhile_a_demo_starts(demo: Demo) -> None:
    # The scheduler gives a silent task up after a minute: time for what has to be done as well.
    demo.start()


def test_no_secret_is_in_the_image(rig: ComposeRig) -> None:
    secrets = rig.deployment.secrets
    assert len(secrets) > 8
    image = f"indicaonline-airflow:{IMAGE_TAG}"
    assert [name for name, value in secrets.items() if value in description(image)] == []
    in_the_package = "snapshot_tolerance_hours"
    files, found = found_in_layers(image, [*secrets.values(), in_the_package])
    assert files > 10
    assert found == {in_the_package}, "what is in a layer is found, and no secret is"


def test_the_task_of_the_killed_worker_finishes_elsewhere(rig: ComposeRig) -> None:
    assert rig.killed, "no worker was killed before"
    victim, run_id, moment = rig.killed
    rig.all_ended(SNAPSHOT)
    tasks = rig.rest.tasks(SNAPSHOT, run_id)
    (task,) = [task for task in tasks if all(task[key] == victim[key] for key in ("task_id", "map_index"))]
    assert (task["state"], task["try_number"]) == ("success", 2)
    assert {task["hostname"]} == rig.workers()
    assert_run_is_the_truth(rig, moment)


def test_a_restart_of_the_database_costs_nothing(rig: ComposeRig) -> None:
    moment = rig.advance_to_now()
    rig.hold(SECOND_PAGE)
    (run_id,) = rig.start(SNAPSHOT)
    wait_until(lambda: rig.held() >= 1, "an office being pulled", 90)
    rig.deployment.compose("restart", "postgres")
    rig.release()
    wait_until(rig.rest.is_up, "the API", 60)
    rig.all_ended(SNAPSHOT)
    assert any(task["try_number"] > 1 for task in rig.rest.tasks(SNAPSHOT, run_id)), "no task was in the way"
    assert_run_is_the_truth(rig, moment)


def test_no_log_contains_a_secret(rig: ComposeRig) -> None:
    secrets = rig.deployment.secrets
    said = {
        "logs of the services": rig.deployment.logs(),
        "logs of the tasks": rig.deployment.compose(
            *("exec", "-T", "scheduler", "sh", "-c", "find /opt/airflow/logs -type f | sort | xargs cat"), timeout=60
        ),
    }
    assert "snapshot_office" in said["logs of the tasks"]
    for where, text in said.items():
        assert [name for name, value in secrets.items() if value in text] == [], where


def test_each_user_has_the_least_rights(rig: ComposeRig) -> None:
    env = rig.deployment.env
    address = f"127.0.0.1:{env['WAREHOUSE_PORT']}"
    users = {"airflow": "AIRFLOW_DB_PASSWORD", "indicaonline": "WAREHOUSE_PASSWORD", "analyst": "ANALYST_PASSWORD"}
    may = {
        (user, database)
        for user, password in users.items()
        for database in ("airflow", "indicaonline", "postgres")
        if can_connect(f"postgresql://{user}:{env[password]}@{address}/{database}")
    }
    assert may == {("airflow", "airflow"), ("indicaonline", "indicaonline"), ("analyst", "indicaonline")}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rig.query("SELECT count(*) FROM inventory.stock")
    own = "SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname = ANY(%s)"
    assert rig.query(own, list(users)) == [(False,)]


def test_a_backup_is_made_while_everything_runs(rig: ComposeRig, kept: Kept, runbook: list[str]) -> None:
    rig.pause_all()
    rig.deployment.shell(runbook[0])
    (rig.deployment.folder / "warehouse.dump").rename(kept.dump)
    kept.marts = rig.marts()
    assert len([rows for rows, _ in kept.marts.values() if rows]) > 10


def test_down_and_up_again_finds_everything(rig: ComposeRig, kept: Kept) -> None:
    def all_of_airflow() -> tuple[Any, ...]:
        runs = {run["dag_run_id"]: run["end_date"] for dag in (SNAPSHOT, UPDATES) for run in rig.rest.runs(dag)}
        users = sorted(user["username"] for user in rig.people()["users"])
        return runs, users, rig.rest.call("GET", "connections"), rig.rest.call("GET", "pools")

    before = all_of_airflow()
    rig.deployment.down()
    assert rig.deployment.containers() == []
    rig.deployment.up()
    assert all_of_airflow() == before
    assert before[1] == sorted([USER, VIEWER["username"], NEWCOMER])
    assert rig.marts() == kept.marts

    rig.land_changes()
    assert rig.marts() != kept.marts


def can_connect(dsn: str) -> bool:
    """Return True if the server lets this user connect to this database."""
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        if "permission denied for database" in str(error):
            return False
        raise
    return True


def assert_run_is_the_truth(rig: ComposeRig, moment: dt.datetime) -> None:
    """The warehouse is what was at a moment, and each office's pull of it is there once, with all its pages."""
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(moment))
    pulls = rig.query_ledger(
        """
        SELECT p.office_id, p.status, cardinality(p.pages),
            (SELECT count(*) FROM raw.response AS r WHERE r.pull_id = p.pull_id)
        FROM ops.pull AS p
        WHERE p.kind = 'office' AND p.first_page_at = %s
        ORDER BY p.office_id
        """,
        moment,
    )
    assert pulls == [(office, "complete", OFFICE_PAGES, OFFICE_PAGES) for office in rig.offices]
