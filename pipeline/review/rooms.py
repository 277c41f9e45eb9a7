"""What pages show: films in an order, or one film with its highlights and, for each, its clips side by side."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.captions import Cue, parse_captions
from pipeline.errors import PipelineError
from pipeline.review.documents import ClipShown, Document, HighlightShown
from pipeline.review.judging import verdict_document
from pipeline.review.library import FilmShown, Judgeable, Library, Verdicts, newest, verdict_on, verdicts_on
from pipeline.review.materials import clip_id, film_picture_id, material_id, timeline_files
from pipeline.review.packages import PackageShown
from pipeline.review.progress import films_made, read_made, told_share
from pipeline.review.regions import regions_of
from pipeline.review.rejections import rejected_in, why_rejected
from pipeline.review.standings import ORDER
from pipeline.shell.ledger import VerdictEntry
from pipeline.spelling import spelled

Sort = Literal["state", "name", "newest", "length", "size"]
MOST_FILMS: Final = 500
_MOST_CAPTIONS: Final = 1 << 20
_KEYS: Final[Mapping[Sort, Callable[[FilmShown], Any]]] = {
    "state": lambda film: ORDER.index(film.standing.kind),
    "name": lambda _: 0,
    "newest": lambda film: -film.changed_ns,
    "length": lambda film: -(film.seconds or Fraction(0)),
    "size": lambda film: -(film.size_bytes or 0),
}


@dataclass(frozen=True)
class ClipCard:
    """A clip with what is said of it."""

    clip: ClipShown
    id: str
    platform: str
    """Its platform's name."""
    poster: str
    framing: str
    overlaps_picture: str
    captions: tuple[Cue, ...]
    verdict: VerdictEntry | None
    """The one that counts for it."""
    seen: int
    """The number of the newest verdict for its own region."""
    elsewhere: tuple[VerdictEntry, ...]
    """Those for other regions."""
    given: str
    """The newest for each region, as JSON."""


@dataclass(frozen=True)
class PackageCard:
    """A package with what is said of it."""

    package: PackageShown
    id: str
    verdict: VerdictEntry | None
    """The one that counts for it."""
    seen: int
    """The number of the newest verdict for its own region."""
    elsewhere: tuple[VerdictEntry, ...]
    """Those for other regions."""
    given: str
    """The newest for each region, as JSON."""


@dataclass(frozen=True)
class HighlightRow:
    """A highlight with its clips."""

    highlight: HighlightShown
    cards: tuple[ClipCard, ...]
    rejected: str
    """Why it stays away from now on; empty where nobody rejected it."""
    timelines: tuple[tuple[str, str, str], ...] = ()
    """What it opens as in editing programs: what that is called, its name in addresses, its file's name."""


@dataclass(frozen=True)
class Section:
    """What one run made of a film: its clips for all, for a region, or of an edit by hand."""

    document: Document
    rows: tuple[HighlightRow, ...]
    contact_sheet: str
    scores: str


def films_values(library: Library, wanted: str, sort: Sort) -> dict[str, Any]:
    """Return what the list of films shows."""
    films = library.films()
    words = _folded(wanted).split()
    found = [film for film in films if all(word in _folded(f"{film.title} {film.path.name}") for word in words)]
    found.sort(key=_KEYS[sort])
    return {
        "films": found[:MOST_FILMS],
        "found": len(found),
        "total": len(films),
        "waiting": sum(film.standing.kind in ("to review", "partly reviewed") for film in films),
        "wanted": wanted,
        "sort": sort,
        "damaged": library.damaged(),
        "masters": library.home.masters,
        "poster_id": lambda clip: material_id(clip, clip.poster),
    }


def film_values(library: Library, film: FilmShown) -> dict[str, Any]:
    """Return what a film's page shows."""
    verdicts = newest(library.ledger.verdicts())
    names = {platform: _platform_name(platform) for platform in {clip.platform for clip in film.clips}}
    sections = tuple(_section(library, document, verdicts, names) for document in film.documents)
    packages = tuple(package_card(package, verdicts) for package in library.packages_of(film))
    regions = regions_of(library, film)
    return {"film": film, "sections": sections, "packages": packages, "regions": regions, "is_watched": False}


def package_card(package: PackageShown, verdicts: Verdicts) -> PackageCard:
    """Return what is shown of a package."""
    own = verdicts.get((package.digest, package.platform, package.region))
    counts, all_given = verdict_on(package, verdicts), verdicts_on(package, verdicts)
    elsewhere = tuple(entry for entry in all_given if entry is not counts)
    seen = 0 if own is None else own.number
    return PackageCard(package, package.id, counts, seen, elsewhere, given_text(all_given))


def given_to(library: Library, shown: Mapping[str, Judgeable]) -> dict[str, list[dict[str, Any]]]:
    """Return the newest verdicts for each region on some clips and packages, by their names in addresses."""
    of_file: dict[tuple[str, str], list[VerdictEntry]] = {}
    for entry in newest(library.ledger.verdicts()).values():
        of_file.setdefault((entry.digest, entry.platform), []).append(entry)
    return {
        name: [verdict_document(entry) for entry in of_file.get((one.digest, one.platform), ())]
        for name, one in shown.items()
    }


def given_text(entries: Iterable[VerdictEntry]) -> str:
    """Return verdicts as scripts read them."""
    return json.dumps([verdict_document(entry) for entry in entries], ensure_ascii=False)


def runs_beside(library: Library) -> list[dict[str, Any]]:
    """Return the runs that go on and are of no film of the list: of edits and blocks."""
    runs = read_made(library.home)
    of_films = films_made(runs).values()
    return [
        {"name": spelled(run.path.name), "told": told_share(run), "share": run.share}
        for run in runs
        if run not in of_films
    ]


def _section(library: Library, document: Document, verdicts: Verdicts, names: Mapping[str, str]) -> Section:
    rejected = rejected_in(library.home, document)
    rows = []
    for highlight in document.highlights:
        clips = sorted(
            (clip for clip in document.clips if clip.highlight == highlight.id),
            key=lambda clip: (("tall", "square", "wide").index(clip.shape), clip.platform),
        )
        cards = tuple(_card(clip, verdicts, names[clip.platform]) for clip in clips)
        why = why_rejected(highlight, rejected)
        rows.append(HighlightRow(highlight, cards, why, timeline_files(document, highlight)))
    return Section(
        document,
        tuple(rows),
        film_picture_id(document, "contact-sheet.jpg"),
        film_picture_id(document, "scores.png"),
    )


def _card(clip: ClipShown, verdicts: Verdicts, platform: str) -> ClipCard:
    own = verdicts.get((clip.digest, clip.platform, clip.region))
    counts, all_given = verdict_on(clip, verdicts), verdicts_on(clip, verdicts)
    return ClipCard(
        clip=clip,
        id=clip_id(clip),
        platform=platform,
        poster=material_id(clip, clip.poster),
        framing="" if clip.framing is None else material_id(clip, clip.framing),
        overlaps_picture="" if clip.overlaps_picture is None else material_id(clip, clip.overlaps_picture),
        captions=() if clip.captions is None else _read_captions(clip.captions),
        verdict=counts,
        seen=0 if own is None else own.number,
        elsewhere=tuple(entry for entry in all_given if entry is not counts),
        given=given_text(all_given),
    )


def _read_captions(path: Path) -> tuple[Cue, ...]:
    try:
        with path.open("rb") as file:
            return parse_captions(file.read(_MOST_CAPTIONS), path=path, language=None).cues
    except (OSError, PipelineError):
        return ()


def _platform_name(platform: str) -> str:
    from pipeline.presets import load_platform

    try:
        return load_platform(platform).name
    except PipelineError:  # of a preset that was taken away, or was broken since
        return platform


def _folded(text: str) -> str:
    """Return text as it is searched for: whatever its case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char) != "Mn")
