"""Nothing that somebody typed becomes a directive of nginx's, and films that would meet are refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.calendar import parse_calendar
from pipeline.errors import PlanError, ProjectError
from pipeline.plan.country_headers import CDNS, Cdn, other_cdn
from pipeline.plan.edge import EdgeSite, edge_config
from pipeline.plan.schedule import Schedule, Window, plan_schedule

OPENS = datetime(2026, 12, 4, 19, tzinfo=UTC)
SITE = EdgeSite(PurePosixPath("/srv/www"), CDNS["fastly"], key_file=PurePosixPath("/etc/nginx/matinee.key"))
TEXTS = st.text(max_size=30) | st.sampled_from(
    ['"; } server {', "x;", "a b", "$host", "${host}", "\\", '\\"', "x\n}", "#", "'", "{", "}",
     "*", "../x", "a\x00b", "é", "DE\n", "red-kite", "DE", "closed.html", "/srv/www", "/srv/$x", "/srv/a{b}",
     "X-Country"]
)  # fmt: skip
# nginx's own grammar: words, quoted texts with escapes, and what parts and holds directives.
_TOKEN = re.compile(r'\s+|#[^\n]*|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{};]|[^\s{};"\']+', re.DOTALL)


def skeleton(text: str) -> list[str]:
    """Return the first words of all directives, and the braces."""
    found, is_first, at = [], True, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None, text[at : at + 40]
        at = token.end()
        word = token[0]
        if word.isspace() or word.startswith("#"):
            continue
        if word in "{};":
            found += [word] if word != ";" else []
            is_first = True
        elif is_first:
            found.append("a case" if word.startswith('"') else word)
            is_first = False
    return found


def schedule(film: str = "red-kite", region: str = "de", country: str = "DE", **more: Any) -> Schedule:
    window = Window(OPENS, OPENS + timedelta(hours=48), region, f"{film}-{region}", "UTC", OPENS - timedelta(hours=3))
    told: dict[str, Any] = {
        "hold": "edge",
        "access": "signed",
        "closed_page": "closed.html",
        "elsewhere_page": "no.html",
    }
    return Schedule(
        film, "https://films.example.org/", **told, windows=(window,), countries=((region, (country,)),), **more
    )


PLAIN = edge_config([schedule()], SITE)


@given(st.sampled_from(["film", "region", "country"]), TEXTS)
def test_a_name_is_as_names_are_or_refused(field: str, text: str) -> None:
    try:
        config = edge_config([schedule(**{field: text})], SITE)
    except PlanError:
        return
    assert skeleton(config) == skeleton(PLAIN) and re.fullmatch("[A-Za-z0-9-]+", text)


@given(st.sampled_from(["closed_page", "elsewhere_page"]), TEXTS)
def test_a_page_is_a_page_or_refused(field: str, text: str) -> None:
    assume(text)
    try:
        config = edge_config([replace(schedule(), **{field: text})], SITE)
    except PlanError:
        return
    assert re.fullmatch(r"[a-z0-9-]+\.html", text)
    # Two films' pages may be one.
    assert skeleton(config)[:60] == skeleton(PLAIN)[:60]


@given(st.sampled_from(["root", "key_file", "listen", "server_name"]), TEXTS)
def test_a_path_or_address_ends_no_line(field: str, text: str) -> None:
    value = PurePosixPath("/", text) if field in ("root", "key_file") else text
    try:
        config = edge_config([schedule()], replace(SITE, **{field: value}))
    except PlanError:
        return
    assert skeleton(config) == skeleton(PLAIN)


@given(TEXTS)
def test_a_header_is_a_header_or_refused(text: str) -> None:
    for cdn in (lambda: other_cdn(text), lambda: Cdn("x", "X", text, "by country", ())):
        try:
            config = edge_config([schedule()], replace(SITE, cdn=cdn()))
        except PlanError:
            continue
        assert skeleton(config) == skeleton(PLAIN) and re.fullmatch("[A-Za-z0-9-]+", text)


def typed(*plain: str) -> st.SearchStrategy[str]:
    """Draw what most would type, or anything, without what ends the quotes that it is put into here."""
    return st.sampled_from(plain) | TEXTS.map(lambda text: text.translate({39: None, 10: None, 13: None}))


@given(
    st.tuples(
        typed("red-kite"), typed("de", "fr-be"), typed("DE", "AT"), typed("closed.html"), typed("/srv"), typed("a")
    ),
    st.sampled_from(["matinee", "edge"]),
    st.sampled_from(["open", "signed"]),
)
def test_whatever_a_calendar_says_nginx_gets_what_is_meant_or_nothing(
    texts: tuple[str, ...], hold: str, access: str
) -> None:
    film, region, country, page, target, note = texts
    written = f"""
        film = '{film}'
        target = '{target}'
        address = "https://films.example.org"
        hold = "{hold}"
        access = "{access}"
        closed_page = '{page}'
        [countries]
        '{region}' = ['{country}']
        [[drops]]
        regions = '{region}'
        opens = 2026-12-04T20:00:00Z
        note = '{note}'
        """
    path = Path("a.calendar.toml")
    try:
        config = edge_config([plan_schedule(parse_calendar(written, path=path), path=path)], SITE)
    except (PlanError, ProjectError):
        return
    assert skeleton(config).count("server") == 1


def test_films_that_would_meet_are_refused() -> None:
    for films, told in (
        ([], "no film"),
        ([schedule(), schedule()], "two calendars"),
        ([schedule(), schedule("red", "kite-de")], "red-kite-de would be of red-kite and of red"),
        ([schedule("red", "kite"), schedule("red-kite", "x")], "red-kite would be of red and of red-kite"),
        ([replace(schedule(), closed_page="red-kite.html")], "red-kite.html would be the page of red-kite, and one"),
        ([replace(schedule(), elsewhere_page="red-kite-de.html")], "the page of red-kite,"),
        ([schedule(), replace(schedule("owl"), closed_page="red-kite-de.html")], "the page of red-kite,"),
        ([replace(schedule(), closed_page="closed-red-kite.html"), schedule("closed-red-kite")], "of closed-red-kite"),
        ([schedule(), replace(schedule("owl"), access="open")], "signed and some are open"),
        ([replace(schedule(), countries=())], "in which countries de is"),
        ([replace(schedule(), address="https://example.org/films/")], "at the root of a host"),
    ):
        with pytest.raises(PlanError, match=told):
            edge_config(films, SITE)


def test_signed_films_need_a_key_and_open_ones_none() -> None:
    with pytest.raises(PlanError, match="drop key"):
        edge_config([schedule()], replace(SITE, key_file=None))
    assert "secure_link" not in edge_config([replace(schedule(), access="open")], replace(SITE, key_file=None))


def test_a_key_lies_at_one_whole_path() -> None:
    for path in ("matinee.key", "/etc/nginx/*.key", "/etc/$x"):
        with pytest.raises(PlanError, match="nginx cannot be told"):
            edge_config([schedule()], replace(SITE, key_file=PurePosixPath(path)))


@pytest.mark.parametrize("cdn", CDNS.values(), ids=lambda one: one.id)
def test_what_a_cdn_needs_is_told_in_the_text(cdn: Cdn) -> None:
    config = edge_config([schedule()], replace(SITE, cdn=cdn))
    assert all(f"# {line}" in config for line in cdn.advice)
    assert f"$http_{cdn.country_header.lower().replace('-', '_')}" in config
