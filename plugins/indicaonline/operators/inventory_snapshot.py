"""The operators of ``inventory_snapshot_daily``; see :mod:`indicaonline.jobs.office_plan` and ``jobs.snapshot``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.errors import SettingError
from indicaonline.jobs.business_day import DayPlan, day_from, plan_day
from indicaonline.lineage import DAYS, STOCK, describe_days
from indicaonline.links import OfficeLink, PullLink
from indicaonline.operators.account import AccountOperator, AsyncAccountOperator
from indicaonline.operators.run_summary import RunSummaryOperator
from indicaonline.settings import Settings
from indicaonline.task_errors import without_traceback

if TYPE_CHECKING:
    from indicaonline.hooks.indicaonline import IndicaOnlineHook

BUSINESS_DAY = "business_day"
DUE = "due"
PUBLISHED = "published"
OFFICES = "offices"
T = TypeVar("T")


class PlanOfficesOperator(AccountOperator):
    """Plans which offices of a run are pulled, in groups of ``offices_per_task``, and which are only published.

    Returns the groups to pull, as arguments of :class:`SnapshotGroupOperator`: ``{"names", "offices"}``. Pushes as XCom
    ``business_day`` (ISO), ``published`` (ids of offices that are only published), ``due`` (ids whose day this run
    publishes, as a PostgreSQL array) and ``offices`` (all ids). Sends no request to the API.

    :param time_zone: only offices whose business day ends in this time zone; by default every office
    """

    def __init__(self, *, time_zone: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_zone = time_zone

    @without_traceback
    def execute(self, context: Context) -> list[dict[str, Any]]:
        from indicaonline.jobs.office_plan import describe, plan_offices

        connect, settings = self.open_warehouse(syncs_settings=True)
        given, problem = _given_offices(self.api_hook(settings))
        plan = _plan(context, settings, self.time_zone)
        result = plan_offices(connect, settings, plan, self.time_zone, given)
        # A run that only publishes, such as a backfill, works without a connection to the API.
        if problem is not None and result.pulled:
            raise problem
        for line in describe(result, plan, settings):
            self.log.info("%s", line)
        ti: Any = context["ti"]
        ti.xcom_push(BUSINESS_DAY, result.business_day.isoformat())
        # As the text of an array, because the SQL check of the DAG renders it into a statement.
        ti.xcom_push(DUE, "{" + ",".join(map(str, result.due)) + "}")
        ti.xcom_push(PUBLISHED, [office.office_id for office in result.published])
        ti.xcom_push(OFFICES, [office.office_id for office in result.offices])
        return [
            {"names": ", ".join(office.label for office in group), "offices": [office.office_id for office in group]}
            for group in _groups(result.pulled, settings.offices_per_task)
        ]


class SnapshotOfficesOperator(AsyncAccountOperator):
    """Pulls all stock of some offices, stores it as observations, and publishes their business day. Runs on the worker.

    By default the stock is pulled now, and the day that ended last is published if this pull closes it: within the
    tolerance after its end. With a ``business_day``, an office is pulled only if that day ended within the tolerance
    and has no closing pull yet; otherwise the day is published from the observations of its time.

    Returns ``{"offices": [...]}``: pull and publication of each office, in counts and sentences. Each asset in
    ``outlets`` gets an event with the published days.

    :param offices: the ids of the offices: a list, or its text, such as ``[12, 13]`` (templated)
    :param business_day: the day to publish, such as ``2026-03-08`` (templated)
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, "offices", "business_day")
    reads = ("raw.response", "inventory.stock_change")
    writes = (*STOCK, *DAYS)
    operator_extra_links = (OfficeLink(), PullLink())

    def __init__(self, *, offices: Any, business_day: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offices = offices
        self.business_day = business_day

    def office_ids(self) -> list[int]:
        """Return the ids of the offices. Raises SettingError, one line, for anything else."""
        from indicaonline.jobs.given import ids_of

        return ids_of(self.offices, "office")

    def plan(self, context: Context, settings: Settings) -> DayPlan:
        """Return the business day to publish, and whether the stock is pulled now in any case."""
        if self.business_day is None:
            return DayPlan(None, pulls_present=True)
        return DayPlan(day_from(self.business_day), pulls_present=False)

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.snapshot import as_manifest, snapshot_offices

        offices = self.office_ids()
        open_client, connect, settings = await self.aopen()
        plan = self.plan(context, settings)
        results = await snapshot_offices(open_client, connect, settings, plan, offices, context["dag_run"].start_date)
        manifest = as_manifest(results)
        describe_days(self, context, _published(manifest))
        return manifest


class SnapshotGroupOperator(SnapshotOfficesOperator):
    """A :class:`SnapshotOfficesOperator` for a group of :class:`PlanOfficesOperator`, and the business day of the run.

    :param names: the names of the offices
    :param time_zone: that of the DAG, as in :class:`PlanOfficesOperator`
    """

    def __init__(self, *, names: str, time_zone: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names = names
        self.time_zone = time_zone

    def plan(self, context: Context, settings: Settings) -> DayPlan:
        """Return the plan of the run, as :class:`PlanOfficesOperator` made it."""
        return _plan(context, settings, self.time_zone)


class PublishOfficesOperator(AccountOperator):
    """Publishes the day of offices that are not pulled, from observations. Sends no request to the API.

    Returns ``{"offices": [...]}`` as :class:`SnapshotOfficesOperator` does. Skips itself where there is no such office.

    :param offices: their ids
    :param time_zone: that of the DAG, as in :class:`PlanOfficesOperator`
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, "offices")
    reads = ("inventory.stock_change",)
    writes = DAYS

    def __init__(self, *, offices: Any, time_zone: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offices = offices
        self.time_zone = time_zone

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.snapshot import as_manifest, publish_offices

        if not self.offices:
            raise AirflowSkipException("No office is published without a pull.")
        connect, settings = self.open_warehouse(syncs_settings=True)
        results = publish_offices(connect, settings, _plan(context, settings, self.time_zone), self.offices)
        manifest = as_manifest(results)
        describe_days(self, context, _published(manifest))
        return manifest


class SnapshotSummaryOperator(RunSummaryOperator):
    """Summarizes a day: the pull of each office, with its rejected items, and the publication.

    :param zones: the time zones at whose midnight a DAG runs; an office whose day ends elsewhere fails the run
    :param time_zone: that of the DAG, as in :class:`PlanOfficesOperator`
    """

    def __init__(self, *, zones: Sequence[str], time_zone: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zones = list(zones)
        self.time_zone = time_zone

    def lines(self, context: Context) -> list[str]:
        """Return the totals, then a line for each office of the run."""
        from indicaonline.jobs.summary import summarize_day, summary_lines

        offices = context["ti"].xcom_pull(task_ids="plan_offices", key=OFFICES)
        started_at = context["dag_run"].start_date
        if offices is None or started_at is None:
            return ["The offices of this run were not planned: nothing was pulled or published."]
        connect, settings = self.open_warehouse()
        plan = _plan(context, settings, self.time_zone)
        return summary_lines(summarize_day(connect, settings, plan, offices, started_at))

    def problems(self, context: Context) -> list[str]:
        """Return a sentence for each time zone of offices without a DAG."""
        from indicaonline.jobs.office_plan import zones_without_dag

        offices = context["ti"].xcom_pull(task_ids="plan_offices", key=OFFICES) or []
        return zones_without_dag(self.open_warehouse()[1], offices, self.zones) if offices else []


def _given_offices(hook: IndicaOnlineHook) -> tuple[list[int], SettingError | None]:
    """Return the offices that the connection of the API names, and the error where that cannot be read."""
    # The error is returned, not raised, because it matters only if an office is to be pulled.

    try:
        return hook.config().office_ids, None
    except SettingError as error:
        return [], error


def _groups(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _plan(context: Context, settings: Settings, time_zone: str | None) -> DayPlan:
    # Airflow leaves both keys out of the context of a run without a logical date, such as a trigger by an asset.
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    return plan_day(start, context.get("logical_date"), settings, time_zone, end)


def _published(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [office["publication"] for office in manifest["offices"] if office["publication"]]
