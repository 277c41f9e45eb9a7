"""What the NAL units of H.264 and HEVC samples are, from their headers alone (ISO/IEC 14496-10, 23008-2, 7.4)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

from pipeline.boxes.atoms import malformed
from pipeline.boxes.movie import Track
from pipeline.boxes.samples import places_of_keyframes

IDR_SLICE: Final = 5
_OTHER_SLICES: Final = frozenset((1, 2, 3, 4))
_HEVC_IDR: Final = frozenset((19, 20))
_HEVC_PARAMETERS: Final = 32  # below are slices
_MAX_UNITS: Final = 4096  # in one sample; a picture of 8K in slices of one row has 270


def find_false_keyframes(path: Path, track: Track) -> tuple[int, ...]:
    """Return the numbers of the samples marked as keyframes that are not IDR pictures; () where nothing is H.264."""
    avc = track.picture.avc if track.picture is not None else None
    if avc is None:
        return ()
    with path.open("rb") as stream:
        return tuple(
            number
            for number, (offset, size) in places_of_keyframes(track.samples)
            if not _is_idr(_read_kinds(stream, offset, offset + size, length_bytes=avc.length_bytes))
        )


def is_key_picture(sample: bytes, *, family: str, length_bytes: int, where: str) -> bool:
    """Return whether a sample of 'H.264' or 'HEVC' is an IDR picture. Raises VerifyFailed where it is broken."""
    heads = _heads(sample, length_bytes=length_bytes, where=where)
    if family == "H.264":
        return _is_idr(frozenset(head & 31 for head in heads))
    slices = frozenset(head >> 1 & 63 for head in heads if head >> 1 & 63 < _HEVC_PARAMETERS)
    return bool(slices) and slices <= _HEVC_IDR


def _heads(sample: bytes, *, length_bytes: int, where: str) -> frozenset[int]:
    """Return the first bytes of the units in a sample."""
    heads: set[int] = set()
    start, end = 0, len(sample)
    for _ in range(_MAX_UNITS):
        if start == end:
            return frozenset(heads)
        length = int.from_bytes(sample[start : start + length_bytes])
        start += length_bytes
        if not 0 < length <= end - start:
            raise malformed(where, f"has a NAL unit at byte {start} of a sample that does not hold it")
        heads.add(sample[start])
        start += length
    raise malformed(where, f"has a sample of more than {_MAX_UNITS} NAL units")


def _is_idr(kinds: frozenset[int]) -> bool:
    return IDR_SLICE in kinds and not kinds & _OTHER_SLICES


def _read_kinds(stream: BinaryIO, start: int, end: int, *, length_bytes: int) -> frozenset[int]:
    """Return the kinds of the units between two offsets."""
    kinds: set[int] = set()
    for _ in range(_MAX_UNITS):
        if start == end:
            return frozenset(kinds)
        stream.seek(start)
        head = stream.read(length_bytes + 1)
        length = int.from_bytes(head[:length_bytes])
        if len(head) <= length_bytes or not 0 < length <= end - start - length_bytes:
            raise malformed(stream.name, f"has a NAL unit at byte {start} that its sample does not hold")
        kinds.add(head[length_bytes] & 31)
        start += length_bytes + length
    raise malformed(stream.name, f"has a sample of more than {_MAX_UNITS} NAL units")
