"""Reading a DAG file does nothing but that: no connection, nothing heavy, no setting needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DAG_FILES = sorted((REPOSITORY / "dags").glob("[!_]*.py"))
HEAVY = ("pandas", "numpy", "polars", "aiohttp", "alembic", "requests", "psycopg2", "indicaonline.hooks")

# What all files import of Airflow is imported once, which takes seconds; each file is read by a process that is forked
# then. What the file itself imports of Airflow is imported before: only what it adds to that is timed and checked.
PROBE = """
import ast, importlib, importlib.util, json, os, pathlib, socket, sys, time
import airflow.sdk
airflow.sdk.BaseAsyncOperator, airflow.sdk.BaseHook, airflow.sdk.RetryPolicy
airflow.sdk.DAG("first", schedule="@daily")
for path in sys.argv[1:]:
    if os.fork() == 0:
        break
    os.wait()
else:
    sys.exit()
for node in ast.parse(pathlib.Path(path).read_text()).body:
    if isinstance(node, ast.ImportFrom) and node.module.startswith("airflow."):
        module = importlib.import_module(node.module)
        [getattr(module, alias.name) for alias in node.names]
before = set(sys.modules)

def refuse(*arguments, **options):
    raise AssertionError("a DAG file must not reach for anything while it is read")

def watch(event, arguments):
    if event in ("subprocess.Popen", "os.system", "socket.connect", "os.fork", "os.posix_spawn"):
        raise AssertionError(f"a DAG file must not do this while it is read: {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise AssertionError(f"a DAG file must not write while it is read: {arguments[0]}")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
sys.dont_write_bytecode = True
sys.addaudithook(watch)
started = time.perf_counter()
spec = importlib.util.spec_from_file_location("a_dag_file", path)
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print("\\nRESULT" + json.dumps([path, time.perf_counter() - started, sorted(set(sys.modules) - before)]))
"""


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, tuple[float, list[str]]], str]:
    """By the path of a DAG file that could be read, the seconds and the modules that it took; and the error output."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        "AIRFLOW_HOME": str(home),
        "HOME": str(home),
        "PATH": os.defpath,
        # An address where nothing listens: a question to the metadata database would fail.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://nobody:nothing@127.0.0.1:1/nowhere",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, DAG_FILES)],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    results = [json.loads(line[6:]) for line in done.stdout.splitlines() if line.startswith("RESULT")]
    return {path: (seconds, modules) for path, seconds, modules in results}, done.stderr


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_reading_a_dag_file_reaches_for_nothing(
    path: Path, readings: tuple[dict[str, tuple[float, list[str]]], str], capsys: pytest.CaptureFixture[str]
) -> None:
    read, errors = readings
    assert str(path) in read, errors[-3000:]
    seconds, modules = read[str(path)]
    with capsys.disabled():
        # Shown, not judged: a busy machine must not fail a test.
        print(f" [{path.name}: {seconds * 1000:.0f} ms] ", end="")
    heavy = [name for name in modules if name.startswith(HEAVY)]
    assert not heavy, f"{path.name} imports at the top level what only its tasks need: {heavy}"
