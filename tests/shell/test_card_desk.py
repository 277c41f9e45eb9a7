"""Codes on end cards that say where viewers come from: read off clips, counted by the report, cheap to make."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.edit import Card, Edit
from pipeline.errors import PlanError
from pipeline.film import Film
from pipeline.graph import CardSheet
from pipeline.plan.campaigns import Campaign, campaign_of
from pipeline.plan.layout import Canvas
from pipeline.plan.streams import PictureStream
from pipeline.presets import load_style
from pipeline.shell.card_desk import CardDesk, card_desk
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate
from tests.numbered_films import make_film

LINK = "https://example.org/kite"
FILM = f'title = "The Red Kite"\nlink = "{LINK}"\ncall_to_action = "See it"\n'
STYLE = '[[cards]]\nkind = "end"\nplace = "end"\nseconds = {seconds}\n'
CUT = ("--highlights", "six", "--count", 1, "--platform", "upright", "--platform", "upright-too")
RATE = 24


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the store of the first test is kept for the others: most of them cut the same clips."""
    return tmp_path_factory.mktemp("campaigns") / "store"


@pytest.fixture
def film(workplace: Any, kept: Path) -> Iterator[Any]:
    """Return a workplace with clips of six seconds that end on a card, and two platforms that share a picture."""
    if kept.exists():
        shutil.rmtree(workplace.home / "store")
        shutil.copytree(kept, workplace.home / "store")
    short = (workplace.presets / "highlights" / "short.toml").read_text()
    (workplace.presets / "highlights" / "six.toml").write_text(short.replace("seconds = 2", "seconds = 6"))
    tall = (workplace.presets / "platforms" / "tall.toml").read_text()
    for name in ("upright", "upright-too"):
        text = tall.replace("prefer = 144,", "prefer = 360,").replace("prefer = 256,", "prefer = 640,")
        (workplace.presets / "platforms" / f"{name}.toml").write_text(text)
    (workplace.presets / "styles").mkdir()
    for name, seconds in (("even", 2), ("odd", 1)):
        text = f'name = "Ends on a card"\n{STYLE.format(seconds=seconds)}[captions]\nshow = "picture"\n'
        (workplace.presets / "styles" / f"{name}.toml").write_text(text)
    describe(workplace)
    yield workplace
    if not kept.exists():
        # The ledger knows where another test's film lies.
        shutil.copytree(workplace.home / "store", kept, ignore=shutil.ignore_patterns("ledger*"))


def describe(workplace: Any, more: str = "") -> None:
    workplace.film.with_name("kite.film.toml").write_text(FILM + more)


def cut(workplace: Any, *words: object, style: str = "even") -> list[dict[str, Any]]:
    """Cut, and return the documents: one, or one for each region."""
    ran = workplace.matinee("cut", workplace.film, *CUT, "--style", style, *words, "--json")
    assert ran.code == 0, ran.err
    return list(json.loads(ran.out)["films"])


def clip(document: dict[str, Any], platform: str) -> dict[str, Any]:
    return next(one for one in document["clips"] if one["platform"] == platform)


def file_of(document: dict[str, Any], platform: str) -> Path:
    return Path(document["folder"]) / clip(document, platform)["file"]


def pictures(path: Path) -> list[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def scanned(path: Path) -> str:
    """Return what a phone reads off the last picture of a clip."""
    import cv2

    detectors: tuple[Any, ...] = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    last = pictures(path)[-1]
    return next((found for one in detectors if (found := one.detectAndDecode(last)[0])), "")


def picture_keys(told: dict[str, Any]) -> list[str]:
    return [key for name, key in told["keys"].items() if name.partition(" ")[0] == "picture"]


def encoded(workplace: Any) -> dict[str, int]:
    """Return how many frames each picture in the store has, by its key."""
    receipts = [json.loads(path.read_text()) for path in (workplace.home / "store").glob("*/*/receipt.json")]
    return {one["key"]: one["frames"] for one in receipts if one["made_by"] == "picture"}


def test_who_scans_the_code_of_a_clip_is_counted_for_it(film: Any, media: Any, tmp_path: Path) -> None:
    (document,) = cut(film, "--event", "malaga-26")
    lines = []
    for number, platform in enumerate(("upright", "upright-too")):
        path = file_of(document, platform)
        address = scanned(path)
        assert address == f"{LINK}?c=the-red-kite.h1.{platform}..malaga-26"
        assert clip(document, platform)["links"] == [address]
        query = address.partition("?")[2]
        lines.append(f'192.0.2.{number} - - [04/Dec/2026:20:00:0{number} +0100] "GET /red-kite.m3u8?{query} HTTP/1.1" ')
        shown = [one for one in media.read_frames(path) if one and one[0] == 1]
        assert len(pictures(path)) == 6 * RATE and len(shown) == 4 * RATE
        assert [frame for _, frame in shown] == list(range(shown[0][1], shown[0][1] + 4 * RATE))
    log = tmp_path / "access.log"
    log.write_text("".join(f'{line}200 512 "-" "P"\n' for line in lines))
    ran = film.matinee("drop", "report", log, "--json")
    assert ran.code == 0, ran.err
    counted = {code: one["starts"] for code, one in json.loads(ran.out)["campaigns"].items()}
    assert counted == {"the-red-kite.h1.upright..malaga-26": 1, "the-red-kite.h1.upright-too..malaga-26": 1}


def test_the_film_is_encoded_once_for_all_platforms_and_events_and_only_the_card_for_each(film: Any) -> None:
    (document,) = cut(film, "--event", "malaga-26")
    first = {name: picture_keys(clip(document, name)) for name in ("upright", "upright-too")}
    assert first["upright"][0] == first["upright-too"][0] and first["upright"][1] != first["upright-too"][1]
    before = encoded(film)
    assert [before[key] for key in first["upright"]] == [4 * RATE, 2 * RATE]
    (document,) = cut(film, "--event", "toronto-26")
    new = {key: frames for key, frames in encoded(film).items() if key not in before}
    assert list(new.values()) == [2 * RATE] * 2
    assert {picture_keys(one)[0] for one in document["clips"]} == {first["upright"][0]}
    (again,) = cut(film, "--event", "malaga-26")
    assert {one["made"] for one in again["clips"]} == {"reused"}


def test_regions_say_theirs_and_share_the_film_with_each_other_and_with_all_platforms(film: Any) -> None:
    (film.presets / "regions").mkdir()
    for name in ("xa", "xb"):
        (film.presets / "regions" / f"{name}.toml").write_text(f'name = "{name}"\ncountries = ["AQ"]\n')
    describe(film, '[[regions]]\nid = "xb"\nlink = "https://example.org/xb"\n')
    before = encoded(film)
    documents = cut(film, "--region", "xa", "--region", "xb")
    new = [frames for key, frames in encoded(film).items() if key not in before]
    assert sorted(new)[:4] == [2 * RATE] * 4 and len(new) <= 5
    for document, link in zip(documents, (LINK, "https://example.org/xb"), strict=True):
        for platform in ("upright", "upright-too"):
            address = f"{link}?c=the-red-kite.h1.{platform}.{document['region']}"
            assert scanned(file_of(document, platform)) == address
    bodies = {picture_keys(one)[0] for document in documents for one in document["clips"]}
    assert len(bodies) == 1
    told = film.matinee("cut", film.film, *CUT, "--style", "even", "--region", "xa", "--dry-run").err
    assert "h1: xa: 1 of 2 pieces its own, 66 % of the pictures shared" in told


def test_a_clip_shows_the_same_whether_or_not_its_card_is_apart(film: Any) -> None:
    """Five seconds of film are two groups and a half: the half goes with the card, with the captions over it."""
    srt = "".join(f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nWind {n}{'!' * n}\n\n" for n in range(12))
    film.film.with_suffix(".en.srt").write_text(srt)
    shown = {}
    for wish in ("true", "false"):
        describe(film, f"campaign = {wish}\n")
        (document,) = cut(film, style="odd")
        path = file_of(document, "upright")
        frames = [encoded(film)[key] for key in picture_keys(clip(document, "upright"))]
        assert frames == ([4 * RATE, 2 * RATE] if wish == "true" else [6 * RATE])
        assert scanned(path) == (f"{LINK}?c=the-red-kite.h1.upright" if wish == "true" else LINK)
        shown[wish] = pictures(path)[: 5 * RATE]
    assert len({picture_keys(one)[0] for one in document["clips"]}) == 1, "without a campaign it is one picture"
    parted, whole = (np.stack(list(map(coarse, shown[wish]))) for wish in ("true", "false"))
    assert np.abs(parted - whole).max() < 16, "two encodes of the same pictures"
    a_second_on = np.abs(whole[RATE:] - whole[:-RATE]).max(axis=(1, 2, 3))
    assert a_second_on.min() > 48, "and each second has a caption of its own"


def test_a_film_of_twice_a_platforms_rate_goes_on_where_its_card_is_parted_from_it(film: Any, media: Any) -> None:
    path = film.films / "sixty.mp4"
    make_film(path, film=1, size=(256, 144), fps=60, seconds=8, shot_s=2, tone=True)
    path.with_name("sixty.film.toml").write_text(FILM)
    ran = film.matinee("cut", path, *CUT[:6], "--style", "odd", "--json")
    assert ran.code == 0, ran.err
    (document,) = json.loads(ran.out)["films"]
    assert [encoded(film)[key] for key in picture_keys(document["clips"][0])] == [4 * 30, 2 * 30]
    frames = media.read_frames(file_of(document, "upright"))
    assert len(frames) == 6 * 30
    numbers = [one[1] for one in frames[: 5 * 30] if one and one[0] == 1]
    assert numbers == list(range(numbers[0], numbers[0] + 5 * 60, 2))


def coarse(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a picture's lower half, where captions stand and no number of a frame does, in blocks of 8×8 pixels."""
    rows, columns = picture.shape[0] // 16, picture.shape[1] // 8
    lower = picture[-rows * 8 :, : columns * 8].astype(float)
    return lower.reshape(rows, 8, columns, 8, 3).mean(axis=(1, 3))


def test_an_event_in_film_toml_is_said_unless_the_command_says_another_or_none(film: Any) -> None:
    describe(film, 'event = "locarno-26"\n')
    for words, event in (((), "..locarno-26"), (("--event", "malaga-26"), "..malaga-26"), (("--event", ""), "")):
        (document,) = cut(film, *words, "--platform", "upright")
        assert clip(document, "upright")["links"] == [f"{LINK}?c=the-red-kite.h1.upright{event}"]


@pytest.mark.parametrize("event", ["Málaga", "a" * 41, "-a", "a b", "a.b", "a&c=d"])
def test_an_event_that_no_address_can_say_is_refused(film: Any, event: str) -> None:
    ran = film.matinee("cut", film.film, *CUT, "--event", event)
    assert ran.code == 2 and "up to 40 small letters, digits and hyphens" in ran.err and not film.out().exists()
    describe(film, f"event = {json.dumps(event)}\n")
    ran = film.matinee("cut", film.film, *CUT)
    assert ran.code == 2 and "kite.film.toml: event is" in ran.err and "such as 'malaga-26'" in ran.err


def test_a_run_tells_of_the_codes_and_of_an_address_that_bears_none(film: Any) -> None:
    ran = film.matinee("cut", film.film, *CUT, "--style", "even", "--dry-run")
    told = "QR codes say where viewers come from, such as "
    assert f"{told}{LINK}?c=the-red-kite.h1.upright for h1-upright" in ran.err
    film.film.with_name("kite.film.toml").write_text(FILM.replace(LINK, f"{LINK}?id=3&c=12"))
    ran = film.matinee("cut", film.film, *CUT, "--style", "even", "--dry-run")
    assert f"The QR code to {LINK}?id=3&c=12 says no campaign: its query has a c already." in ran.err
    assert told not in ran.err


@pytest.fixture
def desk(workplace: Any) -> CardDesk:
    """Return a desk on which the cards of one edit are planned."""
    found = card_desk(
        load_style("house"), Film(), [Edit("e", (end_card(LINK),))],
        store=Store(workplace.home / "store"), fonts=workplace.home / "store" / "fonts",
    )  # fmt: skip
    assert found is not None
    return found


def end_card(link: str) -> Card:
    return Card(("The Red Kite", "See it"), Fraction(3), "end", link)


def test_an_address_that_only_a_denser_code_could_hold_stays_and_is_told(desk: CardDesk) -> None:
    stream = PictureStream(180, 320, FrameRate(Fraction(RATE)), 48, 2, None, None, "crop", Fraction(1))
    sheet = desk.sheet(stream, Canvas(180, 320, ()))
    campaign = Campaign("the-red-kite", "h1", "upright", "de", "malaga-26")
    found = {length: said_on(desk, sheet, f"https://example.org/{'a' * length}", campaign) for length in (10, 80)}
    assert campaign_of(found[10][0]) == campaign and not found[10][1]
    assert found[80][0] == f"https://example.org/{'a' * 80}"
    (told,) = found[80][1]
    assert re.fullmatch(r"The QR code to https://example\.org/a{40}… says no campaign: .* no phone could scan .*", told)
    with pytest.raises(PlanError, match="no phone could scan"):
        said_on(desk, sheet, f"https://example.org/{'a' * 200}", campaign)


def said_on(desk: CardDesk, sheet: CardSheet, link: str, campaign: Campaign) -> tuple[str, tuple[str, ...]]:
    """Return which address a card says for another one, and what is told of it."""
    found = desk.links(Edit("e", (end_card(link),)), sheet, campaign)
    return found.told[link], found.notes


def test_an_address_of_the_most_letters_stays_as_it_is_and_is_told(desk: CardDesk) -> None:
    stream = PictureStream(1080, 1920, FrameRate(Fraction(RATE)), 48, 2, None, None, "crop", Fraction(1))
    sheet = desk.sheet(stream, Canvas(1080, 1920, ()))
    link = f"https://example.org/{'a' * 480}"
    address, (told,) = said_on(desk, sheet, link, Campaign("the-red-kite", "h1", "upright"))
    assert address == link and "at most 500 are allowed" in told
