"""What was done to films' sounds is told once for each film, by its title, in words that need no studio."""

from __future__ import annotations

import json

from pipeline.plan.levelled import Levelled, levelled_notes, most_of


def test_each_film_is_told_of_once_with_the_most_that_was_done() -> None:
    tide = most_of([Levelled(limited_db=6.0, quieter_lu=4.7), Levelled(limited_db=5.8, quieter_lu=4.9)])
    ash = Levelled(quieter_lu=2.0, is_lifted_most=True)
    films = [("Tide", tide), ("Ash", ash), ("Wren", Levelled()), ("Mute", Levelled(is_silent=True))]
    told = list(levelled_notes(films, -16))
    peaks = "its peaks allow no more; it has its loudest peaks turned down by up to 6 dB"
    assert told == [
        f"Tide plays up to 4.9 LU (decibels of loudness) below -16 LUFS: {peaks}.",
        "Ash plays up to 2 LU below -16 LUFS: quiet sound is lifted no further.",
        "Mute is silent, or nearly so: its level was left alone.",
    ]


def test_values_come_back_as_they_were_written() -> None:
    one = Levelled(1.5, 2.5, 0.3, is_lifted_most=True)
    assert Levelled.of(json.loads(json.dumps(one.document()))) == one
    assert most_of([]) == Levelled()
