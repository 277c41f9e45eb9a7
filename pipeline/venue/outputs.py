"""Put a venue file in its folder: joined from what was made, checked, and with a list of what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pipeline.errors import VerifyFailed
from pipeline.graph import Chapter
from pipeline.plan.levelled import levelled_notes
from pipeline.shell.documents import document_bytes
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import alone_in, publish
from pipeline.shell.store import Artifact, Garbage
from pipeline.timebase import Span
from pipeline.venue import manifest
from pipeline.venue.loudness import FilmLoudness, measure_films
from pipeline.venue.plan import VenuePlan


@dataclass(frozen=True)
class VenueFilm:
    """One film in a venue file."""

    title: str
    span: Span
    """When it plays, in seconds of the file."""
    loudness: FilmLoudness


@dataclass(frozen=True)
class VenueFile:
    """A finished venue file under its name."""

    path: Path
    sha256: str
    size_bytes: int
    seconds: Fraction
    frames: int
    width_px: int
    height_px: int
    rate: str
    codec: str
    films: tuple[VenueFilm, ...]
    chapters: tuple[Chapter, ...]
    made: Literal["rendered", "joined", "reused"]
    """Whether any of it was encoded just now; or only joined anew; or nothing was made."""
    manifest: Path
    notes: tuple[str, ...]
    """What people should know of it, but for how loud films are, which they say themselves."""
    kept: tuple[Path, ...]
    """Files of the user's that stood where one of ours goes, under their new names."""


def finish_venue_file(
    plan: VenuePlan, new: frozenset[str] = frozenset(), *, judge: Callable[[Artifact], None] = lambda _: None
) -> VenueFile:
    """Join a venue file whose pieces and sound have all been made, check it, and put it under its name.

    `new` are the keys of those that were made just now, and `judge` looks at the file before it gets its name. Raises
    what that raises, VerifyFailed where it is not as planned, and
    PublishError or StoreError where the folder or disk refuses.
    """
    workshop, ledger = plan.workshop, Ledger(find_home().ledger)
    heard, document = measure_films(plan)
    joined = workshop.make_join(plan.join, plan.parts.pictures)
    try:
        judge(joined.artifact)
    except VerifyFailed:
        # Its pieces stay; what was refused is joined anew by the next run.
        workshop.store.remove(Garbage((joined.artifact.key,), joined.artifact.size))
        raise
    films = tuple(
        VenueFilm(piece.title or "", piece.span, loudness)
        for piece, loudness in zip(plan.parts.films, heard, strict=True)
    )
    target, levelled = float(plan.form.loudness_lufs), [(one.title, one.loudness.levelled) for one in films]
    notes = (*plan.notes, *levelled_notes(levelled, target))
    kept: list[Path | None] = []
    with alone_in(plan.folder):
        kept.append(publish(joined.artifact, plan.path, ledger))
        described = manifest.describe(plan, films, joined.artifact, document.key, notes)
        listed = workshop.make_document("manifest", ".json", document_bytes(described))
        path = plan.path.with_name(f"{plan.path.name}{manifest.SUFFIX}")
        kept.append(publish(listed, path, ledger))
        ledger.record_manifest(path)
    picture = plan.parts.pictures[0]
    return VenueFile(
        path=plan.path,
        sha256=joined.artifact.sha256,
        size_bytes=joined.artifact.size,
        seconds=picture.rate.time_of(plan.parts.frames),
        frames=plan.parts.frames,
        width_px=picture.width_px,
        height_px=picture.height_px,
        rate=str(picture.rate),
        codec=plan.form.codec,
        films=films,
        chapters=plan.parts.chapters,
        made="rendered" if new else "joined" if joined.is_new else "reused",
        manifest=path,
        notes=plan.notes,
        kept=tuple(one for one in kept if one is not None),
    )
