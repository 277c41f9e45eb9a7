"""Lines of every log that we know say the same request, and any other text is refused without being told on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.log_lines import Hit, LogReader, UnreadableLine

AT = datetime(2026, 12, 4, 19, 0, 5, tzinfo=UTC).timestamp()
AGENT = "Mozilla/5.0 (X11; Linux) Player"
CLOUDFRONT = (
    "#Version: 1.0\n"
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie)\n"
)
LINES = {
    "combined": f'192.0.2.7 - - [04/Dec/2026:20:00:05 +0100] "GET /red-kite.m3u8?c=a HTTP/1.1" 200 512 "-" "{AGENT}"\n',
    "ours": json.dumps({"time": f"{AT:.3f}", "address": "192.0.2.7", "forwarded": "", "country": "DE", "edition": "",
                        "method": "GET", "uri": "/red-kite.m3u8?c=a", "status": "200", "bytes": "512", "agent": AGENT}),
    "cloudfront": f"{CLOUDFRONT}2026-12-04\t19:00:05\tFRA2\t512\t192.0.2.7\tGET\td.example\t/red-kite.m3u8\t200\t-\t"
                  "Mozilla/5.0%20(X11;%20Linux)%20Player\tc=a\t-\n",
    "cloudflare": json.dumps({"ClientIP": "192.0.2.7", "ClientRequestHost": "f.example", "ClientRequestMethod": "GET",
                              "ClientRequestURI": "/red-kite.m3u8?c=a", "EdgeResponseStatus": 200,
                              "ClientCountry": "de", "EdgeStartTimestamp": int(AT * 10**9),
                              "ClientRequestUserAgent": AGENT}),
    "cloudflare, rfc3339": json.dumps({"ClientIP": "192.0.2.7", "ClientRequestMethod": "GET", "ClientCountry": "de",
                                       "ClientRequestURI": "/red-kite.m3u8?c=a", "EdgeResponseStatus": 200,
                                       "EdgeStartTimestamp": "2026-12-04T19:00:05Z", "ClientRequestUserAgent": AGENT}),
    "fastly": json.dumps({"timestamp": "2026-12-04T19:00:05+0000", "client_ip": "192.0.2.7", "geo_country": "germany",
                          "url": "/red-kite.m3u8?c=a", "request_method": "GET", "request_user_agent": AGENT,
                          "response_status": 200}),
    "fastly, older": json.dumps({"time_start": int(AT * 1000), "client_ip": "192.0.2.7", "request": "GET",
                                 "status": "200", "url": "https://f.example/red-kite.m3u8?c=a",
                                 "request_user_agent": AGENT}),
}  # fmt: skip
IN_GERMANY = ("ours", "cloudflare", "cloudflare, rfc3339")


@st.composite
def spoilt_lines(draw: st.DrawFn) -> str:
    """Draw a line of a log with something put into it."""
    line = draw(st.sampled_from(list(LINES.values())))
    place = draw(st.integers(0, len(line)))
    return line[:place] + draw(st.text(max_size=5)) + line[place + draw(st.integers(0, 9)) :]


def read(text: str) -> list[Hit]:
    reader = LogReader()
    return [hit for line in text.splitlines(keepends=True) if (hit := reader.read(line)) is not None]


@pytest.mark.parametrize("kind", LINES)
def test_every_kind_of_log_says_the_same_request(kind: str) -> None:
    country = "DE" if kind in IN_GERMANY else ""
    assert read(LINES[kind]) == [Hit(AT, "192.0.2.7", AGENT, "GET", "/red-kite.m3u8", "c=a", 200, country)]


def test_behind_a_cdn_the_viewer_is_who_was_forwarded() -> None:
    line = json.dumps(json.loads(LINES["ours"]) | {"forwarded": "198.51.100.9, 192.0.2.7", "edition": "red-kite-de"})
    (hit,) = read(line)
    assert (hit.address, hit.edition) == ("198.51.100.9", "red-kite-de")


def test_columns_of_cloudfront_are_found_by_their_names() -> None:
    columns = "#Fields: time date cs-uri-stem c-ip cs-method sc-status\n"
    text = f"{columns}19:00:05\t2026-12-04\t/a%20b.m3u8\t192.0.2.7\tGET\t304\n"
    assert read(text) == [Hit(AT, "192.0.2.7", "", "GET", "/a b.m3u8", "", 304)]


def test_remarks_and_empty_lines_say_nothing() -> None:
    assert read("\n#Version: 1.0\n   \n") == []


@pytest.mark.parametrize(
    "line",
    ["hello", "{", "{}", "[]", '{"time": 1}', "2026-12-04\t19:00:05\tx",
     '192.0.2.7 - - [yesterday, at eight o\'clock] "GET / HTTP/1.1" 200 1',
     '192.0.2.7 - - [04/Dec/2026:20:00:05 +0100] "\\x16\\x03" 400 0', LINES["ours"].replace("200", "two"), "\x00" * 50,
     LINES["fastly"].replace("2026-12-04T19:00:05+0000", "NaN"),
     LINES["fastly"].replace('"2026-12-04T19:00:05+0000"', "1e400"),
     "{" * 5000, '{"a":' * 100_000, LINES["ours"].replace('"/red-kite.m3u8?c=a"', "null")],
    ids=lambda line: ascii(line[:30]),
)  # fmt: skip
def test_what_says_no_request_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(UnreadableLine) as caught:
        read(line)
    assert "192.0.2.7" not in str(caught.value)


@given(st.text() | spoilt_lines())
def test_any_text_is_a_request_or_refused(text: str) -> None:
    reader, hits = LogReader(), []
    for line in (CLOUDFRONT + text).splitlines(keepends=True):
        try:
            hits.append(reader.read(line))
        except UnreadableLine:
            hits.append(None)
    assert all(hit is None or (hit.at >= 0 and hit.status >= 0) for hit in hits)
