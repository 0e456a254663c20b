"""The records of the state: active packages from the truth, as Metrc exports them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from .catalogue import Office
from .packages import PackageState
from .state import State

COLUMNS = ("Tag", "Item", "Quantity", "Unit of Measure", "Facility License Number")
TAG = re.compile(r"1A4[A-Z0-9]{21}", re.ASCII)


def licence_of(office: Office) -> str:
    """Return the licence of an office's packages: adult use if it has one, else medical."""
    return office.adult_use_state_license_number or office.medical_state_license_number


def export(world: State, packages: Iterable[PackageState], licence: str | None) -> str:
    """Return CSV text with a row for each active package that has a Metrc tag, ordered by tag.

    ``licence`` selects the rows of one facility; KeyError if no office has it.
    """
    if licence is not None and licence not in {licence_of(office) for office in world.offices.values()} - {""}:
        raise KeyError(f"no facility has the licence {licence}")
    rows = []
    for state in packages:
        facility = licence_of(world.offices[_office_of(state)])
        if state.available > 0 and TAG.fullmatch(state.origin.uid or "") and licence in (None, facility):
            product = world.products[state.product_id]
            unit = "Grams" if product.weighed else "Each"
            rows.append((state.origin.uid, product.name, f"{state.available:f}", unit, facility, state.id))
    rows.sort(key=lambda row: (row[0], row[-1]))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(row[:-1] for row in rows)
    return text.getvalue()


def _office_of(state: PackageState) -> int:
    """Return the office that holds a package; if several do, the one it was checked in to."""
    lies_in = [office_id for office_id, held in state.holdings.items() if held > 0]
    return lies_in[0] if len(lies_in) == 1 else state.checked_in_to
