"""Every clip that is made for a platform keeps what the platform asks, as `matinee conform` measures it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path(__file__).parents[2] / "presets" / "platforms"
PLATFORMS = tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))
# Quick to encode, and within each platform's limits.
SMALL = {"9:16": (540, 960), "4:5": (544, 680), "1:1": (540, 540), "16:9": (640, 360)}
HIGHLIGHTS = """
name = "Five seconds"
kind = "moment"
count = 1
seconds = 5

[avoid]
black = true
end_credits = true

[spoilers]
last_act_fraction = 0

[sound]
fade_in_s = 0
fade_out_s = 0
"""


def _made_small(text: str) -> str:
    """Return a shipped preset that prefers a small picture and covers none of it; all else stays."""
    shape = re.search(r'aspect = "([\d:]+)"', text)
    assert shape is not None
    for side, pixels in zip(("width", "height"), SMALL[shape[1]], strict=True):
        text, count = re.subn(rf"({side}_px = {{.*prefer = )\d+", rf"\g<1>{pixels}", text)
        assert count == 1
    return re.sub(r"\[safe_zone\].*?(?=\n\[)", "", text, flags=re.DOTALL)


@pytest.fixture
def small(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a workplace where the shipped platforms prefer small pictures, and a clip has five seconds."""
    monkeypatch.setattr("pipeline.cut.outputs._draw", lambda desk: desk.plan.folder / "contact-sheet.jpg")
    (workplace.presets / "highlights" / "five.toml").write_text(HIGHLIGHTS)
    for path in SHIPPED.glob("*.toml"):
        (workplace.presets / "platforms" / path.name).write_text(_made_small(path.read_text()))
    return workplace


def _conform(workplace: Any, clip: Path, platform: str) -> dict[str, set[str]]:
    """Return what was found, by outcome; fail unless the platform takes the clip."""
    ran = workplace.matinee("conform", clip, "--platform", platform, "--json")
    assert ran.code == 0, ran.out + ran.err
    found = json.loads(ran.out)["platforms"][0]["findings"]
    return {
        outcome: {one["what"] for one in found if one["outcome"] == outcome}
        for outcome in ("fail", "warn", "unchecked")
    }


def test_each_platforms_clip_passes_without_a_warning(small: Any) -> None:
    asked = [word for platform in PLATFORMS for word in ("--platform", platform)]
    assert small.matinee("cut", small.film, "--highlights", "five", "--count", "1", *asked).code == 0
    assert len(PLATFORMS) == 9
    for platform in PLATFORMS:
        clip = small.out() / "clips" / f"h1-{platform}.mp4"
        assert _conform(small, clip, platform) == {"fail": set(), "warn": set(), "unchecked": set()}, platform


def test_a_clip_of_a_silent_film_is_taken_with_a_warning(small: Any) -> None:
    ran = small.matinee("cut", small.silent_film, "--highlights", "five", "--count", "1", "--platform", "x")
    assert ran.code == 0, ran.err
    found = _conform(small, small.out("silent") / "clips" / "h1-x.mp4", "x")
    assert (found["fail"], found["warn"]) == (set(), {"sound"})
