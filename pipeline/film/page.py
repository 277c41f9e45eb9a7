"""docs/film-toml.md, made from the words about the fields."""

from __future__ import annotations

from pipeline.film.fields import (
    AddedPart,
    CaptionFile,
    Decision,
    Film,
    FilmRegion,
    NotedSpan,
    RejectedSpan,
    ReplacedSpan,
)
from pipeline.film.moments import MOMENT_ALLOWED
from pipeline.handbook import describe_fields


def describe_film_toml() -> str:
    """Return docs/film-toml.md."""
    return (
        "# film.toml\n\n"
        "What people know and decide about one film. It lies in `media/projects/<film>/` and is found by the master's\n"
        "digest, so that a rename keeps it. A `film.toml` beside the master, or for `harbour.mov` a\n"
        "`harbour.film.toml`, is read first and never written: what the project's file says replaces it field by\n"
        "field, but spans and decisions add up.\n"
        "Matinee changes the project's file in place and keeps your comments; where you saved it meanwhile,\n"
        "Matinee reports a conflict and writes nothing.\n\n"
        f"Times are {MOMENT_ALLOWED}. Timecode with `;` before the frames is drop-frame.\n"
        "They count from the first picture unless `timecode_start` says what timecode that picture has.\n\n"
        f"{describe_fields(Film)}\n"
        f"## always, never, locked\n\n{describe_fields(NotedSpan)}\n"
        '```toml\n[[never]]\nfrom = "00:21:07:12"\nto = "00:22:00:00"\nnote = "gives the ending away"\n```\n\n'
        f"## rejected\n\n{describe_fields(RejectedSpan)}\n"
        '```toml\n[[rejected]]\nfrom = "00:03:11:04"\nto = "00:03:56:04"\nnote = "too dark for a phone"\n```\n\n'
        f"## captions\n\n{describe_fields(CaptionFile)}\n"
        '```toml\n[[captions]]\nfile = "subtitles/final.es.srt"\nlanguage = "es"\n```\n\n'
        "Clips show captions in the language asked for, else in the film's own (`language`, or that of its sound),\n"
        "else the only ones there are.\n\n"
        f"## regions\n\n{describe_fields(FilmRegion)}\n"
        "What is left out is as the region's preset says (`matinee presets show de`), else as everywhere. A stretch\n"
        "that is removed or replaced in a region is in no clip that is cut for regions, unless a person locked it.\n\n"
        f"### regions.added\n\n{describe_fields(AddedPart)}\n"
        f"### regions.removed\n\n{describe_fields(NotedSpan)}\n"
        f"### regions.replaced\n\n{describe_fields(ReplacedSpan)}\n"
        '```toml\n[[regions]]\nid = "de"\ntitle = "Der rote Drachen"\nrating = "FSK 6"\n'
        'link = "https://example.org/roter-drachen"\n\n[[regions.added]]\nfile = "greeting-to-berlin.mov"\n'
        'place = "start"\n\n[[regions.removed]]\nfrom = "00:04:10:00"\nto = "00:04:16:12"\n'
        'note = "music not cleared"\n```\n\n'
        f"## decisions\n\n{describe_fields(Decision)}"
    )
