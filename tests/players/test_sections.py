"""Every section of a package decodes to exactly its frames, in step, with flash and beep together."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.players.packages import Package
from tests.players.sections import decode_pictures, decode_sound, find_beeps, find_flashes, read_sections, start_of

AAC_FRAME = Fraction(1024, 48000)


@pytest.mark.parametrize("name", ["film", "joined"])
def test_each_section_holds_its_frames_and_flash_and_beep_come_together(
    packages: dict[str, Package], name: str
) -> None:
    package = packages[name]
    frame = 1 / package.rate
    folder = package.folder / "playlists"
    sounds = {language: read_sections(folder / f"a-{language}.m3u8") for language in package.languages}
    beeps = {
        language: [find_beeps(decode_sound(section)) for section in sections] for language, sections in sounds.items()
    }
    for _, height in package.rungs:
        sections = read_sections(folder / f"v{height}.m3u8")
        assert len(sections) == len(package.sections)
        for number, (section, frames) in enumerate(zip(sections, package.sections, strict=True)):
            pictures = decode_pictures(section)
            assert pictures.times == tuple(k * frame for k in range(frames))
            flashes = find_flashes(pictures)
            assert flashes == tuple(range(package.flash_phases[number], frames, int(package.rate)))
            for language, sections_of_sound in sounds.items():
                heard = beeps[language][number]
                assert len(heard) == len(flashes)
                # Sound begins on the frame of AAC that is nearest to the picture's start.
                late = start_of(sections_of_sound[number]) - start_of(section)
                off = [late + beep - flash * frame for beep, flash in zip(heard, flashes, strict=True)]
                assert max(map(abs, off)) <= frame / 2, (language, height, list(map(float, off)))


@pytest.mark.parametrize("name", ["film", "joined"])
def test_picture_and_sound_of_each_section_are_equally_long(packages: dict[str, Package], name: str) -> None:
    package = packages[name]
    for language in package.languages:
        for section, frames in zip(
            read_sections(package.folder / "playlists" / f"a-{language}.m3u8"), package.sections, strict=True
        ):
            sound = decode_sound(section)
            assert abs(Fraction(len(sound.wave), sound.rate) - frames / package.rate) < 1 / package.rate


def test_a_beep_that_is_late_by_a_frame_of_sound_would_be_found(packages: dict[str, Package]) -> None:
    package = packages["film"]
    (section,) = read_sections(package.folder / "playlists" / "a-en.m3u8")
    (pictures,) = (decode_pictures(part) for part in read_sections(package.folder / "playlists" / "v180.m3u8"))
    beeps, flashes = find_beeps(decode_sound(section)), find_flashes(pictures)
    assert abs(beeps[3] - flashes[3] / package.rate) < Fraction(1, 1000)
    assert abs(beeps[3] + AAC_FRAME - flashes[3] / package.rate) > 1 / package.rate / 2
