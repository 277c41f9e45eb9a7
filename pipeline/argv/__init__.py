"""Render nodes → ffmpeg arguments, through ffmpeg-python's graph; and the recipe keys that follow from them.

Pure: paths come from `locate`, a function from an input's key to what stands after `-i`. A key is made from the very
arguments, with keys in place of paths, so that nothing that changes an output can be forgotten in it.
"""

from pipeline.argv.keys import card_key, key_as_url, recipe_key, told, told_key, words_of
from pipeline.argv.ladder import ladder_argv
from pipeline.argv.picture import picture_argv, poster_argv
from pipeline.argv.picture_forms import told_picture
from pipeline.argv.probes import NEIGHBOURS, ProbeTargets, probe_argv
from pipeline.argv.proxies import proxy_argv
from pipeline.argv.sound import (
    aac_frames,
    decoded_loudness_argv,
    loudness_argv,
    sound_argv,
    span_loudness_argv,
    told_sound,
)
from pipeline.argv.terms import Locate
from pipeline.argv.views import SCALE_FLAGS

__all__ = [
    "NEIGHBOURS",
    "SCALE_FLAGS",
    "Locate",
    "ProbeTargets",
    "aac_frames",
    "card_key",
    "decoded_loudness_argv",
    "key_as_url",
    "ladder_argv",
    "loudness_argv",
    "picture_argv",
    "poster_argv",
    "probe_argv",
    "proxy_argv",
    "recipe_key",
    "sound_argv",
    "span_loudness_argv",
    "told",
    "told_key",
    "told_picture",
    "told_sound",
    "words_of",
]
