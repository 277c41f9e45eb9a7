"""What happens to the sound of things that play, in a sheet's words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from pipeline.plan.running_order import SoundCue
from pipeline.plan.sheet_clocks import locale_of
from pipeline.plan.sheet_words import SheetWords


def told_cue(cue: SoundCue | None, words: SheetWords) -> str:
    """Return a cue for who holds the volume: 'at −26.3 LUFS, fades out over 2 s'; nothing where there is none."""
    return "" if cue is None else ", ".join(_told(cue, words))


def told_number(value: Fraction, words: SheetWords) -> str:
    """Return a number as a language writes it, to hundredths at most: '−16.5', '−16,5'."""
    from babel.numbers import format_decimal

    return format_decimal(float(value), "#,##0.##", locale=locale_of(words)).replace("-", "−")


def _told(cue: SoundCue, words: SheetWords) -> Iterator[str]:
    if cue.lufs is None:
        yield words.silent
        return
    yield words.plays_at.format(lufs=told_number(cue.lufs, words))
    if cue.quieter_lu:
        yield words.quieter.format(lu=told_number(cue.quieter_lu, words))
    if cue.fades is not None and cue.fades.in_s:
        yield words.fades_in.format(seconds=told_number(cue.fades.in_s, words))
    if cue.fades is not None and cue.fades.out_s:
        yield words.fades_out.format(seconds=told_number(cue.fades.out_s, words))
