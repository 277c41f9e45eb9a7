"""Tables and verdicts on how films are framed: how one film is, and what all of them say against the goals."""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Final

from bench.crops import Edges, Motion, Tally, Way, percentile
from bench.report import say, show_figure, show_floor, show_table
from bench.walks import Walk
from pipeline.timebase import Span

KEPT_GOAL: Final = 95.0
"""Per cent of the faces seen when one window could have held all."""
JITTER_GOAL: Final = 0.2
"""Per cent of the picture's width per frame squared."""
_WAYS: Final[tuple[Way, ...]] = ("follows", "stands", "centred", "padded", "split")
_CLEARLY: Final = 0.02
_LABEL: Final = 28

Overlap = tuple[float, float]
"""Overlap over union with a marked window, of our window and of the centre crop."""


@dataclass(frozen=True)
class Miss:
    """A trusted face that is not whole."""

    film: str
    aspect: str
    frame: int
    face: Edges
    windows: tuple[Edges, ...]
    why: str
    """Why the shot is framed so."""


@dataclass(frozen=True)
class Judged:
    """How one film is framed in one shape."""

    film: str
    aspect: str
    fps: float
    clips: tuple[Tally, ...]
    ways: Counter[Way]
    """Shots by how they are shown."""
    motion: Motion
    misses: tuple[Miss, ...] = ()

    @property
    def label(self) -> str:
        """The film's name, short enough for a table."""
        return self.film if len(self.film) <= _LABEL else f"{self.film[: _LABEL - 1]}…"

    @property
    def total(self) -> Tally:
        """All clips together."""
        return functools.reduce(operator.add, self.clips, Tally())

    @property
    def below_centre(self) -> tuple[int, ...]:
        """Numbers, from 1, of the clips in which fewer faces are whole than in the centre crop."""
        return tuple(number for number, one in enumerate(self.clips, 1) if one.ours.whole < one.centre.whole)


def show_clips(film: Path, spans: Sequence[Span], judged: Sequence[Judged]) -> None:
    """Print for each clip of a film how many of its trusted faces are whole."""
    rows = []
    for number, span in enumerate(spans):
        tallies = [one.clips[number] for one in judged]
        cells = (f"{one.ours.whole} / {one.centre.whole} of {one.faces}" for one in tallies)
        rows.append((f"{number + 1}: {float(span.start):.1f}–{float(span.end):.1f} s", *cells))
    headings = ("clip", *(one.aspect for one in judged))
    say(f"{film.name}: trusted faces that are whole in ours / in the centre crop")
    show_table("", headings, rows)


def show_overlaps(found: Mapping[tuple[str, str], Sequence[Overlap]]) -> None:
    """Print how far windows agree with those that people marked, by file and annotator."""
    rows = []
    for (file, annotator), overlaps in found.items():
        worse = sum(ours < centre - _CLEARLY for ours, centre in overlaps)
        means = (f"{mean(values):.3f}" for values in zip(*overlaps, strict=True))
        rows.append((file, annotator or "–", len(overlaps), *means, worse))
    headings = ("file", "annotator", "pictures", "ours", "centre", "clearly worse than the centre")
    show_table("Overlap over union with marked windows, mean", headings, rows)


def show_judged(judged: Sequence[Judged]) -> None:
    """Print tables of faces and of movement, then a verdict on each goal for them."""
    _show_faces(judged)
    _show_paths(judged)
    for one in judged:
        if one.total.holdable:
            share = 100 * one.total.ours.held / one.total.holdable
            what = f"{one.film}, {one.aspect}: faces whole where one window could hold all"
            show_floor(what, share, "%", goal=KEPT_GOAL)
    _show_below_centre(judged)
    for one in judged:
        _show_buttons(one)
    accelerations = [value for one in judged for value in one.motion.accelerations]
    if accelerations:
        _show_jitter("in the films", max(accelerations))
    else:
        say("largest acceleration in the films: none, no window follows anything")


def show_walks(found: Mapping[tuple[str, float, str], Walk]) -> None:
    """Print how walks are followed, by course, speed and shape, and a verdict on the jitter."""
    rows = []
    for course, speed in dict.fromkeys((course, speed) for course, speed, _ in found):
        cells = (_walk_cell(walk) for (*same, _), walk in found.items() if same == [course, speed])
        rows.append((course, speed, *cells))
    headings = ("course", "widths / s", *dict.fromkeys(aspect for *_, aspect in found))
    show_table("Made-up walks: largest acceleration of the window, % of the width / frame²", headings, rows)
    _show_jitter("in made-up walks", max(max(walk.motion.accelerations, default=0.0) for walk in found.values()))


def show_misses(misses: Sequence[Miss]) -> None:
    """Print each trusted face that is not whole."""
    for one in misses:
        face, windows = (" and ".join(map(_in_words, edges)) for edges in ((one.face,), one.windows))
        say(f"{one.film}, {one.aspect}, frame {one.frame}: face {face}, window {windows}: {one.why}")


def _show_faces(judged: Sequence[Judged]) -> None:
    say(
        "Below, in per cent. Beyond: faces seen when no window could have held all; rest: whole in ours and in the "
        "centre crop of the others; all: of all; hidden: area that is cut off or under buttons."
    )
    rows = []
    for one in judged:
        total, both = one.total, (one.total.ours, one.total.centre)
        shares: list[tuple[float, int]] = [(total.beyond, total.faces)]
        shares += [(kept.held, total.holdable) for kept in both]
        shares += [(kept.whole, total.faces) for kept in both]
        shares += [(kept.hidden, total.faces) for kept in both]
        rows.append((one.label, one.aspect, total.faces, *(_per_cent(*share) for share in shares)))
    headings = ("film", "shape", "faces", "beyond", "rest", "centre", "all", "centre", "hidden", "centre")
    show_table("Trusted faces", headings, rows)


def _show_paths(judged: Sequence[Judged]) -> None:
    rows = []
    for one in judged:
        shots, speeds, accelerations = one.ways.total(), one.motion.speeds, one.motion.accelerations
        ways = (_per_cent(one.ways[way], shots) for way in _WAYS)
        most = (max(accelerations, default=0.0), percentile(accelerations, 0.99), one.fps * max(speeds, default=0.0))
        fast = (f"{100 * value:.4f}" if speeds else "–" for value in most)
        rows.append((one.label, one.aspect, shots, *ways, *fast))
    headings = ("film", "shape", "shots", *_WAYS, "% / frame²", "99th", "% / s")
    show_table("Shots, per cent; how windows that follow move, at most, per cent of the width", headings, rows)


def _show_below_centre(judged: Sequence[Judged]) -> None:
    below = [
        f"{one.film} clip {number} in {one.aspect}, {tally.ours.whole} against {tally.centre.whole} of {tally.faces}"
        for one in judged
        for number in one.below_centre
        for tally in (one.clips[number - 1],)
    ]
    count = sum(clip.faces > 0 for one in judged for clip in one.clips)
    verdict = f"MISSED: {'; '.join(below)}" if below else "reached"
    say(f"clips with faces, fewer whole than in the centre crop: {len(below)} of {count} (goal: none, {verdict})")


def _show_buttons(one: Judged) -> None:
    free = one.total.buttons
    if not free.faces:
        return
    ours, centre, least = (100 * value / free.faces for value in (free.ours, free.centre, free.least))
    verdict = "reached" if ours < centre else "MISSED"
    say(
        f"{one.film}, {one.aspect}: buttons over the {free.faces} faces that both show whole and another window would "
        f"show more of: {ours:.2f} %, centre {centre:.2f} %, least {least:.2f} % (goal: below the centre, {verdict})"
    )


def _show_jitter(where: str, most: float) -> None:
    show_figure(f"largest acceleration {where}", 100 * most, "% of the width per frame²", goal=JITTER_GOAL, digits=4)


def _walk_cell(walk: Walk) -> str:
    most = max(walk.motion.accelerations, default=None)
    return walk.way if most is None else f"{walk.way} {100 * most:.4f}"


def _per_cent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def _in_words(edges: Edges) -> str:
    left, top, right, bottom = (round(100 * value, 1) for value in edges)
    return f"{left:g}–{right:g} % across, {top:g}–{bottom:g} % down"
