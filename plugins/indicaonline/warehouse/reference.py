"""Reference data: the current names of offices, products, brands, categories and lab analytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from indicaonline.records import Outcome, Page
from indicaonline.reference_lists import REFERENCE_LISTS
from indicaonline.warehouse.landing import Landing
from indicaonline.warehouse.ledger import status_of
from indicaonline.warehouse.sql import Connection, fetch_all, read_sql

_FIELDS = (
    "id",
    "name",
    "brand_id",
    "category_id",
    "strain_type_id",
    "measurement",
    "medical_state_license_number",
    "adult_use_state_license_number",
)


class KnownOffice(msgspec.Struct, frozen=True):
    """An office of the warehouse; ``is_listed`` says whether it is pulled, or only has a history."""

    office_id: int
    label: str
    is_listed: bool


class ReferenceLoad(Landing[Any]):
    """The load of one list of names. It ends with ``apply``, which commits."""

    def stage(self, pages: Sequence[Page[Any]], reads_before: int) -> None:
        """Copy records into ``staged_name``; of a list that moved, every reading is as good."""
        self.connection.execute(read_sql("reference/create_staging"))
        columns = ", ".join((*_FIELDS, "observed_at", "unread"))
        with self.connection.cursor() as cursor, cursor.copy(f"COPY staged_name ({columns}) FROM STDIN") as copy:
            for page in pages:
                for item in page.items:
                    values = (getattr(item, field, None) for field in _FIELDS)
                    copy.write_row((*values, page.observed_at, list(item.unread)))

    def apply(self, outcome: Outcome, given_offices: Sequence[int] = ()) -> int:
        """Bring the table of the list up to it, and commit; returns how many names are new or were renewed.

        Names that are missing from the list stay: the history refers to them. Which offices are pulled follows a
        complete list of offices, unless the connection gives them.
        """
        resource = self.request.resource
        assert resource is not None
        status = status_of(outcome)
        self.write_ledger(outcome, status)
        self.connection.execute(read_sql("reference/create_staging"))
        renewed = self.connection.execute(read_sql(f"reference/upsert_{REFERENCE_LISTS[resource].table}")).rowcount
        if resource == "offices" and given_offices:
            list_given_offices(self.connection, given_offices)
        elif resource == "offices" and outcome.complete:
            self.connection.execute(read_sql("reference/mark_listed_offices"))
        self.commit(outcome, status)
        return renewed


def list_given_offices(connection: Connection, office_ids: Sequence[int]) -> None:
    """Let the offices named in the connection, and only these, be pulled. Does not commit."""
    connection.execute(read_sql("reference/mark_given_offices"), {"office_ids": list(office_ids)})


def known_offices(connection: Connection) -> list[KnownOffice]:
    """Offices to pull or with a history, by ascending id."""
    return fetch_all(connection, KnownOffice, "reference/select_offices")
