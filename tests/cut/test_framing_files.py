"""What people say of how a clip is framed is done, kept and told; what they say wrongly stops the run at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from pipeline.cut import outputs

CUT = ("--highlights", "short", "--count", 1, "--platform", "tall")
BOTH = (*CUT, "--platform", "quad")
MADE = ("picture", "sound", "join", "poster", "subjects", "framing", "framing preview")


def framing_of(workplace: Any, name: str = "h1-tall") -> Path:
    path = workplace.out() / "framing" / f"{name}.framing.json"
    assert isinstance(path, Path)
    return path


def edit_framing(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document))


def moved_to(left: int) -> Callable[[dict[str, Any]], object]:
    """Return the change that puts the windows of all shots at a pixel."""

    def move(document: dict[str, Any]) -> None:
        for part in document["parts"]:
            for shot in part["shots"]:
                for window in shot["windows"]:
                    window["keyframes"] = [{"frame": shot["frames"][0], "left_px": left, "top_px": 0}]

    return move


def digests(workplace: Any) -> dict[str, str]:
    document = json.loads((workplace.out() / "clips.json").read_text())
    return {Path(clip["file"]).stem: clip["sha256"] for clip in document["clips"]}


def made(workplace: Any) -> list[str]:
    """Return what the artifacts in the store were made by."""
    store = workplace.home / "store"
    return sorted(json.loads(path.read_text())["made_by"] for path in store.glob("*/*/receipt.json"))


def work_done(workplace: Any) -> list[str]:
    return [what for what in made(workplace) if what in MADE]


def pictures(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def shows(
    clip: Path, film: Path, first: int, left: Callable[[int], float], window: tuple[int, int], *, count: int = 1000
) -> float:
    """Return how far a clip's first pictures are, at most, from a window of the film; first frame, left edge told."""
    source, found = pictures(film), []
    for number, picture in enumerate(pictures(clip)[:count]):
        width, height = window
        middle = (left(number) + (width - 1) / 2, (height - 1) / 2)
        cut = cv2.getRectSubPix(source[first + number], (width, height), middle)
        wanted = cv2.resize(cut, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        found.append(float(np.abs(wanted.astype(int) - picture).mean()))
    return max(found)


def first_frame(path: Path) -> int:
    return int(json.loads(path.read_text())["parts"][0]["shots"][0]["frames"][0])


def test_what_somebody_framed_while_it_was_cut_stays_and_is_cut_next(
    workplace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    path = framing_of(workplace)
    text = path.read_text()
    path.unlink()
    put = outputs._put_framing

    def put_late(*args: Any) -> Path:
        path.write_text(text)
        edit_framing(path, moved_to(40))
        return put(*args)

    monkeypatch.setattr(outputs, "_put_framing", put_late)
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 0 and "h1-tall was framed by somebody while it was cut" in ran.out, ran.out
    monkeypatch.setattr(outputs, "_put_framing", put)
    assert not list(path.parent.glob("*kept*")) and '"left_px": 40' in path.read_text()
    assert f"h1-tall is framed as {path} says" in workplace.matinee("cut", workplace.film, *CUT).out


def test_a_clip_follows_the_file_that_a_person_changed_until_it_is_taken_away(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *BOTH).code == 0
    before, clip, path = digests(workplace), workplace.out() / "clips" / "h1-tall.mp4", framing_of(workplace)
    first, chosen = first_frame(path), path.read_text()
    (keyframe,) = json.loads(chosen)["parts"][0]["shots"][0]["windows"][0]["keyframes"]
    assert shows(clip, workplace.film, first, lambda _: float(keyframe["left_px"]), (80, 144)) < 5

    edit_framing(path, moved_to(20))
    theirs = path.read_text()
    ran = workplace.matinee("cut", workplace.film, *BOTH)
    assert ran.code == 0 and f"h1-tall is framed as {path} says." in " ".join(ran.out.split())
    assert shows(clip, workplace.film, first, lambda _: 20, (80, 144)) < 5
    after = digests(workplace)
    assert after["h1-quad"] == before["h1-quad"] and after["h1-tall"] != before["h1-tall"]
    assert path.read_text() == theirs and list(path.parent.glob("*kept*")) == []

    done = work_done(workplace)
    assert "everything was reused" in workplace.matinee("cut", workplace.film, *BOTH).out
    assert work_done(workplace) == done and path.read_text() == theirs
    assert workplace.matinee("gc", "--yes").code == 0
    assert "everything was reused" in workplace.matinee("cut", workplace.film, *BOTH).out
    path.unlink()
    assert workplace.matinee("cut", workplace.film, *BOTH).code == 0
    assert path.read_text() == chosen and digests(workplace) == before


def test_a_window_moves_as_its_keyframes_say(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    path, clip = framing_of(workplace), workplace.out() / "clips" / "h1-tall.mp4"
    first = first_frame(path)

    def pan(document: dict[str, Any]) -> None:
        (shot,) = document["parts"][0]["shots"]
        places = ((first, 0), (first + 10, 0), (first + 40, 120))
        shot["windows"][0]["keyframes"] = [{"frame": at, "left_px": left, "top_px": 0} for at, left in places]

    edit_framing(path, pan)
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0

    def left(frame: int) -> float:
        share = min(1.0, max(0.0, (frame - 10) / 30))
        return 120 * share * share * (3 - 2 * share)

    assert shows(clip, workplace.film, first, left, (80, 144)) < 6


def test_a_broken_file_stops_the_run_and_stays_as_it_is(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    path, before, done = framing_of(workplace), digests(workplace), work_done(workplace)
    broken: dict[str, Callable[[], object]] = {
        "parts.0.shots.0.windows.0.keyframes.0.left_px is 200; at most": lambda: edit_framing(path, moved_to(200)),
        "the file is not JSON": lambda: path.write_text("{"),
        "not UTF-8": lambda: path.write_bytes(b"\xff\xfe"),
        "a directory": lambda: (path.unlink(), path.mkdir()),
    }
    for told, breaks in broken.items():
        breaks()
        content = None if path.is_dir() else path.read_bytes()
        ran = workplace.matinee("cut", workplace.film, *CUT)
        assert ran.code == 2 and told in ran.err and "Traceback" not in ran.err and str(path) in ran.err
        assert digests(workplace) == before and work_done(workplace) == done
        assert path.is_dir() or path.read_bytes() == content


def test_a_file_of_other_frames_is_put_aside_and_told(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    path, before = framing_of(workplace), digests(workplace)
    chosen = path.read_text()
    edit_framing(path, lambda document: document["parts"][0]["shots"][0].update(frames=[3, 51]))
    theirs = path.read_text()
    ran = workplace.matinee("cut", workplace.film, *CUT)
    told = " ".join((ran.out + ran.err).split())
    assert ran.code == 0 and "parts.0 shows frames 3 to 51" in told and "put aside" in told
    assert path.with_name("h1-tall.framing.kept-1.json").read_text() == theirs
    assert path.read_text() == chosen and digests(workplace) == before

    # One that was right is put aside as well once its highlight is no longer cut.
    edit_framing(path, moved_to(20))
    theirs, frames = path.read_text(), json.loads(chosen)["parts"][0]["shots"][0]["frames"]
    rejected = workplace.matinee("highlights", workplace.film, "--preset", "short", "--count", 1, "--reject", "h1")
    assert rejected.code == 0, rejected.err
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    assert json.loads(path.read_text())["parts"][0]["shots"][0]["frames"] != frames
    assert path.with_name("h1-tall.framing.kept-2.json").read_text() == theirs


def test_a_clip_of_the_film_s_own_shape_has_a_framing_file_and_a_warm_run_opens_no_film(
    workplace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A film that was copied a moment ago would be read again.
    monkeypatch.setattr("pipeline.shell.digests.TRUST_AFTER_NS", -(10**12))
    text = (workplace.presets / "platforms" / "quad.toml").read_text()
    wide = text.replace('"1:1"', '"16:9"').replace("prefer = 144, source", "prefer = 256, source", 1)
    (workplace.presets / "platforms" / "wide.toml").write_text(wide.replace('name = "quad"', 'name = "wide"'))
    ran = workplace.matinee("cut", workplace.film, *CUT[:4], "--platform", "wide")
    assert ran.code == 0, ran.err
    (shot,) = json.loads(framing_of(workplace, "h1-wide").read_text())["parts"][0]["shots"]
    (window,) = shot["windows"]
    assert (window["width_px"], window["height_px"], shot["why"]) == (256, 144, "the picture has this shape")
    for suffix in (".jpg", ".mp4"):
        assert pictures(framing_of(workplace, "h1-wide").with_name(f"h1-wide{suffix}"))

    def never(*_: object, **__: object) -> None:
        pytest.fail("something was opened or started")

    monkeypatch.setattr("pipeline.shell.sampler.open_media", never)
    monkeypatch.setattr("pipeline.shell.ffmpeg.subprocess.Popen", never)
    assert "everything was reused" in workplace.matinee("cut", workplace.film, *CUT[:4], "--platform", "wide").out


def named_edit(workplace: Any, *framings: str | None) -> Path:
    """Write an edit of a span for each framing file that is named."""
    master = hashlib.sha256(workplace.film.read_bytes()).hexdigest()
    parts = [
        {"kind": "span", "master": master, "frames": [60 * number, 60 * number + 24]}
        | ({"framing": framing} if framing else {})
        for number, framing in enumerate(framings)
    ]
    path = workplace.films / "teaser.edit.json"
    masters = {master: {"file": workplace.film.name, "rate": "24/1"}}
    path.write_text(json.dumps({"name": "teaser", "rate": "24/1", "masters": masters, "parts": parts}))
    assert isinstance(path, Path)
    return path


def test_an_edit_names_the_framing_file_of_its_clips(workplace: Any) -> None:
    plain = workplace.matinee("cut", named_edit(workplace, None, None), *BOTH)
    assert plain.code == 0, plain.err
    folder = workplace.out() / "edits" / "teaser"
    published = folder / "framing" / "teaser-tall.framing.json"
    named = workplace.films / "crop" / "tall.json"
    named.parent.mkdir()
    named.write_text(published.read_text())
    edit_framing(named, moved_to(20))
    named.write_bytes(b"\xef\xbb\xbf" + named.read_bytes())  # as some editors save text
    ran = workplace.matinee("cut", named_edit(workplace, "crop/tall.json", None), *BOTH)
    told = " ".join((ran.out + ran.err).split())
    assert ran.code == 0 and f"teaser-tall is framed as {named} says." in told
    assert f"teaser-quad is framed as usual: {named} is for clips of another shape." in told
    clip = folder / "clips" / "teaser-tall.mp4"
    assert shows(clip, workplace.film, 0, lambda _: 20, (80, 144), count=24) < 5
    assert published.read_text() == named.read_text("utf-8-sig") and list(published.parent.glob("*kept*")) == []

    edit_framing(published, moved_to(100))  # what stands among the outputs has the last word
    ran = workplace.matinee("cut", named_edit(workplace, "crop/tall.json", None), *BOTH)
    assert ran.code == 0 and f"teaser-tall is framed as {published} says." in " ".join(ran.out.split())
    assert shows(clip, workplace.film, 0, lambda _: 100, (80, 144), count=24) < 5


def test_framing_files_that_an_edit_cannot_name_stop_the_run(workplace: Any) -> None:
    def told(*framings: str | None) -> str:
        ran = workplace.matinee("cut", named_edit(workplace, *framings), *CUT)
        assert ran.code == 2 and "Traceback" not in ran.err, ran.out + ran.err
        return " ".join(str(ran.err).split())

    (workplace.films / "wrong.json").write_text("{}")
    (workplace.films / "other.json").write_text(json.dumps({"version": 1, "shape": "9:16", "parts": []}))
    assert f"{workplace.films / 'gone.json'}: the framing file cannot be read" in told("gone.json", None)
    assert "names the framing files other.json and wrong.json" in told("other.json", "wrong.json")
    assert "wrong.json: version is missing" in told("wrong.json")
    assert "other.json: it frames 0 parts, and this clip has 1" in told("other.json")
    assert "without '..'" in told("../kite.mp4")
    assert not (workplace.out() / "edits").exists()
