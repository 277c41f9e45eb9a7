"""Programmes of a package are told in its playlists where they begin, in one and the same words in all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.plan.boundaries import Boundary, date_after, with_boundaries
from pipeline.playlists import MediaPlaylist, Segment, media_text, read_playlist
from pipeline.timebase import Span

STARTS = datetime(2000, 1, 1, tzinfo=UTC)


def segments(*groups: tuple[Fraction, ...]) -> tuple[Segment, ...]:
    return tuple(
        Segment(f"{number}-{at}.m4s", seconds, follows_discontinuity=number > 0 and at == 0)
        for number, group in enumerate(groups)
        for at, seconds in enumerate(group)
    )


def test_only_where_sections_begin_a_date_is_told_and_a_film_where_its_own_does() -> None:
    found = segments((Fraction(4),), (Fraction(6), Fraction(3)), (Fraction(2),))
    told = with_boundaries(found, [Boundary("film-1", "Tide", Span(Fraction(4), Fraction(13)))])
    assert [one.program_date_time for one in told] == [
        "2000-01-01T00:00:00.000Z", "2000-01-01T00:00:04.000Z", None, "2000-01-01T00:00:13.000Z"]  # fmt: skip
    assert [[each.id for each in one.date_ranges] for one in told] == [[], ["film-1"], [], []]
    (tide,) = told[1].date_ranges
    assert (tide.start_date, tide.duration, dict(tide.attributes)) == (
        "2000-01-01T00:00:04.000Z",
        9,
        {"X-TITLE": "Tide"},
    )


def test_without_programmes_nothing_is_told() -> None:
    found = segments((Fraction(4),), (Fraction(6),))
    assert with_boundaries(found, []) == found


@given(
    st.lists(st.fractions(Fraction(1, 30), 400, max_denominator=1001), min_size=1, max_size=8),
    st.lists(st.fractions(Fraction(-1, 50), Fraction(1, 50), max_denominator=48000), min_size=8, max_size=8),
)
def test_a_film_is_told_at_its_own_section_though_its_sound_is_cut_elsewhere(
    lengths: list[Fraction], off: list[Fraction]
) -> None:
    ends = [sum(lengths[: number + 1], Fraction(0)) for number in range(len(lengths))]
    films = [
        Boundary(f"film-{number}", "A film", Span(end - length, end))
        for number, (length, end) in enumerate(zip(lengths, ends, strict=True))
    ]
    cut = [(max(Fraction(1, 48000), length + by),) for length, by in zip(lengths, off, strict=False)]
    if min(lengths) > len(lengths) * Fraction(2, 50):
        told = with_boundaries(segments(*cut), films)
        assert [[each.id for each in one.date_ranges] for one in told] == [[film.id] for film in films]
        text = media_text(MediaPlaylist(401, told))
        assert not read_playlist(text.encode()).problems


@given(st.fractions(0, 10**5))
def test_a_date_is_the_millisecond_that_has_begun(seconds: Fraction) -> None:
    told = datetime.fromisoformat(date_after(STARTS, seconds))
    since = Fraction((told - STARTS).total_seconds()).limit_denominator(1000)
    assert since <= seconds < since + Fraction(1, 1000)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example('Uncle "Bob", #EXT-X-ENDLIST\r\n#EXTINF:9,\x1b\x85\u2028')
def test_any_title_can_be_told_and_steers_nothing(title: str) -> None:
    told = with_boundaries(segments((Fraction(4),)), [Boundary("film-1", title, Span(Fraction(0), Fraction(4)))])
    reading = read_playlist(media_text(MediaPlaylist(4, told)).encode())
    assert isinstance(reading.playlist, MediaPlaylist) and not reading.problems
    (segment,) = reading.playlist.segments
    (date_range,) = segment.date_ranges
    shown = dict(date_range.attributes)["X-TITLE"]
    letters = [char for char in title if char.isalnum()]
    assert shown == "film-1" or letters == [char for char in shown if char.isalnum()]


def test_quotation_marks_in_a_title_stay_marks() -> None:
    told = with_boundaries(
        segments((Fraction(4),)), [Boundary("film-1", 'Uncle "Bob"', Span(Fraction(0), Fraction(4)))]
    )
    assert dict(told[0].date_ranges[0].attributes)["X-TITLE"] == "Uncle ”Bob”"
