"""The two operators of ``inventory_snapshot_daily``. The work is in :mod:`indicaonline.jobs.snapshot`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow.sdk import BaseAsyncOperator, BaseOperator

from indicaonline.operators.lineage import DAYS, STOCK, WarehouseLineage

if TYPE_CHECKING:
    from airflow.sdk import Context

    from indicaonline.jobs.snapshot import DayPlan
    from indicaonline.settings import Settings

BUSINESS_DAY = "business_day"
T = TypeVar("T")


class PlanOfficesOperator(BaseOperator):
    """Which offices a run is about, in groups of ``offices_per_task``, and under which names the UI shows them.

    Returns a list of groups ``{"label", "offices", "pulled"}``, to be mapped over, and pushes the business day (ISO)
    as XCom ``business_day``. Asks nothing of the API.
    """

    def execute(self, context: Context) -> list[dict[str, Any]]:
        from indicaonline.errors import SettingError
        from indicaonline.hooks.indicaonline import IndicaOnlineHook
        from indicaonline.jobs.reference import offer_offices
        from indicaonline.jobs.snapshot import yesterday
        from indicaonline.operators.connections import open_warehouse
        from indicaonline.warehouse.connection import warehouse
        from indicaonline.warehouse.reference import known_offices

        connect, settings = open_warehouse()
        if given := IndicaOnlineHook(settings.api_conn_id).config().office_ids:
            offer_offices(connect, settings, given)
        with warehouse(connect, settings) as connection:
            offices = known_offices(connection)
        if not offices:
            raise SettingError(
                "No office is known yet: run reference_data_daily first, or name the office ids in the connection"
                f" {settings.api_conn_id}."
            )
        day = _plan(context, settings).business_day or yesterday(settings)
        context["ti"].xcom_push(BUSINESS_DAY, day.isoformat())
        return [
            {
                "label": ", ".join(office.label for office in group),
                "offices": [office.office_id for office in group],
                "pulled": [office.office_id for office in group if office.is_listed],
            }
            for group in _groups(offices, settings.offices_per_task)
        ]


class SnapshotOfficesOperator(WarehouseLineage, BaseAsyncOperator):
    """Pulls some offices where now still counts for the day, and publishes the day. Runs on the worker.

    Returns ``{"offices": [...]}``: for each office what was pulled and published, in counts and words.

    :param group: a group of :class:`PlanOfficesOperator`
    """

    template_fields: Sequence[str] = ("group",)
    reads = ("raw.response", "inventory.stock_change")
    writes = (*STOCK, *DAYS)

    def __init__(self, *, group: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.group = group

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.hooks.indicaonline import IndicaOnlineHook
        from indicaonline.jobs.accept import accept_pulls
        from indicaonline.jobs.snapshot import as_manifest, snapshot_offices
        from indicaonline.operators.connections import aopen_warehouse
        from indicaonline.operators.metrics import measured

        cast("dict[str, Any]", context)["label"] = self.group["label"]
        connect, settings = await aopen_warehouse()
        hook = IndicaOnlineHook(settings.api_conn_id)
        await hook.aconfig()
        wanted = context["params"].get("accept_held_pulls") or []
        with measured():
            accepted = await accept_pulls(connect, settings, wanted, self.group["offices"])
            results = await snapshot_offices(
                lambda: hook.client(settings),
                connect,
                settings,
                _plan(context, settings),
                self.group["offices"],
                self.group["pulled"],
                context["dag_run"].start_date,
            )
        manifest = as_manifest(results, accepted)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = _event(manifest)
        return manifest


def _groups(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _plan(context: Context, settings: Settings) -> DayPlan:
    from indicaonline.jobs.snapshot import plan_day

    # A run may have neither: then both are absent from the context.
    return plan_day(context.get("data_interval_start"), context.get("logical_date"), settings)


def _event(manifest: dict[str, Any]) -> dict[str, Any]:
    """What the asset's event tells: for each office the day that was published, its rows and its basis."""
    published = [office["publication"] for office in manifest["offices"] if office["publication"]]
    return {
        "published": [{key: day[key] for key in ("office_id", "business_day", "rows", "basis")} for day in published]
    }
