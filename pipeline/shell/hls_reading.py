"""Reading an HLS package whole, one segment after another, into the values that rules ask.

What cannot be read is in the package as Unmeasured with its reason; only what is no HLS package at all raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pipeline.errors import PlanError
from pipeline.plan.hls.package import (
    Content,
    Init,
    KeyPicture,
    Media,
    Package,
    Piece,
    Role,
    Stray,
    Stream,
)
from pipeline.plan.hls.segments import describe_cues, describe_init, describe_key_range, describe_media, hold
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import (
    ByteRange,
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Reading,
    Segment,
    read_playlist,
)
from pipeline.shell.hls_sources import Folder, Server, Source

MASTER: Final = "master.m3u8"
_PLAYLIST_MAX: Final = 16 << 20
_INIT_MAX: Final = 4 << 20
_SEGMENT_MAX: Final = 64 << 20
"""Six seconds at 85 Mb/s."""
_TEXT_MAX: Final = 4 << 20
_CANDIDATES_MAX: Final = 200
_STREAMS_MAX: Final = 200
_CHOICES_MAX: Final = 1000
"""Variants and renditions, of which many may name one playlist: rules hold each against all of its groups."""
_PIECES_MAX: Final = 300_000
"""Of all streams together: three hours in forty streams, a key picture each second, take half of it."""
_TS_PACKET: Final = 188
_SYNC: Final = 0x47
_ROLES: Final[dict[str, Role]] = {"AUDIO": "audio", "VIDEO": "video", "SUBTITLES": "subtitles"}
_ORDER: Final[tuple[Role, ...]] = ("video", "audio", "subtitles", "key pictures")
_NOT_SUPPORTED: Final = "Package it as fragmented MP4 (CMAF), or check it with the tools of its maker."


def read_package(
    location: str,
    tell: Callable[[float], None] = lambda _: None,
    *,
    master: bytes | None = None,
    known: Known | None = None,
) -> Package:
    """Read a folder, the path of a playlist, or the URL of one; `tell` is told the share that is done.

    `master` is the master playlist of a folder that has none yet, or another. `known` is what segments hold that are
    there for certain and are not read again; what the others hold, which are read whole, is added to it. Raises
    PlanError where there is no playlist, and for packages of MPEG-TS.
    """
    source, name = _open(location) if master is None else (Folder(Path(location)), MASTER)
    with source:
        data = source.read(name, kind="playlist", most=_PLAYLIST_MAX) if master is None else master
        if isinstance(data, Unmeasured):
            raise PlanError(f"{location}: {name}: {data.reason}.", remedy="Give a folder with master.m3u8, or its URL.")
        reading = read_playlist(data)
        if reading.playlist is None:
            raise PlanError(
                f"{location}: {name} is no HLS playlist: {reading.problems[0].what}.",
                remedy="Allowed: a multivariant playlist or a media playlist (RFC 8216).",
            )
        return _Reader(source, name, tell, known).read(reading)


def _open(location: str) -> tuple[Source, str]:
    if location.lower().startswith(("http://", "https://")):
        try:
            return Server(location), location + MASTER if location.endswith("/") else location
        except ValueError:
            raise PlanError(f"{location} is no URL.", remedy="Give http:// or https:// and a host.") from None
    path = Path(location)
    if path.is_dir():
        return Folder(path), _find_master(path)
    if not path.exists():
        raise PlanError(f"{location}: there is no such folder or file.", remedy="Give a folder with master.m3u8.")
    return Folder(path.parent), path.name


def _find_master(folder: Path) -> str:
    """Return the name of a folder's one playlist to start with."""
    if (folder / MASTER).exists():
        return MASTER
    names = sorted(path.name for path in folder.glob("*.m3u8"))[:_CANDIDATES_MAX]
    source = Folder(folder)
    found: dict[str, list[str]] = {"choices": [], "media": []}
    for name in names:
        data = source.read(name, kind="playlist", most=_PLAYLIST_MAX)
        playlist = None if isinstance(data, Unmeasured) else read_playlist(data).playlist
        if playlist is not None:
            found["choices" if isinstance(playlist, MultivariantPlaylist) else "media"].append(name)
    for listed in found.values():
        if len(listed) == 1:
            return listed[0]
        if listed:
            raise PlanError(
                f"{folder} has several playlists: {', '.join(listed[:5])}.", remedy="Name the one to check."
            )
    raise PlanError(f"{folder} has no HLS playlist.", remedy="Give a folder with master.m3u8.")


Known = dict[tuple[str, str], tuple[int, Media]]
"""The size of segments in bytes, and what they hold, by their name and that of their init segment."""


@dataclass
class _Draft:
    """A stream whose playlist is read and whose media is not."""

    stream: Stream
    name: str | None


@dataclass
class _Reader:
    """What one package's reading remembers: whatever is named twice is read once."""

    source: Source
    master: str
    tell: Callable[[float], None]
    known: Known | None
    strays: dict[tuple[str, str], Stray] = field(default_factory=dict)
    located: dict[tuple[str, str], Measured[str]] = field(default_factory=dict)
    inits: dict[tuple[str, ByteRange | None], Measured[Init]] = field(default_factory=dict)
    described: dict[tuple[str, ByteRange | None, str], tuple[int, Measured[Content]]] = field(default_factory=dict)
    pictures: dict[tuple[str, int], KeyPicture] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    lost: dict[str, Unmeasured] = field(default_factory=dict)
    """What could not be read whole, so that it is not asked for again."""

    def read(self, reading: Reading) -> Package:
        """Read all that a playlist leads to."""
        if isinstance(reading.playlist, MediaPlaylist):
            is_keys = reading.playlist.is_i_frames_only
            stream = Stream(self.master, "key pictures" if is_keys else "video", reading, ())
            drafts, master = [_Draft(stream, self.master)], None
        else:
            assert isinstance(reading.playlist, MultivariantPlaylist)
            drafts, master = self._drafts(reading.playlist), reading
        total = sum(len(one.stream.playlist.segments) for one in drafts if one.stream.playlist is not None)
        done = 0
        streams = []
        for draft in sorted(drafts, key=lambda one: _ORDER.index(one.stream.role)):
            pieces = []
            for piece in self._pieces(draft):
                pieces.append(piece)
                done += 1
                self.tell(done / max(total, 1))
            streams.append(_with_role(replace(draft.stream, pieces=tuple(pieces))))
        self.tell(1.0)
        return Package(
            where=self.source.where,
            master_uri=self.master,
            master=master,
            streams=tuple(sorted(streams, key=lambda one: _ORDER.index(one.role))),
            strays=tuple(self.strays.values()),
            answers=self.source.answers,
        )

    def _drafts(self, choices: MultivariantPlaylist) -> list[_Draft]:
        """Read the playlists, each once, with all that names it."""
        roles: dict[str, Role] = {}
        for rendition in choices.renditions:
            if rendition.uri is not None and rendition.type in _ROLES:
                roles.setdefault(rendition.uri, _ROLES[rendition.type])
        for variant in choices.variants:
            roles.setdefault(variant.uri, "video")
        for keys in choices.iframe_variants:
            roles.setdefault(keys.uri, "key pictures")
        if len(roles) > _STREAMS_MAX:
            raise PlanError(
                f"{self.master} names {len(roles)} playlists.", remedy=f"At most {_STREAMS_MAX} are checked."
            )
        listed = len(choices.variants) + len(choices.renditions) + len(choices.iframe_variants)
        if listed > _CHOICES_MAX:
            told = f"{self.master} lists {listed} variants and renditions."
            raise PlanError(told, remedy=f"At most {_CHOICES_MAX} are checked.")
        drafts: list[_Draft] = []
        count = 0
        for uri, role in roles.items():
            name = self._locate(self.master, uri)
            stream = Stream(
                uri=uri,
                role=role,
                reading=self._playlist(name),
                pieces=(),
                variants=tuple(one for one in choices.variants if one.uri == uri),
                renditions=tuple(one for one in choices.renditions if one.uri == uri),
                iframe_variants=tuple(one for one in choices.iframe_variants if one.uri == uri),
            )
            drafts.append(_Draft(stream, None if isinstance(name, Unmeasured) else name))
            count += 0 if stream.playlist is None else len(stream.playlist.segments)
            if count > _PIECES_MAX:
                told = f"{self.master} leads to more than {_PIECES_MAX} segments, and no more are checked."
                raise PlanError(told, remedy="Check its media playlists one by one.")
        return drafts

    def _playlist(self, name: Measured[str]) -> Measured[Reading]:
        if isinstance(name, Unmeasured):
            return name
        data = self.source.read(name, kind="playlist", most=_PLAYLIST_MAX)
        if isinstance(data, Unmeasured):
            return data
        reading = read_playlist(data)
        return reading if isinstance(reading.playlist, MediaPlaylist) else Unmeasured("it is no media playlist")

    def _pieces(self, draft: _Draft) -> Iterator[Piece]:
        """Read a stream's segments in order."""
        playlist = draft.stream.playlist
        if playlist is None or draft.name is None:
            return
        for number, entry in enumerate(playlist.segments):
            init = self._init(draft.name, entry.init)
            name = self._locate(draft.name, entry.uri)
            if isinstance(name, Unmeasured):
                yield Piece(entry, 0, name, None if isinstance(init, Unmeasured) else init)
                continue
            if draft.stream.role == "key pictures":
                size, content = self._key_range(name, entry, init)
            else:
                size, content = self._segment(name, entry, init, draft.stream.role)
            if number == 0:
                self.source.probe_range(name)
            yield Piece(entry, size, content, None if isinstance(init, Unmeasured) else init)

    def _init(self, base: str, section: InitSection | None) -> Measured[Init] | None:
        if section is None:
            return None
        name = self._locate(base, section.uri)
        if isinstance(name, Unmeasured):
            return Unmeasured(f"{section.uri}: {name.reason}")
        key = (name, section.byte_range)
        if key not in self.inits:
            data = self.source.read(name, kind="init", most=_INIT_MAX, span=section.byte_range)
            found = data if isinstance(data, Unmeasured) else describe_init(data, uri=section.uri)
            self.inits[key] = Unmeasured(f"{section.uri}: {found.reason}") if isinstance(found, Unmeasured) else found
        return self.inits[key]

    def _segment(
        self, name: str, entry: Segment, init: Measured[Init] | None, role: Role
    ) -> tuple[int, Measured[Content]]:
        key = (name, entry.byte_range, "" if init is None or isinstance(init, Unmeasured) else init.uri)
        if key in self.described:
            return self.described[key]
        most = _TEXT_MAX if role == "subtitles" and init is None else _SEGMENT_MAX
        if name in self.lost:
            return 0, self.lost[name]
        if entry.byte_range is None and self.known is not None and (name, key[2]) in self.known:
            size, media = self.known[name, key[2]]
            self.sizes[name] = size
            self.pictures.update({(name, one.start): one for one in media.pictures})
            self.described[key] = size, media
            return size, media
        data = self.source.read(name, kind="segment", most=most, span=entry.byte_range)
        if isinstance(data, Unmeasured):
            if entry.byte_range is None:
                self.lost[name] = data
            return 0, data
        if entry.byte_range is None:
            self.sizes[name] = len(data)
        content = self._describe(name, data, entry, init, role)
        if isinstance(content, Media):
            self.pictures.update({(name, one.start): one for one in content.pictures})
            if self.known is not None and entry.byte_range is None:
                self.known[name, key[2]] = len(data), content
        self.described[key] = len(data), content
        return self.described[key]

    def _describe(
        self, name: str, data: bytes, entry: Segment, init: Measured[Init] | None, role: Role
    ) -> Measured[Content]:
        if role == "subtitles" and init is None:
            return describe_cues(data)
        if len(data) > _TS_PACKET and data[0] == data[_TS_PACKET] == _SYNC:
            raise PlanError(f"{name} is MPEG-TS, which is not supported.", remedy=_NOT_SUPPORTED)
        if init is None:
            return Unmeasured("it has no EXT-X-MAP")
        if isinstance(init, Unmeasured):
            return init
        if entry.key_method is not None:
            return Unmeasured(f"it is encrypted ({entry.key_method}), which is not supported")
        origin = 0 if entry.byte_range is None else entry.byte_range.offset
        return describe_media(data, init.segment, uri=entry.uri, origin=origin)

    def _key_range(self, name: str, entry: Segment, init: Measured[Init] | None) -> tuple[int, Measured[Content]]:
        """Hold an entry against the fragment that was read with its stream, or read it."""
        span = entry.byte_range
        if init is None or isinstance(init, Unmeasured):
            return 0 if span is None else span.length, init or Unmeasured("it has no EXT-X-MAP")
        if self.known is not None and name not in self.sizes and name not in self.lost:
            # The whole of it, to be remembered: its other pictures are asked for as well.
            self._segment(name, replace(entry, byte_range=None), init, "key pictures")
        if span is not None:
            known, size = self.pictures.get((name, span.offset)), self.sizes.get(name)
            if size is not None and span.offset + span.length > size:
                return span.length, Unmeasured("its byte range ends past the file's end")
            if known is not None:
                return span.length, hold(span, known)
        data = self.lost.get(name) or self.source.read(name, kind="segment", most=_SEGMENT_MAX, span=span)
        if isinstance(data, Unmeasured):
            return 0 if span is None else span.length, data
        origin = 0 if span is None else span.offset
        content, _ = describe_key_range(data, init.segment, uri=entry.uri, origin=origin)
        return len(data), content

    def _locate(self, base: str, uri: str) -> Measured[str]:
        key = (base, uri)
        if key not in self.located:
            found = self.source.locate(base, uri)
            self.located[key] = found
            if isinstance(found, Unmeasured):
                self.strays[key] = Stray(base, uri, found.reason)
        return self.located[key]


def _with_role(stream: Stream) -> Stream:
    """Return the stream with the role that its media has, where its playlist alone was known to be a variant's."""
    kinds = [track.kind for init in stream.inits for track in init.segment.tracks]
    if stream.role == "video" and kinds and "vide" not in kinds:
        return replace(stream, role="audio" if "soun" in kinds else "subtitles")
    return stream
