"""The reconciliation as a task: its parameters, its file, and what it says of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from airflow.sdk.exceptions import AirflowNotFoundException
from metrc_books import AT, HEAD, NORTH, NOW_IS, SOUTH, Books, line, tag

from indicaonline.errors import IndicaOnlineError, RetriableError, SettingError
from indicaonline.hooks.metrc_export import opened
from indicaonline.hooks.object_store import open_address
from indicaonline.operators.metrc import ReconcileMetrcOperator


@pytest.fixture
def run(books: Books, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Runs the task with parameters."""
    monkeypatch.setenv("AIRFLOW_CONN_INVENTORY_WAREHOUSE", books.dsn)

    def run(
        export: object,
        exported_at: str | None = None,
        tolerance: float | None = None,
        license: str | None = None,  # noqa: A002
    ) -> dict[str, Any]:
        params = {"export": str(export), "exported_at": exported_at, "tolerance": tolerance, "license": license}
        return ReconcileMetrcOperator(task_id="reconcile").execute({"params": params})  # type: ignore[typeddict-item]

    return run


def test_the_task_takes_a_path_or_a_url_and_the_time_of_the_file(
    books: Books, run: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books.package(1, available_quantity=9)
    file = tmp_path / "export #1?.csv"
    file.write_text("\n".join((HEAD, line(1), "x,,,,")))
    os.utime(file, (AT.timestamp(), AT.timestamp()))
    first = run(file)
    assert first == {
        "source": f"file://{file}",
        "exported_at": AT.isoformat(),
        "reconciled_at": NOW_IS.isoformat(),
        "tolerance": "0.05",
        "rows": 1,
        "matched": 0,
        "differences": {"quantity_differs": 1},
        "bad_rows": 1,
        "first_bad_rows": ["line 3: The tag is not 24 letters and digits."],
        "notes": [],
    }
    assert "its file was last written at 2025-03-10 12:00:00+00:00" in capsys.readouterr().out
    # The same file by its URL, with a tolerance of its own: the same comparison, repeated.
    assert run(f"file://{file}", tolerance=0.1)["differences"] == {}
    assert run(file, "2025-03-10T05:00:00-07:00", 0)["differences"] == {"quantity_differs": 1}
    (made,) = books.rows("SELECT source, is_exported_at_given FROM mart.metrc_reconciliation")
    assert made == {"source": f"file://{file}", "is_exported_at_given": True}


def test_the_task_takes_a_workbook_and_the_licence_that_a_person_typed(
    books: Books, run: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    books.package(1)
    books.package(2, available_in_office=[SOUTH])
    book = openpyxl.Workbook()
    for row in (["Packages"], [], ["Tag", "Quantity", "Unit Of Measure Abbreviation"], [tag(1), 10, "ea"]):
        book.active.append(row)
    book.save(tmp_path / "grid.xlsx")
    found = run(tmp_path / "grid.xlsx", AT.isoformat(), license=" a-7 ")
    assert (found["matched"], found["differences"], found["notes"]) == (1, {}, [])
    (made,) = books.rows("SELECT licenses, office_ids FROM mart.metrc_reconciliation")
    assert made == {"licenses": ["A-7"], "office_ids": [NORTH]}


@pytest.mark.parametrize(
    ("export", "words"),
    [
        ("", "Give the export as an absolute path, or as a URL"),
        ("exports/today.csv", "Give the export as an absolute path"),
        ("/nowhere/export.csv", "The export file:///nowhere/export.csv does not exist"),
        ("/", "is a folder"),
        ("s3://shop@bucket/export.csv", r"No provider of this Airflow opens s3:// addresses"),
        ("gs://user:secret@bucket/export.csv", "carries a password: put it into a connection"),
    ],
)
def test_an_export_that_cannot_be_opened_is_one_line(
    run: Callable[..., dict[str, Any]], export: str, words: str
) -> None:
    with pytest.raises(SettingError, match=words) as raised:
        run(export)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("exported_at", "tolerance", "words"),
    [
        ("yesterday", None, "ISO with an offset"),
        ("2025-03-10T12:00:00", None, "ISO with an offset"),
        (AT.isoformat(), 1.5, "from 0 to 1"),
        (AT.isoformat(), -0.1, "from 0 to 1"),
        ("2026-01-01T00:00:00Z", None, "lies ahead"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_one_line(
    run: Callable[..., dict[str, Any]], tmp_path: Path, exported_at: str, tolerance: float | None, words: str
) -> None:
    file = tmp_path / "export.csv"
    file.write_text(HEAD)
    with pytest.raises(SettingError, match=words):
        run(file, exported_at, tolerance)


class Store:
    """An object store that answers with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.path = "bucket/export.csv"

    @property
    def fs(self) -> Store:
        return self

    def open(self, path: str, mode: str) -> Store:
        if isinstance(self.error, OSError | AirflowNotFoundException):
            raise self.error
        return self

    def read(self, size: int) -> bytes:
        raise self.error

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *details: object) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (RuntimeError("AccessKey=secret"), RetriableError, "cannot be read: RuntimeError"),
        (ConnectionError("secret"), RetriableError, "cannot be read: ConnectionError"),
        (PermissionError("secret"), SettingError, "may not be read"),
        (AirflowNotFoundException("secret"), SettingError, "There is no connection"),
    ],
)
def test_what_a_store_says_stays_with_it(error: Exception, kind: type[IndicaOnlineError], words: str) -> None:
    store: Any = Store(error)
    with pytest.raises(kind, match=words) as raised, opened(store, "s3://bucket/export.csv") as blocks:
        next(blocks)
    assert "secret" not in str(raised.value)


def test_a_source_is_shown_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow.sdk.io.has_fs", lambda scheme: True)
    path, source = open_address("s3://shop@bucket/a/b.csv?X-Amz-Signature=secret", "the export")
    assert source == "s3://bucket/a/b.csv"
    assert path.conn_id == "shop"
