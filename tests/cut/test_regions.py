"""`matinee cut --region`: what each region's clips show, to the frame, and that what they share is encoded once."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from pipeline.shell.store import Store
from tests.numbered_films import make_film

KITE, SILENT = 1, 2
"""What the frames of the films say."""
RATE = 24
CUT = ("--highlights", "four", "--style", "plain", "--count", 1, "--platform", "tall", "--platform", "quad")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the store of the first test is kept for the others: most of them cut the same clips."""
    return tmp_path_factory.mktemp("cut") / "store"


@pytest.fixture
def film(workplace: Any, kept: Path) -> Iterator[Any]:
    """Return a workplace with clips of four seconds, and two regions of which one adds more than the other."""
    if kept.exists():
        shutil.rmtree(workplace.home / "store")
        shutil.copytree(kept, workplace.home / "store")
    short = (workplace.presets / "highlights" / "short.toml").read_text()
    (workplace.presets / "highlights" / "four.toml").write_text(short.replace("seconds = 2", "seconds = 4"))
    (workplace.presets / "regions").mkdir()
    for name, place, seconds in (("xa", "start", "0.5"), ("xb", "end", "1")):
        card = f'[[cards]]\nkind = "title"\nplace = "{place}"\nseconds = {seconds}\n'
        text = f'name = "Region {name}"\ncountries = ["AQ"]\n{card}'
        (workplace.presets / "regions" / f"{name}.toml").write_text(text)
    describe(workplace, 'file = "silent.mp4"\nfrom = 1\nto = 2\n')
    yield workplace
    if not kept.exists():
        # The ledger knows where another test's film lies.
        shutil.copytree(workplace.home / "store", kept, ignore=shutil.ignore_patterns("ledger*"))


def describe(workplace: Any, added: str, more: str = "") -> None:
    regions = f'[[regions]]\nid = "xa"\n[[regions.added]]\n{added}[[regions]]\nid = "xb"\ntitle = "Cerf-volant"\n'
    workplace.film.with_name("kite.film.toml").write_text(f'title = "Kite"\n{more}{regions}')


def cut(workplace: Any, *regions: str, words: tuple[object, ...] = CUT) -> dict[str, Any]:
    asked = [word for region in regions for word in ("--region", region)]
    ran = workplace.matinee("cut", workplace.film, *words, *asked, "--json")
    assert ran.code == 0, ran.err
    return {one["region"]: one for one in json.loads(ran.out)["films"]}


def clip(document: dict[str, Any], platform: str = "tall") -> Path:
    return Path(document["folder"]) / "clips" / f"h1-{platform}.mp4"


def shown(media: Any, path: Path) -> list[tuple[int, int] | None]:
    """Return which frame of which film is seen; what stands on a card may look like a number of another film."""
    return [one if one and one[0] in (KITE, SILENT) else None for one in media.read_frames(path)]


def pixels(path: Path) -> list[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]


def test_all_regions_show_the_same_body_and_a_shorter_addition_is_followed_by_more_of_it(film: Any, media: Any) -> None:
    documents = cut(film, "xa", "xb")
    for platform in ("tall", "quad"):
        one, other = (shown(media, clip(documents[name], platform)) for name in ("xa", "xb"))
        assert len(one) == len(other) == 4 * RATE
        # Half a second of card, the body, a second of the other film.
        body = one[12 : 12 + 60]
        assert one[:12] == [None] * 12
        start = body[0][1] if body[0] else -1
        assert body == [(KITE, start + number) for number in range(60)]
        assert [frame and frame[0] for frame in one[72:]] == [SILENT] * 24
        # The body, half a second more of it, a second of card.
        assert other == [*((KITE, start + number) for number in range(72)), *[None] * 24]


def test_what_regions_share_is_encoded_once_and_decodes_to_the_same_pictures(film: Any) -> None:
    documents = cut(film, "xa", "xb")
    for platform in ("tall", "quad"):
        of = {
            name: next(one for one in documents[name]["clips"] if one["platform"] == platform) for name in ("xa", "xb")
        }
        keys = {name: _picture_keys(one) for name, one in of.items()}
        shared = set(keys["xa"]) & set(keys["xb"])
        assert len(keys["xa"]) == 3 and len(keys["xb"]) == 2 and len(shared) == 1
        found = Store(film.home / "store").find(shared.pop())
        assert found is not None
        piece = pixels(found.path)
        assert len(piece) == 60
        for name, first in (("xa", 12), ("xb", 0)):
            joined = pixels(clip(documents[name], platform))[first : first + 60]
            assert all(np.array_equal(one, other) for one, other in zip(piece, joined, strict=True))


def _picture_keys(told: dict[str, Any]) -> list[str]:
    return [key for name, key in told["keys"].items() if name.partition(" ")[0] == "picture"]


def test_picture_and_sound_stay_together_over_joins(film: Any, media: Any) -> None:
    documents = cut(film, "xa", "xb")
    for name, sounding in (("xa", range(12, 72)), ("xb", range(72))):
        path = clip(documents[name])
        with av.open(str(path)) as container:
            times = [frame.pts * frame.time_base for frame in container.decode(video=0)]
        assert times == [Fraction(number, RATE) for number in range(4 * RATE)]
        level = media.read_level(path, rate=Fraction(RATE))
        heard = [number for number, one in enumerate(level) if one > 0.01]
        assert heard[0] - sounding[0] in (0, 1) and sounding[-1] - heard[-1] in (0, 1), (
            "the card and the film are silent"
        )


def test_one_region_alone_and_then_another_share_as_if_they_were_cut_together(film: Any) -> None:
    alone, then = cut(film, "xa")["xa"], cut(film, "xb")["xb"]
    keys = [set(_picture_keys(one["clips"][0])) for one in (alone, then)]
    assert len(keys[0] & keys[1]) == 1
    again = cut(film, "xb", "xa")
    assert all(one["made"] == "reused" for document in again.values() for one in document["clips"])
    ran = film.matinee("cut", film.film, *CUT, "--region", "xa", "--region", "xb", "--dry-run")
    assert "Nothing to make" in ran.err and "h1: xa: 2 of 3 pieces its own, 62 % of the pictures shared" in ran.err


def test_each_region_has_a_folder_and_all_of_them_one_for_framing_and_a_picture(film: Any) -> None:
    documents = cut(film, "xa", "xb")
    regions = film.out() / "regions"
    assert {path.name for path in regions.iterdir()} == {
        *("xa", "xb", "framing", "clips.png", "contact-sheet.jpg", "scores.png"),
    }
    assert {path.name for path in (regions / "framing").iterdir()} == {
        f"h1-{platform}{suffix}" for platform in ("tall", "quad") for suffix in (".framing.json", ".jpg", ".mp4")
    }
    assert documents["xa"]["clips"][0]["framing"].startswith("../framing/h1-")
    parts = json.loads((regions / "xa" / "highlights" / "h1.edit.json").read_text())["parts"]
    assert [part["kind"] for part in parts] == ["card", "span", "span"]
    ran = film.matinee("cut", regions / "xa" / "highlights" / "h1.edit.json", *CUT, "--json")
    assert ran.code == 0, ran.err
    # The same edit, cut again by itself, shows and sounds the same, though its picture is one piece.
    again = clip(json.loads(ran.out)["films"][0]).with_name("h1-tall.mp4")
    assert len(pixels(again)) == 4 * RATE


def test_a_window_that_somebody_moved_moves_in_every_region(film: Any) -> None:
    before = cut(film, "xa", "xb")
    path = film.out() / "regions" / "framing" / "h1-tall.framing.json"
    document = json.loads(path.read_text())
    for shot in document["parts"][0]["shots"]:
        shot["windows"][0]["keyframes"] = [{"frame": shot["frames"][0], "left_px": 0, "top_px": 0}]
    path.write_text(json.dumps(document))
    after = cut(film, "xa", "xb")
    for name in ("xa", "xb"):
        old, new = (_picture_keys(next(one for one in each[name]["clips"] if one["platform"] == "tall"))
                    for each in (before, after))  # fmt: skip
        assert old != new and len(old) == len(new)
        told = " ".join(after[name]["notes"])
        assert "h1-tall is framed as" in told
    assert json.loads(path.read_text()) == document, "it is theirs"


def test_where_regions_draw_other_captions_pictures_are_their_own_and_the_run_says_so(film: Any) -> None:
    for region, language, line in (("xa", "en", "A kite"), ("xb", "fr", "Un cerf-volant")):
        path = film.presets / "regions" / f"{region}.toml"
        path.write_text(f'subtitle_language = "{language}"\n' + path.read_text())
        film.film.with_suffix(f".{language}.srt").write_text(f"1\n00:00:00,500 --> 00:00:11,000\n{line}\n")
    words = (*CUT[:2], "--style", "house", *CUT[4:])
    documents = cut(film, "xa", "xb", words=words)
    keys = [{key for one in documents[name]["clips"] for key in _picture_keys(one)} for name in ("xa", "xb")]
    assert keys[0].isdisjoint(keys[1])
    for name in ("xa", "xb"):
        assert any("share those pictures where it is the same alone" in note for note in documents[name]["notes"])
        assert len(pixels(clip(documents[name]))) == 4 * RATE
    file = 'subtitles = "file"\n'
    for name in ("xa", "xb"):
        path = film.presets / "regions" / f"{name}.toml"
        path.write_text(file + path.read_text())
    documents = cut(film, "xa", "xb", words=words)
    assert all(len(_picture_keys(one)) > 1 for one in documents["xa"]["clips"])
    assert clip(documents["xa"]).with_suffix(".srt").is_file()


def test_a_legal_line_stands_in_the_picture_all_the_time_below_captions(film: Any) -> None:
    film.film.with_suffix(".srt").write_text("1\n00:00:00,000 --> 00:00:12,000\nA kite\n")
    path = film.presets / "regions" / "xb.toml"
    path.write_text('legal_line = "Law"\nlegal_line_on = "picture"\n' + path.read_text())
    bare, lined = (
        pixels(clip(cut(film, "xb", words=(*CUT[:2], "--style", style, *CUT[4:]))["xb"]))
        for style in ("plain", "house")
    )
    path.write_text(path.read_text().replace('"picture"\n', '"cards"\n', 1))
    without = pixels(clip(cut(film, "xb")["xb"]))
    height = without[0].shape[0] * 2 // 3
    # All of the film; the card after it, which has the line without it, differs as well.
    for one, other in zip(bare[: 3 * RATE], without[: 3 * RATE], strict=True):
        rows = np.nonzero((np.abs(one[:height].astype(int) - other[:height]) > 60).any(axis=1))[0]
        assert len(rows) and rows.min() > height * 3 // 4, "low in the picture, and nowhere else"
    # With captions there is more, above it.
    first = [np.nonzero((np.abs(one[12][:height].astype(int) - without[12][:height]) > 60).any(axis=1))[0].min()
             for one in (bare, lined)]  # fmt: skip
    assert first[1] < first[0]


def test_what_a_region_removes_is_chosen_for_none_but_what_a_person_locked_is_cut(film: Any, media: Any) -> None:
    first = cut(film, "xa", "xb")["xb"]["highlights"][0]["parts"][0]["frames"]
    describe(film, 'file = "silent.mp4"\n', "")
    toml = film.film.with_name("kite.film.toml")
    gone = f"[[regions.removed]]\nfrom = {first[0] / RATE}\nto = {first[1] / RATE}\n"
    describe(film, 'file = "silent.mp4"\nfrom = 1\nto = 2\n' + gone)
    frames = shown(media, clip(cut(film, "xa", "xb")["xb"]))
    assert not {(KITE, number) for number in range(*first)} & set(frames)
    locked = f"[[locked]]\nfrom = {first[0] / RATE}\nto = {first[1] / RATE + 1}\n"
    toml.write_text(toml.read_text().replace("[[regions]]", f"{locked}[[regions]]", 1))
    documents = cut(film, "xa", "xb")
    seen = shown(media, clip(documents["xa"]))
    assert [one for one in seen if one and one[0] == KITE] == [(KITE, first[1] + number) for number in range(24)]
    whole = shown(media, clip(documents["xb"]))
    assert whole[: first[1] - first[0] + 24] == [(KITE, number) for number in range(first[0], first[1] + 24)]


def test_what_must_always_be_used_and_a_region_changes_is_told(film: Any) -> None:
    describe(film, 'file = "silent.mp4"\nto = 1\n[[regions.removed]]\nfrom = 8\nto = 9\n')
    toml = film.film.with_name("kite.film.toml")
    toml.write_text(toml.read_text().replace("[[regions]]", "[[always]]\nfrom = 6\nto = 10\n[[regions]]", 1))
    ran = film.matinee("cut", film.film, *CUT, "--region", "xb", "--dry-run")
    told = (
        "xa changes some of 0:06–0:10, which film.toml says must always be used: no clip for any region shows what it"
    )
    assert ran.code == 0 and told in ran.err
    toml.write_text(toml.read_text().replace("from = 6\nto = 10", "from = 1\nto = 3"))
    assert "must always be used" not in film.matinee("cut", film.film, *CUT, "--region", "xb", "--dry-run").err


def test_a_picture_for_a_card_that_a_region_does_not_have_is_told(film: Any) -> None:
    describe(film, 'file = "silent.mp4"\nto = 1\n')
    Image.new("RGB", (64, 64), "#c02020").save(film.films / "card.png")
    toml = film.film.with_name("kite.film.toml")
    cards = 'id = "xa"\ntitle_card = "card.png"\nrating_card = "card.png"'
    toml.write_text(toml.read_text().replace('id = "xa"', cards))
    told = (
        "xa: rating_card in film.toml is not shown, since there is no rating card: ask for one under [[cards]] in the"
    )
    for words in (("cut", film.film, *CUT), ("package", film.film)):
        ran = film.matinee(*words, "--region", "xa", "--dry-run")
        assert ran.code == 0 and told in " ".join(ran.err.split()), ran.err
        assert "title_card in film.toml" not in ran.err


def test_what_a_region_removes_it_or_another_may_add_and_an_edit_by_hand_may_use(film: Any, media: Any) -> None:
    describe(film, "from = 10\nto = 11\n[[regions.removed]]\nfrom = 10\nto = 12\n")
    last = shown(media, clip(cut(film, "xa", words=(*CUT[:6], "--platform", "tall"))["xa"]))[-RATE:]
    assert last == [(KITE, number) for number in range(10 * RATE, 11 * RATE)]
    describe(film, 'file = "silent.mp4"\nto = 0.5\n')
    ran = film.matinee("cut", film.film, *CUT[:6], "--platform", "tall", "--json")
    assert ran.code == 0, ran.err
    edit = film.out() / "highlights" / "h1.edit.json"
    (first, end) = json.loads(edit.read_text())["parts"][0]["frames"]
    gone = f"[[regions.removed]]\nfrom = {first / RATE + 1}\nto = {first / RATE + 2}\n"
    describe(film, f'file = "silent.mp4"\nto = 0.5\n{gone}')
    ran = film.matinee("cut", edit, *CUT[:6], "--platform", "tall", "--region", "xa", "--json")
    assert ran.code == 0, ran.err
    seen = shown(media, clip(json.loads(ran.out)["films"][0]))
    numbers = [*range(first, first + RATE), *range(first + 2 * RATE, end)]
    assert [one for one in seen if one and one[0] == KITE] == [(KITE, number) for number in numbers]


def test_rejecting_the_highlight_of_a_regions_clip_rejects_what_was_chosen_and_not_what_was_added(film: Any) -> None:
    describe(film, 'file = "silent.mp4"\nplace = "start"\nfrom = 1\nto = 2\n')
    document = cut(film, "xa")["xa"]
    (highlight,) = document["highlights"]
    (chosen,) = highlight["chosen"]
    assert highlight["hook"]["frames"][0] == chosen["frames"][0], "of the film, though another comes first"
    ran = film.matinee("reject", clip(document), "--highlight", "--note", "no")
    assert ran.code == 0, ran.err
    rejected = tomllib.loads((film.home / "projects" / "kite" / "film.toml").read_text())["rejected"]
    assert [(one["from"], one["to"]) for one in rejected] == [tuple(chosen["timecode"])]
    assert cut(film, "xa")["xa"]["highlights"][0]["chosen"] != [chosen]


def test_a_film_of_twice_a_platforms_rate_is_joined_from_whole_frames_of_that(film: Any, media: Any) -> None:
    path = film.films / "sixty.mp4"
    make_film(path, film=KITE, size=(256, 144), fps=60, seconds=8, shot_s=2, tone=True)
    # Regions differ by an odd number of the film's frames: half a frame of the platform.
    (film.films / "sixty.film.toml").write_text(
        'title = "Kite"\n[[regions]]\nid = "xa"\n[[regions.added]]\nfile = "silent.mp4"\nfrom = 1\nto = 1.65\n'
    )
    ran = film.matinee("cut", path, *CUT[:6], "--platform", "tall", "--region", "xa", "--region", "xb", "--json")
    assert ran.code == 0, ran.err
    for document in json.loads(ran.out)["films"]:
        frames = shown(media, clip(document))
        assert len(frames) == 4 * 30
        body = [number for one in frames if one and one[0] == KITE for number in [one[1]]]
        assert body == list(range(body[0], body[-1] + 1, 2)) and len(body) >= 2 * 30


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ('file = "silent.mp4"\n', "xa puts 6.5 s around clips of 4 s, which leaves the film less than half of them"),
        ('file = "silent.mp4"\nfrom = 9\n', "the file ends at 0:06"),
        ('file = "silent.mp4"\nfrom = 3\nto = 2\n', "it should be after from"),
        ('file = "kite.film.toml"\n', "kite.film.toml"),
        ("from = 1\n", "a table of file, or of from and to"),
    ],
)
def test_a_region_that_adds_what_cannot_be_is_told_and_nothing_is_made(film: Any, added: str, told: str) -> None:
    describe(film, added)
    ran = film.matinee("cut", film.film, *CUT, "--region", "xb")
    assert ran.code == 2 and told in " ".join(ran.err.split()), ran.err
    assert not (film.out() / "regions").exists()


NEVER = "[[never]]\nfrom = 0\nto = 3\n"
LOCKED = "[[locked]]\nfrom = 4\nto = 6\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'[[regions]]\nid = "xa"\n[[regions.added]]\nfile = "{"a" * 300}"\n', "aaa…; there is no such file in"),
        (f'[[regions]]\nid = "xa"\ntitle_card = "{"a" * 300}.png"\n', "aaa…; there is no such file in"),
        (f'[[regions]]\nid = "{"x" * 300}"\n', f"id is \"{'x' * 76}…; there is no preset '{'x' * 60}…' in regions"),
        ('[[regions]]\nid = "xc"\n', "kite.film.toml: the first [[regions]], id is \"xc\"; there is no preset 'xc'"),
        ('[[regions]]\nid = "xa"\n[[regions.added]]\nfile = "no.mp4"\n', "films/kite.film.toml: the first [[regions]]"),
        (f'{NEVER}[[regions]]\nid = "xa"\n[[regions.replaced]]\nfrom = 8\nto = 9\nfile = "kite.mp4"\n',
         "xa shows some of 0:00–0:03 of kite.mp4, which its film.toml says must never be shown"),
        (f'{LOCKED}[[regions]]\nid = "xa"\ntitle = "Kite"\n[[regions.removed]]\nfrom = 2\nto = 8\n',
         "xa is left nothing of h1, which a person cut"),
        (f'{LOCKED}[[regions]]\nid = "xa"\n[[regions.replaced]]\nfrom = 2\nto = 8\nfile = "silent.mp4"\nfile_to = 1\n',
         "xa is left nothing of h1"),
        (f'[[regions]]\nid = "xa"\nlegal_line = "{"word " * 40}"\nlegal_line_on = "picture"\n',
         "the legal line is too long to stand in a picture of 144×256 all the time"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_followed_is_told_by_the_file_that_holds_it(film: Any, text: str, told: str) -> None:
    film.film.with_name("kite.film.toml").write_text(text)
    ran = film.matinee("cut", film.film, *CUT[:6], "--platform", "tall", "--region", "xa", "--region", "xb")
    assert ran.code == 2 and told in " ".join(ran.err.split()), ran.err
    assert not (film.out() / "regions").exists()
