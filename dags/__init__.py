"""The functions that make the DAGs of this folder: for a DAG file of one's own, as ``indicaonline.dags``.

Each is a :class:`~indicaonline.dag_factory.Factory`.
"""

from __future__ import annotations

from typing import Any

from indicaonline.dags.contract_check import contract_check
from indicaonline.dags.export_history import export_history
from indicaonline.dags.held_back_pulls import held_back_pulls
from indicaonline.dags.inventory_snapshot_daily import inventory_snapshot_daily
from indicaonline.dags.inventory_updates_hourly import inventory_updates_hourly
from indicaonline.dags.metrc_reconciliation import metrc_reconciliation
from indicaonline.dags.package_history import package_history
from indicaonline.dags.product_stock import product_stock
from indicaonline.dags.reference_data_daily import reference_data_daily
from indicaonline.dags.warehouse_freshness import warehouse_freshness
from indicaonline.dags.warehouse_maintenance import warehouse_maintenance

FACTORIES = (
    contract_check,
    export_history,
    held_back_pulls,
    inventory_snapshot_daily,
    inventory_updates_hourly,
    metrc_reconciliation,
    package_history,
    product_stock,
    reference_data_daily,
    warehouse_freshness,
    warehouse_maintenance,
)


def all_dags(*arguments: Any, **named: Any) -> list[Any]:
    """Make the DAGs of all factories, which get the same arguments, and return them."""
    return [dag for factory in FACTORIES for dag in factory(*arguments, **named)]


__all__ = ["FACTORIES", "all_dags", *(factory.__name__ for factory in FACTORIES)]
