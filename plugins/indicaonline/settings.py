"""Every setting a person would change, in one place: environment variables ``INDICAONLINE_<NAME>``.

What belongs to one account (host, key, paths, page size, request rate) is in its Airflow connection
instead. Read when called, never at import, so that a changed environment needs no new code. What SQL needs of them is
kept in the warehouse too, where it counts: see :mod:`indicaonline.warehouse.kept_settings`.
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
from zoneinfo import ZoneInfo, available_timezones

import msgspec

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

    The text under each field is its meaning: the table of the README and the `settings.env` of `make env` repeat it.
    """

    api_conn_id: str = "indicaonline_default"
    """The connection of the API."""
    warehouse_conn_id: str = "inventory_warehouse"
    """The connection of the warehouse."""
    api_pool: str = "indicaonline_api"
    """The Airflow pool of every task that asks the API."""
    business_time_zone: str = "America/Los_Angeles"
    """Where a business day begins and ends at midnight. Set it before the first run: it says what a day is."""
    office_time_zones: dict[int, str] = {}
    """Time zones of offices that have their own, as JSON: `{"12": "America/Denver"}`. Each of them adds a DAG that
    pulls its offices at midnight there, `inventory_snapshot_daily_America_Denver`."""
    offices_per_task: int = 1
    """How many offices share a task. A few, for accounts with hundreds of offices."""
    snapshot_tolerance_hours: float = 6
    """How long after a business day's end a pull still speaks for it."""
    carry_forward_max_days: int = 7
    """A day whose office had no complete pull in so many days before its end is missing."""
    zero_rows_days: int = 90
    """How many days a product that ran out stays in the snapshots, with quantity 0."""
    update_overlap_minutes: float = 10
    """How far an hourly pull of changes reaches back before the watermark, so that nothing falls between two pulls. At
    least the allowed clock skew.
    """
    max_clock_skew_minutes: float = 10
    """How far the clock of each of the API's servers may be from this machine's before a pull is refused."""
    package_sweep_age_hours: float = 20
    """How old the detail of a package in stock may become before it is looked at again, although nothing tells of a
    change.
    """
    package_requests_per_run: int = 5000
    """At most about so many requests a run of `package_history`; the next run goes on."""
    transfer_window_hours: float = 24
    """How far apart a package may be seen to leave one office and to arrive in another, to count as a transfer."""
    supply_window_days: int = 28
    """Over how many business days, up to yesterday, the rate is taken at which a product depletes."""
    expiring_within_days: int = 90
    """How many days ahead `mart.expiring_stock` looks."""
    discrepancy_thresholds: dict[str, Decimal | None] = {}
    """Thresholds of the [rules of discrepancy](docs/analytics.md#martdiscrepancy) that differ from their defaults, as
    JSON; null switches a rule off: `{"packages_add_up": 0.05, "in_two_offices": null}`.
    """
    metrc_tolerance_share: float = 0.05
    """By how much a quantity in an export from Metrc may differ from the one here, as a share of the greater."""
    freshness_snapshot_hours: float = 30
    """The promise: every listed office is seen whole within so many hours. Else `warehouse_freshness` fails. 0: none.
    """
    freshness_update_hours: float = 3
    """The promise for changes, likewise."""
    alerts: str = ""
    """Where [alerts](docs/operations.md#alerts) about failed runs go, such as `smtp:ops@example.com, webhook:alerts`:
    mail addresses, and ids of HTTP connections.
    """
    max_reads: int = 3
    """How often a list is read when its pages move while they are read."""
    hold_back_share: float = 0.5
    """A pull that would make more than this share of an office's products vanish is held back."""
    unusable_share: float = 0.1
    """A pull of which more than this share of the items cannot be used is incomplete, and its task fails."""
    partitions_ahead: int = 3
    """For how many coming months a migration and the daily maintenance make partitions. Missing ones are made by the
    load that needs them.
    """
    raw_retention_days: int = 730
    """How long raw responses are kept, by whole months: the maintenance drops a month when all of it is older. A
    rebuild reaches back no further.
    """
    snapshot_retention_days: int = 1830
    """How long daily snapshots are kept, likewise. Change logs are kept for ever."""

    def __post_init__(self) -> None:
        zones = available_timezones()
        for zone in (self.business_time_zone, *self.office_time_zones.values()):
            if zone not in zones:
                raise SettingError(f"'{zone}' is not a time zone; use a name such as America/Denver.")
        self.thresholds()
        for name, low in _LOWEST.items():
            if getattr(self, name) < low:
                raise SettingError(f"{PREFIX}{name.upper()} must be {low} or more.")
        if not 0 < self.hold_back_share <= 1:
            raise SettingError(f"{PREFIX}HOLD_BACK_SHARE must be above 0 and at most 1.")
        for name in ("metrc_tolerance_share", "unusable_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingError(f"{PREFIX}{name.upper()} must be from 0 to 1.")

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
        """How long after a business day's end a pull still speaks for it."""
        return dt.timedelta(hours=self.snapshot_tolerance_hours)

    @property
    def package_sweep_age(self) -> dt.timedelta:
        """How old the detail of a package in stock may become before it is looked at again."""
        return dt.timedelta(hours=self.package_sweep_age_hours)

    @property
    def transfer_window(self) -> dt.timedelta:
        """How far apart a package may be seen to leave one office and to arrive in another."""
        return dt.timedelta(hours=self.transfer_window_hours)

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

    @property
    def update_overlap(self) -> dt.timedelta:
        """How far before the watermark an updates pull starts."""
        return dt.timedelta(minutes=self.update_overlap_minutes)

    @property
    def max_clock_skew(self) -> dt.timedelta:
        """How far the API's ``Date`` may be from now before a pull is refused."""
        return dt.timedelta(minutes=self.max_clock_skew_minutes)


_LOWEST = {
    "offices_per_task": 1,
    "snapshot_tolerance_hours": 0,
    "carry_forward_max_days": 1,
    "zero_rows_days": 0,
    "update_overlap_minutes": 0,
    "max_clock_skew_minutes": 0,
    "package_sweep_age_hours": 1,
    "package_requests_per_run": 1,
    "transfer_window_hours": 0,
    "supply_window_days": 1,
    "expiring_within_days": 0,
    "freshness_snapshot_hours": 0,
    "freshness_update_hours": 0,
    "max_reads": 1,
    "partitions_ahead": 0,
    "raw_retention_days": 1,
    "snapshot_retention_days": 1,
}

_JSON = {
    "office_time_zones": '{"12": "America/Denver"}',
    "discrepancy_thresholds": '{"packages_add_up": 0.05, "in_two_offices": null}',
}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as the environment (default: the process's own) gives them; logs a warning about unknown names.

    Raises :class:`~indicaonline.errors.SettingError`, naming the variable, for a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    for warning in unknown_names(environment):
        _warn_once(warning)
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        text = environment.get(PREFIX + field.name.upper(), "").strip()
        if text:
            values[field.name] = _parse(field.name, text)
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, SettingError):
            raise cause from None
        raise SettingError(f"A setting cannot be used: {_variables(str(error))}") from None


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
            hint = f"did you mean {PREFIX}{near[0]}?" if near else "the README lists the settings."
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


def _parse(name: str, text: str) -> object:
    if name not in _JSON:
        return text
    try:
        return msgspec.json.Decoder(float_hook=Decimal).decode(text)
    except msgspec.DecodeError:
        raise SettingError(f"{PREFIX}{name.upper()} must be JSON such as {_JSON[name]}.") from None


def _variables(message: str) -> str:
    """Name the environment variable where msgspec names the field (``$.zero_rows_days``)."""
    return re.sub(r"\$\.(\w+)", lambda match: PREFIX + match[1].upper(), message)
