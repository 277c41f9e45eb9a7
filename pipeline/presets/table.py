"""A preset as the rows of a table: its fields, their values, where those were found, what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline import limits
from pipeline.limits import Limit
from pipeline.presets.schemas import BlockPreset, PlatformPreset, Preset, Source
from pipeline.tables import Schema, show_value


@dataclass(frozen=True)
class Row:
    """Hold one line of the table of presets: a field, its value, where that was found, what the field means."""

    field: str
    value: str
    source: str
    meaning: str


def describe(preset: Preset) -> tuple[Row, ...]:
    """Return a preset as the rows of a table, one for each field that has a value."""
    sources = preset.sources if isinstance(preset, PlatformPreset | BlockPreset) else {}
    return tuple(_rows(preset, "", sources))


def _rows(table: Schema, prefix: str, sources: Mapping[str, Source]) -> Iterator[Row]:
    for name, declared in type(table).model_fields.items():
        value, field = getattr(table, name), f"{prefix}{name}"
        if value is None or name in ("id", "name", "note", "sources", "source"):
            continue
        if isinstance(value, Limit):
            source = sources[value.source]
            cited = f"{source.title} ({source.certainty}, {source.read_on})"
            yield Row(field, limits.show_limit(value), cited, declared.description or "")
        elif isinstance(value, Schema):
            yield from _rows(value, f"{field}.", sources)
        elif isinstance(value, tuple) and value and isinstance(value[0], Schema):
            for number, inner in enumerate(value):
                yield from _rows(inner, f"{field}.{number}.", sources)
        else:
            yield Row(field, show_value(value).strip('"'), "", declared.description or "")
