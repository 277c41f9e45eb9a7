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


def test_a_card_is_one_picture_that_is_decoded_and_scaled_once_and_held_for_its_frames() -> None:
    argv = picture_argv([node(StillPicture("card", 12), BlackPicture(6))], ["out.mp4"], key_as_url)
    start = argv.index("-f")
    assert argv[start : start + 8] == (
        "-f", "image2", "-framerate", "24000/1001", "-pattern_type", "none", "-i", "key:card",
    )  # fmt: skip
    scaled, *held = graph_of(argv)[:9]
    assert "[0:v:0]scale=144:256:" in scaled and "out_color_matrix=bt709" in scaled
    assert [step.partition("]")[2].partition("[")[0].partition("=")[0] for step in held[:3]] == [
        "setsar", "format", "setparams",
    ]  # fmt: skip
    assert held[3:] == [
        "[s3]loop=loop=-1:size=1[s4]",
        "[s4]trim=end_frame=12[s5]",
        "[s5]settb=expr=1001/24000[s6]",
        "[s6]setpts=N[s7]",
        "[s7]fps=fps=24000/1001[s8]",
    ]


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
