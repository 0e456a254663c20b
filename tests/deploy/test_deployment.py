"""The parts of the deployment that can be checked without Docker: the secrets, the connections, the image's pins."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from env_file import VARIABLES, complete
from indicaonline.environment import load_accounts
from prepare import connections

KEY = "the-key-of-an-account"
REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = (REPOSITORY / "docker-compose.yaml").read_text()


def _values(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line and not line.startswith("#"))


def test_the_file_of_secrets_is_whole_private_and_new_each_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one.env", tmp_path / "other.env"
    assert complete(one) == complete(other) == list(VARIABLES)
    assert one.stat().st_mode & 0o777 == 0o600
    first, second = _values(one), _values(other)
    same = {name for name in VARIABLES if first[name] == second[name]}
    assert same == {"COMPOSE_PROFILES", "INDICAONLINE_API_KEY"}
    assert len(set(first.values())) == len(first)
    assert all(re.fullmatch("[a-z0-9]{24,}", value) for name, value in first.items() if name.endswith("_PASSWORD"))


def test_what_is_in_the_file_is_never_changed(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nPOSTGRES_PASSWORD=kept\nINDICAONLINE_API_KEY=key=with=signs\nUI_PORT=9000")
    path.chmod(0o644)
    assert set(complete(path)) == set(VARIABLES) - {"POSTGRES_PASSWORD", "INDICAONLINE_API_KEY"}
    kept = {"POSTGRES_PASSWORD": "kept", "INDICAONLINE_API_KEY": "key=with=signs", "UI_PORT": "9000"}
    assert _values(path).items() >= kept.items()
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    assert complete(path) == []
    assert path.read_text() == before


def test_any_python_makes_it_and_no_secret_is_printed(tmp_path: Path) -> None:
    """By itself, without the environment of the checkout: as `make env` runs it on a server."""
    folder = tmp_path / "deploy"
    folder.mkdir()
    for name in ("env_file.py", "settings_file.py"):
        (folder / name).write_text((REPOSITORY / "deploy" / name).read_text())
    declaration = tmp_path / "plugins" / "indicaonline" / "settings.py"
    declaration.parent.mkdir(parents=True)
    declaration.write_text((REPOSITORY / "plugins" / "indicaonline" / "settings.py").read_text())
    command = [sys.executable, "-E", "-s", "-S", str(folder / "env_file.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    values = _values(tmp_path / ".env")
    assert set(values) == set(VARIABLES)
    assert (tmp_path / "settings.env").exists()
    assert not any(
        value in done.stdout for name, value in values.items() if name.endswith(("_PASSWORD", "_KEY")) and value
    )


def test_compose_asks_for_no_secret_that_is_not_made() -> None:
    from_files = {secret["environment"] for secret in yaml.safe_load(COMPOSE)["secrets"].values()}
    needed = set(re.findall(r"\$\{([A-Z_]+)(?::\?[^}]*)?\}", COMPOSE))
    assert from_files | needed <= set(VARIABLES)
    assert not re.search(r"(PASSWORD|SECRET|KEY): (?!\$\{)\S", COMPOSE)


@pytest.mark.parametrize(
    "there", [{}, {"indicaonline_default": {"host": "http://old", "password": "old", "extra": "{}"}}]
)
def test_a_key_in_the_environment_rules(there: dict[str, dict[str, str]]) -> None:
    environment = {"WAREHOUSE_PASSWORD": "w", "INDICAONLINE_API_KEY": " new-key\n", "INDICAONLINE_HOST": "http://new"}
    made = connections(there, environment)["indicaonline_default"]
    assert (made["host"], made["password"]) == ("http://new", "new-key")


def test_without_a_key_what_a_person_set_stays() -> None:
    theirs = {"conn_type": "indicaonline", "host": "http://theirs", "password": "theirs", "extra": '{"page_size": 50}'}
    made = connections({"indicaonline_default": theirs}, {"WAREHOUSE_PASSWORD": "w", "INDICAONLINE_API_KEY": ""})
    assert made["indicaonline_default"] == theirs
    assert made["inventory_warehouse"]["login"] == "indicaonline"


def test_a_new_connection_without_a_key_has_none() -> None:
    made = connections({}, {"WAREHOUSE_PASSWORD": "w"})["indicaonline_default"]
    assert made["host"] == "https://api.indicaonline.com"
    assert "password" not in made


def test_each_account_has_connections_and_the_key_is_that_of_the_first() -> None:
    """North is an account that was alone before, and keeps its database; the key of south is entered in the UI."""
    first = {"api_conn_id": "indicaonline_default", "warehouse_conn_id": "inventory_warehouse"}
    accounts = load_accounts({"INDICAONLINE_ACCOUNTS": json.dumps({"north": first, "south": {}})})
    environment = {"WAREHOUSE_PASSWORD": "w", "INDICAONLINE_API_KEY": KEY}
    made = connections({}, environment, accounts)
    assert set(made) == {*first.values(), "indicaonline_south", "inventory_warehouse_south"}
    assert made["indicaonline_default"]["password"] == KEY
    assert "password" not in made["indicaonline_south"]
    databases = {name: made[name]["schema"] for name in made if name.startswith("inventory_")}
    assert databases == {"inventory_warehouse": "indicaonline", "inventory_warehouse_south": "indicaonline_south"}
    theirs = {"conn_type": "indicaonline", "host": "http://theirs", "password": "of-south"}
    again = connections({"indicaonline_south": theirs}, environment, accounts)
    assert again["indicaonline_south"] == theirs


def test_what_the_image_adds_is_what_the_tests_ran_with() -> None:
    tested, added = (
        dict(re.findall(r"^([\w-]+)==(\S+)$", (REPOSITORY / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "deploy/requirements.txt")
    )
    # What the base image lacks of this project's requirements. The login page's own packages and the extra `ui` are no
    # requirement of it.
    assert set(added) & set(tested) == {"aiolimiter", "et-xmlfile", "openpyxl", "zstandard"}
    assert all(added[name] == tested[name] for name in set(added) & set(tested))


def test_the_image_is_of_the_airflow_that_is_pinned() -> None:
    base = re.search(r"^FROM apache/airflow:(\S+)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    assert base is not None
    assert f"apache-airflow=={base[1]}\n" in (REPOSITORY / "requirements.txt").read_text()
