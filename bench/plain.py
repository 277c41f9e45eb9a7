"""Bare ffmpeg commands as a person would write them for one stretch of a film: the yardstick."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from pipeline.argv import SCALE_FLAGS
from pipeline.graph import X264, Panel, View

Argv = tuple[str, ...]


def picture_filters(views: Sequence[View], *, width_px: int, height_px: int) -> str:
    """Return filters that show windows of one stretch in an output of a size, with our scaling flags.

    A window that moves stands where it begins. What a window does not fill is black, which costs less than our blur.
    """
    alike = [tuple(run) for _, run in groupby(views, key=_size_and_spot)]
    if len(alike) == 1:
        return _shown(alike[0], width_px, height_px)
    parts = range(len(alike))
    chains = [f"split={len(alike)}{''.join(f'[in{part}]' for part in parts)}"]
    first = 0
    for part, run in enumerate(alike):
        end = first + sum(view.frames for view in run)
        trim = f"trim=start_frame={first}:end_frame={end},setpts=PTS-STARTPTS"
        chains.append(f"[in{part}]{trim},{_shown(run, width_px, height_px)}[out{part}]")
        first = end
    chains.append(f"{''.join(f'[out{part}]' for part in parts)}concat=n={len(alike)}")
    return ";".join(chains)


def seek(film: Path, start: Fraction) -> Argv:
    """Return what reads a film from a time on, in seconds since its first picture."""
    return ("-ss", f"{float(start):.6f}", "-i", f"file:{film}")


def cut(film: Path, *, start: Fraction, frames: int, filters: str) -> Argv:
    """Return what reads some frames of a film and filters them; an encoder and a target follow."""
    return (*seek(film, start), "-frames:v", str(frames), "-vf", filters, "-an")


def x264(encoder: X264) -> Argv:
    """Return libx264 with the same settings as ours."""
    keyint = encoder.keyframe_interval_frames
    params = f"keyint={keyint}:min-keyint={keyint}:scenecut=0:open-gop=0:cpu-independent=1:stitchable=1"
    return (
        "-c:v", "libx264", "-preset", encoder.preset, "-crf", str(float(encoder.crf)),
        "-maxrate", f"{encoder.maxrate_kbps}k", "-bufsize", f"{encoder.bufsize_kbit}k",
        "-profile:v", "high", "-level", encoder.level, "-bf", str(encoder.b_frames),
        "-refs", str(encoder.references), "-threads", str(encoder.threads), "-x264-params", params,
        "-movflags", "+faststart", "-f", "mp4",
    )  # fmt: skip


def aac(kbps: int, *, seconds: Fraction) -> Argv:
    """Return the film's sound in AAC as it is, for so long; 0 kb/s: none."""
    return ("-c:a", "aac", "-b:a", f"{kbps}k", "-t", f"{float(seconds):.6f}") if kbps else ("-an",)


def _shown(run: Sequence[View], width_px: int, height_px: int) -> str:
    """Return the filters of views whose windows have one size and land in one spot."""
    panel = _panel(run[0])
    left, top = (_by_frame(side, run) for side in zip(*map(_corner, run), strict=True))
    filters = [f"crop={panel.window.width_px}:{panel.window.height_px}:{left}:{top}"]
    filters.append(f"scale={panel.width_px}:{panel.height_px}:flags={SCALE_FLAGS}")
    if (panel.width_px, panel.height_px) != (width_px, height_px):
        filters.append(f"pad={width_px}:{height_px}:{panel.left_px}:{panel.top_px}")
    return ",".join((*filters, "setsar=1", "format=yuv420p"))


def _by_frame(places: Sequence[int], run: Sequence[View]) -> str:
    """Return a place for each frame of a run: a number, or an expression where it is not always the same."""
    text, first = str(places[-1]), sum(view.frames for view in run)
    for place, after, view in zip(places[-2::-1], places[::-1], run[::-1], strict=False):
        first -= view.frames
        if place != after:
            text = f"if(lt(n,{first}),{place},{text})"
    return text if text == str(places[-1]) else f"'{text}'"


def _panel(view: View) -> Panel:
    """Return the only panel of a view: our style shows no picture in halves."""
    (panel,) = view.panels
    return panel


def _corner(view: View) -> tuple[int, int]:
    knot = _panel(view).window.path.knots[0]
    return round(knot.left_px), round(knot.top_px)


def _size_and_spot(view: View) -> tuple[int, ...]:
    panel = _panel(view)
    return (
        panel.window.width_px, panel.window.height_px, panel.left_px, panel.top_px, panel.width_px, panel.height_px,
    )  # fmt: skip
