"""The JavaScript that draws charts in a browser: Vega, Vega-Lite and Vega-Embed as one ES module, from a package."""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
import sys
import threading

_PACKAGE = "vl-convert-python"
_PROGRAM = """
import sys, vl_convert
sys.stdout.buffer.write(vl_convert.javascript_bundle("export {vegaEmbed, vega, vegaLite};").encode())
"""
_ONE_AT_A_TIME = threading.Lock()


def bundle_version() -> str | None:
    """Return the version of the package that has the JavaScript, for an ETag; None if it is not installed."""
    try:
        return importlib.metadata.version(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None


def bundle() -> str | None:
    """Return an ES module that exports ``vegaEmbed``, ``vega`` and ``vegaLite``; None without the extra ``ui``.

    The first call of a process takes about 3 seconds, later ones none. The module requests nothing from the network.
    """
    if bundle_version() is None:
        return None
    with _ONE_AT_A_TIME:
        return _bundle()


@functools.cache
def _bundle() -> str:
    # In a process of its own: the bundler is a JavaScript engine, whose 100 MB would stay in the API server.
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=True)  # noqa: S603 - our own program
    return done.stdout.decode()
