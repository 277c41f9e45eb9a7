"""Nodes become these very command lines, and keys that no path enters and no field is missing from."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.argv import (
    SCALE_FLAGS,
    aac_frames,
    decoded_loudness_argv,
    key_as_url,
    ladder_argv,
    loudness_argv,
    picture_argv,
    recipe_key,
    sound_argv,
    span_loudness_argv,
    told,
    told_picture,
    words_of,
)
from pipeline.argv.forms import Form
from pipeline.camera import CameraPath, Knot
from pipeline.containers import CONTAINERS
from pipeline.facts import Colour
from pipeline.graph import (
    LEAD_IN,
    X264,
    BlackPicture,
    Captions,
    Chapter,
    ChunkEncode,
    FilmPicture,
    FilmSound,
    Join,
    LevelledProgramme,
    LevelledSound,
    Levels,
    Mix,
    MixedChannel,
    Panel,
    PictureEncode,
    Poster,
    ProRes,
    RungSvtAv1,
    RungX264,
    RungX265,
    ScaleStep,
    Share,
    Silence,
    SoundEncode,
    SoundGoal,
    SoundPart,
    StillPicture,
    Stretch,
    Take,
    View,
    Window,
)
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24000, 1001))
SDR = Colour("bt709", "bt709", "bt709", False)
ENCODER = X264("medium", Fraction(18), 8000, 9000, 48, 2, 3, "4.0", 4)
FILM = FilmPicture("a" * 64, 0, Fraction(1001, 100), 240, RATE, Fraction(901, 100), SDR, "progressive", 1920, 1080)


def view(
    window: tuple[int, int], corner: tuple[int, int], size: tuple[int, int], spot: tuple[int, int] = (0, 0)
) -> View:
    path = CameraPath.still(Fraction(corner[0]), Fraction(corner[1]))
    return View(240, (Panel(Window(*window, path), *spot, *size),))


TALL = view((608, 1080), (656, 0), (1080, 1920))
PICTURE = PictureEncode((FILM,), ((TALL,),), 1080, 1920, RATE, ENCODER)
FOLD = Mix(
    "stereo",
    (
        MixedChannel("FL", (Share("FL", Fraction(1)), Share("FC", Fraction("0.7071")))),
        MixedChannel("FR", (Share("c0", Fraction(1, 2)), Share("c1", -Fraction(1, 2)))),
    ),
)
STRETCH = Stretch((FilmSound("a" * 64, 1, FOLD, Fraction(1, 3), 52096, Fraction(2)),), 480, 960, 48000)
LEVELS = Levels(Fraction(53, 10), Fraction(-13, 10))

OPEN = ["-format_whitelist", ",".join(CONTAINERS), "-protocol_whitelist", "file"]
SCALE = f"scale=flags={SCALE_FLAGS}"
TO_709 = "in_color_matrix=bt709:in_range=limited:out_color_matrix=bt709:out_range=limited"
TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
BARE = "sidedata=mode=delete"
X264_PARAMS = "keyint=48:min-keyint=48:scenecut=0:open-gop=0:cpu-independent=1:stitchable=1"
ENCODED = [
    "-f", "mp4", "-bf", "2", "-bufsize", "9000k", "-c:v", "libx264", "-crf", "18", "-enc_time_base:v", "filter",
    "-fflags", "+bitexact", "-flags:v", "+bitexact", "-fps_mode", "passthrough", "-frames:v", "240", "-g", "48",
    "-level:v", "4.0", "-map_metadata", "-1", "-maxrate", "8000k", "-movflags", "+faststart+negative_cts_offsets",
    "-preset", "medium", "-profile:v", "high", "-refs", "3", "-threads:v", "4", "-use_editlist", "0",
    "-video_track_timescale", "24000", "-write_btrt", "0", "-x264-params", X264_PARAMS,
]  # fmt: skip


def _chain(*filters: str, source: str, first: int = 0) -> str:
    """Return filters in a row as the graph spells them, with links [s0], [s1] and so on."""
    links = [source, *(f"s{number}" for number in range(first, first + len(filters)))]
    return ";".join(f"[{links[index]}]{name}[{links[index + 1]}]" for index, name in enumerate(filters))


def _timed(frames: int, rate: str = "24000/1001", tick: str = "1001/24000") -> tuple[str, ...]:
    return (f"trim=end_frame={frames}", f"settb=expr={tick}", "setpts=N", f"fps=fps={rate}")


def _graph(argv: tuple[str, ...]) -> str:
    return argv[argv.index("-filter_complex") + 1]


def test_one_picture_is_this_command() -> None:
    graph = _chain(
        "setpts=round(PTS-(1001/100)/TB)", "fps=fps=24000/1001:round=near:start_time=0",
        "tpad=stop=2:stop_mode=clone", *_timed(240), "crop=608:1080:656:0:exact=1", TAGS,
        f"{SCALE}:h=1920:{TO_709}:w=1080", BARE, "setsar=1", "format=yuv420p", TAGS, source="0:0",
    )  # fmt: skip
    assert picture_argv([PICTURE], ["file:/store/x.mp4"], lambda key: f"file:/films/{key[:1]}.mov") == (
        "-copyts", *OPEN[:2], "-noaccurate_seek", *OPEN[2:], "-seek_timestamp", "1", "-ss", "9.01",
        "-i", "file:/films/a.mov", "-filter_complex", graph, "-map", "[s13]", *ENCODED, "file:/store/x.mp4",
    )  # fmt: skip


def test_two_pictures_of_the_same_parts_share_one_decode() -> None:
    whole = view((1920, 1080), (0, 0), (1920, 1080))
    wide = replace(PICTURE, views=((whole,),), width_px=1920, height_px=1080)
    argv = picture_argv([PICTURE, wide], ["one", "two"], key_as_url)
    assert argv.count("-i") == 1 and argv.count("-frames:v") == 2
    assert [argv[index + 1] for index, word in enumerate(argv) if word == "-map"] == [
        "[s16]",
        "[s23]",
    ] or "-map" in argv
    graph = _graph(argv)
    assert graph.count("split=2") == 1 and graph.count("round=near") == 1 and graph.count("scale=") == 2
    assert "crop=608:1080:656:0:exact=1" in graph and "crop=1920:1080:0:0:exact=1" in graph
    assert {"one", "two"} <= set(argv)
    with pytest.raises(ValueError, match="same parts and rate"):
        picture_argv([PICTURE, replace(wide, parts=(replace(FILM, frames=3),))], ["one", "two"], key_as_url)


def test_two_renditions_of_a_chunk_are_this_command() -> None:
    rate = FrameRate(Fraction(60000, 1001))
    film = replace(FILM, rate=rate)
    whole = replace(PICTURE, parts=(film,), views=((view((1920, 1080), (0, 0), (1920, 1080)),),), rate=rate)
    picture = replace(whole, width_px=1920, height_px=1080).drawn
    high = ChunkEncode(
        picture=picture,
        way=(),
        keyframes=(0, 61, 120),
        encoder=RungX264("medium", 3, 3, "4.2", 6685, 6000, 120, None),
        takes=(Take(61, Fraction(23)), Take(179, Fraction(20))),
    )
    low = ChunkEncode(
        picture=picture,
        way=(ScaleStep(416, 234, 2),),
        keyframes=(0, 31, 60),
        encoder=RungX264("medium", 3, 2, "1.3", 118, 100, 60, 110),
        takes=(),
    )
    full, half = ("60000/1001", "1001/60000"), ("30000/1001", "1001/30000")
    graph = ";".join([
        _chain(
            "setpts=round(PTS-(1001/100)/TB)", "fps=fps=60000/1001:round=near:start_time=0",
            "tpad=stop=2:stop_mode=clone", *_timed(240, *full), "crop=1920:1080:0:0:exact=1", TAGS,
            f"{SCALE}:h=1080:{TO_709}:w=1920", BARE, "setsar=1", "format=yuv420p", TAGS, source="0:0",
        ),
        "[s13]split=2[s14][s15]", "[s14]split=2[s16][s17]",
        _chain("trim=end_frame=61:start_frame=0", *_timed(0, *full)[1:], "addroi=0:0:iw:ih:qoffset=1/17", source="s16",
               first=18),
        _chain("trim=end_frame=240:start_frame=61", *_timed(0, *full)[1:], source="s17", first=23),
        "[s22][s26]concat=a=0:n=2:v=1[s27]", _chain(*_timed(0, *full)[1:], source="s27", first=28),
        _chain("framestep=step=2", *_timed(0, *half)[1:], f"scale=416:234:flags={SCALE_FLAGS}", "setsar=1",
               "format=yuv420p", TAGS, source="s15", first=31),
    ])  # fmt: skip
    params = "min-keyint=1:scenecut=0:open-gop=0:cpu-independent=1:stitchable=1"
    assert ladder_argv([high, low], ["file:/high.mp4", "file:/low.mp4"], lambda key: f"file:/films/{key[:1]}.mov") == (
        "-copyts", *OPEN[:2], "-noaccurate_seek", *OPEN[2:], "-seek_timestamp", "1", "-ss", "9.01",
        "-i", "file:/films/a.mov", "-filter_complex", graph,
        "-map", "[s30]", "-f", "mp4", "-bf", "3", "-bsf:v", "filter_units=remove_types=6", "-bufsize", "6000k",
        "-c:v", "libx264", "-crf", "20",
        "-enc_time_base:v", "filter", "-fflags", "+bitexact", "-flags:v", "+bitexact",
        "-force_key_frames", "0,1.017683,2.002", "-fps_mode", "passthrough", "-frames:v", "240", "-g", "120",
        "-level:v", "4.2", "-map_metadata", "-1", "-maxrate", "6685k", "-movflags", "+faststart+negative_cts_offsets",
        "-preset", "medium", "-profile:v", "high", "-refs", "3", "-threads:v", "1", "-use_editlist", "0",
        "-video_track_timescale", "60000", "-write_btrt", "0", "-x264-params", f"{params}:zones=0,0,b=1.4",
        "file:/high.mp4",
        "-map", "[s38]", "-f", "mp4", "-b:v", "110k", "-bf", "2", "-bsf:v", "filter_units=remove_types=6",
        "-bufsize", "100k", "-c:v", "libx264",
        "-enc_time_base:v", "filter", "-fflags", "+bitexact", "-flags:v", "+bitexact",
        "-force_key_frames", "0,1.034366,2.002", "-fps_mode", "passthrough", "-frames:v", "120", "-g", "60",
        "-level:v", "1.3", "-map_metadata", "-1", "-maxrate", "118k", "-movflags", "+faststart+negative_cts_offsets",
        "-preset", "medium", "-profile:v", "high", "-refs", "3", "-threads:v", "1", "-use_editlist", "0",
        "-video_track_timescale", "60000", "-write_btrt", "0", "-x264-params", params, "file:/low.mp4",
    )  # fmt: skip


def test_a_chunk_of_hevc_or_av1_is_told_its_encoder_by_this() -> None:
    both = {"way": (), "keyframes": (0, 31, 48), "picture": PICTURE.drawn}
    hevc = ChunkEncode(
        encoder=RungX265("medium", 3, 4, "4.0", 6685, 6000, 48, None),
        takes=(Take(31, Fraction(23)), Take(209, Fraction(20))),
        **both,  # type: ignore[arg-type]
    )
    graph, options = _told(ladder_argv([hevc], ["file:/out.mp4"], key_as_url))
    # Every frame has an offset, also where it is none.
    assert re.findall(r"qoffset=[^[,]+", graph) == ["qoffset=1/17", "qoffset=0/1"]
    assert options == {
        "-bf": "4", "-bufsize": "6000k", "-c:v": "libx265", "-crf": "20", "-force_key_frames": "0,1.292958,2.002",
        "-forced-idr": "1", "-frames:v": "240", "-g": "48", "-maxrate": "6685k", "-preset": "medium",
        "-profile:v": "main", "-refs": "3", "-tag:v": "hvc1",
        "-x265-params": "pools=none:frame-threads=1:log-level=error:no-info=1:level-idc=4.0:high-tier=0:keyint=48"
        ":min-keyint=1:scenecut=0:open-gop=0",
    }  # fmt: skip
    av1 = ChunkEncode(
        encoder=RungSvtAv1("8", "4.0", 6685, 48, None),
        takes=(Take(240, Fraction(121, 4)),),
        **both,  # type: ignore[arg-type]
    )
    graph, options = _told(ladder_argv([av1], ["file:/out.mp4"], key_as_url))
    assert "addroi" not in graph
    assert options == {
        "-c:v": "libsvtav1", "-force_key_frames": "0,1.292958,2.002", "-frames:v": "240", "-g": "48",
        "-level:v": "40", "-maxrate": "6685k", "-preset": "8", "-profile:v": "main",
        "-svtav1-params": "lp=1:crf=30.25:mbr-overshoot-pct=10",
    }  # fmt: skip
    held = replace(av1, encoder=replace(av1.encoder, average_kbps=3000), takes=())
    _, options = _told(ladder_argv([held], ["file:/out.mp4"], key_as_url))
    assert (options["-b:v"], options["-svtav1-params"]) == ("3000k", "lp=1:overshoot-pct=5:undershoot-pct=5")
    assert "-maxrate" not in options
    tight = replace(held, encoder=replace(held.encoder, maxrate_kbps=3200))
    _, options = _told(ladder_argv([tight], ["file:/out.mp4"], key_as_url))
    assert (options["-maxrate"], options["-svtav1-params"]) == ("3200k", "lp=1:crf=55:mbr-overshoot-pct=10")
    with pytest.raises(ValueError, match="one quality"):
        ladder_argv([replace(av1, takes=hevc.takes)], ["out"], key_as_url)


def _told(argv: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Return the filter graph of a command with one output, and the options that its encoder alone gets."""
    start = argv.index("-map") + 2
    options = dict(zip(argv[start:-1:2], argv[start + 1 :: 2], strict=False))
    muxers = ("-f", "-enc_time_base:v", "-fflags", "-flags:v", "-fps_mode", "-map_metadata", "-movflags",
              "-use_editlist", "-video_track_timescale", "-write_btrt")  # fmt: skip
    return argv[argv.index("-filter_complex") + 1], {key: options[key] for key in options if key not in muxers}


def test_black_and_stills_stand_between_films() -> None:
    parts = (BlackPicture(12), StillPicture("b" * 64, 24), BlackPicture(12))
    node = PictureEncode(parts, ((), (), ()), 1080, 1920, RATE, ENCODER)
    argv = picture_argv([node], ["out"], lambda key: f"file:/100%d/{key[:1]}.png")
    black = ["-f", "lavfi", "-i", "color=black:size=1080x1920:rate=24000/1001"]
    still = [
        "-f",
        "image2",
        "-framerate",
        "24000/1001",
        "-pattern_type",
        "none",
        "-i",
        "file:/100%d/b.png",
    ]
    assert list(argv[: argv.index("-filter_complex")]) == ["-copyts", *black, *still, *black]
    plain = f"scale=1080:1920:flags={SCALE_FLAGS}:out_color_matrix=bt709:out_range=limited"
    shown = (plain, "setsar=1", "format=yuv420p", TAGS)
    assert _graph(argv) == ";".join(
        [
            _chain("trim=end_frame=1", *shown, "loop=loop=-1:size=1", *_timed(12), source="0:v:0"),
            _chain(*shown, "loop=loop=-1:size=1", *_timed(24), source="1:v:0", first=10),
            _chain("trim=end_frame=1", *shown, "loop=loop=-1:size=1", *_timed(12), source="2:v:0", first=19),
            "[s9][s18][s28]concat=a=0:n=3:v=1[s29]",
            _chain(*_timed(0)[1:], source="s29", first=30),
        ]
    )
    assert argv[argv.index("-frames:v") + 1] == "48" and argv[argv.index("-map") + 1] == "[s32]"


def test_padding_is_black_around_the_picture() -> None:
    node = replace(PICTURE, views=((view((1920, 1080), (0, 0), (1080, 608), (0, 656)),),))
    assert "pad=1080:1920:0:656:color=#000000" in _graph(picture_argv([node], ["out"], key_as_url))


def test_interlaced_films_are_deinterlaced_before_anything_else() -> None:
    node = replace(PICTURE, parts=(replace(FILM, scan="interlaced"),))
    assert _graph(picture_argv([node], ["out"], key_as_url)).startswith("[0:0]bwdif=")
    told = replace(PICTURE, parts=(replace(FILM, scan="bottom first"),))
    assert _graph(picture_argv([told], ["out"], key_as_url)).startswith("[0:0]setfield=bff[s0];[s0]bwdif=")


@pytest.mark.parametrize(
    ("film", "clip", "step"), [("60", "30", "2"), ("60000/1001", "30000/1001", "2"), ("120", "30", "4")]
)
def test_a_divided_rate_takes_every_second_frame(film: str, clip: str, step: str) -> None:
    rate = FrameRate.parse(film)
    node = replace(PICTURE, parts=(replace(FILM, rate=rate),), rate=FrameRate.parse(clip))
    graph = _graph(picture_argv([node], ["out"], key_as_url))
    assert f"]fps=fps={rate}:round=near:start_time=0[s1];[s1]framestep=step={step}[s2]" in graph


def test_other_rates_are_met_by_the_nearest_frames() -> None:
    node = replace(PICTURE, rate=FrameRate(Fraction(25)))
    graph = _graph(picture_argv([node], ["out"], key_as_url))
    assert "fps=fps=25/1:round=near:start_time=0" in graph and "framestep" not in graph


def test_hdr_becomes_light_at_the_smaller_size_and_is_mapped_by_fixed_numbers() -> None:
    hdr = replace(FILM, colour=Colour("bt2020", "smpte2084", "bt2020nc", False))
    graph = _graph(picture_argv([replace(PICTURE, parts=(hdr,))], ["out"], key_as_url))
    words = ["zscale=", "transfer=linear", "w=min(iw", "gbrpf32le", "tonemap=", "gbrp16le", "scale=flags"]
    places = [graph.index(word) for word in words]
    assert places == sorted(places) and "npl=203" in graph
    assert "tonemap=desat=0:param=0.3:peak=49.26108:tonemap=mobius" in graph


def test_what_is_transparent_is_darkened_before_it_is_scaled() -> None:
    node = replace(PICTURE, parts=(replace(FILM, alpha="straight"),))
    graph = _graph(picture_argv([node], ["out"], key_as_url))
    assert graph.index("crop=") < graph.index("yuva444p16le") < graph.index("premultiply=") < graph.index("scale=flags")


def _encode(*parts: SoundPart, levels: Levels = LEVELS) -> SoundEncode:
    return SoundEncode(parts, tuple(levels if isinstance(part, Stretch) else None for part in parts), 192)


SOURCE = [
    "atrim=start=0.333312", "asetpts=round(PTS-(1/3)/TB)", "aformat=sample_fmts=fltp",
    "pan=args=stereo|FL\\\\=1*FL+0.7071*FC|FR\\\\=0.5*c0-0.5*c1",
    "aresample=48000:async=1:first_pts=0:min_hard_comp=0.01", "aformat=channel_layouts=stereo:sample_fmts=fltp",
    "apad=whole_len=52096", "atrim=end_sample=52096", "asettb=expr=1/48000", "asetpts=N",
]  # fmt: skip
FADED = ["afade=ns=480:ss=4096:t=in", "afade=ns=960:ss=51136:t=out"]
LEVELLED = [
    "volume=5.3dB:precision=float", "aresample=192000",
    "alimiter=attack=5:latency=1:level=0:limit=-1.3dB:release=80", "aresample=48000", "asettb=expr=1/48000",
    "asetpts=N", "aformat=channel_layouts=stereo:sample_fmts=fltp",
]  # fmt: skip


def test_sound_with_a_lead_in_is_this_command() -> None:
    whole = ["apad=whole_len=52224", "atrim=end_sample=52224"]  # 47 AAC frames after the lead-in
    assert sound_argv(_encode(STRETCH), "file:/x.m4a", lambda _: "file:/a.mov") == (
        "-copyts", *OPEN[:2], "-noaccurate_seek", *OPEN[2:], "-seek_timestamp", "1", "-ss", "2", "-i", "file:/a.mov",
        "-filter_complex", _chain(*SOURCE, *FADED, *LEVELLED, *whole, source="0:1"), "-map", "[s20]",
        "-f", "mp4", "-aac_coder", "twoloop", "-ar", "48000", "-b:a", "192k",
        "-bsf:a", "noise=drop=lt(n\\,5),setts=pts=PTS-4096:dts=DTS-4096", "-c:a", "aac", "-fflags", "+bitexact",
        "-flags:a", "+bitexact", "-map_metadata", "-1", "-movflags", "+faststart", "-profile:a", "aac_low",
        "-use_editlist", "0", "-write_btrt", "0", "file:/x.m4a",
    )  # fmt: skip


def test_sound_as_pcm_is_this_command() -> None:
    stretch = replace(STRETCH, fade_in=0, fade_out=0)
    argv = sound_argv(SoundEncode((stretch,), (None,), 192, coding="pcm"), "file:/out.mov", key_as_url)
    graph = argv[argv.index("-filter_complex") + 1]
    assert f"atrim=start_sample={LEAD_IN}" in graph and f"apad=whole_len={stretch.samples}" in graph
    assert f"atrim=end_sample={stretch.samples}" in graph
    assert argv[argv.index("-map") + 2 :] == (
        "-f", "mov", "-ar", "48000", "-c:a", "pcm_s24le", "-fflags", "+bitexact", "-flags:a", "+bitexact",
        "-map_metadata", "-1", "-movflags", "+faststart", "-use_editlist", "0", "-write_btrt", "0", "file:/out.mov",
    )  # fmt: skip


def test_prores_is_told_its_encoder_by_this() -> None:
    node = replace(PICTURE, encoder=ProRes(), pixels="yuv422p10le")
    argv = picture_argv([node], ["file:/out.mov"], key_as_url)
    assert "format=yuv422p10le" in argv[argv.index("-filter_complex") + 1]
    assert argv[argv.index("-map") + 2 :] == (
        "-f", "mov", "-c:v", "prores_ks", "-enc_time_base:v", "filter", "-fflags", "+bitexact", "-flags:v", "+bitexact",
        "-fps_mode", "passthrough", "-frames:v", str(node.frames), "-map_metadata", "-1",
        "-movflags", "+faststart+negative_cts_offsets", "-profile:v", "hq", "-threads:v", "1", "-use_editlist", "0",
        "-vendor", "apl0", "-video_track_timescale", "24000", "-write_btrt", "0", "file:/out.mov",
    )  # fmt: skip


def test_some_seconds_of_a_file_are_measured_from_a_second_before_them_on() -> None:
    argv = span_loudness_argv("file:/sound.m4a", Span(Fraction(5, 2), Fraction(4)))
    assert argv[argv.index("-ss") + 1] == "1.5"
    assert "[0:a:0]atrim=end=4:start=2.5[s0];[s0]asetpts=PTS-STARTPTS[s1]" in argv[argv.index("-filter_complex") + 1]
    assert "-ss" not in span_loudness_argv("file:/sound.m4a", Span(Fraction(1, 2), Fraction(4)))


def test_sound_at_its_own_level_is_neither_amplified_nor_limited() -> None:
    graph = _graph(sound_argv(_encode(STRETCH, levels=Levels(Fraction(0), None)), "out", key_as_url))
    assert "volume" not in graph and "alimiter" not in graph


def test_what_is_done_to_a_stretch_is_the_same_wherever_it_stands() -> None:
    graph = _graph(sound_argv(_encode(Silence(480), STRETCH, Silence(480)), "out", key_as_url))
    shift = [
        "aformat=channel_layouts=stereo:sample_fmts=fltp",
        "atrim=end_sample=4576",
        "asettb=expr=1/48000",
        "asetpts=N",
    ]
    assert _chain(*shift, source="0:a:0") in graph
    assert _chain(*SOURCE, *FADED, *LEVELLED, source="1:1", first=len(shift)) in graph
    assert graph.count("atrim=start_sample=4096") == 2, "all but the first begin without their lead-in"
    assert graph.count("concat=a=1:n=3:v=0") == 1


def test_loudness_is_measured_from_time_0_on_and_never_of_less_than_a_block() -> None:
    argv = loudness_argv(_encode(STRETCH), key_as_url)
    measured = ["apad=whole_len=19200", "ebur128=framelog=quiet:peak=true"]
    chain = _chain(*SOURCE, *FADED, *LEVELLED, "atrim=start_sample=4096", *measured, source="0:1")
    assert _graph(argv) == chain and argv[-3:] == ("-f", "null", "-")
    decoded = decoded_loudness_argv("file:/x.m4a")
    assert decoded == ("-copyts", *OPEN, "-i", "file:/x.m4a", "-filter_complex",
                       _chain(*measured, source="0:a:0"), "-map", "[s1]", "-f", "null", "-")  # fmt: skip


def test_paths_of_any_bytes_reach_ffmpeg_as_they_are() -> None:
    for name in ("file:/a'b:c,[d]\\e%03d\n.mov", "file:/🎬.mov", "file:/caf\udce9.mov", "file:/caf\xe9.mov"):
        argv = picture_argv([PICTURE], [f"{name}.out"], lambda _, name=name: name)  # type: ignore[misc]
        assert argv[argv.index("-i") + 1] == name and argv[-1] == f"{name}.out"


def test_samples_are_covered_by_whole_aac_frames() -> None:
    assert [aac_frames(samples) for samples in (0, 1, 1024, 1025)] == [0, 1, 1, 2]


WORKSHOP = Workshop(Store(Path("nowhere")), "tools", {})
GOAL = SoundGoal(Fraction(-14), Fraction(-1), Fraction(6))
PROGRAMME = LevelledProgramme((STRETCH,), 192, GOAL)
SOUND = LevelledSound((STRETCH,), (PROGRAMME,), 192, GOAL)
OTHERS: dict[Any, Any] = {
    "progressive": "interlaced",
    "none": "straight",
    "medium": "slow",
    "4.0": "4.1",
    "blur": "#123456",
    "aac": "pcm",
    "mp4": "mov",
}


def _moving(left: int, top: int) -> CameraPath:
    places = ((0, left, top), (60, left + 40, top + 9), (100, left + 90, top + 12))
    return CameraPath(tuple(Knot(frame, Fraction(x), Fraction(y)) for frame, x, y in places))


RICH = replace(
    PICTURE,
    views=(
        (
            View(120, (Panel(Window(400, 720, _moving(300, 100)), 0, 0, 1080, 1920),)),
            View(60, (Panel(Window(700, 700, _moving(500, 20)), 0, 420, 1080, 1080),), "blur"),
            View(60, (Panel(Window(600, 540, _moving(9, 8)), 0, 0, 1080, 960),
                      Panel(Window(600, 540, _moving(90, 80)), 0, 960, 1080, 960))),
        ),
    ),
    captions=Captions("1" * 64, "2" * 64),
)  # fmt: skip


def _other(value: Any) -> Any:
    """Return a value of the same type that is not the same."""
    if isinstance(value, FrameRate):
        return FrameRate(value.fps * 2)
    if isinstance(value, str):
        return OTHERS.get(value, f"b{value[1:]}")
    return value + 2


def _mutants(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the node with each of its values changed, one at a time, however deep."""
    for field in fields(node):
        value, where = getattr(node, field.name), f"{path}.{field.name}"
        if value is None:
            continue
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                if item is None:
                    continue
                for name, other in _changed(item, f"{where}[{index}]"):
                    yield name, replace(node, **{field.name: (*value[:index], other, *value[index + 1 :])})
        elif is_dataclass(value) and not isinstance(value, FrameRate | Colour):
            for name, other in _mutants(value, where):
                yield name, replace(node, **{field.name: other})
        elif not isinstance(value, Colour):
            yield where, replace(node, **{field.name: _other(value)})


def _changed(item: Any, path: str) -> Iterator[tuple[str, Any]]:
    if is_dataclass(item):
        yield from _mutants(item, path)
    elif isinstance(item, tuple):
        yield from _items(item, path)
    else:
        yield path, _other(item)


def _items(values: tuple[Any, ...], path: str) -> Iterator[tuple[str, Any]]:
    for index, item in enumerate(values):
        for name, other in _mutants(item, f"{path}[{index}]"):
            yield name, (*values[:index], other, *values[index + 1 :])


def _key(node: Any) -> str:
    kinds = {PictureEncode: WORKSHOP.picture_key, LevelledSound: WORKSHOP.sound_key, Join: WORKSHOP.join_key,
             LevelledProgramme: WORKSHOP.programme_key,
             Poster: WORKSHOP.poster_key, ChunkEncode: _chunk_key}  # fmt: skip
    return kinds[type(node)](node)  # type: ignore[operator,no-any-return]


def _chunk_key(node: ChunkEncode) -> str:
    return recipe_key("chunk", "tools", ladder_argv([node], ["out"], key_as_url))


CHUNK = ChunkEncode(
    picture=RICH.drawn,
    way=(ScaleStep(720, 1280, 1), ScaleStep(360, 640, 2)),
    keyframes=(0, 24),
    encoder=RungX264("fast", 3, 3, "3.0", 1000, 1000, 24, None),
    takes=(Take(100, Fraction(24)), Take(20, Fraction(27))),
)


# Panels that fill the output between them have no ground, and no choice of where they lie.
WITHOUT_EFFECT = re.compile(r"(\.picture)?\.views\[0\]\[[02]\]\.(ground|panels\[\d\]\.(left|top)_px)")
NODES = (
    RICH,
    PictureEncode((BlackPicture(4), StillPicture("c" * 64, 6)), ((), ()), 64, 64, RATE, ENCODER),
    SOUND,
    PROGRAMME,
    replace(SOUND, parts=(Silence(4800), STRETCH), programmes=(None, PROGRAMME)),
    CHUNK,
    replace(CHUNK, encoder=RungX265("fast", 3, 3, "3.0", 1000, 1000, 24, None)),
    Join(("d" * 64,), "e" * 64),
    Join(("d" * 64,), None, (Chapter(Fraction(0), "Kite"), Chapter(Fraction(3), "Lamp"))),
    Poster("f" * 64, Fraction(2)),
)


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_no_value_of_a_node_is_missing_from_its_key(node: Any) -> None:
    mutants = [(name, mutant) for name, mutant in _mutants(node) if not WITHOUT_EFFECT.match(name)]
    assert len(mutants) >= 2
    keys = {"": _key(node)} | {name: _key(mutant) for name, mutant in mutants}
    assert len(set(keys.values())) == len(keys), "two nodes have one key"
    assert _key(replace(node)) == keys[""]


def test_a_key_is_of_the_very_arguments() -> None:
    still, other = StillPicture("c" * 64, 6), StillPicture("d" * 64, 6)
    apart = [PictureEncode(parts, ((), ()), 64, 64, RATE, ENCODER) for parts in ((still, other), (still, still))]
    black = BlackPicture(6)
    sided = [replace(apart[0], parts=parts) for parts in ((other, still), (still, black), (black, still))]
    for node in (*NODES, *apart, *sided):
        if isinstance(node, PictureEncode):
            assert words_of(told_picture(node)) == picture_argv([node], ["out"], key_as_url)


def test_a_key_is_of_the_json_of_kind_tools_and_arguments() -> None:
    argv = ("-i", 'a "quoted"\\name', "é\n😀", "")
    text = json.dumps(["kind", "tools", list(argv)], separators=(",", ":"))
    assert recipe_key("kind", "tools", argv) == hashlib.sha256(text.encode()).hexdigest()
    assert words_of(told(argv)) == argv


def test_a_form_without_blanks_and_one_that_begins_and_ends_with_them_are_filled_as_arguments() -> None:
    assert words_of(Form.of(("-f", 'the "null"'), ()).filled(())) == ("-f", 'the "null"')
    form = Form.of(("<0>", "x<1>y", 'a"b<0>'), ("<0>", "<1>"))
    assert words_of(form.filled(("one", 'an"other'))) == ("one", 'xan"othery', 'a"bone')


def test_what_a_colour_says_is_in_the_key_where_it_changes_the_picture() -> None:
    changed = [SDR, replace(SDR, matrix="smpte170m"), replace(SDR, full_range=True), replace(SDR, primaries="bt2020"),
               replace(SDR, transfer="smpte2084"), replace(SDR, transfer="arib-std-b67")]  # fmt: skip
    keys = {_key(replace(PICTURE, parts=(replace(FILM, colour=colour),))) for colour in changed}
    assert len(keys) == len(changed)


def test_a_fixed_bit_rate_is_in_the_key() -> None:
    nodes = [replace(CHUNK, takes=(), encoder=replace(CHUNK.encoder, average_kbps=kbps)) for kbps in (500, 600)]
    assert len({_key(node) for node in (CHUNK, *nodes)}) == 3


def test_the_tools_and_the_kind_of_work_are_in_the_key() -> None:
    assert replace(WORKSHOP, toolchain="other").picture_key(PICTURE) != _key(PICTURE)
    assert len({_key(node) for node in NODES}) == len(NODES)
    assert _key(Join(("d" * 64,), None)) != _key(Join(("d" * 64,), "e" * 64))


def test_keys_depend_on_no_path_and_no_process() -> None:
    elsewhere = Workshop(Store(Path("/elsewhere")), "tools", {"a" * 64: Path("/films/other name.mov")})
    keys = [elsewhere.picture_key(PICTURE), elsewhere.sound_key(SOUND)]
    assert keys == [_key(PICTURE), _key(SOUND)]
    code = "import runpy,sys; m = runpy.run_path(sys.argv[1]); print(m['_key'](m['PICTURE']), m['_key'](m['SOUND']))"
    for seed in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", code, __file__],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.split() == keys
