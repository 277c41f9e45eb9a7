"""Which containers films come in, and which of them a file is by its first bytes, whatever its name and the rest say.

libav lets every demuxer that it has rate a file, by all of its bytes and by its name, and takes the highest bid. A file
that was made to be two things at once would be checked as one and read as the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

# libav's demuxer names: containers that hold their media themselves. Left out on purpose: hls, dash, concat, image2,
# mpjpeg, sdp, rtsp, and every text format, which name other files.
CONTAINERS: Final = (
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpeg", "mpegts", "mpegtsraw", "mpegvideo",
    "mxf", "flv", "asf", "ogg", "dv", "gxf", "nut", "ivf", "h264", "hevc", "m4v", "wtv", "rm", "r3d", "av1", "obu",
)  # fmt: skip

Kind = Literal["movie", "matroska", "avi", "mxf", "asf", "ogg", "flv", "gxf", "nut", "ivf", "wtv", "rm", "r3d",
               "stream", "text"]  # fmt: skip
"""`movie` is MP4, MOV and their relatives. `stream`: what may begin anywhere, as broadcasts do, and so has no first
bytes of its own. `text`: what people or programs write in letters, and no film."""

HEAD_BYTES: Final = 32
_TEXT: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\t\n\r -~]{8,}")
_FIRST_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"jP  ", b"\x82\x82\x7f\x7d")
_FIRST_CODES: Final = (b"\0\0\1\xba", b"\0\0\1\xb3", b"\0\0\1\xb0", b"\0\0\1\xb5")
"""Of a pack, a sequence and its relatives, as MPEG streams begin; the clock after a pack's may look like a name."""
_LOOKS: Final[tuple[tuple[Kind, Callable[[bytes], bool]], ...]] = (
    # EBML (RFC 8794, 11.2.1).
    ("matroska", lambda head: head.startswith(b"\x1a\x45\xdf\xa3")),
    ("avi", lambda head: head.startswith((b"RIFF", b"ON2 "))),
    # The universal label of partition packs (SMPTE ST 377-1, 7.1).
    ("mxf", lambda head: head.startswith(b"\x06\x0e\x2b\x34")),
    # GUID of the header object, as its bytes stand in a file.
    ("asf", lambda head: head.startswith(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"))),
    ("ogg", lambda head: head.startswith(b"OggS")),
    ("flv", lambda head: head.startswith(b"FLV")),
    # A map packet (SMPTE 360M).
    ("gxf", lambda head: head.startswith(b"\0\0\0\0\1\xbc")),
    ("nut", lambda head: head.startswith(b"nut/multimedia container\0")),
    ("ivf", lambda head: head.startswith(b"DKIF")),
    ("wtv", lambda head: head.startswith(bytes.fromhex("b7d800203749da11a64e0007e95ead8d"))),
    ("rm", lambda head: head.startswith((b".RMF", b".ra\xfd"))),
    ("r3d", lambda head: head[4:8] in (b"RED1", b"RED2")),
    # A size, which may look like letters, and a name (ISO/IEC 14496-12, 4.2).
    ("movie", lambda head: head[4:8] in _FIRST_BOXES),
    ("stream", lambda head: head.startswith(_FIRST_CODES)),
    ("text", lambda head: _TEXT.match(head) is not None),
    # What a transport stream's packets begin with: a first box would have more than a gigabyte.
    ("stream", lambda head: head.startswith(b"G")),
    ("movie", lambda head: head[4:8].isalnum()),
)
_MOVIE: Final = ("mov", "mp4", "m4a", "3gp", "3g2", "mj2")
_DEMUXERS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "movie": _MOVIE,
    "matroska": ("matroska", "webm"),
    # MXF may have 64 KB of anything before its first label (SMPTE ST 377-1, 6.5).
    "stream": ("mpeg", "mpegts", "mpegtsraw", "mpegvideo", "mxf", "dv", "h264", "hevc", "m4v", "av1", "obu"),
    "text": (),
}


def kind_of(head: bytes) -> Kind:
    """Return what the first HEAD_BYTES of a file, or all of a smaller one, say that it is."""
    return next((kind for kind, is_one in _LOOKS if is_one(head)), "stream")


def demuxers_of(kind: Kind) -> tuple[str, ...]:
    """Return the names of libav's demuxers that may read files of a kind; none where it is no film's."""
    return _DEMUXERS.get(kind, (kind,))
