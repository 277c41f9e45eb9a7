"""NAME.edit.json: an edit as a file that people own; spans in frames and timecode that must agree, exact both ways."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, InstanceOf, PlainValidator

from pipeline.edit import BedPart, Card, CardPicture, Edit, Gap, MasterSpan, Part, Programme, SoundFades
from pipeline.errors import ProjectError
from pipeline.film import DIGEST_PATTERN
from pipeline.handbook import describe_fields
from pipeline.links import parse_link
from pipeline.tables import Problem, Rate, Schema, check_table, project_error, with_tuples
from pipeline.timebase import FrameRate, Span, parse_timecode, timecode, total

_EXACT = re.compile(r"\d{1,40}(/0*[1-9]\d{0,39})?\Z", re.ASCII)
_EXACT_ALLOWED: Final = "exact seconds as text: '5' or '1001/24000'"
_PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"


def _check_exact(value: Any) -> Fraction:
    if not isinstance(value, str) or _EXACT.match(value) is None:
        raise ValueError(_EXACT_ALLOWED)
    return Fraction(value)


def _check_reference(value: Any) -> str:
    """Keep references inside the edit's own folder: an edit file may come from somebody else."""
    unsafe = (
        not isinstance(value, str)
        or not re.fullmatch(_PLAIN.strip("^$"), value)
        or value.startswith("/")
        or "\\" in value
    )
    if unsafe or not value or ".." in value.split("/"):
        raise ValueError("a file name relative to the edit's folder, without '..'")
    return str(value)


Exact = Annotated[InstanceOf[Fraction], PlainValidator(_check_exact)]
Reference = Annotated[str, PlainValidator(_check_reference)]
Frame = Annotated[int, Field(ge=0, le=10**9)]
Digest = Annotated[str, Field(pattern=DIGEST_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)]
Fades = dict[Literal["in_s", "out_s"], Exact]


class MasterTable(Schema):
    file: Name = Field(description="the file's last known name, for people; the digest finds it")
    rate: Rate = Field(description="the film's exact frame rate, such as '24000/1001'")


class ProgrammeTable(Schema):
    name: Name = Field(description="what it is called, such as 'ending'")
    fades: Fades | None = Field(None, description="how it rises and falls, as the edit's; without it they are the same")


class SpanTable(Schema):
    kind: Literal["span"] = Field(description="'span': a stretch of a master")
    master: Digest = Field(description="digest of the master, one of those under `masters`")
    frames: tuple[Frame, Frame] | None = Field(
        None,
        description="first frame and the frame after the last, at the master's rate, from 0 at the first picture",
    )
    timecode: tuple[str, str] | None = Field(
        None, description="the same as timecode from 00:00:00:00; with ';' before the frames it is drop-frame"
    )
    seconds: tuple[Exact, Exact] | None = Field(
        None, description=f"only where an end is no frame boundary: {_EXACT_ALLOWED}; frames are then the nearest ones"
    )
    framing: Reference | None = Field(
        None,
        description="framing file, relative to the edit's folder; one frames all of the edit, in clips of its shape",
    )
    captions: Reference | None = Field(None, description="captions file, relative to the edit's folder")
    programme: ProgrammeTable | None = Field(
        None,
        description="what a person hears it as a part of, with `name` and `fades`: spans of one master that agree in "
        "this are brought to their loudness together, and apart from all others",
    )


class LengthTable(Schema):
    frames: Frame | None = Field(None, description="length in frames at the edit's rate")
    timecode: str | None = Field(None, description="the same as timecode")
    seconds: Exact | None = Field(
        None, description=f"only where the length is no whole number of frames: {_EXACT_ALLOWED}"
    )


class PictureTable(Schema):
    sha256: Digest = Field(description="digest of the picture's file, which `matinee cut --region` keeps")
    width_px: Annotated[int, Field(ge=1, le=100_000)] = Field(description="its width as it is looked at")
    height_px: Annotated[int, Field(ge=1, le=100_000)] = Field(description="its height")


class CardTable(LengthTable):
    kind: Literal["card"] = Field(description="'card': text on a ground")
    lines: tuple[Annotated[str, Field(max_length=2000, pattern=_PLAIN)], ...] = Field(description="the lines of text")
    design: Name = Field(
        "plain",
        description="'plain': lines of one size; 'title': the first line large; 'rating': the first line in a frame; "
        "'laurels': each line between two branches, what stands before a dash small; 'end': the last line stands out; "
        "'picture': a picture and no text",
    )
    link: Annotated[str, BeforeValidator(parse_link)] | None = Field(
        None, description="for design 'end': the address of a page, such as 'https://example.org', as a QR code"
    )
    picture: PictureTable | None = Field(
        None, description="for design 'picture': what stands there instead of text, a table"
    )


class GapTable(LengthTable):
    kind: Literal["gap"] = Field(description="'gap': black and silence")


class EditTable(Schema):
    name: Name = Field(description="the name that outputs carry")
    revision: Annotated[int, Field(ge=0)] = Field(0, description="counts the writes by Matinee; leave it alone")
    rate: Rate = Field(description="frame rate in which cards and gaps are counted, such as '24000/1001'")
    masters: dict[Digest, MasterTable] = Field(description="the masters used, by the sha256 of their bytes")
    fades: Fades | None = Field(
        None,
        description="`in_s` and `out_s`, in which each programme rises at its start and falls at its end, 0 where left "
        f"out: {_EXACT_ALLOWED}; without the whole, as the highlights preset says",
    )
    parts: tuple[Any, ...] = Field(description="what plays, in order: tables of kind span, card or gap")
    bed: tuple[Any, ...] = Field(
        (),
        description="what is heard instead of the parts' own sound, in order: tables of kind span or gap that together "
        "last exactly as long as the parts; one span is one continuous sound",
    )


PART_TABLES: Final[Mapping[str, type[Schema]]] = {"span": SpanTable, "card": CardTable, "gap": GapTable}


@dataclass(frozen=True)
class EditMaster:
    """Name one master of an edit file."""

    digest: str
    file: str
    rate: FrameRate


@dataclass(frozen=True)
class EditFile:
    """Hold what one NAME.edit.json says."""

    edit: Edit
    rate: FrameRate
    masters: tuple[EditMaster, ...]
    revision: int = 0

    def rate_of(self, digest: str) -> FrameRate:
        """Return the frame rate of a master. Raises ProjectError for a master that the file does not list."""
        rate = next((master.rate for master in self.masters if master.digest == digest), None)
        if rate is None:
            raise ProjectError(f"{self.edit.name}: the edit uses master {digest}, but does not list it.", master=digest)
        return rate


def parse_edit_file(text: str, *, path: Path) -> EditFile:
    """Read the text of an edit file. Raises ProjectError that names file, field, value and what is allowed."""
    table = check_table(EditTable, _load(text, path), path=path)
    if not isinstance(table, EditTable):
        raise project_error(table)
    rates = {digest: master.rate for digest, master in table.masters.items()}
    parts, problems = _check_parts("parts", table, rates, path)
    under, more = _check_parts("bed", table, rates, path)
    bed = tuple(part for part in under if not isinstance(part, Card))
    problems += more or _bed_problems(parts, bed, table.rate, path)
    if problems:
        raise project_error(problems)
    masters = tuple(EditMaster(digest, master.file, master.rate) for digest, master in table.masters.items())
    return EditFile(Edit(table.name, parts, bed, _fades(table.fades)), table.rate, masters, table.revision)


def edit_file_text(file: EditFile) -> str:
    """Return the text of an edit file: one part a line, so that versions compare well. Raises ProjectError."""
    masters = {master.digest: {"file": master.file, "rate": str(master.rate)} for master in file.masters}
    head = {"name": file.edit.name, "revision": file.revision, "rate": str(file.rate), "masters": masters}
    head |= _fades_field(file.edit.fades)
    lines = [f"  {_json(key)}: {_json(value)},\n" for key, value in head.items()]
    lists = [f'  "parts": {_part_list(file.edit.parts, file)}']
    lists += [f'  "bed": {_part_list(file.edit.bed, file)}'] if file.edit.bed else []
    text = "{\n" + "".join(lines) + ",\n".join(lists) + "\n}\n"
    if parse_edit_file(text, path=Path(f"{file.edit.name}.edit.json")) != file:
        raise ProjectError(f"{file.edit.name}: the edit cannot be written without loss.")
    return text


def describe_edit_json() -> str:
    """Return docs/edit-json.md."""
    tables: tuple[tuple[str, type[Schema]], ...]
    tables = (("masters", MasterTable), *((_title(kind), table) for kind, table in PART_TABLES.items()))
    return (
        "# NAME.edit.json\n\n"
        "An edit as a file: what plays, in order. It lies in `media/projects/<film>/`, and every command that takes a\n"
        "film also takes an edit file. Of `frames`, `timecode` and `seconds` one is enough; those that are given must\n"
        "agree, so when you move a cut, change both or leave one out. Where you saved the file while Matinee wanted\n"
        "to write it, Matinee reports a conflict and writes nothing.\n\n"
        f"{describe_fields(EditTable)}\n"
        + "\n".join(f"## {title}\n\n{describe_fields(table)}" for title, table in tables)
    )


def _title(kind: str) -> str:
    return "parts: card" if kind == "card" else f"parts and bed: {kind}"


def _load(text: str, path: Path) -> dict[str, Any]:
    try:
        table = json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except RecursionError:
        raise project_error([Problem(str(path), "", "", "objects or arrays are nested too deeply")]) from None
    except ValueError as error:
        raise project_error([Problem(str(path), "", "", f"the file is not JSON: {error}")]) from None
    if not isinstance(table, dict):
        raise project_error([Problem(str(path), "", "", "the file should hold one JSON object")])
    return {key: with_tuples(value) for key, value in table.items()}


def _check_parts(
    field: Literal["parts", "bed"], table: EditTable, rates: Mapping[str, FrameRate], path: Path
) -> tuple[tuple[Part, ...], list[Problem]]:
    parts: list[Part] = []
    problems: list[Problem] = []
    for index, part in enumerate(table.parts if field == "parts" else table.bed):
        found = _check_part(part, table.rate, rates, path)
        if field == "bed" and isinstance(found, Card):
            found = (Problem(str(path), "kind", '"card"', "a card has no sound: a bed has spans and gaps"),)
        if isinstance(found, tuple):
            problems += (replace(one, field=f"{field}.{index}.{one.field}".rstrip(".")) for one in found)
        else:
            parts.append(found)
    return tuple(parts), problems


def _bed_problems(
    parts: tuple[Part, ...], bed: tuple[BedPart, ...], rate: FrameRate, path: Path
) -> tuple[Problem, ...]:
    wanted, found = (total(part.duration for part in several) for several in (parts, bed))
    if not bed or wanted == found:
        return ()
    lengths = [f"{float(seconds):.3f} s ({float(seconds * rate.fps):g} frames)" for seconds in (found, wanted)]
    return (Problem(str(path), "bed", lengths[0], f"it should last exactly as long as the parts, {lengths[1]}"),)


def _check_part(
    value: Any, edit_rate: FrameRate, rates: Mapping[str, FrameRate], path: Path
) -> Part | tuple[Problem, ...]:
    kind = value.get("kind") if isinstance(value, dict) else None
    schema = PART_TABLES.get(kind) if isinstance(kind, str) else None
    if schema is None:
        return (Problem(str(path), "kind", _json(kind), f"it should be one of {', '.join(PART_TABLES)}"),)
    table = check_table(schema, value, path=path)
    if isinstance(table, tuple):
        return table
    if isinstance(table, SpanTable) and table.master not in rates:
        return (Problem(str(path), "master", table.master, "it should be one of the digests under masters"),)
    rate = rates[table.master] if isinstance(table, SpanTable) else edit_rate
    times = _agree(table, rate, path)
    if isinstance(times, Problem):
        return (times,)
    if isinstance(table, SpanTable):
        if times[1] <= times[0]:
            return (Problem(str(path), "frames", str(table.frames), "the end should be after the start"),)
        told = table.programme
        programme = None if told is None else Programme(told.name, _fades(told.fades))
        return MasterSpan(table.master, Span(*times), table.framing, table.captions, programme)
    if not isinstance(table, CardTable):
        return Gap(times[0])
    picture = None if table.picture is None else picture_of(table.picture.model_dump())
    return Card(table.lines, times[0], table.design, table.link, picture)


def _agree(table: Any, rate: FrameRate, path: Path) -> tuple[Fraction, ...] | Problem:
    """Return the exact times of a part, or which of its ways to tell them differs from the first one."""
    try:
        told = tuple(_told(table, rate))
    except ValueError as error:
        return Problem(str(path), "timecode", _json(table.timecode), str(error))
    if not told:
        return Problem(str(path), "frames", "", "one of frames, timecode and seconds must be given")
    field, frames = told[0]
    for other, others in told[1:]:
        if others != frames:
            allowed = (
                f"it means frames {list(others)} at {rate}, but {field} means {list(frames)}; correct or remove one"
            )
            return Problem(str(path), other, _json(getattr(table, other)), allowed)
    return _tupled(table.seconds) if table.seconds is not None else tuple(rate.time_of(frame) for frame in frames)


def _told(table: Any, rate: FrameRate) -> Iterator[tuple[str, tuple[int, ...]]]:
    ways: Mapping[str, Callable[[Any], int]] = {
        "frames": int,
        "timecode": lambda text: parse_timecode(text, rate),
        "seconds": rate.nearest_frame,
    }
    for field, frame_of in ways.items():
        value = getattr(table, field)
        if value is not None:
            yield field, tuple(frame_of(one) for one in _tupled(value))


def _part_list(parts: tuple[Part, ...], file: EditFile) -> str:
    rows = ",\n".join(f"    {_json(_part_table(part, file))}" for part in parts)
    return f"[\n{rows}\n  ]" if rows else "[]"


def _part_table(part: Part, file: EditFile) -> dict[str, Any]:
    if isinstance(part, MasterSpan):
        times, rate = (part.span.start, part.span.end), file.rate_of(part.master)
        references = {"framing": part.framing, "captions": part.captions}
        named: dict[str, Any] = {key: value for key, value in references.items() if value is not None}
        if part.programme is not None:
            named["programme"] = {"name": part.programme.name, **_fades_field(part.programme.fades)}
        return {"kind": "span", "master": part.master, **_time_fields(times, rate), **named}
    length = {key: value[0] for key, value in _time_fields((part.duration,), file.rate).items()}
    if isinstance(part, Gap):
        return {"kind": "gap", **length}
    design = {"design": part.design} if part.design != "plain" else {}
    link = {"link": part.link} if part.link is not None else {}
    picture = {"picture": picture_fields(part.picture)} if part.picture is not None else {}
    return {"kind": "card", "lines": list(part.lines), **length, **design, **link, **picture}


def picture_fields(picture: CardPicture) -> dict[str, Any]:
    """Return a card's picture as files about edits tell of it."""
    return {"sha256": picture.digest, "width_px": picture.width_px, "height_px": picture.height_px}


def picture_of(fields: Mapping[str, Any]) -> CardPicture:
    """Return the picture that files about edits tell of."""
    return CardPicture(fields["sha256"], fields["width_px"], fields["height_px"])


def _time_fields(times: tuple[Fraction, ...], rate: FrameRate) -> dict[str, list[Any]]:
    frames = [rate.nearest_frame(time) for time in times]
    fields: dict[str, list[Any]] = {"frames": frames, "timecode": [timecode(frame, rate) for frame in frames]}
    if tuple(rate.time_of(frame) for frame in frames) != times:
        fields["seconds"] = [str(time) for time in times]
    return fields


def _fades(told: Fades | None) -> SoundFades | None:
    zero = Fraction(0)
    return None if told is None else SoundFades(told.get("in_s", zero), told.get("out_s", zero))


def _fades_field(fades: SoundFades | None) -> dict[str, Any]:
    return {} if fades is None else {"fades": {"in_s": str(fades.in_s), "out_s": str(fades.out_s)}}


def _tupled(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


if __name__ == "__main__":
    sys.stdout.write(describe_edit_json())
