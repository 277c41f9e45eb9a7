"""What platforms ask of a file beyond the limits in their presets: the rules, and which document says what.

A preset that cites one of these documents takes over what the document says. Where none of its documents says
anything, our practice stands in: what every platform is known to take, so that one file serves all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from pipeline.boxes.conformance import BT709, CHROMA_FORMAT, HIGH, SAMPLE_BITS
from pipeline.boxes.formats import CHROMAS, PROFILES
from pipeline.presets import Source

TIKTOK: Final = "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide"
INSTAGRAM: Final = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media"
FACEBOOK: Final = "https://developers.facebook.com/docs/video-api/guides/reels-publishing"
YOUTUBE: Final = "https://support.google.com/youtube/answer/1722171"
SHORTS: Final = "https://support.google.com/youtube/answer/15424877"
X: Final = "https://github.com/xdevplatform/docs"
LINKEDIN: Final = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api"
SNAPCHAT: Final = "https://www.ayrshare.com/docs/media-guidelines/snapchat"
_READ_ON: Final = date(2026, 11, 23)


@dataclass(frozen=True)
class Said:
    """What one document says: whatever is not among `takes` is refused; of that, `prefers` is recommended."""

    takes: tuple[str, ...] = ()
    """Empty where the document only recommends."""
    prefers: tuple[str, ...] = ()
    words: str = ""
    """The same in words, where listing it would not read well."""

    def __str__(self) -> str:
        wish = f"{_either(self.prefers)} recommended" if self.prefers else ""
        return self.words or ", ".join(filter(None, (_either(self.takes), wish)))


@dataclass(frozen=True)
class Rule:
    """One thing that is asked of a file."""

    what: str
    practice: Said
    reason: str
    """Why, where no document says so."""
    said: Mapping[str, Said] = field(default_factory=lambda: MappingProxyType({}))
    """By the document's address."""
    advice: str | None = None
    """What to do about a file that does not keep it."""


def _only(*words: str) -> Said:
    return Said(takes=words)


def _best(*words: str) -> Said:
    return Said(prefers=words)


def _ours(*words: str, told: str = "") -> Said:
    return Said(prefers=words, words=told or _either(words))


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


WHOLE: Final = Rule(
    "whole file",
    _only("whole"),
    "Nobody takes a file that is damaged or broken off.",
    advice="Copy or export it again; what is missing cannot be brought back.",
)
REWRAP: Final = (
    "Write it again as an MP4; H.264 and AAC are copied, not encoded anew: "
    "ffmpeg -i FILE -c copy -use_editlist 0 -movflags +faststart+negative_cts_offsets NEW.mp4"
)
CONTAINER: Final = Rule(
    "container",
    _ours("MP4"),
    "MP4 is the one container that every platform takes.",
    {
        TIKTOK: Said(("MP4", "WebM", "MOV"), ("MP4",)),
        INSTAGRAM: _only("MP4", "MOV"),
        FACEBOOK: _best("MP4"),
        YOUTUBE: _best("MP4"),
        X: _only("MP4", "MOV"),
        LINKEDIN: _only("MP4"),
        SNAPCHAT: _only("MP4"),
    },
    REWRAP,
)
MOOV: Final = Rule(
    "moov box",
    _ours("first"),
    "A file whose tables come last can only be played, or checked while it is uploaded, once all of it is there.",
    {INSTAGRAM: _only("first"), YOUTUBE: _best("first")},
    REWRAP,
)
FRAGMENTS: Final = Rule(
    "fragments",
    _ours("none"),
    "No platform's document speaks of fragmented files, which are made for streaming.",
    advice=REWRAP,
)
PICTURE: Final = Rule(
    "picture",
    Said(takes=("one",), words="one that can be read"),
    "Platforms for video take no file without a picture; of one that cannot be read nobody can say it.",
)
CODEC: Final = Rule(
    "video codec",
    _ours("H.264"),
    "H.264 is the one codec that every platform takes.",
    {
        TIKTOK: Said(("H.264", "H.265", "VP8", "VP9"), ("H.264",)),
        INSTAGRAM: _only("H.264", "H.265"),
        FACEBOOK: _only("H.264", "H.265", "VP9", "AV1"),
        YOUTUBE: _best("H.264"),
        X: _best("H.264"),
        LINKEDIN: _only("H.264"),
    },
    "Encode it again as H.264.",
)
PROFILE: Final = Rule(
    "H.264 profile",
    _ours(PROFILES[HIGH]),
    "Players everywhere decode High, and it needs the fewest bits.",
    {YOUTUBE: _best(PROFILES[HIGH]), X: _best(PROFILES[HIGH])},
    "Encode it again with the profile High.",
)
LEVEL: Final = Rule(
    "H.264 level",
    _ours("enough", told="at least what the picture needs"),
    "A level below what the picture needs (ITU-T H.264, table A-1) promises players a lighter stream than they get.",
    advice="Encode it again and let the encoder choose the level.",
)
CHROMA: Final = Rule(
    "chroma",
    _ours(CHROMAS[CHROMA_FORMAT]),
    "Phones decode 4:2:0 in hardware, and hardly anything else.",
    {
        INSTAGRAM: _only(CHROMAS[CHROMA_FORMAT]),
        FACEBOOK: _only(CHROMAS[CHROMA_FORMAT]),
        YOUTUBE: _best(CHROMAS[CHROMA_FORMAT]),
        X: _only(CHROMAS[CHROMA_FORMAT]),
    },
    "Encode it again as 4:2:0 with 8 bits (yuv420p).",
)
BITS: Final = Rule(
    "bit depth",
    _ours(f"{SAMPLE_BITS} bit"),
    "H.264 High has 8 bits; more are for HDR, whose clips need other settings throughout.",
    advice="Encode it again as 4:2:0 with 8 bits (yuv420p).",
)
PIXELS: Final = Rule(
    "pixel shape",
    _ours("1:1"),
    "Not every step of a platform's processing honours pixels that are not square.",
    {X: _only("1:1")},
    "Scale it to the size that it is shown at, and encode it again.",
)
UPRIGHT: Final = Rule(
    "display matrix",
    _ours("upright"),
    "Not every step of a platform's processing turns a picture that is stored lying.",
    advice="Encode it again: ffmpeg turns the picture by itself.",
)
SCAN: Final = Rule(
    "scan",
    _ours("progressive"),
    "Phones and computers show whole pictures, and fields as combs.",
    {INSTAGRAM: _only("progressive"), FACEBOOK: _only("progressive"), X: _only("progressive")},
    "Deinterlace it, and encode it again.",
)
COLOUR: Final = Rule(
    "colour",
    _ours(BT709.name),
    "Without BT.709's tags players guess the colours, by the picture's size or not at all.",
    {YOUTUBE: _best(BT709.name)},
    "Where the picture is BT.709 but is not tagged so, tagging it is enough; else convert it, and encode it again.",
)
CONSTANT: Final = Rule(
    "frame timing",
    _ours("constant"),
    "A platform brings a variable rate to a constant one by its own lights: pictures are doubled or lost.",
    {FACEBOOK: _only("constant")},
    "Encode it again with a constant frame rate.",
)
CLOSED: Final = Rule(
    "groups of pictures",
    _ours("closed"),
    "An open group cannot be decoded from its keyframe on, where platforms cut.",
    {INSTAGRAM: _only("closed"), FACEBOOK: _only("closed"), YOUTUBE: _best("closed"), X: _only("closed")},
    "Encode it again with closed groups (x264: open-gop=0).",
)
SOUND: Final = Rule(
    "sound",
    _ours("one"),
    "No document asks for sound, but a clip without is more often a mistake than meant.",
)
_AAC: Final = _only("AAC-LC", "HE-AAC", "HE-AACv2")
SOUND_CODEC: Final = Rule(
    "audio codec",
    _ours("AAC-LC"),
    "AAC-LC is the one sound that every platform takes.",
    {INSTAGRAM: _AAC, FACEBOOK: _only("AAC-LC"), YOUTUBE: _best("AAC-LC"), X: _only("AAC-LC"), LINKEDIN: _AAC},
    "Encode the sound again as AAC-LC; the picture can be copied.",
)
_RATES: Final = tuple(f"{hz} Hz" for hz in (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000))
SAMPLE_RATE: Final = Rule(
    "sample rate",
    _ours("48000 Hz"),
    "The preset asks for it, so that platforms can share one sound.",
    {
        INSTAGRAM: Said(_RATES, words="at most 48000 Hz"),
        FACEBOOK: _only("48000 Hz"),
        YOUTUBE: _best("48000 Hz"),
    },
    "Encode the sound again at this rate; the picture can be copied.",
)
CHANNELS: Final = Rule(
    "channels",
    _ours("stereo"),
    "The preset asks for it, so that platforms can share one sound.",
    {
        INSTAGRAM: _only("mono", "stereo"),
        FACEBOOK: _only("stereo"),
        YOUTUBE: _best("stereo", "5.1"),
        X: _only("mono", "stereo"),
    },
    "Mix the sound to these channels; the picture can be copied.",
)
SYNC: Final = Rule(
    "sound starts",
    _ours("within half a frame"),
    "Sound that begins elsewhere than the picture is moved onto it by tools that go by order and not by time stamps.",
    advice="Fill the gap with silence, or cut off what is too much, and encode the sound again.",
)


@dataclass(frozen=True)
class Shape:
    """The shapes that a document takes, as width over height from and to, and in words where it names no single one."""

    least: Fraction
    most: Fraction
    words: str


SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        TIKTOK: Shape(Fraction(360, 4096), Fraction(4096, 360), "any that its sizes allow"),
        INSTAGRAM: Shape(Fraction(1, 100), Fraction(10), "0.01:1 to 10:1"),
        FACEBOOK: Shape(Fraction(9, 16), Fraction(9, 16), ""),
        SHORTS: Shape(Fraction(0), Fraction(1), "square or taller"),
        X: Shape(Fraction(1, 3), Fraction(3), "1:3 to 3:1"),
        LINKEDIN: Shape(Fraction(10, 24), Fraction(24, 10), "1:2.4 to 2.4:1"),
        SNAPCHAT: Shape(Fraction(9, 16), Fraction(9, 16), ""),
    }
)
"""By the document's address."""


def practice_of(rule: Rule) -> Source:
    """Return the source of a rule that no document states."""
    return Source(title="Practice", read_on=_READ_ON, certainty="practice", note=rule.reason)
