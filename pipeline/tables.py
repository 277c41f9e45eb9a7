"""How a TOML file that people write becomes a checked, frozen value: exact numbers in, every problem named.

It knows nothing of what the files mean; the modules that declare fields build on `Schema`.
"""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, InstanceOf, ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import ProjectError
from pipeline.timebase import FrameRate

MOST_BYTES: Final = 256 * 1024  # a hundred times what people write by hand; parsing stays quick
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,12}|/0*[1-9]\d{0,11})?\Z", re.ASCII)
_SHOULD = re.compile(
    r"[A-Z]\w+ should (.+)", re.DOTALL
)  # pydantic's own words: Input should be …, String should match …
_WISHES: Final[Mapping[str, str]] = {
    "int_type": "be a whole number", "int_parsing": "be a whole number", "int_from_float": "be a whole number",
    "bool_type": "be true or false", "string_type": "be text, in quotes", "tuple_type": "be a list",
    "model_type": "be a table", "model_attributes_type": "be a table", "dict_type": "be a table",
}  # fmt: skip
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("above", "gt"), "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"), "less_than_equal": ("at most", "le"),
}  # fmt: skip
_SIZES: Final[Mapping[str, tuple[str, str, str]]] = {
    "too_short": ("at least", "min_length", "item"), "too_long": ("at most", "max_length", "item"),
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
}  # fmt: skip
"""What pydantic calls faults, and our words for them."""
_NUMBER_ALLOWED = "a number such as 2, 0.5 or '1001/30000', of at most 12 digits on either side"


@dataclass(frozen=True)
class Problem:
    """Say what is wrong in one place of one file."""

    path: str
    field: str  # dotted, empty where the file as a whole is meant
    value: str
    allowed: str

    def __str__(self) -> str:
        if not self.field:
            return f"{self.path}: {self.allowed}."
        found = f" is {self.value}" if self.value else " is missing"
        return f"{self.path}: {self.field}{found}; {self.allowed}."


class Schema(BaseModel):
    """Hold one table: unknown keys are errors, nothing is coerced, nothing changes later."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


def parse_exact(value: object) -> Fraction:
    """Return the exact number that a TOML integer, float (as Decimal) or text stands for. Raises ValueError."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError(_NUMBER_ALLOWED)
    # An exponent of a million would spell out a million digits, so only short numbers are spelled out.
    short = isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= 24
    text = format(value, "f") if short else _digits(value)
    if _NUMBER.match(text) is None:
        raise ValueError(_NUMBER_ALLOWED)
    return Fraction(text)


def parse_rate(value: object) -> FrameRate:
    """Return the frame rate that '24000/1001', '24/1' or 24 stands for. Raises ValueError, for 23.976 as well."""
    if isinstance(value, FrameRate):
        return value
    if "." in str(value):
        raise ValueError("an exact rate: '24000/1001' for 23.976, '30000/1001' for 29.97, '60000/1001' for 59.94")
    fps = parse_exact(value)
    if not 1 <= fps <= 240:
        raise ValueError("a rate from 1 to 240 frames per second, such as '24/1' or '24000/1001'")
    return FrameRate(fps)


Exact = Annotated[InstanceOf[Fraction], BeforeValidator(parse_exact)]
Rate = Annotated[InstanceOf[FrameRate], BeforeValidator(parse_rate)]
_Schema = TypeVar("_Schema", bound=Schema)


def read_table(path: Path) -> dict[str, Any] | Problem:
    """Return what a TOML file says, floats as Decimal, or the reason why it cannot be read."""
    text = read_text(path)
    return text if isinstance(text, Problem) else parse_table(text, path=path)


def read_text(path: Path) -> str | Problem:
    """Return the text of a file that a person wrote, or the reason why it cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            return Problem(str(path), "", "", "this is not a file but a directory or a device")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            return Problem(str(path), "", "", f"the file is larger than {MOST_BYTES // 1024} KiB")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Problem(str(path), "", "", f"the file is not UTF-8 text (at line {line})")
    except (OSError, ValueError) as error:  # a name with a NUL in it
        return Problem(str(path), "", "", f"the file cannot be read: {getattr(error, 'strerror', None) or error}")


def text_of(path: Path) -> str:
    """Return the text of a file that a person wrote. Raises ProjectError where it cannot be read."""
    text = read_text(path)
    if isinstance(text, Problem):
        raise project_error([text])
    return text


def parse_table(text: str, *, path: Path) -> dict[str, Any] | Problem:
    """Return what the text of a TOML file says, floats as Decimal, or the reason why it says nothing."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        return Problem(str(path), "", "", "the file is not usable TOML: arrays or tables are nested too deeply")
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        return Problem(str(path), "", "", f"the file is not TOML: {error}")


def check_table(schema: type[_Schema], table: dict[str, Any], *, path: Path) -> _Schema | tuple[Problem, ...]:
    """Return the frozen value that a table stands for, or everything that is wrong with it."""
    try:
        return schema.model_validate(table)
    except ValidationError as error:
        details = _first_causes(error.errors(include_url=False))
    return tuple(sorted((_problem(schema, detail, path) for detail in details), key=lambda problem: problem.field))


def project_error(problems: Iterable[Problem]) -> ProjectError:
    """Return the error that tells all problems of a person's file."""
    told = tuple(problems)
    first = told[0]
    return ProjectError(
        "\n".join(map(str, told)), path=first.path, field=first.field, value=first.value, allowed=first.allowed
    )


def with_tuples(value: Any) -> Any:
    """Return the lists of TOML or JSON as tuples, which the strict schema asks for."""
    if isinstance(value, dict):
        return {key: with_tuples(item) for key, item in value.items()}
    return tuple(with_tuples(item) for item in value) if isinstance(value, list) else value


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return ' (did you mean X?)' for the known name that resembles a wrong one, else nothing."""
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else ""


def show_value(value: object) -> str:
    """Return a value the way a TOML file would write it, cut where it is long."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, dict):
        text = "{ " + ", ".join(f"{key} = {show_value(item)}" for key, item in value.items()) + " }"
    elif isinstance(value, tuple | list):
        text = "[" + ", ".join(map(show_value, value)) + "]"
    elif isinstance(value, int | Decimal | Fraction | FrameRate | date):
        text = f"{value:.12g}" if isinstance(value, Decimal) else _digits(value)
    else:
        text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _digits(value: object) -> str:
    # Python refuses to spell out integers of thousands of digits.
    return "a very long number" if isinstance(value, int) and abs(value) > 10**100 else str(value)


def _first_causes(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Return what is wrong without lists that are too short for what is wrong in them: pydantic counts what is left."""
    places = [detail["loc"] for detail in details]

    def follows(detail: ErrorDetails) -> bool:
        length = len(detail["loc"])
        return detail["type"] == "too_short" and any(
            len(one) > length and one[:length] == detail["loc"] for one in places
        )

    return [detail for detail in details if not follows(detail)]


def _problem(schema: type[Schema], detail: ErrorDetails, path: Path) -> Problem:
    loc = tuple(str(part) for part in detail["loc"])
    field = ".".join(loc)
    parent, description = _declaration(schema, loc)
    if detail["type"] == "extra_forbidden":
        known = sorted(parent.model_fields) if parent else []
        allowed = f"there is no such field{nearest_name(loc[-1], known)}; known here: {', '.join(known)}"
        return Problem(str(path), field, _outline(detail["input"]), allowed)
    if detail["type"] == "missing":
        return Problem(str(path), field, "", f"it must be given: {description}")
    allowed = f"it should {_wish(detail)}" + (f" ({description})" if description else "")
    return Problem(str(path), field, show_value(detail["input"]), allowed)


def _wish(detail: ErrorDetails) -> str:
    """Return what a value should do, as the end of a sentence: in our own words where these are plainer."""
    kind, bounds = detail["type"], detail.get("ctx", {})
    if kind in _WISHES:
        return _WISHES[kind]
    if kind in _BOUNDS:
        word, name = _BOUNDS[kind]
        return f"be {word} {show_value(bounds[name])}"
    if kind in _SIZES:
        word, name, noun = _SIZES[kind]
        if kind.endswith("too_short") and bounds[name] == 1:
            return "not be empty"
        return f"have {word} {bounds[name]} {noun}{'' if bounds[name] == 1 else 's'}"
    said = _SHOULD.match(detail["msg"])
    return said[1] if said else f"be {detail['msg'].removeprefix('Value error, ')}"


def _outline(value: object) -> str:
    """Return a value as TOML, but of tables only that they are: of an unknown field, the name is what is wrong."""
    if isinstance(value, dict):
        return "a table"
    is_tables = isinstance(value, tuple | list) and len(value) > 0 and all(isinstance(one, dict) for one in value)
    return "a list of tables" if is_tables else show_value(value)


def _declaration(schema: type[Schema], loc: tuple[str, ...]) -> tuple[type[Schema] | None, str]:
    """Return the table that a dotted place lies in, and the words about the field there."""
    parent: type[Schema] | None = schema
    for part in loc[:-1]:
        if parent is not None and part in parent.model_fields:
            annotation = parent.model_fields[part].annotation
            inner = inner_schema(annotation)
            # sources.api.url: the name of an entry in a dict stands between two tables
            parent = inner if inner is not None else None
    field = parent.model_fields.get(loc[-1]) if parent and loc else None
    return parent, (field.description or "") if field else ""


def inner_schema(annotation: object) -> type[Schema] | None:
    """Return the table that a field holds, also where it is optional or one of several by name."""
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        return annotation
    found = (inner_schema(argument) for argument in get_args(annotation))
    return next((schema for schema in found if schema is not None), None)
