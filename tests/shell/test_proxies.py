"""A proxy has every picture of its film at its own time, small and upright, and its sound; it is made once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.boxes import read_movie
from pipeline.errors import MasterError, VerifyFailed
from pipeline.plan.clips import Film
from pipeline.plan.proxies import plan_proxy, proxy_size
from pipeline.plan.shots import Timeline
from pipeline.shell.ledger import FileIdentity
from pipeline.shell.pixels.times import timeline_of
from pipeline.shell.probe import probe
from pipeline.shell.proxies import ProxyStep, find_proxy, make_proxy
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store

from .conftest import decode_sound, delay_of, ffmpeg, noise, numbered_pictures, read_numbers, write_film

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2")


def film_of(path: Path) -> Film:
    """Return a film as a study knows it, its pictures' times read from their packets."""
    facts = probe(path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        ticks = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
        tick = Fraction(stream.time_base or 1)
    return Film("a" * 64, facts, timeline_of(ticks, tick, natural=facts.picture.rate))


def workshop_of(path: Path, folder: Path) -> Workshop:
    identities = {"a" * 64: FileIdentity.of(path)}
    return Workshop(Store(folder / "store"), "test tools", {"a" * 64: path}, identities)


def shown_times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [Fraction(frame.pts * frame.time_base) for frame in container.decode(video=0)]


@dataclass(frozen=True)
class Kind:
    name: str
    rate: str
    options: tuple[str, ...] = X264


KINDS = (
    Kind("plain.mp4", "24"),
    Kind("milliseconds.mkv", "24000/1001"),
    Kind("hour.ts", "25", (*X264, "-output_ts_offset", "3600")),
    Kind("sixty.mp4", "60000/1001"),
    Kind("odd.mov", "17/2"),
    Kind("fields.mkv", "25", ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "-vf", "setfield=tff")),
    Kind("intra.mov", "30", ("-c:v", "prores_ks", "-profile:v", "0", "-pix_fmt", "yuv422p10le")),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_picture_of_a_film_is_shown_at_its_own_time(kind: Kind, tmp_path: Path) -> None:
    path = write_film(tmp_path / kind.name, rate=kind.rate, frames=50, options=kind.options)
    made = make_proxy(film_of(path), workshop_of(path, tmp_path)).artifact
    assert read_numbers(made.path) == list(range(50))
    assert shown_times(made.path) == [frame / Fraction(kind.rate) for frame in range(50)]


def test_a_variable_rate_is_kept_picture_by_picture(tmp_path: Path) -> None:
    times = "if(lt(N,10),N*40,if(lt(N,25),400+(N-10)*100,1900+(N-25)*17))"
    path = tmp_path / "phone.mp4"
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "160x90", "-r", "1000", "-i", "pipe:0")
    ffmpeg(
        *(*raw, "-vf", f"settb=1/1000,setpts='{times}'", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"),
        *(*X264, "-pix_fmt", "yuv420p", "-video_track_timescale", "1000", path),
        given=numbered_pictures(40),
    )
    film = film_of(path)
    assert film.timeline.times is not None
    made = make_proxy(film, workshop_of(path, tmp_path)).artifact
    assert read_numbers(made.path) == list(range(40))
    assert shown_times(made.path) == list(film.timeline.times)


def test_the_sound_is_the_films_own_and_in_time(tmp_path: Path) -> None:
    wave = noise(3)
    path = write_film(tmp_path / "heard.mov", rate="25", frames=75, sound=wave)
    made = make_proxy(film_of(path), workshop_of(path, tmp_path)).artifact
    heard = decode_sound(made.path)[:, 0]
    assert abs(delay_of(heard.astype(float), wave)) <= 1
    loud = float(np.sqrt(np.mean(heard[4800:-4800] ** 2)) / np.sqrt(np.mean(wave[4800:-4800] ** 2)))
    assert 0.65 < loud < 1.1, "as it is in the film, but for how mono becomes stereo"
    assert read_movie(made.path).moov_before_mdat


def test_a_turned_film_is_upright_and_its_pixels_square(tmp_path: Path) -> None:
    flat = tmp_path / "flat.mp4"
    ffmpeg(*("-f", "lavfi", "-i", "testsrc2=s=640x352:r=24:d=1", "-vf", "setsar=4/3"), *X264, flat)
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", flat, "-c", "copy", path)
    film = film_of(path)
    assert film.facts.picture.rotation_deg in (90, 270)
    made = make_proxy(film, workshop_of(path, tmp_path)).artifact
    (track,) = read_movie(made.path).tracks
    assert track.shown_size == proxy_size(film.facts.picture) == (222, 540)
    upright = [plane(path, "transpose=2,scale=222:540"), plane(path, "transpose=1,scale=222:540")]
    found = plane(made.path, "null")
    differences = sorted(float(np.abs(found - one).mean()) for one in upright)
    assert differences[0] < 8 < differences[1]


def plane(path: Path, filters: str) -> np.ndarray[Any, Any]:
    raw = ffmpeg("-noautorotate", "-i", path, "-vf", f"{filters},format=gray", "-frames:v", "1", "-f", "rawvideo", "-")
    return np.frombuffer(raw, np.uint8).astype(float)


@pytest.mark.parametrize(
    ("size", "shown"),
    [((1920, 1080), (960, 540)), ((3840, 1600), (960, 400)), ((1080, 1920), (304, 540)), ((320, 180), (320, 180))],
)
def test_a_proxy_is_no_larger_than_a_window_of_the_page_and_than_its_film(
    size: tuple[int, int], shown: tuple[int, int], tmp_path: Path
) -> None:
    picture = probe(write_film(tmp_path / "film.mp4", frames=2)).picture
    assert proxy_size(replace(picture, width_px=size[0], height_px=size[1])) == shown


def test_it_is_made_once_and_found_under_what_made_it(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", frames=30)
    film, workshop = film_of(path), workshop_of(path, tmp_path)
    assert find_proxy(film, workshop) is None
    told: list[float] = []
    first = make_proxy(film, workshop, lambda share, _speed: told.append(share))
    again = make_proxy(film, workshop)
    assert (first.is_new, again.is_new) == (True, False)
    assert told and told[-1] == 1.0
    assert find_proxy(film, workshop) == first.artifact
    assert ProxyStep("proxy", workshop, film).keys == (first.artifact.key,)
    assert find_proxy(replace(film, digest="b" * 64), workshop) is None
    assert find_proxy(film, replace(workshop, toolchain="other tools")) is None


def test_a_colour_film_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "red.mp4"
    tags = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=smpte170m"
    source = f"color=0xC02020:s=160x90:r=24:d=1,scale=out_color_matrix=smpte170m,{tags}"
    ffmpeg("-f", "lavfi", "-i", source, *X264, "-pix_fmt", "yuv420p", path)
    made = make_proxy(film_of(path), workshop_of(path, tmp_path)).artifact
    with av.open(str(made.path)) as container:
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1), "BT.709 in limited range"
        shown = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()[45, 80]
    assert np.abs(shown.astype(int) - (0xC0, 0x20, 0x20)).max() <= 8


class StoppedError(Exception):
    """Somebody asked for the work to end."""


def test_whoever_stops_it_leaves_nothing_behind(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", frames=400)
    film, workshop = film_of(path), workshop_of(path, tmp_path)

    def stop(_share: float, _speed: float | None) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        make_proxy(film, workshop, stop)
    assert find_proxy(film, workshop) is None
    assert not [one for one in (tmp_path / "store").rglob("*") if one.is_file()]


def test_a_master_that_changed_is_told(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", frames=30)
    film, workshop = film_of(path), workshop_of(path, tmp_path)
    os.utime(path, (1, 1))
    with pytest.raises(MasterError, match=r"film\.mp4"):
        make_proxy(film, workshop)
    assert find_proxy(film, workshop) is None


def test_pictures_at_other_times_than_the_study_found_are_not_taken(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", rate="25", frames=20)
    film = film_of(path)
    times = tuple(Fraction(frame, 25) + Fraction(frame % 2, 100) for frame in range(20))
    other = replace(film, timeline=Timeline.of_times(film.timeline.rate, times))
    with pytest.raises(VerifyFailed, match="times of pictures"):
        make_proxy(other, workshop_of(path, tmp_path))


def test_a_player_decodes_few_pictures_to_show_any(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", frames=60)
    film = film_of(path)
    made = make_proxy(film, workshop_of(path, tmp_path)).artifact
    with av.open(str(made.path)) as container:
        keys = [frame.key_frame for frame in container.decode(video=0)]
    places = [place for place, is_key in enumerate([*keys, True]) if is_key]
    longest = max(after - before for before, after in pairwise(places))
    assert longest <= plan_proxy(film).encoder.keyframe_interval_frames
