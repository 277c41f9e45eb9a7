"""Which highlights people rejected, as the film.toml of their film has it now."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import PipelineError
from pipeline.film import resolve_times
from pipeline.film.times import ResolvedSpan
from pipeline.review.documents import Document, HighlightShown
from pipeline.review.verdicts import spans_of
from pipeline.shell.home import Home
from pipeline.shell.projects import FILM_FILE, film_told, find_project


def rejected_in(home: Home, document: Document) -> tuple[ResolvedSpan, ...]:
    """Return the stretches of a document's film that were rejected; none where its film.toml cannot be read."""
    master = document.master
    try:
        project = find_project(home.projects, master.digest)
        film = film_told(project, master.path, master.digest)
        return resolve_times(film, master.rate, path=(project or home.projects) / FILM_FILE).rejected
    except (OSError, PipelineError):
        return ()


def why_rejected(highlight: HighlightShown, rejected: Sequence[ResolvedSpan]) -> str:
    """Return why a highlight stays away from the next run on; empty where it does not."""
    if not highlight.is_chosen:
        return ""
    spans = spans_of(highlight.said)
    notes = [one.note for one in rejected for span in spans if one.span.overlap(span) * 2 > span.duration]
    return (notes[0] or "rejected") if notes else ""
