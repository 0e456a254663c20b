"""Any text reaches the database: as a parameter, in a list, and in both formats of COPY."""

from __future__ import annotations

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.json_values import storable_text as storable
from indicaonline.warehouse.any_text import accept_any_text

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ANY_TEXT = st.text(st.characters() | st.sampled_from("\0\ud800\udcff\\\t\n'\""), max_size=20)


@given(ANY_TEXT)
def test_only_what_cannot_be_stored_is_replaced(text: str) -> None:
    kept = storable(text)
    kept.encode()
    assert "\0" not in kept
    if kept == text:
        return
    assert [char for char in kept if char != REPLACEMENT] == [
        char for char in text if char not in ("\0", REPLACEMENT) and not "\ud800" <= char <= "\udfff"
    ]


@given(st.lists(ANY_TEXT, min_size=1, max_size=3))
def test_any_text_can_be_a_parameter_and_a_row(warehouse_dsn: str, texts: list[str]) -> None:
    expected = [storable(text) for text in texts]
    with psycopg.connect(warehouse_dsn) as connection:
        accept_any_text(connection)
        assert connection.execute("SELECT %s::text[]", [texts]).fetchone() == (expected,)
        assert connection.execute("SELECT %s", [texts[0]]).fetchone() == (expected[0],)
        connection.execute("CREATE TEMPORARY TABLE kept (t text)")
        for options in ("", " WITH (FORMAT binary)"):
            with connection.cursor() as cursor, cursor.copy(f"COPY kept FROM STDIN{options}".encode()) as copy:
                if options:
                    copy.set_types(["text"])
                for text in texts:
                    copy.write_row([text])
        assert [row for (row,) in connection.execute("SELECT t FROM kept")] == expected * 2
