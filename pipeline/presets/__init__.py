"""Presets: what platforms accept, which highlights are chosen, how clips look, what packages have, regions and blocks.

schemas   the only place where a preset's field is declared
faults    what is wrong that no field can tell alone
files     where presets lie, loaded and checked
table     a preset as rows, with where its figures were found
forms     a schema as the fields of a form, with what each may be
text      a preset's TOML as plain words, and back
rewriting its text changed in place, with comments kept
"""

from pipeline.presets.files import (
    DEFAULT_HIGHLIGHTS,
    DEFAULT_STYLE,
    ID_PATTERN,
    PresetFile,
    check_preset,
    check_presets,
    is_shipped,
    is_shipped_folder,
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
    own_folder,
    preset_file,
    trying,
)
from pipeline.presets.schemas import (
    SCHEMAS,
    Avoid,
    BlockPreset,
    Fades,
    HighlightKind,
    HighlightsPreset,
    Kind,
    LadderPreset,
    Montage,
    PlatformPreset,
    Preset,
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
    "ID_PATTERN",
    "SCHEMAS",
    "Avoid",
    "BlockPreset",
    "Fades",
    "HighlightKind",
    "HighlightsPreset",
    "Kind",
    "LadderPreset",
    "Montage",
    "PlatformPreset",
    "Preset",
    "PresetFile",
    "RegionPreset",
    "Source",
    "Spoilers",
    "StylePreset",
    "Weights",
    "check_preset",
    "check_presets",
    "describe",
    "is_shipped",
    "is_shipped_folder",
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
    "own_folder",
    "preset_file",
    "trying",
]
