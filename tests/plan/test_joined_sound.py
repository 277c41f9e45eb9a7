"""What packets of sound are longer or shorter than pictures does not add up over the sections of a package."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, MasterSpan, Part
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ
from pipeline.plan.clips import Film
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.reels import Grid, Reel, plan_sections
from pipeline.plan.shots import Timeline
from pipeline.plan.soundtracks import plan_sound_sections, plan_soundtracks, plan_voices
from pipeline.presets import load_ladder
from pipeline.timebase import STANDARD_RATES, FrameRate, Span

SOUND = load_ladder("landscape").sound


def film(digest: str, rate: FrameRate, frames: int) -> Film:
    colour = Colour(None, None, None, None)
    picture = PictureFacts(
        0, "h264", 256, 144, Fraction(1), 0, "yuv420p", 8, colour, "progressive", rate, Fraction(0), frames
    )
    sound = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, True)
    return Film(digest, MediaFacts("mov,mp4", 1, Fraction(10), picture, (sound,), ()), Timeline(rate, frames))


@example(rate=FrameRate(Fraction(50)), lengths=[261], order=[(0, 0), (0, 1), (0, 1)])
@example(rate=FrameRate(Fraction(60)), lengths=[261], order=[(0, 1)] * 40)
@example(rate=FrameRate(Fraction(100)), lengths=[159], order=[(0, 1)])
@given(
    rate=st.sampled_from(STANDARD_RATES).map(FrameRate),
    lengths=st.lists(st.integers(100, 4000), min_size=1, max_size=3),
    order=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), min_size=1, max_size=40),
)
def test_sound_stays_with_the_pictures_over_any_number_of_films(
    rate: FrameRate, lengths: list[int], order: list[tuple[int, int]]
) -> None:
    films = {str(number): film(str(number), rate, frames) for number, frames in enumerate(lengths)}
    whole = {
        name: Edit("film", (MasterSpan(name, Span(Fraction(0), one.timeline.duration)),)) for name, one in films.items()
    }
    parts: list[Part] = []
    for number, frames in order:
        parts += whole[str(number % len(lengths))].parts
        parts += [Card(("A",), rate.time_of(frames))] if frames else []
    grid = Grid(rate, 1)
    sections = plan_sections(Edit("block", tuple(parts)), grid, whole)
    voices = {name: plan_voices(one.facts, ()) for name, one in films.items()}
    track = plan_soundtracks(voices["0"], SOUND, [PictureRendition(64, 64, 1, 1000, 2000, None)])[0]
    reels = {name: Reel.of(edit, grid) for name, edit in whole.items()}
    sounds = plan_sound_sections(track, sections, SOUND, films, voices=voices, whole=reels)
    ahead = Fraction(0)
    for section, sound in zip(sections, sounds, strict=True):
        assert all(begin < end for begin, end in pairwise(sound.packets))
        shown = rate.time_of(section.frames) * SAMPLE_RATE_HZ / AAC_FRAME
        ahead += sound.packets[-1] - sound.packets[0] - shown
        # What is shorter than a packet sounds for one.
        assert abs(ahead) <= 1 + max(0, 1 - shown)
