"""`matinee package --region`: which frames each region sees, what it shares with the film, and how it is told."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from pipeline.shell.cards import is_scannable
from tests.numbered_films import make_film

from .conftest import LONG, Package, Plant, seconds_of, shown

RATE = 24
BONUS = 2
"""The number that the frames of the added film carry."""


def write_film(plant: Plant, text: str) -> None:
    (plant.films / "long.film.toml").write_text(f'title = "Long"\nlanguage = "en"\n{text}')


def package(plant: Plant, *regions: str) -> list[tuple[Package, dict[str, Any]]]:
    words = [word for region in regions for word in ("--region", region)]
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--json", *words)
    assert ran.code == 0, ran.err
    documents = json.loads(ran.out)["packages"]
    return [(Package(Path(one["folder"]), plant.scratch / one["region"]), one) for one in documents]


def pictures(one: Package, media: Any) -> list[list[tuple[int, int] | None]]:
    """Return what the largest rendition shows, section by section; all renditions are cut at the same times."""
    opened = [one.open(uri) for uri in sorted(variant.uri for variant in one.master.variants)]
    cuts = [
        [n for n, each in enumerate(rendition.playlist.segments) if each.follows_discontinuity] for rendition in opened
    ]
    assert len({tuple(each) for each in cuts}) == 1
    for sound in one.master.renditions:
        if sound.type == "AUDIO":
            heard = one.open(sound.uri or "").playlist
            assert [n for n, each in enumerate(heard.segments) if each.follows_discontinuity] == cuts[0]
            assert abs(seconds_of(heard) - seconds_of(opened[0].playlist)) < Fraction(1024, 48000) * 2
    return [media.read_shown(section, Fraction(RATE)) for section in opened[0].sections]


@pytest.fixture
def varied(plant: Plant) -> Plant:
    make_film(plant.films / "bonus.mp4", film=BONUS, size=(256, 144), fps=25, seconds=2, shot_s=2, tone=False)
    write_film(
        plant,
        """
        [[regions]]
        id = "de"
        title = "Lang"
        rating = "FSK 6"
        [[regions.removed]]
        from = 40
        to = 43
        [[regions.added]]
        file = "bonus.mp4"
        [[regions]]
        id = "fr"
        [[regions.replaced]]
        from = "00:00:20:00"
        to = "00:00:22:00"
        card = ["Coupé"]
        """,
    )
    return plant


def test_each_region_shows_its_cut_and_the_films_own_segments_for_the_rest(varied: Plant, media: Any) -> None:
    whole = varied.package(varied.film)
    (german, told), (french, _) = package(varied, "de", "fr")
    assert german.conformance["conforms"] and french.conformance["conforms"]
    sections = pictures(german, media)
    frames = [frame for section in sections for frame in section]
    # Three seconds of title, two of rating, the film without three seconds, two seconds of bonus at the film's rate.
    assert frames[: 5 * RATE] == [None] * (5 * RATE)
    film = [*shown(LONG, 0, 40 * RATE), *shown(LONG, 43 * RATE, 75 * RATE)]
    assert frames[5 * RATE : 5 * RATE + len(film)] == film
    bonus = frames[5 * RATE + len(film) :]
    assert len(bonus) == 2 * RATE and {frame and frame[0] for frame in bonus} == {BONUS}
    assert told["folder"].endswith("regions/de/hls")
    seen = [frame for section in pictures(french, media) for frame in section]
    title = 3 * RATE
    assert seen[title:] == [*shown(LONG, 0, 20 * RATE), *[None] * (2 * RATE), *shown(LONG, 22 * RATE, 75 * RATE)]
    assert_shared(whole, german, own_at_most=2 + 2 + 1)
    assert_shared(whole, french, own_at_most=2 + 3)


def test_what_follows_a_change_between_two_frames_is_the_films_own_to_its_end(plant: Plant, media: Any) -> None:
    make_film(plant.films / "bonus.mp4", film=BONUS, size=(256, 144), fps=25, seconds=2, shot_s=2, tone=False)
    instead = "[[regions.replaced]]\nfrom = 20.01\nto = 22.02\nfile = 'bonus.mp4'\nfile_to = 1.96\n"
    write_film(plant, f'[[regions]]\nid = "de"\n[[regions.removed]]\nfrom = 40.013\nto = 40.06\n{instead}')
    ((german, told),) = package(plant, "de")
    # Its title in two, and six seconds around each change.
    assert told["variant"].startswith("de: 4 of 15 segments its own"), told["variant"]
    frames = [frame for section in pictures(german, media) for frame in section][3 * RATE :]
    assert frames[: 20 * RATE] == shown(LONG, 0, 20 * RATE)
    rest = [*shown(LONG, 22 * RATE, 40 * RATE), *shown(LONG, 40 * RATE + 1, 75 * RATE)]
    assert frames[-len(rest) :] == rest and len(frames) == 20 * RATE + 47 + len(rest)


def assert_shared(whole: Package, variant: Package, *, own_at_most: int) -> None:
    """Assert that a variant has few segments of its own, by name, which are its bytes, in every rendition."""
    for kind in ("variants", "renditions"):
        for ours in getattr(variant.master, kind):
            alike = [one for one in getattr(whole.master, kind) if _name(one.uri) == _name(ours.uri)]
            known = {uri for one in alike for uri in whole.open(one.uri).uris}
            own = [uri for uri in variant.open(ours.uri).uris if uri not in known]
            assert 0 < len(own) <= own_at_most, (ours.uri, own)


def _name(uri: str | None) -> str:
    return (uri or "").rpartition("-")[0]


def test_the_run_says_how_much_is_shared_and_how_what_was_added_is_conformed(varied: Plant) -> None:
    (_, german), (_, french) = package(varied, "de", "fr")
    # The card in two, the seconds between the last and the first whole segments around the cut, the bonus.
    assert german["variant"] == ("de: 5 of 16 segments its own, 79 % of the pictures shared, 16.0 s encoded for it"), (
        german["variant"]
    )
    assert french["variant"].startswith("fr: ")
    ran = varied.matinee("package", varied.film, "--ladder", "small", "--region", "de")
    told = " ".join(ran.out.split())
    assert german["variant"] in told
    conformed = "25/1 instead of 24/1 frames per second, no sound instead of 2 channels"
    assert f"de: bonus.mp4 is conformed to the film: {conformed}." in told


def test_a_second_run_and_a_region_that_changes_nothing_encode_nothing(varied: Plant) -> None:
    package(varied, "de", "fr")
    again = package(varied, "fr", "de")
    assert all(one["new_segments"] == 0 for _, one in again)
    write_film(varied, "")
    ran = varied.matinee("package", varied.film, "--ladder", "small", "--region", "jp", "--dry-run")
    assert ran.code == 0 and "would make" in ran.err  # its title card
    (varied.presets / "regions").mkdir()
    (varied.presets / "regions" / "bare.toml").write_text('name = "Bare"\ncountries = ["AQ"]\n')
    ((bare, told),) = package(varied, "bare")
    assert told["variant"] == "bare: 0 of 13 segments its own, 100 % of the pictures shared, 0.0 s encoded for it"
    assert told["new_segments"] == 0 and bare.folder.parts[-2] == "bare"


def test_a_region_hears_and_reads_its_own_language_first(plant: Plant) -> None:
    write_film(plant, '[[regions]]\nid = "es"\nloudness_lufs = -23\n')
    (plant.films / "long.es.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHola\n", "utf-8")
    (plant.films / "long.en.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHello\n", "utf-8")
    ((spanish, _),) = package(plant, "es")
    texts = {one.language: one for one in spanish.master.renditions if one.type == "SUBTITLES"}
    assert {tag: one.is_default for tag, one in texts.items()} == {"es": True, "en": False}
    everywhere = plant.package(plant.film)
    assert not any(one.is_default for one in everywhere.master.renditions if one.type == "SUBTITLES")
    quieter, usual = (
        {uri for one in each.master.renditions if one.type == "AUDIO" for uri in each.open(one.uri or "").uris}
        for each in (spanish, everywhere)
    )
    assert quieter.isdisjoint(usual)
    document = json.loads((spanish.folder / "package.json").read_bytes())
    assert (document["region"], document["film"]) == ("es", "Long")


def test_an_edition_is_called_after_the_film_and_the_region_whatever_it_is_called_there(varied: Plant) -> None:
    ((german, _),) = package(varied, "de")
    target = varied.home / "www"
    ran = varied.matinee("publish", german.folder, "--to", target, "--json")
    assert ran.code == 0, ran.err
    assert (target / "long-de.m3u8").is_file()


def test_a_card_can_be_a_picture(plant: Plant, media: Any) -> None:
    Image.new("RGB", (160, 90), "#c02020").save(plant.films / "title.png")
    # Without a title as well: it says it.
    (plant.films / "long.film.toml").write_text('[[regions]]\nid = "it"\ntitle_card = "title.png"\n')
    ((italian, _),) = package(plant, "it")
    (card, *_) = pictures(italian, media)
    assert card == [None] * (3 * RATE)
    uri = max(variant.uri for variant in italian.master.variants)
    red, green, blue = _middle(italian.open(uri).sections[0])
    assert red > 150 and green < 70 and blue < 70


def test_the_code_on_a_regions_end_card_says_that_viewers_come_from_its_package(plant: Plant) -> None:
    film, size = plant.films / "kite.mp4", "width_px = 640\nheight_px = 360"
    make_film(film, film=1, size=(640, 360), fps=24, seconds=8, shot_s=2, tone=True)
    ladder = (plant.presets / "ladders" / "small.toml").read_text()
    large = ladder.replace("width_px = 256\nheight_px = 144", size)
    (plant.presets / "ladders" / "large.toml").write_text(large)
    (plant.presets / "regions").mkdir()
    card = '[[cards]]\nkind = "end"\nplace = "end"\nseconds = 3\n'
    (plant.presets / "regions" / "xe").with_suffix(".toml").write_text(f'name = "XE"\ncountries = ["AQ"]\n{card}')
    film.with_name("kite.film.toml").write_text('title = "Kite"\nevent = "m-26"\nlink = "https://example.org"\n')
    ran = plant.matinee("package", film, "--ladder", "large", "--region", "xe", "--json")
    assert ran.code == 0, ran.err
    (told,) = json.loads(ran.out)["packages"]
    made = Package(Path(told["folder"]), plant.scratch)
    address = "https://example.org/?c=kite..hls.xe.m-26"
    (uri,) = (one.uri for one in made.master.variants if one.resolution == (640, 360))
    assert is_scannable(_last(made.open(uri).sections[-1]), address)


def _last(path: Path) -> np.ndarray[Any, Any]:
    """Return the last picture of a file, twice as large: phones see small ones from nearby."""
    import cv2

    with av.open(str(path)) as container:
        *_, last = container.decode(video=0)
    return cv2.resize(last.to_ndarray(format="bgr24"), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


def _middle(path: Path) -> tuple[int, int, int]:
    """Return red, green and blue in the middle of a file's first picture."""
    with av.open(str(path)) as container:
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24")
    red, green, blue = map(int, pixels[pixels.shape[0] // 2, pixels.shape[1] // 2])
    return red, green, blue


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[regions]]\nid = "de"\n[[regions.added]]\nfile = "no.mp4"\n',
         r'the first \[\[regions\]\], the first \[\[regions.added\]\], file is "no.mp4"; there is no such file'),
        ('[[regions]]\nid = "de"\n[[regions.removed]]\nfrom = 0\nto = 900\n', "all of the film"),
        ('[[regions]]\nid = "de"\n[[regions.removed]]\nfrom = 100\nto = 120\n', "the film ends at 1:15"),
        ('[[regions]]\nid = "de"\n[[regions.removed]]\nfrom = 9\nto = 8\n', "it should be after from"),
        ('[[regions]]\nid = "de"\nremoved = [{from = 8, to = 20}]\nreplaced = [{from = 10, to = 12, card = ["X"]}]\n',
         "should not overlap what else is removed or replaced"),
        ('[[regions]]\nid = "de"\n[[regions.replaced]]\nfrom = 10\nto = 12\n', "either file .* or card"),
        ('[[regions]]\nid = "de"\n[[regions]]\nid = "de"\n', "each region once; 'de'"),
        ('[[regions]]\nid = "de"\ntitle_card = "long.mp4"\n', "it should be a PNG or JPEG picture"),
        ('[[never]]\nfrom = 60\nto = 70\n[[regions]]\nid = "de"\n[[regions.added]]\nfrom = 65\nto = 68\n',
         "must never be shown"),
        ('[[regions]]\nid = "../x"\n', "regions"),
    ],
)  # fmt: skip
def test_a_region_that_cannot_be_is_told_by_file_and_field_and_nothing_is_made(
    plant: Plant, text: str, told: str
) -> None:
    import re

    write_film(plant, text)
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--region", "de")
    assert ran.code == 2, ran.out
    assert re.search(told, " ".join(ran.err.split())), ran.err
    assert not list((plant.home / "out").rglob("master.m3u8"))


def test_what_cannot_be_for_one_region_is_told_before_there_is_a_package_for_another(plant: Plant) -> None:
    write_film(plant, '[[regions]]\nid = "de"\n[[regions]]\nid = "fr"\ntitle = "\\ufffe"\n')
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--region", "de", "--region", "fr")
    assert ran.code == 2 and "which no font here can show" in ran.err
    assert not list((plant.home / "out").rglob("master.m3u8"))


def test_an_unknown_region_is_refused_before_any_film_is_read(plant: Plant) -> None:
    ran = plant.matinee("package", plant.film, "--region", "dd")
    assert ran.code == 2 and "there is no preset 'dd' in regions (did you mean de?)" in ran.err
    ran = plant.matinee("package", plant.film, "--region", "de", "--region", "fr", "--out", plant.home / "o")
    assert ran.code == 2 and "cannot lie in one folder" in ran.err
