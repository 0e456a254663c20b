"""The file ``settings.env`` that ``make env`` makes, and the table of the documents: both say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from indicaonline.declaration import fields_of
from indicaonline.environment import environment_variable, load_settings, unknown_names
from indicaonline.errors import SettingError
from indicaonline.settings import OTHER_NAMES, Settings
from settings_file import DECLARATION, declared_settings, settings_text, write_settings

REPOSITORY = Path(__file__).resolve().parents[2]
FIELDS = fields_of(Settings)
DECLARED = declared_settings(DECLARATION.read_text())


def test_every_setting_is_there_commented_out_with_its_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    assert write_settings(path)
    lines = path.read_text().splitlines()
    assert all(line.startswith("#") or not line for line in lines)
    assert max(map(len, lines)) <= 120
    # Without the #, the file changes nothing: its values are the defaults.
    uncommented = dict(line[1:].split("=", 1) for line in lines if line.startswith("#INDICAONLINE_"))
    assert [name.removeprefix("INDICAONLINE_").lower() for name in uncommented] == list(Settings.__struct_fields__)
    assert load_settings(environment=uncommented) == Settings()
    assert "](" not in path.read_text()


def test_a_file_that_is_there_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text("INDICAONLINE_ZERO_ROWS_DAYS=5\n")
    assert not write_settings(path)
    assert path.read_text() == "INDICAONLINE_ZERO_ROWS_DAYS=5\n"


def test_the_page_of_the_configuration_says_the_same_of_each() -> None:
    page = (REPOSITORY / "docs" / "configuration.md").read_text()
    for setting in DECLARED:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{setting.variable}` |")]
        assert row.endswith(f"| {setting.meaning} |"), setting.variable


def test_a_field_without_a_meaning_is_named() -> None:
    with pytest.raises(ValueError, match="The field other of Settings has no text"):
        declared_settings('class Settings:\n    one: int = 1\n    """One."""\n    other: int = 2\n    more: int = 3\n')


def test_the_meanings_stand_under_their_fields() -> None:
    assert len(settings_text(DECLARED).splitlines()) > 3 * len(msgspec.structs.fields(Settings))
    assert all(setting.meaning.endswith((".", "}.", "}`.")) for setting in DECLARED)


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if "number" in field.allowed])
def test_a_number_beyond_its_bounds_is_refused_in_one_line_that_says_what_is_allowed(name: str) -> None:
    variable = environment_variable(name)
    for text in ("-1", "nan", "much", *(["1.5"] if "maximum" in FIELDS[name].schema else [])):
        with pytest.raises(SettingError) as refused:
            load_settings(environment={variable: text})
        assert str(refused.value) == f"{variable} must be {FIELDS[name].allowed}."


def test_every_name_that_the_project_uses_is_known() -> None:
    files = [
        REPOSITORY / "docker-compose.yaml",
        REPOSITORY / "deploy" / "helm-values.yaml",
        REPOSITORY / "docs" / "configuration.md",
    ]
    files += [*(REPOSITORY / "deploy").glob("*.py"), *(REPOSITORY / "include" / "demo").glob("*.py")]
    used = {name for path in files for name in re.findall(r"(?<!_)INDICAONLINE_[A-Z_]*[A-Z]", path.read_text())}
    assert set(OTHER_NAMES) <= used
    # Variables of Airflow, such as AIRFLOW_CONN_INDICAONLINE_DEFAULT, begin otherwise.
    assert unknown_names(dict.fromkeys(used, "")) == []
    (warning,) = unknown_names({"INDICAONLINE_QQQ": "secret"})
    assert warning == "INDICAONLINE_QQQ is not a setting and has no effect: docs/configuration.md lists the settings."
