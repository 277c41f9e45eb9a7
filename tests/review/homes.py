"""Homes with as many films as a test wants, whose clips were never cut: documents as runs write them, small files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger

PLATFORMS = {"tall": (144, 256), "quad": (144, 144), "wide": (256, 144)}


def write_film(name: str, *, highlights: int = 2, media: Path | None = None, **said: Any) -> Path:
    """Write what a run would leave of a film of 12 s; return its folder. `media` is what clips hold, else some bytes.

    `said` takes the place of what the document says.
    """
    home = find_home()
    master = home.masters / f"{name}.mp4"
    master.parent.mkdir(parents=True, exist_ok=True)
    master.write_bytes(name.encode("utf-8", "surrogateescape"))
    folder = home.out / f"film-{hashlib.sha256(master.read_bytes()).hexdigest()[:12]}"
    ids = [f"h{number}" for number in range(1, highlights + 1)]
    document = {
        "version": 2, "title": name, "region": None, "variants": [], "preset": "short", "toolchain": "test",
        "masters": [{
            "file": str(master), "sha256": hashlib.sha256(master.read_bytes()).hexdigest(), "frame_rate": "24/1",
            "frame_count": 288, "width_px": 256, "height_px": 144, "picture": "h264", "sound": "aac", "shots": 6,
            "keys": ["0" * 64, "1" * 64, "2" * 64],
        }],
        "notes": ["The end of the film is kept back."], "refused": [], "sharing": [], "scorer": "usual 1",
        "choice_keys": [], "files": {},
        "highlights": [_highlight(one, 48 * number) for number, one in enumerate(ids)],
        "clips": [_clip(folder, name, one, platform, media) for one in ids for platform in PLATFORMS],
        **said,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clips.json").write_text(json.dumps(document))
    Ledger(home.ledger).record_manifest(folder / "clips.json")
    return folder


def _highlight(name: str, start: int) -> dict[str, Any]:
    seconds = [str(start // 24), str(start // 24 + 2)]
    span = {"kind": "span", "master": "0" * 64, "frames": [start, start + 48], "timecode": ["", ""], "seconds": seconds}
    return {
        "id": name, "score": 0.7, "reasons": ["opens on a face", "starts on a shot"], "seconds": "2", "parts": [span],
        "bed": [], "scores": {"hook": 0.8, "arc": 0.55, "moments": 0.7}, "faults": {"lettering": 0.1, "black": 0.0},
    }  # fmt: skip


def _clip(folder: Path, film: str, highlight: str, platform: str, media: Path | None) -> dict[str, Any]:
    name, (width, height) = f"{highlight}-{platform}", PLATFORMS[platform]
    data = (
        f"{film} {name} ".encode("utf-8", "surrogateescape") * 40
        if media is None
        else media.read_bytes() + name.encode()
    )
    for kind, suffix, content in (("clips", ".mp4", data), ("posters", ".jpg", b"poster"), ("framing", ".jpg", b"f")):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / f"{name}{suffix}").write_bytes(content)
    return {
        "highlight": highlight, "platform": platform, "file": f"clips/{name}.mp4", "poster": f"posters/{name}.jpg",
        "framing": f"framing/{name}.framing.json", "captions": None, "links": [], "made": "rendered",
        "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data), "frames": 48, "frame_rate": "24/1",
        "seconds": "2", "width_px": width, "height_px": height, "loudness_lufs": -16.0, "loudness_target_lufs": -16.0,
        "quieter_lu": 0.0, "true_peak_dbtp": -3.0, "programmes": [], "note": None, "overlaps": [], "keys": {},
        "encoder": {},
    }  # fmt: skip
