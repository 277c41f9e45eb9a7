"""Render nodes: immutable values that say which file is made from which inputs, and nothing of how ffmpeg is told.

Inputs are named by key (a master's digest, an artifact's key), never by path, so equal nodes are equal work wherever
the files lie. Every duration is in frames or samples of the output; every input time is in the input file's own time.

pictures    parts of films, stills, cards and black, windows on them, one encode; posters, and picture with sound
proxies     all of a film, small, for people who look through it
rungs       the renditions of a ladder: scaled and encoded from one drawn picture
sounds      stretches of films at their levels, and silence, encoded
"""

from pipeline.graph.pictures import (
    X264,
    BlackPicture,
    Captions,
    CardDrawing,
    CardSheet,
    Chapter,
    Container,
    FilmPicture,
    Join,
    Panel,
    PictureEncode,
    PicturePart,
    PixelFormat,
    Poster,
    ProRes,
    StillPicture,
    View,
    Window,
)
from pipeline.graph.proxies import ProxyEncode
from pipeline.graph.rungs import (
    ChunkEncode,
    RungEncoder,
    RungSvtAv1,
    RungX264,
    RungX265,
    ScaleStep,
    Take,
)
from pipeline.graph.sounds import (
    AAC_FRAME,
    LEAD_IN,
    SAMPLE_RATE_HZ,
    AacCoder,
    FilmSound,
    Layout,
    LevelledProgramme,
    LevelledSound,
    Levels,
    Mix,
    MixedChannel,
    Share,
    Silence,
    SoundCoding,
    SoundEncode,
    SoundGoal,
    SoundPart,
    Stretch,
)

__all__ = [
    "AAC_FRAME",
    "LEAD_IN",
    "SAMPLE_RATE_HZ",
    "X264",
    "AacCoder",
    "BlackPicture",
    "Captions",
    "CardDrawing",
    "CardSheet",
    "Chapter",
    "ChunkEncode",
    "Container",
    "FilmPicture",
    "FilmSound",
    "Join",
    "Layout",
    "LevelledProgramme",
    "LevelledSound",
    "Levels",
    "Mix",
    "MixedChannel",
    "Panel",
    "PictureEncode",
    "PicturePart",
    "PixelFormat",
    "Poster",
    "ProRes",
    "ProxyEncode",
    "RungEncoder",
    "RungSvtAv1",
    "RungX264",
    "RungX265",
    "ScaleStep",
    "Share",
    "Silence",
    "SoundCoding",
    "SoundEncode",
    "SoundGoal",
    "SoundPart",
    "StillPicture",
    "Stretch",
    "Take",
    "View",
    "Window",
]
