"""The set-up as the API server sees it: settings, pool, connections, warehouse."""

from __future__ import annotations

from airflow.models.pool import Pool

from indicaonline.contract_check.report import Finding
from indicaonline.contract_check.set_up import check_set_up
from indicaonline.environment import load_settings
from indicaonline.errors import IndicaOnlineError, SettingError
from indicaonline.hooks.indicaonline import IndicaOnlineHook
from indicaonline.hooks.warehouse import connect_warehouse
from indicaonline.settings import Settings


def set_up_findings(account: str) -> list[Finding]:
    """Return the findings about an account, in the order in which they can be solved.

    Asks nothing of the API, and writes nothing.
    """
    try:
        settings = load_settings(account)
    except SettingError as error:
        return [_problem("environment", str(error))]
    return [
        *check_set_up(lambda: connect_warehouse(settings.warehouse_conn_id), settings),
        _pool(settings),
        _api_connection(settings),
    ]


def _pool(settings: Settings) -> Finding:
    name = settings.api_pool
    pool = Pool.get_pool(name)
    if pool is None:
        return _problem(
            "pool", f"There is no pool '{name}': it is created at the next run, or by Admin > Pools. Tasks wait for it."
        )
    return Finding(endpoint="pool", result="ok", notes=[f"'{name}' has {pool.slots} slots."])


def _api_connection(settings: Settings) -> Finding:
    conn_id = settings.api_conn_id
    try:
        host = IndicaOnlineHook(conn_id).config().base_url
    except IndicaOnlineError as error:
        return _problem("connection", str(error))
    return Finding(endpoint="connection", result="ok", notes=[f"'{conn_id}' is for {host}."])


def _problem(name: str, sentence: str) -> Finding:
    return Finding(endpoint=name, result="problem", notes=[sentence])
