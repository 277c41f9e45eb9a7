"""The files in which a highlight opens in an editing program, made anew only where the edit or its master changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Final

from pipeline.argv import recipe_key
from pipeline.cut.plan import FilmPlan
from pipeline.cut.timeline_files import sources_of
from pipeline.editfile import EditFile, EditMaster, edit_file_text
from pipeline.plan.highlights import Highlight
from pipeline.shell.store import Artifact

EDITOR_SUFFIXES: Final = (".otio", ".edl", ".fcpxml", ".edit.json")
"""Endings of the files that a highlight has for editing programs."""
_VERSION: Final = "1"
"""Of what our writers write; raised when the same edit would come out otherwise."""


def highlight_documents(highlight: Highlight, plan: FilmPlan) -> Iterator[tuple[str, Artifact]]:
    """Yield file endings and artifacts: OpenTimelineIO, EDL, FCPXML, and our own edit file."""
    edit, sources = highlight.edit, sources_of(plan.subject.studies)
    rate = plan.subject.main.analysis.timeline.rate
    described = json.dumps([asdict(edit), {d: asdict(s) for d, s in sources.items()}, str(rate)], default=str)

    def document(kind: str, suffix: str, write: Callable[[], str]) -> tuple[str, Artifact]:
        key = recipe_key(kind, _VERSION, (described,))
        return suffix, plan.workshop.make_text(key, kind, suffix, write)

    def otio() -> str:
        from pipeline.interchange import otio_text

        return otio_text(edit, sources, rate=rate)

    def edl() -> str:
        from pipeline.edl import to_edl

        return to_edl(edit, sources, rate=rate)

    def fcpxml() -> str:
        from pipeline.fcpxml import to_fcpxml

        return to_fcpxml(edit, sources, rate=rate)

    def own() -> str:
        masters = tuple(
            EditMaster(study.digest, _noted_name(study.path.name), study.analysis.timeline.rate)
            for study in plan.subject.studies
        )
        return edit_file_text(EditFile(edit, rate, masters))

    yield document("otio", ".otio", otio)
    yield document("edl", ".edl", edl)
    yield document("fcpxml", ".fcpxml", fcpxml)
    yield document("edit", ".edit.json", own)


def _noted_name(name: str) -> str:
    """Return a file's name as an edit file can hold it; it is for people, the digest finds the film."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "�", name)[:200]
