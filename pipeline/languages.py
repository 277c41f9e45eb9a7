"""Languages as people write them in film.toml and as files carry them: BCP 47 against ISO 639-2."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_LONGEST: Final = 35
"""Letters of any tag that means something (RFC 5646, 4.4.1)."""
UNDETERMINED: Final = "und"
"""The tag of a language that nobody named (BCP 47)."""

# ISO 639-1 → ISO 639-2 (terminology first, then the bibliographic code where it differs), Library of Congress, 2017.
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "ar": ("ara",), "bg": ("bul",), "bn": ("ben",), "bs": ("bos",), "ca": ("cat",), "cs": ("ces", "cze"),
    "cy": ("cym", "wel"), "da": ("dan",), "de": ("deu", "ger"), "el": ("ell", "gre"), "en": ("eng",), "es": ("spa",),
    "et": ("est",), "eu": ("eus", "baq"), "fa": ("fas", "per"), "fi": ("fin",), "fr": ("fra", "fre"), "ga": ("gle",),
    "gl": ("glg",), "he": ("heb",), "hi": ("hin",), "hr": ("hrv",), "hu": ("hun",), "hy": ("hye", "arm"),
    "id": ("ind",), "is": ("isl", "ice"), "it": ("ita",), "ja": ("jpn",), "ka": ("kat", "geo"), "ko": ("kor",),
    "lt": ("lit",), "lv": ("lav",), "mk": ("mkd", "mac"), "ms": ("msa", "may"), "nb": ("nob", "nor"),
    "nl": ("nld", "dut"), "nn": ("nno",), "no": ("nor",), "pl": ("pol",), "pt": ("por",), "ro": ("ron", "rum"),
    "ru": ("rus",), "sk": ("slk", "slo"), "sl": ("slv",), "sq": ("sqi", "alb"), "sr": ("srp",), "sv": ("swe",),
    "ta": ("tam",), "te": ("tel",), "th": ("tha",), "tr": ("tur",), "uk": ("ukr",), "ur": ("urd",), "vi": ("vie",),
    "yi": ("yid",), "zh": ("zho", "chi"),
}  # fmt: skip


def tag_of(carried: str | None) -> str | None:
    """Return the BCP 47 tag for the language that a file's track says it has; None where it says none.

    What is no tag says none: a file may carry any text there, and tags become names of files and words of playlists.
    """
    if not carried or carried.lower() in ("und", "unk", "mul", "zxx", "mis"):
        return None
    tag = carried.replace("_", "-")
    if not is_tag(tag):
        return None
    primary, *rest = tag.lower().split("-")
    short = next((tag for tag, codes in CODES.items() if primary in codes), primary)
    return "-".join((short, *map(_in_its_case, rest)))


def is_tag(text: str) -> bool:
    """Return whether a text is written as BCP 47 asks: 'es', 'pt-BR'."""
    return len(text) <= _LONGEST and _TAG.fullmatch(text) is not None


def same_language(tag: str, carried: str | None) -> bool:
    """Return whether a BCP 47 tag such as 'pt-BR' means the language that a file's track says it has."""
    wanted, found = (text.replace("_", "-").lower().partition("-")[0] for text in (tag, carried or ""))
    return bool(found) and (found == wanted or found in CODES.get(wanted, ()) or wanted in CODES.get(found, ()))


def language_name(tag: str) -> str:
    """Return what speakers of a language call it ('español'); for a tag that no library knows, the tag itself."""
    return "Original" if tag.lower() == UNDETERMINED else language_name_in(tag, None)


def language_name_in(tag: str, reader: str | None) -> str:
    """Return what readers of another language call it ('German'), None for its own speakers.

    For a tag that no library knows, the tag itself.
    """
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(tag.replace("-", "_")).get_display_name(reader)
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


def _in_its_case(subtag: str) -> str:
    """Return a part of a tag as it is usually written: regions in capitals, scripts with one (RFC 5646, 2.1.1)."""
    is_script = len(subtag) == 4 and subtag.isalpha()
    return subtag.upper() if len(subtag) == 2 else subtag.capitalize() if is_script else subtag


def country_name_in(word: str, reader: str) -> str:
    """Return a country as readers of a language know it: the name for two capital letters of ISO 3166-1, else the word.

    English where nothing is known of the language.
    """
    from babel import Locale, UnknownLocaleError

    if re.fullmatch("[A-Z]{2}", word) is None:
        return word
    try:
        names = Locale.parse(reader, sep="-").territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return str(names.get(word, word))


def country_name(word: str) -> str:
    """Return a country for who may have written it: of a code the name as well, 'Portugal (PT)'."""
    name = country_name_in(word, "en")
    return word if name == word else f"{name} ({word})"


def listed(names: Sequence[str], tag: str) -> str:
    """Return names as a language lists them, 'Ana, Ben and Cy': as English does where Unicode's CLDR has none of it."""
    from babel import Locale, UnknownLocaleError
    from babel.lists import format_list

    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en", "GB")  # without a comma before the last, as we write
    return format_list(names, locale=locale if locale.language != "en" else Locale("en", "GB"))
