"""The allowed imports of docs/architecture.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "plugins" / "indicaonline"
BASE = {"records", "settings", "errors", "measures", "json_values", "reference_lists", "declaration"}
MAY_IMPORT = {
    "errors": set[str](),
    "declaration": {"errors"},
    "json_values": set[str](),
    "csv_cells": set[str](),
    "measures": {"records"},
    "records": {"errors"},
    "reference_lists": {"records"},
    "settings": {"errors"},
    "airflow_cfg": {"errors"},
    "environment": {"airflow_cfg", "declaration", "errors", "settings"},
    "provider": {"airflow_cfg", "api", "declaration", "settings"},
    "links": set[str](),
    "plugin": {"environment", "errors", "ui"},
    "ui": {"contract_check", "csv_cells", "environment", "hooks", "warehouse"} | BASE,
    "assets": {"settings"},
    "lineage": set[str](),
    "notifications": {"settings", "errors"},
    "retry_policy": {"errors"},
    "task_errors": {"errors"},
    "api": BASE,
    "metrc": {"records", "errors"},
    "warehouse": BASE,
    "contract_check": {"api", "environment", "warehouse"} | BASE,
    "hooks": {"api", "warehouse"} | BASE,
    "jobs": {"api", "csv_cells", "metrc", "warehouse"} | BASE,
    "metrics": {"measures", "jobs"},
    "operators": {"jobs", "hooks", "contract_check", "environment", "lineage", "links", "metrics"}
    | {"retry_policy", "task_errors"}
    | BASE,
    "dag_factory": {"environment", "notifications", "retry_policy", "settings"},
    "cli": {"jobs", "hooks", "contract_check", "environment", "warehouse"} | BASE,
}
"""Parts of the package, and the other parts each may know."""

ONLY_IN = {
    "airflow": {
        "assets",
        "dag_factory",
        "hooks",
        "links",
        "metrics",
        "notifications",
        "operators",
        "plugin",
        "retry_policy",
        "task_errors",
        "ui",
    },
    "aiohttp": {"api"},
    "requests": set[str](),
    "httpx": set[str](),
    "openpyxl": {"metrc"},
    "pyarrow": {"jobs"},
    "psycopg": {"warehouse", "jobs", "cli"},
    "psycopg2": set[str](),
    "fastapi": {"ui"},
    "sqlalchemy": {"warehouse", "plugin"},
    "alembic": {"warehouse"},
    "simulator": set[str](),
    "servers": set[str](),
    "demo": set[str](),
    "documents": set[str](),
}
"""Of what is not the package's own: what only some of its parts may know."""

DAGS_KNOW = {
    f"indicaonline.{part}" for part in ("assets", "dag_factory", "dags", "operators", "reference_lists", "settings")
}


def _imports(path: Path) -> Iterator[str]:
    """Every name that a file imports, wherever in it; one that is relative begins with a dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _files(part: str) -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if _part(path) == part]


def test_every_part_has_its_rule() -> None:
    assert {_part(path) for path in PACKAGE.rglob("*.py")} - {"__init__"} == set(MAY_IMPORT)


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_go_one_way(part: str) -> None:
    for path in _files(part):
        for name in _imports(path):
            first, *rest = name.split(".")
            assert first, f"{path.relative_to(REPOSITORY)} imports by dots, which hides the part: {name}"
            if first == "indicaonline":
                assert rest[0] in MAY_IMPORT[part] | {part}, f"{path.relative_to(REPOSITORY)} imports {name}"
            else:
                assert part in ONLY_IN.get(first, {part}), f"{path.relative_to(REPOSITORY)} imports {name}"


def test_only_the_warehouse_executes_statements() -> None:
    for path in PACKAGE.rglob("*.py"):
        if _part(path) != "warehouse":
            assert "indicaonline.warehouse.sql.read_sql" not in _imports(path), path.relative_to(REPOSITORY)
            assert not [*_executions(path)], path.relative_to(REPOSITORY)


def _executions(path: Path) -> Iterator[ast.Call]:
    """Calls of ``execute`` and the like on anything but ``super()``, whose operators have a method of that name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_inherited = isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value) == "super()"
            if node.func.attr in {"execute", "executemany", "copy"} and not is_inherited:
                yield node


def test_operators_holds_operators() -> None:
    for path in (PACKAGE / "operators").glob("[!_]*.py"):
        classes = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
        assert classes, path.name
        assert all(name.endswith("Operator") for name in classes), (path.name, classes)


def test_the_simulator_knows_nothing_of_the_package() -> None:
    for path in (REPOSITORY / "include" / "simulator").rglob("*.py"):
        assert not [name for name in _imports(path) if name.split(".")[0] in {"indicaonline", "airflow", "psycopg"}]


def test_a_dag_file_knows_only_what_it_wires() -> None:
    for path in (REPOSITORY / "dags").glob("*.py"):
        ours = {name for name in _imports(path) if name.startswith("indicaonline")}
        assert all(any(f"{name}.".startswith(f"{known}.") for known in DAGS_KNOW) for name in ours), (path.name, ours)


def test_the_directions_can_be_followed() -> None:
    """The rules themselves have no circle in them."""
    left = {part: set(known) for part, known in MAY_IMPORT.items()}
    while left:
        free = {part for part, known in left.items() if not known & set(left)}
        assert free, f"a circle among {sorted(left)}"
        left = {part: known for part, known in left.items() if part not in free}
