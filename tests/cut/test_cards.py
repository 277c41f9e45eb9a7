"""Cards in finished clips: in their frames, scannable after every encode, no longer for it, never on a person's cut."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from pipeline.shell.cards import is_scannable

LINK = "https://example.org/red-kite?from=clip"
FILM = f'title = "The Red Kite"\ndirector = "Ana"\nlink = "{LINK}"\ncall_to_action = "See it"\n'
STYLE = """
name = "Brief"
[[cards]]
kind = "title"
place = "start"
seconds = 0.5
[[cards]]
kind = "end"
place = "end"
seconds = 0.5
"""
CUT = ("--highlights", "short", "--style", "brief", "--count", 1)


@pytest.fixture
def film(workplace: Any) -> Any:
    """Return a workplace with a style of two cards, and a film that has text for them."""
    (workplace.presets / "styles").mkdir()
    (workplace.presets / "styles" / "brief.toml").write_text(STYLE)
    workplace.film.with_name("kite.film.toml").write_text(FILM.replace("?from=clip", ""))
    return workplace


def pictures(path: Path) -> Iterator[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        yield from (frame.to_ndarray(format="bgr24") for frame in container.decode(video=0))


def uploaded(path: Path, target: Path, *, share: Fraction, crf: int) -> Path:
    """Write a clip as platforms do: smaller, and with few bits."""
    with av.open(str(path)) as source, av.open(str(target), "w") as made:
        old = source.streams.video[0]
        stream: Any = made.add_stream("libx264", rate=24, options={"preset": "veryfast", "crf": str(crf)})
        stream.width, stream.height = (int(side * share) // 2 * 2 for side in (old.width, old.height))
        stream.pix_fmt = "yuv420p"
        for frame in source.decode(video=0):
            small = frame.reformat(stream.width, stream.height, "yuv420p", interpolation="BICUBIC")
            small.pts = None
            made.mux(stream.encode(small))
        made.mux(stream.encode())
    return target


def test_a_clip_with_cards_is_as_long_as_one_without_and_so_is_its_edit_cut_again(film: Any, media: Any) -> None:
    preset = film.presets / "highlights" / "short.toml"
    preset.write_text(preset.read_text().replace("fade_out_s = 0", "fade_out_s = 0.25"))
    assert film.matinee("cut", film.film, *CUT, "--platform", "tall").code == 0
    clip = film.out() / "clips" / "h1-tall.mp4"
    # What stands on a card may look like the number of a frame, though not of this film's.
    frames = [shown if shown and shown[0] == 1 else None for shown in media.read_frames(clip)]
    start = frames[12][1]
    assert frames == [None] * 12 + [(1, number) for number in range(start, start + 24)] + [None] * 12
    level = media.read_level(clip, rate=Fraction(24))
    assert max(level[:11]) < 1e-3 < 0.05 < min(level[14:28]) and max(level[38:]) < 1e-3, "cards are silent"
    assert level[34] < level[28] / 2, "the film's sound falls before the end card, not under it"
    document = json.loads((film.out() / "clips.json").read_text())
    assert {name for name in document["clips"][0]["keys"] if name.startswith("card")} == {"card 1", "card 2"}
    assert document["highlights"] == chosen(film)

    edit = film.out() / "highlights" / "h1.edit.json"
    parts = json.loads(edit.read_text())["parts"]
    assert [(part["kind"], part.get("design"), part.get("link")) for part in parts] == [
        ("card", "title", None), ("span", None, None), ("card", "end", "https://example.org/red-kite"),
    ]  # fmt: skip
    assert parts[0]["lines"] == ["The Red Kite", "a film by Ana"]
    ran = film.matinee("cut", edit, *CUT, "--platform", "tall", "--json")
    assert ran.code == 0, ran.err
    assert [one["made"] for one in json.loads(ran.out)["films"][0]["clips"]] == ["reused"], "no card was added"


def test_what_a_person_cut_is_left_alone(film: Any) -> None:
    locked = '[[locked]]\nfrom = "00:00:01:05"\nto = "00:00:02:20"\n'
    film.film.with_name("kite.film.toml").write_text(FILM + locked)
    (highlight,) = chosen(film)
    assert [(part["kind"], part["frames"]) for part in highlight["parts"]] == [("span", [29, 68])]


def test_a_montages_bed_ends_with_the_film(film: Any) -> None:
    preset = (film.presets / "highlights" / "short.toml").read_text()
    montage = preset.replace('kind = "moment"', 'kind = "montage"') + "[montage]\nmin_shot_s = 0.5\nmax_shot_s = 1\n"
    (film.presets / "highlights" / "medley.toml").write_text(montage)
    (highlight,) = chosen(film, preset="medley")
    assert highlight["seconds"] == "2" and highlight["parts"][0]["kind"] == highlight["parts"][-1]["kind"] == "card"
    assert [(part["kind"], part["seconds"]) for part in highlight["bed"]][::2] == [("gap", ["1/2"])] * 2


def test_a_code_is_read_off_clips_as_we_make_them_and_as_platforms_serve_them(film: Any, tmp_path: Path) -> None:
    film.film.with_name("kite.film.toml").write_text(FILM)
    ran = film.matinee("cut", film.film, *CUT, "--platform", "tiktok")
    assert ran.code == 0, ran.err
    clip = film.out() / "clips" / "h1-tiktok.mp4"
    small = uploaded(clip, tmp_path / "small.mp4", share=Fraction(1, 2), crf=34)
    poor = uploaded(clip, tmp_path / "poor.mp4", share=Fraction(2, 3), crf=40)
    for path in (clip, small, poor):
        shown = list(pictures(path))[-12:]
        assert all(is_scannable(shown[number], f"{LINK}&c=the-red-kite.h1.tiktok") for number in (0, 11)), path


def test_cards_that_are_left_out_are_told(film: Any) -> None:
    house = ("--highlights", "short", "--count", 1, "--platform", "tall", "--dry-run")
    assert "No cards: those of style 'house' would take 3 of 2 seconds." in film.matinee("cut", film.film, *house).err
    film.film.with_name("kite.film.toml").unlink()
    told = film.matinee("cut", film.film, *house, "--style", "brief").err
    assert "No title card: film.toml has no title." in told
    assert "No end card: film.toml has no link and no call_to_action." in told


@pytest.mark.parametrize(
    ("film_toml", "told"),
    [
        ('link = "https://ana@example.org/"', "link is .*an address without a user name or password"),
        (f'link = "https://example.org/{"a" * 400}"', r"the address https.* has 420 characters: no phone could scan"),
        ('title = "\\U00013000漢字"', r"has the character '\U00013000' \(U\+13000, EGYPTIAN HIEROGLYPH A001\)"),
        ('title = "a\\u0007漢字"', r"film\.toml: title is .*text without control characters"),
    ],
)
def test_text_that_no_card_can_show_is_told_before_anything_is_made(film: Any, film_toml: str, told: str) -> None:
    film.film.with_name("kite.film.toml").write_text(film_toml)
    ran = film.matinee("cut", film.film, *CUT, "--platform", "tall")
    assert ran.code == 2 and not film.out().exists()
    assert re.search(told, ran.err), ran.err


def test_a_logo_is_checked_before_anything_is_made_and_then_on_every_card(film: Any) -> None:
    style = film.presets / "styles" / "brief.toml"
    style.write_text(STYLE + '[card_look]\nlogo = "logo.png"\n')
    ran = film.matinee("cut", film.film, *CUT, "--platform", "tall")
    assert ran.code == 2 and "logo.png cannot be read (No such file or directory)" in ran.err
    assert not film.out().exists()
    Image.new("RGB", (64, 32), "#c83232").save(style.with_name("logo.png"))
    film.film.with_name("kite.film.toml").write_text('title = "Kite"\ncall_to_action = "See it"\n')
    assert film.matinee("cut", film.film, *CUT, "--platform", "tall").code == 0
    shown = list(pictures(film.out() / "clips" / "h1-tall.mp4"))
    for number in (6, 42):
        red = shown[number].astype(int)
        inked = np.argwhere(red[..., 2] - red[..., 0] > 80)
        assert inked[:, 0].min() > 200, "at the bottom"
    receipts = [json.loads(path.read_text()) for path in (film.home / "store").glob("*/*/receipt.json")]
    boxes = [receipt["boxes"] for receipt in receipts if receipt["made_by"] == "card"]
    assert {tuple(kind for kind, *_ in one) for one in boxes} == {("text", "logo"), ("text", "text", "logo")}


def test_a_style_that_does_not_exist_is_told(film: Any) -> None:
    ran = film.matinee("cut", film.film, "--style", "breif")
    assert ran.code == 2 and "no preset 'breif' in styles (did you mean brief?)" in ran.err


def chosen(film: Any, preset: str = "short") -> list[dict[str, Any]]:
    """Return the highlights that are chosen, without anything being made."""
    ran = film.matinee("highlights", film.film, "--preset", preset, "--style", "brief", "--count", 1, "--json")
    assert ran.code == 0, ran.err
    highlights: list[dict[str, Any]] = json.loads(ran.out)["highlights"]
    return highlights


def test_captions_of_what_sounds_under_cards_are_not_drawn_over_them(film: Any) -> None:
    film.film.with_suffix(".en.srt").write_text("1\n00:00:00,000 --> 00:00:09,000\nWind.\n")
    assert film.matinee("cut", film.film, *CUT, "--platform", "tall").code == 0
    edit = film.out() / "highlights" / "h1.edit.json"
    document = json.loads(edit.read_text())
    (span,) = (part for part in document["parts"] if part["kind"] == "span")
    document["bed"] = [{name: span[name] for name in ("kind", "master")} | {"frames": [0, 48]}]
    document["name"] = "bedded"
    bedded = film.film.with_name("bedded.edit.json")
    bedded.write_text(json.dumps(document))
    shown = []
    for wish in ("en", "none"):
        ran = film.matinee("cut", bedded, *CUT, "--platform", "tall", "--captions", wish)
        assert ran.code == 0, ran.err
        shown.append(list(pictures(film.out() / "edits" / "bedded" / "clips" / "bedded-tall.mp4")))
    differ = [bool(np.abs(one.astype(int) - other).max() > 100) for one, other in zip(*shown, strict=True)]
    assert differ == [False] * 12 + [True] * 24 + [False] * 12
