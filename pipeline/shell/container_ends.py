"""Whether the containers other than MP4 and MOV go on to the end of their file, by their own sizes and last marks.

libav plays what is there of a file that was cut off, and mostly guesses its duration from that; these look at the
lengths that writers leave in a file instead. What a container does not tell is left to decoding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.containers import HEAD_BYTES, Kind, kind_of

COPY_AGAIN: Final = "Copy it again."
_END_BYTES: Final = 1024
_MOST_CHUNKS: Final = 1 << 20
# Matroska: the Segment, with everything but the head; all ones mean that the size was not known (RFC 8794, 6.2).
_SEGMENT = b"\x18\x53\x80\x67"
# MXF: each key begins so (SMPTE ST 336); the last thing in a file is the random index pack, which ends in its length.
_KEY, _RANDOM_INDEX = b"\x06\x0e\x2b\x34", b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x11\x01\x00"
_MXF_LONGEST_RUN_IN: Final = 64 * 1024
# ASF: the GUID of file properties, as its bytes stand in a file.
_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_TS_PACKETS: Final = (188, 192, 204)
_DV_FRAMES: Final = (120_000, 144_000, 240_000, 288_000, 480_000, 576_000)


@dataclass(frozen=True)
class Fault:
    """What of a file is not whole, and what to do about it."""

    why: str
    remedy: str


def fault_of_end(path: Path) -> Fault | None:
    """Return how the end of a file contradicts its container; None where it does not, or nothing is known of it.

    Raises OSError.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        look = _look_for(file.read(HEAD_BYTES), path.suffix.lower())
        if look is None:
            return None
        file.seek(max(0, size - _END_BYTES))
        if size > _END_BYTES and not any(file.read(_END_BYTES)):
            return Fault("is not whole: it ends in zeros", COPY_AGAIN)
        why = look(file, size)
    return None if why is None else Fault(f"is not whole: {why}", COPY_AGAIN)


def _of_matroska(file: BinaryIO, size: int) -> str | None:
    at, kind, length = 0, b"", None
    while at < size and kind != _SEGMENT:
        file.seek(at)
        kind, body, length = _element(file)
        if length is None:
            return None
        at = body + length
    if kind != _SEGMENT or length is None:
        return "it ends before its first picture"
    if at > size:
        return f"it ends {at - size} bytes too early"
    return _of_matroska_elements(file, body, at)


def _of_matroska_elements(file: BinaryIO, start: int, end: int) -> str | None:
    at = start
    for _ in range(_MOST_CHUNKS):
        if at >= end:
            break
        file.seek(at)
        kind, body, length = _element(file)
        if not any(kind):
            return f"from byte {at} on it is empty"
        if length is None:
            return None
        at = body + length
    return None if at <= end else "its last part ends too early"


def _element(file: BinaryIO) -> tuple[bytes, int, int | None]:
    """Return the id of the element here, where its body begins, and its length; None where that is not known."""
    begin = file.tell()
    raw = file.read(12)
    id_length = _leading(raw[0]) if raw and raw[0] else 1
    width = _leading(raw[id_length]) if len(raw) > id_length and raw[id_length] else 9
    digits = raw[id_length : id_length + width]
    if width > 8 or len(digits) < width:
        return raw[:id_length] if raw and raw[0] else b"\0", begin + len(raw), 0 if width > 8 else None
    value = int.from_bytes(digits, "big") & ((1 << 7 * width) - 1)
    unknown = value == (1 << 7 * width) - 1
    return raw[:id_length], begin + id_length + width, None if unknown else value


def _leading(byte: int) -> int:
    """Return how many bytes a number takes whose first one this is."""
    return 9 - byte.bit_length()


def _of_riff(file: BinaryIO, size: int) -> str | None:
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(12)
        length = int.from_bytes(head[4:8], "little")
        if head[:4] not in (b"RIFF", b"JUNK"):
            # Some writers pad; what is no chunk at all was never written.
            return None if any(head) else f"from byte {at} on it is empty"
        if at + 8 + length > size:
            return f"it ends {at + 8 + length - size} bytes too early"
        if head[8:12] in (b"AVI ", b"AVIX") and (why := _of_chunks(file, at + 12, at + 8 + length)) is not None:
            return why
        at += 8 + length + length % 2
    return None


def _of_chunks(file: BinaryIO, start: int, end: int) -> str | None:
    at = start
    while at + 8 <= end:
        file.seek(at)
        head = file.read(8)
        if not any(head[:4]):
            return f"from byte {at} on it is empty"
        length = int.from_bytes(head[4:8], "little")
        at += 8 + length + length % 2
    return None if at <= end + 1 else "its last part ends too early"


def _of_mxf(file: BinaryIO, size: int) -> str | None:
    file.seek(max(0, size - 4))
    length = int.from_bytes(file.read(4), "big")
    if 20 <= length <= size:
        file.seek(size - length)
        if file.read(16) == _RANDOM_INDEX:
            return None
    # Without one, the header says where the footer is (SMPTE ST 377-1, 7.1); 0 where it was not known.
    file.seek(0)
    head = file.read(_MXF_LONGEST_RUN_IN)
    pack = head.find(_KEY + b"\x02\x05\x01\x01\x0d\x01\x02\x01\x01")
    if pack < 0 or len(head) < pack + 64:
        return None
    # The length before its fields takes one byte, or as many more as that says.
    body = pack + 17 + (head[pack + 16] & 0x7F if head[pack + 16] & 0x80 else 0)
    footer = int.from_bytes(head[body + 24 : body + 32], "big")
    if footer:
        file.seek(min(footer, size))
        return None if file.read(4) == _KEY else "its footer is missing"
    # An open partition: what follows was still to be written.
    return "it has neither footer nor index" if head[pack + 14] in (1, 3) else None


def _of_asf(file: BinaryIO, size: int) -> str | None:
    file.seek(0)
    head = file.read(_MXF_LONGEST_RUN_IN)
    at = head.find(_ASF_PROPERTIES)
    told = int.from_bytes(head[at + 40 : at + 48], "little") if at >= 0 else 0
    flags = int.from_bytes(head[at + 88 : at + 92], "little") if at >= 0 else 1
    # The lowest bit: it was being broadcast, and says nothing of its size.
    return f"it ends {told - size} bytes too early" if not flags & 1 and told > size else None


def _of_ogg(file: BinaryIO, size: int) -> str | None:
    # The longest page has 65307 bytes (RFC 3533, 6).
    begin = max(0, size - 65307)
    file.seek(begin)
    end = file.read()
    at = end.rfind(b"OggS")
    if at < 0 or at + 27 > len(end):
        return "it ends inside a page"
    count = end[at + 26]
    length = 27 + count + sum(end[at + 27 : at + 27 + count])
    if at + length != len(end):
        return "it ends inside a page"
    return None if end[at + 5] & 4 else "its last page is missing"


def _of_flv(file: BinaryIO, size: int) -> str | None:
    file.seek(max(0, size - 4))
    length = int.from_bytes(file.read(4), "big")
    if not 11 <= length <= size - 13:
        return "it ends inside a tag"
    file.seek(size - 4 - length)
    tag = file.read(4)
    return None if int.from_bytes(tag[1:4], "big") + 11 == length else "it ends inside a tag"


def _of_transport_stream(file: BinaryIO, size: int) -> str | None:
    file.seek(0)
    head = file.read(204 * 3)
    for length in _TS_PACKETS:
        # Blu-ray's packets of 192 bytes have a time before the mark.
        mark = 4 if length == 192 else 0
        if len(head) > mark + 2 * length and all(head[mark + n * length] == 0x47 for n in range(3)):
            if size % length:
                return "it ends inside a packet"
            file.seek(size - length + mark)
            return None if file.read(1) == b"\x47" else "it ends in something else"
    return None


def _of_dv(_file: BinaryIO, size: int) -> str | None:
    return None if any(size % length == 0 for length in _DV_FRAMES) else "it ends inside a picture"


_Look = Callable[[BinaryIO, int], str | None]
_LOOKS: Final[Mapping[Kind, _Look]] = {
    "matroska": _of_matroska,
    "avi": _of_riff,
    "mxf": _of_mxf,
    "asf": _of_asf,
    "ogg": _of_ogg,
    "flv": _of_flv,
}


def _look_for(head: bytes, suffix: str) -> _Look | None:
    kind = kind_of(head)
    if kind != "stream":
        return _LOOKS.get(kind)
    if suffix == ".mxf":
        return _of_mxf
    if head.startswith(b"\0\0\x01\xba"):
        # Nothing in a program stream tells where it ends, but that it does not end in zeros.
        return lambda _file, _size: None
    if head[:1] == b"G" or suffix in (".mts", ".m2ts", ".ts"):
        return _of_transport_stream
    return _of_dv if suffix == ".dv" else None
