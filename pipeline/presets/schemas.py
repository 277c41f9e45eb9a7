"""The only place where a preset's field is declared.

The words about a field stand in its description, from which the documentation and every error message are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import Field

from pipeline import limits
from pipeline.codecs import Codec
from pipeline.entries import Country
from pipeline.ladders import Encoding, PackageSound, RateControl, Rung
from pipeline.limits import Text
from pipeline.regions import Wishes
from pipeline.styles import CaptionStyle, CardLook, CardStyle, FramingStyle, LayoutStyle
from pipeline.tables import Exact, Rate, Schema
from pipeline.timebase import FrameRate

Kind = Literal["platforms", "highlights", "styles", "ladders", "regions", "blocks"]
HighlightKind = Literal["moment", "montage"]
Share = Annotated[Exact, Field(ge=0, lt=1)]
Weight = Annotated[Exact, Field(ge=0, le=100)]
Length = Annotated[Exact, Field(ge=1, le=3600)]
Pause = Annotated[Exact, Field(ge=0, le=600)]
CardTime = Annotated[Exact, Field(ge=1, le=60)]
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

    def __hash__(self) -> int:
        # What is planned for platforms is looked up by them, and a table has no hash.
        return hash(self.id)


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
        description="'shots' gives every shot, of AV1 every segment, as many bits as its quality needs, 'fixed' "
        "gives all of them average_kbps"
    )
    encoding: Encoding = Field(description="how the encoder is set")
    rungs: tuple[Rung, ...] = Field(description="`[[rungs]]`: pictures, from the smallest and lowest on")
    sound: PackageSound = Field(description="what is heard with them")


class RegionPreset(Preset, Wishes):
    """Hold what a region asks for of every film, and who lives there."""

    countries: tuple[Country, ...] = Field(
        description="the countries that it is, a list of two capital letters each (ISO 3166-1 alpha-2), such as 'DE'"
    )
    cards: tuple[CardStyle, ...] = Field(
        (),
        description="`[[cards]]`: cards before and after the film, in order; in clips those of a kind that the style "
        "has too stand in place of its own",
    )


class VenueFile(Schema):
    """Hold what the file is like that a venue plays."""

    width_px: Annotated[int, Field(ge=64, le=8192, multiple_of=2)] = Field(1920, description="width in square pixels")
    height_px: Annotated[int, Field(ge=64, le=8192, multiple_of=2)] = Field(1080, description="height in square pixels")
    fps: Rate = Field(FrameRate(Fraction(24)), description="frames per second: '24', '25' or '24000/1001'")
    codec: Literal["h264", "prores"] = Field("h264", description="'h264' in an MP4 file, or 'prores' in a MOV file")


class BlockPreset(Preset):
    """Hold how blocks of films are shown in a kind of place."""

    style: str = Field("plain", description="id of the style that says how cards look (presets/styles)")
    loudness_lufs: limits.Loudness = Field(description="integrated loudness that each film is brought to")
    true_peak_dbtp: limits.TruePeak = Field(description="highest true peak")
    head_black_s: Pause = Field(Fraction(0), description="seconds of black before everything, for players to wake up")
    leader_s: Pause = Field(Fraction(0), description="seconds of countdown, for a projectionist; 0 for none")
    sponsor_s: CardTime = Field(Fraction(16, 3), description="seconds of the sponsors' card")
    opening_s: CardTime = Field(Fraction(16, 3), description="seconds of the first card")
    slate_s: Pause = Field(
        Fraction(16, 3), description="seconds of the card before each film that names it; 0 for none"
    )
    content_notes: Literal["slate", "card", "none"] = Field(
        "slate",
        description="where viewers are told of content notes: on the 'slate', on a 'card' of their own before it, or "
        "nowhere ('none')",
    )
    content_notes_s: CardTime = Field(Fraction(16, 3), description="seconds of such a card")
    gap_s: Pause = Field(Fraction(4, 3), description="seconds of black before and after each film")
    intermission_s: Annotated[Exact, Field(ge=1, le=3600)] = Field(
        Fraction(300), description="seconds of an intermission whose table does not say how long it is"
    )
    closing_s: CardTime = Field(Fraction(8), description="seconds of the last card")
    tail_black_s: Pause = Field(Fraction(0), description="seconds of black after everything")
    fade_in_s: Annotated[Exact, Field(ge=0, le=10)] = Field(
        Fraction(1, 20), description="seconds in which the sound of a film rises that begins hard; 0: as it is"
    )
    fade_out_s: Annotated[Exact, Field(ge=0, le=10)] = Field(
        Fraction(1, 2), description="seconds in which the sound of a film falls that ends hard; 0: as it is"
    )
    venue_file: VenueFile = Field(default_factory=VenueFile, description="the file that the venue plays")
    sources: dict[str, Source] = Field(description="where loudness and peak were found: one table for each document")


SCHEMAS: Final[Mapping[Kind, type[Preset]]] = {
    "platforms": PlatformPreset,
    "highlights": HighlightsPreset,
    "styles": StylePreset,
    "ladders": LadderPreset,
    "regions": RegionPreset,
    "blocks": BlockPreset,
}
