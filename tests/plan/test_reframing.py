"""Each shot is framed by what it shows: made-up faces and edges in, windows out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.facts import Colour, PictureFacts
from pipeline.framing import FramedPanel, FramedStretch
from pipeline.geometry import Box
from pipeline.plan.features import FaceBox
from pipeline.plan.framing import views_of
from pipeline.plan.layout import button_zones
from pipeline.plan.reframing import Wish, frame_span
from pipeline.plan.shots import Timeline, Transition
from pipeline.plan.subjects import COLUMNS, ROWS, STEP, Bars, Sight, Spread, Subjects
from pipeline.presets import load_platforms
from pipeline.styles import FramingStyle
from pipeline.timebase import FrameRate, Span

R24, R60 = FrameRate(Fraction(24)), FrameRate(Fraction(60))
TALL, WIDE, SQUARE = Fraction(9, 16), Fraction(16, 9), Fraction(1)
EVEN_ACROSS, EVEN_DOWN = Spread.of([1.0] * COLUMNS), Spread.of([1.0] * ROWS)
Faces = Callable[[float], Sequence[FaceBox]]
"""From seconds of the film to the faces in its picture."""


def _picture(width: int = 1280, height: int = 720, *, rate: FrameRate = R24, aspect: Fraction = Fraction(1),
             rotation: int = 0) -> PictureFacts:  # fmt: skip
    return PictureFacts(0, "h264", width, height, aspect, rotation, "yuv420p", 8, Colour(None, None, None, None),
                        "progressive", rate, Fraction(0), None)  # fmt: skip


def _face(across: float, down: float = 0.4, side: float = 0.1, confidence: float = 0.8) -> FaceBox:
    """Return a face with its middle at a place."""
    return FaceBox(across - side / 2, down - side / 2, side, side, confidence)


def _no_faces(_: float) -> Sequence[FaceBox]:
    return ()


def _subjects(faces: Faces = _no_faces, *, seconds: Fraction = Fraction(4), start: Fraction = Fraction(0),
              bars: Callable[[float], Bars | None] = lambda _: Bars(), across: Spread = EVEN_ACROSS,
              down: Spread = EVEN_DOWN) -> Subjects:  # fmt: skip
    span = Span(start, start + seconds)
    times = [start + STEP * number for number in range(-(-seconds // STEP))]
    sights = tuple(Sight(time, tuple(faces(float(time))), across, down) for time in times)
    seen = tuple((time, bars(float(time))) for time in times[::3])
    return Subjects(span, sights, seen)


def _framed(subjects: Subjects, shape: Fraction = TALL, *, picture: PictureFacts | None = None,
            transitions: Sequence[Transition] = (), timeline: Timeline | None = None, fit: Any = "crop",
            zones: Any = (), **style: Any) -> tuple[FramedStretch, ...]:  # fmt: skip
    picture = picture or _picture()
    return frame_span(
        subjects,
        [subjects],
        picture=picture,
        timeline=timeline or Timeline(picture.rate, int(subjects.span.end * picture.rate.fps) + 240),
        transitions=transitions,
        wish=Wish(shape, fit, FramingStyle(**style), zones),
    )


def _only(stretches: Sequence[FramedStretch]) -> FramedPanel:
    (stretch,) = stretches
    (panel,) = stretch.panels
    return panel


def _span_of(panel: FramedPanel, frame: int = 0) -> tuple[float, float]:
    """Return where a window begins and ends across."""
    left = float(panel.path.at(frame)[0])
    return left, left + float(panel.width_px)


def _holds(panel: FramedPanel, face: FaceBox, frame: int, picture: PictureFacts) -> bool:
    """Return whether a whole face is in a window, but for the rounding of windows to parts of a pixel."""
    width, height = picture.display_size
    left, top = (float(place) for place in panel.path.at(frame))
    return (
        left - 0.1 <= face.x * width
        and (face.x + face.width) * width <= left + float(panel.width_px) + 0.1
        and top - 0.1 <= face.y * height
        and (face.y + face.height) * height <= top + float(panel.height_px) + 0.1
    )


CENTRE = (Fraction(875, 2), Fraction(0))  # 405 of 1280 pixels


def test_where_no_subject_is_seen_the_window_is_in_the_very_middle() -> None:
    (stretch,) = _framed(_subjects())
    (panel,) = stretch.panels
    assert panel.path.at(0) == CENTRE and len(panel.path.knots) == 1
    assert (panel.width_px, panel.height_px) == (405, 720)
    assert stretch.why == "in the middle: no subject is clear"


@pytest.mark.parametrize("at", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_a_face_is_in_the_window_with_its_head_and_the_window_stands(at: float) -> None:
    panel = _only(_framed(_subjects(lambda _: [_face(at)])))
    left, right = _span_of(panel)
    assert len(panel.path.knots) == 1
    assert left <= max(0, (at - 0.07) * 1280) and min(1280, (at + 0.07) * 1280) <= right
    assert at != 0.5 or panel.path.at(0) == CENTRE


def test_a_face_that_walks_across_is_followed_and_stays_whole() -> None:
    def walking(time: float) -> Sequence[FaceBox]:
        return [_face(0.15 + 0.7 * min(1.0, max(0.0, (time - 2) / 6)))]

    (stretch,) = _framed(_subjects(walking, seconds=Fraction(10)))
    assert stretch.why == "follows a face"
    for frame in range(0, 240, 3):
        assert _holds(stretch.panels[0], walking(frame / 24)[0], frame, _picture()), f"frame {frame}"


def test_a_walker_whose_face_is_lost_for_a_while_is_followed_all_the_same() -> None:
    def walking(time: float) -> Sequence[FaceBox]:
        return [] if 4 < time < 5.5 else [_face(0.15 + 0.7 * min(1.0, max(0.0, (time - 1) / 8)))]

    (stretch,) = _framed(_subjects(walking, seconds=Fraction(10)))
    assert stretch.why == "follows faces" and len(stretch.panels) == 1
    assert stretch.panels[0].path.at(239)[0] - stretch.panels[0].path.at(0)[0] > 400


def test_in_a_short_shot_the_window_stands() -> None:
    def running(time: float) -> Sequence[FaceBox]:
        return [_face(0.2 + 0.4 * time)]

    panel = _only(_framed(_subjects(running, seconds=Fraction(3, 2))))
    assert len(panel.path.knots) == 1


def test_a_face_that_is_seen_once_is_not_trusted_unless_it_is_clear() -> None:
    def once(confidence: float) -> Faces:
        return lambda time: [_face(0.1, confidence=confidence)] if 1.1 < time < 1.2 else []

    assert _only(_framed(_subjects(once(0.75)))).path.at(0) == CENTRE
    assert _span_of(_only(_framed(_subjects(once(0.95)))))[0] < 64


def test_in_a_shot_too_short_for_more_a_face_seen_all_through_is_trusted() -> None:
    def there(time: float) -> Sequence[FaceBox]:
        return [_face(0.1)] if time < 0.3 else []

    short = _only(_framed(_subjects(there, seconds=2 * STEP)))
    assert _span_of(short)[0] < 64
    assert _only(_framed(_subjects(there, seconds=Fraction(1)))).path.at(0) == CENTRE, "twice is not all through here"


def test_a_face_that_flickers_does_not_make_the_window_flicker() -> None:
    def flickering(time: float) -> Sequence[FaceBox]:
        return [_face(0.2)] if int(time * 6 + 0.5) % 2 else []

    panel = _only(_framed(_subjects(flickering, seconds=Fraction(6))))
    assert len(panel.path.knots) == 1 and _span_of(panel)[0] <= 0.13 * 1280


def test_two_near_faces_are_both_in_one_window() -> None:
    faces = [_face(0.62), _face(0.8)]
    (stretch,) = _framed(_subjects(lambda _: faces))
    assert stretch.why == "stands on faces"
    assert all(_holds(stretch.panels[0], face, 0, _picture()) for face in faces)


FAR = [_face(0.12), _face(0.9, 0.5)]


def test_two_far_faces_are_shown_in_a_window_wide_enough_for_both() -> None:
    (stretch,) = _framed(_subjects(lambda _: FAR))
    (panel,) = stretch.panels
    assert all(_holds(panel, face, 0, _picture()) for face in FAR)
    assert panel.width_px < 1280 and panel.place[0] == 0 and panel.place[2] == 1, "no wider than both need"
    assert panel.place[1] + panel.place[3] / 2 == Fraction(1, 2) and stretch.ground == "blur"
    assert Fraction(panel.width_px, panel.height_px) == panel.place[2] / panel.place[3] * TALL


def test_two_far_faces_are_split_one_above_the_other_in_a_tall_clip() -> None:
    (stretch,) = _framed(_subjects(lambda _: FAR), apart="split")
    above, below = stretch.panels
    assert (above.place, below.place) == ((0, 0, 1, Fraction(1, 2)), (0, Fraction(1, 2), 1, Fraction(1, 2)))
    assert _holds(above, FAR[0], 0, _picture()) and _holds(below, FAR[1], 0, _picture())
    assert above.width_px / above.height_px == TALL * 2


def test_two_far_faces_are_split_side_by_side_in_a_square_clip() -> None:
    scope = _picture(2400, 1000)
    (stretch,) = _framed(_subjects(lambda _: [_face(0.08, side=0.06), _face(0.92, side=0.06)]), SQUARE,
                         picture=scope, apart="split")  # fmt: skip
    before, after = stretch.panels
    assert (before.place[0], after.place[0], before.place[2]) == (0, Fraction(1, 2), Fraction(1, 2))
    assert before.width_px / before.height_px == Fraction(1, 2)


def test_two_far_faces_are_padded_where_the_style_says_so() -> None:
    (stretch,) = _framed(_subjects(lambda _: FAR), apart="pad", padding="colour", padding_colour="#102030")
    (panel,) = stretch.panels
    assert (panel.width_px, panel.height_px, stretch.ground) == (1280, 720, "#102030")


def test_faces_that_halves_would_lose_are_not_split() -> None:
    def crowd(time: float) -> Sequence[FaceBox]:
        sway = 0.3 if time % 1 < 0.5 else 0.0
        return [_face(0.1 + sway, 0.2), _face(0.9 - sway, 0.8)]

    (stretch,) = _framed(_subjects(crowd), apart="split")
    assert len(stretch.panels) == 1


def test_a_platform_that_wants_all_of_the_picture_gets_it() -> None:
    (stretch,) = _framed(_subjects(lambda _: [_face(0.1)]), fit="pad")
    assert stretch.panels[0].width_px == 1280 and "platform" in stretch.why


places = st.floats(0.03, 0.97)
tracks = st.tuples(places, places, st.floats(-0.15, 0.15), st.floats(0.03, 0.25), st.floats(0, 3), st.floats(0.5, 4))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(tracks, min_size=1, max_size=3), st.sampled_from((TALL, SQUARE, Fraction(4, 5))),
    st.sampled_from(("wider", "split", "pad")),
)  # fmt: skip
def test_no_fewer_faces_are_whole_than_in_the_middle(
    moving: list[tuple[float, ...]], shape: Fraction, apart: str
) -> None:
    side = max(track[3] for track in moving)

    def faces(time: float) -> Sequence[FaceBox]:
        seen = [
            _face(across + speed * (time - since), down, side)
            for across, down, speed, _, since, length in moving
            if since <= time < since + length
        ]
        return [face for face in seen if min(face.x, face.y) >= 0 and max(face.x, face.y) + side <= 1]

    subjects, picture = _subjects(faces), _picture()
    (stretch,) = _framed(subjects, shape, apart=apart)
    (middle,) = _framed(_subjects(), shape)
    kept = kept_in_middle = 0.0
    for sight in subjects.sights:
        frame = round(sight.time * 24)
        for face in sight.faces:
            size = math.sqrt(face.width * face.height)
            kept += size * any(_holds(panel, face, frame, picture) for panel in stretch.panels)
            kept_in_middle += size * _holds(middle.panels[0], face, frame, picture)
    assert kept >= kept_in_middle - 1e-6


def test_a_face_is_kept_clear_of_the_rail_where_there_is_freedom() -> None:
    zones = button_zones(load_platforms(("tiktok",)), width_px=1080, height_px=1920)
    low = _face(0.5, 0.75, 0.08)  # at the height of the buttons on the right
    plain = _only(_framed(_subjects(lambda _: [low])))
    clear = _only(_framed(_subjects(lambda _: [low]), zones=zones))

    def covered(panel: FramedPanel) -> int:
        left, scale = float(panel.path.at(0)[0]), 1920 / 720
        face = Box(round((low.x * 1280 - left) * scale), round(low.y * 1920),
                   round(low.width * 1280 * scale), round(low.height * 1920))  # fmt: skip
        return max(face.overlap(zone.box) for zone in zones if zone.box.left_px > 0)

    right = _face(0.93, 0.75, 0.08)  # at the picture's edge: no window has it clear and whole
    assert covered(clear) == 0 <= covered(plain)
    assert _span_of(_only(_framed(_subjects(lambda _: [right]), zones=zones)))[1] <= 1280


def test_what_draws_the_eye_is_taken_where_no_face_is_and_it_is_in_one_place() -> None:
    lump = Spread.of([1.0 if 48 <= column < 56 else 0.05 for column in range(COLUMNS)])
    (stretch,) = _framed(_subjects(across=lump))
    left, right = _span_of(stretch.panels[0])
    assert stretch.why == "stands on what draws the eye" and left <= 960 and right >= 1120


def test_what_draws_the_eye_is_followed_across_the_picture() -> None:
    def lump(middle: float) -> Spread:
        return Spread.of([1.0 if abs((column + 0.5) / COLUMNS - middle) < 0.06 else 0.02 for column in range(COLUMNS)])

    plain = _subjects(seconds=Fraction(12))
    ways = [0.15 + 0.7 * min(1.0, max(0.0, (float(sight.time) - 2) / 8)) for sight in plain.sights]
    sights = tuple(replace(sight, across=lump(way)) for sight, way in zip(plain.sights, ways, strict=True))
    (stretch,) = _framed(replace(plain, sights=sights))
    assert stretch.why == "follows what draws the eye"
    for sight, way in zip(sights, ways, strict=True):
        left, right = _span_of(stretch.panels[0], round(sight.time * 24))
        assert left < (way - 0.03) * 1280 and (way + 0.03) * 1280 < right, f"at {sight.time}"


@pytest.mark.parametrize(
    ("picture", "shape", "window"),
    [
        (_picture(1080, 1920), WIDE, (1080, Fraction(1215, 2))),
        (_picture(1080, 1080), WIDE, (1080, Fraction(1215, 2))),
        (_picture(1080, 1080), TALL, (Fraction(1215, 2), 1080)),
        (_picture(720, 576, aspect=Fraction(64, 45)), TALL, (324, 576)),
        (_picture(1920, 1080, rotation=90), WIDE, (1080, Fraction(1215, 2))),
        (_picture(1440, 1080, aspect=Fraction(4, 3), rotation=270), WIDE, (1080, Fraction(1215, 2))),
    ],
)  # fmt: skip
def test_films_of_any_shape_keep_their_faces(
    picture: PictureFacts, shape: Fraction, window: tuple[Fraction, Fraction]
) -> None:
    for faces in ([_face(0.2, 0.15)], [_face(0.85, 0.9)]):
        panel = _only(_framed(_subjects(lambda _, faces=faces: faces), shape, picture=picture))  # type: ignore[misc]
        assert (panel.width_px, panel.height_px) == window
        assert _holds(panel, faces[0], 0, picture)
        width, height = picture.display_size
        left, top = panel.path.at(0)
        assert left >= 0 and top >= 0 and left + panel.width_px <= width and top + panel.height_px <= height


def test_a_film_of_the_wanted_shape_is_shown_whole() -> None:
    panel = _only(_framed(_subjects(lambda _: [_face(0.1)]), WIDE))
    assert (panel.width_px, panel.height_px, panel.path.at(0)) == (1280, 720, (0, 0))


def _content(shape: Fraction, bars: Callable[[float], Bars | None], **more: Any) -> FramedPanel:
    """Return the panel that shows all of the picture but its black edges."""
    return _only(_framed(_subjects(bars=bars, **more), shape, fit="pad"))


@pytest.mark.parametrize(
    ("bars", "size", "corner"),
    [
        (Bars(top_px=90, bottom_px=90), (1280, 536), (0, 92)),
        (Bars(left_px=160, right_px=160), (956, 720), (162, 0)),
        (Bars(160, 90, 160, 90), (956, 536), (162, 92)),
        (Bars(top_px=90), (1280, 628), (0, 92)),
        (Bars(left_px=600, right_px=600), (1280, 720), (0, 0)),
    ],
    ids=["letterbox", "pillarbox", "windowbox", "one side", "hardly a picture"],
)
def test_black_edges_are_cut_away(bars: Bars, size: tuple[int, int], corner: tuple[int, int]) -> None:
    panel = _content(SQUARE, lambda _: bars)
    assert ((panel.width_px, panel.height_px), panel.path.at(0)) == (size, corner)


def test_a_dark_scene_and_a_fade_to_black_change_nothing_about_the_edges() -> None:
    def bars(time: float) -> Bars | None:
        if time < 2:
            return None  # too dark to tell
        return Bars(top_px=90, bottom_px=300) if time < 4 else Bars(top_px=90, bottom_px=90)

    panel = _content(SQUARE, bars, seconds=Fraction(8))
    assert (panel.height_px, panel.path.at(0)[1]) == (536, 92)


def test_something_on_a_bar_for_a_moment_does_not_keep_it_and_something_that_stays_does() -> None:
    for until, height in ((0.2, 536), (5.0, 628)):
        panel = _content(SQUARE, lambda time, until=until: Bars(0, 90 if time > until else 0, 0, 90),  # type: ignore[misc]
                         seconds=Fraction(8))  # fmt: skip
        assert panel.height_px == height


def test_archive_footage_loses_its_own_bars_and_the_film_around_it_loses_nothing() -> None:
    def bars(time: float) -> Bars:
        return Bars(left_px=160, right_px=160) if 2 <= time < 4 else Bars()

    cuts = [Transition("cut", frame, frame) for frame in (48, 96)]
    shown = _framed(_subjects(bars=bars, seconds=Fraction(6)), SQUARE, transitions=cuts, fit="pad")
    assert [stretch.panels[0].width_px for stretch in shown] == [1280, 956, 1280]


def test_black_at_one_side_of_one_shot_is_taken_for_picture() -> None:
    cuts = [Transition("cut", 48, 48)]
    shown = _framed(_subjects(bars=lambda time: Bars(left_px=400) if time < 2 else Bars(), seconds=Fraction(8)),
                    SQUARE, transitions=cuts, fit="pad")  # fmt: skip
    assert [stretch.panels[0].width_px for stretch in shown] == [1280, 1280]


def test_a_letterboxed_film_is_cropped_within_its_picture() -> None:
    panel = _only(_framed(_subjects(lambda _: [_face(0.5)], bars=lambda _: Bars(top_px=90, bottom_px=90))))
    assert (panel.width_px, panel.height_px, panel.path.at(0)[1]) == (Fraction(603, 2), 536, 92)


def test_bars_of_an_anamorphic_and_of_a_turned_film_are_measured_in_its_own_pixels() -> None:
    wide = _picture(720, 576, aspect=Fraction(64, 45))  # shown as 1024×576
    panel = _only(_framed(_subjects(bars=lambda _: Bars(left_px=90, right_px=90)), SQUARE, picture=wide, fit="pad"))
    assert panel.path.at(0)[0] == Fraction(92 * 1024, 720) and panel.width_px == Fraction((720 - 184) * 1024, 720)


def test_shots_begin_at_cuts_and_in_the_middle_of_dissolves() -> None:
    transitions = [Transition("cut", 20, 20), Transition("dissolve", 40, 60), Transition("cut", 400, 400)]
    span = Fraction(1, 2)
    shown = _framed(_subjects(seconds=Fraction(3), start=span), transitions=transitions)
    assert [stretch.frames for stretch in shown] == [(12, 20), (20, 50), (50, 84)]


def test_a_shot_of_one_frame_has_its_own_window() -> None:
    cuts = [Transition("cut", 30, 30), Transition("cut", 31, 31)]
    shown = _framed(_subjects(lambda time: [_face(0.2)] if time < 1.25 else [_face(0.8)]), transitions=cuts)
    assert [stretch.frames for stretch in shown] == [(0, 30), (30, 31), (31, 96)]
    assert [len(stretch.panels[0].path.knots) for stretch in shown] == [1, 1, 1]


def test_rounded_time_stamps_are_counted_to_the_shot_that_they_show() -> None:
    rate = FrameRate.parse("24000/1001")
    frames = [4 * number for number in range(30)]
    stamps = [Fraction(int(rate.time_of(frame) * 1000), 1000) for frame in frames]  # Matroska, rounded down
    sights = tuple(
        Sight(stamp, (_face(0.2 if frame < 60 else 0.8),), EVEN_ACROSS, EVEN_DOWN)
        for stamp, frame in zip(stamps, frames, strict=True)
    )
    subjects = Subjects(Span(Fraction(0), rate.time_of(120)), sights, ())
    first, second = _framed(subjects, picture=_picture(rate=rate), transitions=[Transition("cut", 60, 60)])
    assert (first.why, second.why) == ("stands on a face",) * 2
    assert _span_of(first.panels[0])[1] < 700 < _span_of(second.panels[0])[0] + 50


def test_a_film_of_varying_rate_is_followed_in_its_own_time() -> None:
    def walking(time: float) -> Sequence[FaceBox]:
        return [_face(0.15 + 0.7 * min(1.0, max(0.0, (time - 2) / 6)))]

    times = [Fraction(number, 24) for number in range(120)] + [5 + Fraction(number, 12) for number in range(60)]
    timeline = Timeline.of_times(R24, tuple(times))
    (stretch,) = _framed(_subjects(walking, seconds=Fraction(10)), timeline=timeline)
    assert stretch.why == "follows a face" and stretch.frames == (0, 180)
    for frame in range(0, 180, 2):
        assert _holds(stretch.panels[0], walking(float(times[frame]))[0], frame, _picture()), f"frame {frame}"


styles = st.fixed_dictionaries({
    "pan_per_second_max": st.sampled_from([Fraction(1, 100), Fraction(1, 20), Fraction(1, 6), Fraction(1, 2)]),
    "pan_seconds_min": st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(5, 2)]),
})  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    styles, st.sampled_from(["24/1", "25/1", "30/1", "60/1", "24000/1001"]),
    st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(0.3, 3)), min_size=2, max_size=7),
    st.sampled_from([(1280, 720, TALL), (854, 480, TALL), (720, 1280, WIDE), (3840, 2160, SQUARE)]),
)  # fmt: skip
def test_no_style_at_any_rate_is_faster_or_rougher_than_eyes_bear(
    style: dict[str, Fraction], name: str, way: list[tuple[float, float]], form: tuple[int, int, Fraction]
) -> None:
    rate, (width, height, shape) = FrameRate.parse(name), form
    seconds = Fraction(sum(length for _, length in way)).limit_denominator(100)

    def face(time: float) -> Sequence[FaceBox]:
        at = 0.0
        for (place, length), (after, _) in pairwise([*way, way[-1]]):
            if time < at + length:
                wanted = place + (after - place) * (time - at) / length
                return [_face(wanted, wanted, 0.08)]
            at += length
        return []

    picture = _picture(width, height, rate=rate)
    (stretch,) = _framed(_subjects(face, seconds=seconds), shape, picture=picture, **style)
    path = stretch.panels[0].path
    places = [path.at(frame) for frame in range(stretch.frames[1])]
    speed = style["pan_per_second_max"] * width / rate.fps
    for axis in (0, 1):
        steps = [after[axis] - before[axis] for before, after in pairwise(places)]
        assert max(map(abs, steps), default=0) <= speed
        changes = [abs(after - before) for before, after in pairwise(steps)]
        assert max(changes, default=0) < Fraction(2, 1000) * width
    stands = len(set(places)) == 1
    assert not stands or len(path.knots) == 1


def test_a_pan_at_half_the_rate_goes_as_evenly_as_at_the_film_s_own() -> None:
    def walking(time: float) -> Sequence[FaceBox]:
        return [_face(0.1 + 0.8 * min(1.0, max(0.0, (time - 2) / 8)))]

    picture = _picture(rate=R60)
    subjects = _subjects(walking, seconds=Fraction(12))
    shown = _framed(subjects, picture=picture)
    timeline = Timeline(R60, 720)
    for rate, frames in ((R60, 720), (FrameRate(Fraction(30)), 360)):
        (view,) = views_of(shown, picture, timeline, size=(1080, 1920), rate=rate, start=Fraction(0), frames=frames)
        places = [view.panels[0].window.path.at(frame)[0] for frame in range(frames)]
        steps = [after - before for before, after in pairwise(places)]
        changes = [abs(after - before) for before, after in pairwise(steps)]
        assert max(steps) > 1 and max(changes) < Fraction(2, 1000) * 1280


def test_a_style_may_forbid_that_windows_move_or_ask_for_the_middle() -> None:
    def walking(time: float) -> Sequence[FaceBox]:
        return [_face(0.1 + 0.08 * time, 0.3, 0.1)]

    following, standing, middle = (
        _framed(_subjects(walking), TALL, window=window)[0] for window in ("follow", "stand", "middle")
    )
    assert not following.panels[0].path.is_still and standing.panels[0].path.is_still
    assert middle.panels == _framed(_subjects(), TALL)[0].panels and "style" in middle.why
