"""A master's own captions: their words, and when they are shown after its first picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.captions import Cue
from pipeline.errors import MasterError
from pipeline.shell.probe import probe
from pipeline.shell.store import Store
from pipeline.shell.text_tracks import TextTrack, has_text_tracks, text_tracks
from tests.shell.conftest import ffmpeg

MEDIA = Path(__file__).parents[3] / "shared" / "media"
SRT = """\
1
00:00:00,500 --> 00:00:01,250
<i>Hi</i> there

2
00:00:02,000 --> 00:00:03,001
Bye & <3
déjà
"""
CUES = (
    Cue(Fraction(1, 2), Fraction(5, 4), ("Hi there",)),
    Cue(Fraction(2), Fraction(3001, 1000), ("Bye & <3", "déjà")),
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc=size=64x64:rate=24:duration=4", "-c:v", "libx264", "-preset", "ultrafast", path
    )
    return path


def with_captions(film: Path, target: Path, codec: str, *options: str) -> Path:
    captions = target.with_suffix(".srt")
    captions.write_text(SRT, encoding="utf-8")
    ffmpeg("-i", film, "-i", captions, "-map", "0:v", "-map", "1:0", "-c:v", "copy", "-c:s", codec, *options, target)
    return target


def tracks_of(path: Path, store: Path) -> tuple[TextTrack, ...]:
    return text_tracks(path, probe(path), "digest", Store(store))[0]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mkv", "srt"), ("a.mkv", "ass"), ("a.mkv", "webvtt"), ("a.mp4", "mov_text"), ("a.mov", "mov_text")],
)
def test_words_and_times_are_the_same_in_every_container(film: Path, tmp_path: Path, name: str, codec: str) -> None:
    path = with_captions(film, tmp_path / name, codec, "-metadata:s:s:0", "language=spa")
    (track,) = tracks_of(path, tmp_path)
    assert (track.language, track.kind, track.cues) == ("es", "plain", CUES)


def test_times_count_from_the_first_picture(film: Path, tmp_path: Path) -> None:
    path = with_captions(film, tmp_path / "late.mkv", "srt", "-output_ts_offset", "10")
    assert probe(path).picture.start == 10
    assert tracks_of(path, tmp_path)[0].cues == CUES


def test_forced_tracks_and_those_for_the_deaf_are_told_apart(film: Path, tmp_path: Path) -> None:
    for mark, kind in (("forced", "forced"), ("hearing_impaired", "for the deaf")):
        path = with_captions(film, tmp_path / f"{mark}.mkv", "srt", "-disposition:s:0", mark)
        assert [track.kind for track in tracks_of(path, tmp_path / mark)] == [kind]


def test_a_track_is_read_once(film: Path, tmp_path: Path) -> None:
    path = with_captions(film, tmp_path / "once.mkv", "srt")
    facts = probe(path)
    first = text_tracks(path, facts, "digest", Store(tmp_path / "store"))
    path.write_bytes(b"no film any more")
    assert text_tracks(path, facts, "digest", Store(tmp_path / "store")) == first
    with pytest.raises(MasterError, match=r"once\.mkv"):
        text_tracks(path, facts, "another", Store(tmp_path / "store"))


def test_a_film_without_captions_has_none(film: Path) -> None:
    assert not has_text_tracks(probe(film))


def test_a_real_films_captions_are_read(tmp_path: Path) -> None:
    path = MEDIA / "ax-sample_with_srt.mkv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    (track,) = tracks_of(path, tmp_path)
    assert track.cues == (Cue(Fraction(0), Fraction("1.234"), ("This is the first subtitle.",)),)
    assert (track.language, track.kind) == ("en", "plain")
