"""Look at the pictures of a stretch of film, one after the other, for what they show and where."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from pipeline.facts import MediaFacts
from pipeline.plan.subjects import COLUMNS, ROWS, STEP, Bars, Patch, Sight, Spread
from pipeline.shell.edges import black_edges
from pipeline.shell.faces import FaceFinder
from pipeline.shell.lettering import text_rows
from pipeline.shell.pixels.small import Shrinker
from pipeline.shell.saliency import EyeCatcher

LONG_SIDE_PX: Final = 320
FACES_LONG_SIDE_PX: Final = 640
"""Of pictures in which faces are looked for: half as large, a drawn film loses one trusted face in eight."""
_LETTERS_STEP: Final = Fraction(1, 2)


class Onlooker:
    """Collects sights and black edges of one stretch."""

    def __init__(self, facts: MediaFacts) -> None:
        self._picture = facts.picture
        self._shrink = Shrinker(facts.picture, LONG_SIDE_PX)
        self._shrink_for_faces = Shrinker(facts.picture, FACES_LONG_SIDE_PX)
        self._faces = FaceFinder()
        self._eye = EyeCatcher()
        self._step = self._letters_step = -1
        self.sights: list[Sight] = []
        self.bars: list[tuple[Fraction, Bars | None]] = []

    def look(self, time: Fraction, frame: Any) -> None:
        """Look at a decoded picture (PyAV's) shown at a time; pictures come in order.

        Of those in one step of the film's time the first is looked at, so that a stretch that begins elsewhere is seen
        alike in all steps that it shows whole.
        """
        if (step := int(time // STEP)) == self._step:
            return
        self._step = step
        self.bars.append((time, black_edges(frame, self._picture)))
        bgr = self._shrink(frame)
        across, down = self._eye.look(bgr, columns=COLUMNS, rows=ROWS)
        letters = self._letters(time, bgr)
        faces = self._faces.find(self._shrink_for_faces(frame))
        self.sights.append(Sight(time, faces, Spread.of(across), Spread.of(down), letters))

    def _letters(self, time: Fraction, bgr: Any) -> tuple[Patch, ...] | None:
        import cv2

        if (step := int(time // _LETTERS_STEP)) == self._letters_step:
            return None
        self._letters_step = step
        return text_rows(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))
