"""The only reader and writer of ISO-BMFF (MP4) boxes: read a file's tables, compare it with a plan, join tracks.

atoms        the grammar: boxes within bounds, fields within boxes
samples      sample tables as values, and what their times add up to
formats      sample entries: H.264 pictures, AAC sound
movie        read_movie(path) → Movie
nals         whether keyframes are IDR pictures
conformance  find_differences(movie, expectation), verify_file(path, expectation)
headers      the movie box, written
join         join(picture=, sound=, target=)
"""

from pipeline.boxes.conformance import (
    Difference,
    Expectation,
    PictureExpectation,
    SoundExpectation,
    find_differences,
    verify_file,
)
from pipeline.boxes.join import JOIN_VERSION, join
from pipeline.boxes.movie import Movie, Track, read_movie

__all__ = [
    "JOIN_VERSION",
    "Difference",
    "Expectation",
    "Movie",
    "PictureExpectation",
    "SoundExpectation",
    "Track",
    "find_differences",
    "join",
    "read_movie",
    "verify_file",
]
