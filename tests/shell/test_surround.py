"""A tone in each channel of a film's sound comes out of the same loudspeaker of 5.1."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipeline.argv import sound_argv
from pipeline.graph import LEAD_IN, FilmSound, SoundEncode, Stretch
from pipeline.plan.folding import surround

from .conftest import SAMPLE_RATE, ffmpeg
from .test_fold_down import _facts

NAMES = ("FL", "FR", "FC", "LFE", "BL", "BR")
LAYOUTS = {
    "mono": ("FC",),
    "stereo": ("FL", "FR"),
    "5.1": NAMES,
    "5.1(side)": NAMES,
    "7.1": (*NAMES, "BL", "BR"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_channel_is_heard_from_its_loudspeaker(layout: str, tmp_path: Path) -> None:
    heard = LAYOUTS[layout]
    tones = "|".join(f"0.5*sin(2*PI*{300 + 100 * number}*t)" for number in range(len(heard)))
    source = f"aevalsrc=exprs={tones}:channel_layout={layout}:sample_rate={SAMPLE_RATE}:duration=1"
    path = tmp_path / "film.mkv"
    ffmpeg("-f", "lavfi", "-i", source, "-c:a", "pcm_s16le", path)
    count = SAMPLE_RATE // 2
    piece = FilmSound("m", 0, surround(_facts(path)), -Fraction(LEAD_IN, SAMPLE_RATE), LEAD_IN + count, None)
    argv = sound_argv(SoundEncode((Stretch((piece,), 0, 0, count),), (None,), 320), "out", lambda _: f"file:{path}")
    graph = argv[: argv.index("-map") + 2]
    samples = np.frombuffer(ffmpeg(*graph, "-f", "f32le", "-"), "<f4").reshape(-1, 6)[LEAD_IN : LEAD_IN + count]
    power = np.abs(np.fft.rfft(samples, axis=0)) * 2 / count
    for number, name in enumerate(heard):
        of_tone = power[(300 + 100 * number) * count // SAMPLE_RATE]
        factor = 0.7071 if heard.count(name) > 1 else 1.0
        expected = [0.5 * factor if name == other else 0.0 for other in NAMES]
        assert np.allclose(of_tone, expected, atol=0.01), (name, of_tone)
