"""Functions and views as files: what a migration replaces, drops and keeps when a file changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from indicaonline.cli import main
from indicaonline.errors import WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse import schema
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.migrate import migrate, pending_changes

EVERYTHING = """
    SELECT n.nspname || '.' || c.relname AS name, pg_get_viewdef(c.oid) AS definition, c.relacl::text AS granted
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND n.nspname IN ('inventory', 'ops', 'mart')
    UNION ALL
    SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proacl::text
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('inventory', 'ops', 'mart') ORDER BY 1
"""
Edit = Callable[..., None]


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Changes the text of definitions, as another release of the files would; None removes one."""
    original = schema.definitions()

    def change(**texts: Callable[[str], str] | None) -> None:
        found = []
        for each in original:
            change = texts.get(each.name.replace(".", "__"), lambda text: text)
            if change is not None:
                text = change(each.text)
                found.append(msgspec.structs.replace(each, text=text, digest=schema.digest_of(text)))
        monkeypatch.setattr(schema, "definitions", lambda: tuple(found))

    return change


def everything(dsn: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(EVERYTHING.encode()).fetchall()


def execute(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def again(dsn: str) -> None:
    migrate(lambda: psycopg.connect(dsn), Settings())


def test_each_comes_after_those_that_it_is_made_of() -> None:
    names = [each.name for each in schema.definitions()]
    assert len(names) == len(set(names)) > 30
    for place, each in enumerate(schema.definitions()):
        assert not each.mentions & set(names[place + 1 :])


def test_a_file_defines_what_its_name_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "read_sql", lambda name: "CREATE OR REPLACE VIEW mart.other AS SELECT 1;")
    with pytest.raises(ValueError, match=r"marts/coverage\.sql has to create"):
        schema._definition("marts/coverage")


def test_a_second_migration_changes_nothing(warehouse_dsn: str) -> None:
    before = everything(warehouse_dsn)
    assert pending_changes(lambda: psycopg.connect(warehouse_dsn)) == []
    again(warehouse_dsn)
    assert everything(warehouse_dsn) == before


def test_a_changed_view_is_replaced_and_others_are_left_alone(warehouse_dsn: str, edit: Edit) -> None:
    edit(
        mart__package_change=lambda text: text.replace(
            "p.name AS product_name\n", "p.name AS product_name,\n    1 AS added\n"
        )
    )
    execute(warehouse_dsn, "CREATE VIEW public.theirs AS SELECT package_id FROM mart.package_change")
    before = {name: rest for name, *rest in everything(warehouse_dsn)}
    again(warehouse_dsn)
    after = {name: rest for name, *rest in everything(warehouse_dsn)}
    assert {name for name in after if after[name] != before[name]} == {"mart.package_change"}


def test_what_postgresql_cannot_replace_is_created_again_with_its_dependents_and_grants(
    warehouse_dsn: str, edit: Edit
) -> None:
    execute(
        warehouse_dsn,
        "GRANT SELECT ON mart.inventory_current TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION inventory.state_as_of(bigint, timestamptz) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION inventory.state_as_of(bigint, timestamptz) TO indicaonline_analyst"
        " WITH GRANT OPTION",
    )
    before = everything(warehouse_dsn)
    edit(
        # Another parameter, which would make a second function beside the first.
        inventory__state_as_of=lambda text: text.replace(
            "until timestamptz)", "until timestamptz, more text DEFAULT '')"
        ).replace(
            "FUNCTION inventory.state_as_of(bigint, timestamptz)",
            "FUNCTION inventory.state_as_of(bigint, timestamptz, text)",
        ),
        # One column fewer.
        mart__lab_result=lambda text: text.replace("    v.event,\n", "").replace(
            "\nCOMMENT ON COLUMN mart.lab_result.event", "\n-- COMMENT"
        ),
    )
    again(warehouse_dsn)
    names = [name for name, *_ in everything(warehouse_dsn)]
    assert "inventory.state_as_of(bigint,timestamp with time zone,text)" in names
    assert "inventory.state_as_of(bigint,timestamp with time zone)" not in names
    edit()
    again(warehouse_dsn)
    assert everything(warehouse_dsn) == before


def test_what_is_in_no_file_any_more_is_dropped(warehouse_dsn: str, edit: Edit) -> None:
    edit(mart__fifo_breach=None, ops__drop_partitions=None)
    assert pending_changes(lambda: psycopg.connect(warehouse_dsn)) == [
        "mart.fifo_breach would be dropped",
        "ops.drop_partitions would be dropped",
    ]
    again(warehouse_dsn)
    assert not {name.partition("(")[0] for name, *_ in everything(warehouse_dsn)} & {
        "mart.fifo_breach",
        "ops.drop_partitions",
    }


def test_a_view_of_somebody_else_is_never_dropped(warehouse_dsn: str, edit: Edit) -> None:
    execute(warehouse_dsn, "CREATE VIEW public.theirs AS SELECT package_id FROM mart.fifo_breach, mart.package_change")
    before = everything(warehouse_dsn)
    edit(mart__fifo_breach=None)
    with pytest.raises(WarehouseError, match=r"view public\.theirs|view theirs depends on view mart\.fifo_breach"):
        again(warehouse_dsn)
    assert everything(warehouse_dsn) == before


def test_a_warehouse_with_views_of_another_release_is_refused(
    warehouse_dsn: str, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(mart__coverage=lambda text: text + "\n")
    with (
        pytest.raises(WarehouseError, match=r"another release \(mart\.coverage would be created or replaced\)"),
        warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()),
    ):
        pass
    assert main(["migrate", "--check", "--dsn", warehouse_dsn]) == 1
    assert capsys.readouterr().out == "mart.coverage would be created or replaced\n"
    assert main(["migrate", "--dsn", warehouse_dsn]) == 0
    assert main(["migrate", "--check", "--dsn", warehouse_dsn]) == 0
