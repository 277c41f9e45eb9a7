"""The kinds of entries that people write into their files: words, lists of words, tags of languages, addresses."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.languages import is_tag
from pipeline.links import parse_link

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


Link = Annotated[str, BeforeValidator(parse_link)]
Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_check_words)]
_alone_or_listed = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
WordList = Annotated[tuple[Words, ...], _alone_or_listed]
Tag = Annotated[str, AfterValidator(_check_tag)]
TagList = Annotated[tuple[Tag, ...], _alone_or_listed]
