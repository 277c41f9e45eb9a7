"""Files of some hundred bytes whose headers claim what no film has, or lead to other files; each with what is told."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def track(
    *,
    size: tuple[int, int] = (160, 90),
    sample_size: int = 0,
    sample_count: int = 0,
    reference: bytes = full(b"url ", flags=1),
) -> bytes:
    width, height = size
    entry = box(b"avc1", bytes(24), struct.pack(">HH", width, height), bytes(50))
    table = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), entry),
        full(b"stts", struct.pack(">III", 1, 0x7FFFFFFF, 1)),
        full(b"stsc", struct.pack(">IIII", 1, 1, 0x7FFFFFFF, 1)),
        full(b"stsz", struct.pack(">II", sample_size, sample_count)),
        full(b"stco", struct.pack(">II", 1, 48)),
    )
    information = box(b"minf", full(b"vmhd", bytes(8), flags=1), box(b"dinf", full(b"dref", struct.pack(">I", 1),
                      reference)), table)  # fmt: skip
    media = box(
        b"mdia",
        full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, 1000, 0, 0)),
        full(b"hdlr", bytes(4), b"vide", bytes(13)),
        information,
    )
    return box(b"trak", full(b"tkhd", bytes(80), flags=3), media)


def movie(*boxes: bytes, seconds: int = 1) -> bytes:
    header = full(b"mvhd", struct.pack(">QQIQ", 0, 0, 1, seconds), bytes(80), version=1)
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"mdat", bytes(64)) + box(b"moov", header, *boxes)


def element(kind: int, *parts: bytes, claimed: int | None = None) -> bytes:
    body = b"".join(parts)
    length = len(body) if claimed is None else claimed
    return kind.to_bytes((kind.bit_length() + 7) // 8) + (length | 1 << 56).to_bytes(8) + body


def number(kind: int, value: int) -> bytes:
    return element(kind, value.to_bytes(8))


def real(kind: int, value: float) -> bytes:
    return element(kind, struct.pack(">d", value))


def matroska_track(*parts: bytes) -> bytes:
    return element(0xAE, number(0xD7, 1), number(0x83, 1), element(0x86, b"V_MPEG4/ISO/AVC"), *parts)


def picture(width: int, height: int) -> bytes:
    return matroska_track(element(0xE0, number(0xB0, width), number(0xBA, height)))


def matroska(*parts: bytes, info: tuple[bytes, ...] = ()) -> bytes:
    head = element(0x1A45DFA3, element(0x4282, b"matroska"))
    tracks = () if any(part.startswith(b"\x16\x54\xae\x6b") for part in parts) else (TRACKS(picture(160, 90)),)
    return head + element(0x18538067, element(0x1549A966, number(0x2AD7B1, 1_000_000), *info), *tracks, *parts)


def TRACKS(*parts: bytes) -> bytes:  # noqa: N802 - as the element is called
    return element(0x1654AE6B, *parts)


def sound(channels: int, rate: float) -> bytes:
    return TRACKS(picture(160, 90), matroska_track(element(0xE1, number(0x9F, channels), real(0xB5, rate))))


def led_to_attachments() -> bytes:
    """Attachments behind a cluster, where the seek head leads, that claim a gigabyte."""
    cluster, attached = element(0x1F43B675, bytes(40)), element(0x1941A469, claimed=1 << 30)
    info, tracks = element(0x1549A966), TRACKS(picture(160, 90))

    def seek(place: int) -> bytes:
        return element(0x114D9B74, element(0x4DBB, element(0x53AB, b"\x19\x41\xa4\x69"), number(0x53AC, place)))

    before = seek(0) + info + tracks + cluster
    head = element(0x1A45DFA3, element(0x4282, b"matroska"))
    whole = seek(len(before)) + info + tracks + cluster + attached
    return head + element(0x18538067, whole, claimed=len(whole) + (1 << 30))


def endless(film: bytes) -> bytes:
    """Return a film whose movie box says that it goes on behind the end of the file."""
    at = film.index(b"moov") - 4
    return film[:at] + b"\x7f\xff\xff\xff" + film[at + 4 :]


CLAIMING: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "size.mp4": (lambda: movie(track(size=(65535, 65535))), "its picture has 65535×65535 pixels"),
    "tracks.mp4": (lambda: movie(*[track()] * 1000), "it has 1000 streams; films of up to 64"),
    "samples.mov": (
        lambda: movie(track(sample_size=1, sample_count=0xFFFFFFFF)),
        "a track has 4294967295 bytes of samples",
    ),
    "long.mp4": (lambda: movie(track(), seconds=1 << 62), "films of up to 100 are taken"),
    "list.mov": (lambda: movie(box(b"rmra", box(b"rmda"))), "is a list of other movies"),
    "address.mov": (lambda: movie(track(reference=full(b"url ", b"http://127.0.0.1/\0"))), "another file (by an addr"),
    "alias.mov": (lambda: movie(track(reference=full(b"alis", b"\1" * 150))), "another file (by an alias)"),
    "packed.mov": (lambda: movie(box(b"cmov", box(b"cmvd", b"\x7f\xff\xff\xff"))), "its header unpacks to 2047 MiB"),
    "free.mov": (lambda: movie(track(size=(65535, 65535))).replace(b"moov", b"free"), "65535×65535 pixels"),
    "hoov.mov": (lambda: movie(track(reference=full(b"alis", b"\1" * 150))).replace(b"moov", b"hoov"), "by an alias"),
    "endless.mp4": (lambda: endless(movie(track(size=(65535, 65535)))), "its picture has 65535×65535 pixels"),
    "size.mkv": (lambda: matroska(TRACKS(picture(65535, 65535))), "its picture has 65535×65535 pixels"),
    "wide.mkv": (lambda: matroska(TRACKS(picture(1 << 60, 2))), "pixels on a side"),
    "tracks.mkv": (lambda: matroska(TRACKS(*[picture(160, 90)] * 1000)), "it has 1000 streams"),
    "channels.mkv": (lambda: matroska(sound(10**9, 48000)), "its sound has 1000000000 channels"),
    "rate.mkv": (lambda: matroska(sound(2, 1e12)), "its sound has 1000000000000 Hz"),
    "long.webm": (lambda: matroska(info=(real(0x4489, 1e300),)), "films of up to 100 are taken"),
    "attached.mkv": (led_to_attachments, "of files attached; up to 256 are taken"),
    "next.mkv": (lambda: matroska(info=(element(0x3E83BB, b"/etc/passwd"),)), "one part of a film in several files"),
    "chapter.mkv": (
        lambda: matroska(element(0x1043A770, element(0x45B9, element(0xB6, element(0x6E67, bytes(16)))))),
        "its chapters lie in another file",
    ),
    "none.mkv": (lambda: matroska(info=(real(0x4489, float("nan")),)), ""),
    "infinite.mkv": (lambda: matroska(info=(real(0x4489, float("inf")),)), ""),
}
"""By name: how it is made, and what is said of it; nothing where no more is known than that it is no film."""
