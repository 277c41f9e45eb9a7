"""Which share of a sound's channels those of stereo or of 5.1 get, whatever the sound's layout."""

from __future__ import annotations

import functools
import re
from fractions import Fraction
from typing import Final

from pipeline.facts import SoundFacts
from pipeline.graph import Mix, MixedChannel, Share

_FULL: Final = Fraction(1)
# ITU-R BS.775-4, table 2 (3/2 to 2/0): centre and surrounds 3 dB below the front; the same of mono for both sides.
# The LFE channel is left out (annex 7). What the table does not know follows from it: a surround is one wherever it
# stands, and what stands in the middle behind or above is heard from two surrounds, 3 dB below each.
_MINUS_3_DB: Final = Fraction("0.7071")
_MINUS_6_DB: Final = Fraction("0.5")
_FRONT: Final = ("F{}", "F{}C", "W{}", "D{}", "BI{}")
_SURROUND: Final = ("B{}", "S{}", "SD{}", "SS{}", "TT{}", "TF{}", "TB{}", "TS{}", "BF{}")
_MIDDLE: Final = ("BC", "TC", "TFC", "TBC", "BFC")
_PAIRS: Final = {8: 2}
"""Pairs of surrounds in layouts of so many channels: 7.1 has two."""
_UNNAMED: Final = re.compile(r"([1-9]\d*) channels\Z")
_AMBISONIC: Final = "ambisonic"

_USUAL: Final = {
    1: ("FC",),
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
"""What channels without names are taken for: the order of WAVE and of FLAC (RFC 9639, 9.1.3), in which two pairs are
left and right twice. Of more than eight the first eight count."""


_WORDS: Final = {"F": "front", "B": "back", "S": "side", "L": "left", "R": "right", "C": "centre"}


@functools.lru_cache(maxsize=64)
def fold_down(sound: SoundFacts) -> Mix:
    """Return how a sound becomes stereo: by its channels' names, else by their order."""
    if sound.layout.startswith(_AMBISONIC):
        # The first two components are the sound from everywhere and left minus right (ACN): two cardioids face aside.
        everywhere, aside = Share("c0", Fraction(1, 2)), Share("c1", Fraction(1, 2))
        return _stereo((everywhere, aside), (everywhere, Share("c1", -aside.factor)))
    left, right = (_placed(sound, _named(side)) for side in "LR")
    return _stereo(left, right)


@functools.lru_cache(maxsize=64)
def surround(sound: SoundFacts) -> Mix:
    """Return how a sound becomes 5.1: its channels where they are, those of larger layouts with their neighbours.

    One with fewer channels is heard from those that it has; one without directions as stereo.
    """
    if sound.layout.startswith(_AMBISONIC):
        front = fold_down(sound).channels
        return Mix("5.1", (*front, *(MixedChannel(name, ()) for name in ("FC", "LFE", "BL", "BR"))))
    fronts = (MixedChannel(f"F{side}", _placed(sound, _all_of(_FRONT, side))) for side in "LR")
    backs = (MixedChannel(f"B{side}", _placed(sound, _backs(sound, side))) for side in "LR")
    middle = (MixedChannel(name, _placed(sound, (Share(name, _FULL),))) for name in ("FC", "LFE"))
    return Mix("5.1", (*fronts, *middle, *backs))


def taken_for(sound: SoundFacts) -> tuple[str, ...]:
    """Return what the channels of a sound are taken for where it does not say; nothing where it does."""
    unnamed = _UNNAMED.match(sound.layout)
    return _USUAL[min(int(unnamed[1]), 8)] if unnamed else ()


def told_guess(sound: SoundFacts) -> str | None:
    """Return what people should know of channels that were guessed; None where none were, or nobody would doubt it."""
    taken = taken_for(sound)
    if len(taken) < 3:
        return None
    names = [name if name == "LFE" else " ".join(_WORDS[letter] for letter in name) for name in taken]
    some = "channels" if sound.channels == len(taken) else f"first {len(taken)} of {sound.channels} channels"
    return f"The film does not name its {some}; they are taken for {', '.join(names[:-1])} and {names[-1]}."


def _stereo(left: tuple[Share, ...], right: tuple[Share, ...]) -> Mix:
    return Mix("stereo", (MixedChannel("FL", left), MixedChannel("FR", right)))


def _placed(sound: SoundFacts, shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Return shares of a sound's channels, by their places where it does not name them."""
    taken = taken_for(sound)
    if not taken:
        return shares
    places = {name: f"c{number}" for number, name in enumerate(taken)}
    return tuple(Share(places[one.channel], one.factor) for one in shares if one.channel in places)


def _all_of(names: tuple[str, ...], side: str) -> tuple[Share, ...]:
    return tuple(Share(name.format(side), _FULL) for name in names)


def _backs(sound: SoundFacts, side: str) -> tuple[Share, ...]:
    """Return what is heard from behind on a side: one pair as it is, several 3 dB lower each (ITU-R BS.775-4)."""
    pairs = _PAIRS.get(sound.channels, 1)
    share = _FULL if pairs == 1 else _MINUS_3_DB
    middle = tuple(Share(name, _MINUS_3_DB) for name in _MIDDLE)
    return (*(Share(name.format(side), share) for name in _SURROUND), *middle)


def _named(side: str) -> tuple[Share, ...]:
    """Return the shares of every channel that has a name; one that the sound has not adds nothing."""
    front = _all_of(_FRONT, side)
    surround = tuple(Share(name.format(side), _MINUS_3_DB) for name in _SURROUND)
    return (*front, Share("FC", _MINUS_3_DB), *surround, *(Share(name, _MINUS_6_DB) for name in _MIDDLE))
