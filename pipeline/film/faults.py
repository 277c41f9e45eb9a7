"""Errors of people's files, as sentences that count tables as people do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic.fields import FieldInfo

from pipeline.counting import ordinal
from pipeline.errors import ProjectError
from pipeline.film.fields import Film
from pipeline.tables import Problem, Schema, inner_schema, project_error


def film_error(problems: Sequence[Problem]) -> ProjectError:
    """Return the error that tells all problems of a film.toml, its tables counted from the first."""
    error = project_error(replace(problem, field=_in_words(problem.field)) for problem in problems)
    return ProjectError(error.message, **(error.data | {"field": problems[0].field}))


def _in_words(field: str) -> str:
    """Return a dotted place as people count: 'never.0.to' is 'the first [[never]], to'."""
    told: list[str] = []
    schema: type[Schema] | None = Film
    names, tables = field.split("."), ""
    while len(names) > 1 and names[1].isdecimal():
        name, index, *names = names
        tables += f".{name}" if tables else name
        declared = None if schema is None else _declared(schema, name)
        schema = None if declared is None else inner_schema(declared.annotation)
        which = f"[[{tables}]]" if schema is not None else f"of {name}"
        told.append(f"the {ordinal(int(index) + 1)} {which}")
    return ", ".join((*told, *([".".join(names)] if names else [])))


def _declared(schema: type[Schema], name: str) -> FieldInfo | None:
    return schema.model_fields.get(name)
