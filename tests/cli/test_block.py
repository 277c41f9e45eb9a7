"""`matinee block` chooses real films, says why, and tells of each file that it cannot use."""

from __future__ import annotations

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from tests.conftest import Workplace
from tests.numbered_films import make_film

HEAD = 'title = "Small Hours"\npreset = "cafe"\nopening = []\nclosing = []\n[length]\nmin = 10\nmax = 60\ntarget = 34\n'


@pytest.fixture
def venue(workplace: Workplace) -> Workplace:
    """A folder of three films, of which two have a film.toml."""
    make_film(workplace.films / "short.mp4", film=3, size=(96, 96), fps=24, seconds=3, shot_s=1, tone=True)
    (workplace.films / "kite.film.toml").write_text(
        'title = "The Red Kite"\ndirector = "Ana Ruiz"\ncountry = "Spain"\nlanguage = "es"\nrating = "12A"\n'
        'content_notes = "flashing lights"\nyear = 2026\n'
    )
    (workplace.films / "kite.en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    (workplace.films / "silent.film.toml").write_text('title = "Silence"\ndirector = "Ben"\nrating = "PG"\n')
    return workplace


def write(venue: Workplace, text: str, head: str = HEAD) -> Path:
    block = venue.films / "small-hours.block.toml"
    block.write_text(head + text)
    return block


def test_a_folder_of_films_becomes_a_programme_with_reasons(venue: Workplace) -> None:
    block = write(venue, '[[films]]\nfile = "."\n')
    done = venue.matinee("block", "--dry-run", block, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert {film["title"] for film in told["films"]} == {"The Red Kite", "Silence", "short"}
    # Each film with a slate of 4 s and black of 2/3 s on both sides.
    assert Fraction(told["seconds"]) == 12 + 6 + 3 + 3 * (4 + Fraction(4, 3))
    kite = next(film for film in told["films"] if film["title"] == "The Red Kite")
    assert kite["directors"] == ["Ana Ruiz"] and kite["age"] == 12 and Fraction(kite["seconds"]) == 12
    assert kite["loudness_lu"] == [0, 0] and all(0 <= mood <= 1 for mood in kite["mood"])
    silent = next(film for film in told["films"] if film["title"] == "Silence")
    assert silent["loudness_lu"] == [None, None] and silent["age"] == 8
    kinds = [item["kind"] for item in told["running_order"]]
    assert kinds == ["slate", "black", "film", "black"] * 3
    ends = [Fraction(item["end"]) for item in told["running_order"]]
    assert (
        ends[-1] == Fraction(told["seconds"]) and told["proof"] == "No other programme that keeps the rules is better."
    )


def test_what_is_measured_is_measured_once(venue: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    block = write(venue, '[[films]]\nfile = "*.mp4"\n')
    first = venue.matinee("block", "--dry-run", block, "--json")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a film was studied again")

    monkeypatch.setattr("pipeline.shell.candidates.study_master", refuse)
    (venue.films / "short.mp4").rename(venue.films / "renamed.mp4")
    second = venue.matinee("block", "--dry-run", block, "--json")
    assert second.code == 0, second.err
    orders = [[film["sha256"] for film in json.loads(run.out)["films"]] for run in (first, second)]
    assert orders[0] == orders[1]


def test_the_table_says_why_and_what_is_not_in_it(venue: Workplace) -> None:
    (venue.films / "broken.mp4").write_bytes(b"no film")
    (venue.films / "\x1b[31mtwin.mp4").write_bytes((venue.films / "short.mp4").read_bytes())
    text = '[rules]\nsubtitles = "en"\n[[films]]\nfile = "."\n[[films]]\nfile = "kite.mp4"\nplace = "opener"\n'
    done = venue.matinee("block", "--dry-run", write(venue, text + 'note = "Q&A"\n'))
    assert done.code == 0, done.err
    assert "Small Hours, 0:17 (Café)" in done.out and "it must be in" in done.out
    assert "Not in it: broken.mp4: not a film that can be read" in done.out
    assert "Not in it: Silence: it is in no language that film.toml names" in done.out
    assert "are one film under two names, which is taken once" in done.out
    assert "\x1b" not in done.out and "\\x1b[31mtwin" in done.out


def test_a_given_order_is_kept_or_all_that_it_breaks_is_told(venue: Workplace) -> None:
    films = '[[films]]\nfile = "silent.mp4"\n[[films]]\nfile = "kite.mp4"\n'
    given = venue.matinee("block", "--dry-run", write(venue, films, f'order = "given"\n{HEAD}'), "--json")
    assert [film["title"] for film in json.loads(given.out)["films"]] == ["Silence", "The Red Kite"]
    broken = venue.matinee(
        "block", write(venue, f"[rules]\nage_max = 6\ncountries_min = 2\n{films}", f'order = "given"\n{HEAD}')
    )
    assert broken.code == 2 and "breaks 3 rules" in broken.err
    assert "from 12 on" in broken.err and "countries_min" in broken.err


def test_what_cannot_be_says_by_how_much_and_what_would_do(venue: Workplace) -> None:
    head = HEAD.replace("min = 10", "min = 50").replace("target = 34", "target = 55")
    done = venue.matinee("block", "--dry-run", write(venue, '[[films]]\nfile = "."\n', head))
    assert done.code == 2 and "The longest programme under these rules is 0:37; at least 0:50 is asked." in done.err
    assert 'length.min = "0:37"' in done.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[films]]\nfile = "nowhere.mp4"\n', "there is no such file, which the first [[films]] names"),
        ('[[films]]\nfile = "empty"\n', "no film lies there"),
        ('[[films]]\nfile = "*.mkv"\n', "no film lies there"),
        ('[[films]]\nfile = "."\nmust = true\n', "what must be in or has a place is one"),
        ('[[films]]\nfile = "kite.mp4"\n[[films]]\nfile = "./kite.mp4"\n', "name one file, kite.mp4"),
        ('[[films]]\nfile = "broken.mp4"\nmust = true\n', "not a film that can be read"),
        ('[[films]]\nfile = "broken.mp4"\n', "None of the films can be used"),
        ('[[films]]\nfile = "kite.mp4"\nmust = true\n[[films]]\nfile = "twin.mp4"\nmust = true\n', "under two names"),
        ('[rules]\nrating_max = "A"\n[[films]]\nfile = "."\n', "means different ages"),
        (f'[[films]]\nfile = "{"x" * 400}.mp4"\n', "File name too long"),
        ('[[films]]\nfile = "**.mp4"\n', "it should be a file, a folder or a pattern"),
        ('[[films]]\nfile = "loop"\n', "this link leads to no file"),
        ('[[films]]\nfile = "kite.mp4"\nplace = 1\n[[films]]\nfile = "silent.mp4"\nplace = "opener"\n', "first film"),
    ],
)
def test_a_mistake_in_a_block_is_told_without_a_trace(venue: Workplace, text: str, told: str) -> None:
    (venue.films / "empty").mkdir()
    (venue.films / "broken.mp4").write_bytes(b"no film")
    shutil.copy(venue.film, venue.films / "twin.mp4")
    (venue.films / "loop").symlink_to("loop")
    done = venue.matinee("block", "--dry-run", write(venue, text))
    assert done.code == 2 and told in done.err.replace("\n", " ") and "Traceback" not in done.err


def test_links_that_lead_in_circles_are_not_gone_through(venue: Workplace) -> None:
    (venue.films / "inside").mkdir()
    (venue.films / "inside" / "up").symlink_to("..")
    os.link(venue.film, venue.films / "inside" / "kite.mp4")
    done = venue.matinee("block", "--dry-run", write(venue, '[[films]]\nfile = "**/*.mp4"\n'), "--json")
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["films"]) == 3


def test_a_block_file_that_is_none_is_told(venue: Workplace, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path, venue.film):
        done = venue.matinee("block", "--dry-run", path)
        assert done.code == 2 and str(path) in done.err and "Traceback" not in done.err


def test_a_sponsor_s_picture_is_kept_or_what_is_wrong_with_it_is_told(venue: Workplace) -> None:
    from PIL import Image

    Image.new("RGB", (64, 32), "white").save(venue.films / "logo.png")
    films = '[[films]]\nfile = "kite.mp4"\n'
    fine = venue.matinee("block", "--dry-run", write(venue, films, f'sponsor_picture = "logo.png"\n{HEAD}'), "--json")
    assert fine.code == 0 and json.loads(fine.out)["running_order"][0]["title"] == "Sponsors"
    wrong = venue.matinee("block", "--dry-run", write(venue, films, f'sponsor_picture = "kite.mp4"\n{HEAD}'))
    assert wrong.code == 2 and "sponsor_picture" in wrong.err


def test_an_order_can_be_kept_in_a_copy_that_gives_it(venue: Workplace) -> None:
    text = '# mine\n[rules]\nage_max = 12 # not for all\n[[films]]\nfile = "."\n[[films]]\nfile = "kite.mp4"\n'
    block = write(
        venue, text + 'place = 2\nage = 11\nweight = 1.5\nnote = "Q&A"\n[[films]]\nfile = "short.mp4"\nage = 0\n'
    )
    before = block.read_bytes()
    done = venue.matinee("block", "--dry-run", block, "--json", "--keep", "kept.toml")
    assert done.code == 0, done.err
    kept = venue.films / "kept.toml"
    assert block.read_bytes() == before and "# not for all" in kept.read_text()
    again = venue.matinee("block", "--dry-run", kept, "--json")
    assert again.code == 0, again.err
    orders = [[(film["sha256"], film["age"]) for film in json.loads(run.out)["films"]] for run in (done, again)]
    assert orders[0] == orders[1] and json.loads(again.out)["seconds"] == json.loads(done.out)["seconds"]
    kept.write_text("hers")
    aside = venue.matinee("block", "--dry-run", block, "--keep", "kept.toml")
    assert "A file of yours stood in the way" in aside.err and 'order = "given"' in kept.read_text()
    for name in (block.name, "../kept.toml", "kept.mp4", "film.toml", "x.calendar.toml"):
        assert venue.matinee("block", "--dry-run", block, "--keep", name).code == 2
    assert block.read_bytes() == before


def test_a_film_whose_name_is_no_text_is_shown_all_the_same(venue: Workplace) -> None:
    (venue.films / "short.mp4").rename(venue.films / os.fsdecode(b"caf\xe9 \n\x1b [red].mp4"))
    block = write(venue, '[[films]]\nfile = "caf*"\n', HEAD.replace("min = 10", "min = 1").replace("target = 34", ""))
    for words in ((), ("--json",)):
        done = venue.matinee("block", "--dry-run", block, *words)
        assert done.code == 0 and "caf? ?? [red]" in done.out, done.err


def test_a_film_that_no_list_can_name_is_refused_before_anything_is_made(venue: Workplace) -> None:
    (venue.films / "short.mp4").rename(venue.films / "short \n.mp4")
    block = write(venue, '[[films]]\nfile = "short*"\n', HEAD.replace("min = 10", "min = 1").replace("target = 34", ""))
    done = venue.matinee("block", block, "--out", venue.home / "block")
    assert done.code == 2 and "cannot stand in a list of films" in done.err, done.err
    assert not (venue.home / "block").exists() and "pictures" not in done.err


def test_what_is_no_file_is_told_as_what_it_is(venue: Workplace) -> None:
    os.mkfifo(venue.films / "pipe.mp4")
    (venue.films / "nowhere.mp4").symlink_to("gone.mp4")
    for name, told in (
        ("pipe.mp4", "this is no file but a pipe, a socket or a device"),
        ("nowhere.mp4", "this link leads to no file"),
        ("gone.mp4", "there is no such file"),
    ):
        done = venue.matinee("block", "--dry-run", write(venue, f'[[films]]\nfile = "{name}"\n'))
        assert done.code == 2 and f"{name}: {told}, which the first [[films]] names" in done.err


def test_a_film_file_that_bears_the_whole_name_is_told_to_be_unread(venue: Workplace) -> None:
    (venue.films / "short.mp4.film.toml").write_text('title = "Wren"\n')
    done = venue.matinee("block", "--dry-run", write(venue, '[[films]]\nfile = "."\n'))
    told = "short.mp4.film.toml is not read: beside short.mp4 it is to be called short.film.toml."
    assert done.code == 0 and done.out.count(told) == 1 and "Wren" not in done.out


def test_what_two_names_of_one_film_say_of_it_in_two_ways_is_told(venue: Workplace) -> None:
    shutil.copy(venue.film, venue.films / "twin.mp4")
    text = '[[films]]\nfile = "."\n[[films]]\nfile = "twin.mp4"\nage = 16\nmust = true\n'
    done = venue.matinee("block", "--dry-run", write(venue, text))
    assert done.code == 0, done.err
    assert "kite.mp4 and twin.mp4 are one film under two names, which is taken once; " in done.out
    assert "the title and the age of twin.mp4 counts, and not the other's" in done.out.replace("\n", " ")


def test_units_are_explained_to_who_never_heard_of_them(venue: Workplace) -> None:
    done = venue.matinee("block", "--dry-run", write(venue, '[[films]]\nfile = "*.mp4"\n'))
    assert done.code == 0 and ("LU: decibels of loudness" in done.out) == (" LU" in done.out.split("LU: ")[0])


def test_what_turns_the_direction_of_writing_does_not_reach_the_terminal(venue: Workplace) -> None:
    title = "\u202egpj.exe\u202c"
    (venue.films / "short.film.toml").write_text(f'title = "{title}"\ndirector = "{title}"\n')
    block = write(venue, '[[films]]\nfile = "."\n', HEAD.replace('"Small Hours"', f'"{title}"'))
    done = venue.matinee("block", "--dry-run", block)
    assert done.code == 0 and "\u202e" not in done.out + done.err and r"\u202egpj.exe" in done.out
