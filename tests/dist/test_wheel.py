"""The wheel: complete, and a whole installation beside a plain Airflow, without a checkout."""

from __future__ import annotations

import datetime as dt
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from package_truth import assert_true, listed_packages, versions
from servers.airflow import API_CONNECTION, Installation
from servers.stack import Stack
from system_life import Past, land
from system_rig import OFFICE_TASK, SystemRig
from system_stack import thrown_away
from world_rig import in_stock

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]
REPOSITORY = Path(__file__).resolve().parents[2]
Run = Callable[..., str]

# The one of the documents that makes all DAGs.
DAG_FILE, *_ = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "installing.md").read_text(), re.S)

IMPORT_ALL = """
import importlib, pkgutil, indicaonline
for module in pkgutil.walk_packages(indicaonline.__path__, "indicaonline."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        print(f"{module.name}:{error.name}")
    else:
        print(module.name)
"""


def test_the_wheel_has_everything_that_runs(wheel: Path, distribution: Path) -> None:
    """Every file of the package, the SQL and the DAGs, byte by byte, also after the way through the sdist."""
    package = REPOSITORY / "plugins" / "indicaonline"
    roots = {package: "indicaonline", REPOSITORY / "dags": "indicaonline/dags"}
    roots[REPOSITORY / "include" / "sql"] = "indicaonline/sql"
    expected = {
        f"{name}/{path.relative_to(root)}": path.read_bytes()
        for root, name in roots.items()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    assert sorted(found) == sorted(expected)
    assert found == expected
    (sdist,) = distribution.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("tests", "docs", "deploy", "include/demo"))]


def test_every_module_needs_only_the_requirements(run: Run, programs: Path) -> None:
    modules = run(programs / "python", "-c", IMPORT_ALL).split()
    assert {"indicaonline.ui.app", "indicaonline.dags.product_stock", "indicaonline.hooks.object_store"} <= set(modules)
    assert len(modules) > 100
    # By the extra `export`.
    assert [module for module in modules if re.fullmatch(r"indicaonline[\w.]+:\w+", module)] == ["indicaonline.jobs.parquet:pyarrow"]


def test_airflow_knows_the_provider(run: Run, programs: Path) -> None:
    assert "airflow-indicaonline" in run(programs / "airflow", "providers", "list", "--output", "json")


@pytest.fixture(scope="module")
def past() -> Past:
    """A world that begins two days ago, and a business day that has just ended."""
    return Past(dt.datetime.now(dt.UTC).replace(microsecond=0))


@pytest.fixture(scope="module")
def stack(programs: Path, past: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Airflow of the clean environment, with a DAG file of four lines and no plugin folder."""
    folder = tmp_path_factory.mktemp("dags")
    (folder / "inventory.py").write_text(DAG_FILE)
    installation = Installation(programs, folder, folder / "no-plugins")
    settings = {"INDICAONLINE_BUSINESS_TIME_ZONE": past.zone}
    world = {"offices": "2", "products": "12", "life": "6", "clock": "frozen", "start": past.midnight(2).isoformat()}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        with thrown_away(
            settings, world, lambda stack: stack.simulation.freeze_at(past.present), "dist", installation
        ) as running:
            yield running


def test_a_day_lands_that_is_the_truth(stack: Stack, past: Past) -> None:
    """Names, packages, the snapshot, its asset's packages, and changes: scheduled, from DAGs of the wheel."""
    rig = SystemRig(stack, API_CONNECTION)
    landed = land(rig)
    runs = [landed.reference, landed.snapshot, landed.packages, landed.updates]
    assert [run["state"] for run in runs] == ["success"] * 4
    assert len(landed.truth) > 10
    assert in_stock(landed.current) == in_stock(landed.truth)
    day = "mart.inventory_daily WHERE snapshot_date = %s"
    assert in_stock(rig.stock(day, past.day(1))) == in_stock(landed.truth)
    assert rig.query(f"SELECT DISTINCT basis FROM {day}", past.day(1)) == [("observed",)]
    held = set(listed_packages(rig, landed.moment))
    assert held
    assert held <= {package_id for package_id, _ in versions(rig)}
    for package_id in held:
        assert_true(rig, package_id, landed.moment)

    # The pull of an office in the ledger, and the office, are one click from its task.
    pulls = dict(rig.query("SELECT office_id, pull_id FROM mart.pull WHERE kind = 'office'"))
    for task in rig.tasks(landed.snapshot, OFFICE_TASK):
        links = rig.links(task)
        office = int(links["Office"].rpartition("office=")[2])
        assert links == {
            "Office": f"plugin/inventory/stock?office={office}",
            "Pull in the ledger": f"plugin/inventory/ledger?pull={pulls.pop(office)}",
        }
    assert not pulls


def test_the_page_is_served(stack: Stack) -> None:
    static = REPOSITORY / "plugins" / "indicaonline" / "ui" / "static"
    for name in ("page.js", "views/ledger/pull.js", "icon.svg"):
        answer = httpx.get(f"{stack.airflow.url}/indicaonline/static/{name}", trust_env=False)
        assert answer.content == (static / name).read_bytes()
    assert stack.airflow.rest.read_page("me")["problem"] is None
