"""nginx, told by a calendar, gives each country its edition, opens by its clock and lets in whoever has a ticket."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from pipeline.plan.country_headers import CDNS, other_cdn
from pipeline.plan.edge import EdgeSite, edge_config
from pipeline.plan.origin import FOR_A_SECOND, FOR_EVER, FOR_SECONDS, NEVER, nginx_server
from pipeline.plan.schedule import Schedule, Window
from pipeline.plan.tickets import cookie_value, key_file_text, sign
from pipeline.plan.turnout import Programme
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from pipeline.shell.log_files import count_logs
from tests.players.tools import find_tool
from tests.players.web import free_port, run_nginx

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"
REGIONS = {"de": ("AT", "DE"), "fr": ("BE", "FR")}
HOUR = timedelta(hours=1)
SEGMENT = f"segments/{'0' * 32}.m4s"
MEDIA = "v720-3000-0123456789ab.m3u8"


def now() -> datetime:
    return datetime.now(UTC)


def window(region: str, opens: datetime, closes: datetime) -> Window:
    opens, closes = opens.replace(microsecond=0), closes.replace(microsecond=0)
    return Window(opens, closes, region, f"red-kite-{region}" if region else "red-kite", "UTC", opens - HOUR)


def schedule(*windows: Window, **more: Any) -> Schedule:
    told = {"film": "red-kite", "address": "https://films.example.org/", "hold": "matinee", "access": "open"}
    known = tuple((region, REGIONS.get(region, ())) for region in sorted({one.region for one in windows}))
    pages = {"closed_page": "closed.html", "elsewhere_page": "elsewhere.html"}
    return Schedule(**(told | pages | {"windows": tuple(sorted(windows)), "countries": known} | more))


def all_open(**more: Any) -> Schedule:
    return schedule(*(window(region, now() - HOUR, now() + HOUR) for region in REGIONS), **more)


def lay(folder: Path, *editions: str) -> None:
    """Lay a target: entries at `editions`, one media playlist, one segment, the pages."""
    for edition in editions:
        entry = folder / f"{edition}.m3u8"
        entry.parent.mkdir(exist_ok=True)
        entry.write_text(f'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="{entry.stem}"\n{MEDIA}\n')
        entry.with_suffix(".html").write_text(f"page of {entry.stem}")
    (folder / MEDIA).write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{SEGMENT}\n#EXT-X-ENDLIST\n")
    (folder / "segments").mkdir()
    (folder / SEGMENT).write_bytes(b"pictures")
    (folder / "closed.html").write_text("closed")
    (folder / "elsewhere.html").write_text("elsewhere")


@dataclass(frozen=True)
class Edge:
    """An nginx under test."""

    client: httpx.Client

    def get(self, path: str, country: str | None = "DE", **more: Any) -> httpx.Response:
        headers = {} if country is None else {"CloudFront-Viewer-Country": country}
        return self.client.get(path, headers=headers | more.pop("headers", {}), **more)

    def play(self, path: str, country: str = "DE", **more: Any) -> tuple[str, list[httpx.Response]]:
        """Follow an address as players do, each name from the address of what names it, to the first segment."""
        answers = [self.get(path, country, **more)]
        if answers[-1].status_code != 200:
            return "", answers
        entry = read_playlist(answers[-1].content).playlist
        assert isinstance(entry, MultivariantPlaylist)
        answers.append(self.get(urljoin(str(answers[-1].url), entry.variants[0].uri), country, **more))
        media = read_playlist(answers[-1].content).playlist
        assert isinstance(media, MediaPlaylist)
        answers.append(self.get(urljoin(str(answers[-1].url), media.segments[0].uri), country, **more))
        return entry.variants[0].codecs[0], answers


@contextlib.contextmanager
def serve(folder: Path, *films: Schedule, cdn: str = "cloudfront") -> Iterator[Edge]:
    port, key_file = free_port(), folder / "key"
    key_file.write_text(key_file_text(KEY))
    (folder / "nginx").mkdir()
    site = EdgeSite(folder / "www", CDNS[cdn], f"127.0.0.1:{port}", key_file=key_file)
    with (
        run_nginx(edge_config(films, site), folder / "nginx", port=port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
    ):
        yield Edge(client)


@pytest.fixture
def www(tmp_path: Path) -> Path:
    (tmp_path / "www").mkdir()
    return tmp_path / "www"


def test_each_country_gets_its_edition_at_one_address(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    with serve(tmp_path, all_open()) as edge:
        for country, edition in (("DE", "red-kite-de"), ("AT", "red-kite-de"), ("fr", "red-kite-fr")):
            played, answers = edge.play("/red-kite.m3u8", country)
            assert played == edition and [one.status_code for one in answers] == [200, 200, 200]
            assert edge.get("/red-kite.html", country).text == f"page of {edition}"


def test_an_entry_says_that_it_differs_by_country_and_nothing_else_does(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    with serve(tmp_path, all_open()) as edge:
        entry, media, segment = edge.play("/red-kite.m3u8")[1]
        assert "CloudFront-Viewer-Country" in entry.headers.get_list("vary", split_commas=True)
        assert entry.headers["cache-control"] == "public, max-age=5"
        assert all("Country" not in one.headers.get("vary", "") for one in (media, segment))
        # Both are named by their content.
        assert media.headers["cache-control"] == segment.headers["cache-control"] == FOR_EVER
        assert entry.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert entry.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("cdn", "kept"), [("cloudflare", "private, max-age=5"), ("fastly", "public, max-age=5")])
def test_a_cdn_that_does_not_cache_by_country_keeps_no_entry(tmp_path: Path, www: Path, cdn: str, kept: str) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    with serve(tmp_path, all_open(), cdn=cdn) as edge:
        answer = edge.get("/red-kite.m3u8", headers={CDNS[cdn].country_header: "DE"})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, kept)


@pytest.mark.parametrize("country", [None, "", "US", "XX", "T1", "D", "DEU", 'DE"', "red-kite-de", "$host"])
def test_a_country_of_no_region_is_told_so(tmp_path: Path, www: Path, country: str | None) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    with serve(tmp_path, all_open()) as edge:
        answer = edge.get("/red-kite.m3u8", country)
        assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (451, "elsewhere", NEVER)
        assert answer.headers["access-control-allow-origin"] == "*"


def test_everybody_else_gets_the_film_without_a_region(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite")
    film = schedule(window("de", now() - HOUR, now() + HOUR), window("", now() - HOUR, now() + HOUR))
    with serve(tmp_path, film) as edge:
        assert edge.play("/red-kite.m3u8", "US")[0] == "red-kite"
        assert edge.play("/red-kite.m3u8", "DE")[0] == "red-kite-de"


def test_an_edition_answers_nobody_by_its_own_name(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr", "held/red-kite-de")
    with serve(tmp_path, all_open()) as edge:
        for path in ("/red-kite-fr.m3u8", "/red-kite-fr.html", "/entry/red-kite-fr.m3u8", "/%72ed-kite-fr.m3u8",
                     "/x/../red-kite-fr.m3u8", "/x/..//red-kite-fr.m3u8", "/entry/1/../../red-kite-fr.m3u8",
                     "/entry/1/red-kite-fr.m3u8",
                     "/closed.html"):  # fmt: skip
            assert edge.get(path).status_code == 404, path


def test_what_is_not_in_place_is_closed(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-fr")
    with serve(tmp_path, all_open()) as edge:
        answer = edge.get("/red-kite.m3u8")
        assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (404, "closed", NEVER)
        lay_later = www / "red-kite-de.m3u8"
        lay_later.write_text((www / "red-kite-fr.m3u8").read_text())
        assert edge.get("/red-kite.m3u8").status_code == 200


def test_only_reading_is_allowed_and_a_page_may_ask_for_ranges(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    with serve(tmp_path, all_open()) as edge:
        for path in ("/red-kite.m3u8", f"/{SEGMENT}"):
            assert [edge.client.request(method, path).status_code for method in ("PUT", "POST", "DELETE")] == [405] * 3
            answer = edge.client.options(path, headers={"Access-Control-Request-Method": "GET"})
            assert answer.status_code == 204 and "Range" in answer.headers["access-control-allow-headers"]
        assert edge.client.head("/red-kite.m3u8", headers={"CloudFront-Viewer-Country": "DE"}).status_code == 200
        assert edge.get(f"/{SEGMENT}", headers={"Range": "bytes=1-3"}).content == b"ict"


def test_nginx_opens_and_closes_by_its_own_clock(tmp_path: Path, www: Path) -> None:
    lay(www, "held/red-kite-de", "held/red-kite-fr")
    opens = (now() + timedelta(seconds=3)).replace(microsecond=0)
    closes, again = opens + timedelta(seconds=2), opens + timedelta(seconds=4)
    late = window("de", again, again + timedelta(seconds=2))
    film = schedule(window("de", opens, closes), late, window("fr", opens + HOUR, opens + 2 * HOUR), hold="edge")
    seen: set[int] = set()
    with serve(tmp_path, film) as edge:
        while now() < late.closes + timedelta(seconds=1):
            before = now()
            answer = edge.get("/red-kite.m3u8")
            after = now()
            told = {_expected(film, at) for at in (before, after)}
            # A request that was under way at the very instant may be answered either way.
            assert answer.status_code in told, (before, after, answer.status_code)
            seen.add(answer.status_code)
            assert edge.get("/red-kite.m3u8", "FR").status_code == 404
            assert answer.headers["cache-control"] == ("public, max-age=5" if answer.status_code == 200 else NEVER)
            assert answer.status_code == 200 or answer.text == "closed"
            time.sleep(0.02)
    assert seen == {404, 200, 410}


def _expected(film: Schedule, at: datetime) -> int:
    own = [one for one in film.windows if one.region == "de"]
    if any(one.opens <= at < one.closes for one in own):
        return 200
    return 404 if any(at < one.opens for one in own) else 410


def test_nothing_is_served_from_where_entries_are_held(tmp_path: Path, www: Path) -> None:
    lay(www, "held/red-kite-de", "held/red-kite-fr")
    coming = (window(region, now() + HOUR, now() + 2 * HOUR) for region in REGIONS)
    film = schedule(*coming, hold="edge", access="signed")
    ticket = sign("/red-kite.m3u8", int(time.time()) + 60, KEY).rpartition("/")[0]
    with serve(tmp_path, film) as edge:
        for path in ("/held/red-kite-de.m3u8", "/entry/1/red-kite-de.m3u8", "/signed/held/red-kite-de.m3u8",
                     "/HELD/red-kite-de.m3u8", "/held//red-kite-de.m3u8", "/x/../held/red-kite-de.m3u8", "/.key",
                     "/key", "/red-kite-de.m3u8", "/entry/held/red-kite-de.m3u8",
                     "/signed/../held/red-kite-de.m3u8"):  # fmt: skip
            for start in ("", ticket, f"{ticket}/signed"):
                assert edge.get(start + path).status_code in (403, 404), start + path
        assert edge.get(f"{ticket}/{MEDIA}").status_code == 200


def test_a_ticket_in_the_path_leads_to_the_segments(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    film = all_open(access="signed")
    end = int(film.windows[0].closes.timestamp())
    with serve(tmp_path, film) as edge:
        edition, answers = edge.play(sign("/red-kite.m3u8", end, KEY))
        assert edition == "red-kite-de" and [one.status_code for one in answers] == [200, 200, 200]
        entry, media, segment = answers
        for kept in (media, segment):
            # No cache keeps what a ticket opened for longer than the ticket.
            assert kept.headers["cache-control"] == "public"
            assert parsedate_to_datetime(kept.headers["expires"]) == film.windows[0].closes
        assert entry.headers["cache-control"] == "public, max-age=5"
        other = edge.play(sign("/red-kite.m3u8", int(time.time()) + 900, KEY))[1]
        assert other[2].headers["cache-control"] == "public, max-age=60" and "expires" not in other[2].headers


@pytest.mark.parametrize("access", ["open", "signed"])
def test_a_live_playlist_is_kept_for_a_second_whoever_opened_it(tmp_path: Path, www: Path, access: str) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    live = "red-kite-de.live-0123456789abcdef-0.m3u8"
    (www / live).write_text((www / MEDIA).read_text())
    (www / "red-kite-de.m3u8").write_text((www / "red-kite-de.m3u8").read_text().replace(MEDIA, live))
    film = all_open(access=access)
    end = int(film.windows[0].closes.timestamp())
    with serve(tmp_path, film) as edge:
        path = sign("/red-kite.m3u8", end, KEY) if access == "signed" else "/red-kite.m3u8"
        entry, media, segment = edge.play(path)[1]
        assert [one.status_code for one in (entry, media, segment)] == [200] * 3 and str(media.url).endswith(live)
        # No longer than that, though the ticket holds for an hour.
        assert media.headers["cache-control"] == FOR_A_SECOND and "expires" not in media.headers
        assert "Country" not in media.headers.get("vary", "")
        assert segment.headers["cache-control"] == ("public" if access == "signed" else FOR_EVER)
        missing = edge.get(f"{path.rpartition('/')[0]}/{live.replace('-0.', '-1.')}")
        assert (missing.status_code, missing.headers["cache-control"]) == (404, NEVER)
        if access == "signed":
            cookie = {"Cookie": f"matinee={cookie_value('red-kite', end, KEY)}"}
            assert edge.get(f"/{live}", headers=cookie).headers["cache-control"] == "private, max-age=1"
            assert (edge.get(f"/{live}").status_code, edge.get(f"/signed/{live}").status_code) == (403, 404)


def test_without_a_good_ticket_nothing_answers(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    end = int(time.time()) + 900
    good = sign("/red-kite.m3u8", end, KEY)
    mac = good.split("/")[4]
    with serve(tmp_path, all_open(access="signed")) as edge:
        for path in ("/red-kite.m3u8", f"/{MEDIA}", f"/{SEGMENT}", good.replace(mac, mac[::-1]),
                     good.replace(str(end), str(end + 1)), good.replace("/s/red-kite", "/s/red-kites"),
                     sign("/red-kite.m3u8", end, KEY[::-1]),
                     f"/s/red-kite/{end}/{MEDIA}", good.replace(mac, mac + "A"), f"/s//{end}/{mac}/{MEDIA}",
                     sign("/other.m3u8", end, KEY).replace("other.m3u8", "red-kite.m3u8")):  # fmt: skip
            answer = edge.get(path)
            assert (answer.status_code, answer.headers["cache-control"]) == (403, NEVER), path
        assert edge.get(f"/signed/{MEDIA}").status_code == 404
        assert edge.get(good).status_code == 200


def test_an_expired_ticket_is_told_that_it_is_over(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    with serve(tmp_path, all_open(access="signed")) as edge:
        for end in (int(time.time()) - 1, 1_000_000_001):
            ticket = sign("/red-kite.m3u8", end, KEY)
            for path in (ticket, f"{ticket.rpartition('/')[0]}/{SEGMENT}"):
                answer = edge.get(path)
                assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (410, "closed", NEVER)
                assert "expires" not in answer.headers


def test_a_ticket_ends_while_somebody_plays(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    end = int(time.time()) + 2
    segment = f"{sign('/red-kite.m3u8', end, KEY).rpartition('/')[0]}/{SEGMENT}"
    with serve(tmp_path, all_open(access="signed")) as edge:
        seen = []
        while time.time() < end + 2:
            before, status = time.time(), edge.get(segment).status_code
            seen.append(status)
            # nginx takes the last second in: it expires once the clock is past it.
            assert status == 200 or time.time() >= end
            assert status == 410 or before < end + 1
            time.sleep(0.05)
        assert set(seen) == {200, 410}


def test_a_cookie_does_for_pages_of_the_same_site_and_no_cdn_keeps_what_it_opened(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    end = int(time.time()) + 900
    cookie = {"Cookie": f"other=1; matinee={cookie_value('red-kite', end, KEY)}"}
    with serve(tmp_path, all_open(access="signed")) as edge:
        edition, answers = edge.play("/red-kite.m3u8", headers=cookie)
        assert edition == "red-kite-de" and [one.status_code for one in answers] == [200, 200, 200]
        assert all(one.headers["cache-control"].startswith("private") for one in answers)
        for value, status in (
            (cookie_value("red-kite", int(time.time()) - 5, KEY), 410),
            ("", 403),
            ("a.b.c", 403),
            (cookie_value("red-kite", end, KEY[::-1]), 403),
            (cookie_value("other", end, KEY), 403),
        ):
            assert edge.get("/red-kite.m3u8", headers={"Cookie": f"matinee={value}"}).status_code == status


def test_two_films_of_one_server_do_not_open_each_other(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "owl-de")
    owl = Window(now() - HOUR, now() + HOUR, "de", "owl-de", "UTC", now() - 2 * HOUR)
    films = (
        schedule(window("de", now() - HOUR, now() + HOUR), access="signed"),
        schedule(owl, film="owl", access="signed"),
    )
    end = int(time.time()) + 900
    with serve(tmp_path, *films) as edge:
        assert edge.play(sign("/owl.m3u8", end, KEY))[0] == "owl-de"
        assert edge.play(sign("/red-kite.m3u8", end, KEY))[0] == "red-kite-de"
        assert edge.get(sign("/owl.m3u8", end, KEY).replace("owl.m3u8", "red-kite.m3u8")).status_code == 403


def test_nginx_keeps_no_key_in_what_it_serves_or_logs(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    config = edge_config([all_open(access="signed")], EdgeSite(www, CDNS["fastly"], key_file=tmp_path / "key"))
    assert KEY not in config
    with serve(tmp_path, all_open(access="signed")) as edge:
        assert KEY not in edge.get(sign("/red-kite.m3u8", int(time.time()) + 9, KEY)).text
    assert KEY not in "".join(path.read_text() for path in (tmp_path / "nginx").glob("*.log"))


@pytest.mark.parametrize("root", ['/srv/it\'s "www"; }', "/srv/two words", "/srv/www/"])
def test_nginx_reads_what_we_write(tmp_path: Path, root: str) -> None:
    nginx, config = find_tool("nginx", package="nginx-light"), tmp_path / "nginx.conf"
    (tmp_path / "a key").write_text(key_file_text(KEY))
    for number, hold in enumerate(("matinee", "edge")):
        film = schedule(window("de", now(), now() + HOUR), hold=hold, access="signed")
        cdn, key_file = other_cdn("X-Country"), tmp_path / "a key"
        text = edge_config([film], EdgeSite(PurePosixPath(root), cdn, "127.0.0.1:8080", "films.example.org", key_file))
        config.write_text(f'pid "{tmp_path}/pid{number}";\nevents {{}}\nhttp {{\naccess_log off;\n{text}}}\n')
        command = [nginx, "-t", "-p", tmp_path, "-c", config, "-e", tmp_path / "error.log"]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert "syntax is ok" in ran.stderr and "[warn]" not in ran.stderr, ran.stderr


@pytest.mark.parametrize(
    ("cdn", "ignored", "kept"), [("fastly", "", True), ("cloudflare", "proxy_ignore_headers Vary;", False)]
)
def test_a_shared_cache_gives_no_country_the_film_of_another(
    tmp_path: Path, www: Path, cdn: str, ignored: str, kept: bool
) -> None:
    """nginx's own cache stands for a CDN's: one that goes by Vary, and one that does not know it."""
    lay(www, "red-kite-de", "red-kite-fr")
    header = CDNS[cdn].country_header
    with serve(tmp_path, all_open(), cdn=cdn) as edge:
        port, folder = free_port(), tmp_path / "cache"
        folder.mkdir()
        before = f"""\
proxy_cache_path "{folder}/kept" keys_zone=cdn:1m;
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass {str(edge.client.base_url).rstrip("/")};
        proxy_cache cdn;
        {ignored}
        add_header X-Cache $upstream_cache_status;
    }}
}}
"""
        with (
            run_nginx(before, folder, port=port),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
        ):
            seen = set()
            for country in ("DE", "FR", "US", "DE", "FR", "AT", "US", "BE") * 2:
                answer = client.get("/red-kite.m3u8", headers={header: country})
                expected = next((f"red-kite-{region}" for region, named in REGIONS.items() if country in named), None)
                assert answer.status_code == (200 if expected else 451)
                assert expected is None or f'CODECS="{expected}"' in answer.text
                seen.add(answer.headers.get("x-cache"))
            assert ("HIT" in seen) == kept
            assert [client.get(f"/{SEGMENT}").headers["x-cache"] for _ in range(2)] == ["MISS", "HIT"]


def test_what_nginx_logs_is_what_the_report_counts(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    log = tmp_path / "films.log"
    port = free_port()
    site = EdgeSite(www, CDNS["fastly"], f"127.0.0.1:{port}")
    text = edge_config([all_open()], site)
    (tmp_path / "nginx").mkdir()
    with (
        run_nginx(f'{text}access_log "{log}" {site.log_format};\n', tmp_path / "nginx", port=port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client,
    ):
        for agent, country, path in (
            ("a", "DE", "/red-kite.m3u8?c=red-kite.h1.tiktok"),
            ("a", "DE", f"/{SEGMENT}"),
            ('b"\\é\x01', "FR", "/red-kite.m3u8"),
            ("c", "US", "/red-kite.m3u8"),
        ):
            client.get(path, headers={"User-Agent": agent.encode(), "X-Country-Code": country})
    found = count_logs([log], Programme(last_segments=frozenset({SEGMENT.rpartition("/")[2]})))
    assert found.troubles == () and found.lines == 4
    editions = {name: (one.starts, one.completions) for name, one in found.turnout.editions().items()}
    assert editions == {"red-kite-de": (1, 1), "red-kite-fr": (1, 0)}
    assert list(found.turnout.campaigns()) == ["red-kite.h1.tiktok"] and found.turnout.refused == {451: 1}


def test_several_servers_of_one_nginx_keep_to_their_own(tmp_path: Path, www: Path) -> None:
    lay(www, "red-kite-de", "red-kite-fr")
    (tmp_path / "nginx").mkdir()
    (tmp_path / "key").write_text(key_file_text(KEY))
    opened, signed, plain = (free_port() for _ in range(3))
    texts = (
        edge_config([all_open()], EdgeSite(www, CDNS["cloudflare"], f"127.0.0.1:{opened}")),
        edge_config(
            [all_open(access="signed")], EdgeSite(www, CDNS["fastly"], f"127.0.0.1:{signed}", key_file=tmp_path / "key")
        ),
        nginx_server(www, listen=f"127.0.0.1:{plain}"),
    )
    with (
        run_nginx("".join(texts), tmp_path / "nginx", port=plain),
        httpx.Client(trust_env=False, timeout=20, headers={"CF-IPCountry": "DE", "X-Country-Code": "FR"}) as client,
    ):
        kept = client.get(f"http://127.0.0.1:{opened}/red-kite.m3u8")
        assert 'CODECS="red-kite-de"' in kept.text and kept.headers["cache-control"] == "private, max-age=5"
        path = sign("/red-kite.m3u8", int(time.time()) + 900, KEY)
        ticket = client.get(f"http://127.0.0.1:{signed}{path}")
        assert 'CODECS="red-kite-fr"' in ticket.text and ticket.headers["cache-control"] == "public, max-age=5"
        assert client.get(f"http://127.0.0.1:{signed}/red-kite.m3u8").status_code == 403
        bare = client.get(f"http://127.0.0.1:{plain}/red-kite-de.m3u8")
        assert (bare.status_code, bare.headers["cache-control"]) == (200, FOR_SECONDS) and "expires" not in bare.headers
