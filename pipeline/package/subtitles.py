"""The subtitles of a package: every language of its films' captions, and what the spans of an edit name instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.edit import Edit
from pipeline.film import Film
from pipeline.languages import UNDETERMINED, tag_of
from pipeline.package.request import PackageSubject
from pipeline.plan.captions import CaptionTrack
from pipeline.plan.subtitles import SubtitleKind, Subtitles, with_forced_lines
from pipeline.shell.caption_sources import KnownCaptions, find_all_captions, named_captions, own_language
from pipeline.shell.projects import film_files, find_project
from pipeline.shell.store import Store


@dataclass(frozen=True)
class FoundSubtitles:
    """Subtitles in every language, what people should know of them, and the keys of what they were read from."""

    subtitles: tuple[Subtitles, ...]
    notes: tuple[str, ...]
    keys: tuple[str, ...]


def find_subtitles(subject: PackageSubject, projects: Path, store: Store) -> FoundSubtitles:
    """Return the subtitles of what is packaged. Raises ProjectError for a captions file that is missing or broken."""
    known: dict[str, tuple[KnownCaptions, ...]] = {}
    languages: dict[str, str | None] = {}
    for study in subject.studies:
        project = find_project(projects, study.digest)
        films: Mapping[Path, Film] = {} if project is None else film_files(project, study.path, study.digest)
        known[study.digest] = find_all_captions(study.path, study.facts, study.digest, films=films, store=store)
        languages[study.digest] = own_language(study.facts, films)
    named, notes = named_captions(subject.edit, subject.path.parent, languages)
    tables: dict[tuple[str, SubtitleKind], dict[tuple[str, str | None], CaptionTrack]] = {}
    for kind, language, place, track in _tracks(subject.edit, known, named):
        tables.setdefault((language, kind), {})[place] = track
    found = [Subtitles(language, kind, tracks) for (language, kind), tracks in tables.items()]
    told = [note for captions in known.values() for one in captions for note in one.found.notes]
    keys = [key for captions in known.values() for one in captions for key in one.found.keys]
    return FoundSubtitles(with_forced_lines(found), tuple(dict.fromkeys((*told, *notes))), tuple(dict.fromkeys(keys)))


def _tracks(
    edit: Edit,
    known: Mapping[str, tuple[KnownCaptions, ...]],
    named: Mapping[tuple[str, str | None], CaptionTrack],
) -> Iterator[tuple[SubtitleKind, str, tuple[str, str | None], CaptionTrack]]:
    """Yield captions for each way in which spans ask for some; what a span names comes last, and so instead."""
    places = dict.fromkeys((span.master, span.captions) for span in edit.spans)
    for place in places:
        for one in known[place[0]]:
            if one.found.track is not None:
                yield one.kind, one.language, place, one.found.track
    for place, track in named.items():
        yield "plain", tag_of(track.language) or UNDETERMINED, place, track
