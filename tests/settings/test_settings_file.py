"""The file ``settings.env`` that ``make env`` makes, and the table of the README: both say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from indicaonline.settings import OTHER_NAMES, Settings, load_settings, unknown_names
from settings_file import DECLARATION, declared_settings, settings_text, write_settings

REPOSITORY = Path(__file__).resolve().parents[2]
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
    assert load_settings(uncommented) == Settings()
    assert "](" not in path.read_text()


def test_a_file_that_is_there_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_text("INDICAONLINE_ZERO_ROWS_DAYS=5\n")
    assert not write_settings(path)
    assert path.read_text() == "INDICAONLINE_ZERO_ROWS_DAYS=5\n"


def test_the_readme_says_the_same_of_each() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    for setting in DECLARED:
        (row,) = [line for line in readme.splitlines() if line.startswith(f"| `{setting.variable}` |")]
        assert row.endswith(f"| {setting.meaning} |"), setting.variable


def test_a_field_without_a_meaning_is_named() -> None:
    with pytest.raises(ValueError, match="The field other of Settings has no text"):
        declared_settings('class Settings:\n    one: int = 1\n    """One."""\n    other: int = 2\n    more: int = 3\n')


def test_the_meanings_stand_under_their_fields() -> None:
    assert len(settings_text(DECLARED).splitlines()) > 3 * len(msgspec.structs.fields(Settings))
    assert all(setting.meaning.endswith((".", "}.", "}`.")) for setting in DECLARED)


def test_every_name_that_the_project_uses_is_known() -> None:
    files = [REPOSITORY / "docker-compose.yaml", REPOSITORY / "deploy" / "helm-values.yaml", REPOSITORY / "README.md"]
    files += [*(REPOSITORY / "deploy").glob("*.py"), *(REPOSITORY / "include" / "demo").glob("*.py")]
    used = {name for path in files for name in re.findall(r"INDICAONLINE_[A-Z_]*[A-Z]", path.read_text())}
    assert set(OTHER_NAMES) <= used
    # A connection's variable, AIRFLOW_CONN_INDICAONLINE_DEFAULT, begins otherwise.
    assert unknown_names(dict.fromkeys(used - {"INDICAONLINE_DEFAULT"}, "")) == []
    (told,) = unknown_names({"INDICAONLINE_QQQ": "secret"})
    assert told == "INDICAONLINE_QQQ is not a setting and has no effect: the README lists the settings."
