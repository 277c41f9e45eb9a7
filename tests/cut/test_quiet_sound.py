"""Sound that cannot be as loud as a platform asks for stays quieter, and the table and clips.json say so."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.shell.ffmpeg import run_ffmpeg

HZ = 48000
CUT = ("--highlights", "short", "--platform", "tall", "--platform", "quad", "--count", 1)


@pytest.fixture
def clicking(workplace: Any) -> Path:
    """Return a film of soft noise with clicks that reach far above it."""
    sound = np.random.default_rng(3).normal(0, 0.02, 12 * HZ)
    sound[:: HZ // 2] = 0.9
    path = workplace.films / "clicks.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, HZ, 0, "NONE", ""))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    film: Path = workplace.films / "clicking.mov"
    inputs = ("-i", f"file:{workplace.film}", "-i", f"file:{path}", "-map", "0:v", "-map", "1:a")
    run_ffmpeg((*inputs, "-c:v", "copy", "-c:a", "pcm_s16le", str(film)))
    return film


def test_the_table_and_the_list_say_which_clips_stay_quieter_and_why(workplace: Any, clicking: Path) -> None:
    preset = workplace.presets / "platforms" / "quad.toml"
    preset.write_text(preset.read_text().replace("[file]", "limiting_db_max = 20\n\n[file]"))
    ran = workplace.matinee("cut", clicking, *CUT)
    assert ran.code == 0, ran.err
    document = json.loads((workplace.out("clicking") / "clips.json").read_text())
    clips = {clip["platform"]: clip for clip in document["clips"]}
    tall, quad = clips["tall"], clips["quad"]
    assert tall["keys"]["sound"] != quad["keys"]["sound"], "what a limiter may do is a reason for another sound"
    assert any("sound.limiting_db_max 6" in reason and "20" in reason for reason in document["sharing"])
    assert (quad["quieter_lu"], quad["loudness_target_lufs"]) == (0, -16) and abs(quad["loudness_lufs"] + 16) <= 0.5
    assert tall["quieter_lu"] == pytest.approx(-16 - tall["loudness_lufs"], abs=0.11) and tall["quieter_lu"] > 1
    assert tall["programmes"][0]["limited_db"] <= 6 < quad["programmes"][0]["limited_db"] <= 20
    assert tall["programmes"][0]["key"] == tall["keys"]["programme 1"]
    told = f"{tall['quieter_lu']:.1f} LU quieter than the -16 LUFS asked for"
    assert told in tall["note"] and "at most 6 dB" in tall["note"]
    row = next(line for line in ran.out.splitlines() if line.split()[:1] == ["h1-tall"])
    assert f"{tall['loudness_lufs']:.1f}, not -16" in row
    assert f"Quieter than asked for: h1-tall: {tall['note']}." in ran.out
    assert "h1-quad:" not in ran.out and "not -16" not in ran.out.replace(row, "")


def test_what_a_programme_took_is_kept_for_as_long_as_its_clips(workplace: Any, clicking: Path) -> None:
    assert workplace.matinee("cut", clicking, *CUT).code == 0
    assert workplace.matinee("gc", "--yes").code == 0
    receipts = [json.loads(path.read_text()) for path in (workplace.home / "store").glob("*/*/receipt.json")]
    assert [receipt["made_by"] for receipt in receipts].count("programme") == 1
    assert "everything was reused" in workplace.matinee("cut", clicking, *CUT).out
