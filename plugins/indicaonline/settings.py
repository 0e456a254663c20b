"""The settings: environment variables ``INDICAONLINE_<NAME>``, read when called and never at import.

What belongs to one account (host, key, paths, page size, request rate) is in its Airflow connection: see
:mod:`indicaonline.api.config`. What SQL needs is kept in the warehouse too, and counts there: see
:mod:`indicaonline.warehouse.kept_settings`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import functools
import logging
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta

from indicaonline.declaration import convert, fields_of
from indicaonline.errors import SettingError

log = logging.getLogger(__name__)

PREFIX = "INDICAONLINE_"
NOW = f"{PREFIX}NOW"
DSN = f"{PREFIX}WAREHOUSE_DSN"
OTHER_NAMES = (NOW, DSN, f"{PREFIX}HOST", f"{PREFIX}API_KEY", f"{PREFIX}API_EXTRA")
"""Variables that are no settings: the clock of tests, the command line's warehouse, and what docker compose reads."""

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
    """Where alerts go: the way is smtp, with a mail address, or webhook, with the id of an HTTP connection."""

    way: str
    address: str


_ADDRESSES = {"smtp": re.compile(r"[^@\s:/]+@[^@\s:/]+"), "webhook": re.compile(r"[\w.-]{1,200}")}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings, with their defaults. Durations carry their unit in the name.

    The one declaration of them: the checks and their error messages, `settings.env` and docs/configuration.md are
    derived from it. The text under a field is its description, in Markdown with links as seen from docs/. It is no
    argument of Meta, because `make env` reads it with any Python, before msgspec is installed.
    """

    api_conn_id: str = "indicaonline_default"
    """The Airflow connection of the API."""
    warehouse_conn_id: str = "inventory_warehouse"
    """The Airflow connection of the warehouse."""
    api_pool: str = "indicaonline_api"
    """The Airflow pool of every task that calls the API."""
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
    """Freshness SLA of the pulls of changes, likewise."""
    alerts: str = ""
    """Where [alerts](operations.md#alerts) about failed runs go, such as `smtp:ops@example.com, webhook:alerts`:
    mail addresses, and ids of HTTP connections."""
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
        zones = available_timezones()
        for zone in (self.business_time_zone, *self.office_time_zones.values()):
            if zone not in zones:
                raise SettingError(f"'{zone}' is not a time zone; use a name such as America/Denver.")
        self.thresholds()
        self.alert_targets()

    def alert_targets(self) -> list[AlertTarget]:
        """Where alerts go: each a way and an address. Raises SettingError for what is neither, and shows only the way.

        What stands in the variable by mistake might be a secret: it is never repeated.
        """
        targets = []
        for number, text in enumerate(filter(None, map(str.strip, self.alerts.split(","))), start=1):
            way, _, address = text.partition(":")
            if way not in _ADDRESSES or not _ADDRESSES[way].fullmatch(address):
                raise SettingError(
                    f"{PREFIX}ALERTS: its entry {number} must be smtp:<mail address>, or webhook:<connection id> of an"
                    " HTTP connection. Secrets and URLs belong into the connection."
                )
            targets.append(AlertTarget(way, address))
        return targets

    def zone(self, office_id: int | None = None) -> ZoneInfo:
        """The time zone of an office's business day; the business time zone where it has none of its own."""
        own = None if office_id is None else self.office_time_zones.get(office_id)
        return ZoneInfo(own or self.business_time_zone)

    @property
    def time_zones(self) -> list[str]:
        """Every time zone in which business days end: the business time zone, then those of offices, by name."""
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
        """The threshold of each rule of ``mart.discrepancy``, defaults included; None where it is switched off.

        A share for ``packages_add_up`` and ``available_exceeds_checked_in``, otherwise in the unit of what is compared.
        """
        variable = f"{PREFIX}DISCREPANCY_THRESHOLDS"
        for rule, threshold in self.discrepancy_thresholds.items():
            if rule not in DISCREPANCY_RULES:
                known = ", ".join(DISCREPANCY_RULES)
                raise SettingError(f"{variable} names the rule {rule!r}, which does not exist; there are {known}.")
            if threshold is not None and not (threshold.is_finite() and threshold >= 0):
                raise SettingError(f"{variable}: {rule} must be 0 or more, or null to switch the rule off.")
        return {**DISCREPANCY_RULES, **self.discrepancy_thresholds}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as the environment (default: the process's own) gives them; logs a warning about unknown names.

    Raises :class:`~indicaonline.errors.SettingError`, naming the variable, for a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    for warning in unknown_names(environment):
        _warn_once(warning)
    given = {name: environment.get(environment_variable(name), "").strip() for name in Settings.__struct_fields__}
    return convert({name: _parsed(name, text) for name, text in given.items() if text}, Settings, environment_variable)


def environment_variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable ``INDICAONLINE_...`` that nothing reads, with the nearest name that something does.

    The values are not shown: one of them may be a secret under a misspelt name.
    """
    known = [*map(str.upper, Settings.__struct_fields__), *(name.removeprefix(PREFIX) for name in OTHER_NAMES)]
    sentences = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in known:
            # Without the prefix, which would make any two names alike.
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = f"did you mean {PREFIX}{near[0]}?" if near else "docs/configuration.md lists the settings."
            sentences.append(f"{name} is not a setting and has no effect: {hint}")
    return sentences


def fixed_now(environment: Mapping[str, str] | None = None) -> dt.datetime | None:
    """The instant (UTC) in ``INDICAONLINE_NOW``; None where the system's clock rules.

    Raises :class:`~indicaonline.errors.SettingError` for anything but an ISO instant with an offset.
    """
    text = (os.environ if environment is None else environment).get(NOW, "").strip()
    if not text:
        return None
    instant = None
    with contextlib.suppress(ValueError):
        instant = dt.datetime.fromisoformat(text)
    if instant is None or instant.tzinfo is None:
        raise SettingError(f"{NOW} must be an ISO instant with an offset, such as 2026-03-08T09:30:00Z.")
    _warn_once(f"{NOW} is set: now is taken to be {text}.")
    return instant.astimezone(dt.UTC)


def now(environment: Mapping[str, str] | None = None) -> dt.datetime:
    """The one clock (UTC): the system's, or the instant in ``INDICAONLINE_NOW`` (for tests and demos).

    It decides what may still be pulled; it is never stored where the API sent its own time.
    """
    return fixed_now(environment) or dt.datetime.now(dt.UTC)


def plain(instant: dt.datetime) -> dt.datetime:
    """The same instant as a plain datetime in UTC: Airflow's own kind does not compare with plain spans of time."""
    return dt.datetime.fromtimestamp(instant.timestamp(), dt.UTC)


@functools.cache
def _warn_once(text: str) -> None:
    """Once per text and process: settings are read many times in one."""
    log.warning("%s", text)


def _parsed(name: str, text: str) -> object:
    """The JSON of a setting that is a mapping; the check refuses a text that is none."""
    if fields_of(Settings)[name].schema["type"] == "object":
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.Decoder(float_hook=Decimal).decode(text)
    return text
