"""Start the simulator alone: ``python -m simulator --port 8700``."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path

from .clock import Clock
from .habits import Shop
from .server import ADMIN_PREFIX, LOOPBACK, Simulator, listen, serve
from .switches import Switches
from .world import World

KEY_VARIABLE = "SIMULATOR_API_KEY"


def make_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="simulator", description="A simulator of the IndicaOnline inventory API.")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8700, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the world's seed (default: %(default)s)")
    parser.add_argument("--offices", type=int, default=3, help="how many offices (default: %(default)s)")
    parser.add_argument("--products", type=int, default=50, help="products in each office (default: %(default)s)")
    parser.add_argument(
        "--packages-per-product", type=int, default=2, help="opening packages of each (default: %(default)s)"
    )
    parser.add_argument("--start", help="instant at which the world begins, ISO 8601 with a zone (default: now)")
    parser.add_argument("--clock", choices=("running", "frozen"), default="running", help="(default: %(default)s)")
    parser.add_argument(
        "--life", type=float, default=6.0, help="events per product and day in every office (default: %(default)s)"
    )
    parser.add_argument(
        "--shops",
        metavar="ZONE",
        type=shops_in,
        help="time zone of shops with opening hours, habits and stories (default: none)",
    )
    parser.add_argument(
        "--pro", action=argparse.BooleanOptionalAction, default=True, help="the account has the PRO plan"
    )
    parser.add_argument(
        "--latency-ms", type=float, default=0, help="time that every response takes (default: %(default)s)"
    )
    parser.add_argument(
        "--key-file", type=Path, help=f"file with the API key (or {KEY_VARIABLE}; default: a random one)"
    )
    return parser


def shops_in(zone: str) -> Shop:
    """Return the habits of shops in a time zone."""
    try:
        return Shop(zone)
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"{zone!r} is no time zone; name one as America/Los_Angeles") from None


def api_key(key_file: Path | None) -> str | None:
    """Return the key from the file or from the environment; None if neither has one."""
    text = key_file.read_text(encoding="utf-8") if key_file else os.environ.get(KEY_VARIABLE, "")
    if key_file and not text.strip():
        raise SystemExit(f"{key_file} is empty")
    return text.strip() or None


def main(arguments: list[str] | None = None) -> None:
    """Create the world, print its address and its key, and serve until interrupted."""
    given = make_parser().parse_args(arguments)
    start = given.start or dt.datetime.now(dt.UTC)
    world = World(
        seed=given.seed,
        offices=given.offices,
        products=given.products,
        packages_per_product=given.packages_per_product,
        clock=Clock(start, running=given.clock == "running"),
        life=given.life,
        shop=given.shops,
    )
    switches = Switches(pro=given.pro, latency_ms=given.latency_ms)
    key = api_key(given.key_file)
    simulator = Simulator(world, switches=switches, key=key)
    listener = listen(given.host, given.port)
    url = f"http://{given.host}:{listener.getsockname()[1]}"
    # A given key is not printed, because the output may be a log.
    shown = "as given" if key else simulator.key
    print(f"API:     {url}/open_api/v2.3/", f"admin:   {url}{ADMIN_PREFIX}/controls", f"API key: {shown}", sep="\n")
    sys.stdout.flush()
    serve(simulator, listener)


if __name__ == "__main__":
    main()
