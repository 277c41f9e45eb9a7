"""Bare ffmpeg commands as a person would write them for one stretch of a film: the yardstick."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pipeline.argv import SCALE_FLAGS
from pipeline.graph import X264, Panel

Argv = tuple[str, ...]


def picture_filter(panel: Panel) -> str:
    """Return crop and scale of a still window with our scaling flags, so that only what is around them differs."""
    window, corner = panel.window, panel.window.path.knots[0]
    crop = f"crop={window.width_px}:{window.height_px}:{round(corner.left_px)}:{round(corner.top_px)}"
    return f"{crop},scale={panel.width_px}:{panel.height_px}:flags={SCALE_FLAGS},setsar=1,format=yuv420p"


def cut(film: Path, *, start: Fraction, frames: int, filters: str) -> Argv:
    """Return what reads some frames of a film and filters them; an encoder and a target follow."""
    return ("-ss", f"{float(start):.6f}", "-i", f"file:{film}", "-frames:v", str(frames), "-vf", filters, "-an")


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
