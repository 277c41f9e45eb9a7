"""Look at a stretch of film for what it shows: faces, what draws the eye, black edges; kept in the store."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.argv import recipe_key
from pipeline.facts import MediaFacts
from pipeline.plan.subjects import (
    VERSION,
    Subjects,
    subjects_from_json,
    subjects_to_json,
)
from pipeline.shell.digests import check_unchanged
from pipeline.shell.store import Store
from pipeline.timebase import Span

if TYPE_CHECKING:
    from pipeline.shell.study import ShotStudy


def subjects_key(digest: str, span: Span) -> str:
    """Return the key of what a stretch of a master shows."""
    return recipe_key("subjects", _tools(), (digest, str(span.start), str(span.end)))


def find_subjects(
    study: ShotStudy, spans: Sequence[Span], store: Store, *, on_fraction: Callable[[float], None] | None = None
) -> tuple[Subjects, ...]:
    """Return what stretches of a master show, looking at those that the store lacks. Raises MasterError."""
    keys = [subjects_key(study.digest, span) for span in spans]
    missing = [span for span, key in zip(spans, keys, strict=True) if store.find(key) is None]
    for done, (span, found) in enumerate(_looked(study.path, study.facts, missing)):
        check_unchanged(study.path, study.identity)
        _keep(found, subjects_key(study.digest, span), study.digest, store)
        if on_fraction is not None:
            on_fraction((done + 1) / len(missing))
    return tuple(subjects_from_json(_text(store, key)) for key in keys)


def look_at(path: Path, facts: MediaFacts, spans: Sequence[Span]) -> tuple[Subjects, ...]:
    """Return what stretches of a file show, without a store. Raises MasterError."""
    return tuple(found for _, found in _looked(path, facts, spans))


@functools.cache
def _tools() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("av", "opencv-python", "numpy"))
    return f"{packages}, subjects {VERSION}"


def _looked(path: Path, facts: MediaFacts, spans: Sequence[Span]) -> Iterator[tuple[Span, Subjects]]:
    """Yield stretches of a file and what they show, from one pass over it."""
    if not spans:
        return
    from pipeline.shell.onlooker import Onlooker
    from pipeline.shell.sampler import pictures_within

    for span, pictures in pictures_within(path, facts, spans):
        onlooker = Onlooker(facts)
        for picture in pictures:
            onlooker.look(picture.time, picture.frame)
        yield span, Subjects(span, tuple(onlooker.sights), tuple(onlooker.bars))


def _keep(found: Subjects, key: str, digest: str, store: Store) -> None:
    def produce(target: Path) -> dict[str, Any]:
        target.write_text(subjects_to_json(found))
        return {"made_by": "subjects", "inputs": [digest]}

    store.make(key, ".json", produce)


def _text(store: Store, key: str) -> str:
    artifact = store.find(key)
    assert artifact is not None, "it was kept a moment ago"
    return artifact.path.read_text()
