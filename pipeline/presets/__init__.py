"""Presets: what platforms accept, which highlights are chosen, how clips look, what packages have, regions and blocks.

schemas   the only place where a preset's field is declared
faults    what is wrong that no field can tell alone
files     where presets lie, loaded and checked
table     a preset as rows, with where its figures were found
"""

from pipeline.presets.files import (
    DEFAULT_HIGHLIGHTS,
    DEFAULT_STYLE,
    check_presets,
    is_usual_style,
    list_presets,
    load_block,
    load_highlights,
    load_ladder,
    load_ladders,
    load_platform,
    load_platforms,
    load_preset,
    load_region,
    load_regions,
    load_style,
    preset_file,
)
from pipeline.presets.schemas import (
    SCHEMAS,
    Avoid,
    BlockPreset,
    Fades,
    HighlightKind,
    HighlightsPreset,
    LadderPreset,
    Montage,
    PlatformPreset,
    RegionPreset,
    Source,
    Spoilers,
    StylePreset,
    Weights,
)
from pipeline.presets.table import (
    describe,
)

__all__ = [
    "DEFAULT_HIGHLIGHTS",
    "DEFAULT_STYLE",
    "SCHEMAS",
    "Avoid",
    "BlockPreset",
    "Fades",
    "HighlightKind",
    "HighlightsPreset",
    "LadderPreset",
    "Montage",
    "PlatformPreset",
    "RegionPreset",
    "Source",
    "Spoilers",
    "StylePreset",
    "Weights",
    "check_presets",
    "describe",
    "is_usual_style",
    "list_presets",
    "load_block",
    "load_highlights",
    "load_ladder",
    "load_ladders",
    "load_platform",
    "load_platforms",
    "load_preset",
    "load_region",
    "load_regions",
    "load_style",
    "preset_file",
]
