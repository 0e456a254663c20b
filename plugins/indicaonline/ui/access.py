"""Who may read the page, and which of its buttons a user may press."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag

SNAPSHOT = "inventory_snapshot_daily"
UPDATES = "inventory_updates_hourly"
HELD_BACK = "held_back_pulls"
PRODUCT_STOCK = "product_stock"
CONTRACT_CHECK = "contract_check"

User = GetUserDep

may_read = requires_access_dag("GET", param_dag_id=SNAPSHOT)
"""Dependency: 401 for anonymous requests, 403 for users who may not see the DAG of the snapshots."""


def rights(user: Any) -> dict[str, bool]:
    """Return which DAGs of the page's buttons a user may run."""
    # Only to show why a button is disabled. Airflow's own REST API decides when it is pressed.
    return {dag_id: _may_run(user, dag_id) for dag_id in (SNAPSHOT, UPDATES, HELD_BACK, PRODUCT_STOCK, CONTRACT_CHECK)}


def _may_run(user: Any, dag_id: str) -> bool:
    return bool(
        get_auth_manager().is_authorized_dag(
            method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
        )
    )
