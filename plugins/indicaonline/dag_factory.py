"""Makes the DAGs: of each account, and with what a DAG file of one's own wants otherwise."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import msgspec
import pendulum
from airflow.sdk import DAG

from indicaonline.environment import check_apart, load_accounts, load_settings
from indicaonline.notifications import alerts, note_problem
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import Settings

TASK_DEFAULTS = {
    "owner": "inventory",
    "retries": 3,
    # 30 s, 2 min, 8 min, plus jitter: soon for a task whose worker died, later for an API that is down. The exponential
    # backoff of Airflow 3 is the factor from one delay to the next.
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 4,
    "retry_policy": IndicaOnlineRetryPolicy(),
    "on_failure_callback": note_problem,
}


class AccountDags(msgspec.Struct):
    """The DAGs of one account: made with its settings, and with the arguments that replace ours."""

    settings: Settings
    differing: Mapping[str, Any] | None
    arguments: Mapping[str, Any]
    made: list[DAG] = []

    def dag(
        self,
        name: str,
        tag: str,
        *,
        schedule: Any,
        zone: str | None = None,
        task_defaults: Mapping[str, Any] | None = None,
        **ours: Any,
    ) -> DAG:
        """Add a DAG, and return it for a ``with`` block. Its operators get the account by the DAG's default arguments.

        :param name: its id, where there is one account
        :param tag: its tag beside ``indicaonline``
        :param zone: the time zone of its schedule; None for a DAG that only people trigger
        :param task_defaults: arguments of its tasks; they override :data:`TASK_DEFAULTS`
        :param ours: other arguments of the DAG
        """
        account = self.settings.account
        arguments: dict[str, Any] = {
            # A fixed date, as Airflow advises. Because of catchup below, no runs since then are created.
            "start_date": zone and pendulum.datetime(2024, 1, 1, tz=zone),
            # The API returns only the current state, so a run for a past interval pulls nothing.
            "catchup": False,
            "max_active_runs": 1,
            "on_failure_callback": alerts(self.settings),
            **ours,
            **self.arguments,
        }
        tags = ["indicaonline", tag, *([account] if account else []), *arguments.pop("tags", [])]
        of_account = {"account": account or None, "settings": self.differing}
        default_args = {**TASK_DEFAULTS, **of_account, **(task_defaults or {}), **arguments.pop("default_args", {})}
        dag = DAG(
            self.settings.of_account(name),
            schedule=arguments.pop("schedule", schedule),
            tags=tags,
            default_args=default_args,
            **arguments,
        )
        self.made.append(dag)
        return dag


class Factory(Protocol):
    """Makes the DAGs of a file in ``dags/``, for each account, and returns them.

    :param accounts: ids in ``INDICAONLINE_ACCOUNTS``, or one of them, or accounts as this variable has them: ids with
        the settings that differ; by default those of the variable, or the only account
    :param settings: settings of these DAGs that differ from those of the environment: ``{"api_pool": "retail"}``
    :param arguments: arguments of the DAGs in place of ours, such as ``schedule``. ``tags`` and ``default_args`` are
        added to ours.
    """

    __name__: str

    def __call__(
        self,
        accounts: Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> list[DAG]: ...


def for_each_account(make: Callable[[AccountDags], None]) -> Factory:
    """Decorate a function that makes DAGs of one account, so that it makes those of each account."""

    @functools.wraps(make)
    def factory(
        accounts: Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> list[DAG]:
        each = [AccountDags(*_account(id_, own, settings), arguments) for id_, own in _chosen(accounts).items()]
        check_apart([account.settings for account in each])
        for account in each:
            make(account)
        return [dag for account in each for dag in account.made]

    return factory


def _chosen(
    accounts: Iterable[str] | Mapping[str, Mapping[str, Any]] | None,
) -> Mapping[str, Mapping[str, Any] | None]:
    if accounts is None:
        return {settings.account: None for settings in load_accounts()}
    if isinstance(accounts, Mapping):
        return accounts
    return dict.fromkeys([accounts] if isinstance(accounts, str) else accounts)


def _account(
    id_: str, own: Mapping[str, Any] | None, settings: Mapping[str, Any] | None
) -> tuple[Settings, Mapping[str, Any] | None]:
    """Return the settings of an account, and those that its operators cannot read from the environment."""
    # Without own settings, an account is one of the environment: another id is refused here.
    known = load_settings(id_ or None, own)
    differing = None if own is None and not settings else {**(own or {}), **(settings or {})}
    return (load_settings(id_ or None, differing) if settings else known), differing
