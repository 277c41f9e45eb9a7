"""A picture that is parted for its stills is, joined, the picture in one piece, with its keyframes where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot
from pipeline.facts import Colour, MediaFacts, PictureFacts
from pipeline.graph import (
    X264,
    BlackPicture,
    Captions,
    FilmPicture,
    Panel,
    PictureEncode,
    PicturePart,
    StillPicture,
    View,
    Window,
)
from pipeline.plan.clips import Film
from pipeline.plan.parting import parted
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24000, 1001))
UNSAID = Colour(None, None, None, None)
PICTURE = PictureFacts(
    0, "h264", 1920, 1080, Fraction(1), 0, "yuv420p", 8, UNSAID, "progressive", RATE, Fraction(0), None
)
FACTS = MediaFacts("mov,mp4,m4a,3gp,3g2,mj2", 10**9, Fraction(600), PICTURE, (), ())
FILMS = {"film": Film("film", FACTS, Timeline(RATE, 10**6))}
MOVING = CameraPath((Knot(0, Fraction(0), Fraction(0)), Knot(90, Fraction(90), Fraction(0))))


def film(first: int, frames: int) -> FilmPicture:
    start = RATE.time_of(first)
    seek = start - 1 if start > 2 else None
    return FilmPicture("film", 0, start, frames, RATE, seek, UNSAID, "progressive", 1920, 1080)


def picture(*parts: PicturePart, interval: int = 48, captions: Captions | None = None) -> PictureEncode:
    views = tuple((view(part.frames),) if isinstance(part, FilmPicture) else () for part in parts)
    encoder = X264("faster", Fraction(18), 1000, 1000, interval, 2, 1, "4.0", 1)
    return PictureEncode(parts, views, 1080, 1920, RATE, encoder, captions)


def view(frames: int, path: CameraPath = MOVING) -> View:
    return View(frames, (Panel(Window(608, 1080, path), 0, 0, 1080, 1920),))


def test_only_the_groups_that_show_the_card_are_apart() -> None:
    body, own = parted(picture(film(240, 1008), StillPicture("card", 72)), {"card"}, FILMS)
    assert body.parts == (film(240, 1008),) and own.parts == (StillPicture("card", 72),)
    assert body == parted(picture(film(240, 1008), StillPicture("other", 72)), {"other"}, FILMS)[0]


def test_the_film_before_the_card_is_parted_where_a_keyframe_stands() -> None:
    """At 24000/1001 frames per second, 45 s with a card of 3 s are 1006 frames of film and 72 of card."""
    body, own = parted(picture(film(240, 1006), StillPicture("card", 72)), {"card"}, FILMS)
    assert body.parts == (film(240, 960),) and own.parts == (film(1200, 46), StillPicture("card", 72))
    (moved,) = own.views[0]
    assert [knot.frame for knot in moved.panels[0].window.path.knots] == [-960, -870] and moved.frames == 46


def test_a_card_in_the_middle_leaves_two_pieces_that_others_share() -> None:
    pieces = parted(picture(film(0, 100), StillPicture("card", 20), film(200, 100)), {"card"}, FILMS)
    assert [piece.frames for piece in pieces] == [96, 48, 76]
    assert pieces[2].parts == (film(224, 76),)


def test_a_picture_of_one_group_or_without_the_card_stays_whole() -> None:
    short = picture(film(0, 20), StillPicture("card", 20))
    assert parted(short, {"card"}, FILMS) == (short,)
    assert parted(short, {"another"}, FILMS) == (short,)


def test_captions_go_on_in_the_piece_in_which_they_are_drawn_and_nowhere_else() -> None:
    whole = picture(film(240, 1006), StillPicture("card", 72), captions=Captions("script", "fonts"))
    body, own = parted(whole, {"card"}, FILMS, [(24, 48), (950, 1006)])
    assert body.captions == Captions("script", "fonts") and own.captions == Captions("script", "fonts", 960)
    body, own = parted(whole, {"card"}, FILMS, [(24, 48)])
    assert body.captions is not None and own.captions is None
    body, own = parted(whole, {"card"}, FILMS, [(1000, 1006)])
    assert body.captions is None and own.captions is not None


def test_a_window_that_stands_still_needs_no_count() -> None:
    still = replace(picture(film(0, 100)), views=((view(100, CameraPath.still(Fraction(4), Fraction(0))),),))
    whole = replace(still, parts=(*still.parts, StillPicture("card", 24)), views=(*still.views, ()))
    _, own = parted(whole, {"card"}, FILMS)
    assert own.views[0] == (view(4, CameraPath.still(Fraction(4), Fraction(0))),)


some_parts = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 999), st.integers(1, 200)).map(lambda one: film(*one)),
        st.tuples(st.sampled_from(["own", "other"]), st.integers(1, 90)).map(lambda one: StillPicture(*one)),
        st.integers(1, 90).map(BlackPicture),
    ),
    min_size=1,
    max_size=6,
)


@given(some_parts, st.integers(1, 100))
def test_pieces_one_after_another_show_every_frame_once(parts: list[PicturePart], interval: int) -> None:
    whole = picture(*parts, interval=interval)
    pieces = parted(whole, {"own"}, FILMS)
    assert [one for piece in pieces for one in shown(piece)] == shown(whole)
    assert all(piece.frames % interval == 0 for piece in pieces[:-1])
    assert all(len(piece.views) == len(piece.parts) for piece in pieces)
    for piece in pieces:
        for part, views in zip(piece.parts, piece.views, strict=True):
            assert sum(view.frames for view in views) == (part.frames if isinstance(part, FilmPicture) else 0)
    if len(pieces) > 1:
        apart = [any(isinstance(one, StillPicture) and one.source == "own" for one in piece.parts) for piece in pieces]
        assert all(one != other for one, other in pairwise(apart))


def shown(piece: PictureEncode) -> Sequence[tuple[object, ...]]:
    """Return what each frame shows: of a film which frame, and where its window is."""
    found: list[tuple[object, ...]] = []
    for part, views in zip(piece.parts, piece.views, strict=True):
        if isinstance(part, FilmPicture):
            places = [one.panels[0].window.path.at(number) for one in views for number in range(one.frames)]
            found += [(part.start + RATE.time_of(number), place) for number, place in enumerate(places)]
        else:
            found += [(part.source if isinstance(part, StillPicture) else "black",)] * part.frames
    return found
