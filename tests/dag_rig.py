"""The DAGs of this project in Airflow, without its servers: real DAG files, runs, retries, XComs and assets.

A run goes the way that ``dag.test()`` goes: a loop asks the run what can be scheduled, and tasks run in this process,
against Airflow's own execution API. ``dag.test()`` itself makes manual runs only, of the interval before a logical
date. Here a run has the type, the interval and the start that a test gives it, so the clock of the world is the only
one, and what the scheduler would do by its own clock is chosen.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pendulum

from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.session import RUN
from rig import Rig
from servers.airflow import REPOSITORY
from servers.simulation import Simulation
from world_rig import WorldRig

if TYPE_CHECKING:
    import pytest
    from airflow.models.dagrun import DagRun
    from airflow.sdk import DAG

BUNDLE = "dags-folder"
ENDED = ("success", "failed")
PATIENCE = 600


class DagRig(WorldRig):
    """A world, a warehouse, and the DAGs between them. ``rig`` does to the same what tasks do, without Airflow."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch, folder: Path = REPOSITORY / "dags") -> None:
        super().__init__(Simulation(0, rig.simulator.key, {}, rig.simulator.url), rig.dsn)
        self.rig = rig
        self.simulator = rig.simulator
        self._monkeypatch = monkeypatch
        self._numbers = itertools.count(1)
        self.set_key(rig.simulator.key)
        monkeypatch.setenv(f"AIRFLOW_CONN_{rig.settings.warehouse_conn_id.upper()}", rig.dsn)
        # A task exports its run to the environment of its process, here that of the tests: removed at the end.
        for variable in RUN.values():
            monkeypatch.setenv(variable, "")
        _forget_runs()
        # By the names that they have where there is one account.
        prefix = rig.settings.of_account("")
        parsed = _parse(folder)
        self.dags = {dag_id.removeprefix(prefix): dag for dag_id, dag in parsed.items() if dag_id.startswith(prefix)}

    def set_key(self, key: str) -> None:
        """Change the key in the connection."""
        connection = {
            "conn_type": "indicaonline",
            "host": self.simulator.url,
            "password": key,
            "extra": {"requests_per_second": 1000, "page_size": 25, "retry_seconds": 1},
        }
        self._monkeypatch.setenv(f"AIRFLOW_CONN_{self.rig.settings.api_conn_id.upper()}", json.dumps(connection))

    def behave(self) -> None:
        """Let the API behave, for the right key."""
        self.simulation.admin("DELETE", "faults")
        self.simulation.admin("DELETE", "switches")
        self.set_key(self.simulator.key)

    def step(self, seconds: int) -> dt.datetime:
        """Let simulated time pass, for the project's clock too; returns the new instant."""
        super().step(seconds)
        return self.rig.tick()

    def query(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query to the warehouse, by the project's clock."""
        with warehouse(self.rig.connect, self.rig.settings) as connection:
            return connection.execute(text.encode(), parameters).fetchall()

    def go_to(self, instant: dt.datetime) -> None:
        """Let simulated time pass up to an instant."""
        self.step(int((instant - self.now).total_seconds()))

    def run(
        self,
        dag_id: str,
        interval_start: dt.datetime | None = None,
        *,
        run_type: str = "manual",
        logical_date: dt.datetime | None = None,
        **conf: Any,
    ) -> Run:
        """Run a DAG to its end.

        ``interval_start`` makes a run of the interval that starts there, as the scheduler or a backfill does;
        ``logical_date`` one of the interval before it, as a person does with a past date; neither is a trigger of now.
        """
        run = self._create(dag_id, interval_start, run_type, logical_date, conf)
        return run.go_on()

    def start_and_leave(self, dag_id: str) -> Run:
        """Run a DAG until each of its tasks was tried, and leave it where one would be tried again."""
        return self._create(dag_id, None, "manual", None, {}).go_on(waits=False)

    def triggered(self, dag_id: str) -> list[Run]:
        """The runs of a DAG, in the order of their creation."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            run_ids = session.scalars(
                select(DagRun.run_id).where(DagRun.dag_id == self._id(dag_id)).order_by(DagRun.id)
            ).all()
        return [Run(self, self.dags[dag_id], run_id) for run_id in run_ids]

    def backfill(
        self, dag_id: str, starts: Sequence[dt.datetime], reprocess: str = "none", *, backwards: bool = False
    ) -> list[Run]:
        """Run the intervals with these starts one after the other; those that ran before by clearing them."""
        runs = []
        for start in sorted(starts, reverse=backwards):
            before = self.find(dag_id, start)
            if before is None:
                runs.append(self.run(dag_id, start, run_type="backfill"))
            elif reprocess == "completed" or (reprocess == "failed" and before.state == "failed"):
                runs.append(before.clear())
        return runs

    def find(self, dag_id: str, logical_date: dt.datetime) -> Run | None:
        """The run of a logical date."""
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            query = select(DagRun.run_id).where(DagRun.dag_id == self._id(dag_id), DagRun.logical_date == logical_date)
            run_id = session.scalar(query)
        return None if run_id is None else Run(self, self.dags[dag_id], run_id)

    def has_triggered(self, dag_id: str) -> bool:
        """Return True if assets that were updated since the last call make a run of a DAG due."""
        from airflow.models.asset import AssetDagRunQueue
        from airflow.utils.session import create_session
        from sqlalchemy import delete

        with create_session() as session:
            query = delete(AssetDagRunQueue).where(AssetDagRunQueue.target_dag_id == self._id(dag_id))
            return bool(session.execute(query).rowcount)

    def event_extras(self, asset: str) -> list[dict[str, Any]]:
        """The extras of the events of an asset, in the order of their creation."""
        from airflow.models.asset import AssetEvent, AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            query = select(AssetEvent.extra).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            return list(
                session.scalars(
                    query.where(AssetModel.name == self.rig.settings.of_account(asset)).order_by(AssetEvent.id)
                )
            )

    def _id(self, dag_id: str) -> str:
        """The id of a DAG in Airflow."""
        return self.rig.settings.of_account(dag_id)

    def _create(
        self,
        dag_id: str,
        interval_start: dt.datetime | None,
        run_type: str,
        logical_date: dt.datetime | None,
        conf: dict[str, Any],
    ) -> Run:
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState
        from airflow.utils.types import DagRunTriggeredByType, DagRunType

        dag = _scheduled(self.dags[dag_id])
        interval = None
        if interval_start is not None:
            logical_date, interval = interval_start, _interval(dag, interval_start)
        elif logical_date is not None:
            interval = dag.timetable.infer_manual_data_interval(run_after=pendulum.instance(logical_date))
        # As the ledger says when a pull landed: by the clock of the machine.
        now = dt.datetime.now(dt.UTC)
        with create_session() as session:
            created: DagRun = dag.create_dagrun(
                run_id=f"{run_type}__{next(self._numbers)}",
                logical_date=logical_date,
                data_interval=interval,
                run_after=now,
                start_date=now,
                run_type=DagRunType(run_type),
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                conf=conf,
                session=session,
            )
            return Run(self, self.dags[dag_id], created.run_id)


class Run:
    """A run of a DAG."""

    def __init__(self, rig: DagRig, dag: DAG, run_id: str) -> None:
        self.dag = dag
        self.run_id = run_id
        self._rig = rig

    @property
    def state(self) -> str:
        """The final state."""
        from airflow.utils.session import create_session

        with create_session() as session:
            return str(self._row(session).state)

    @property
    def interval_start(self) -> dt.datetime | None:
        """The start of its data interval."""
        from airflow.utils.session import create_session

        with create_session() as session:
            return self._row(session).data_interval_start

    def go_on(self, *, waits: bool = True) -> Run:
        """Run its tasks until it has ended; or, where it ``waits`` not, until nothing is left but further tries."""
        from airflow import settings

        session = settings.Session()
        deadline = time.monotonic() + PATIENCE
        try:
            while (row := self._row(session)).state not in ENDED:
                assert time.monotonic() < deadline, f"it does not end: {self.states()}"
                row.dag = _scheduled(self.dag)
                if not self._step(session, row) and self._row(session).state not in ENDED:
                    if not waits:
                        break
                    time.sleep(0.1)  # a task waits for its next try, by Airflow's clock
        finally:
            session.close()
        return self

    def start(self) -> Run:
        """Start a run that another one has triggered, as the scheduler does, and leave it where it waits."""
        from airflow.utils.session import create_session
        from airflow.utils.state import DagRunState

        with create_session() as session:
            row = self._row(session)
            row.state, row.start_date = DagRunState.RUNNING, dt.datetime.now(dt.UTC)
        return self.go_on(waits=False)

    def clear(self) -> Run:
        """Clear all of its tasks, as the UI and a backfill do, and run them again."""
        from airflow.utils.state import DagRunState

        _scheduled(self.dag).clear(run_id=self.run_id, dag_run_state=DagRunState.RUNNING)
        return self.go_on()

    def tasks(self, task_id: str | None = None) -> list[Any]:
        """Its task instances, or those of one task, by their map index."""
        from airflow.utils.session import create_session

        with create_session() as session:
            found = self._row(session).get_task_instances(session=session)
        return sorted((ti for ti in found if task_id in (None, ti.task_id)), key=lambda ti: ti.map_index)

    def states(self) -> dict[str, set[str]]:
        """The states of each task's instances."""
        found: dict[str, set[str]] = {}
        for ti in self.tasks():
            found.setdefault(ti.task_id, set()).add(str(ti.state))
        return found

    def returned(self, task_id: str) -> list[Any]:
        """Return the result of a task: one value, or one of each mapped instance."""
        return self.pushed("return_value", task_id)

    def problems(self) -> list[dict[str, str]]:
        """The problems that its failed tasks have recorded for the alert: task, kind of error, and its text."""
        return self.pushed("problem")

    def pushed(self, key: str, task_id: str | None = None) -> list[Any]:
        """The values of XComs."""
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            query = (
                select(XComModel)
                .where(XComModel.dag_id == self.dag.dag_id, XComModel.run_id == self.run_id, XComModel.key == key)
                .order_by(XComModel.task_id, XComModel.map_index)
            )
            rows = session.scalars(query).all()
            return [XComModel.deserialize_value(row) for row in rows if task_id in (None, row.task_id)]

    def _step(self, session: Any, row: DagRun) -> bool:
        from airflow.sdk.definitions.dag import _run_task
        from airflow.utils.state import TaskInstanceState

        schedulable, _ = row.update_state(session=session, execute_callbacks=False)
        row.schedule_tis(schedulable, session=session)
        session.commit()
        session.expire_all()
        waiting = [ti for ti in row.get_task_instances(session=session) if ti.state == TaskInstanceState.SCHEDULED]
        for ti in waiting:
            _run_task(ti=ti, task=self.dag.task_dict[ti.task_id], run_triggerer=True)
        session.expire_all()
        return bool(waiting)

    def _row(self, session: Any) -> DagRun:
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        query = select(DagRun).where(DagRun.dag_id == self.dag.dag_id, DagRun.run_id == self.run_id)
        found: DagRun = session.scalars(query).one()
        return found


def _parse(folder: Path) -> dict[str, DAG]:
    """The DAGs of a folder, by the settings of now, known to Airflow."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        DagBundlesManager().sync_bundles_to_db(session=session)
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name=BUNDLE)
    assert bag.import_errors == {}
    sync_bag_to_db(bag, BUNDLE, None)
    with create_session() as session:
        session.execute(update(DagModel).values(is_paused=False))  # assets trigger no paused DAG
    return dict(bag.dags)


def _scheduled(dag: DAG) -> Any:
    """A DAG as the scheduler knows it."""
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))


def _interval(dag: Any, start: dt.datetime) -> Any:
    """The data interval that starts at an instant."""
    (info,) = dag.iter_dagrun_infos_between(start, start)
    return info.data_interval


def _forget_runs() -> None:
    """Let Airflow know of no run: a logical date is taken once."""
    from airflow.models.asset import AssetDagRunQueue, AssetEvent
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session() as session:
        for model in (AssetDagRunQueue, AssetEvent, DagRun):
            session.execute(delete(model))
