"""Films of a second or two in the containers that people copy, made with ffmpeg."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.shell.ffmpeg import run_ffmpeg

_PICTURE: Final = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2")
_SOUND: Final = ("-f", "lavfi", "-i", "sine=440:d=2")
_H264: Final = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25")
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "end.mp4": (*_H264, "-c:a", "aac"),
    "front.mp4": (*_H264, "-c:a", "aac", "-movflags", "faststart"),
    "fragments.mp4": (*_H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "prores.mov": ("-c:v", "prores_ks", "-c:a", "pcm_s16le", "-movflags", "faststart"),
    "matroska.mkv": (*_H264, "-c:a", "aac"),
    "web.webm": ("-c:v", "libvpx-vp9", "-b:v", "200k", "-c:a", "libopus"),
    "old.avi": ("-c:v", "mpeg4", "-c:a", "mp3"),
    "camera.mxf": ("-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"),
    "broadcast.ts": (*_H264, "-c:a", "aac"),
    "flash.flv": (*_H264, "-c:a", "aac"),
    "windows.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "free.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "disc.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
}


def write_films(folder: Path) -> dict[str, Path]:
    """Write a film of each kind into a folder, and return where."""
    made = {}
    for name, argv in KINDS.items():
        path = folder / name
        run_ffmpeg((*_PICTURE, *_SOUND, *argv, "-shortest", f"file:{path}"))
        made[name] = path
    return made


def another(content: bytes, number: int) -> bytes:
    """Return an MP4 or MOV film with other bytes that plays the same: a box that nobody reads stands at its end."""
    return content + b"\0\0\0\x10free" + number.to_bytes(8, "big")
