"""The file ``settings.env``: every setting with its default and meaning, commented out.

Reads the source of ``indicaonline/settings.py``, the only declaration, so that it runs with any Python 3 before
anything is installed. Standard library only.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

DECLARATION = Path(__file__).resolve().parents[1] / "plugins" / "indicaonline" / "settings.py"
_HEAD = """\
# Settings of the project, each with its default and commented out, from `make env`, which never changes an existing
# file. Remove the # of a line to change a setting, and restart with `docker compose up -d --force-recreate`. Airflow's
# own settings (AIRFLOW__...) may be added.
#
# Set the business time zone before the first run: it defines the business day, and published days do not change.
"""


@dataclass(frozen=True)
class Declared:
    """A setting from its declaration; the meaning is Markdown."""

    variable: str
    default: str
    meaning: str


def declared_settings(source: str) -> list[Declared]:
    """Return the fields of the class ``Settings`` in a source, with the text under each."""
    (body,) = (
        node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    found = []
    for field, text in zip(body, body[1:], strict=False):  # noqa: RUF007 - pairwise is not in every Python 3
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.value is not None:
            if not (isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)):
                raise ValueError(f"The field {field.target.id} of Settings has no text under it: write its meaning.")
            default = ast.literal_eval(field.value)
            meaning = " ".join(str(text.value.value).split())
            found.append(Declared(f"INDICAONLINE_{field.target.id.upper()}", _shown(default), meaning))
    return found


def write_settings(path: Path) -> bool:
    """Write the file unless it exists; returns True if it was written."""
    try:
        with path.open("x") as file:
            file.write(settings_text(declared_settings(DECLARATION.read_text())))
    except FileExistsError:
        return False
    return True


def settings_text(settings: list[Declared]) -> str:
    """Return the text of the file."""
    parts = [_HEAD]
    for setting in settings:
        meaning = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", setting.meaning)
        parts.append(textwrap.fill(meaning, 118, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False))
        parts[-1] += f"\n#{setting.variable}={setting.default}\n"
    return "\n".join(parts)


def _shown(default: object) -> str:
    return f"{default:g}" if isinstance(default, int | float) else str(default)
