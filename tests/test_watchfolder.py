"""watch.toml: what is written is read strictly, every mistake is named, and its page says what its fields do."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipeline.errors import ProjectError
from pipeline.watchfolder import WatchFolder, describe_watch_toml, parse_watch_folder

PATH = Path("inbox/watch.toml")


def test_nothing_written_means_clips_for_all_platforms_and_films_that_stay() -> None:
    assert parse_watch_folder("", path=PATH) == WatchFolder(flow=("cut-clips",), after="stay", wait_for="stillness")


def test_one_id_or_several_may_be_written() -> None:
    says = parse_watch_folder('flow = ["package-hls", "cut-clips"]\nplatforms = "x"\nregions = ["de", "fr"]', path=PATH)
    assert (says.flow, says.platforms, says.regions) == (("package-hls", "cut-clips"), ("x",), ("de", "fr"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('flow = "cut"', "flow.0 is \"cut\"; it should be 'cut-clips' or 'package-hls'"),
        ('flow = ["cut-clips", "cut-clips"]', "flow is"),
        ('platform = "x"', "did you mean platforms?"),
        ("count = 0", "count is 0"),
        ('captions = "film.srt"', "a file of captions is one film's"),
        ('after = "delete"', "'stay' or 'move'"),
        ('out = ""', "out is"),
        ('event = "Málaga"', "event is"),
        ("flow = ", "is not TOML"),
    ],
)
def test_a_mistake_names_file_field_and_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(ProjectError) as raised:
        parse_watch_folder(text, path=PATH)
    assert told in str(raised.value) and str(raised.value).startswith("inbox/watch.toml: ")


def test_the_page_about_it_is_up_to_date() -> None:
    page = Path(__file__).parents[1] / "docs" / "watch-toml.md"
    assert page.read_text("utf-8") == describe_watch_toml(), "run: python -m pipeline.watchfolder > docs/watch-toml.md"


def test_what_the_page_shows_is_read() -> None:
    shown = describe_watch_toml().split("```toml\n")[1].split("```")[0]
    assert parse_watch_folder(shown, path=PATH).event == "malaga-26" and tomllib.loads(shown)
