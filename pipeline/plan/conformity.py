"""Holding what was measured of a file against a platform's preset: every finding, with its limit and who says so.

What lies past a limit of the preset fails, and so does what one of its documents refuses. What a document or our
practice only recommends is a warning, and so is the level of the sound where the platform publishes none: nobody
refuses a file for that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, TypeVar

from pipeline.counting import counted
from pipeline.limits import LOUDNESS_TOLERANCE_LU, exact_of
from pipeline.plan import delivery
from pipeline.plan.checks import (
    OUTCOMES,
    Answer,
    Check,
    Finding,
    Outcome,
    answer_all,
    by_limit,
    by_range,
    by_rule,
    decimal,
)
from pipeline.plan.delivery import Said
from pipeline.plan.measurements import (
    BoxLayout,
    Measured,
    Measurements,
    PictureMeasurements,
    SoundLevel,
    SoundMeasurements,
    Unmeasured,
)
from pipeline.plan.picture_checks import picture_checks, time_checks
from pipeline.presets import PlatformPreset, Source

# AAC spends bits as the sound needs them: what is encoded for 128 kb/s comes out at 122 to 131.
_AUDIO_SLACK: Final = Fraction(1, 20)
_SMALL_BYTES: Final = 100_000
_LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_Part = TypeVar("_Part")
_Both = tuple[PictureMeasurements, SoundMeasurements]


def check_conformity(measured: Measurements, preset: PlatformPreset) -> tuple[Finding, ...]:
    """Return every finding of a file for a platform, failures first."""
    picture, sound = _present(measured.picture, "there is no picture"), _present(measured.sound, "there is no sound")
    found = (
        *answer_all(_file_checks(preset), measured),
        *answer_all(_box_checks(preset), measured.boxes),
        *answer_all(picture_checks(preset), picture),
        *answer_all(time_checks(preset), picture if isinstance(picture, Unmeasured) else picture.times),
        *answer_all(_sound_checks(preset), sound),
        *answer_all(_level_checks(preset), sound if isinstance(sound, Unmeasured) else sound.level),
        *answer_all(_sync_checks(preset), _together(picture, sound)),
    )
    return tuple(sorted(found, key=lambda finding: OUTCOMES.index(finding.outcome)))


def _present(measured: Measured[_Part | None], absent: str) -> Measured[_Part]:
    return Unmeasured(absent) if measured is None else measured


def _together(picture: Measured[PictureMeasurements], sound: Measured[SoundMeasurements]) -> Measured[_Both]:
    if isinstance(picture, Unmeasured):
        return picture
    return sound if isinstance(sound, Unmeasured) else (picture, sound)


def _file_checks(preset: PlatformPreset) -> Iterator[Check[Measurements]]:
    def whole(file: Measurements) -> str | Unmeasured:
        if isinstance(file.damage, Unmeasured):
            return file.damage
        return "whole" if file.damage is None else "damaged"

    yield by_rule(preset, delivery.WHOLE, whole, show=lambda file: str(file.damage or "whole"))
    yield by_rule(preset, delivery.CONTAINER, lambda file: file.container)
    most = preset.file.file_size_mb
    if most is not None:
        yield by_range(
            preset,
            "file size",
            most,
            lambda file: Fraction(file.size_bytes, 1_000_000),
            lambda file: _size_text(file.size_bytes),
            unit="MB",
            advice="Encode the picture again with a lower bit rate.",
        )
    yield by_rule(preset, delivery.PICTURE, _picture_name, show=_picture_text)
    yield by_rule(preset, delivery.SOUND, _sound_name)


def _size_text(size: int) -> str:
    return f"{decimal(Fraction(size, 1_000_000))} MB" if size >= _SMALL_BYTES else counted(size, "byte")


def _picture_name(file: Measurements) -> str:
    if file.picture is None:
        return "none"
    return "unreadable" if isinstance(file.times, Unmeasured) else "one"


def _picture_text(file: Measurements) -> str:
    return _picture_name(file) if not isinstance(file.times, Unmeasured) or file.picture is None else file.times.reason


def _sound_name(file: Measurements) -> str | Unmeasured:
    if isinstance(file.sound, Unmeasured):
        return file.sound
    return "none" if file.sound is None else "one"


def _box_checks(preset: PlatformPreset) -> Iterator[Check[BoxLayout]]:
    rule = preset.file.edit_list

    def moov(boxes: BoxLayout) -> str | Unmeasured:
        if isinstance(boxes.moov_first, Unmeasured):
            return boxes.moov_first
        return "first" if boxes.moov_first else "after the media"

    def edit_lists(boxes: BoxLayout) -> Answer | Unmeasured:
        if isinstance(boxes.edit_lists, Unmeasured):
            return boxes.edit_lists
        text = f"on {counted(boxes.edit_lists, 'track')}" if boxes.edit_lists else "none"
        return Answer(text, "fail" if boxes.edit_lists and rule.rule == "forbidden" else "pass")

    yield by_rule(preset, delivery.MOOV, moov)
    yield by_rule(preset, delivery.FRAGMENTS, lambda boxes: "fragmented" if boxes.is_fragmented else "none")
    yield by_limit(preset, "edit list", rule, edit_lists, advice=delivery.REWRAP)


def _sound_checks(preset: PlatformPreset) -> Iterator[Check[SoundMeasurements]]:
    wanted = preset.sound
    rate, layout = f"{wanted.sample_rate_hz} Hz", _layout(wanted.channels)
    yield by_rule(preset, delivery.SOUND_CODEC, lambda sound: sound.codec)
    yield by_rule(
        preset,
        delivery.SAMPLE_RATE,
        lambda sound: f"{sound.sample_rate_hz} Hz",
        practice=Said(prefers=(rate,), words=rate),
    )
    yield by_rule(
        preset, delivery.CHANNELS, lambda sound: _layout(sound.channels), practice=Said(prefers=(layout,), words=layout)
    )
    yield _bit_rate_check(preset)


def _layout(channels: int) -> str:
    return _LAYOUTS.get(channels, counted(channels, "channel"))


def _bit_rate_check(preset: PlatformPreset) -> Check[SoundMeasurements]:
    """Return the check of the sound's bit rate.

    A minimum is kept by what the encoder allowed itself, where the file says that: simple sound needs fewer bits.
    """
    limit = preset.sound.audio_kbps
    least, most = exact_of(limit.min), exact_of(limit.max)

    def look(sound: SoundMeasurements) -> Answer | Unmeasured:
        if isinstance(sound.kbps, Unmeasured):
            return sound.kbps
        allowed = max(sound.kbps, sound.kbps_max or sound.kbps)
        is_kept = least is None or allowed >= least * (1 - _AUDIO_SLACK)
        is_kept = is_kept and (most is None or sound.kbps <= most * (1 + _AUDIO_SLACK))
        more = f", up to {decimal(allowed, 0)}" if allowed > sound.kbps else ""
        return Answer(f"{decimal(sound.kbps, 0)} kb/s on average{more}", "pass" if is_kept else "fail")

    advice = "Encode the sound again at such a bit rate; the picture can be copied."
    return by_limit(preset, "audio bit rate", limit, look, unit="kb/s", advice=advice)


def _level_checks(preset: PlatformPreset) -> Iterator[Check[SoundLevel]]:
    loudness, peak = preset.sound.loudness_lufs, preset.sound.true_peak_dbtp

    def look(level: SoundLevel) -> Answer:
        if math.isinf(level.integrated_lufs):
            text = "silence" if math.isinf(level.true_peak_dbtp) else "nothing above -70 LUFS that lasts 0.4 s"
            return Answer(text, _past(preset.sources[loudness.source]))
        over = round(level.integrated_lufs - float(loudness.target), 1)
        text = f"{level.integrated_lufs:.1f} LUFS"
        if abs(over) <= LOUDNESS_TOLERANCE_LU:
            return Answer(text, "pass")
        way = "loud" if over > 0 else "quiet"
        return Answer(f"{text}, {abs(over):.1f} LU too {way}", _past(preset.sources[loudness.source]))

    def look_at_peak(level: SoundLevel) -> Answer:
        if math.isinf(level.true_peak_dbtp):
            return Answer("silence", "pass")
        is_kept = level.true_peak_dbtp <= peak.max
        return Answer(f"{level.true_peak_dbtp:.1f} dBTP", "pass" if is_kept else _past(preset.sources[peak.source]))

    yield by_limit(
        preset,
        "loudness",
        loudness,
        look,
        unit=f"LUFS, within {LOUDNESS_TOLERANCE_LU}",
        advice="Turn the sound up or down by the difference, with a limiter where its peaks would pass theirs.",
    )
    yield by_limit(
        preset,
        "true peak",
        peak,
        look_at_peak,
        unit="dBTP",
        advice="Turn the sound down, or limit its peaks with a true-peak limiter.",
    )


def _past(source: Source) -> Outcome:
    """Return what it means to miss a level that a source names."""
    return "warn" if source.certainty == "practice" else "fail"


def _sync_checks(preset: PlatformPreset) -> Iterator[Check[_Both]]:
    def late(both: _Both) -> Fraction | Unmeasured:
        picture, sound = both
        return sound.start if isinstance(sound.start, Unmeasured) else sound.start - picture.start

    def name(both: _Both) -> str | Unmeasured:
        picture, offset = both[0], late(both)
        if isinstance(offset, Unmeasured) or isinstance(picture.times, Unmeasured):
            return offset if isinstance(offset, Unmeasured) else Unmeasured("the frame rate is not known")
        is_near = abs(offset) <= picture.times.nominal.frame_duration / 2
        return "within half a frame" if is_near else "elsewhere"

    def show(both: _Both) -> str:
        offset = late(both)
        assert not isinstance(offset, Unmeasured)
        if not offset:
            return "with the picture"
        return f"{decimal(abs(offset))} s {'after' if offset > 0 else 'before'} the picture"

    yield by_rule(preset, delivery.SYNC, name, show=show)
