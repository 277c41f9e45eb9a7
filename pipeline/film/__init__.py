"""film.toml: what people know and decide about one film.

fields    what stands in it, field by field
moments   times as people write them
times     the same as exact seconds
text      its text in and out, comments kept
faults    what is wrong with it, in sentences
page      docs/film-toml.md
"""

from pipeline.film.fields import (
    DIGEST_PATTERN,
    AddedPart,
    CaptionFile,
    Decision,
    Film,
    FilmRegion,
    NotedSpan,
    RejectedSpan,
    ReplacedSpan,
)
from pipeline.film.moments import Moment, time_of
from pipeline.film.page import describe_film_toml
from pipeline.film.text import overlaid, parse_film, rewritten
from pipeline.film.times import (
    FilmTimes,
    RegionTimes,
    ResolvedSpan,
    resolve_region,
    resolve_times,
)

__all__ = [
    "DIGEST_PATTERN",
    "AddedPart",
    "CaptionFile",
    "Decision",
    "Film",
    "FilmRegion",
    "FilmTimes",
    "Moment",
    "NotedSpan",
    "RegionTimes",
    "RejectedSpan",
    "ReplacedSpan",
    "ResolvedSpan",
    "describe_film_toml",
    "overlaid",
    "parse_film",
    "resolve_region",
    "resolve_times",
    "rewritten",
    "time_of",
]
