"""The export is scheduled where there is a place for it, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from servers.airflow import REPOSITORY


@pytest.mark.parametrize(("url", "cron"), [("", None), ("/exports", "0 8 * * *")])
def test_the_export_is_off_until_it_has_a_url(monkeypatch: pytest.MonkeyPatch, url: str, cron: str | None) -> None:
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("INDICAONLINE_EXPORT_URL", url)
    monkeypatch.setenv("INDICAONLINE_BUSINESS_TIME_ZONE", "America/Denver")
    (dag,) = DagBag(dag_folder=REPOSITORY / "dags" / "export_history.py").dags.values()
    timetable: Any = dag.timetable
    assert getattr(timetable, "expression", None) == cron
    assert str(dag.timezone) == "America/Denver"
    assert [asset.name for asset in dag.get_task("export").outlets] == ["history_export"]
