"""Rules about sound: codecs, layouts, bit rates, and descriptions for those who cannot see."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from pipeline.boxes.fragments import TrackHead
from pipeline.counting import counted
from pipeline.plan.hls.package import Media, Package, Stream
from pipeline.plan.hls.rates import kbps
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master, over_streams
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import Rendition

_STEREO_AAC: Final = ("mp4a.40.2", "mp4a.40.5", "mp4a.40.29")
_HE_AAC: Final = ("mp4a.40.5", "mp4a.40.29")
_HE_BPS: Final = 64_000
_ONLY_FRAGMENTED: Final = ("mp4a.40.42", "alac", "fLaC", "apac")
_LEVELS_ITSELF: Final = "apac"
_DESCRIBES: Final = "public.accessibility.describes-video"
# Apple 2.9: kb/s by codec and channels.
_KBPS: Final[dict[tuple[str, int], tuple[int, int]]] = {
    ("mp4a.40.2", 2): (32, 160), ("mp4a.40.5", 2): (32, 160), ("mp4a.40.29", 2): (32, 160),
    ("mp4a.40.42", 2): (24, 160), ("ec-3", 2): (96, 160), ("mp4a.40.2", 6): (0, 320), ("ac-3", 6): (0, 384),
    ("ec-3", 6): (0, 192), ("ec-3", 8): (0, 384),
}  # fmt: skip
_SLACK: Final = Fraction(1, 10)
"""AAC spends bits as the sound needs them, and boxes take some."""


def _heads(streams: tuple[Stream, ...]) -> list[tuple[Stream, TrackHead]]:
    return [
        (stream, track)
        for stream in streams
        for init in stream.inits
        for track in init.segment.tracks
        if track.kind == "soun"
    ]


def _sounding(package: Package) -> tuple[Stream, ...]:
    """Return the streams that have sound: of their own, or beside pictures."""
    return tuple(
        one
        for one in package.having("audio", "video")
        if one.role == "audio" or any(track.kind == "soun" for init in one.inits for track in init.segment.tracks)
    )


def _has_sound(package: Package) -> str | None:
    return None if _sounding(package) else "there is no sound"


def _over(look: Callable[[tuple[Stream, ...]], Measured[Seen]]) -> Callable[[Package], Measured[Seen]]:
    return lambda package: over_streams(_sounding(package), look)


def _channels(head: TrackHead) -> int:
    return 0 if head.sound is None else head.sound.channels


def _whole_files(streams: tuple[Stream, ...]) -> Seen:
    found = [(stream, init) for stream in streams for init in stream.inits if init.track is not None
             and init.track.name in _ONLY_FRAGMENTED]  # fmt: skip
    misses = tuple(
        Miss(stream.uri, f"{init.uri} has no mvex") for stream, init in found if not init.segment.is_fragmented
    )
    return Seen(counted(len(found), "stream"), misses)


def _has_rare(package: Package) -> str | None:
    rare = any(head.name in _ONLY_FRAGMENTED for _, head in _heads(_sounding(package)))
    return None if rare else "no stream is xHE-AAC, ALAC, FLAC or APAC"


def _listed(streams: tuple[Stream, ...]) -> Seen:
    misses = tuple(Miss(one.uri, "no EXT-X-MEDIA names it") for one in streams if not one.renditions)
    return Seen(f"{len(streams) - len(misses)} of {counted(len(streams), 'stream')}", misses)


def _stereo(streams: tuple[Stream, ...]) -> Seen:
    found = [f"{head.name} of {counted(_channels(head), 'channel')}" for _, head in _heads(streams)]
    kept = any(head.name in _STEREO_AAC and _channels(head) == 2 for _, head in _heads(streams))
    told = ", ".join(dict.fromkeys(found))
    return Seen(told, () if kept else (Miss(streams[0].uri, f"only {told}"),))


def _he_rates(streams: tuple[Stream, ...]) -> Seen:
    found = [(stream, stream.rates) for stream, head in _heads(streams) if head.name in _HE_AAC]
    misses = tuple(
        Miss(stream.uri, kbps(rates.average))
        for stream, rates in found
        if rates is not None and rates.average > _HE_BPS
    )
    return Seen(f"{counted(len(found), 'stream')} of HE-AAC", misses)


def _has_he(package: Package) -> str | None:
    return None if any(head.name in _HE_AAC for _, head in _heads(_sounding(package))) else "no stream is HE-AAC"


def _rates(streams: tuple[Stream, ...]) -> Measured[Seen]:
    misses, told = [], []
    for stream, head in _heads(streams):
        least, most = _KBPS.get((head.name, _channels(head)), (0, 0))
        rates = stream.rates
        if not most or rates is None or stream.role != "audio":
            continue
        told.append(kbps(rates.average))
        if not least * 1000 * (1 - _SLACK) <= rates.average <= most * 1000 * (1 + _SLACK):
            misses.append(Miss(stream.uri, f"{kbps(rates.average)}, {least} to {most} kb/s"))
    return Seen(", ".join(told), tuple(misses)) if told else Unmeasured("no sound of its own is of the table's codecs")


def _layouts(streams: tuple[Stream, ...]) -> Seen:
    misses = []
    for stream in streams:
        for section in stream.sections:
            found = {
                (head.name, _channels(head), head.sound.sample_rate if head.sound else 0)
                for piece in section
                if piece.init is not None
                for head in piece.init.segment.tracks
                if head.kind == "soun"
            }
            if len(found) > 1:
                misses.append(Miss(stream.uri, f"{counted(len(found), 'layout')} in a row"))
    return Seen(f"{counted(len(misses), 'change')} inside a section", tuple(misses))


def _alone(streams: tuple[Stream, ...]) -> Seen:
    misses = tuple(
        Miss(stream.uri, f"{count} tracks of sound")
        for stream in streams
        if (count := max((sum(one.kind == "soun" for one in init.segment.tracks) for init in stream.inits), default=0))
        > 1
    )
    return Seen(f"{counted(len(misses), 'stream')} with more than one", misses)


def _stated(streams: tuple[Stream, ...]) -> Seen:
    found = _stating(streams)
    told = [f"{head.loudness.integrated_lufs:g} LUFS" for _, head in found if head.loudness is not None]
    misses = tuple(Miss(stream.uri, "no ludt box") for stream, head in found if head.loudness is None)
    return Seen(", ".join(dict.fromkeys(told)) or "nothing stated", misses)


def _stating(streams: tuple[Stream, ...]) -> list[tuple[Stream, TrackHead]]:
    """Return the sounds that a box of their own should tell the loudness of."""
    return [(stream, head) for stream, head in _heads(streams) if head.name != _LEVELS_ITSELF]


def _has_unlevelled(package: Package) -> str | None:
    return None if _stating(_sounding(package)) else "no stream is anything but APAC"


def _declared_channels(package: Package) -> Seen:
    misses, count = [], 0
    for rendition, head in _declared(package):
        told = (rendition.channels or "").partition("/")[0]
        count += 1
        if told != str(_channels(head)):
            misses.append(
                Miss(f"EXT-X-MEDIA {rendition.name}", f"CHANNELS {told or 'missing'}, {_channels(head)} found")
            )
    return Seen(counted(count, "rendition"), tuple(misses))


def _declared(package: Package) -> list[tuple[Rendition, TrackHead]]:
    found = []
    for stream in package.having("audio"):
        heads = [head for _, head in _heads((stream,)) if _channels(head)]
        found += [(rendition, heads[0]) for rendition in stream.renditions if heads and rendition.type == "AUDIO"]
    return found


def _described(package: Package) -> Seen:
    misses = []
    for one in _descriptions(package):
        faults = (
            (not one.is_autoselect, "AUTOSELECT=YES is missing"),
            (one.language is None, "LANGUAGE is missing"),
        )
        misses += [Miss(f"EXT-X-MEDIA {one.name}", told) for is_broken, told in faults if is_broken]
    return Seen(counted(len(_descriptions(package)), "description"), tuple(misses))


def _descriptions(package: Package) -> tuple[Rendition, ...]:
    renditions = package.choices.renditions if package.choices is not None else ()
    return tuple(one for one in renditions if one.type == "AUDIO" and _DESCRIBES in one.characteristics)


def _has_descriptions(package: Package) -> str | None:
    return None if _descriptions(package) else "no rendition describes the pictures"


def _spans(package: Package) -> Measured[Seen]:
    """Hold each sound against the pictures: no shorter by more than a frame of each."""

    def look(streams: tuple[Stream, ...]) -> Seen:
        videos = [one for one in streams if one.role == "video"]
        sounds = [one for one in streams if one.role == "audio"]
        misses, told = [], []
        for sound in sounds:
            slack = _step(sound) + _step(videos[0])
            short = videos[0].duration - sound.duration
            told.append(f"{float(sound.duration):.3f}")
            if short > slack:
                misses.append(Miss(sound.uri, f"{float(short):.3f} s shorter than the pictures"))
        return Seen(f"{', '.join(dict.fromkeys(told))} of {float(videos[0].duration):.3f} s", tuple(misses))

    video, audio = package.having("video")[:1], package.having("audio")
    if video[0].fault is not None:
        return over_streams(video, look)
    whole = tuple(one for one in audio if one.fault is None)
    return over_streams((*video, *audio), look, at_least=2) if whole else over_streams(audio, look)


def _step(stream: Stream) -> Fraction:
    return max((piece.content.longest_step for piece in stream.pieces if isinstance(piece.content, Media)),
               default=Fraction(0))  # fmt: skip


def _surround_too(package: Package) -> Seen:
    names = {(head.name, _channels(head)) for _, head in _heads(_sounding(package))}
    has_dolby, has_plain = any(name == "ec-3" for name, _ in names), any(name == "ac-3" for name, _ in names)
    misses = (Miss(package.master_uri, "Dolby Digital Plus alone"),) if has_dolby and not has_plain else ()
    return Seen(", ".join(sorted(name for name, _ in names)), misses)


def _has_dolby_plus(package: Package) -> str | None:
    found = any(head.name == "ec-3" for _, head in _heads(_sounding(package)))
    return None if found else "no stream is Dolby Digital Plus"


RULES: Final = (
    Rule("2.3", "MUST", "some sound is stereo AAC", "AAC-LC, HE-AAC or HE-AAC v2, 2 channels", _has_sound,
         _over(_stereo)),
    Rule("2.4", "SHOULD", "HE-AAC is for low rates", "≤ 64 kb/s", all_of(_has_sound, _has_he), _over(_he_rates)),
    Rule("2.6", "MUST", "where Dolby Digital Plus is not decoded, there is Dolby Digital", "ac-3 beside ec-3",
         all_of(_has_sound, _has_dolby_plus), _surround_too),
    Rule("2.9", "SHOULD", "sound has the rates of its codec", "Apple's table", _has_sound, _over(_rates)),
    Rule("2.11", "MUST", "layouts change at discontinuities alone", "one layout in a section", _has_sound,
         _over(_layouts)),
    Rule("2.12, 2.13, 2.14, 2.27", "MUST", "descriptions of the pictures are found", "AUTOSELECT=YES, LANGUAGE",
         all_of(needs_master, _has_descriptions), _described),
    Rule("2.15", "MUST", "sound lasts as long as the pictures", "a frame of each shorter at most",
         all_of(needs("audio"), needs("video")), _spans),
    Rule("2.17", "MUST", "a segment has one sound at most", "1 track", _has_sound, _over(_alone)),
    Rule("2.19", "SHOULD", "sound says how loud it is", "a ludt box, other than APAC",
         all_of(_has_sound, _has_unlevelled), _over(_stated)),
    Rule("2.25", "MUST", "xHE-AAC, ALAC, FLAC and APAC are in fragmented MP4", "mvex", all_of(_has_sound, _has_rare),
         _over(_whole_files)),
    Rule("8.9", "MUST", "streams of sound are listed as renditions", "EXT-X-MEDIA",
         all_of(needs_master, needs("audio")), lambda package: over_streams(package.having("audio"), _listed)),
    Rule("RFC 8216 4.3.4.1d", "MUST", "CHANNELS is the sound's own", "as the stream says",
         all_of(needs_master, needs("audio"), lambda package: None if _declared(package) else "no rendition is sound"),
         _declared_channels),
)  # fmt: skip
