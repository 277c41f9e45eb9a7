"""film.toml: what people know and decide about one film, as a value; its text in and out with their comments kept."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from pipeline.counting import ordinal
from pipeline.errors import ProjectError
from pipeline.handbook import describe_fields
from pipeline.languages import is_tag
from pipeline.links import parse_link
from pipeline.tables import Problem, Schema, check_table, inner_schema, parse_exact, with_tuples
from pipeline.timebase import FrameRate, Span, parse_seconds, parse_timecode

DIGEST_PATTERN: Final = r"^[0-9a-f]{64}$"
MOMENT_ALLOWED: Final = "timecode '00:01:02:03', clock time '1:02:03.5' or seconds such as 62.5"
_TIMECODE = re.compile(r"\d{1,3}:[0-5]\d:[0-5]\d[:;]\d{2,3}\Z", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1b\x7f]")
_CLOCK = re.compile(r"(\d{1,3}:)?[0-5]?\d:[0-5]\d(\.\d{1,9})?\Z", re.ASCII)


def _check_moment(value: Any) -> str | int | Decimal:
    if isinstance(value, str) and (_TIMECODE.match(value) or _CLOCK.match(value)):
        return value
    try:
        exact = parse_exact(value)
    except ValueError:
        raise ValueError(MOMENT_ALLOWED) from None
    if not 0 <= exact < 360_000:
        raise ValueError(f"{MOMENT_ALLOWED}, from 0 up to 100 hours")
    return value  # type: ignore[no-any-return]  # parse_exact takes nothing but these three


def _check_date(value: Any) -> date:
    if not isinstance(value, date):  # a date-time is a date
        raise ValueError("a TOML date or date-time without quotes, such as 2026-11-23")
    return value


def _check_words(value: str) -> str:
    # Cards and editors' files are made of them, in which tabs and line ends become blanks and these have no place.
    if _CONTROL.search(value):
        raise ValueError("text without control characters")
    return value


def _check_tag(value: str) -> str:
    if not is_tag(value):
        raise ValueError("a BCP 47 tag such as 'es' or 'pt-BR'")
    return value


Moment = Annotated[str | int | Decimal, PlainValidator(_check_moment)]
Link = Annotated[str, BeforeValidator(parse_link)]
Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_check_words)]
_alone_or_listed = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
WordList = Annotated[tuple[Words, ...], _alone_or_listed]
Tag = Annotated[str, AfterValidator(_check_tag)]
TagList = Annotated[tuple[Tag, ...], _alone_or_listed]


class NotedSpan(Schema):
    """Hold a stretch of the film and why somebody named it."""

    start: Moment = Field(alias="from", description="where the stretch starts")
    end: Moment = Field(alias="to", description="where it ends; the picture at that time is no longer part of it")
    note: str = Field("", description="why")

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, table: Any) -> Any:
        # The fields carry aliases because `from` is a Python keyword; a message has to name what people write.
        if isinstance(table, dict) and not {"from", "to"} <= table.keys() <= {"from", "to", "note"}:
            raise ValueError("a table of from, to and, where wanted, note")
        return table


class RejectedSpan(NotedSpan):
    """Hold a highlight that somebody did not want."""

    kind: Literal["moment", "montage"] = Field(
        "moment", description="what was rejected: a moment, or one of the pieces of a montage, which stay in moments"
    )

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, table: Any) -> Any:
        if isinstance(table, dict) and not {"from", "to"} <= table.keys() <= {"from", "to", "note", "kind"}:
            raise ValueError("a table of from, to and, where wanted, note and kind")
        return table


class CaptionFile(Schema):
    """Hold where captions are that lie elsewhere, or are called otherwise, than beside the master under its name."""

    file: Words = Field(
        description="path of an SRT, WebVTT or ASS file, from the folder of this film.toml or else from the master's"
    )
    language: Tag | None = Field(
        None, description="their language as a BCP 47 tag such as 'es' or 'pt-BR'; left out where it is the film's own"
    )


class Decision(Schema):
    """Hold one thing that somebody decided."""

    what: Words = Field(description="what was decided")
    who: Words = Field(description="who decided it")
    when: Annotated[date, PlainValidator(_check_date)] = Field(
        description="when, as a TOML date or date-time without quotes: 2026-11-23"
    )
    note: str = Field("", description="anything else")


class Film(Schema):
    """Hold what one film.toml says; times are as written, see `resolve_times`."""

    title: Words | None = Field(None, description="the film's title; without it the file's name is used")
    original_title: Words | None = Field(None, description="the title in the film's own language, where it differs")
    director: WordList = Field((), description="names of the directors, a list")
    year: Annotated[int, Field(ge=1888, le=2100)] | None = Field(None, description="year of completion, 1888 to 2100")
    country: WordList = Field((), description="countries of production, a list")
    language: TagList = Field(
        (),
        description="languages spoken, a list, as BCP 47 tags such as 'es' or 'pt-BR'; of several audio tracks "
        "clips use the first one in the first of these languages",
    )
    captions: tuple[CaptionFile, ...] = Field(
        (),
        description="`[[captions]]`: files of captions; without any, those beside the master (`film.srt`, "
        "`film.es.vtt`) and then its own text tracks are used",
    )
    rating: Words | None = Field(None, description="age rating as the board writes it, such as '12A'")
    content_notes: WordList = Field((), description="what viewers should be told, a list: 'flashing lights'")
    laurels: WordList = Field(
        (), description="what festivals said of it, a list: 'Official Selection — Festival de Málaga 2026'"
    )
    call_to_action: Words | None = Field(None, description="what an end card asks for: 'In cinemas from 4 March'")
    link: Link | None = Field(
        None,
        description="address of a ticket or shop page, such as 'https://example.org/red-kite', for the QR code on an "
        "end card; letters beyond ASCII and blanks are encoded as a browser does",
    )
    timecode_start: Annotated[str, Field(pattern=_TIMECODE.pattern.replace(r"\Z", "$"))] | None = Field(
        None,
        description="timecode of the first picture, such as '01:00:00:00', where timecodes below do not count from 0",
    )
    always: tuple[NotedSpan, ...] = Field((), description="`[[always]]`: stretches that every highlight list must use")
    never: tuple[NotedSpan, ...] = Field(
        (), description="`[[never]]`: stretches that no output may show, such as a spoiler"
    )
    locked: tuple[NotedSpan, ...] = Field(
        (), description="`[[locked]]`: stretches that a person cut; they stay as they are"
    )
    rejected: tuple[RejectedSpan, ...] = Field(
        (),
        description="`[[rejected]]`: highlights that somebody did not want; each stays away and the next best takes "
        "its place and its name. Written by `matinee reject --highlight`; a montage has one for each piece; delete its "
        "tables to have it back",
    )
    credits_start: Moment | None = Field(None, description="where the end credits start")
    poster_frame: Moment | None = Field(None, description="the picture that stands for the film")
    decisions: tuple[Decision, ...] = Field((), description="`[[decisions]]`: what was decided, by whom and when")
    revision: Annotated[int, Field(ge=0)] = Field(0, description="counts the writes by Matinee; leave it alone")
    master: Annotated[str, Field(pattern=DIGEST_PATTERN)] | None = Field(
        None, description="sha256 of the master's bytes, by which the project is found after a rename"
    )


@dataclass(frozen=True)
class ResolvedSpan:
    """Hold an exact span and why somebody named it."""

    span: Span
    note: str
    kind: str = ""
    """Of a rejected highlight: moment or montage."""


@dataclass(frozen=True)
class FilmTimes:
    """Hold every time of a film.toml in exact seconds since the first picture."""

    always: tuple[ResolvedSpan, ...]
    never: tuple[ResolvedSpan, ...]
    locked: tuple[ResolvedSpan, ...]
    rejected: tuple[ResolvedSpan, ...]
    """In the order in which they were rejected."""
    credits_start: Fraction | None
    poster_frame: Fraction | None


def parse_film(text: str, *, path: Path) -> Film:
    """Read the text of a film.toml. Raises ProjectError that names file, field, value and what is allowed."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise project_error([Problem(str(path), "", "", "arrays or tables are nested too deeply")]) from None
    except ValueError as error:
        raise project_error([Problem(str(path), "", "", f"the file is not TOML: {error}")]) from None
    film = check_table(Film, with_tuples(table), path=path)
    if not isinstance(film, Film):
        raise _film_error(film)
    return film


def resolve_times(film: Film, rate: FrameRate, *, path: Path) -> FilmTimes:
    """Return a film's times at its frame rate. Raises ProjectError for timecode that the rate does not have."""

    def resolve_spans(field: str, spans: Sequence[NotedSpan]) -> tuple[ResolvedSpan, ...]:
        return tuple(_resolve_span(span, film, rate, path, f"{field}.{index}") for index, span in enumerate(spans))

    return FilmTimes(
        always=resolve_spans("always", film.always),
        never=resolve_spans("never", film.never),
        locked=resolve_spans("locked", film.locked),
        rejected=resolve_spans("rejected", film.rejected),
        credits_start=_resolve_optional(film.credits_start, film, rate, path, "credits_start"),
        poster_frame=_resolve_optional(film.poster_frame, film, rate, path, "poster_frame"),
    )


def rewritten(text: str, film: Film, *, path: Path) -> str:
    """Return the text of a film.toml that says what `film` says, with everything that stays the same left as it was.

    Comments, order and formatting are kept; a list that only grew keeps its old items untouched. Raises ProjectError
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


def project_error(problems: Iterable[Problem]) -> ProjectError:
    """Return the error that tells all problems of a person's file."""
    told = tuple(problems)
    first = told[0]
    return ProjectError(
        "\n".join(str(problem) for problem in told),
        path=first.path,
        field=first.field,
        value=first.value,
        allowed=first.allowed,
    )


def describe_film_toml() -> str:
    """Return docs/film-toml.md."""
    return (
        "# film.toml\n\n"
        "What people know and decide about one film. It lies in `media/projects/<film>/` and is found by the master's\n"
        "digest, so that a rename keeps it. A `film.toml` or `<file name>.film.toml` beside the master is read first\n"
        "and never written: what the project's file says replaces it field by field, but spans and decisions add up.\n"
        "Matinee changes the project's file in place and keeps your comments; where you saved it meanwhile,\n"
        "Matinee reports a conflict and writes nothing.\n\n"
        f"Times are {MOMENT_ALLOWED}. Timecode with `;` before the frames is drop-frame.\n"
        "They count from the first picture unless `timecode_start` says what timecode that picture has.\n\n"
        f"{describe_fields(Film)}\n"
        f"## always, never, locked\n\n{describe_fields(NotedSpan)}\n"
        '```toml\n[[never]]\nfrom = "00:21:07:12"\nto = "00:22:00:00"\nnote = "gives the ending away"\n```\n\n'
        f"## rejected\n\n{describe_fields(RejectedSpan)}\n"
        '```toml\n[[rejected]]\nfrom = "00:03:11:04"\nto = "00:03:56:04"\nnote = "too dark for a phone"\n```\n\n'
        f"## captions\n\n{describe_fields(CaptionFile)}\n"
        '```toml\n[[captions]]\nfile = "subtitles/final.es.srt"\nlanguage = "es"\n```\n\n'
        "Clips show captions in the language asked for, else in the film's own (`language`, or that of its sound),\n"
        "else the only ones there are.\n\n"
        f"## decisions\n\n{describe_fields(Decision)}"
    )


def _film_error(problems: Sequence[Problem]) -> ProjectError:
    """Return the error that tells all problems of a film.toml, its tables counted from the first."""
    error = project_error(replace(problem, field=_in_words(problem.field)) for problem in problems)
    return ProjectError(error.message, **(error.data | {"field": problems[0].field}))


def _in_words(field: str) -> str:
    """Return a dotted place as people count: 'never.0.to' is 'the first [[never]], to'."""
    name, _, rest = field.partition(".")
    index, _, inside = rest.partition(".")
    if not index.isdecimal():
        return field
    is_table = inner_schema(Film.model_fields[name].annotation) is not None
    which = f"the {ordinal(int(index) + 1)} {f'[[{name}]]' if is_table else f'of {name}'}"
    return f"{which}, {inside}" if inside else which


def _resolve_span(span: NotedSpan, film: Film, rate: FrameRate, path: Path, field: str) -> ResolvedSpan:
    start = _resolve(span.start, film, rate, path, f"{field}.from")
    end = _resolve(span.end, film, rate, path, f"{field}.to")
    if end <= start:
        raise _film_error([Problem(str(path), f"{field}.to", str(span.end), f"it should be after from ({span.start})")])
    return ResolvedSpan(Span(start, end), span.note, span.kind if isinstance(span, RejectedSpan) else "")


def _resolve_optional(moment: Moment | None, film: Film, rate: FrameRate, path: Path, field: str) -> Fraction | None:
    return None if moment is None else _resolve(moment, film, rate, path, field)


def _resolve(moment: Moment, film: Film, rate: FrameRate, path: Path, field: str) -> Fraction:
    if not isinstance(moment, str):
        return parse_exact(moment)
    if not _TIMECODE.match(moment):
        return parse_seconds(moment)
    try:
        first = parse_timecode(film.timecode_start, rate) if film.timecode_start else 0
        frame = parse_timecode(moment, rate) - first
    except ValueError as error:
        raise _film_error([Problem(str(path), field, f'"{moment}"', str(error))]) from None
    if frame < 0:
        allowed = f"it should not be before the first picture (timecode_start {film.timecode_start})"
        raise _film_error([Problem(str(path), field, f'"{moment}"', allowed)])
    return rate.time_of(frame)


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


if __name__ == "__main__":
    sys.stdout.write(describe_film_toml())
