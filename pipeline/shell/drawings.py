"""The pictures of a film's analysis, kept in the store: drawn again only where the film or the choice changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import recipe_key
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Study

if TYPE_CHECKING:
    from pipeline.plan.highlights import Highlight, HighlightChoice
    from pipeline.plan.shots import FilmAnalysis

_VERSION: Final = "5"
"""Of how pictures are drawn; raised when the same film would look otherwise."""


def draw_contact_sheet(study: Study, highlights: Sequence[Highlight], title: str, store: Store) -> Artifact:
    """Return the picture of the film's shots with the highlights marked."""

    def draw() -> bytes:
        from pipeline.shell.pictures import contact_sheet
        from pipeline.shell.thumbnails import thumbnails_from_zip

        thumbnails = thumbnails_from_zip(study.thumbnails.path.read_bytes())
        return contact_sheet(study.analysis, thumbnails, highlights, title=title)

    return _drawn("contact-sheet", ".jpg", study, highlights, (title, version("pillow")), draw, store)


def draw_scores(
    study: Study,
    analysis: FilmAnalysis,
    choice: HighlightChoice,
    title: str,
    store: Store,
    *,
    chosen_from: tuple[str, ...],
) -> Artifact:
    """Return the plot of what makes the film interesting over time, by the analysis that highlights were chosen by.

    `chosen_from` are the keys of what that was made from besides the master's own.
    """

    def draw() -> bytes:
        from pipeline.shell.plot import score_plot

        return score_plot(analysis, choice, title=title)

    about = (title, version("matplotlib"), repr(choice.left_out), repr(choice.interest.hundredths), *chosen_from)
    return _drawn("scores", ".png", study, choice.highlights, about, draw, store)


def _drawn(
    kind: str,
    suffix: str,
    study: Study,
    highlights: Sequence[Highlight],
    about: tuple[str, ...],
    draw: Callable[[], bytes],
    store: Store,
) -> Artifact:
    chosen = json.dumps([asdict(highlight) for highlight in highlights], default=str)
    sources = (study.artifact.key, study.features_artifact.key)
    key = recipe_key(kind, _VERSION, (*sources, chosen, *about))

    def produce(path: Any) -> dict[str, Any]:
        path.write_bytes(draw())
        return {"made_by": kind, "inputs": list(sources)}

    return store.make(key, suffix, produce)[0]
