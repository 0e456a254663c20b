"""The lines of docs/tools.md, each run as an analyst: they return the same stock, to the last digit."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from doc_files import REPOSITORY, section
from installed import installed
from servers.postgres import DEFAULT_VERSION, program

PAGE = REPOSITORY / "docs" / "tools.md"
Stock = list[tuple[str, str, Decimal]]
# How the result of a tool becomes rows, and a quantity a text that shows whether it is exact.
PYTHON = {
    "pandas": "stock.itertuples(index=False, name=None)",
    "polars": "stock.rows()",
    "DuckDB": "stock.fetchall()",
}
DRIVER = "usr/lib/*/odbc/psqlodbcw.so"


@pytest.fixture(scope="module")
def stock(past: str, analyst: dict[str, str]) -> Stock:
    """What every tool has to return."""
    with psycopg.connect(past) as connection:
        return connection.execute(
            "SELECT office_name, measurement, sum(quantity) FROM mart.inventory_current GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()


def code(title: str, language: str) -> str:
    """The code of a section."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", section(PAGE, f"## {title}"), re.DOTALL)
    return str(found)


def run(command: list[str], environment: dict[str, str], text: str = "") -> str:
    done = subprocess.run(command, env=environment, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows_of(text: str) -> Stock:
    return [(office, measurement, Decimal(quantity)) for office, measurement, quantity in csv.reader(text.splitlines())]


def test_psql(analyst: dict[str, str], stock: Stock) -> None:
    path = f"{program(DEFAULT_VERSION, 'psql').parent}:{analyst['PATH']}"
    command = code("psql", "sh").replace("psql -c", "psql --csv --tuples-only -c")
    assert rows_of(run(["bash", "-c", command], analyst | {"PATH": path})) == stock


@pytest.fixture
def home(programs: Path, tmp_path: Path) -> Path:
    """A home in which DuckDB finds its extension, installed from the package that the page names."""
    (extension,) = programs.parent.glob("lib/*/site-packages/duckdb_extension_postgres_scanner/**/*.duckdb_extension")
    run(
        [str(programs / "python"), "-c", f"import duckdb; duckdb.sql(\"INSTALL '{extension}'\")"],
        {"HOME": str(tmp_path)},
    )
    return tmp_path


@pytest.mark.parametrize("tool", PYTHON)
def test_python(tool: str, programs: Path, analyst: dict[str, str], stock: Stock, home: Path) -> None:
    shown = f"import json; print(json.dumps([[o, m, repr(q)] for o, m, q in {PYTHON[tool]}]))"
    printed = run([str(programs / "python"), "-c", f"{code(tool, 'python')}\n{shown}"], analyst | {"HOME": str(home)})
    returned = [(office, measurement, quantity) for office, measurement, quantity in json.loads(printed)]
    assert all(re.fullmatch(r"Decimal\('[\d.]+'\)", quantity) for _, _, quantity in returned), "not an exact number"
    assert [(office, measurement, Decimal(quantity[9:-2])) for office, measurement, quantity in returned] == stock


def test_odbc(analyst: dict[str, str], stock: Stock) -> None:
    installed(
        lambda: shutil.which("isql") if any(Path("/").glob(DRIVER)) else None,
        "odbc-postgresql unixodbc",
        "No ODBC driver found: install the packages odbc-postgresql and unixodbc to test with it too.",
    )
    line = filled(code("ODBC and Excel", "text").strip(), analyst)
    query = "SELECT office_name, measurement, sum(quantity) FROM mart.inventory_current GROUP BY 1, 2 ORDER BY 1, 2"
    assert rows_of(run(["isql", "-b", "-d,", "-k", line], analyst, query)) == stock


def test_sqlalchemy(programs: Path, analyst: dict[str, str], stock: Stock) -> None:
    address = filled(code("SQLAlchemy and Superset", "text").strip(), analyst)
    assert quote(analyst["PGPASSWORD"]) in address
    count = "connect().exec_driver_sql('SELECT count(*) FROM inventory_current').scalar()"
    script = f"import sqlalchemy; print(sqlalchemy.create_engine({address!r}).{count})"
    assert int(run([str(programs / "python"), "-c", script], analyst)) > len(stock)


def filled(line: str, analyst: dict[str, str]) -> str:
    """A connection string of the page, with the host, port and database of this warehouse."""
    for shown, name in (("warehouse.example.com", "PGHOST"), ("5432", "PGPORT"), ("=indicaonline;", "PGDATABASE")):
        value = f"={analyst[name]};" if shown.startswith("=") else analyst[name]
        line = line.replace(shown, value)
    return re.sub(r"/indicaonline$", f"/{analyst['PGDATABASE']}", line)
