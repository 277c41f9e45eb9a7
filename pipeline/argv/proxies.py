"""The node of a proxy → ffmpeg arguments: one pass over a film."""

from __future__ import annotations

from typing import Any, Final

from pipeline.argv.encoders import x26x_options
from pipeline.argv.picture import film_frames, film_pictures, muxer_options
from pipeline.argv.sound import aac_sound
from pipeline.argv.terms import Locate, Stream, arguments, decimal, veiled
from pipeline.argv.views import converted, plain
from pipeline.graph import SAMPLE_RATE_HZ, ProxyEncode

# What is looked at to decide, not delivered: a plain scaler takes a third of the exact one's time.
_SCALE_FLAGS: Final = "bilinear+bitexact"


def proxy_argv(node: ProxyEncode, target: str, locate: Locate) -> tuple[str, ...]:
    """Return arguments that encode all of a film's pictures, each at its own time, and its sound."""
    import ffmpeg

    streams, options = [_picture(node, locate)], _picture_options(node)
    if node.sound is not None:
        sound, told = aac_sound(node.sound, locate)
        streams.append(sound)
        options = {**options, **told, "ar": SAMPLE_RATE_HZ, "flags:a": "+bitexact"}
    return arguments([ffmpeg.output(*streams, veiled(target), **options)])


def _picture(node: ProxyEncode, locate: Locate) -> Stream:
    film = node.film
    if node.timescale is None:
        stream = film_frames(film, 0, film.rate, locate)
    else:
        stream = film_pictures(film, 0, locate).filter("settb", expr=f"1/{node.timescale}")
    return plain(converted(stream, film, node.width_px, node.height_px, _SCALE_FLAGS))


def _picture_options(node: ProxyEncode) -> dict[str, Any]:
    encoder, rate = node.encoder, node.film.rate
    interval = encoder.keyframe_interval_frames
    own = {} if node.timescale is None else {"video_track_timescale": node.timescale}
    # Without a constant rate the encoder would take the time scale for one, and its cap would be of no use.
    told = "" if node.timescale is None else f":fps={rate}"
    return {
        "c:v": "libx264",
        **x26x_options(encoder),
        "crf": decimal(encoder.crf),
        "profile:v": "high",
        "level:v": encoder.level,
        "threads:v": encoder.threads,
        # Quick presets leave out the larger transform, by which a stream is of profile High.
        "x264-params": f"keyint={interval}:min-keyint=1:scenecut=0:open-gop=0:cpu-independent=1:8x8dct=1{told}",
        # No frames:v: ffmpeg would end the sound with the last picture, and it comes a lead-in later.
        **muxer_options(rate),
        **own,
    }
