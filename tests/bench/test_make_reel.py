"""Reels are made from films whose every frame is unlike all others, so that their labels can be proved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
from click.testing import CliRunner

from bench.labels import Mark, read_labels
from bench.make_reel import main, write_reel
from bench.reels.disturbances import disturb
from bench.reels.draw import DISTURBANCES, Draw, Lengths
from bench.reels.errors import ReelError
from bench.reels.pictures import look_at
from bench.reels.plan import Wishes, plan_reel
from bench.reels.source import Frame, Source, Stretch, clear_stretches, open_source
from bench.reels.values import Cut, Disturbance, Fade, Mix, Reel, Take
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.timebase import FrameRate

SIZE = (96, 48)
RATE = FrameRate.parse("24")
SHOT_FRAMES, SHOTS = 150, 8
LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "bgr0", "-f", "matroska")
ALL = {"cut": 3.0, "dissolve": 3.0, "fade": 2.0, "white": 1.0, "colour": 1.0, "wipe": 2.0, "jump": 3.0, "cutaway": 3.0}


class Origin(NamedTuple):
    """Where a frame of a reel comes from."""

    film: str
    number: int


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("films")
    one, other = folder / "one.mkv", folder / "other.mkv"
    for seed, path in enumerate((one, other)):
        raw = ("-f", "rawvideo", "-pixel_format", "bgr24", "-video_size", f"{SIZE[0]}x{SIZE[1]}", "-framerate", "24")
        feed = (picture.tobytes() for picture in _pictures(seed))
        run_ffmpeg((*raw, "-i", "pipe:0", *LOSSLESS, "-g", "10", str(path)), feed=feed)
        rows = "".join(f"cut,{at},{at}\n" for at in range(SHOT_FRAMES, SHOT_FRAMES * SHOTS, SHOT_FRAMES))
        path.with_suffix(".shots.csv").write_text(f"kind,start_frame,end_frame\n{rows}ignore,700,710\n")
    return one, other


def _pictures(seed: int) -> Iterator[Frame]:
    """Yield frames in patches of colours of their shot's own, under sixteen squares that count, in black and white."""
    generator = np.random.default_rng(seed)
    for shot in range(SHOTS):
        patches = generator.integers(0, 256, (3, 6, 3), np.uint8).repeat(16, axis=0).repeat(16, axis=1)
        for frame in range(SHOT_FRAMES):
            picture = np.roll(patches, frame // 4, axis=1)
            bits = [(shot * SHOT_FRAMES + frame) >> bit & 1 for bit in range(12)]
            picture[:12] = (np.array(bits, np.uint8) * 255).repeat(8)[None, :, None]
            yield picture


@pytest.fixture(scope="module")
def sources(films: tuple[Path, Path]) -> tuple[Source, ...]:
    return tuple(
        open_source(film, read_labels(film.with_suffix(".shots.csv")), start=None, end=None, part="all")
        for film in films
    )


@pytest.fixture(scope="module")
def origins(films: tuple[Path, Path]) -> dict[bytes, Origin]:
    return {digest: Origin(film.stem, at) for film in films for at, digest in enumerate(_digests(film))}


def _digests(film: Path) -> list[bytes]:
    with av.open(str(film)) as container:
        return [
            hashlib.sha256(frame.to_ndarray(format="bgr24").tobytes()).digest() for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize(("rate", "seed"), [("24", 1), ("24000/1001", 2), ("25", 3), ("30000/1001", 4), ("60", 5)])
def test_labels_are_true_to_the_frame(
    sources: tuple[Source, ...], origins: dict[bytes, Origin], tmp_path: Path, rate: str, seed: int
) -> None:
    wishes = Wishes(Fraction(30), FrameRate.parse(rate), seed, joins=ALL, disturbances={})
    reel = plan_reel(sources, wishes, look_at(sources))
    out = tmp_path / "reel.mkv"
    write_reel(reel, sources, out, size=SIZE, encoder=LOSSLESS)
    labels = read_labels(out.with_suffix(".shots.csv"))
    assert {label.kind for label in labels} > {"cut"}
    shown = [origins.get(digest) for digest in _digests(out)]
    assert len(shown) == reel.frame_count
    _assert_whole_outside_graduals(shown, labels)
    step = Fraction(24) / wishes.rate.fps
    whole = [frame for frame in range(1, len(shown)) if shown[frame] and shown[frame - 1]]
    assert [frame for frame in whole if not _follows(shown[frame - 1], shown[frame], step)] == [
        label.start_frame for label in labels if label.kind == "cut"
    ]


def _assert_whole_outside_graduals(shown: list[Origin | None], labels: tuple[Mark, ...]) -> None:
    graduals = [label for label in labels if label.kind != "cut"]
    mixed = {frame for label in graduals for frame in range(label.start_frame, label.end_frame)}
    foreign = {frame for frame, origin in enumerate(shown) if origin is None}
    assert mixed <= foreign
    # What is neither whole nor labelled is a colour that stays for long, or with which the reel starts or ends.
    for frame in foreign - mixed:
        beside = [label for label in graduals if label.kind == "fade" and abs(label.start_frame - frame) < 60 * 6]
        assert beside


def _follows(before: Origin | None, after: Origin | None, step: Fraction) -> bool:
    assert before and after
    return before.film == after.film and step.__floor__() <= after.number - before.number <= step.__ceil__()


def test_a_take_shows_frames_of_one_shot(sources: tuple[Source, ...]) -> None:
    reel = plan_reel(sources, Wishes(Fraction(60), RATE, 7, joins=ALL), look_at(sources))
    for take in reel.takes:
        first, last = take.first, take.number_at(take.frames - 1)
        assert any(
            stretch.start_frame <= first and last < stretch.end_frame for stretch in sources[take.source].stretches
        )


def test_a_cutaway_leaves_a_shot_for_a_second_at_most_and_comes_back_to_it(sources: tuple[Source, ...]) -> None:
    reel = plan_reel(sources, Wishes(Fraction(40), RATE, 3, joins={"cutaway": 1.0}), look_at(sources))
    cuts = [label for label in reel.labels if label.note == "cutaway"]
    assert len(cuts) >= 4
    for leaving, returning in zip(cuts[::2], cuts[1::2], strict=True):
        assert 6 <= returning.start_frame - leaving.start_frame <= 24
        at = reel.starts.index(leaving.start_frame)
        assert 0 < reel.takes[at + 1].first - reel.takes[at - 1].first < SHOT_FRAMES


def test_a_jump_goes_on_half_a_second_to_two_seconds_later_in_its_shot(sources: tuple[Source, ...]) -> None:
    reel = plan_reel(sources, Wishes(Fraction(40), RATE, 3, joins={"cut": 1.0, "jump": 5.0}), look_at(sources))
    jumps = [label for label in reel.labels if label.note == "jump"]
    assert jumps
    for jump in jumps:
        at = reel.starts.index(jump.start_frame)
        before, after = reel.takes[at - 1], reel.takes[at]
        assert 12 <= after.first - before.number_at(before.frames) <= 48


def test_the_command_writes_the_same_labels_for_the_same_seed(films: tuple[Path, Path], tmp_path: Path) -> None:
    texts = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        out = tmp_path / f"{name}.mp4"
        argv = [str(film) for film in films] + ["--out", str(out), "--seconds", "12", "--size", "96x48"]
        result = CliRunner().invoke(main, [*argv, "--seed", seed, "--encoder", "mjpeg", "--rate", "29.97"])
        assert result.exit_code == 0, result.output
        texts.append(out.with_suffix(".shots.csv").read_bytes())
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith(b"kind,start_frame,end_frame,note\n")


@pytest.mark.parametrize("option", ["--joins=jolt=1", "--disturb=flash=-1", "--rate=0x", "--size=5x5"])
def test_an_option_that_makes_no_sense_is_refused(films: tuple[Path, Path], tmp_path: Path, option: str) -> None:
    result = CliRunner().invoke(main, [str(films[0]), "--out", str(tmp_path / "a.mp4"), option])
    assert result.exit_code == 2


def test_a_reel_is_never_written_over_a_file(sources: tuple[Source, ...], tmp_path: Path) -> None:
    out = tmp_path / "reel.mkv"
    out.write_text("mine")
    reel = Reel(RATE, (Take(0, 0, 10, Fraction(1)),), ())
    with pytest.raises(ReelError, match="exists"):
        write_reel(reel, sources, out, size=SIZE, encoder=LOSSLESS)
    assert out.read_text() == "mine"


def test_a_film_with_too_little_in_it_is_refused(sources: tuple[Source, ...]) -> None:
    short = Source(sources[0].path, 0, RATE, sources[0].ticks, (Stretch(0, 8),))
    with pytest.raises(ReelError, match="no take that fits"):
        plan_reel([short], Wishes(Fraction(5), RATE), look_at([short]))


def test_parts_of_a_film_share_no_frame(films: tuple[Path, Path]) -> None:
    first, second = (open_source(films[0], (), start=None, end=None, part=part) for part in ("first", "second"))
    assert (first.stretches, second.stretches) == ((Stretch(0, 600),), (Stretch(600, 1200),))


def test_stretches_keep_clear_of_labels() -> None:
    labels = [Mark(100, 100, "cut"), Mark(150, 160, "ignore"), Mark(203, 203, "cut"), Mark(209, 209, "cut")]
    assert clear_stretches(labels, 0, 300) == (
        Stretch(0, 96), Stretch(104, 138), Stretch(172, 199), Stretch(213, 300),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("join", "labels"),
    [
        (Cut("jump"), [Mark(50, 50, "cut", "jump")]),
        (Mix("dissolve", 12), [Mark(38, 50, "dissolve")]),
        (Fade(10, 5, 8), [Mark(40, 63, "fade")]),
        (Fade(10, 48, 8), [Mark(40, 50, "fade"), Mark(98, 106, "fade")]),
    ],
)
def test_a_label_spans_the_frames_that_are_not_of_one_shot(join: Cut | Mix | Fade, labels: list[Mark]) -> None:
    take = Take(0, 0, 50, Fraction(1))
    assert list(Reel(RATE, (take, take), (join,)).labels) == labels


@pytest.mark.parametrize("what", DISTURBANCES)
def test_a_disturbance_changes_its_own_frames_alone(what: str) -> None:
    picture = next(_pictures(0)).repeat(4, axis=0).repeat(4, axis=1)
    disturbance = Disturbance(what, 10, 12, 0.9, seed=5)
    before, within = disturb(picture, 9, (disturbance,), 24.0), disturb(picture, 12, (disturbance,), 24.0)
    assert (before == picture).all()
    assert within.shape == picture.shape and within.dtype == picture.dtype and (within != picture).any()
    assert (disturb(picture, 12, (disturbance,), 24.0) == within).all()
    if what in ("flash", "strobe", "title", "passing"):
        assert (disturb(picture, 22, (disturbance,), 24.0) == picture).all()


def test_brief_disturbances_keep_away_from_joins_and_from_one_another() -> None:
    draw = Draw(1, RATE, Lengths())
    for _ in range(50):
        found = draw.disturbances(dict.fromkeys(DISTURBANCES, 1.0), 300, range(50, 250))
        brief = [item for item in found if item.frames < 300]
        assert brief and brief[0].start_frame >= 59 and brief[-1].start_frame + brief[-1].frames <= 241
        assert all(b.start_frame - a.start_frame - a.frames >= 9 for a, b in pairwise(brief))


def test_disturbances_change_no_label(sources: tuple[Source, ...]) -> None:
    look = look_at(sources)
    reels = [
        plan_reel(sources, Wishes(Fraction(30), RATE, 4, disturbances=chances), look)
        for chances in ({}, {"grain": 1.0}, dict.fromkeys(DISTURBANCES, 0.5))
    ]
    assert reels[0].labels == reels[1].labels == reels[2].labels
    assert reels[0].takes != reels[1].takes != reels[2].takes
