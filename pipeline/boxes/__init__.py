"""The only reader and writer of ISO-BMFF (MP4) boxes: read a file's tables, compare it with a plan, join tracks.

atoms        the grammar: boxes within bounds, fields within boxes
samples      sample tables as values, and what their times add up to
formats      sample entries: H.264 pictures, AAC sound
movie        read_movie(path) → Movie
outline      read_outline(path) → Outline: what boxes say of any file of the family, also where there is no Movie
nals         whether keyframes are IDR pictures
codecs       the names of codecs for CODECS, and what their configurations say
parameter_sets, hevc, av1   what streams say of their pictures, read by `bits`
fragments, runs   read_init(data), read_segment(data, init): what HLS and DASH serve
conformance  find_differences(movie, expectation), verify_file(path, expectation)
loudness     how loud a track says that it is
chapters     places to go to, as a track and as a list
headers      the movie box, written
join         join(pictures=, sound=, target=, chapters=)
segments     pack_init(track), write_segments(movie, targets, borders=, times=): CMAF segments of a file's one track
"""

from pipeline.boxes.chapters import MOST_CHAPTERS, FoundChapters, read_chapters, shortened_title
from pipeline.boxes.conformance import (
    Difference,
    Expectation,
    PictureExpectation,
    SoundExpectation,
    find_differences,
    verify_file,
)
from pipeline.boxes.join import JOIN_VERSION, join
from pipeline.boxes.loudness import StatedLoudness
from pipeline.boxes.movie import Movie, Track, read_movie
from pipeline.boxes.outline import Outline, read_outline
from pipeline.boxes.segments import SEGMENTS_VERSION, KeyPicture, WrittenSegment, even_times, pack_init, write_segments

__all__ = [
    "JOIN_VERSION",
    "MOST_CHAPTERS",
    "SEGMENTS_VERSION",
    "Difference",
    "Expectation",
    "FoundChapters",
    "KeyPicture",
    "Movie",
    "Outline",
    "PictureExpectation",
    "SoundExpectation",
    "StatedLoudness",
    "Track",
    "WrittenSegment",
    "even_times",
    "find_differences",
    "join",
    "pack_init",
    "read_chapters",
    "read_movie",
    "read_outline",
    "shortened_title",
    "verify_file",
    "write_segments",
]
