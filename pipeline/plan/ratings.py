"""From which age on a film may be seen, as its rating says: the categories of film boards, and where they were found.

A text that two boards mean different ages by says no age ('A' is for all in Spain and for adults in India), nor does
one by which a board only advises parents. Then somebody has to say the age.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Board:
    """A board that rates films."""

    name: str
    ages: Mapping[str, int | None]
    """From which age on films of a category may be seen, 0 for all; None where it says none."""
    source: str
    """Where that was found, and when it was read."""


BOARDS: Final = (
    Board(
        "BBFC",
        {"u": 0, "pg": 8, "12a": 12, "12": 12, "15": 15, "18": 18, "r18": 18},
        "Parkway Cinemas on the BBFC's classifications, louth.tickets.parkwaycinemas.co.uk/Browsing/General/Ratings,"
        " read 2026-11-27: PG 'should not unsettle a child aged around eight or older'",
    ),
    Board(
        "FSK",
        {"0": 0, "6": 6, "12": 12, "16": 16, "18": 18},
        "Burg-Lichtspiele on the FSK and the JuSchG, burglichtspiele.de/mehr/fsk-und-jugendschutz, read 2026-11-27",
    ),
    Board(
        "MPA",
        {"g": 0, "pg": None, "pg-13": 13, "r": 17, "nc-17": 18},
        "nc17movie.com/ratingsDefn.html, read 2026-11-27: NC-17 is 'No One 17 and Under Admitted'; PG names no age",
    ),
    Board(
        "CNC",
        {"tp": 0, "u": 0, "tous publics": 0, "-12": 12, "-16": 16, "-18": 18, "x": 18},
        "Code du cinéma et de l'image animée, article R211-12, read 2026-11-27",
    ),
    Board(
        "ICAA",
        {"a": 0, "tp": 0, "apta": 0, "7": 7, "12": 12, "16": 16, "18": 18, "x": 18},
        "Resolution of the ICAA, BOE-A-2010-2728, and consumer.es on it, read 2026-11-27",
    ),
    Board(
        "IMDA",
        {"g": 0, "pg": None, "pg13": 13, "nc16": 16, "m18": 18, "r21": 21},
        "imda.gov.sg, Content standards and classification, Films, read 2026-11-27; until 2016 the MDA",
    ),
    Board(
        "ClassInd",
        {"l": 0, "livre": 0, "10": 10, "12": 12, "14": 14, "16": 16, "18": 18},
        "Estadão on the Guia Prático da Classificação Indicativa, emais.estadao.com.br, read 2026-11-27",
    ),
    Board(
        "CBFC",
        {"u": 0, "ua": 12, "u/a": 12, "ua 7+": 7, "ua 13+": 13, "ua 16+": 16, "a": 18},
        "dtnext.in on the categories of November 2024, read 2026-11-27; UA alone, before them, is 12",
    ),
    Board(
        "Eirin",
        {"g": 0, "pg12": 12, "r15+": 15, "r18+": 18},
        "movie-memo.com/dictionary/eirin, read 2026-11-27",
    ),
)
_NAMES: Final[Mapping[str, str]] = {
    **{board.name.casefold(): board.name for board in BOARDS}, "mpaa": "MPA", "mda": "IMDA", "映倫": "Eirin",
}  # fmt: skip
_GLUED: Final = re.compile(r"^(fsk|bbfc|icaa)[-–]?(?=\d)")
_NO_RATING: Final = ("", "nr", "n/r", "not rated", "unrated", "not yet rated", "tbc", "exempt", "e")
# The categories as sentences, which are those of one board.
_SENTENCES: Final = (
    (re.compile(r"(?:freigegeben )?ab (\d{1,2})(?: jahren?)?(?: freigegeben)?"), None),
    (re.compile(r"(?:interdit|interdiction) aux (?:moins de|mineurs de) (\d{1,2})(?: ans)?"), None),
    (re.compile(r"no recomendada? (?:para|a) (?:los )?menores de (\d{1,2})(?: años)?"), None),
    (re.compile(r"não recomendado para menores de (\d{1,2})(?: anos)?"), None),
    (re.compile(r"(?:freigegeben )?ohne altersbeschränkung|apta para todos los públicos|tous publics"), 0),
    (re.compile(r"livre para todos os públicos"), 0),
    (re.compile(r"keine jugendfreigabe"), 18),
)


def age_of(rating: str | None) -> int | str:
    """Return from which age on a film of a rating may be seen, or why that is not known, as the end of a sentence."""
    text = " ".join(unicodedata.normalize("NFKC", rating or "").casefold().split())
    if text in _NO_RATING:
        return f'its rating is "{rating}", which names no age' if text else "film.toml has no rating"
    board, category = _parted(text)
    for pattern, age in _SENTENCES:
        if (match := pattern.fullmatch(category)) is not None:
            return int(match[1]) if age is None else age
    found = [(one, one.ages[category]) for one in BOARDS if board in (None, one.name) and category in one.ages]
    ages = {age for _, age in found if age is not None}
    if len(ages) == 1:
        return ages.pop()
    if found and not ages:
        return f'the rating "{rating}" of {found[0][0].name} names no age'
    if found:
        meant = ", ".join(f"{age} by {one.name}" for one, age in found if age is not None)
        return f'its rating "{rating}" means different ages: {meant}'
    return f'nobody here knows what age its rating "{rating}" means'


def _parted(text: str) -> tuple[str | None, str]:
    """Return the board that a rating begins or ends with, None where it names none, and the rest."""
    # 'FSK12' and 'FSK-12' are written as often as 'FSK 12'.
    text = _GLUED.sub(r"\1 ", text)
    first, *words = re.split(r"[\s:,()]+", text.strip(" ()"))
    if words and first in _NAMES:
        return _NAMES[first], " ".join(words)
    if words and words[-1] in _NAMES:
        return _NAMES[words[-1]], " ".join((first, *words[:-1]))
    return None, text
