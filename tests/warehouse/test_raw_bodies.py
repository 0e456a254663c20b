"""Raw stores a body once, or its difference to an earlier one; each is restored byte for byte."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indicaonline.errors import SettingError
from indicaonline.jobs.maintenance import maintain
from indicaonline.records import RawResponse
from indicaonline.settings import Settings
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.responses import ResponseOf, StoredBody, copy_responses, difference, stored_body
from indicaonline.warehouse.staging import ensure_partitions
from received import received

NOON = dt.datetime(2025, 3, 10, 12, tzinfo=dt.UTC)
Connect = Callable[[], psycopg.Connection[Any]]


@pytest.fixture
def connect(warehouse_dsn: str) -> Connect:
    with psycopg.connect(warehouse_dsn) as connection:
        ensure_partitions(connection, NOON, NOON + dt.timedelta(days=30))
    return lambda: psycopg.connect(warehouse_dsn)


def of(kind: Any, number: int = 7) -> PullRequest:
    """The request of a pull."""
    ids: dict[str, Any] = {"office": {"office_id": number}, "package": {"product_id": number, "package_id": 70}}
    return PullRequest(kind=kind, started_at=NOON, **ids.get(kind, {"product_id": number}))


def answer(pull: int, request: PullRequest, body: bytes, at: dt.datetime = NOON, **others: Any) -> ResponseOf:
    """A response to the one request of a pull."""
    fields: dict[str, Any] = {"path": f"/{request}", "parameters": {"limit": "500"}, "status": 200, "page": 1} | others
    return ResponseOf(pull, request, 1, RawResponse(1, fields["page"], at, at, True, fields["path"],
                      fields["parameters"], fields["status"], body))  # fmt: skip


def listed(*quantities: int) -> bytes:
    """The list of a product's packages, as the API renders it."""
    labs = [{"id": number, "measurement": 1, "potency": number / 7} for number in range(15)]
    return json.dumps(
        {"items": [{"id": number, "uid": f"1A4{number:021}", "available_quantity": {"unit": quantity},
                    "lab_results": labs} for number, quantity in enumerate(quantities)]}
    ).encode()  # fmt: skip


def bodies(connection: psycopg.Connection[Any]) -> dict[int, bytes]:
    """The bodies that raw restores, by pull."""
    return {each.pull_id: each.body for each in received(connection)}


def stored(connection: psycopg.Connection[Any]) -> dict[int, int | None]:
    """The number of bytes that raw stores of each body, by pull; None where it only refers to another."""
    return dict(connection.execute("SELECT pull_id, octet_length(body) FROM raw.response").fetchall())


edits = st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 3000), st.binary(max_size=300)), max_size=6)


@given(st.binary(max_size=300), st.integers(0, 300), edits)
@example(b"", 0, [])
@example(bytes(range(256)), 200, [(40_000, 0, bytes(range(256)) * 70)])
@example(bytes(range(256)), 20_000, [(2_000_000, 3000, b"x")])
def test_a_difference_restores_the_body(text: bytes, times: int, changes: list[tuple[int, int, bytes]]) -> None:
    base = body = text * times
    for place, length, inserted in changes:
        body = body[:place] + inserted + body[place + length :]
    for one, other in ((body, base), (base, body), (body, b"")):
        assert StoredBody(base_id=1, stored=difference(one, other), base=other).body == one


@pytest.fixture
def session(connect: Connect) -> Any:
    """One session for all examples, which write nothing."""
    with connect() as connection:
        yield connection


lists = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=30), min_size=1, max_size=30)


@given(lists)
def test_every_body_is_returned_as_it_was_received(session: psycopg.Connection[Any], lives: list[list[int]]) -> None:
    connection = session
    expected = {}
    for number, quantities in enumerate(lives):
        kind = "package" if number % 5 == 4 else "packages"
        body = listed(quantities[0]) if kind == "package" else listed(*quantities)
        expected[number] = body
        copy_responses(connection, [answer(number, of(kind), body)])
    assert bodies(connection) == expected
    connection.rollback()


def test_a_list_that_changes_little_is_stored_as_its_difference(connect: Connect) -> None:
    with connect() as connection:
        for number in range(40):
            copy_responses(connection, [answer(number, of("packages"), listed(*[5] * 20, number))])
        copy_responses(connection, [answer(40, of("package"), listed(3), path="/packages/70", parameters={})])
        sizes = stored(connection)
        assert sizes[0] == len(listed(*[5] * 20, 0))
        assert all(0 < (sizes[number] or 0) < sizes[0] / 40 for number in range(1, 40))
        assert (sizes[40] or 0) < len(listed(3)) / 2
        requests = connection.execute("SELECT path, parameters FROM raw.response ORDER BY response_id").fetchall()
        first = ("/packages of product 7", {"limit": "500"})
        assert requests == [first, *[(None, None)] * 39, ("/packages/70", {})]


def test_a_list_that_has_changed_much_is_the_next_base(connect: Connect) -> None:
    def part(of: int) -> str:
        return f"{pow(7, of + 1000, 2**127 - 1):x}"

    with connect() as connection:
        expected = {}
        for number in range(40):
            # One part of forty is new each time.
            expected[number] = " ".join(map(part, range(number, number + 40))).encode()
            copy_responses(connection, [answer(number, of("packages"), expected[number])])
        based = dict(connection.execute("SELECT pull_id, base_id IS NOT NULL FROM raw.response").fetchall())
        whole = [number for number, is_based in based.items() if not is_based]
        assert 10 <= len(whole) <= 20
        assert {later - earlier for earlier, later in itertools.pairwise(whole)} <= {2, 3, 4}
        assert bodies(connection) == expected


@pytest.mark.parametrize("kind", ["office", "packages", "product"])
def test_equal_bodies_are_stored_once(connect: Connect, kind: str) -> None:
    with connect() as connection:
        copy_responses(connection, [answer(1, of(kind), b"the same"), answer(2, of(kind, 8), b"the same")])
        copy_responses(connection, [answer(3, of(kind), b"the same"), answer(4, of(kind), b"the same", page=2)])
        copy_responses(connection, [answer(5, of(kind), b"another!"), answer(6, of(kind), b"the same", status=500)])
        assert stored(connection) == {1: 8, 2: 8, 3: None, 4: 8, 5: 8, 6: 8}
        assert bodies(connection) == dict.fromkeys((1, 2, 3, 4, 6), b"the same") | {5: b"another!"}


def test_an_error_is_the_base_of_nothing(connect: Connect) -> None:
    with connect() as connection:
        copy_responses(connection, [answer(1, of("office"), b"out of order", status=503)])
        copy_responses(connection, [answer(2, of("office"), b"out of order", status=503)])
        assert stored(connection) == {1: 12, 2: 12}


def test_retention_keeps_what_later_months_need(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    april = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    with connect() as connection:
        for number, at in enumerate((NOON, NOON, april - dt.timedelta(seconds=1), april, april)):
            copy_responses(connection, [answer(number, of("packages"), listed(5, 5, number % 2), at)])
        sizes = stored(connection)
        assert sizes[3] == sizes[0], "a month needs no other month"
    monkeypatch.setenv("INDICAONLINE_NOW", "2025-05-01T12:00:00Z")
    assert maintain(connect, Settings(raw_retention_days=30)).raw_months >= 1
    with connect() as connection:
        assert bodies(connection) == {3: listed(5, 5, 1), 4: listed(5, 5, 0)}


def test_two_sessions_that_store_equal_bodies_do_not_wait(connect: Connect) -> None:
    with connect() as one, connect() as other:
        other.execute("SET lock_timeout = '1ms'")
        for number, connection in enumerate((one, other)):
            copy_responses(connection, [answer(number, of("packages"), listed(1, 2, 3))])
        other.commit()
        one.commit()
        copy_responses(one, [answer(2, of("packages"), listed(1, 2, 3))])
        assert bodies(one) == dict.fromkeys(range(3), listed(1, 2, 3))
        assert stored(one)[2] is None


def test_a_response_whose_base_was_deleted_is_an_error_that_names_it(connect: Connect) -> None:
    with connect() as connection:
        for number in range(2):
            copy_responses(connection, [answer(number, of("packages"), listed(5, 5, number))])
        ((base, based),) = connection.execute("SELECT min(response_id), max(response_id) FROM raw.response").fetchall()
        assert stored_body(connection, based) == listed(5, 5, 1)
        connection.execute("DELETE FROM raw.response WHERE response_id = %s", [base])
        with pytest.raises(SettingError, match=f"Raw no longer has response {base}"):
            stored_body(connection, based)
        with pytest.raises(SettingError, match=f"Raw has no response {base}"):
            stored_body(connection, base)
