"""A preset's schema as the fields of a form: their titles, units, words and bounds, all as the schema has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.limits import Limit
from pipeline.presets.schemas import SCHEMAS, Kind
from pipeline.tables import Schema, show_value
from pipeline.timebase import FrameRate

Node = Mapping[str, Any]
"""What a value may be: `kind`, and what belongs to it. JSON throughout."""
_UNITS: Final[Mapping[str, str]] = {
    "px": "px", "s": "s", "kbps": "kb/s", "hz": "Hz", "lufs": "LUFS", "dbtp": "dBTP", "db": "dB", "mb": "MB",
    "fraction": "of 1",
}  # fmt: skip
_ENDS: Final = {"min": "at least", "max": "at most"}
_PLAIN: Final[Mapping[Any, str]] = {
    bool: "flag", int: "whole", Fraction: "number", FrameRate: "rate", date: "day", str: "text"
}  # fmt: skip
_BOUNDS: Final[Mapping[str, str]] = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_WORDS: Final[Mapping[str, str]] = {"url": "URL", "vmaf": "VMAF", "b frames": "B-frames"}
_HEADING: Final = re.compile(r"`\[\[\w+\]\]`: ")
"""What descriptions begin with for those who write TOML."""
_LONG: Final = ("note", "legal_line", "call_to_action")


def form_of(kind: Kind) -> Node:
    """Return the form of a kind of presets: a table of fields, without the id, which is the file's name."""
    return _table(SCHEMAS[kind])


def field_of(node: Node | None, name: str) -> Node | None:
    """Return what a field of a table, or an entry of a table of entries, may be; None for one that it has not."""
    if node is None:
        return None
    if node["kind"] == "entries":
        item: Node = node["item"]
        return item
    found = (field["node"] for field in node.get("fields", ()) if field["name"] == name)
    return next(found, None)


def item_of(node: Node | None) -> Node | None:
    """Return what each item of a list may be."""
    return None if node is None else node.get("item")


def _table(schema: type[BaseModel], unit: str = "") -> Node:
    fields = [_field(name, field, unit) for name, field in schema.model_fields.items() if name != "id"]
    return {"kind": "table", "fields": fields, "is_limit": issubclass(schema, Limit)}


def _field(name: str, field: FieldInfo, unit: str) -> dict[str, Any]:
    title, own = _title_and_unit(name)
    node = _node(field.annotation, tuple(field.metadata), own or unit)
    if name in _LONG and node["kind"] == "text":
        node = {**node, "is_long": True}
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    is_plain = default is not None and not isinstance(default, Schema) and default != ()
    return {
        "name": name,
        "title": title,
        "unit": (own or unit) if node["kind"] in ("whole", "number", "rate") else "",
        "told": _HEADING.sub("", field.description or ""),
        "needed": field.is_required(),
        "default": show_value(default).strip('"') if is_plain else "",
        "node": node,
    }


def _title_and_unit(name: str) -> tuple[str, str]:
    """Return a field's name in words, and the unit that it ends with, such as 'shown, at least' in 's'."""
    words = name.split("_")
    end = _ENDS.get(words[-1], "") if len(words) > 1 else ""
    if end:
        words.pop()
    unit = _UNITS.get(words[-1], "") if len(words) > 1 else ""
    if unit:
        words.pop()
    if unit == "kb/s" and len(words) == 1:
        words += ["bit", "rate"]
    title = _WORDS.get(" ".join(words), " ".join(words))
    return (f"{title}, {end}" if end else title), unit


def _node(annotation: Any, metadata: tuple[Any, ...], unit: str) -> Node:
    base, inner = _flatten(annotation)
    notes = (*inner, *metadata)
    origin, arguments = get_origin(base), get_args(base)
    if origin is Literal:
        is_whole = all(isinstance(one, int) for one in arguments)
        return {"kind": "choice", "options": [str(one) for one in arguments], "is_whole": is_whole}
    if origin is tuple:
        item = _node(arguments[0], (), unit)
        return {"kind": "tables" if item["kind"] == "table" else "list", "item": item}
    if origin is dict:
        return {"kind": "entries", "item": _node(arguments[1], (), unit)}
    if isinstance(base, type) and issubclass(base, BaseModel):
        return _table(base, unit)
    return {"kind": _PLAIN[base], "allowed": _allowed(notes)}


def _flatten(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the type under what pydantic is told of it, also where it may be left out, and all of that."""
    if get_origin(annotation) is Annotated:
        first, *more = get_args(annotation)
        base, notes = _flatten(first)
        for one in more:
            notes += tuple(one.metadata) if isinstance(one, FieldInfo) else (one,)
        return base, notes
    if get_origin(annotation) in (Union, UnionType):
        (only,) = (one for one in get_args(annotation) if one is not type(None))
        return _flatten(only)
    return annotation, ()


def _allowed(notes: tuple[Any, ...]) -> str:
    """Return the bounds of a value in words: '60 to 200', 'above 0, at most 10', 'even'."""
    ends = {name: getattr(note, name) for note in notes for name in _BOUNDS if getattr(note, name, None) is not None}
    if {"ge", "le"} <= ends.keys():
        told = [f"{_number(ends['ge'])} to {_number(ends['le'])}"]
    else:
        told = [f"{word} {_number(ends[name])}" for name, word in _BOUNDS.items() if name in ends]
    if any(getattr(note, "multiple_of", None) == 2 for note in notes):
        told.append("even")
    return ", ".join(told)


def _number(value: Any) -> str:
    return re.sub(r"\.0$", "", str(float(value))) if isinstance(value, Fraction) else str(value)
