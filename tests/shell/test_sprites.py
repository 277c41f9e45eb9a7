"""Sheets show each shot's own picture in its place; they are drawn one by one, once, and from no film."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.cut.request import CutRequest, analyse
from pipeline.errors import VerifyFailed
from pipeline.plan.shots import Shot
from pipeline.plan.sprites import lay_sprite, sheet_count, shots_on
from pipeline.shell.sprites import describe_sprites, draw_sheet, sheet_key
from pipeline.shell.store import Store
from pipeline.shell.study import Study
from pipeline.shell.thumbnails import Thumbnail, thumbnails_from_zip, thumbnails_to_zip
from tests.conftest import Workplace


@dataclass(frozen=True)
class Desk:
    study: Study
    store: Store


@pytest.fixture
def desk(workplace: Workplace) -> Desk:
    study = analyse(workplace.film, CutRequest(highlights="short")).main
    return Desk(study, Store(workplace.home / "store"))


def coloured(count: int) -> tuple[Thumbnail, ...]:
    """Return pictures of plain colours, a different one for each shot."""
    made = []
    for shot in range(count):
        raw = io.BytesIO()
        Image.new("RGB", (256, 144), colour_of(shot)).save(raw, "JPEG", quality=95)
        made.append(Thumbnail(shot * 10 + 3, raw.getvalue()))
    return tuple(made)


def colour_of(shot: int) -> tuple[int, int, int]:
    return (shot * 37 % 256, shot * 91 % 256, shot * 53 % 256)


def with_shots(desk: Desk, count: int) -> Study:
    """Return the film's study as if it had so many shots of ten frames."""
    artifact, _ = desk.store.make("f" * 64, ".zip", lambda path: _write(path, thumbnails_to_zip(coloured(count))))
    shots = tuple(Shot(shot * 10, shot * 10 + 10) for shot in range(count))
    return replace(desk.study, shots=replace(desk.study.shots, shots=shots), thumbnails=artifact)


def _write(path: Path, content: bytes) -> dict[str, str]:
    path.write_bytes(content)
    return {"made_by": "test"}


def test_each_shot_has_its_own_picture_in_its_place(desk: Desk) -> None:
    study = with_shots(desk, 73)
    said = describe_sprites(study)
    size = said["width_px"], said["height_px"]
    assert list(accumulate(said["frames"])) == [shot * 10 + 3 for shot in range(73)]
    assert said["sheets"] == sheet_count(73) == 2
    sheets = [np.asarray(Image.open(draw_sheet(study, sheet, desk.store).path)).astype(int) for sheet in range(2)]
    for shot in range(73):
        spot = lay_sprite(shot, size)
        middle = sheets[spot.sheet][spot.top_px + size[1] // 2, spot.left_px + size[0] // 2]
        assert np.abs(middle - colour_of(shot)).max() <= 6


def test_a_film_shows_what_its_study_kept(desk: Desk) -> None:
    kept = thumbnails_from_zip(desk.study.thumbnails.path.read_bytes())
    said = describe_sprites(desk.study)
    assert list(accumulate(said["frames"])) == [one.frame for one in kept]
    sheet = Image.open(draw_sheet(desk.study, 0, desk.store).path)
    for shot, thumbnail in enumerate(kept):
        spot = lay_sprite(shot, (said["width_px"], said["height_px"]))
        box = (spot.left_px, spot.top_px, spot.left_px + said["width_px"], spot.top_px + said["height_px"])
        found = np.asarray(sheet.crop(box)).astype(int)
        own = np.asarray(Image.open(io.BytesIO(thumbnail.jpeg)).resize((said["width_px"], said["height_px"])))
        assert np.abs(found - own).mean() < 8


def test_sheets_are_drawn_one_by_one_and_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    study = with_shots(desk, 120)
    second = draw_sheet(study, 1, desk.store)
    assert desk.store.find(sheet_key(study, 0)) is None
    monkeypatch.setattr("pipeline.shell.sprites._drawn", None)
    assert draw_sheet(study, 1, desk.store) == second
    assert draw_sheet(study, 1, desk.store).key == sheet_key(study, 1)
    assert second.receipt["shots"] == [50, 100]


def test_two_thousand_shots_are_there_in_moments_and_small(desk: Desk) -> None:
    study = with_shots(desk, 2000)
    began = time.process_time()
    first = draw_sheet(study, 0, desk.store)
    assert time.process_time() - began < 2
    assert first.size < 400_000
    assert describe_sprites(study)["sheets"] == 40


@pytest.mark.parametrize("sheet", [-1, 2, 10**9])
def test_a_sheet_that_there_is_not_is_refused(sheet: int, desk: Desk) -> None:
    study = with_shots(desk, 100)
    with pytest.raises(ValueError, match="no sheet"):
        draw_sheet(study, sheet, desk.store)
    assert [*shots_on(1, 60)] == [*range(50, 60)]


def test_a_sheet_that_does_not_decode_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.shell.sprites._drawn", lambda *_: b"no picture")
    with pytest.raises(VerifyFailed, match="sheet"):
        draw_sheet(desk.study, 0, desk.store)
    assert desk.store.find(sheet_key(desk.study, 0)) is None
