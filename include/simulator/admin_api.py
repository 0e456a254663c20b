"""The admin API under /_admin: clock, switches, faults, events, truth and the request log. No key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Request, Response

from .catalogue import Office, Product
from .clock import instant_of
from .controls import PAGE, POLICY, declarations
from .faults import Faults
from .journal import Journal
from .packages import PackageState
from .rendering import encode
from .stock import Change
from .switches import Switches
from .world import EVENTS, Happening, World

Fields = Annotated[dict[str, Any], Body()]
At = Annotated[str | None, Query(description="ISO 8601 instant with a zone, or Unix seconds; default: now")]


def make_admin_api(world: World, switches: Switches, faults: Faults, journal: Journal) -> FastAPI:
    """Return the admin application, with its page of controls at /_admin/controls."""
    # FastAPI's own documentation pages load their scripts from the internet.
    app = FastAPI(
        title="IndicaOnline simulator: admin", docs_url=None, redoc_url=None, openapi_url="/_admin/openapi.json"
    )
    _add_controls(app, world)
    _add_world(app, world)
    _add_switches(app, switches)
    _add_faults(app, faults)
    _add_requests(app, journal)
    _add_truth(app, world)

    @app.exception_handler(KeyError)
    async def unknown(_: Request, error: KeyError) -> Response:
        return _json({"error": f"unknown: {error.args[0]}"}, 404)

    @app.exception_handler(ValueError)
    @app.exception_handler(TypeError)
    @app.exception_handler(AttributeError)
    @app.exception_handler(ArithmeticError)
    async def refused(_: Request, error: Exception) -> Response:
        return _json({"error": str(error) or type(error).__name__}, 400)

    return app


def _add_controls(app: FastAPI, world: World) -> None:
    @app.get("/_admin/controls")
    async def controls() -> Response:
        """Return the page that moves the clock, injects faults, orders events and shows the true shelves."""
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return Response(PAGE.read_bytes(), headers=headers, media_type="text/html; charset=utf-8")

    @app.get("/_admin/declarations")
    async def declared() -> Response:
        """Return every fault, switch and event, with its fields."""
        return _json(declarations())

    @app.get("/_admin/names")
    async def names() -> Response:
        """Return the names of the offices and products."""
        world.sync()
        return _json({"offices": _names(world.offices.values()), "products": _names(world.products.values())})


def _names(things: Iterable[Office | Product]) -> list[dict[str, Any]]:
    return [{"id": each.id, "name": each.name} for each in things]


def _add_world(app: FastAPI, world: World) -> None:
    @app.get("/_admin")
    async def about() -> Response:
        """Return the size and the clock of the world."""
        now = world.sync()
        return _json(
            {
                "seed": world.seed,
                "start": instant_of(world.start),
                "now": instant_of(now),
                "running": world.clock.running,
                "life": world.life,
                "offices": list(world.offices),
                "products": len(world.catalogue),
                "packages": len(world.packages),
                "changes": len(world.events),
            }
        )

    @app.get("/_admin/clock")
    async def clock() -> Response:
        """Return the simulated time and the mode of the clock."""
        return _clock(world)

    @app.post("/_admin/clock")
    async def move_clock(fields: Fields) -> Response:
        """Apply any of `mode` (running, frozen), `set` (an instant) and `step` (seconds), in this order."""
        _only(fields, "mode", "set", "step")
        modes: dict[str | None, Callable[[], None]] = {
            "running": world.clock.run,
            "frozen": world.clock.freeze,
            None: lambda: None,
        }
        if fields.get("mode") not in modes:
            raise ValueError("mode is running or frozen")
        modes[fields.get("mode")]()
        if "set" in fields:
            world.clock.set(_instant(fields["set"]))
        if "step" in fields:
            world.clock.step(fields["step"])
        return _clock(world)

    @app.patch("/_admin/life")
    async def life(fields: Fields) -> Response:
        """Set `events_per_product_per_day`, from the next hour on."""
        _only(fields, "events_per_product_per_day")
        world.life = max(0.0, float(fields["events_per_product_per_day"]))
        return _json({"events_per_product_per_day": world.life})

    @app.post("/_admin/events/{kind}")
    async def event(kind: str, fields: Fields) -> Response:
        """Order an event for the next second, or for `at`. Quantities may be text."""
        if kind not in EVENTS:
            raise KeyError(f"no event {kind}; there are {', '.join(EVENTS)}")
        return _json(_happening(getattr(world, kind)(**_event_fields(fields))))


def _add_switches(app: FastAPI, switches: Switches) -> None:
    @app.get("/_admin/switches")
    async def all_switches() -> Response:
        """Return every switch and its setting."""
        return _json(switches.as_dict())

    @app.patch("/_admin/switches")
    async def set_switches(fields: Fields) -> Response:
        """Set some switches, all or none."""
        switches.update(fields)
        return _json(switches.as_dict())

    @app.delete("/_admin/switches")
    async def reset_switches() -> Response:
        """Set every switch to its default."""
        switches.reset()
        return _json(switches.as_dict())


def _add_faults(app: FastAPI, faults: Faults) -> None:
    @app.get("/_admin/faults")
    async def all_faults() -> Response:
        """Return the rules in force and the hits of each."""
        return _json([fault.as_dict() for fault in faults.all()])

    @app.post("/_admin/faults")
    async def add_fault(fields: Fields) -> Response:
        """Add a rule: `kind`, and any of `path`, `probability`, `count`, `after` and the kind's options."""
        if fields.get("kind") == "call":
            raise ValueError("a call exists in process only")
        return _json(faults.add(**fields).as_dict(), 201)

    @app.post("/_admin/faults/release")
    async def release() -> Response:
        """Release held responses."""
        faults.release()
        return _json([])

    @app.delete("/_admin/faults")
    async def clear_faults() -> Response:
        """End every rule."""
        faults.clear()
        return _json([])

    @app.delete("/_admin/faults/{fault_id}")
    async def remove_fault(fault_id: int) -> Response:
        """End one rule."""
        faults.remove(fault_id)
        return _json([fault.as_dict() for fault in faults.all()])


def _add_requests(app: FastAPI, journal: Journal) -> None:
    @app.get("/_admin/requests")
    async def requests(path: str = "") -> Response:
        """Return the public requests whose path matches a regular expression, the oldest first."""
        names = ("method", "path", "params", "status", "faults")
        entries = journal.all(path)
        return _json([{"at": instant_of(e.at), **{name: getattr(e, name) for name in names}} for e in entries])

    @app.delete("/_admin/requests")
    async def clear_requests() -> Response:
        """Clear the list of requests."""
        journal.reset()
        return _json([])


def _add_truth(app: FastAPI, world: World) -> None:
    truth = world.truth

    @app.get("/_admin/truth/offices/{office_id}")
    async def office(office_id: int, at: At = None) -> Response:
        """Return the products that an office listed at an instant."""
        return _json([_change(each) for each in truth.office(office_id, _instant(at))])

    @app.get("/_admin/truth/offices/{office_id}/products/{product_id}")
    async def state(office_id: int, product_id: int, at: At = None) -> Response:
        """Return a product as an office listed it at an instant; null if it did not."""
        found = truth.state(office_id, product_id, _instant(at))
        return _json(_change(found) if found else None)

    @app.get("/_admin/truth/changes")
    async def changes(
        office_id: int | None = None, product_id: int | None = None, since: At = None, until: At = None
    ) -> Response:
        """Return every change of an office, a product, or both, between two instants."""
        found = truth.changes(office_id, product_id, _instant(since), _instant(until))
        return _json([_change(each) for each in found])

    @app.get("/_admin/truth/packages/{package_id}")
    async def package(package_id: int, at: At = None) -> Response:
        """Return a package with its origin and lab results at an instant; null before its check-in."""
        found = truth.package(package_id, _instant(at))
        return _json(_package(found) if found else None)

    @app.get("/_admin/truth/packages/{package_id}/changes")
    async def package_changes(package_id: int) -> Response:
        """Return every version of a package, the oldest first."""
        return _json([_package(each) for each in truth.package_changes(package_id)])

    @app.get("/_admin/truth/metrc-export")
    async def metrc_export(at: At = None, license: str | None = None) -> Response:  # noqa: A002
        """Return the active packages with a Metrc tag at an instant, of one facility or all, as CSV."""
        return Response(truth.metrc_export(_instant(at), license), media_type="text/csv")


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, media_type="application/json")


def _only(fields: dict[str, Any], *names: str) -> None:
    unknown = set(fields) - set(names)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(names)}")


def _instant(value: str | int | None) -> Any:
    """Return an instant from JSON or a query parameter: digits are Unix seconds."""
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


def _event_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return an event's arguments, with package ids as integers and floats as decimal text."""
    arguments = dict(fields)
    if "at" in arguments:
        arguments["at"] = _instant(arguments["at"])
    for name in ("quantity", "potency"):
        if isinstance(arguments.get(name), float):
            arguments[name] = repr(arguments[name])
    if isinstance(arguments.get("packages"), dict):
        arguments["packages"] = {
            int(package_id): repr(held) if isinstance(held, float) else held
            for package_id, held in arguments["packages"].items()
        }
    return arguments


def _clock(world: World) -> Response:
    return _json({"now": instant_of(world.sync()), "mode": "running" if world.clock.running else "frozen"})


def _change(change: Change) -> dict[str, Any]:
    packages = [{"id": package_id, "quantity": held} for package_id, held in change.packages]
    return {**change._asdict(), "at": instant_of(change.at), "packages": packages}


def _package(state: PackageState) -> dict[str, Any]:
    return {
        **state._asdict(),
        "since": instant_of(state.since),
        "origin": state.origin._asdict(),
        "lab_results": [result._asdict() for result in state.lab_results],
    }


def _happening(happening: Happening) -> dict[str, Any]:
    return {
        "kind": happening.kind,
        "at": happening.at,
        "done": happening.done,
        "product_id": happening.product_id,
        "package_id": happening.package_id,
        "changes": [_change(change) for change in happening.changes],
    }
