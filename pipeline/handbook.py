"""Turn a schema into a page for people: the words under the fields become the documentation, so the two cannot part."""

from __future__ import annotations

import re
from typing import Any, Final

from pipeline.tables import Schema

_EMPTY: Final[tuple[Any, ...]] = (None, (), {}, 0, "")


def describe_fields(schema: type[Schema]) -> str:
    """Return a Markdown table of a schema's fields in the order of their declaration."""
    rows = ["| field | needed | what it says |", "|---|---|---|"]
    for name, field in schema.model_fields.items():
        needed = "yes" if field.is_required() else _default(field.get_default(call_default_factory=True))
        rows.append(f"| `{field.alias or name}` | {needed} | {_cell(field.description or '')} |")
    return "\n".join(rows) + "\n"


def _default(value: Any) -> str:
    told = str(value).lower() if isinstance(value, bool) else list(value) if isinstance(value, tuple) else value
    # a table's own page has the defaults of its fields
    return "no" if isinstance(value, Schema) or value in _EMPTY else f"no (`{told}`)"


def _cell(text: str) -> str:
    """Return text that stays inside one cell of a Markdown table."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|")
