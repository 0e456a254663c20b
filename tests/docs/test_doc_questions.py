"""The worked questions: what the document shows is what the documents' past answers, to an analyst."""

from __future__ import annotations

import re

import psycopg
import pytest

from doc_files import REPOSITORY
from documents.past import NOW, as_analyst
from documents.questions import Question, answer, answered, questions

DOCUMENT = REPOSITORY / "docs" / "questions.md"
QUESTIONS = questions(DOCUMENT.read_text())
TITLES = re.findall(r"^## (.+)$", DOCUMENT.read_text(), re.MULTILINE)
LONGEST, WIDEST = 12, 120


def test_there_are_ten_and_one_before_them() -> None:
    assert [title.partition(".")[0] for title in TITLES[1:]] == [str(number) for number in range(1, 11)]
    assert len(QUESTIONS) == len(TITLES)


@pytest.mark.parametrize("question", QUESTIONS, ids=TITLES)
def test_the_answer_is_the_one_that_is_shown(question: Question, documents_dsn: str) -> None:
    assert answer(question.query, as_analyst(documents_dsn)) == question.answer, "Run `make docs`."


@pytest.mark.parametrize("question", QUESTIONS, ids=TITLES)
def test_an_answer_fits_a_page_and_has_an_order(question: Question) -> None:
    lines = question.answer.splitlines()
    assert 0 < len(lines) - 2 <= LONGEST
    assert max(map(len, lines)) <= WIDEST
    assert "ORDER BY" in question.query


def test_the_questions_are_asked_as_an_analyst_at_the_end_of_that_past(documents_dsn: str) -> None:
    with psycopg.connect(as_analyst(documents_dsn)) as connection:
        assert connection.execute("SELECT current_user, current_setting('TimeZone')").fetchone() == (
            "indicaonline_analyst",
            "UTC",
        )
        (lag,) = connection.execute("SELECT max(lag) FROM mart.freshness").fetchall()
        assert lag == (NOW - NOW,), "now is the last moment of that past"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT FROM inventory.daily_stock")


def test_answers_are_written_below_their_questions(warehouse_dsn: str) -> None:
    unanswered = "Before.\n\n```sql\nSELECT 1 AS one;\n```\n\nBetween.\n\n"
    text = unanswered + "```sql\nSELECT 'x' AS two;\n```\n\n    old\n    -\n\nEnd.\n"
    once = answered(text, as_analyst(warehouse_dsn))
    assert [question.answer for question in questions(once)] == ["one\n---\n  1", "two\n---\nx"]
    assert "    old" not in once
    assert re.sub(r"(?m)^ {4}.*\n", "", once).split() == re.sub(r"(?m)^ {4}.*\n", "", text).split(), (
        "prose is left alone"
    )
    assert answered(once, as_analyst(warehouse_dsn)) == once


def test_a_question_without_an_answer_is_named(warehouse_dsn: str) -> None:
    with pytest.raises(ValueError, match=r"(?s)no answer.*mart\.coverage"):
        answer("SELECT business_date FROM mart.coverage", as_analyst(warehouse_dsn))
