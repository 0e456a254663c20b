"""A run writes what has changed since the last one, and nothing else."""

from __future__ import annotations

import datetime as dt
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from export_reading import assert_exported, exported, files, manifest, tree
from export_world import FIRST_DAY, Run

from indicaonline.errors import FatalError
from indicaonline.jobs.held_pulls import accept_pull
from indicaonline.settings import NOW
from indicaonline.warehouse.exports import HISTORIES
from indicaonline.warehouse.session import wait_for_turn
from rig import Rig


def written(before: dict[str, bytes], after: dict[str, bytes], *marts: str) -> set[str]:
    """The files of histories, or of these marts, that came."""
    new = after.keys() - before.keys()
    return {name for name in new if name.split("/")[0] in (marts or HISTORIES) and "manifest" not in name}


def later(rig: Rig, monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    """Let time pass for the warehouse alone."""
    monkeypatch.setenv(NOW, (rig.simulator.clock.now() + dt.timedelta(**span)).isoformat())


def test_an_export_of_every_day_is_that_of_the_last_day(run: Run, followed: Path, tmp_path: Path) -> None:
    """What the days changed in the past was found: names of files contain the hash of their content."""
    daily, once = tmp_path / "daily", tmp_path / "once"
    shutil.copytree(followed, daily)
    assert run(daily).written < run(once).written
    assert tree(daily).keys() == tree(once).keys()


def test_a_second_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    first = run(tmp_path)
    before = tree(tmp_path)
    second = run(tmp_path)
    assert (second.written, second.rows, second.removed) == (0, 0, 0)
    assert second.unchanged == first.written
    assert tree(tmp_path) == before


def test_the_next_day_adds_a_file_and_the_end_of_the_month_joins_its_days(
    rig: Rig, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    before = tree(tmp_path)
    later(rig, monkeypatch, days=1)
    run(tmp_path)
    days = written(before, tree(tmp_path), "stock_movement_daily", "inventory_change")
    assert sorted(name.rpartition("-")[0] for name in days) == [
        "inventory_change/month=2025-03/2025-03-03",
        "stock_movement_daily/month=2025-03/2025-03-03",
    ]
    # The day was not published, so it has no snapshot.
    assert len(files(tmp_path, "inventory_daily")) == 3
    later(rig, monkeypatch, days=31)
    run(tmp_path)
    march = [listed for listed in manifest(tmp_path, "inventory_change")["files"] if listed["month"] == "2025-03"]
    assert [listed["day"] for listed in march] == [None]
    assert_exported(rig, tmp_path, dt.date(2025, 4, 2), but=("inventory_daily", "stockout_day"))
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.parquet")} == {
        str(path.relative_to(tmp_path)) for mart in tmp_path.iterdir() for path in files(tmp_path, mart.name)
    }


def test_an_accepted_pull_has_its_days_written_again(rig: Rig, run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    before = tree(tmp_path)
    stock = exported(tmp_path, "inventory_daily")
    accept_pull(rig.connect, rig.settings, rig.value("SELECT pull_id FROM ops.pull WHERE status = 'held_back'"))
    run(tmp_path)
    assert_exported(rig, tmp_path)
    assert exported(tmp_path, "inventory_daily") != stock
    new = {name.rpartition("-")[0] for name in written(before, tree(tmp_path), "inventory_daily")}
    assert new == {"inventory_daily/month=2025-03/2025-03-02"}


def test_a_day_that_was_published_again_is_written_again(rig: Rig, run: Run, tmp_path: Path) -> None:
    """Also where it has as many rows as before, so that its publication does not change."""
    published = rig.query("SELECT * FROM ops.publication")
    stock = rig.query("SELECT * FROM inventory.daily_stock ORDER BY 1, 3, 4")
    # As if an earlier release had derived something else.
    with rig.connect() as connection:
        connection.execute(
            "UPDATE inventory.daily_stock SET quantity = quantity + 1 WHERE snapshot_date = '2025-03-01'"
        )
    run(tmp_path)
    rig.rebuild(dt.date(2025, 3, 1))
    assert rig.query("SELECT * FROM inventory.daily_stock ORDER BY 1, 3, 4") == stock
    assert rig.query("SELECT * FROM ops.publication") == published
    run(tmp_path)
    assert_exported(rig, tmp_path)


def test_a_rebuild_that_changes_nothing_leaves_every_file(rig: Rig, run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    before = tree(tmp_path)
    rig.rebuild(FIRST_DAY)
    run(tmp_path)
    assert written(before, tree(tmp_path)) == set()
    assert (
        manifest(tmp_path, "inventory_change")["files"][0]["inputs"]
        not in before["inventory_change/manifest.json"].decode()
    )
    assert_exported(rig, tmp_path)


def test_days_that_left_postgresql_stay(rig: Rig, run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    stock = exported(tmp_path, "inventory_daily")
    with rig.connect() as connection:
        connection.execute("DELETE FROM ops.publication WHERE snapshot_date < '2025-03-01'")
        connection.execute("SELECT ops.drop_partitions('inventory.daily_stock', '2025-03-01')")
    # As after an upgrade, which has every file written again that can be.
    manifest_file = tmp_path / "inventory_daily" / "manifest.json"
    manifest_file.write_text(manifest_file.read_text().replace('"inputs": "', '"inputs": "of another release '))
    run(tmp_path)
    assert exported(tmp_path, "inventory_daily") == stock
    assert rig.value("SELECT count(*) FROM mart.inventory_daily") < sum(stock.values())


def test_files_of_months_that_left_postgresql_survive_a_lost_manifest(rig: Rig, run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    february = next((tmp_path / "inventory_daily" / "month=2025-02").iterdir())
    with rig.connect() as connection:
        connection.execute("DELETE FROM ops.publication WHERE snapshot_date < '2025-03-01'")
        connection.execute("SELECT ops.drop_partitions('inventory.daily_stock', '2025-03-01')")
    (tmp_path / "inventory_daily" / "manifest.json").unlink()
    run(tmp_path)
    assert february.exists()


def test_a_manifest_that_is_none_is_not_replaced(run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "office" / "manifest.json").write_text("{")
    with pytest.raises(FatalError, match=r"office/manifest\.json of the export is no manifest: restore it"):
        run(tmp_path)


def test_a_file_that_somebody_removed_is_written_again(run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    before = tree(tmp_path)
    files(tmp_path, "inventory_change")[0].unlink()
    files(tmp_path, "office")[0].unlink()
    assert run(tmp_path).written == 2
    assert tree(tmp_path).keys() == before.keys()
    assert files(tmp_path, "inventory_change")


def test_a_missing_file_that_nothing_can_replace_is_reported(
    rig: Rig, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    run(tmp_path)
    february = next((tmp_path / "inventory_daily" / "month=2025-02").iterdir())
    february.unlink()
    with rig.connect() as connection:
        connection.execute("DELETE FROM ops.publication WHERE snapshot_date < '2025-03-01'")
    run(tmp_path)
    assert f"inventory_daily files are missing, restore them: month=2025-02/{february.name}" in (
        caplog.text + capsys.readouterr().out
    )


def test_two_runs_take_turns(rig: Rig, run: Run, tmp_path: Path) -> None:
    with rig.connect() as connection, rig.connect() as observer, ThreadPoolExecutor(1) as pool:
        wait_for_turn(connection, "export")
        second = pool.submit(run, tmp_path)
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        observer.autocommit = True
        while observer.execute(waiting).fetchone() == (0,):
            assert not second.done()
        assert list(tmp_path.iterdir()) == []
        connection.close()
        assert second.result().written > 0


def test_what_a_person_put_there_is_left(run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    for name in ("notes.txt", "office/mine.parquet", "inventory_daily/month=2025-02/mine.parquet"):
        (tmp_path / name).write_text("mine")
    assert run(tmp_path).removed == 0
    assert (tmp_path / "office/mine.parquet").read_text() == "mine"
