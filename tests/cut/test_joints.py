"""A clip that is changed somewhere is encoded again there and nowhere else, under captions too."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.plan import joints
from tests.conftest import Workplace

KITE = 1
CUT = ("--platform", "tall", "--platform", "quad", "--json")
# The film is cut every two seconds and parted after 2, 6 and 10; what begins before two has its first piece up to six.
SECOND = 144


@pytest.fixture(autouse=True)
def captioned(workplace: Workplace) -> None:
    lines = (
        "0:00:00,500 --> 0:00:03,000\nOne",
        "0:00:05,000 --> 0:00:08,000\nTwo",
        "0:00:08,500 --> 0:00:11,000\nThree",
    )
    text = "".join(f"{number}\n{line}\n\n" for number, line in enumerate(lines, 1))
    workplace.film.with_suffix(".srt").write_text(text)


def cut(workplace: Workplace, start: int, *words: str) -> tuple[Path, dict[str, Any]]:
    """Cut the film from a frame on; return one clip and, by platform, the keys of its pictures."""
    master = hashlib.sha256(workplace.film.read_bytes()).hexdigest()
    parts = [{"kind": "span", "master": master, "frames": [start, 288]}]
    masters = {master: {"file": workplace.film.name, "rate": "24/1"}}
    edit = workplace.films / "all.edit.json"
    edit.write_text(json.dumps({"name": "all", "rate": "24/1", "masters": masters, "parts": parts}))
    ran = workplace.matinee("cut", edit, *CUT, *words)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)["films"][0]
    keys = {
        clip["platform"]: [key for name, key in clip["keys"].items() if name.startswith("picture")]
        for clip in document["clips"]
    }
    return Path(document["folder"]) / "clips" / "all-tall.mp4", keys


def pixels(path: Path) -> np.ndarray[Any, Any]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])


@pytest.mark.parametrize("style", ["plain", "house"])
def test_trimmed_by_three_frames_its_other_seconds_are_the_same_bytes(
    workplace: Workplace, media: Any, style: str
) -> None:
    clip, before = cut(workplace, 0, "--style", style)
    was = pixels(clip)
    trimmed, after = cut(workplace, 3, "--style", style)
    for platform, keys in after.items():
        assert len(keys) == 2 and keys[0] != before[platform][0] and keys[1:] == before[platform][1:]
    now = pixels(trimmed)
    assert np.array_equal(now[SECOND - 3 :], was[SECOND:])
    if style == "plain":
        assert media.read_frames(trimmed) == [(KITE, number) for number in range(3, 288)]


def test_a_caption_over_a_joint_is_drawn_as_in_one_piece(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    parted = pixels(cut(workplace, 0, "--style", "house")[0])
    bare = pixels(cut(workplace, 0, "--style", "plain")[0])
    monkeypatch.setattr(joints, "LEAST_S", Fraction(100))
    clip, keys = cut(workplace, 0, "--style", "house")
    assert len(keys["tall"]) == 1
    whole = pixels(clip)
    assert len(parted) == len(whole) == 288
    # Encoded in one go or in two, what is seen is the same; what is drawn stands out by far more.
    differences = np.abs(parted.astype(int) - whole).mean(axis=(1, 2))
    assert differences.max() < 2
    drawn = [
        bool((np.abs(one.astype(int) - other) > 60).mean() > 0.0005) for one, other in zip(parted, bare, strict=True)
    ]
    shown = [12 <= n < 72 or 120 <= n < 192 or 204 <= n < 264 for n in range(288)]
    assert drawn == shown


def test_spans_that_go_on_with_other_captions_are_cut_as_one(workplace: Workplace, media: Any) -> None:
    (workplace.films / "other.srt").write_text("1\n0:00:07,000 --> 0:00:09,000\nElse\n")
    master = hashlib.sha256(workplace.film.read_bytes()).hexdigest()
    first = {"kind": "span", "master": master, "frames": [10, 100]}
    second = {"kind": "span", "master": master, "frames": [100, 250], "captions": "other.srt"}
    edit = workplace.films / "two.edit.json"
    masters = {master: {"file": workplace.film.name, "rate": "24/1"}}
    edit.write_text(json.dumps({"name": "two", "rate": "24/1", "masters": masters, "parts": [first, second]}))
    ran = workplace.matinee("cut", edit, "--platform", "tall", "--style", "plain", "--json")
    assert ran.code == 0, ran.err
    clip = Path(json.loads(ran.out)["films"][0]["folder"]) / "clips" / "two-tall.mp4"
    assert media.read_frames(clip) == [(KITE, number) for number in range(10, 250)]
