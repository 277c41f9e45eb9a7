"""Keys stay what they are: with others, everything that anybody has made would be made again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.argv import key_as_url, picture_argv, recipe_key, sound_argv
from pipeline.graph import FilmPicture, Join, LevelledSound, Levels, PictureEncode, PicturePart, SoundEncode
from pipeline.shell.levelling import LEVELLING_VERSION
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from tests.shell.made_requests import frames, requests

TOOLS = "made-up tools"
KEYS = "c5ba637ba2d58b160345154251ee094686b3a0fced584c294fcb15fed50259c2"
"""Of all keys below. It is recorded anew where what is made is to become another (settings of an encoder, filters), and
for no other reason."""


def workshop(tmp_path: Path) -> Workshop:
    return Workshop(Store(tmp_path), TOOLS, {})


def test_keys_of_many_odd_clips_are_those_that_they_were(tmp_path: Path) -> None:
    desk, keys = workshop(tmp_path), list[Any]()
    for request in requests(80, seed=3):
        assert sum(picture.frames for picture in request.pictures) == frames(request)
        pictures = tuple(map(desk.picture_key, request.pictures))
        programmes = [desk.programme_key(one) for one in request.sound.programmes if one is not None]
        sound = desk.sound_key(request.sound)
        keys.append((pictures, programmes, sound, desk.join_key(Join(pictures, sound))))
    assert hashlib.sha256(json.dumps(keys).encode()).hexdigest() == KEYS


def test_keys_are_those_of_the_very_arguments(tmp_path: Path) -> None:
    desk = workshop(tmp_path)
    for request in requests(40, seed=4):
        for picture in request.pictures:
            assert desk.picture_key(picture) == plain_picture_key(picture)
        assert desk.sound_key(request.sound) == plain_sound_key(request.sound)


def test_arguments_are_put_together_once_for_films_that_are_encoded_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = workshop(tmp_path)
    drawn = (one for request in requests(400, seed=5) for one in request.pictures)
    picture = next(one for one in drawn if all(isinstance(part, FilmPicture) and part.seek for part in one.parts))
    desk.picture_key(picture)

    def moved(part: PicturePart) -> FilmPicture:
        assert isinstance(part, FilmPicture) and part.seek is not None
        return replace(part, source="e" * 64, start=part.start + Fraction(7, 24), seek=part.seek + Fraction(1, 3))

    other = replace(picture, parts=tuple(map(moved, picture.parts)))
    expected = plain_picture_key(other)
    monkeypatch.delattr("pipeline.argv.picture.picture_argv")
    assert desk.picture_key(other) == expected != desk.picture_key(picture)


def plain_picture_key(node: PictureEncode) -> str:
    return recipe_key("picture", TOOLS, picture_argv([node], ["out"], key_as_url))


def plain_sound_key(node: LevelledSound) -> str:
    own, goal = [], node.goal
    asked = tuple(map(str, (goal.loudness_lufs, goal.true_peak_dbtp, goal.limiting_db_max, LEVELLING_VERSION)))
    found, some = Levels(1, -1), node.programmes  # type: ignore[arg-type]
    for one in some:
        if one is None:
            own.append("silence")
            continue
        alone = SoundEncode(one.stretches, (found,) * len(one.stretches), one.kbps)
        own.append(recipe_key("programme", TOOLS, (*sound_argv(alone, "out", key_as_url), *asked)))
    whole = SoundEncode(node.parts, tuple(one and found for one in some), node.kbps, coding=node.coding)  # type: ignore[misc]
    return recipe_key("sound", TOOLS, (*sound_argv(whole, "out", key_as_url), *asked, *own))
