"""What a second run does: nothing where nothing changed, what is needed where something did; and whose files stay."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

CUT = ("--highlights", "short", "--platform", "tall", "--platform", "quad")


def manifest(folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "clips.json").read_text())
    assert isinstance(document, dict)
    return document


def digests(folder: Path) -> dict[str, str]:
    return {clip["file"]: clip["sha256"] for clip in manifest(folder)["clips"]}


def change(preset: Path, before: str, after: str) -> None:
    text = preset.read_text()
    assert before in text
    preset.write_text(text.replace(before, after))


def test_a_second_run_reuses_everything_and_leaves_every_file_as_it_is(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    before = {path: path.stat().st_mtime_ns for path in workplace.out().rglob("*") if path.name != "clips.json"}
    receipts = {path: path.stat().st_mtime_ns for path in (workplace.home / "store").glob("*/*/receipt.json")}
    was = digests(workplace.out())
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 0 and "everything was reused" in ran.out
    assert {clip["made"] for clip in manifest(workplace.out())["clips"]} == {"reused"}
    assert digests(workplace.out()) == was
    after = {path: path.stat().st_mtime_ns for path in workplace.out().rglob("*") if path.name != "clips.json"}
    assert {path: time for path, time in after.items() if path.is_file()} == {
        path: time for path, time in before.items() if path.is_file()
    }
    # clips.json now says that clips were reused: it alone is new.
    new = {path for path in (workplace.home / "store").glob("*/*/receipt.json") if path not in receipts}
    assert [json.loads(path.read_text())["made_by"] for path in new] == ["manifest"]


def test_a_renamed_film_keeps_its_folder_and_its_clips(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    moved = workplace.films / "another name.mp4"
    workplace.film.rename(moved)
    ran = workplace.matinee("cut", moved, *CUT, "--count", 1)
    assert ran.code == 0 and "everything was reused" in ran.out
    assert [folder.name for folder in (workplace.home / "out").iterdir()] == ["kite"]


def test_clips_for_platforms_not_asked_for_now_stay_and_stay_listed(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    was = digests(workplace.out())
    assert workplace.matinee("cut", workplace.film, *CUT[:4], "--count", 1).code == 0
    assert digests(workplace.out()) == was
    assert all((workplace.out() / name).is_file() for name in was)


def test_other_highlights_take_the_old_clips_away_but_no_file_that_a_person_touched(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    clips = workplace.out() / "clips"
    changed, own = clips / "h2-tall.mp4", clips / "h2-notes.txt"
    shutil.copy(changed, clips / "copy.mp4")
    changed.unlink()
    changed.write_bytes(b"graded by hand")
    own.write_text("look at this")
    ran = workplace.matinee("cut", workplace.film, *CUT, "--count", 1)
    assert ran.code == 0, ran.err
    assert sorted(path.name for path in clips.iterdir()) == [
        "copy.mp4", "h1-quad.mp4", "h1-tall.mp4", "h2-notes.txt", "h2-tall.mp4"
    ]  # fmt: skip
    assert changed.read_bytes() == b"graded by hand"
    assert not list((workplace.out() / "posters").glob("h2-*"))
    assert not list((workplace.out() / "highlights").glob("h2.*"))
    assert set(digests(workplace.out())) == {"clips/h1-quad.mp4", "clips/h1-tall.mp4"}


def test_a_file_of_a_persons_where_a_clip_goes_is_moved_aside_and_told(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    clip = workplace.out() / "clips" / "h1-tall.mp4"
    ours = clip.read_bytes()
    for number in (1, 2):
        clip.unlink()
        clip.write_bytes(b"mine %d" % number)
        ran = workplace.matinee("cut", workplace.film, *CUT, "--count", 1)
        assert ran.code == 0 and f"h1-tall.kept-{number}.mp4" in ran.out.replace("\n", "")
        assert clip.read_bytes() == ours
    assert [(clip.parent / f"h1-tall.kept-{number}.mp4").read_bytes() for number in (1, 2)] == [b"mine 1", b"mine 2"]


def test_a_new_sound_target_makes_new_sounds_and_no_new_pictures(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    was = {clip["platform"]: clip["keys"] for clip in manifest(workplace.out())["clips"]}
    for name in ("tall", "quad"):
        change(workplace.presets / "platforms" / f"{name}.toml", "target = -16", "target = -20")
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    now = {clip["platform"]: clip["keys"] for clip in manifest(workplace.out())["clips"]}
    for platform in ("tall", "quad"):
        assert now[platform]["picture"] == was[platform]["picture"]
        assert now[platform]["sound"] != was[platform]["sound"]


def test_outputs_go_where_they_are_told_to(workplace: Any, tmp_path: Path) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT[:4], "--count", 1, "--out", tmp_path / "elsewhere").code == 0
    assert (tmp_path / "elsewhere" / "kite" / "clips" / "h1-tall.mp4").is_file()
    assert not workplace.out().exists()


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(workplace: Any) -> None:
    ran = workplace.matinee("cut", workplace.film, *CUT, "--dry-run", "--json")
    assert ran.code == 0
    film = json.loads(ran.out)["films"][0]
    assert len(film["clips"]) == 4 and len(film["would_make"]) == 6
    assert "would make h1 picture" in ran.err
    assert not workplace.out().exists()
    receipts = [json.loads(path.read_text()) for path in (workplace.home / "store").glob("*/*/receipt.json")]
    assert {receipt["made_by"] for receipt in receipts} == {
        "shots",
        "features",
        "looks",
        "close-look",
        "stretches",
        "subjects",
        "framing",
        "on screen",
    }
    assert workplace.matinee("cut", workplace.film, *CUT).code == 0
    assert "Nothing to make" in workplace.matinee("cut", workplace.film, *CUT, "--dry-run").err


def test_the_bytes_are_read_again_where_that_is_asked_for(workplace: Any) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT[:4], "--count", 1).code == 0
    status, raw = workplace.film.stat(), bytearray(workplace.film.read_bytes())
    raw[-1] ^= 1
    workplace.film.write_bytes(raw)
    os.utime(workplace.film, ns=(status.st_atime_ns, status.st_mtime_ns))
    ran = workplace.matinee("cut", workplace.film, *CUT[:4], "--count", 1, "--verify", "--dry-run", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["films"][0]["would_make"], "other bytes are another film"


def test_the_list_of_clips_tells_all_that_is_known(workplace: Any) -> None:
    ran = workplace.matinee("cut", workplace.film, *CUT, "--json")
    assert ran.code == 0
    (film,) = json.loads(ran.out)["films"]
    document = manifest(workplace.out())
    assert film == {"file": str(workplace.film), "folder": str(workplace.out()), **document}
    (master,) = document["masters"]
    assert (master["frame_rate"], master["frame_count"], master["width_px"]) == ("24/1", 288, 256)
    for clip in document["clips"]:
        assert clip["frames"] == 48 and clip["seconds"] == "2" and abs(clip["loudness_lufs"] + 16) <= 0.5
        assert clip["size_bytes"] == (workplace.out() / clip["file"]).stat().st_size
        assert (workplace.out() / clip["poster"]).is_file()
    for highlight in document["highlights"]:
        (part,) = highlight["parts"]
        start, end = part["frames"]
        assert end - start == 48 and part["seconds"] == [str(start // 24), str(end // 24)]
