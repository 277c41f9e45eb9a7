"""`matinee approve` and `reject`: a verdict is on a file's very bytes, so a clip made anew needs a new one."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger, VerdictEntry

CUT = ("--highlights", "short", "--platform", "quad", "--count", "1")


def verdict_on(clip: Path, platform: str = "quad", region: str = "") -> VerdictEntry | None:
    digest = hashlib.sha256(clip.read_bytes()).hexdigest()
    return Ledger(find_home().ledger).verdict_on(digest=digest, platform=platform, region=region)


def test_a_verdict_names_who_and_why_and_the_last_one_counts(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    clip = workplace.out() / "clips" / "h1-quad.mp4"
    assert verdict_on(clip) is None
    ran = workplace.matinee("approve", clip, "--who", "Ana")
    assert ran.code == 0 and "approved for quad by Ana" in ran.out
    assert workplace.matinee("reject", clip, "--who", "Ben", "--note", "too dark").code == 0
    verdict = verdict_on(clip)
    assert verdict is not None
    assert (verdict.verdict, verdict.who, verdict.note) == ("rejected", "Ben", "too dark")
    assert verdict_on(clip, region="de") is None


def test_a_clip_made_anew_needs_a_new_verdict_and_a_reused_one_keeps_its_own(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    clip = workplace.out() / "clips" / "h1-quad.mp4"
    assert workplace.matinee("approve", clip).code == 0
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    assert verdict_on(clip) is not None
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("target = -16", "target = -20"))
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    assert verdict_on(clip) is None


def test_the_platform_of_a_copy_elsewhere_has_to_be_named(workplace: Any, tmp_path: Path) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    copy = tmp_path / "copy.mp4"
    shutil.copy(workplace.out() / "clips" / "h1-quad.mp4", copy)
    ran = workplace.matinee("approve", copy)
    assert ran.code == 2 and "--platform" in ran.err
    assert workplace.matinee("approve", copy, "--platform", "nosuch").code == 2
    assert workplace.matinee("approve", copy, "--platform", "quad", "--region", "de").code == 0
    assert verdict_on(workplace.out() / "clips" / "h1-quad.mp4", region="de") is not None


@pytest.mark.parametrize("content", ["", "[]", '{"clips": 3}', '{"clips": [{"file": 3}]}', "{"])
def test_a_damaged_list_beside_a_clip_is_no_crash(workplace: Any, tmp_path: Path, content: str) -> None:
    clip = tmp_path / "film" / "clips" / "h1-quad.mp4"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"clip")
    (tmp_path / "film" / "clips.json").write_text(content)
    assert workplace.matinee("approve", clip).code == 2


def test_several_clips_get_their_verdict_together_or_not_at_all(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    clip = workplace.out() / "clips" / "h1-quad.mp4"
    ran = workplace.matinee("approve", clip, workplace.out() / "clips" / "nosuch.mp4")
    assert ran.code == 2 and verdict_on(clip) is None


def test_a_damaged_list_of_clips_is_written_anew(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    path = workplace.out() / "clips.json"
    path.unlink()
    for content in ("{", "[]", '{"version": 1, "clips": 3}', '{"version": 1, "clips": [{}], "highlights": [{}]}'):
        path.write_text(content)
        ran = workplace.matinee("cut", workplace.film, *CUT)
        assert ran.code == 0, ran.err
        assert len(json.loads(path.read_text())["clips"]) == 1
