"""Who may read the page of an account, and which of its buttons a user may press."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Request

from indicaonline.environment import account_ids
from indicaonline.settings import of_account

SNAPSHOT = "inventory_snapshot_daily"
UPDATES = "inventory_updates_hourly"
HELD_BACK = "held_back_pulls"
PRODUCT_STOCK = "product_stock"
CONTRACT_CHECK = "contract_check"

User = GetUserDep


def may_read(request: Request, user: User, account: str = "") -> str:
    """Dependency: the account of the request; empty where there is one account.

    401 for anonymous requests, 403 for users who may not see the DAG of the account's snapshots.
    """
    # Before the account is read from the environment, so that nobody learns which accounts there are.
    requires_access_dag("GET", param_dag_id=of_account(account, SNAPSHOT))(request, user)
    return account


def may_read_any(request: Request, user: User, account: str = "") -> str:
    """Dependency: as :func:`may_read`; for a request that names no account, the first that the user may read."""
    return may_read(request, user, account or next(iter(readable_accounts(user)), ""))


def readable_accounts(user: Any) -> list[str]:
    """Return the ids of the accounts that a user may read; an empty list where there is one account."""
    return [account for account in account_ids() if _is_authorized(user, "GET", of_account(account, SNAPSHOT))]


def rights(user: Any, account: str) -> dict[str, bool]:
    """Return which DAGs of the page's buttons a user may run, by their ids."""
    # Only to show why a button is disabled. Airflow's own REST API decides when it is pressed.
    names = (SNAPSHOT, UPDATES, HELD_BACK, PRODUCT_STOCK, CONTRACT_CHECK)
    dag_ids = [of_account(account, name) for name in names]
    return {dag_id: _is_authorized(user, "POST", dag_id, DagAccessEntity.RUN) for dag_id in dag_ids}


def _is_authorized(user: Any, method: Any, dag_id: str, entity: DagAccessEntity | None = None) -> bool:
    return bool(
        get_auth_manager().is_authorized_dag(
            method=method, access_entity=entity, details=DagDetails(id=dag_id), user=user
        )
    )
