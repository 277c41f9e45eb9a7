"""What a block is refused for, what is only told, and what passes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.plan.block_verdicts import (
    Offset,
    SoundEdges,
    SoundJoin,
    Verdict,
    black_verdict,
    drift_verdict,
    failures,
    length_verdict,
    loudness_verdict,
    offset_verdict,
    proof_verdict,
    silence_verdict,
    step_verdict,
    warnings,
    whole_verdict,
)
from pipeline.plan.film_proofs import FilmProof, Miss
from pipeline.plan.levelled import Levelled
from pipeline.plan.section_times import SectionTimes

BOUNDS = (Fraction(600), Fraction(1200))
FRAME = Fraction(1, 25)
LOWERED = "it was turned down by 0.8 dB for the peaks of what stands beside it"


def edges(*, first: float = 0.0, last: float = 0.0, first_peak: float = 0.0, last_peak: float = 0.0) -> SoundEdges:
    return SoundEdges((first, first), (last, last), first_peak, last_peak)


def join(before: SoundEdges, after: SoundEdges) -> SoundJoin:
    return SoundJoin("a128-en", "from cards to Tide", before, after, is_card_before=True, is_card_after=False)


@pytest.mark.parametrize(
    ("found", "planned", "outcome"),
    [
        (Fraction(900), Fraction(900), "pass"),
        (Fraction(900) + FRAME, Fraction(900), "fail"),
        (Fraction(600) - FRAME, Fraction(600) - FRAME, "pass"),  # films' frames round
        (Fraction(599), Fraction(599), "fail"),
        (Fraction(1201), Fraction(1201), "fail"),
    ],
)
def test_a_block_is_as_long_as_planned_and_within_bounds(found: Fraction, planned: Fraction, outcome: str) -> None:
    assert length_verdict("v720: length", found, planned, bounds=BOUNDS, slack=FRAME).outcome == outcome


def test_a_film_fails_for_a_foreign_picture_and_for_a_frame_too_few() -> None:
    whole = FilmProof(60, 58, 0.03, ())
    assert proof_verdict("Tide", whole, frames=1500, planned=1500).outcome == "pass"
    assert proof_verdict("Tide", whole, frames=1499, planned=1500).outcome == "fail"
    torn = FilmProof(60, 58, 0.9, (Miss(Fraction(12), 0.9),))
    verdict = proof_verdict("Tide", torn, frames=1500, planned=1500)
    assert verdict.outcome == "fail" and "not the master's at 12 s" in verdict.measured
    assert FilmProof.of(torn.document()) == torn
    worn = FilmProof(60, 58, 0.3, (Miss(Fraction(12), 0.3),))
    assert proof_verdict("Tide", worn, frames=1500, planned=1500).outcome == "warn"
    twice = FilmProof(60, 58, 0.3, (Miss(Fraction(12), 0.3), Miss(Fraction(13), 0.3)))
    assert proof_verdict("Tide", twice, frames=1500, planned=1500).outcome == "fail"


@pytest.mark.parametrize(
    ("lufs", "levelled", "outcome", "told"),
    [
        (-16.4, Levelled(), "pass", "-16.4 LUFS"),
        (-19.0, Levelled(), "fail", "-19.0 LUFS, 3.0 LU too quiet"),
        (-19.0, Levelled(quieter_lu=1.0), "fail", "-19.0 LUFS, 3.0 LU too quiet"),
        (-19.0, Levelled(quieter_lu=3.0), "warn", "-19.0 LUFS, 3.0 LU too quiet: its peaks allow no more"),
        (-19.0, Levelled(quieter_lu=3.0, is_lifted_most=True), "warn",
         "-19.0 LUFS, 3.0 LU too quiet: quiet sound is lifted no further"),
        (-19.0, Levelled(quieter_lu=2.0, lowered_db=0.8), "warn",
         f"-19.0 LUFS, 3.0 LU too quiet: its peaks allow no more and {LOWERED}"),
        (-14.0, Levelled(quieter_lu=3.0), "fail", "-14.0 LUFS, 2.0 LU too loud"),
        (-19.0, None, "warn", "-19.0 LUFS, 3.0 LU too quiet"),
        (None, Levelled(is_silent=True), "pass", "silent"),
    ],
)  # fmt: skip
def test_a_film_that_is_too_quiet_is_told_of_or_refused(
    lufs: float | None, levelled: Levelled | None, outcome: str, told: str
) -> None:
    verdict = loudness_verdict("a128-en: loudness of Tide", lufs, -16, levelled)
    assert (verdict.outcome, verdict.measured) == (outcome, told)


def test_a_warning_is_told_once_for_all_renditions_and_not_where_a_note_tells_it() -> None:
    def warned(name: str) -> Verdict:
        return Verdict(f"{name}: black at joins", "warn", "luma 24", "200 from cards to Tide")

    noted = loudness_verdict("a128-en: loudness of Tide", -19.0, -16, Levelled(quieter_lu=3.0))
    names = ("v240", "v360", "v720", "v1080")
    (told,) = warnings([*map(warned, names), noted, Verdict("v240: length", "pass", "", "")])
    assert told == "Black at joins: 200 from cards to Tide; it should be luma 24 (v240, v360, v720 and 1 more)."


def test_a_click_at_a_join_is_refused() -> None:
    assert step_verdict("a128-en", [join(edges(last=0.004), edges(first=0.009))]).outcome == "pass"
    verdict = step_verdict("a128-en", [join(edges(last=0.004), edges(first=-0.02))])
    assert failures([verdict]) == (("a128-en: steps at joins", "at most -40 dBFS", "0.0240 from cards to Tide"),)


def test_cards_are_silent_where_they_meet_films_and_films_need_not_be() -> None:
    assert silence_verdict("a128-en", [join(edges(), edges(first_peak=0.5))]).outcome == "pass"
    assert silence_verdict("a128-en", [join(edges(last_peak=0.05), edges())]).outcome == "fail"


@pytest.mark.parametrize(
    ("seconds", "frame", "outcome"),
    [
        (Fraction(0), FRAME, "pass"),
        (FRAME / 2, FRAME, "pass"),
        (-FRAME / 2, FRAME, "pass"),
        (Fraction(21, 1000), FRAME, "fail"),
        (-Fraction(21, 1000), FRAME, "fail"),
        (Fraction(10, 1000), Fraction(1, 60), "fail"),
    ],
)
def test_a_films_sound_is_at_most_half_a_picture_from_its_pictures(
    seconds: Fraction, frame: Fraction, outcome: str
) -> None:
    offsets = [Offset("where Tide begins", Fraction(0), frame), Offset("where Ash begins", seconds, frame)]
    verdict = offset_verdict("v720 with a128-en", offsets)
    assert verdict.outcome == outcome
    assert "2 films" in verdict.measured
    assert offset_verdict("v720 with a128-en", []).outcome == "pass"


@pytest.mark.parametrize(
    ("seconds", "frame", "outcome"),
    [
        (Fraction(20, 1000), FRAME, "pass"),
        (Fraction(21, 1000), FRAME, "warn"),
        (Fraction(22, 1000), FRAME, "fail"),
        (Fraction(-22, 1000), FRAME, "fail"),
        # Cards bring sound within half a packet, which is more than half of a short picture.
        (Fraction(512, 48000), Fraction(1, 60), "pass"),
        (Fraction(11, 1000), Fraction(1, 60), "warn"),
        (Fraction(22, 1000), Fraction(1, 60), "fail"),
    ],
)
def test_sound_laid_end_to_end_may_be_half_a_packet_from_the_picture(
    seconds: Fraction, frame: Fraction, outcome: str
) -> None:
    assert drift_verdict("v720 with a128-en", [Offset("where Ash begins", seconds, frame)]).outcome == outcome


def test_a_film_is_whole_where_its_boxes_show_each_picture_once_and_in_order() -> None:
    def verdict(times: SectionTimes) -> Verdict:
        return whole_verdict("v720: Tide", times, pictures=50, start=Fraction(0), length=Fraction(2))

    whole = SectionTimes(50, Fraction(0), Fraction(2), FRAME, ())
    assert verdict(whole).outcome == "pass" and "one each 40 ms" in verdict(whole).measured
    for damaged in (
        replace(whole, samples=49, duration=2 - FRAME),
        replace(whole, breaks=(Fraction(1),)),
        replace(whole, samples=25, step=2 * FRAME),
        replace(whole, start=FRAME),
    ):
        assert verdict(damaged).outcome == "fail"
    assert "out of step at 1 s" in verdict(replace(whole, breaks=(Fraction(1),))).measured
    assert "from 0.04 s instead of 0 s" in verdict(replace(whole, start=FRAME)).measured


def test_cards_that_are_planned_to_be_black_have_to_be() -> None:
    place = "from cards to Tide"
    assert black_verdict("v720", {place: 17}, planned=frozenset({place})).outcome == "pass"
    assert black_verdict("v720", {place: 200}, planned=frozenset({place})).outcome == "fail"
    assert black_verdict("v720", {place: 200}, planned=frozenset()).outcome == "warn"
