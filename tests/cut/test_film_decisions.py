"""What a film.toml decides is what the clips show."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

CUT = ("--highlights", "short", "--platform", "quad")


def decide(workplace: Any, text: str) -> None:
    workplace.film.with_name("kite.film.toml").write_text(text)


def passages(workplace: Any) -> list[tuple[int, int]]:
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 0, ran.err
    document = json.loads((workplace.out() / "clips.json").read_text())
    return [tuple(part["frames"]) for highlight in document["highlights"] for part in highlight["parts"]]


def test_a_stretch_that_must_never_be_shown_is_not_shown(workplace: Any, media: Any) -> None:
    decide(workplace, '[[never]]\nfrom = "00:00:04:00"\nto = "00:00:12:00"\n')
    shown = passages(workplace)
    assert len(shown) == 2 and all(end <= 96 for _, end in shown)
    assert all(one[1] <= other[0] for one, other in pairwise(sorted(shown)))
    for number, (start, end) in enumerate(shown, start=1):
        frames = media.read_frames(workplace.out() / "clips" / f"h{number}-quad.mp4")
        assert frames == [(1, frame) for frame in range(start, end)]


def test_a_stretch_that_must_be_shown_is_shown(workplace: Any) -> None:
    decide(workplace, "[[always]]\nfrom = 2.5\nto = 3.5\n")
    assert any(start <= 60 and end >= 84 for start, end in passages(workplace))


def test_a_stretch_that_a_person_cut_stays_as_it_is(workplace: Any) -> None:
    decide(workplace, '[[locked]]\nfrom = "00:00:01:05"\nto = "00:00:02:20"\n')
    assert (29, 68) in passages(workplace)


def test_nothing_is_taken_from_the_credits(workplace: Any) -> None:
    decide(workplace, "credits_start = 5\n")
    assert all(end <= 120 for _, end in passages(workplace))


def test_the_films_poster_frame_is_the_poster_of_the_clip_that_shows_it(workplace: Any, media: Any) -> None:
    decide(workplace, '[[locked]]\nfrom = "00:00:04:00"\nto = "00:00:06:00"\n')
    number = passages(workplace).index((96, 144)) + 1
    poster = workplace.out() / "posters" / f"h{number}-quad.jpg"
    decide(workplace, 'poster_frame = "00:00:04:17"\n[[locked]]\nfrom = "00:00:04:00"\nto = "00:00:06:00"\n')
    assert passages(workplace)[number - 1] == (96, 144)
    assert media.read_frames(poster) == [(1, 96 + 17)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("titel = 'Kite'\n", "titel"),
        ('[[never]]\nfrom = "00:00:01:30"\nto = 9\n', "never"),
        ("credits_start = 'soon'\n", "credits_start"),
        ("year = [\n", "not TOML"),
    ],
)
def test_a_film_toml_with_a_mistake_is_told_with_its_file_and_field(workplace: Any, text: str, told: str) -> None:
    decide(workplace, text)
    ran = workplace.matinee("cut", workplace.film, *CUT)
    assert ran.code == 2 and "kite.film.toml" in ran.err and told in ran.err
