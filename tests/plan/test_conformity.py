"""What a file's measurements mean for a platform: failure, warning, not checked or passed, and by whose word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.boxes.conformance import BT709
from pipeline.plan import delivery
from pipeline.plan.checks import OUTCOMES, Finding
from pipeline.plan.conformity import check_conformity
from pipeline.plan.delivery import Rule
from pipeline.plan.measurements import (
    BoxLayout,
    Measurements,
    PictureMeasurements,
    PictureTimes,
    SoundLevel,
    SoundMeasurements,
    Unmeasured,
)
from pipeline.plan.streams import MasterFormat, plan_streams
from pipeline.presets import load_platform, load_platforms
from pipeline.timebase import FrameRate
from tests.specimens import strict_preset

RATE = FrameRate(Fraction(24))
TIMES = PictureTimes(
    frame_count=48,
    duration=Fraction(2),
    rate=RATE,
    average_fps=Fraction(24),
    slowest_fps=Fraction(24),
    fastest_fps=Fraction(24),
    shortest_interval_s=Fraction(1),
    longest_interval_s=Fraction(1),
    group_count=2,
    open_groups=0,
    b_frames=2,
    kbps=Fraction(1000),
)
PICTURE = PictureMeasurements(
    codec="H.264",
    profile="High",
    level=40,
    chroma="4:2:0",
    bits=8,
    stored_px=(72, 128),
    width_px=72,
    height_px=128,
    pixel_aspect=Fraction(1),
    turn="upright",
    scan="progressive",
    colour=BT709,
    start=Fraction(0),
    times=TIMES,
)
SOUND = SoundMeasurements(
    codec="AAC-LC",
    channels=2,
    sample_rate_hz=48000,
    start=Fraction(0),
    kbps=Fraction(128),
    kbps_max=None,
    level=SoundLevel(-14.0, -1.0),
)
GOOD = Measurements(
    size_bytes=1_000_000,
    container="MP4",
    damage=None,
    boxes=BoxLayout(moov_first=True, is_fragmented=False, edit_lists=0),
    picture=PICTURE,
    sound=SOUND,
)
RULES = [value for value in vars(delivery).values() if isinstance(value, Rule)]


def _with(**parts: dict[str, Any]) -> Measurements:
    """Return the good file with other fields of its boxes, picture, times, sound or level."""
    times = replace(TIMES, **parts.get("times", {}))
    picture = replace(PICTURE, **{"times": times, **parts.get("picture", {})})
    level = replace(SoundLevel(-14.0, -1.0), **parts.get("level", {}))
    sound = replace(SOUND, **{"level": level, **parts.get("sound", {})})
    assert isinstance(GOOD.boxes, BoxLayout)
    return replace(
        GOOD, picture=picture, sound=sound, boxes=replace(GOOD.boxes, **parts.get("boxes", {})), **parts.get("file", {})
    )


def _found(measured: Measurements, *cited: str, **changed: dict[str, Any]) -> dict[str, Finding]:
    return {one.what: one for one in check_conformity(measured, strict_preset(*cited, **changed))}


def _outcomes(measured: Measurements, *cited: str, **changed: dict[str, Any]) -> dict[str, str]:
    """Return what does not pass."""
    return {what: one.outcome for what, one in _found(measured, *cited, **changed).items() if one.outcome != "pass"}


def test_a_good_file_passes_and_every_finding_has_limit_measure_and_source() -> None:
    found = check_conformity(GOOD, strict_preset())
    assert {one.outcome for one in found} == {"pass"}
    assert all(one.limit and one.measured and one.source.title and one.source.read_on for one in found)
    assert all(one.source.url or one.source.note for one in found)
    assert len({one.what for one in found}) == len(found) >= 34


@pytest.mark.parametrize(
    ("cited", "codec", "outcome"),
    [
        (("linkedin",), "H.265", "fail"),  # a document that takes H.264 alone
        (("x",), "H.265", "warn"),  # one that recommends it
        (("instagram",), "H.265", "pass"),  # one that takes both
        (("instagram",), "VP9", "fail"),
        (("facebook", "linkedin"), "AV1", "pass"),  # the first that says something counts
        (("youtube",), "H.264", "pass"),
    ],
)
def test_documents_refuse_recommend_or_take(cited: tuple[str, ...], codec: str, outcome: str) -> None:
    assert _found(_with(picture={"codec": codec}), *cited)["video codec"].outcome == outcome


def test_where_no_document_speaks_practice_warns_and_says_why() -> None:
    finding = _found(_with(boxes={"moov_first": False}), "facebook")["moov box"]
    assert (finding.outcome, finding.source.certainty) == ("warn", "practice")
    assert finding.source.note == delivery.MOOV.reason
    assert finding.advice is not None and "faststart" in finding.advice


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.what)
def test_every_rule_has_a_reason_and_documents_that_a_shipped_preset_cites(rule: Rule) -> None:
    cited = {source.url for preset in load_platforms(()) for source in preset.sources.values()}
    assert rule.reason.endswith(".")
    assert set(rule.said) <= cited
    for said in rule.said.values():
        assert not said.takes or set(said.prefers) <= set(said.takes)


def test_shapes_are_of_documents_that_shipped_presets_cite() -> None:
    presets = load_platforms(())
    assert all(any(source.url in delivery.SHAPES for source in preset.sources.values()) for preset in presets)


@pytest.mark.parametrize(
    ("size", "cited", "outcome"),
    [
        ((72, 128), ("facebook",), "pass"),
        ((70, 126), ("facebook",), "pass"),  # as near as even sizes come
        ((96, 128), ("facebook",), "fail"),
        ((96, 128), ("instagram",), "warn"),  # taken, but of another shape than the preset's
        ((96, 128), ("youtube",), "fail"),  # the document on encoding says nothing of shapes
    ],
)
def test_a_shape_is_the_presets_or_one_that_its_document_takes(
    size: tuple[int, int], cited: tuple[str, ...], outcome: str
) -> None:
    assert _found(_with(picture={"width_px": size[0], "height_px": size[1]}), *cited)["aspect"].outcome == outcome


@pytest.mark.parametrize(
    ("lufs", "peak", "told"),
    [
        (-13.5, -1.0, {}),
        (-14.5, -9.0, {}),
        (-13.4, -1.0, {"loudness": "warn"}),
        (-20.0, -0.9, {"loudness": "warn", "true peak": "warn"}),
        (float("-inf"), float("-inf"), {"loudness": "warn"}),
    ],
)
def test_a_level_past_what_people_deliver_is_a_warning(lufs: float, peak: float, told: dict[str, str]) -> None:
    assert _outcomes(_with(level={"integrated_lufs": lufs, "true_peak_dbtp": peak})) == told


def test_a_level_past_what_the_platform_publishes_fails() -> None:
    published = {"loudness_lufs": {"source": "page"}, "true_peak_dbtp": {"source": "page"}}
    loud = _with(level={"integrated_lufs": -9.0, "true_peak_dbtp": 0.0})
    assert _outcomes(loud, **published) == {"loudness": "fail", "true peak": "fail"}


@pytest.mark.parametrize(
    ("kbps", "most", "outcome"),
    [
        (128, None, "pass"),
        (122, None, "pass"),  # what an encoder makes of 128
        (121, None, "fail"),
        (60, 128, "pass"),  # simple sound of an encoder that was allowed 128
        (60, 96, "fail"),
        (201, 192, "pass"),
        (202, 192, "fail"),
        (202, None, "fail"),
    ],
)
def test_a_bit_rate_of_sound_may_be_what_the_sound_needs(kbps: int, most: int | None, outcome: str) -> None:
    sound = {"kbps": Fraction(kbps), "kbps_max": None if most is None else Fraction(most)}
    assert _found(_with(sound=sound))["audio bit rate"].outcome == outcome


@pytest.mark.parametrize(
    ("limit", "shortest", "longest", "outcome"),
    [
        ({"max": 2, "prefer": 2}, 48, 48, "pass"),  # 2.002 s at 24000/1001: past two seconds by less than a frame
        ({"max": 2, "prefer": 2}, 48, 49, "fail"),
        ({"min": 2, "max": 5, "prefer": 2}, 48, 48, "pass"),
        ({"min": 2, "max": 5, "prefer": 2}, 47, 48, "fail"),
        ({"min": 2, "max": 5, "prefer": 2}, None, 12, "pass"),  # one group, which the clip's end cuts short
        ({"max": None, "prefer": 2}, 24, 1000, "pass"),
    ],
)
def test_keyframes_keep_their_distance_to_the_frame(
    limit: dict[str, Any], shortest: int | None, longest: int, outcome: str
) -> None:
    film = FrameRate(Fraction(24000, 1001))
    times = {
        "rate": film,
        "shortest_interval_s": None if shortest is None else film.time_of(shortest),
        "longest_interval_s": film.time_of(longest),
    }
    assert _found(_with(times=times), keyframe_interval_s=limit)["keyframe interval"].outcome == outcome


@given(
    st.sampled_from(["24000/1001", "24", "25", "30000/1001", "30", "48", "60000/1001", "60"]),
    st.sampled_from([("facebook-reels",), ("youtube-shorts",), ("facebook-reels", "youtube-shorts"), ("tiktok",)]),
)
def test_whatever_interval_is_planned_is_within_the_limits(rate: str, asked: tuple[str, ...]) -> None:
    presets, film = load_platforms(asked), FrameRate.parse(rate)
    plan = plan_streams(presets, MasterFormat(1080, 1920, film, 2), Fraction(45))
    for preset in presets:
        stream = next(one.picture for one in plan.assignments if one.platform == preset.id)
        interval = stream.frame_rate.time_of(stream.keyframe_interval_frames)
        times = {"rate": stream.frame_rate, "shortest_interval_s": interval, "longest_interval_s": interval}
        found = {one.what: one.outcome for one in check_conformity(_with(times=times), preset)}
        assert (found["keyframe interval"], found["frame rate"]) == ("pass", "pass")


@pytest.mark.parametrize(
    ("level", "size", "rate", "outcome"),
    [
        (40, (1080, 1920), 30, "pass"),
        (40, (1080, 1920), 60, "warn"),
        (42, (1080, 1920), 60, "pass"),
        (9, (176, 144), 15, "warn"),
        (10, (176, 144), 15, "pass"),
    ],
)
def test_a_level_is_at_least_what_the_picture_needs(level: int, size: tuple[int, int], rate: int, outcome: str) -> None:
    measured = _with(picture={"level": level, "stored_px": size}, times={"rate": FrameRate(Fraction(rate))})
    assert _found(measured)["H.264 level"].outcome == outcome


@pytest.mark.parametrize(
    ("late", "outcome"), [(0, "pass"), (Fraction(1, 48), "pass"), (Fraction(1, 47), "warn"), (Fraction(-1, 10), "warn")]
)
def test_sound_starts_within_half_a_frame_of_the_picture(late: Fraction, outcome: str) -> None:
    measured = _with(picture={"start": Fraction(10)}, sound={"start": 10 + Fraction(late)})
    assert _found(measured)["sound starts"].outcome == outcome


UNKNOWN = Unmeasured("nobody looked")
BLANKS: dict[str, Callable[[], Measurements]] = {
    "file": lambda: replace(GOOD, container=UNKNOWN, damage=UNKNOWN, boxes=UNKNOWN, picture=UNKNOWN, sound=UNKNOWN),
    "boxes": lambda: replace(GOOD, boxes=UNKNOWN),
    "moov": lambda: _with(boxes={"moov_first": UNKNOWN, "edit_lists": UNKNOWN}),
    "picture": lambda: replace(GOOD, picture=UNKNOWN),
    "times": lambda: _with(picture={"times": UNKNOWN}),
    "chroma": lambda: _with(picture={"chroma": UNKNOWN}),
    "sound": lambda: replace(GOOD, sound=UNKNOWN),
    "parts of the sound": lambda: _with(sound={"start": UNKNOWN, "kbps": UNKNOWN, "level": UNKNOWN}),
}


@pytest.mark.parametrize("name", BLANKS)
def test_what_was_not_measured_is_never_passed(name: str) -> None:
    blank, whole = _found(BLANKS[name]()), _found(GOOD)
    assert set(blank) == set(whole)
    changed = {what: one for what, one in blank.items() if one != whole[what]}
    assert name != "file" or set(whole) - set(changed) == {"file size"}
    # Nobody can say of a picture that was not read that it is taken.
    assert ("picture" in changed) == (name in ("file", "picture", "times"))
    assert "picture" not in changed or changed.pop("picture").outcome == "fail"
    assert {one.outcome for one in changed.values()} == {"unchecked"}
    assert all(one.measured in (UNKNOWN.reason, "the frame rate is not known") for one in changed.values())
    assert all(one.advice is None for one in changed.values())


def test_a_file_without_a_picture_fails_and_one_without_sound_is_a_warning() -> None:
    assert _outcomes(replace(GOOD, picture=None))["picture"] == "fail"
    silent = _outcomes(replace(GOOD, sound=None))
    assert silent.pop("sound") == "warn"
    assert set(silent.values()) == {"unchecked"}


def test_failures_come_first() -> None:
    found = check_conformity(_with(boxes={"edit_lists": 2}, level={"integrated_lufs": -9.0}), strict_preset())
    assert [OUTCOMES.index(one.outcome) for one in found] == sorted(OUTCOMES.index(one.outcome) for one in found)
    assert [one.what for one in found[:2]] == ["edit list", "loudness"]


def test_an_edit_list_passes_where_the_preset_allows_it_and_a_value_that_is_not_preferred_too() -> None:
    assert _outcomes(_with(boxes={"edit_lists": 2}), edit_list={"rule": "allowed"}) == {}
    assert _outcomes(_with(picture={"width_px": 90, "height_px": 160})) == {}


def test_limits_are_told_as_the_preset_says_them() -> None:
    found = {one.what: one for one in check_conformity(GOOD, load_platform("facebook-reels"))}
    told = {what: found[what].limit for what in ("frame rate", "duration", "keyframe interval", "loudness", "chroma")}
    assert told == {
        "frame rate": "24000/1001 to 60/1 fps",
        "duration": "3 to 90 s",
        "keyframe interval": "2 to 5, prefers 2 s",
        "loudness": "-14 LUFS, within 0.5",
        "chroma": "4:2:0",
    }
    assert found["chroma"].source.url == delivery.FACEBOOK
    assert "video bit rate" not in found  # the preset limits none
