"""The settings in ``ops.setting``, which SQL reads. They take precedence over the environment of every process.

Three writers exist: the first migration, Airflow's tasks while no day is published, and ``indicaonline settings
--apply``.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from indicaonline.errors import RetriableError, SettingError
from indicaonline.settings import PREFIX, Settings
from indicaonline.warehouse.sql import Connection, fetch_one, read_sql

log = logging.getLogger(__name__)

ACCOUNT = "account"
BUSINESS_ZONE = "business_time_zone"
OFFICE_ZONE = "time_zone."
RULE = "discrepancy."
_NUMBERS = ("carry_forward_max_days", "zero_rows_days", "supply_window_days", "expiring_within_days")
_HOURS = ("snapshot_tolerance", "transfer_window")
_TEMPLATES = ("office_url_template", "product_url_template", "package_url_template")
APPLY = "`indicaonline settings --apply`, run with the environment of Airflow, writes those of the environment"


class Difference(msgspec.Struct, frozen=True):
    """A setting whose value in the environment differs from that in the warehouse; None where one has no value."""

    name: str
    environment: str | None
    warehouse: str | None

    def __str__(self) -> str:
        return f"{variable(self.name)}: {self.environment or 'none'} here, {self.warehouse or 'none'} in the warehouse"


class MovedDays(msgspec.Struct, frozen=True):
    """Published days whose end a change of time zones moves."""

    days: int
    offices: int
    first_day: dt.date | None
    last_day: dt.date | None


def kept_values(settings: Settings) -> dict[str, str]:
    """Return name and value of the rows of ``ops.setting`` for these settings, as text; a duration as an interval."""
    values = {BUSINESS_ZONE: settings.business_time_zone}
    values |= {name: str(getattr(settings, name)) for name in _NUMBERS}
    # With six decimals, as select_settings.sql returns them: differences() compares text.
    values |= {name: f"{getattr(settings, name).total_seconds():f} seconds" for name in _HOURS}
    # Without a template there is no row, and ops.setting() returns NULL.
    values |= {name: text for name in (ACCOUNT, *_TEMPLATES) if (text := getattr(settings, name))}
    for rule, threshold in settings.thresholds().items():
        values[RULE + rule] = "off" if threshold is None else f"{threshold:f}"
    for office_id, zone in settings.office_time_zones.items():
        # By id, without a foreign key: the zone of an office may be set before reference data lists the office.
        values[f"{OFFICE_ZONE}{office_id}"] = zone
    return values


def as_parameters(settings: Settings) -> dict[str, list[str]]:
    """Return :func:`kept_values` as the parameters of the statements that write them."""
    # Two arrays for unnest(), so that one statement writes any number of settings.
    values = kept_values(settings)
    return {"names": list(values), "values": list(values.values())}


def variable(name: str) -> str:
    """Return the environment variable of a name in ``ops.setting``, with the part of it that is meant."""
    if name.startswith(OFFICE_ZONE):
        return f"{PREFIX}OFFICE_TIME_ZONES (office {name.removeprefix(OFFICE_ZONE)})"
    if name.startswith(RULE):
        return f"{PREFIX}DISCREPANCY_THRESHOLDS ({name.removeprefix(RULE)})"
    return PREFIX + name.upper() + ("_HOURS" if name in _HOURS else "")


def read_kept(connection: Connection) -> dict[str, str]:
    """Return name and value of every setting in the warehouse; durations in seconds, whatever unit they have there."""
    return dict(connection.execute(read_sql("settings/select_settings"), {"durations": list(_HOURS)}).fetchall())


def check_account(settings: Settings, kept: Mapping[str, str]) -> None:
    """Raise SettingError for the warehouse of another account."""
    # No table has a key of the account, so nothing could separate the stock of two accounts in one database again. A
    # process without accounts may work in any warehouse: an owner may go back to one account.
    owner = kept.get(ACCOUNT)
    if settings.account and owner and owner != settings.account:
        raise SettingError(
            f"This is the warehouse of account {owner}, not of {settings.account}: set the connection"
            f" '{settings.warehouse_conn_id}', or the DSN, to a database of its own."
        )


def differences(settings: Settings, kept: Mapping[str, str]) -> list[Difference]:
    """Return the settings whose value differs between the environment and the warehouse, by name.

    Raises SettingError for the warehouse of another account.
    """
    check_account(settings, kept)
    values = kept_values(settings)
    names = sorted({*values, *kept} - {ACCOUNT})
    return [Difference(name, values.get(name), kept.get(name)) for name in names if values.get(name) != kept.get(name)]


def with_kept(settings: Settings, kept: Mapping[str, str]) -> Settings:
    """Return the settings, with the warehouse's values where it keeps one."""
    fields: dict[str, Any] = {name: kept[name] for name in (BUSINESS_ZONE, *_NUMBERS) if name in kept}
    for name in _HOURS:
        if name in kept:
            fields[f"{name}_hours"] = float(kept[name].removesuffix(" seconds")) / 3600
    fields |= {name: kept.get(name, "") for name in _TEMPLATES}
    # Both are replaced as a whole: an office without a row in the warehouse has no time zone of its own there.
    fields["office_time_zones"] = _parts(kept, OFFICE_ZONE)
    rules = _parts(kept, RULE)
    fields["discrepancy_thresholds"] = {rule: None if value == "off" else value for rule, value in rules.items()}
    return msgspec.convert({**msgspec.structs.asdict(settings), **fields}, Settings, strict=False)


def settings_in_force(connection: Connection, settings: Settings) -> Settings:
    """Return the settings that a task uses: its own, with the warehouse's values where it keeps one.

    Logs a warning where they differ. Writes nothing.
    """
    kept = read_kept(connection)
    differing = differences(settings, kept)
    if not differing:
        return settings
    words = "; ".join(map(str, differing))
    log.warning("This task works by the settings in the warehouse, which differ from its own. %s. %s.", words, APPLY)
    return with_kept(settings, kept)


def sync_unpublished(connection: Connection, settings: Settings) -> None:
    """Call :func:`sync_settings` if no day is published."""
    # Nothing depends on the values in the warehouse before the first published day. After it, a worker with a stale
    # environment would move the ends of published days.
    if differences(settings, read_kept(connection)) and not _has_published(connection):
        words = "; ".join(map(str, sync_settings(connection, settings)))
        log.info("No day is published yet, so the settings of this process become the warehouse's. %s.", words)


def stored_settings(connection: Connection, settings: Settings) -> Settings:
    """Return the settings, with the warehouse's values where it keeps one. Writes and logs nothing."""
    kept = read_kept(connection)
    check_account(settings, kept)
    return with_kept(settings, kept)


def check_in_force(connection: Connection, settings: Settings) -> None:
    """Raise RetriableError unless the warehouse has the values of these settings."""
    # Python and SQL must compute with the same values. A task has these settings from settings_in_force, so a
    # difference means that somebody has changed them since: a retry reads the new ones.
    if differing := differences(settings, read_kept(connection)):
        words = "; ".join(map(str, differing))
        raise RetriableError(f"The settings in the warehouse are not those that this process works by. {words}.")


def sync_settings(connection: Connection, settings: Settings) -> list[Difference]:
    """Write the settings that differ to the warehouse, and return the differences. Commits."""
    differing = differences(settings, read_kept(connection))
    if differing:
        connection.execute(read_sql("settings/sync_settings"), as_parameters(settings))
    connection.commit()
    return differing


def apply_settings(connection: Connection, settings: Settings, *, may_move_days: bool = False) -> list[Difference]:
    """Call :func:`sync_settings` for a person. A change that moves the end of published days needs ``may_move_days``.

    Raises SettingError, which describes the consequences, where that is missing; nothing is written then.
    """
    moved = count_moved_days(connection, settings)
    if moved is not None and not may_move_days:
        zones = "; ".join(
            str(difference)
            for difference in differences(settings, read_kept(connection))
            if difference.name.startswith((BUSINESS_ZONE, OFFICE_ZONE))
        )
        raise SettingError(f"Nothing was changed. {zones}. {meaning(moved)} To do it, add --move-days.")
    return sync_settings(connection, settings)


def count_moved_days(connection: Connection, settings: Settings) -> MovedDays | None:
    """Count the published days whose end these settings would move; None where there are none."""
    old = read_kept(connection)
    new = kept_values(settings)
    offices = [office_id for (office_id,) in connection.execute(read_sql("settings/select_published_offices"))]
    parameters = {
        "offices": offices,
        "old": [_zone(old, office_id) for office_id in offices],
        "new": [_zone(new, office_id) for office_id in offices],
    }
    moved = fetch_one(connection, MovedDays, "settings/count_moved_days", parameters)
    return moved if moved.days else None


def meaning(moved: MovedDays) -> str:
    """Describe the consequences of moving the end of published days."""
    return (
        f"This moves the end of {moved.days} published days of {moved.offices} offices, {moved.first_day} to"
        f" {moved.last_day}. mart.coverage judges them by their new ends at once. Their rows stay as they are until"
        f" `indicaonline rebuild {moved.first_day}`, or a backfill, publishes them again: a day without a complete pull"
        " in the tolerance after its new end is carried forward then."
    )


def _zone(values: Mapping[str, str], office_id: int) -> str:
    # As in functions/time_zone.sql: the time zone of the office, else the business time zone.
    return values.get(f"{OFFICE_ZONE}{office_id}") or values[BUSINESS_ZONE]


def _parts(kept: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in kept.items() if name.startswith(prefix)}


def _has_published(connection: Connection) -> bool:
    return connection.execute(read_sql("settings/select_published_offices")).fetchone() is not None
