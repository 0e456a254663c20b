"""What the operators have in common: the account that they work for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseAsyncOperator, BaseOperator, BaseOperatorLink, Context, RetryPolicy

from indicaonline.environment import load_settings
from indicaonline.links import PullLink
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import Settings
from indicaonline.task_errors import without_traceback

if TYPE_CHECKING:
    from indicaonline.hooks.indicaonline import IndicaOnlineHook
    from indicaonline.measures import PullMeasure


class AccountOperator(BaseOperator):
    """Works for an account: with its settings, its API and its warehouse.

    :param account: the id of the account in ``INDICAONLINE_ACCOUNTS``; by default the only one
    :param settings: settings of this task that differ from those of the environment, by name in small letters
    :param indicaonline_conn_id: the connection of the API; by default the setting ``api_conn_id``
    :param warehouse_conn_id: the connection of the warehouse; by default the setting of this name
    :param retry_policy: by default that of the project, which tries an error that needs a person no second time
    """

    # Tables of the warehouse, as schema.table. A load inserts responses into raw and applies them from there, so raw is
    # its input, too. A view of mart counts as written when the tables below it are.
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    template_fields: Sequence[str] = ("account", "indicaonline_conn_id", "warehouse_conn_id")

    def __init__(
        self,
        *,
        account: str | None = None,
        settings: Mapping[str, Any] | None = None,
        indicaonline_conn_id: str | None = None,
        warehouse_conn_id: str | None = None,
        retry_policy: RetryPolicy | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(retry_policy=retry_policy or IndicaOnlineRetryPolicy(), **kwargs)
        self.account = account
        self.settings = settings
        self.indicaonline_conn_id = indicaonline_conn_id
        self.warehouse_conn_id = warehouse_conn_id

    def load_settings(self) -> Settings:
        """Return the settings of the account, before those that its warehouse keeps."""
        given = {"api_conn_id": self.indicaonline_conn_id, "warehouse_conn_id": self.warehouse_conn_id}
        differing = {**(self.settings or {}), **{name: value for name, value in given.items() if value}}
        return load_settings(self.account, differing if differing or self.settings is not None else None)

    # Operators import hooks and jobs when they run: the DAG processor parses DAG files again and again, and would load
    # psycopg and the HTTP client each time.

    def open_warehouse(self, *, syncs_settings: bool = False) -> tuple[Any, Settings]:
        """Return a function that opens the warehouse, and the settings in force: see ``hooks.warehouse``."""
        from indicaonline.hooks.warehouse import open_warehouse

        return open_warehouse(self.load_settings(), syncs_settings=syncs_settings)

    def api_hook(self, settings: Settings) -> IndicaOnlineHook:
        """Return the hook of the account's API."""
        from indicaonline.hooks.indicaonline import IndicaOnlineHook

        return IndicaOnlineHook(settings.api_conn_id)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return the tables as OpenLineage datasets. Only the OpenLineage provider calls this."""
        # Imported here, because the OpenLineage provider is optional.
        from airflow.providers.common.compat.openlineage.facet import Dataset
        from airflow.providers.openlineage.extractors import OperatorLineage
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        conn_id = self.load_settings().warehouse_conn_id
        database = PostgresHook(conn_id).get_openlineage_database_info(PostgresHook.get_connection(conn_id))
        # OpenLineage's naming specification for Postgres: postgres://{host}:{port}, {database}.{schema}.{table}.
        namespace = f"{database.scheme}://{database.authority}"

        def datasets(tables: Sequence[str]) -> list[Any]:
            return [Dataset(namespace=namespace, name=f"{database.database}.{table}") for table in tables]

        return OperatorLineage(inputs=datasets(self.reads), outputs=datasets(self.writes))


class AsyncAccountOperator(AccountOperator, BaseAsyncOperator):
    """An :class:`AccountOperator` with ``aexecute``, which pulls from the API. It runs on the worker.

    Give it the pool of the API, which limits the tasks that use the API at once.
    """

    operator_extra_links: Collection[BaseOperatorLink] = (PullLink(),)
    pulls: Sequence[PullMeasure] = ()
    """The pulls that this try has committed, also where it fails."""

    @without_traceback
    def execute(self, context: Context) -> Any:
        """Run ``aexecute`` in an event loop, and send what it counted as metrics."""
        from indicaonline.metrics import measured

        with measured(self.load_settings().account) as measures:
            self.pulls = measures.pulls
            return super().execute(context)  # type: ignore[no-untyped-call]

    async def aopen(self) -> tuple[Callable[..., Any], Any, Settings]:
        """Return functions that open the API and the warehouse, and the settings in force."""
        from indicaonline.hooks.warehouse import aopen_warehouse

        connect, settings = await aopen_warehouse(self.load_settings(), syncs_settings=True)
        hook = self.api_hook(settings)
        # Awaited before client(), whose own read of the connection is synchronous and would block the event loop.
        await hook.aconfig()
        return partial(hook.client, settings), connect, settings
