"""The warehouse of the Metrc tests."""

from __future__ import annotations

import pytest
from metrc_books import NOW_IS, Books

from indicaonline.settings import NOW


@pytest.fixture
def books(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setenv(NOW, NOW_IS.isoformat())
    return Books(warehouse_dsn)
