"""Attributes of a package change over time, and the truth returns them as of any instant."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import World
from simulator.labels import DATES, Origin
from simulator.metrc import TAG, licence_of

DAY = 86_400
THC, CBD = 1, 3


@pytest.fixture
def world():
    return World(seed=7, offices=2, products=6)


@pytest.fixture
def tested(world):
    """The id of a package with lab results."""
    return next(each for each in world.packages if world.truth.package(each).lab_results)


@pytest.fixture(scope="module")
def lived():
    """A world after a month of a busy life."""
    world = World(seed=3, offices=3, products=20, life=30.0)
    world.clock.step(30 * DAY)
    return world


def said(state):
    """Return the attributes of a package in a state, without its stock."""
    return state.origin, state.lab_results, state.extra, state.lab_extra


def test_every_field_of_the_origin_can_be_corrected(world, tested):
    before = world.truth.package(tested)
    for name in Origin._fields:
        new = "2027-05-06" if name in DATES else f"another {name}"
        world.relabel(tested, **{name: new})
        assert str(getattr(world.truth.package(tested).origin, name)) == new
        world.relabel(tested, **{name: None})
        assert getattr(world.truth.package(tested).origin, name) is None
    assert world.truth.package(tested).tested_date is None
    assert world.truth.package(tested, world.start) == before
    assert world.truth.package(tested).lab_results == before.lab_results
    assert len(world.truth.package_changes(tested)) == 1 + 2 * len(Origin._fields)


def test_what_is_said_already_is_no_change(world, tested):
    state = world.truth.package(tested)
    world.relabel(tested, **state.origin._asdict())
    world.correct_potency(tested, *state.lab_results[0])
    world.drop_analyte(tested, state.lab_results[0].id)
    world.drop_analyte(tested, state.lab_results[0].id)
    assert [each.reason for each in world.truth.package_changes(tested)] == ["opening", "drop_analyte"]


@pytest.mark.parametrize("fields", [{"colour": "red"}, {"vendor": 7}, {"best_by": "soon"}, {"best_by": 20270506}])
def test_another_field_or_kind_of_value_is_refused(world, tested, fields):
    with pytest.raises(ValueError, match=r"colour|text|date|isoformat"):
        world.relabel(tested, **fields)
    assert len(world.truth.package_changes(tested)) == 1


def test_potencies_are_corrected_for_the_same_test(world, tested):
    first = world.truth.package(tested)
    world.correct_potency(tested, THC, "31.5")
    world.correct_potency(tested, CBD, None)
    corrected = world.truth.package(tested)
    expected = dict(first.lab_results) | {THC: Decimal("31.5"), CBD: None}
    assert dict(corrected.lab_results) == expected
    assert corrected.tested_date == first.tested_date
    world.retest(tested, "2025-03-09", same_potency=True)
    assert dict(world.truth.package(tested).lab_results) == expected
    world.retest(tested, "2025-03-10")
    assert dict(world.truth.package(tested).lab_results) != expected


def test_an_analyte_disappears_and_returns(world, tested):
    first = world.truth.package(tested).lab_results
    gone = world.drop_analyte(tested, THC).at
    assert world.truth.package(tested).lab_results == first[1:]
    world.correct_potency(tested, THC, first[0].potency)
    assert world.truth.package(tested).lab_results == first
    assert world.truth.package(tested, gone).lab_results == first[1:]


def test_corrections_outlive_what_happens_to_the_stock(world, tested):
    world.relabel(tested, vendor="Elsewhere", notes="seen")
    world.correct_potency(tested, THC, 5)
    corrected = said(world.truth.package(tested))
    world.empty_package(tested)
    assert world.truth.package(tested).available == 0
    assert said(world.truth.package(tested)) == corrected
    assert world.events[-1].reason == "sale"  # and none of the corrections is a change of stock


def test_nothing_is_stored_for_a_package_that_never_changed(lived):
    changed = {moment.package_id for moment in lived.packages.log}
    assert 0 < len(changed) < len(lived.packages)
    assert all((package.moments is not None) == (each in changed) for each, package in lived.packages.items())
    untouched = [moment for moment in lived.packages.log if moment.reason in ("sale", "waste")]
    assert any(moment.origin is moment.lab_results is moment.extra is None for moment in untouched)


def test_life_corrects_all_kinds_of_things(lived):
    fields = Counter()
    for package_id in lived.packages:
        changes = lived.truth.package_changes(package_id)
        for before, after in pairwise(changes):
            if after.reason == "relabel":
                old, new = before.origin._asdict() | before.extra, after.origin._asdict() | after.extra
                fields.update(name for name in new if old[name] != new[name])
                fields["method"] += before.lab_extra != after.lab_extra
                fields["tagged"] += before.origin.uid is None and after.origin.uid is not None
            elif after.reason == "correct_potency":
                old, new = dict(before.lab_results), dict(after.lab_results)
                fields["returned"] += len(new) > len(old)
                fields["nulled"] += any(new[each] is None and old[each] is not None for each in old)
            elif after.reason == "drop_analyte":
                assert len(after.lab_results) == len(before.lab_results) - 1
            elif after.reason != "retest":
                assert said(before) == said(after)
    expected = {"uid", "vendor", "batch_id", "best_by", "source_uid", "notes", "location", "method", "tagged", "nulled"}
    assert expected <= {name for name, count in fields.items() if count}


def test_the_truth_of_a_second_is_the_last_change_before_it(lived):
    for package_id in lived.packages:
        changes = lived.truth.package_changes(package_id)
        for change in changes:
            last = [each for each in changes if each.since == change.since][-1]
            assert lived.truth.package(package_id, change.at) == last
        assert lived.truth.package(package_id, changes[0].since - 1) is None


def test_packages_share_batches():
    world = World(offices=2, products=60)
    products = defaultdict(list)
    for package_id, package in world.packages.items():
        products[world.truth.package(package_id).origin.batch_id].append(package.product_id)
    within = [batch for batch, of in products.items() if len(of) > len(set(of))]
    across = [batch for batch, of in products.items() if len(set(of)) > 1]
    alone = [batch for batch, of in products.items() if len(of) == 1]
    assert min(len(within), len(across)) >= 8
    assert len(alone) > len(products) / 3


def test_tags_are_null_or_the_batch_or_metrcs():
    world = World(offices=2, products=60)
    origins = [world.truth.package(each).origin for each in world.packages]
    kinds = Counter(
        "none" if o.uid is None else "batch" if o.uid == o.batch_id else bool(TAG.fullmatch(o.uid)) for o in origins
    )
    assert set(kinds) == {"none", "batch", True}
    assert all(re.fullmatch(r"BCH-\d{4}-\d{4}", o.batch_id) for o in origins)
    tags = [o.uid for o in origins if o.uid and TAG.fullmatch(o.uid)]
    assert len(tags) == len(set(tags))


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_metrc_export_is_the_truth_of_then(lived):
    for at in (lived.start, lived.start + 10 * DAY, lived.clock.seconds()):
        expected = {}
        for package_id in lived.packages:
            state = lived.truth.package(package_id, at)
            if state is None or state.available <= 0 or not re.fullmatch(r"1A4[A-Z0-9]{21}", state.origin.uid or ""):
                continue
            holders = {office for office, held in state.holdings.items() if held > 0}
            office = holders.pop() if len(holders) == 1 else state.checked_in_to
            expected[state.origin.uid] = {
                "Tag": state.origin.uid,
                "Item": lived.products[state.product_id].name,
                "Quantity": str(state.available),
                "Unit of Measure": "Grams" if state.measurement.startswith("weight") else "Each",
                "Facility License Number": licence_of(lived.offices[office]),
            }
        exported = rows(lived.truth.metrc_export(at))
        assert exported == [expected[tag] for tag in sorted(expected)]
        assert len(exported) < len(lived.packages)


def test_the_metrc_export_of_one_facility(lived):
    everything = rows(lived.truth.metrc_export())
    licences = {licence_of(office) for office in lived.offices.values()}
    parts = [rows(lived.truth.metrc_export(license=licence)) for licence in sorted(licences)]
    assert all(parts)
    assert sorted((row for part in parts for row in part), key=lambda row: row["Tag"]) == everything
    with pytest.raises(KeyError, match="A10-0"):
        lived.truth.metrc_export(license="A10-0")


def test_the_facility_of_a_package_that_moves(world, tested):
    one, two = world.offices
    world.relabel(tested, uid="1A4" + "Z" * 21)
    product = world.packages[tested].product_id
    world.set_quantity(one, product, 9, {tested: 9})

    def facility():
        (row,) = (row for row in rows(world.truth.metrc_export()) if row["Tag"] == "1A4" + "Z" * 21)
        return row["Facility License Number"], row["Quantity"]

    assert world.packages[tested].checked_in_to == one
    world.transfer(tested, one, two, 4)
    assert facility() == (world.offices[one].adult_use_state_license_number, "9")
    world.transfer(tested, one, two)
    assert facility() == (world.offices[two].adult_use_state_license_number, "9")
    world.offices[two].adult_use_state_license_number = ""
    world.offices[two].medical_state_license_number = "M10-1-LIC"
    assert facility() == ("M10-1-LIC", "9")


def test_the_endpoints_show_what_the_truth_says_after_every_event(make):
    client = make(seed=8, offices=2, products=4)
    world = client.simulator.world
    package_id = next(each for each in world.packages if world.truth.package(each).lab_results)
    product = world.packages[package_id].product_id
    events = [
        lambda: world.relabel(package_id, uid=None, vendor='Mesa "Verde" ü\\', best_by=None),
        lambda: world.correct_potency(package_id, THC, "0.10"),
        lambda: world.drop_analyte(package_id, THC),
        lambda: world.retest(package_id),
        lambda: world.sell(world.packages[package_id].checked_in_to, product, 1),
        lambda: world.relabel(package_id, tested_date=None, packaged_date="2024-12-31"),
    ]
    for event in events:
        event()
        state = world.truth.package(package_id)
        shown = client.get(f"inventory/packages/{package_id}").json()
        assert shown in client.get(f"inventory/products/{product}/packages").json()["items"]
        origin = {name: None if value is None else str(value) for name, value in state.origin._asdict().items()}
        assert {name: shown[name] for name in origin} == origin
        assert [(each["id"], each["potency"]) for each in shown["lab_results"]] == state.lab_results
        assert sum(shown["available_quantity"].values()) == state.available


@pytest.fixture
def one_package(make):
    """A client of a simulator with one package, which shows all its fields, and the package's id."""
    client = make(offices=1, products=1, packages_per_product=1, extra_package_fields=True)
    return client, next(iter(client.simulator.world.packages))


@given(st.text(), st.one_of(st.none(), st.decimals(-1000, 1000)))
def test_any_text_and_any_potency_arrive(one_package, text, potency):
    client, package_id = one_package
    world = client.simulator.world
    world.relabel(package_id, vendor=text, notes=text)
    world.correct_potency(package_id, THC, potency)
    shown = client.get(f"inventory/packages/{package_id}").json()
    assert (shown["vendor"], shown["notes"]) == (text, text)
    assert next(each["potency"] for each in shown["lab_results"] if each["id"] == THC) == potency


def test_however_few_packages_are_kept_the_answers_are_the_same(make, monkeypatch):
    client = make(seed=8, offices=2, products=4)
    paths = [f"inventory/products/{product}/packages" for product in client.simulator.world.products]
    expected = [client.get(path).body for path in paths]
    monkeypatch.setattr("simulator.answers.KEPT", 2)
    assert [client.get(path).body for path in paths * 2] == expected * 2
