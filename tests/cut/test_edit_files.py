"""`matinee cut NAME.edit.json` from end to end: which frames come out, what is heard, and what is said of mistakes."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import pytest

from pipeline.timebase import FrameRate

KITE, SILENT = 1, 2
CUT = ("--highlights", "short", "--platform", "tall", "--platform", "quad")


class Ran(Protocol):
    code: int
    out: str
    err: str


class Workplace(Protocol):
    home: Path
    films: Path
    film: Path
    silent_film: Path
    presets: Path

    def matinee(self, *words: object) -> Ran: ...
    def out(self, film: str = ...) -> Path: ...


def digest(film: Path) -> str:
    return hashlib.sha256(film.read_bytes()).hexdigest()


def span(film: Path, start: int, end: int) -> dict[str, Any]:
    return {"kind": "span", "master": digest(film), "frames": [start, end]}


def card(frames: int, *lines: str) -> dict[str, Any]:
    return {"kind": "card", "lines": list(lines), "frames": frames}


def gap(frames: int) -> dict[str, Any]:
    return {"kind": "gap", "frames": frames}


def write_edit(folder: Path, workplace: Workplace, *parts: dict[str, Any], name: str = "teaser") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rates = {workplace.film: "24/1", workplace.silent_film: "25/1"}
    used = {part["master"] for part in parts if part["kind"] == "span"}
    masters = {digest(film): {"file": film.name, "rate": rate} for film, rate in rates.items() if digest(film) in used}
    path = folder / f"{name}.edit.json"
    path.write_text(json.dumps({"name": name, "rate": "24/1", "masters": masters, "parts": parts}))
    return path


def shown(film: int, start: int, end: int) -> list[tuple[int, int]]:
    return [(film, number) for number in range(start, end)]


def test_cards_and_gaps_stand_between_the_very_frames_of_the_film(workplace: Workplace, media: Any) -> None:
    parts = (gap(12), card(24, "THE RED KITE"), span(workplace.film, 30, 54), card(12, "The end", "2026"))
    edit = write_edit(workplace.films, workplace, *parts)
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 0, ran.err
    folder = workplace.out() / "edits" / "teaser" / "clips"
    for platform in ("tall", "quad"):
        clip = folder / f"teaser-{platform}.mp4"
        assert media.read_frames(clip) == [None] * 36 + shown(KITE, 30, 54) + [None] * 12
        light = media.read_light(clip)
        assert max(light[:12]) < 1 and min(light[12:36]) > 1, "a gap is black, a card is not"
        level = media.read_level(clip, rate=Fraction(24))
        assert max(level[:35]) < 1e-3 < 0.05 < min(level[37:59]), "silence under gap and card, the tone after them"
        assert max(level[62:]) < 1e-3


def test_a_card_is_drawn_for_each_size_and_shares_the_decode(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, card(12, "Title"), span(workplace.film, 0, 24))
    assert workplace.matinee("cut", edit, *CUT).code == 0
    document = json.loads((workplace.out() / "edits" / "teaser" / "clips.json").read_text())
    cards = {clip["keys"]["card 1"] for clip in document["clips"]}
    assert len(cards) == 2
    receipts = [json.loads(path.read_text()) for path in (workplace.home / "store").glob("*/*/receipt.json")]
    pictures = [receipt for receipt in receipts if receipt["made_by"] == "picture"]
    assert len({tuple(receipt["argv"]) for receipt in pictures}) == 1
    assert "Title" not in " ".join(pictures[0]["argv"])
    assert [part["kind"] for part in document["highlights"][0]["parts"]] == ["card", "span"]
    clip = workplace.out() / "edits" / "teaser" / "clips" / "teaser-tall.mp4"
    chain = json.loads(workplace.matinee("explain", clip, "--json").out)["made_from"]
    assert [made["made_by"] for made in chain] == ["join", "picture", "card", "sound", "programme", "loudness"]


def test_pictures_made_together_are_those_made_alone(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, card(6, "Title"), span(workplace.film, 0, 12), gap(6))
    digests = {}
    for platform in ("tall", "quad"):
        out = workplace.home / platform
        assert workplace.matinee("cut", edit, "--highlights", "short", "--platform", platform, "--out", out).code == 0
        digests[platform] = clip_digests(out / "kite" / "edits" / "teaser")[platform]
        for folder in (workplace.home / "store").glob("??/*"):
            receipt = json.loads((folder / "receipt.json").read_text())
            if receipt["made_by"] in ("picture", "card", "join"):
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()
    assert workplace.matinee("cut", edit, *CUT).code == 0
    assert clip_digests(workplace.out() / "edits" / "teaser") == digests


def clip_digests(folder: Path) -> dict[str, str]:
    return {clip["platform"]: clip["sha256"] for clip in json.loads((folder / "clips.json").read_text())["clips"]}


def test_two_masters_of_other_rates_shapes_and_sound_play_in_one_edit(workplace: Workplace, media: Any) -> None:
    parts = (card(6, "First"), span(workplace.film, 48, 60), span(workplace.silent_film, 25, 50), card(6, "Last"))
    edit = write_edit(workplace.films, workplace, *parts)
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 0, ran.err
    clip = workplace.out() / "edits" / "teaser" / "clips" / "teaser-quad.mp4"
    frames = media.read_frames(clip)
    assert len(frames) == 6 + 12 + 24 + 6
    assert frames[:18] == [None] * 6 + shown(KITE, 48, 60)
    second = frames[18:42]
    # Each output frame shows the last of those that are nearest to it or to one before.
    nearest = [FrameRate(Fraction(24)).nearest_frame(Fraction(number, 25)) for number in range(25)]
    assert second == [(SILENT, 25 + max(n for n in range(25) if nearest[n] <= number)) for number in range(24)]
    assert frames[42:] == [None] * 6
    level = media.read_level(clip, rate=Fraction(24))
    assert min(level[7:17]) > 0.05 and max(level[20:]) < 1e-3


def test_a_changed_card_makes_the_clips_of_every_platform_stale(workplace: Workplace) -> None:
    workplace_edit = write_edit(workplace.films, workplace, card(12, "Before"), span(workplace.film, 0, 24))
    assert workplace.matinee("cut", workplace_edit, *CUT).code == 0
    write_edit(workplace.films, workplace, card(12, "After"), span(workplace.film, 0, 24))
    assert workplace.matinee("cut", workplace_edit, "--highlights", "short", "--platform", "tall").code == 0
    folder = workplace.out() / "edits" / "teaser"
    assert [clip.name for clip in sorted((folder / "clips").iterdir())] == ["teaser-tall.mp4"]


def test_an_edit_lives_in_the_projects_folder_and_is_reused_unchanged(workplace: Workplace) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    masters = workplace.home / "masters"
    masters.mkdir()
    workplace.film.rename(masters / "renamed film.mp4")
    film = masters / "renamed film.mp4"
    parts = (card(12, "Title"), {"kind": "span", "master": digest(film), "frames": [0, 24]})
    path = workplace.home / "projects" / "kite" / "trailer.edit.json"
    table = {"name": "trailer", "rate": "24/1", "masters": {digest(film): {"file": "kite.mp4", "rate": "24/1"}}}
    path.write_text(json.dumps({**table, "parts": parts}))
    first = workplace.matinee("cut", path, *CUT)
    assert first.code == 0, first.err
    assert (workplace.out() / "edits" / "trailer" / "clips" / "trailer-tall.mp4").is_file()
    assert "everything was reused" in workplace.matinee("cut", path, *CUT).out


def test_an_exported_highlight_can_be_cut_again_while_its_film_lies_where_it_was(workplace: Workplace) -> None:
    assert workplace.matinee("cut", workplace.film, *CUT, "--count", 1).code == 0
    ran = workplace.matinee("cut", workplace.out() / "highlights" / "h1.edit.json", *CUT)
    assert ran.code == 0, ran.err
    assert "everything was reused" in ran.out, "the same stretch of film is the same picture"


def test_a_missing_master_is_told_with_name_and_place(workplace: Workplace) -> None:
    edit = write_edit(workplace.films / "apart", workplace, span(workplace.film, 0, 24))
    workplace.film.unlink()
    for command in ("cut", "shots", "probe"):
        ran = workplace.matinee(command, edit)
        assert ran.code == 2
        assert "kite.mp4" in ran.err and str(edit) in ran.err and str(workplace.home / "masters") in ran.err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"timecode": ["00:00:01:07", "00:00:02:06"]}, ("timecode", "[31, 54]", "[30, 54]")),
        ({"frames": [54, 30]}, ("parts.0", "after the start")),
        ({"length": 3}, ("parts.0.length",)),
    ],
)
def test_an_edit_written_wrongly_by_hand_is_told_by_field(
    workplace: Workplace, change: dict[str, Any], told: tuple[str, ...]
) -> None:
    edit = write_edit(workplace.films, workplace, {**span(workplace.film, 30, 54), **change})
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 2 and str(edit) in ran.err
    assert all(word in ran.err for word in told), ran.err


def test_an_edit_over_a_platforms_limit_is_refused_by_name_and_left_out_of_all(workplace: Workplace) -> None:
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("max = 60", "max = 1"))
    edit = write_edit(workplace.films, workplace, card(24, "Long"), span(workplace.film, 0, 48))
    ran = workplace.matinee("cut", edit, "--platform", "quad", "--highlights", "short")
    assert ran.code == 2 and "quad" in ran.err and "duration_s" in ran.err
    ran = workplace.matinee("cut", edit, "--dry-run", "--highlights", "short", "--json")
    assert ran.code == 0
    assert "quad" not in {clip["platform"] for clip in json.loads(ran.out)["films"][0]["clips"]}


@pytest.mark.parametrize(
    ("lines", "told"),
    [(("\U00013000 hieroglyphs",), "U+13000"), (("word " * 99,) * 5, "more text")],
)
def test_a_card_that_cannot_be_shown_is_told_before_anything_is_made(
    workplace: Workplace, lines: tuple[str, ...], told: str
) -> None:
    edit = write_edit(workplace.films, workplace, card(24, *lines), span(workplace.film, 0, 48))
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 2 and told in ran.err
    assert not workplace.out().exists()


def test_a_design_that_does_not_exist_is_told(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, {**card(24, "Hi"), "design": "gothic"}, span(workplace.film, 0, 24))
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 2 and "gothic" in ran.err and "plain" in ran.err


def test_one_file_of_captions_is_not_laid_over_several_films(workplace: Workplace) -> None:
    words = workplace.films / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:02,000\nCome back!\n")
    edit = write_edit(workplace.films, workplace, span(workplace.film, 0, 24), span(workplace.silent_film, 0, 25))
    ran = workplace.matinee("cut", edit, *CUT, "--captions", words)
    assert ran.code == 2 and "of one film only, and this edit is of 2" in ran.err
    ran = workplace.matinee("cut", workplace.film, workplace.silent_film, *CUT, "--captions", words)
    assert ran.code == 2 and "of one film only, and there are 2. Cut them one by one" in ran.err
    assert not workplace.out().exists()


def test_an_edit_that_shows_what_must_never_be_shown_is_refused(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, span(workplace.film, 0, 24), span(workplace.film, 95, 120))
    beside = workplace.film.with_name("kite.film.toml")
    beside.write_text('[[never]]\nfrom = "00:00:03:00"\nto = "00:00:04:00"\nnote = "the twist"\n')
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 2 and "00:00:03:00–00:00:04:00" in ran.err and "the twist" in ran.err
    beside.write_text('[[never]]\nfrom = "00:00:03:00"\nto = "00:00:03:23"\n')
    assert workplace.matinee("cut", edit, *CUT, "--dry-run").code == 0


def test_an_edit_of_cards_alone_has_no_film_to_cut(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, card(24, "Alone"))
    ran = workplace.matinee("cut", edit, *CUT)
    assert ran.code == 2 and "no master" in ran.err


def test_the_name_of_an_edit_leads_no_output_out_of_its_folder(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, span(workplace.film, 0, 24))
    edit.write_text(edit.read_text().replace('"teaser"', '"../../v1.2 / teaser"'))
    assert workplace.matinee("cut", edit, "--highlights", "short", "--platform", "quad").code == 0
    folder = workplace.out() / "edits" / "v1.2-teaser"
    assert [clip.name for clip in (folder / "clips").iterdir()] == ["v1.2-teaser-quad.mp4"]
    everywhere = {path.parent for path in workplace.home.parent.rglob("*.edl")}
    assert {path for path in everywhere if not path.is_relative_to(workplace.home / "store")} == {folder / "highlights"}


def test_shots_of_an_edit_are_counted_in_its_own_frames(workplace: Workplace) -> None:
    parts = (card(12, "Title"), span(workplace.film, 36, 60), span(workplace.film, 60, 72), gap(6))
    edit = write_edit(workplace.films, workplace, *parts)
    ran = workplace.matinee("shots", edit, "--json")
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    cuts = [12, 24, 48]
    assert (document["frame_rate"], document["frame_count"]) == ("24/1", 54)
    assert [(one["kind"], one["start_frame"], one["end_frame"]) for one in document["transitions"]] == [
        ("cut", frame, frame) for frame in cuts
    ]
    assert [(one["start_frame"], one["end_frame"]) for one in document["shots"]] == [
        (0, 12), (12, 24), (24, 48), (48, 54)
    ]  # fmt: skip
    assert "4 shots, 54 frames" in workplace.matinee("shots", edit).out


def test_shots_and_facts_of_an_edit_of_cards_alone_are_its_cards(workplace: Workplace) -> None:
    edit = write_edit(workplace.films, workplace, card(24, "One"), card(12, "Two"))
    document = json.loads(workplace.matinee("shots", edit, "--json").out)
    assert [shot["end_frame"] for shot in document["shots"]] == [24, 36]
    assert json.loads(workplace.matinee("probe", edit, "--json").out)["masters"] == []


def test_probe_of_an_edit_gives_its_length_and_its_masters(workplace: Workplace) -> None:
    parts = (card(12, "Title"), span(workplace.film, 36, 60), span(workplace.silent_film, 0, 25))
    edit = write_edit(workplace.films, workplace, *parts)
    document = json.loads(workplace.matinee("probe", edit, "--json").out)
    assert (document["frame_count"], document["duration"], document["parts"]) == (60, "5/2", 3)
    assert [master["sha256"] for master in document["masters"]] == [
        digest(workplace.film),
        digest(workplace.silent_film),
    ]
    assert [len(master["sounds"]) for master in document["masters"]] == [1, 0]
    told = workplace.matinee("probe", edit).out
    assert "3 parts, 2.50 s, 60 frames" in told and "256×144" in told and "192×144" in told
