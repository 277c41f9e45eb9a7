"""The schema of presets/ and how its files load: the only place where a preset field is declared.

The words about a field stand in its description, from which the documentation and every error message are made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field

from pipeline import limits
from pipeline.errors import PresetError
from pipeline.ladders import Codec, Encoding, PackageSound, RateControl, Rung, encoding_faults, ladder_faults
from pipeline.limits import Limit, Text
from pipeline.styles import CaptionStyle, CardLook, CardStyle, FramingStyle, LayoutStyle, contrast
from pipeline.tables import Exact, Problem, Schema, check_table, nearest_name, read_table, show_value, with_tuples

Kind = Literal["platforms", "highlights", "styles", "ladders"]
HighlightKind = Literal["moment", "montage"]
DEFAULT_HIGHLIGHTS: Final = "moments"
DEFAULT_STYLE: Final = "house"
_HOME: Final = "presets lie in the folders platforms, highlights, styles and ladders of the presets' folder"
_SHIPPED: Final = Path(__file__).absolute().parent.parent / "presets"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")

Share = Annotated[Exact, Field(ge=0, lt=1)]
Weight = Annotated[Exact, Field(ge=0, le=100)]
Length = Annotated[Exact, Field(ge=1, le=3600)]
# What WCAG 2.2 asks for, for text and for large text (w3.org/TR/WCAG22/#contrast-minimum).
_TEXT_CONTRAST, _LARGE_CONTRAST = 4.5, 3
SCORER_PATTERN: Final = r"^[a-z0-9]+([._-][a-z0-9]+)*$"


class Picture(Schema):
    aspect: Annotated[str, Field(pattern=r"^[1-9]\d{0,2}:[1-9]\d{0,2}$")] = Field(description="shape, such as '9:16'")
    fit: Literal["crop", "pad"] = Field(
        description="how a film of another shape is fitted: 'crop' fills the picture with a part of the film that the "
        "style chooses, 'pad' shows all of it with padding beside it"
    )
    width_px: limits.PixelRange = Field(description="width of the picture in square pixels")
    height_px: limits.PixelRange = Field(description="height of the picture in square pixels")
    frame_rate: limits.RateRange = Field(
        description="frames per second; the film's own rate is used where it is allowed"
    )
    keyframe_interval_s: limits.KeyframeInterval = Field(
        description="seconds between keyframes (closed groups of pictures)"
    )
    b_frames: limits.BFrames = Field(description="consecutive B-frames")
    video_kbps: limits.VideoBitRate | None = Field(None, description="bit rate of the picture")


class Sound(Schema):
    audio_kbps: limits.AudioBitRate = Field(description="bit rate of the AAC-LC sound")
    sample_rate_hz: Literal[48_000] = Field(description="samples per second: 48000")
    channels: Literal[1, 2] = Field(description="1 for mono, 2 for stereo")
    loudness_lufs: limits.Loudness = Field(description="integrated loudness that the clip is brought to")
    true_peak_dbtp: limits.TruePeak = Field(description="highest true peak that the clip may have")
    limiting_db_max: Annotated[Exact, Field(ge=0, le=20)] = Field(
        Fraction(6),
        description="decibels, 0 to 20, that a limiter may take off peaks to reach the loudness; sound that needs more "
        "stays quieter, and that is told",
    )


class File(Schema):
    duration_s: limits.Duration = Field(description="length of the clip")
    file_size_mb: limits.FileSize | None = Field(None, description="size of the file")
    edit_list: limits.EditLists = Field(description="whether the MP4 file may hold an edit list")


class Source(Schema):
    title: Text = Field(description="the document")
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = Field(None, description="its https address")
    read_on: date = Field(description="the day it was read, such as 2026-11-23 without quotes")
    certainty: Literal["read", "excerpt", "second-hand", "practice"] = Field(
        description="read in full, in part, in somebody's copy, or our practice where nothing is published"
    )
    note: Text | None = Field(None, description="what the reader should know; for practice: why this figure")


class Preset(Schema):
    id: str = Field(description="the file's name without .toml; not written in the file")
    name: Text = Field(description="what people call it")
    note: Text | None = Field(None, description="what a filmmaker should know before using it")


class PlatformPreset(Preset):
    """Hold what one platform accepts and what we prefer within it."""

    picture: Picture = Field(description="what the picture may be")
    sound: Sound = Field(description="what the sound may be")
    file: File = Field(description="what the file may be")
    safe_zone: limits.SafeZone | None = Field(None, description="pixels that the platform's own buttons and text cover")
    sources: dict[str, Source] = Field(description="where the limits were found: one table for each document")


class Avoid(Schema):
    black: bool = Field(description="true leaves out shots that are black")
    end_credits: bool = Field(description="true leaves out the credits at the end")


class Spoilers(Schema):
    last_act_fraction: Share = Field(
        Fraction(15, 100),
        description="last part of the film that gives the ending away: 0.15 is the last 15 %, end credits not counted",
    )
    budget_fraction: Annotated[Exact, Field(ge=0, le=1)] = Field(
        Fraction(0), description="share of that part which all highlights together may show: 0 is none of it, 1 all"
    )


class Weights(Schema):
    hook: Weight = Field(Fraction(3), description="how much the first two seconds count, 0 to 100")
    shape: Weight = Field(Fraction(2), description="how much a rise to a late peak counts, 0 to 100")
    interest: Weight = Field(Fraction(4), description="how much the scorer's opinion of the shots counts, 0 to 100")
    faces: Weight = Field(Fraction(1), description="how much faces count, 0 to 100")
    movement: Weight = Field(Fraction(2), description="how much movement and fast cutting count, 0 to 100")
    rest: Weight = Field(Fraction(5, 2), description="how much an end at a natural rest counts, 0 to 100")


class Montage(Schema):
    min_shot_s: Annotated[Exact, Field(gt=0, le=600)] = Field(description="shortest piece of a shot in seconds")
    max_shot_s: Annotated[Exact, Field(gt=0, le=600)] = Field(description="longest piece of a shot in seconds")


class Fades(Schema):
    fade_in_s: Annotated[Exact, Field(ge=0, le=10)] = Field(description="seconds in which the sound rises at the start")
    fade_out_s: Annotated[Exact, Field(ge=0, le=10)] = Field(description="seconds in which the sound falls at the end")


class HighlightsPreset(Preset):
    """Hold what kind of highlights are chosen from a film, and how many."""

    kind: HighlightKind = Field(
        description="one continuous passage, or the best shots in film order over one stretch of the film's sound"
    )
    count: Annotated[int, Field(ge=1, le=100)] = Field(3, description="how many highlights, 1 to 100")
    seconds: Length | None = Field(
        None, description="length of each in seconds, to the frame; 45 where no length is given"
    )
    seconds_min: Length | None = Field(
        None, description="with seconds_max instead of seconds: the shortest length; the most natural end is chosen"
    )
    seconds_max: Length | None = Field(None, description="the longest length")
    scorer: Annotated[str, Field(pattern=SCORER_PATTERN)] = Field(
        "editor",
        description="what says how interesting each shot is: editor, action, faces, loudness or an installed one",
    )
    avoid: Avoid = Field(description="what is never shown")
    spoilers: Spoilers = Field(default_factory=Spoilers, description="how much of the ending may be shown")
    weights: Weights = Field(default_factory=Weights, description="what makes a highlight good")
    montage: Montage | None = Field(None, description="how long the pieces of a montage are; only for kind 'montage'")
    sound: Fades = Field(description="how the sound starts and ends")

    @property
    def lengths_s(self) -> tuple[Fraction, Fraction]:
        """The shortest and the longest that a highlight may be, in seconds; equal for an exact length."""
        if self.seconds_min is not None and self.seconds_max is not None:
            return self.seconds_min, self.seconds_max
        exact = Fraction(45) if self.seconds is None else self.seconds
        return exact, exact

    @property
    def length_text(self) -> str:
        """The length in words, such as '45 s' or '30 to 60 s'."""
        ends = [f"{float(seconds):.1f}".removesuffix(".0") for seconds in dict.fromkeys(self.lengths_s)]
        return f"{' to '.join(ends)} s"


class StylePreset(Preset):
    """Hold how clips look, whatever the platform."""

    framing: FramingStyle = Field(default_factory=FramingStyle, description="how the window on the film is chosen")
    captions: CaptionStyle = Field(default_factory=CaptionStyle, description="what captions look like")
    cards: tuple[CardStyle, ...] = Field((), description="`[[cards]]`: cards before and after the film, in order")
    card_look: CardLook = Field(default_factory=CardLook, description="what cards look like")
    layout: LayoutStyle = Field(default_factory=LayoutStyle, description="where things may stand")


class LadderPreset(Preset):
    """Hold which renditions an HLS package of a film has."""

    aspect: Annotated[str, Field(pattern=r"^[1-9]\d{0,2}:[1-9]\d{0,2}$")] = Field(
        description="shape of the films that it is meant for, such as '16:9'; without --ladder the nearest is taken"
    )
    codec: Codec = Field("h264", description="how pictures are encoded: 'h264', 'hevc' or 'av1'")
    rate_control: RateControl = Field(
        description="'shots' gives every shot, of AV1 every half minute, as many bits as its quality needs, 'fixed' "
        "gives all of them average_kbps"
    )
    encoding: Encoding = Field(description="how the encoder is set")
    rungs: tuple[Rung, ...] = Field(description="`[[rungs]]`: pictures, from the smallest and lowest on")
    sound: PackageSound = Field(description="what is heard with them")


SCHEMAS: Final[Mapping[Kind, type[Preset]]] = {
    "platforms": PlatformPreset,
    "highlights": HighlightsPreset,
    "styles": StylePreset,
    "ladders": LadderPreset,
}
_Preset = TypeVar("_Preset", bound=Preset)


@dataclass(frozen=True, order=True)
class PresetFile:
    """Name one preset and the file that holds it."""

    kind: Kind
    id: str
    path: Path


@dataclass(frozen=True)
class Row:
    """Hold one line of the table of presets: a field, its value, where that was found, what the field means."""

    field: str
    value: str
    source: str
    meaning: str


def load_platform(preset_id: str) -> PlatformPreset:
    """Return the platform preset of that name. Raises PresetError."""
    return _load("platforms", preset_id, PlatformPreset)


def load_platforms(ids: Sequence[str]) -> tuple[PlatformPreset, ...]:
    """Return the platform presets of those names without repeats, sorted by id; all of them where none is named."""
    wanted = set(ids) or {file.id for file in list_presets() if file.kind == "platforms"}
    return tuple(load_platform(preset_id) for preset_id in sorted(wanted))


def load_highlights(preset_id: str = DEFAULT_HIGHLIGHTS) -> HighlightsPreset:
    """Return the highlights preset of that name. Raises PresetError."""
    return _load("highlights", preset_id, HighlightsPreset)


def load_style(preset_id: str = DEFAULT_STYLE) -> StylePreset:
    """Return the style of that name. Raises PresetError."""
    return _load("styles", preset_id, StylePreset)


def load_ladder(preset_id: str) -> LadderPreset:
    """Return the ladder of that name. Raises PresetError."""
    return _load("ladders", preset_id, LadderPreset)


def load_ladders() -> tuple[LadderPreset, ...]:
    """Return every ladder, sorted by id. Raises PresetError."""
    return tuple(load_ladder(file.id) for file in list_presets() if file.kind == "ladders")


def is_usual_style(style: StylePreset) -> bool:
    """Return whether a style is the shipped one that clips have unasked; a file of the same name may hide that."""
    return style.id == DEFAULT_STYLE and preset_file("styles", style.id).path.parent.parent == _SHIPPED


def load_preset(file: PresetFile) -> Preset:
    """Return the preset that a file holds. Raises PresetError."""
    return _load(file.kind, file.id, SCHEMAS[file.kind])


def preset_file(kind: Kind, preset_id: str) -> PresetFile:
    """Return the file of a preset that was loaded, beside which lies what it names."""
    return next(file for file in list_presets() if (file.kind, file.id) == (kind, preset_id))


def list_presets() -> tuple[PresetFile, ...]:
    """Return every preset, sorted by kind and id; a file in MATINEE_PRESETS hides the shipped one of the same name."""
    found = {(kind, path.stem): path for kind in SCHEMAS for folder in _folders() for path in _files(folder / kind)}
    return tuple(sorted(PresetFile(kind, stem, path) for (kind, stem), path in found.items()))


def check_presets() -> tuple[Problem, ...]:
    """Return everything that is wrong with any preset, in the order of the files, then the files that nothing reads."""
    found = tuple(problem for file in list_presets() for problem in _problems_of(file))
    return found + tuple(Problem(str(path), "", "", f"nothing reads this file; {_HOME}") for path in _strays())


def describe(preset: Preset) -> tuple[Row, ...]:
    """Return a preset as the rows of a table, one for each field that has a value."""
    sources = preset.sources if isinstance(preset, PlatformPreset) else {}
    return tuple(_rows(preset, "", sources))


def _load(kind: Kind, preset_id: str, schema: type[_Preset]) -> _Preset:
    if _ID.match(preset_id) is None:
        allowed = "lower-case letters, digits and single hyphens"
        raise PresetError(
            f"{preset_id!r} cannot name a preset: a name has {allowed}.",
            remedy="Name each preset by itself." if "," in preset_id else None,
            field="id",
            value=preset_id,
            allowed=allowed,
        )
    files = {file.id: file for file in list_presets() if file.kind == kind}
    if preset_id not in files:
        raise _unknown(kind, preset_id, files)
    loaded = _read(files[preset_id], schema)
    if not isinstance(loaded, tuple):
        return loaded
    first = loaded[0]
    raise PresetError(
        "\n".join(map(str, loaded)), path=first.path, field=first.field, value=first.value, allowed=first.allowed
    )


def _unknown(kind: Kind, preset_id: str, files: Mapping[str, PresetFile]) -> PresetError:
    known = ", ".join(sorted(files)) or "none"
    elsewhere = next((file.kind for file in list_presets() if file.id == preset_id), None)
    stray = next((path for path in _strays() if path.stem == preset_id), None)
    if elsewhere is not None:
        hint = f" ({preset_id} is one of {elsewhere})"
    elif stray is not None:
        hint = f" (nothing reads {stray}; {_HOME})"
    else:
        hint = nearest_name(preset_id, files)
    message = f"there is no preset {preset_id!r} in {kind}{hint}; known: {known}."
    return PresetError(message, field="id", value=preset_id, allowed=known)


def _folders() -> tuple[Path, ...]:
    """Return the folders that hold presets: the shipped one, then the user's, which wins."""
    own = os.environ.get("MATINEE_PRESETS")
    if not own:
        return (_SHIPPED,)
    if not Path(own).is_dir():
        raise PresetError(f"MATINEE_PRESETS names {own}, which is not a directory.", field="MATINEE_PRESETS", value=own)
    return (_SHIPPED, Path(own).absolute())


def _strays() -> tuple[Path, ...]:
    """Return the TOML files that lie beside the folders of presets, or deeper than those are read."""
    read = {folder / kind for kind in SCHEMAS for folder in _folders()}
    folders = (found for top in _folders() for found in (top, *sorted(top.glob("*/")), *sorted(top.glob("*/*/"))))
    return tuple(path for folder in folders if folder not in read for path in _files(folder))


def _files(folder: Path) -> tuple[Path, ...]:
    # Editors and macOS leave hidden files of the same ending beside the real ones.
    return tuple(sorted(path for path in folder.glob("*.toml") if not path.name.startswith(".")))


def _problems_of(file: PresetFile) -> tuple[Problem, ...]:
    if _ID.match(file.id) is None:
        return (Problem(str(file.path), "", "", "the file's name should be lower-case letters, digits and hyphens"),)
    loaded = _read(file, SCHEMAS[file.kind])
    return loaded if isinstance(loaded, tuple) else ()


def _read(file: PresetFile, schema: type[_Preset]) -> _Preset | tuple[Problem, ...]:
    table = read_table(file.path)
    if isinstance(table, Problem):
        return (table,)
    if "id" in table:
        return (Problem(str(file.path), "id", show_value(table["id"]), "the file's name is the id: leave this out"),)
    preset = check_table(schema, {**with_tuples(table), "id": file.id}, path=file.path)
    if isinstance(preset, tuple):
        return preset
    faults = (*_platform_faults(preset), *_highlights_faults(preset), *_style_faults(preset), *_ladder_faults(preset))
    return tuple(Problem(str(file.path), *fault) for fault in faults) or preset


def _platform_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    """Yield (field, value, what is allowed) for what no field can tell alone."""
    if not isinstance(preset, PlatformPreset):
        return
    for field, limit in _limits(preset, ""):
        if limit.source not in preset.sources:
            hint = nearest_name(limit.source, preset.sources)
            allowed = f"it should name a table under [sources]{hint}; known: {', '.join(preset.sources) or 'none'}"
            yield f"{field}.source", f'"{limit.source}"', allowed
    for name, source in preset.sources.items():
        needed = "note" if source.certainty == "practice" else "url"
        if getattr(source, needed) is None:
            yield f"sources.{name}.{needed}", "", f"it must be given where certainty is {source.certainty}"
    width, height = preset.picture.width_px.prefer, preset.picture.height_px.prefer
    across, down = map(int, preset.picture.aspect.split(":"))
    if width * down != height * across or width % 2 or height % 2:
        allowed = "the preferred width and height should be even and have exactly this shape"
        yield "picture.aspect", f'"{preset.picture.aspect}" with {width}x{height}', allowed
    zone = preset.safe_zone
    if zone and (zone.left_px + zone.right_px >= width or zone.top_px + zone.bottom_px >= height):
        yield "safe_zone", "all of the picture", f"something of {width}x{height} should be left inside it"
    if zone and zone.rail and (zone.rail.width_px >= width or zone.rail.from_y_px >= height):
        yield "safe_zone.rail", "outside the picture", f"it should lie inside {width}x{height}"


def _highlights_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, HighlightsPreset):
        return
    montage, (shortest, longest) = preset.montage, preset.lengths_s
    if (preset.seconds_min is None) != (preset.seconds_max is None):
        missing, given = (
            ("seconds_min", "seconds_max") if preset.seconds_min is None else ("seconds_max", "seconds_min")
        )
        yield missing, "", f"it must be given where {given} is"
    if preset.seconds is not None and (preset.seconds_min or preset.seconds_max):
        yield "seconds", show_value(preset.seconds), "a length is either seconds or seconds_min to seconds_max"
    if shortest > longest:
        yield "seconds_min", show_value(shortest), f"it should be at most seconds_max ({longest})"
    if (preset.kind == "montage") != (montage is not None):
        wish = "has no such table" if montage else "needs this table"
        yield "montage", "given" if montage else "", f'kind "{preset.kind}" {wish}'
    if montage and montage.min_shot_s > montage.max_shot_s:
        yield (
            "montage.min_shot_s",
            show_value(montage.min_shot_s),
            f"it should be at most max_shot_s ({montage.max_shot_s})",
        )
    if not any(getattr(preset.weights, name) for name in Weights.model_fields):
        yield "weights", "all zero", "one weight at least should be above zero"
    if preset.sound.fade_in_s + preset.sound.fade_out_s > shortest:
        yield "sound", "longer than the clip", f"both fades together should fit into {shortest} seconds"


def _style_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, StylePreset):
        return
    look = preset.card_look
    for field, least in (("ink", _TEXT_CONTRAST), ("accent", _LARGE_CONTRAST)):
        if (found := contrast(getattr(look, field), look.ground)) < least:
            allowed = f"its contrast to ground {look.ground} is {found:.1f}, and it should be at least {least}"
            yield f"card_look.{field}", show_value(getattr(look, field)), allowed


def _ladder_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if isinstance(preset, LadderPreset):
        yield from encoding_faults(preset.codec, preset.encoding)
        yield from ladder_faults(preset.rungs, preset.sound, preset.rate_control)


def _limits(table: Schema, prefix: str) -> Iterator[tuple[str, Limit]]:
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, Limit):
            yield f"{prefix}{name}", value
        elif isinstance(value, Schema):
            yield from _limits(value, f"{prefix}{name}.")


def _rows(table: Schema, prefix: str, sources: Mapping[str, Source]) -> Iterator[Row]:
    for name, declared in type(table).model_fields.items():
        value, field = getattr(table, name), f"{prefix}{name}"
        if value is None or name in ("id", "name", "note", "sources", "source"):
            continue
        if isinstance(value, Limit):
            source = sources[value.source]
            cited = f"{source.title} ({source.certainty}, {source.read_on})"
            yield Row(field, limits.show_limit(value), cited, declared.description or "")
        elif isinstance(value, Schema):
            yield from _rows(value, f"{field}.", sources)
        elif isinstance(value, tuple):
            for number, inner in enumerate(value):
                yield from _rows(inner, f"{field}.{number}.", sources)
        else:
            yield Row(field, show_value(value).strip('"'), "", declared.description or "")
