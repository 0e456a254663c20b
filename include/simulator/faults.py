"""Fault injection: rules that define which responses are faulty, how, and how often.

A rule fires with its probability, or for the next ``count`` requests, on requests whose ``path?query`` matches its
pattern. Its random numbers depend on the seed, so a run can be repeated. Faults change responses only, never the world
and its truth; the one exception is ``world_moves``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

from .malformed import VARIANTS
from .seeds import chance

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "latency": ("the response waits", {"ms": 100}),
    "hold": ("the response waits until `release`, or a limit", {"seconds": 30}),
    "rate_limited": ("429; `retry_after` is `none`, `seconds` or `date`", {"retry_after": "seconds", "wait": 1}),
    "status": (
        "another status; `body` is `json`, `html`, `empty` or null (as the switch `error_body`)",
        {"status": 503, "body": None, "retry_after": "none", "wait": 1},
    ),
    "reset": ("the connection is reset before the response", {}),
    "reset_body": ("the connection is reset in the middle of the body", {}),
    "truncated": ("the body ends early: fewer bytes than `content-length`", {"keep": 0.5}),
    "garbage": ("200 with a body that is not JSON", {}),
    "html": ("an HTML page", {"status": 200}),
    "drip": ("the body arrives in `pieces`, `ms` apart", {"pieces": 10, "ms": 20}),
    "page_moves": (
        "the list moves before the next later page: `move` is `delete`, `insert` or `reorder`; "
        "`total_follows`: so does `total`",
        {"move": "delete", "total_follows": True},
    ),
    "world_moves": ("the office's first product is removed from the world before a later page", {}),
    "malformed": (
        "`items` items of a page are malformed in the way of `variant`",
        {"variant": "null_quantity", "items": 1},
    ),
    "short_list": ("the list has only its first `items` rows, and its total says so", {"items": 5}),
    "empty": ("200 with an empty list", {}),
    "body": (
        "200 with the body `text`, or the bytes of `hex`; `encoding` is the `Content-Encoding` of the response",
        {"text": "{}", "hex": None, "encoding": ""},
    ),
    "call": ("calls a function before the answer is created (in process only)", {"function": None}),
}
"""Kind -> what it does, and its options with their defaults."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "retry_after": ("none", "seconds", "date"),
    "body": (None, "json", "html", "empty"),
    "move": ("delete", "insert", "reorder"),
    "variant": VARIANTS,
}
"""Option -> its possible values, where it is a choice."""

TOGETHER = frozenset({"latency", "hold", "page_moves", "world_moves", "malformed", "short_list", "call"})
"""Kinds that keep the usual form of a response. Of the others only the first one that fires applies."""
LATER_PAGES = frozenset({"page_moves", "world_moves"})


@dataclass
class Fault:
    """One rule and its hits so far."""

    id: int
    kind: str
    pattern: re.Pattern[str]
    probability: float
    count: int | None
    after: int
    options: dict[str, Any]
    rng: Random
    hits: int = 0
    touched: list[str] = field(default_factory=list)
    """The items that a ``malformed`` rule changed, before the change."""
    moved: set[str] = field(default_factory=set)
    """Paths whose list has moved in the current read."""

    def fires(self, target: str) -> bool:
        """Return True if the rule fires on a request, and count the hit."""
        if self.count is not None and self.hits >= self.count:
            return False
        if not self.pattern.search(target):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.rng.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return the rule as the admin API shows it."""
        options = {name: value for name, value in self.options.items() if not callable(value)}
        return {
            "id": self.id,
            "kind": self.kind,
            "path": self.pattern.pattern,
            "probability": self.probability,
            "count": self.count,
            "hits": self.hits,
            "options": options,
            "touched": list(self.touched),
        }


class Faults:
    """The rules in force, in the order in which they were added."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._lock = Lock()
        self._rules: list[Fault] = []
        self._made = 0
        self._held: list[Callable[[], object]] = []

    def add(
        self,
        kind: str,
        *,
        path: str = "",
        probability: float = 1.0,
        count: int | None = None,
        after: int = 0,
        **options: Any,
    ) -> Fault:
        """Add a rule and return it.

        ``path`` is a regular expression searched in ``path?query`` (``office/101\\?.*offset=500``),
        ``count`` ends the rule after that many hits, ``after`` skips that many requests first.
        """
        known = KINDS.get(kind)
        if known is None:
            raise ValueError(f"no fault {kind}; there are {', '.join(KINDS)}")
        for name, value in options.items():
            if name not in known[1]:
                raise ValueError(f"{kind} has no option {name}; it has {', '.join(known[1]) or 'none'}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} cannot be {value!r}; it is one of {CHOICES[name]}")
        if not 0 <= probability <= 1:
            raise ValueError("a probability is between 0 and 1")
        with self._lock:
            self._made += 1
            rng = chance(self._seed, "fault", self._made)
            fault = Fault(self._made, kind, re.compile(path), probability, count, after, {**known[1], **options}, rng)
            self._rules.append(fault)
            return fault

    def pick(self, path: str, query: str, skip: int) -> list[Fault]:
        """Return the rules that fire on a request: any number of those in ``TOGETHER``, one of the others."""
        if not self._rules:
            return []
        with self._lock:
            return list(self._pick(path, f"{path}?{query}", skip))

    def _pick(self, path: str, target: str, skip: int) -> Iterator[Fault]:
        replaced = False
        for rule in self._rules:
            if rule.kind in LATER_PAGES and skip == 0:
                rule.moved.discard(path)  # a read begins: its list has not moved yet
            elif path in rule.moved and rule.kind == "page_moves":
                yield rule
            elif (rule.kind in TOGETHER or not replaced) and rule.fires(target):
                replaced = replaced or rule.kind not in TOGETHER
                if rule.kind == "page_moves":
                    rule.moved.add(path)
                yield rule

    def hold(self, go: Callable[[], object]) -> None:
        """Register the function that releases a held response."""
        with self._lock:
            self._held.append(go)

    def release(self) -> None:
        """Release every response that is held now; a later one waits for the next call."""
        with self._lock:
            held, self._held = self._held, []
        for go in held:
            go()

    def remove(self, fault_id: int) -> None:
        """End one rule. Unknown id: KeyError."""
        with self._lock:
            if all(rule.id != fault_id for rule in self._rules):
                raise KeyError(f"no fault {fault_id}")
            self._rules = [rule for rule in self._rules if rule.id != fault_id]

    def clear(self) -> None:
        """End every rule and release held responses."""
        with self._lock:
            self._rules = []
        self.release()

    def all(self) -> list[Fault]:
        """Return the rules in force."""
        with self._lock:
            return list(self._rules)


def function_of(fault: Fault) -> Callable[[], object]:
    """Return the function of a ``call`` rule."""
    function = fault.options["function"]
    assert callable(function), "a call needs function="
    return function  # type: ignore[no-any-return]


def table() -> str:
    """Return the kinds as the Markdown table of the README."""
    rows = ["| kind | does | options |", "|---|---|---|"]
    for kind, (about, options) in KINDS.items():
        shown = ", ".join(f"`{name}={value}`" for name, value in options.items() if kind != "call")
        rows.append(f"| `{kind}` | {about} | {shown} |")
    return "\n".join(rows)
