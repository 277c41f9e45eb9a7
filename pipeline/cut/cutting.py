"""How a highlight is cut: what is framed of it, and with which other edits it shares the pieces of its picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from pipeline.edit import Edit, MasterSpan, merged, with_links
from pipeline.framing import FramedStretch, Framing
from pipeline.plan.framing import frames_of
from pipeline.plan.highlights import Highlight
from pipeline.plan.joints import NO_JOINTS, Joints, joints_of, joints_within
from pipeline.plan.onscreen import OnScreen
from pipeline.plan.pieces import Pieces, in_whole_frames, keeps_time, shared_pieces
from pipeline.plan.streams import PictureStream
from pipeline.shell.study import Study
from pipeline.timebase import FrameRate, Span


@dataclass(frozen=True)
class Cutting:
    """A highlight, and what its clips are framed and joined from."""

    highlight: Highlight
    reel: Edit
    """What people see of its framing: the highlight itself, of regions the film in it, as long as any of them shows."""
    added: Edit | None = None
    """Film beside the reel, which is framed by itself."""
    siblings: tuple[Edit, ...] = ()
    """The same highlight in other regions."""
    body: Edit | None = None
    """What all of these have in common, a piece of each whether or not others are cut now; None: cut for all."""
    joints: Joints = NO_JOINTS
    """Where what it shows of films may be parted."""
    _pieces: dict[tuple[Edit, FrameRate, int], Pieces] = field(default_factory=dict, compare=False, repr=False)
    """Those that were asked for: all platforms of a rate ask for the same ones."""

    @classmethod
    def alone(cls, highlight: Highlight, studies: Iterable[Study]) -> Cutting:
        """Return the cutting of a highlight that is the same in all regions."""
        return cls(highlight, highlight.edit, joints=joints_in((highlight.edit,), studies))

    @property
    def reels(self) -> tuple[Edit, ...]:
        """What is framed."""
        return (self.reel,) if self.added is None else (self.reel, self.added)

    def at_rate(self, stream: PictureStream) -> Edit:
        """Return the edit as a stream shows it: in whole frames of its rate where it is joined from pieces."""
        edit = self.highlight.edit
        return in_whole_frames(edit, stream.frame_rate) if self._is_parted(stream.frame_rate) else edit

    def pieces(self, stream: PictureStream, links: Mapping[str, str]) -> Pieces:
        """Return the pieces of a stream's pictures: those of the highlight, of it in other regions, and of the body.

        `links` are those of the highlight's cards as the pictures show them, by those that it has.
        """
        edit, rate = with_links(self.highlight.edit, links), stream.frame_rate
        asked = (edit, rate, stream.keyframe_interval_frames_min)
        if asked not in self._pieces:
            self._pieces[asked] = self._parted(*asked) if self._is_parted(rate) else Pieces(((edit,),))
        return self._pieces[asked]

    def _parted(self, edit: Edit, rate: FrameRate, least_frames: int) -> Pieces:
        others = self.siblings if self.body is None else (*self.siblings, self.body)
        return shared_pieces((edit, *others), rate, rate.time_of(least_frames), self.joints)

    def _is_parted(self, rate: FrameRate) -> bool:
        """Tell whether it is joined from pieces at a rate: regions' highlights always, others where time is kept."""
        return self.body is not None or keeps_time(self.highlight.edit, rate)


def joints_in(edits: Sequence[Edit], studies: Iterable[Study]) -> Joints:
    """Return where what edits show of films may be parted."""
    looks = {one.digest: one.analysis for one in studies}
    films = {digest: (joints_of(one.transitions, one.timeline), one.timeline) for digest, one in looks.items()}
    return joints_within(edits, films)


def framing_of(edit: Edit, framed: Sequence[tuple[Edit, Framing]], studies: Mapping[str, Study]) -> Framing:
    """Return how the parts of a merged edit are framed, each as the reel is that holds it."""
    known = [
        (part, stretches)
        for reel, framing in framed
        for part, stretches in zip(merged(reel).parts, framing, strict=True)
        if isinstance(part, MasterSpan)
    ]
    return tuple(
        _stretches(part, known, studies) if isinstance(part, MasterSpan) else () for part in merged(edit).parts
    )


def seen_in(edit: Edit, seen: Sequence[tuple[Edit, Sequence[OnScreen]]]) -> tuple[OnScreen, ...]:
    """Return where things stand in an edit, from where they stand in the reels that hold its film."""
    found: list[OnScreen] = []
    at = Fraction(0)
    for part in merged(edit).parts:
        if isinstance(part, MasterSpan):
            number = 1 + max((one.number for one in found), default=-1)
            found += (OnScreen(one.kind, number + one.number, one.span, one.box) for one in _seen_of(part, at, seen))
        at += part.duration
    return tuple(sorted(found, key=lambda one: (one.span.start, one.number)))


def holds(reel_part: MasterSpan, part: MasterSpan) -> bool:
    """Tell whether a stretch of a film lies in another."""
    same = reel_part.master == part.master
    return same and reel_part.span.start <= part.span.start and part.span.end <= reel_part.span.end


def _stretches(
    part: MasterSpan, known: Sequence[tuple[MasterSpan, tuple[FramedStretch, ...]]], studies: Mapping[str, Study]
) -> tuple[FramedStretch, ...]:
    """Return those stretches of the reel part that holds a part which it shows some of.

    Where none does, reel parts that differ in what is heard or read alone go on from one another, and hold it together.
    """
    first, end = frames_of(part.span, studies[part.master].analysis.timeline)
    held = [stretches for reel_part, stretches in known if holds(reel_part, part)][:1] or [
        stretches for reel_part, stretches in known if reel_part.master == part.master
    ]
    shown = sorted((one for some in held for one in some), key=lambda one: one.frames)
    found: list[FramedStretch] = []
    for one in shown:
        begin = max(one.frames[0], found[-1].frames[1]) if found else one.frames[0]
        if begin < min(one.frames[1], end) and one.frames[1] > first:
            found.append(replace(one, frames=(begin, one.frames[1])))
    return tuple(found)


def _seen_of(part: MasterSpan, at: Fraction, seen: Sequence[tuple[Edit, Sequence[OnScreen]]]) -> Sequence[OnScreen]:
    for reel, found in seen:
        begin = Fraction(0)
        for reel_part in merged(reel).parts:
            if isinstance(reel_part, MasterSpan) and holds(reel_part, part):
                # From seconds of the reel to those of the edit.
                shift = at - begin + reel_part.span.start - part.span.start
                shown = Span(at, at + part.duration)
                moved = [(one, one.span.moved(shift)) for one in found]
                within = [(one, span) for one, span in moved if span.overlap(shown) > 0]
                return [
                    OnScreen(
                        one.kind, one.number, Span(max(span.start, shown.start), min(span.end, shown.end)), one.box
                    )
                    for one, span in within
                ]
            begin += reel_part.duration
    return ()
