"""Which share of a sound's channels the left and the right of stereo get, whatever the sound's layout."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from pipeline.facts import SoundFacts
from pipeline.graph import FoldDown, Share

_FULL: Final = Fraction(1)
# ITU-R BS.775-4, table 2 (3/2 to 2/0): centre and surrounds 3 dB below the front; the same of mono for both sides.
# The LFE channel is left out (annex 7). What the table does not know follows from it: a surround is one wherever it
# stands, and what stands in the middle behind or above is heard from two surrounds, 3 dB below each.
_MINUS_3_DB: Final = Fraction("0.7071")
_MINUS_6_DB: Final = Fraction("0.5")
_FRONT: Final = ("F{}", "F{}C", "W{}", "D{}", "BI{}")
_SURROUND: Final = ("B{}", "S{}", "SD{}", "SS{}", "TT{}", "TF{}", "TB{}", "TS{}", "BF{}")
_MIDDLE: Final = ("BC", "TC", "TFC", "TBC", "BFC")
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


def fold_down(sound: SoundFacts) -> FoldDown:
    """Return how a sound becomes stereo: by its channels' names, else by their order."""
    if sound.layout.startswith(_AMBISONIC):
        # The first two components are the sound from everywhere and left minus right (ACN): two cardioids face aside.
        everywhere, aside = Share("c0", Fraction(1, 2)), Share("c1", Fraction(1, 2))
        return FoldDown((everywhere, aside), (everywhere, Share("c1", -aside.factor)))
    taken = taken_for(sound)
    if not taken:
        return FoldDown(_named("L"), _named("R"))
    places = {name: f"c{number}" for number, name in enumerate(taken)}
    left, right = (
        tuple(Share(places[one.channel], one.factor) for one in _named(side) if one.channel in places) for side in "LR"
    )
    return FoldDown(left, right)


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


def _named(side: str) -> tuple[Share, ...]:
    """Return the shares of every channel that has a name; one that the sound has not adds nothing."""
    front = tuple(Share(name.format(side), _FULL) for name in _FRONT)
    surround = tuple(Share(name.format(side), _MINUS_3_DB) for name in _SURROUND)
    return (*front, Share("FC", _MINUS_3_DB), *surround, *(Share(name, _MINUS_6_DB) for name in _MIDDLE))
