"""Addresses as people type them become the ones that browsers ask for; what nobody means is refused in words."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.links import MOST_LETTERS, parse_link, printed_forms


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("https://example.org/red-kite", "https://example.org/red-kite"),
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8080/a", "https://example.org:8080/a"),
        ("https://münchen.example/Kärntner Straße", "https://xn--mnchen-3ya.example/K%C3%A4rntner%20Stra%C3%9Fe"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://例え.テスト/パス", "https://xn--r8jz45g.xn--zckzah/%E3%83%91%E3%82%B9"),
        ("https://example.org/\"a\"?b='c'&d={e}|f", "https://example.org/%22a%22?b=%27c%27&d=%7Be%7D%7Cf"),
        ("https://example.org/a%20b#c d", "https://example.org/a%20b#c%20d"),
        ("https://example.org/a/../b", "https://example.org/b"),
        ("https://example.org/red-kite.", "https://example.org/red-kite."),
    ],
)
def test_an_address_is_written_as_a_browser_asks_for_it(typed: str, link: str) -> None:
    assert parse_link(typed) == link
    assert parse_link(link) == link


@pytest.mark.parametrize(
    ("typed", "allowed"),
    [
        ("", "the address of a web page"),
        (7, "the address of a web page"),
        ("example.org/red-kite", "starts with https:// or http://"),
        ("javascript:alert(1)", "starts with https:// or http://"),
        ("ftp://example.org/", "starts with https:// or http://"),
        ("https:///red-kite", "starts with https:// or http:// and the name of a site"),
        ("https:example.org", "starts with https:// or http://"),
        (" https://example.org/", "without spaces around it"),
        ("https://example.org/\n", r"without U\+000A"),
        ("https://example.org/\x00", r"without U\+0000"),
        ("https://example.org/\u202egpj", r"without U\+202E \(RIGHT-TO-LEFT OVERRIDE\)"),
        ("https://exam\u200bple.org/", r"without U\+200B \(ZERO WIDTH SPACE\)"),
        ("https://example.org/a\u00a0b", r"without U\+00A0 \(NO-BREAK SPACE\)"),
        ("https:\\\\example.org\\a", r"without U\+005C"),
        ("https://ana:secret@example.org/", "without a user name or password"),
        ("https://example.org@evil.example/", "without a user name or password"),
        ("https://example.org/100%", "% itself is %25"),
        ("https://ex%61mple.org/", "% itself is %25"),
        ("https://example.org./", "no dot at its end"),
        ("https://localhost/", "a site that everybody can reach"),
        ("https://192.168.1.4/", "a site that everybody can reach"),
        ("https://0x7f.1/", "a site that everybody can reach"),
        ("https://[::1]/", "a site that everybody can reach"),
        ("https://example..org/", "a site that everybody can reach"),
        ("https://-example.org/", "a site that everybody can reach"),
        ("https://" + "a" * 64 + ".org/", "a site that everybody can reach"),
        ("https://exa mple.org/", "the name of a site"),
        ("https://example.org:99999/", r"invalid port number"),
        ("https://xn--abc.example/", "the name of a site"),
        ("https://example.org/" + "a" * 2000, f"at most {MOST_LETTERS} characters once encoded, not 2020"),
        ("https://example.org/" + "ä" * 100, f"at most {MOST_LETTERS} characters once encoded, not 620"),
    ],
)
def test_what_is_no_address_for_viewers_is_refused_with_what_is_allowed(typed: object, allowed: str) -> None:
    with pytest.raises(ValueError, match=allowed):
        parse_link(typed)


@settings(deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\\%"), max_size=40
    )
)
def test_any_path_is_plain_letters_once_encoded_and_means_the_same(path: str) -> None:
    try:
        link = parse_link(f"https://example.org/kite-{path}-")
    except ValueError:
        return
    assert link.isascii() and link.isprintable() and " " not in link
    assert parse_link(link) == link
    if not set(path) & set("/.?#"):
        assert unquote(urlsplit(link).path) == f"/kite-{path}-"


@pytest.mark.parametrize(
    ("link", "forms"),
    [
        ("https://www.example.org/", ("example.org",)),
        ("https://example.org/red-kite/?utm_source=clip#top", ("example.org/red-kite", "example.org")),
        ("https://example.org:8443/a", ("example.org:8443/a", "example.org:8443")),
        (
            "https://xn--mnchen-3ya.example/K%C3%A4se",
            ("münchen.example/Käse", "münchen.example", "xn--mnchen-3ya.example/K%C3%A4se", "xn--mnchen-3ya.example"),
        ),
        ("https://example.org/two%20words", ("example.org/two%20words", "example.org")),
        ("https://example.org/" + "a" * 40, ("example.org",)),
    ],
)
def test_what_is_printed_is_what_people_type(link: str, forms: tuple[str, ...]) -> None:
    assert printed_forms(link) == forms
