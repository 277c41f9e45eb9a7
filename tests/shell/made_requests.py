"""Clips of made-up films, as many and as odd as are asked for, and the nodes that they are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Final

from pipeline.camera import CameraPath, Knot
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, Programme, SoundFades, frame_lengths, merged
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.framing import BLUR, FramedPanel, FramedStretch, Framing
from pipeline.graph import Captions, LevelledSound, PictureEncode, StillPicture
from pipeline.plan.cards import plan_sheet
from pipeline.plan.clips import Film, plan_picture, plan_sound
from pipeline.plan.framing import frames_of
from pipeline.plan.layout import Canvas
from pipeline.plan.parting import chunked, parted
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate, Span, total

_RATES: Final = tuple(
    map(FrameRate, (Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)))
)
_CONTAINERS: Final = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", "h264")
_COLOURS: Final = (
    Colour(None, None, None, None),
    Colour("bt709", "bt709", "bt709", False),
    Colour("smpte170m", "smpte170m", "smpte170m", True),
    Colour("bt2020", "smpte2084", "bt2020nc", False),
)
_LAYOUTS: Final = (("mono", 1), ("stereo", 2), ("5.1", 6), ("4 channels", 4), ("ambisonic 1", 4))
_SIZES: Final = ((1080, 1920), (720, 1280), (1080, 1080), (1920, 1080))
_LINES: Final = ("A film", "Un œuvre", '“Quotes” and \\ and "more"', "日本語", "100 % of, it: [all]")


@dataclass(frozen=True)
class Request:
    """One clip: the edit, and what is made of it."""

    edit: Edit
    pictures: tuple[PictureEncode, ...]
    sound: LevelledSound | None


def requests(count: int, seed: int) -> Iterator[Request]:
    """Yield so many, the same for the same seed."""
    random = Random(seed)
    films = {film.digest: film for film in (_film(random, number) for number in range(12))}
    for _ in range(count):
        yield _request(random, films)


def _film(random: Random, number: int) -> Film:
    rate = random.choice(_RATES)
    width, height = random.choice(((1920, 1080), (1920, 804), (720, 576), (1080, 1920)))
    aspect, turn = random.choice((Fraction(1), Fraction(1), Fraction(16, 15))), random.choice((0, 0, 90))
    scan = random.choice(("progressive", "progressive", "interlaced", "top first"))
    start = random.choice((Fraction(0), Fraction(1, 24), Fraction(1001, 90000), Fraction(-1, 48)))
    colour, container = random.choice(_COLOURS), random.choice(_CONTAINERS)
    picture = PictureFacts(
        random.choice((0, 1)), "h264", width, height, aspect, turn, "yuv420p", 8, colour, scan, rate, start, None,
        random.choice(("none", "none", "straight")),
    )  # fmt: skip
    layout, channels = random.choice(_LAYOUTS)
    sound = SoundFacts(2, "aac", channels, layout, 44100, start, "en", True)
    sounds = () if number % 6 == 5 else (sound,)
    facts = MediaFacts(container, 10**9, Fraction(600), picture, sounds, ())
    return Film(
        hashlib.sha256(b"made-up %d" % number).hexdigest(), facts, Timeline(rate, rate.frames_within(facts.duration))
    )


def _request(random: Random, films: dict[str, Film]) -> Request:
    edit = _edit(random, films)
    width, height = random.choice(_SIZES)
    first = films[edit.masters[0]].timeline.rate
    rate = random.choice((first, first, first.every(2), FrameRate(Fraction(30))))
    stream = PictureStream(
        width, height, rate, rate.nearest_frame(Fraction(2)), random.choice((0, 2)), None,
        random.choice((None, 4000)), random.choice(("crop", "pad")), Fraction(1), random.choice((1, 24)),
    )  # fmt: skip
    canvas, look = Canvas(width, height, ()), CardLook()
    sheet = plan_sheet(look, canvas, logo=None, language=random.choice((None, "en", "ja")), tools="made-up tools")
    captions = random.choice((None, None, Captions("c" * 64, "f" * 64, random.choice((0, 48)))))
    framing = random.choice((None, _framing(random, edit, films)))
    node = plan_picture(edit, stream, films, framing=framing, captions=captions, sheet=sheet)
    stills = sorted({part.source for part in node.parts if isinstance(part, StillPicture)})
    drawn = [(0, node.frames // 3), (node.frames // 2, node.frames // 2 + 20)]
    pictures = random.choice(
        (
            (node,),
            parted(node, stills[: random.choice((0, 1))], films, drawn),
            chunked(node, random.choice((60, 150)), films),
        )
    )
    heard = SoundStream(
        random.choice((128, 256)), Fraction(-14), Fraction(-1), 48000, random.choice((2, 2, 6)), Fraction(6)
    )
    fades = SoundFades(*random.choice(((Fraction(1, 4), Fraction(1, 2)), (Fraction(0), Fraction(40)))))
    sound = plan_sound(edit, heard, films, rate=rate, fades=fades)
    if random.random() < 0.2:
        sound = replace(sound, coding="pcm")
    return Request(edit, pictures, sound)


def _edit(random: Random, films: dict[str, Film]) -> Edit:
    parts: list[Part] = [_span(random, films)]
    for _ in range(random.choice((0, 1, 2, 4))):
        last = parts[-1]
        one = random.choice(("span", "on", "card", "gap", "before"))
        if one == "span":
            parts.append(_span(random, films))
        elif one == "on" and isinstance(last, MasterSpan):
            end = last.span.end
            parts.append(replace(last, span=Span(end, end + _length(random, films[last.master]))))
        elif one == "gap":
            parts.append(Gap(_length(random, next(iter(films.values())))))
        else:
            card = _card(random)
            parts = [card, *parts] if one == "before" else [*parts, card]
    length = total(part.duration for part in parts)
    bed: tuple[MasterSpan | Gap, ...] = ()
    if random.random() < 0.2:
        span = Span(Fraction(100), 100 + length)
        bed = (MasterSpan(random.choice(tuple(films)), span),)
    return Edit("made up", tuple(parts), bed, random.choice((None, SoundFades(Fraction(1, 10), Fraction(1, 5)))))


def _span(random: Random, films: dict[str, Film]) -> MasterSpan:
    film = random.choice(tuple(films.values()))
    start = random.choice(
        (Fraction(0), film.timeline.rate.time_of(random.randrange(1, 9000)), Fraction(random.randrange(9999), 97))
    )
    programme = random.choice((None, None, Programme("one"), Programme("two", SoundFades(Fraction(1), Fraction(1)))))
    return MasterSpan(film.digest, Span(start, start + _length(random, film)), programme=programme)


def _length(random: Random, film: Film) -> Fraction:
    frames = film.timeline.rate.time_of(random.randrange(3, 500))
    return random.choice((frames, frames, Fraction(random.randrange(30, 700), 70)))


def _card(random: Random) -> Card:
    design = random.choice(("plain", "title", "end"))
    link = "https://example.org/film" if design == "end" else None
    lines = tuple(random.sample(_LINES, random.choice((1, 2))))
    return Card(lines, random.choice((Fraction(2), Fraction(5, 2), Fraction(1001, 500))), design, link)


def _framing(random: Random, edit: Edit, films: dict[str, Film]) -> Framing:
    """Return windows that stand or move, alone or two, on each part of the merged edit."""
    return tuple(
        tuple(_stretches(random, part, films)) if isinstance(part, MasterSpan) else () for part in merged(edit).parts
    )


def _stretches(random: Random, part: MasterSpan, films: dict[str, Film]) -> Iterator[FramedStretch]:
    film = films[part.master]
    first, end = frames_of(part.span, film.timeline)
    width, height = map(Fraction, film.facts.picture.display_size)
    middle = (first + end) // 2
    bounds = [(first, middle), (middle, end)] if middle > first and random.random() < 0.5 else [(first, end)]
    for begin, after in bounds:
        size = width / 3, height / 3
        knots = {0: Knot(0, Fraction(random.randrange(100)), Fraction(random.randrange(99), 2))}
        for frame in sorted(random.sample(range(1, 400), random.choice((0, 2)))):
            knots[frame] = Knot(frame, Fraction(random.randrange(300)), Fraction(random.randrange(99), 3))
        path, whole = CameraPath(tuple(knots.values())), (Fraction(0), Fraction(0), Fraction(1), Fraction(1))
        half = Fraction(1, 2)
        if random.random() < 0.3:
            places = ((Fraction(0), Fraction(0), Fraction(1), half), (Fraction(0), half, Fraction(1), half))
            panels = tuple(FramedPanel(*size, path, place) for place in places)
            yield FramedStretch((begin, after), panels)
        else:
            place = random.choice((whole, (Fraction(1, 4), Fraction(1, 4), half, half)))
            yield FramedStretch((begin, after), (FramedPanel(*size, path, place),), random.choice((BLUR, "#101010")))


def frames(request: Request) -> int:
    """Return the frames that a request's clip has."""
    rate = request.pictures[0].rate
    return sum(frame_lengths(request.edit, rate))
