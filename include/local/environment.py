"""Makes the environment ``.venv`` of this checkout, or finds it up to date. Run by ``make`` with any Python 3.

Standard library only, and no syntax that an old Python refuses before it has been told what is wrong.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.console import Stop, say, step

REPOSITORY = Path(__file__).resolve().parents[2]
VENV = REPOSITORY / ".venv"
STAMP = VENV / "installed"
LOG = VENV / "install.log"
PINS = REPOSITORY / "requirements-dev.txt"
INSTALLER = "uv==0.13.9"  # installs the 160 packages in seconds where pip needs most of a minute
OLDEST, NEWEST = (3, 11), (3, 14)


def main() -> int:
    """Make or update the environment; returns the exit code."""
    try:
        check_python(sys.version_info[:2])
        if not is_current():
            install()
    except Stop as reason:
        say(str(reason))
        return 1
    return 0


def check_python(version: tuple[int, int]) -> None:
    """Raise if this Python cannot run Airflow 3.3."""
    if not OLDEST <= version <= NEWEST:
        raise Stop(
            f"Python {version[0]}.{version[1]} cannot run Airflow 3.3: install 3.11, 3.12, 3.13 or 3.14,"
            " or name one with PYTHON=<path>."
        )


def is_current() -> bool:
    """Whether what is installed is what the pins say, for this Python."""
    return STAMP.exists() and STAMP.read_text() == _fingerprint() and _program("python").exists()


def install() -> None:
    """Install everything into a fresh environment, or bring an existing one up to date."""
    say(f"Preparing .venv with Python {sys.version_info[0]}.{sys.version_info[1]}:")
    if not _is_same_python():
        shutil.rmtree(VENV, ignore_errors=True)
    if not _program("python").exists():
        with step("an empty environment"):
            _make_venv()
    with step("the installer"):
        fast = _pip("install", INSTALLER, check=False)
    with step(f"{_count_pins()} packages"):
        # uv does not read pip's configuration, so where it finds no registry pip itself is asked.
        if not (fast and _uv("install", "-r", str(PINS), check=False)):
            _pip("install", "-r", str(PINS))
    with step("this project"):
        if not (fast and _uv("install", "--no-deps", "-e", str(REPOSITORY), check=False)):
            _pip("install", "--no-deps", "-e", str(REPOSITORY))
    STAMP.write_text(_fingerprint())


def _fingerprint() -> str:
    content = PINS.read_bytes() + (REPOSITORY / "pyproject.toml").read_bytes()
    return f"{sys.version_info[:3]} {REPOSITORY} {hashlib.sha256(content).hexdigest()}\n"


def _is_same_python() -> bool:
    """Whether the environment is one of this very Python, and where it was made."""
    expected = f"{sys.version_info[:3]} {REPOSITORY} "
    return STAMP.exists() and STAMP.read_text().startswith(expected)


def _make_venv() -> None:
    try:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, capture_output=True, text=True)  # noqa: S603
    except subprocess.CalledProcessError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        detail = (error.stderr or error.stdout).strip().splitlines() or ["no reason given"]
        raise Stop(
            f"{sys.executable} cannot make an environment ({detail[-1]}):"
            " on Debian and Ubuntu, install the package python3-venv."
        ) from None


def _pip(*arguments: str, check: bool = True) -> bool:
    return _run([str(_program("python")), "-m", "pip", "--disable-pip-version-check", *arguments], check)


def _uv(*arguments: str, check: bool = True) -> bool:
    return _run([str(_program("uv")), "pip", *arguments, "--python", str(_program("python"))], check)


def _run(command: list[str], check: bool) -> bool:
    """Run an installer; what it prints goes to the log, and one clear line says what went wrong."""
    with LOG.open("a") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=installer_environment(), check=False)  # noqa: S603
    if done.returncode and check:
        raise Stop(f"Installing failed: {_reason(LOG.read_text(errors='replace'))} The whole log is {LOG}.")
    return done.returncode == 0


def _reason(log: str) -> str:
    """What the log says in the end, in one line."""
    for sign, words in _REASONS.items():
        if sign in log:
            return words
    lines = [line.strip() for line in log.splitlines() if "error" in line.lower()]
    return (lines or ["no reason given"])[-1].rstrip(".") + "."


_REASONS = {
    "No space left on device": "the disk is full.",
    "command 'gcc' failed": "a package must be compiled here, and there is no C compiler (Debian: build-essential).",
    "command 'cc' failed": "a package must be compiled here, and there is no C compiler (Debian: build-essential).",
    "Failed to establish a new connection": "the package registry cannot be reached.",
    "NameResolutionError": "the package registry cannot be reached.",
}


def installer_environment() -> dict[str, str]:
    """The environment of the installers: the registry that pip is configured for is uv's too."""
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    index = environment.get("PIP_INDEX_URL")
    if index and "UV_DEFAULT_INDEX" not in environment:
        environment["UV_DEFAULT_INDEX"] = index
    return environment


def _count_pins() -> int:
    return sum(1 for line in PINS.read_text().splitlines() if "==" in line)


def _program(name: str) -> Path:
    return VENV / "bin" / name


if __name__ == "__main__":
    sys.exit(main())
