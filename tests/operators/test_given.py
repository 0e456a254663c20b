"""Ids and instants that a person or a template gives."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.errors import SettingError
from indicaonline.jobs.given import id_of, ids_of, instant_of
from indicaonline.jobs.updates import plan_since
from indicaonline.records import BIGGEST_ID

FIRST, LAST = dt.datetime(1990, 1, 1), dt.datetime(2020, 1, 1)  # noqa: DTZ001
IDS = st.lists(st.integers(1, BIGGEST_ID), min_size=1)


@pytest.mark.parametrize("value", ["", "x", "0", "-1", "1.5", "1e3", "9" * 20, True, None, "\u0661"])
def test_only_an_id_is_an_id(value: object) -> None:
    with pytest.raises(SettingError, match="The product must be an id"):
        id_of(value, "product")
    assert id_of(" 12 ", "product") == id_of(12, "product") == 12


@given(IDS)
def test_ids_are_read_from_a_list_and_from_what_a_template_makes_of_it(ids: list[int]) -> None:
    expected = list(dict.fromkeys(ids))
    for form in (ids, tuple(ids), list(map(str, ids)), str(ids), str(list(map(str, ids))).replace("'", '"')):
        assert ids_of(form, "office") == expected
    assert ids_of(", ".join(map(str, ids)), "office") == expected
    assert ids_of(ids[0], "office") == [ids[0]]


NOTHING = st.none() | st.floats() | st.dictionaries(st.text(), st.integers())
WORDS = st.text(alphabet=st.characters(exclude_categories=["Nd"]))


@given(NOTHING | WORDS | st.lists(WORDS) | st.lists(st.integers(max_value=0), min_size=1).map(str))
def test_anything_else_is_refused_in_a_sentence(value: object) -> None:
    with pytest.raises(SettingError, match=r"must be (an id|ids) of the API"):
        ids_of(value, "office")


@given(st.datetimes(timezones=st.timezones(), min_value=FIRST, max_value=LAST))
def test_an_instant_is_the_same_in_any_zone(instant: dt.datetime) -> None:
    utc = instant.astimezone(dt.UTC)
    assert instant_of(utc.isoformat(), "It") == instant_of(instant, "It") == utc
    assert plan_since(f" {utc.isoformat()} ").since == utc


@pytest.mark.parametrize("value", ["", "2026-03-08T09:30:00", "yesterday", None, 12, dt.datetime(2026, 3, 8)])  # noqa: DTZ001
def test_a_time_without_an_offset_is_refused(value: object) -> None:
    with pytest.raises(SettingError, match="The start must be ISO with an offset"):
        instant_of(value, "The start")
