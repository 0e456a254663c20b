"""docs/dictionary.md: every object and column of mart, with its comment in the warehouse."""

from __future__ import annotations

from collections.abc import Sequence

from documents.catalogue import Mart

_HEAD = """\
# Data dictionary of `mart`

Every object that analysts read, in the words of the warehouse: this page is generated from its comments by
`make docs`, and a test fails when it is stale. How to use them is in [querying.md](querying.md) and
[analytics.md](analytics.md), and [questions.md](questions.md) has worked questions. The same comments are in the
[dbt project](../dbt/README.md) and in the [data contract](tools.md#data-contract).

Marts join on the keys that they share, which [entities.md](entities.md) draws. `snapshot_date` and `business_date` are
both business days. Versions hold from `valid_from` until before `valid_to`: join them by an instant as well.

"""


def dictionary(marts: Sequence[Mart]) -> str:
    """Return the text of the document."""
    return _HEAD + "\n".join(_section(mart) for mart in marts)


def _section(mart: Mart) -> str:
    lines = [f"## {_title(mart)}", "", _escaped(mart.description), ""]
    if mart.is_scalar:
        return "\n".join([*lines, f"A function that returns one value, as in `SELECT mart.{mart.name}(101)`."]) + "\n"
    if mart.is_function:
        lines += [f"A function: it is called with its argument, as in `FROM mart.{mart.name}(now())`.", ""]
    lines += [f"Reads {', '.join(f'`{name}`' for name in mart.reads)}.", ""]
    if mart.is_function:
        lines += ["| column | type |", "|---|---|"]
        lines += [f"| `{column.name}` | {column.data_type} |" for column in mart.columns]
    else:
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.data_type} | {_escaped(column.description)} |" for column in mart.columns
        ]
    return "\n".join(lines) + "\n"


def _title(mart: Mart) -> str:
    argument, _, _ = mart.arguments.partition(" ")
    return f"{mart.name}({argument})" if mart.is_function else mart.name


def _escaped(text: str) -> str:
    """Escape a comment's characters that have a meaning in Markdown."""
    for sign in "\\|*<":
        text = text.replace(sign, f"\\{sign}")
    return text
