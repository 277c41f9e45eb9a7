"""Look closely at stretches of a master, each once: what was seen of it is kept in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.argv import recipe_key
from pipeline.plan.closeness import VERSION, CloseLook, close_look_from_json, close_look_to_json
from pipeline.plan.features import PICTURE_STEP
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, feature_tools
from pipeline.timebase import Span


def look_closely(
    study: ShotStudy, spans: Sequence[Span], store: Store, *, on_fraction: Callable[[float], None] | None = None
) -> tuple[CloseLook, ...]:
    """Return what every picture of some spans says. Raises MasterError where the film cannot be opened."""
    found = {span: store.find(close_look_key(study, span)) for span in spans}
    known = {span: close_look_from_json(kept.path.read_text()) for span, kept in found.items() if kept is not None}
    missing = [span for span in spans if span not in known]
    if missing:
        for number, look in enumerate(_looked(study, missing), start=1):
            known[look.span] = _kept(look, study, store)
            if on_fraction is not None:
                on_fraction(number / len(missing))
    return tuple(known[span] for span in spans)


def close_look_key(study: ShotStudy, span: Span) -> str:
    """Return the key under which what is seen in a span is kept."""
    return recipe_key("close-look", _tools(), (study.digest, str(span.start), str(span.end)))


def _tools() -> str:
    return f"{feature_tools()}, close look {VERSION}"


def _looked(study: ShotStudy, spans: Sequence[Span]) -> Iterator[CloseLook]:
    from pipeline.shell.looks import PictureCollector
    from pipeline.shell.sampler import pictures_within

    collector = PictureCollector(study.facts.picture, face_step=PICTURE_STEP)
    for span, pictures in pictures_within(study.path, study.facts, sorted(spans, key=lambda span: span.start)):
        for picture in pictures:
            collector.look(picture.time, picture.frame)
        yield collector.close_look(span)


def _kept(look: CloseLook, study: ShotStudy, store: Store) -> CloseLook:
    def produce(target: Path) -> dict[str, Any]:
        target.write_text(close_look_to_json(look))
        return {"made_by": "close-look", "inputs": [study.digest], "toolchain": _tools()}

    store.make(close_look_key(study, look.span), ".json", produce)
    return look
