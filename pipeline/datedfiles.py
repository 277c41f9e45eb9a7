"""TOML files with local times and tables that people count, calendars and blocks: how they are read, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from pipeline.counting import ordinal
from pipeline.errors import ProjectError
from pipeline.tables import Problem, Schema, check_table, parse_table, project_error, with_tuples

_WITHOUT_SECONDS: Final = re.compile(
    r"^[ \t]*\w+[ \t]*=[ \t]*\d{4}-\d\d-\d\d[T ]\d\d:\d\d[ \t]*(Z|[+-]\d\d:\d\d)?[ \t]*(#.*)?$", re.MULTILINE
)
_Dated = TypeVar("_Dated", bound=Schema)


def parse_dated(schema: type[_Dated], text: str, *, path: Path, tables: tuple[str, ...]) -> _Dated:
    """Read the text of such a file, whose `tables` stand there several times.

    Raises ProjectError that names field, value and what is allowed.
    """
    table = parse_table(text, path=path)
    if isinstance(table, Problem):
        hint = " (TOML wants seconds: 20:00:00)" if _WITHOUT_SECONDS.search(text) else ""
        raise dated_error([replace(table, allowed=f"{table.allowed}{hint}")], tables)
    found = check_table(schema, with_tuples(table), path=path)
    if not isinstance(found, schema):
        raise dated_error(found, tables)  # type: ignore[arg-type]  # it is the one or the other
    return found


def dated_error(problems: Iterable[Problem], tables: tuple[str, ...]) -> ProjectError:
    """Return the error that tells all problems of a file, its tables counted from the first."""
    told = tuple(problems)
    error = project_error(replace(problem, field=_in_words(problem.field, tables)) for problem in told)
    return ProjectError(error.message, **(error.data | {"field": told[0].field}))


def _in_words(field: str, tables: tuple[str, ...]) -> str:
    """Return a dotted place as people count: 'drops.0.opens' is 'the first [[drops]], opens'."""
    name, _, rest = field.partition(".")
    index, _, inside = rest.partition(".")
    if name not in tables or not index.isdecimal():
        return field
    which = f"the {ordinal(int(index) + 1)} [[{name}]]"
    return f"{which}, {inside}" if inside else which
