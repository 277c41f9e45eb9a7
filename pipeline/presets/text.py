"""A preset's TOML as plain words, as forms have them, and back: changed in place, with people's comments kept.

Words are texts, true and false, lists and tables of words. What stays the same stays as it was written; whether what
changes may be so is for the loader to say, so that a form tells the same faults as the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pipeline.errors import PresetError
from pipeline.presets.forms import Node, field_of, form_of, item_of
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
    if _same(was, now):
        return text
    for change in (_change_beside, _change_plainly):
        found = _tried(change, text, was, now, form)
        if found is not None:
            said = parse_table(found, path=path)
            if isinstance(said, dict) and _same(said, now):
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


def _same(one: Any, other: Any) -> bool:
    """Return whether two values of TOML are equal and of the same types: 1 is not true, nor 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _tried(change: Any, text: str, was: dict[str, Any], now: dict[str, Any], form: Node) -> str | None:
    from tomlkit.exceptions import TOMLKitError

    try:
        found: str = change(text, was, now, form)
    except (TOMLKitError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None
    return found


def _change_beside(text: str, was: dict[str, Any], now: dict[str, Any], form: Node) -> str:
    """Change a text so that new fields stand after the last of their table, and new tables at the end."""
    import tomlkit

    document = tomlkit.parse(text)
    fresh = list(_change(document, was, now, (), form))
    end = "\r\n" if "\r\n" in text else "\n"
    result = tomlkit.dumps(document)
    for lines in fresh:
        result = f"{result.rstrip()}{end}{end}{end.join(lines)}{end}"
    return result


def _change_plainly(text: str, was: dict[str, Any], now: dict[str, Any], _form: Node) -> str:
    """Change a text wherever the library puts what is new."""
    import tomlkit

    document = tomlkit.parse(text)
    for name in was.keys() - now.keys():
        document.remove(name)
    for name, value in now.items():
        if name not in was or not _same(was[name], value):
            document[name] = _item(value)
    return tomlkit.dumps(document)


def _change(
    table: Any, was: dict[str, Any], now: dict[str, Any], at: tuple[str, ...], node: Node | None
) -> Iterator[list[str]]:
    """Change a table in place; yield the lines of tables that are to stand at the end."""
    from tomlkit.items import AoT, InlineTable

    for name in was:
        if name not in now:
            table.remove(name)
    for name, value in now.items():
        own = field_of(node, name)
        if name in was:
            before = was[name]
            if _same(before, value):
                continue
            if isinstance(before, dict) and isinstance(value, dict):
                yield from _change(table[name], before, value, (*at, name), own)
            elif isinstance(value, list) and isinstance(table[name], AoT):
                _change_tables(table[name], before, value, item_of(own))
            else:
                table[name] = _item(value)
        elif isinstance(table, InlineTable):
            table[name] = _item(value)
        elif isinstance(value, dict) and (not at or (node is not None and node["kind"] == "entries")):
            yield _lines((*at, name), value)
        elif value and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            for one in value:
                yield _lines((*at, name), one, listed=True)
        else:
            _put_last(table, name, value)


def _put_last(table: Any, name: str, value: Any) -> None:
    """Put a new field on a line after the last plain one of a table, before what stands around the next table."""
    from tomlkit.items import AoT, Comment, Null, Table, Whitespace

    body = table.body if hasattr(table, "body") else table.value.body
    plain = [item for key, item in body if key is not None and not isinstance(item, AoT | Table | Null)]
    plain = [item for item in plain if not isinstance(item, Comment | Whitespace)]
    if not plain:
        table[name] = _item(value)
        return
    trivia = plain[-1].trivia
    end = "\r\n" if "\r\n" in trivia.trail else "\n"
    trivia.trail = f"{trivia.trail or end}{_line(name, value)}{end}"


def _change_tables(tables: Any, was: list[Any], now: list[Any], node: Node | None) -> None:
    """Write items into an array of tables: those at its start and end that stay are left as they are."""
    import tomlkit

    shorter = min(len(was), len(now))
    first = next((place for place in range(shorter) if not _same(was[place], now[place])), shorter)
    most = shorter - first
    last = next((place for place in range(most) if not _same(was[-1 - place], now[-1 - place])), most)
    old, new = len(was) - last, now[first : len(now) - last]
    for place, value in enumerate(new, start=first):
        if place < old:
            # What is to stand at the end belongs to a table of a name, of which lists have none.
            for _ in _change(tables[place], was[place], value, ("",), node):
                raise ValueError("a table in a table of a list")
        else:
            made = tomlkit.table()
            for name, one in value.items():
                made.add(name, _item(one))
            made.add(tomlkit.nl())
            tables.insert(place, made)
    for _ in range(first + len(new), old):
        del tables[first + len(new)]


def _lines(at: tuple[str, ...], value: dict[str, Any], *, listed: bool = False) -> list[str]:
    import tomlkit

    name = tomlkit.key(list(at)).as_string() if len(at) > 1 else tomlkit.key(at[0]).as_string()
    return [f"[[{name}]]" if listed else f"[{name}]", *(_line(key, one) for key, one in value.items())]


def _line(name: str, value: Any) -> str:
    import tomlkit

    return f"{tomlkit.key(name).as_string()} = {_item(value).as_string()}"


def _item(value: Any) -> Any:
    import tomlkit

    if isinstance(value, dict):
        return tomlkit.value(f"{{ {', '.join(_line(name, one) for name, one in value.items())} }}")
    if isinstance(value, list):
        array = tomlkit.array()
        for one in value:
            array.append(_item(one))
        return array
    if isinstance(value, Decimal):
        return tomlkit.value(format(value, "f"))
    if isinstance(value, str) and "\n" in value and '"""' not in value and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    return tomlkit.item(value)
