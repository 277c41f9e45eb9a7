"""Packages are played by hls.js, by Shaka Player and by Chromium itself, and each shows and sounds all of the film."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from tests.players.packages import Package
from tests.players.stage import Seen, Stage, Theatre

Packages = dict[str, Package]
NAMES = ("film", "joined", "carded", "regional", "block")
# Chromium's own player (156) chooses rungs by itself, lists languages without changing them, and shows no subtitles.
CHOOSING = ("hls.js", "shaka")
TONES = {"en": 1000, "es": 600}
GAP_S = 0.05
WHITE = 230
# A beep lasts 100 ms and is found in windows of 43 ms.
HEARD_WITHIN_S = 0.15


@pytest.mark.parametrize("name", NAMES)
def test_a_package_plays_to_its_end_with_every_frame_and_no_gap(
    theatre: Theatre, packages: Packages, name: str
) -> None:
    package = packages[name]

    async def play(stage: Stage) -> Seen:
        await stage.play_to_end(speed=4)
        return await stage.see()

    def check(seen: Seen) -> None:
        assert_untroubled(seen)
        assert (seen.ended, seen.decoded) == (True, package.pictures)
        assert abs(seen.duration - package.duration) < 1 / package.rate
        assert set(seen.ranges) == (set() if seen.player == "native" else {"video", "audio"})
        assert_no_hole(seen, package)

    theatre.hold(play, package, check)


def test_films_of_several_rates_play_in_a_row_with_every_frame_and_no_gap(theatre: Theatre, packages: Packages) -> None:
    package = packages["mixed"]

    async def play(stage: Stage) -> Seen:
        await stage.play_to_end(speed=4)
        return await stage.see()

    def check(seen: Seen) -> None:
        assert_untroubled(seen)
        # Six seconds of 30 pictures each stand for six of 24.
        assert (seen.ended, seen.decoded) == (True, package.pictures + 6 * (30 - 24))
        assert_no_hole(seen, package)

    theatre.hold(play, package, check)


def test_av1_is_played_as_h264_is(theatre: Theatre, packages: Packages) -> None:
    """Chromium as Debian builds it decodes no HEVC, whose packages ffmpeg alone decodes in tests."""
    package = packages["av1"]

    async def play(stage: Stage) -> Seen:
        await stage.play_to(1.3)
        await stage.seek(2.4)
        await stage.play_to_end(speed=2)
        return await stage.see()

    def check(seen: Seen) -> None:
        assert_untroubled(seen)
        assert (seen.ended, seen.size) == (True, [*package.rungs[-1]])
        assert_pictures(seen, package)
        assert_no_hole(seen, package)

    theatre.hold(play, package, check, players=CHOOSING)


@pytest.mark.parametrize("name", ["joined", "carded", "regional", "block"])
def test_over_a_join_every_picture_and_beep_comes_in_its_time(theatre: Theatre, packages: Packages, name: str) -> None:
    package = packages[name]
    assert package.joins

    async def play(stage: Stage) -> Seen:
        for join in package.joins:
            await stage.seek(float(join) - 1.3)
            await stage.play_to(float(join) + 1.3)
        return await stage.see()

    def check(seen: Seen) -> None:
        assert_untroubled(seen)
        assert_pictures(seen, package)
        assert_no_hole(seen, package)
        beeps = [at for at, hz in _beeps(seen) if _language(hz) == "en"]
        for join in package.joins:
            around = [frame["at"] for frame in seen.frames if abs(frame["at"] - join) < 1.2]
            # Two pictures in a row may be lost to a busy machine; the hole that an edit list tears is two as well, but
            # that one is seen in what is buffered.
            wanted = [float(time) for time in package.times if abs(time - join) < 1.2]
            longest = max(two - one for one, two in pairwise(wanted))
            assert len(around) > len(wanted) * 0.9 - 1
            assert max(two - one for one, two in pairwise(around)) < longest + 2.5 / package.rate
            for second in (frame / package.rate for frame in package.flashes):
                if abs(second - join) < 1.1:
                    assert any(0 <= at - second < HEARD_WITHIN_S for at in beeps), (second, beeps)

    theatre.hold(play, package, check)


def test_every_rung_plays_and_changing_it_leaves_no_hole(theatre: Theatre, packages: Packages) -> None:
    package = packages["film"]
    heights = [height for _, height in package.rungs]

    async def play(stage: Stage) -> tuple[list[list[int]], Seen]:
        rungs = await stage.do("actor.rungs()")
        await stage.play()
        for height in (*heights, *heights[-2::-1], *heights[1:]):
            # Back first: hls.js 1.7 never ends where the rung is changed by hand in the last segment to one with other
            # sound, whose end it then does not tell the browser.
            await stage.seek(0.5)
            await stage.choose_rung(height)
            await stage.do("played(video.currentTime + 0.3)")
        await stage.play_to_end(speed=4)
        return rungs, await stage.see()

    def check(result: tuple[list[list[int]], Seen]) -> None:
        rungs, seen = result
        assert sorted(map(tuple, rungs)) == sorted(package.rungs)
        assert seen.errors == []
        assert set(seen.sizes) == {f"{width}x{height}" for width, height in package.rungs}
        assert (tuple(seen.size), seen.ended) == (package.rungs[-1], True)
        assert_pictures(seen, package)
        # A change of rung throws away what was loaded before it.
        assert_no_hole(seen, package, since=package.duration)

    theatre.hold(play, package, check, players=CHOOSING)


def test_hls_js_reads_the_key_pictures_of_every_rung(theatre: Theatre, packages: Packages) -> None:
    package = packages["film"]

    async def look(stage: Stage) -> list[int]:
        return list(await stage.do("actor.keyPictureRungs()"))

    found = theatre.perform(look, package, players=("hls.js",))["hls.js"]
    assert sorted(found) == [height for _, height in package.rungs]


def test_seeking_shows_the_picture_of_that_time(theatre: Theatre, packages: Packages) -> None:
    package = packages["joined"]
    end = float(package.duration)
    times = (end - 3.2, 1.3, end / 2 + 0.3, 5.9)

    async def play(stage: Stage) -> Seen:
        await stage.play_to(0.3)
        for time in times:
            await stage.seek(time)
            await stage.play_to(time + 0.3)
        await stage.seek(end - 0.4)
        await stage.do("finished()")
        return await stage.see()

    def check(seen: Seen) -> None:
        assert_untroubled(seen)
        assert_pictures(seen, package)
        assert abs(seen.time - end) < 1 / package.rate
        for time in (*times, end - 0.4):
            assert any(abs(frame["at"] - time) < 2.5 / package.rate for frame in seen.frames), time

    theatre.hold(play, package, check)


def test_languages_are_heard_and_read_as_they_are_chosen(theatre: Theatre, packages: Packages) -> None:
    package = packages["joined"]

    async def play(stage: Stage) -> tuple[list[list[str]], Seen]:
        listed = [await stage.do("actor.languages()"), await stage.do("actor.subtitles()")]
        await stage.do("actor.subtitle(given[0])", "en")
        await stage.play_to(1.4)
        await stage.do("actor.speak(given[0])", "es")
        await stage.do("actor.subtitle(given[0])", "es")
        await stage.play_to(3.3)
        await stage.seek(4.7)
        await stage.play_to(7.3)
        return listed, await stage.see()

    def check(result: tuple[list[list[str]], Seen]) -> None:
        (languages, subtitles), seen = result
        assert sorted(languages) == sorted(package.languages)
        assert sorted(subtitles) == sorted(package.subtitles)
        assert seen.errors == []
        beeps = {round(at): _language(hz) for at, hz in _beeps(seen)}
        # While the language changes, either may be heard.
        assert {second: language for second, language in beeps.items() if second not in (2, 3)} == {
            0: "en", 1: "en", 5: "es", 6: "es", 7: "es"}  # fmt: skip
        assert_cues(seen, package, "es")
        shown = [text for row in seen.texts if (text := row["text"]) and not 1.4 < row["at"] < 3]
        assert shown == ["Second 1", "Segundo 3", "Segundo 1", "Segundo 3"]
        assert_no_hole(seen, package)

    theatre.hold(play, package, check, players=CHOOSING)


def test_chromium_itself_lists_every_language(theatre: Theatre, packages: Packages) -> None:
    async def play(stage: Stage) -> list[str]:
        return list(await stage.do("actor.languages()"))

    listed = theatre.perform(play, packages["joined"], players=("native",))
    assert sorted(listed["native"]) == sorted(packages["joined"].languages)


def test_a_hole_at_a_join_is_not_overlooked(theatre: Theatre, packages: Packages) -> None:
    async def play(stage: Stage) -> Seen:
        await stage.seek(float(package.joins[0]) - 0.5)
        await stage.play_to(float(package.joins[0]) + 0.5)
        return await stage.see()

    package = packages["torn"]
    seen = theatre.perform(play, package, players=("hls.js",))["hls.js"]
    with pytest.raises(AssertionError):
        assert_no_hole(seen, package)


def assert_untroubled(seen: Seen) -> None:
    """Hold that there was no error of any kind, and no waiting but after a seek."""
    assert seen.errors == []
    # `stalled` says that nothing was loaded for three seconds, as when everything is there.
    waits = [wait for wait in seen.waits if wait["name"] == "waiting" and not wait["seeking"]]
    assert waits == []


def assert_no_hole(seen: Seen, package: Package, *, since: Fraction = Fraction(0)) -> None:
    """Hold that picture and sound are there to the end within a frame, without a hole, from `since` at the latest."""
    for kind, ranges in (("both", seen.buffered), *seen.ranges.items()):
        assert ranges and ranges[0][0] <= since + GAP_S, (kind, ranges)
        assert all(two[0] - one[1] <= GAP_S for one, two in pairwise(ranges)), (kind, ranges)
        assert abs(ranges[-1][1] - package.duration) < 1 / package.rate, (kind, ranges)


def assert_pictures(seen: Seen, package: Package) -> None:
    """Hold that each picture that was shown is white exactly where its time says so, and that some were."""
    white = set(package.flashes)
    numbered = [(frame["at"] * package.rate, frame["light"] > WHITE) for frame in seen.frames]
    assert all(abs(number - round(number)) < 0.05 for number, _ in numbered)
    assert [number for number, is_white in numbered if is_white != (round(number) in white)] == []
    assert any(is_white for _, is_white in numbered)


def assert_cues(seen: Seen, package: Package, language: str) -> None:
    """Hold that the player's cues are the package's, each once, in the package's own time."""
    got = sorted((round(start, 2), round(end, 2), text) for start, end, text in seen.cues)
    wanted = sorted((round(cue.start, 2), round(cue.end, 2), cue.text) for cue in package.subtitles[language])
    assert got == wanted


def _beeps(seen: Seen) -> list[tuple[float, float]]:
    """Return when a tone began to be heard, and its frequency."""
    found: list[tuple[float, float]] = []
    last = -1.0
    for sound in seen.heard:
        if not 0 <= sound["at"] - last < 0.3:
            found.append((sound["at"], sound["hz"]))
        last = sound["at"]
    return found


def _language(hz: float) -> str:
    return min(TONES, key=lambda language: abs(TONES[language] - hz))
