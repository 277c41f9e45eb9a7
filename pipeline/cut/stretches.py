"""Which stretches of a film are looked at closely for a choice of its highlights: found in rounds, once, and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pipeline.plan
from pipeline.argv import recipe_key
from pipeline.plan.highlights import Decisions
from pipeline.plan.scorers import ShotScoring
from pipeline.presets import HighlightsPreset
from pipeline.shell.signatures import looks_key
from pipeline.shell.store import Store
from pipeline.shell.study import Study
from pipeline.timebase import Span


def stretches_key(study: Study, scoring: ShotScoring, preset: HighlightsPreset, decisions: Decisions) -> str:
    """Return the key under which the stretches are kept that a choice brings up: of all that it follows from."""
    made_of = (study.artifact.key, study.features_artifact.key, looks_key(study))
    said = (scoring.identity, repr(scoring.values), preset.model_dump_json(), repr(decisions))
    return recipe_key("stretches", _rules(), (*made_of, *said))


def recall_stretches(key: str, store: Store) -> tuple[Span, ...] | None:
    """Return the stretches of a choice, in the order in which they were looked at; None where none are kept here."""
    kept = store.find_here(key)
    return (
        None
        if kept is None
        else tuple(Span(Fraction(start), Fraction(end)) for start, end in json.loads(kept.path.read_text()))
    )


def keep_stretches(key: str, spans: Sequence[Span], study: Study, store: Store) -> None:
    """Keep the stretches of a choice."""

    def produce(target: Path) -> dict[str, Any]:
        target.write_text(json.dumps([[str(span.start), str(span.end)] for span in spans]))
        return {"made_by": "stretches", "inputs": [study.artifact.key, study.features_artifact.key]}

    store.make(key, ".json", produce)


@cache
def _rules() -> str:
    """Return the digest of the text of all rules: where one is changed, other stretches may have to be looked at."""
    digest = hashlib.sha256()
    rounds = Path(__file__).with_name("choice.py")
    for path in (rounds, *sorted(Path(pipeline.plan.__file__).parent.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()
