"""Secrets of a local installation, generated once and stored in a file that only its owner can read."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


def _token() -> str:
    return secrets.token_urlsafe(64)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Keys:
    """Secrets that must be the same at every start."""

    jwt_secret: str = field(default_factory=_token, repr=False)
    api_secret: str = field(default_factory=_token, repr=False)
    fernet_key: str = field(default_factory=_fernet_key, repr=False)
    admin_password: str = field(default_factory=lambda: secrets.token_hex(6), repr=False)
    analyst_password: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)
    api_key: str = field(default_factory=lambda: f"demo-{secrets.token_hex(12)}", repr=False)


def kept_keys(path: Path) -> Keys:
    """Return the keys in the file; generate and write them if it does not exist."""
    if path.exists():
        return Keys(**json.loads(path.read_text()))
    keys = Keys()
    write_private(path, json.dumps(asdict(keys)))
    return keys


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its creation on."""
    path.touch(0o600)
    path.write_text(text)
