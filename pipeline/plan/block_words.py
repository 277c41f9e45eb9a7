"""The words on a block's cards that nobody wrote, in the language of its cards; English where they are not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class BlockWords:
    """Words in one language."""

    film: str
    films: str
    by: str
    """Before the names of directors."""
    subtitles: str
    """Before the names of languages."""
    intermission: str
    minutes: str
    thanks: str


_WORDS: Final[Mapping[str, BlockWords]] = {
    "de": BlockWords("Film", "Filme", "von", "Untertitel", "Pause", "Minuten", "Danke"),
    "en": BlockWords("film", "films", "by", "subtitles", "Intermission", "minutes", "Thank you"),
    "es": BlockWords("película", "películas", "de", "subtítulos", "Descanso", "minutos", "Gracias"),
    "fr": BlockWords("film", "films", "de", "sous-titres", "Entracte", "minutes", "Merci"),
    "it": BlockWords("film", "film", "di", "sottotitoli", "Intervallo", "minuti", "Grazie"),
    "pt": BlockWords("filme", "filmes", "de", "legendas", "Intervalo", "minutos", "Obrigado"),
}


def words_in(tag: str) -> BlockWords:
    """Return the words in the language of a BCP 47 tag."""
    return _WORDS.get(tag.partition("-")[0].lower(), _WORDS["en"])
