"""What is heard: no sound, mono, surround, several tracks, odd sample rates, and loud sound that must not clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.masters.studio import SAMPLE_RATE, Studio, ffmpeg, known_sound, write_wav
from tests.masters.viewing import Clip, assert_in_sync, assert_to_the_frame, heard_at

MakeClip = Callable[..., Clip]
SECONDS = 6
# Its metadata may ask for a softer centre and surrounds; here they are asked for as usual.
AC3 = ("-c:a", "ac3", "-b:a", "448k", "-center_mixlev", "0.707", "-surround_mixlev", "0.707")


def _tone(hertz: float, *, level: float = 0.2) -> np.ndarray[Any, Any]:
    return (np.sin(2 * np.pi * hertz * np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE) * level).astype(np.float32)


def _strength(clip: Clip, hertz: float) -> tuple[float, float]:
    """Return the amplitude of a tone in the clip's left and right sound."""
    piece = clip.sound[:, SAMPLE_RATE // 2 : SAMPLE_RATE // 2 + SAMPLE_RATE]
    wave = np.exp(-2j * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    left, right = (2 * abs(float(abs(np.dot(channel, wave)))) / SAMPLE_RATE for channel in piece)
    return left, right


def _with_sound(studio: Studio, name: str, tracks: Sequence[Sequence[np.ndarray[Any, Any]]], *arguments: str) -> Path:
    """Join pictures with tracks of sound, each a sequence of channels."""
    silent = studio.shoot(f"silent-{name}.mkv", seconds=SECONDS, sound=None)
    inputs: list[str | Path] = ["-i", silent.path]
    for number, channels in enumerate(tracks):
        inputs += ["-i", write_wav(studio.folder / f"{name}-{number}.wav", channels)]
    maps = [word for number in range(len(tracks) + 1) for word in ("-map", str(number))]
    path = studio.folder / name
    ffmpeg(*inputs, *maps, "-c:v", "copy", *arguments, path)
    return path


def test_a_silent_film_gives_a_silent_clip(studio: Studio, clip_of: MakeClip) -> None:
    clip = clip_of(studio.shoot("silent.mp4", sound=None).path)
    assert_to_the_frame(clip, "24")
    assert not clip.sound.any()
    assert clip.said["loudness_lufs"] is None


def test_a_track_of_silence_gives_a_silent_clip(studio: Studio, clip_of: MakeClip) -> None:
    clip = clip_of(_with_sound(studio, "quiet.mov", [[_tone(500, level=0)]], "-c:a", "pcm_s16le"))
    assert_to_the_frame(clip, "24")
    assert abs(clip.sound).max() < 1e-4


@pytest.mark.parametrize("hertz", ["8000", "44100", "96000"])
def test_any_sample_rate_becomes_48_khz_in_sync(studio: Studio, clip_of: MakeClip, hertz: str) -> None:
    master = studio.shoot(f"at-{hertz}.mov", sound=("-c:a", "pcm_s16le", "-ar", hertz))
    clip = clip_of(master.path)
    assert_to_the_frame(clip, "24")
    assert_in_sync(clip, master)


def test_mono_is_heard_alike_on_both_sides(studio: Studio, clip_of: MakeClip) -> None:
    clip = clip_of(_with_sound(studio, "mono.mov", [[_tone(700)]], "-c:a", "pcm_s16le"))
    left, right = _strength(clip, 700)
    assert left == pytest.approx(right, rel=0.01)
    assert left > 0.05


def test_stereo_keeps_its_sides(studio: Studio, clip_of: MakeClip) -> None:
    clip = clip_of(_with_sound(studio, "stereo.mov", [[_tone(700), _tone(1100)]], "-c:a", "pcm_s16le"))
    left, right = zip(_strength(clip, 700), _strength(clip, 1100), strict=True)
    assert left[0] > 30 * left[1]
    assert right[1] > 30 * right[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("surround.mov", ("-c:a", "pcm_s16le")), ("surround.mp4", ("-c:a", "aac", "-b:a", "384k")),
     ("surround.mkv", AC3), ("surround.mxf", ("-c:v", "mpeg2video", "-r", "25", "-c:a", "pcm_s16le"))],
)  # fmt: skip
def test_surround_is_mixed_down_with_every_voice_and_no_clipping(
    studio: Studio, clip_of: MakeClip, name: str, arguments: tuple[str, ...]
) -> None:
    # L R C LFE Ls Rs, all at 0.6: added up as they are, they would reach well over full scale.
    tones = {"L": 500, "R": 640, "C": 820, "LFE": 60, "Ls": 1060, "Rs": 1370}
    channels = [_tone(hertz, level=0.6) for hertz in tones.values()]
    layout = ("-af", "channelmap=channel_layout=5.1")
    clip = clip_of(_with_sound(studio, name, [channels], *layout, *arguments))
    heard = {voice: _strength(clip, hertz) for voice, hertz in tones.items() if voice != "LFE"}
    assert heard["C"][0] == pytest.approx(heard["C"][1], rel=0.05)
    for own, front, behind in ((0, "L", "Ls"), (1, "R", "Rs")):
        assert heard[front][own] > 10 * heard[front][1 - own]
        assert heard[behind][own] > 10 * heard[behind][1 - own]
        # ITU-R BS.775: centre and surrounds 3 dB below the front sides.
        assert heard["C"][own] == pytest.approx(heard[front][own] * 0.707, rel=0.1)
        assert heard[behind][own] == pytest.approx(heard[front][own] * 0.707, rel=0.1)
    assert abs(clip.sound).max() <= 10 ** (-1 / 20)
    # A clipped mix shows as tones that nobody played: a third harmonic of the loudest.
    assert max(_strength(clip, 3 * tones["L"])) < 0.01 * heard["L"][0]


def test_a_loud_film_stays_below_the_peak(studio: Studio, clip_of: MakeClip) -> None:
    noise = known_sound(SECONDS)
    loud = np.clip(noise * 12, -1, 1)
    clip = clip_of(_with_sound(studio, "loud.mov", [[loud, loud]], "-c:a", "pcm_s16le"))
    assert abs(clip.sound).max() <= 10 ** (-1 / 20)
    assert clip.said["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert clip.said["true_peak_dbtp"] <= -1


@pytest.mark.parametrize("name", ["tracks.mkv", "tracks.mov"])
@pytest.mark.parametrize("default", [0, 1, 2])
def test_of_several_tracks_the_default_one_is_used_and_told(
    studio: Studio, clip_of: MakeClip, name: str, default: int
) -> None:
    tones = (500, 700, 900)
    dispositions = [
        word for n in range(3) for word in (f"-disposition:a:{n}", "default" if n == default else "0")
    ]  # fmt: skip
    path = _with_sound(
        studio, f"{default}-{name}", [[_tone(hertz)] for hertz in tones], "-c:a", "pcm_s16le", *dispositions,
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger", "-metadata:s:a:2", "language=spa",
    )  # fmt: skip
    clip = clip_of(path)
    strengths = [_strength(clip, hertz)[0] for hertz in tones]
    assert strengths[default] > 30 * max(strengths[:default] + strengths[default + 1 :])
    told = " ".join(clip.notes)
    assert "3 audio tracks" in told and ("eng", "ger", "spa")[default] in told


def test_a_hole_in_the_sound_moves_nothing_after_it(studio: Studio, clip_of: MakeClip) -> None:
    """A recorder that dropped packets leaves a gap; what follows is heard where it belongs."""
    master = studio.shoot("whole.mkv", sound=("-c:a", "pcm_s16le"))
    path = studio.folder / "holed.mkv"
    drop = "noise=drop='eq(pos\\,-2)+between(pts*tb\\,6.9\\,7.3)'"
    ffmpeg("-i", master.path, "-map", "0", "-c", "copy", "-bsf:a", drop, path)
    path.with_name("holed.film.toml").write_text("[[locked]]\nfrom = 6\nto = 8\n")
    clip = clip_of(path)
    assert_to_the_frame(clip, "24")
    assert float(heard_at(clip, master, 0.5)) == pytest.approx(6.5, abs=0.001)
    assert abs(clip.sound[:, round(1.0 * SAMPLE_RATE) : round(1.2 * SAMPLE_RATE)]).max() < 0.01
    assert float(heard_at(clip, master, 1.5)) == pytest.approx(7.5, abs=0.001)
