"""What no film claims is refused at once and in little memory, before anything is decoded."""

from __future__ import annotations

import struct
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import MasterError
from pipeline.plan.claims import MOST_CHANNELS, MOST_PIXELS, MOST_SIDE_PX, MOST_STREAMS, Claims, objection
from pipeline.shell.apart import probe_master
from pipeline.shell.headers import check_header
from pipeline.shell.probe import probe
from tests.claiming_files import CLAIMING, box, full, movie, track

from .conftest import ffmpeg, write_film


@pytest.mark.parametrize("name", CLAIMING)
def test_a_small_file_that_claims_much_is_refused_at_once(name: str, tmp_path: Path) -> None:
    make, told = CLAIMING[name]
    path = tmp_path / name
    path.write_bytes(make())
    start = time.monotonic()
    with pytest.raises(MasterError) as caught:
        probe(path)
    assert time.monotonic() - start < 1
    assert str(caught.value).startswith(f"{path}: ") and caught.value.remedy and caught.value.exit_code == 2
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["size.mp4", "samples.mov", "attached.mkv"])
def test_the_claims_cost_no_memory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_MEMORY_GB", "0.5")
    path = tmp_path / name
    path.write_bytes(CLAIMING[name][0]())
    with pytest.raises(MasterError, match=r"says that|has \d+ MiB"):
        probe_master(path)


def test_what_stands_in_the_stream_is_bounded_as_well(tmp_path: Path) -> None:
    """An AVI's format block, which only libav reads."""
    film = write_film(tmp_path / "film.avi", frames=12, options=("-c:v", "rawvideo"))
    raw = bytearray(film.read_bytes())
    at = raw.index(b"strf") + 8
    struct.pack_into("<ii", raw, at + 4, 30_000, 30_000)
    film.write_bytes(raw)
    start = time.monotonic()
    with pytest.raises(MasterError, match=r"30000×30000 pixels|cannot be decoded|not a film"):
        probe(film)
    assert time.monotonic() - start < 1


def test_what_films_have_is_let_through(tmp_path: Path) -> None:
    """Many sounds, large pictures, fonts attached, and QuickTime's empty reference in a track of time codes."""
    film = write_film(tmp_path / "film.mkv", frames=12)
    font = tmp_path / "font.ttf"
    font.write_bytes(bytes(1 << 20))
    sounds = [word for _ in range(30) for word in ("-f", "lavfi", "-i", "anullsrc=d=0.2")]
    maps = [word for number in range(31) for word in ("-map", str(number))]
    ffmpeg("-i", film, *sounds, *maps, "-c:v", "copy", "-c:a", "pcm_s16le", "-t", "0.2", "-attach", font,
           "-metadata:s:t", "mimetype=font/ttf", tmp_path / "many.mkv")  # fmt: skip
    assert len(probe(tmp_path / "many.mkv").sounds) == 30
    path = tmp_path / "coded.mov"
    empty = track(reference=full(b"alis")).replace(b"vide", b"tmcd")
    path.write_bytes(movie(track(), empty))
    check_header(path)
    path.write_bytes(movie(track(reference=full(b"alis"))))
    check_header(path)


def test_a_file_that_changed_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(movie(track()))
    check_header(path)
    path.write_bytes(movie(track(), box(b"rmra")))
    with pytest.raises(MasterError, match="list of other movies"):
        check_header(path)


def test_a_reference_whose_own_header_is_cut_off_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    path.write_bytes(movie(track(reference=struct.pack(">I4sI", 1, b"url ", 255))))
    check_header(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(CLAIMING)), st.data())
def test_any_bytes_are_a_claim_or_none(tmp_path: Path, name: str, data: st.DataObject) -> None:
    raw = bytearray(CLAIMING[name][0]()[:4000])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path = tmp_path / "film"
    path.write_bytes(raw)
    try:
        check_header(path)
    except MasterError as error:
        assert error.remedy  # noqa: PT017 - it may do without


def test_bounds_are_inclusive_and_each_is_told() -> None:
    most = Claims(
        streams=MOST_STREAMS, sizes=((MOST_SIDE_PX, MOST_PIXELS // MOST_SIDE_PX),), channels=(MOST_CHANNELS,),
        seconds=Fraction(360_000), samples=(10,), size_bytes=5,
    )  # fmt: skip
    assert objection(most) is None
    for more in (
        Claims(streams=MOST_STREAMS + 1),
        Claims(sizes=((MOST_SIDE_PX, MOST_SIDE_PX),)),
        Claims(sizes=((MOST_SIDE_PX + 1, 1),)),
        Claims(channels=(2, MOST_CHANNELS + 1)),
        Claims(sample_rates_hz=(768_001,)),
        Claims(seconds=Fraction(360_001)),
        Claims(samples=(11,), size_bytes=5),
        Claims(elsewhere=("is a list of others",)),
    ):
        assert objection(more) is not None
