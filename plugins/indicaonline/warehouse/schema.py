"""Functions and views of the warehouse, each defined in one file of ``include/sql``, and whether a warehouse has them.

Tables hold data, so Alembic migrates them step by step. Functions and views hold none: a migration creates those again
whose file differs from what the warehouse has.
"""

from __future__ import annotations

import functools
import hashlib
import re
from graphlib import TopologicalSorter
from typing import Any

import msgspec
import psycopg

from indicaonline.errors import WarehouseError
from indicaonline.warehouse.sql import ROOT, read_sql

FOLDERS = ("functions", "views", "marts")
REVISIONS = ROOT / "migrations"

_CREATED = re.compile(r"^CREATE OR REPLACE (?:VIEW|FUNCTION) ([a-z_]+\.[a-z0-9_]+)", re.MULTILINE)
_COMMENT_OR_TEXT = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_NAME = re.compile(r"\b(?:raw|inventory|ops|mart)\.[a-z0-9_]+")


class Definition(msgspec.Struct, frozen=True):
    """A function or view as its file defines it. ``mentions`` are the names in it that may be other definitions."""

    name: str
    text: str
    digest: str
    mentions: frozenset[str]


class Difference(msgspec.Struct, frozen=True):
    """What a migration would change: definitions to create or replace, in order, and names that are in no file."""

    outdated: list[Definition]
    removed: list[str]

    def describe(self) -> list[str]:
        """One line for each function or view that would change."""
        return [f"{each.name} would be created or replaced" for each in self.outdated] + [
            f"{name} would be dropped" for name in self.removed
        ]


@functools.cache
def definitions() -> tuple[Definition, ...]:
    """Every function and view of this release, each after those that it is made of."""
    found = [_definition(f"{folder}/{path.stem}") for folder in FOLDERS for path in (ROOT / folder).glob("*.sql")]
    by_name = {definition.name: definition for definition in found}
    needs = {each.name: sorted(each.mentions & by_name.keys() - {each.name}) for each in found}
    return tuple(by_name[name] for name in TopologicalSorter(dict(sorted(needs.items()))).static_order())


def _definition(name: str) -> Definition:
    text = read_sql(name)
    created = _CREATED.search(text)
    if created is None or created[1].rpartition(".")[2] != name.rpartition("/")[2]:
        raise ValueError(f"{name}.sql has to create the function or view that its name says.")
    mentions = frozenset(_NAME.findall(_COMMENT_OR_TEXT.sub("", text)))
    return Definition(created[1], text, digest_of(text), mentions)


def digest_of(text: str) -> str:
    """By what a definition is known to differ: SHA-256 of its text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def revisions() -> tuple[str, ...]:
    """The revisions of the tables, the oldest first: folders of SQL files."""
    return tuple(sorted(path.name for path in REVISIONS.iterdir() if path.is_dir()))


def newest_revision() -> str:
    """The revision of the tables that this release needs."""
    return revisions()[-1]


def check_schema(connection: psycopg.Connection[Any]) -> None:
    """Raise :class:`~indicaonline.errors.WarehouseError` unless the warehouse has the schema of this release."""
    try:
        found = connection.execute("SELECT version_num FROM ops.migration").fetchone()
        difference = find_difference(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise WarehouseError("The warehouse is not migrated: run `make migrate`.") from None
    revision, needed = found[0] if found else "nothing", newest_revision()
    if found and revision not in revisions():
        raise WarehouseError(
            f"The warehouse is at revision {revision}, which this release does not know: a newer release has migrated"
            " it. Install that one here."
        )
    if revision != needed:
        raise WarehouseError(
            f"The warehouse is at revision {revision}, this release needs {needed}: run `make migrate` with this"
            " release."
        )
    if difference.outdated or difference.removed:
        raise WarehouseError(
            f"The warehouse has functions or views of another release ({difference.describe()[0]}): run `make migrate`"
            " with this release."
        )


def find_difference(connection: psycopg.Connection[Any]) -> Difference:
    """How the functions and views of a warehouse differ from those of this release."""
    found = dict(connection.execute("SELECT d.name, d.digest FROM ops.definition AS d").fetchall())
    wanted = definitions()
    outdated = [each for each in wanted if found.get(each.name) != each.digest]
    return Difference(outdated, sorted(found.keys() - {each.name for each in wanted}))


def apply_definitions(connection: psycopg.Connection[Any]) -> list[str]:
    """Create, replace and drop functions and views until they are those of this release.

    Runs inside the caller's transaction. Returns the names of those that were touched. Grants are kept. Raises
    :class:`psycopg.errors.DependentObjectsStillExist` where an object of somebody else is made of one that has to be
    dropped.
    """
    difference = find_difference(connection)
    pending = {each.name for each in difference.outdated}
    grants: list[str] = []
    for definition in definitions():
        if definition.name in pending and not _replace(connection, definition):
            names = _names(connection, "schema/list_dependents", name=definition.name)
            grants += _names(connection, "schema/list_grants", names=names)
            _drop(connection, names)
            pending |= set(names)
            connection.execute(definition.text.encode())
    for grant in grants:
        connection.execute(grant.encode())
    _drop(connection, difference.removed)
    touched = [each for each in definitions() if each.name in pending]
    connection.execute(
        read_sql("schema/upsert_definitions"),
        {
            "names": [each.name for each in touched],
            "digests": [each.digest for each in touched],
            "removed": difference.removed,
        },
    )
    return [*(each.name for each in touched), *difference.removed]


def _replace(connection: psycopg.Connection[Any], definition: Definition) -> bool:
    """Create or replace a function or view; returns False, having done nothing, where PostgreSQL cannot replace it.

    It refuses other columns of a view, and another return type of a function. For other parameters of a function it
    would keep both.
    """
    try:
        with connection.transaction() as savepoint:
            connection.execute(definition.text.encode())
            if len(_objects(connection, [definition.name])) > 1:
                raise psycopg.Rollback(savepoint)
            return True
    except (psycopg.errors.InvalidTableDefinition, psycopg.errors.InvalidFunctionDefinition):
        pass
    return False


def _drop(connection: psycopg.Connection[Any], names: list[str]) -> None:
    """Drop functions and views: all views in one statement, which then need no order, and so all functions."""
    objects = _objects(connection, names)
    for kind in ("VIEW", "FUNCTION"):
        if signatures := ", ".join(signature for found, signature in objects if found == kind):
            connection.execute(f"DROP {kind} {signatures}".encode())


def _objects(connection: psycopg.Connection[Any], names: list[str]) -> list[tuple[str, str]]:
    """Kind and signature of the functions and views of some names that the warehouse has."""
    return connection.execute(read_sql("schema/list_objects"), {"names": names}).fetchall()


def _names(connection: psycopg.Connection[Any], statement: str, **parameters: object) -> list[str]:
    return [row[0] for row in connection.execute(read_sql(statement), parameters).fetchall()]
