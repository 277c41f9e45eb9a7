"""A block's running order: what plays when, for run sheets, playlists, calendar files and chapters."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from pipeline.edit import SoundFades
from pipeline.timebase import Span

ItemKind = Literal["film", "slate", "card", "leader", "intermission", "black"]
"""A film; the card that announces one; any other card; a countdown; a pause with a card; black and silence."""


@dataclass(frozen=True)
class FilmNotes:
    """What people are told of a film, as its film.toml and the block file say it."""

    title: str
    digest: str
    """The sha256 digest of its master."""
    path: str
    """Where its master lies."""
    original_title: str = ""
    directors: tuple[str, ...] = ()
    year: int | None = None
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """Languages spoken, as BCP 47 tags."""
    subtitles: tuple[str, ...] = ()
    """Languages of its subtitles, as BCP 47 tags."""
    rating: str = ""
    content_notes: tuple[str, ...] = ()
    link: str = ""
    """The address that its QR code leads to."""
    note: str = ""
    """What the block file says of it to who runs the show: 'Q&A after'."""


@dataclass(frozen=True)
class SoundCue:
    """What happens to the sound of something that plays."""

    lufs: Fraction | None
    """How loud it plays, in LUFS; None: it is silent."""
    quieter_lu: Fraction = Fraction(0)
    """How far that stays below what all films are brought to, in LU."""
    fades: SoundFades | None = None
    """What is faded of it, because it begins or ends hard."""


SILENT: Final = SoundCue(None)


@dataclass(frozen=True)
class Item:
    """One thing that plays."""

    kind: ItemKind
    title: str
    """What it is called on a run sheet: a film's title, a card's first line."""
    span: Span
    """When, in seconds since the block's first picture; exact, on frames of the block."""
    film: FilmNotes | None = None
    """Of a film and of its slate."""
    cue: SoundCue | None = None
    """What happens to its sound; None where nobody needs to know."""


@dataclass(frozen=True)
class RunningOrder:
    """Everything that a block plays, in order, without holes."""

    title: str
    items: tuple[Item, ...]

    @property
    def duration(self) -> Fraction:
        """How long it plays, in seconds."""
        return self.items[-1].span.end if self.items else Fraction(0)

    @property
    def films(self) -> tuple[Item, ...]:
        """Its films, in order."""
        return tuple(item for item in self.items if item.kind == "film")
