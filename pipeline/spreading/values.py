"""Nodes as JSON and back: numbers, texts, tuples and dataclasses of Matinee's own. Reading runs no code but theirs.

A pickle would be shorter, and whoever can write to a shared store could have every machine run what he likes.
"""

from __future__ import annotations

import dataclasses
import sys
from fractions import Fraction
from typing import Any, Final

from pipeline.errors import StoreError

_CLASS: Final = "class"
_FRACTION: Final = "/"
_PACKAGE: Final = "pipeline."


def to_json(value: object) -> Any:
    """Return a value as what JSON has. Raises TypeError for a kind of value that has no place in a node."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Fraction):
        return {_FRACTION: str(value)}
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        told = {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
        return {_CLASS: f"{kind.__module__}:{kind.__qualname__}", **told}
    raise TypeError(f"{type(value).__name__} has no place in a node")


def from_json(told: Any) -> Any:
    """Return the value that `to_json` told. Raises StoreError for what it never tells."""
    if isinstance(told, list):
        return tuple(from_json(one) for one in told)
    if not isinstance(told, dict):
        return told
    try:
        if _FRACTION in told:
            return Fraction(told[_FRACTION])
        fields = {name: from_json(one) for name, one in told.items() if name != _CLASS}
        return _class_of(told[_CLASS])(**fields)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise StoreError(
            f"What another machine wrote cannot be read here ({error}).",
            remedy="Have the same version of Matinee on all machines.",
        ) from error


def _class_of(name: str) -> type[Any]:
    """Return a dataclass of ours by its name; nothing is imported for it."""
    module, _, qualified = name.partition(":")
    found = getattr(sys.modules.get(module), qualified, None) if module.startswith(_PACKAGE) else None
    if not (isinstance(found, type) and dataclasses.is_dataclass(found) and found.__module__ == module):
        raise ValueError(f"{name} is no value of ours")
    return found
