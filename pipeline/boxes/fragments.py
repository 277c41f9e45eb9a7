"""Reading what HLS and DASH serve: initialization segments, and segments of movie fragments, from their bytes.

ISO/IEC 14496-12, 8.8 and 8.16. Boxes that say nothing of samples (styp, sidx, emsg, prft, …) are skipped. Counts are
checked against what holds them, or a bound, before memory is taken for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Final

from pipeline.boxes.atoms import (
    Box,
    Extent,
    Fields,
    children,
    find_only,
    find_optional,
    list_extents,
    malformed,
    walk_extents,
)
from pipeline.boxes.codecs import PictureCodec, is_encrypted, name_codec, read_picture_codec, read_sound
from pipeline.boxes.formats import PictureFormat, SoundFormat, read_picture_format
from pipeline.boxes.loudness import StatedLoudness, read_loudness
from pipeline.boxes.movie import EditListEntry, load_box, read_brands, read_edit_list, read_entry, read_times
from pipeline.boxes.runs import Defaults, FragmentSample, read_decode_time, read_run

MAX_FRAGMENTS: Final = 4096
MAX_SEGMENT_SAMPLES: Final = 200_000
"""In all fragments of a segment: a row of a run may take no byte, and a sample of nothing takes a hundred here."""
MAX_TRACKS: Final = 16
_UNBOUNDED: Final = 1 << 40


@dataclass(frozen=True)
class TrackHead:
    """One track of an initialization segment; `kind` is the handler's four letters, `codec` the sample entry's."""

    number: int
    kind: str
    codec: str
    name: str
    """For CODECS."""
    timescale: int
    is_encrypted: bool
    picture: PictureFormat | None
    picture_codec: PictureCodec | None
    sound: SoundFormat | None
    loudness: StatedLoudness | None
    edit_list: tuple[EditListEntry, ...] | None
    defaults: Defaults
    samples: int
    """In the sample tables, which fragmented files leave empty."""


@dataclass(frozen=True)
class InitSegment:
    """What EXT-X-MAP points at."""

    brands: tuple[str, ...]
    is_fragmented: bool
    """Whether it has an mvex box."""
    tracks: tuple[TrackHead, ...]

    @property
    def main(self) -> TrackHead | None:
        """The track that segments are cut by: the first of pictures, else the first."""
        return next((one for one in self.tracks if one.kind == "vide"), self.tracks[0] if self.tracks else None)


@dataclass(frozen=True)
class Fragment:
    """One track of one movie fragment."""

    track: int
    moof: tuple[int, int]
    """Where its moof box starts and ends in the segment's bytes."""
    decode_time: int | None
    """What tfdt says; None without one."""
    samples: tuple[FragmentSample, ...]

    @property
    def duration(self) -> int:
        """The sum of all samples' durations."""
        return sum(sample.duration for sample in self.samples)


@dataclass(frozen=True)
class SegmentBoxes:
    """The top-level boxes of a segment, and its fragments in order."""

    kinds: tuple[str, ...]
    fragments: tuple[Fragment, ...]


def read_init(data: bytes, *, where: str) -> InitSegment:
    """Read an initialization segment. Raises VerifyFailed where it is not sound."""
    stream = BytesIO(data)
    extents = list_extents(stream, size=len(data), where=where)
    brands = (
        read_brands(load_box("ftyp", extents, stream, where=where)) if extents and extents[0].kind == "ftyp" else ()
    )
    boxes = children(load_box("moov", extents, stream, where=where))
    extends = find_optional("mvex", boxes, where=where)
    defaults = {} if extends is None else dict(map(_read_defaults, _of_kind("trex", children(extends))))
    tracks = _of_kind("trak", boxes)
    if len(tracks) > MAX_TRACKS:
        raise malformed(where, f"has {len(tracks)} tracks, more than the {MAX_TRACKS} that are accepted")
    return InitSegment(brands, extends is not None, tuple(_read_head(track, defaults) for track in tracks))


def read_segment(data: bytes, init: InitSegment, *, where: str, origin: int = 0) -> SegmentBoxes:
    """Read the fragments of a whole segment; `origin` is where its bytes start in their file.

    Raises VerifyFailed where boxes are not sound, a sample lies outside mdat, or samples share their bytes.
    """
    extents = list_extents(BytesIO(data), size=len(data), where=where)
    held = tuple((extent.body, extent.end) for extent in extents if extent.kind == "mdat")
    moofs = tuple(extent for extent in extents if extent.kind == "moof")
    fragments = tuple(_read_fragments(data, moofs, init, where=where, origin=origin))
    for fragment in fragments:
        _check_places(fragment, held, where=where)
    # Whoever looks into samples reads no more than the segment, however often they name the same bytes.
    if sum(one.size for fragment in fragments for one in fragment.samples) > sum(end - start for start, end in held):
        raise malformed(where, "has samples that share their bytes")
    return SegmentBoxes(tuple(extent.kind for extent in extents), fragments)


def read_first_fragment(data: bytes, init: InitSegment, *, where: str, origin: int = 0) -> tuple[Fragment, ...]:
    """Return the tracks of the one fragment in a byte range that may end inside its mdat box.

    That is what an I-frame playlist points at. Raises VerifyFailed where no moof box has an mdat box after it.
    """
    moof: Extent | None = None
    for extent in walk_extents(BytesIO(data), size=_UNBOUNDED, where=where):
        if extent.kind == "mdat" and moof is not None:
            return tuple(_read_fragments(data, (moof,), init, where=where, origin=origin))
        if extent.end > len(data):
            raise malformed(where, f"ends inside its {extent.kind!a} box")
        moof = extent if extent.kind == "moof" else moof
    raise malformed(where, "has no moof box with an mdat box after it")


def _read_fragments(
    data: bytes, moofs: Iterable[Extent], init: InitSegment, *, where: str, origin: int
) -> Iterator[Fragment]:
    """Yield each track of some movie fragments; more of them or of their samples than are accepted is an error."""
    count = 0
    every = chain.from_iterable(_read_fragment(data, moof, init, where=where, origin=origin) for moof in moofs)
    for number, fragment in enumerate(every):
        if number == MAX_FRAGMENTS:
            raise malformed(where, f"has more than {MAX_FRAGMENTS} fragments")
        count += len(fragment.samples)
        if count > MAX_SEGMENT_SAMPLES:
            raise malformed(where, f"has more than the {MAX_SEGMENT_SAMPLES} samples that are accepted")
        yield fragment


def _of_kind(kind: str, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    return tuple(box for box in boxes if box.kind == kind)


def _read_defaults(box: Box) -> tuple[int, Defaults]:
    """Read a trex box (8.8.3)."""
    fields = Fields(box)
    fields.version(0)
    track, _, duration, size, flags = fields.read("5I")
    return track, Defaults(duration, size, flags)


def _read_head(box: Box, defaults: dict[int, Defaults]) -> TrackHead:
    where = box.where
    boxes = children(box)
    media = children(find_only("mdia", boxes, where=where))
    tables = children(find_only("stbl", children(find_only("minf", media, where=where)), where=where))
    times = Fields(find_only("mdhd", media, where=where))
    _, timescale, _ = read_times(times)
    if not timescale:
        raise malformed(times.where, "has a timescale of 0")
    kind = Fields(find_only("hdlr", media, where=where)).read("8x4s")[0].decode("latin-1")
    entry = read_entry(find_only("stsd", tables, where=where))
    header = Fields(find_only("tkhd", boxes, where=where))
    number = header.number("16xI" if header.version(0, 1) else "8xI")
    counts = find_optional("stsz", tables, where=where)
    is_clear = not is_encrypted(entry)
    return TrackHead(
        number=number,
        kind=kind,
        codec=entry.kind,
        name=name_codec(entry),
        timescale=timescale,
        is_encrypted=not is_clear,
        picture=read_picture_format(entry) if kind == "vide" and is_clear else None,
        picture_codec=read_picture_codec(entry) if kind == "vide" else None,
        sound=read_sound(entry) if kind == "soun" and is_clear else None,
        loudness=read_loudness(boxes, where=where) if kind == "soun" else None,
        edit_list=read_edit_list(boxes, where=where),
        defaults=defaults.get(number, Defaults()),
        samples=0 if counts is None else Fields(counts).read("8xI")[0],
    )


def _read_fragment(data: bytes, moof: Extent, init: InitSegment, *, where: str, origin: int) -> Iterator[Fragment]:
    """Yield each track of a movie fragment (8.8.4)."""
    box = Box("moof", memoryview(data)[moof.body : moof.end], f"{where}: moof at byte {moof.start}")
    tracks = {track.number: track for track in init.tracks}
    following = moof.start
    for run in _of_kind("traf", children(box)):
        boxes = children(run)
        header = _read_track_header(Fields(find_only("tfhd", boxes, where=run.where)), tracks)
        # Without a base of its own, a track's data follows that of the one before (8.8.7.1).
        base = following if header.base is None else header.base - origin
        if header.is_based_on_moof:
            base = moof.start
        samples: list[FragmentSample] = []
        following = base
        for table in _of_kind("trun", boxes):
            following = read_run(table, header.defaults, samples, base=base, following=following)
        time = find_optional("tfdt", boxes, where=run.where)
        yield Fragment(
            track=header.track,
            moof=(moof.start, moof.end),
            decode_time=None if time is None else read_decode_time(time),
            samples=tuple(samples),
        )


@dataclass(frozen=True)
class _TrackHeader:
    track: int
    base: int | None
    is_based_on_moof: bool
    defaults: Defaults


def _read_track_header(fields: Fields, tracks: dict[int, TrackHead]) -> _TrackHeader:
    """Read a tfhd box (8.8.7), whose flags say which of its fields are there."""
    _, flags = fields.version_and_flags(0)
    track = fields.number("I")
    if track not in tracks:
        raise malformed(fields.where, f"is of track {track}, which the initialization segment has not")
    base = fields.number("Q") if flags & 0x1 else None
    if flags & 0x2:
        fields.take(4)
    given = tracks[track].defaults
    duration = fields.number("I") if flags & 0x8 else given.duration
    size = fields.number("I") if flags & 0x10 else given.size
    sample_flags = fields.number("I") if flags & 0x20 else given.flags
    is_based = base is None and bool(flags & 0x20000)
    return _TrackHeader(track, base, is_based, Defaults(duration, size, sample_flags))


def _check_places(fragment: Fragment, held: tuple[tuple[int, int], ...], *, where: str) -> None:
    """Check that every sample lies inside an mdat box."""
    bodies = [body for body, _ in held]  # rising, as they stand in the segment
    first = last = 0
    for sample in fragment.samples:
        start, end = sample.offset, sample.offset + sample.size
        if first <= start and end <= last:
            continue  # in the box of the sample before it
        before = bisect_right(bodies, start)
        first, last = held[before - 1] if before else (0, -1)
        if not first <= start <= end <= last:
            raise malformed(where, f"has a sample in bytes {start} to {end}, outside its mdat box")
