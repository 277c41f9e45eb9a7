"""Find the captions of a film: those asked for, else film.toml's, else those beside the master, else its own tracks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.captions import BYTES_MAX, SUFFIXES, parse_captions
from pipeline.edit import Edit, MasterSpan
from pipeline.errors import PlanError, ProjectError
from pipeline.facts import MediaFacts
from pipeline.film import Film
from pipeline.languages import CODES, UNDETERMINED, same_language, tag_of
from pipeline.plan.captions import CaptionTrack
from pipeline.shell.store import Store
from pipeline.shell.text_tracks import Kind, TextTrack, has_text_tracks, text_tracks
from pipeline.shell.whereabouts import is_file
from pipeline.spelling import spelled
from pipeline.tables import show_value

NO_CAPTIONS: Final = "none"
"""Asked for in place of a file or a language."""
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*\Z", re.IGNORECASE)
# What media servers read in the names of caption files.
_KINDS: Final[Mapping[str, Kind]] = {"forced": "forced", "sdh": "for the deaf", "cc": "for the deaf"}
_RANKS: Final[Mapping[Kind, int]] = {"plain": 0, "for the deaf": 1, "forced": 2}


@dataclass(frozen=True)
class CaptionWish:
    """Which captions somebody asked for; nothing: whichever suit the film."""

    file: Path | None = None
    language: str | None = None
    """A BCP 47 tag."""
    else_own: bool = False
    """Whether there may be none in that language: then those that suit the film are taken."""


@dataclass(frozen=True)
class FoundCaptions:
    """A film's captions, or None, what people should know, and the keys of artifacts that they were read from."""

    track: CaptionTrack | None
    notes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownCaptions:
    """Captions of a film in one language and of one kind."""

    language: str
    """A BCP 47 tag, `und` where nobody says which."""
    kind: Kind
    found: FoundCaptions


@dataclass(frozen=True)
class _Candidate:
    source: str
    language: str | None
    kind: Kind
    read: Callable[[], FoundCaptions]


def captions_wanted(word: str | None) -> CaptionWish:
    """Return which captions a person's word asks for: a file or a language; without one, or for 'none', neither.

    Raises PlanError for any other word.
    """
    if word is None or word == NO_CAPTIONS:
        return CaptionWish()
    if Path(word).suffix.lower() in SUFFIXES or "/" in word:
        return CaptionWish(file=Path(word))
    if not word.replace("-", "").isalnum() or not word.isascii() or not 2 <= len(word.partition("-")[0]) <= 3:
        raise PlanError(
            f"{word!r} names no captions.",
            remedy="Give a file (.srt, .vtt, .ass), a language such as es or pt-BR, or none.",
        )
    return CaptionWish(language=word)


def refuse_one_file_for_several(word: str | None, *, films: int) -> None:
    """Raise PlanError where a person asks for one file of captions and for several films."""
    file = captions_wanted(word).file
    if file is not None and films > 1:
        raise of_one_film(file, f"there are {films}", remedy="Cut them one by one, or put captions beside each.")


def of_one_film(file: Path, told: str, *, remedy: str) -> PlanError:
    """Return the error for a file of captions that is asked for of several films; `told` ends its sentence."""
    return PlanError(f"The captions in {spelled(str(file))} can be those of one film only, and {told}.", remedy=remedy)


def find_captions(
    path: Path, facts: MediaFacts, digest: str, *, films: Mapping[Path, Film], wish: CaptionWish, store: Store
) -> FoundCaptions:
    """Return the captions of a master; `films` are what `projects.film_files` returns for it.

    Among several the language decides: the one asked for, else the film's own, else what there is only one of. Raises
    ProjectError for a file that is missing or broken, and for a language asked for that there is none in.
    """
    own = _own_languages(facts, films)
    if wish.file is not None:
        return read_captions_file(wish.file, wish.language or _language_in(wish.file) or next(iter(own), None))
    groups: list[Callable[[], Sequence[_Candidate]]] = [
        lambda: list(_named(path, films, own)),
        lambda: list(_beside(path, own)),
        lambda: list(_held(path, facts, digest, store)),
    ]
    seen: list[_Candidate] = []
    for group in groups:
        candidates = group()
        seen += candidates
        best = _best(candidates, [wish.language] if wish.language else own)
        if best is None and wish.language is None:
            best = _unnamed(candidates)
        if best is not None:
            return best.read()
    if wish.language is not None and wish.else_own:
        found = find_captions(path, facts, digest, films=films, wish=CaptionWish(), store=store)
        told = f"{spelled(path.name)} has no captions in {wish.language}" if seen else ""
        return replace(
            found, notes=(*([f"{told}, so others are shown."] if told and found.track else []), *found.notes)
        )
    if wish.language is not None:
        raise ProjectError(
            f"{path}: there are no captions in {wish.language!r}; there are {_listed(seen) or 'none at all'}.",
            remedy=f"Put {path.stem}.{wish.language}.srt beside the film, or name the file in film.toml.",
            path=str(path),
        )
    if len({candidate.language for candidate in seen}) == 1:
        return min(seen, key=lambda candidate: _RANKS[candidate.kind]).read()
    return FoundCaptions(None, tuple(_untold(path, facts, seen)))


def find_all_captions(
    path: Path, facts: MediaFacts, digest: str, *, films: Mapping[Path, Film], store: Store
) -> tuple[KnownCaptions, ...]:
    """Return the captions of a master in every language and of every kind that there are, each once.

    Those that film.toml names go before those beside the film, and these before its own tracks. Raises ProjectError for
    a file that is missing or broken.
    """
    own = _own_languages(facts, films)
    found: dict[tuple[str, Kind], _Candidate] = {}
    for candidate in (*_named(path, films, own), *_beside(path, own), *_held(path, facts, digest, store)):
        language = tag_of(candidate.language) or tag_of(next(iter(own), None)) or UNDETERMINED
        found.setdefault((language, candidate.kind), candidate)
    return tuple(KnownCaptions(language, kind, one.read()) for (language, kind), one in found.items())


def read_captions_file(path: Path, language: str | None) -> FoundCaptions:
    """Read a file of captions. Raises ProjectError that says what is wrong with it, and where."""
    try:
        if not path.is_file():
            problem = "this is not a file" if path.exists() else "there is no such file"
            raise ProjectError(
                f"{path}: {problem}.", remedy="Captions are in .srt, .vtt or .ass files.", path=str(path)
            )
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise ProjectError(f"{path}: {error.strerror or error}.", path=str(path)) from error
    if len(raw) > BYTES_MAX:
        raise ProjectError(f"{path}: the file is larger than {BYTES_MAX >> 20} MiB.", path=str(path))
    parsed = parse_captions(raw, path=path, language=language)
    digest = hashlib.sha256(raw).hexdigest()
    return FoundCaptions(CaptionTrack(parsed.cues, language, spelled(path.name), digest), parsed.notes)


def named_captions(
    edit: Edit, folder: Path, languages: Mapping[str, str | None]
) -> tuple[dict[tuple[str, str | None], CaptionTrack], tuple[str, ...]]:
    """Return the captions that spans of an edit name, as `plan_captions` takes them, and what people should know.

    Their files lie in a folder; `languages` are the masters' own, for files whose names do not say theirs. Raises
    ProjectError for a file that is missing or broken.
    """
    found: dict[tuple[str, str | None], CaptionTrack] = {}
    notes: list[str] = []
    for span in edit.spans:
        if isinstance(span, MasterSpan) and span.captions is not None and (span.master, span.captions) not in found:
            path = folder / span.captions
            read = read_captions_file(path, _language_in(path) or languages.get(span.master))
            assert read.track is not None
            found[span.master, span.captions] = read.track
            notes += read.notes
    return found, tuple(notes)


def own_language(facts: MediaFacts, films: Mapping[Path, Film]) -> str | None:
    """Return the first language of a film, as its film.toml says or as its sound is marked."""
    return next(iter(_own_languages(facts, films)), None)


def _own_languages(facts: MediaFacts, films: Mapping[Path, Film]) -> list[str]:
    """Return the languages of a film, as its film.toml says, or as its sound is marked."""
    told = [film.language for film in films.values() if film.language]
    if told:
        return list(told[-1])
    spoken = None if facts.main_sound is None else tag_of(facts.main_sound.language)
    return [] if spoken is None else [spoken]


def _named(path: Path, films: Mapping[Path, Film], own: Sequence[str]) -> Iterator[_Candidate]:
    """Yield what film.toml names; of two such files, the project's own says it."""
    naming = [(toml, film) for toml, film in films.items() if "captions" in film.model_fields_set]
    for toml, film in naming[-1:]:
        for entry in film.captions:
            places = (toml.parent / entry.file, path.parent / entry.file)
            file = next((place for place in places if is_file(place)), None)
            if file is None:
                raise ProjectError(
                    f"{toml}: captions.file is {show_value(entry.file)}, and there is no such file in {toml.parent} or "
                    f"{path.parent}.",
                    remedy="Correct the path, or take the [[captions]] out.",
                    path=str(toml),
                    field="captions.file",
                )
            yield _file_candidate(file, entry.language, "plain", own)


def _beside(path: Path, own: Sequence[str]) -> Iterator[_Candidate]:
    """Yield the files beside a master that are called as it is, but for a language and what media servers add."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.name.startswith(f"{path.stem}."))
    except OSError:
        names = []
    for suffix in SUFFIXES:
        for name in (name for name in names if name.lower().endswith(suffix)):
            middle = name[len(path.stem) + 1 : -len(suffix)]
            is_ours, language, kind = _told_by_name(middle.split(".") if middle else [])
            if is_ours and is_file(path.parent / name):
                yield _file_candidate(path.parent / name, language, kind, own)


def _told_by_name(words: Iterable[str]) -> tuple[bool, str | None, Kind]:
    """Return whether all words of a file's name are a language or a kind of captions, and which."""
    language: str | None = None
    kind: Kind = "plain"
    knows_all = True
    for word in words:
        if word.lower() in _KINDS:
            kind = _KINDS[word.lower()]
        elif _LANGUAGE.match(word):
            language = tag_of(word)
        else:
            knows_all = False
    return knows_all, language, kind


def _language_in(file: Path) -> str | None:
    """Return the language that a file's name says, after the film's own name or alone: 'film.es.srt', 'es.srt'."""
    first, *words = file.stem.split(".")
    alone = first if not words and first.replace("_", "-").partition("-")[0].lower() in CODES else None
    return _told_by_name(words if alone is None else [alone])[1]


def _file_candidate(file: Path, language: str | None, kind: Kind, own: Sequence[str]) -> _Candidate:
    meant = language or next(iter(own), None)
    return _Candidate(spelled(file.name), language, kind, lambda: read_captions_file(file, meant))


def _held(path: Path, facts: MediaFacts, digest: str, store: Store) -> Iterator[_Candidate]:
    if not has_text_tracks(facts):
        return
    tracks, artifact = text_tracks(path, facts, digest, store)
    for track in tracks:

        def read(track: TextTrack = track) -> FoundCaptions:
            source = f"text track {track.index} of {spelled(path.name)}"
            of_track = hashlib.sha256(f"{artifact.sha256} {track.index}".encode()).hexdigest()
            return FoundCaptions(CaptionTrack(track.cues, track.language, source, of_track), keys=(artifact.key,))

        yield _Candidate(f"text track {track.index}", track.language, track.kind, read)


def _best(candidates: Sequence[_Candidate], languages: Sequence[str]) -> _Candidate | None:
    """Return the captions in the first language that there are any in, those of its very region before others."""
    for wanted in languages:
        suiting = [candidate for candidate in candidates if same_language(wanted, candidate.language)]
        if suiting:
            return min(suiting, key=lambda one: (_RANKS[one.kind], (one.language or "").lower() != wanted.lower()))
    return None


def _unnamed(candidates: Sequence[_Candidate]) -> _Candidate | None:
    """Return the captions that name no language, which are in the film's own."""
    unnamed = [candidate for candidate in candidates if candidate.language is None]
    return min(unnamed, key=lambda one: _RANKS[one.kind]) if unnamed else None


def _untold(path: Path, facts: MediaFacts, seen: Sequence[_Candidate]) -> Iterator[str]:
    """Yield why there are no captions, where there is more to say than that there are none."""
    if seen:
        yield (
            f"{spelled(path.name)} has captions ({_listed(seen)}), but none in its own language: say in film.toml "
            "which language that is, or ask for one."
        )
    elif facts.subtitles:
        kinds = ", ".join(dict.fromkeys(subtitle.codec for subtitle in facts.subtitles))
        yield (
            f"The captions in {spelled(path.name)} are no text ({kinds}) and cannot be used: put a .srt, .vtt or .ass "
            "file beside it."
        )


def _listed(seen: Sequence[_Candidate]) -> str:
    return ", ".join(f"{one.source} ({one.language or 'no language named'})" for one in seen)
