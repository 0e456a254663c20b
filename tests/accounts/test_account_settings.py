"""The settings of several accounts, as their environment variable gives them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.environment import account_ids, load_accounts, load_settings
from indicaonline.errors import SettingError
from indicaonline.settings import Settings

IDS = st.from_regex(r"[a-z][a-z0-9_]{0,29}", fullmatch=True)
DIFFERING = st.fixed_dictionaries(
    {},
    optional={
        "business_time_zone": st.sampled_from(["America/Denver", "Asia/Kolkata", "UTC"]),
        "api_conn_id": st.text("abc", min_size=1),
        "carry_forward_max_days": st.integers(1, 30),
        "discrepancy_thresholds": st.fixed_dictionaries({"packages_add_up": st.sampled_from([0.05, None])}),
    },
)
NAMES = ("warehouse_conn_id", "api_pool", "analyst_role")


def environment(accounts: object, **others: str) -> dict[str, str]:
    """An environment with accounts and other variables."""
    return {"INDICAONLINE_ACCOUNTS": json.dumps(accounts), **others}


def test_with_one_account_nothing_changes() -> None:
    for empty in ({}, {"INDICAONLINE_ACCOUNTS": ""}, {"INDICAONLINE_ACCOUNTS": "{}"}):
        assert load_accounts(empty) == [load_settings(environment=empty)] == [Settings()]
        assert account_ids(empty) == []
    assert Settings().of_account("package_history") == "package_history"


def test_names_derive_from_the_id_and_are_shared_with_nobody() -> None:
    north, south = load_accounts(environment({"north": {}, "south": {}}))
    assert (north.account, north.api_conn_id, north.warehouse_conn_id, north.api_pool, north.analyst_role) == (
        "north",
        "indicaonline_north",
        "inventory_warehouse_north",
        "indicaonline_api_north",
        "indicaonline_analyst_north",
    )
    assert north.of_account("package_history") == "north__package_history"
    assert [getattr(south, name) for name in NAMES] == [
        getattr(north, name).replace("north", "south") for name in NAMES
    ]


def test_a_variable_is_for_all_accounts_and_theirs_rule() -> None:
    accounts = {"north": {}, "south": {"zero_rows_days": 7, "alerts": "webhook:south", "freshness_update_hours": 5}}
    others = {"INDICAONLINE_ZERO_ROWS_DAYS": "30", "INDICAONLINE_API_POOL": "mine", "INDICAONLINE_ALERTS": "smtp:a@b"}
    north, south = load_accounts(environment(accounts, **others))
    assert (north.zero_rows_days, north.api_pool, north.freshness_update_hours) == (30, "mine_north", 3)
    assert (south.zero_rows_days, south.api_pool, south.freshness_update_hours) == (7, "mine_south", 5)
    assert [each.alert_targets()[0].address for each in (north, south)] == ["a@b", "south"]


@given(accounts=st.dictionaries(IDS, DIFFERING, min_size=1, max_size=4))
def test_any_accounts_are_apart_and_read_one_by_one(accounts: dict[str, dict[str, Any]]) -> None:
    variables = environment(accounts)
    loaded = load_accounts(variables)
    assert account_ids(variables) == [each.account for each in loaded] == list(accounts)
    for name in NAMES:
        assert len({getattr(each, name) for each in loaded}) == len(accounts), name
    for each in loaded:
        assert each == load_settings(each.account, environment=variables)
        assert load_accounts({**variables, "INDICAONLINE_ACCOUNT": each.account}) == [each]
        for name, value in accounts[each.account].items():
            if name != "discrepancy_thresholds":
                assert getattr(each, name) == value
        # Exact: 0.05 is not a float on its way.
        for threshold in each.discrepancy_thresholds.values():
            assert threshold in (None, Decimal("0.05"))


@given(text=st.one_of(st.text(), st.from_regex(r"[a-z_]{31,40}", fullmatch=True), IDS))
def test_an_id_that_no_name_can_hold_is_refused_in_one_line(text: str) -> None:
    variables = environment({text: {}})
    if re.fullmatch("[a-z][a-z0-9_]{0,29}", text):
        assert load_accounts(variables)[0].analyst_role == f"indicaonline_analyst_{text}"
        return
    for read in (load_accounts, account_ids):
        with pytest.raises(SettingError, match="cannot be the id of an account") as caught:
            read(variables)
        assert str(caught.value).isprintable(), "one line"


@pytest.mark.parametrize(
    ("accounts", "sentence"),
    [
        ({"north": {"warehouse_conn_id": "one"}, "south": {"warehouse_conn_id": "one"}}, "share the connection 'one'"),
        ({"north": {"analyst_role": "one"}, "south": {"analyst_role": "one"}}, "share the role 'one'"),
        ({"north": {"analyst_role": "indicaonline_analyst_south"}, "south": {}}, "share the role"),
        ({"north": {"pool": "x"}}, "'pool' of account north is not a setting of an account"),
        ({"north": {"account": "south"}}, "'account' of account north is not a setting"),
        ({"north": {"accounts": {}}}, "'accounts' of account north is not a setting"),
        ({"north": {"zero_rows_days": -1}}, r"ZERO_ROWS_DAYS \(account north\) must be a whole number, 0 or more"),
        ({"north": {"business_time_zone": "Mars/Base"}}, "'Mars/Base' is not a time zone"),
        ({"north": {"analyst_role": "pg_read_all_data"}}, r"ANALYST_ROLE \(account north\) must be small letters"),
        ({"north": {"analyst_role": 'a"; DROP TABLE x'}}, r"ANALYST_ROLE \(account north\) must be small letters"),
        (["north"], 'ACCOUNTS must be JSON such as {"north": {}, "south": {}}'),
        ({"north": None}, 'ACCOUNTS must be JSON such as {"north": {}, "south": {}}'),
    ],
)
def test_what_cannot_be_is_refused_with_the_account(accounts: object, sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence.replace("{", r"\{").replace("}", r"\}")):
        load_accounts(environment(accounts))


def test_an_account_has_to_be_named_and_known() -> None:
    variables = environment({"north": {}, "south": {}})
    with pytest.raises(SettingError, match="names accounts: name one of north, south"):
        load_settings(environment=variables)
    with pytest.raises(SettingError, match="no account 'west' in INDICAONLINE_ACCOUNTS: it names north, south"):
        load_settings("west", environment=variables)
    with pytest.raises(SettingError, match="no account 'west' in INDICAONLINE_ACCOUNTS: it is not set"):
        load_settings(environment={"INDICAONLINE_ACCOUNT": "west"})
    assert load_settings(environment={**variables, "INDICAONLINE_ACCOUNT": "south"}).account == "south"
    assert account_ids({**variables, "INDICAONLINE_ACCOUNT": "south"}) == ["south"]
