"""A film → the node of its proxy: how small it is, how it is encoded, and when its pictures are shown."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from pipeline.facts import PictureFacts
from pipeline.graph import (
    LEAD_IN,
    SAMPLE_RATE_HZ,
    X264,
    FilmSound,
    ProxyEncode,
    SoundEncode,
    Stretch,
)
from pipeline.plan.clips import Film, film_picture
from pipeline.plan.folding import fold_down
from pipeline.plan.levels import level_for
from pipeline.plan.shots import Timeline

MOST_WIDTH_PX: Final = 960
MOST_HEIGHT_PX: Final = 540
# Of a minute of Big Buck Bunny (960×540, CRF 26), CPU seconds and MB: superfast with a keyframe every 12 frames 10.1
# and 11.9 (a bare encode that is set alike 10.1 and 12.6), every 24 frames 10.0 and 9.5; every frame, at CRF 30, 11.7
# and 16.7; veryfast every 12 frames 12.1 and 8.2. Chromium showed any frame after 22 ms (median; 95 %: 67 ms) with 12,
# after 30 (60) with 24, after 17 (66) with keyframes alone, on a busy machine: 12 is the least that costs nothing. At
# CRF 28 the whole film of ten minutes takes 100 s of CPU and 94 MB, and any of its frames is shown after 50 ms (87).
PRESET: Final = "superfast"
CRF: Final = Fraction(28)
KEYFRAME_INTERVAL: Final = 12
"""Frames: what a player decodes at most to show the one that is wanted."""
THREADS: Final = 1
"""As for clips: the same recipe gives the same bytes."""
_KBPS: Final = 96
_CAP_BITS_PER_PIXEL: Final = Fraction(1, 4)
_FINEST_TIMESCALE: Final = 1_000_000
_USUAL_TIMESCALE: Final = 90_000
"""Of MPEG: a tenth of a frame's thousandth at 60 frames per second."""


def proxy_size(picture: PictureFacts) -> tuple[int, int]:
    """Return width and height of a film's proxy: even, upright, in square pixels, never larger than the film."""
    width, height = picture.display_size
    scale = min(Fraction(1), Fraction(MOST_WIDTH_PX, width), Fraction(MOST_HEIGHT_PX, height))
    across, down = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    return across, down


def proxy_timescale(timeline: Timeline) -> int | None:
    """Return the ticks per second of a proxy of a variable frame rate; None for a constant one.

    Its pictures' times are exact where a millionth of a second is, else to the nearest tick of 90 kHz.
    """
    if timeline.ticks is None:
        return None
    finest = timeline.tick.denominator
    return finest * -(-1000 // finest) if finest <= _FINEST_TIMESCALE else _USUAL_TIMESCALE


def proxy_ticks(timeline: Timeline, timescale: int) -> tuple[int, ...]:
    """Return when each picture of a film is shown in its proxy, in ticks."""
    return tuple(round(timeline.time_of(frame) * timescale) for frame in range(timeline.frame_count))


def plan_proxy(film: Film) -> ProxyEncode:
    """Return the node of a film's proxy. Raises PlanError for a rate past every level of H.264."""
    picture, timeline = film.facts.picture, film.timeline
    width, height = proxy_size(picture)
    cap = (width * height * timeline.rate.fps * _CAP_BITS_PER_PIXEL / 1000).__ceil__()
    level = level_for(width_px=width, height_px=height, rate=timeline.rate, maxrate_kbps=cap)
    encoder = X264(
        preset=PRESET,
        crf=CRF,
        maxrate_kbps=cap,
        bufsize_kbit=cap,
        keyframe_interval_frames=KEYFRAME_INTERVAL,
        # None is decoded before it is shown: a player has it at once.
        b_frames=0,
        references=1,
        level=level.name,
        threads=THREADS,
    )
    # At the rate of the pictures as they were counted: what the file says may be another.
    shown = replace(film_picture(film, Fraction(0), timeline.frame_count), rate=timeline.rate)
    return ProxyEncode(shown, proxy_timescale(timeline), width, height, encoder, _sound(film))


def _sound(film: Film) -> SoundEncode | None:
    sound, timeline = film.facts.main_sound, film.timeline
    if sound is None:
        return None
    samples = (timeline.duration * SAMPLE_RATE_HZ).__ceil__()
    start = film.facts.picture.start - Fraction(LEAD_IN, SAMPLE_RATE_HZ)
    heard = FilmSound(film.digest, sound.index, fold_down(sound), start, samples + LEAD_IN, seek=None)
    return SoundEncode((Stretch((heard,), 0, 0, samples),), (None,), _KBPS, coder="fast")
