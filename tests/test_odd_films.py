"""Films that nobody would call one: a single shot, black, slides, too short, two frame rates, hours of one room.

`matinee shots` and `matinee highlights` answer sensibly, or say exactly what is in the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.timebase import FrameRate, timecode

SIZE = (128, 72)
RATE = FrameRate(Fraction(24))
TICK = Fraction(1, 120)
Picture = Any
TimedPicture = tuple[Fraction, Picture]


def texture(seed: int, *, spot: int = 14, width: int = SIZE[0], height: int = SIZE[1]) -> Picture:
    """A picture that no other seed gives: spots of colour, so many pixels wide."""
    import cv2

    spots = np.random.default_rng(seed).integers(16, 235, (height // spot, width // spot, 3), dtype=np.uint8)
    return cv2.resize(spots, (width, height), interpolation=cv2.INTER_CUBIC)


def timed(pictures: Iterable[Picture], rate: int = 24, start: Fraction = Fraction(0)) -> Iterator[TimedPicture]:
    for number, picture in enumerate(pictures):
        yield start + Fraction(number, rate), picture


def plain(luma: int, seconds: int) -> Iterator[TimedPicture]:
    return timed(np.full((SIZE[1], SIZE[0], 3), luma, np.uint8) for _ in range(24 * seconds))


def pan(frames: int) -> Iterator[TimedPicture]:
    """One shot over a wide picture."""
    wide = texture(1, spot=6, width=SIZE[0] + frames)
    return timed(wide[:, place : place + SIZE[0]] for place in range(frames))


def slides(count: int, seconds: int) -> Iterator[TimedPicture]:
    return timed(texture(number) for number in range(count) for _ in range(24 * seconds))


def room(seconds: int) -> Iterator[TimedPicture]:
    """A camera that nobody moves, and its noise."""
    wall, noise = texture(3).astype(np.int16), np.random.default_rng(0)
    pictures = (wall + noise.integers(-2, 3, wall.shape) for _ in range(10 * seconds))
    return timed((picture.clip(0, 255).astype(np.uint8) for picture in pictures), rate=10)


def two_rates() -> Iterator[TimedPicture]:
    """Six seconds of 24 pictures a second, six of 60; another picture every two seconds."""
    yield from timed((texture(number // 48) for number in range(144)), 24)
    yield from timed((texture(3 + number // 120) for number in range(360)), 60, Fraction(6))


def write_film(path: Path, pictures: Iterable[TimedPicture], *, silence_s: int = 0) -> Path:
    """Write pictures at their times, and silence beside them where it is asked for."""
    import av

    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "20", "g": "48"}
        stream: Any = container.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.time_base = TICK
        sound: Any = container.add_stream("pcm_s16le", rate=48000, layout="mono") if silence_s else None
        for time, picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = int(time / TICK), TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 48000 * silence_s), np.int16), "s16", "mono")
            silence.sample_rate, silence.pts = 48000, 0
            container.mux(sound.encode(silence))
            container.mux(sound.encode())
    return path


@dataclass(frozen=True)
class Screening:
    """What is said of odd films; highlights are of two seconds."""

    folder: Path
    matinee: Callable[..., Any]

    def shots(self, film: Path, *more: str) -> dict[str, Any]:
        return self._said("shots", film, "--json", *more)

    def highlights(self, film: Path, *more: str) -> dict[str, Any]:
        told = self._said("highlights", film, "--preset", "short", "--json", *more)
        spans = sorted([Fraction(end) for end in one["parts"][0]["seconds"]] for one in told["highlights"])
        assert all(end - start == 2 for start, end in spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        return told

    def refusal(self, film: Path) -> str:
        ran = self.matinee("highlights", film, "--preset", "short", "--json")
        assert (ran.code, ran.out) == (2, "")
        return str(ran.err)

    def _said(self, command: str, film: Path, *more: str) -> dict[str, Any]:
        ran = self.matinee(command, film, *more)
        assert ran.code == 0, ran.err
        told = json.loads(ran.out)
        assert isinstance(told, dict)
        return told


@pytest.fixture
def screening(workplace: Any) -> Screening:
    return Screening(workplace.films, workplace.matinee)


def frames(told: dict[str, Any]) -> dict[str, list[int]]:
    return {one["id"]: one["parts"][0]["frames"] for one in told["highlights"]}


def test_a_film_of_one_shot_with_a_moving_camera_has_one_shot_and_highlights(screening: Screening) -> None:
    film = write_film(screening.folder / "pan.mkv", pan(240))
    fast = screening.shots(film)
    assert fast["shots"] == [{"start_frame": 0, "end_frame": 240}]
    assert screening.shots(film, "--exact") == fast
    assert len(screening.highlights(film)["highlights"]) == 2


def test_a_black_film_is_used_with_a_word_about_it_and_its_ending_is_kept_back(screening: Screening) -> None:
    preset = screening.folder.parent / "presets" / "highlights" / "short.toml"
    preset.write_text(preset.read_text().replace("last_act_fraction = 0", "last_act_fraction = 0.25"))
    film = write_film(screening.folder / "black.mkv", plain(0, 8))
    assert len(screening.shots(film)["shots"]) == 1
    told = screening.highlights(film, "--count", "4")
    assert told["notes"][0] == "Nothing fits beside black pictures and end credits, so they were not left out."
    assert len(told["highlights"]) == 3 and max(end for _, end in frames(told).values()) <= 144


def test_a_white_film_is_one_shot_with_highlights(screening: Screening) -> None:
    film = write_film(screening.folder / "white.mkv", plain(255, 8))
    assert screening.shots(film, "--exact")["transitions"] == []
    assert len(screening.highlights(film)["highlights"]) == 2


def test_each_slide_is_a_shot_and_highlights_begin_with_one(screening: Screening) -> None:
    film = write_film(screening.folder / "slides.mkv", slides(5, 4))
    fast = screening.shots(film)
    assert [shot["start_frame"] for shot in fast["shots"]] == [0, 96, 192, 288, 384]
    assert screening.shots(film, "--exact") == fast
    assert all(start % 96 == 0 for start, _ in frames(screening.highlights(film)).values())


def test_a_film_that_lacks_one_frame_of_a_highlight_is_told_both_counts(screening: Screening) -> None:
    film = write_film(screening.folder / "lacking.mkv", pan(47))
    assert screening.refusal(film) == (
        "matinee: The film is 2 s long, but a highlight of preset 'short' needs 2 s: 48 frames, not 47. "
        "Write a preset with shorter ones, such as seconds = 1, into the folder highlights of a folder that "
        "MATINEE_PRESETS names; matinee presets shows those there are.\n"
    )
    assert len(screening.shots(film)["shots"]) == 1


@pytest.mark.parametrize("count", [48, 49])
def test_a_film_of_a_highlights_length_or_one_frame_more_is_its_own_highlight(screening: Screening, count: int) -> None:
    told = screening.highlights(write_film(screening.folder / "brief.mkv", pan(count)))
    ((start, end),) = frames(told).values()
    assert start >= 0 and end - start == 48 and end <= count
    assert told["notes"][0] == "1 of 2 highlights: no more of 2 s fit beside them."


@pytest.mark.parametrize("count", [1, 2])
def test_a_film_of_a_frame_or_two_is_a_shot_and_no_highlight(screening: Screening, count: int) -> None:
    film = write_film(screening.folder / "blink.mkv", timed([texture(1)] * count))
    assert screening.shots(film)["shots"] == [{"start_frame": 0, "end_frame": count}]
    assert f"48 frames, not {count}." in screening.refusal(film)


def test_a_film_of_two_frame_rates_counts_its_own_frames_and_tells_the_time(screening: Screening) -> None:
    film = write_film(screening.folder / "rates.mkv", two_rates())
    fast = screening.shots(film)
    assert [Fraction(fast["times"][shot["start_frame"]]) for shot in fast["shots"]] == [0, 2, 4, 6, 8, 10]
    assert screening.shots(film, "--exact") == fast
    film.with_name("rates.film.toml").write_text("[[never]]\nfrom = 8\nto = 10\n")
    told = screening.highlights(film, "--count", "9")
    assert told["left_out"] == [[264, 384]]
    rate = FrameRate.parse(told["frame_rate"])
    for (part,) in (one["parts"] for one in told["highlights"]):
        times = [Fraction(time) for time in part["seconds"]]
        assert [Fraction(fast["times"][part["frames"][0]]), part["timecode"]] == [
            times[0],
            [timecode(rate.nearest_frame(time), rate) for time in times],
        ]


def test_a_camera_that_nobody_moves_gives_highlights_that_are_said_to_stand_still(screening: Screening) -> None:
    film = write_film(screening.folder / "room.mkv", room(60))
    fast = screening.shots(film)
    assert len(fast["shots"]) == 1 and screening.shots(film, "--exact") == fast
    told = screening.highlights(film)
    assert len(told["highlights"]) == 2
    assert all(one["faults"]["static"] > 0 for one in told["highlights"])


def test_silence_is_chosen_from_as_no_sound_is(screening: Screening) -> None:
    dumb = screening.highlights(write_film(screening.folder / "dumb.mkv", slides(4, 3)))
    silent = screening.highlights(write_film(screening.folder / "silent.mkv", slides(4, 3), silence_s=12))
    assert frames(silent) == frames(dumb) and len(frames(dumb)) == 2


def test_what_is_rejected_until_nothing_is_left_stays_away_and_the_others_stay(screening: Screening) -> None:
    film = write_film(screening.folder / "slides.mkv", slides(3, 3))
    left = frames(screening.highlights(film))
    rejected: list[list[int]] = []
    for _ in range(12):
        name = min(left)
        ran = screening.matinee("highlights", film, "--preset", "short", "--json", "--reject", name)
        rejected.append(left.pop(name))
        if ran.code == 2:
            break
        now = frames(json.loads(ran.out))
        assert {other: now[other] for other in left} == left
        assert now.get(name) not in rejected
        left = now
    assert ran.code == 2 and "name fewer stretches that are never used or were rejected" in ran.err
