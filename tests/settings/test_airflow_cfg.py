"""Settings as options of Airflow's configuration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from indicaonline.environment import load_settings, unknown_names
from indicaonline.errors import SettingError

VARIABLE, OPTION = "INDICAONLINE_BUSINESS_TIME_ZONE", "AIRFLOW__INDICAONLINE__BUSINESS_TIME_ZONE"


def in_home(home: Path, text: str) -> dict[str, str]:
    """An environment whose Airflow has this airflow.cfg."""
    (home / "airflow.cfg").write_text(text)
    return {"AIRFLOW_HOME": str(home)}


def test_our_variable_comes_before_airflows_and_that_before_the_file(tmp_path: Path) -> None:
    environment = in_home(tmp_path, "[indicaonline]\nbusiness_time_zone = Asia/Tokyo\nzero_rows_days = 7\n")
    assert load_settings(environment=environment).business_time_zone == "Asia/Tokyo"
    environment[OPTION] = "Europe/Paris"
    assert load_settings(environment=environment).business_time_zone == "Europe/Paris"
    environment[VARIABLE] = "America/Denver"
    settings = load_settings(environment=environment)
    assert settings.business_time_zone == "America/Denver"
    assert settings.zero_rows_days == 7
    # Emptied, as in a settings.env, is not set.
    assert load_settings(environment={**environment, VARIABLE: ""}).business_time_zone == "Europe/Paris"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    for days in (3, 45):
        environment = in_home(tmp_path, f"[indicaonline]\nzero_rows_days = {days}\n")
        assert load_settings(environment=environment).zero_rows_days == days


def test_a_value_with_a_percent_sign_and_an_account_are_taken_as_they_are(tmp_path: Path) -> None:
    text = '[core]\nsql = a%%b%c\n[indicaonline]\naccounts = {"north": {"zero_rows_days": 5}}\n'
    settings = load_settings("north", environment=in_home(tmp_path, text))
    assert (settings.account, settings.zero_rows_days) == ("north", 5)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    environment = in_home(tmp_path, "[indicaonline]\nzero_rows_day = 7\n")
    assert unknown_names(environment) == ["[indicaonline] zero_rows_day in Airflow's configuration is not a setting."]
    with pytest.raises(SettingError, match=r"airflow.cfg cannot be read: MissingSectionHeaderError\.$"):
        load_settings(environment=in_home(tmp_path, "no section\n"))


def test_airflow_itself_reads_the_same_option(tmp_path: Path) -> None:
    """The declaration of the provider and our own reading agree, in a process of its own."""
    code = (
        "from airflow.configuration import conf; from indicaonline.environment import load_settings;"
        "print(conf.get('indicaonline', 'zero_rows_days'), load_settings().zero_rows_days,"
        " conf.get('indicaonline', 'max_reads'), load_settings().max_reads)"
    )
    environment = in_home(tmp_path, "[indicaonline]\nzero_rows_days = 7\n")
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "7", "3", "3"]
