"""The reference lists of the API, declared once for DAG, connection form, client and warehouse."""

from __future__ import annotations

import msgspec

from indicaonline.records import Named, Office, Product


class ReferenceList(msgspec.Struct, frozen=True):
    """One list: its name in the DAG, the ledger and the connection, its record, and its table.

    ``path`` is the default below ``/open_api/<version>/``, ``table`` the table of the schema ``inventory`` that keeps
    the names, ``upsert_<table>.sql`` its statement. ``title`` and ``description`` are those of the path in the
    connection's form.
    """

    name: str
    path: str
    record: type[Office] | type[Product] | type[Named]
    table: str
    title: str
    description: str


_PRODUCTS = "The catalogue: names, brands and categories of products."
_ANALYTES = "Names of cannabinoids and terpenes."

# The vendor's guides do not document the paths of these lists. So each path is a field of the connection.
# Offices are first: the contract check takes the ids for its other requests from them.
REFERENCE_LISTS = {
    each.name: each
    for each in (
        ReferenceList("offices", "offices", Office, "office", "offices", "The offices that the key can see."),
        ReferenceList("products", "products", Product, "product", "products", _PRODUCTS),
        ReferenceList("brands", "products/brands", Named, "brand", "brands", "Names of brands."),
        ReferenceList("categories", "products/categories", Named, "category", "categories", "Names of categories."),
        ReferenceList("lab_results", "products/lab-results", Named, "lab_analyte", "lab-result names", _ANALYTES),
    )
}
"""By name, in the order of the form and the documents."""
