"""A list of a block's films opens in players: their lengths, names and masters, in running order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.film_list import film_list
from tests.evenings import SIX, block


def _paths(text: str) -> list[str]:
    return [line for line in text.split("\n")[:-1] if not line.startswith("#")]


def _of(path: str, folder: str = "/films/out") -> str:
    (found,) = _paths(film_list(block([replace(SIX[0], path=path)]), Path(folder)))
    return found


def test_films_stand_in_running_order_with_length_director_and_title() -> None:
    lines = film_list(block(), Path("/films/out/night")).split("\n")
    assert lines[:4] == [
        "#EXTM3U", "#PLAYLIST:Short Films for a Long Night",
        "#EXTINF:149,Ana Lima - The Red Kite", "../../the-red-kite.mov",
    ]  # fmt: skip
    assert lines[4:6] == ["#EXTINF:174,Jonas Weiß and Mira Kowalczyk - Nachtzug nach Süden", "../../nachtzug.mov"]
    assert len(_paths("\n".join(lines))) == 6 and lines[-1] == ""


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/films/a.mov", "../a.mov"),
        ("/films/out/a b/ä.mov", "a b/ä.mov"),
        ("/mnt/disk/a.mov", "/mnt/disk/a.mov"),
        ("/films/out/#1.mov", "./#1.mov"),
        ("/films/out/ a.mov", "./ a.mov"),
        ("/films/out/http:/x.mov", "./http:/x.mov"),
        ("/films/out/~a.mov", "./~a.mov"),
        ("/films/out/100%.mov", "100%.mov"),
    ],
)
def test_a_path_is_relative_where_it_can_be_and_never_a_comment_or_an_address(path: str, written: str) -> None:
    assert _of(path) == written


@pytest.mark.parametrize("name", ["a\nb.mov", "a\rb.mov", "a\u2028b.mov", "a\udcffb.mov", "a.mov ", "a\0.mov"])
def test_a_name_that_no_list_can_hold_is_refused_by_name(name: str) -> None:
    with pytest.raises(PlanError, match="Rename") as caught:
        _of(f"/films/out/{name}")
    assert "\n" not in str(caught.value) and caught.value.exit_code == 2


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="/"), min_size=1).filter(
    lambda name: name not in (".", "..") and name == name.strip()
)


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=4))
def test_a_written_path_leads_from_the_folder_to_the_film(path: list[str], folder: list[str]) -> None:
    import os.path

    target = "/" + "/".join(path)
    found = _of(target, "/" + "/".join(folder))
    assert not found.startswith("#")
    assert os.path.normpath(os.path.join("/" + "/".join(folder), found)) == os.path.normpath(target)  # noqa: PTH118


@given(st.text(max_size=60), st.text(max_size=60))
def test_words_stay_on_their_line(title: str, name: str) -> None:
    text = film_list(block([replace(SIX[0], title=title, directors=(name,))], title=title), Path("/films"))
    assert len(text.splitlines()) == 4 and text.splitlines()[3] == "the-red-kite.mov"
