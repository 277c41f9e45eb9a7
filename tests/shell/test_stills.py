"""Segments of cards are few pictures, held as long as the cards are, and show them well in every codec."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.boxes.fragments import read_init, read_segment
from pipeline.codecs import Codec
from pipeline.edit import Card, Edit, Gap
from pipeline.ladders import Encoding
from pipeline.plan.cards import plan_card, plan_sheet
from pipeline.plan.chunks import plan_chunk, plan_key_chunk
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.layout import Canvas
from pipeline.plan.quality import RungQuality
from pipeline.plan.reels import Reel
from pipeline.plan.stills import plan_still_chunk, still_qualities
from pipeline.shell.cards import CardKit
from pipeline.shell.chunks import MadeSegment, find_segments, make_picture_segments, picture_segment_keys
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24000, 1001))
EDIT = Edit(
    "cards",
    (Gap(Fraction(2, 3)), Card(("A title",), Fraction(5)), Card(("Another",), Fraction(3)), Gap(Fraction(1, 2))),
)
ENCODINGS: dict[Codec, Encoding] = {
    "h264": Encoding(preset="veryfast", references=1, b_frames=2),
    "hevc": Encoding(preset="ultrafast", references=1, b_frames=2),
    "av1": Encoding(preset="12"),
}


def shown(segments: tuple[MadeSegment, ...]) -> list[tuple[Fraction, np.ndarray[Any, Any]]]:
    """Return each picture of some segments, as a player has it, with the time at which it is shown."""
    path = segments[0].artifact.path.with_name("whole.mp4")
    path.write_bytes(segments[0].init + b"".join(one.artifact.path.read_bytes() for one in segments))
    with av.open(path) as container:
        stream = container.streams.video[0]
        frames = [(frame.pts * stream.time_base, frame.to_ndarray(format="gray")) for frame in container.decode(stream)]
    # libavformat moves all of a track whose pictures are reordered.
    return [(time - frames[0][0], picture) for time, picture in frames]


@pytest.mark.parametrize("codec", ENCODINGS)
def test_cards_are_shown_for_their_time_and_as_they_were_drawn(tmp_path: Path, fonts_root: Path, codec: Codec) -> None:
    renditions = (PictureRendition(320, 180, 2, 300, 600, None), PictureRendition(640, 360, 1, 900, 1800, None))
    ladder = PictureLadder(RATE, renditions, codec)
    reel = Reel.of(EDIT, ladder.grid)
    held, moving = reel.chunks(())
    sheet = plan_sheet(CardLook(), Canvas(*ladder.largest, ()), logo=None, language=None, tools="tools")
    cards = tuple(plan_card(part, sheet) for part in EDIT.parts if isinstance(part, Card))
    workshop = Workshop(Store(tmp_path / "store"), "tools", {}, kit=CardKit(fonts_root))
    still = plan_still_chunk(reel, held, ladder, ENCODINGS[codec], {}, sheet=sheet)
    starts = (0, *(RATE.nearest_frame(Fraction(*at)) for at in ((2, 3), (17, 3), (26, 3))))
    shown_singly = plan_chunk(
        reel, moving, ladder, ENCODINGS[codec], {}, shots=starts, qualities=still_qualities(starts, ladder), sheet=sheet
    )
    singly = (*shown_singly, plan_key_chunk(shown_singly[0].node.picture, moving, ladder))
    for rungs in (still, singly):
        make_picture_segments(workshop, rungs, cards=cards)
    drawn = [np.asarray(_grey(workshop, card)) for card in cards]
    for pair in zip(still, singly, strict=True):
        segments = find_segments(workshop, [key for rung in pair for key in picture_segment_keys(workshop, rung)])
        assert [one.start for one in segments] == [RATE.time_of(border) for border in reel.borders[:-1]]
        assert sum(one.seconds for one in segments) == RATE.time_of(reel.frames)
        assert len({one.init for one in segments}) == 1
        held = [sample for one in segments for sample in _samples(one)]
        pictures = shown(segments)
        assert len(pictures) == len(held) and sum(held) == RATE.time_of(reel.frames)
        times = [time for time, _ in pictures]
        assert {RATE.time_of(begin) for begin in starts if begin < reel.held} <= set(times)
        for time, picture in pictures:
            number = sum(1 for begin in starts if RATE.time_of(begin) <= time) - 1
            if number in (0, 3):
                assert np.ptp(picture) <= 2 and picture.max() <= 18, "black"
            else:
                _looks_like(picture, drawn[number - 1])


def _samples(one: MadeSegment) -> list[Fraction]:
    init = read_init(one.init, where="init")
    fragments = read_segment(one.artifact.path.read_bytes(), init, where="segment").fragments
    return [Fraction(sample.duration, init.tracks[0].timescale) for each in fragments for sample in each.samples]


def _grey(workshop: Workshop, card: Any) -> Any:
    from PIL import Image

    return Image.open(workshop.make_card(card).artifact.path).convert("L")


def _looks_like(picture: np.ndarray[Any, Any], drawn: np.ndarray[Any, Any]) -> None:
    from PIL import Image

    height, width = picture.shape
    wanted = np.asarray(Image.fromarray(drawn).resize((width, height), Image.Resampling.LANCZOS), float)
    # From the range of film to that of a screen.
    found = np.clip((picture.astype(float) - 16) * 255 / 219, 0, 255)
    assert np.sqrt(np.mean((found - wanted) ** 2)) < 6


@pytest.mark.parametrize("codec", ENCODINGS)
@pytest.mark.parametrize("fps", ["24000/1001", "50"])
def test_cards_share_the_init_segments_of_films(tmp_path: Path, codec: Codec, fps: str) -> None:
    """ffmpeg, and the players that stand on it, keep to the first init segment of a playlist."""
    rate = FrameRate.parse(fps)
    renditions = (PictureRendition(320, 180, 2, 300, 600, None), PictureRendition(640, 360, 1, 900, 1800, None))
    ladder = PictureLadder(rate, renditions, codec)
    reel = Reel.of(Edit("black", (Gap(Fraction(6)),)), ladder.grid)
    chunk, _ = reel.chunks(())
    workshop = Workshop(Store(tmp_path / "store"), "tools", {})
    still = plan_still_chunk(reel, chunk, ladder, ENCODINGS[codec], {}, sheet=None)
    # Encoded as a film is, picture by picture, at an average or at a quality of its own.
    moving = plan_chunk(reel, chunk, ladder, ENCODINGS[codec], {}, shots=(0,), qualities=None)
    told = {one.name: RungQuality(90, (Fraction(30),), ("target",), 100, one.peak_kbps) for one in renditions}
    by_shot = plan_chunk(reel, chunk, ladder, ENCODINGS[codec], {}, shots=(0,), qualities=told)
    keys = plan_key_chunk(moving[0].node.picture, chunk, ladder)
    for rungs in (still, moving, by_shot, (keys,)):
        make_picture_segments(workshop, rungs)
    for number, rung in enumerate(still):
        films = [each[number] for each in (moving, by_shot)] if number < len(moving) else [keys]
        inits = {find_segments(workshop, picture_segment_keys(workshop, one))[0].init for one in (rung, *films)}
        assert len(inits) == 1, rung.rendition.name
