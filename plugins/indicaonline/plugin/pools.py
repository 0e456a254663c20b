"""A listener that makes the pool of the tasks that ask the API, where there is none.

Airflow leaves the tasks of a pool that does not exist in the state ``scheduled`` for ever, and says so nowhere but in
the scheduler's log. Neither a DAG file nor a task may ask which pools there are, so the scheduler does: when it starts,
and whenever it starts a run of this project.
"""

from __future__ import annotations

import logging
from collections.abc import Set
from typing import Any

from airflow.listeners import hookimpl

from indicaonline.errors import SettingError
from indicaonline.settings import load_settings

log = logging.getLogger(__name__)

TAG = "indicaonline"
"""Every DAG of this project has it."""
SLOTS = 8


@hookimpl
def on_starting(component: Any) -> None:
    """Called when a process of Airflow starts; also in the process of a task, which has no database."""
    # By its name, because importing it would load the ORM into every task.
    if type(component).__module__ == "airflow.jobs.job":
        try:
            make_missing_pools({load_settings().api_pool})
        except SettingError as error:
            log.error("%s", error)


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Called in the scheduler when a run starts: a pool may have been deleted since the scheduler did."""
    dag = dag_run.dag
    if dag is not None and TAG in dag.tags:
        make_missing_pools({task.pool for task in dag.tasks})


def make_missing_pools(names: Set[str]) -> None:
    """Make those of some pools that do not exist, with few slots, which a person can change. Changes no other."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy.exc import IntegrityError

    try:
        # A session of its own: the scheduler's must not be committed here.
        with create_session(scoped=False) as session:
            missing = sorted(names - {pool.pool for pool in Pool.get_pools(session=session)})
            for name in missing:
                Pool.create_or_update_pool(
                    name, SLOTS, "How many tasks may use the API at once.", include_deferred=False, session=session
                )
    except IntegrityError:
        return  # another scheduler has made it just now
    for name in missing:
        log.warning("The pool '%s' did not exist: made with %s slots. Admin > Pools changes them.", name, SLOTS)
