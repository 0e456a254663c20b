"""Anyone can start the simulator alone; its key is random, or from a file or the environment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import simulator
from simulator.__main__ import KEY_VARIABLE, api_key

INCLUDE = Path(simulator.__file__).parents[1]


@contextlib.contextmanager
def started(**environment):
    """Start the command and yield its address and what it says of the key."""
    inherited = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", "0", "--offices", "1", "--products", "3", "--clock", "frozen"],
        stdout=subprocess.PIPE,
        text=True,
        env={**inherited, "PYTHONPATH": str(INCLUDE), **environment},
    )
    try:
        lines = [process.stdout.readline().strip() for _ in range(3)]
        yield lines[0].split()[1], lines[2].removeprefix("API key: ")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
        process.stdout.close()


def status(url, key):
    request = urllib.request.Request(url + "offices", headers={"X-Api-Key": key})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return answer.status


def test_it_starts_says_where_and_with_which_key_and_answers():
    with started() as (url, key):
        assert status(url, key) == 200


def test_a_given_key_is_not_said():
    with started(**{KEY_VARIABLE: "given-key"}) as (url, said):
        assert said == "as given"
        assert status(url, "given-key") == 200


def test_the_key_comes_from_a_file_or_the_environment(tmp_path, monkeypatch):
    file = tmp_path / "key"
    file.write_text("from-file\n", encoding="utf-8")
    monkeypatch.setenv(KEY_VARIABLE, "from-environment")
    assert api_key(file) == "from-file"
    assert api_key(None) == "from-environment"
    monkeypatch.delenv(KEY_VARIABLE)
    assert api_key(None) is None
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="empty"):
        api_key(file)


def test_every_start_has_a_key_of_its_own(make):
    assert make(offices=1, products=1).simulator.key != make(offices=1, products=1).simulator.key


def test_it_shares_no_code_with_what_it_tests():
    sources = (INCLUDE / "simulator").glob("*.py")
    assert not [each.name for each in sources if "import indicaonline" in each.read_text(encoding="utf-8")]
