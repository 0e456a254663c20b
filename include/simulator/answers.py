"""The answer of each endpoint of the guide, for one whole second of simulated time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from . import rendering
from .catalogue import Named, Office, Product
from .faults import Fault
from .malformed import malform_some, moved
from .packages import Package
from .seeds import chance
from .stock import Line
from .switches import REFERENCES, Switches
from .world import World

MOST_ITEMS = 500
"""The guide: limit must be less or equal to 500."""
EMPTY_LIST = b'{"items":[],"count":0,"total":0}'
KEPT = 120_000
"""Number of rendered packages in the cache; a larger account empties it now and then."""

_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


class RefusalError(Exception):
    """An answer other than 200; ``wait`` is the real seconds until the rate limit allows a request."""

    def __init__(self, status: int, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.wait = status, message, wait


def by_id(line: Line) -> tuple[int, int]:
    """Return the sort key of a list that spans offices."""
    _, office_id, product_id, *_ = line.change
    return (office_id, product_id)


def changed_at(line: Line) -> tuple[int, int, int]:
    """Return the sort key of "last changed first"."""
    return (-line.change.at, *by_id(line))


def identified(text: str, what: str) -> int:
    """Return an id from the path. Anything but a positive integer is a 400."""
    if not _ID.fullmatch(text):
        raise RefusalError(400, f"Invalid {what} id")
    return int(text)


class Answers:
    """Bodies of 200 answers, or a :class:`RefusalError`. Called under the world's lock, after a sync."""

    def __init__(self, world: World, switches: Switches) -> None:
        self.world = world
        self.switches = switches
        self._shuffles = chance(world.seed, "shuffles")
        self._updated: dict[object, list[Line]] = {}
        self._updated_version = -1
        self._items: dict[tuple[str, int, str], bytes] = {}
        self._shown: dict[int, tuple[int, bytes]] = {}
        self._shown_generation = -1

    def body(self, path: str, params: dict[str, str], rules: list[Fault]) -> bytes:
        """Return the body for a path below the version."""
        if self.switches.unknown_parameters == "empty" and set(params) - {"limit", self.switches.skip_parameter}:
            return EMPTY_LIST
        for name in REFERENCES:
            if path == getattr(self.switches, f"{name}_path"):
                return self._reference(name, params, rules)
        match path.split("/"):
            case ["inventory", "office", text]:
                lines = self._office(identified(text, "office"))
                return self._lines(lines, params, rules)
            case ["inventory", "products", text]:
                return self._lines(self._product(identified(text, "product")), params, rules)
            case ["inventory", "updated", text]:
                return self._lines(self._changed(text), params, rules)
            case ["inventory", "products", text, "packages"]:
                return self._packages(text, params, rules)
            case ["inventory", "packages", text]:
                return self._package(text)
        return self._single(path)

    def _page(
        self,
        sequence: Sequence[Any],
        render: Callable[[Sequence[Any]], list[bytes]],
        params: dict[str, str],
        rules: list[Fault],
        *,
        bare: bool = False,
    ) -> bytes:
        limit = self._parameter(params, "limit", self.switches.default_limit)
        skip = self._parameter(params, self.switches.skip_parameter, 0)
        if not 1 <= limit <= MOST_ITEMS:
            raise RefusalError(400, f"limit must be between 1 and {MOST_ITEMS}")
        for rule in rules:
            if rule.kind == "short_list":
                sequence = sequence[: rule.options["items"]]
        if self.switches.order == "shuffled":
            sequence = self._shuffles.sample(sequence, len(sequence))
        total = len(sequence)
        for rule in rules:
            if rule.kind == "page_moves":
                sequence = moved(sequence, rule.options["move"])
                total = len(sequence) if rule.options["total_follows"] else total
        items = render(sequence[skip : skip + limit])
        for rule in rules:
            if rule.kind == "malformed":
                items = malform_some(items, rule.options, rule.rng, rule.touched)
        return rendering.list_body(items, total, self.switches, bare=bare)

    def _parameter(self, params: dict[str, str], name: str, default: int) -> int:
        text = params.get(name)
        if text is None:
            return default
        if not _NUMBER.fullmatch(text):
            raise RefusalError(400, f"Invalid {name}")
        return int(text)

    def _lines(self, lines: list[Line], params: dict[str, str], rules: list[Fault]) -> bytes:
        return self._page(lines, lambda page: rendering.line_items(page, self.switches), params, rules)

    def _office(self, office_id: int) -> list[Line]:
        shelf = self.world.shelves.get(office_id)
        if shelf is None:
            raise RefusalError(404, "Office not found")
        recent, zero = self.switches.order == "recent", self.switches.office_lists_zero
        if zero and not recent:
            return shelf.listed
        view = shelf.views.get((recent, zero))
        if view is None:
            view = [line for line in shelf.listed if zero or line.change.quantity != 0]
            if recent:
                view.sort(key=changed_at)
            shelf.views[(recent, zero)] = view
        return view

    def _product(self, product_id: int) -> list[Line]:
        if product_id not in self.world.products:
            raise RefusalError(404, "Product not found")
        lines = (shelf.lines.get(product_id) for shelf in self.world.shelves.values())
        listed = [line for line in lines if line is not None and line.change.listed]
        return sorted(listed, key=changed_at) if self.switches.order == "recent" else listed

    def _changed(self, text: str) -> list[Line]:
        """Return the lines changed since a timestamp, cached for the next pages until a change."""
        if not _NUMBER.fullmatch(text):
            raise RefusalError(400, "Invalid timestamp")
        key = (self._since(int(text)), self.switches.order, self.switches.updated_lists_zero)
        if self._updated_version != self.world.version:
            self._updated, self._updated_version = {}, self.world.version
        if key not in self._updated:
            lines = self.world.changed_since(key[0])
            if not self.switches.updated_lists_zero:
                lines = [line for line in lines if line.change.quantity != 0]
            lines.sort(key=changed_at if self.switches.order == "recent" else by_id)
            self._updated[key] = lines
        return self._updated[key]

    def _since(self, stamp: int) -> int:
        """Return the first second of the changes that `updated` lists."""
        scale = 1 if self.switches.updated_unit == "s" else 1000
        first = -(-stamp // scale) if self.switches.updated_inclusive else stamp // scale + 1
        reach = self.switches.updated_reach_seconds
        return first if reach is None else max(first, self.world.clock.seconds() - reach)

    def _packages(self, text: str, params: dict[str, str], rules: list[Fault]) -> bytes:
        self._require_pro()
        product_id = identified(text, "product")
        if product_id not in self.world.products:
            raise RefusalError(404, "Product not found")
        book = self.world.packages
        active = [each for each in self.world.packages_of.get(product_id, []) if book.now(each).available > 0]
        if self.switches.order == "recent":
            active.sort(key=lambda package: -book.now(package).at)

        def render(packages: Sequence[Any]) -> list[bytes]:
            return [self._package_item(each) for each in packages]

        return self._page(active, render, params, rules)

    def _package(self, text: str) -> bytes:
        self._require_pro()
        package = self.world.packages.get(identified(text, "package"))
        if package is None:
            raise RefusalError(404, "Package not found")
        if self.switches.emptied_package == "missing" and self.world.packages.now(package).available <= 0:
            raise RefusalError(404, "Package not found")
        return self._package_item(package)

    def _package_item(self, package: Package) -> bytes:
        """Return a rendered package, cached until its next moment or until a switch is set."""
        if self._shown_generation != self.switches.generation or len(self._shown) >= KEPT:
            self._shown, self._shown_generation = {}, self.switches.generation
        moments = len(package.moments or ())
        kept = self._shown.get(package.id)
        if kept is None or kept[0] != moments:
            item = rendering.package_item(self.world.truth.current(package), self.switches)
            kept = self._shown[package.id] = (moments, item)
        return kept[1]

    def _require_pro(self) -> None:
        if not self.switches.pro:
            raise RefusalError(self.switches.non_pro_status, "Available for PRO Plan users only")

    def _reference(self, name: str, params: dict[str, str], rules: list[Fault]) -> bytes:
        if name in self.switches.reference_missing:
            raise RefusalError(404, "Not found")
        lists: dict[str, tuple[Sequence[Any], Callable[[Any], bytes]]] = {
            "offices": (list(self.world.offices.values()), rendering.office_item),
            "products": (self.world.catalogue, rendering.product_item),
            "brands": (self.world.brands, rendering.named_item),
            "categories": (self.world.categories, rendering.named_item),
            "lab_results": (self.world.analytes, rendering.named_item),
        }
        sequence, render = lists[name]
        if self.switches.order == "recent":
            sequence = sorted(sequence, key=attrgetter("id"), reverse=True)

        def items(page: Sequence[Any]) -> list[bytes]:
            return [self._item(name, each, render) for each in page]

        return self._page(sequence, items, params, rules, bare=self.switches.reference_shape == "list")

    def _item(self, kind: str, thing: Office | Product | Named, render: Callable[[Any], bytes]) -> bytes:
        key = (kind, thing.id, thing.name)
        if key not in self._items:
            self._items[key] = render(thing)
        return self._items[key]

    def _single(self, path: str) -> bytes:
        """Return one office or one product by id."""
        parent, _, text = path.rpartition("/")
        if parent == self.switches.offices_path:
            office = self.world.offices.get(identified(text, "office"))
            if office is not None:
                return rendering.office_item(office)
        elif parent == self.switches.products_path:
            product = self.world.products.get(identified(text, "product"))
            if product is not None:
                return rendering.product_item(product)
        raise RefusalError(404, "Not found")
