"""What a region may ask for of every film: what presets/regions and the tables [[regions]] of film.toml both say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipeline.entries import Link, Tag, Words
from pipeline.tables import Exact, Schema

REGION_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LegalPlace = Literal["cards", "picture"]


class Wishes(Schema):
    """Hold what a region wants of a film; what is left out stays as it is everywhere."""

    language: Tag | None = Field(
        None, description="the language that its cards are written in, a BCP 47 tag such as 'de' or 'pt-BR'"
    )
    audio_language: Tag | None = Field(
        None, description="the language that is heard: of clips the only one, of packages what players start with"
    )
    subtitle_language: Tag | None = Field(
        None, description="the language of captions in clips, and of the subtitles that players of packages start with"
    )
    subtitles: Literal["picture", "file", "none"] | None = Field(
        None,
        description="captions of clips: 'picture' draws them and writes an SRT file, 'file' writes that alone, or "
        "'none'; without it, as the style says. Packages carry subtitles that viewers choose",
    )
    legal_line: Words | None = Field(None, description="what has to be said there: '© 2026 Ana, all rights reserved'")
    legal_line_on: LegalPlace | None = Field(
        None,
        description="where it stands: on the 'cards', the rating's or the title's or one of its own, or in clips on "
        "the 'picture' all the time, so that no other region shares any of that; without it, on the cards",
    )
    call_to_action: Words | None = Field(None, description="what an end card asks for, as in film.toml")
    link: Link | None = Field(None, description="the address on an end card, as in film.toml")
    loudness_lufs: Annotated[Exact, Field(ge=-40, le=-5)] | None = Field(
        None,
        description="integrated loudness, -40 to -5, instead of the platform's or ladder's",
    )


def wishes_of(preset: Wishes, film: Wishes | None) -> Wishes:
    """Return what a region wants of a film: as the film's own table says, else as its preset does."""
    fields = {
        name: own if film is not None and (own := getattr(film, name)) is not None else getattr(preset, name)
        for name in Wishes.model_fields
    }
    return Wishes.model_construct(**fields)
