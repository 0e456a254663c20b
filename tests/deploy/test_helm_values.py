"""The values for the official chart: keys that it has, no secret, and workers for every task."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from airflow.models.connection import Connection
from helm_keys import CHART, KEYS, WORKERS

from indicaonline.cli import main as command
from indicaonline.settings import PREFIX, Settings

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "deploy" / "helm-values.yaml"
HELM, CHART_AT_HAND = shutil.which("helm"), os.environ.get("AIRFLOW_HELM_CHART", "")


@pytest.fixture(scope="module")
def values() -> Any:
    return yaml.safe_load(FILE.read_text())


def unknown(part: dict[str, Any], keys: dict[str, type], path: str = "") -> Iterator[str]:
    """Yield the values that the chart lacks, or has as another type."""
    for name, value in part.items():
        key = f"{path}{name}"
        if key in keys:
            if type(value) is not keys[key]:
                yield f"{key} is no {keys[key].__name__}"
        elif isinstance(value, dict):
            yield from unknown(value, keys, f"{key}.")
        else:
            yield key


def test_every_key_is_one_of_the_chart(values: Any) -> None:
    assert list(unknown(values, KEYS)) == []
    for workers in values["workers"]["celery"]["sets"]:
        assert list(unknown(workers, {**WORKERS, "name": str})) == []
    assert f"chart of Apache Airflow, {CHART}" in FILE.read_text()
    assert f"--version {CHART} " in FILE.read_text()


def test_a_key_that_the_chart_has_not_is_found() -> None:
    wrong = {"workers": {"keda": {"enabled": True}}, "postgresql": {"enabled": "no"}}
    assert list(unknown(wrong, KEYS)) == ["workers.keda.enabled", "postgresql.enabled is no bool"]


@pytest.mark.skipif(not (HELM and CHART_AT_HAND), reason="needs helm, and AIRFLOW_HELM_CHART: a chart to render")
def test_the_chart_renders() -> None:
    done = subprocess.run(
        [str(HELM), "template", "airflow", CHART_AT_HAND, "--values", str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kinds = [document["kind"] for document in yaml.safe_load_all(done.stdout) if document]
    assert kinds.count("ScaledObject") == 2


def strings(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for value in part.values():
            yield from strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from strings(value)
    else:
        yield str(part)


def test_no_secret_is_in_it(values: Any) -> None:
    for name in ("fernetKey", "apiSecretKey", "jwtSecret", "webserverSecretKey", "extraSecrets", "webserver"):
        assert name not in values
    assert "defaultUser" not in values["createUserJob"]
    assert set(values["data"]) == {"metadataSecretName"}
    for text in strings(values):
        assert not re.search(r"\w+://[^\s/:]+:[^\s/@]+@", text), "a password in a URL"
        assert not re.search(r"(?=[a-zA-Z]*\d)[A-Za-z0-9+/=]{20,}", text), f"may be a key: {text}"
    assert not any(re.search("key|secret|password|token", entry["name"], re.I) for entry in values["env"])


def test_the_release_is_that_of_the_image(values: Any) -> None:
    base = re.search(r"^FROM apache/airflow:(\S+)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    version = re.search(r'^version = "(.+)"$', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)
    assert base is not None
    assert version is not None
    assert values["airflowVersion"] == values["defaultAirflowTag"] == base[1]
    assert values["images"]["airflow"]["tag"] == version[1]


def test_settings_and_connections_are_those_of_the_code(values: Any) -> None:
    settings = Settings()
    assert {entry["name"] for entry in values["env"]} <= {PREFIX + name.upper() for name in Settings.__struct_fields__}
    connections = {f"AIRFLOW_CONN_{name.upper()}" for name in (settings.api_conn_id, settings.warehouse_conn_id)}
    assert {entry["envName"] for entry in values["secret"]} == connections

    # One URL serves the command and Airflow.
    uri = Connection(uri="postgresql://indicaonline:any@db.example.com:5432/indicaonline")
    assert (uri.conn_type, uri.schema) == ("postgres", "indicaonline")


def test_workers_die_as_they_do_in_compose(values: Any) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text())["x-airflow"]["environment"]
    for part, options in values["config"].items():
        for option, value in options.items():
            name = f"AIRFLOW__{part}__{option}".upper()
            if name != "AIRFLOW__CELERY__WORKER_CONCURRENCY":
                assert compose[name] == str(value), name


def test_both_databases_are_migrated_before_anything_runs(
    values: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = values["migrateDatabaseJob"]["args"][-1]
    steps = [line for line in script.splitlines() if not line.startswith("set ")]
    assert steps[:2] == ["indicaonline migrate", "airflow db migrate"]
    assert re.fullmatch(rf'airflow pools set {Settings().api_pool} [1-9]\d* ".+"', steps[2])
    # Settings last: a change that moves published days is refused, and fails the upgrade before anything is restarted.
    assert steps[3:] == ["indicaonline settings --apply"]

    (container,) = values["workers"]["celery"]["extraInitContainers"]
    assert container["command"] == ["indicaonline", "migrate"]
    assert "{{ .Values.images.airflow.repository }}" in container["image"]
    (variable,) = container["env"]
    monkeypatch.setenv(variable["name"], "not a DSN at all")
    assert command(container["command"][1:]) == 1
    assert "The DSN cannot be read" in capsys.readouterr().err


def test_every_task_has_workers_that_take_it(values: Any) -> None:
    from airflow.dag_processing.dagbag import DagBag

    policy: dict[str, Any] = {}
    exec(compile(values["airflowLocalSettings"], "airflow_local_settings.py", "exec"), policy)  # noqa: S102
    celery = values["workers"]["celery"]
    queues = {celery["queue"], *(workers["queue"] for workers in celery["sets"])}
    placed: dict[str, set[str]] = {}
    for dag in DagBag(dag_folder=REPOSITORY / "dags").dags.values():
        for task in dag.tasks:
            policy["task_policy"](task)
            placed.setdefault(task.queue, set()).add(task.task_id)
    assert placed.keys() == queues
    assert {"snapshot_office", "pull_updates", "refresh_packages", "offices"} <= placed["api"]
    assert {"plan_offices", "roll_up", "rebuild", "maintain", "check_day"} <= placed["default"]


def test_workers_come_with_their_own_queue(values: Any, warehouse_dsn: str) -> None:
    celery = values["workers"]["celery"]
    at_once = values["config"]["celery"]["worker_concurrency"]
    for workers in (celery, *celery["sets"]):
        keda = workers["keda"]
        assert keda["enabled"] is True
        assert 1 <= keda["minReplicaCount"] <= keda["maxReplicaCount"]
        assert f"queue = '{workers['queue']}'" in keda["query"]
        assert f"/ {at_once}.0)" in keda["query"]
        assert "limits" in workers["resources"]
    assert celery["keda"]["cooldownPeriod"] > celery["terminationGracePeriodSeconds"]
    slots = int(re.findall(r"pools set \S+ (\d+)", json.dumps(values["migrateDatabaseJob"]))[0])
    (api,) = celery["sets"]
    assert api["keda"]["maxReplicaCount"] * at_once == slots

    # As KEDA asks it: of a table with five tasks in each queue, and some that are over.
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE task_instance AS SELECT s.state, q.queue"
            " FROM unnest('{queued,running,running,running,running,success,failed}'::text[]) AS s (state)"
            " CROSS JOIN unnest(%s::text[]) AS q (queue)",
            [[celery["queue"], api["queue"]]],
        )
        for workers in (celery, api):
            assert connection.execute(workers["keda"]["query"]).fetchone() == (2,)
            connection.execute("DELETE FROM task_instance WHERE queue = %s", [workers["queue"]])
            assert connection.execute(workers["keda"]["query"]).fetchone() == (0,)
