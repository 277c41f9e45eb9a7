"""RULES: every rule in the order in which it is told, those that cannot be checked from a package's bytes among them.

Numbers without more are those of Apple's HLS Authoring Specification; REVISION says of which day, since they shift.
"""

from __future__ import annotations

from typing import Final

from pipeline.plan.hls import (
    agreement,
    cadence,
    choices,
    continuity,
    delivery,
    keyframes,
    ladder,
    pictures,
    sounds,
    subtitles,
    texts,
    timing,
)
from pipeline.plan.hls.package import Package
from pipeline.plan.hls.rules import Level, Rule, always, needs, needs_server
from pipeline.plan.measurements import Unmeasured

REVISION: Final = "2025-06-26"
_INTERSTITIAL: Final = "com.apple.hls.interstitial"
SOURCE: Final = (
    "HTTP Live Streaming (HLS) Authoring Specification for Apple devices, revision of 2025-06-26; RFC 8216; "
    "Matinee's own rules where they say so"
)


def _unjudged(number: str, level: Level, title: str, limit: str, reason: str) -> Rule:
    """Return a rule that is told and not checked."""
    return Rule(number, level, title, limit, _TESTS.get(number, always), lambda _: Unmeasured(reason))


def _several_families(package: Package) -> str | None:
    families = {head.picture_codec.family for one in package.having("video") for init in one.inits
                if (head := init.track) is not None and head.picture_codec is not None}  # fmt: skip
    return None if len(families) > 1 else "there is one codec alone"


def _live(package: Package) -> str | None:
    return "nothing is added to the playlists" if package.is_vod else None


def _multichannel(package: Package) -> str | None:
    found = any(
        track.sound is not None and track.sound.channels > 2
        for one in package.having("audio", "video")
        for init in one.inits
        for track in init.segment.tracks
    )
    return None if found else "no sound has more than two channels"


def _forced(package: Package) -> str | None:
    choices = package.choices
    found = choices is not None and any(one.is_forced for one in choices.renditions)
    return None if found else "no subtitles are forced"


def _inserts(package: Package) -> str | None:
    ranges = [held for one in package.streams for piece in one.pieces for held in piece.entry.date_ranges]
    return None if any(one.class_name == _INTERSTITIAL for one in ranges) else "nothing is inserted by EXT-X-DATERANGE"


def _mixed(package: Package) -> str | None:
    kinds = [{track.kind for track in init.segment.tracks} for one in package.having("video") for init in one.inits]
    return None if any("soun" in found for found in kinds) else "no segment of pictures has sound"


def _he_aac(package: Package) -> str | None:
    names = [track.name for one in package.having("audio", "video") for init in one.inits
             for track in init.segment.tracks]  # fmt: skip
    return None if {"mp4a.40.5", "mp4a.40.29"} & set(names) else "no stream is HE-AAC"


_TESTS: Final = {
    "3.1 to 3.5": _inserts, "9.6, 9.7, 9.8": _mixed, "2.24": _he_aac, "4.1, 4.2, 4.3": needs("video"),
    "11.4": needs_server,
    "1.7, 1.8, 1.35": ladder.needs_hdr,
    "1.15": needs("video"), "1.22": needs("video"), "1.23": _several_families, "1.28, 1.29": _live,
    "2.18, 2.20 to 2.23": needs("audio", "video"), "2.26": _multichannel, "5.8": _forced, "5.9": needs("video"),
    "10.2": needs_server, "12.1": needs_server,
}  # fmt: skip
_OWN_EYES: Final = (
    _unjudged("1.7, 1.8, 1.35", "MUST", "HDR carries its metadata", "mastering display, light levels",
              "it takes decoding"),
    _unjudged("1.15", "SHOULD", "30 interlaced frames become 60", "60p", "it takes the master"),
    _unjudged("1.22", "SHOULD", "colours are the master's", "the same colour space", "it takes the master"),
    _unjudged("1.23", "SHOULD", "each codec covers all bit rates", "as the network asks", "no limit is published"),
    _unjudged("1.28, 1.29", "MUST", "live rates are as declared", "110 % and 125 %", "it takes an hour of listening"),
    _unjudged("2.18, 2.20 to 2.23", "SHOULD", "loudness is managed or stated truly", "dialnorm, loudnessInfo()",
              "it takes decoding"),
    _unjudged("2.24", "MUST", "HE-AAC says that it is", "explicit SBR", "it takes decoding"),
    _unjudged("3.1 to 3.5", "SHOULD", "what is inserted is like what it stands in", "codec, shape, rate",
              "it takes reading what is inserted"),
    _unjudged("4.1, 4.2, 4.3", "SHOULD", "there are captions", "WebVTT, IMSC1, 608 or 708", "it takes hearing"),
    _unjudged("9.6, 9.7, 9.8", "MUST", "other channels, languages and angles are streams of their own", "EXT-X-MEDIA",
              "it takes knowing what the sound in the segments of pictures is"),
    _unjudged("9.18", "SHOULD", "steered variants name their pathways", "PATHWAY-ID", "steering is not read"),
    _unjudged("11.4", "SHOULD", "names in addresses reveal nothing", "neutral names", "it takes a person"),
    _unjudged("2.26", "SHOULD", "sound of several channels is there as AAC too", "AAC",
              "it takes knowing which are the same"),
    _unjudged("5.8", "MUST", "regular subtitles repeat the forced lines", "all of them", "it takes reading"),
    _unjudged("5.9", "SHOULD", "text is not burnt in", "subtitles instead", "it takes eyes"),
    _unjudged("8.19", "SHOULD", "programmes are marked", "EXT-X-DATERANGE", "it takes knowing what a programme is"),
    _unjudged("10.2", "SHOULD", "there is a second server", "failover", "it takes knowing the servers"),
    _unjudged("12.1", "MUST", "connections are encrypted as of today", "TLS 1.2, forward secrecy",
              "it takes a look at the server's keys"),
    _unjudged("12.4", "SHOULD", "addresses of segments change over time", "for each device, or in time",
              "content-addressed names are static: sign their addresses at the CDN"),
)  # fmt: skip
RULES: Final[tuple[Rule, ...]] = (
    *texts.RULES,
    *choices.RULES,
    *agreement.RULES,
    *ladder.RULES,
    *pictures.RULES,
    *cadence.RULES,
    *sounds.RULES,
    *continuity.RULES,
    *timing.RULES,
    *subtitles.RULES,
    *keyframes.RULES,
    *delivery.RULES,
    *_OWN_EYES,
)
