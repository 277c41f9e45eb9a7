from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.edit import MasterSpan
from pipeline.errors import PlanError
from pipeline.plan.closeness import CloseLook, corrected
from pipeline.plan.ground import Ground
from pipeline.plan.highlights import Decisions, Highlight, HighlightChoice, choose_highlights
from pipeline.plan.scorers import SCORERS, Footage, score_shots
from pipeline.plan.shots import FilmAnalysis, Timeline, Transition
from pipeline.presets import Avoid, Fades, HighlightsPreset, Montage, Spoilers, Weights
from pipeline.timebase import FrameRate, Span
from tests.films import analysis_of

RATE = FrameRate(Fraction(24))
NTSC = FrameRate(Fraction(24000, 1001))
DIGEST = "ab" * 32


def film(
    seconds: int,
    *,
    cuts: tuple[int, ...] = (),
    fades: tuple[tuple[int, int], ...] = (),
    lively: tuple[int, ...] = (),
    black: tuple[int, ...] = (),
    rate: FrameRate = RATE,
    times: tuple[Fraction, ...] | None = None,
) -> FilmAnalysis:
    """A film with cuts at the frames given; `lively` and `black` name seconds in which the picture is so."""
    count = rate.frames_within(Fraction(seconds)) if times is None else len(times)
    timeline = Timeline(rate, count) if times is None else Timeline.of_times(rate, times)
    found = [Transition("cut", cut, cut) for cut in cuts] + [Transition("fade", *fade) for fade in fades]
    transitions = tuple(sorted(found, key=lambda transition: transition.start_frame))
    return analysis_of(
        timeline,
        transitions,
        subject_motion=lambda time: 90.0 if int(time) in lively else 10.0,
        brightness=lambda time: 0.0 if int(time) in black else 100.0,
        black=lambda time: 1.0 if int(time) in black else 0.0,
    )


def weighing(name: str) -> Weights:
    return Weights(**{each: Fraction(each == name) for each in Weights.model_fields})


MOVEMENT = weighing("movement")


def preset(**changes: Any) -> HighlightsPreset:
    fields: dict[str, Any] = {
        "id": "test",
        "name": "Test",
        "kind": "moment",
        "count": 3,
        "seconds": Fraction(10),
        "avoid": Avoid(black=True, end_credits=True),
        "spoilers": Spoilers(last_act_fraction=Fraction(0)),
        "weights": MOVEMENT,
        "montage": None,
        "sound": Fades(fade_in_s=Fraction(0), fade_out_s=Fraction(0)),
    }
    return HighlightsPreset(**{**fields, **changes})


def guarded(fraction: Fraction, budget: Fraction = Fraction(0)) -> dict[str, Any]:
    avoid = Avoid(black=True, end_credits=False)
    return {"avoid": avoid, "spoilers": Spoilers(last_act_fraction=fraction, budget_fraction=budget)}


MONTAGE = {"kind": "montage", "montage": Montage(min_shot_s=Fraction(1), max_shot_s=Fraction(3))}


def choose(analysis: FilmAnalysis, chosen: HighlightsPreset, decisions: Decisions | None = None) -> HighlightChoice:
    footage = Footage(Path("film.mov"), analysis, lambda: ())
    scoring = score_shots(footage, SCORERS[chosen.scorer], name=chosen.scorer, version="1")
    return choose_highlights(Ground(analysis, scoring), chosen, master=DIGEST, decisions=decisions)


def spans(highlight: Highlight) -> list[Span]:
    return [part.span for part in highlight.edit.parts if isinstance(part, MasterSpan)]


def only(choice: HighlightChoice) -> Span:
    ((span,),) = (spans(highlight) for highlight in choice.highlights)
    return span


def test_the_liveliest_passage_starts_on_a_cut_and_says_why() -> None:
    analysis = film(100, cuts=(240, 960, 1920), lively=tuple(range(40, 50)))
    highlight = choose(analysis, preset(count=1)).highlights[0]
    assert spans(highlight) == [Span(Fraction(40), Fraction(50))]
    assert highlight.id == "h1"
    assert highlight.edit.masters == (DIGEST,)
    assert highlight.reasons[0] == "opens on strong motion"
    assert "one shot" in highlight.reasons


def test_a_passage_that_also_ends_on_a_cut_is_preferred() -> None:
    analysis = film(100, cuts=(200, 960, 1440, 1680))
    assert only(choose(analysis, preset(count=1, weights=weighing("rest")))) == Span(Fraction(60), Fraction(70))


def test_highlights_come_best_first_and_carry_their_place() -> None:
    analysis = film(100, cuts=(240, 480, 720, 960, 1200), lively=(*range(20, 30), *range(40, 45)))
    chosen = choose(analysis, preset(count=3)).highlights
    assert [highlight.id for highlight in chosen] == ["h1", "h2", "h3"]
    assert spans(chosen[0])[0].start == 20
    assert spans(chosen[1])[0].start == 40
    assert [highlight.score for highlight in chosen] == sorted((each.score for each in chosen), reverse=True)


def test_black_is_avoided() -> None:
    analysis = film(60, cuts=(480, 960), lively=tuple(range(20, 30)), black=(25,))
    span = only(choose(analysis, preset(count=1)))
    assert span.overlap(Span(Fraction(25), Fraction(26))) == 0


def test_the_opening_fade_is_avoided() -> None:
    analysis = film(60, cuts=(480,), fades=((0, 48),), lively=tuple(range(12)))
    assert only(choose(analysis, preset(count=1))) == Span(Fraction(2), Fraction(12))


def test_the_end_of_the_film_is_kept_back() -> None:
    analysis = film(100, cuts=(240, 1920), lively=tuple(range(80, 100)))
    choice = choose(analysis, preset(**guarded(Fraction(1, 4))))
    assert all(span.end <= 75 for highlight in choice.highlights for span in spans(highlight))
    assert choice.left_out[-1] == Span(Fraction(75), Fraction(100))


def test_the_spoiler_guard_gives_way_when_nothing_fits_and_says_so() -> None:
    choice = choose(film(11), preset(count=1, **guarded(Fraction(1, 4))))
    assert len(choice.highlights) == 1
    assert choice.notes == ("Nothing fits before the last 25% of the film, so it was used as well.",)


def test_the_spoiler_guard_stays_where_all_that_fits_was_rejected() -> None:
    guard, rejected = preset(**guarded(Fraction(1, 4))), (Span(Fraction(0), Fraction(75)),)
    with pytest.raises(PlanError, match="or were rejected"):
        choose(film(100, cuts=(240, 1200)), guard, Decisions(rejected=rejected))


def test_avoiding_black_gives_way_when_nothing_else_fits_and_says_so() -> None:
    choice = choose(film(20, black=(3, 9, 15)), preset(count=1))
    assert len(choice.highlights) == 1
    assert "black" in choice.notes[-1]


def test_credits_from_film_toml_are_left_out() -> None:
    analysis = film(100, cuts=(1440,), lively=tuple(range(60, 100)))
    choice = choose(analysis, preset(count=2), Decisions(credits_start=Fraction(60)))
    assert all(span.end <= 60 for highlight in choice.highlights for span in spans(highlight))
    assert choice.notes[0] == "End credits from 1:00 are left out, as film.toml says."


def test_fewer_that_fit_are_said_to_be_fewer() -> None:
    choice = choose(film(25, cuts=(240,)), preset(count=3))
    assert len(choice.highlights) == 2
    assert choice.notes == ("2 of 3 highlights: no more of 10 s fit beside them.",)


def test_as_many_as_fit_are_found_even_where_the_best_one_would_split_the_room() -> None:
    analysis = film(31, cuts=(120,), lively=tuple(range(5, 15)))
    assert len(choose(analysis, preset(count=3)).highlights) == 3


def test_a_film_shorter_than_a_highlight_is_told_both_lengths() -> None:
    with pytest.raises(PlanError, match=r"9 s long.*'test' needs 10 s"):
        choose(film(9), preset())


def test_a_film_that_is_never_to_be_shown_gives_a_plan_error() -> None:
    with pytest.raises(PlanError, match="No moment of 10 s fits"):
        choose(film(60), preset(), Decisions(never=(Span(Fraction(5), Fraction(55)),)))


def test_locked_stretches_come_first_and_keep_their_length() -> None:
    analysis = film(100, cuts=(240, 960), lively=tuple(range(40, 50)))
    choice = choose(analysis, preset(count=2), Decisions(locked=(Span(Fraction(3), Fraction(7)),)))
    assert spans(choice.highlights[0]) == [Span(Fraction(3), Fraction(7))]
    assert choice.highlights[0].reasons == ("cut by a person, kept as it is",)
    assert spans(choice.highlights[1]) == [Span(Fraction(40), Fraction(50))]


@pytest.mark.parametrize("changes", [{}, MONTAGE], ids=["moment", "montage"])
def test_a_stretch_that_must_be_used_is_used(changes: dict[str, Any]) -> None:
    wish = Span(Fraction(71), Fraction(74))
    choice = choose(film(100, cuts=tuple(range(48, 2400, 48))), preset(count=1, **changes), Decisions(always=(wish,)))
    assert any(span.overlap(wish) == 3 for span in spans(choice.highlights[0]))
    assert choice.notes == ()


def test_a_stretch_that_finds_no_place_is_named() -> None:
    wish = Span(Fraction(50), Fraction(52))
    choice = choose(film(60), preset(count=1), Decisions(always=(wish,), never=(Span(Fraction(49), Fraction(53)),)))
    (note,) = choice.notes
    assert note.startswith("The stretch from 0:50 to 0:52 should always be used, but found no place: ask for more")


def test_a_montage_shows_the_best_shots_in_film_order_to_the_frame() -> None:
    cuts = tuple(range(96, 2400, 96))
    lively = (*range(4, 8), *range(40, 44), *range(60, 64), *range(80, 84))
    highlight = choose(film(100, cuts=cuts, lively=lively), preset(count=1, **MONTAGE)).highlights[0]
    shown = [span.start for span in spans(highlight)]
    assert {4, 40, 60, 80} < set(shown) and len(shown) == 5 and shown == sorted(shown)
    assert highlight.edit.duration == 10
    assert highlight.reasons[0] == "the best 5 pieces left, in film order from 0:04 to 1:22"


def test_one_long_take_gives_a_montage_of_its_best_pieces() -> None:
    highlight = choose(film(60, lively=(20, 21, 22)), preset(count=1, **MONTAGE)).highlights[0]
    assert highlight.edit.duration == 10


def test_a_variable_rate_film_is_cut_inside_its_shots() -> None:
    times = tuple(Fraction(k, 24) + (Fraction(1, 100) if k % 3 else 0) for k in range(1440))
    analysis = film(60, cuts=(301,), lively=tuple(range(12, 25)), times=times)
    span = only(choose(analysis, preset(count=1)))
    assert span.duration == 10
    assert 0 <= span.start - times[301] < Fraction(1, 24)


@dataclass(frozen=True)
class Case:
    analysis: FilmAnalysis
    preset: HighlightsPreset
    decisions: Decisions


@st.composite
def cases(draw: st.DrawFn) -> Case:
    seconds = draw(st.integers(12, 120))
    rate = draw(st.sampled_from([RATE, NTSC, FrameRate(Fraction(30000, 1001))]))
    cuts = draw(st.sets(st.integers(1, rate.frames_within(Fraction(seconds)) - 1), max_size=25))
    a_second = st.integers(0, seconds - 1)
    analysis = film(
        seconds,
        cuts=tuple(sorted(cuts)),
        lively=tuple(draw(st.sets(a_second, max_size=30))),
        black=tuple(draw(st.sets(a_second, max_size=4))),
        rate=rate,
    )
    kind = draw(st.sampled_from([{}, MONTAGE]))
    length = draw(st.fractions(2, 12, max_denominator=10))
    guard = draw(st.sampled_from([Fraction(0), Fraction(1, 4)]))
    spans = st.tuples(a_second, st.integers(1, 6)).map(lambda pair: Span(Fraction(pair[0]), Fraction(sum(pair))))
    decisions = Decisions(
        always=tuple(draw(st.lists(spans, max_size=2))), never=tuple(draw(st.lists(spans, max_size=2)))
    )
    count = draw(st.integers(1, 6))
    return Case(analysis, preset(count=count, seconds=length, **guarded(guard), **kind), decisions)


def chosen_or_none(case: Case) -> HighlightChoice | None:
    try:
        return choose(case.analysis, case.preset, case.decisions)
    except PlanError:
        return None


@settings(max_examples=150, deadline=None)
@given(cases())
def test_laws_of_every_choice(case: Case) -> None:
    choice = chosen_or_none(case)
    assume(choice is not None)
    assert choice is not None
    rate, film_end = case.analysis.timeline.rate, case.analysis.timeline.duration
    length = Fraction(rate.frames_within(case.preset.seconds)) / rate.fps
    shown = sorted((span for highlight in choice.highlights for span in spans(highlight)), key=lambda span: span.start)
    assert all(highlight.edit.duration == length for highlight in choice.highlights)
    assert all(0 <= span.start < span.end <= film_end for span in shown)
    assert all(one.end <= other.start for one, other in pairwise(shown))
    assert all(span == span.snapped(rate) for span in shown)
    assert all(span.overlap(never) == 0 for span in shown for never in case.decisions.never)
    assert [each.score for each in choice.highlights] == sorted(
        (each.score for each in choice.highlights), reverse=True
    )
    assert 1 <= len(choice.highlights) <= case.preset.count
    assert (len(choice.highlights) < case.preset.count) == any("no more" in note for note in choice.notes)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_the_same_film_and_preset_give_the_same_choice(case: Case) -> None:
    assert chosen_or_none(case) == chosen_or_none(case)


@pytest.mark.parametrize("name", ["always", "never", "locked"])
def test_a_stretch_behind_the_films_end_changes_nothing_and_is_told(name: str) -> None:
    analysis = film(60, cuts=(240, 960))
    plain = choose(analysis, preset(**guarded(Fraction(1, 4))))
    told = choose(analysis, preset(**guarded(Fraction(1, 4))), Decisions(**{name: (Span(Fraction(60), Fraction(70)),)}))
    assert (told.highlights, told.left_out) == (plain.highlights, plain.left_out)
    assert told.notes[-1] == f"The [[{name}]] from 1:00 to 1:10 lies behind the film's end at 1:00."


def test_credits_behind_the_films_end_are_none() -> None:
    choice = choose(film(60, cuts=(240,)), preset(), Decisions(credits_start=Fraction(90)))
    assert choice.notes == () and choice.left_out == ()


def test_what_is_locked_but_must_never_be_shown_is_refused() -> None:
    decisions = Decisions(locked=(Span(Fraction(10), Fraction(20)),), never=(Span(Fraction(19), Fraction(25)),))
    with pytest.raises(PlanError, match=r"locks 0:10 to 0:20, and says that 0:19 to 0:25 is never shown\. Shorten"):
        choose(film(60), preset(), decisions)


def test_montages_beside_one_that_has_to_show_the_ending_show_none_of_it() -> None:
    asked = Decisions(always=(Span(Fraction(90), Fraction(92)),))
    choice = choose(film(100, cuts=tuple(range(96, 2400, 96))), preset(**(MONTAGE | guarded(Fraction(1, 4)))), asked)
    shown = [[span for span in spans(highlight) if span.end > 75] for highlight in choice.highlights]
    assert sorted(shown, key=len) == [[], [], [Span(Fraction(90), Fraction(92))]]


@pytest.mark.parametrize("changes", [{}, MONTAGE], ids=["moments", "montages"])
def test_what_is_looked_at_between_two_choices_counts_as_if_the_film_were_prepared_anew(
    changes: dict[str, Any],
) -> None:
    analysis, seen = film(90, cuts=tuple(range(48, 2160, 48)), lively=tuple(range(10, 20))), dict.fromkeys(range(40), 0)
    looks = [CloseLook.of(Span(Fraction(0), Fraction(10)), {"subject_motion": seen}, ())]
    looks += [
        CloseLook.of(Span(Fraction(60), Fraction(70)), {"subject_motion": dict.fromkeys(range(240, 280), 90)}, ())
    ]
    scoring = score_shots(Footage(Path("f"), analysis, lambda: ()), SCORERS["editor"], name="editor", version="1")
    ground, wanted = Ground(analysis, scoring), preset(**changes)
    first = choose_highlights(ground, wanted, master=DIGEST)
    anew = Ground(FilmAnalysis(analysis.found, corrected(analysis.features, looks)), scoring)
    again = choose_highlights(ground.seen_closely(looks), wanted, master=DIGEST)
    assert again == choose_highlights(anew, wanted, master=DIGEST) != first
    assert choose_highlights(ground, wanted, master=DIGEST) == first, "the film as it was prepared stays as it was"
