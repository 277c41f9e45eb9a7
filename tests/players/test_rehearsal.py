"""`matinee drop rehearse` over a real nginx: everything is fetched as it will be served, and nothing of it stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.origin import nginx_server
from pipeline.shell import rehearsal
from tests.players.web import free_port, run_nginx
from tests.small_packages import SmallPackage, make_small_package, write_calendar


@pytest.fixture
def whole(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "packages" / "hls")


@pytest.fixture
def secret(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "packages" / "regions" / "saxony" / "hls", region="saxony", scenes="ax")


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    return write(tmp_path / "kite.calendar.toml")


def write(path: Path, more: str = "") -> Path:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return write_calendar(path, everywhere=tomorrow, saxony=tomorrow, more=more)


@pytest.fixture
def www(tmp_path: Path) -> Path:
    (tmp_path / "www").mkdir()
    return tmp_path / "www"


@pytest.fixture
def address(tmp_path: Path, www: Path) -> Iterator[str]:
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    with run_nginx(nginx_server(www, listen=f"127.0.0.1:{port}"), folder, port=port):
        yield f"http://127.0.0.1:{port}"


def test_all_is_fetched_and_gone_again(
    workplace: Any, calendar: Path, address: str, www: Path, whole: SmallPackage, secret: SmallPackage
) -> None:
    ran = workplace.matinee("drop", "rehearse", calendar, "--address", address, "--json")
    assert ran.code == 0, ran.err + ran.out
    document = json.loads(ran.out)
    first, second = document["editions"]
    assert (first["edition"], first["region"], first["faults"]) == ("the-red-kite", None, [])
    # Posters, thumbnails and their sheets are named by no playlist.
    assert first["fetched"] == 1 + len(whole.playlists) + len(whole.segments) - 1
    assert first["upload_bytes"] == first["size_bytes"] and first["shared_bytes"] == 0
    both = whole.segments & secret.segments
    assert second["shared_bytes"] >= sum((secret.folder / name).stat().st_size for name in both) > 0
    assert second["upload_bytes"] == second["size_bytes"] - second["shared_bytes"]
    assert list(www.iterdir()) == [], "not even an empty folder stays"
    assert "Nothing was published" in workplace.matinee("published").out


def test_what_is_staged_already_need_not_be_uploaded(
    workplace: Any, calendar: Path, address: str, www: Path, whole: SmallPackage, secret: SmallPackage
) -> None:
    write(calendar, "upload_hours = 48")
    assert workplace.matinee("drop", "tend", calendar).code == 0
    before = {path.relative_to(www) for path in www.rglob("*")}
    ran = workplace.matinee("drop", "rehearse", calendar, "--address", address, "--json")
    first, second = json.loads(ran.out)["editions"]
    assert first["upload_files"] == len(whole.playlists) + 3 and 0 < second["upload_files"] < len(secret.names)
    assert {path.relative_to(www) for path in www.rglob("*")} == before, "what was staged stays as it was"


def test_the_list_to_warm_has_each_address_once_in_play_order(
    workplace: Any, calendar: Path, address: str, tmp_path: Path, whole: SmallPackage, secret: SmallPackage
) -> None:
    warm = tmp_path / "warm.txt"
    ran = workplace.matinee("drop", "rehearse", calendar, "--address", address, "--warm", warm)
    assert ran.code == 0 and "as it should be" in ran.out, ran.err
    lines = warm.read_text().splitlines()
    assert lines[0] == "https://films.example.invalid/the-red-kite.m3u8" and len(set(lines)) == len(lines)
    named = {line.removeprefix("https://films.example.invalid/") for line in lines}
    assert named - {"the-red-kite.m3u8"} <= whole.names | secret.names
    assert named >= whole.playlists | secret.playlists
    assert workplace.matinee("drop", "rehearse", calendar, "--address", address, "--warm", warm).code == 2


def test_a_server_that_answers_otherwise_is_told_header_by_header_and_nothing_stays(
    workplace: Any, calendar: Path, www: Path, tmp_path: Path, whole: SmallPackage, secret: SmallPackage
) -> None:
    assert whole.names and secret.names
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    plain = f'server {{ listen 127.0.0.1:{port}; root "{www}"; location ~ "\\.vtt$" {{ return 403; }} }}'
    with run_nginx(plain, folder, port=port):
        ran = workplace.matinee("drop", "rehearse", calendar, "--address", f"http://127.0.0.1:{port}")
    assert ran.code == 1 and "Content-Type should be application/vnd.apple.mpegurl" in ran.out
    assert "Cache-Control should be" in ran.out and "matinee hosting" in ran.out
    assert list(www.iterdir()) == []


def test_live_playlists_of_a_premiere_are_fetched_and_a_server_that_lets_them_be_kept_is_told(
    workplace: Any, calendar: Path, address: str, www: Path, tmp_path: Path, whole: SmallPackage, secret: SmallPackage
) -> None:
    assert whole.names and secret.names
    calendar.write_text(calendar.read_text().replace("[[drops]]", "[[drops]]\npremiere = true", 1))
    ran = workplace.matinee("drop", "rehearse", calendar, "--address", address, "--json")
    assert ran.code == 0 and [one["faults"] for one in json.loads(ran.out)["editions"]] == [[], []], ran.err
    assert list(www.iterdir()) == []
    folder, port = tmp_path / "nginx-of-before", free_port()
    folder.mkdir()
    lines = nginx_server(www, listen=f"127.0.0.1:{port}").splitlines(keepends=True)
    with run_nginx("".join(line for line in lines if "live-" not in line), folder, port=port):
        ran = workplace.matinee("drop", "rehearse", calendar, "--address", f"http://127.0.0.1:{port}", "--json")
    assert ran.code == 1 and list(www.iterdir()) == []
    first, second = (one["faults"] for one in json.loads(ran.out)["editions"])
    assert len(first) == 3 and second == []
    assert all(
        ".live-" in fault and "Cache-Control should be public, max-age=1, and is public" in fault for fault in first
    )


def test_bytes_that_were_changed_on_their_way_are_told(
    workplace: Any, calendar: Path, address: str, whole: SmallPackage, secret: SmallPackage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert whole.names and secret.names
    publish = rehearsal.publish

    def publish_and_spoil(publication: Any, folder: Path, target: Any, on_stage: Any) -> Any:
        done = publish(publication, folder, target, on_stage)
        spoilt = Path(target.where) / next(one.name for one in publication.segments if one.name.endswith(".m4s"))
        spoilt.write_bytes(b"other")
        return done

    monkeypatch.setattr(rehearsal, "publish", publish_and_spoil)
    monkeypatch.setattr(rehearsal, "_sizes", lambda parts, _: [(0, 0, 0)] * len(parts))
    write(calendar)
    calendar.write_text(calendar.read_text().partition("[[drops]]\nregions")[0].replace('saxony = ["DE"]\n', ""))
    ran = workplace.matinee("drop", "rehearse", calendar, "--address", address)
    assert ran.code == 1 and "came with other bytes than were published" in ran.out


def test_what_a_killed_rehearsal_left_goes_with_the_next(
    workplace: Any, calendar: Path, address: str, www: Path, whole: SmallPackage, secret: SmallPackage
) -> None:
    assert secret.names
    left = www / f"{rehearsal.SCRATCH}{'0' * 32}"
    assert workplace.matinee("publish", whole.folder, "--to", left).code == 0
    assert workplace.matinee("drop", "rehearse", calendar, "--address", address).code == 0
    assert list(www.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "words", "told"),
    [
        ('access = "signed"', (), "hands out nothing without a ticket"),
        ("", ("--address", "films"), "no address of a server"),
        ("", (), "There is no package for everybody else"),
    ],
)
def test_what_cannot_be_rehearsed_is_told_before_anything_is_published(
    workplace: Any, calendar: Path, www: Path, more: str, words: tuple[str, ...], told: str
) -> None:
    write(calendar, more)
    ran = workplace.matinee("drop", "rehearse", calendar, *words)
    assert ran.code == 2 and told in ran.err and list(www.iterdir()) == []
