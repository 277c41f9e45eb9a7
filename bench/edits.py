"""Make an edit of a film at random and publish it as trailers are: encoded again, with bars, grade, title, fades."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe

_SHORTEST: Final = 18
_LONGEST: Final = 72
_GRADE: Final = "eq=contrast=1.15:brightness=0.03:saturation=0.8:gamma=1.1"


@dataclass(frozen=True)
class Shown:
    """Frames of an edit and the frames of the film that they show, both half-open."""

    edit: tuple[int, int]
    film: tuple[int, int]


def publish_edit(
    film: Path, target: Path, *, frames: int, seed: int, pieces: int, width: int = 640, bar: float = 0.12
) -> tuple[Shown, ...]:
    """Write an edit of a film of so many frames, and return what it shows.

    `bar` is the share of the picture that black bars cover at the top and at the bottom each; the picture behind them
    is lost, as in a trailer of a wider shape.
    """
    chance = random.Random(seed)
    rate = probe(film).picture.rate
    across, down = probe(film).picture.display_size
    height = round(width * down / across / 2) * 2
    kept = round(height * (1 - 2 * bar) / 2) * 2
    shown: list[Shown] = []
    inputs: list[str] = []
    graph = ""
    at = 0
    for number in range(pieces):
        length = chance.randint(_SHORTEST, _LONGEST)
        start = chance.randint(0, frames - length)
        # Half a frame early, so that no rounding passes over the first one.
        seek = max(0.0, (start - 0.5) / float(rate.fps))
        inputs += ["-ss", f"{seek:.6f}", "-i", f"file:{film}"]
        fade = (
            ",fade=t=in:s=0:n=8"
            if number % 4 == 1
            else ",fade=t=out:s=" + f"{length - 8}:n=8"
            if number % 4 == 3
            else ""
        )
        graph += f"[{number}:v]trim=end_frame={length},setpts=PTS-STARTPTS{fade}[p{number}];"
        shown.append(Shown((at, at + length), (start, start + length)))
        at += length
    graph += "".join(f"[p{number}]" for number in range(pieces)) + f"concat=n={pieces}[all];"
    box = f"x={width // 3}:y={height // 2}:w={width // 3}:h={height // 9}"
    title = f"drawbox={box}:color=white:t=fill:enable='between(n,40,90)'"
    shape = f"scale={width}:{height},crop={width}:{kept},pad={width}:{height}:0:{(height - kept) // 2}"
    graph += f"[all]{_GRADE},{shape},{title}[out]"
    coding = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-an", "-f", "mp4")
    run_ffmpeg((*inputs, "-filter_complex", graph, "-map", "[out]", "-r", str(rate), *coding, str(target)))
    return tuple(shown)
