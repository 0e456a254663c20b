"""``make docs``: regenerates the generated documents from a temporary warehouse, in about a minute."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from documents.catalogue import Mart, read_marts
from documents.configuration import configuration
from documents.contract import contract
from documents.dictionary import dictionary
from documents.entities import entities
from documents.exports import exports
from documents.past import as_analyst, live_through
from documents.questions import answered
from documents.semantics import semantics
from documents.sources import sources
from documents.staging import staging
from indicaonline.settings import Settings
from indicaonline.warehouse.migrate import migrate
from servers.airflow import REPOSITORY
from servers.console import Stop, say, step
from servers.postgres import embedded_postgres


def main() -> int:
    """Write the documents; returns the exit code."""
    try:
        with embedded_postgres() as server, tempfile.TemporaryDirectory() as logs:
            with step("a warehouse"):
                dsn = server.create_database("documents")
                migrate(lambda: psycopg.connect(dsn), Settings())
            live_through(dsn, Path(logs))
            for name, text in documents(dsn).items():
                write(REPOSITORY / name, text)
    except (Stop, ValueError) as reason:
        say(str(reason))
        return 1
    return 0


def documents(dsn: str) -> dict[str, str]:
    """Return the generated files by their path in the repository, from a warehouse with the documents' past."""
    questions = "docs/questions.md"
    return generated(read_marts(dsn)) | {questions: answered((REPOSITORY / questions).read_text(), as_analyst(dsn))}


def generated(marts: Sequence[Mart]) -> dict[str, str]:
    """Return the files, by path, that need no past: an empty warehouse has the same."""
    return {
        "docs/configuration.md": configuration(),
        "docs/dictionary.md": dictionary(marts),
        "docs/entities.md": entities(marts),
        "docs/export.md": exports((REPOSITORY / "docs/export.md").read_text(), marts),
        "docs/contract.odcs.yaml": contract(marts),
        "dbt/models/staging/_sources.yml": sources(marts),
        "dbt/models/semantic/_semantic_models.yml": semantics(marts),
        **{f"dbt/models/staging/{name}": text for name, text in staging(marts).items()},
    }


def write(path: Path, text: str) -> None:
    """Write a file if its text differs, and print the result."""
    same = path.exists() and path.read_text() == text
    if not same:
        path.write_text(text)
    say(f"  {path.relative_to(REPOSITORY)}: {'unchanged' if same else 'written'}")


if __name__ == "__main__":
    sys.exit(main())
