"""A proxy's node becomes this very command line, and a key that no field is missing from."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from pipeline.argv import key_as_url, proxy_argv
from pipeline.containers import CONTAINERS
from pipeline.facts import Colour
from pipeline.graph import (
    LEAD_IN,
    X264,
    FilmPicture,
    FilmSound,
    Mix,
    MixedChannel,
    ProxyEncode,
    Share,
    SoundEncode,
    Stretch,
)
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24000, 1001))
SDR = Colour("bt709", "bt709", "bt709", False)
FILM = FilmPicture("a" * 64, 0, Fraction(5, 2), 240, RATE, None, SDR, "progressive", 1920, 1080)
CODER = X264("superfast", Fraction(28), 3111, 3111, 12, 0, 1, "3.1", 1)
MIX = Mix("stereo", (MixedChannel("FL", (Share("FC", Fraction(1)),)), MixedChannel("FR", (Share("FC", Fraction(1)),))))
HEARD = FilmSound("a" * 64, 1, MIX, Fraction(5, 2) - Fraction(LEAD_IN, 48000), 480480 + LEAD_IN, None)
SOUND = SoundEncode((Stretch((HEARD,), 0, 0, 480480),), (None,), 96, "fast")
NODE = ProxyEncode(FILM, None, 960, 540, CODER, SOUND)
TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
TO_709 = "in_color_matrix=bt709:in_range=limited:out_color_matrix=bt709:out_range=limited"
SCALED = (
    TAGS,
    f"scale=flags=bilinear+bitexact:h=540:{TO_709}:w=960",
    "sidedata=mode=delete", "setsar=1", "format=yuv420p", TAGS,
)  # fmt: skip
KEYFRAMES = "keyint=12:min-keyint=1:scenecut=0:open-gop=0:cpu-independent=1:8x8dct=1"


def chain(*filters: str, source: str, first: int = 0) -> str:
    links = [source, *(f"s{number}" for number in range(first, first + len(filters)))]
    return ";".join(f"[{links[index]}]{name}[{links[index + 1]}]" for index, name in enumerate(filters))


def graph_of(argv: tuple[str, ...]) -> str:
    return argv[argv.index("-filter_complex") + 1]


def test_a_film_with_sound_is_this_command() -> None:
    picture = chain(
        "setpts=round(PTS-(5/2)/TB)", "fps=fps=24000/1001:round=near:start_time=0", "tpad=stop=2:stop_mode=clone",
        "trim=end_frame=240", "settb=expr=1001/24000", "setpts=N", "fps=fps=24000/1001", *SCALED, source="0:0",
    )  # fmt: skip
    sound = chain(
        "atrim=start=2.414646", "asetpts=round(PTS-(1811/750)/TB)", "aformat=sample_fmts=fltp",
        r"pan=args=stereo|FL\\=1*FC|FR\\=1*FC", "aresample=48000:async=1:first_pts=0:min_hard_comp=0.01",
        "aformat=channel_layouts=stereo:sample_fmts=fltp", "apad=whole_len=484576", "atrim=end_sample=484576",
        "asettb=expr=1/48000", "asetpts=N", "apad=whole_len=485376", "atrim=end_sample=485376",
        source="0:1", first=13,
    )  # fmt: skip
    assert proxy_argv(NODE, "file:/store/x.mp4", lambda key: f"file:/films/{key[:1]}.mov") == (
        "-copyts", "-format_whitelist", ",".join(CONTAINERS), "-protocol_whitelist", "file",
        "-i", "file:/films/a.mov", "-filter_complex", f"{picture};{sound}", "-map", "[s12]", "-map", "[s24]",
        "-f", "mp4", "-aac_coder", "fast", "-ar", "48000", "-b:a", "96k", "-bf", "0",
        "-bsf:a", r"noise=drop=lt(n\,5),setts=pts=PTS-4096:dts=DTS-4096", "-bufsize", "3111k", "-c:a", "aac",
        "-c:v", "libx264", "-crf", "28", "-enc_time_base:v", "filter", "-fflags", "+bitexact",
        "-flags:a", "+bitexact", "-flags:v", "+bitexact", "-fps_mode", "passthrough", "-g", "12", "-level:v", "3.1",
        "-map_metadata", "-1", "-maxrate", "3111k", "-movflags", "+faststart+negative_cts_offsets",
        "-preset", "superfast", "-profile:a", "aac_low", "-profile:v", "high", "-refs", "1", "-threads:v", "1",
        "-use_editlist", "0", "-video_track_timescale", "24000", "-write_btrt", "0", "-x264-params", KEYFRAMES,
        "file:/store/x.mp4",
    )  # fmt: skip


def test_pictures_of_a_variable_rate_keep_their_times() -> None:
    argv = proxy_argv(replace(NODE, timescale=90_000, sound=None), "out", key_as_url)
    assert graph_of(argv) == chain("setpts=round(PTS-(5/2)/TB)", "settb=expr=1/90000", *SCALED, source="0:0")
    assert argv[argv.index("-video_track_timescale") + 1] == "90000"
    assert argv[argv.index("-x264-params") + 1] == f"{KEYFRAMES}:fps=24000/1001"


def test_interlaced_films_are_deinterlaced_first() -> None:
    argv = proxy_argv(replace(NODE, film=replace(FILM, scan="top first"), sound=None), "out", key_as_url)
    assert graph_of(argv).startswith(
        "[0:0]setfield=tff[s0];[s0]bwdif=deint=interlaced:mode=send_frame:parity=auto[s1];"
    )


def test_every_field_changes_the_command() -> None:
    changes: dict[str, Any] = {
        "film": replace(FILM, source="b" * 64),
        "timescale": 1000,
        "width_px": 480,
        "height_px": 270,
        "encoder": replace(CODER, crf=Fraction(30)),
        "sound": None,
    }
    assert set(changes) == {field.name for field in fields(ProxyEncode)}
    commands = {proxy_argv(replace(NODE, **{name: value}), "out", key_as_url) for name, value in changes.items()}
    assert len(commands | {proxy_argv(NODE, "out", key_as_url)}) == len(changes) + 1
