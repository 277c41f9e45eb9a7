"""Previews show the window and the buttons at their place over the whole picture, still and moving."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from pipeline.camera import CameraPath, Knot
from pipeline.edit import Card, Edit, Gap, MasterSpan
from pipeline.framing import PLACES, Area, FramedPanel, FramedStretch, Framing, centred, filling
from pipeline.plan.layout import Box, ButtonZone, Canvas
from pipeline.shell.ledger import Ledger
from pipeline.shell.previews import Preview, make_previews
from pipeline.shell.store import Store
from pipeline.shell.study import Study, study_master
from pipeline.timebase import Span

from .conftest import ffmpeg
from .test_looks import HEIGHT, WIDTH, Picture, film

TALL = Fraction(9, 16)
WHOLE = Area(Fraction(0), Fraction(0), Fraction(WIDTH), Fraction(HEIGHT))
CANVAS = Canvas(1080, 1920, (ButtonZone(("Any",), Box(0, 1440, 1080, 480)),))
GREY = 160


def _flat(frame: int) -> Picture:
    return np.full((HEIGHT, WIDTH, 3), GREY if frame < 48 else 60, np.uint8)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    """Return a film of three seconds whose light changes after two, a square one, and one that holds a picture."""
    folder = tmp_path_factory.mktemp("previews")
    film(folder / "wide.mp4", _flat)
    ffmpeg("-i", folder / "wide.mp4", "-vf", "scale=180:180", "-t", "1", folder / "square.mp4")
    held = "setpts='if(lt(N,24),N,N+48)/24/TB'"  # from its second on, it is two seconds late
    timed = ("-vf", held, "-fps_mode", "vfr", "-enc_time_base", "1/240")
    ffmpeg("-t", "2", "-i", folder / "wide.mp4", *timed, folder / "held.mkv")
    store, ledger = Store(folder / "store"), Ledger(folder / "ledger.sqlite3")
    return {name: study_master(folder / f"{name}.{kind}", store=store, ledger=ledger)
            for name, kind in (("wide", "mp4"), ("square", "mp4"), ("held", "mkv"))}  # fmt: skip


def _part(study: Study, start: int = 0, end: int = 3) -> MasterSpan:
    return MasterSpan(study.digest, Span(Fraction(start), Fraction(end)))


def _drawn(folder: Path, films: dict[str, Study], edit: Edit, framing: Framing, canvas: Canvas = CANVAS) -> Any:
    preview = Preview(edit, framing, canvas)
    studies = {study.digest: study for study in films.values()}
    drawn = make_previews((preview,), studies, Store(folder / "store"))[preview]
    with av.open(str(drawn.video.path)) as container:
        assert container.streams.video[0].average_rate == 12
        video = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return cv2.imread(str(drawn.picture.path)), video


def _lit(picture: Any, row: int) -> tuple[int, int]:
    """Return from where to where a row of a picture is as bright as the film."""
    lit = np.flatnonzero(np.abs(picture[row].astype(int) - GREY).max(axis=1) < 40)
    return int(lit[0]), int(lit[-1])


def test_the_window_is_lit_and_the_rest_is_dark_with_buttons_tinted(films: dict[str, Study], tmp_path: Path) -> None:
    edit = Edit("one", (_part(films["wide"]),))
    framing = ((centred(WHOLE, (0, 72), shape=TALL, fit="crop", why="in the middle: nichts „Neues“ \ud800"),),)
    sheet, video = _drawn(tmp_path, films, edit, framing)
    assert len(video) == 36 and video[0].shape[:2] == (270, 480) == sheet.shape[:2]
    for picture in (sheet, video[5]):
        left, right = _lit(picture, 75)
        assert abs(left - (480 - 152) / 2) < 6 and abs(right - (480 + 152) / 2) < 6
        blue, _, red = (int(channel) for channel in picture[247, 240])
        assert red > blue + 15, "buttons cover the lowest quarter of the window"
        assert picture[247, 75].max() < 80
    assert video[30][75, 240].max() < 90 < video[10][75, 240].min(), "the film itself is seen"


def test_a_window_that_moves_is_shown_where_it_is(films: dict[str, Study], tmp_path: Path) -> None:
    window = WHOLE.largest(TALL)
    path = CameraPath(tuple(Knot(frame, Fraction(left), Fraction(0)) for frame, left in ((0, 0), (12, 0), (36, 200))))
    framing = ((FramedStretch((0, 72), (filling(window, path),)),),)
    sheet, video = _drawn(tmp_path, films, Edit("pan", (_part(films["wide"]),)), framing)
    for number in (0, 6, 9, 12, 15, 18, 22):
        left, _ = _lit(video[number], 75)
        assert abs(left - 1.5 * float(path.at(2 * number)[0])) < 6, f"picture {number}"
    assert sheet.shape[1] == 960, "a shot in which the window moves is shown twice"


def test_two_windows_are_shown_each_in_its_place(films: dict[str, Study], tmp_path: Path) -> None:
    half = Area(Fraction(0), Fraction(0), Fraction(100), Fraction(90))
    panels = tuple(
        FramedPanel(half.width_px, half.height_px, CameraPath.still(Fraction(left), Fraction(top)), PLACES[place])
        for place, left, top in (("top", 0, 40), ("bottom", 200, 60))
    )
    sheet, _ = _drawn(tmp_path, films, Edit("two", (_part(films["wide"]),)), ((FramedStretch((0, 72), panels),),))
    assert _lit(sheet[:, :225], 112)[1] < 155 and 295 < 225 + _lit(sheet[:, 225:], 112)[0] < 308


def test_cards_and_gaps_are_passed_over_and_films_of_other_shapes_keep_theirs(
    films: dict[str, Study], tmp_path: Path
) -> None:
    parts = (Card(("Title",), Fraction(1)), _part(films["wide"], 0, 1), Gap(Fraction(1)), _part(films["square"], 0, 1))
    square = Area(Fraction(0), Fraction(0), Fraction(180), Fraction(180))
    framing = (
        (), (centred(WHOLE, (0, 24), shape=TALL, fit="crop"),), (), (centred(square, (0, 24), shape=TALL, fit="pad"),),
    )  # fmt: skip
    sheet, video = _drawn(tmp_path, films, Edit("several", parts), framing)
    assert len(video) == 24 and sheet.shape[:2] == (480, 960)
    left, right = _lit(video[20], 150)
    assert abs(left - 105) < 6 and abs(right - 375) < 6, "the square film stands in the middle, not stretched"


def test_a_part_shorter_than_a_step_and_a_part_of_cards_alone_have_a_preview(
    films: dict[str, Study], tmp_path: Path
) -> None:
    short = MasterSpan(films["wide"].digest, Span(Fraction(1, 24), Fraction(2, 24)))
    framing: Framing = ((centred(WHOLE, (1, 2), shape=TALL, fit="crop"),), ())
    for edit, framed in (
        (Edit("short", (short, Gap(Fraction(1)))), framing),
        (Edit("card", (Gap(Fraction(1)),)), ((),)),
    ):
        sheet, video = _drawn(tmp_path, films, edit, framed)
        assert sheet.size and len(video) >= 1


def test_what_is_held_on_screen_is_held_in_the_preview(films: dict[str, Study], tmp_path: Path) -> None:
    held = films["held"]
    assert held.analysis.timeline.ticks is not None and held.analysis.timeline.frame_count == 48
    framing = ((centred(WHOLE, (0, 48), shape=TALL, fit="crop"),),)
    _, video = _drawn(tmp_path, films, Edit("held", (_part(held, 0, 4),)), framing)
    assert len(video) == 48


def test_previews_are_drawn_once_and_from_one_pass(
    films: dict[str, Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = Edit("one", (_part(films["wide"]),))
    framings = [((centred(WHOLE, (0, 72), shape=shape, fit="crop"),),) for shape in (TALL, Fraction(1))]
    previews = [Preview(edit, framing, CANVAS) for framing in framings]
    studies, store = {study.digest: study for study in films.values()}, Store(tmp_path / "store")
    first = make_previews(previews, studies, store)
    monkeypatch.setattr("pipeline.shell.previews._sampled", lambda *_: pytest.fail("the film is read again"))
    assert make_previews(previews, studies, store) == first
