"""The kinds of entries that people write into their files: words, tags of languages, countries, addresses."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.languages import is_tag
from pipeline.links import CAMPAIGN_PART, parse_link

# Of CLDR's two letters those that are no country: groups, parts of countries, and codes for tests.
_NO_COUNTRIES: Final = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1b\x7f]")


def _check_words(value: str) -> str:
    # Cards and editors' files are made of them, in which tabs and line ends become blanks and these have no place.
    if _CONTROL.search(value):
        raise ValueError("text without control characters")
    return value


def _check_tag(value: str) -> str:
    if not is_tag(value):
        raise ValueError("a BCP 47 tag such as 'es' or 'pt-BR'")
    return value


@cache
def _countries() -> frozenset[str]:
    from babel import Locale

    names = map(str, Locale("en").territories)
    return frozenset(code for code in names if re.fullmatch("[A-Z]{2}", code)) - _NO_COUNTRIES


def _check_country(value: str) -> str:
    if value not in _countries():
        hint = " (the United Kingdom is GB)" if value == "UK" else ""
        raise ValueError(f"the two capital letters of a country in ISO 3166-1, such as 'DE'{hint}")
    return value


def _check_campaign_part(value: str) -> str:
    if re.fullmatch(CAMPAIGN_PART, value, re.ASCII) is None:
        raise ValueError("up to 40 small letters, digits and hyphens between them, such as 'malaga-26'")
    return value


CampaignPart = Annotated[str, AfterValidator(_check_campaign_part)]
Country = Annotated[str, AfterValidator(_check_country)]
Link = Annotated[str, BeforeValidator(parse_link)]
Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_check_words)]
_alone_or_listed = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
WordList = Annotated[tuple[Words, ...], _alone_or_listed]
Tag = Annotated[str, AfterValidator(_check_tag)]
TagList = Annotated[tuple[Tag, ...], _alone_or_listed]
