"""``make docs``: regenerates the generated documents from a temporary warehouse, in about a minute."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import psycopg

from documents.catalogue import read_marts
from documents.configuration import configuration
from documents.dictionary import dictionary
from documents.entities import entities
from documents.exports import exports
from documents.past import as_analyst, live_through
from documents.questions import answered
from documents.sources import sources
from indicaonline.settings import Settings
from indicaonline.warehouse.migrate import migrate
from servers.airflow import REPOSITORY
from servers.console import Stop, say, step
from servers.postgres import embedded_postgres

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
    """Return the generated files of docs/ by name, from a warehouse with the documents' past."""
    marts = read_marts(dsn)
    return {
        "configuration.md": configuration(),
        "dictionary.md": dictionary(marts),
        "entities.md": entities(marts),
        "export.md": exports((DOCUMENTS / "export.md").read_text(), marts),
        "sources.yml": sources(marts),
        "questions.md": answered((DOCUMENTS / "questions.md").read_text(), as_analyst(dsn)),
    }


def write(path: Path, text: str) -> None:
    """Write a file if its text differs, and print the result."""
    same = path.exists() and path.read_text() == text
    if not same:
        path.write_text(text)
    say(f"  {path.relative_to(REPOSITORY)}: {'unchanged' if same else 'written'}")


if __name__ == "__main__":
    sys.exit(main())
