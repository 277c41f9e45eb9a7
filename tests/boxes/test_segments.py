"""What is cut into segments is what was encoded: the same bytes and times, as the reader of fragments has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.boxes import Movie, even_times, pack_init, read_movie, write_segments
from pipeline.boxes.fragments import Fragment, read_init, read_segment
from pipeline.boxes.samples import expand, keyframes_of
from pipeline.errors import VerifyFailed
from pipeline.timebase import FrameRate

from .conftest import Clip, write_picture

MakeClip = Callable[..., Clip]
START = 48_000


@pytest.fixture(scope="module", params=["24000/1001", "60/1"])
def pictures(request: pytest.FixtureRequest, make_clip: MakeClip) -> Movie:
    return read_movie(make_clip(request.param).picture)


@pytest.fixture(scope="module")
def plain_pictures(make_clip: MakeClip) -> Movie:
    return read_movie(make_clip("25/1", bframes=0).picture)


@pytest.fixture(scope="module")
def key_pictures(tmp_path_factory: pytest.TempPathFactory) -> Movie:
    clip = Clip(tmp_path_factory.mktemp("keys"), FrameRate(Fraction(24)), 9, 1, (3,))
    write_picture(clip, bframes=0)
    return read_movie(clip.picture)


@pytest.fixture(scope="module")
def sound(make_clip: MakeClip) -> Movie:
    return read_movie(make_clip("24/1").sound)


def cut(movie: Movie, folder: Path, borders: Sequence[int]) -> list[tuple[bytes, Fragment]]:
    """Return every fragment of the segments, with the bytes of the segment that it lies in."""
    targets = [folder / f"{number}.m4s" for number in range(len(borders) - 1)]
    written = write_segments(movie, targets, borders=borders, times=even_times(movie, start=START))
    init = read_init(pack_init(movie.tracks[0]), where="init")
    found = []
    for path, told in zip(targets, written, strict=True):
        data = path.read_bytes()
        boxes = read_segment(data, init, where=path.name)
        assert boxes.kinds[0] == "styp" and boxes.fragments[0].decode_time == told.start
        assert sum(fragment.duration for fragment in boxes.fragments) == told.duration
        assert [one.start for one in told.key_pictures] == [one.moof[0] for one in boxes.fragments][
            : len(told.key_pictures)
        ]
        found += [(data, fragment) for fragment in boxes.fragments]
    return found


def encoded(movie: Movie) -> list[tuple[bytes, int, int, int]]:
    """Return bytes, decoding time, duration and composition offset of every sample of a file."""
    (track,) = movie.tracks
    data = movie.path.read_bytes()
    shifts = list(expand(track.samples.shifts)) or [0] * track.samples.count
    rows = zip(
        track.samples.locations(), track.samples.decode_times(), expand(track.samples.durations), shifts, strict=True
    )
    return [
        (data[offset : offset + size], START + time, duration, shift) for (offset, size), time, duration, shift in rows
    ]


def samples_in(fragments: list[tuple[bytes, Fragment]]) -> list[tuple[bytes, int, int, int]]:
    found = []
    for data, fragment in fragments:
        assert fragment.decode_time is not None
        time = fragment.decode_time
        for sample in fragment.samples:
            found.append((data[sample.offset : sample.offset + sample.size], time, sample.duration, sample.shift))
            time += sample.duration
    return found


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_picture_is_there_with_its_bytes_and_times(pictures: Movie, tmp_path: Path, data: st.DataObject) -> None:
    (track,) = pictures.tracks
    inner = data.draw(st.sets(st.sampled_from(list(keyframes_of(track.samples))[1:])))
    fragments = cut(pictures, tmp_path, (0, *sorted(inner), track.samples.count))
    assert samples_in(fragments) == encoded(pictures)
    for data_, fragment in fragments:
        first, *others = fragment.samples
        assert first.is_sync and first.shift == 0 and not any(sample.is_sync for sample in others)
        assert data_[fragment.moof[1] + 4 : fragment.moof[1] + 8] == b"mdat"


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sound_is_cut_before_any_packet(sound: Movie, tmp_path: Path, data: st.DataObject) -> None:
    count = sound.tracks[0].samples.count
    borders = sorted(data.draw(st.sets(st.integers(0, count), min_size=2)))
    assert samples_in(cut(sound, tmp_path, borders)) == encoded(sound)[borders[0] : borders[-1]]


def test_pictures_in_the_order_of_decoding_have_no_offsets(plain_pictures: Movie, tmp_path: Path) -> None:
    count = plain_pictures.tracks[0].samples.count
    assert samples_in(cut(plain_pictures, tmp_path, (0, count))) == encoded(plain_pictures)


def test_a_segment_cannot_begin_with_a_picture_that_needs_others(pictures: Movie, tmp_path: Path) -> None:
    borders, times = (0, 5, pictures.tracks[0].samples.count), even_times(pictures, start=0)
    with pytest.raises(VerifyFailed, match="does not stand alone"):
        write_segments(pictures, [None, tmp_path / "b"], borders=borders, times=times)
    assert not list(tmp_path.iterdir())


def test_a_segments_bytes_follow_from_its_samples_and_its_time_alone(pictures: Movie, tmp_path: Path) -> None:
    (track,) = pictures.tracks
    step = track.samples.duration // track.samples.count
    keyframes = list(keyframes_of(track.samples))
    whole = [tmp_path / f"a{number}" for number in range(len(keyframes))]
    times = even_times(pictures, start=0)
    write_segments(pictures, whole, borders=(*keyframes, track.samples.count), times=times)
    last = tmp_path / "last"
    write_segments(pictures, [None, last], borders=(0, keyframes[-1], track.samples.count), times=times)
    assert last.read_bytes() == whole[-1].read_bytes()
    for begin, end in pairwise((*keyframes, track.samples.count)):
        assert (end - begin) * step > 0


def test_a_fragment_of_one_sample_may_end_early_at_the_end(sound: Movie, tmp_path: Path) -> None:
    count = sound.tracks[0].samples.count
    targets, end = [tmp_path / "a", tmp_path / "b"], START + (count - 1) * 1024 + 7
    times = even_times(sound, start=START, end=end)
    written = write_segments(sound, targets, borders=(0, count - 1, count), times=times)
    assert [one.duration for one in written] == [(count - 1) * 1024, 7]
    init = read_init(pack_init(sound.tracks[0]), where="init")
    (last,) = read_segment(targets[1].read_bytes(), init, where="b").fragments
    assert (last.decode_time, last.duration) == (START + (count - 1) * 1024, 7)
    with pytest.raises(VerifyFailed, match="not equally long"):
        write_segments(sound, targets, borders=(0, count - 1, count), times=(*times[:-1], times[-2] - 1))


@pytest.mark.parametrize("early", [-1, 1, 10**6])
def test_pictures_that_others_follow_from_do_not(pictures: Movie, tmp_path: Path, early: int) -> None:
    (track,) = pictures.tracks
    times = even_times(pictures, start=START, end=START + track.samples.duration - early)
    with pytest.raises(VerifyFailed, match="not equally long"):
        write_segments(pictures, [tmp_path / "a"], borders=(0, track.samples.count), times=times)


def test_pictures_that_stand_alone_are_shown_as_long_as_they_are_held(key_pictures: Movie, tmp_path: Path) -> None:
    count = key_pictures.tracks[0].samples.count
    times = tuple(accumulate(range(1000, 1000 + count), initial=START))
    (written,) = write_segments(key_pictures, [tmp_path / "a"], borders=(0, count), times=times)
    assert [one.shown for one in written.key_pictures] == list(times[:-1])
    assert written.duration == times[-1] - START
    init = read_init(pack_init(key_pictures.tracks[0]), where="init")
    found = read_segment((tmp_path / "a").read_bytes(), init, where="a").fragments
    assert [(one.decode_time, one.duration) for one in found] == [(at, end - at) for at, end in pairwise(times)]


def test_an_init_segment_says_nothing_of_how_long_or_what(make_clip: MakeClip) -> None:
    first, second = (read_movie(make_clip("24000/1001", lead_in=lead_in).picture) for lead_in in (0, 1024))
    assert pack_init(first.tracks[0]) == pack_init(second.tracks[0])
    init = read_init(pack_init(first.tracks[0]), where="init")
    assert init.is_fragmented and init.tracks[0].samples == 0 and init.tracks[0].edit_list is None
