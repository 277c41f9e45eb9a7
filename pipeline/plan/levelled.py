"""What bringing a film's sound to a loudness came to, as values; and what people are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.plan.checks import decimal


@dataclass(frozen=True)
class Levelled:
    """What was done to a sound, and what could not be done."""

    limited_db: float = 0.0
    """What a limiter takes off its highest peak."""
    quieter_lu: float = 0.0
    """How far it stays below the loudness asked for, where that cannot be reached."""
    lowered_db: float = 0.0
    """By how much it was turned down with all that it stands beside, whose peaks are too high together."""
    is_lifted_most: bool = False
    """Whether it was lifted by as much as any sound is, and is quieter for that rather than for its peaks."""
    is_silent: bool = False
    """Whether there is nothing to bring to a loudness, so that its level was left alone."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Levelled:
        """Return what `document` was made of."""
        return cls(**document)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @property
    def missing_lu(self) -> float:
        """By how much it may be quieter than asked for."""
        return round(self.quieter_lu + self.lowered_db, 1)

    @property
    def why_quieter(self) -> str:
        """Why it is, as the end of a sentence; nothing where it is not."""
        return " and ".join(self._reasons())

    def _reasons(self) -> Iterator[str]:
        if self.quieter_lu and self.is_lifted_most:
            yield "quiet sound is lifted no further"
        elif self.quieter_lu:
            yield "its peaks allow no more"
        if self.lowered_db:
            yield f"it was turned down by {decimal(self.lowered_db, 1)} dB for the peaks of what stands beside it"


def most_of(found: Iterable[Levelled]) -> Levelled:
    """Return the most that was done to one film in several sounds; nothing was done where there are none."""
    every = tuple(found)
    return Levelled(
        limited_db=max((one.limited_db for one in every), default=0.0),
        quieter_lu=max((one.quieter_lu for one in every), default=0.0),
        lowered_db=max((one.lowered_db for one in every), default=0.0),
        is_lifted_most=any(one.is_lifted_most for one in every),
        is_silent=bool(every) and all(one.is_silent for one in every),
    )


def levelled_notes(films: Iterable[tuple[str, Levelled]], target_lufs: float) -> Iterator[str]:
    """Yield what people should know of the sounds of films, by their titles, once for each."""
    is_explained = False
    for title, one in films:
        if one.is_silent:
            yield f"{title} is silent, or nearly so: its level was left alone."
            continue
        told = []
        if one.missing_lu:
            unit = "LU" if is_explained else "LU (decibels of loudness)"
            is_explained = True
            told.append(f"plays up to {one.missing_lu:g} {unit} below {target_lufs:g} LUFS: {one.why_quieter}")
        if one.limited_db:
            told.append(f"has its loudest peaks turned down by up to {one.limited_db:g} dB")
        if told:
            yield f"{title} {'; it '.join(told)}."
