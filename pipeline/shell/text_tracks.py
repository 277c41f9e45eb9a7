"""Read the captions that a master itself holds as text, once, and keep them in the store.

Packets are taken as they are, not by libav's decoders: their times are the container's own and their text is still
marked up, so that words are told from markup in one place for files and tracks alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.argv import recipe_key
from pipeline.captions import Cue
from pipeline.facts import MediaFacts
from pipeline.languages import tag_of
from pipeline.markup import Markup, stands_apart, words_of
from pipeline.shell import apart
from pipeline.shell.probe import language_of, open_media, packets_of
from pipeline.shell.store import Artifact, Store

Kind = Literal["plain", "for the deaf", "forced"]

TEXT_CODECS: Final[Mapping[str, Markup]] = {
    "subrip": "srt", "srt": "srt", "text": "srt", "webvtt": "vtt", "mov_text": "plain", "ass": "ass", "ssa": "ass",
}  # fmt: skip
"""libav's names of captions that are text, and how that is marked up; all others are pictures or broadcasters' own."""
_VERSION: Final = "1"
"""Of how tracks are read; raised when the same master would give others."""
_CUES_MAX: Final = 100_000
_CHARACTERS_MAX: Final = 2000
_UNTIL_NEXT: Final = Fraction(5)
"""How long a caption is shown at most whose end the container does not tell."""


@dataclass(frozen=True)
class TextTrack:
    """One text track of a master."""

    index: int
    language: str | None
    """A BCP 47 tag."""
    kind: Kind
    """'forced' has only what must be read in any language, such as signs and other tongues."""
    cues: tuple[Cue, ...]


def has_text_tracks(facts: MediaFacts) -> bool:
    """Return whether a master holds captions as text."""
    return any(subtitle.codec in TEXT_CODECS for subtitle in facts.subtitles)


def text_tracks(path: Path, facts: MediaFacts, digest: str, store: Store) -> tuple[tuple[TextTrack, ...], Artifact]:
    """Return a master's text tracks that hold words, in its order, and the artifact that keeps them; read apart.

    Raises MasterError where the file cannot be read.
    """
    if store.find(_key(digest)) is None:
        apart.read_text_tracks(path, facts, digest, store)
    artifact = keep_text_tracks(path, facts, digest, store)
    return tuple(_from_json(table) for table in json.loads(artifact.path.read_bytes())), artifact


def keep_text_tracks(path: Path, facts: MediaFacts, digest: str, store: Store) -> Artifact:
    """Return the artifact that keeps a master's text tracks, read in this process. Raises MasterError."""

    def produce(target: Path) -> dict[str, Any]:
        tracks = read_tracks(path, facts)
        target.write_text(json.dumps([_as_json(track) for track in tracks], ensure_ascii=False), encoding="utf-8")
        return {"made_by": "text-tracks", "inputs": [digest]}

    return store.make(_key(digest), ".json", produce)[0]


def _key(digest: str) -> str:
    return recipe_key("text-tracks", f"{_VERSION}, av {version('av')}", (digest,))


def read_tracks(path: Path, facts: MediaFacts) -> list[TextTrack]:
    """Return the text tracks of a master that hold words. Raises MasterError where it cannot be opened."""
    import av
    from av.stream import Discard, Disposition

    with open_media(path) as container:
        subtitles = [one for one in container.streams.subtitles if one.codec_context is not None]
        streams = [one for one in subtitles if one.codec_context.name in TEXT_CODECS]
        for stream in container.streams:
            if stream not in streams:
                stream.discard = Discard.all  # where the container can, their bytes are not even read
        found: dict[int, list[_Packet]] = {stream.index: [] for stream in streams}
        try:
            for packet in packets_of(container, *streams):
                packets = found[packet.stream.index]
                if packet.pts is not None and packet.time_base is not None and len(packets) < _CUES_MAX:
                    start = packet.pts * Fraction(packet.time_base) - facts.picture.start
                    length = Fraction(packet.duration or 0) * Fraction(packet.time_base)
                    packets.append(_Packet(start, length, bytes(packet)))
        except av.FFmpegError:
            pass  # a file cut short has captions up to there
        tracks = []
        for stream in streams:
            cues = tuple(_cues(found[stream.index], stream.codec_context.name))
            kind: Kind = "plain"
            if stream.disposition & Disposition.forced:
                kind = "forced"
            elif stream.disposition & Disposition.hearing_impaired:
                kind = "for the deaf"
            if cues:
                tracks.append(TextTrack(stream.index, tag_of(language_of(stream)), kind, cues))
    return tracks


@dataclass(frozen=True)
class _Packet:
    start: Fraction
    length: Fraction
    """0 where the container does not tell."""
    raw: bytes


def _cues(packets: Sequence[_Packet], codec: str) -> Iterator[Cue]:
    """Yield the cues of a track in order, those before the first picture left out or cut."""
    markup = TEXT_CODECS[codec]
    ordered = sorted(packets, key=lambda packet: packet.start)
    spoken = {packet for packet in ordered if not (markup == "ass" and stands_apart(_text(packet.raw, codec)))}
    for packet, following in pairwise([*ordered, None]):
        assert packet is not None
        words = words_of(_text(packet.raw, codec), markup)
        end = packet.start + packet.length
        if not packet.length:
            limit = packet.start + _UNTIL_NEXT
            end = limit if following is None else min(limit, following.start)
        is_sane = end > max(Fraction(0), packet.start) and sum(map(len, words)) <= _CHARACTERS_MAX
        if words and is_sane and (packet in spoken or not spoken):
            yield Cue(max(Fraction(0), packet.start), end, words)


def _text(raw: bytes, codec: str) -> str:
    if codec == "mov_text":
        # 3GPP TS 26.245: a length of two bytes, text in UTF-8 or marked UTF-16, then boxes of style.
        body = raw[2 : 2 + int.from_bytes(raw[:2], "big")]
        return body.decode("utf-16" if body[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8", "replace")
    text = raw.decode("utf-8", "replace")
    # Matroska: ReadOrder, Layer, Style, Name, three margins, Effect, Text.
    return text.split(",", 8)[-1] if codec in ("ass", "ssa") else text


def _as_json(track: TextTrack) -> dict[str, Any]:
    cues = [[str(cue.start), str(cue.end), *cue.lines] for cue in track.cues]
    return {"index": track.index, "language": track.language, "kind": track.kind, "cues": cues}


def _from_json(table: Mapping[str, Any]) -> TextTrack:
    cues = tuple(Cue(Fraction(start), Fraction(end), tuple(lines)) for start, end, *lines in table["cues"])
    return TextTrack(table["index"], table["language"], table["kind"], cues)
