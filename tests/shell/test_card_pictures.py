"""Logos come from anybody: what cannot be one is told by file and reason, and nothing large is ever decoded."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from pipeline.errors import PresetError
from pipeline.presets import StylePreset, load_style
from pipeline.shell.card_pictures import find_logo, read_card_picture

Write = Callable[[Path], None]


@pytest.fixture
def styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "presets" / "styles"
    folder.mkdir(parents=True)
    monkeypatch.setenv("MATINEE_PRESETS", str(folder.parent))
    return folder


def style(folder: Path, logo: str, ground: str = "#000000") -> StylePreset:
    ink = "#f0f0f0" if ground == "#000000" else "#000000"
    look = f'[card_look]\nlogo = "{logo}"\nground = "{ground}"\nink = "{ink}"\naccent = "{ink}"\n'
    (folder / "ours.toml").write_text(f'name = "Ours"\n{look}')
    return load_style("ours")


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that says it is of a size and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_logo_is_named_from_the_folder_of_its_preset(styles: Path) -> None:
    assert find_logo(load_style("house")) is None
    (styles / "art").mkdir()
    Image.new("RGB", (40, 20), "red").save(styles / "art" / "logo.png")
    found = find_logo(style(styles, "art/logo.png"))
    assert found is not None and found.path == styles / "art" / "logo.png"
    assert (found.picture.width_px, found.picture.height_px, len(found.picture.digest)) == (40, 20, 64)


@pytest.mark.parametrize(
    ("mode", "colour"),
    [("L", 200), ("LA", (200, 255)), ("P", 3), ("1", 1), ("RGB", (200, 0, 0)), ("RGBA", (200, 0, 0, 255))],
)
def test_every_kind_of_png_is_read(styles: Path, mode: str, colour: object) -> None:
    picture = Image.new(mode, (40, 20), colour)  # type: ignore[arg-type]
    if mode == "P":
        picture.putpalette([0, 0, 0, 9, 9, 9, 0, 0, 0, 200, 0, 0])
    picture.save(styles / "logo.png")
    found = find_logo(style(styles, "logo.png"))
    assert found is not None
    assert read_card_picture(found).getpixel((5, 5))[0] >= 200  # type: ignore[index]


def test_sixteen_bits_are_scaled_and_not_cut_off(styles: Path) -> None:
    Image.fromarray(np.full((20, 40), 0x8000, np.uint16)).save(styles / "logo.png")
    found = find_logo(style(styles, "logo.png"))
    assert found is not None
    assert read_card_picture(found).getpixel((5, 5)) == (0x80, 0x80, 0x80, 255)


def test_a_photograph_that_lies_on_its_side_stands_up(styles: Path) -> None:
    picture, exif = Image.new("RGB", (40, 20), "white"), Image.Exif()
    exif[0x0112] = 6
    picture.save(styles / "logo.jpg", exif=exif)
    found = find_logo(style(styles, "logo.jpg"))
    assert found is not None and (found.picture.width_px, found.picture.height_px) == (20, 40)


def missing(_path: Path) -> None:
    pass


def folder(path: Path) -> None:
    path.mkdir()


def text(path: Path) -> None:
    path.write_text("not a picture")


def gif(path: Path) -> None:
    Image.new("RGB", (40, 20), "white").save(path, format="GIF")


def dot(path: Path) -> None:
    Image.new("RGB", (1, 1), "white").save(path)


def line(path: Path) -> None:
    Image.new("RGB", (400, 20), "white").save(path)


def print_picture(path: Path) -> None:
    Image.new("CMYK", (40, 20)).save(path, format="JPEG")


def animated(path: Path) -> None:
    frames = [Image.new("RGB", (40, 20), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def damaged(path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:2000])


def huge(path: Path) -> None:
    path.write_bytes(png_header(20_000, 20_000))


def wide(path: Path) -> None:
    path.write_bytes(png_header(9_000, 9_000))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def invisible(path: Path) -> None:
    Image.new("RGBA", (40, 20), (255, 0, 0, 0)).save(path)


def black(path: Path) -> None:
    Image.new("RGB", (40, 20), "black").save(path)


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (missing, r"cannot be read \(No such file or directory\)"),
        (folder, "is not a file but a directory or a device"),
        (os.mkfifo, "is not a file but a directory or a device"),
        (text, "it should be a PNG or JPEG picture"),
        (empty, "it should be a PNG or JPEG picture"),
        (gif, "it should be a PNG or JPEG picture"),
        (dot, "at least 16 pixels on each side, not 1×1"),
        (line, "at most 10 times as long as high, not 400×20"),
        (print_picture, "this one is for print, in CMYK"),
        (animated, "this one is animated"),
        (damaged, "this one is damaged"),
        (huge, "at most 24 million pixels"),
        (wide, "at most 24 million pixels, not 9000×9000"),
        (invisible, "cannot be seen on the cards' ground #000000"),
        (black, "cannot be seen on the cards' ground #000000"),
    ],
)
def test_what_cannot_be_a_logo_is_told_by_preset_file_and_reason(styles: Path, write: Write, told: str) -> None:
    write(styles / "logo.png")
    with pytest.raises(PresetError, match=told) as caught:
        find_logo(style(styles, "logo.png"))
    assert str(caught.value).startswith(f'{styles / "ours.toml"}: card_look.logo is "logo.png"; ')


@pytest.mark.parametrize("write", [huge, wide])
def test_a_picture_that_is_too_large_is_never_decoded(
    styles: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_picture: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    write(styles / "logo.png")
    with pytest.raises(PresetError, match="at most 24 million pixels"):
        find_logo(style(styles, "logo.png"))


def test_a_logo_may_be_dark_where_the_ground_is_light(styles: Path) -> None:
    black(styles / "logo.png")
    assert find_logo(style(styles, "logo.png", "#ffffff")) is not None


@pytest.mark.parametrize("name", ["../logo.png", "/etc/hosts", "art/../../logo.png"])
def test_a_logo_lies_in_the_presets_own_folder(styles: Path, name: str) -> None:
    Image.new("RGB", (40, 20), "white").save(styles.parent / "logo.png")
    with pytest.raises(PresetError, match=r"path of a file in the preset's folder, without '\.\.'"):
        find_logo(style(styles, name))


def test_a_file_of_many_megabytes_is_not_read_to_its_end(styles: Path) -> None:
    with (styles / "logo.png").open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(PresetError, match="at most 32 MiB"):
        find_logo(style(styles, "logo.png"))


def test_a_logo_that_changed_meanwhile_is_not_drawn(styles: Path) -> None:
    Image.new("RGB", (40, 20), "red").save(styles / "logo.png")
    found = find_logo(style(styles, "logo.png"))
    assert found is not None
    Image.new("RGB", (40, 20), "blue").save(styles / "logo.png")
    with pytest.raises(PresetError, match="changed while cards were drawn"):
        read_card_picture(found)
