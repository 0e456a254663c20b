"""Reading whole lists from pages that move: never a wrong "complete", never a loop."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicaonline.api.decoding import INVENTORY, NAMES, Shape
from indicaonline.api.reading import Reading, unix_time
from indicaonline.errors import ClockSkewError, RetriableError, SkipParameterIgnoredError
from indicaonline.records import Page, RawResponse

AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
Answer = Callable[[int, int], Any]


class Table:
    """Stands in for the transport: serves rows from a list, which a test may move between two requests."""

    def __init__(self, rows: list[int], *, cap: int = 500, total: object = "right", bare: bool = False) -> None:
        self.rows = rows
        self.cap = cap
        self.total = total
        self.bare = bare
        self.obeys_skip = True
        self.before: Answer = lambda request, offset: None
        self.requests: list[int] = []
        self.flying = self.most = 0
        self.delay: Callable[[], float] = lambda: 0

    async def get(self, request: Any, read: Any, record: Any) -> Any:
        offset = int(request.parameters["offset"]) if self.obeys_skip else 0
        limit = min(int(request.parameters["limit"]), self.cap)
        self.requests.append(offset)
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(self.delay())
            self.before(len(self.requests), offset)
            body = self.body(offset, limit)
        finally:
            self.flying -= 1
        at = AT + dt.timedelta(seconds=len(self.requests))
        raw = RawResponse(request.read, request.page, at, at, True, request.endpoint, request.parameters, 200, body)
        if record is not None:
            record(raw)
        return raw, read(body)

    def body(self, offset: int, limit: int) -> bytes:
        items = [self.item(row) for row in self.rows[offset : offset + limit]]
        if self.bare:
            return json.dumps(items).encode()
        total = len(self.rows) if self.total == "right" else self.total
        return json.dumps({"items": items, "count": len(items), "total": total}).encode()

    def item(self, row: int) -> dict[str, Any]:
        return {"product_id": row, "office_id": 1, "measurement": "unit", "quantity": row, "packages": None}


def reading(
    table: Table,
    *,
    size: int = 3,
    window: int = 4,
    max_reads: int = 3,
    shape: Shape[Any] = INVENTORY,
    unusable_share: float = 1,
) -> Reading[Any]:
    return Reading(
        table,  # type: ignore[arg-type]
        shape,
        "inventory/office/1",
        page_size=size,
        skip_parameter="offset",
        window=window,
        max_reads=max_reads,
        unusable_share=unusable_share,
    )


async def run(one: Reading[Any]) -> list[Page[Any]]:
    return [page async for page in one]


def seen(pages: list[Page[Any]], read: int) -> list[int]:
    return sorted(item.product_id for page in pages if page.read == read for item in page.items)


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5, 6, 7, 20, 21])
@pytest.mark.parametrize("window", [1, 2, 8])
async def test_every_count_around_the_pages_edges(rows: int, window: int) -> None:
    table = Table(list(range(1, rows + 1)))
    one = reading(table, window=window)
    pages = await run(one)
    assert one.outcome.complete
    assert (one.outcome.read, one.outcome.reads, one.outcome.total) == (1, 1, rows)
    assert seen(pages, 1) == list(range(1, rows + 1))
    # A full last page may hide another one: only then is one more asked for.
    assert len(table.requests) == (rows // 3 + 1 if rows % 3 == 0 else -(-rows // 3))
    assert one.outcome.first_page_at == AT + dt.timedelta(seconds=1)
    assert one.outcome.last_page_at == AT + dt.timedelta(seconds=len(table.requests))


async def test_a_total_that_is_too_low_hides_no_page_and_is_not_used() -> None:
    for total in (0, 1, 3, 4):
        one = reading(Table([1, 2, 3, 4, 5], total=total), max_reads=1)
        pages = await run(one)
        assert seen(pages, 1)[:3] == [1, 2, 3]
        assert not one.outcome.complete
        assert "total" in str(one.outcome.problem)
    one = reading(Table([1, 2, 3, 4, 5, 6, 7], total=3), max_reads=1)
    assert seen(await run(one), 1) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_total_that_is_too_high_ends_too() -> None:
    one = reading(Table([1, 2, 3, 4], total=9), max_reads=2)
    await run(one)
    assert not one.outcome.complete
    assert one.outcome.problem == "4 rows came, but the total is 9."


async def test_a_server_that_caps_pages_is_read_in_its_own_steps() -> None:
    table = Table(list(range(1, 11)), cap=4)
    one = reading(table, size=500)
    assert seen(await run(one), 1) == list(range(1, 11))
    assert one.outcome.complete
    assert sorted(table.requests) == [0, 4, 8]


@pytest.mark.parametrize("total", [None, "9"])
async def test_without_a_total_two_reads_have_to_agree(total: object) -> None:
    one = reading(Table(list(range(1, 9)), total=total))
    pages = await run(one)
    assert one.outcome.complete
    assert (one.outcome.read, one.outcome.reads, one.outcome.total) == (2, 2, None)
    assert seen(pages, 2) == list(range(1, 9))
    short = reading(Table([1, 2], total=total))
    await run(short)
    assert (short.outcome.complete, short.outcome.reads) == (True, 2)
    empty = reading(Table([], total=total))
    await run(empty)
    assert (empty.outcome.complete, empty.outcome.reads) == (True, 1)


async def test_without_a_total_a_capped_page_is_not_taken_for_the_end() -> None:
    one = reading(Table(list(range(1, 11)), cap=4, total=None), size=500)
    assert seen(await run(one), 2) == list(range(1, 11))
    assert one.outcome.complete


async def test_a_bare_list_is_complete_at_once() -> None:
    table = Table([1, 2], bare=True)
    one = reading(table)
    await run(one)
    assert one.outcome.complete
    assert len(table.requests) == 1
    long = Table(list(range(1, 9)), bare=True)
    long.body = lambda offset, limit: json.dumps([long.item(row) for row in long.rows]).encode()  # type: ignore[method-assign]
    one = reading(long)
    assert len(seen(await run(one), 1)) == 8
    assert one.outcome.complete


async def test_an_ignored_skip_parameter_stops_with_its_name_and_no_row_twice() -> None:
    table = Table(list(range(1, 30)))
    table.obeys_skip = False
    one = reading(table)
    pages = await run(one)
    assert seen(pages, 1) == [1, 2, 3]
    assert len(pages) == 1
    assert isinstance(one.outcome.error, SkipParameterIgnoredError)
    assert "'offset'" in str(one.outcome.error)
    assert "skip_parameter" in str(one.outcome.error)
    assert (one.outcome.complete, one.outcome.read, one.outcome.reads) == (False, 1, 1)


async def test_a_row_that_comes_twice_has_the_list_read_again() -> None:
    table = Table([1, 2, 3, 4, 5])

    def move(request: int, offset: int) -> None:
        if request == 2:
            table.rows = [9, 1, 2, 3, 4]  # something came first and the last one went: total is the same

    table.before = move
    one = reading(table, window=1)
    pages = await run(one)
    assert one.outcome.complete
    assert one.outcome.read == 2
    assert seen(pages, 2) == [1, 2, 3, 4, 9]
    assert {page.read for page in pages} == {1, 2}


async def test_a_list_that_never_stands_still_is_incomplete() -> None:
    table = Table(list(range(1, 9)))

    def grow(request: int, offset: int) -> None:
        table.rows.append(100 + request)

    table.before = grow
    one = reading(table, max_reads=3)
    await run(one)
    assert (one.outcome.complete, one.outcome.read, one.outcome.reads) == (False, 3, 3)
    assert str(one.outcome.problem).startswith("The total changed")


async def test_rows_without_ids_make_it_incomplete_and_bad_rows_with_ids_do_not() -> None:
    table = Table([1, 2, 3, 4])
    table.item = lambda row: {"product_id": row, "office_id": 1 if row != 3 else None}  # type: ignore[method-assign]
    one = reading(table, max_reads=1)
    pages = await run(one)
    assert sum(len(page.rejected) for page in pages) == 4
    assert one.outcome.problem == "1 item came without ids."
    table.item = lambda row: {"product_id": row, "office_id": 1}  # type: ignore[method-assign]
    one = reading(table)
    await run(one)
    assert one.outcome.complete


@pytest.mark.parametrize(("share", "complete"), [(0, False), (0.24, False), (0.25, True), (1, True)])
async def test_more_than_a_share_of_unusable_rows_makes_it_incomplete(share: float, complete: bool) -> None:
    table = Table(list(range(1, 9)))
    good = table.item
    table.item = lambda row: good(row) | ({"quantity": "plenty"} if row in (3, 7) else {})  # type: ignore[method-assign]
    one = reading(table, unusable_share=share)
    pages = await run(one)
    assert sum(len(page.items) for page in pages) == 6
    assert one.outcome.complete is complete
    assert one.outcome.reads == 1, "reading again would bring the same"
    if not complete:
        assert one.outcome.problem == ("2 of 8 items cannot be used (quantity is text in place of a number: 2).")


@pytest.mark.parametrize("fails_at", [1, 2, 4, 6])
async def test_an_error_ends_quietly_and_is_in_the_outcome(fails_at: int) -> None:
    table = Table(list(range(1, 12)))
    failure = RetriableError("503: down", status=503, retry_after=9)

    def fail(request: int, offset: int) -> None:
        if request == fails_at:
            raise failure
        if request == 2:
            table.rows.append(50)

    table.before = fail
    one = reading(table, window=1)
    pages = await run(one)
    assert one.outcome.error is failure
    assert not one.outcome.complete
    assert one.outcome.problem == "503: down"
    assert len(pages) == fails_at - 1
    assert one.outcome.read == (max(page.read for page in pages) if pages else 0)
    assert len(one.take_responses()) == fails_at - 1


async def test_an_error_in_a_later_read_leaves_the_earlier_one_to_count() -> None:
    table = Table([1, 2, 3, 4])

    def fail(request: int, offset: int) -> None:
        if request == 2:
            table.rows.append(50)
        if request == 3:
            raise RetriableError("down")

    table.before = fail
    one = reading(table, window=1)
    await run(one)
    assert (one.outcome.read, one.outcome.reads, one.outcome.complete) == (1, 2, False)


async def test_a_wrong_clock_is_raised_and_cancels_the_rest() -> None:
    table = Table(list(range(1, 40)))

    def skew(request: int, offset: int) -> None:
        if offset == 6:
            raise ClockSkewError("a year off")

    table.before = skew
    one = reading(table, window=4)
    with pytest.raises(ClockSkewError):
        await run(one)
    assert table.flying == 0
    assert isinstance(one.outcome.error, ClockSkewError)


async def test_pages_wait_for_a_slow_consumer() -> None:
    table = Table(list(range(1, 200)))
    one = reading(table, window=4)
    taken = 0
    async for _ in one:
        taken += 1
        await asyncio.sleep(0.001)
        assert len(table.requests) <= taken + 4
        one.take_responses()
    assert one.outcome.complete
    assert table.most <= 4


async def test_a_consumer_that_leaves_takes_its_requests_with_it() -> None:
    table = Table(list(range(1, 200)))
    table.delay = lambda: 0.01 if len(table.requests) > 1 else 0
    one = reading(table, window=4)
    pages = aiter(one)
    await anext(pages)
    waiting = asyncio.ensure_future(anext(pages))
    await asyncio.sleep(0.001)
    assert table.flying == 4
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert table.flying == 0
    assert not one.outcome.complete
    assert one.outcome.problem == "It was not read to its end."


async def test_a_reading_is_read_once() -> None:
    one = reading(Table([1]))
    assert not one.outcome.complete
    assert one.outcome.read == 0
    await run(one)
    with pytest.raises(RuntimeError):
        await run(one)


async def test_responses_are_given_out_once() -> None:
    one = reading(Table([1, 2, 3, 4, 5]))
    taken = [(raw.read, raw.page) async for _ in one for raw in one.take_responses()]
    assert taken == [(1, 1), (1, 2)]
    assert one.take_responses() == []


async def test_names_are_distinguished_by_their_id() -> None:
    table = Table([1, 2, 3, 4])
    table.item = lambda row: {"id": row, "name": str(row)}  # type: ignore[method-assign]
    one = reading(table, shape=NAMES)
    await run(one)
    assert one.outcome.complete


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[int, int, int, int, list[str]]:
    return (
        draw(st.integers(0, 25)),
        draw(st.integers(1, 7)),
        draw(st.integers(1, 7)),
        draw(st.integers(1, 5)),
        draw(st.lists(st.sampled_from(["stay", "stay", "delete", "insert", "swap", "shuffle"]), max_size=30)),
    )


@settings(max_examples=400)
@given(scenarios(), st.booleans(), st.integers(0, 2**32))
def test_complete_is_never_wrong(scenario: tuple[int, int, int, int, list[str]], totals: bool, seed: int) -> None:
    """Rows go, come and change places between requests; what is called complete is a state the list was in.

    A row that goes and one that comes within one read are left out: no answer can show that (see the module).
    """
    rows, size, cap, window, moves = scenario
    chance = random.Random(seed)
    table = Table(list(range(1, rows + 1)), cap=cap, total="right" if totals else None)
    states: dict[int, list[frozenset[int]]] = {}
    grown: dict[int, set[str]] = {}

    def move(request: int, offset: int) -> None:
        if offset == 0:
            states[len(states) + 1] = []
        kind = moves.pop(0) if moves else "stay"
        kinds = grown.setdefault(len(states), set())
        if kind in ("delete", "insert") and not {"delete", "insert"} - {kind} & kinds:
            kinds.add(kind)
            place = chance.randrange(len(table.rows) + 1)
            table.rows[place : place + (kind == "delete")] = [] if kind == "delete" else [1000 + request]
        elif kind in ("swap", "shuffle"):
            chance.shuffle(table.rows)
        states[len(states)].append(frozenset(table.rows))

    table.before = move
    one = reading(table, size=size, window=window)
    pages = asyncio.run(run(one))
    outcome = one.outcome
    if outcome.complete:
        assert frozenset(seen(pages, outcome.read)) in states[outcome.read]
        assert len(seen(pages, outcome.read)) == len(set(seen(pages, outcome.read)))
    else:
        assert outcome.problem
    assert len(table.requests) < 500


def test_unix_time_rounds_down_in_both_units() -> None:
    instant = dt.datetime(2026, 3, 8, 1, 59, 59, 999_999, tzinfo=dt.timezone(dt.timedelta(hours=-8)))
    assert unix_time(instant, "seconds") == "1772963999"
    assert unix_time(instant, "milliseconds") == "1772963999999"
    with pytest.raises(ValueError, match="time zone"):
        unix_time(dt.datetime(2026, 3, 8), "seconds")  # noqa: DTZ001
