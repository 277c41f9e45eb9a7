"""The only reader and writer of HLS playlists: values ↔ text, a rule's number beside each tag.

values      what playlists say: MediaPlaylist, MultivariantPlaylist and their parts
attributes  the grammar of attribute lists: NAME=value, quoted where it must be
lines       the grammar of lines: tags, addresses, numbers
reading     read_playlist(data) → Reading: values and every fault with its line, of anybody's playlist
            (media_reading, multivariant_reading: the tags of each kind)
writing     media_text(playlist), multivariant_text(playlist): text that reads back as the same values
"""

from pipeline.playlists.lines import Problem
from pipeline.playlists.reading import Reading, read_playlist
from pipeline.playlists.values import (
    ByteRange,
    DateRange,
    IframeVariant,
    InitSection,
    MediaPlaylist,
    MediaType,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
)
from pipeline.playlists.writing import media_text, multivariant_text, quotable

__all__ = [
    "ByteRange",
    "DateRange",
    "IframeVariant",
    "InitSection",
    "MediaPlaylist",
    "MediaType",
    "MultivariantPlaylist",
    "Problem",
    "Reading",
    "Rendition",
    "Segment",
    "Variant",
    "media_text",
    "multivariant_text",
    "quotable",
    "read_playlist",
]
