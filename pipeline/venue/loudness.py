"""How loud each film of a venue file came out, measured in the finished sound and held against what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pipeline.argv import recipe_key, span_loudness_argv
from pipeline.boxes import Difference
from pipeline.errors import VerifyFailed
from pipeline.graph import SAMPLE_RATE_HZ, LevelledProgramme, LevelledSound, SoundGoal
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.plan.levelled import Levelled
from pipeline.plan.venue import VenuePiece
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.loudness import Loudness, parse_loudness
from pipeline.shell.probe import source_url
from pipeline.shell.sound_receipts import levelled_in
from pipeline.shell.store import Artifact
from pipeline.timebase import Span
from pipeline.venue.plan import VenuePlan

_VERSION: Final = 2
"""Of how films are measured; raised when the same sound would be told otherwise."""
_ROUNDED_SAMPLES: Final = 2


@dataclass(frozen=True)
class FilmLoudness:
    """How loud a film is in the file."""

    integrated_lufs: float | None
    """None for silence."""
    true_peak_dbtp: float | None
    quieter_lu: float
    """How far it stays below what was asked for, more than the tolerance; else 0."""
    levelled: Levelled
    """How it came to that."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> FilmLoudness:
        """Return what `document` was made of."""
        return cls(**{**document, "levelled": Levelled.of(document["levelled"])})


def measure_films(plan: VenuePlan) -> tuple[tuple[FilmLoudness, ...], Artifact]:
    """Return how loud each film is, in order, measured once for a sound; and the document that remembers it.

    Raises VerifyFailed for a film that is not as loud as it came out by itself, or has a higher peak than is allowed.
    """
    workshop = plan.workshop
    sound = workshop.artifact(plan.sound_key)
    spans = tuple(f"{film.span.start} {film.span.end} {film.title}" for film in plan.parts.films)
    key = recipe_key("venue loudness", f"{_VERSION}, {workshop.toolchain}", (sound.key, *spans))

    def write() -> str:
        found = [_Found.of(film, plan, sound) for film in plan.parts.films]
        differences = tuple(difference for one in found for difference in one.differences(plan.parts.sound.goal))
        if differences:
            raise VerifyFailed.of(plan.path.name, differences)
        told = [asdict(one.told(float(plan.form.loudness_lufs))) for one in found]
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"

    artifact = workshop.make_text(key, "venue loudness", ".json", write)
    return tuple(FilmLoudness.of(row) for row in json.loads(artifact.path.read_bytes())), artifact


@dataclass(frozen=True)
class _Found:
    """A film in the finished sound."""

    title: str
    loudness: Loudness
    alone: Mapping[str, Any] | None
    """What is told of it as a programme; None where nothing but it is no programme, as where it is silent."""
    lowered_db: float

    @classmethod
    def of(cls, film: VenuePiece, plan: VenuePlan, sound: Artifact) -> _Found:
        """Measure a film."""
        run = run_ffmpeg(span_loudness_argv(source_url(sound.path), film.span))
        programme = _programme_at(film.span, plan.parts.sound)
        key = None if programme is None else plan.workshop.programme_key(programme)
        alone = next((one for one in sound.receipt["programmes"] if one["key"] == key), None)
        return cls(film.title or "", parse_loudness(run.stderr), alone, sound.receipt.get("lowered_db", 0.0))

    def told(self, target: float) -> FilmLoudness:
        """Return what people are told of it."""
        levelled = Levelled(lowered_db=self.lowered_db) if self.alone is None else self._levelled(self.alone)
        if self.loudness.is_silent:
            return FilmLoudness(None, None, 0.0, levelled)
        missing = round(target - self.loudness.integrated_lufs, 1)
        return FilmLoudness(
            self.loudness.integrated_lufs,
            self.loudness.true_peak_dbtp,
            missing if missing > LOUDNESS_TOLERANCE_LU else 0.0,
            levelled,
        )

    def _levelled(self, alone: Mapping[str, Any]) -> Levelled:
        told = {"programmes": [alone], "quieter_lu": 0.0, "lowered_db": self.lowered_db}
        return levelled_in(told)

    def differences(self, goal: SoundGoal) -> Iterator[Difference]:
        """Yield how it is otherwise than it came out by itself, or than is allowed."""
        if self.loudness.over_db(goal) > 0:
            limit = f"below {float(goal.true_peak_dbtp)} dBTP"
            yield (f"true peak of {self.title}", limit, f"{self.loudness.true_peak_dbtp} dBTP")
        alone = None if self.alone is None else self.alone["loudness"]["integrated_lufs"]
        if (
            alone is not None
            and not abs(self.loudness.integrated_lufs + self.lowered_db - alone) <= LOUDNESS_TOLERANCE_LU
        ):
            found = f"{self.loudness.integrated_lufs} LUFS, turned down by {self.lowered_db:g} dB"
            yield (f"loudness of {self.title}", f"{alone} LUFS as it came out alone", found)


def _programme_at(span: Span, sound: LevelledSound) -> LevelledProgramme | None:
    """Return the programme that is heard just as long as a film is seen, and nowhere else; None where none is."""
    at = 0
    for part, programme in zip(sound.parts, sound.programmes, strict=True):
        begins, ends = (
            abs(time * SAMPLE_RATE_HZ - place)
            for time, place in zip((span.start, span.end), (at, at + part.samples), strict=True)
        )
        if programme is not None and len(programme.stretches) == 1 and max(begins, ends) <= _ROUNDED_SAMPLES:
            return programme
        at += part.samples
    return None
