"""`[[evening]]` of a block's file: what happens around the block, as people write it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline.entries import Words
from pipeline.tables import Exact, Schema

EveningKind = Literal["doors", "block", "talk", "stream", "merch", "break", "food", "music", "other"]
"""The doors open; the block of films plays; people talk, artists or a panel; something is streamed, live; a table with
things to buy; a pause; food and drink; live music; anything else, which then has a title."""
MOST_MINUTES: Final = 12 * 60
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _check_minutes(value: Fraction) -> Fraction:
    if not 0 < value <= MOST_MINUTES:
        raise ValueError(f"a number of minutes above 0 and up to {MOST_MINUTES}")
    return value


def _check_clock(value: str) -> str:
    if _CLOCK.fullmatch(value) is None:
        raise ValueError("a time of day in quotes, such as '21:10'")
    return value


class EveningEntry(Schema):
    """Hold one thing that happens in an evening, in the order in which they happen."""

    what: EveningKind = Field(
        description="'doors', 'block' (the films, exactly once), 'talk', 'stream', 'merch', 'break', 'food', 'music' "
        "or 'other'"
    )
    title: Words | None = Field(
        None, description="what it is called on the run sheet; without it, its kind ('Doors', 'Artist talk')"
    )
    minutes: Annotated[Exact, AfterValidator(_check_minutes)] | None = Field(
        None,
        description="how long it takes. The block takes as long as its films do, and what is alongside lasts all "
        "evening where nothing is said; all else needs this or `at`",
    )
    at: Annotated[str, AfterValidator(_check_clock)] | None = Field(
        None,
        description="when it begins, by the clocks of the block's zone: '21:10'. Without it, what stands before the "
        "block ends as the next begins, and what stands after it begins as the one before ends",
    )
    who: Words | None = Field(None, description="who does it: who talks, plays or stands behind the table")
    note: Words | None = Field(None, description="what else whoever runs the evening has to know: 'microphones on'")
    alongside: bool | None = Field(
        None, description="it goes on while other things happen; 'merch' does unless this is false"
    )

    @property
    def is_alongside(self) -> bool:
        """Whether it goes on while other things happen."""
        return self.what == "merch" if self.alongside is None else self.alongside

    @model_validator(mode="after")
    def _can_be_laid_out(self) -> EveningEntry:
        if self.what == "block":
            if self.minutes is not None or self.at is not None or self.alongside:
                raise ValueError(
                    "the block without minutes, at and alongside: it begins at the file's `starts` and lasts as long "
                    "as its films"
                )
        elif self.minutes is None and self.at is None and not self.is_alongside:
            raise ValueError("with minutes = 30 or at = '21:10', from which follows when it begins and ends")
        if self.what == "other" and self.title is None:
            raise ValueError("with a title, since 'other' says nothing")
        return self
