"""What is wrong with a preset that no field of it can tell alone."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.ladders import encoding_faults, ladder_faults
from pipeline.limits import Limit
from pipeline.presets.schemas import (
    BlockPreset,
    HighlightsPreset,
    LadderPreset,
    PlatformPreset,
    Preset,
    RegionPreset,
    StylePreset,
    Weights,
)
from pipeline.styles import contrast
from pipeline.tables import Schema, nearest_name, show_value

# What WCAG 2.2 asks for, for text and for large text (w3.org/TR/WCAG22/#contrast-minimum).
_TEXT_CONTRAST, _LARGE_CONTRAST = 4.5, 3


def find_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    """Yield (field, value, what is allowed) for what no field can tell alone."""
    yield from _source_faults(preset)
    yield from _platform_faults(preset)
    yield from _highlights_faults(preset)
    yield from _style_faults(preset)
    yield from _ladder_faults(preset)
    yield from _region_faults(preset)
    yield from _block_faults(preset)


def _source_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, PlatformPreset | BlockPreset):
        return
    for field, limit in _limits(preset, ""):
        if limit.source not in preset.sources:
            hint = nearest_name(limit.source, preset.sources)
            allowed = f"it should name a table under [sources]{hint}; known: {', '.join(preset.sources) or 'none'}"
            yield f"{field}.source", f'"{limit.source}"', allowed
    for name, source in preset.sources.items():
        needed = "note" if source.certainty == "practice" else "url"
        if getattr(source, needed) is None:
            yield f"sources.{name}.{needed}", "", f"it must be given where certainty is {source.certainty}"


def _platform_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, PlatformPreset):
        return
    width, height = preset.picture.width_px.prefer, preset.picture.height_px.prefer
    across, down = map(int, preset.picture.aspect.split(":"))
    if width * down != height * across or width % 2 or height % 2:
        allowed = "the preferred width and height should be even and have exactly this shape"
        yield "picture.aspect", f'"{preset.picture.aspect}" with {width}x{height}', allowed
    zone = preset.safe_zone
    if zone and (zone.left_px + zone.right_px >= width or zone.top_px + zone.bottom_px >= height):
        yield "safe_zone", "all of the picture", f"something of {width}x{height} should be left inside it"
    if zone and zone.rail and (zone.rail.width_px >= width or zone.rail.from_y_px >= height):
        yield "safe_zone.rail", "outside the picture", f"it should lie inside {width}x{height}"


def _highlights_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, HighlightsPreset):
        return
    montage, (shortest, longest) = preset.montage, preset.lengths_s
    if (preset.seconds_min is None) != (preset.seconds_max is None):
        missing, given = (
            ("seconds_min", "seconds_max") if preset.seconds_min is None else ("seconds_max", "seconds_min")
        )
        yield missing, "", f"it must be given where {given} is"
    if preset.seconds is not None and (preset.seconds_min or preset.seconds_max):
        yield "seconds", show_value(preset.seconds), "a length is either seconds or seconds_min to seconds_max"
    if shortest > longest:
        yield "seconds_min", show_value(shortest), f"it should be at most seconds_max ({longest})"
    if (preset.kind == "montage") != (montage is not None):
        wish = "has no such table" if montage else "needs this table"
        yield "montage", "given" if montage else "", f'kind "{preset.kind}" {wish}'
    if montage and montage.min_shot_s > montage.max_shot_s:
        yield (
            "montage.min_shot_s",
            show_value(montage.min_shot_s),
            f"it should be at most max_shot_s ({montage.max_shot_s})",
        )
    if not any(getattr(preset.weights, name) for name in Weights.model_fields):
        yield "weights", "all zero", "one weight at least should be above zero"
    if preset.sound.fade_in_s + preset.sound.fade_out_s > shortest:
        yield "sound", "longer than the clip", f"both fades together should fit into {shortest} seconds"


def _style_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, StylePreset):
        return
    look = preset.card_look
    for field, least in (("ink", _TEXT_CONTRAST), ("accent", _LARGE_CONTRAST)):
        if (found := contrast(getattr(look, field), look.ground)) < least:
            allowed = f"its contrast to ground {look.ground} is {found:.1f}, and it should be at least {least}"
            yield f"card_look.{field}", show_value(getattr(look, field)), allowed


def _ladder_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if isinstance(preset, LadderPreset):
        yield from encoding_faults(preset.codec, preset.encoding)
        yield from ladder_faults(preset.rungs, preset.sound, preset.rate_control)


def _region_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if not isinstance(preset, RegionPreset):
        return
    if not preset.countries:
        yield "countries", "[]", "it should have one country at least"
    for country in dict.fromkeys(one for one in preset.countries if preset.countries.count(one) > 1):
        yield (
            "countries",
            show_value(preset.countries),
            f"it should have each country once, and {country} is there again",
        )


def _block_faults(preset: Preset) -> Iterator[tuple[str, str, str]]:
    if isinstance(preset, BlockPreset) and preset.content_notes == "slate" and not preset.slate_s:
        yield "content_notes", '"slate"', "without slates (slate_s = 0) it should be 'card' or 'none'"


def _limits(table: Schema, prefix: str) -> Iterator[tuple[str, Limit]]:
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, Limit):
            yield f"{prefix}{name}", value
        elif isinstance(value, Schema):
            yield from _limits(value, f"{prefix}{name}.")
