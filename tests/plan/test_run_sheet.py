"""A run sheet says of each thing that plays when it does by the clocks of the place, and what there is to know."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import SoundFades
from pipeline.evening import EveningKind
from pipeline.plan.evening import plan_evening
from pipeline.plan.page_words import page_words
from pipeline.plan.run_sheet import RunSheet, plan_run_sheet, shown, told_length
from pipeline.plan.running_order import SILENT, FilmNotes, Item, RunningOrder, SoundCue
from pipeline.plan.sheet_cues import told_cue
from pipeline.plan.sheet_words import SheetWords, sheet_words
from pipeline.timebase import Span
from tests.evenings import SIX, block, evening

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT = datetime(2026, 11, 27, 20, 0, tzinfo=BERLIN)


def _clocks(sheet: RunSheet) -> list[str]:
    return [f"{row.at.minute}{row.at.second}" for row in sheet.rows]


def _days(sheet: RunSheet) -> list[str]:
    return [row.at.day for row in sheet.rows]


def _hours(*starts: int) -> RunningOrder:
    """Return a block of three things that begin at seconds, the last a minute long."""
    ends = (*starts[1:], starts[-1] + 60)
    return RunningOrder(
        "Night",
        tuple(
            Item("film", f"Film {number}", Span(Fraction(start), Fraction(end)))
            for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
        ),
    )


def test_a_row_has_clock_length_words_and_sound() -> None:
    poster = Path("/posters/kite.png")
    sheet = plan_run_sheet(block(), start=EIGHT, venue="Café Kranich", anchor_lufs=-16.0, posters={"a" * 64: poster})
    countdown, kite, *_ = sheet.rows
    assert (countdown.kind, countdown.title, countdown.length, countdown.cue) == (
        "leader",
        "Countdown",
        "0′08″",
        "silent",
    )
    assert (kite.at.minute, kite.at.second, kite.length) == ("20:00", ":12", "2′29″")
    assert kite.slate == "0′04″" and countdown.slate == ""
    assert (kite.title, kite.original_title, kite.who) == (
        "The Red Kite",
        "O Papagaio Vermelho",
        "Ana Lima, Portugal, 2024",
    )
    assert (kite.details, kite.content) == ("Portuguese\u00a0· subtitles: English\u00a0· 12", "flashing lights")
    assert (kite.cue, kite.note) == ("at −16 LUFS", "Q&A after the block")
    assert (kite.poster, kite.link) == (poster, "https://example.org/red-kite")
    assert (sheet.title, sheet.venue, sheet.date) == (
        "Short Films for a Long Night",
        "Café Kranich",
        "Friday, 27 November 2026",
    )
    assert sheet.summary == ("20:00", "ends 20:22:03", "6 films", "plays 22′03″")
    assert sheet.hints == ("Sound: every film plays at −16 LUFS. Set the volume with the first and leave it.",)


def test_a_card_is_told_with_its_film_and_short_black_not_at_all() -> None:
    assert [row.kind for row in plan_run_sheet(block()).rows] == ["leader", *["film"] * 6, "card"]
    film, other = SIX[:2]
    items = (("slate", other, 4), ("black", None, 10), ("film", film, 60), ("black", None, 11), ("slate", film, 4))
    at, laid = Fraction(0), []
    for kind, notes, length in items:
        laid.append(Item(kind, "", Span(at, at + length), notes))  # type: ignore[arg-type]
        at += length
    sheet = plan_run_sheet(RunningOrder("B", tuple(laid)))
    # The card of another film, and one that no film follows, are rows of their own, as is black that makes people ask.
    assert [(row.kind, row.title) for row in sheet.rows] == [
        ("slate", "Card"), ("film", "Card"), ("black", "Black"), ("slate", "Card"),
    ]  # fmt: skip


def test_a_cue_says_in_the_sheets_language_how_loud_a_film_really_is_and_what_is_faded() -> None:
    cue = SoundCue(Fraction("-19.3"), Fraction("3.3"), SoundFades(Fraction(1, 50), Fraction(2)))
    told = {tag: told_cue(cue, sheet_words(tag)) for tag in ("en", "de", "es", "fr", "it", "pt")}
    assert told["en"] == (
        "at −19.3 LUFS, 3.3 LU quieter than the others: turn it up by 3.3 dB, and down after it, "
        "fades in over 0.02 s, fades out over 2 s"
    )
    assert told["de"].startswith("bei −19,3 LUFS, 3,3 LU leiser") and told["de"].endswith("blendet in 2 s aus")
    assert len(set(told.values())) == 6 and all("{" not in one for one in told.values())
    assert [told_cue(SILENT, sheet_words("fr")), told_cue(None, sheet_words("fr"))] == ["muet", ""]


def test_what_is_told_of_a_film_stands_with_the_film_alone() -> None:
    film = SIX[0]
    items = (
        Item("card", "Content notes", Span(Fraction(0), Fraction(5)), film),
        Item("film", film.title, Span(Fraction(5), Fraction(60)), film),
    )
    card, told = plan_run_sheet(RunningOrder("B", items), posters={film.digest: Path("/p.png")}).rows
    assert (card.note, card.link, card.poster, card.who) == ("", "", None, "") and told.note == film.note


def test_without_a_start_times_count_from_the_first_picture() -> None:
    sheet = plan_run_sheet(_hours(0, 59, 3601))
    assert _clocks(sheet) == ["0:00:00", "0:00:59", "1:00:01"]
    assert sheet.date == "" and sheet.summary == ("3 films", "plays 1 h 01′01″")
    assert sheet.hints == ("Times count from the moment you press play.",)


def test_the_day_is_told_once_where_midnight_comes_between() -> None:
    sheet = plan_run_sheet(_hours(0, 600, 660), start=datetime(2026, 11, 27, 23, 50, tzinfo=BERLIN))
    assert _clocks(sheet) == ["23:50:00", "00:00:00", "00:01:00"]
    assert _days(sheet) == ["", "Sat 28 Nov", ""]
    assert sheet.summary[1] == "ends 00:02:00 (Sat 28 Nov)"


def test_a_film_after_midnight_tells_the_day_though_its_card_came_first() -> None:
    film = SIX[0]
    items = (
        Item("leader", "Leader", Span(Fraction(0), Fraction(600)), None),
        Item("slate", film.title, Span(Fraction(600), Fraction(604)), film),
        Item("film", film.title, Span(Fraction(604), Fraction(700)), film),
    )
    sheet = plan_run_sheet(RunningOrder("N", items), start=datetime(2026, 11, 27, 23, 50, tzinfo=BERLIN))
    assert _days(sheet) == ["", "Sat 28 Nov"]


@pytest.mark.parametrize(
    ("start", "clocks", "zones"),
    [
        ((2026, 3, 29, 1, 50), ["01:50:00", "03:00:00", "03:05:00"], ["", "clocks change: CEST", ""]),
        ((2026, 10, 25, 2, 50), ["02:50:00", "02:00:00", "02:05:00"], ["", "clocks change: CET", ""]),
    ],
)
def test_a_change_of_clocks_is_shown_as_they_show_it(
    start: tuple[int, ...], clocks: list[str], zones: list[str]
) -> None:
    sheet = plan_run_sheet(_hours(0, 600, 900), start=datetime(*start, tzinfo=BERLIN))  # type: ignore[arg-type]
    assert _clocks(sheet) == clocks and [row.at.zone for row in sheet.rows] == zones


def test_an_hour_that_clocks_show_twice_is_the_one_that_the_start_says() -> None:
    second = datetime(2026, 10, 25, 2, 50, tzinfo=BERLIN, fold=1)
    assert _clocks(plan_run_sheet(_hours(0, 600, 900), start=second)) == ["02:50:00", "03:00:00", "03:05:00"]


def test_the_evening_stands_on_the_sheet() -> None:
    order = block()
    planned = plan_evening(evening(), block_s=order.duration, start=EIGHT)
    sheet = plan_run_sheet(order, start=EIGHT, evening=planned)
    assert [(row.at.minute, row.until.minute, row.title, row.all_along) for row in sheet.evening] == [
        ("19:30", "20:00", "Doors", ""), ("20:00", "20:22", "Films", ""),
        ("20:22", "20:42", "Talk with Ana Lima and Jonas Weiß", ""), ("20:42", "20:57", "Stream", ""),
        ("19:30", "20:57", "Merch table", "all along"),
    ]  # fmt: skip
    assert [row.is_block for row in sheet.evening] == [False, True, False, False, False]
    from_play = plan_run_sheet(order, evening=plan_evening(evening(), block_s=order.duration))
    assert [row.at.minute for row in from_play.evening[:2]] == ["−0:30", "0:00"]


def test_something_during_which_clocks_are_changed_says_so() -> None:
    start = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    sheet = plan_run_sheet(block(), start=start, evening=plan_evening(evening(), block_s=block().duration, start=start))
    assert [(row.at.minute, row.at.zone, row.until.minute, row.until.zone) for row in sheet.evening] == [
        ("02:00", "", "02:30", ""), ("02:30", "", "02:52", ""), ("02:52", "", "02:12", "clocks change: CET"),
        ("02:12", "clocks change: CET", "02:27", ""), ("02:00", "", "02:27", "clocks change: CET"),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it", "pt"])
def test_a_sheet_speaks_the_languages_of_drop_pages(language: str) -> None:
    words = sheet_words(f"{language}-XX")
    assert words.language == page_words(language).language == language
    assert all(getattr(words, field.name) for field in fields(SheetWords)) and len(words.kinds) == len(
        sheet_words("en").kinds
    )
    assert words.of_kind("merch") == words.kinds[4] and "{lufs}" in words.loudness
    kind: EveningKind
    for kind in ("doors", "other"):
        assert words.of_kind(kind)
    assert (
        language == "en"
        or sum(getattr(words, f.name) == getattr(sheet_words(None), f.name) for f in fields(words)) <= 2
    )
    assert plan_run_sheet(block(), start=EIGHT, language=language).date.endswith("2026")


def test_a_language_that_nobody_wrote_words_for_has_english_ones() -> None:
    assert sheet_words("fi") == sheet_words(None)


@pytest.mark.parametrize(
    ("tags", "told"), [(("zxx",), "no dialogue"), (("und",), ""), (("pt-BR", "xxq"), "Portuguese (Brazil), xxq")]
)
def test_languages_are_told_in_the_sheets_own(tags: tuple[str, ...], told: str) -> None:
    film = FilmNotes("F", "a" * 64, "/f.mov", languages=tags)
    order = RunningOrder("B", (Item("film", "F", Span(Fraction(0), Fraction(60)), film),))
    assert plan_run_sheet(order).rows[0].details == told


def test_letters_have_the_forms_of_an_east_asian_films_language() -> None:
    japanese, arabic = plan_run_sheet(block(SIX[3:5])).rows[1:3]
    assert (japanese.language, arabic.language) == ("ja", None)


def test_words_are_shown_on_one_line_and_cannot_turn_what_follows() -> None:
    assert shown("A\tB\r\n C\u2028D\x00\x1b[31m") == "A B C D [31m"
    assert shown("Kite \u202egnp.exe\u2066 \ue000") == "Kite gnp.exe"
    assert shown("क्‍ष 👩‍🎤") == "क्‍ष 👩‍🎤"
    film = replace(SIX[0], title="x", note="two\nlines")
    assert plan_run_sheet(block([film])).rows[1].note == "two lines"


@given(st.fractions(min_value=0, max_value=90_000))
def test_a_length_is_never_taken_for_a_time_of_day(seconds: Fraction) -> None:
    told = told_length(seconds)
    assert ":" not in told and told.endswith("″")
    hours, minutes, rest = ([0] * 3 + [int(part) for part in told.replace(" h ", "′").rstrip("″").split("′")])[-3:]
    assert 0 <= seconds - (hours * 3600 + minutes * 60 + rest) < 1
