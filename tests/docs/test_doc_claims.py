"""The documents name existing objects, and their tables of settings and fields are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from doc_files import CODE, DOCUMENTS, REPOSITORY, code_of, name_of, section, table

from indicaonline import errors
from indicaonline.api.config import ApiConfig
from indicaonline.cli import main as command
from indicaonline.jobs.snapshot import PULLS_AT_ONCE
from indicaonline.provider import get_provider_info
from indicaonline.settings import DSN, NOW, PREFIX, Settings

README = REPOSITORY / "README.md"
CONFIGURATION = REPOSITORY / "docs" / "configuration.md"
SOURCES = [
    path
    for pattern in (
        "plugins/**/*.py",
        "include/**/*.py",
        "dags/*.py",
        "Makefile",
        "docker-compose.yaml",
        "deploy/*.py",
    )
    for path in REPOSITORY.glob(pattern)
]
ROOTS = [REPOSITORY, REPOSITORY / "plugins" / "indicaonline", *(REPOSITORY / "include" / "sql").iterdir()]

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = table(section(CONFIGURATION, "## Settings"))
    defaults = {PREFIX + name.upper(): _shown(value) for name, value in msgspec.structs.asdict(Settings()).items()}
    assert [(row["variable"], row["default"]) for row in rows] == [*defaults.items(), (NOW, ""), (DSN, "")]
    assert all(row["meaning"].endswith((".", "}.")) for row in rows)


def test_the_table_of_connection_fields_is_that_of_the_form() -> None:
    rows = table(section(CONFIGURATION, "## Fields of the connection `indicaonline_default`"))
    (kind,) = get_provider_info()["connection-types"]
    behaviour, fields = kind["ui-field-behaviour"], kind["conn-fields"]
    form = {
        **{
            name: (behaviour["relabeling"][name], default)
            for name, default in (("host", behaviour["placeholders"]["host"]), ("password", ""))
        },
        **{name: (field["label"], _shown(field["schema"].get("default", ""))) for name, field in fields.items()},
    }
    beyond = {
        name: ("(extra only)", _shown(value))
        for name, value in msgspec.structs.asdict(ApiConfig(key="any-key")).items()
        if name not in {*fields, "key", "base_url", "paths"}
    }
    assert {row["name"]: (row["field"], row["default"]) for row in rows} == form | beyond
    for row in rows:
        schema = fields.get(row["name"], {"schema": {}})["schema"]
        assert all(f"{schema[bound]:g}" in row["allowed"] for bound in ("minimum", "maximum") if bound in schema)
    assert all(row["meaning"].endswith(".") for row in rows)


@every_document
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = {name for code in code_of(document) for name in re.findall(r"\bmake ([a-z][a-z-]*)", code)}
    assert named <= targets


@every_document
def test_every_command_exists(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Not the name of a connection type, or of a package, in backticks of its own.
    for name in {name for code in code_of(document) for name in re.findall(r"(?<!\S)indicaonline ([a-z-]+)", code)}:
        with pytest.raises(SystemExit) as ended:
            command([name, "--help"])
        assert ended.value.code == 0, f"{name}: {capsys.readouterr().err}"


@every_document
def test_every_variable_is_one_that_something_reads(document: Path) -> None:
    known = "\n".join(path.read_text() for path in SOURCES)
    settings = {PREFIX + name.upper() for name in Settings.__struct_fields__} | {NOW, DSN}
    for code in code_of(document):
        for name in re.findall(r"\b[A-Z]+_[A-Z_]*[A-Z]\b", code):
            is_airflows = name.startswith(("AIRFLOW__", "AIRFLOW_CONN_"))
            assert is_airflows or name in settings or re.search(rf"\b{name}\b", known), name


@every_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    for code in code_of(document):
        if re.fullmatch(r"[\w./-]+(\.(py|sql|md|txt|toml|yaml)|/)", code) and not code.startswith((".", "/")):
            assert any((root / code).exists() for root in ROOTS), code


@every_document
def test_every_error_that_is_named_exists(document: Path) -> None:
    for code in code_of(document):
        if re.fullmatch(r"\w+Error", code):
            assert hasattr(errors, code), code


@every_document
def test_what_is_scheduled_is_a_dag(document: Path) -> None:
    """A word in the form of a DAG's name is a DAG of this repository, or a mart."""
    folders = (REPOSITORY / "dags").glob("*.py"), (REPOSITORY / "include" / "sql" / "marts").glob("*.sql")
    there = {path.stem for folder in folders for path in folder}
    names = {name for code in code_of(document) for name in re.findall(r"(?<![\w.])\w+_(?:daily|hourly|check)\b", code)}
    assert names <= there


def test_every_dag_is_in_the_readme() -> None:
    missing = [
        path.stem for path in (REPOSITORY / "dags").glob("[!_]*.py") if f"`{path.stem}`" not in README.read_text()
    ]
    assert missing == []


@every_document
def test_every_link_leads_somewhere(document: Path) -> None:
    text = CODE.sub("", document.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*\]\([^`\n]*`", "", text)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.is_relative_to(REPOSITORY), target
        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), target


def _anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("picture", sorted((REPOSITORY / "docs").glob("*.svg")), ids=name_of)
def test_a_picture_is_readable_in_light_and_dark_and_without_seeing_it(picture: Path) -> None:
    root = ElementTree.parse(picture).getroot()  # noqa: S314 - our own file
    space = {"svg": "http://www.w3.org/2000/svg"}
    for name in ("title", "desc"):
        assert (root.findtext(f"svg:{name}", namespaces=space) or "").strip()
    style = root.findtext("svg:style", namespaces=space) or ""
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    classes = {name for element in root.iter() for name in element.get("class", "").split()} - {"name"}
    for name in classes:
        assert f".{name}" in light, f"{name} has no colour"
        assert f".{name}" in dark, f"{name} has no colour in the dark"
    assert any(picture.name in document.read_text() for document in DOCUMENTS)


@pytest.mark.parametrize("picture", sorted((REPOSITORY / "docs" / "images").iterdir()), ids=name_of)
def test_a_screenshot_is_small_and_shown_with_words_for_those_who_do_not_see_it(picture: Path) -> None:
    assert picture.stat().st_size < 200_000
    shown = README.read_text() + (REPOSITORY / "docs" / "page.md").read_text()
    assert re.search(rf"!\[.{{30,}}\]\((docs/)?images/{picture.name}\)", shown)


def test_the_number_of_connections_is_that_of_the_code() -> None:
    text = section(REPOSITORY / "docs" / "operations.md", "## The connection to PostgreSQL")
    assert f"at most {PULLS_AT_ONCE} at once" in " ".join(text.split())


def test_the_changelog_knows_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"## [{version[1]}]" in (REPOSITORY / "CHANGELOG.md").read_text()
