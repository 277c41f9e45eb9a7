"""A montage on real media: its pictures jump through the film while its sound is one stretch of it, without a seam."""

from __future__ import annotations

import json
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.shell.ffmpeg import run_ffmpeg

HZ = 48000
PRESET = """
name = "Tiny teaser"
kind = "montage"
count = 1
seconds = 4

[avoid]
black = true
end_credits = true

[spoilers]
last_act_fraction = 0

[montage]
min_shot_s = 0.5
max_shot_s = 1.5

[sound]
fade_in_s = 0.05
fade_out_s = 0.2
"""


@pytest.fixture
def noisy(workplace: Any) -> Path:
    """Return a film whose sound is like itself nowhere else: noise in bursts."""
    chance = np.random.default_rng(5)
    loud = 0.02 + 0.2 * (np.arange(12 * HZ) // (HZ // 3) % 2)
    sound = (np.convolve(chance.normal(0, 1, 12 * HZ), np.ones(24) / 24, "same") * loud).clip(-1, 1)
    path = workplace.films / "noise.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HZ)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    film: Path = workplace.films / "noisy.mp4"
    inputs = ("-i", f"file:{workplace.film}", "-i", f"file:{path}", "-map", "0:v", "-map", "1:a")
    run_ffmpeg((*inputs, "-c:v", "copy", "-c:a", "aac", "-b:a", "192k", str(film)))
    (workplace.presets / "highlights" / "tiny.toml").write_text(PRESET)
    return film


def samples(path: Path) -> Any:
    run = run_ffmpeg(("-i", f"file:{path}", "-vn", "-ac", "1", "-ar", str(HZ), "-f", "f32le", "-"))
    return np.frombuffer(run.stdout, "<f4")


def likeness(one: Any, other: Any) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def test_the_sound_under_a_montage_is_one_stretch_of_the_film(workplace: Any, noisy: Path, media: Any) -> None:
    ran = workplace.matinee("cut", noisy, "--highlights", "tiny", "--platform", "quad")
    assert ran.code == 0, ran.err
    out = workplace.out("noisy")
    (highlight,) = json.loads((out / "clips.json").read_text())["highlights"]
    clip, master = samples(out / "clips" / "h1-quad.mp4"), samples(noisy)
    (bed,) = highlight["bed"]
    first = round(Fraction(bed["seconds"][0]) * HZ)
    assert bed["frames"][1] - bed["frames"][0] == 96
    under = master[first : first + 4 * HZ]
    lags = range(-480, 481, 48)
    best = max(lags, key=lambda lag: likeness(clip[HZ : 2 * HZ], master[first + HZ + lag : first + 2 * HZ + lag]))
    assert best == 0
    for at in range(HZ // 10, 4 * HZ - HZ // 4 - HZ // 4, HZ // 4):
        # Nothing but the limiter lies between them; across a seam the two would have nothing in common.
        assert likeness(clip[at : at + HZ // 4], under[at : at + HZ // 4]) > 0.9, at / HZ
    shown = media.read_frames(out / "clips" / "h1-quad.mp4")
    wanted = [(1, frame) for part in highlight["parts"] for frame in range(*part["frames"])]
    assert shown == wanted and len(shown) == 96 and len(highlight["parts"]) > 2


def test_a_montage_that_is_cut_again_from_its_edit_file_sounds_the_same(workplace: Any, noisy: Path) -> None:
    cut = ("--highlights", "tiny", "--platform", "quad")
    assert workplace.matinee("cut", noisy, *cut).code == 0
    out = workplace.out("noisy")
    edit = out / "highlights" / "h1.edit.json"
    assert '"bed": [' in edit.read_text()
    assert workplace.matinee("cut", edit, *cut).code == 0
    again = samples(next((out / "edits").glob("*/clips/*.mp4")))
    assert np.array_equal(again, samples(out / "clips" / "h1-quad.mp4"))


def test_a_bed_of_another_length_is_told(workplace: Any, noisy: Path) -> None:
    cut = ("--highlights", "tiny", "--platform", "quad")
    assert workplace.matinee("cut", noisy, *cut).code == 0
    edit = workplace.out("noisy") / "highlights" / "h1.edit.json"
    table = json.loads(edit.read_text())
    table["parts"].pop()
    edit.write_text(json.dumps(table))
    ran = workplace.matinee("cut", edit, *cut)
    assert ran.code == 2 and "bed is 4.000 s (96 frames)" in ran.err
