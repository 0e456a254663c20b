"""The constraints of versions in the database: nobody writes an overlap, not even the owner of the tables."""

from __future__ import annotations

import psycopg
import pytest

STATE = "INSERT INTO inventory.package_state (package_id, valid_from, valid_to, observed_at)"
PANEL = "INSERT INTO inventory.lab_panel (package_id, valid_from, valid_to, analyte_ids, measurement_codes, potencies)"
BIGGEST = 2**63 - 1
Version = tuple[int, int, int | None]
"""A package, and the days of March on which a version begins and ends."""

OVERLAPPING: dict[str, tuple[Version, ...]] = {
    "two without an end": ((7, 1, None), (7, 5, None)),
    "the same begin": ((7, 1, 5), (7, 1, None)),
    "one inside another": ((7, 1, 9), (7, 3, 4), (7, 9, None)),
    "one across the begin of another": ((7, 1, 4), (7, 3, 9), (7, 9, None)),
    "two that end at once": ((7, 1, 5), (7, 3, 5), (7, 5, None)),
    "one that goes on after a gap": ((7, 1, 3), (7, 5, None)),
    "two chains": ((7, 1, 5), (7, 5, None), (7, 2, 6), (7, 6, None)),
    "the greatest id": ((BIGGEST, 1, None), (BIGGEST, 2, 3), (BIGGEST, 3, None)),
    "an end that is no begin": ((7, 1, 5),),
    "an end before its begin": ((7, 5, 4), (7, 4, None)),
    "an end at its begin": ((7, 5, 5),),
}
APART: dict[str, tuple[Version, ...]] = {
    "one after the other": ((7, 1, 5), (7, 5, 9), (7, 9, None)),
    "of two packages": ((7, 1, None), (8, 1, None)),
    "the later one first": ((7, 5, None), (7, 1, 5)),
}


def write(connection: psycopg.Connection[tuple[object, ...]], table: str, versions: tuple[Version, ...]) -> None:
    """Write versions by hand, and commit."""
    for package, first, last in versions:
        days = [None if day is None else f"2025-03-{day:02} 12:00+00" for day in (first, last)]
        if table == "package_state":
            connection.execute(f"{STATE} VALUES (%s, %s, %s, %s)".encode(), [package, *days, days[0]])
        else:
            connection.execute(f"{PANEL} VALUES (%s, %s, %s, '{{1}}', '{{1}}', '{{20}}')".encode(), [package, *days])
    connection.commit()


@pytest.mark.parametrize("table", ["package_state", "lab_panel"])
@pytest.mark.parametrize("versions", OVERLAPPING.values(), ids=OVERLAPPING.keys())
def test_versions_never_overlap(warehouse_dsn: str, table: str, versions: tuple[Version, ...]) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        with pytest.raises(psycopg.IntegrityError):
            write(connection, table, versions)
        connection.rollback()


@pytest.mark.parametrize("table", ["package_state", "lab_panel"])
@pytest.mark.parametrize("versions", APART.values(), ids=APART.keys())
def test_versions_beside_each_other_are_free(warehouse_dsn: str, table: str, versions: tuple[Version, ...]) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        write(connection, table, versions)
        connection.execute(f"TRUNCATE inventory.{table}".encode())


@pytest.mark.parametrize("arrays", ["'{1,2}', '{1}', '{20}'", "'{1}', '{1,1}', '{20}'", "'{}', '{}', '{20}'"])
def test_the_arrays_of_a_panel_have_one_length(warehouse_dsn: str, arrays: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"{PANEL} VALUES (7, now(), NULL, {arrays})".encode())
        connection.rollback()
