"""Masters, presets for small clips, and the main job done on them, for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.cut import CutRequest
from pipeline.cut.job import cut
from tests.companion_here import CompanionHere
from tests.masters.studio import Studio
from tests.masters.viewing import Clip, watch
from tests.stand_ins import find_no_face

HIGHLIGHTS = """
name = "Tiny"
kind = "moment"
count = 1
seconds = 2

[avoid]
black = false
end_credits = false

[spoilers]
last_act_fraction = 0

[sound]
fade_in_s = 0
fade_out_s = 0
"""
PLATFORM = """
name = "Mini"

[picture]
aspect = "{aspect}"
fit = "{fit}"
width_px = {{ min = 36, max = 640, prefer = {width}, source = "practice" }}
height_px = {{ min = 36, max = 640, prefer = {height}, source = "practice" }}
frame_rate = {{ min = "10/1", max = "60/1", source = "practice" }}
keyframe_interval_s = {{ prefer = 2, source = "practice" }}
b_frames = {{ prefer = 2, source = "practice" }}

[sound]
audio_kbps = {{ prefer = 128, source = "practice" }}
sample_rate_hz = 48000
channels = 2
loudness_lufs = {{ target = -16, source = "practice" }}
true_peak_dbtp = {{ max = -1, source = "practice" }}

[file]
duration_s = {{ max = 180, source = "practice" }}
edit_list = {{ rule = "forbidden", source = "practice" }}

[sources.practice]
title = "Practice"
read_on = 2026-11-23
certainty = "practice"
note = "A small picture, quick to make."
"""
PLATFORMS = {
    "mini-wide": ("16:9", "crop", 256, 144),
    "mini-tall": ("9:16", "crop", 144, 256),
    "mini-square": ("1:1", "pad", 144, 144),
}


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def small_presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of presets for clips that are quickly made."""
    folder = tmp_path_factory.mktemp("presets")
    for kind in ("highlights", "platforms", "styles"):
        (folder / kind).mkdir()
    (folder / "styles" / "middle.toml").write_text(
        'name = "Middle"\n\n[framing]\nwindow = "middle"\npadding = "colour"\n'
    )
    (folder / "highlights" / "tiny.toml").write_text(HIGHLIGHTS)
    for name, (aspect, fit, width, height) in PLATFORMS.items():
        text = PLATFORM.format(aspect=aspect, fit=fit, width=width, height=height)
        (folder / "platforms" / f"{name}.toml").write_text(text)
    return folder


@pytest.fixture(scope="session")
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def home(session_home: Path, small_presets: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the library at a home and presets of the tests' own."""
    monkeypatch.setenv("MATINEE_HOME", str(session_home))
    monkeypatch.setenv("MATINEE_PRESETS", str(small_presets))
    return session_home


@pytest.fixture
def clip_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Clip]:  # noqa: ARG001 - home sets the environment
    """Return a function that does the main job on a master and decodes its clip.

    The contact sheet and the plot cost more than such a clip, and so does looking for faces, of which there are none
    in these films: they are left out.
    """
    monkeypatch.setattr("pipeline.shell.faces.FaceFinder.find", find_no_face)
    monkeypatch.setattr("pipeline.shell.apart.Companion", CompanionHere)
    monkeypatch.setattr("pipeline.cut.outputs._draw", lambda desk: desk.plan.folder / "contact-sheet.jpg")

    def make(path: Path, platform: str = "mini-wide", *, after: float = 0) -> Clip:
        """Cut two seconds of what comes after some time; which ones is for the highlights to say."""
        if after:
            path.with_name(f"{path.stem}.film.toml").write_text(f"[[never]]\nfrom = 0\nto = {after}\n")
        request = CutRequest(platforms=(platform,), highlights="tiny", style="middle", count=1)
        result = cut(path, request, lambda _stage, _share, _speed: None)[0].result
        document = json.loads(result.manifest.read_text())
        part = document["highlights"][0]["parts"][0]
        said = {**document["clips"][0], "masters": document["masters"]}
        return watch(result.clips[0].path, said, Fraction(part["seconds"][0]), result.notes)

    return make
