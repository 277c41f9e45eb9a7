"""A ladder that could make no good package is refused, field by field, and says what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from pipeline.codecs import Codec
from pipeline.ladders import Encoding, PackageSound, Rung, encoding_faults, ladder_faults
from pipeline.presets import load_ladders

LOW = Rung(width_px=416, height_px=234, average_kbps=130, peak_kbps=138)
HIGH = Rung(width_px=640, height_px=360, average_kbps=365, peak_kbps=730)
SOUND: dict[str, Any] = {"low_below_kbps": 700, "surround_from_kbps": 2000, "loudness_lufs": Fraction(-16)}


def rung(one: Rung, **changes: int) -> Rung:
    return one.model_copy(update=changes)


@dataclass(frozen=True)
class Faulty:
    field: str
    rungs: tuple[Rung, ...] = (LOW, HIGH)
    sound: tuple[tuple[str, int], ...] = ()


@pytest.mark.parametrize(
    "faulty",
    [
        Faulty("rungs", (LOW,)),
        Faulty("rungs.1.width_px", (LOW, rung(HIGH, width_px=641))),
        Faulty("rungs.1.peak_kbps", (LOW, rung(HIGH, peak_kbps=731))),
        Faulty("rungs.1.peak_kbps", (LOW, rung(HIGH, peak_kbps=364))),
        Faulty("rungs.1", (LOW, rung(HIGH, average_kbps=130, peak_kbps=200))),
        Faulty("rungs.1", (LOW, rung(HIGH, width_px=300))),
        Faulty("rungs.0.peak_kbps", (rung(LOW, peak_kbps=139), HIGH)),
        Faulty("rungs.0.peak_kbps", sound=(("low_below_kbps", 8),)),  # so that the lowest has the sound of 128 kb/s
        Faulty("sound.stereo_kbps", sound=(("stereo_kbps", 40),)),
        Faulty("sound.stereo_kbps", sound=(("stereo_kbps", 128), ("surround_kbps", 128))),
    ],
    ids=lambda faulty: faulty.field,
)
def test_a_fault_is_told_where_it_is(faulty: Faulty) -> None:
    sound = PackageSound(**{**SOUND, **dict(faulty.sound)})
    assert [field for field, _, _ in ladder_faults(faulty.rungs, sound, "fixed")] == [faulty.field]


def test_rate_control_by_shot_takes_targets() -> None:
    faults = ladder_faults((LOW, rung(HIGH, vmaf=54)), PackageSound(**SOUND), "shots")
    assert [field for field, _, _ in faults] == ["rungs.0.vmaf"]


@pytest.mark.parametrize(
    ("codec", "encoding", "fields"),
    [
        ("h264", Encoding(preset="medium", references=3), []),
        ("hevc", Encoding(preset="placebo"), ["encoding.preset"]),
        ("av1", Encoding(preset="medium"), ["encoding.preset"]),
        ("av1", Encoding(preset="12"), ["encoding.preset"]),
        ("av1", Encoding(preset="8", references=3, b_frames=0), ["encoding.references", "encoding.b_frames"]),
    ],
)
def test_an_encoder_is_told_what_it_knows(codec: Codec, encoding: Encoding, fields: list[str]) -> None:
    faults = list(encoding_faults(codec, encoding))
    assert [field for field, _, _ in faults] == fields
    assert all(codec in allowed for _, _, allowed in faults)


def test_ladders_that_come_with_matinee_have_no_fault() -> None:
    assert {ladder.codec for ladder in load_ladders()} == {"h264", "hevc", "av1"}
    for ladder in load_ladders():
        assert not list(encoding_faults(ladder.codec, ladder.encoding))
        assert not list(ladder_faults(ladder.rungs, ladder.sound, ladder.rate_control))
