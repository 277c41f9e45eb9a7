"""Small films in every container that is taken, with the codecs that are usual in it; the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pipeline.shell.ffmpeg import run_ffmpeg

_PICTURE: Final = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1")
_SOUND: Final = ("-f", "lavfi", "-i", "sine=440:r=48000:d=1")
_H264: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "12", "-threads:v", "1")
_CAPTIONS: Final = "1\n00:00:00,100 --> 00:00:00,900\n<i>Hello</i> {\\an8}there\n"
_ASS: Final = """[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.10,0:00:00.90,Default,,0,0,0,,{\\b1}Hello
"""
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "end.mp4": (*_H264, "-c:a", "aac"),
    "front.mp4": (*_H264, "-bf", "2", "-c:a", "aac", "-movflags", "faststart"),
    "fragments.mp4": (*_H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:pools=1", "-c:a", "aac"),
    "av1.mp4": ("-c:v", "libsvtav1", "-preset", "12", "-c:a", "libopus"),
    "mpeg4.3gp": ("-c:v", "mpeg4", "-c:a", "aac"),
    "captions.mp4": (*_H264, "-c:a", "aac", "-c:s", "mov_text", "-metadata", "title=Title",
                     "-metadata:s:a:0", "language=fra"),
    "prores.mov": ("-c:v", "prores_ks", "-c:a", "pcm_s16le", "-timecode", "01:00:00:00"),
    "mjpeg.mov": ("-c:v", "mjpeg", "-c:a", "pcm_s16be", "-movflags", "faststart"),
    "raw.mov": ("-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-c:a", "pcm_s24le"),
    "matroska.mkv": (*_H264, "-c:a", "flac", "-c:s", "ass"),
    "hevc.mkv": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:pools=1", "-c:a", "ac3"),
    "ffv1.mkv": ("-c:v", "ffv1", "-c:a", "pcm_s16le"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-b:v", "200k", "-c:a", "libopus"),
    "vp8.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "200k", "-c:a", "libvorbis", "-c:s", "webvtt"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-c:a", "pcm_s16le"),
    "raw.avi": ("-c:v", "rawvideo", "-pix_fmt", "bgr24", "-c:a", "pcm_s16le"),
    "broadcast.ts": (*_H264, "-c:a", "aac"),
    "camera.m2ts": (*_H264, "-c:a", "ac3"),
    "mpeg2.ts": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "disc.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "disc.vob": ("-c:v", "mpeg2video", "-c:a", "ac3"),
    "camera.mxf": ("-c:v", "mpeg2video", "-c:a", "pcm_s16le"),
    "editor.mxf": ("-s", "1280x720", "-frames:v", "2", "-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p",
                   "-c:a", "pcm_s16le"),
    "tape.dv": ("-s", "720x576", "-frames:v", "3", "-c:v", "dvvideo", "-pix_fmt", "yuv420p", "-ac", "2",
                "-c:a", "pcm_s16le"),
    "flash.flv": (*_H264, "-c:a", "aac"),
    "old.flv": ("-c:v", "flv1", "-c:a", "mp3", "-ar", "44100"),
    "windows.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "free.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "free.nut": (*_H264, "-c:a", "pcm_s16le"),
    "bare.ivf": ("-an", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-b:v", "200k"),
}  # fmt: skip
"""What ffmpeg writes each with."""
_WITH_CAPTIONS: Final = ("captions.mp4", "matroska.mkv", "vp8.webm")


def write_films(folder: Path, names: Iterable[str] = KINDS) -> Iterator[tuple[str, Path]]:
    """Write a film of each kind, or of some, into a folder, and yield its name and place."""
    (folder / "captions.srt").write_text(_CAPTIONS)
    (folder / "captions.ass").write_text(_ASS)
    for name in names:
        argv = KINDS[name]
        path = folder / name
        captions: tuple[str, ...] = ()
        if name in _WITH_CAPTIONS:
            text = "captions.ass" if name.endswith(".mkv") else "captions.srt"
            captions = ("-i", f"file:{folder / text}", "-map", "0:v", "-map", "1:a", "-map", "2:s")
        exact = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
        run_ffmpeg((*_PICTURE, *_SOUND, *captions, *argv, *exact, "-shortest", f"file:{path}"))
        yield name, path
