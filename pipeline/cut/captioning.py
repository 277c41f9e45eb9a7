"""The captions of clips: found, cut to the clip, placed on its canvas, drawn once to see where they stand; kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.captions import srt_text
from pipeline.edit import Edit
from pipeline.errors import PlanError
from pipeline.film import Film
from pipeline.geometry import Box
from pipeline.graph import Captions
from pipeline.plan.caption_script import CaptionScript, caption_script, script_from_json, script_to_json
from pipeline.plan.captions import CaptionTrack, ClipCue, Tracks, beside_cards, clip_cues_as_cues, plan_captions
from pipeline.plan.drawing import ShownCaption
from pipeline.plan.layout import ButtonZone, Canvas, Obstacle
from pipeline.plan.onscreen import OnScreen
from pipeline.plan.overlaps import Drawn
from pipeline.plan.parting import Frames
from pipeline.shell.caption_sources import CaptionWish, find_captions, named_captions, of_one_film, own_language
from pipeline.shell.render import Workshop
from pipeline.shell.store import Artifact
from pipeline.shell.study import Study
from pipeline.shell.typesetting import Typesetter, fonts_for
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, Span

_VERSION: Final = "3"
"""Of how captions are placed and kept; raised when the same ones would be drawn otherwise."""
_WORDS: Final = 24
_STANDING_HEIGHT: Final = Fraction(1, 32)
"""Of a line that stands in the picture, as a share of its shorter side: half of what a caption has."""


@dataclass(frozen=True)
class FilmCaptions:
    """The captions of all masters of an edit, and what people should know of them."""

    tracks: Tracks
    notes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Of artifacts that they were read from."""


@dataclass(frozen=True)
class StandingLine:
    """A line that stands in a picture all the time, small, below the captions."""

    text: str
    language: str | None


@dataclass(frozen=True)
class WrittenCaptions:
    """What is drawn over a clip's picture, whole or a piece of it."""

    script: CaptionScript
    fonts: str
    """Digest of the folder of fonts that it names."""
    rate: FrameRate
    workshop: Workshop

    def within(self, frames: Frames) -> Captions | None:
        """Return what is drawn in some frames of the clip, kept by its content; None where nothing is."""
        text = self.script.within(frames, self.rate)
        if text is None:
            return None
        return Captions(self.workshop.make_document("caption script", ".ass", text.encode()).key, self.fonts)

    def frames_within(self, frames: Frames) -> tuple[Frames, ...]:
        """Return those of some frames in which something is drawn, counted from the first of them."""
        return tuple((one.first_frame, one.end_frame) for one in self.script.events_within(frames))


@dataclass(frozen=True)
class CaptionedClip:
    """What a clip shows and hands out of captions."""

    written: WrittenCaptions | None
    """What is drawn over the picture."""
    boxes: tuple[Drawn, ...]
    """Where it is drawn, on the clip's canvas."""
    srt: Artifact | None
    """For upload beside the clip."""
    notes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Of artifacts that they were made of."""
    shown: tuple[ShownCaption, ...] = ()
    """What is drawn, in full."""


@dataclass(frozen=True)
class Captioner:
    """Captions the clips of one film or edit."""

    captions: FilmCaptions
    style: CaptionStyle
    workshop: Workshop
    fonts: Path
    """Where fonts are made."""
    line: StandingLine | None = None
    """What is drawn over all of every clip."""
    _planned: dict[tuple[Edit, FrameRate], tuple[tuple[ClipCue, ...], tuple[str, ...]]] = field(default_factory=dict)

    def caption(self, edit: Edit, rate: FrameRate, canvas: Canvas, seen: Sequence[OnScreen]) -> CaptionedClip:
        """Return the captions of a clip at a frame rate. Raises PlanError for a character that no font has."""
        shown: tuple[ClipCue, ...] = ()
        cues, notes = ((), ()) if self.style.show == "none" or not self.captions.tracks else self._cues(edit, rate)
        srt = None
        if cues:
            text = srt_text(clip_cues_as_cues(cues, rate))
            srt = self.workshop.make_document("captions", ".srt", text.encode())
        if cues and self.style.show == "picture":
            shown, told = beside_cards(cues, edit, rate, self.style)
            notes += told
        keys = () if srt is None else (srt.key,)
        if not shown and self.line is None:
            return CaptionedClip(None, (), srt, notes, keys)
        standing = () if self.line is None else (_standing(self.line, edit, rate),)
        kept = self._placed(shown, standing, rate, canvas, seen)
        placed = json.loads(kept.path.read_text("utf-8"))
        script = script_from_json(placed["script"])
        fonts = fonts_for(map(tuple, placed["fonts"]), self.style.weight, self.fonts)
        self.workshop.folders[fonts.digest] = fonts.path
        boxes = tuple(
            Drawn(f'the caption "{words}"', Span(rate.time_of(first), rate.time_of(end)), Box(*box))
            for words, first, end, box, _ in placed["boxes"]
        )
        shown_whole = tuple(
            ShownCaption(tuple(lines), first, end, Box(*box)) for _, first, end, box, lines in placed["boxes"]
        )
        written = WrittenCaptions(script, fonts.digest, rate, self.workshop) if boxes else None
        made_of = (*keys, kept.key)
        return CaptionedClip(written, boxes, srt, (*notes, *placed["notes"]), made_of, shown_whole)

    def _cues(self, edit: Edit, rate: FrameRate) -> tuple[tuple[ClipCue, ...], tuple[str, ...]]:
        if (edit, rate) not in self._planned:
            planned = plan_captions(edit, self.captions.tracks, rate, self.style)
            self._planned[edit, rate] = planned.cues, planned.notes
        return self._planned[edit, rate]

    def _placed(
        self,
        cues: Sequence[ClipCue],
        standing: Sequence[ClipCue],
        rate: FrameRate,
        canvas: Canvas,
        seen: Sequence[OnScreen],
    ) -> Artifact:
        """Return what is kept of captions on a canvas: script, fonts, what was drawn where, and notes."""
        style = self.style.model_dump_json()
        size = f"{canvas.width_px}x{canvas.height_px}"
        said: tuple[str, ...] = (repr(tuple(cues)), str(rate), size, repr(canvas.covered), repr(tuple(seen)), style)
        said += (repr(tuple(standing)),) if standing else ()
        key = recipe_key("placed captions", f"{_VERSION}, {self.workshop.toolchain}", said)

        def produce(target: Path) -> dict[str, Any]:
            document = self._document(cues, standing, rate, canvas, seen)
            target.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
            return {"made_by": "placed captions", "inputs": []}

        return self.workshop.store.make(key, ".json", produce)[0]

    def _document(
        self,
        cues: Sequence[ClipCue],
        standing: Sequence[ClipCue],
        rate: FrameRate,
        canvas: Canvas,
        seen: Sequence[OnScreen],
    ) -> dict[str, Any]:
        """Return captions placed on a canvas, as they are kept. Raises PlanError, VerifyFailed if libass differs."""
        from pipeline.plan.caption_places import PlacedCaptions, fonts_named, place_captions
        from pipeline.shell.caption_check import drawn_boxes, verify_drawn

        style, side = self.style, {"width_px": canvas.width_px, "height_px": canvas.height_px}
        obstacles = [
            Obstacle(rate.nearest_frame(one.span.start), rate.nearest_frame(one.span.end), one.box) for one in seen
        ]
        setter = Typesetter(self.fonts, style.weight)
        small = style.model_copy(update={"height_fraction": min(style.height_fraction, _STANDING_HEIGHT)})
        place = partial(
            place_captions,
            width_px=canvas.width_px,
            height_px=canvas.height_px,
            obstacles=obstacles,
            rate=rate,
            setter=setter,
        )
        below = place(standing, zones=canvas.zones, style=small)
        if len(below.cues) > 1:
            # Parted like a caption, it would not stand there all the time.
            raise PlanError(
                f"the legal line is too long to stand in a picture of {canvas.width_px}×{canvas.height_px} all "
                f"the time: only {_words(below.cues[0].lines)!r} fits at once.",
                remedy='Shorten it, or let it stand on the cards: legal_line_on = "cards".',
            )
        # Captions stand above it, where they would on it.
        strips = tuple(ButtonZone((), Box(0, one.box.top_px, canvas.width_px, one.box.height_px)) for one in below.cues)
        above = place(cues, zones=(*canvas.zones, *strips), style=style)
        placed = PlacedCaptions((*below.cues, *above.cues), (*below.notes, *above.notes))
        named = fonts_named(placed.cues)
        drawn = drawn_boxes(placed.cues, **side, style=style, fonts=fonts_for(named, style.weight, self.fonts))
        verify_drawn(placed.cues, drawn, rate)
        return {
            "script": script_to_json(caption_script(placed.cues, **side, style=style)),
            "fonts": sorted(named, key=str),
            "boxes": [
                [_words(cue.lines), cue.first_frame, cue.end_frame,
                 [box.left_px, box.top_px, box.width_px, box.height_px], _texts(cue.lines)]
                for cue, box in zip(placed.cues, drawn, strict=True) if box is not None
            ],
            "notes": list(placed.notes),
        }  # fmt: skip


def _standing(line: StandingLine, edit: Edit, rate: FrameRate) -> ClipCue:
    return ClipCue(0, rate.frames_within(edit.duration), (line.text,), line.language)


def find_film_captions(
    edit: Edit | None,
    studies: Sequence[Study],
    known: Mapping[str, Mapping[Path, Film]],
    folder: Path,
    wish: CaptionWish,
    workshop: Workshop,
) -> FilmCaptions:
    """Return the captions of masters, and those that a hand-cut edit in a folder names; `known` is film.toml's word.

    Raises ProjectError for a file that is missing or broken, PlanError for one file that is asked for of several films.
    """
    if wish.file is not None and len(studies) > 1:
        remedy = "Name files of captions in the edit, in the field captions of its spans."
        raise of_one_film(wish.file, f"this edit is of {len(studies)}", remedy=remedy)
    tracks: dict[tuple[str, str | None], CaptionTrack] = {}
    notes: list[str] = []
    keys: list[str] = []
    for study in studies:
        found = find_captions(
            study.path, study.facts, study.digest, films=known[study.digest], wish=wish, store=workshop.store
        )
        notes += found.notes
        keys += found.keys
        if found.track is not None:
            tracks[study.digest, None] = found.track
            language = f" ({found.track.language})" if found.track.language else ""
            notes.append(f"Captions{language} are from {found.track.source}.")
    if edit is not None:
        languages = {one.digest: wish.language or own_language(one.facts, known[one.digest]) for one in studies}
        named, told = named_captions(edit, folder, languages)
        tracks |= named
        notes += told
    return FilmCaptions(tracks, tuple(notes), tuple(keys))


def _texts(lines: Sequence[Any]) -> list[str]:
    return ["".join(run.text for run in line.runs) for line in lines]


def _words(lines: Sequence[Any]) -> str:
    text = " ".join(_texts(lines))
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}…"
