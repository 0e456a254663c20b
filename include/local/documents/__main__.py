"""``make docs``: writes what is generated of the documents anew, from a warehouse of its own; takes about a minute."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import psycopg

from indicaonline.settings import Settings
from indicaonline.warehouse.migrate import migrate
from local.airflow import REPOSITORY
from local.console import Stop, say, step
from local.documents.catalogue import read_marts
from local.documents.configuration import configuration
from local.documents.dictionary import dictionary
from local.documents.entities import entities
from local.documents.past import as_analyst, live_through
from local.documents.questions import answered
from local.documents.sources import sources
from local.postgres import embedded_postgres

DOCUMENTS = REPOSITORY / "docs"


def main() -> int:
    """Write the documents; returns the exit code."""
    try:
        with embedded_postgres() as server, tempfile.TemporaryDirectory() as logs:
            with step("a warehouse"):
                dsn = server.create_database("documents")
                migrate(lambda: psycopg.connect(dsn), Settings())
            live_through(dsn, Path(logs))
            for name, text in documents(dsn).items():
                write(DOCUMENTS / name, text)
    except (Stop, ValueError) as reason:
        say(str(reason))
        return 1
    return 0


def documents(dsn: str) -> dict[str, str]:
    """What the generated files of docs/ should have, from a warehouse in which the documents' past was lived."""
    marts = read_marts(dsn)
    return {
        "configuration.md": configuration(),
        "dictionary.md": dictionary(marts),
        "entities.svg": entities(marts),
        "sources.yml": sources(marts),
        "questions.md": answered((DOCUMENTS / "questions.md").read_text(), as_analyst(dsn)),
    }


def write(path: Path, text: str) -> None:
    """Write a file where its text is another, and say so."""
    same = path.exists() and path.read_text() == text
    if not same:
        path.write_text(text)
    say(f"  {path.relative_to(REPOSITORY)}: {'as it was' if same else 'written'}")


if __name__ == "__main__":
    sys.exit(main())
