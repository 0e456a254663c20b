"""``make env``: creates the files that docker compose reads: ``.env``, with generated secrets, and ``settings.env``.

Runs with any Python 3, standard library only. Existing values are never changed, because the stack could not read its
data with a new secret.
"""

from __future__ import annotations

import base64
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from settings_file import write_settings

REPOSITORY = Path(__file__).resolve().parents[1]
_HEAD = """\
# Variables of docker compose, from `make env`, which adds missing ones and never changes a value.
# Keep it private, and keep a copy: without it the data of the stack cannot be used.
"""


def _password() -> str:
    """Return letters and digits only, because the password is part of URLs."""
    return secrets.token_hex(24)


def _token() -> str:
    return secrets.token_urlsafe(64)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


VARIABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "COMPOSE_PROFILES": (
        "celery: any number of workers. lean: for one shop, without workers and Redis.",
        lambda: "celery",
    ),
    "INDICAONLINE_API_KEY": (
        "The API key of your account, from IndicaOnline. Empty: the one in the connection, which the UI can edit.",
        str,
    ),
    "AIRFLOW_ADMIN_PASSWORD": ("The first password of the user admin.", lambda: secrets.token_hex(12)),
    "AIRFLOW_FERNET_KEY": ("Encrypts connections in Airflow's database.", _fernet_key),
    "AIRFLOW_JWT_SECRET": ("Signs the tokens of tasks and users.", _token),
    "AIRFLOW_API_SECRET": ("Signs sessions of the UI.", _token),
    "POSTGRES_PASSWORD": ("PostgreSQL's superuser, which no service uses.", _password),
    "AIRFLOW_DB_PASSWORD": ("The user airflow, which owns Airflow's database.", _password),
    "WAREHOUSE_PASSWORD": ("The user indicaonline, which owns the warehouse.", _password),
    "ANALYST_PASSWORD": ("The user analyst, which reads the schema mart.", _password),
    "REDIS_PASSWORD": ("The queue between the scheduler and the workers.", _password),
    "SIMULATOR_API_KEY": ("The key of the demo's simulated API.", lambda: f"demo-{secrets.token_hex(12)}"),
}
"""Variable -> its purpose, and the function that generates its value."""


def main() -> int:
    """Create the files, or add missing variables to ``.env``; returns the exit code."""
    if write_settings(REPOSITORY / "settings.env"):
        print("Wrote settings.env: set the business time zone in it before the first run.")
    added = complete(REPOSITORY / ".env")
    if not added:
        print(".env is complete and unchanged.")
        return 0
    print(f"Wrote to .env: {', '.join(added)}.")
    if "INDICAONLINE_API_KEY" in added:
        print("Put the API key of your account into it (INDICAONLINE_API_KEY). The demo needs none.")
    return 0


def complete(path: Path) -> list[str]:
    """Add missing variables to the file, which only its owner can read; returns their names."""
    text = path.read_text() if path.exists() else _HEAD
    missing = [name for name in VARIABLES if not re.search(rf"^(export )?{name}=", text, re.MULTILINE)]
    if missing:
        lines = "".join(f"\n# {VARIABLES[name][0]}\n{name}={VARIABLES[name][1]()}\n" for name in missing)
        # Written beside it and renamed, so that a full disk cannot destroy existing secrets.
        new = path.with_name(f"{path.name}.new")
        new.touch(0o600)
        new.write_text(text.rstrip("\n") + "\n" + lines)
        new.replace(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return missing


if __name__ == "__main__":
    sys.exit(main())
