"""The text of a preset with some of its values changed: what stays, and all comments, as a person wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipeline.presets.forms import Node, field_of, item_of


def same(one: Any, other: Any) -> bool:
    """Return whether two values of TOML are equal and of the same types: 1 is not true, nor 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def change_beside(text: str, was: dict[str, Any], now: dict[str, Any], form: Node) -> str:
    """Change a text so that new fields stand after the last of their table, and new tables at the end."""
    import tomlkit

    document = tomlkit.parse(text)
    fresh = list(_change(document, was, now, (), form))
    end = "\r\n" if "\r\n" in text else "\n"
    result = tomlkit.dumps(document)
    for lines in fresh:
        result = f"{result.rstrip()}{end}{end}{end.join(lines)}{end}"
    return result


def change_plainly(text: str, was: dict[str, Any], now: dict[str, Any], _form: Node) -> str:
    """Change a text wherever the library puts what is new."""
    import tomlkit

    document = tomlkit.parse(text)
    for name in was.keys() - now.keys():
        document.remove(name)
    for name, value in now.items():
        if name not in was or not same(was[name], value):
            document[name] = _item(value)
    return tomlkit.dumps(document)


def _change(
    table: Any, was: dict[str, Any], now: dict[str, Any], at: tuple[str, ...], node: Node | None
) -> Iterator[list[str]]:
    """Change a table in place; yield the lines of tables that are to stand at the end."""
    from tomlkit.items import AoT, InlineTable

    for name in was:
        if name not in now:
            _remove(table, name)
    for name, value in now.items():
        own = field_of(node, name)
        if name in was:
            before = was[name]
            if same(before, value):
                continue
            if isinstance(before, dict) and isinstance(value, dict):
                yield from _change(table[name], before, value, (*at, name), own)
            elif isinstance(value, list) and isinstance(table[name], AoT):
                left = _change_tables(table[name], before, value, item_of(own))
                _put_before(table, name, left)
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

    plain = [item for key, item in _body(table) if key is not None and not isinstance(item, AoT | Table | Null)]
    plain = [item for item in plain if not isinstance(item, Comment | Whitespace)]
    if not plain:
        table[name] = _item(value)
        return
    trivia = plain[-1].trivia
    end = "\r\n" if "\r\n" in trivia.trail else "\n"
    trivia.trail = f"{trivia.trail or end}{_line(name, value)}{end}"


def _change_tables(tables: Any, was: list[Any], now: list[Any], node: Node | None) -> str:
    """Write items into an array of tables: those at its start and end that stay are left as they are.

    Return comments after tables that were at its start, which stay before it.
    """
    import tomlkit

    shorter = min(len(was), len(now))
    first = next((place for place in range(shorter) if not same(was[place], now[place])), shorter)
    most = shorter - first
    last = next((place for place in range(most) if not same(was[-1 - place], now[-1 - place])), most)
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
    left, place = "", first + len(new)
    for _ in range(place, old):
        left += _comments_after(tables[place])
        del tables[place]
    if left and place:
        tables[place - 1].value.body.append((None, tomlkit.ws(left)))
        return ""
    return left


def _remove(table: Any, name: str) -> None:
    """Take a field or table out of a table; comments after it, which are about what follows, stay."""
    import tomlkit
    from tomlkit.items import AoT, InlineTable, Table

    item = table[name]
    if isinstance(table, InlineTable) or not isinstance(item, AoT | Table):
        table.remove(name)
        return
    left, body, place = _comments_after(item), _body(table), _place(table, name)
    table.remove(name)
    if left:
        body[place] = (None, tomlkit.ws(left))


def _put_before(table: Any, name: str, left: str) -> None:
    """Put comments before a table of a table."""
    import tomlkit
    from tomlkit.items import AoT, Table

    if not left:
        return
    body, place = _body(table), _place(table, name)
    key, before = body[place - 1]
    if key is None:
        body[place - 1] = (None, tomlkit.ws(before.as_string() + left))
    elif isinstance(before, AoT | Table):
        inner = before[-1] if isinstance(before, AoT) else before
        inner.value.body.append((None, tomlkit.ws(left)))
    else:
        before.trivia.trail += left


def _comments_after(item: Any) -> str:
    """Return what stands after the last field of a table, or of the last in an array of them, where it is comments."""
    from tomlkit.items import AoT, Table

    inner = item[-1] if isinstance(item, AoT) else item
    lines: list[str] = []
    for key, one in reversed(inner.value.body):
        if key is not None:
            own = _comments_after(one) if isinstance(one, AoT | Table) else ""
            lines.append(own)
            break
        lines.append(one.as_string())
    text = "".join(reversed(lines))
    return text if "#" in text else ""


def _body(table: Any) -> Any:
    return table.body if hasattr(table, "body") else table.value.body


def _place(table: Any, name: str) -> int:
    return next(place for place, (key, _) in enumerate(_body(table)) if key is not None and key.key == name)


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
