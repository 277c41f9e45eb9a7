"""calendar.toml: when and where a film opens and closes, as people write it, as a value; every mistake in it named."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from pipeline.clocks import find_zone, parse_local
from pipeline.datedfiles import dated_error, parse_dated
from pipeline.entries import Country
from pipeline.errors import ProjectError
from pipeline.handbook import describe_fields
from pipeline.links import parse_link
from pipeline.pages import Page
from pipeline.tables import Exact, Problem, Schema

NAME_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PAGE_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*\.html$"
MOST_HOURS: Final = 366 * 24
AUDIENCES: Final = (100, 1_000, 10_000)
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?", re.ASCII)
_TABLES: Final = ("drops",)

Access = Literal["open", "signed"]
Hold = Literal["matinee", "edge"]


def _check_zone(value: str) -> str:
    find_zone(value)
    return value


def _check_hours(value: Fraction) -> Fraction:
    if not 0 < value <= MOST_HOURS or (value * 3600).denominator != 1:
        raise ValueError(f"a number of hours above 0 and up to {MOST_HOURS}, which are whole seconds")
    return value


def _check_target(value: str) -> str:
    if value.startswith("s3:") and (_BUCKET.fullmatch(value) is None or "/.." in value):
        raise ValueError("a folder, or a bucket and a prefix such as 's3://films/drops'")
    if not value.strip() or not value.isprintable():
        raise ValueError("a folder, or a bucket and a prefix such as 's3://films/drops'")
    return value


def _check_folder(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("a folder")
    return value


def _check_address(value: object) -> str:
    address = parse_link(value)
    if "?" in address or "#" in address:
        raise ValueError("an address without ? and #, under which the target's files are found")
    return address if address.endswith("/") else f"{address}/"


Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=100)]
PageName = Annotated[str, Field(pattern=PAGE_PATTERN, max_length=100)]
Zone = Annotated[str, AfterValidator(_check_zone)]
Hours = Annotated[Exact, AfterValidator(_check_hours)]
Written = Annotated[datetime, PlainValidator(parse_local)]
_alone_or_listed = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)


class Drop(Schema):
    """Hold one opening: where, and from when to when."""

    regions: Annotated[tuple[Name, ...], Field(max_length=250), _alone_or_listed] = Field(
        (),
        description="ids of the regions that open then, one or a list: 'de' or ['de', 'at']; without any, everybody "
        "whom no other region has, with the film as it is without a region",
    )
    opens: Written = Field(
        description="when it opens, by the clocks of `zone`: 2026-12-04T20:00:00 (TOML wants the seconds), or "
        "'2026-12-04 20:00' in quotes. With an offset (+01:00) where clocks are set back and show the hour twice"
    )
    zone: Zone | None = Field(
        None, description="IANA zone of its times, such as 'Europe/Berlin', instead of the calendar's"
    )
    hours: Hours | None = Field(None, description="hours that it stays open, instead of the calendar's")
    exclusive_until: Written | None = Field(
        None,
        description="until then, by the same clocks, no other region may be open, else the calendar is refused",
    )
    premiere: bool = Field(
        False,
        description="everybody watches together from the opening: until the film is over a live playlist, then the "
        "film as it is. `matinee drop tend` has to be running meanwhile, so not where hold = 'edge'",
    )
    note: str = Field("", description="anything else")


class Calendar(Schema):
    """Hold what one calendar.toml says; times are as written, see `plan_schedule`."""

    film: Name = Field(
        description="what the editions of a film or block are named by, such as 'the-red-kite': that of the "
        "region de is the-red-kite-de"
    )
    target: Annotated[str, AfterValidator(_check_target)] = Field(
        description="where editions are published: a folder, seen from the calendar's own, or 's3://bucket/prefix'"
    )
    address: Annotated[str, BeforeValidator(_check_address)] = Field(
        description="the target's public address: at 'https://films.example.org' viewers open "
        "https://films.example.org/the-red-kite.m3u8"
    )
    packages: Annotated[str, AfterValidator(_check_folder)] | None = Field(
        None,
        description="folder with the film's packages, seen from the calendar's own: in it hls/, and "
        "regions/de/hls/ of a region, as `matinee package` makes them; without it, media/out/ and `film`",
    )
    endpoint: str | None = Field(
        None, min_length=1, description="address of an S3-compatible store that is not AWS's; else AWS_ENDPOINT_URL"
    )
    require_approval: bool = Field(False, description="open only what somebody approved with `matinee approve`")
    zone: Zone | None = Field(None, description="IANA zone of times, such as 'Europe/Berlin', where a drop names none")
    hours: Hours = Field(
        Fraction(48),
        description="hours that a drop stays open, absolute: 48 hours across a change of clocks are 48 hours",
    )
    hold: Hold = Field(
        "matinee",
        description="who opens and closes: 'matinee' puts entries in place and takes them away, and has to be running "
        "then; 'edge' lays all before, and nginx opens and closes by its own clock",
    )
    access: Access = Field(
        "open",
        description="'open' for everybody in a region, or 'signed' for those who have an address that was signed and "
        "has not expired",
    )
    closed_page: PageName | None = Field(
        None,
        description="page of yours at the target that is shown where an edition is not open and has no page, such as "
        "'closed.html'; without it and with `[page]`, one is written",
    )
    elsewhere_page: PageName | None = Field(
        None,
        description="page of yours at the target for countries in no region, such as 'elsewhere.html'; without it and "
        "with `[page]`, one is written",
    )
    page: Page | None = Field(
        None,
        description="`[page]`: what the pages say that are written for each region ([fields](page-toml.md)); without "
        "it, none are",
    )
    upload_hours: Hours = Field(
        Fraction(3), description="hours before an opening from which everything is uploaded, so that it opens in time"
    )
    audiences: tuple[Annotated[int, Field(ge=1, le=10_000_000)], ...] = Field(
        AUDIENCES,
        min_length=1,
        max_length=20,
        description="numbers of viewers that `matinee drop plan` tells the costs of",
    )
    countries: dict[Name, Annotated[tuple[Country, ...], Field(min_length=1)]] = Field(
        {},
        description="`[countries]`: the countries of a region for this film, instead of those that its preset has, by "
        "the region's id: de = ['DE', 'AT']",
    )
    drops: Annotated[tuple[Drop, ...], Field(min_length=1, max_length=500)] = Field(
        description="`[[drops]]`: what opens when, in any order"
    )

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that open, each once, in the order of their names; '' is everybody else."""
        return tuple(sorted({region for drop in self.drops for region in drop.regions or ("",)}))


def parse_calendar(text: str, *, path: Path) -> Calendar:
    """Read the text of a calendar.toml. Raises ProjectError that names file, field, value and what is allowed."""
    return parse_dated(Calendar, text, path=path, tables=_TABLES)


def calendar_error(problems: Iterable[Problem]) -> ProjectError:
    """Return the error that tells all problems of a calendar, its drops counted from the first."""
    return dated_error(problems, _TABLES)


def describe_calendar_toml() -> str:
    """Return docs/calendar-toml.md."""
    return (
        "# calendar.toml\n\n"
        "The calendar of one film or block: which regions open when, for how long, and how it is kept closed until\n"
        "then. It may have any name and lie anywhere; Matinee reads it and never writes it. `matinee drop plan` draws\n"
        "what it says, in local time and UTC, with the hours for which a machine has to be awake and what it costs.\n\n"
        "Times are local, by the clocks of a zone. One that has neither zone nor offset is refused, and so is one\n"
        "that clocks skip in spring, or show twice in autumn unless an offset says which.\n\n"
        f"{describe_fields(Calendar)}\n"
        f"## drops\n\n{describe_fields(Drop)}\n"
        "A region may open again later; its windows must not overlap, and no country may be in two regions. Who is\n"
        "in a country of no region sees `elsewhere_page`, unless a drop without regions opens for everybody else.\n\n"
        "With `[page]`, `matinee drop tend` also writes a page for each region: poster, title and countdown, then the\n"
        "film, and afterwards that it has closed. Viewers of every country open the same address, such as\n"
        "https://films.example.org/the-red-kite.html.\n\n"
        "With `premiere`, viewers are at most 15 seconds behind the clock, and who comes late joins where the others\n"
        "are. A minute after its end the film is there as it is, to be played from anywhere until the window closes;\n"
        "a machine has to be awake until two minutes after the end. Who comes to open it when the film would be over\n"
        "opens it as it is. While it is shown, a change to the calendar is heeded only where it closes the film.\n\n"
        "```toml\n"
        'film = "the-red-kite"\n'
        'target = "/srv/www"\n'
        'address = "https://films.example.org"\n'
        "\n"
        "[countries]\n"
        'dach = ["DE", "AT", "CH"]\n\n'
        "[[drops]]\n"
        'regions = "dach"\n'
        "opens = 2026-12-04T20:00:00\n"
        'zone = "Europe/Berlin"\n'
        "exclusive_until = 2026-12-05T20:00:00\n"
        "premiere = true\n\n"
        "[[drops]]\n"
        'regions = ["fr", "es"]\n'
        "opens = 2026-12-05T20:00:00\n"
        'zone = "Europe/Paris"\n'
        "hours = 24\n\n"
        "[page]\n"
        'title = "The Red Kite"\n'
        'tickets = "https://example.org/tickets"\n\n'
        "[page.regions.dach]\n"
        'title = "Der rote Drachen"\n'
        'language = "de"\n'
        "```\n"
    )


if __name__ == "__main__":
    sys.stdout.write(describe_calendar_toml())
