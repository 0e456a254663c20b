"""The documents, split into the parts that tests check."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "CHANGELOG.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
    REPOSITORY / "dbt" / "README.md",
]
CODE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
INDENTED = re.compile(r"(?:^ {4}\S.*\n)+", re.MULTILINE)
Table = list[dict[str, str]]


def name_of(document: Path) -> str:
    """A document's name in messages."""
    return str(document.relative_to(REPOSITORY))


def section(document: Path, heading: str) -> str:
    """The text below a heading, down to the next one of its level or above."""
    text = document.read_text()
    level, _, _ = heading.partition(" ")
    _, found, rest = text.partition(f"{heading}\n")
    assert found, f"{name_of(document)} has no section {heading}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table(text: str) -> Table:
    """The first table of a text, without backticks."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in rows]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def sql_blocks() -> list[tuple[str, str, list[str] | None]]:
    """Every SQL example: where it is, its text, and the columns of the result that is shown below it, if one is."""
    blocks = []
    for document in DOCUMENTS:
        text = document.read_text()
        for match in CODE.finditer(text):
            if match[1] == "sql":
                shown = re.match(r"\n((?: {4}\S.*\n)+)", text[match.end() + 1 :])
                blocks.append((name_of(document), match[2], shown[1].split("\n")[0].split() if shown else None))
    return blocks


def code_of(document: Path) -> list[str]:
    """Everything a document shows as code: in backticks, in fences, and indented."""
    text = document.read_text()
    bare = CODE.sub("", text)
    return [match[2] for match in CODE.finditer(text)] + INDENTED.findall(bare) + re.findall(r"`([^`\n]+)`", bare)
