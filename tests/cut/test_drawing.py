"""What a browser is told of a frame of a clip is what the rendered clip shows: picture, captions, card and buttons."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.cut.clips import PlannedClip
from pipeline.cut.plan import FilmPlan, film_of, plan_film
from pipeline.cut.request import CutRequest, analyse
from pipeline.errors import PlanError
from pipeline.film import Film
from pipeline.geometry import Box
from pipeline.plan.drawing import DrawnFrame, drawn_frame, frame_document
from pipeline.shell.proxies import make_proxy
from tests.conftest import Workplace

Pixels = NDArray[np.uint8]
_STYLE = 'name = "Brief"\n[[cards]]\nkind = "title"\nplace = "start"\nseconds = 0.5\n'
_SRT = "1\n00:00:00,000 --> 00:00:12,000\nFly\n"


@dataclass(frozen=True)
class Seen:
    """A clip as it is rendered, as values, and the proxy that these speak of."""

    clip: PlannedClip
    plan: FilmPlan
    rendered: list[Pixels]
    proxy: list[Pixels]

    def drawn(self, frame: int) -> DrawnFrame:
        study = self.plan.subject.main
        return drawn_frame(self.clip.drawing({study.digest: film_of(study, Film())}), frame)


def decoded(path: Path) -> list[Pixels]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def see(workplace: Workplace, platform: str, **asked: Any) -> Seen:
    request = CutRequest(highlights="short", platforms=(platform,), count=1, **asked)
    (plan,) = plan_film(analyse(workplace.film, request), request)
    (clip,) = plan.clips
    made = plan.workshop.make_pictures(clip.pictures, cards=clip.cards)
    rendered = [
        frame for node in clip.pictures for frame in decoded(made[plan.workshop.picture_key(node)].artifact.path)
    ]
    study = plan.subject.main
    proxy = make_proxy(film_of(study, Film()), plan.workshop).artifact
    return Seen(clip, plan, rendered, decoded(proxy.path))


def drawn_from_proxy(drawn: DrawnFrame, proxy: list[Pixels], *, later: int = 0) -> Pixels:
    """Draw a frame as a browser does: each panel's window of the proxy, scaled to its place."""
    canvas = np.zeros((drawn.height_px, drawn.width_px, 3), np.uint8)
    canvas[:] = tuple(bytes.fromhex(drawn.ground.removeprefix("#")))
    for panel in drawn.panels:
        place = panel.place
        across, down = float(panel.width_px) / place.width_px, float(panel.height_px) / place.height_px
        # Pixels are squares, not points: their middles are half a pixel in.
        move = np.array(
            [
                [across, 0, float(panel.left_px) + across / 2 - 0.5],
                [0, down, float(panel.top_px) + down / 2 - 0.5],
            ]
        )
        picture = proxy[panel.frame + later]
        size = (place.width_px, place.height_px)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        shown = cv2.warpAffine(picture, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        canvas[place.top_px : place.bottom_px, place.left_px : place.right_px] = shown
    return canvas


def psnr(one: Pixels, other: Pixels, where: NDArray[np.bool_] | None = None) -> float:
    squares = (one.astype(float) - other.astype(float)) ** 2
    return float(10 * np.log10(255**2 / max(1e-9, float(squares.mean() if where is None else squares[where].mean()))))


def check(seen: Seen, frames: range) -> None:
    for frame in frames:
        drawn = seen.drawn(frame)
        assert (drawn.width_px, drawn.height_px) == seen.rendered[frame].shape[1::-1]
        matches = {later: psnr(drawn_from_proxy(drawn, seen.proxy, later=later), seen.rendered[frame])
                   for later in (-1, 0, 1)}  # fmt: skip
        assert matches[0] > 24, (frame, matches)
        assert matches[0] > max(matches[-1], matches[1]) + 1.5, (frame, matches)


@pytest.mark.parametrize("platform", ["tall", "quad"])
def test_the_window_shows_what_the_clip_shows(platform: str, workplace: Workplace) -> None:
    seen = see(workplace, platform)
    assert len(seen.rendered) == seen.clip.frames == 48
    check(seen, range(1, 47, 9))


def frame_by_hand(workplace: Workplace, platform: str, windows: Callable[[int, int], list[dict[str, Any]]]) -> None:
    """Write how the first clip of a platform is framed: `windows` gives those of a shot."""
    request = CutRequest(highlights="short", platforms=(platform,), count=1)
    (plan,) = plan_film(analyse(workplace.film, request), request)
    (clip,) = plan.clips
    assert clip.framing.artifact is not None
    document = json.loads(clip.framing.artifact.path.read_text())
    for shot in document["parts"][0]["shots"]:
        shot["windows"] = windows(*shot["frames"])
        shot["padding"] = "#204060"
    path = plan.folder / "framing" / f"{clip.name}.framing.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))


def test_a_window_that_a_person_moves_is_followed(workplace: Workplace) -> None:
    def windows(first: int, end: int) -> list[dict[str, Any]]:
        places = ((first, 22), (max(first + 1, end - 3), 90))
        keyframes = [{"frame": frame, "left_px": left, "top_px": 0} for frame, left in places]
        return [{"width_px": 144, "height_px": 144, "keyframes": keyframes}]

    frame_by_hand(workplace, "quad", windows)
    seen = see(workplace, "quad")
    lefts = {seen.drawn(frame).panels[0].left_px for frame in range(48)}
    assert len(lefts) > 20, "it moves"
    check(seen, range(1, 47, 5))


def test_two_windows_share_the_picture(workplace: Workplace) -> None:
    def windows(first: int, _end: int) -> list[dict[str, Any]]:
        return [
            {"width_px": 162, "height_px": 144, "fills": fills, "keyframes": [{"frame": first, "left_px": left,
                                                                               "top_px": 0}]}
            for fills, left in (("top", 0), ("bottom", 60))
        ]  # fmt: skip

    frame_by_hand(workplace, "tall", windows)
    seen = see(workplace, "tall")
    assert [one.place for one in seen.drawn(5).panels] == [Box(0, 0, 144, 128), Box(0, 128, 144, 128)]
    check(seen, range(1, 47, 9))


def test_a_window_that_is_seen_whole_stands_on_its_ground(workplace: Workplace) -> None:
    def windows(first: int, _end: int) -> list[dict[str, Any]]:
        keyframes = [{"frame": first, "left_px": 0, "top_px": 0}]
        return [{"width_px": 256, "height_px": 144, "fills": "middle", "keyframes": keyframes}]

    frame_by_hand(workplace, "quad", windows)
    seen = see(workplace, "quad")
    drawn = seen.drawn(5)
    (panel,) = drawn.panels
    assert drawn.ground == "#204060" and panel.place.height_px < 144
    assert np.abs(seen.rendered[5][4, 70].astype(int) - (0x20, 0x40, 0x60)).max() < 8
    check(seen, range(1, 47, 9))


def test_captions_stand_where_they_are_drawn_with_all_their_words(workplace: Workplace) -> None:
    workplace.film.with_suffix(".srt").write_text(_SRT)
    seen = see(workplace, "quad")
    drawn = seen.drawn(20)
    (caption,) = drawn.captions
    assert caption.lines == ("Fly",)
    bare, shown = drawn_from_proxy(drawn, seen.proxy), seen.rendered[20]
    inside = np.zeros(shown.shape[:2], bool)
    inside[caption.box.top_px : caption.box.bottom_px, caption.box.left_px : caption.box.right_px] = True
    assert psnr(bare, shown, ~inside) > 24
    assert psnr(bare, shown, inside) < 20, "something is drawn there"


def test_a_card_is_told_with_its_words_and_the_key_of_its_picture(workplace: Workplace) -> None:
    workplace.film.with_name("kite.film.toml").write_text('title = "The Kite"\n')
    (workplace.presets / "styles").mkdir()
    (workplace.presets / "styles" / "brief.toml").write_text(_STYLE)
    seen = see(workplace, "tall", style="brief")
    frames = [seen.drawn(frame) for frame in range(seen.clip.frames)]
    assert [one.card is not None for one in frames] == [True] * 12 + [False] * 36
    assert [bool(one.panels) for one in frames] == [False] * 12 + [True] * 36
    check(seen, range(13, 46, 8))
    told = frame_document(frames[0])["card"]
    assert told["lines"] == ["The Kite"]
    assert seen.plan.workshop.artifact(told["key"]).path.suffix == ".png"


def test_buttons_are_those_of_the_platform_in_the_clips_pixels(workplace: Workplace) -> None:
    path = workplace.presets / "platforms" / "tall.toml"
    zone = '\n[safe_zone]\ntop_px = 10\nbottom_px = 40\nleft_px = 0\nright_px = 20\nsource = "test"\n'
    text = path.read_text()
    path.write_text(text.replace("[sources.test]", f"{zone}\n[sources.test]"))
    drawn = see(workplace, "tall").drawn(3)
    assert (drawn.width_px, drawn.height_px) == (144, 256)
    boxes = {tuple(zone["box"]) for zone in frame_document(drawn)["zones"]}
    assert boxes == {(0, 0, 144, 10), (0, 216, 144, 40), (124, 0, 20, 256)}


def test_json_is_exact_about_times_and_plain(workplace: Workplace) -> None:
    seen = see(workplace, "quad")
    told = json.loads(json.dumps(frame_document(seen.drawn(7)), allow_nan=False))
    (panel,) = told["panels"]
    assert Fraction(panel["time"]) == Fraction(panel["frame"], 24)
    assert panel["film"] == seen.plan.subject.main.digest
    with pytest.raises(PlanError, match="frames 0 to 47"):
        seen.drawn(48)
