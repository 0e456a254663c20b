"""Where an export goes, and what is reported where it cannot go there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.io import fs
from export_reading import tree
from export_world import Run
from fsspec.implementations.memory import MemoryFileSystem

from indicaonline.assets import history_export
from indicaonline.errors import RetriableError, SettingError
from indicaonline.hooks.export_folder import ExportFolder
from indicaonline.jobs.export import export
from indicaonline.operators.export import ExportOperator
from indicaonline.settings import Settings
from rig import Rig


class Event:
    """The event of an asset."""

    extra: dict[str, Any] | None = None


Task = Callable[[str], tuple[dict[str, Any], dict[str, Any] | None]]


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Task:
    """Runs the task; returns its result and the event of its asset."""

    def task(url: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        monkeypatch.setenv("INDICAONLINE_EXPORT_URL", url)
        event = Event()
        asset = history_export(Settings())
        operator = ExportOperator(task_id="export", outlets=[asset])
        result = operator.execute({"outlet_events": {asset: event}})  # type: ignore[typeddict-item]
        return result, event.extra

    return task


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryFileSystem]:
    """An object store that has no folders, as a provider registers it."""
    monkeypatch.setitem(fs._register_filesystems(), "memory", lambda conn_id, options: MemoryFileSystem())  # type: ignore[index]
    store = MemoryFileSystem()
    store.store.clear()
    yield store
    store.store.clear()


def test_an_object_store_has_the_same_files(rig: Rig, run: Run, memory: MemoryFileSystem, tmp_path: Path) -> None:
    run(tmp_path)
    memory.pipe_file("/bucket/warehouse/office/state-0123456789ab.parquet", b"of a killed run")
    folder = ExportFolder("memory://bucket/warehouse")
    first = export(rig.connect, rig.settings, folder)
    assert first.removed == 1
    root = "/bucket/warehouse/"
    assert {name.removeprefix(root): memory.cat_file(name) for name in memory.find(root)} == tree(tmp_path)
    second = export(rig.connect, rig.settings, ExportFolder("memory://bucket/warehouse/"))
    assert (second.written, second.removed) == (0, 0)


def test_the_task_reports_what_it_wrote(rig: Rig, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_INVENTORY_WAREHOUSE", rig.dsn)
    counts, extra = task(str(tmp_path / "new" / "folder"))
    assert counts["rows"] > 0
    assert counts["written"] == len(list(tmp_path.rglob("*.parquet")))
    assert extra == {"address": f"file://{tmp_path}/new/folder"} | counts


def test_without_a_url_the_task_is_skipped(task: Task) -> None:
    with pytest.raises(AirflowSkipException, match="INDICAONLINE_EXPORT_URL is empty"):
        task("")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("exports", r"Give INDICAONLINE_EXPORT_URL as an absolute path, or as a URL"),
        ("s3://shop@bucket/warehouse", r"No provider of this Airflow opens s3:// addresses: install"),
        ("gs://user:secret@bucket", r"The URL of INDICAONLINE_EXPORT_URL carries a password"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_line(task: Task, url: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as raised:
        task(url)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_in_place_of_the_folder_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"INDICAONLINE_EXPORT_URL \(file:///.*/file\) is not a folder: give one\."):
        run(tmp_path / "file")


class Store(MemoryFileSystem):
    """An object store that answers with an error."""

    cachable = False

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def cat_file(self, path: str, **options: Any) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (PermissionError("secret"), SettingError, r"INDICAONLINE_EXPORT_URL \(s3://bucket\) may not be read"),
        (RuntimeError("secret"), RetriableError, r"INDICAONLINE_EXPORT_URL \(s3://bucket\) cannot be read: Runtime"),
    ],
)
def test_what_a_store_says_stays_with_it(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], words: str
) -> None:
    # Airflow keeps a store for each scheme, so this one has its own.
    monkeypatch.setitem(fs._register_filesystems(), "s3", lambda conn_id, options: Store(error))  # type: ignore[index]
    with pytest.raises(kind, match=words) as raised:
        ExportFolder(f"s3://{type(error).__name__}@bucket").read("manifest.json")
    assert "secret" not in str(raised.value)


def test_a_missing_pyarrow_is_one_line(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "indicaonline.jobs.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        SettingError, match=r"needs pyarrow: install it on the workers with pip install 'airflow-indica"
    ):
        export(rig.connect, rig.settings, ExportFolder(str(tmp_path)))
    assert list(tmp_path.iterdir()) == []
