"""Real films from cameras, phones and screens: a clip shows what plain ffmpeg shows of the same moment."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from tests.masters.viewing import Clip, assert_to_the_frame

MakeClip = Callable[..., Clip]

MEDIA = Path(__file__).parents[3] / "shared" / "media"
FILMS = {
    "ax-internal_emulator_transformer_output_270_rotated.mp4": ("mini-tall", "30000/1001"),
    "intel-asl-sister.mkv": ("mini-wide", "30"),
    "intel-one-by-one-person.mp4": ("mini-wide", "10"),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_real_film_is_shown_as_ffmpeg_shows_it(clip_of: MakeClip, name: str) -> None:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    platform, rate = FILMS[name]
    clip = clip_of(path, platform)
    assert_to_the_frame(clip, rate)
    width, height = clip.size
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase:out_range=tv,crop={width}:{height},format=gray"
    for picture in (0, len(clip.planes) - 1):
        at = float(clip.start + clip.times[picture]) - 0.005
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", str(max(0.0, at)), "-i", str(path),
                   "-frames:v", "1", "-vf", fill, "-f", "rawvideo", "-"]  # fmt: skip
        shown = subprocess.run(command, capture_output=True, check=True).stdout
        plain = np.frombuffer(shown, dtype=np.uint8).reshape(height, width).astype(float)
        ours = clip.planes[picture][0].astype(float)
        assert np.corrcoef(plain.ravel(), ours.ravel())[0, 1] > 0.98
