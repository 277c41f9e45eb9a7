"""Is what `drop plan` says of an audience what a real cache counts? (bytes, requests, with and without sharing)"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bench.film import Size
from bench.report import say, show_load, show_table
from pipeline.plan.audience import (
    Habits,
    Piece,
    Sharing,
    Track,
    Variant,
    Weights,
    expected_cost,
    variant_shares,
)
from pipeline.plan.origin import nginx_server
from tests.players.web import free_port, run_nginx

_POINTS: Final = 4
_SPREAD_S: Final = 6.5
# Few viewers are chance: what is compared are sums over rounds, each with other viewers.
_ROUNDS: Final[dict[Size, int]] = {"quick": 3, "whole": 12}
_VIEWERS: Final[dict[Size, tuple[int, ...]]] = {"quick": (100,), "whole": (20, 100, 500)}
_MINUTES: Final = 4
_SEGMENT_S: Final = 6.0
# kb/s of the ladder for 16:9, a hundredth of each: loopback is no network, and sizes are only counted.
_RATES: Final = (145, 365, 730, 1100, 2000, 3000, 4500, 6000)
_SCALE: Final = 100
_TOLERANCE: Final = 0.05
_WHAT: Final = ("requests of viewers", "MB to viewers", "requests at the origin", "MB from the origin")


@dataclass(frozen=True)
class _Visit:
    """What one viewer fetches, when and from where."""

    at: float
    point: int
    paths: tuple[str, ...]


@dataclass(frozen=True)
class _Round:
    """What the model said of one round, and what was counted, in the order of _WHAT."""

    said: tuple[float, ...]
    counted: tuple[float, ...]


def run(_film: Path, size: Size) -> None:
    """Print what the model says, what nginx counted, and their ratio, for audiences of several sizes."""
    for sharing in ("shared", "apart"):
        for viewers in _VIEWERS[size]:
            _compare(sharing, viewers, [_measure(sharing, viewers, seed) for seed in range(_ROUNDS[size])])
    show_load()


def _measure(sharing: Sharing, viewers: int, seed: int) -> _Round:
    habits = Habits(points=_POINTS, hours=_SPREAD_S / 3600, entry_s=5.0)
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder, ExitStack() as stack:
        work = Path(folder)
        editions = tuple(_lay(work / "www", region, sharing) for region in ("de", "fr", "us"))
        origin, *points = (free_port() for _ in range(_POINTS + 1))
        (work / "nginx").mkdir()
        stack.enter_context(run_nginx(_servers(work, origin, points), work / "nginx", port=origin))
        visits = _visits(editions, viewers, habits, random.Random(seed))
        started = time.monotonic()
        asyncio.run(_all_visits(visits, points))
        # Arrivals are as spread as they came out, not as they were meant.
        habits = replace(habits, hours=max(_SPREAD_S, time.monotonic() - started) / 3600)
        model = expected_cost(editions, viewers, habits, sharing=sharing)
        said = (model.requests, model.bytes_out / 1e6, model.origin_requests, model.origin_bytes / 1e6)
        return _Round(said, (*_counted(work / "points.log"), *_counted(work / "origin.log")))


def _compare(sharing: str, viewers: int, rounds: Sequence[_Round]) -> None:
    said, counted = (
        [sum(values) for values in zip(*each, strict=True)]
        for each in ([one.said for one in rounds], [one.counted for one in rounds])
    )
    show_table(
        f"{viewers} viewers, {_POINTS} points, three editions, segments {sharing}, {len(rounds)} rounds",
        ("what", "model", "measured", "ratio"),
        [
            (what, f"{model:.1f}", f"{found:.1f}", f"{model / found:.3f}")
            for what, model, found in zip(_WHAT, said, counted, strict=True)
        ],
    )
    off = max(abs(model / found - 1) for model, found in zip(said, counted, strict=True))
    verdict = "reached" if off <= _TOLERANCE else "MISSED"
    say(f"the model is off by {off:.1%} at most (goal: {_TOLERANCE:.0%}, {verdict})")


def _lay(www: Path, region: str, sharing: Sharing) -> Weights:
    """Write an edition of a film whose first segment is its own, as a rating card's would be; all else is the same."""
    (www / "segments").mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    sound = _track(www, "a", 128, region, sharing, rng)
    variants = tuple(Variant((_track(www, f"v{rate}", rate, region, sharing, rng), sound)) for rate in _RATES)
    entry = Piece(f"kite-{region}.m3u8", 1500)
    (www / entry.name).write_bytes(b"#" * entry.size)
    return Weights(f"kite-{region}", entry, variants, (), _MINUTES * 60.0)


def _track(www: Path, name: str, kbps: int, region: str, sharing: Sharing, rng: random.Random) -> Track:
    own = region if sharing == "apart" else ""
    pieces = []
    for place in range(round(_MINUTES * 60 / _SEGMENT_S)):
        size = round(kbps * 1000 / 8 * _SEGMENT_S * rng.uniform(0.6, 1.4) / _SCALE)
        path = f"segments/{name}-{place}{region if place == 0 else own}.m4s"
        pieces.append(Piece(path, size, place * _SEGMENT_S, _SEGMENT_S))
        (www / path).write_bytes(b"x" * size)
    # In segments, so that it is kept for ever as playlists named by their content are at a target.
    playlist = Piece(f"segments/{name}-{region}.m3u8", 900)
    (www / playlist.name).write_bytes(b"#" * playlist.size)
    return Track(playlist, tuple(pieces))


def _servers(work: Path, origin: int, points: Sequence[int]) -> str:
    text = """\
log_format counts escape=json '{"status": "$status", "bytes": "$body_bytes_sent"}';
"""
    text += nginx_server(work / "www", listen=f"127.0.0.1:{origin}").replace(
        "    autoindex off;", f'    access_log "{work}/origin.log" counts;\n    autoindex off;'
    )
    for number, port in enumerate(points):
        text += f"""\
proxy_cache_path "{work}/cache{number}" keys_zone=point{number}:10m inactive=1h;
server {{
    listen 127.0.0.1:{port};
    access_log "{work}/points.log" counts;
    location / {{
        proxy_pass http://127.0.0.1:{origin};
        proxy_cache point{number};
        proxy_cache_lock on;
        proxy_cache_lock_timeout 60s;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }}
}}
"""
    return text


def _visits(editions: Sequence[Weights], viewers: int, habits: Habits, rng: random.Random) -> list[_Visit]:
    visits = []
    for _ in range(viewers):
        edition = rng.choice(editions)
        (variant,) = rng.choices(edition.variants, variant_shares(len(edition.variants), habits))
        left = edition.seconds if rng.random() < habits.finishing else rng.uniform(0, edition.seconds)
        paths = [edition.entry.name]
        for track in variant.tracks:
            paths.append(track.playlist.name)
            paths += (piece.name for piece in track.pieces if piece.start - habits.ahead_s <= left)
        visits.append(_Visit(rng.uniform(0, _SPREAD_S), rng.randrange(habits.points), tuple(paths)))
    return visits


async def _all_visits(visits: Sequence[_Visit], points: Sequence[int]) -> None:
    started = asyncio.get_running_loop().time()

    async def pay(visit: _Visit) -> None:
        await asyncio.sleep(max(0.0, started + visit.at - asyncio.get_running_loop().time()))
        reader, writer = await asyncio.open_connection("127.0.0.1", points[visit.point])
        for path in visit.paths:
            writer.write(f"GET /{path} HTTP/1.1\r\nHost: films.example\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(pay(visit) for visit in visits))


def _counted(log: Path) -> tuple[float, float]:
    """Return how many requests a log holds, and how many megabytes answered them."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.read_text().splitlines()]
    return len(lines), sum(int(line["bytes"]) for line in lines) / 1e6
