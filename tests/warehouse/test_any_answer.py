"""Whatever bytes an endpoint sends, a pull ends in one of three ways: landed, set aside with the reason, or one plain
error. The response is in raw, the pull in the ledger, and the pulls beside it go on.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from indicaonline.errors import IndicaOnlineError, RetriableError, UnreadableAnswerError
from indicaonline.reference_lists import REFERENCE_LISTS
from indicaonline.settings import Settings
from received import received
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]

# Numbers and texts that a parser, a converter or PostgreSQL may not take, and those that all of them do.
NUMBERS = (
    st.sampled_from([0, 1, -1, 7, 1.5, 2**31, 2**63 - 1, 2**63, 10**15 + 1, -(10**30), 1e-300, 1e308]) | st.floats()
)
TEXTS = st.sampled_from(["", "1", "unit", "2026-01-31", "0000-00-00", "\0", "a\0b", "\ud800", "x" * 3000]) | st.text()
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
FIELDS = (
    "id", "product_id", "office_id", "measurement", "quantity", "packages", "name", "brand_id", "category_id",
    "strain_type_id", "medical_state_license_number", "vendor", "uid", "source_uid", "batch_id", "check_in_date",
    "tested_date", "best_by", "checked_in_to", "available_in_office", "checked_in_quantity", "available_quantity",
    "lab_results", "potency", "items", "total", "count", "notes", "\0",
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | TEXTS, inner, max_size=4),
    max_leaves=8,
)
IDS = st.sampled_from([1, 2, 101, "3", 0, None])


def near_miss(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An item that could be right but for some of its fields."""
    return st.builds(
        lambda ids, others: {**others, **ids},
        st.fixed_dictionaries({}, optional={"id": IDS, "product_id": IDS, "office_id": IDS}),
        st.dictionaries(st.sampled_from(FIELDS), values, max_size=6),
    )


LISTS = st.builds(
    lambda items, total: {"items": items, "count": len(items), "total": len(items) if total is True else total},
    st.lists(near_miss(VALUES) | VALUES, max_size=4),
    st.just(True) | SCALARS | st.just(10**30),
)
DOCUMENTS = LISTS | near_miss(VALUES) | st.lists(near_miss(VALUES), max_size=3) | VALUES
CODINGS: list[Callable[[Any], bytes]] = [
    lambda value: json.dumps(value).encode(),
    lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    lambda value: json.dumps(value).encode("utf-16"),
    lambda value: gzip.compress(json.dumps(value).encode(), mtime=0),
    lambda value: b"\xef\xbb\xbf" + json.dumps(value).encode(),
]
BODIES = st.binary(max_size=60) | st.builds(lambda code, value: code(value), st.sampled_from(CODINGS), DOCUMENTS)
ENCODINGS = st.sampled_from(["", "", "", "gzip", "deflate", "br", "zstd", "no-such"])
UTF_16 = json.dumps({"items": [], "count": 0, "total": 0}).encode("utf-16")

# An example takes a pull or a run: to shrink a failing one would take minutes.
quick = settings(max_examples=15, phases=[Phase.explicit, Phase.generate])


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    world = {"offices": 2, "products": 6, "start": MIDNIGHT_IN_LOS_ANGELES}
    rig = make_rig(Settings(max_reads=2), past=pulled_once, **world)
    rig.connection_fields |= {"page_size": 3}
    return rig


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=5)
    rig.reference()
    for office in rig.offices:
        rig.pull(office)
    rig.packages()


def serve(rig: Rig, path: str, body: bytes, encoding: str = "") -> None:
    rig.simulator.faults.clear()
    rig.simulator.faults.add("body", path=path, hex=body.hex(), encoding=encoding)


def check(rig: Rig, run: Callable[[], object], body: bytes, encoding: str, pull: str) -> None:
    """Run a job, and see that the pull that is named by a condition ends in one of the ways allowed."""
    before = int(rig.value("SELECT max(pull_id) FROM ops.pull"))
    error = None
    try:
        run()
    except IndicaOnlineError as caught:
        error = caught
        assert str(error).isprintable()
        assert len(str(error)) < 1500
    finally:
        rig.simulator.faults.clear()
    (row,) = rig.query(f"SELECT * FROM ops.pull WHERE pull_id > %s AND {pull}", [before])
    assert row["status"] in ("complete", "incomplete", "failed", "held_back")
    assert (row["problem"] is None) == (row["status"] == "complete")
    assert (error is None) == (row["status"] == "complete")
    if not encoding:
        with rig.connect() as connection:
            answers = received(connection, "r.pull_id = %s AND r.status = 200", row["pull_id"])
        assert {each.body for each in answers} == {body}
    query = "SELECT count(*) FROM ops.quarantine WHERE counted AND pull_id = %s"
    assert rig.value(query, [row["pull_id"]]) >= row["rejected"]


@quick
@given(body=BODIES, encoding=ENCODINGS)
@example(body=UTF_16, encoding="")
@example(body=b"\x1f\x8b\0\0\0", encoding="")
@example(body=zlib.compress(b"[]"), encoding="br")
@example(body=b'{"items":[null],"count":1,"total":99999999999999999999999}', encoding="")
def test_an_office_may_answer_anything(rig: Rig, body: bytes, encoding: str) -> None:
    office = rig.offices[0]
    serve(rig, "inventory/office/", body, encoding)
    check(rig, lambda: rig.pull(office), body, encoding, "kind = 'office'")


@quick
@given(body=BODIES, encoding=ENCODINGS)
@example(body=UTF_16, encoding="")
def test_changes_may_be_anything(rig: Rig, body: bytes, encoding: str) -> None:
    rig.step(seconds=1)
    serve(rig, "inventory/updated/", body, encoding)
    check(rig, lambda: rig.updates(None), body, encoding, "kind = 'updated'")


@pytest.mark.parametrize("resource", REFERENCE_LISTS)
@quick
@given(body=BODIES, encoding=ENCODINGS)
@example(body=UTF_16, encoding="")
@example(body=b'{"items":[{"id":1,"name":"a\\u0000b"},{"id":2,"name":"b"}],"count":2,"total":2}', encoding="")
@example(body=b'{"items":[{"id":1,"name":"a","brand_id":99999999999999999999}],"count":1,"total":1}', encoding="")
def test_a_list_of_names_may_be_anything(rig: Rig, resource: str, body: bytes, encoding: str) -> None:
    path = rig.client().config.paths[resource]
    serve(rig, rf"^{path}\?", body, encoding)
    check(rig, lambda: rig.reference(resource), body, encoding, "kind = 'reference'")


@pytest.fixture
def products(rig: Rig) -> list[int]:
    rows = rig.query("SELECT DISTINCT product_id FROM inventory.package_version ORDER BY 1")
    return [row["product_id"] for row in rows]


def demand(rig: Rig, *needs: tuple[int, int | None]) -> None:
    """Enqueue these products or packages alone: the first one is due longest."""
    with psycopg.connect(rig.dsn) as connection:
        connection.execute("DELETE FROM ops.package_refresh_queue")
        for hours, (product_id, package_id) in enumerate(reversed(needs), 1):
            connection.execute(
                "INSERT INTO ops.package_refresh_queue (product_id, package_id, reason, by_id, due_since)"
                " VALUES (%s, %s, 'new', %s, %s)",
                [product_id, package_id, package_id is not None, rig.tick() - dt.timedelta(hours=hours)],
            )


def is_needed(rig: Rig, product_id: int) -> bool:
    query = "SELECT count(*) FROM ops.package_refresh_queue WHERE product_id = %s AND reason = 'new'"
    return int(rig.value(query, [product_id])) > 0


@pytest.mark.parametrize("package_id", [None, 1])
@quick
@given(body=BODIES, encoding=ENCODINGS)
@example(body=UTF_16, encoding="")
@example(body=b'{"id":1,"vendor":"a","extra":1e99999999,"deep":"\\u0000"}', encoding="")
def test_packages_may_be_anything_and_others_are_fetched(
    rig: Rig, products: list[int], package_id: int | None, body: bytes, encoding: str
) -> None:
    first, other = products[:2]
    demand(rig, (first, package_id), (other, None))
    serve(rig, r"inventory/packages/1\?" if package_id else f"inventory/products/{first}/packages", body, encoding)
    kind = "package" if package_id else "packages"
    check(rig, rig.packages, body, encoding, f"kind = '{kind}' AND product_id = {first}")
    assert not is_needed(rig, other)


def test_what_fails_at_every_run_is_asked_for_after_all_others(rig: Rig, products: list[int]) -> None:
    """A run gives up after five failures in a row: those that fail for ever must not be met first by every run."""
    *failing, good = products
    assert len(failing) == 5
    demand(rig, *((product_id, None) for product_id in (*failing, good)))
    rig.connection_fields["concurrency"] = 1
    serve(rig, f"inventory/products/({'|'.join(map(str, failing))})/packages", UTF_16)
    with pytest.raises(UnreadableAnswerError, match="one of 5 fetches"):
        rig.packages()
    assert is_needed(rig, good)
    with pytest.raises(UnreadableAnswerError):
        rig.packages()
    assert not is_needed(rig, good)
    assert all(is_needed(rig, product_id) for product_id in failing)


def test_an_answer_that_the_warehouse_refuses_leaves_the_others_of_its_batch_alone(
    rig: Rig, products: list[int]
) -> None:
    """A last resort: no answer is known that gets this far."""
    first, other = products[:2]
    with psycopg.connect(rig.dsn) as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF EXISTS (SELECT FROM inventory.package_attributes AS a WHERE a.package_id = NEW.package_id"
            f" AND a.product_id = {first}) THEN RAISE numeric_value_out_of_range; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON inventory.package_state"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    demand(rig, (first, None), (other, None))
    rig.step(hours=1)
    with pytest.raises(RetriableError, match="cannot be stored"):
        rig.packages()
    assert is_needed(rig, first)
    assert not is_needed(rig, other)
    (pull,) = rig.query("SELECT * FROM ops.pull WHERE status = 'failed'")
    assert "cannot be stored" in pull["problem"]
    assert rig.value("SELECT count(*) FROM raw.response WHERE pull_id = %s", [pull["pull_id"]]) >= 1
