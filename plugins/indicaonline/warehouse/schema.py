"""Functions and views of the warehouse, each defined in one file of ``include/sql``, compared with a warehouse.

Tables hold data, so Alembic migrates them step by step. Functions and views hold none, so a migration creates or
replaces those whose file differs from the definition in the warehouse.
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
# Dependencies come from the text, because they are needed before the objects exist in the catalogue. A name in a
# comment or a literal is none.
_COMMENT_OR_TEXT = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_NAME = re.compile(r"\b(?:raw|inventory|ops|mart)\.[a-z0-9_]+")


class Definition(msgspec.Struct, frozen=True):
    """A function or view as its file defines it. ``mentions`` are names in it that may be other definitions."""

    name: str
    text: str
    digest: str
    mentions: frozenset[str]


class Difference(msgspec.Struct, frozen=True):
    """The changes of a migration: definitions to create or replace, in order, and names that no file defines."""

    outdated: list[Definition]
    removed: list[str]

    def describe(self) -> list[str]:
        """Return a line for each function or view that would change."""
        return [f"{each.name} would be created or replaced" for each in self.outdated] + [
            f"{name} would be dropped" for name in self.removed
        ]


@functools.cache
def definitions() -> tuple[Definition, ...]:
    """Return every function and view of this release, each after those that it depends on."""
    found = [_definition(f"{folder}/{path.stem}") for folder in FOLDERS for path in (ROOT / folder).glob("*.sql")]
    by_name = {definition.name: definition for definition in found}
    # Sorted, so that the order is the same on every machine: sets of strings have another one in each process.
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
    """Return the SHA-256 of the text of a definition, in hexadecimal."""
    # Not compared with the catalogue: PostgreSQL stores a view parsed, and pg_get_viewdef returns another text.
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def revisions() -> tuple[str, ...]:
    """Return the revisions of the tables, oldest first: folders of SQL files."""
    return tuple(sorted(path.name for path in REVISIONS.iterdir() if path.is_dir()))


def newest_revision() -> str:
    """Return the revision of the tables that this release needs."""
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
    """Compare the functions and views of a warehouse with those of this release."""
    found = dict(connection.execute("SELECT d.name, d.digest FROM ops.definition AS d").fetchall())
    wanted = definitions()
    outdated = [each for each in wanted if found.get(each.name) != each.digest]
    return Difference(outdated, sorted(found.keys() - {each.name for each in wanted}))


def apply_definitions(connection: psycopg.Connection[Any]) -> list[str]:
    """Create, replace and drop functions and views to match this release, inside the caller's transaction.

    Returns the names of those that changed. Grants are kept. Raises
    :class:`psycopg.errors.DependentObjectsStillExist` where an object of somebody else depends on one that has to be
    dropped.
    """
    difference = find_difference(connection)
    pending = {each.name for each in difference.outdated}
    grants: list[str] = []
    for definition in definitions():
        if definition.name in pending and not _replace(connection, definition):
            names = _names(connection, "schema/list_dependents", name=definition.name)
            # Read before the drop, which deletes the grants with the object; CREATE OR REPLACE would keep them.
            grants += _names(connection, "schema/list_grants", names=names)
            _drop(connection, names)
            # Dependents come later in this loop, and are created there.
            pending |= set(names)
            connection.execute(definition.text.encode())
    for grant in grants:
        connection.execute(grant.encode())
    # Last, when nothing that has been replaced depends on them any more.
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
    """Create or replace a function or view; returns False, and changes nothing, where PostgreSQL cannot replace it."""
    # CREATE OR REPLACE refuses other columns of a view and another return type of a function (PostgreSQL manual, CREATE
    # VIEW and CREATE FUNCTION). The savepoint keeps the transaction usable after such an error.
    try:
        with connection.transaction() as savepoint:
            connection.execute(definition.text.encode())
            # Other parameters make an overload beside the old function, without an error.
            if len(_objects(connection, [definition.name])) > 1:
                raise psycopg.Rollback(savepoint)
            return True
    except (psycopg.errors.InvalidTableDefinition, psycopg.errors.InvalidFunctionDefinition):
        pass
    return False


def _drop(connection: psycopg.Connection[Any], names: list[str]) -> None:
    """Drop functions and views."""
    # One statement for each kind: PostgreSQL then sorts out the order among them. Views first: marts call functions.
    objects = _objects(connection, names)
    for kind in ("VIEW", "FUNCTION"):
        if signatures := ", ".join(signature for found, signature in objects if found == kind):
            connection.execute(f"DROP {kind} {signatures}".encode())


def _objects(connection: psycopg.Connection[Any], names: list[str]) -> list[tuple[str, str]]:
    """Return kind and signature of the functions and views with these names in the warehouse."""
    return connection.execute(read_sql("schema/list_objects"), {"names": names}).fetchall()


def _names(connection: psycopg.Connection[Any], statement: str, **parameters: object) -> list[str]:
    return [row[0] for row in connection.execute(read_sql(statement), parameters).fetchall()]
