"""block.toml: the films of a block, what it is to be like, and where it is shown, as people write it, as a value."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import datetime, tzinfo
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from pipeline.clocks import find_zone, instant_of, parse_local, zone_of
from pipeline.datedfiles import dated_error, parse_dated
from pipeline.entries import Link, Tag, TagList, WordList, Words
from pipeline.errors import ProjectError
from pipeline.evening import EveningEntry
from pipeline.handbook import describe_fields
from pipeline.tables import Exact, Problem, Schema, parse_exact
from pipeline.timebase import clock, parse_seconds

MOST_FILMS: Final = 40
"""In a block; with more, nobody reads the slates."""
_LENGTH_ALLOWED: Final = "minutes and seconds such as '10:00', or seconds such as 600, up to 3 hours"
_LENGTH: Final = re.compile(r"(\d:)?[0-5]?\d:[0-5]\d(\.\d{1,3})?\Z", re.ASCII)
_ID: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_TABLES: Final = ("films", "intermissions", "evening")
_OTHERS: Final = re.compile(r"(.*\.)?(film|calendar)\.toml|watch\.toml", re.DOTALL)


def _check_length(value: object) -> Fraction:
    try:
        seconds = parse_seconds(value) if isinstance(value, str) and _LENGTH.match(value) else parse_exact(value)
    except ValueError:
        raise ValueError(_LENGTH_ALLOWED) from None
    if not 1 <= seconds <= 10_800:
        raise ValueError(_LENGTH_ALLOWED)
    return seconds


def _check_zone(value: str) -> str:
    find_zone(value)
    return value


def _check_place(value: object) -> int | str:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_FILMS
    if not is_number and value not in ("opener", "closer"):
        raise ValueError(f"a place from 1 to {MOST_FILMS}, 'opener' or 'closer'")
    assert isinstance(value, int | str)
    return value


Length = Annotated[Fraction, PlainValidator(_check_length)]
Count = Annotated[int, Field(ge=1, le=MOST_FILMS)]
Age = Annotated[int, Field(ge=0, le=21)]


class BlockLength(Schema):
    """Hold how long a block is, with all that it shows besides films."""

    min: Length = Field(Fraction(600), description="shortest: '10:00', or seconds such as 600")
    max: Length = Field(Fraction(1200), description="longest, such as '20:00'")
    target: Length | None = Field(
        None, description="what it should come near to; without it, the middle between the shortest and the longest"
    )

    @property
    def wished(self) -> Fraction:
        """What it should come near to, in seconds."""
        return (self.min + self.max) / 2 if self.target is None else self.target

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.min <= self.wished <= self.max:
            told = f"min {clock(self.min)}, target {clock(self.wished)}, max {clock(self.max)}"
            raise ValueError(f"lengths of which min is the least and max the greatest, not {told}")
        return self


class Rules(Schema):
    """Hold what a block asks of its films together."""

    one_per_director: bool = Field(False, description="true: no two films by one director")
    rating_max: Words | None = Field(
        None, description="the highest rating a film may have, as its board writes it: '12A', 'FSK 12'; or age_max"
    )
    age_max: Age | None = Field(
        None,
        description="no film may be for older people only, 0 to 21; one whose rating says no age is left out unless "
        "its [[films]] has age",
    )
    subtitles: TagList = Field(
        (), description="languages: each film is spoken in one of them or has subtitles in one, such as ['en']"
    )
    loudness_jump_max_lu: Annotated[Exact, Field(ge=0, le=60)] | None = Field(
        None,
        description="by how many LU loudness may change, from the last ten seconds of a film to the first ten of the "
        "next, each film at the block's loudness",
    )
    mood_jump_max: Annotated[Exact, Field(ge=0, le=1)] | None = Field(
        None, description="by how much liveliness may change there, 0 to 1: 0.3 is from calm to brisk"
    )
    countries_min: Annotated[int, Field(ge=0, le=MOST_FILMS)] = Field(
        0, description="from how many countries the films are at least"
    )
    films_per_country_max: Count | None = Field(None, description="how many films of one country there may be")
    films_min: Count = Field(1, description="the fewest films")
    films_max: Count = Field(MOST_FILMS, description="the most films")

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        if self.rating_max is not None and self.age_max is not None:
            raise ValueError("rules of either rating_max or age_max")
        if self.films_min > self.films_max:
            raise ValueError(f"rules whose films_min ({self.films_min}) is at most films_max ({self.films_max})")
        return self


class BlockFilm(Schema):
    """Hold a film that a block may show, or a folder or pattern of several."""

    file: Words = Field(
        description="the film's file, from the block file's folder; a folder, or a pattern such as 'films/*.mov', "
        "names all films in it"
    )
    must: bool = Field(False, description="true: it is in, whatever the others are")
    place: Annotated[int | str, PlainValidator(_check_place)] | None = Field(
        None, description="where it stands, which means that it is in: 3, 'opener' or 'closer'"
    )
    age: Age | None = Field(None, description="from which age on it may be seen, whatever its rating says")
    mood: Annotated[Exact, Field(ge=0, le=1)] | None = Field(
        None, description="how lively it is, 0 (still) to 1 (wild), instead of what is measured"
    )
    weight: Annotated[Exact, Field(ge=0, le=10)] = Field(
        Fraction(1),
        description="how much it is wanted, 0 to 10; each point above 1 is worth 30 seconds away from the target",
    )
    note: str = Field("", max_length=2000, description="for who runs the show: 'Q&A after'")

    @property
    def decides(self) -> bool:
        """Whether it says something that only one film can be."""
        return self.must or self.place is not None


class Intermission(Schema):
    """Hold a pause in a block."""

    after: Annotated[int, Field(ge=1, le=MOST_FILMS - 1)] = Field(
        description="after how many films; none where no other follows"
    )
    seconds: Annotated[Exact, Field(ge=1, le=3600)] | None = Field(
        None, description="how long, 1 to 3600; else as the preset says"
    )
    lines: WordList | None = Field(None, description="what its card says; else as the language of cards has it")


class Block(Schema):
    """Hold what one block file says; times are as written."""

    title: Words = Field(description="the block's title")
    preset: Annotated[str, Field(pattern=_ID, max_length=100)] = Field(
        "gallery", description="presets/blocks: loudness, cards and gaps, the venue's file (`matinee presets`)"
    )
    venue: Words | None = Field(None, description="where it is shown")
    starts: Annotated[datetime, PlainValidator(parse_local)] | None = Field(
        None,
        description="when it begins, by the clocks of `zone`: 2026-12-04T20:00:00 (TOML wants the seconds), or "
        "'2026-12-04 20:00' in quotes",
    )
    zone: Annotated[str, AfterValidator(_check_zone)] | None = Field(
        None, description="IANA zone of these clocks, such as 'Europe/Madrid'; needed where starts has no offset"
    )
    language: Tag = Field("en", description="the language of its cards, such as 'de' or 'pt-BR'")
    order: Literal["choose", "given"] = Field(
        "choose",
        description="'choose' chooses films and their order, 'given' plays all of [[films]] as they stand, and only "
        "checks the rules",
    )
    opening: WordList | None = Field(
        None, description="lines of the first card; without it, title and number of films; [] for no card"
    )
    closing: WordList | None = Field(
        None, description="lines of the last card; without it, thanks, or a word for `link`; [] for no card"
    )
    link: Link | None = Field(None, description="address of the QR code on the last card: to vote, to buy, to donate")
    campaign: bool = Field(
        True,
        description="whether that code says where viewers come from: `?c=....small-hours` after the address, the "
        "block's title as the event, which `matinee drop report` counts by; false for shops that do not bear it",
    )
    sponsor: WordList = Field((), description="lines of the sponsors' card, before the first")
    sponsor_picture: Words | None = Field(
        None, description="a PNG or JPEG on that card instead: its path, from the block file's folder"
    )
    length: BlockLength = Field(default_factory=BlockLength, description="`[length]`: how long it is")
    rules: Rules = Field(default_factory=Rules, description="`[rules]`: what it asks of its films together")
    films: Annotated[tuple[BlockFilm, ...], Field(min_length=1, max_length=2000)] = Field(
        description="`[[films]]`: what it may show"
    )
    intermissions: Annotated[tuple[Intermission, ...], Field(max_length=10)] = Field(
        (), description="`[[intermissions]]`: pauses"
    )
    evening: Annotated[tuple[EveningEntry, ...], Field(max_length=24)] = Field(
        (),
        description="`[[evening]]`: what there is besides the block: doors, a talk, a table of things to buy",
    )

    @property
    def clocks(self) -> tzinfo | None:
        """The zone of its times; None where nothing says one."""
        return None if self.zone is None else find_zone(self.zone)

    @property
    def starts_at(self) -> datetime | None:
        """When it begins, by its own clocks; aware."""
        return (
            None
            if self.starts is None
            else instant_of(self.starts, self.clocks).astimezone(zone_of(self.starts, self.clocks))
        )

    @property
    def instant(self) -> datetime | None:
        """When it begins, in UTC."""
        return None if self.starts is None else instant_of(self.starts, self.clocks)

    @model_validator(mode="after")
    def _check_block(self) -> Self:
        after = [pause.after for pause in self.intermissions]
        if len(set(after)) < len(after):
            raise ValueError("a file that has one intermission at most after each film")
        if self.sponsor and self.sponsor_picture is not None:
            raise ValueError("a file with either sponsor or sponsor_picture")
        return self


def parse_block(text: str, *, path: Path) -> Block:
    """Read the text of a block file. Raises ProjectError that names file, field, value and what is allowed."""
    block = parse_dated(Block, text, path=path, tables=_TABLES)
    try:
        _ = block.instant
    except ValueError as error:
        raise block_error([Problem(str(path), "starts", str(block.starts), f"it should be {error}")]) from None
    return block


def says_else(name: str) -> bool:
    """Tell whether a file of that name, which may lie among block files, says something else than they do."""
    return _OTHERS.fullmatch(name) is not None


def block_error(problems: Iterable[Problem]) -> ProjectError:
    """Return the error that tells all problems of a block file, its films counted from the first."""
    return dated_error(problems, _TABLES)


def describe_block_toml() -> str:
    """Return docs/block-toml.md."""
    tables: tuple[tuple[str, type[Schema]], ...] = (
        ("length", BlockLength), ("rules", Rules), ("films", BlockFilm), ("intermissions", Intermission),
        ("evening", EveningEntry),
    )  # fmt: skip
    return f"{_HEAD}{describe_fields(Block)}\n" + "".join(
        f"## {name}\n\n{describe_fields(schema)}\n{_TOLD.get(name, '')}" for name, schema in tables
    )


_HEAD: Final = """\
# block.toml

A block: 10 to 20 minutes of short films for a café, a gallery or an online venue. The file may have any name and lie
anywhere; Matinee reads it, and writes it only where somebody saves an order on the page of `matinee review`.
`matinee block small-hours.toml` chooses the films and their order, says why each is in and each other is not, and makes
what a venue and a stream need of them. [blocks.md](blocks.md) goes from a folder of films to an evening; this page has
every field.

"""
_TOLD: Final[dict[str, Any]] = {
    "length": "Everything counts: cards, black before and after each film, intermissions.\n\n",
    "films": """\
What a file's own table says counts before what a folder or pattern says that names it, too. `must` and `place` need one
film. A film that lies there twice, under two names, is taken once.

Among programmes that keep all rules, that with the fewest points is best. Each second away from the target length is a
point; a jump of loudness costs 6 for each LU above 3, a change of mood 3 for each tenth above 0.2, a second film from
one country 10, and each film fewer than one for every two and a half minutes 20.

""",
    "intermissions": """\
```toml
title = "Small Hours"
preset = "gallery"
venue = "Café Central"
starts = 2026-12-04T20:00:00
zone = "Europe/Madrid"
link = "https://example.org/vote"

[length]
target = "15:00"

[rules]
one_per_director = true
rating_max = "12A"
subtitles = ["en"]
countries_min = 3

[[films]]
file = "submissions"

[[films]]
file = "submissions/red-kite.mov"
place = "opener"
note = "The director is here"

[[films]]
file = "submissions/harbour.mov"
age = 12

[[intermissions]]
after = 4
seconds = 300
```

""",
}


if __name__ == "__main__":
    sys.stdout.write(describe_block_toml())
