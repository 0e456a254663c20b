"""The constraints of versions in the database."""

from __future__ import annotations

import psycopg
import pytest

STATE = "INSERT INTO inventory.package_state (package_id, valid_from, valid_to, observed_at, pull_id, product_id)"
LAB = "INSERT INTO inventory.lab_version (package_id, analyte_id, measurement_code, valid_from, valid_to, event,"
LAB += " pull_id, product_id)"
BIGGEST = 2**63 - 1


def state(package: int, first: int, last: int | None) -> tuple[str, list[object]]:
    """A version of a package, from a day of March to another."""
    return f"{STATE} VALUES (%s, %s, %s, %s, 1, 1)", [package, day(first), day(last), day(first)]


def result(package: int, analyte: int, code: int | None, first: int, last: int | None) -> tuple[str, list[object]]:
    """A version of a lab result, from a day of March to another."""
    values = [package, analyte, code, day(first), day(last)]
    return f"{LAB} VALUES (%s, %s, %s, %s, %s, 'first_seen', 1, 1)", values


def day(number: int | None) -> str | None:
    """A day of March."""
    return None if number is None else f"2025-03-{number:02} 12:00+00"


OVERLAPPING = {
    "an open one": (state(7, 1, None), state(7, 5, None)),
    "one inside another": (state(7, 1, 9), state(7, 3, 4)),
    "the greatest id": (state(BIGGEST, 1, None), state(BIGGEST, 2, 3)),
    "a result": (result(7, 1, 1, 1, None), result(7, 1, 1, 2, None)),
    "a result without a code": (result(7, 1, None, 1, 5), result(7, 1, None, 4, None)),
    "a result of the greatest ids": (result(BIGGEST, BIGGEST, BIGGEST, 1, 5), result(BIGGEST, BIGGEST, BIGGEST, 4, 6)),
}
APART = {
    "one after the other": (state(7, 1, 5), state(7, 5, None)),
    "of two packages": (state(7, 1, None), state(8, 1, None)),
    "results of two codes": (result(7, 1, 1, 1, None), result(7, 1, None, 1, None)),
    "results of two analytes": (result(7, 1, 1, 1, None), result(7, 2, 1, 1, None)),
}


@pytest.mark.parametrize("pair", OVERLAPPING.values(), ids=OVERLAPPING.keys())
def test_no_two_versions_overlap(warehouse_dsn: str, pair: tuple[tuple[str, list[object]], ...]) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        first, second = pair
        connection.execute(first[0].encode(), first[1])
        with pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute(second[0].encode(), second[1])
        connection.rollback()


@pytest.mark.parametrize("pair", APART.values(), ids=APART.keys())
def test_versions_beside_each_other_are_free(warehouse_dsn: str, pair: tuple[tuple[str, list[object]], ...]) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        for statement, values in pair:
            connection.execute(statement.encode(), values)


@pytest.mark.parametrize("version", [state(7, 5, 5), state(7, 5, 4), result(7, 1, 1, 5, 4)])
def test_a_version_ends_after_it_has_begun(warehouse_dsn: str, version: tuple[str, list[object]]) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        with pytest.raises(psycopg.Error):
            connection.execute(version[0].encode(), version[1])
        connection.rollback()
