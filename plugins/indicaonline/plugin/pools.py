"""A listener that creates missing pools of the DAGs."""

from __future__ import annotations

import logging
from collections.abc import Set
from typing import Any

from airflow.listeners import hookimpl

from indicaonline.environment import load_accounts
from indicaonline.errors import SettingError

log = logging.getLogger(__name__)

TAG = "indicaonline"
"""The tag of every DAG of this project."""
SLOTS = 8


# Tasks of a pool that does not exist stay in the state scheduled forever, and only the scheduler's log shows it. DAG
# files and tasks cannot read pools from the metadata database, so the scheduler does: when it starts, and at each run.
@hookimpl
def on_starting(component: Any) -> None:
    """Create the pool of the API when the scheduler starts."""
    # Airflow calls this in task processes, too, which have no database. The class is compared by name, because
    # importing it would load the ORM into every task.
    if type(component).__module__ == "airflow.jobs.job":
        try:
            make_missing_pools({settings.api_pool for settings in load_accounts()})
        except SettingError as error:
            log.error("%s", error)


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Create the pools of a run of this project."""
    # A pool may have been deleted since the scheduler started.
    dag = dag_run.dag
    if dag is not None and TAG in dag.tags:
        make_missing_pools({task.pool for task in dag.tasks})


def make_missing_pools(names: Set[str]) -> None:
    """Create the missing ones of some pools. Existing pools are not changed."""
    # Imported here, because only the scheduler may use the ORM.
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy.exc import IntegrityError

    try:
        # A new session, because that of the scheduler must not be committed here.
        with create_session(scoped=False) as session:
            missing = sorted(names - {pool.pool for pool in Pool.get_pools(session=session)})
            for name in missing:
                Pool.create_or_update_pool(
                    name, SLOTS, "Limits the tasks that use the API at once.", include_deferred=False, session=session
                )
    except IntegrityError:
        return  # another scheduler has just created it
    for name in missing:
        log.warning("The pool '%s' did not exist: created with %s slots. Admin > Pools changes them.", name, SLOTS)
