"""A real film with captions in several languages: on the picture where they were planned, and nowhere else."""

from __future__ import annotations

import functools
import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from pipeline.edit import Edit, MasterSpan
from pipeline.plan.caption_places import fonts_named, place_captions
from pipeline.plan.caption_script import caption_script
from pipeline.plan.captions import plan_captions
from pipeline.plan.layout import button_zones
from pipeline.presets import load_platforms
from pipeline.shell.caption_check import drawn_boxes, verify_drawn
from pipeline.shell.caption_sources import CaptionWish, find_captions
from pipeline.shell.probe import probe
from pipeline.shell.store import Store
from pipeline.shell.typesetting import Typesetter, fonts_for
from pipeline.styles import CaptionStyle
from pipeline.timebase import Span

FILM = Path(__file__).parents[3] / "shared" / "media" / "bbb-full-720p.mp4"
SIZE = {"width_px": 360, "height_px": 640}
STYLE = CaptionStyle(height_fraction=Fraction(1, 16))
WORDS = {
    "es": ("Qué mañana tan bonita para oler las flores.", "- ¿Quién ha tirado eso?\n- ¡Yo no!"),
    "he": ("איזה בוקר נפלא להריח את הפרחים.", "- מי זרק את זה?\n- לא אני!"),
    "ja": ("花の香りをかぐには、なんて素敵な朝だろう。", "「投げたのは誰？」\n「ぼくじゃない！」"),
}


@pytest.mark.parametrize("language", WORDS)
def test_captions_are_on_the_real_film_where_they_were_planned(language: str, tmp_path: Path, fonts_root: Path) -> None:
    if not FILM.exists():
        pytest.skip(f"{FILM} is not here")
    (tmp_path / "film.mp4").symlink_to(FILM)
    for tag, (one, two) in WORDS.items():
        text = f"1\n00:01:00,250 --> 00:01:02,000\n{one}\n\n2\n00:01:02,100 --> 00:01:03,000\n{two}\n"
        (tmp_path / f"film.{tag}.srt").write_text(text, encoding="utf-8")
    facts = probe(tmp_path / "film.mp4")
    wish = CaptionWish(language=language)
    track = find_captions(
        tmp_path / "film.mp4", facts, "digest", films={}, wish=wish, store=Store(tmp_path / "store")
    ).track
    assert track is not None and track.language == language
    rate = facts.picture.rate
    edit = Edit("clip", (MasterSpan("digest", Span(Fraction(60), Fraction(63))),))
    planned = plan_captions(edit, {("digest", None): track}, rate, STYLE)
    assert [(cue.first_frame, cue.end_frame) for cue in planned.cues] == [(6, 50), (50, 72)]
    zones = button_zones(load_platforms(("tiktok", "instagram-reels", "youtube-shorts")), **SIZE)
    setter = Typesetter(fonts_root, STYLE.weight)
    placed = place_captions(planned.cues, zones=zones, obstacles=(), rate=rate, setter=setter, style=STYLE, **SIZE).cues
    fonts = fonts_for(fonts_named(placed), STYLE.weight, fonts_root)
    verify_drawn(placed, drawn_boxes(placed, style=STYLE, fonts=fonts, **SIZE), rate)
    script = tmp_path / "captions.ass"
    script.write_text(caption_script(placed, style=STYLE, **SIZE).text(rate), encoding="utf-8")
    plain, captioned = shown("null"), shown(f"ass=filename={script}:fontsdir={fonts.path}")
    for frame, (one, other) in enumerate(zip(plain, captioned, strict=True)):
        changed = np.abs(one.astype(np.int16) - other).max(axis=2) > 24
        on = [cue for cue in placed if cue.first_frame <= frame < cue.end_frame]
        inside = np.zeros_like(changed)
        for cue in on:
            inside[cue.box.top_px : cue.box.bottom_px, cue.box.left_px : cue.box.right_px] = True
            assert (changed & inside).sum() > cue.box.area / 20
        assert not (changed & ~inside).any()


@functools.cache
def shown(filters: str) -> np.ndarray:
    """Return three seconds of the film, cropped to a phone's shape, through some filters."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", "60", "-t", "3", "-i", str(FILM),
        "-vf", f"crop=405:720,scale=360:640,setsar=1,format=rgb24,{filters},format=rgb24", "-f", "rawvideo", "-",
    ]  # fmt: skip
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 640, 360, 3)
