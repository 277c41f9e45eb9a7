"""What regions do to edits keeps its laws: length, order, and every untouched stretch as it was."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, CardPicture, Edit, Gap, MasterSpan, Part, SoundFades, heard
from pipeline.film import Film, FilmRegion
from pipeline.plan.dressing import Dress, plan_dress
from pipeline.plan.regions import (
    Region,
    Replacement,
    pictured,
    prolonged,
    regional,
    styled,
    told_film,
    with_replacements,
    without,
)
from pipeline.presets import RegionPreset, load_region, load_style
from pipeline.regions import Wishes
from pipeline.styles import CardStyle
from pipeline.timebase import FrameRate, Span

MAIN, OTHER = "a" * 64, "b" * 64
RATE = FrameRate(Fraction(24))
S = Fraction

times = st.integers(0, 400).map(lambda tenths: Fraction(tenths, 10))
spans = st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: Span(*sorted(pair)))


@st.composite
def apart(draw: st.DrawFn, most: int = 4) -> list[Span]:
    """Return stretches of which none overlaps another, in order."""
    ends = sorted(draw(st.sets(st.integers(0, 400), min_size=0, max_size=2 * most)))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return [Span(Fraction(start, 10), Fraction(end, 10)) for start, end in pairs]


lengths = st.integers(1, 60).map(lambda tenths: Fraction(tenths, 10))
parts = st.one_of(
    spans.map(lambda span: MasterSpan(MAIN, span)),
    spans.map(lambda span: MasterSpan(OTHER, span)),
    lengths.map(lambda seconds: Card(("A card",), seconds)),
    lengths.map(Gap),
)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Return an edit, half of them over a bed."""
    edit = Edit("edit", tuple(draw(st.lists(parts, min_size=1, max_size=5))))
    if draw(st.booleans()):
        start = draw(times)
        return replace(edit, bed=(MasterSpan(MAIN, Span(start, start + edit.duration)),))
    return edit


def film_shown(edit_parts: tuple[Part, ...], master: str = MAIN) -> list[Span]:
    return [part.span for part in edit_parts if isinstance(part, MasterSpan) and part.master == master]


def seconds(found: list[Span]) -> Fraction:
    return sum((span.duration for span in found), Fraction(0))


@given(edits(), apart())
def test_what_is_removed_is_neither_seen_nor_heard_and_all_else_stays(edit: Edit, removed: list[Span]) -> None:
    left = without(edit, removed, master=MAIN)
    for span in (*film_shown(left.parts), *film_shown(heard(left).parts)):
        assert not any(span.overlap(gone) for gone in removed)
    if not edit.bed:
        gone = sum((span.overlap(one) for span in film_shown(edit.parts) for one in removed), Fraction(0))
        assert left.duration == edit.duration - gone
        assert [part for part in left.parts if film_shown((part,)) == []] == [
            part for part in edit.parts if film_shown((part,)) == []
        ]
    assert without(left, removed, master=MAIN) == left
    if not removed:
        assert left == edit


@given(edits(), apart())
def test_removing_one_by_one_in_any_order_is_removing_all(edit: Edit, removed: list[Span]) -> None:
    edit = replace(edit, bed=())
    for order in (removed, removed[::-1]):
        step = edit
        for span in order:
            step = without(step, [span], master=MAIN)
        assert step == without(edit, removed, master=MAIN)


@given(edits(), apart())
def test_replacing_by_something_as_long_changes_no_time(edit: Edit, replaced: list[Span]) -> None:
    wanted = [Replacement(span, (MasterSpan(OTHER, Span(S(500), 500 + span.duration)),)) for span in replaced]
    shown = with_replacements(edit, wanted, master=MAIN)
    assert shown.duration == edit.duration
    assert not any(span.overlap(gone) for span in film_shown(shown.parts) for gone in replaced)
    before, after = (list(_each_tenth(one)) for one in (edit, shown))
    for was, now in zip(before, after, strict=True):
        hidden = next((one for one in wanted if was[0] == MAIN and one.span.start <= was[1] < one.span.end), None)
        assert now == (was if hidden is None else (OTHER, 500 + was[1] - hidden.span.start))


def _each_tenth(edit: Edit) -> list[tuple[str, Fraction]]:
    """Return what is seen at every tenth of a second: which film, and when in it."""
    found: list[tuple[str, Fraction]] = []
    for part in edit.parts:
        count = int(part.duration * 10)
        if isinstance(part, MasterSpan):
            found += [(part.master, part.span.start + Fraction(tenth, 10)) for tenth in range(count)]
        else:
            found += [(type(part).__name__, Fraction(0))] * count
    return found


def test_a_whole_replacement_may_be_longer_or_shorter_than_what_it_stands_for() -> None:
    edit = Edit("film", (MasterSpan(MAIN, Span(S(0), S(20))),))
    instead = Replacement(Span(S(5), S(8)), (MasterSpan(OTHER, Span(S(0), S(1))), Card(("X",), S(4))))
    shown = with_replacements(edit, [instead], master=MAIN)
    assert shown.parts == (
        MasterSpan(MAIN, Span(S(0), S(5))),
        *instead.parts,
        MasterSpan(MAIN, Span(S(8), S(20))),
    )


def test_a_piece_of_a_replaced_stretch_shows_the_piece_of_the_replacement() -> None:
    edit = Edit("clip", (MasterSpan(MAIN, Span(S(6), S(10))),))
    instead = Replacement(Span(S(5), S(8)), (MasterSpan(OTHER, Span(S(0), S(3))),))
    assert with_replacements(edit, [instead], master=MAIN).parts == (
        MasterSpan(OTHER, Span(S(1), S(3))),
        MasterSpan(MAIN, Span(S(8), S(10))),
    )


@given(st.integers(0, 300), st.integers(1, 300), lengths, apart())
def test_more_of_the_film_is_only_what_is_allowed_and_right_beside_it(
    start: int, length: int, more: Fraction, allowed: list[Span]
) -> None:
    body = Span(Fraction(start, 10), Fraction(start + length, 10))
    allowed = [one for one in allowed if one.overlap(body) == 0 or (one.start <= body.start and body.end <= one.end)]
    edit = Edit("body", (MasterSpan(MAIN, body),))
    (shown,) = film_shown(prolonged(edit, more, allowed).parts)
    assert shown.start <= body.start and body.end <= shown.end
    assert shown.duration <= body.duration + more
    for extra in (Span(shown.start, body.start), Span(body.end, shown.end)):
        assert not extra.duration or any(one.start <= extra.start and extra.end <= one.end for one in allowed)


def test_more_of_the_film_comes_after_it_first_and_the_end_is_faded() -> None:
    edit = Edit("h1", (MasterSpan(MAIN, Span(S(10), S(20))),), fades=SoundFades(S(0), S(0)))
    assert prolonged(edit, S(6), [Span(S(0), S(100))]) == replace(
        edit, parts=(MasterSpan(MAIN, Span(S(10), S(26))),), fades=SoundFades(S(0), Fraction(1, 4))
    )
    assert film_shown(prolonged(edit, S(6), [Span(S(0), S(22))]).parts) == [Span(S(6), S(22))]
    assert film_shown(prolonged(edit, S(6), [Span(S(10), S(20))]).parts) == [Span(S(10), S(20))]


def test_a_bed_goes_on_under_more_of_a_montage() -> None:
    pieces = (MasterSpan(MAIN, Span(S(10), S(12))), MasterSpan(MAIN, Span(S(40), S(43))))
    edit = Edit("h1", pieces, (MasterSpan(MAIN, Span(S(70), S(75))),))
    longer = prolonged(edit, S(2), [Span(S(0), S(100))])
    assert longer.parts == (pieces[0], MasterSpan(MAIN, Span(S(40), S(45))))
    assert longer.bed == (MasterSpan(MAIN, Span(S(70), S(77))),)


@given(edits(), apart(2), apart(2))
def test_a_region_never_loses_the_order_of_what_stays(edit: Edit, removed: list[Span], replaced: list[Span]) -> None:
    edit = replace(edit, bed=())
    kept = [one for one in replaced if not any(one.overlap(gone) for gone in removed)]
    instead = tuple(Replacement(one, (Gap(one.duration),)) for one in kept)
    region = _region(removed=tuple(removed), replaced=instead, after=(Card(("Bonus",), S(8)),))
    shown = regional(edit, region, Dress(before=(Card(("Title",), S(3)),)), master=MAIN)
    assert shown.parts[0] == Card(("Title",), S(3)) and shown.parts[-1] == Card(("Bonus",), S(8))
    inside = list(_each_tenth(Edit("inside", shown.parts[1:-1])))
    expected = [
        ("Gap", Fraction(0)) if one[0] == MAIN and _in(one[1], kept) else one
        for one in _each_tenth(edit)
        if not (one[0] == MAIN and _in(one[1], removed))
    ]
    assert inside == expected


def _in(time: Fraction, stretches: list[Span]) -> bool:
    return any(one.start <= time < one.end for one in stretches)


def _region(**changes: object) -> Region:
    return replace(Region("de", "Germany", Wishes(), Film(), ()), **changes)  # type: ignore[arg-type]


FILM = Film(title="The Kite", rating="12A", content_notes=("flashing lights",), language=("en",), link="https://e.org/")


def test_a_rating_is_the_regions_own_or_none() -> None:
    preset = load_region("de")
    assert told_film(FILM, preset, None).rating is None
    told = told_film(FILM, preset, FilmRegion(id="de", rating="FSK 6", title="Der Drachen", link="https://e.de/"))
    assert (told.rating, told.title, told.link) == ("FSK 6", "Der Drachen", "https://e.de/")
    assert told.content_notes == ("flashing lights",)
    assert told.language == ("de", "en")


def test_what_a_film_says_for_a_region_goes_before_what_the_regions_preset_says() -> None:
    preset = RegionPreset(id="xx", name="X", countries=("AQ",), legal_line="of the preset", subtitle_language="fr")
    from pipeline.regions import wishes_of

    wishes = wishes_of(preset, FilmRegion(id="xx", legal_line="of the film"))
    assert (wishes.legal_line, wishes.subtitle_language) == ("of the film", "fr")


def test_a_regions_cards_stand_in_place_of_the_styles_of_their_kind() -> None:
    cards = (CardStyle(kind="title", place="start", seconds=S(3)), CardStyle(kind="end", place="end", seconds=S(5)))
    style = styled(load_style("house"), _region(cards=cards, wishes=Wishes(subtitles="file")))
    assert style.cards == cards
    assert style.captions.show == "file"
    only_title = styled(load_style("house"), _region(cards=cards[:1]))
    assert [card.kind for card in only_title.cards] == ["title", "end"]


def test_pictures_stand_in_place_of_text_and_a_legal_line_on_a_card_of_text() -> None:
    region = _region(
        film=FILM.model_copy(update={"rating": "FSK 6"}),
        cards=tuple(CardStyle(kind=kind, place="start", seconds=S(3)) for kind in ("title", "rating")),
        pictures={"title": CardPicture("d" * 64, 160, 90)},
        wishes=Wishes(legal_line="© Ana"),
    )
    style = load_style("plain").model_copy(update={"cards": region.cards})
    dress = pictured(plan_dress(region.film, style, rate=RATE, seconds=S(45)), region)
    assert dress.before == (
        Card((), S(3), "picture", None, CardPicture("d" * 64, 160, 90)),
        Card(("FSK 6", "flashing lights", "© Ana"), S(3), "rating"),
    )


def test_a_legal_line_has_a_card_of_its_own_where_there_is_none_to_stand_on() -> None:
    dress = pictured(Dress(), _region(wishes=Wishes(legal_line="© Ana")))
    assert dress.after == (Card(("© Ana",), S(2)),)
    assert pictured(Dress(), _region(wishes=Wishes(legal_line="© Ana", legal_line_on="picture"))) == Dress()
