"""See where libass draws captions: each is drawn once, alone on black, and boxed by the pixels that came out.

What fonts and shaping make of a plan is told by no arithmetic; this costs one frame for each caption.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.errors import VerifyFailed
from pipeline.geometry import Box
from pipeline.plan.caption_places import PlacedCue
from pipeline.plan.caption_script import caption_script
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.fonts import FontsFolder
from pipeline.shell.scratch import scratch_folder
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, clock

_ONE_A_SECOND: Final = FrameRate(Fraction(1))
_FRAME: Final = re.compile(r"^frame:(\d+)")
_SIDE: Final = re.compile(r"^lavfi\.bbox\.(x1|y1|w|h)=(\d+)")
# Luma of what counts as drawn, of 16 to 235: the ghost of an edge does not.
_DRAWN_LUMA: Final = 40
# Of what was measured, so much is drawn at least; what is missing otherwise is a letter.
_WHOLE: Final = Fraction(9, 10)


def drawn_boxes(
    cues: Sequence[PlacedCue], *, width_px: int, height_px: int, style: CaptionStyle, fonts: FontsFolder
) -> tuple[Box | None, ...]:
    """Return what each caption covers of a picture of a size as libass draws it; None where nothing is drawn."""
    if not cues:
        return ()
    # White all over, so that a black outline or box is seen on black.
    white = style.model_copy(update={"colour": "#ffffff", "outline_colour": "#ffffff"})
    alone = [replace(cue, first_frame=number, end_frame=number + 1) for number, cue in enumerate(cues)]
    script = caption_script(alone, width_px=width_px, height_px=height_px, style=white).text(_ONE_A_SECOND)
    with scratch_folder() as folder:
        path = folder / "captions.ass"
        path.write_text(script, encoding="utf-8")
        told = run_ffmpeg(_argv(path, fonts.path, len(cues), width_px, height_px)).stdout.decode("ascii", "replace")
    found = dict(_boxes(told.splitlines()))
    return tuple(found.get(number) for number in range(len(cues)))


def verify_drawn(cues: Sequence[PlacedCue], drawn: Sequence[Box | None], rate: FrameRate) -> None:
    """Raise VerifyFailed where a caption is drawn outside of its box, which holds it whole, or not whole."""
    differences = []
    for cue, box in zip(cues, drawn, strict=True):
        what = f"caption at {clock(rate.time_of(cue.first_frame))}"
        if box is None:
            differences.append((what, _told(cue.box), "not drawn at all"))
        elif not cue.box.holds(box) or box.width_px < _WHOLE * (cue.box.width_px - cue.size_px):
            differences.append((what, f"drawn whole inside {_told(cue.box)}", _told(box)))
    if differences:
        raise VerifyFailed.of("captions", tuple(differences))


def _argv(script: Path, fonts: Path, frames: int, width_px: int, height_px: int) -> tuple[str, ...]:
    import ffmpeg

    source: Any = ffmpeg.input  # carries no types
    stream = source(f"color=black:size={width_px}x{height_px}:rate=1", f="lavfi")
    stream = stream.filter("ass", filename=str(script), fontsdir=str(fonts))
    stream = stream.filter("bbox", min_val=_DRAWN_LUMA).filter("metadata", mode="print", file="-")
    output = ffmpeg.output(stream, "-", f="null", **{"frames:v": frames})
    return tuple(str(argument) for argument in ffmpeg.get_args(output))


def _boxes(lines: Sequence[str]) -> Iterator[tuple[int, Box]]:
    """Yield the numbers of frames on which something is drawn, and the box around it."""
    frame, sides = 0, dict[str, int]()
    for line in lines:
        if start := _FRAME.match(line):
            frame, sides = int(start[1]), {}
        elif side := _SIDE.match(line):
            sides[side[1]] = int(side[2])
            if len(sides) == 4:
                yield frame, Box(sides["x1"], sides["y1"], sides["w"], sides["h"])


def _told(box: Box) -> str:
    return f"{box.width_px}×{box.height_px} at {box.left_px}, {box.top_px}"
