"""Clips of films that nobody has made, planned, keyed and looked up for every platform and region; nothing is decoded.

What a film's pictures would say (shots, faces, captions) is made up; everything after that is the code of `cut`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from pipeline.cut.cutting import Cutting
from pipeline.cut.regions import Dressing, plan_highlights
from pipeline.cut.service import Wanted, serve
from pipeline.edit import Edit, MasterSpan, SoundFades
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.film import Film
from pipeline.graph import Join, LevelledSound, PictureEncode
from pipeline.plan import clips
from pipeline.plan.cards import plan_sheet
from pipeline.plan.highlights import Highlight, HighlightChoice
from pipeline.plan.piece_pictures import plan_piece
from pipeline.plan.regions import Region, styled, told_film
from pipeline.plan.shots import Timeline, Transition
from pipeline.presets import load_platforms, load_regions, load_style
from pipeline.regions import wishes_of
from pipeline.shell.ledger import Ledger, Output
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate, Span

PLATFORMS: Final = 9
REGIONS: Final = 10
_RATES: Final = (Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001))
_SIZES: Final = ((1920, 1080), (1920, 804), (1440, 1080), (1080, 1920))
_SECONDS: Final = 45
_SHOT_S: Final = Fraction(7, 2)
_UNSAID: Final = Colour(None, None, None, None)
_FADES: Final = SoundFades(Fraction(1, 4), Fraction(1, 2))


@dataclass(frozen=True)
class Madeup:
    """A film of ten minutes and what people say of it."""

    planned: clips.Film
    told: Film

    @classmethod
    def number(cls, number: int) -> Madeup:
        """Return one of as many films as you like, each with its own bytes, in one of sixteen formats."""
        rate = FrameRate(_RATES[number % 4])
        width, height = _SIZES[number // 4 % 4]
        picture = PictureFacts(
            0, "h264", width, height, Fraction(1), 0, "yuv420p", 8, _UNSAID, "progressive", rate, Fraction(0), None
        )
        sound = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), "eng", True)
        facts = MediaFacts("mov,mp4,m4a,3gp,3g2,mj2", 10**9, Fraction(600), picture, (sound,), ())
        digest = hashlib.sha256(b"film %d" % number).hexdigest()
        film = clips.Film(digest, facts, Timeline(rate, rate.frames_within(Fraction(600))))
        return cls(film, Film(title=f"Film {number}", language=("en",)))

    @property
    def study(self) -> Any:
        """As much of a study as planning without pictures asks for."""
        timeline = self.planned.timeline
        analysis = SimpleNamespace(timeline=timeline, transitions=_cuts(timeline.frame_count, timeline.rate))
        return SimpleNamespace(analysis=analysis, facts=self.planned.facts, digest=self.planned.digest)

    def highlight(self, number: int) -> Highlight:
        """Return a passage of it, somewhere."""
        rate = self.planned.timeline.rate
        first = 24 * (number % 500) + number % 24
        span = Span(rate.time_of(first), rate.time_of(first + rate.frames_within(Fraction(_SECONDS - 4))))
        return Highlight("moment-1", Edit("moment-1", (MasterSpan(self.planned.digest, span),)), 0.5, ("made up",))


@functools.cache
def _cuts(frames: int, rate: FrameRate) -> tuple[Transition, ...]:
    """Return cuts at even distances."""
    return tuple(Transition("cut", frame, frame) for frame in range(0, frames, rate.frames_within(_SHOT_S))[1:])


@dataclass(frozen=True)
class Counted:
    """What planning one film came to."""

    clips: int
    keys: int
    missing: int


class Library:
    """Plans films one after another, as runs that share one store and one ledger would."""

    def __init__(self, home: Path) -> None:
        self._style = load_style()
        self._regions = load_regions(_regions())
        self._wanted = Wanted.of([one.id for one in load_platforms(())])
        assert len(self._wanted.platforms) == PLATFORMS
        self._workshop = Workshop(Store(home / "store"), "made-up toolchain", {})
        self.ledger = Ledger(home / "store" / "ledger.sqlite3")
        self._out = home / "out"

    def plan(self, number: int) -> Counted:
        """Plan, key and look up every clip of a film, and remember where each would be put."""
        film = Madeup.number(number)
        regions = [
            Region(one.id, one.name, wishes_of(one, None), told_film(film.told, one, None), one.cards)
            for one in self._regions
        ]
        known: Any = SimpleNamespace(times=SimpleNamespace(never=(), always=(), locked=()))
        dressing = Dressing.of(regions, self._style, film.study, Fraction(_SECONDS))
        choice = HighlightChoice((film.highlight(number),), ())
        found = plan_highlights(choice, dressing, known, film.study, (film.study,))
        keys: dict[str, None] = {}
        outputs: list[Output] = []
        for region in regions:
            (cutting,) = found.cuttings[region.id]
            folder = self._out / str(number) / "regions" / region.id
            for platform, own, sound in self._clips(film, region, cutting):
                heard = self._workshop.sound_key(sound)
                join = self._workshop.join_key(Join(own, heard))
                keys |= dict.fromkeys((*own, heard, join))
                outputs.append(Output(folder / f"moment-1-{platform}.mp4", join, join, 1, 1))
        missing = sum(self._workshop.store.find(key) is None for key in keys)
        known_outputs = self.ledger.outputs_at([one.path for one in outputs])
        self.ledger.record_outputs([one for one in outputs if one.path not in known_outputs])
        return Counted(len(outputs), len(keys), missing)

    def _clips(
        self, film: Madeup, region: Region, cutting: Cutting
    ) -> Iterator[tuple[str, tuple[str, ...], LevelledSound]]:
        """Yield the clips of a region: for which platform, the keys of its pictures, and its sound."""
        worn = styled(self._style, region)
        films = {film.planned.digest: film.planned}
        subject: Any = SimpleNamespace(main=film.study)
        service = serve(subject, films, self._wanted, worn, cutting.highlight.edit.duration, region)
        keys: dict[Any, tuple[str, ...]] = {}
        for assignment in service.streams.assignments:
            stream, canvas = assignment.picture, service.laid[assignment.platform]
            shared = (stream, canvas)
            if shared not in keys:
                pictures = _pictures(cutting, stream, canvas, films, region)
                keys[shared] = tuple(self._workshop.picture_key(node) for node in pictures)
            assert assignment.sound is not None
            edit = cutting.at_rate(stream)
            sound = clips.plan_sound(edit, assignment.sound, films, rate=stream.frame_rate, fades=_FADES)
            yield assignment.platform, keys[shared], sound


def _pictures(
    cutting: Cutting, stream: Any, canvas: Any, films: clips.Films, region: Region
) -> Iterator[PictureEncode]:
    look: Any = SimpleNamespace(ground="#000000", ink="#ffffff", accent="#ff0000")
    sheet = plan_sheet(look, canvas, logo=None, language=region.wishes.language, tools="made-up tools")
    pieces = cutting.pieces(stream, {}).of[0]
    for piece in pieces:
        yield from plan_piece(piece, stream, films, pieces="several" if len(pieces) > 1 else "one", sheet=sheet)


def _regions() -> Sequence[str]:
    from pipeline.presets import list_presets

    return [file.id for file in list_presets() if file.kind == "regions"][:REGIONS]
