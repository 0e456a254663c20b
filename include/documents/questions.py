"""docs/questions.md: the answers below its queries, from the past of the documents."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from demo.tables import query_table

_BLOCK = re.compile(r"```sql\n(?P<query>.*?)```\n(?:\n(?P<answer>(?: {4}[^\n]*\n)+))?", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """A query of the document, and the answer that it shows, without indentation."""

    query: str
    answer: str


def questions(text: str) -> list[Question]:
    """Return the queries of a document with the answers below them."""
    return [Question(match["query"], _outdented(match["answer"] or "")) for match in _BLOCK.finditer(text)]


def answer(query: str, dsn: str) -> str:
    """Return the answer of the warehouse as a table of text; raises :class:`ValueError` if it has no rows."""
    shown = query_table(dsn, query)
    if not shown:
        raise ValueError(f"This question has no answer in the documents' past:\n{query}")
    return _outdented(shown)


def answered(text: str, dsn: str) -> str:
    """Return the document with the answers of this warehouse."""

    def replaced(match: re.Match[str]) -> str:
        lines = answer(match["query"], dsn).splitlines()
        return f"```sql\n{match['query']}```\n\n" + "".join(f"    {line}\n" for line in lines)

    return _BLOCK.sub(replaced, text)


def _outdented(table: str) -> str:
    """Return a table without indentation."""
    return textwrap.dedent(table).rstrip("\n")
