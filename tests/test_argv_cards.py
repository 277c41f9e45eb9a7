"""Pictures with cards: each node opens the card drawn for its own size, and all share what is decoded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.argv import key_as_url, picture_argv
from pipeline.graph import X264, BlackPicture, PictureEncode, PicturePart, StillPicture
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24000, 1001))
ENCODER = X264("medium", Fraction(18), 800, 1600, 48, 2, 3, "3.0", 4)


def node(*parts: PicturePart, width_px: int = 144, height_px: int = 256) -> PictureEncode:
    return PictureEncode(parts, (None,) * len(parts), width_px, height_px, RATE, ENCODER)


def graph_of(argv: tuple[str, ...]) -> list[str]:
    return argv[argv.index("-filter_complex") + 1].split(";")


def inputs_of(argv: tuple[str, ...]) -> list[str]:
    return [argv[place + 1] for place, word in enumerate(argv) if word == "-i"]


def test_a_card_is_one_picture_read_again_for_each_of_its_frames() -> None:
    argv = picture_argv([node(StillPicture("card", 12), BlackPicture(6))], ["out.mp4"], key_as_url)
    start = argv.index("-f")
    assert argv[start : start + 10] == (
        "-f", "image2", "-framerate", "24000/1001", "-loop", "1", "-pattern_type", "none", "-i", "key:card",
    )  # fmt: skip
    assert graph_of(argv)[:4] == [
        "[0:v:0]trim=end_frame=12[s0]",
        "[s0]settb=expr=1001/24000[s1]",
        "[s1]setpts=N[s2]",
        "[s2]fps=fps=24000/1001[s3]",
    ]
    assert "[s3]scale=144:256:" in graph_of(argv)[4] and "out_color_matrix=bt709" in graph_of(argv)[4]


def test_nodes_whose_cards_differ_open_one_each_and_share_the_rest() -> None:
    tall = node(StillPicture("tall card", 12), BlackPicture(6))
    square = replace(tall, parts=(StillPicture("square card", 12), BlackPicture(6)), height_px=144)
    argv = picture_argv([tall, square], ["tall.mp4", "square.mp4"], key_as_url)
    assert inputs_of(argv) == ["key:tall card", "color=black:size=144x256:rate=24000/1001", "key:square card"]
    assert sum("split=2" in step for step in graph_of(argv)) == 1, "black is made once for both"


def test_nodes_of_one_size_share_their_card_too() -> None:
    one = node(StillPicture("card", 12))
    other = replace(one, encoder=replace(ENCODER, crf=Fraction(20)))
    argv = picture_argv([one, other], ["one.mp4", "other.mp4"], key_as_url)
    assert inputs_of(argv) == ["key:card"]
    assert sum("split=2" in step for step in graph_of(argv)) == 1


def test_cards_shown_for_other_lengths_are_no_common_work() -> None:
    with pytest.raises(ValueError, match="same parts"):
        picture_argv([node(StillPicture("a", 12)), node(StillPicture("b", 13))], ["a.mp4", "b.mp4"], key_as_url)


def test_the_card_itself_is_part_of_what_a_picture_is_made_from() -> None:
    one, other = (picture_argv([node(StillPicture(card, 12))], ["out"], key_as_url) for card in ("a", "b"))
    assert one != other
    assert node(StillPicture("a", 12)).decoded == node(StillPicture("b", 12)).decoded
