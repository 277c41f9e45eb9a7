"""A master never makes us open another file or the network: playlists, scripts and references posing as films."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.masters.studio import Studio, ffmpeg
from tests.masters.test_refusals import ASKED, MATINEE, MATINEE_HERE, run_cut


@dataclass
class Trap:
    """A listener on loopback that nobody may call, and a film to put where nobody may read it."""

    port: int
    film: Path
    calls: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def trap(studio: Studio) -> Iterator[Trap]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        mpeg2 = ("-c:v", "mpeg2video", "-q:v", "2")
        film = studio.shoot("bait.ts", rate="25", sound=None, picture=mpeg2).path
        trap = Trap(listener.getsockname()[1], film)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    caller, address = listener.accept()
                except TimeoutError:
                    continue
                trap.calls.append(str(address))
                caller.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield trap
        over.set()
        thread.join()


def _playlist(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n{target}\n#EXT-X-ENDLIST\n"


def _scripts(local: Path, url: str) -> dict[str, bytes]:
    """Return texts that name another file or address, in every language that libav reads."""
    playlist = _playlist(local.name)
    dash = f"""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT8S">
<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" width="160" height="90">
<BaseURL>{url}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>"""
    imf = f"""<?xml version="1.0"?>
<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>{url}</Id></CompositionPlaylist>"""
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    texts = {
        "m3u8-file": _playlist(str(local)),
        "m3u8-relative": playlist,
        "m3u8-url": _playlist(url),
        "m3u8-concat": _playlist(f"concat:{local}|{url}"),
        "m3u8-key": playlist.replace("#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF'),
        "ffconcat": f"ffconcat version 1.0\nfile '{local}'\n",
        "ffconcat-relative": f"ffconcat version 1.0\nfile {local.name}\n",
        "ffconcat-url": f"ffconcat version 1.0\nfile '{url}'\n",
        "dash": dash,
        "sdp": f"{sdp}a=rtpmap:96 H264/90000\n",
        "rtsp-redirect": f"<html>RTSPtextRTSP://{url}",
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
        "smil": f'<smil><body><video src="{url}"/></body></smil>',
        "imf": imf,
        "avisynth": f'DirectShowSource("{local}")\n',
    }
    return {name: text.encode() for name, text in texts.items()}


@pytest.mark.parametrize("ending", ["mp4", "mov", "m3u8", "ffconcat"])
def test_a_script_that_poses_as_a_film_is_refused_and_opens_nothing(
    trap: Trap, small_presets: Path, tmp_path: Path, ending: str
) -> None:
    bait = tmp_path / "bait.ts"
    bait.write_bytes(trap.film.read_bytes())
    watched = _Watched(bait)
    trap.calls.clear()
    paths = []
    for name, text in _scripts(bait, f"http://127.0.0.1:{trap.port}/film.ts").items():
        path = tmp_path / f"{name}.{ending}"
        path.write_bytes(text)
        paths.append(path)
    # Each is looked into by a process of its own, which takes far longer than the look; the same is done here.
    command = MATINEE if ending == "mp4" else MATINEE_HERE
    answer = run_cut(tmp_path / "home", small_presets, *ASKED, *paths, command=command)
    assert answer.code == 2
    for path in paths:
        assert f"{path}: not a film that can be read" in answer.stderr
    assert trap.calls == []
    assert not watched.was_opened()
    assert not (tmp_path / "home" / "out").exists()


def test_the_watch_notices_a_reader(tmp_path: Path) -> None:
    watched_file = tmp_path / "bait"
    watched_file.write_bytes(b"x")
    watched = _Watched(watched_file)
    assert not watched.was_opened()
    watched_file.read_bytes()
    assert watched.was_opened()


class _Watched:
    """Notice whether a file is opened, through the kernel's own watch."""

    def __init__(self, path: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._fd >= 0
        opened = 0x20  # IN_OPEN
        assert self._libc.inotify_add_watch(self._fd, os.fsencode(path), opened) >= 0

    def was_opened(self) -> bool:
        try:
            return bool(os.read(self._fd, 4096))
        except BlockingIOError:
            return False

    def __del__(self) -> None:
        os.close(self._fd)


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + kind + body


def _with_reference(movie: bytes, entry: bytes) -> bytes:
    """Return a movie whose media lie in another file: the first dref entry replaced by one that names it.

    The movie's boxes around it grow by as much; with the moov box at the end no chunk offset moves.
    """
    own = _box(b"url ", b"\0\0\0\1")
    at = movie.index(own, movie.index(b"dref"))
    changed = bytearray(movie[:at] + entry + movie[at + len(own) :])
    growth = len(entry) - len(own)
    start = 0
    moov = movie.rindex(b"moov") - 4
    for kind in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        start = movie.rindex(kind, moov, at) - 4
        size = struct.unpack_from(">I", movie, start)[0]
        struct.pack_into(">I", changed, start, size + growth)
    return bytes(changed)


def _alias(path: Path) -> bytes:
    """Return an 'alis' record that names a file by its absolute path, as QuickTime's reference movies do."""
    name = path.name.encode()[:63]
    record = struct.pack(">IHH", 0, 0, 2) + struct.pack(">H", 0) + bytes([4]) + b"root".ljust(27, b"\0") + bytes(4)
    record += b"H+" + struct.pack(">H", 0) + bytes(4) + bytes([len(name)]) + name.ljust(63, b"\0")
    record += bytes(4) + bytes(4) + bytes(8) + struct.pack(">hh", 1, 1) + bytes(4 + 2 + 10)
    full = str(path).encode()
    tags = struct.pack(">hH", 2, len(full)) + full + b"\0" * (len(full) % 2)
    tags += struct.pack(">hH", 18, len(full)) + full + b"\0" * (len(full) % 2) + struct.pack(">hH", -1, 0)
    return _box(b"alis", b"\0\0\0\0", record + tags)


@pytest.mark.parametrize("kind", ["url-file", "url-http", "alis"])
def test_a_movie_whose_media_lie_elsewhere_opens_nothing_else(
    studio: Studio, trap: Trap, small_presets: Path, tmp_path: Path, kind: str
) -> None:
    movie = studio.shoot("self-contained.mov", sound=None).path.read_bytes()
    bait = tmp_path / "media.mov"
    bait.write_bytes(movie)
    entries = {
        "url-file": _box(b"url ", bytes(4), f"file://{bait}".encode() + b"\0"),
        "url-http": _box(b"url ", bytes(4), f"http://127.0.0.1:{trap.port}/media.mov".encode() + b"\0"),
        "alis": _alias(bait),
    }
    path = tmp_path / "reference.mov"
    path.write_bytes(_with_reference(movie, entries[kind]))
    watched = _Watched(bait)
    trap.calls.clear()
    answer = run_cut(tmp_path / "home", small_presets, *ASKED, path)
    assert answer.code == 2 and "Matinee opens no file that another one names" in answer.stderr
    assert trap.calls == []
    assert not watched.was_opened()


def test_the_alias_leads_to_the_media_where_that_is_allowed(studio: Studio, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    movie = studio.shoot("self-contained.mov", sound=None).path.read_bytes()
    bait = tmp_path / "media.mov"
    bait.write_bytes(movie)
    path = tmp_path / "reference.mov"
    path.write_bytes(_with_reference(movie, _alias(bait)))
    watched = _Watched(bait)
    ffmpeg("-enable_drefs", "1", "-use_absolute_path", "1", "-i", path, "-frames:v", "1", "-f", "null", "-")
    assert watched.was_opened()


def test_a_linked_segment_of_matroska_opens_nothing_else(studio: Studio, small_presets: Path, tmp_path: Path) -> None:
    """Matroska may name the file of the segment before it or after it, and may have files attached."""
    whole = studio.shoot("segment.mkv", seconds=4)
    bait = tmp_path / "next.mkv"
    bait.write_bytes(whole.path.read_bytes())
    note = tmp_path / "note.txt"
    note.write_text(f"ffconcat version 1.0\nfile '{bait}'\n")
    path = tmp_path / "first.mkv"
    ffmpeg("-i", whole.path, "-c", "copy", "-attach", note, "-metadata:s:t", "mimetype=text/plain", path)
    content = path.read_bytes()
    # NextFilename (3E 83 BB) at the end of the segment's info.
    named = b"\x3e\x83\xbb" + bytes([0x80 | len(str(bait))]) + str(bait).encode()
    mark = b"\x15\x49\xa9\x66"
    info = content.index(mark, content.index(mark) + 1)  # the first names it in the seek head
    length_at = info + 4
    width = 8 - (content[length_at].bit_length() - 1)
    length = int.from_bytes(content[length_at : length_at + width], "big") & ((1 << 7 * width) - 1)
    end = length_at + width + length
    longer = (length + len(named) | 1 << 56).to_bytes(8)
    changed = content[:length_at] + longer + content[length_at + width : end] + named + content[end:]
    path.write_bytes(changed)
    watched = _Watched(bait)
    answer = run_cut(tmp_path / "home", small_presets, *ASKED, path)
    assert answer.code == 2 and "one part of a film in several files" in answer.stderr
    assert not watched.was_opened()
