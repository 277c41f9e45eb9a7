"""Framing files: what is written is read again, and faults are told with place, value and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot
from pipeline.errors import ProjectError
from pipeline.framing import PLACES, Area, FramedPanel, FramedStretch, centred, filling, fitting
from pipeline.framingfile import FramedPart, OtherClipError, framing_text, parse_framing, shape_told
from pipeline.framingtables import describe_framing_json

FILM, PATH, TALL = "ab" * 32, Path("h1-tall.framing.json"), Fraction(9, 16)
WHOLE = Area(Fraction(0), Fraction(0), Fraction(1280), Fraction(720))
PART = FramedPart(FILM, 1280, 720, (100, 200))


def _pan(*places: tuple[int, int | Fraction]) -> CameraPath:
    return CameraPath(tuple(Knot(frame, Fraction(left), Fraction(0)) for frame, left in places))


def _parse(text: str, *parts: FramedPart, shape: Fraction = TALL) -> tuple[tuple[FramedStretch, ...], ...]:
    return parse_framing(text, path=PATH, shape=shape, parts=parts or (PART,))


def test_what_is_written_is_read_again() -> None:
    half = Area(Fraction(0), Fraction(0), Fraction(405), Fraction(360))
    shots = (
        centred(WHOLE, (100, 120), shape=TALL, fit="crop", why="in the middle: „nichts“ \\ 人"),
        FramedStretch((120, 150), (filling(WHOLE.largest(TALL), _pan((0, 10), (12, Fraction(81, 4)))),)),
        FramedStretch((150, 180), (fitting(WHOLE, TALL),), "blur"),
        FramedStretch((180, 200), tuple(FramedPanel(half.width_px, half.height_px, _pan((0, left)), PLACES[place])
                                        for place, left in (("top", 0), ("bottom", 700)))),
    )  # fmt: skip
    parts = (FramedPart(None), PART)
    assert _parse(framing_text(TALL, list(zip(parts, ((), shots), strict=True))), *parts) == ((), shots)


places = st.fractions(0, 1, max_denominator=997)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2, 8000), st.integers(2, 5000), st.sampled_from((TALL, Fraction(1), Fraction(16, 9), Fraction(4, 5))),
    st.sampled_from(("crop", "pad", "pan", "halves")), st.lists(places, min_size=2, max_size=6), places,
)  # fmt: skip
def test_whatever_is_written_is_accepted(
    width: int, height: int, shape: Fraction, how: str, way: list[Fraction], narrower: Fraction
) -> None:
    picture = Area(Fraction(0), Fraction(0), Fraction(width), Fraction(height))
    content = picture.middle(width * (1 + narrower) / 2, height * (1 + narrower) / 2)
    window = content.largest(shape / 2 if how == "halves" else shape)
    room = content.width_px - window.width_px, content.height_px - window.height_px
    path = CameraPath(
        tuple(
            Knot(3 * number, content.left_px + room[0] * place, content.top_px + room[1] * place)
            for number, place in enumerate(way)
        )
    )
    panels = {
        "crop": centred(content, (0, 50), shape=shape, fit="crop").panels,
        "pad": centred(content, (0, 50), shape=shape, fit="pad").panels,
        "pan": (filling(window, path),),
        "halves": tuple(FramedPanel(window.width_px, window.height_px, path, PLACES[one]) for one in ("left", "right")),
    }[how]
    if min(min(panel.width_px, panel.height_px) for panel in panels) < 1:
        return
    part = FramedPart(FILM, width, height, (0, 50))
    ((read,),) = _parse(framing_text(shape, [(part, [FramedStretch((0, 50), panels)])]), part, shape=shape)
    for there, here in zip(panels, read.panels, strict=True):
        assert abs(there.width_px - here.width_px) <= Fraction(1, 10_000)
        # Between keyframes a path that eases passes on what each was rounded by.
        assert all(abs(a - b) <= Fraction(2, 10_000) for a, b in zip(there.path.at(7), here.path.at(7), strict=True))
        assert all(abs(a - b) < Fraction(1, 1000) for a, b in zip(there.place, here.place, strict=True))


def _document(edit: Callable[[dict[str, Any]], None] = lambda _: None) -> str:
    """Return a right file of two shots, changed."""
    window = {"width_px": 405, "height_px": 720, "keyframes": [{"frame": 100, "left_px": 0, "top_px": 0}]}
    second = {**window, "keyframes": [{"frame": frame, "left_px": 5.5, "top_px": 0} for frame in (150, 160)]}
    shots = [{"frames": [100, 150], "windows": [window]}, {"frames": [150, 200], "windows": [second]}]
    document: dict[str, Any] = {
        "version": 1, "shape": "9:16",
        "parts": [{"film": FILM, "width_px": 1280, "height_px": 720, "shots": shots}],
    }  # fmt: skip
    edit(document)
    return json.dumps(document)


def _in_shot(number: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["parts"][0]["shots"][number].update(fields)


def _in_window(number: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["parts"][0]["shots"][number]["windows"][0].update(fields)


def _keyframe(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["parts"][0]["shots"][1]["windows"][0]["keyframes"][1].update(fields)


def test_a_file_as_people_may_leave_it_is_accepted() -> None:
    (first, second), = _parse(_document())  # fmt: skip
    assert (first.frames, second.frames) == ((100, 150), (150, 200))
    assert second.panels[0].path.at(0) == (Fraction(11, 2), 0)
    assert _parse(_document(_keyframe(left_px="11/2"))) == _parse(_document())


SHOT, WINDOW = "parts.0.shots.1", "parts.0.shots.1.windows.0"


@pytest.mark.parametrize(
    ("edit", "field", "value", "allowed"),
    [
        (lambda d: d.update(version=2), "version", "2", "1"),
        (lambda d: d.update(shape="tall"), "shape", '"tall"', "9:16"),
        (lambda d: d.update(shape="0:16"), "shape", '"0:16"', "9:16"),
        (lambda d: d.update(parts={}), "parts", "{", "the parts of the clip"),
        (lambda d: d.pop("parts"), "parts", "", "must be given"),
        (lambda d: d.update(part=[]), "part", "", "did you mean parts"),
        (lambda d: d["parts"][0].update(film="x"), "parts.0.film", '"x"', "sha256"),
        (lambda d: d["parts"][0].update(width_px=1920), "parts.0.width_px", "1920", "1280"),
        (lambda d: d["parts"][0].pop("height_px"), "parts.0.height_px", "missing", "720"),
        (lambda d: d["parts"][0].update(height_px=720.0), "parts.0.height_px", "720", "whole number"),
        (_in_shot(1, frames=[151, 200]), f"{SHOT}.frames", "[151, 200]", "150"),
        (_in_shot(1, frames=[149, 200]), f"{SHOT}.frames", "[149, 200]", "150"),
        (_in_shot(0, frames=[100, 90]), "parts.0.shots.0.frames", "[100, 90]", "larger than the first"),
        (_in_shot(1, frames=[150, 10**12]), f"{SHOT}.frames.1", "1000000000000", "at most"),
        (_in_shot(1, frames=[150]), f"{SHOT}.frames.1", "", "must be given"),
        (_in_shot(1, frames=["150", 200]), f"{SHOT}.frames.0", '"150"', "whole number"),
        (_in_shot(1, windows=[]), f"{SHOT}.windows", "a list of 0", "one window, or two"),
        (_in_shot(1, padding="red"), f"{SHOT}.padding", '"red"', "'blur'"),
        (_in_shot(1, padding="red;drawtext=x"), f"{SHOT}.padding", "drawtext", "'blur'"),
        (_in_window(1, width_px=1281), WINDOW, "1281x720", "1280x720"),
        (_in_window(1, width_px=420), WINDOW, "420x720", "420x746.6667"),
        (_in_window(1, width_px=0), f"{WINDOW}.width_px", "0", "at least 1"),
        (_in_window(1, width_px=-405), f"{WINDOW}.width_px", "-405", "at least 1"),
        (_in_window(1, width_px=True), f"{WINDOW}.width_px", "true", "a number"),
        (_in_window(1, fills="most"), f"{WINDOW}.fills", '"most"', "'middle'"),
        (_in_window(1, fills="top"), f"{SHOT}.windows", "top", "all or the middle"),
        (_in_window(1, keyframes=[]), f"{WINDOW}.keyframes", "a list of 0", "1 to 5000"),
        (_keyframe(frame=150), f"{WINDOW}.keyframes.1.frame", "150", "larger than 150"),
        (_keyframe(frame=200), f"{WINDOW}.keyframes.1.frame", "200", "150 to 199"),
        (_keyframe(frame=160.5), f"{WINDOW}.keyframes.1.frame", "160.5", "whole number"),
        (_keyframe(left_px=875.5), f"{WINDOW}.keyframes.1.left_px", "875.5", "at most 875"),
        (_keyframe(top_px=1), f"{WINDOW}.keyframes.1.top_px", "1", "at most 0"),
        (_keyframe(left_px=-1), f"{WINDOW}.keyframes.1.left_px", "-1", "at least 0"),
        (_keyframe(left_px=10**80), f"{WINDOW}.keyframes.1.left_px", "1000", "12 digits"),
        (_keyframe(left_px="NaN"), f"{WINDOW}.keyframes.1.left_px", '"NaN"', "a number"),
        (_keyframe(left_px=None), f"{WINDOW}.keyframes.1.left_px", "", "a number"),
        (_keyframe(left_px=[1]), f"{WINDOW}.keyframes.1.left_px", "[1]", "a number"),
        (_keyframe(left=3), f"{WINDOW}.keyframes.1.left", "3", "left_px"),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_place_its_value_and_what_is_allowed(
    edit: Callable[[dict[str, Any]], None], field: str, value: str, allowed: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        _parse(_document(edit))
    assert not isinstance(caught.value, OtherClipError)
    told = [line for line in str(caught.value).splitlines() if line.startswith(f"{PATH}: {field} ")]
    assert len(told) == 1, str(caught.value)
    assert value in told[0] and allowed in told[0]


def test_two_windows_fill_halves_that_belong_together() -> None:
    def two(document: dict[str, Any]) -> None:
        window = document["parts"][0]["shots"][0]["windows"][0]
        document["parts"][0]["shots"][0]["windows"] = [{**window, "fills": "top"}, {**window, "fills": "left"}]

    with pytest.raises(ProjectError, match="left and top; two windows should fill top and bottom, or left and right"):
        _parse(_document(two))


def test_all_faults_are_told_at_once() -> None:
    def several(document: dict[str, Any]) -> None:
        _keyframe(left_px=999)(document)
        _in_window(0, width_px=100)(document)

    with pytest.raises(ProjectError) as caught:
        _parse(_document(several))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "an object with version, shape and parts"),
        ("null", "an object with version, shape and parts"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 700 + "1" + "}" * 700, "nested too deeply"),
        ('{"version": 1, "version": 1}', "version is given twice"),
        (_document().replace('"frame": 160', '"frame": 155, "frame": 160'), "frame is given twice"),
        (_document(_keyframe(left_px=77)).replace("77", "NaN"), "left_px is NaN"),
        (_document(_keyframe(left_px=77)).replace("77", "-Infinity"), "left_px is -Infinity"),
        (_document(_keyframe(left_px=77)).replace("77", "1e400"), "left_px is 1e+400"),
        (_document(_keyframe(frame=177)).replace("177", "9" * 5000), "not JSON"),
        (_document(_keyframe(frame=177)).replace("177", "9" * 200), "frame is a very long number"),
    ],
    ids=["empty", "cut off", "a list", "null", "deep", "deep objects", "twice", "twice within", "nan", "infinity",
         "huge", "thousands of digits", "hundreds of digits"],
)  # fmt: skip
def test_what_is_no_framing_file_is_told_in_one_line(text: str, told: str) -> None:
    with pytest.raises(ProjectError) as caught:
        _parse(text)
    assert str(caught.value).startswith(f"{PATH}: ") and told in str(caught.value)
    assert len(str(caught.value)) < 400
    with pytest.raises(ProjectError):
        shape_told(text if "left_px" not in told else "{}", path=PATH)


@pytest.mark.parametrize(
    ("parts", "shape", "reason"),
    [
        ((PART,), Fraction(1), "it frames a clip of 9:16, and this one is 1:1"),
        ((FramedPart(FILM, 1280, 720, (100, 201)),), TALL, "this clip shows frames 100 to 201"),
        ((FramedPart(FILM, 1280, 720, (0, 200)),), TALL, "parts.0 shows frames 100 to 200"),
        ((FramedPart("cd" * 32, 1280, 720, (100, 200)),), TALL, "of abababababab…, and this clip shows frames 100 to"),
        ((FramedPart(None),), TALL, "and this clip shows no film there"),
        ((PART, PART), TALL, "it frames 1 parts, and this clip has 2"),
    ],
)
def test_a_right_file_of_another_clip_is_told_apart(
    parts: tuple[FramedPart, ...], shape: Fraction, reason: str
) -> None:
    with pytest.raises(OtherClipError) as caught:
        _parse(_document(), *parts, shape=shape)
    assert reason in str(caught.value)


def test_the_shape_of_a_file_is_read_from_it() -> None:
    assert shape_told(_document(lambda d: d.update(shape="18:32")), path=PATH) == TALL


def test_the_page_about_framing_files_says_what_the_fields_say() -> None:
    page = Path(__file__).parents[1] / "docs" / "framing-json.md"
    told = "run: python -m pipeline.framingtables > docs/framing-json.md"
    assert page.read_text("utf-8") == describe_framing_json(), told
