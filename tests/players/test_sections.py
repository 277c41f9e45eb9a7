"""Every section of a package decodes to exactly its frames, in step, with flash and beep together."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.players.packages import Package
from tests.players.sections import (
    WHITE,
    decode_pictures,
    decode_sound,
    find_beeps,
    find_flashes,
    read_key_pictures,
    read_sections,
    start_of,
)

NAMES = ("film", "joined", "carded", "regional", "block")
AAC_FRAME = Fraction(1024, 48000)


@pytest.mark.parametrize("name", NAMES)
def test_each_section_holds_its_frames_and_flash_and_beep_come_together(
    packages: dict[str, Package], name: str
) -> None:
    package = packages[name]
    frame = 1 / package.rate
    sounds = {path.name: [_heard(one) for one in read_sections(path)] for path in package.playlists("a")}
    # Each language for high and for low rungs, and once more where one of them is in 5.1.
    assert len(sounds) == len(package.languages) * (3 if name == "carded" else 2)
    assert len(package.playlists("v")) == len(package.rungs)
    for path in package.playlists("v"):
        sections = read_sections(path)
        assert len(sections) == len(package.sections)
        for number, section in enumerate(sections):
            pictures = decode_pictures(section)
            assert pictures.times == tuple(k * frame for k in package.begins[number])
            flashes = find_flashes(pictures)
            assert flashes == package.flashes_of(number)
            for name_of_sound, heard in sounds.items():
                start, beeps = heard[number]
                assert len(beeps) == len(flashes), (name_of_sound, number)
                # Sound begins on the frame of AAC that is nearest to the picture's start.
                late = start - start_of(section)
                off = [late + beep - flash * frame for beep, flash in zip(beeps, flashes, strict=True)]
                assert all(abs(one) <= frame / 2 for one in off), (name_of_sound, number, list(map(float, off)))


@pytest.mark.parametrize("name", NAMES)
def test_picture_and_sound_of_each_section_are_equally_long(packages: dict[str, Package], name: str) -> None:
    package = packages[name]
    for path in package.playlists("a"):
        for section, frames in zip(read_sections(path), package.sections, strict=True):
            sound = decode_sound(section)
            assert abs(Fraction(len(sound.wave), sound.rate) - frames / package.rate) < 1 / package.rate, path.name


@pytest.mark.parametrize("name", NAMES)
def test_each_range_of_key_pictures_is_one_picture_of_its_time(packages: dict[str, Package], name: str) -> None:
    package = packages[name]
    assert len(package.playlists("i")) == len(package.rungs)
    for path in package.playlists("i"):
        at = Fraction(0)
        for seconds, entry in read_key_pictures(path):
            (light,) = decode_pictures(entry).light
            assert (light > WHITE) == (round(at * package.rate) in package.flashes), (path.name, float(at))
            at += seconds
        assert abs(at - package.duration) < Fraction(1, 1000)


def test_sound_that_is_late_by_a_frame_of_its_own_would_be_found(packages: dict[str, Package]) -> None:
    package = packages["film"]
    (pictures,) = (decode_pictures(part) for part in read_sections(package.playlists("v")[0]))
    (section,) = read_sections(package.playlists("a")[0])
    beeps, flashes = find_beeps(decode_sound(section)), find_flashes(pictures)
    assert abs(beeps[3] - flashes[3] / package.rate) < Fraction(2, 1000)
    assert abs(beeps[3] + AAC_FRAME - flashes[3] / package.rate) > 1 / package.rate / 2


def _heard(section: bytes) -> tuple[Fraction, tuple[Fraction, ...]]:
    return start_of(section), find_beeps(decode_sound(section))
