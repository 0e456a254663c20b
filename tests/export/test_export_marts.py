"""What an export has is what the marts have, in types that lose nothing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from export_reading import COMPUTED, assert_exported, exported, files, manifest, marts
from export_world import Run

from documents.grains import GRAINS
from indicaonline.warehouse.exports import HISTORIES, NAMES
from rig import Rig


def test_every_mart_is_in_it_row_by_row(rig: Rig, run: Run, tmp_path: Path) -> None:
    counts = run(tmp_path)
    assert_exported(rig, tmp_path)
    views = rig.query("SELECT table_name FROM information_schema.views WHERE table_schema = 'mart'")
    assert {path.name for path in tmp_path.iterdir()} == {row["table_name"] for row in views}
    assert counts.marts == len(views)
    lived = {mart.name for mart in marts(rig) if exported(tmp_path, mart.name)}
    assert lived >= {*HISTORIES, "inventory_current", "coverage", "held_back_pull", "package_lifecycle", "freshness"}
    assert len(files(tmp_path, "package_history")) > 2, "versions that have ended, and those that have not"


def test_a_view_of_somebody_else_is_not_in_it(rig: Rig, run: Run, tmp_path: Path) -> None:
    with rig.connect() as connection:
        connection.execute("CREATE VIEW mart.mine AS SELECT 0.5::double precision AS half")
    run(tmp_path)
    assert not (tmp_path / "mine").exists()
    assert (tmp_path / "office").exists()


def test_closed_months_are_one_file_and_closed_days_of_this_month_are_one_each(run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    parts = [(listed["month"], listed["day"]) for listed in manifest(tmp_path, "inventory_daily")["files"]]
    assert parts == [("2025-02", None), ("2025-03", "2025-03-01"), ("2025-03", "2025-03-02")]
    assert all(path.parent.name in ("month=2025-02", "month=2025-03") for path in files(tmp_path, "inventory_daily"))


def test_names_of_histories_are_those_of_offices_and_products(rig: Rig, run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    for name, history in HISTORIES.items():
        (columns,) = {tuple(pq.read_schema(path).names) for path in files(tmp_path, name)}
        assert not history.without & set(columns), name
        text = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'mart' AND table_name = %s"
        views = rig.query(text, [name])
        assert {row["column_name"] for row in views} - set(columns) <= history.without, name
    there = {*pq.read_schema(files(tmp_path, "office")[0]).names, *pq.read_schema(files(tmp_path, "product")[0]).names}
    assert there >= NAMES


def test_no_type_loses_digits_or_zones(run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    for path in tmp_path.rglob("*.parquet"):
        for field in pq.read_schema(path):
            assert not pa.types.is_floating(field.type), (path, field)
            assert not pa.types.is_timestamp(field.type) or field.type == pa.timestamp("us", "UTC"), (path, field)
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            assert {metadata.row_group(group).column(c).compression for c in range(metadata.num_columns)} == {"ZSTD"}


def test_only_quotients_are_rounded(run: Run, tmp_path: Path) -> None:
    run(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {name for name in names if any("rounded" in each for each in manifest(tmp_path, name)["files"])} == COMPUTED


def test_the_order_of_each_history_has_its_grain() -> None:
    """Otherwise equal rows could come in any order, and so in another file each time."""
    for name, history in HISTORIES.items():
        assert set(history.order) >= set(GRAINS[name].key), name
