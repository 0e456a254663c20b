"""Reads a drawn chart: its marks and texts, and their positions as days and values instead of pixels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert

from demo.plots.drawing import Row, filled
from indicaonline.ui.charts import Theme

DAY = dt.timedelta(days=1)
Item = dict[str, Any]
Points = list[tuple[float, float]]


@dataclass
class Scene:
    """A chart as Vega lays it out."""

    root: Item

    def lines(self) -> list[list[Item]]:
        """Return the points of each line."""
        return self.marks("line")

    def marks(self, kind: str, name: str | None = None) -> list[list[Item]]:
        """Return the items of each mark of a kind."""
        return [
            node["items"]
            for node in _nodes(self.root)
            if node.get("marktype") == kind and node.get("role") == "mark" and name in (None, node.get("name"))
        ]

    def items(self, kind: str, name: str) -> list[Item]:
        """Return all items of a kind in the layer with that name."""
        return [item for items in self.marks(kind, name) for item in items]

    def texts(self) -> list[str]:
        """Return every text; one of several lines with a space between them."""
        found = [item["text"] for node in _nodes(self.root) if node.get("marktype") == "text" for item in node["items"]]
        return [" ".join(text) if isinstance(text, list) else str(text) for text in found]

    def headers(self) -> list[str]:
        """Return the titles of the panels."""
        panels = [node for node in _nodes(self.root) if node.get("marktype") == "group" and node.get("name") == "cell"]
        titles = [node for node in _nodes(panels) if node.get("role") == "title-text"]
        return [item["text"] for title in titles for item in title["items"]]

    def positions(self, first: dt.date, days: int) -> Callable[[Sequence[Item]], Points]:
        """Return a function from items to (days after ``first``, value), for one panel over so many days."""
        (panel,) = (node["items"][0] for node in _nodes(self.root) if node.get("name") == "cell")
        (low, low_at), *_, (high, high_at) = self._labels_of_values()
        return lambda items: [
            (
                round(item["x"] / panel["width"] * days, 2),
                round(low + (item["y"] - low_at) / (high_at - low_at) * (high - low), 2),
            )
            for item in items
        ]

    def _labels_of_values(self) -> list[tuple[float, float]]:
        axes = [node for node in _nodes(self.root) if node.get("orient") == "left"]
        labels = [item for node in _nodes(axes) if node.get("role") == "axis-label" for item in node["items"]]
        return [(float(label["text"]), label["y"]) for label in labels]


def draw_scene(name: str, rows: Sequence[Row], theme: Theme = "light") -> Scene:
    """Lay a chart out."""
    return Scene(vl_convert.vegalite_to_scenegraph(filled(name, rows, theme)))


def _nodes(of: Any) -> Iterator[Item]:
    """Every node of a scene, a parent before its children."""
    if isinstance(of, dict):
        yield of
        for value in of.values():
            yield from _nodes(value)
    elif isinstance(of, list):
        for value in of:
            yield from _nodes(value)
