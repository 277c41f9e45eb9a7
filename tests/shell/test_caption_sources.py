"""Where a film's captions come from, and which of several are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.captions import Cue
from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.errors import ProjectError
from pipeline.facts import MediaFacts, SoundFacts, SubtitleFacts
from pipeline.film import Film, parse_film
from pipeline.shell import caption_sources
from pipeline.shell.caption_sources import CaptionWish, FoundCaptions, find_captions, named_captions, read_captions_file
from pipeline.shell.probe import probe
from pipeline.shell.store import Artifact, Store
from pipeline.shell.text_tracks import TextTrack
from pipeline.timebase import Span
from tests.shell.conftest import write_film

Find = Callable[..., FoundCaptions]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> MediaFacts:
    return probe(write_film(tmp_path_factory.mktemp("film") / "film.mkv", frames=4))


@pytest.fixture
def find(tmp_path: Path, facts: MediaFacts) -> Find:
    """Return a function that finds the captions of film.mkv, whose film.toml may say something."""

    def found(toml: str = "", *, wish: CaptionWish | None = None, of: MediaFacts = facts) -> FoundCaptions:
        path = tmp_path / "project" / "film.toml"
        films = {path: parse_film(toml, path=path)}
        store = Store(tmp_path / "store")
        return find_captions(tmp_path / "film.mkv", of, "digest", films=films, wish=wish or CaptionWish(), store=store)

    return found


def write(path: Path, words: str | None = None) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{words or path.name}\n", encoding="utf-8")
    return path


def words(found: FoundCaptions) -> str:
    assert found.track is not None
    return found.track.cues[0].lines[0]


def with_tracks(facts: MediaFacts, monkeypatch: pytest.MonkeyPatch, *tracks: TextTrack) -> MediaFacts:
    """Return facts of a film that has text tracks, which need not be read from it."""
    artifact = Artifact("key", Path("tracks.json"), "sha", 1, {})
    monkeypatch.setattr(caption_sources, "text_tracks", lambda *_: (tracks, artifact))
    return replace(facts, subtitles=tuple(SubtitleFacts(track.index, "subrip", track.language) for track in tracks))


def track(index: int, language: str | None, words: str, kind: str = "plain") -> TextTrack:
    return TextTrack(index, language, kind, (Cue(Fraction(1), Fraction(2), (words,)),))  # type: ignore[arg-type]


def test_a_file_beside_the_film_is_found_with_its_language_by_its_name(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.pt-BR.vtt")
    write(tmp_path / "other.es.srt")
    write(tmp_path / "film.trailer.srt")
    found = find()
    assert words(found) == "film.pt-BR.vtt"
    assert found.track is not None and (found.track.language, found.track.source) == ("pt-BR", "film.pt-BR.vtt")


def test_the_films_own_language_decides_then_what_names_none(tmp_path: Path, find: Find) -> None:
    for name in ("film.srt", "film.es.srt", "film.eng.srt", "film.zh-Hans.srt", "film.zh-Hant.srt"):
        write(tmp_path / name)
    assert words(find('language = "es"')) == "film.es.srt"
    assert words(find('language = ["cy", "en-GB"]')) == "film.eng.srt"
    assert words(find('language = "zh-Hant"')) == "film.zh-Hant.srt"
    assert words(find('language = "cy"')) == words(find()) == "film.srt"


def test_the_language_of_the_sound_is_the_films_where_nobody_says_more(
    tmp_path: Path, find: Find, facts: MediaFacts
) -> None:
    write(tmp_path / "film.es.srt")
    write(tmp_path / "film.en.srt")
    spanish = replace(facts, sounds=(SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), "spa", True),))
    assert words(find(of=spanish)) == "film.es.srt"


def test_a_language_asked_for_is_found_or_missing_it_is_told(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.srt")
    write(tmp_path / "film.es.srt")
    assert words(find(wish=CaptionWish(language="es-MX"))) == "film.es.srt"
    told = r"no captions in 'fr'; there are film.es.srt \(es\), film.srt \(no language named\).*film.fr.srt"
    with pytest.raises(ProjectError, match=told):
        find(wish=CaptionWish(language="fr"))


def test_a_file_asked_for_comes_before_all(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.srt")
    asked = write(tmp_path / "elsewhere" / "cut.es.srt")
    found = find(wish=CaptionWish(file=asked))
    assert words(found) == "cut.es.srt" and found.track is not None and found.track.language == "es"


def test_a_file_is_not_in_a_language_for_being_called_by_a_short_word(tmp_path: Path, find: Find) -> None:
    def language(name: str) -> str | None:
        found = find('language = "tr"', wish=CaptionWish(file=write(tmp_path / "elsewhere" / name)))
        assert found.track is not None
        return found.track.language

    assert [language(name) for name in ("sub.srt", "new.vtt", "cat.srt")] == ["tr"] * 3
    assert [language(name) for name in ("es.srt", "pt-BR.srt", "sub.fr.srt")] == ["es", "pt-BR", "fr"]


def test_what_film_toml_names_comes_before_what_lies_beside_the_film(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.es.srt")
    write(tmp_path / "project" / "final.srt")
    write(tmp_path / "subs" / "b.vtt")
    toml = 'language = "es"\n[[captions]]\nfile = "{}"\nlanguage = "es"\n'
    assert words(find(toml.format("final.srt"))) == "final.srt"
    assert words(find(toml.format("subs/b.vtt"))) == "b.vtt"
    assert words(find(toml.format(tmp_path / "subs" / "b.vtt"))) == "b.vtt"


def test_a_file_that_film_toml_names_and_is_missing_is_told(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.srt")
    with pytest.raises(ProjectError, match=r'captions.file is "lost.srt", and there is no such file in .*project or '):
        find('[[captions]]\nfile = "lost.srt"\n')
    with pytest.raises(ProjectError, match=r'captions.file is "a{70,80}…, and there is no such file in '):
        find(f'[[captions]]\nfile = "{"a" * 300}.srt"\n')


def test_the_films_own_tracks_come_last_and_their_key_is_kept(
    tmp_path: Path, find: Find, facts: MediaFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = with_tracks(facts, monkeypatch, track(2, "en", "forced", "forced"), track(3, "en", "deaf", "for the deaf"),
                       track(4, "en", "plain"), track(5, "es", "spanish"))  # fmt: skip
    found = find('language = "en"', of=film)
    assert words(found) == "plain" and found.keys == ("key",)
    assert found.track is not None and found.track.source == "text track 4 of film.mkv"
    write(tmp_path / "film.en.srt")
    assert words(find('language = "en"', of=film)) == "film.en.srt"
    assert words(find('language = "es"', of=film)) == "spanish"


def test_captions_for_the_deaf_and_forced_ones_give_way_to_plain_ones(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.en.forced.srt")
    assert words(find('language = "en"')) == "film.en.forced.srt"
    write(tmp_path / "film.en.sdh.srt")
    assert words(find('language = "en"')) == "film.en.sdh.srt"
    write(tmp_path / "film.en.srt")
    assert words(find('language = "en"')) == "film.en.srt"


def test_the_only_captions_are_taken_in_whatever_language(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.fr.srt")
    assert words(find('language = "en"')) == "film.fr.srt"


def test_of_several_languages_that_are_not_the_films_none_is_taken_and_that_is_told(tmp_path: Path, find: Find) -> None:
    write(tmp_path / "film.fr.srt")
    write(tmp_path / "film.es.srt")
    found = find('language = "en"')
    assert found.track is None and found.notes[0].startswith(
        "film.mkv has captions (film.es.srt (es), film.fr.srt (fr)), but none in its own language"
    )


def test_captions_that_are_pictures_are_told_and_no_captions_are_not(find: Find, facts: MediaFacts) -> None:
    assert find() == FoundCaptions(None)
    pictures = replace(facts, subtitles=(SubtitleFacts(2, "hdmv_pgs_subtitle", "eng"),))
    found = find(of=pictures)
    assert found.track is None and "are no text (hdmv_pgs_subtitle) and cannot be used" in found.notes[0]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda _: None, "there is no such file"),
        (lambda path: path.mkdir(), "this is not a file"),
        (lambda path: path.write_bytes(b"x" * 17_000_000), "larger than 16 MiB"),
        (lambda path: path.write_bytes(b"1\n00:00:02,000 --> 00:00:01,000\nx"), "line 2: a caption that ends before"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, make: Callable[[Path], object], told: str) -> None:
    make(tmp_path / "film.srt")
    with pytest.raises(ProjectError, match=told):
        read_captions_file(tmp_path / "film.srt", None)


def test_captions_that_spans_of_an_edit_name_are_read_once_each(tmp_path: Path) -> None:
    write(tmp_path / "a.srt")
    whole = Span(Fraction(0), Fraction(2))
    parts = (MasterSpan("m", whole, captions="a.srt"), Gap(Fraction(1)), MasterSpan("m", whole), MasterSpan("n", whole))
    found, notes = named_captions(Edit("e", parts), tmp_path, {"m": "en"})
    assert {place: one.language for place, one in found.items()} == {("m", "a.srt"): "en"} and notes == ()
    with pytest.raises(ProjectError, match=r"lost\.srt: there is no such file"):
        named_captions(Edit("e", (MasterSpan("m", whole, captions="lost.srt"),)), tmp_path, {})


def test_captions_that_an_edit_names_are_in_the_films_language_and_what_was_guessed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes("1\n00:00:01,000 --> 00:00:02,000\nŁódź\n".encode("cp1250"))
    write(tmp_path / "a.ja.srt")
    whole = Span(Fraction(0), Fraction(2))
    parts = (MasterSpan("m", whole, captions="a.srt"), MasterSpan("m", whole, captions="a.ja.srt"))
    found, notes = named_captions(Edit("e", parts), tmp_path, {"m": "pl"})
    assert [one.language for one in found.values()] == ["pl", "ja"]
    assert found["m", "a.srt"].cues[0].lines == ("Łódź",) and "was read as Windows-1250" in notes[0]


def test_the_field_has_its_place_in_film_toml() -> None:
    film = parse_film('[[captions]]\nfile = "a.srt"\nlanguage = "zh-Hant-TW"\n', path=Path("film.toml"))
    assert film != Film() and film.captions[0].language == "zh-Hant-TW"
    with pytest.raises(ProjectError, match=r"the first \[\[captions\]\], language is \"Spanish!\""):
        parse_film('[[captions]]\nfile = "a.srt"\nlanguage = "Spanish!"\n', path=Path("film.toml"))
