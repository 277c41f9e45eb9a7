"""The fields of film.toml: what people know and decide about one film, as they write it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from pipeline.entries import CampaignPart, Link, Tag, TagList, WordList, Words
from pipeline.film.moments import TIMECODE, Moment
from pipeline.regions import REGION_PATTERN, Wishes
from pipeline.tables import Schema

DIGEST_PATTERN: Final = r"^[0-9a-f]{64}$"


def _check_date(value: Any) -> date:
    if not isinstance(value, date):  # a date-time is a date
        raise ValueError("a TOML date or date-time without quotes, such as 2026-11-23")
    return value


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


class ReplacedSpan(NotedSpan):
    """Hold a stretch of the film that a region shows something else for."""

    file: Words | None = Field(
        None,
        description="a film file that is shown instead: its path, from the folder of this film.toml or the master's",
    )
    file_start: Moment | None = Field(None, alias="file_from", description="where in that file it starts, else 0")
    file_end: Moment | None = Field(
        None, alias="file_to", description="where in it it ends; else as long as what is replaced, or the file"
    )
    card: WordList = Field((), description="lines of text that are shown instead, as long as what is replaced")

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, table: Any) -> Any:
        known = {"from", "to", "note", "file", "file_from", "file_to", "card"}
        if isinstance(table, dict) and not (
            {"from", "to"} <= table.keys() <= known and ("file" in table) != ("card" in table)
        ):
            raise ValueError(
                "a table of from, to, either file (with file_from and file_to where wanted) or card, and, where "
                "wanted, note"
            )
        return table


class AddedPart(Schema):
    """Hold what a region shows before or after the film or clip."""

    place: Literal["start", "end"] = Field("end", description="before it ('start') or after it ('end')")
    file: Words | None = Field(
        None,
        description="a film file: its path, from the folder of this film.toml or the master's; else it is of the film",
    )
    start: Moment | None = Field(None, alias="from", description="where it starts, in that file or in the film")
    end: Moment | None = Field(None, alias="to", description="where it ends; of a file, else where that does")
    note: str = Field("", description="why")

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, table: Any) -> Any:
        known = {"place", "file", "from", "to", "note"}
        if isinstance(table, dict) and not (
            table.keys() <= known and ("file" in table or {"from", "to"} <= table.keys())
        ):
            raise ValueError(
                "a table of file, or of from and to for a stretch of the film, and, where wanted, place and note"
            )
        return table


class FilmRegion(Wishes):
    """Hold how a film is otherwise in a region."""

    id: Annotated[str, Field(pattern=REGION_PATTERN)] = Field(description="the region's preset, such as 'de'")
    title: Words | None = Field(None, description="the film's title there")
    rating: Words | None = Field(
        None, description="age rating by the region's own board; the film's own is not shown, which is another board's"
    )
    content_notes: WordList = Field((), description="what viewers there should be told, in their language")
    laurels: WordList = Field((), description="what festivals said of it, in their language")
    title_card: Words | None = Field(
        None, description="a PNG or JPEG in place of the title card's text: its path, as that of a file of captions"
    )
    rating_card: Words | None = Field(None, description="the same in place of the rating card's text")
    added: tuple[AddedPart, ...] = Field((), description="`[[regions.added]]`: a bonus, an ending, a greeting")
    removed: tuple[NotedSpan, ...] = Field((), description="`[[regions.removed]]`: stretches that are left out there")
    replaced: tuple[ReplacedSpan, ...] = Field(
        (), description="`[[regions.replaced]]`: stretches that something else is shown for"
    )


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
    campaign: bool = Field(
        True,
        description="whether QR codes say where viewers come from: `?c=film.clip.platform.region.event` after the "
        "address, which `matinee drop report` counts by; false for shops that do not bear it",
    )
    event: CampaignPart | None = Field(
        None, description="for what clips are cut, such as 'malaga-26': the last part of `campaign`; --event goes first"
    )
    timecode_start: Annotated[str, Field(pattern=TIMECODE.pattern.replace(r"\Z", "$"))] | None = Field(
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
    regions: tuple[FilmRegion, ...] = Field(
        (), description="`[[regions]]`: how the film is otherwise in a region, each once"
    )
    credits_start: Moment | None = Field(None, description="where the end credits start")
    poster_frame: Moment | None = Field(None, description="the picture that stands for the film")
    decisions: tuple[Decision, ...] = Field((), description="`[[decisions]]`: what was decided, by whom and when")
    revision: Annotated[int, Field(ge=0)] = Field(0, description="counts the writes by Matinee; leave it alone")
    master: Annotated[str, Field(pattern=DIGEST_PATTERN)] | None = Field(
        None, description="sha256 of the master's bytes, by which the project is found after a rename"
    )

    @model_validator(mode="after")
    def _check_regions(self) -> Self:
        ids = [region.id for region in self.regions]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice is not None:
            raise ValueError(f"a file that has each region once; {twice!r} stands there several times")
        return self
