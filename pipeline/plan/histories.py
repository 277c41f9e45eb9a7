"""Undo and redo, as values: what somebody works on, what it was before, and what was taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from pipeline.errors import PlanError

_Value = TypeVar("_Value")
_MOST: Final = 500
"""Steps that are remembered; what is older is forgotten."""


@dataclass(frozen=True)
class Step(Generic[_Value]):
    """A value before or after something was done, and what that was called."""

    value: _Value
    name: str


@dataclass(frozen=True)
class History(Generic[_Value]):
    """A value with what it was before, oldest first, and what was taken back, the last of that first."""

    now: _Value
    past: tuple[Step[_Value], ...] = ()
    future: tuple[Step[_Value], ...] = ()

    @property
    def undoes(self) -> str | None:
        """What would be taken back; None where nothing can be."""
        return self.past[-1].name if self.past else None

    @property
    def redoes(self) -> str | None:
        """What would be done again; None where nothing can be."""
        return self.future[0].name if self.future else None

    def done(self, value: _Value, name: str) -> History[_Value]:
        """Return the history after something was done; what changes nothing is no step."""
        if value == self.now:
            return self
        return History(value, (*self.past, Step(self.now, name))[-_MOST:])

    def undone(self) -> History[_Value]:
        """Return the history with its last step taken back. Raises PlanError where there is none."""
        if not self.past:
            raise PlanError("There is nothing to undo.")
        last = self.past[-1]
        return replace(self, now=last.value, past=self.past[:-1], future=(Step(self.now, last.name), *self.future))

    def redone(self) -> History[_Value]:
        """Return the history with what was taken back last done again. Raises PlanError where there is nothing."""
        if not self.future:
            raise PlanError("There is nothing to redo.")
        following = self.future[0]
        past = (*self.past, Step(self.now, following.name))
        return replace(self, now=following.value, past=past, future=self.future[1:])
