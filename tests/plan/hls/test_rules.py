"""What a package of other kinds is told: faults that are planted in the values, since bytes of such kinds are large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from pipeline.boxes.formats import Colour, SoundFormat
from pipeline.boxes.fragments import TrackHead
from pipeline.plan.hls.conformance import document_of, judge
from pipeline.plan.hls.package import Init, Media, Package, Piece, Role, Stream
from pipeline.plan.hls.rulebook import RULES
from pipeline.plan.hls.rules import Finding
from pipeline.plan.measurements import Unmeasured
from pipeline.playlists import MultivariantPlaylist, Variant
from pipeline.shell.hls_reading import read_package

Change = Callable[[Stream], Stream]


@pytest.fixture(scope="module")
def package(hls_package: Path) -> Package:
    return read_package(str(hls_package))


def finding(package: Package, number: str) -> Finding:
    return next(one for one in judge(package).findings if one.number == number)


def failed(package: Package) -> set[str]:
    return {one.number for one in judge(package).findings if one.outcome == "fail"}


def changed(package: Package, role: Role, change: Change, only: int | None = None) -> Package:
    """Return the package with its streams of a role changed, or one of them."""
    numbers = [number for number, one in enumerate(package.streams) if one.role == role]
    picked = numbers if only is None else [numbers[only]]
    streams = (change(one) if number in picked else one for number, one in enumerate(package.streams))
    return replace(package, streams=tuple(streams))


def heavier(stream: Stream, factor: int) -> Stream:
    return replace(stream, pieces=tuple(replace(one, size=one.size * factor) for one in stream.pieces))


def with_init(stream: Stream, change: Callable[[Init], Init]) -> Stream:
    """Return a stream with its initializations changed, each once."""
    made = {id(init): change(init) for init in stream.inits}
    pieces = (replace(one, init=None if one.init is None else made[id(one.init)]) for one in stream.pieces)
    return replace(stream, pieces=tuple(pieces))


def with_track(stream: Stream, change: Callable[[TrackHead], TrackHead]) -> Stream:
    """Return a stream with the tracks of its initialization changed."""
    return with_init(
        stream,
        lambda init: replace(init, segment=replace(init.segment, tracks=tuple(map(change, init.segment.tracks)))),
    )


def with_media(stream: Stream, change: Callable[[Media], Media]) -> Stream:
    def renewed(piece: Piece) -> Piece:
        assert isinstance(piece.content, Media)
        return replace(piece, content=change(piece.content))

    return replace(stream, pieces=tuple(map(renewed, stream.pieces)))


def coloured(transfer: int) -> Change:
    def change(head: TrackHead) -> TrackHead:
        assert head.picture is not None
        return replace(head, picture=replace(head.picture, colour=Colour(9, transfer, 9, full_range=False)))

    return lambda stream: with_track(stream, change)


def coded(**values: object) -> Change:
    def change(head: TrackHead) -> TrackHead:
        assert head.picture_codec is not None
        return replace(head, picture_codec=replace(head.picture_codec, **values))  # type: ignore[arg-type]

    return lambda stream: with_track(stream, change)


def sounding(name: str, channels: int) -> Change:
    sound = SoundFormat(channels, 48_000, None, None)
    return lambda stream: with_track(stream, lambda head: replace(head, name=name, sound=sound))


def paced(factor: Fraction) -> Change:
    """Return the change of how many pictures there are in a second."""

    def change(media: Media) -> Media:
        return replace(media, samples=round(media.samples * factor), longest_step=media.longest_step / factor)

    return lambda stream: with_media(stream, change)


def chosen(package: Package, change: Callable[[Variant], Variant]) -> Package:
    """Return the package with its variants changed."""
    choices = package.choices
    assert choices is not None and package.master is not None
    variants = tuple(map(change, choices.variants))
    playlist: MultivariantPlaylist = replace(choices, variants=variants)
    streams = (
        replace(one, variants=tuple(variant for variant in variants if variant.uri == one.uri))
        for one in package.streams
    )
    return replace(package, master=replace(package.master, playlist=playlist), streams=tuple(streams))


def test_hdr_without_its_declaration_or_an_sdr_stream_is_told(package: Package) -> None:
    pq = changed(changed(package, "video", coloured(16)), "key pictures", coloured(16))
    assert {"1.24", "6.16", "RFC 8216bis 4.4.6.2"} <= failed(pq)
    assert finding(pq, "1.20").outcome == "pass"  # 24 frames per second
    silent = chosen(pq, lambda one: replace(one, video_range=None))
    assert "9.16" in failed(silent)
    one = changed(package, "video", coloured(18), only=0)
    assert "1.24" not in failed(one)


def test_colours_that_nobody_names_are_not_judged(package: Package) -> None:
    def change(head: TrackHead) -> TrackHead:
        assert head.picture is not None
        return replace(head, picture=replace(head.picture, colour=None))

    def plain(stream: Stream) -> Stream:
        bare = with_track(stream, change)
        pieces = (
            replace(one, init=None if one.init is None else replace(one.init, parameters=None)) for one in bare.pieces
        )
        return replace(bare, pieces=tuple(pieces))

    unnamed = changed(changed(package, "video", plain), "key pictures", plain)
    assert finding(unnamed, "RFC 8216bis 4.4.6.2").outcome == "unchecked"
    assert finding(unnamed, "1.21").outcome == "unchecked"
    assert finding(unnamed, "1.14").outcome == "unchecked"


@pytest.mark.parametrize(
    ("factor", "number"), [(Fraction(5), "1.19"), (Fraction(9, 8), "1.18"), (Fraction(5, 4), "RFC 8216 4.3.4.2c")]
)
def test_frame_rates_are_judged(package: Package, factor: Fraction, number: str) -> None:
    assert number in failed(changed(package, "video", paced(factor), only=0))


def test_a_frame_rate_that_changes_inside_a_section_is_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        pieces = list(stream.pieces)
        media = pieces[1].content
        assert isinstance(media, Media)
        pieces[1] = replace(
            pieces[1], content=replace(media, longest_step=Fraction(1, 48), shortest_step=Fraction(1, 48))
        )
        return replace(stream, pieces=tuple(pieces))

    assert "8.14" in failed(changed(package, "video", change, only=0))


def test_interlaced_pictures_are_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        def fielded(init: Init) -> Init:
            assert init.parameters is not None
            return replace(init, parameters=replace(init.parameters, is_progressive=False))

        return with_init(stream, fielded)

    assert failed(changed(package, "video", change)) == {"1.14"}


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"family": "HEVC", "profile": 4}, "1.6b"),
        ({"family": "HEVC", "profile": 1, "level": Fraction(62, 10)}, "1.6b"),
        ({"family": "HEVC", "profile": 1, "level": Fraction(5), "is_high_tier": True}, "1.6a"),
        ({"family": "AV1", "level": Fraction(73, 10)}, "1.37"),
    ],
)
def test_other_codecs_have_limits_of_their_own(package: Package, values: dict[str, object], number: str) -> None:
    found = changed(package, "video", coded(**values))
    assert number in failed(found)
    assert finding(found, "1.4").outcome == "not applicable"


def test_an_unknown_codec_of_pictures_is_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        return with_track(stream, lambda head: replace(head, codec="vp09", name="vp09.00.10.08", picture_codec=None))

    assert {"1.1", "RFC 6381 3.3"} <= failed(changed(package, "video", change))


@pytest.mark.parametrize(
    ("name", "channels", "number"),
    [("ec-3", 6, "2.3"), ("ec-3", 6, "2.6"), ("mp4a.40.2", 6, "2.3"), ("mp4a.40.42", 2, "2.3"), ("ac-3", 6, "2.3")],
)
def test_sound_that_not_every_device_plays_is_told(package: Package, name: str, channels: int, number: str) -> None:
    found = changed(package, "audio", sounding(name, channels))
    assert number in failed(found)
    assert finding(found, "2.26").outcome == ("unchecked" if channels > 2 else "not applicable")


def test_sound_above_its_codecs_rates_is_told(package: Package) -> None:
    def louder(factor: int) -> Change:
        return lambda stream: replace(
            stream, pieces=tuple(replace(one, size=one.size * factor) for one in stream.pieces)
        )

    assert "2.9" in failed(changed(package, "audio", louder(5)))
    he = changed(changed(package, "audio", sounding("mp4a.40.5", 2)), "audio", louder(2))
    assert "2.4" in failed(he)


def test_a_layout_that_changes_inside_a_section_is_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        other = sounding("mp4a.40.2", 6)(stream)
        return replace(stream, pieces=(stream.pieces[0], other.pieces[1], stream.pieces[2]))

    assert {"2.11", "8.13"} <= failed(changed(package, "audio", change))


def test_pictures_and_sound_in_one_segment_are_told(package: Package) -> None:
    found = changed(package, "video", lambda stream: with_media(stream, lambda media: replace(media, tracks=2)))
    assert failed(found) == {"9.5"}


def test_subtitles_in_movie_fragments_are_named_in_codecs_or_told(package: Package) -> None:
    video = package.having("video")[0]

    def change(stream: Stream) -> Stream:
        lines = with_track(video, lambda head: replace(head, kind="text", codec="stpp", name="stpp"))
        return replace(stream, pieces=lines.pieces)

    fragments = changed(package, "subtitles", change)
    assert "5.10" in failed(fragments)
    named = chosen(fragments, lambda one: replace(one, codecs=(*one.codecs, "stpp.ttml.im1t")))
    assert "5.10" not in failed(named)
    assert finding(package, "5.10").outcome == "not applicable"


def test_sound_of_rare_codecs_is_in_fragments_or_told(package: Package) -> None:
    def whole(stream: Stream) -> Stream:
        return with_init(stream, lambda init: replace(init, segment=replace(init.segment, is_fragmented=False)))

    assert {"2.25", "2.1"} <= failed(changed(changed(package, "audio", sounding("fLaC", 2)), "audio", whole))


def test_two_sounds_in_one_segment_are_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        def doubled(init: Init) -> Init:
            return replace(init, segment=replace(init.segment, tracks=init.segment.tracks * 2))

        return with_init(stream, doubled)

    assert failed(changed(package, "audio", change)) == {"2.17"}


def test_a_codec_that_changes_at_a_discontinuity_is_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        other = with_track(stream, lambda head: replace(head, codec="ac-3"))
        return replace(stream, pieces=(*stream.pieces[:2], other.pieces[2]))

    assert failed(changed(package, "audio", change)) == {"8.16"}


def test_rates_past_the_ladder_and_peaks_past_twice_the_average_are_told(package: Package) -> None:
    def uneven(stream: Stream) -> Stream:
        first, *others = stream.pieces
        return replace(stream, pieces=(replace(first, size=first.size * 9), *others))

    assert {"1.25", "1.26", "1.27, 9.13"} <= failed(changed(package, "video", lambda one: heavier(one, 9), only=0))
    assert "1.30" in failed(changed(package, "video", uneven, only=0))


def test_large_pictures_need_several_variants_and_a_cheap_one(package: Package) -> None:
    def large(one: Variant) -> Variant:
        size = (3840, 2160) if one.uri == "v360.m3u8" else one.resolution
        return replace(one, resolution=size, average_bandwidth=20_000_000 if one.uri == "v360.m3u8" else 100_000)

    assert {"9.10", "1.34"} <= failed(chosen(package, large))
    assert finding(package, "9.10").outcome == finding(package, "1.34").outcome == "not applicable"


def test_segments_of_other_lengths_are_told(package: Package) -> None:
    def change(stream: Stream) -> Stream:
        def longer(piece: Piece) -> Piece:
            assert isinstance(piece.content, Media)
            media = replace(piece.content, duration=piece.content.duration * 2)
            return replace(piece, entry=replace(piece.entry, duration=piece.entry.duration * 2), content=media)

        return replace(stream, pieces=tuple(map(longer, stream.pieces)))

    assert {"7.6", "7.7", "RFC 8216 4.3.3.1"} <= failed(changed(package, "video", change))


def test_a_live_package_is_asked_other_rules(package: Package) -> None:
    def open_ended(stream: Stream) -> Stream:
        assert stream.playlist is not None and stream.reading is not None
        playlist = replace(stream.playlist, is_ended=False, playlist_type=None)
        return replace(stream, reading=replace(stream.reading, playlist=playlist))  # type: ignore[type-var]

    live = package
    for role in ("video", "audio", "subtitles", "key pictures"):
        live = changed(live, role, open_ended)
    assert failed(live) == {"8.11", "8.12"}
    assert finding(live, "1.26").outcome == finding(live, "8.6").outcome == "not applicable"
    assert finding(live, "1.28, 1.29").outcome == "unchecked"


def test_what_does_not_apply_is_never_a_pass(package: Package) -> None:
    found = {one.number: one.outcome for one in judge(package).findings}
    for number in ("1.6a", "1.37", "2.4", "2.6", "9.10", "9.16", "9.19", "10.1", "8.18", "1.20", "8.11"):
        assert found[number] == "not applicable"


def test_numbers_are_told_once_and_the_document_counts(package: Package) -> None:
    numbers = [rule.number for rule in RULES]
    assert len(set(numbers)) == len(numbers)
    document = document_of(judge(package))
    assert sum(document["counts"].values()) == len(RULES) == len(document["findings"])
    assert all(one["measured"] for one in document["findings"])


def own(stream: Stream, *, factor: int = 1) -> Stream:
    """Return key pictures as if they were made for winding, some times as heavy."""
    pieces = (replace(one, entry=replace(one.entry, uri=f"own-{one.entry.uri}")) for one in stream.pieces)
    return heavier(replace(stream, pieces=tuple(pieces)), factor)


def test_key_pictures_that_play_have_the_rates_that_they_have(package: Package) -> None:
    assert {finding(package, number).outcome for number in ("6.5", "6.7")} == {"not applicable"}
    assert finding(package, "6.6").outcome == "pass"


def test_key_pictures_made_for_winding_are_held_against_their_size(package: Package) -> None:
    large, small = package.having("key pictures")
    assert large.rates is not None and small.rates is not None
    fitting = [int(45_000 / float(one.rates.average)) for one in (large, small) if one.rates is not None]
    kept = package
    for number, factor in enumerate(fitting):
        kept = changed(kept, "key pictures", partial(own, factor=factor), only=number)
    assert {finding(kept, number).outcome for number in ("6.5", "6.7")} == {"pass"}
    # Two in a second may take twice as much.
    faster = changed(kept, "key pictures", lambda one: lasting(one, Fraction(1, 2)))
    assert {finding(faster, number).outcome for number in ("6.5", "6.7")} == {"pass"}
    doubled = changed(kept, "key pictures", lambda one: heavier(one, 2), only=0)
    assert {"6.5", "6.7"} <= failed(doubled)
    # Of 416x234 there is nothing in Apple's table: 640x360 is next.
    doubled = changed(kept, "key pictures", lambda one: heavier(one, 2), only=1)
    assert "6.5" in failed(doubled) and "6.7" not in failed(doubled)
    alone = changed(package, "key pictures", own, only=1)
    assert (finding(alone, "6.5").outcome, finding(alone, "6.7").outcome) == ("pass", "not applicable")


def lasting(stream: Stream, factor: Fraction) -> Stream:
    pieces = (replace(one, entry=replace(one.entry, duration=one.entry.duration * factor)) for one in stream.pieces)
    return replace(stream, pieces=tuple(pieces))


def test_key_pictures_of_one_rate_alone_are_told(package: Package) -> None:
    choices = package.choices
    assert choices is not None and package.master is not None
    playlist = replace(choices, iframe_variants=choices.iframe_variants[:1])
    assert "6.6" in failed(replace(package, master=replace(package.master, playlist=playlist)))
    same = chosen(package, lambda one: replace(one, resolution=(640, 360)))
    assert finding(same, "6.6").outcome == "not applicable"


def test_key_pictures_of_a_dearer_stream_are_told_where_each_has_a_folder_of_its_own(package: Package) -> None:
    choices, shown = package.choices, package.having("video")[0]
    assert choices is not None and package.master is not None
    variant = next(one for one in choices.variants if one.uri == shown.uri)
    offer = next(one for one in choices.iframe_variants if one.resolution == variant.resolution)
    keys = package.stream(offer.uri)
    assert keys is not None

    def judged(folder: str) -> str:
        rates = {"low/v.m3u8": 100_000, "high/v.m3u8": 200_000}
        playlist = replace(
            choices,
            variants=tuple(replace(variant, uri=uri, average_bandwidth=rate) for uri, rate in rates.items()),
            iframe_variants=(replace(offer, uri=f"{folder}/i.m3u8"),),
        )
        streams = (*(replace(shown, uri=uri) for uri in rates), replace(keys, uri=f"{folder}/i.m3u8"))
        master = replace(package.master, playlist=playlist)
        return finding(replace(package, master=master, streams=streams), "6.4").outcome

    assert (judged("low"), judged("high")) == ("pass", "fail")


def test_what_nothing_was_measured_of_is_no_pass(package: Package) -> None:
    def broken(stream: Stream) -> Stream:
        return replace(stream, pieces=tuple(replace(one, content=Unmeasured("it is gone")) for one in stream.pieces))

    def vast(head: TrackHead) -> TrackHead:
        assert head.picture is not None
        return replace(head, picture=replace(head.picture, width=70_000))

    second = package.having("video")[1].uri
    other = chosen(package, lambda one: replace(one, resolution=(400, 226) if one.uri == second else one.resolution))
    assert finding(changed(other, "video", broken, only=0), "1.25").outcome == "unchecked"
    assert finding(changed(package, "audio", sounding("ac-3", 2)), "2.9").outcome == "unchecked"
    assert finding(changed(package, "video", lambda one: with_track(one, vast)), "1.11").outcome == "unchecked"
