"""A preset's TOML as plain words, as forms have them, and back: changed in place, with people's comments kept.

Words are texts, true and false, lists and tables of words. What stays the same stays as it was written; whether what
changes may be so is for the loader to say, so that a form tells the same faults as the command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pipeline.errors import PresetError
from pipeline.presets.forms import Node, field_of, form_of, item_of
from pipeline.presets.rewriting import change_beside, change_plainly, same
from pipeline.presets.schemas import Kind
from pipeline.tables import Problem, parse_table

Words = Any
"""A text, true or false, or lists and tables of words."""
_WHOLE: Final = re.compile(r"-?(0|[1-9]\d{0,99})", re.ASCII)
_POINT: Final = re.compile(r"-?(0|[1-9]\d{0,99})\.\d{1,100}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_words(text: str, path: Path) -> dict[str, Any]:
    """Return what the text of a preset says, in words. Raises PresetError where it is not TOML."""
    words: dict[str, Any] = words_of(_parsed(text, path))
    return words


def words_of(value: Any) -> Words:
    """Return the words for a value of TOML."""
    if isinstance(value, dict):
        return {key: words_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [words_of(item) for item in value]
    if isinstance(value, Decimal):
        short = value.is_finite() and abs(value.adjusted()) <= 24
        return format(value, "f") if short else str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**100:
        return "a very long number"
    return value if isinstance(value, bool) else str(value)


def changed_text(text: str, words: Mapping[str, Words], kind: Kind, path: Path) -> str:
    """Return the text of a preset that says what `words` say; where they say what it says, the very same text.

    Raises PresetError where the text is not TOML, or is laid out so that it cannot be changed in place.
    """
    was, form = _parsed(text, path), form_of(kind)
    now: dict[str, Any] = _value(words, form, was)
    if same(was, now):
        return text
    for change in (change_beside, change_plainly):
        found = _tried(change, text, was, now, form)
        if found is not None:
            said = parse_table(found, path=path)
            if isinstance(said, dict) and same(said, now):
                return found
    raise PresetError(
        f"{path}: the file is laid out so that it cannot be changed in place.",
        remedy="Write every field on a line of its own, with the [[tables]] at the end.",
        path=str(path),
    )


def _parsed(text: str, path: Path) -> dict[str, Any]:
    table = parse_table(text, path=path)
    if isinstance(table, Problem):
        raise PresetError(str(table), path=table.path)
    return table


def _value(words: Words, node: Node | None, was: Any) -> Any:
    """Return what words stand for in TOML: what was there where they say the same, else as the form has it."""
    if was is not None and words_of(was) == words:
        return was
    if isinstance(words, dict):
        old = was if isinstance(was, dict) else {}
        return {
            name: _value(one, field_of(node, name), old.get(name))
            for name, one in words.items()
            # A list of tables that lost its last one has no name to write.
            if one != [] or (field_of(node, name) or {}).get("kind") != "tables" or old.get(name) == []
        }
    if isinstance(words, list):
        old_items = was if isinstance(was, list) else []
        pairs = zip(words, [*old_items, *[None] * len(words)], strict=False)
        return [_value(one, item_of(node), before) for one, before in pairs]
    return words if isinstance(words, bool) else _plain(words, node)


def _plain(word: str, node: Node | None) -> Any:
    kind = "" if node is None else node["kind"]
    is_whole = kind in ("whole", "number") or (kind == "choice" and node is not None and node["is_whole"])
    if is_whole and _WHOLE.fullmatch(word):
        return int(word)
    if kind in ("whole", "number") and _POINT.fullmatch(word):
        return Decimal(word)
    if kind == "day" and _DAY.fullmatch(word):
        try:
            return date.fromisoformat(word)
        except ValueError:
            return word
    return word


def _tried(change: Any, text: str, was: dict[str, Any], now: dict[str, Any], form: Node) -> str | None:
    from tomlkit.exceptions import TOMLKitError

    try:
        found: str = change(text, was, now, form)
    except (TOMLKitError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None
    return found
