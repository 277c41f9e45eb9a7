"""Rules about the multivariant playlist: what each variant and rendition says, against what its streams hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Final, Literal

from pipeline.counting import counted
from pipeline.plan.hls.package import Media, Package, Stream
from pipeline.plan.hls.pictures import ranges_of
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master, over_streams
from pipeline.plan.measurements import Measured
from pipeline.playlists import IframeVariant, MediaType, MultivariantPlaylist, Rendition, Variant

Choice = Variant | IframeVariant
GROUPS: Final[tuple[tuple[str, MediaType], ...]] = (
    ("audio", "AUDIO"), ("video", "VIDEO"), ("subtitles", "SUBTITLES"), ("closed_captions", "CLOSED-CAPTIONS"),
)  # fmt: skip
_CELLULAR_BPS: Final = 192_000
_HD_HEIGHT: Final = 720


def choices_of(package: Package) -> MultivariantPlaylist:
    """Return what the multivariant playlist says; nothing where there is none."""
    found = package.choices
    return found if found is not None else MultivariantPlaylist(())


def every_choice(package: Package) -> tuple[Choice, ...]:
    """Return the variants, those of key pictures after the others."""
    choices = choices_of(package)
    return (*choices.variants, *choices.iframe_variants)


def _pictured(package: Package) -> Iterator[tuple[Variant, Stream | None]]:
    """Yield the variants that have pictures, or may have."""
    for variant in choices_of(package).variants:
        stream = package.stream(variant.uri)
        if stream is None or stream.role == "video":
            yield variant, stream


def _dangling(package: Package) -> Seen:
    choices = choices_of(package)
    misses = tuple(
        Miss(one.uri, f'{kind} group "{named}" has no rendition')
        for one in choices.variants
        for attribute, kind in GROUPS
        if (named := getattr(one, attribute)) is not None
        and not (kind == "CLOSED-CAPTIONS" and named == "NONE")
        and not choices.group(kind, named)
    )
    return Seen(counted(len({(one.type, one.group_id) for one in choices.renditions}), "group"), misses)


def _has_renditions(package: Package) -> str | None:
    return None if choices_of(package).renditions else "there is no EXT-X-MEDIA"


def _names_groups(package: Package) -> str | None:
    named = any(getattr(one, attribute) for one in choices_of(package).variants for attribute, _ in GROUPS)
    return None if named else "no variant names a group"


def _grouped(look: Callable[[str, tuple[str, ...], int], str | None]) -> Callable[[Package], Seen]:
    """Return the look at each group: its name, its renditions' names, and how many are the default."""

    def seen(package: Package) -> Seen:
        key = lambda one: (one.type, one.group_id)  # noqa: E731 - one key for both
        misses, count = [], 0
        for (kind, group_id), members in groupby(sorted(choices_of(package).renditions, key=key), key):
            listed = tuple(members)
            count += 1
            told = look(f"{kind} {group_id}", tuple(one.name for one in listed), sum(one.is_default for one in listed))
            if told is not None:
                misses.append(Miss(f'{kind} group "{group_id}"', told))
        return Seen(counted(count, "group"), tuple(misses))

    return seen


def _repeated(_: str, names: tuple[str, ...], __: int) -> str | None:
    twice = sorted({name for name in names if names.count(name) > 1})
    return f"more than one is named {', '.join(twice)}" if twice else None


def _defaults(_: str, __: tuple[str, ...], defaults: int) -> str | None:
    return f"{defaults} are the default" if defaults > 1 else None


def _alike(package: Package) -> Seen:
    """Hold groups of one type against the first: what is there must be in all of them, but for how it is encoded."""
    groups: dict[str, dict[str, dict[str, Rendition]]] = {}
    for one in choices_of(package).renditions:
        groups.setdefault(one.type, {}).setdefault(one.group_id, {})[one.name] = one
    misses = []
    for kind, found in groups.items():
        (first_id, first), *others = found.items()
        told = ((group_id, _unlike(first_id, first, group)) for group_id, group in others)
        misses += [Miss(f'{kind} group "{group_id}"', what) for group_id, what in told if what is not None]
    return Seen(counted(sum(map(len, groups.values())), "group"), tuple(misses))


def _unlike(first_id: str, first: Mapping[str, Rendition], group: Mapping[str, Rendition]) -> str | None:
    """Return how a group is otherwise than the first, None where it is not; members are known by their names."""
    missing, more = (sorted(ours.keys() - theirs.keys()) for ours, theirs in ((first, group), (group, first)))
    if missing or more:
        told = [f"lacks {', '.join(missing)}"] if missing else []
        told += [f"has {', '.join(more)}"] if more else []
        return f'it {" and ".join(told)}, unlike "{first_id}"'
    others = {name: replace(one, group_id=first_id, uri=first[name].uri, channels=first[name].channels)
              for name, one in group.items()}  # fmt: skip
    changed = sorted(name for name, one in others.items() if one != first[name])
    return f'{", ".join(changed)} is described otherwise than in "{first_id}"' if changed else None


def _has_several_groups(package: Package) -> str | None:
    groups = {(one.type, one.group_id) for one in choices_of(package).renditions}
    return None if len(groups) > len({kind for kind, _ in groups}) else "no kind of renditions has several groups"


def _rendition_rules(package: Package) -> Seen:
    misses = []
    for one in choices_of(package).renditions:
        faults = (
            (one.is_forced and one.type != "SUBTITLES", "FORCED is for subtitles"),
            (one.type == "SUBTITLES" and one.uri is None, "subtitles need a URI"),
            (one.type == "CLOSED-CAPTIONS" and one.uri is not None, "closed captions have no URI"),
            (one.type == "CLOSED-CAPTIONS" and one.instream_id is None, "closed captions need INSTREAM-ID"),
        )
        misses += [Miss(f"EXT-X-MEDIA {one.name}", told) for is_broken, told in faults if is_broken]
    return Seen(counted(len(choices_of(package).renditions), "rendition"), tuple(misses))


def _stated(
    attribute: str, of: Literal["variants", "iframe_variants"], tag: str, *, only_pictured: Callable[..., bool]
) -> Callable[[Package], Seen]:
    """Return the look whether each variant has an attribute."""

    def look(package: Package) -> Seen:
        every: tuple[Choice, ...] = getattr(choices_of(package), of)
        asked = [one for one in every if only_pictured(package, one)]
        misses = tuple(Miss(one.uri, f"{tag} is missing") for one in asked if not getattr(one, attribute))
        return Seen(f"on {len(asked) - len(misses)} of {counted(len(asked), 'variant')}", misses)

    return look


def _any(_: Package, __: Choice) -> bool:
    return True


def _has_pictures(package: Package, one: Choice) -> bool:
    stream = package.stream(one.uri)
    return stream is None or stream.role in ("video", "key pictures")


def _ranges_stated(package: Package) -> Seen:
    misses = tuple(Miss(one.uri, "VIDEO-RANGE is missing") for one, _ in _pictured(package) if one.video_range is None)
    return Seen(f"{counted(len(misses), 'variant')} without", misses)


def _is_not_all_sdr(package: Package) -> str | None:
    found = ranges_of(stream for _, stream in _pictured(package) if stream is not None)
    told = {one.video_range for one in choices_of(package).variants}
    return "every stream is SDR" if found <= {"SDR"} and told <= {None, "SDR"} else None


def _several(package: Package) -> Seen:
    uris = {one.uri for one, _ in _pictured(package)}
    misses = (Miss(package.master_uri, f"{counted(len(uris), 'stream')} of pictures"),) if len(uris) < 2 else ()
    return Seen(counted(len(uris), "stream"), misses)


def _top_sizes(package: Package) -> Seen:
    sized = [one for one, _ in _pictured(package) if one.resolution is not None]
    top = max(one.resolution for one in sized if one.resolution is not None)
    count = len({one.uri for one in sized if one.resolution == top})
    misses = (Miss(package.master_uri, f"{counted(count, 'variant')} of {top[0]}x{top[1]}"),) if count < 2 else ()
    return Seen(f"{count} of {top[0]}x{top[1]}", misses)


def _is_hd(package: Package) -> str | None:
    sizes = [min(one.resolution) for one, _ in _pictured(package) if one.resolution is not None]
    return None if sizes and max(sizes) >= _HD_HEIGHT else "no variant is HD"


def _independent(package: Package) -> Seen:
    told = choices_of(package).has_independent_segments
    return Seen("stated" if told else "not stated", () if told else (Miss(package.master_uri, "it does not say so"),))


def _independent_streams(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses = tuple(
            Miss(one.uri, "it does not say so")
            for one in streams
            if one.playlist is not None and not one.playlist.has_independent_segments
        )
        return Seen(f"{len(streams) - len(misses)} of {counted(len(streams), 'playlist')}", misses)

    return over_streams(package.having("video"), look)


def _is_not_stated_at_once(package: Package) -> str | None:
    return "the multivariant playlist says so for all" if choices_of(package).has_independent_segments else None


def _parted(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses = tuple(
            Miss(one.uri, "pictures and sound in one segment")
            for one in streams
            if any(isinstance(piece.content, Media) and piece.content.tracks > 1 for piece in one.pieces)
            or any(len(init.segment.tracks) > 1 for init in one.inits)
        )
        return Seen(f"in {len(streams) - len(misses)} of {counted(len(streams), 'stream')}", misses)

    return over_streams(package.having("video"), look)


def _ordered(package: Package) -> Seen:
    """Hold the order of renditions in one language: what is for all comes before what is for some."""
    misses = []
    key = lambda one: (one.type, one.group_id, one.language or "")  # noqa: E731 - one key for both
    for _, members in groupby(sorted(choices_of(package).renditions, key=key), key):
        listed = [(len(one.characteristics) > 0 or one.is_forced, one.name) for one in members]
        special = [is_special for is_special, _ in listed]
        if special != sorted(special):
            misses.append(Miss(package.master_uri, f"{listed[special.index(True)][1]} stands before a general one"))
    return Seen(counted(len(choices_of(package).renditions), "rendition"), tuple(misses))


def _scored(package: Package) -> Seen:
    variants = choices_of(package).variants
    bare = [one for one in variants if one.score is None]
    misses = tuple(Miss(one.uri, "SCORE is missing") for one in bare) if len(bare) < len(variants) else ()
    return Seen(f"on {len(variants) - len(bare)} of {counted(len(variants), 'variant')}", misses)


def _has_scores(package: Package) -> str | None:
    return None if any(one.score is not None for one in choices_of(package).variants) else "no variant has a score"


def _audio_only(package: Package) -> Seen:
    found = [one for one in choices_of(package).variants
             if (stream := package.stream(one.uri)) is not None and stream.role == "audio"]  # fmt: skip
    return Seen(f"{counted(len(found), 'variant')}", tuple(Miss(one.uri, "it has no pictures") for one in found))


def _has_peaks(package: Package) -> str | None:
    """Apply where something lasts long enough to have a peak bit rate: half of its target duration (RFC 8216, 4.1)."""
    played = ((one.duration, one.playlist) for one in package.having("video"))
    lasting = [playlist is not None and 2 * seconds >= playlist.target_duration for seconds, playlist in played]
    return None if any(lasting) else "nothing lasts half of its target duration, so that there are no peaks"


def _cellular(package: Package) -> Seen:
    told = [one.bandwidth for one in choices_of(package).variants if one.bandwidth is not None]
    least = min(told, default=0)
    misses = (Miss(package.master_uri, f"the least is {least / 1000:.1f} kb/s"),) if least > _CELLULAR_BPS else ()
    return Seen(f"{least / 1000:.1f} kb/s", misses)


_KEYS: Final = all_of(needs_master, needs("key pictures"))
_VIDEO: Final = all_of(needs_master, needs("video"))
_RENDITIONS: Final = all_of(needs_master, _has_renditions)
RULES: Final = (
    Rule("RFC 8216 4.3.4.2a", "MUST", "groups that variants name are there", "a rendition each",
         all_of(needs_master, _names_groups), _dangling),
    Rule("RFC 8216 4.3.4.1a", "MUST", "renditions of a group have names of their own", "NAME once in a group",
         _RENDITIONS, _grouped(_repeated)),
    Rule("RFC 8216 4.3.4.1b", "MUST", "a group has one default at most", "DEFAULT=YES once in a group",
         _RENDITIONS, _grouped(_defaults)),
    Rule("RFC 8216 4.3.4.1.1", "MUST", "groups of one kind have the same members", "languages, names and marks",
         all_of(needs_master, _has_several_groups), _alike),
    Rule("RFC 8216 4.3.4.1c", "MUST", "attributes of renditions fit each other", "4.3.4.1", _RENDITIONS,
         _rendition_rules),
    Rule("9.1", "MUST", "variants name their codecs", "CODECS", needs_master,
         _stated("codecs", "variants", "CODECS", only_pictured=_any)),
    Rule("9.3", "MUST", "I-frame variants name their codec", "CODECS", _KEYS,
         _stated("codecs", "iframe_variants", "CODECS", only_pictured=_any)),
    Rule("9.2", "MUST", "variants say their size", "RESOLUTION", _VIDEO,
         _stated("resolution", "variants", "RESOLUTION", only_pictured=_has_pictures)),
    Rule("9.4", "MUST", "I-frame variants say their size", "RESOLUTION", _KEYS,
         _stated("resolution", "iframe_variants", "RESOLUTION", only_pictured=_has_pictures)),
    Rule("9.5", "SHOULD", "pictures and sound are parted", "one track in a segment", needs("video"), _parted),
    Rule("9.9", "MUST", "there are several bit rates", "≥ 2 streams of pictures", _VIDEO, _several),
    Rule("9.10", "SHOULD", "there are several variants of the largest size", "≥ 2", all_of(_VIDEO, _is_hd), _top_sizes),
    Rule("9.11", "SHOULD", "all segments are said to be independent", "EXT-X-INDEPENDENT-SEGMENTS", needs_master,
         _independent),
    Rule("9.12", "MUST", "else each stream of pictures says so", "EXT-X-INDEPENDENT-SEGMENTS",
         all_of(needs("video"), _is_not_stated_at_once), _independent_streams),
    Rule("9.14", "MUST", "variants say their average rate", "AVERAGE-BANDWIDTH", needs_master,
         _stated("average_bandwidth", "variants", "AVERAGE-BANDWIDTH", only_pictured=_any)),
    Rule("9.15", "MUST", "variants say their frame rate", "FRAME-RATE", _VIDEO,
         _stated("frame_rate", "variants", "FRAME-RATE", only_pictured=_has_pictures)),
    Rule("9.16", "MUST", "variants say their dynamic range", "VIDEO-RANGE", all_of(_VIDEO, _is_not_all_sdr),
         _ranges_stated),
    Rule("9.17", "SHOULD", "within a language, the general stands first", "then the special", _RENDITIONS, _ordered),
    Rule("9.19", "MUST", "all variants have a score or none", "SCORE", all_of(needs_master, _has_scores), _scored),
    Rule("9.20", "MUST", "no variant is sound alone (tvOS)", "pictures in each", _VIDEO, _audio_only),
    Rule("9.21", "MUST", "one variant is for slow networks (iOS)", "BANDWIDTH ≤ 192 kb/s",
         all_of(needs_master, _has_peaks), _cellular),
)  # fmt: skip
