"""Clips hold exactly the frames and samples that were asked for, whatever container, rate or start a master has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.boxes import read_movie
from pipeline.edit import Gap, MasterSpan
from pipeline.errors import FfmpegFailed, StoreError, VerifyFailed
from pipeline.graph import Join, Poster
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate, Span

from .conftest import (
    HEIGHT,
    SAMPLE_RATE,
    WIDTH,
    Bench,
    decode_sound,
    delay_of,
    ffmpeg,
    noise,
    numbered_pictures,
    read_numbers,
    write_film,
)

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")
SetUp = Callable[..., Bench]


@dataclass(frozen=True)
class Kind:
    """One kind of master."""

    name: str
    rate: str = "24"
    options: tuple[str, ...] = X264
    seconds: int = 4


KINDS = (
    Kind("bframes.mp4"),
    Kind("ntsc_film.mp4", "24000/1001"),
    Kind("pal.mov", "25"),
    Kind("ntsc.mkv", "30000/1001"),
    Kind("milliseconds.mkv", "24000/1001"),
    Kind("sixty.mp4", "60"),
    Kind("late.mp4", "25", (*X264, "-output_ts_offset", "3.5")),
    Kind("hour.mov", "24000/1001", (*X264, "-output_ts_offset", "3600")),
    Kind("hour.ts", "25", (*X264, "-g", "25", "-output_ts_offset", "3600"), 35),
    Kind("ntsc.ts", "30000/1001", (*X264, "-g", "250"), 45),
    Kind("open_gop.mp4", "24", (*X264, "-x264-params", "open-gop=1:keyint=12:bframes=3:b-adapt=0")),
    Kind("one_keyframe.mkv", "25", (*X264, "-g", "1000")),
    Kind("plain.avi", "25", ("-c:v", "mpeg4", "-q:v", "2", "-g", "12"), 40),
    Kind("programme.mpg", "25", ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "12"), 35),
    Kind("intra.mov", "24", ("-c:v", "prores_ks", "-profile:v", "0", "-pix_fmt", "yuv422p10le")),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_clip_holds_the_frames_asked_for_and_no_others(kind: Kind, tmp_path: Path, bench: SetUp) -> None:
    exact = FrameRate.parse(kind.rate)
    frames = exact.frames_within(Fraction(kind.seconds))
    path = write_film(tmp_path / kind.name, rate=kind.rate, frames=frames, options=kind.options)
    table = bench(path)
    assert table.films["a" * 64].facts.picture.rate == exact
    last = frames - 7
    parts = [table.span(1, 5), table.span(last - 20, 4), table.span(0, 3), table.span(last, 7)]
    wanted = [*range(1, 6), *range(last - 20, last - 16), *range(3), *range(last, frames)]
    assert read_numbers(table.picture(parts)) == wanted


def test_an_edit_list_that_cuts_into_a_group_of_pictures_counts_from_the_first_picture_shown(
    tmp_path: Path, bench: SetUp
) -> None:
    whole = write_film(tmp_path / "whole.mp4", rate="25", frames=100)
    # Copying from inside a group of pictures leaves what came before in the file, hidden by an edit list.
    ffmpeg("-ss", "1.0", "-i", whole, "-c", "copy", tmp_path / "cut.mov")
    shown = read_numbers(tmp_path / "cut.mov")
    table = bench(tmp_path / "cut.mov")
    assert read_numbers(table.picture([table.span(3, 6)])) == shown[3:9]
    assert read_numbers(table.picture([table.span(60, 6)])) == shown[60:66]


@pytest.mark.parametrize(("rate", "halved"), [("60", "30"), ("60000/1001", "30000/1001"), ("50", "25")])
def test_halving_the_rate_takes_every_second_frame_from_the_in_point_on(
    rate: str, halved: str, tmp_path: Path, bench: SetUp
) -> None:
    table = bench(write_film(tmp_path / "film.mkv", rate=rate, frames=200))
    for first in (20, 21, 151):
        path = table.picture([table.span(first, 20), table.span(first + 25, 10)], rate=FrameRate.parse(halved))
        assert read_numbers(path) == [*range(first, first + 20, 2), *range(first + 25, first + 35, 2)]


def test_a_variable_rate_becomes_constant_without_moving_the_pictures_in_time(tmp_path: Path, bench: SetUp) -> None:
    late = "setpts='if(lt(N,50),N,N+5)/25/TB'"  # a fifth of a second is missing after picture 49
    path = write_film(tmp_path / "f.mkv", rate="25", frames=100, options=(*X264, "-vf", late, "-fps_mode", "vfr"))
    table = bench(path)
    assert read_numbers(table.picture([table.span(45, 15)])) == [*range(45, 50), *[49] * 5, *range(50, 55)]
    assert read_numbers(table.picture([table.span(52, 5)])) == [49, 49, 49, 50, 51], "held when the clip begins"


def test_equal_parts_and_gaps_may_come_twice(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=50, sound=noise(2), sound_options=("-c:a", "aac")))
    again, gap = table.span(10, 5), Gap(Fraction(1, 5))
    path = table.clip([again, gap, again, gap, again])
    # Black spells 0.
    assert read_numbers(path) == [*range(10, 15), *[0] * 5] * 2 + [*range(10, 15)]


def test_masters_of_several_rates_share_one_clip(tmp_path: Path, bench: SetUp) -> None:
    first = write_film(tmp_path / "a.mp4", rate="25", frames=60)
    second = write_film(tmp_path / "b.mp4", rate="50", frames=120)
    table = bench(first, second)
    path = table.picture([table.span(5, 5), table.span(40, 10, "b" * 64)])
    assert read_numbers(path) == [*range(5, 10), *range(40, 50, 2)]


def test_pictures_of_one_decode_are_byte_for_byte_those_made_alone(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="24", frames=60))
    parts = [table.span(3, 20), Gap(Fraction(1, 4)), table.span(30, 10)]
    small, tall = table.nodes(parts)[0], table.nodes(parts, size=(90, 160))[0]
    together = table.workshop.make_pictures([tall, small])
    alone = replace(table.workshop, store=Store(tmp_path / "other"))
    for node in (small, tall):
        key = alone.picture_key(node)
        (made,) = alone.make_pictures([node]).values()
        assert made.is_new and made.artifact.sha256 == together[key].artifact.sha256
    assert not any(made.is_new for made in table.workshop.make_pictures([small, tall]).values())


def test_a_film_that_ends_two_frames_early_holds_its_last_and_a_shorter_one_is_refused(
    tmp_path: Path, bench: SetUp
) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=30))
    assert read_numbers(table.picture([table.span(25, 7)])) == [25, 26, 27, 28, 29, 29, 29]
    with pytest.raises(VerifyFailed, match="frames should be 8 but is 7"):
        table.picture([table.span(25, 8)])
    assert list((tmp_path / "store").rglob(".making*")) == []


SOUNDS = {
    "pcm.mov": ("-c:a", "pcm_s16le"),
    "pcm24.mkv": ("-c:a", "pcm_s24le"),
    "flac.mkv": ("-c:a", "flac"),
    "aac.mp4": ("-c:a", "aac", "-b:a", "256k"),
    "opus.webm": ("-c:a", "libopus", "-b:a", "192k"),
    "ac3.ts": ("-c:a", "ac3", "-b:a", "384k"),
    "late.mp4": ("-c:a", "aac", "-b:a", "256k", "-output_ts_offset", "10"),
}
LIMITED = (("pcm.mov", "at"), ("aac.mp4", "at"))  # the limiter does not know the container


@pytest.mark.parametrize(("name", "limited"), [*((name, "below") for name in SOUNDS), *LIMITED])
def test_sound_stays_with_its_picture(name: str, limited: str, tmp_path: Path, bench: SetUp) -> None:
    rate, first, frames = "24000/1001", 70, 30
    wave = noise(5)
    codec = ("-c:v", "libvpx", "-deadline", "realtime") if name.endswith("webm") else X264
    path = write_film(tmp_path / name, rate=rate, frames=115, options=codec, sound=wave, sound_options=SOUNDS[name])
    table = bench(path)
    clip = table.clip([table.span(first, frames)], lufs="-18" if limited == "below" else "-5")
    receipt = table.workshop.receipt(
        table.workshop.sound_key(
            table.nodes([table.span(first, frames)], lufs="-18" if limited == "below" else "-5")[1]
        )
    )
    assert (receipt["programmes"][0]["limited_db"] > 0) == (limited == "at")
    start = round(FrameRate.parse(rate).time_of(first) * SAMPLE_RATE)
    sound = decode_sound(clip)
    delay = delay_of(sound[:, 0], wave[start:])
    assert abs(delay) <= (1 if name.endswith(("mov", "mp4")) else 60), "samples off"
    assert 0 <= len(sound) - Fraction(frames * SAMPLE_RATE * 1001, 24000) < 1024
    movie = read_movie(clip)
    assert all(track.edit_list is None for track in movie.tracks)


def test_sound_that_begins_after_the_picture_begins_after_it_in_the_clip(tmp_path: Path, bench: SetUp) -> None:
    wave, late = noise(2), (*X264, "-af", "asetpts=PTS+24000")
    table = bench(write_film(tmp_path / "late.mov", rate="25", frames=75, options=late, sound=wave))
    assert table.films["a" * 64].facts.sounds[0].start == Fraction(1, 2)
    sound = decode_sound(table.clip([table.span(5, 50)]))[:, 0]  # from 0.2 s: 0.3 s of silence
    expected = np.concatenate([np.zeros(14400), wave])
    assert abs(delay_of(sound, expected)) <= 1
    assert np.abs(sound[2048:13000]).max() < 0.01 < np.abs(sound[15000:20000]).max()


@pytest.mark.parametrize("gap_ms", [60, 400])
def test_a_gap_in_the_sound_stays_as_long_as_it_is(gap_ms: int, tmp_path: Path, bench: SetUp) -> None:
    gap, wave = gap_ms * SAMPLE_RATE // 1000, noise(3)
    late = f"asetpts='PTS+if(gte(N,48128),{gap},0)'"  # from the 48th thousand samples on
    options = (*X264, "-af", f"asetnsamples=1024,{late}")
    path = write_film(tmp_path / "g.mkv", rate="25", frames=75, options=options, sound=wave)
    table = bench(path)
    sound = decode_sound(table.clip([table.span(5, 60)]))[:, 0]
    cut, start = 47 * 1024, 5 * SAMPLE_RATE // 25
    assert abs(delay_of(sound[: cut - start], wave[start:cut])) <= 24
    after = cut + gap - start
    assert abs(delay_of(sound[after:], wave[cut:])) <= 48


def test_channels_are_mixed_to_two(tmp_path: Path, bench: SetUp) -> None:
    wave, other = noise(2), noise(2, seed=2)
    surround = np.zeros((len(wave), 6))
    surround[:, 0], surround[:, 1], surround[:, 2] = wave, other, 0.5 * noise(2, seed=3)
    mono = write_film(tmp_path / "mono.mov", rate="25", frames=50, sound=wave)
    table = bench(mono, write_film(tmp_path / "surround.mov", rate="25", frames=50, sound=surround))
    for digest, expected in (("a" * 64, wave), ("b" * 64, other)):
        left, right = decode_sound(table.clip([table.span(5, 40, digest)], lufs="-23")).T
        start = 5 * SAMPLE_RATE // 25
        assert abs(delay_of(left, wave[start:])) <= 1
        assert abs(delay_of(right, expected[start:])) <= 1


def test_a_clip_past_the_end_of_the_sound_is_silent_there(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mov", rate="25", frames=100, sound=noise(2)))
    sound = decode_sound(table.clip([table.span(40, 20)]))[:, 0]
    assert np.abs(sound[:9000]).max() > 0.01 > np.abs(sound[21000:]).max()
    quiet = decode_sound(table.clip([table.span(80, 20)]))
    assert len(quiet) >= 20 * SAMPLE_RATE // 25 and not quiet.any()


def test_sound_joins_where_the_pictures_join_and_fades_at_the_ends(tmp_path: Path, bench: SetUp) -> None:
    wave = noise(5)
    table = bench(write_film(tmp_path / "f.mov", rate="30000/1001", frames=140, sound=wave))
    rate = FrameRate.parse("30000/1001")
    parts = [table.span(90, 31), Gap(rate.time_of(7)), table.span(4, 29)]
    sound = decode_sound(table.clip(parts, lufs="-23", fade_s=Fraction(1, 10)))[:, 0]
    at = [round(rate.time_of(frame) * SAMPLE_RATE) for frame in (90, 31, 38, 67, 4)]
    assert abs(delay_of(sound[: at[1]], wave[at[0] :])) <= 1
    assert abs(delay_of(sound[at[2] : at[3]], wave[at[4] :])) <= 1
    assert np.abs(sound[at[1] + 2048 : at[2] - 2048]).max() < 0.005
    ends = np.abs(sound[:240]).max(), np.abs(sound[at[3] - 240 : at[3]]).max()
    assert max(ends) < 0.1 * np.abs(sound[10000:20000]).max()


def test_a_film_without_sound_gives_a_clip_of_silence_or_none(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=50))
    parts = [table.span(0, 25)]
    assert not decode_sound(table.clip(parts)).any()
    picture, _ = table.nodes(parts)
    key = table.workshop.picture_key(picture)
    made = table.workshop.make_join(Join((key,), None), (picture,))
    assert [track.kind for track in read_movie(made.artifact.path).tracks] == ["vide"]


def test_a_poster_shows_the_frame_at_its_time(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=60))
    picture = table.nodes([table.span(10, 40)])[0]
    (key,) = table.workshop.make_pictures([picture])
    for frame in (0, 1, 23, 39):
        early = max(Fraction(0), FrameRate(Fraction(25)).time_of(frame) - Fraction(1, 50))
        poster = table.workshop.make_poster(Poster(key, early)).artifact.path
        assert read_numbers(poster) == [10 + frame]


def test_receipts_say_what_made_an_artifact_and_progress_reaches_the_end(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=60, sound=noise(2.4), sound_options=("-c:a", "aac")))
    picture, sound = table.nodes([table.span(10, 40)])
    told: list[float] = []
    (made,) = table.workshop.make_pictures([picture], lambda share, _: told.append(share)).values()
    assert told == sorted(told) and told[-1] > 0.8
    receipt = json.loads((made.artifact.path.parent / "receipt.json").read_text())
    assert receipt["made_by"] == "picture" and receipt["inputs"] == ["a" * 64] and receipt["frames"] == 40
    assert receipt["argv"][0].endswith(("ffmpeg", ".exe")) or "ffmpeg" in receipt["argv"][0]
    assert receipt["cpu_seconds"] > 0
    loudness = table.workshop.receipt(table.workshop.make_sound(sound).artifact.key)["loudness"]
    assert abs(loudness["integrated_lufs"] + 14) <= 0.5 and loudness["true_peak_dbtp"] <= -1


def test_a_full_disk_is_the_stores_trouble(tmp_path: Path, bench: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=30))

    def refuse(argv: tuple[str, ...], **_: object) -> None:
        tail = "[error] av_interleaved_write_frame(): No space left on device"
        raise FfmpegFailed.of(argv, exit_code=228, stderr_tail=tail, reason="exit code 228")

    monkeypatch.setattr("pipeline.shell.render.run_ffmpeg", refuse)
    with pytest.raises(StoreError, match="No space left on device") as caught:
        table.picture([table.span(0, 10)])
    assert "matinee gc" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "100%03d.mp4", "a 'b' \"c\".mp4", "new\nline.mp4", "🎬 film:1.mp4", "x" * 250 + ".mp4", b"caf\xe9.mp4"],
)
def test_a_master_may_have_any_name(name: str | bytes, tmp_path: Path, bench: SetUp) -> None:
    import os

    path = tmp_path / os.fsdecode(name)
    write_film(tmp_path / "plain.mp4", rate="25", frames=10).rename(path)
    table = bench(path)
    assert read_numbers(table.picture([table.span(2, 5)])) == [*range(2, 7)]
    (made,) = table.workshop.make_pictures([table.nodes([table.span(2, 5)])[0]]).values()
    assert not made.is_new and any(argument.endswith(f"/{path.name}") for argument in made.artifact.receipt["argv"])


def test_a_master_swapped_for_a_playlist_after_probing_opens_nothing_else(tmp_path: Path, bench: SetUp) -> None:
    other = write_film(tmp_path / "other.ts", rate="25", frames=50)
    path = write_film(tmp_path / "film.mp4", rate="25", frames=50)
    table = bench(path)
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n{other.name}\n#EXT-X-ENDLIST\n")
    with pytest.raises(FfmpegFailed):
        table.picture([table.span(0, 10)])


def test_the_span_of_a_master_shorter_than_a_frame_shows_nothing(tmp_path: Path, bench: SetUp) -> None:
    table = bench(write_film(tmp_path / "f.mp4", rate="25", frames=30))
    tiny = MasterSpan("a" * 64, Span(Fraction(0), Fraction(1, 1000)))
    assert read_numbers(table.picture([tiny, table.span(5, 3)])) == [5, 6, 7]
    assert len(numbered_pictures(2)) == 2 * WIDTH * HEIGHT
