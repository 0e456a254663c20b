"""docs/entities.svg: the marts by what a row is about, the keys that they share, and what they read.

Only the order of the rows is chosen here. Keys and tables are those that the warehouse tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from documents.catalogue import Mart

GROUPS = {
    "Dimensions: an office, a product": ("office", "product"),
    "A product in an office, by business day": ("inventory_daily", "stock_movement_daily", "stockout_day"),
    "A product in an office, now or as of an instant": ("inventory_current", "inventory_as_of", "days_of_supply"),
    "A change of stock that was seen": ("inventory_change", "package_change"),
    "A package in an office": ("expiring_stock", "fifo_breach", "transfer_inferred"),
    "A package, wherever it is": ("package_lifecycle", "package_history"),
    "A lab result": ("lab_result", "cannabinoid_total", "potency_trend"),
    "Where the books disagree": ("discrepancy",),
    "Where they disagree with Metrc": ("metrc_discrepancy", "metrc_reconciliation"),
    "What is known of an office": ("coverage", "freshness"),
}
# A key may have several names: two packages of one product, both ends of a transfer.
KEYS = {
    "day": {"business_date", "snapshot_date", "month"},
    "office_id": {"office_id", "from_office_id"},
    "product_id": {"product_id"},
    "package_id": {"package_id", "older_package_id"},
    "analyte_id": {"analyte_id", "cannabinoid"},
    "reconciled_at": {"reconciled_at"},
}
# These give names, time zones and settings to nearly every mart.
_NAMES = {"office", "product", "brand", "category", "lab_analyte", "lab_unit", "cannabinoid_name"}
_LEFT, _MIDDLE, _RIGHT = 30, 300, 930
_LINE, _PILL, _GAP = 17, 24, 14

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 {height}" role="img" aria-labelledby="title description"
     font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">
  <title id="title">The marts by what a row is about, with their keys and what they read</title>
  <desc id="description">{description}</desc>
  <style>
    .page {{ fill: #ffffff; stroke: #d0d7de; }}
    .box {{ fill: #f6f8fa; stroke: #d0d7de; }}
    .mart {{ fill: #dafbe1; stroke: #1a7f37; }}
    .key {{ fill: #ddf4ff; stroke: #0969da; }}
    .line {{ fill: none; stroke: #57606a; stroke-width: 1.5; }}
    .head {{ fill: #57606a; }}
    text {{ fill: #1f2328; }}
    .name {{ font-weight: 600; }}
    .small {{ fill: #57606a; font-size: 12px; }}
    @media (prefers-color-scheme: dark) {{
      .page {{ fill: #0d1117; stroke: #30363d; }}
      .box {{ fill: #161b22; stroke: #30363d; }}
      .mart {{ fill: #033a16; stroke: #3fb950; }}
      .key {{ fill: #0c2d6b; stroke: #58a6ff; }}
      .line {{ stroke: #8b949e; }}
      .head {{ fill: #8b949e; }}
      text {{ fill: #e6edf3; }}
      .small {{ fill: #9da7b3; }}
    }}
  </style>
  <defs>
    <marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
      <path class="head" d="M0 0 10 5 0 10z"/>
    </marker>
  </defs>
  <rect class="page" x="1" y="1" width="958" height="{inner}" rx="12"/>
  <text class="small" x="{left}" y="32">what they read</text>
  <text class="small" x="{middle}" y="32">mart, by what a row is about, and the keys of a group</text>
"""


def entities(marts: Sequence[Mart]) -> str:
    """The picture; raises :class:`ValueError` where a mart has no group, or a group names none."""
    known = {mart.name: mart for mart in marts}
    placed = [name for names in GROUPS.values() for name in names]
    if sorted(placed) != sorted(known):
        wrong = ", ".join(sorted(set(placed) ^ set(known)))
        raise ValueError(f"These are not both in mart and in a group of the picture: {wrong}.")
    lines: list[str] = []
    top = 44
    for title, names in GROUPS.items():
        drawn, height = _group(title, [known[name] for name in names], top)
        lines += drawn
        top += height + _GAP
    described = "; ".join(f"{title}: {', '.join(names)}" for title, names in GROUPS.items()) + "."
    head = _HEAD.format(height=top + 4, inner=top + 2, left=_LEFT, middle=_MIDDLE, description=escape(described))
    return head + "\n".join(lines) + "\n</svg>\n"


def shared_keys(marts: Sequence[Mart]) -> list[str]:
    """The keys that all of these marts have."""
    columns = [{column.name for column in mart.columns} for mart in marts]
    return [key for key, names in KEYS.items() if all(names & each for each in columns)]


def beneath(marts: Sequence[Mart]) -> list[str]:
    """The tables that these marts read, but for those that only give names."""
    read = {name for mart in marts for name in mart.reads}
    return sorted(
        name
        for name in read
        if not name.startswith("mart.") and name != "ops.setting" and name.partition(".")[2] not in _NAMES
    )


def _group(title: str, marts: Sequence[Mart], top: int) -> tuple[list[str], int]:
    """One group, and how high it is."""
    tables = beneath(marts)
    height = max(76, 20 + _LINE * len(tables))
    middle = top + height / 2
    lines = [
        f'  <rect class="box" x="{_LEFT}" y="{top}" width="222" height="{height}" rx="8"/>',
        f'  <rect class="box" x="{_MIDDLE}" y="{top}" width="{_RIGHT - _MIDDLE}" height="{height}" rx="8"/>',
        f'  <path class="line" marker-end="url(#arrow)" d="M{_LEFT + 224} {middle:g} {_MIDDLE - 2} {middle:g}"/>',
        f'  <text class="name" x="{_MIDDLE + 14}" y="{top + 25}">{escape(title)}</text>',
    ]
    first = middle - _LINE * (len(tables) - 1) / 2 + 4
    for number, name in enumerate(tables):
        lines.append(f'  <text class="small" x="{_LEFT + 14}" y="{first + _LINE * number:g}">{name}</text>')
    lines += _pills("mart", [mart.name + "(ts)" * mart.is_function for mart in marts], _MIDDLE + 14, top + 41)
    keys = shared_keys(marts)
    lines += _pills("key", keys, _RIGHT - 4 - sum(_width(key) + 10 for key in keys), top + 9)
    return lines, height


def _pills(kind: str, names: Sequence[str], left: float, top: float) -> Iterator[str]:
    for name in names:
        width = _width(name)
        yield f'  <rect class="{kind}" x="{left:g}" y="{top:g}" width="{width}" height="{_PILL}" rx="12"/>'
        yield f'  <text x="{left + width / 2:g}" y="{top + 16:g}" text-anchor="middle">{name}</text>'
        left += width + 10


def _width(name: str) -> int:
    """How wide a word may be in any of the fonts."""
    return 22 + 8 * len(name)
