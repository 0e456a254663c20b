"""The allowed imports between the packages of include/, and no import cycles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

INCLUDE = Path(__file__).resolve().parents[2] / "include"
MAY_IMPORT = {
    "simulator": set[str](),
    "servers": set[str](),
    "demo": {"servers"},
    "documents": {"servers", "demo"},
}


def _imports(path: Path) -> Iterator[str]:
    """The modules of include/ that a file imports, for types alone as well: a circle of those confuses a reader too."""
    package = ".".join(path.relative_to(INCLUDE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(filter(None, (package if node.level else "", node.module)))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _modules(package: str) -> dict[str, set[str]]:
    """Module -> what it imports, for every module of a package."""
    paths = sorted((INCLUDE / package).rglob("*.py"))
    return {".".join(path.relative_to(INCLUDE).with_suffix("").parts): set(_imports(path)) for path in paths}


def test_every_package_has_its_rule() -> None:
    assert {path.parent.name for path in INCLUDE.glob("*/__init__.py")} == set(MAY_IMPORT)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_one_way(package: str) -> None:
    for module, names in _modules(package).items():
        known = {name.partition(".")[0] for name in names} & set(MAY_IMPORT)
        assert known <= MAY_IMPORT[package] | {package}, module


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_module_imports_itself_by_way_of_others(package: str) -> None:
    modules = _modules(package)
    assert any(names & set(modules) for names in modules.values()), "the names of imports are those of modules"
    TopologicalSorter({module: names & set(modules) for module, names in modules.items()}).prepare()
