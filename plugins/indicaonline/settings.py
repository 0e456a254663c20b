"""The settings: environment variables ``INDICAONLINE_<NAME>``.

Fields of one account, such as host, key and request rate, are in its Airflow connection: see
:mod:`indicaonline.api.config`. The warehouse keeps the settings that its SQL uses, and its values have precedence: see
:mod:`indicaonline.warehouse.kept_settings`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import logging
import os
import re
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta

from indicaonline.errors import SettingError

log = logging.getLogger(__name__)

PREFIX = "INDICAONLINE_"
NOW = f"{PREFIX}NOW"
DSN = f"{PREFIX}WAREHOUSE_DSN"
# A misspelt variable has no effect, so unknown names are reported. These are known, but no settings.
OTHER_NAMES = (NOW, DSN, f"{PREFIX}HOST", f"{PREFIX}API_KEY", f"{PREFIX}API_EXTRA")
"""The clock of tests, the warehouse of the command line, and variables of docker compose."""

DISCREPANCY_RULES = {
    "packages_add_up": Decimal("0.02"),
    "available_exceeds_checked_in": Decimal(0),
    "negative_quantity": Decimal(0),
    "grew_without_check_in": Decimal(0),
    "outside_available_offices": Decimal(0),
    "in_two_offices": Decimal(0),
}
"""The rules of ``mart.discrepancy``, with their default thresholds."""


class AlertTarget(msgspec.Struct, frozen=True):
    """A target of alerts: way smtp with a mail address, or way webhook with the id of an HTTP connection."""

    way: str
    address: str


_WEB_ADDRESS = re.compile(r"""https?://[^\s{}"'<>\\]+""")
_ADDRESSES = {"smtp": re.compile(r"[^@\s:/]+@[^@\s:/]+"), "webhook": re.compile(r"[\w.-]{1,200}")}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings, with their defaults. Durations carry their unit in the name.

    The checks and their error messages, `settings.env` and docs/configuration.md are derived from this class. The text
    under a field is its description, in Markdown with links relative to docs/.
    """

    # Descriptions are no argument of Meta, because `make env` parses this file before msgspec is installed.

    account: str = ""
    """The one of `INDICAONLINE_ACCOUNTS` to work with, in a shell. Empty: all of them, or the only account."""
    accounts: Annotated[
        dict[str, dict[str, Any]], Meta(extra_json_schema={"allowed": 'JSON such as {"north": {}, "south": {}}'})
    ] = {}
    """[Several accounts](accounts.md) of IndicaOnline, by an id of small letters, digits and underscores, each with the
    settings that differ for it: `{"north": {}, "south": {"business_time_zone": "America/Denver"}}`. Empty: one
    account."""
    api_conn_id: str = "indicaonline_default"
    """The Airflow connection of the API."""
    warehouse_conn_id: str = "inventory_warehouse"
    """The Airflow connection of the warehouse."""
    api_pool: str = "indicaonline_api"
    """The Airflow pool of every task that calls the API."""
    analyst_role: Annotated[
        str,
        Meta(
            pattern=r"^(?!pg_)[a-z_][a-z0-9_]{0,62}$",
            extra_json_schema={"allowed": "small letters, digits and underscores, at most 63, and not pg_..."},
        ),
    ] = "indicaonline_analyst"
    """The role in PostgreSQL that may read `mart` and nothing else. The first migration creates it."""
    business_time_zone: str = "America/Los_Angeles"
    """The time zone in which a business day begins and ends at midnight. Set it before the first run: it defines
    what a day is."""
    office_time_zones: Annotated[
        dict[int, str], Meta(extra_json_schema={"allowed": 'JSON such as {"12": "America/Denver"}'})
    ] = {}
    """Time zones of offices that have their own: `{"12": "America/Denver"}`. Each zone adds a DAG that pulls its
    offices at midnight there, such as `inventory_snapshot_daily_America_Denver`."""
    offices_per_task: Annotated[int, Meta(ge=1)] = 1
    """The number of offices that share a task. Raise it for an account with hundreds of offices."""
    snapshot_tolerance_hours: Annotated[float, Meta(ge=0)] = 6
    """Hours after the end of a business day within which a pull can still close the day."""
    carry_forward_max_days: Annotated[int, Meta(ge=1)] = 7
    """A day is missing if its office had no complete pull in this many days before its end."""
    zero_rows_days: Annotated[int, Meta(ge=0)] = 90
    """Days for which a product that ran out stays in the snapshots, with quantity 0."""
    update_overlap_minutes: Annotated[float, Meta(ge=0)] = 10
    """Minutes by which an hourly pull of changes reaches back before the watermark, so that no change falls between
    two pulls. The allowed clock skew applies if it is longer."""
    max_clock_skew_minutes: Annotated[float, Meta(ge=0)] = 10
    """The largest difference, in minutes, between the clocks of an API server and of this machine. A pull is
    refused beyond it."""
    package_sweep_age_hours: Annotated[float, Meta(ge=1)] = 20
    """Hours after which the details of a package in stock are refreshed even if nothing indicates a change."""
    package_requests_per_run: Annotated[int, Meta(ge=1)] = 5000
    """The approximate limit of requests in a run of `package_history`. The next run continues."""
    package_quantity_refresh: Literal["immediately", "daily"] = "immediately"
    """When a package is refreshed of which an inventory pull saw another quantity and nothing else. `daily`: at most
    once a business day, which [saves requests](operations.md#packages)."""
    package_tasks: Annotated[int, Meta(ge=1, le=64)] = 1
    """The number of tasks of `package_history` that refresh packages together. They share the budget, and the rate of
    the connection."""
    transfer_window_hours: Annotated[float, Meta(ge=0)] = 24
    """The longest time, in hours, between a package leaving one office and arriving in another that counts as a
    transfer."""
    supply_window_days: Annotated[int, Meta(ge=1)] = 28
    """The number of business days, up to yesterday, over which the depletion rate is computed."""
    expiring_within_days: Annotated[int, Meta(ge=0)] = 90
    """Days ahead that `mart.expiring_stock` covers."""
    discrepancy_thresholds: Annotated[
        dict[str, Decimal | None],
        Meta(extra_json_schema={"allowed": 'JSON such as {"packages_add_up": 0.05, "in_two_offices": null}'}),
    ] = {}
    """Thresholds of the [rules of discrepancy](analytics.md#martdiscrepancy) that differ from their defaults:
    `{"packages_add_up": 0.05, "in_two_offices": null}`. null switches a rule off."""
    metrc_tolerance_share: Annotated[float, Meta(ge=0, le=1)] = 0.05
    """The tolerated difference between a quantity in an export from Metrc and the one here, as a share of the
    greater."""
    freshness_snapshot_hours: Annotated[float, Meta(ge=0)] = 30
    """Freshness SLA: every listed office has a complete pull within this many hours. Otherwise
    `warehouse_freshness` fails. 0: no SLA."""
    freshness_update_hours: Annotated[float, Meta(ge=0)] = 3
    """Freshness SLA: a complete pull of changes within this many hours. 0: no SLA."""
    office_url_template: str = ""
    """The address of an office's screen at IndicaOnline, with the placeholder `{office_id}`, such as
    `https://example.com/offices/{office_id}`: `mart.office_url` and links of the page. Empty: no links."""
    product_url_template: str = ""
    """The address of a product's screen, likewise, with the placeholder `{product_id}`."""
    package_url_template: str = ""
    """The address of a package's screen, likewise, with the placeholder `{package_id}`."""
    alerts: str = ""
    """The targets of [alerts](operations.md#alerts) about failed runs, such as `smtp:ops@example.com, webhook:alerts`:
    mail addresses, and ids of HTTP connections. Empty: no alerts."""
    export_url: str = ""
    """Where `export_history` writes the marts as [Parquet](export.md): a folder that the workers share, as an absolute
    path, or a prefix of an object store, such as `s3://connection@bucket/warehouse`. Empty: no export."""
    max_reads: Annotated[int, Meta(ge=1)] = 3
    """The number of times that a list is read if its pages move during the read."""
    hold_back_share: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """A pull is held back if more than this share of an office's products would vanish."""
    unusable_share: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """A pull is incomplete, and its task fails, if more than this share of its items cannot be used."""
    partitions_ahead: Annotated[int, Meta(ge=0)] = 3
    """The number of coming months for which a migration and the daily maintenance create partitions. A load creates
    those that it needs."""
    raw_retention_days: Annotated[int, Meta(ge=1)] = 730
    """Days for which raw responses are kept. The maintenance drops a month when all of it is older. A rebuild
    reaches back no further."""
    snapshot_retention_days: Annotated[int, Meta(ge=1)] = 1830
    """Days for which daily snapshots are kept, likewise. Change logs are kept forever."""

    def __post_init__(self) -> None:
        # Checked here, so that a misspelt zone fails when the settings are read, and not at the end of a day.
        zones = available_timezones()
        for zone in (self.business_time_zone, *self.office_time_zones.values()):
            if zone not in zones:
                raise SettingError(f"'{zone}' is not a time zone; use a name such as America/Denver.")
        self.thresholds()
        self._check_url_templates()
        self.alert_targets()

    def _check_url_templates(self) -> None:
        # Links are made from them, so only addresses of the web: javascript: in a link would run in the browser.
        for thing in ("office", "product", "package"):
            template: str = getattr(self, f"{thing}_url_template")
            placeholder = f"{{{thing}_id}}"
            address = template.replace(placeholder, "0")
            if template and (address == template or not _WEB_ADDRESS.fullmatch(address)):
                raise SettingError(
                    f"{PREFIX}{thing.upper()}_URL_TEMPLATE must begin with https:// or http://, and hold the"
                    f" placeholder {placeholder} and no other."
                )

    def alert_targets(self) -> list[AlertTarget]:
        """Return the targets of alerts. Raises SettingError for an entry that is none."""
        targets = []
        for number, text in enumerate(filter(None, map(str.strip, self.alerts.split(","))), start=1):
            way, _, address = text.partition(":")
            if way not in _ADDRESSES or not _ADDRESSES[way].fullmatch(address):
                # The entry is not quoted: a webhook's URL pasted here by mistake is a secret.
                raise SettingError(
                    f"{PREFIX}ALERTS: its entry {number} must be smtp:<mail address>, or webhook:<connection id> of an"
                    " HTTP connection. Secrets and URLs belong into the connection."
                )
            targets.append(AlertTarget(way, address))
        return targets

    def of_account(self, name: str) -> str:
        """:func:`of_account`, for this account."""
        return of_account(self.account, name)

    def zone(self, office_id: int | None = None) -> ZoneInfo:
        """Return the time zone of an office: its own one, or the business time zone."""
        own = None if office_id is None else self.office_time_zones.get(office_id)
        return ZoneInfo(own or self.business_time_zone)

    @property
    def time_zones(self) -> list[str]:
        """The time zones of all offices: the business time zone, then the others by name."""
        own = set(self.office_time_zones.values()) - {self.business_time_zone}
        return [self.business_time_zone, *sorted(own)]

    @property
    def snapshot_tolerance(self) -> dt.timedelta:
        """``snapshot_tolerance_hours`` as a span of time."""
        return dt.timedelta(hours=self.snapshot_tolerance_hours)

    @property
    def package_sweep_age(self) -> dt.timedelta:
        """``package_sweep_age_hours`` as a span of time."""
        return dt.timedelta(hours=self.package_sweep_age_hours)

    @property
    def transfer_window(self) -> dt.timedelta:
        """``transfer_window_hours`` as a span of time."""
        return dt.timedelta(hours=self.transfer_window_hours)

    @property
    def update_overlap(self) -> dt.timedelta:
        """``update_overlap_minutes`` as a span of time."""
        return dt.timedelta(minutes=self.update_overlap_minutes)

    @property
    def max_clock_skew(self) -> dt.timedelta:
        """``max_clock_skew_minutes`` as a span of time."""
        return dt.timedelta(minutes=self.max_clock_skew_minutes)

    def thresholds(self) -> dict[str, Decimal | None]:
        """Return the threshold of each rule of ``mart.discrepancy``; None for a rule that is switched off."""
        # A share for packages_add_up and available_exceeds_checked_in, else in the unit of the quantity.
        variable = f"{PREFIX}DISCREPANCY_THRESHOLDS"
        for rule, threshold in self.discrepancy_thresholds.items():
            if rule not in DISCREPANCY_RULES:
                known = ", ".join(DISCREPANCY_RULES)
                raise SettingError(f"{variable} names the rule {rule!r}, which does not exist; there are {known}.")
            if threshold is not None and not (threshold.is_finite() and threshold >= 0):
                raise SettingError(f"{variable}: {rule} must be 0 or more, or null to switch the rule off.")
        return {**DISCREPANCY_RULES, **self.discrepancy_thresholds}


def of_account(account: str, name: str) -> str:
    """Return a name that no other account has, of a DAG or an asset. With one account, whose id is empty: the name."""
    return f"{account}__{name}" if account else name


def fixed_now() -> dt.datetime | None:
    """Return the instant (UTC) in ``INDICAONLINE_NOW``; None if it is not set.

    Raises :class:`~indicaonline.errors.SettingError` for anything but an ISO instant with an offset.
    """
    text = os.environ.get(NOW, "").strip()
    if not text:
        return None
    instant = None
    with contextlib.suppress(ValueError):
        instant = dt.datetime.fromisoformat(text)
    if instant is None or instant.tzinfo is None:
        raise SettingError(f"{NOW} must be an ISO instant with an offset, such as 2026-03-08T09:30:00Z.")
    warn_once(f"{NOW} is set: {text} is used as the current time.")
    return instant.astimezone(dt.UTC)


def now() -> dt.datetime:
    """Return the current time (UTC), or the instant in ``INDICAONLINE_NOW`` (for tests and demos)."""
    # observed_at is the server's time where the API sends one. This clock decides which days can still be pulled.
    return fixed_now() or dt.datetime.now(dt.UTC)


def to_utc(instant: dt.datetime) -> dt.datetime:
    """Return the same instant as a standard datetime in UTC."""
    # Not astimezone(), which returns a pendulum.DateTime for one of Airflow's. The difference of two of those is a
    # pendulum.Interval, with arithmetic of its own.
    return dt.datetime.fromtimestamp(instant.timestamp(), dt.UTC)


@functools.cache
def warn_once(text: str) -> None:
    """Log a warning once in a process, which reads the settings many times."""
    log.warning("%s", text)
