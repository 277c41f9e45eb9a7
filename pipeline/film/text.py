"""film.toml as a value: its text in and out with people's comments kept."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.errors import ProjectError
from pipeline.film.faults import film_error
from pipeline.film.fields import Film
from pipeline.tables import Problem, Schema, check_table, parse_table, project_error, with_tuples


def parse_film(text: str, *, path: Path) -> Film:
    """Read the text of a film.toml. Raises ProjectError that names file, field, value and what is allowed."""
    table = parse_table(text, path=path)
    if isinstance(table, Problem):
        raise project_error([table])
    film = check_table(Film, with_tuples(table), path=path)
    if not isinstance(film, Film):
        raise film_error(film)
    return film


def rewritten(text: str, film: Film, *, path: Path) -> str:
    """Return the text of a film.toml that says what `film` says, with everything that stays the same left as it was.

    Comments, order and formatting are kept; of a list, items that stay are untouched, and tables that change keep their
    comments. Raises ProjectError
    where the text is not a valid film.toml, or is laid out so that it cannot be changed in place.
    """
    import tomlkit
    from tomlkit.items import AoT, Table

    old = parse_film(text, path=path)
    document, head = tomlkit.parse(text), tomlkit.document()
    # A new plain field goes before the tables, at the top: right before the first it would part that from its comment.
    fresh = head if any(isinstance(item, AoT | Table) for item in document.values()) else document
    for name in Film.model_fields:
        was, now = getattr(old, name), getattr(film, name)
        if now == was:
            continue
        if now is None or now == ():
            document.remove(name)
        elif was and isinstance(now, tuple) and now[: len(was)] == was and isinstance(document[name], list):
            for item in now[len(was) :]:
                document[name].append(_toml_value(item))
        elif was and isinstance(now, tuple) and isinstance(document[name], AoT):
            _change_tables(document[name], was, now)
        else:
            value = _toml_list(now) if isinstance(now, tuple) else _toml_value(now)
            (document if name in document or isinstance(value, AoT) else fresh)[name] = value
    result = tomlkit.dumps(head) + tomlkit.dumps(document)
    if parse_film(result, path=path) != film:
        raise ProjectError(
            f"{path}: the file is laid out so that it cannot be changed in place.",
            remedy="Write every field on a line of its own, with the [[tables]] at the end.",
            path=str(path),
        )
    return result


def overlaid(base: Film, over: Film) -> Film:
    """Return a film whose fields are those that `over` sets, else those of `base`; spans and decisions add up.

    Spans add up because a "never use" that one file holds must not vanish when the other file names another.
    """
    added = ("always", "never", "locked", "rejected", "decisions")
    fields = {name: getattr(over if name in over.model_fields_set else base, name) for name in Film.model_fields}
    fields |= {name: (*getattr(base, name), *getattr(over, name)) for name in added}
    return Film.model_construct(**(fields | {"revision": over.revision, "master": over.master}))


def _change_tables(tables: Any, was: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    """Write items into an array of tables: those at its start and end that stay are left as they are."""
    import tomlkit

    shorter = min(len(was), len(now))
    first = next((place for place in range(shorter) if was[place] != now[place]), shorter)
    most = shorter - first
    last = next((place for place in range(most) if was[-1 - place] != now[-1 - place]), most)
    old, new = len(was) - last, now[first : len(now) - last]
    for place, item in enumerate(new, start=first):
        if place >= old:
            tables.insert(place, tomlkit.item(_toml_value(item)))
            continue
        told, table = _toml_value(item), tables[place]
        for key in [key for key in table if key not in told]:
            table.remove(key)
        for key, value in told.items():
            if table.get(key) != value:
                table[key] = value
    for _ in range(first + len(new), old):
        del tables[first + len(new)]


def _toml_value(value: Any) -> Any:
    import tomlkit

    if isinstance(value, Schema):
        said = value.model_dump(by_alias=True, exclude_defaults=True)
        return {name: _toml_value(item) for name, item in said.items()}
    return tomlkit.value(format(value, "f")) if isinstance(value, Decimal) else value


def _toml_list(values: tuple[Any, ...]) -> Any:
    import tomlkit

    if not isinstance(values[0], Schema):
        return list(values)
    tables = tomlkit.aot()
    for value in values:
        tables.append(tomlkit.item(_toml_value(value)))
    return tables
