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
    """An office of the warehouse. It is pulled if ``is_listed``; otherwise it only has a history."""

    office_id: int
    label: str
    is_listed: bool


class ReferenceLoad(Landing[Any]):
    """The load of one reference list. It ends with ``apply``, which commits."""

    def stage(self, pages: Sequence[Page[Any]], reads_before: int) -> None:
        """Copy records to ``staged_name``."""
        # Of all reads, without their number: a name that only one read of a changing list returned is still a name.
        self.connection.execute(read_sql("reference/create_staging"))
        columns = ", ".join((*_FIELDS, "observed_at", "unread"))
        with self.connection.cursor() as cursor, cursor.copy(f"COPY staged_name ({columns}) FROM STDIN") as copy:
            for page in pages:
                for item in page.items:
                    values = (getattr(item, field, None) for field in _FIELDS)
                    copy.write_row((*values, page.observed_at, list(item.unread)))

    def apply(self, outcome: Outcome, given_offices: Sequence[int] = ()) -> int:
        """Upsert the table of the list, and commit; returns the number of new and changed names."""
        resource = self.request.resource
        assert resource is not None
        status = status_of(outcome)
        self.write_ledger(outcome, status)
        # Again, for a list without any page.
        self.connection.execute(read_sql("reference/create_staging"))
        # Names that the list no longer has are kept: the history refers to them.
        renewed = self.connection.execute(read_sql(f"reference/upsert_{REFERENCE_LISTS[resource].table}")).rowcount
        if resource == "offices" and given_offices:
            list_given_offices(self.connection, given_offices)
        # An office that an incomplete list lacks may still exist: it stays listed, so that it is still pulled.
        elif resource == "offices" and outcome.complete:
            self.connection.execute(read_sql("reference/mark_listed_offices"))
        self.commit(outcome, status)
        return renewed


def list_given_offices(connection: Connection, office_ids: Sequence[int]) -> None:
    """Mark the offices that the connection names as listed, and no others. Does not commit."""
    connection.execute(read_sql("reference/mark_given_offices"), {"office_ids": list(office_ids)})


def known_offices(connection: Connection) -> list[KnownOffice]:
    """Return the offices that are listed or have a history, by ascending id."""
    return fetch_all(connection, KnownOffice, "reference/select_offices")
