"""Open media files safely and read their facts through PyAV; nothing else opens a master with a demuxer of its choice.

A master is untrusted: only the container that its first bytes say is tried, never playlists, concat scripts or image
patterns, and only the one file is ever opened.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.colour import obstacle, resolved
from pipeline.errors import MasterError
from pipeline.facts import Alpha, Colour, MediaFacts, PictureFacts, Scan, SoundFacts, SubtitleFacts
from pipeline.plan.claims import MOST_PIXELS, MOST_STREAMS
from pipeline.shell.conditions import is_condition, is_out_of_reach
from pipeline.shell.digests import refuse_out_of_reach, unreadable, why_unreadable
from pipeline.shell.headers import MEDIA_REMEDY, check_header, check_streams
from pipeline.shell.natural_rate import FASTEST, SLOWEST, natural_rate
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from av.container import InputContainer

_OPTIONS = {
    "protocol_whitelist": "file",
    # As by default, but said: the media of a movie lie in it, and not where its data references lead.
    "enable_drefs": "0",
    "use_absolute_path": "0",
    "max_streams": str(MOST_STREAMS),
    # Of the decoders that look for sizes and colours while a file is opened.
    "max_pixels": str(MOST_PIXELS),
}
# libav numbers what ffmpeg's filters call by name (ITU-T H.273); only what a film can carry is named.
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020",
              10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213"}  # fmt: skip
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log100",
              10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12",
              16: "smpte2084", 17: "smpte428", 18: "arib-std-b67"}  # fmt: skip
_MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc",
             10: "bt2020c", 11: "smpte2085", 12: "chroma-derived-nc", 13: "chroma-derived-c", 14: "ictcp",
             15: "ipt-c2", 16: "ycgco-re", 17: "ycgco-ro"}  # fmt: skip
_FULL_RANGE_UNLESS_SAID = ("yuvj", "gray", "ya", "mono")
# Pictures of all other codecs never say that they are two fields; libav's number of the order says it for them.
_CODECS_THAT_KNOW_FIELDS = ("av1", "dnxhd", "dvvideo", "ffv1", "h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4",
                            "prores", "rawvideo", "v210", "vc1", "vp8", "vp9", "wmv3")  # fmt: skip
_FIELD_ORDERS: Final[dict[int, Scan]] = {2: "top first", 3: "bottom first", 4: "top first", 5: "bottom first"}
_PICTURES_TO_LOOK_AT = 12
# As long as BCP 47 and ISO 639 have them; digits and what stands between them.
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,34}")
_TIMECODE: Final = re.compile(r"[0-9]{1,3}([:;.,][0-9]{1,3}){1,3}")


def source_url(path: Path) -> str:
    """Return a path as libav takes it: protocol and absolute path, so that no name is read as an option or URL."""
    return f"file:{os.path.abspath(path)}"  # noqa: PTH100 - resolve() would follow links, which names should keep


def open_media(path: Path) -> InputContainer:
    """Open a master for reading. Raises MasterError that names the file and says what is wrong with it."""
    check_readable(path)
    options = {"format_whitelist": ",".join(check_header(path)), **_OPTIONS}
    import av

    try:
        container = av.open(source_url(path), options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        # libav has the same number for files that end too soon.
        refused = why_unreadable(path) if isinstance(error, OSError) and is_condition(error) else None
        if refused is not None:
            raise unreadable(path, refused) from refused
        # What libav says of a file that it takes for one of another kind.
        is_other = isinstance(error, av.ArgumentError)
        reason = (
            "it looks like something else than its first bytes say, or is damaged" if is_other else reason_of(error)
        )
        raise MasterError.of(path, f"not a film that can be read ({reason}).", remedy=MEDIA_REMEDY) from error
    try:
        check_streams(path, container)
    except MasterError:
        container.close()
        raise
    return container


def packets_of(container: InputContainer, *streams: Any) -> Iterator[Any]:
    """Yield the packets of some streams, then an empty one for each.

    Raises what libav does, and MasterOutOfReach where it is the file's drive that does not answer: of a film that was
    cut off or damaged, libav never says so once it is open.

    A stream that only shows itself later on, as broadcasts and damaged files have them, is left out: at the end of such
    a file, PyAV asks for one that it does not have.
    """
    try:
        yield from container.demux(streams)
    except IndexError:
        return
    except OSError as error:
        _refuse_out_of_reach(container, error)
        raise


def seek(container: InputContainer, ticks: int, *, stream: Any = None) -> None:
    """Go to a time of a stream, or of the file in microseconds. Raises as `packets_of` does."""
    try:
        container.seek(ticks, stream=stream)
    except OSError as error:
        _refuse_out_of_reach(container, error)
        raise


def _refuse_out_of_reach(container: InputContainer, error: OSError) -> None:
    if is_out_of_reach(error):
        raise unreadable(Path(container.name.removeprefix("file:")), error) from error


def frames_of(container: InputContainer, stream: Any) -> Iterator[Any]:
    """Yield the pictures, or the sound, of a stream. Raises what libav does."""
    for packet in packets_of(container, stream):
        yield from packet.decode()


_COLOUR_REMEDY = "Export it as BT.709, or as HDR10 or HLG."


def probe(path: Path) -> MediaFacts:
    """Read the facts of a file: headers and the first pictures only.

    Raises MasterError where the file is no media, holds no picture, or its picture cannot be decoded.
    """
    with open_media(path) as container:
        stream = find_picture(container)
        if stream is None:
            raise MasterError.of(path, "has no video stream.", remedy="Matinee cuts films; a sound file has no shots.")
        picture = _read_picture(path, container, stream)
        return MediaFacts(
            container=container.format.name,
            size_bytes=path.stat().st_size,
            duration=max(Fraction(0), claimed_end_of(container) - picture.start),
            picture=picture,
            sounds=read_sounds(container),
            subtitles=tuple(
                SubtitleFacts(
                    text.index, text.codec_context.name if text.codec_context else "unknown", language_of(text)
                )
                for text in container.streams.subtitles
            ),
            start_timecode=_timecode(stream.metadata) or _timecode(container.metadata),
        )


def ticks_of(picture: Any, container: InputContainer) -> int | None:
    """Return when a decoded picture is shown, in ticks of its stream, as ffmpeg's own tools take it."""
    # AVI stores no times: libav's guess of when a picture is shown is wrong for H.264, its count of them is not.
    ticks: int | None = picture.dts if container.format.name == "avi" else picture.pts
    return ticks


def claimed_end_of(container: InputContainer) -> Fraction:
    """Return when a file ends by its container's own word, or libav's guess from bit rates, in its own seconds."""
    start, length = Fraction(container.start_time or 0, 1_000_000), Fraction(container.duration or 0, 1_000_000)
    # Matroska's writers mean by duration the last time stamp, which libav takes for the length.
    return length if "matroska" in container.format.name and length > start else start + length


def check_readable(path: Path) -> None:
    """Raise MasterError that says why a path is no file that can be read as a film."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise MasterError.of(
            path, "does not exist.", remedy="Check the name; relative paths count from here."
        ) from None
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and is_out_of_reach(error):
            raise unreadable(path, error) from error
        raise MasterError.of(path, f"cannot be reached ({reason_of(error)}).") from error
    if stat.S_ISDIR(status.st_mode):
        raise MasterError.of(path, "is a folder.", remedy="Name the film files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise MasterError.of(path, "is not a regular file.", remedy="Pipes and devices cannot be read twice.")
    if status.st_size == 0:
        raise MasterError.of(path, "is empty (0 bytes).", remedy="Copy it again.")
    if not os.access(path, os.R_OK):
        raise MasterError.of(path, "may not be read.", remedy="Give yourself permission to read it.")


def find_picture(container: InputContainer) -> Any:
    """Return the video stream that is the film; None where there is none."""
    import av

    attached = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    for stream in container.streams.video:
        if not stream.disposition & attached and stream.codec_context is not None:
            return stream
    return None


def _read_picture(path: Path, container: InputContainer, stream: Any) -> PictureFacts:
    context = stream.codec_context
    container_says, field_order = _tags(context), int(context.field_order)  # decoding may overwrite either
    frames = _first_pictures(path, container, stream)
    first = frames[0]
    aspect = first.sample_aspect_ratio if hasattr(first, "sample_aspect_ratio") else None
    aspect = aspect or stream.sample_aspect_ratio or context.sample_aspect_ratio
    colour = _colour(first, container_says)
    if _is_dolby_only(first):
        raise MasterError.of(path, "is Dolby Vision without a picture for other players.", remedy=_COLOUR_REMEDY)
    if trouble := obstacle(resolved(colour, width_px=first.width, height_px=first.height)):
        raise MasterError.of(path, f"{trouble}.", remedy=_COLOUR_REMEDY)
    return PictureFacts(
        index=stream.index,
        codec=context.name,
        width_px=first.width,
        height_px=first.height,
        sample_aspect=Fraction(aspect) if aspect and aspect > 0 else Fraction(1),
        rotation_deg=_clockwise(first),
        pixel_format=first.format.name,
        bit_depth=first.format.components[0].bits,
        colour=colour,
        scan=_scan(frames, context.name, field_order),
        rate=_rate(path, stream, frames),
        start=(ticks_of(first, container) or 0) * Fraction(first.time_base),
        frame_count=stream.frames or None,
        alpha=_alpha(frames),
    )


def _first_pictures(path: Path, container: InputContainer, stream: Any) -> list[Any]:
    """Return the first pictures that have a time, one at least. Raises MasterError where there is none."""
    import av

    frames, timeless = [], 0
    try:
        for frame in frames_of(container, stream):
            if ticks_of(frame, container) is None:
                timeless += 1
            else:
                frames.append(frame)
            if max(len(frames), timeless) >= _PICTURES_TO_LOOK_AT:
                break
    except av.FFmpegError as error:
        if not frames:
            refuse_out_of_reach(path)
            raise MasterError.of(path, f"its picture cannot be decoded ({reason_of(error)}).") from error
    if not frames and timeless:
        raise MasterError.of(
            path, "is a bare stream, whose pictures carry no times.", remedy="Put it into a container such as .mp4."
        )
    if not frames:
        raise MasterError.of(path, "holds no picture that can be decoded.", remedy="Export or copy it again.")
    return frames


def _clockwise(frame: Any) -> int:
    # libav gives the display matrix's angle counter-clockwise, in any multiple; films turn by right angles.
    return round(-int(frame.rotation) % 360 / 90) * 90 % 360


def _colour(frame: Any, container_says: Colour) -> Colour:
    """Return what a decoded picture says of its colour; where it says nothing, what its container does."""
    form, told = frame.format, _tags(frame)
    if form.name.startswith("xyz"):
        return Colour(primaries="smpte428", transfer="smpte428", matrix="xyz", full_range=True)
    full = container_says.full_range if told.full_range is None else told.full_range
    if full is None and form.name.startswith(_FULL_RANGE_UNLESS_SAID):
        full = True
    matrix = told.matrix or container_says.matrix
    # Whatever is said of the matrix: only a picture of red, green and blue has none.
    if form.is_rgb or form.has_palette:
        matrix, full = "gbr", True
    elif matrix == "gbr":
        matrix = None
    return Colour(
        primaries=told.primaries or container_says.primaries,
        transfer=told.transfer or container_says.transfer,
        matrix=matrix,
        full_range=full,
    )


def _tags(said: Any) -> Colour:
    return Colour(
        primaries=_PRIMARIES.get(int(said.color_primaries)),
        transfer=_TRANSFERS.get(int(said.color_trc)),
        matrix=_MATRICES.get(int(said.colorspace)),
        full_range={1: False, 2: True}.get(int(said.color_range)),
    )


def _alpha(frames: list[Any]) -> Alpha:
    """Return `none` as well where all pictures are wholly transparent: then it is a byte that nobody filled."""
    if not any(component.is_alpha for component in frames[0].format.components):
        return "none"
    return "straight" if any(_is_seen(frame) for frame in frames) else "none"


def _is_seen(frame: Any) -> bool:
    import numpy as np

    (plane,) = frame.reformat(format="ya8").planes
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return bool(lines[:, 1 : 2 * plane.width : 2].any())


def _is_dolby_only(frame: Any) -> bool:
    """Tell whether colours mean nothing without Dolby's own processing, as in profile 5; the others show as HDR or SDR.

    Each picture of Dolby Vision carries how to process it: a byte, 6 and 11 bits, then 4 that are 0 for this profile.
    """
    processing = frame.side_data.get("DOVI_RPU_BUFFER")
    return processing is not None and int.from_bytes(bytes(processing)[:4], "big") >> 3 & 0b1111 == 0


def _scan(frames: list[Any], codec: str, container_says: int) -> Scan:
    if any(frame.interlaced_frame for frame in frames):
        return "interlaced"
    return "progressive" if codec in _CODECS_THAT_KNOW_FIELDS else _FIELD_ORDERS.get(container_says, "progressive")


def _rate(path: Path, stream: Any, frames: list[Any]) -> FrameRate:
    told = tuple(Fraction(rate) for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate) if rate)
    times = tuple(frame.pts * Fraction(frame.time_base) for frame in frames if frame.pts is not None)
    rate = natural_rate(told, times)
    if rate is None:
        heard = f"{float(told[0]):g}" if told else "no known number of"
        raise MasterError.of(
            path,
            f"has {heard} pictures a second; films have {SLOWEST} to {FASTEST}.",
            remedy="Export it with a constant frame rate.",
        )
    return rate


def read_sounds(container: InputContainer) -> tuple[SoundFacts, ...]:
    """Return the facts of every audio stream that can be decoded."""
    return tuple(_sound(sound) for sound in container.streams.audio if sound.codec_context is not None)


def _sound(stream: Any) -> SoundFacts:
    import av

    context = stream.codec_context
    start = (stream.start_time or 0) * Fraction(stream.time_base or 1)
    return SoundFacts(
        index=stream.index,
        codec=context.name,
        channels=context.channels,
        layout=context.layout.name,
        sample_rate_hz=context.sample_rate,
        start=start,
        language=language_of(stream),
        is_default=bool(stream.disposition & av.stream.Disposition.default),
    )


def language_of(stream: Any) -> str | None:
    """Return the language that a stream says it is in; what is no tag, but any words of a stranger's, is none."""
    told = stream.language
    return told if told is not None and _LANGUAGE.fullmatch(told) else None


def _timecode(metadata: Mapping[str, str]) -> str | None:
    told = metadata.get("timecode", "")
    return told if _TIMECODE.fullmatch(told) else None


def reason_of(error: Exception) -> str:
    """Return libav's or the system's words for an error, without a full stop."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).rstrip(".")
