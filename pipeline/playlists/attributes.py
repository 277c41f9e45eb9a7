"""The grammar of attribute lists in HLS playlists: which shape each attribute's value has, and what is wrong with one.

RFC 8216, 4.2. Of an attribute that is not listed here any shape is taken: clients ignore what they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Shape = Literal["quoted", "number", "decimal", "signed", "size", "word", "yes-no", "hex", "quoted or NONE"]

_NAMES: Final[dict[Shape, str]] = {
    "quoted": "URI CODECS SUPPLEMENTAL-CODECS AUDIO VIDEO SUBTITLES GROUP-ID LANGUAGE ASSOC-LANGUAGE NAME INSTREAM-ID "
    "STABLE-RENDITION-ID STABLE-VARIANT-ID CHARACTERISTICS CHANNELS BYTERANGE ID CLASS START-DATE END-DATE KEYFORMAT "
    "KEYFORMATVERSIONS PATHWAY-ID ALLOWED-CPC DATA-ID VALUE SERVER-URI REQ-VIDEO-LAYOUT CUE",
    "number": "BANDWIDTH AVERAGE-BANDWIDTH BIT-DEPTH SAMPLE-RATE PROGRAM-ID",
    "decimal": "FRAME-RATE SCORE DURATION PLANNED-DURATION PART-TARGET",
    "signed": "TIME-OFFSET",
    "size": "RESOLUTION",
    "word": "TYPE METHOD HDCP-LEVEL VIDEO-RANGE",
    "yes-no": "DEFAULT AUTOSELECT FORCED PRECISE END-ON-NEXT INDEPENDENT GAP",
    "hex": "IV",
    "quoted or NONE": "CLOSED-CAPTIONS",
}
SHAPES: Final[dict[str, Shape]] = {name: shape for shape, names in _NAMES.items() for name in names.split()}
_PATTERNS: Final[dict[Shape, tuple[re.Pattern[str], str]]] = {
    "quoted": (re.compile(r'"[^"]*"'), "a text in double quotes"),
    "number": (re.compile(r"\d{1,20}", re.ASCII), "a whole number"),
    "decimal": (re.compile(r"\d{1,18}(\.\d{1,18})?", re.ASCII), "a number such as 23.976"),
    "signed": (re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII), "a number such as -1.5"),
    "size": (re.compile(r"\d{1,6}x\d{1,6}", re.ASCII), "WIDTHxHEIGHT in pixels"),
    "word": (re.compile(r'[^",\s]+'), "a word without quotes"),
    "yes-no": (re.compile(r"YES|NO"), "YES or NO"),
    "hex": (re.compile(r"0[xX][0-9A-Fa-f]{1,32}", re.ASCII), "a hexadecimal number"),
    "quoted or NONE": (re.compile(r'"[^"]*"|NONE'), "a text in double quotes, or NONE"),
}
# White space is taken at once: a line of nothing else would be tried from each of its characters on.
_ATTRIBUTE: Final = re.compile(r'\s*+([^=,"\s]*+)\s*+=\s*+("[^"]*"|[^,]*)(,|\Z)')
_NAME: Final = re.compile(r"[A-Z0-9-]+", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in an attribute list, and what is allowed."""

    what: str
    allowed: str


def read_attributes(text: str) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Return the values by name, without their quotes, and what is wrong; a value of a wrong shape is left out.

    Text that lacks its quotes is returned all the same, since what is meant is plain.
    """
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for name, value, is_spaced in _split(text, faults):
        shape = SHAPES.get(name)
        if is_spaced:
            faults.append(Fault(f"there is white space around {name}", "NAME=value, parted by commas alone"))
        if name in values:
            faults.append(Fault(f"{name} stands twice", "each attribute once"))
        elif shape is None or _PATTERNS[shape][0].fullmatch(value):
            values[name] = value[1:-1] if value.startswith('"') else value
        else:
            faults.append(Fault(f"{name}={value[:80]}", f"{name} is {_PATTERNS[shape][1]}"))
            if shape == "quoted" and '"' not in value:
                values[name] = value
            elif shape in ("word", "yes-no") and _PATTERNS[shape][0].fullmatch(value.strip('"')):
                values[name] = value.strip('"')
    return values, tuple(faults)


def _split(text: str, faults: list[Fault]) -> Iterator[tuple[str, str, bool]]:
    """Yield name, value as written and whether white space stands around them; ends at what cannot be read."""
    at = 0
    while at < len(text):
        match = _ATTRIBUTE.match(text, at)
        if match is None or not _NAME.fullmatch(match[1]):
            faults.append(Fault(f"{text[at : at + 40]!r} is no attribute", "NAME=value, the name in capital letters"))
            return
        value = match[2].rstrip()
        yield match[1], value, match[0].rstrip(",") != f"{match[1]}={value}"
        at = match.end()
        if match[3] and at == len(text):
            faults.append(Fault("the list ends with a comma", "NAME=value, parted by commas alone"))
