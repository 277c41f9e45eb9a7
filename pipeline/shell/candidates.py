"""What a block has to know of a film: measured once, kept under the film's digest, and read again in a moment.

A library of hundreds is measured by its studies, which are those that highlights are chosen from; what a block needs of
one is a few numbers beside its facts, and these are an artifact of their own.
"""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.facts import FACTS_VERSION, MediaFacts
from pipeline.film import Film, overlaid
from pipeline.languages import UNDETERMINED, tag_of
from pipeline.plan import ends as end_rules
from pipeline.plan import shots as shot_rules
from pipeline.plan.candidates import Candidate, End
from pipeline.plan.ends import ends_of
from pipeline.plan.ratings import age_of
from pipeline.plan.running_order import FilmNotes
from pipeline.shell.apart import study_master
from pipeline.shell.block_films import NamedFile
from pipeline.shell.caption_sources import find_all_captions
from pipeline.shell.digests import DigestReader
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import check_readable
from pipeline.shell.projects import films_told
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Trust, feature_tools

_VERSION: Final = 1


@dataclass(frozen=True)
class Measured:
    """What is measured of one film."""

    digest: str
    facts: MediaFacts
    duration: Fraction
    start: End
    end: End
    key: str
    """Of the artifact that holds it."""


def measure(
    path: Path, *, store: Store, ledger: Ledger, trust: Trust = "identity",
    on_fraction: Callable[[float], None] | None = None,
) -> Measured:  # fmt: skip
    """Return what is measured of a film, measuring it where nobody has. Raises MasterError where it cannot be used."""
    check_readable(path)
    # Reading a film costs little beside studying it again, which a new name would else lead to.
    digest = DigestReader(path, ledger, trust=trust).result()
    known = store.find(_key(digest))
    if known is not None:
        return _read(known, digest)
    study = study_master(path, store=store, ledger=ledger, trust=trust, on_fraction=on_fraction)
    start, end = ends_of(study.analysis)
    document = {
        "facts": json.loads(_facts_schema().dump_json(study.facts)),
        "duration": str(study.analysis.timeline.duration),
        "ends": [[_text(one.loudness_lu), _text(one.mood)] for one in (start, end)],
    }

    def produce(target: Path) -> Mapping[str, Any]:
        target.write_bytes(json.dumps(document).encode())
        return {"made_by": "block facts", "inputs": [study.digest], "toolchain": _tools()}

    artifact, _ = store.make(_key(study.digest), ".json", produce)
    return _read(artifact, study.digest)


def candidate_of(
    named: NamedFile, measured: Measured, projects: Mapping[str, Path], store: Store
) -> tuple[Candidate, tuple[str, ...]]:
    """Return a film as a candidate, with the keys of artifacts that it was read from.

    Raises ProjectError for a film.toml or captions that cannot be read.
    """
    films = films_told(projects.get(measured.digest), named.path, measured.digest)
    film = functools.reduce(overlaid, films.values(), Film())
    captions = find_all_captions(named.path, measured.facts, measured.digest, films=films, store=store)
    subtitles = (one.language for one in captions if one.found.track is not None and one.language != UNDETERMINED)
    sounds = (tag_of(sound.language) for sound in measured.facts.sounds)
    told = named.told
    age = told.age if told.age is not None else age_of(film.rating)
    notes = FilmNotes(
        title=film.title or _title_of(named.path),
        digest=measured.digest,
        path=str(named.path),
        original_title=film.original_title or "",
        directors=film.director,
        year=film.year,
        countries=film.country,
        languages=film.language or tuple(dict.fromkeys(tag for tag in sounds if tag is not None)),
        subtitles=tuple(dict.fromkeys(subtitles)),
        rating=film.rating or "",
        content_notes=film.content_notes,
        link=film.link or "",
        note=told.note,
    )
    candidate = Candidate(
        film=notes,
        duration=measured.duration,
        start=_with_mood(measured.start, told.mood),
        end=_with_mood(measured.end, told.mood),
        age=age if isinstance(age, int) else None,
        age_unknown=age if isinstance(age, str) else "",
        must=told.must,
        place=told.place,  # type: ignore[arg-type]  # the schema takes no other words
        weight=told.weight,
        name=named.path.name,
    )
    return candidate, (measured.key, *(key for one in captions for key in one.found.keys))


def _title_of(path: Path) -> str:
    """Return a file's name as a title: cards and files are made of it, which take no bytes that are no text."""
    stem = path.stem.encode("utf-8", "replace").decode()
    return "".join("?" if unicodedata.category(char) == "Cc" else char for char in stem)


def _with_mood(end: End, mood: Fraction | None) -> End:
    return end if mood is None else replace(end, mood=mood)


def _read(artifact: Artifact, digest: str) -> Measured:
    document = json.loads(artifact.path.read_bytes())
    facts = _facts_schema().validate_json(json.dumps(document["facts"]))
    start, end = (End(_number(loudness), _number(mood)) for loudness, mood in document["ends"])
    return Measured(digest, facts, Fraction(document["duration"]), start, end, artifact.key)


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _key(digest: str) -> str:
    return recipe_key("block facts", _tools(), (digest,))


@functools.cache
def _tools() -> str:
    versions = f"shots {shot_rules.VERSION}, ends {end_rules.VERSION}, facts {FACTS_VERSION}, {_VERSION}"
    return f"{feature_tools()}, {versions}"


@functools.cache
def _facts_schema() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(MediaFacts)
