"""A film that flashes and beeps at once still does so in every clip, within half a frame, whatever way it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, SoundFades
from pipeline.graph import Join
from pipeline.plan.cards import plan_cards, plan_sheet
from pipeline.plan.clips import plan_picture, plan_sound
from pipeline.plan.layout import Canvas
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate, Span

from .conftest import SAMPLE_RATE, Bench, Samples, decode_sound, ffmpeg

SetUp = Callable[..., Bench]
WIDTH, HEIGHT = 64, 36
SECONDS = 5
EVENTS_S = (Fraction(1, 2), Fraction(9, 8), Fraction(2), Fraction(21, 8), Fraction(7, 2), Fraction(17, 4))
"""Near these times it flashes and beeps, for a tenth of a second: with the first picture that is shown from then on."""
LIT_S = Fraction(1, 10)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")
SLIGHT = Fraction(1, 1000)
"""What a beep's first samples lose to coding."""


@dataclass(frozen=True)
class Film:
    """How the film of one case is made."""

    name: str = "film.mov"
    rate: str = "24000/1001"
    picture: tuple[str, ...] = X264
    sound: tuple[str, ...] = ("-c:a", "pcm_s16le")
    channels: tuple[int, ...] = (1,)
    """For each channel whether it beeps, 1 or 0."""
    sound_start: Fraction = Fraction(0)
    times: Callable[[int], Fraction] | None = None
    """When each picture is shown, where that is not by the rate."""
    picture_filter: str = "null"

    @cached_property
    def shown(self) -> list[Fraction]:
        """When each picture is shown."""
        rate = FrameRate.parse(self.rate)
        numbers = range(rate.frames_within(Fraction(SECONDS)))
        return [rate.time_of(number) if self.times is None else self.times(number) for number in numbers]

    @cached_property
    def events(self) -> list[Fraction]:
        """When it flashes and beeps."""
        return [min(time for time in self.shown if time >= event) for event in EVENTS_S]


def shoot(folder: Path, film: Film) -> Path:
    """Write the film."""
    lit = [any(event <= time < event + LIT_S for event in film.events) for time in film.shown]
    pictures = np.where(lit, 235, 40).astype(np.uint8)[:, None].repeat(WIDTH * HEIGHT, axis=1)
    path, raw = folder / film.name, folder / f"{film.name}.f32"
    raw.write_bytes((_beeps(film)[:, None] * np.array(film.channels)).astype("<f4").tobytes())
    picture_late, sound_late = (float(max(Fraction(0), late)) for late in (-film.sound_start, film.sound_start))
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(film.channels)]
    ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", film.rate, "-i", "pipe:0"),
        *("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ch_layout", layout, "-i", raw),
        *("-vf", f"{film.picture_filter},setpts=PTS+{picture_late}/TB", "-pix_fmt", "yuv420p"),
        *("-af", f"asetpts=PTS+{sound_late}/TB", *film.picture, *film.sound, f"file:{path}"),
        given=pictures.tobytes(),
    )
    return path


def _beeps(film: Film) -> Samples:
    """Return the sound from where it starts: beeps that begin loudest, over noise that is just there."""
    first = round(film.sound_start * SAMPLE_RATE)
    count = SECONDS * SAMPLE_RATE - first
    wave = 0.002 * np.random.default_rng(4).standard_normal(count)
    times = (np.arange(round(LIT_S * SAMPLE_RATE)) + 0.5) / SAMPLE_RATE
    tone = np.where(times < 0.01, 0.9, 0.25) * np.sin(2 * np.pi * 1500 * times)
    for event in film.events:
        start = round(event * SAMPLE_RATE) - first
        if start >= 0:
            wave[start : start + len(tone)] += tone[: max(0, count - start)]
    return wave


def flashes_in(clip: Path) -> list[Fraction]:
    """Return when the clip's pictures become bright; it must begin at 0 and have a constant rate."""
    import av

    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        frames = [
            (frame.pts * Fraction(frame.time_base), frame.to_ndarray(format="gray").mean() > 140)
            for frame in container.decode(stream)
        ]
        rate = Fraction(stream.average_rate or 0)
    assert [time for time, _ in frames] == [Fraction(number) / rate for number in range(len(frames))]
    lit = [False, *(is_lit for _, is_lit in frames)]
    return [time for (time, is_lit), before in zip(frames, lit, strict=False) if is_lit and not before]


def beeps_in(clip: Path) -> list[Fraction]:
    """Return when beeps begin: where the sound passes a fifth of the loudest after a tenth of a second below."""
    wave = np.abs(decode_sound(clip)).max(axis=1)
    loud = np.flatnonzero(wave > wave.max() / 5)
    return [Fraction(int(at), SAMPLE_RATE) for at in loud[np.diff(loud, prepend=-SAMPLE_RATE) > SAMPLE_RATE // 10]]


@dataclass(frozen=True)
class Wish:
    """What is made of a film."""

    parts: Sequence[Part]
    bed: Sequence[Any] = ()
    rate: str | None = None
    lufs: str = "-16"
    limiting: str = "6"
    fade_s: Fraction = Fraction(0)


def cut(table: Bench, wish: Wish) -> tuple[Path, Any]:
    """Return the clip, and what the receipt of its sound says."""
    from pipeline.shell.cards import describe_card_tools

    edit = Edit("e", tuple(wish.parts), tuple(wish.bed), SoundFades(wish.fade_s, wish.fade_s))
    rate = FrameRate.parse(wish.rate) if wish.rate else table.films["a" * 64].facts.picture.rate
    stream = PictureStream(WIDTH, HEIGHT, rate, 24, 2, None, None, "pad", Fraction(1))
    sounds = SoundStream(192, Fraction(wish.lufs), Fraction(-1), SAMPLE_RATE, 2, Fraction(wish.limiting))
    canvas, tools = Canvas(WIDTH, HEIGHT, ()), describe_card_tools()
    sheet = plan_sheet(CardLook(), canvas, logo=None, language=None, tools=tools)
    picture = plan_picture(edit, stream, table.films, sheet=sheet)
    cards = plan_cards(edit, sheet)
    sound = plan_sound(edit, sounds, table.films, rate=rate, fades=edit.fades or SoundFades(Fraction(0), Fraction(0)))
    (picture_key,) = table.workshop.make_pictures([picture], cards=cards)
    made = table.workshop.make_sound(sound).artifact
    return table.workshop.make_join(Join((picture_key,), made.key), (picture,)).artifact.path, made.receipt


def span(start: str, end: str, digest: str = "a" * 64) -> MasterSpan:
    return MasterSpan(digest, Span(Fraction(start), Fraction(end)))


def check_meeting(clip: Path, *, count: int, frame: Fraction) -> list[Fraction]:
    """Check that so many flashes and beeps meet within half a frame, and return when."""
    flashes, beeps = flashes_in(clip), beeps_in(clip)
    assert len(flashes) == len(beeps) == count, (flashes, beeps)
    for flash, beep in zip(flashes, beeps, strict=True):
        late = float(beep - flash) * 1000
        assert abs(flash - beep) <= frame / 2 + SLIGHT, f"beep is {late:.1f} ms late"
    return flashes


def _jitter(number: int) -> Fraction:
    return Fraction(number, 30) + Fraction(number * 7 % 5, 500)


VFR = {
    "picture_filter": "settb=1/3000,setpts='(N/30+mod(N*7\\,5)/500)/TB'",
    "picture": (*X264, "-fps_mode", "passthrough", "-enc_time_base", "1:3000"),
}
FILMS = {
    "plain": Film(),
    "AAC in MP4": Film("film.mp4", sound=("-c:a", "aac", "-b:a", "192k")),
    "sound late": Film(rate="25", sound_start=Fraction(3, 4)),
    "sound early": Film("film.mkv", rate="25", sound_start=Fraction(-1, 4)),
    "5.1 at 44.1 kHz": Film(channels=(1, 1, 1, 0, 1, 1), sound=("-c:a", "pcm_s16le", "-ar", "44100")),
    "5.1, behind": Film(rate="30000/1001", channels=(0, 0, 0, 0, 1, 1), sound=("-c:a", "flac"), name="film.mkv"),
    "interlaced": Film(
        rate="25", picture=(*X264, "-x264-params", "tff=1", "-flags", "+ildct+ilme"),
        picture_filter="setfield=tff,setparams=field_mode=tff",
    ),
    "variable rate": Film("film.mkv", rate="30", times=_jitter, **VFR),
    "60 to 30": Film(rate="60"),
    "24 to 30": Film(rate="24"),
    "30 to 25": Film(rate="30"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILMS)
def test_a_stretch_of_any_film_flashes_when_it_beeps(name: str, tmp_path: Path, bench: SetUp) -> None:
    film = FILMS[name]
    rate = FrameRate.parse(name.split(" to ")[1] if " to " in name else film.rate)
    own = FrameRate.parse(film.rate)
    table = bench(shoot(tmp_path, film))
    first = own.nearest_frame(Fraction(19, 20))
    stretch = Span.of_frames(first, own.nearest_frame(Fraction(4)), own)
    clip, _ = cut(table, Wish((MasterSpan("a" * 64, stretch),), rate=str(rate)))
    flashes = check_meeting(clip, count=4, frame=rate.frame_duration)
    for flash, event in zip(flashes, film.events[1:5], strict=True):
        late = flash - (event - stretch.start)
        assert abs(late) <= rate.frame_duration / 2, f"the flash is {float(late) * 1000:.1f} ms late"
        assert late == 0 or " to " in name or film.times, "at the film's own rate it is to the frame"


CARD, GAP = Card(("A",), Fraction(3, 4)), Gap(Fraction(1, 2))
WISHES = {
    "cards before and after": (Wish((CARD, span("0.9", "3"), CARD)), 3),
    "pieces and gaps": (Wish((GAP, span("0.3", "1.4"), span("3.2", "4.6"), GAP, span("1.8", "2.4"), GAP)), 5),
    "of odd length": (Wish((Gap(Fraction(1, 3)), span("0.31", "1.47"), Gap(Fraction(2, 7)), span("3.2", "4.6"))), 4),
    "fades and gain only": (Wish((GAP, span("0.2", "4.7")), lufs="-24", fade_s=Fraction(1, 4)), 6),
    "the limiter on": (Wish((GAP, span("0.3", "4.6")), lufs="-10", limiting="20"), 6),
    "another rate": (Wish((GAP, span("0.3", "1.4"), span("3.2", "4.6")), rate="30"), 4),
    "two films": (Wish((span("0.3", "1.4"), span("3.2", "4.6", "b" * 64), GAP, span("1.8", "2.4"))), 5),
}


@pytest.mark.parametrize("name", WISHES)
def test_flashes_and_beeps_meet_in_every_edit(name: str, tmp_path: Path, bench: SetUp) -> None:
    wish, count = WISHES[name]
    other = Film("other.mp4", rate="30000/1001", sound=("-c:a", "aac", "-ar", "44100"), channels=(1, 0))
    table = bench(shoot(tmp_path, Film()), *([shoot(tmp_path, other)] if name == "two films" else []))
    clip, told = cut(table, wish)
    rate = FrameRate.parse(wish.rate or "24000/1001")
    check_meeting(clip, count=count, frame=rate.frame_duration)
    limited = max(one["limited_db"] for one in told["programmes"])
    assert (limited > 3 or name != "the limiter on") and (limited == 0 or name != "fades and gain only")


def test_a_bed_beeps_at_its_own_times_and_the_pictures_over_it_flash_at_theirs(tmp_path: Path, bench: SetUp) -> None:
    film = Film()
    table, rate = bench(shoot(tmp_path, film)), FrameRate.parse(film.rate)
    pieces = [(72, 100), (10, 40), (80, 96)]
    parts = [MasterSpan("a" * 64, Span.of_frames(*piece, rate)) for piece in pieces]
    start = Fraction("0.9")
    bed = MasterSpan("a" * 64, Span(start, start + sum(part.duration for part in parts)))
    clip, _ = cut(table, Wish(parts, (bed,)))
    heard = [event - start for event in film.events if 0 <= event - start < bed.duration]
    assert beeps_in(clip) == pytest.approx(heard, abs=float(SLIGHT)) and len(heard) == 4
    places = np.cumsum([0, *(end - first for first, end in pieces)])
    wanted = [
        rate.time_of(int(place) + rate.nearest_frame(event) - first)
        for (first, end), place in zip(pieces, places, strict=False)
        for event in film.events
        if first <= rate.nearest_frame(event) < end
    ]
    assert flashes_in(clip) == wanted and len(wanted) > 2


def test_the_check_would_find_sound_that_is_a_frame_late(tmp_path: Path, bench: SetUp) -> None:
    late = Film(picture_filter="trim=start_frame=1,setpts=PTS-STARTPTS")
    clip, _ = cut(bench(shoot(tmp_path, late)), Wish((span("0.3", "3"),)))
    with pytest.raises(AssertionError, match=r"beep is \d\d\.\d ms late"):
        check_meeting(clip, count=4, frame=Fraction(1001, 24000))
