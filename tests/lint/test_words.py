"""Words that standard terms have replaced: no identifier, comment, message or document uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LIST = Path(__file__).resolve()
REPOSITORY = LIST.parents[2]
CHECKED = ("dags", "dbt", "deploy", "docs", "include", "plugins", "tests")
SUFFIXES = {".md", ".py", ".sql", ".sh", ".yaml", ".yml"}

# A space also matches an underscore, a line break, and the mark of the next comment line.
REPLACED = {
    "look|looks|looked|looking|lookup|lookups": "fetch, refresh, read, find",
    "package need|needed since|oldest need|needs a look": "refresh queue, due for refresh, due_since",
    "sight|sights|sighting|sightings": "presence, seen, first seen",
    "speak|speaks|speaking|spoken": "closing pull, covers, concerns",
    "shake|shaken|shook": "affected",
    "rest on|rests on|rested on|rests until": "depends on",
    "doubt|doubts|doubtful": "circuit breaker, held back",
    "promise|promises|promised": "freshness SLA",
    "tell|tells|telling|told|untold": "returns, provides, lists, reports, unknown",
    "prove nothing|proves nothing": "absence is not inferred",
    "is proven|believe|believes|believed": "account_has_packages, is treated as",
    "anew|made again|again from raw": "rebuilt, regenerated, derived again",
    "late(?! arriving)": "late-arriving",
    "plain number|in words": "canonical_number, describe",
    "deed|deeds|spoil|spoils|spoiling|spoilt|standing clock": "event, fault injection, frozen clock",
    "noted": "enqueued",
    "last word": "current",
}
ALLOWED = {"LookupError": "an exception of Python"}

_NOT_ALLOWED = rf"(?!{'|'.join(ALLOWED)})"
_START, _END = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))", r"(?:(?![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
_WORDS = re.compile(
    f"{_START}{_NOT_ALLOWED}(?:{'|'.join(f'((?i:{words}))' for words in REPLACED)}){_END}".replace(" ", r"[\W_]+")
)


def replaced_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, word and replacement of each replaced word, in the order of the text."""
    for match in _WORDS.finditer(text):
        assert match.lastindex is not None
        yield text.count("\n", 0, match.start()) + 1, match[0], list(REPLACED.values())[match.lastindex - 1]


@pytest.mark.parametrize("folder", CHECKED)
def test_standard_terms_only(folder: str) -> None:
    paths = [path for path in sorted((REPOSITORY / folder).rglob("*")) if path.suffix in SUFFIXES and path != LIST]
    assert paths, f"{folder} has nothing to check: correct CHECKED"
    found = [
        f"{path.relative_to(REPOSITORY)}:{line}: {' '.join(word.split())}, better: {instead}"
        for path in paths
        for line, word, instead in replaced_words(path.read_text(encoding="utf-8"))
    ]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_names_and_broken_lines_are_read_too() -> None:
    text = "first_looked_at = PackageLook()\n# Made\n# again, late.\n-- Latest, late-arriving, LATER, LookupError\n"
    assert [(line, word) for line, word, _ in replaced_words(text)] == [
        (1, "looked"),
        (1, "Look"),
        (2, "Made\n# again"),
        (3, "late"),
    ]
