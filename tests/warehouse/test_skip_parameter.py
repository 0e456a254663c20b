"""A wrong skip parameter is named, and never becomes an empty office that a person is asked to accept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from indicaonline.contract_check.check import contract_check
from indicaonline.contract_check.report import format_report
from indicaonline.errors import HeldBackError, RetriableError, SkipParameterIgnoredError
from rig import Rig

MakeRig = Callable[..., Rig]


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """An account whose offices fill several pages, and a skip parameter that the API does not know."""
    rig = make_rig(offices=1, products=30)
    rig.connection_fields |= {"page_size": 10, "skip_parameter": "begin"}
    return rig


def ledger(rig: Rig) -> list[dict[str, object]]:
    return rig.query("SELECT status, items, reads, problem FROM ops.pull ORDER BY pull_id")


def stock(rig: Rig) -> int:
    return int(rig.value("SELECT count(*) FROM inventory.stock"))


def test_an_empty_first_answer_does_not_hide_that_the_parameter_is_ignored(rig: Rig) -> None:
    """The first reading is complete and empty, the second one finds out: its error is the one to raise."""
    rig.simulator.faults.add("empty", path="inventory/office", count=1)
    with pytest.raises(SkipParameterIgnoredError, match=r"'begin'.*skip_parameter"):
        rig.pull(rig.offices[0])
    (pull,) = ledger(rig)
    assert (pull["status"], pull["items"], pull["reads"]) == ("incomplete", 10, 2)
    assert "skip_parameter" in str(pull["problem"])
    assert stock(rig) == 10


def test_an_office_that_is_empty_because_of_the_parameter_is_not_held_back(rig: Rig) -> None:
    rig.simulator.switches.unknown_parameters = "empty"
    with pytest.raises(SkipParameterIgnoredError, match=r"'begin'.*skip_parameter.*contract check"):
        rig.pull(rig.offices[0])
    (pull,) = ledger(rig)
    assert (pull["status"], pull["items"], pull["reads"]) == ("incomplete", 0, 2)
    assert rig.value("SELECT count(*) FROM raw.response WHERE parameters = '{}'") == 1
    rig.connection_fields["skip_parameter"] = "offset"
    assert rig.pull(rig.offices[0]).status == "complete"
    assert stock(rig) == 30


def test_a_parameter_that_was_changed_for_the_worse_empties_no_office(rig: Rig) -> None:
    rig.connection_fields["skip_parameter"] = "offset"
    rig.pull(rig.offices[0])
    rig.simulator.switches.unknown_parameters = "empty"
    rig.connection_fields["skip_parameter"] = "begin"
    with pytest.raises(SkipParameterIgnoredError, match="skip_parameter"):
        rig.pull(rig.offices[0])
    assert rig.value("SELECT count(*) FROM inventory.stock WHERE quantity > 0") > 0


def test_an_office_that_is_empty_either_way_is_held_back_as_before(rig: Rig) -> None:
    rig.connection_fields["skip_parameter"] = "offset"
    rig.simulator.faults.add("empty", path="inventory/office")
    with pytest.raises(HeldBackError, match=r"first answer for this office is empty.*accept"):
        rig.pull(rig.offices[0])
    assert [entry.params for entry in rig.simulator.requests.all("inventory/office")] == [
        {"limit": "10", "offset": "0"}, {"limit": "10", "offset": "0"}, {}
    ]  # fmt: skip


def test_a_second_reading_that_fails_asks_nobody_to_accept(rig: Rig) -> None:
    rig.connection_fields |= {"skip_parameter": "offset", "retry_seconds": 0}
    rig.simulator.faults.add("empty", path="inventory/office", count=1)
    rig.simulator.faults.add("status", path="inventory/office", after=0)
    with pytest.raises(RetriableError, match="503"):
        rig.pull(rig.offices[0])
    (pull,) = ledger(rig)
    assert pull["status"] == "failed"
    assert rig.value("SELECT array_agg(status ORDER BY read) FROM raw.response") == [200, 503]


def test_later_pages_that_bring_nothing_name_the_parameter(rig: Rig) -> None:
    """An API that takes any other name for the number of a page, and has no such page."""
    rig.connection_fields["skip_parameter"] = "offset"
    rig.simulator.faults.add("empty", path=r"inventory/office.*offset=[1-9]")
    with pytest.raises(RetriableError, match=r"total changed|skip_parameter"):
        rig.pull(rig.offices[0])


@pytest.mark.parametrize("behaviour", ["ignored", "empty"])
async def test_the_contract_check_finds_the_name(make_rig: MakeRig, behaviour: str) -> None:
    rig = make_rig(offices=1, products=30, unknown_parameters=behaviour)
    rig.connection_fields["skip_parameter"] = "begin"
    async with rig.client() as client:
        report = format_report(await contract_check(client))
    assert "'begin' is ignored, 'offset' works." in report
    assert "skip_parameter to offset" in report
